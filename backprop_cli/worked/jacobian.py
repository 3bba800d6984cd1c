"""The long way beside the short one: the Jacobian (or σ′) times ∂C/∂a, compared."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..expression.refs import Ref
from ..expression.tree import Dots, Expr, Number, Partial, Quantity, add
from ..functions.softmax import Softmax
from ..graph.records import Layer
from .document import (
    Block,
    Chain,
    Column,
    Equations,
    Figure,
    Inline,
    Line,
    Math,
    Note,
    Section,
    Table,
    Text,
)
from .forward import heading, settled
from .steps import Writer
from .view import View


def jacobian_blocks(writer: Writer, layer: Layer, sample: int, view: View) -> list[Block]:
    """Return the section that goes to δ through ∂C/∂a, unit by unit, and compares."""
    trace, of_sample = writer.trace, None if writer.graph.single else sample
    gradients = trace.gradients[layer.a]
    if gradients is None:
        return []
    row = sample - 1
    da, a = gradients[row], trace.values[layer.a][row]
    rule = writer.graph.rule(layer.a)
    softmax = isinstance(rule, Softmax)
    blocks: list[Block] = []
    if writer.graph.nodes[layer.a].shortcut is not None:
        blocks.append(_gradient_table(writer, layer, of_sample, view))
    if isinstance(rule, Softmax):
        matrix = rule.jacobian(a)
        blocks.append(_matrix_table(layer, matrix, view))
        long = matrix @ da
    else:
        with np.errstate(all="ignore"):
            slope = rule.slope(trace.arithmetic, trace.values[layer.z][row], a)
        matrix = np.asarray(slope)
        long = matrix * da
    short = trace.gradients[layer.z]
    chains = []
    for unit in [u for u in view.rows(layer.units) if u]:
        ref = Ref("z", layer.index, True, of_sample, (unit,))
        worked = _product(matrix, da, unit, view) if softmax else _slope(matrix, da, unit)
        chains.append(Chain((Quantity(ref), worked, Number(long[unit - 1]))))
    blocks.append(Equations(tuple(chains)))
    if short is not None and writer.graph.nodes[layer.a].shortcut is not None:
        blocks.append(_comparison(long, short[row]))
    what = "the Jacobian of softmax" if softmax else f"{layer.activation}'"
    whose = "" if writer.graph.single else f", sample {sample}"
    gradient = Math(Quantity(Ref("a", layer.index, True)))
    title: Line = (Text(f"The long way{whose}: {what} times "), gradient)
    return [Section(f"jacobian-{layer.index}-{sample}", title, tuple(blocks), 3)]


def _gradient_table(writer: Writer, layer: Layer, sample: int | None, view: View) -> Table:
    ref = Ref("a", layer.index, True)
    columns = (
        Column((Text("unit"),), kind="label"),
        Column(heading(ref.at("k")), kind="work"),
        Column((), f"da{layer.index}"),
    )
    rows: list[tuple[Inline | None, ...]] = []
    for unit in view.rows(layer.units):
        if unit == 0:
            rows.append((None,) * 3)
            continue
        step = writer.step(Ref("a", layer.index, True, sample, (unit,)))
        shown = settled(writer.trace, step.substituted)
        rows.append((Text(str(unit)), Math(shown), Figure(step.value)))
    return Table(columns, tuple(rows))


def _matrix_table(layer: Layer, matrix: Any, view: View) -> Table:
    """Return ∂a_j/∂z_k = a_j([j = k] − a_k) as a matrix."""
    a, z = Ref("a", layer.index), Ref("z", layer.index)
    shown = view.columns(layer.units)
    corner = (Math(Partial(a.at("j"), z.at("k"))),)
    columns = [Column(corner, kind="label")]
    columns += [Column((Text("…"),) if k == 0 else (Math(Quantity(z.at(k))),)) for k in shown]
    rows: list[tuple[Inline | None, ...]] = []
    for j in view.rows(layer.units):
        if j == 0:
            rows.append((None,) * len(columns))
            continue
        cells = [None if k == 0 else Figure(matrix[j - 1, k - 1]) for k in shown]
        rows.append((Math(Quantity(a.at(j))), *cells))
    return Table(tuple(columns), tuple(rows))


def _product(matrix: Any, da: Any, unit: int, view: View) -> Expr:
    terms: list[Expr] = []
    width = len(da)
    for k in range(width):
        if width > view.widest_sum and view.widest_sum - 1 <= k < width - 1:
            if k == view.widest_sum - 1:
                terms.append(Dots(width - view.widest_sum))
            continue
        terms.append(Number(matrix[k, unit - 1]) * Number(da[k]))
    return add(*terms)


def _slope(slopes: Any, da: Any, unit: int) -> Expr:
    return Number(da[unit - 1]) * Number(slopes[unit - 1])


def _comparison(long: Any, short: Any) -> Note:
    apart = max(abs(float(x) - float(y)) for x, y in zip(long, short, strict=True))
    if apart == 0:
        return Note((Text("both ways agree exactly"),))
    return Note((Text(f"both ways agree: they differ by at most {apart:.1e}"),))
