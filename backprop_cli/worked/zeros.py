"""Why an error is 0: the unit is off, nothing comes back to it, or what it weighs is 0."""

from __future__ import annotations

from msgspec import structs

from ..expression.refs import Ref
from ..expression.tree import ZERO, Compare, Expr, Number, Quantity
from ..graph.parts import Layer
from ..passes.trace import Trace
from .building import lettered
from .document import Line, Math, Note, Text

MOST = 3
"""Units of a layer whose zeros are told."""
OFF = "is flat: the unit is off, σ′ = 0, and no error passes, whatever comes back from above"
NOTHING = ": nothing comes back to the unit, whatever its slope"
NO_ERROR = ": no error reaches the weights of this unit"
NO_INPUT = ": a change of the weight changes nothing there"


def zero_reason(trace: Trace, ref: Ref) -> Line | None:
    """Return why an entry of a gradient is 0; None where it is not, or no one thing makes it so."""
    graph = trace.graph
    number = graph.find(ref.of())
    layer = graph.layer_of(ref)
    if number is None or layer is None or not ref.gradient or not ref.index:
        return None
    if (not graph.single and ref.sample is None) or trace.array(ref) != 0:
        return None
    if number == layer.z and layer.a != layer.z:
        return _of_unit(trace, layer, ref)
    if number == layer.parameters.get("W") and layer.type == "dense":
        return _of_weight(trace, layer, ref)
    return None


def zero_notes_of(trace: Trace, ref: Ref) -> list[Note]:
    """Return why a gradient's entry is 0, of a general one that of the first few that are."""
    graph = trace.graph
    number = graph.find(ref.of())
    if number is None or not graph.single:
        return []
    entries = [ref]
    if any(not isinstance(i, int) for i in (ref.layer, *ref.index)) or not ref.index:
        node = graph.nodes[number]
        units = range(1, node.shape[0] + 1) if len(node.shape) == 1 else ()
        entries = [node.ref.at(unit).grad() for unit in units]
    found = ((entry, zero_reason(trace, entry)) for entry in entries)
    told = [
        Note((Math(Compare("==", Quantity(entry), ZERO)), Text(": "), *line), why=True)
        for entry, line in found
        if line is not None
    ]
    return told[:MOST]


def _of_unit(trace: Trace, layer: Layer, ref: Ref) -> Line | None:
    """Return whether the slope is 0, or what comes back."""
    graph = trace.graph
    slope = graph.rule(layer.a).slope(
        trace.arithmetic, trace.values[layer.z], trace.values[layer.a]
    )
    at = ((int(ref.sample or 1) - 1), *(int(i) - 1 for i in ref.index))
    arriving = structs.replace(graph.nodes[layer.a].ref.at(*ref.index), sample=ref.sample).grad()
    if slope is not None and slope[at] == 0:
        return (Math(_is(trace, ref.of())), lettered(f", where {layer.activation} {OFF}"))
    if trace.array(arriving) == 0:
        return (Math(_is(trace, arriving)), Text(NOTHING))
    return None


def _of_weight(trace: Trace, layer: Layer, ref: Ref) -> Line | None:
    """Return whether the unit's error is 0, or what the weight multiplies."""
    graph = trace.graph
    below = graph.nodes[layer.input_nodes[0]].ref
    if len(ref.index) != 2 or len(graph.nodes[layer.input_nodes[0]].shape) != 1:
        return None
    unit, source = ref.index
    error = graph.nodes[layer.z].ref.at(unit).grad()
    if trace.array(error) == 0:
        return (Math(_is(trace, error)), Text(NO_ERROR))
    if trace.array(below.at(source)) == 0:
        return (Math(_is(trace, below.at(source))), Text(NO_INPUT))
    return None


def _is(trace: Trace, ref: Ref) -> Expr:
    return Compare("==", Quantity(ref), Number(trace.array(ref).item()))
