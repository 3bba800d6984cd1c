"""Answers out of a program: ``.npz``, ``.npy`` and JSON dumps of arrays, named or told by shape.

Nothing is unpickled. What a compressed file unfolds to is bounded before it is unfolded, and an
array's header before its numbers are read.
"""

from __future__ import annotations

import io
import math
import re
import warnings
import zipfile
from collections.abc import Container, Iterator, Mapping
from pathlib import PurePath
from typing import Any

import numpy as np
from msgspec import Struct, structs

from ...expression.axes import dimensions, is_matrix
from ...expression.refs import Ref, plain_name
from ...graph.data import BROKEN, header_of
from ...graph.names import UnknownName, shown_shape
from ...graph.records import Graph
from ...problems import Place, Problem, Source, nearest, refuse, shortened
from ...spec import nodes
from ...spec.nodes import Scalar, Sequence, YamlNode
from ..records import Answer, Aspect, ParsedAnswer
from .answers import MOST_ANSWERS, AskedNetwork, answer_of, entries_of, without_tables
from .evaluating import ValueOf
from .names import SheetNames
from .program_names import NamesTold, beside_gradients, called, counted, stacked, told

Array = np.ndarray[Any, Any]
LARGEST_ARRAYS = 1024 * 1024
"""Bytes that a file of arrays unfolds to."""
MOST_ARRAYS = 500
PRECISION = {"float16": (4e-3, 1e-5), "float32": (1e-5, 1e-9), "float64": (1e-9, 1e-13)}
"""Of each kind of float what a chain of operations loses, relatively and absolutely."""
FEWEST_GIVEN = 3
"""Numbers that are no parameters by accident."""
PARAMETERS = Problem(
    "these are the network's parameters as they are given, not their gradients",
    None,
    "save each p.grad: {name: p.grad.numpy() for name, p in model.named_parameters()}",
)
SHORT = 7
"""Digits up to which a number in JSON was rounded by whoever wrote it."""
_NUMBER = re.compile(r"[-+]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][-+]?[0-9]{1,3})?")
NamedArrays = dict[str, Array]


def read_arrays(data: bytes, name: str) -> NamedArrays:
    """Return the arrays of a ``.npz`` or ``.npy`` file; raise Refusal for what is none."""
    source = Source(shortened(name, 200), "")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what numpy says of old headers is nothing to mend
            if name.lower().endswith(".npy"):
                return {PurePath(name).stem: _array(data, source)}
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return dict(_members(archive, source))
    except BROKEN as error:
        reason = shortened(str(error).split("\n")[0], 80) or type(error).__name__
        raise refuse(
            f"cannot be read: {reason}", None, "write it with numpy.savez", source
        ) from None


def _members(archive: zipfile.ZipFile, source: Source) -> Iterator[tuple[str, Array]]:
    entries = archive.infolist()
    if len(entries) > MOST_ARRAYS:
        raise refuse(f"more than {MOST_ARRAYS} arrays", None, "keep those that are asked", source)
    if sum(entry.file_size for entry in entries) > LARGEST_ARRAYS:
        cure = "keep the arrays that are asked for"
        raise refuse(f"unfolds to more than {LARGEST_ARRAYS // 1024} KiB", None, cure, source)
    for entry in entries:
        if entry.filename.endswith(".npy"):
            with archive.open(entry) as stream:
                data = stream.read(entry.file_size + 1)
            yield entry.filename.removesuffix(".npy"), _array(data, source)


def _array(data: bytes, source: Source) -> Array:
    stream = io.BytesIO(data)
    shape, dtype, fault = header_of(stream)
    if fault is not None or dtype.itemsize > 8:
        message, cure = fault or (f"not an array of numbers ({dtype})", "save it as floats")
        raise refuse(message, None, cure, source)
    if math.prod(shape) * dtype.itemsize > LARGEST_ARRAYS:
        raise refuse("more numbers than a sheet holds", None, "keep those asked for", source)
    stream.seek(0)
    return np.asarray(np.lib.format.read_array(stream, allow_pickle=False))


# -- JSON


