"""Sheets on disk: found in folders, opened without waiting, read no further than allowed."""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import stat
import sys
from collections.abc import Iterator

from msgspec import Struct

from ...problems import Place, Refusal, Source, refuse, shortened
from ...spec.nodes import NO_NAME, decoded
from .from_notes import SUFFIXES as NOTES
from .handing_in import is_online_text, of_the_system

_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
HEAD = 4000
"""Bytes of a file that is too large from which its kind is told."""
LARGEST_SHEET = 64 * 1024
"""Bytes; a sheet of answers to a network that is done by hand has a few hundred."""
MOST_SHEETS = 200_000
DEEPEST_FOLDER = 8
LARGEST_BINARY = 512 * 1024
"""Bytes of a file of arrays, or of a spreadsheet, as it stands."""
ARRAYS = (".npz", ".npy")
"""Files of arrays alone."""
BINARY = (*ARRAYS, ".xlsx")
SUFFIXES = (".yaml", ".yml", ".json", ".csv", *NOTES, *BINARY)
"""What is taken for a sheet in a folder."""


class Found(Struct, frozen=True):
    """A file's path; ``linked`` where it is a link that was found in a folder.

    ``folder`` is the folder that was named; ``why`` says why the file is left out; ``alone`` that
    it is the only sheet of its own folder; ``who`` whose it is by its network's name.
    """

    path: str
    linked: bool = False
    folder: str = ""
    why: str = ""
    alone: bool = False
    who: str = ""

    @property
    def foreign(self) -> bool:
        """Whether it was handed in as a file of a kind that is not read."""
        known = self.path.lower().endswith(SUFFIXES) or is_online_text(self.path)
        return bool(self.folder) and not known


def sheet_files(paths: tuple[str, ...]) -> Iterator[Found]:
    """Yield the files named, and those in the folders named, each once, in order.

    What is left out is among them, with its reason. Links to folders are not followed. Raises
    Refusal behind a folder without sheets, or behind more than MOST_SHEETS.
    """
    seen: set[str] = set()
    count = 0
    for path in paths:
        sheets = 0
        folder = path != "-" and os.path.isdir(path)
        for each in _in_folder(path, path, 0) if folder else (Found(path),):
            sheets += not (each.why or each.foreign)
            if len(paths) > 1:
                place = os.path.abspath(each.path)
                if place in seen:
                    continue
                seen.add(place)
            count += 1
            yield each
        if not sheets:
            cure = f"sheets end in {', '.join(SUFFIXES)}"
            raise refuse("no sheets in this folder", None, cure, Source(shortened(path, 200), ""))
        if count > MOST_SHEETS:
            raise refuse(f"more than {MOST_SHEETS} sheets", None, "check one folder at a time")


FOLDER, LINKED_FOLDER, LINK, FILE, SYSTEM = "dlsfx"


def _in_folder(folder: str, root: str, depth: int) -> Iterator[Found]:
    """Yield the files of a folder; of its entries the names alone are kept, there may be many."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(f"{entry.name}\0{_kind(entry)}" for entry in entries)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        source = Source(shortened(folder, 200), "")
        raise refuse(f"cannot be read: {reason}", None, "", source) from None
    alone = depth > 0 and sum(each[-1] in (LINK, FILE) for each in names) == 1
    for each in names:
        name, _, kind = each.partition("\0")
        path = os.path.join(folder, name)
        if kind == SYSTEM:
            yield Found(path, folder=root, why=of_the_system(name))
        elif kind == FOLDER and depth < DEEPEST_FOLDER:
            yield from _in_folder(path, root, depth + 1)
        elif kind == FOLDER:
            yield Found(path, folder=root, why="too deep in folders")
        elif kind == LINKED_FOLDER:
            yield Found(path, folder=root, why="a link to a folder")
        else:
            yield Found(path, kind == LINK, root, alone=alone)


def _kind(entry: os.DirEntry[str]) -> str:
    """Return what an entry of a folder is."""
    if of_the_system(entry.name):
        return SYSTEM
    if entry.is_dir(follow_symlinks=False):
        return FOLDER
    if not entry.is_symlink():
        return FILE
    return LINKED_FOLDER if os.path.isdir(entry.path) else LINK


def read_binary(path: str, *, linked: bool = False) -> bytes:
    """Return the bytes of a spreadsheet or of arrays, as ``read_source`` returns a text."""
    _refuse_link(path, linked)
    data = _bytes(path, LARGEST_BINARY)
    if len(data) > LARGEST_BINARY:
        source = Source(shortened(path, 200), "")
        cure = "keep what is asked for"
        raise refuse(f"larger than {LARGEST_BINARY // 1024} KiB", None, cure, source)
    return data


def _refuse_link(path: str, linked: bool) -> None:
    if linked:
        cure = "hand in the file itself, or name it on the command line"
        source = Source(shortened(path, 200), "")
        raise refuse(
            "a link to another file, which is not followed in a folder", None, cure, source
        )


def read_source(path: str, *, linked: bool = False) -> Source:
    """Return a sheet's name and text; ``-`` is standard input.

    A link in a folder of sheets may show somebody else's file and is refused (``linked``).
    Raises Refusal for what is no readable UTF-8 file of at most LARGEST_SHEET bytes; that of a
    larger one has its beginning, which may show that it is a report. A pipe is
    never waited for, and no more than the limit is read.
    """
    _refuse_link(path, linked)
    if path == "-":
        data, name = sys.stdin.buffer.read(LARGEST_SHEET + 1), "<stdin>"
    else:
        data, name = _bytes(path), path
    if len(data) > LARGEST_SHEET:
        cure = "a sheet has the answers and nothing else"
        source = Source(shortened(name, 200), data[:HEAD].decode("utf-8", "replace"))
        raise refuse(f"larger than {LARGEST_SHEET // 1024} KiB", None, cure, source)
    text = _decoded(data, name)
    if not text.strip():
        source = Source(shortened(name, 200), "")
        raise refuse("the sheet is empty", Place(1, 1), "it needs 'answers:'", source)
    return Source(name, text)


def _decoded(data: bytes, name: str) -> str:
    """Return a sheet as text: UTF-8, or as a spreadsheet or an editor of Windows saves it.

    What has control characters in it is no such text, and is refused as it stands.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode("utf-16")
    try:
        return decoded(data, name)
    except Refusal:
        if _CONTROLS.search(data):
            raise
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode("cp1252")
        raise


def _bytes(path: str, most: int = LARGEST_SHEET) -> bytes:
    source = Source(shortened(path, 200), "")
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except FileNotFoundError:
        cure = f"write --answer {shortened(path, 80)}" if "=" in path else ""
        raise refuse("no such file", None, cure, source) from None
    except ValueError:
        raise refuse(NO_NAME, None, "", source) from None
    except OSError as error:
        raise _unreadable(source, error) from None
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            what = "a folder, not a sheet" if stat.S_ISDIR(mode) else "not a regular file"
            raise refuse(what, None, "give '-' to read standard input", source)
        return _read(handle, most)
    except OSError as error:
        raise _unreadable(source, error) from None
    finally:
        os.close(handle)


def _read(handle: int, most: int) -> bytes:
    """Return what is in the file, at most one byte more than a sheet may have."""
    found = b""
    while len(found) <= most:
        piece = os.read(handle, most + 1 - len(found))
        if not piece:
            break
        found += piece
    return found


def _unreadable(source: Source, error: OSError) -> Refusal:
    reason = error.strerror or str(error)
    return refuse(f"cannot be read: {reason.lower()}", None, "", source)
