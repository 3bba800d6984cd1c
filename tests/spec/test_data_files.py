"""Data files: what is read from .csv, .npy and .npz, and what is said of those that are none."""

from __future__ import annotations

import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_cli import api
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.expression.refs import Ref
from backprop_cli.graph.records import Graph
from backprop_cli.graph.values import leaf_arrays, numbers
from backprop_cli.problems import Refusal

Array = np.ndarray[Any, Any]
Make = Callable[[Path], object]


def load(folder: Path, data: str, weights: str = "{init: ones}", target: str = "") -> Graph:
    """Return the network whose input is a file; it stands in the folder as net.yaml."""
    net = folder / "net.yaml"
    layers = f"layers:\n  - units: 1\n    weights: {weights}\n    bias: none\n"
    net.write_text(f"input: {data}\n{target}loss: squared_error\n{layers}")
    return api.load(net)


def given(graph: Graph, node: int) -> Array:
    """Return a leaf's numbers as they were given, without the axis of a single sample."""
    found = graph.given[node]
    assert found is not None
    return numbers(found, FLOAT64)


TABLE = {
    "commas": "x1,x2,y\n1,2,0\n3,4,1\n",
    "semicolons": "x1;x2;y\n1;2;0\n3;4;1\n",
    "tabs": "x1\tx2\ty\n1\t2\t0\n3\t4\t1\n",
    "CRLF and a BOM": "\ufeffx1,x2,y\r\n1,2,0\r\n3,4,1\r\n",
    "blanks and empty lines": " x1 , x2,y\n\n1 , 2, 0\n,,\n3,4,1\n\n",
    "quotes": '"x1","x2","y"\n"1","2","0"\n3,4,1\n',
}


@pytest.mark.parametrize("text", TABLE.values(), ids=TABLE)
def test_a_table_with_names(tmp_path: Path, text: str) -> None:
    (tmp_path / "d.csv").write_text(text, encoding="utf-8", newline="")
    target = "target: {file: d.csv, columns: [y]}\n"
    graph = load(tmp_path, "{file: d.csv, columns: [x2, x1]}", target=target)
    assert given(graph, graph.number(Ref("x"))).tolist() == [[2, 1], [4, 3]]
    assert graph.target is not None
    assert given(graph, graph.target).tolist() == [[0], [1]]
    assert (graph.samples, graph.single) == (2, False)


def test_a_table_without_names_is_taken_whole_and_exactly(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("1/3,sqrt(2)\n0.1,1e-3\n")
    graph = load(tmp_path, "{file: d.csv}")
    found = graph.given[graph.number(Ref("x"))]
    assert found is not None
    assert found.texts is not None
    assert found.texts.tolist() == [["1/3", "sqrt(2)"], ["0.1", "1e-3"]]
    assert given(graph, graph.number(Ref("x"))).tolist() == [[1 / 3, 2**0.5], [0.1, 0.001]]


@pytest.mark.parametrize("kind", ["f8", ">f8", "f4", "f2", "i4", "u1", "?"])
def test_arrays_of_every_kind_of_number(tmp_path: Path, kind: str) -> None:
    array = np.array([[1, 0], [1, 1]]).astype(kind)
    np.save(tmp_path / "d.npy", np.asfortranarray(array))
    np.savez_compressed(tmp_path / "d.npz", x=array)
    for data in ("{file: d.npy}", "{file: d.npz}", "{file: d.npz, key: x}"):
        graph = load(tmp_path, data)
        assert given(graph, graph.number(Ref("x"))).tolist() == [[1, 0], [1, 1]]


def test_a_flat_array_is_one_sample(tmp_path: Path) -> None:
    np.save(tmp_path / "d.npy", np.array([1.5, 2]))
    graph = load(tmp_path, "{file: d.npy}")
    assert (graph.single, graph.nodes[graph.number(Ref("x"))].shape) == (True, (2,))


@pytest.mark.parametrize("in_out", [False, True])
def test_weights_say_how_many_units_there_are(tmp_path: Path, in_out: bool) -> None:
    W = np.array([[1.0, 2, 3], [4, 5, 6]])
    np.savez(tmp_path / "w.npz", W=W.T if in_out else W, b=np.array([7.0, 8]))
    (tmp_path / "net.yaml").write_text(
        f"weights_layout: {'in_out' if in_out else 'out_in'}\ninput: [1, 1, 1]\nlayers:\n"
        "  - weights: {file: w.npz, key: W}\n    bias: {file: w.npz, key: b}\n"
    )
    graph = api.load(tmp_path / "net.yaml")
    arrays = leaf_arrays(graph, FLOAT64)
    assert graph.layers[0].units == 2
    assert arrays[graph.parameters["W1"]].tolist() == (W.T if in_out else W).tolist()
    assert arrays[graph.parameters["b1"]].tolist() == [7, 8]


def test_paths_are_relative_to_the_network_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "d.csv").write_text("1,2\n")
    monkeypatch.chdir("/")
    assert load(tmp_path, "{file: data/d.csv}").samples == 1
    assert load(tmp_path / "data", "{file: ../data/d.csv}").samples == 1


