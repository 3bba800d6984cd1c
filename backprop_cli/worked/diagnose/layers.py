"""The error layer by layer: its norms, and the factor of each layer, as tables."""

from __future__ import annotations

import math

from ...expression.refs import Ref
from ...expression.tree import Quantity
from ...graph.records import Graph
from ...passes.health.diagnosis import Diagnosis
from ...passes.health.layers import LayerHealth
from ..building import column, lettered, note, section
from ..document import (
    Block,
    Code,
    Column,
    Figure,
    Inline,
    Line,
    Math,
    Note,
    Paragraph,
    Section,
    Table,
    Text,
    with_layers,
)
from .bars import bar, bar_note, bar_scale

MOST_LAYERS = 24
"""Layers up to which every one has its row."""


def layer_name(graph: Graph, index: int) -> tuple[str | int, ...]:
    """Return ``layer 1``, with its own name where it has one."""
    layer = graph.layers[index - 1]
    return ("layer ", index, f" '{layer.name}'" if layer.name else "")


def shown_layers(healths: tuple[LayerHealth, ...], full: bool) -> list[LayerHealth | None]:
    """Return the layers to show, the output first; None marks the gap."""
    downwards: list[LayerHealth | None] = list(reversed(healths))
    if full or len(downwards) <= MOST_LAYERS:
        return downwards
    return [*downwards[: MOST_LAYERS - 6], None, *downwards[-5:]]


def norms_section(diagnosis: Diagnosis, *, full: bool) -> Section:
    """Return the norms of each layer's δ (with its bar), gradients and activations."""
    graph = diagnosis.graph
    scale = bar_scale(health.delta for health in diagnosis.layers)
    columns = (
        column("layer"),
        Column((Text("norm of "), Math(Quantity(Ref("z", "l", True)))), "delta"),
        Column((), kind="label"),
        Column((Text("of "), Math(Quantity(Ref("W", "l", True)))), "dW"),
        Column((Text("of "), Math(Quantity(Ref("b", "l", True)))), "db"),
        Column((Text("of "), Math(Quantity(Ref("a", "l")))), "a"),
    )
    rows: list[tuple[Inline | None, ...]] = []
    for health in shown_layers(diagnosis.layers, full):
        if health is None:
            rows.append((None,) * len(columns))
            continue
        index = health.index
        found = (_together(graph, health, "weight"), _together(graph, health, "bias"))
        rows.append(
            (
                short_name(graph, index),
                Figure(health.delta),
                Text(bar(health.delta, scale)),
                *(Text("–") if size is None else Figure(size) for size in found),
                Figure(health.activation),
            )
        )
    norms = "norms are Euclidean, over the units"
    if diagnosis.sample is not None and graph.parameters:
        norms += " of that sample; dW and db are of the whole batch"
    elif not graph.single:
        norms += " and the samples, whose rows are of their own cost"
    several = any(sum(own.kind == "weight" for own in layer.held) > 1 for layer in graph.layers)
    norms += "; where a layer has several matrices, of all together" if several else ""
    unreached = [h.index for h in diagnosis.layers if not h.reached]
    notes = [bar_note(scale), note(norms)]
    notes += [
        Note((with_layers(("the loss does not depend on ", *layer_name(graph, i))),))
        for i in unreached
    ]
    return section("layers", "The error, layer by layer", (Table(columns, tuple(rows)), *notes))


def _together(graph: Graph, health: LayerHealth, kind: str) -> float | None:
    """Return the norm of the gradients of a layer's weights (its biases), all taken together."""
    held = (own for own in graph.layers[health.index - 1].held if own.kind == kind)
    sizes = [health.gradients[f"{own.part}{health.index}"] for own in held]
    return math.hypot(*sizes) if sizes else None


def short_name(graph: Graph, index: int) -> Text:
    """Return ``1``, or ``1 hidden`` where the layer has a name."""
    layer = graph.layers[index - 1]
    return with_layers((index, f" {layer.name}" if layer.name else ""))


def factors_section(diagnosis: Diagnosis, *, full: bool) -> Section:
    """Return each edge's factor in its two parts, its bound, and the product so far."""
    graph = diagnosis.graph
    columns = (
        column("error from → to"),
        Column((lettered("W part"),)),
        Column((lettered("σ′ part"),)),
        column("factor", "figure"),
        column("bound", "figure"),
        column("product", "figure"),
        column("measured", "figure"),
    )
    several = any(len(health.edges) > 1 for health in diagnosis.layers)
    rows: list[tuple[Inline | None, ...]] = []
    for health in shown_layers(diagnosis.layers, full):
        if health is None:
            rows.append((None,) * len(columns))
            continue
        for position, edge in enumerate(health.edges):
            first = position == 0
            part = f" ({100 * edge.part:.0f} %)" if len(health.edges) > 1 else ""
            # Of no error at all there is no factor: it would be 0/0.
            sent = diagnosis.layers[edge.above - 1].delta > 0
            rows.append(
                (
                    with_layers((edge.above, " → ", health.index, part)),
                    Figure(edge.weights) if sent else Text("–"),
                    Figure(edge.slopes) if edge.weights else Text("–"),
                    Figure(edge.factor) if sent else Text("–"),
                    Text("none") if edge.bound is None else Figure(edge.bound),
                    Figure(health.product) if first else Text(""),
                    Figure(health.ratio) if first else Text(""),
                )
            )
    explained = (
        "W part: what the weights (or a merge) multiply the norm of the error by; σ′ part: what "
        "the slopes then leave of it; bound: the largest |σ′| there is, times the 2-norm of W; "
        "product: of the factors from the output down; measured: the norm over the output's"
    )
    blocks: list[Block] = [Table(columns, tuple(rows)), Note((lettered(explained),))]
    blocks += [Paragraph(line) for line in _slope_lines(diagnosis)]
    if several:
        words = (
            "an error that comes down several ways is their sum: a line for each way, with its "
            "share; the product follows the strongest, and what is measured has all of them"
        )
        blocks.append(note(words))
    lowest = max(diagnosis.layers, key=lambda health: health.steps)
    blocks.append(_product_line(graph, lowest))
    return section("factors", "What each layer multiplies it by", blocks)


def _slope_lines(diagnosis: Diagnosis) -> list[Line]:
    """Return the largest slope of each activation in use."""
    seen: dict[str, float | None] = {}
    for layer in diagnosis.graph.layers:
        if layer.activation != "identity":
            seen.setdefault(layer.activation, diagnosis.slopes[layer.index])
    lines: list[Line] = []
    for name, size in seen.items():
        if name == "expression":
            continue
        end: Line = (Text(" has no largest slope"),)
        if size is not None:
            end = (lettered(": no |σ′| is larger than "), Figure(size))
        lines.append((Code(name), *end))
    return lines


def _product_line(graph: Graph, lowest: LayerHealth) -> Block:
    bound: Line = ()
    if lowest.bound is not None:
        bound = (Text("; the bounds multiply to "), Figure(lowest.bound))
    return Paragraph(
        (
            with_layers(
                ("down to ", *layer_name(graph, lowest.index), ": the factors multiply to ")
            ),
            Figure(lowest.product),
            Text(", measured "),
            Figure(lowest.ratio),
            *bound,
        )
    )