def dumped(tree: YamlNode, keys: Container[str] = ()) -> NamedArrays | None:
    """Return the arrays of a JSON dump, each name with numbers; None for a sheet of answers.

    Those inside of a mapping, ``{"grads": {"dW1": …}}``, are named by both: grads.dW1. A sheet has
    one of the ``keys``. Numbers that were written short stay texts: their last place says how they
    were rounded.
    """
    if not isinstance(tree, nodes.Mapping) or not tree.pairs:
        return None
    if any(key.text in keys for key, _ in tree.pairs):
        return None
    found: NamedArrays = {}
    for key, value in tree.pairs:
        inside = dumped(value) if isinstance(value, nodes.Mapping) else None
        if inside is not None:
            found |= {f"{key.text}.{name}": array for name, array in inside.items()}
            continue
        texts = _texts(value)
        array = np.array([], dtype=object) if texts is None else _regular(texts)
        if array is None or array.size == 0:
            return None
        found[key.text] = _as_written(array)
    return found


def _texts(node: YamlNode) -> Any:
    """Return nested lists of the texts of numbers, None where something else is in them."""
    if isinstance(node, Sequence):
        inner = [_texts(item) for item in node.items]
        return None if None in inner or not inner else inner
    plain = isinstance(node, Scalar) and node.plain and _NUMBER.fullmatch(node.text)
    return node.text if isinstance(node, Scalar) and plain else None


def _regular(texts: Any) -> Array | None:
    try:
        array = np.array(texts, dtype=np.float64)
    except ValueError:
        return None
    return np.array(texts, dtype=object).reshape(array.shape)


def numbers_in(rows: list[list[str]]) -> Array | None:
    """Return rows of written numbers as an array; None where a cell is none, or a row is longer."""
    plain = all(_NUMBER.fullmatch(text) for row in rows for text in row)
    array = _regular(rows) if rows and plain else None
    return None if array is None else _as_written(array)


def _as_written(texts: Array) -> Array:
    """Return texts as the smallest kind of float that they have come from, short ones as texts."""
    if all(len(text.lstrip("-0.")) <= SHORT for text in texts.ravel()):
        return texts
    array = texts.astype(np.float64)
    for kind in (np.float16, np.float32):
        with np.errstate(over="ignore"):
            small = array.astype(kind)
        printed = [float(str(number)) for number in small.ravel()]
        if np.array_equal(small.astype(np.float64), array) or printed == array.ravel().tolist():
            return np.asarray(small)
    return array


# -- what each array is


class Meant(Struct, frozen=True):
    """What an array is: the quantity, what of it, and the array in its layout, or why it is not."""

    ref: Ref
    aspect: Aspect
    array: Array
    remark: str = ""
    misfit: Problem | None = None


def answers_of(
    arrays: NamedArrays, names: SheetNames, asked: AskedNetwork, mapping: Mapping[str, str]
) -> tuple[list[Answer], list[Problem], int]:
    """Return an Answer an entry, why arrays could not be told, and how many numbers these have.

    What the network gives, and a program saves beside what it found, is no answer.
    """
    graph = asked.graph
    found: dict[tuple[Ref, Aspect], Answer] = {}
    unclear: dict[str, Problem] = {}
    left = dict(arrays)
    plainly = {
        name: _by_name(mapping.get(name, name), array, names, asked)
        for name, array in arrays.items()
    }
    updated = any(isinstance(each, Meant) and _is_update(each, graph) for each in plainly.values())
    marked = updated or any(called(name).gradient for name in arrays)
    by_layer = False
    given: list[Meant] = []
    misfits: dict[str, Meant] = {}
    for name, array in arrays.items():
        plain = plainly[name]
        pieces = [] if plain else _by_gate(name, array, graph, marked)
        for piece in pieces:
            _add(found, piece, graph)
        if pieces:
            del left[name]
            continue
        meant = plain or _by_programs_name(name, array, graph, marked)
        by_layer = by_layer or (plain is None and meant is not None)
        if meant is None:
            continue
        if isinstance(meant, Problem):
            unclear[name] = meant
            continue
        del left[name]
        if meant.misfit is not None:
            misfits[name] = meant
        elif not meant.ref.gradient and not meant.aspect and graph.find(meant.ref) in graph.given:
            given.append(meant)
        else:
            _add(found, meant, graph)
    for name, meant in misfits.items():  # what fits has the name, whatever else is called so
        if meant.misfit and found.keys() & {
            (ref, meant.aspect) for ref in entries_of(meant.ref, graph)
        }:
            left[name] = arrays[name]
            unclear[name] = meant.misfit
        else:
            _add(found, meant, graph)
    for name in beside_gradients(arrays, found=updated):
        left.pop(name, None)
    if not by_layer:
        shapes = {name: a.shape for name, a in left.items() if name not in unclear}
        for name, told_so in counted(shapes, graph).items():
            _add(found, _as_told(name, left.pop(name), told_so, graph), graph)
    for name, array in list(left.items()):
        taken = {ref for ref, _ in found}
        meant = None if name in unclear else _by_shape(array, graph, taken)
        if meant is not None:
            _add(found, meant, graph)
            del left[name]
    lost = sum(array.size for name, array in left.items() if name in unclear)
    for name in left.keys() - unclear.keys():
        unclear[name] = _unknown(name, left[name], graph, {ref for ref, _ in found})
    problems = [unclear[name] for name in left]
    for meant in () if found else given:
        _add(found, meant, graph)
    if len(found) > MOST_ANSWERS:
        few = Problem(f"more than {MOST_ANSWERS} answers", None, "save what is asked for")
        return [], [few], 0
    answers, tables = without_tables(list(found.values()), graph)
    return answers, problems if tables is None else [*problems, tables], lost