def _touch(path: Path) -> object:
    class Payload:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {path}.ran",)

    return Payload()


def _lie(path: Path) -> None:
    """Write a header that promises more than the file holds."""
    np.save(path, np.zeros(1000))
    path.write_bytes(path.read_bytes()[:200])


def _huge(path: Path) -> None:
    np.save(path, np.zeros(1))
    data = path.read_bytes().replace(b"(1,), }" + b" " * 14, b"(1000000, 1000000), }")
    path.write_bytes(data)


def _bomb(path: Path) -> None:
    """Write half a megabyte that unfolds to more than half a gigabyte."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.npy", "w", force_zip64=True) as entry,
    ):
        for _ in range(520):
            entry.write(bytes(2**20))


def _text(text: str) -> Make:
    return lambda path: path.write_text(text)


def _bytes(data: bytes) -> Make:
    return lambda path: path.write_bytes(data)


def _array(*values: Any, kind: Any = None) -> Make:
    return lambda path: np.save(path, np.array(list(values), dtype=kind), allow_pickle=True)


def _pickled(path: Path) -> None:
    path.write_bytes(pickle.dumps(_touch(path)))


def _objects(path: Path) -> None:
    np.save(path, np.array([_touch(path)], dtype=object), allow_pickle=True)


def _archive(**arrays: Any) -> Make:
    return lambda path: np.savez(path, **arrays)


def _archived_objects(path: Path) -> None:
    np.savez(path, x=np.array([_touch(path)], dtype=object))


NUMPY = "write it with numpy.save"
OBJECTS = "they are never loaded; save numbers: numpy.save(path, array.astype(float))"
ROWS = "write one row a sample"
LOOK = "numbers look like 0.15, 1e-3, 1/3 or sqrt(2)"
BROKEN: dict[str, tuple[str, Make, str, str]] = {
    "a directory": ("d.csv", lambda p: p.mkdir(), "a directory, not a data file", "name a file"),
    "a FIFO": ("d.csv", os.mkfifo, "not a regular file", "give a .npy, .npz or .csv file"),
    "another suffix": ("d.txt", _text("1,2"), "not a data file", "give a .npy, .npz or .csv file"),
    "no array": ("d.npy", _bytes(b"1,2,3"), "not a .npy file", NUMPY),
    "an empty array file": ("d.npy", _bytes(b""), "not a .npy file", NUMPY),
    "a pickle for an array": ("d.npy", _pickled, "not a .npy file", NUMPY),
    "Python objects": ("d.npy", _objects, "holds Python objects", OBJECTS),
    "text in an array": ("d.npy", _array("a"), "not an array of numbers (<U1)", "save it as"),
    "complex numbers": ("d.npy", _array(1j), "not an array of numbers (complex128)", "save it as"),
    "nan": ("d.npy", _array([1, np.nan]), "entry [1,2] is nan", "replace what is missing"),
    "inf": ("d.npy", _array(1, -np.inf), "entry [2] is -inf", "replace what is missing"),
    "an array without numbers": ("d.npy", _array(kind=float), "has no numbers", "give at least"),
    "an array cut off": ("d.npy", _lie, "cut off before its end", "copy it again"),
    "a huge array": ("d.npy", _huge, "1000000000000 numbers", "at most 50000000"),
    "no archive": ("d.npz", _bytes(b"PK nothing"), "not a .npz file", "write it with numpy.savez"),
    "a pickle for an archive": ("d.npz", _pickled, "not a .npz file", "write it with numpy.savez"),
    "archived objects": ("d.npz", _archived_objects, "holds Python objects", OBJECTS),
    "several arrays": (
        "d.npz",
        _archive(a=np.ones(1), b=np.ones(1)),
        "has several arrays",
        "choose one with 'key': a, b",
    ),
    "a bomb": ("d.npz", _bomb, "unfolds to more than 512 MiB", "keep the rows that are needed"),
    "an empty table": ("d.csv", _text("\n , \n"), "has no rows", ROWS),
    "names alone": ("d.csv", _text("x1,x2\n"), "has names and no rows", f"{ROWS} below them"),
    "latin-1": ("d.csv", _bytes(b"gr\xf6\xdfe\n1\n"), "byte 3 is not UTF-8", "save it as UTF-8"),
    "UTF-16": ("d.csv", _bytes("x\n1\n".encode("utf-16")), "byte 1 is not UTF-8", "save it as"),
    "ragged rows": ("d.csv", _text("x1,x2\n\n1\n"), "line 3 has 1 cell, line 1 has 2", "make the"),
    "a word": ("d.csv", _text("x1,x2\n1,2\n1,b\n"), "line 3, column x2: 'b' is not a number", LOOK),
    "a word without names": (
        "d.csv",
        _text("1,2\n1,b\n"),
        "line 2, column 2: 'b' is not a number",
        LOOK,
    ),
    "an empty cell": ("d.csv", _text("x,y\n1,\n"), "line 2, column y: nothing is given", "give a"),
    "nan in a table": (
        "d.csv",
        _text("x\nnan\n"),
        "line 2, column x: 'nan' is not a finite number",
        "give a number",
    ),
    "too large a number": (
        "d.csv",
        _text("x\n1e999\n"),
        "line 2, column x: '1e999' is too large or too small to compute with",
        "float64 goes from",
    ),
    "a decimal comma": (
        "d.csv",
        _text("x;y\n1,5;2\n"),
        "line 2, column x: '1,5' is not a number",
        "write 1.5",
    ),
    "a spreadsheet's formula": (
        "d.csv",
        _text("x\n=1+1\n"),
        "line 2, column x: '=1+1' is not a number ('=' is not part of an expression)",
        "an expression has",
    ),
    "half a row of names": (
        "d.csv",
        _text("x,1\n2,3\n"),
        "line 1 is neither names nor numbers: 'x'",
        "name every column, or none",
    ),
    "a cell without end": (
        "d.csv",
        _text('1,"' + "9\n" * 100_000),
        "cannot be read as csv",
        "is one of its quotes never closed?",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_said_of_a_broken_file(tmp_path: Path, name: str) -> None:
    file, make, message, cure = BROKEN[name]
    make(tmp_path / file)
    with pytest.raises(Refusal) as caught:
        load(tmp_path, f"{{file: {file}}}")
    (problem,) = caught.value.problems
    assert problem.message == f"{file}: {message}"
    assert problem.cure.startswith(cure)
    assert problem.place is not None
    assert (problem.place.line, problem.place.column, problem.place.width) == (1, 15, len(file))
    assert not list(tmp_path.glob("*.ran"))


@pytest.mark.parametrize(
    ("data", "column", "message", "cure"),
    [
        ("{file: no.csv}", 15, "no.csv: no such file", "looked for "),
        ("{file: t.csv, columns: [a, z]}", 31, "t.csv: no column 'z'", "known: a, b"),
        ("{file: t.csv, columns: []}", 31, "columns: an empty list", "name the columns"),
        ("{file: t.csv, columns: a}", 31, "columns: a list of column names is", "such as [x1, x2]"),
        ("{file: n.csv, columns: [a]}", 31, "n.csv: has no names of columns", "write the columns'"),
        ("{file: twice.csv, columns: [a]}", 35, "twice.csv: more than one column 'a'", "give each"),
        ("{file: t.csv, key: a}", 22, "input: 'key' belongs to a .npz file", "remove it"),
        ("{file: w.npz, columns: [a]}", 22, "input: 'columns' belongs to a .csv", "remove it"),
        ("{file: w.npz, key: w}", 27, "w.npz: has no array 'w'", "did you mean 'W'?"),
        ("{file: w.npz, kye: W}", 22, "input: there is no key 'kye'", "did you mean 'key'?"),
        ("{file: [w.npz]}", 15, "file: a text is expected, not a list", "put it in quotes"),
        ("{file: }", 9, "file: nothing is given", "give a value"),
        ('{file: "a\\0b.csv"}', 15, "a\0b.csv: ", ""),
        ("{file: d3.npy}", 8, "input: an array with 3 axes", "give one row a sample"),
        ("{file: d0.npy}", 8, "input: an array with 0 axes", "give one row a sample"),
    ],
)
def test_what_is_said_of_a_wrong_reference(
    tmp_path: Path, data: str, column: int, message: str, cure: str
) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    (tmp_path / "n.csv").write_text("1,2\n")
    (tmp_path / "twice.csv").write_text("a,a\n1,2\n")
    np.savez(tmp_path / "w.npz", W=np.ones((1, 2)), b=np.ones(1))
    np.save(tmp_path / "d3.npy", np.ones((1, 1, 1)))
    np.save(tmp_path / "d0.npy", np.float64(1))
    with pytest.raises(Refusal) as caught:
        load(tmp_path, data)
    problem = caught.value.problems[0]
    assert problem.message.startswith(message)
    assert problem.cure.startswith(cure)
    assert problem.place is not None
    assert (problem.place.line, problem.place.column) == (1, column)


def test_several_files_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        load(tmp_path, "[1, 2]", weights="{file: w.npy}", target="target: {file: y.csv}\n")
    messages = [problem.message for problem in caught.value.problems]
    assert messages == ["y.csv: no such file", "w.npy: no such file"]


def test_weights_and_targets_of_the_wrong_shape(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.ones((1, 3)))
    np.save(tmp_path / "b.npy", np.ones(2))
    with pytest.raises(Refusal) as caught:
        load(tmp_path, "[1, 2]", weights="{file: w.npy}")
    assert caught.value.problems[0].message == (
        "weights: 3 columns, but this layer receives 2 values (from 'input')"
    )
    with pytest.raises(Refusal) as caught:
        load(tmp_path, "[1, 2]", target="target: {file: b.npy}\n")
    assert caught.value.problems[0].message == "target: 2 values, but the output has 1 value"
    net = "input: [1, 2]\nlayers:\n  - units: 1\n    bias: {file: b.npy}\n"
    (tmp_path / "net.yaml").write_text(net)
    with pytest.raises(Refusal) as caught:
        api.load(tmp_path / "net.yaml")
    assert caught.value.problems[0].message == "b.npy: 2 values, but b is 1 value"
