"""The long way beside the short one: the Jacobian (or σ′) times ∂C/∂a, compared."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...expression.tree import (
    ONE,
    BigSum,
    Cases,
    Compare,
    Dots,
    Expr,
    Letter,
    Neg,
    Number,
    Partial,
    Quantity,
    add,
)
from ...functions.softmax import Softmax
from ...graph.parts import Layer
from ...passes.trace import Trace
from ..document import (
    Block,
    Chain,
    Column,
    Equations,
    Figure,
    Inline,
    Line,
    Math,
    Section,
    Table,
    Text,
)
from ..steps import Writer
from ..view import View
from .agreeing import Apart, apart, comparison, farthest
from .briefly import brief_blocks, shown_entries_of
from .cells import axes_label, entry_label, entry_of, heading, settled
from .parts import general_chain


def jacobian_blocks(writer: Writer, layer: Layer, sample: int, view: View) -> list[Block]:
    """Return the section that goes to δ through ∂C/∂a, unit by unit; the last sample's compares."""
    trace, of_sample = writer.trace, None if writer.graph.single else sample
    gradients = trace.gradients[layer.a]
    if gradients is None:
        return []
    row = sample - 1
    softmax = layer.activation == "softmax"
    blocks: list[Block] = []
    if softmax and sample == view.shown_samples(writer.graph.samples)[0]:
        blocks.append(Equations(_rule(writer, layer)))
    if writer.graph.has_shortcut(layer):
        blocks += _gradients(writer, layer, sample, view)
    matrix, da = local_derivatives(trace, layer, row), gradients[row]
    if softmax:
        rows = list(np.ndindex(writer.graph.shape_of(layer.a, sample)[:-1]))
        rows = rows[:1] if view.brief else rows
        blocks += [_matrix_table(writer, layer, of_sample, at, matrix[at], view) for at in rows]
    long = long_way(trace, layer, row)
    chains = []
    for index in filter(None, shown_entries_of(writer, layer.a, sample, view)):
        ref = entry_of(writer.graph, layer.z, of_sample, *index).grad()
        at, worked = tuple(i - 1 for i in index), list[Expr]()
        if softmax:
            worked = [_product(matrix[at[:-1]], da[at[:-1]], at[-1], view)]
        else:
            slope = settled(trace, writer.slope(layer.a, index, of_sample).substituted)
            worked = [Number(da[at]) * each for each in (slope, Number(matrix[at]))]
        chains.append(Chain((Quantity(ref), *worked, Number(long[at]))))
    blocks.append(Equations(tuple(chains)))
    shown = view.shown_samples(writer.graph.samples)
    if writer.graph.has_shortcut(layer) and sample == shown[-1]:
        every = [each - 1 for each in shown]
        blocks.append(
            comparison(trace, lambda t: farthest(_apart(t, layer, i) for i in every), len(every))
        )
    what = "the Jacobian of softmax" if softmax else f"{layer.activation}'"
    whose = "" if writer.graph.single else f", sample {sample}"
    gradient = Math(Quantity(entry_of(writer.graph, layer.a, of_sample).grad()))
    title: Line = (Text(f"The long way{whose}: {what} times "), gradient)
    return [Section(f"jacobian-{layer.index}-{sample}", title, tuple(blocks), 3)]


def _rule(writer: Writer, layer: Layer) -> tuple[Chain, ...]:
    """Return ∂C/∂a_j, ∂a_j/∂z_k and δ_k = Σ_j ∂C/∂a_j·∂a_j/∂z_k."""
    graph = writer.graph
    a, z = (graph.nodes[number].ref for number in (layer.a, layer.z))
    a_j, a_k = Quantity(graph.general(a, "j")), Quantity(graph.general(a, "k"))
    z_k, da = graph.general(z, "k"), graph.general(a.grad(), "j")
    local = Partial(a_j.ref, z_k)
    alike = Compare("==", Letter("j"), Letter("k"))
    slope = Cases(((alike, a_j * (ONE - a_j)),), Neg(a_j * a_k))
    total = BigSum("j", layer.units, Quantity(da) * local)
    delta = Quantity(z_k.grad())
    beyond = general_chain(graph, a.grad()) if graph.has_shortcut(layer) else ()
    return (*beyond, Chain((local, slope)), Chain((delta, total)))