def turned_throughout(
    arrays: NamedArrays, names: SheetNames, asked: AskedNetwork, mapping: Mapping[str, str]
) -> bool:
    """Return whether a program has all matrices of weights transposed, as x·W takes them.

    The shapes of those that are not square say so; whoever marks may have said how they stand.
    """
    graph, turned = asked.graph, list[bool]()
    for name, array in arrays.items() if not asked.row_vectors else ():
        try:
            ref, _ = names.find(mapping.get(name, name))
        except UnknownName:
            continue
        shape = () if ref.index else shown_shape(graph, ref)
        matrix = graph.kind(ref) == "weight" and is_matrix(ref.part, len(shape))
        if matrix and array.ndim == 2 and shape[0] != shape[1]:
            turned.append(array.shape == shape[::-1])
    return bool(turned) and all(turned)


def are_given(answers: list[Answer], graph: Graph, truth: ValueOf) -> bool:
    """Return whether a program saved its parameters as they are given, ``fc1.weight``.

    Where no name says more than of which parameter an array is, its gradient is taken to be meant.
    """
    told_so = [each for each in answers if each.ref.gradient and each.parsed.remark]
    if len(told_so) < len(answers) or len(told_so) < FEWEST_GIVEN:
        return False
    for each in told_so:
        given = graph.find(each.ref.of().bare()) in graph.parameter_nodes
        right, value = truth(each.ref.of()) if given else None, each.parsed.value
        if right is None or value is None or abs(value - right) > 1e-6 * abs(right):
            return False
    return True


def _by_gate(name: str, array: Array, graph: Graph, marked: bool) -> list[Meant]:
    """Return the gradients of each gate's parameters, which one array has stacked."""
    refs, kernel = stacked(name, graph)
    axis = 1 if array.ndim == 2 and (kernel or graph.in_out) else 0
    if (
        not refs
        or not array.ndim
        or (marked and not called(name).gradient)
        or array.shape[axis] % len(refs)
    ):
        return []
    names = ", ".join(plain_name(ref.grad(), graph.in_out) for ref in refs)
    remark = f"'{shortened(name)}' is read as {names}, in this order"
    turned = kernel and not graph.in_out
    return [
        _laid_out(name, piece.T if turned else piece, ref.grad(), "", graph, remark)
        for ref, piece in zip(refs, np.split(array, len(refs), axis), strict=True)
    ]


def _is_update(meant: Meant, graph: Graph) -> bool:
    """Return whether an array is the gradient of a parameter."""
    return meant.ref.gradient and graph.find(meant.ref.bare()) in graph.parameter_nodes


def _by_programs_name(
    name: str, array: Array, graph: Graph, marked: bool
) -> Meant | Problem | None:
    """Return what a name that is none of the plain ones means in a program."""
    found = told(name, graph, marked=marked)
    return _as_told(name, array, found, graph) if isinstance(found, NamesTold) else found


def _as_told(name: str, array: Array, told_so: NamesTold, graph: Graph) -> Meant:
    """Return the array as what it is told to be, a kernel with the inputs first turned over."""
    ref = told_so.ref
    turned = told_so.kernel and not graph.in_out and array.ndim == 2
    remark = f"'{shortened(name)}' is read as {plain_name(ref, graph.in_out)}"
    return _laid_out(name, array.T if turned else array, ref, "", graph, remark)


