"""Several paths from a layer's answer to what it reads: each one's share, and the closed form."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...expression.refs import plain_name
from ...expression.tree import Quantity, add
from ...graph.parts import ClosedForm, Layer
from ...passes.trace import Trace
from ..building import column
from ..document import (
    Block,
    Chain,
    Column,
    Equations,
    Figure,
    Inline,
    Math,
    Section,
    Table,
    Text,
)
from ..steps import Writer
from ..view import View
from .agreeing import Apart, apart, comparison, rounding_of
from .briefly import shown_entries_of
from .cells import axes_label, entry_label, heading, sample_caption, stacked

Array = np.ndarray[Any, Any]
Way = tuple[int, int]


def path_blocks(writer: Writer, layer: Layer, view: View) -> list[Block]:
    """Return the section of what comes back along each path, their sum, and the closed form."""
    graph, closed = writer.graph, layer.closed
    if closed is None or len(own_edges(writer, layer)) < 2:
        return []
    if writer.trace.gradients[closed.source] is None:
        return []
    number = layer.input_nodes[0]
    below, edges = graph.nodes[number].ref, writer.arriving(number)
    samples = view.shown_samples(graph.samples)
    tables = [_table(writer, layer, closed, sample, view) for sample in samples]
    count = ("Two", "Three", "Four")[len(edges) - 2] if len(edges) < 5 else str(len(edges))
    title = (Text(f"{count} paths back to "), Math(Quantity(below)))
    blocks: list[Block] = [
        Equations((closed_chain(Writer(writer.trace, general=True), layer),)),
        stacked(tables, samples),
        comparison(writer.trace, lambda t: _apart(Writer(t), layer, closed)),
    ]
    return [Section(f"paths-{layer.index}", title, tuple(blocks), 3)]


def own_edges(writer: Writer, layer: Layer) -> list[Way]:
    """Return at which of its own nodes the layer reads its input."""
    own = {number for cell in layer.cells for number in cell.parts.values()}
    return [edge for edge in writer.consumers.get(layer.input_nodes[0], ()) if edge[0] in own]


def others(writer: Writer, layer: Layer) -> list[Way]:
    """Return at which nodes of other layers its input is read too."""
    own = own_edges(writer, layer)
    return [edge for edge in writer.arriving(layer.input_nodes[0]) if edge not in own]


def closed_chain(writer: Writer, layer: Layer, unit: str = "k") -> Chain:
    """Return ∂C/∂x = the paths' shares added = the closed form, for a general entry.

    What comes back from other layers is added to both.
    """
    if layer.closed is None:
        raise ValueError("a layer without a closed form")
    graph = writer.graph
    ref = graph.general(graph.nodes[layer.input_nodes[0]].ref, unit).grad()
    short = writer.closed_formula(layer.closed, ref.index, ref.sample)
    beside = (writer.share(*edge, ref.index, ref.sample) for edge in others(writer, layer))
    return Chain((Quantity(ref), writer.gradient_formula(ref), add(short, *beside)))


def _table(writer: Writer, layer: Layer, closed: ClosedForm, sample: int, view: View) -> Table:
    graph, trace = writer.graph, writer.trace
    number = layer.input_nodes[0]
    below = graph.nodes[number].ref
    edges = writer.arriving(number)
    messages = [trace.message(*edge) for edge in edges]
    total = added(messages)
    short = _short(writer, layer, closed)
    columns = [Column((axes_label(graph, below),), kind="label")]
    for consumer, _ in edges:
        through = graph.nodes[consumer].ref
        columns.append(Column((Text("via "), Math(Quantity(through))), plain_name(through)))
    columns.append(Column(heading(graph.general(below, "k").grad()), plain_name(below.grad())))
    columns.append(column("closed form", "figure"))
    rows: list[tuple[Inline | None, ...]] = []
    for index in shown_entries_of(writer, number, sample, view):
        if not index:
            rows.append((None,) * len(columns))
            continue
        at = (sample - 1, *(i - 1 for i in index))
        shares = _without_noise([array[at] for array in messages])
        # What is the same but for rounding is rounded from the same.
        _, agree = apart([total[at]], [short[at]], max(abs(float(m[at])) for m in messages))
        closed_form = total[at] if agree else short[at]
        figures = [Figure(value) for value in (*shares, total[at], closed_form)]
        rows.append((entry_label(index), *figures))
    return Table(tuple(columns), tuple(rows), sample_caption(trace, sample))


def _without_noise(shares: list[Any]) -> list[Any]:
    """Return the paths' shares, 0 for what the sum of the larger ones does not feel."""
    least = rounding_of(max(abs(float(each)) for each in shares))
    return [0.0 if isinstance(each, float) and abs(each) < least else each for each in shares]


def added(messages: list[Array]) -> Array:
    """Return the sum of the shares."""
    total = messages[0]
    for message in messages[1:]:
        total = np.asarray(total + message)
    return total


def closed_value(trace: Trace, closed: ClosedForm, number: int) -> Array:
    """Return what the closed form says that comes back to a node."""
    g = trace.gradients[closed.source]
    assert g is not None
    inputs = [trace.values[each] for each in closed.inputs]
    return closed.rule.share(trace.arithmetic, 0, g, trace.values[number], *inputs)


def _short(writer: Writer, layer: Layer, closed: ClosedForm) -> Array:
    """Return what the closed form says, with what comes back from other layers."""
    beside = [writer.trace.message(*edge) for edge in others(writer, layer)]
    return added([closed_value(writer.trace, closed, layer.input_nodes[0]), *beside])


def _apart(writer: Writer, layer: Layer, closed: ClosedForm) -> Apart:
    messages = [writer.trace.message(*edge) for edge in writer.arriving(layer.input_nodes[0])]
    largest = max(abs(float(x)) for message in messages for x in message.flat)
    return apart(added(messages).flat, _short(writer, layer, closed).flat, largest)