def _gradients(writer: Writer, layer: Layer, sample: int, view: View) -> list[Block]:
    """Return ∂C/∂a of each unit; briefly of all positions and samples, once."""
    da = writer.graph.nodes[layer.a].ref.grad()
    if not view.brief or len(writer.graph.nodes[layer.a].shape) < 2:
        return [_gradient_table(writer, layer, None if writer.graph.single else sample, view)]
    first = view.shown_samples(writer.graph.samples)[0]
    return brief_blocks(writer, [(da, None)], view) if sample == first else []


def _gradient_table(writer: Writer, layer: Layer, sample: int | None, view: View) -> Table:
    ref = writer.graph.nodes[layer.a].ref.grad()
    columns = (
        Column((axes_label(writer.graph, ref),), kind="label"),
        Column(heading(writer.graph.general(ref, "k")), kind="work"),
        Column((), f"da{layer.index}"),
    )
    rows: list[tuple[Inline | None, ...]] = []
    for index in view.entries(writer.graph.shape_of(layer.a, sample)):
        if not index:
            rows.append((None,) * 3)
            continue
        step = writer.step(entry_of(writer.graph, layer.a, sample, *index).grad())
        shown = settled(writer.trace, step.substituted)
        rows.append((entry_label(index), Math(shown), Figure(step.value)))
    return Table(columns, tuple(rows))


def _matrix_table(
    writer: Writer,
    layer: Layer,
    sample: int | None,
    row: tuple[int, ...],
    matrix: Any,
    view: View,
) -> Table:
    """Return ∂a_j/∂z_k = a_j([j = k] − a_k) of one row (of its step, its position) as a matrix."""
    a, z = (entry_of(writer.graph, number, sample) for number in (layer.a, layer.z))
    before = tuple(i + 1 for i in row)
    shown = view.columns(layer.units)
    corner = (Math(Partial(a.at(*before, "j"), z.at(*before, "k"))),)
    columns = [Column(corner, kind="label")]
    columns += [
        Column((Text("…"),) if k == 0 else (Math(Quantity(z.at(*before, k))),)) for k in shown
    ]
    rows: list[tuple[Inline | None, ...]] = []
    for j in view.rows(layer.units):
        if j == 0:
            rows.append((None,) * len(columns))
            continue
        cells = [None if k == 0 else Figure(matrix[j - 1, k - 1]) for k in shown]
        rows.append((Math(Quantity(a.at(*before, j))), *cells))
    return Table(tuple(columns), tuple(rows))


def _product(matrix: Any, da: Any, unit: int, view: View) -> Expr:
    terms: list[Expr] = []
    width = len(da)
    for k in range(width):
        if width > view.widest_sum and view.widest_sum - 1 <= k < width - 1:
            if k == view.widest_sum - 1:
                terms.append(Dots(width - view.widest_sum))
            continue
        terms.append(Number(matrix[k, unit]) * Number(da[k]))
    return add(*terms)


def local_derivatives(trace: Trace, layer: Layer, row: int) -> Any:
    """Return softmax's Jacobian of a sample, or σ′(z) of each unit."""
    rule = trace.graph.rule(layer.a)
    z, a = trace.values[layer.z][row], trace.values[layer.a][row]
    if isinstance(rule, Softmax):
        found = np.empty((*a.shape, a.shape[-1]), dtype=a.dtype)
        for at in np.ndindex(a.shape[:-1]):
            found[at] = rule.jacobian(a[at])
        return found
    with np.errstate(all="ignore"):
        return rule.slope(trace.arithmetic, z, a)


def long_way(trace: Trace, layer: Layer, row: int) -> Any:
    """Return the Jacobian times ∂C/∂a, or σ′(z)·∂C/∂a, of a sample."""
    da = trace.gradients[layer.a]
    assert da is not None
    local = local_derivatives(trace, layer, row)
    if layer.activation != "softmax":
        return local * da[row]
    found = np.empty(da[row].shape, dtype=da.dtype)
    for at in np.ndindex(found.shape[:-1]):
        found[at] = local[at] @ da[row][at]
    return found


def _apart(trace: Trace, layer: Layer, row: int) -> Apart:
    """Return how far δ is from the long way's."""
    local, da = local_derivatives(trace, layer, row), trace.gradients[layer.a]
    short = trace.gradients[layer.z]
    assert da is not None
    assert short is not None
    largest = max(abs(float(x)) for x in np.ravel(local)) * max(abs(float(x)) for x in da[row].flat)
    return apart(long_way(trace, layer, row).flat, short[row].flat, largest)