def _by_name(
    name: str, array: Array, names: SheetNames, asked: AskedNetwork
) -> Meant | Problem | None:
    """Return what a plain name means; None for a name that is none."""
    try:
        ref, aspect = names.find(name)
    except UnknownName:
        return None
    unasked = asked.unasked(aspect)
    if unasked is not None:
        return structs.replace(unasked, message=f"{shortened(name)}: {unasked.message}")
    turned = asked.turns(ref) and array.ndim == 2
    return _laid_out(name, array.T if turned else array, ref, aspect, asked.graph)


def _laid_out(
    name: str, array: Array, ref: Ref, aspect: Aspect, graph: Graph, remark: str = ""
) -> Meant:
    """Return the array in the layout of a quantity; of another shape it is none of its answers."""
    shape = () if ref.index else shown_shape(graph, ref)
    fitted = _fitted(array, shape)
    if fitted is not None:
        return Meant(ref, aspect, fitted, remark)
    wanted, own = (dimensions(sizes) for sizes in (shape, array.shape))
    message = f"{shortened(name)}: {own or 'one number'} where {wanted or 'one number'} is asked"
    cure = "save it in the network's own layout"
    if array.ndim == 2 and _fitted(array.T, shape) is not None:
        message, cure = f"{message}: it is transposed", "save its transpose, array.T"
    return Meant(ref, aspect, array, misfit=Problem(message, None, cure))


def _fitted(array: Array, shape: tuple[int, ...]) -> Array | None:
    """Return the array in the shape; axes of one may be more or fewer."""
    plain = tuple(size for size in array.shape if size != 1)
    return array.reshape(shape) if plain == tuple(s for s in shape if s != 1) else None


def _of_shape(array: Array, graph: Graph, taken: set[Ref]) -> list[Ref]:
    """Return the parameters of an array's shape whose gradients are not told yet."""
    open_refs = [
        graph.nodes[number].ref
        for number in graph.parameters.values()
        if not any(ref.bare() == graph.nodes[number].ref.grad() for ref in taken)
    ]
    return [ref for ref in open_refs if shown_shape(graph, ref) == array.shape]


def _unknown(name: str, array: Array, graph: Graph, taken: set[Ref]) -> Problem:
    """Return that nothing tells what an array is, with what has its shape."""
    known = [f"d{parameter}" for parameter in graph.parameters]
    fits = [plain_name(ref.grad(), graph.in_out) for ref in _of_shape(array, graph, taken)]
    of = f"it could be {' or '.join(fits[:4])}" if fits else "no quantity is told by it"
    wanted = fits[0] if fits else ""
    cure = nearest(name, known) or f"call it one of {', '.join(known[:4])}"
    if wanted:
        cure = f"call it so, or say it in a rubric: names: {{{shortened(name)}: {wanted}}}"
    return Problem(f"{shortened(name)}: {of}", None, cure)


def _by_shape(array: Array, graph: Graph, taken: set[Ref]) -> Meant | None:
    """Return the parameter's gradient that alone has the array's shape."""
    fits = _of_shape(array, graph, taken)
    if len(fits) != 1 or not array.ndim:
        return None
    remark = f"told by its shape to be d{plain_name(fits[0], graph.in_out)}"
    return Meant(fits[0].grad(), "", array, remark)


def _add(found: dict[tuple[Ref, Aspect], Answer], meant: Meant, graph: Graph) -> None:
    refs = entries_of(meant.ref, graph)
    if meant.misfit is not None:
        texts = [ParsedAnswer("an array", problem=meant.misfit)] * len(refs)
    else:
        texts = [_read(number, meant) for number in meant.array.ravel()]
    for ref, text in zip(refs, texts, strict=True):
        if not graph.is_past_end(ref):
            found.setdefault((ref, meant.aspect), answer_of(ref, meant.aspect, text, graph))


def _read(number: Any, meant: Meant) -> ParsedAnswer:
    """Return an entry of an array, as finely as its kind of float, or its text, has it."""
    relative, absolute = PRECISION.get(str(meant.array.dtype), (0.0, 0.0))
    value, raw = float(number), str(number)
    if not math.isfinite(value):
        problem = Problem(f"{raw} is not a finite number", Place(1, 1), "give a number")
        return ParsedAnswer(raw, problem=problem)
    unit = max(relative * abs(value), absolute) or _last_place(raw, meant.array)
    return ParsedAnswer(raw, value=value, unit=unit, remark=meant.remark)


def _last_place(raw: str, array: Array) -> float:
    """Return the last place of a number that was written; a whole number of a program is exact."""
    if array.dtype != object:
        return 0.0
    digits, _, power = raw.lower().partition("e")
    return float(f"1e{int(power or 0) - len(digits.partition('.')[2])}")
