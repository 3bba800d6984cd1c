"""The reader's choices, from the words of the command line to a View and a changed graph."""

from __future__ import annotations

import math

import numpy as np

from ...expression.axes import dimensions
from ...expression.refs import Ref, plain_name, stored_index
from ...expression.tokens import ExpressionError
from ...graph.build import with_value
from ...graph.records import Graph
from ...graph.values import replaced
from ...problems import Refusal, Report, Source, counted, in_order, nearest, refuse
from ...spec.arrays import Array, read_written
from ...spec.nodes import compose
from ...spec.numbers import number_float
from ..entry_steps import is_large, is_long
from ..view import View


def view_of(
    graph: Graph,
    *,
    sample: int | None = None,
    layers: tuple[str, ...] = (),
    wrt: tuple[str, ...] = (),
    only: str = "",
    steps: bool = False,
    full: bool = False,
    why: bool = False,
    pairs: bool = False,
) -> View:
    """Return the view; raise Refusal for a sample, a layer or a name that does not exist."""
    samples: tuple[int, ...] = ()
    if sample is not None:
        if graph.input is None:
            message = f"--sample {sample}: a computation graph has no samples"
            raise refuse(message, None, "name a node: --wrt NAME")
        if not 1 <= sample <= graph.samples:
            count = counted(graph.samples, "sample")
            raise refuse(f"--sample {sample}: this network has {count}", None, "they count from 1")
        samples = (sample,)
    chosen = tuple(_layer(graph, name) for name in layers)
    refs = tuple(ref for name in wrt for ref in _gradient_refs(graph, name))
    sizes = (is_large(graph), len(graph.layers), is_long(graph))
    return View(samples, chosen, refs, only, steps, full, why, pairs, *sizes)


def _layer(graph: Graph, name: str) -> int:
    for layer in graph.layers:
        if name in (layer.name, str(layer.index)) and name:
            return layer.index
    from ...graph.names import UnknownName
    from ...graph.resolving import resolve_each

    try:
        layers = {ref.layer for ref in resolve_each(name, graph)}
    except UnknownName:
        layers = set()
    for layer in graph.layers:
        if layers == {layer.index}:
            return layer.index
    known = [layer.name or str(layer.index) for layer in graph.layers]
    if not known:
        message = f"--layer {name}: a computation graph has no layers"
        raise refuse(message, None, "name a node: --wrt NAME")
    raise refuse(f"--layer {name}: there is no such layer", None, nearest(name, known))


def _gradient_refs(graph: Graph, name: str) -> tuple[Ref, ...]:
    from ...graph.names import UnknownName
    from ...graph.resolving import resolve_each, scores_of

    try:
        refs = resolve_each(scores_of(name, graph), graph)
    except UnknownName as unknown:
        raise unknown.refusal("--wrt") from None
    if refs[0].part in graph.words.targets:
        cure = "ask for a parameter, a z, an a or x"
        raise refuse("--wrt y: the target is given; no gradient is taken", None, cure)
    if graph.loss is None:
        raise refuse("--wrt: the network has no loss", None, "add 'loss: half_squared_error'")
    return tuple(ref if ref.part in graph.words.terms else ref.grad() for ref in refs)


def changed(graph: Graph, changes: tuple[str, ...]) -> Graph:
    """Return the graph with ``NAME=VALUE`` put in: an entry, or every entry, of what is given."""
    for change in changes:
        name, equals, text = change.partition("=")
        if not equals:
            raise refuse(f"--set {change}: no '='", None, "write --set W1[1,2]=0.3")
        graph = _changed(graph, name.strip(), text.strip())
    return graph


def _changed(graph: Graph, name: str, text: str) -> Graph:
    from ...graph.names import shown_shape
    from ...graph.resolving import resolve_given

    ref, number = resolve_given(name, graph, "--set")
    given = graph.given[number]
    if given is None:
        raise AssertionError(name)
    shape = shown_shape(graph, ref)
    if text.startswith("["):
        return with_value(graph, number, replaced(given, None, _array(graph, ref, name, text)))
    try:
        number_float(text)
    except ExpressionError:
        cure = "write one such as 0.3, 1/3 or sqrt(2)/2"
        raise refuse(f"--set {name}: '{text}' is not a number", None, cure) from None
    position = _array_position(graph, ref) if ref.index else None
    if position is None and shape and graph.kind(ref) != "bias":
        size = dimensions(shape)
        entry = f"{plain_name(ref)}[{','.join('1' for _ in shape)}]"
        every = f"{name}={np.zeros(shape, dtype=int).tolist()}" if math.prod(shape) <= 6 else "[…]"
        cure = f"name an entry, such as {entry}, or give all of them: {every}"
        raise refuse(f"--set {name}: it has {size} entries", None, cure)
    return with_value(graph, number, replaced(given, position, np.array(text, dtype=object)))


def _array(graph: Graph, ref: Ref, name: str, text: str) -> Array:
    """Return all numbers of a quantity as they are written, in the file's own layout."""
    from ...graph.names import shown_shape

    source = Source(f"--set {name}", text)
    report = Report(source)
    written = read_written(compose(source), name, report)
    if report.problems or written is None:
        raise Refusal(in_order(report.problems), source)
    shape = shown_shape(graph, ref)
    if ref.index or written.texts.shape != shape:
        sizes = (dimensions(each, "one number") for each in (written.texts.shape, shape))
        found, wanted = sizes
        raise refuse(f"--set {name}: {found} given", None, f"it has {wanted}")
    number = graph.number(ref)
    alone = graph.nodes[number].per_sample and graph.single
    given = graph.given[number]
    one_more = given is not None and given.numbers.ndim == written.texts.ndim + 1
    return written.texts[None] if alone and one_more else written.texts


def _array_position(graph: Graph, ref: Ref) -> tuple[int, ...]:
    index = stored_index(ref, graph.in_out)
    return index if ref.sample is None else (int(ref.sample) - 1, *index)


def conventions(
    changes: tuple[str, ...],
    round_forward: int | None,
    round_backward: int | None,
    graph: Graph,
    *,
    dtype: str = "float64",
) -> tuple[str, ...]:
    """Return what must be said at the top about how the numbers were made."""
    said = []
    if dtype == "float32":
        said.append("computed in float32, which keeps 7 digits")
    if changes:
        said.append(f"what if: {', '.join(changes)}")
    if round_forward is not None:
        what, digits = graph.words.rounded, counted(round_forward, "decimal")
        said.append(f"every {what} is rounded to {digits} before it is used")
    if round_backward is not None:
        decimals = counted(round_backward, "decimal")
        said.append(f"every gradient is rounded to {decimals} before it is used")
    return tuple(said)
