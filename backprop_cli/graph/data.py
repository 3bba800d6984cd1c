"""Numbers from a data file: .csv, .npy and .npz, bounded in size and never unpickled."""

from __future__ import annotations

import csv
import io
import lzma
import math
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from msgspec import Struct

from ..problems import Refusal, Source, counted, nearest, printable, refuse, shortened
from ..spec.arrays import FileData
from ..spec.beside import folder_of, is_let_in
from ..spec.numbers import number_fault
from ..spec.records import NetworkSpec
from .parts import Given
from .values import MOST_NUMBERS

Array = np.ndarray[Any, Any]
LARGEST_DATA = 512 * 1024 * 1024
"""Bytes of a data file, also of what a compressed one unfolds to."""
LONGEST_HEADER = 4000
"""Characters of what stands before an array."""
BROKEN = (
    OSError, ValueError, EOFError, KeyError, TypeError, SyntaxError, RuntimeError, MemoryError,
    NotImplementedError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, tokenize.TokenError,
)  # fmt: skip
"""What damaged files make numpy and zipfile raise."""


class _DataFile:
    """One data file while it is read: where it is, and how its faults are said."""

    def __init__(self, data: FileData, source: Source) -> None:
        self.data, self.source = data, source
        self.folder = folder_of(source)
        self.path = self.folder / data.path
        self.shown = shortened(data.path, 80)

    def refuse(self, message: str, cure: str, key: str = "file") -> Refusal:
        place = self.data.place_of(key)
        return refuse(f"{self.shown}: {message}", place, cure, self.source)


def data_files(spec: NetworkSpec) -> Iterator[Path]:
    """Yield each file that a network reads: its input's, a layer's, an optimizer's, a notation."""
    named = [data.path for data in _named_in(spec)]
    named += [spec.notation.file] if spec.notation is not None and spec.notation.file else []
    return (folder_of(spec.source) / name for name in named)


def _named_in(value: object) -> Iterator[FileData]:
    if isinstance(value, FileData):
        yield value
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from _named_in(getattr(value, name))
    elif isinstance(value, tuple | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _named_in(each)


def read_data(data: FileData, source: Source) -> Given:
    """Return the numbers of a .npy, .npz or .csv file; raise Refusal where there are none."""
    file = _DataFile(data, source)
    suffix = file.path.suffix.lower()
    readers = {".csv": _read_csv, ".npy": _read_npy, ".npz": _read_npz}
    try:
        _check_file(file)
        if suffix not in readers:
            raise file.refuse("not a data file", "give a .npy, .npz or .csv file")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what numpy says of old headers is nothing to mend
            return readers[suffix](file)
    except csv.Error:
        raise file.refuse("cannot be read as csv", "is one of its quotes never closed?") from None
    except BROKEN as error:
        reason = getattr(error, "strerror", None) or str(error).split("\n")[0]
        reason = reason or type(error).__name__
        raise file.refuse(f"cannot be read as {suffix[1:]}", shortened(reason, 120)) from None


def _check_file(file: _DataFile) -> None:
    if not is_let_in(file.path, file.source):
        cure = "put it beside the network, or let it be read: --allow-outside"
        raise file.refuse("outside of the network's folder", cure)
    if file.path.is_dir():
        raise file.refuse("a directory, not a data file", "name a file in it")
    if not file.path.exists():
        raise file.refuse("no such file", f"looked for {shortened(str(file.path), 120)}")
    if not file.path.is_file():
        raise file.refuse("not a regular file", "give a .npy, .npz or .csv file")
    if file.path.stat().st_size > LARGEST_DATA:
        raise file.refuse("larger than 512 MiB", "keep the rows that are needed")


def _read_npy(file: _DataFile) -> Given:
    with file.path.open("rb") as stream:
        if stream.read(6) != b"\x93NUMPY":
            raise file.refuse("not a .npy file", "write it with numpy.save")
        stream.seek(0)
        shape, size = _header(stream, file)
        if size > file.path.stat().st_size:
            raise file.refuse("cut off before its end", "copy it again")
        stream.seek(0)
        return _checked(np.lib.format.read_array(stream, allow_pickle=False), shape, file)


def _read_npz(file: _DataFile) -> Given:
    if not zipfile.is_zipfile(file.path):
        raise file.refuse("not a .npz file", "write it with numpy.savez")
    with zipfile.ZipFile(file.path) as archive:
        members = {
            entry.filename.removesuffix(".npy"): entry
            for entry in archive.infolist()
            if entry.filename.endswith(".npy")
        }
        entry = members[_picked(members, file)]
        if entry.file_size > LARGEST_DATA:
            raise file.refuse("unfolds to more than 512 MiB", "keep the rows that are needed")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise file.refuse("packed as numpy packs nothing", "write it with numpy.savez")
        with archive.open(entry) as stream:
            shape, _ = _header(stream, file)
        with archive.open(entry) as stream:
            return _checked(np.lib.format.read_array(stream, allow_pickle=False), shape, file)


def _picked(names: dict[str, Any], file: _DataFile) -> str:
    key = file.data.key
    if not names:
        raise file.refuse("has no arrays", "write it with numpy.savez")
    if not key and len(names) > 1:
        listed = shortened(", ".join(names), 120)
        raise file.refuse("has several arrays", f"choose one with 'key': {listed}")
    if key and key not in names:
        raise file.refuse(f"has no array '{shortened(key)}'", nearest(key, names), "key")
    return key or next(iter(names))


def header_of(stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any], tuple[str, str] | None]:
    """Return an array's shape and type; of what is refused why, and a cure."""
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0
    if version != (1, 0):
        read = np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream, max_header_size=LONGEST_HEADER)
    if dtype.hasobject:
        cure = "they are never loaded; save numbers: numpy.save(path, array.astype(float))"
        return shape, dtype, ("holds Python objects", cure)
    if dtype.kind not in "fiub":
        return shape, dtype, (f"not an array of numbers ({dtype})", "save it as floats")
    return shape, dtype, None


