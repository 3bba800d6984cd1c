"""A leaf's numbers: as written, drawn by an initialisation, or read from a data file."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import Any

import numpy as np

from ..arithmetic import Arithmetic
from ..expression.parse import ExpressionError
from ..problems import Refusal, Source, nearest, refuse
from ..spec.arrays import FileData, Init
from ..spec.numbers import exact_number, number_float
from .records import Given, Graph

Array = np.ndarray[Any, Any]
LARGEST_DATA = 512 * 1024 * 1024


def leaf_arrays(graph: Graph, arithmetic: Arithmetic) -> dict[int, Array]:
    """Return the numbers of every leaf that has some; a single sample gets its axis."""
    arrays = {}
    for number, given in graph.given.items():
        if given is None:
            continue
        node = graph.nodes[number]
        array = numbers(given, arithmetic)
        shape = (graph.samples, *node.shape) if node.per_sample else node.shape
        arrays[number] = array.reshape(shape)
    return arrays


def numbers(given: Given, arithmetic: Arithmetic) -> Array:
    """Return given numbers in one kind of number; decimals stay what they say where it is exact."""
    if given.floats is not None:
        return arithmetic.array(given.floats)
    texts = given.texts
    if texts is None:
        raise ValueError("a leaf without numbers")
    if arithmetic.name == "float64":
        flat = [number_float(text) for text in texts.ravel().tolist()]
        return np.array(flat, dtype=np.float64).reshape(texts.shape)
    result = np.empty(texts.shape, dtype=object)
    for position, text in np.ndenumerate(texts):
        result[position] = arithmetic.written(exact_number(text))
    return result


def draw(init: Init, shape: tuple[int, ...], seed: int, layer: int, part: str) -> Array:
    """Return numbers by the scheme, reproducible from (seed, layer, part).

    ``shape`` is (units, inputs); Xavier's and He's bounds use the fans, as PyTorch does:
    xavier ±gain·√(6/(in + out)), he ±√(6/in), or their normal forms.
    """
    random = np.random.default_rng([seed, layer, *part.encode()])
    out, into = (shape[0], shape[1]) if len(shape) == 2 else (1, 1)
    match init.scheme:
        case "zeros":
            return np.zeros(shape)
        case "ones":
            return np.ones(shape)
        case "uniform":
            return random.uniform(init.low, init.high, shape)
        case "normal":
            return random.normal(init.mean, init.std, shape)
        case "xavier_uniform":
            bound = init.gain * math.sqrt(6 / (into + out))
            return random.uniform(-bound, bound, shape)
        case "xavier_normal":
            return random.normal(0.0, init.gain * math.sqrt(2 / (into + out)), shape)
        case "he_uniform":
            bound = math.sqrt(6 / into)
            return random.uniform(-bound, bound, shape)
        case _:
            return random.normal(0.0, math.sqrt(2 / into), shape)


def read_data(data: FileData, source: Source) -> Given:
    """Return the numbers of a .npy, .npz or .csv file; raise Refusal where there are none."""
    folder = Path() if source.name == "<stdin>" else Path(source.name).parent
    path = folder / data.path
    suffix = path.suffix.lower()
    try:
        if not path.is_file():
            raise refuse(f"{data.path}: no such file", data.place, f"looked for {path}", source)
        if path.stat().st_size > LARGEST_DATA:
            raise refuse(f"{data.path}: larger than 512 MiB", data.place, "", source)
        if suffix == ".csv":
            return _read_csv(path, data, source)
        if suffix not in (".npy", ".npz"):
            cure = "give a .npy, .npz or .csv file"
            raise refuse(f"{data.path}: not a data file", data.place, cure, source)
        with np.load(path, allow_pickle=False) as archive:
            return _checked(_pick(archive, data, source, suffix), data, source)
    except Refusal:
        raise
    except Exception as error:
        reason = getattr(error, "strerror", None) or str(error).split("\n")[0]
        message = f"{data.path}: cannot be read as {suffix[1:]}"
        raise refuse(message, data.place, reason, source) from None


def _pick(archive: Any, data: FileData, source: Source, suffix: str) -> Array:
    names = sorted(archive.files)
    if not data.key and len(names) == 1:
        return np.asarray(archive[names[0]])
    if data.key not in names:
        what = f"has no array '{data.key}'" if data.key else "has several arrays"
        raise refuse(f"{data.path} {what}", data.place, nearest(data.key, names), source)
    return np.asarray(archive[data.key])


def _checked(array: Array, data: FileData, source: Source) -> Given:
    if array.dtype.kind not in "fiub":
        raise refuse(f"{data.path}: not an array of numbers", data.place, "", source)
    floats = np.asarray(array, dtype=np.float64)
    if not np.isfinite(floats).all():
        where = ",".join(str(i + 1) for i in np.argwhere(~np.isfinite(floats))[0])
        raise refuse(f"{data.path}: entry [{where}] is not finite", data.place, "", source)
    return Given(floats=floats)


def _read_csv(path: Path, data: FileData, source: Source) -> Given:
    text = path.read_bytes().decode("utf-8-sig")
    dialect = ";" if text.split("\n")[0].count(";") > text.split("\n")[0].count(",") else ","
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=dialect) if any(row)]
    if not rows:
        raise refuse(f"{data.path}: no rows", data.place, "", source)
    header = [cell.strip() for cell in rows[0]]
    named = not all(_is_number(cell) for cell in header)
    if data.columns and not named:
        cure = "write the columns' names in its first line"
        raise refuse(f"{data.path}: has no header", data.place, cure, source)
    for name in data.columns:
        if name not in header:
            message = f"{data.path}: no column '{name}'"
            raise refuse(message, data.place, nearest(name, header), source)
    chosen = [header.index(c) for c in data.columns] if data.columns else range(len(header))
    body = rows[1:] if named else rows
    if not body:
        raise refuse(f"{data.path}: a header and no rows", data.place, "", source)
    texts = np.empty((len(body), len(chosen)), dtype=object)
    for line, row in enumerate(body, 2 if named else 1):
        if len(row) != len(header):
            message = f"{data.path}: row {line} has {len(row)} cells, the first {len(header)}"
            raise refuse(message, data.place, "", source)
        for position, column in enumerate(chosen):
            cell = row[column].strip()
            if not _is_number(cell):
                message = f"{data.path}: row {line}, column {column + 1}: '{cell}' is not a number"
                raise refuse(message, data.place, "", source)
            texts[line - (2 if named else 1), position] = cell
    return Given(texts=texts)


def _is_number(text: str) -> bool:
    try:
        number_float(text.strip())
    except ExpressionError:
        return False
    return True


def replaced(given: Given, position: tuple[int, ...] | None, texts: Array) -> Given:
    """Return the numbers with one entry, or all, replaced by written ones."""
    if given.texts is None:
        old = np.vectorize(repr, otypes=[object])(np.asarray(given.floats, dtype=object))
    else:
        old = given.texts.copy()
    if position is None:
        return Given(texts=np.broadcast_to(texts, old.shape).copy())
    old[position] = texts.item()
    return Given(texts=old)