def _header(stream: IO[bytes], file: _DataFile) -> tuple[tuple[int, ...], int]:
    """Return an array's shape and its bytes; refuse what holds no numbers before reading it."""
    shape, dtype, fault = header_of(stream)
    if fault is not None:
        raise file.refuse(*fault)
    count = math.prod(shape)
    if min(shape, default=1) < 1:
        raise file.refuse("has no numbers", "give at least one row")
    if count > MOST_NUMBERS:
        raise file.refuse(f"{count} numbers", f"at most {MOST_NUMBERS}")
    return shape, count * dtype.itemsize


def _checked(array: Array, shape: tuple[int, ...], file: _DataFile) -> Given:
    with np.errstate(over="ignore"):
        floats = np.asarray(array, dtype=np.float64).reshape(shape)
    if not np.isfinite(floats).all():
        position = np.argwhere(~np.isfinite(floats))[0]
        where = f"entry [{','.join(str(i + 1) for i in position)}]" if shape else "the number"
        value = floats[tuple(position)]
        raise file.refuse(f"{where} is {value}", "replace what is missing by numbers")
    return Given(floats=floats)


def _read_csv(file: _DataFile) -> Given:
    try:
        text = file.path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise file.refuse(f"byte {error.start + 1} is not UTF-8", "save it as UTF-8") from None
    first = text.lstrip().split("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = [
        (reader.line_num, [cell.strip() for cell in row])
        for row in reader
        if any(cell.strip() for cell in row)
    ]
    if not rows:
        raise file.refuse("has no rows", "write one row a sample")
    header = _header_names(rows[0], file)
    if header and len(rows) == 1:
        raise file.refuse("has names and no rows", "write one row a sample below them")
    chosen = _columns(header, file) if file.data.columns else range(len(rows[0][1]))
    body = rows[1:] if header else rows
    texts = np.empty((len(body), len(chosen)), dtype=object)
    for position, (line, row) in enumerate(body):
        if len(row) != len(rows[0][1]):
            message = f"line {line} has {counted(len(row), 'cell')}"
            message += f", line {rows[0][0]} has {len(rows[0][1])}"
            raise file.refuse(message, "make the rows equally long")
        for place, column in enumerate(chosen):
            name = header[column] if header else str(column + 1)
            texts[position, place] = _cell(row[column], line, name, file)
    return Given(texts=texts)


def _header_names(first: tuple[int, list[str]], file: _DataFile) -> list[str]:
    """Return the columns' names where the first row has names, an empty list where it is data."""
    line, cells = first
    named = [cell for cell in cells if number_fault(cell) is not None]
    if not named:
        if file.data.columns:
            cure = "write the columns' names in its first line"
            raise file.refuse("has no names of columns", cure, "columns")
        return []
    if len(named) < len(cells):
        message = f"line {line} is neither names nor numbers: '{shortened(named[0])}'"
        raise file.refuse(message, "name every column, or none")
    return cells


def _columns(header: list[str], file: _DataFile) -> list[int]:
    for name in file.data.columns:
        if header.count(name) != 1:
            what = "no column" if name not in header else "more than one column"
            cure = nearest(name, header) if name not in header else "give each its own name"
            raise file.refuse(f"{what} '{shortened(name)}'", cure, "columns")
    return [header.index(name) for name in file.data.columns]


def _cell(text: str, line: int, column: str, file: _DataFile) -> str:
    fault = number_fault(text)
    if fault is None:
        return text
    what = fault.message if text else "nothing is given"
    where = f"line {line}, column {printable(shortened(column))}"
    raise file.refuse(f"{where}: {what}", fault.cure if text else "give a number")
