"""Diagnosis → Document: the verdict, then the figures that it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

from ..expression.refs import Ref
from ..expression.tree import Number, Pow, Quantity
from ..graph.building import counted
from ..graph.names import plain_name
from ..graph.records import Graph
from ..passes.health import LIMIT, Diagnosis, Verdict
from ..passes.health_layers import LayerHealth
from .describing import in_bytes
from .diagnosing_half import half_section
from .diagnosing_units import units_section
from .document import (
    Block,
    Code,
    Column,
    Document,
    Figure,
    Inline,
    Line,
    Math,
    Note,
    Paragraph,
    Section,
    Strong,
    Table,
    Text,
)
from .gradchecking import opening

BAR, WIDEST_BAR = "█", 20
"""What a bar in a table is made of, and how many at most."""
TEN = Number(Fraction(10))
MOST_LAYERS = 24
"""Layers up to which every one has its row."""


def diagnose_document(diagnosis: Diagnosis, *, full: bool = False) -> Document:
    """Return the document; ``full`` leaves no unit and no layer out."""
    graph = diagnosis.graph
    blocks: list[Block] = [Paragraph((Text(opening(graph)),))]
    if diagnosis.sample is not None:
        blocks.append(Note((Text(f"the error of sample {diagnosis.sample} alone"),)))
    blocks += [Paragraph(_verdict_line(graph, verdict)) for verdict in diagnosis.verdicts]
    blocks.append(Note((Text(_criterion(graph)),)))
    if graph.layered:
        blocks.append(_norms(diagnosis, full))
        if any(health.edges for health in diagnosis.layers):
            blocks.append(_factors(diagnosis, full))
        blocks.append(units_section(diagnosis, full=full))
    else:
        blocks += [_node_norms(diagnosis), _node_edges(diagnosis)]
    if diagnosis.half is not None:
        blocks.append(half_section(diagnosis.half, graph, full=full))
    blocks.append(_memory(diagnosis, full))
    if diagnosis.tried:
        blocks.append(_initialisations(diagnosis, full))
    return Document(graph.name or "Network", tuple(blocks))


# -- the verdict


def place_of(graph: Graph, verdict: Verdict) -> str:
    """Return ``layer 1``, ``layer 'hidden'`` or ``variable a``."""
    if verdict.ref is not None:
        return f"variable {plain_name(verdict.ref)}"
    return layer_name(graph, verdict.layer)


def layer_name(graph: Graph, index: int) -> str:
    """Return ``layer 1``, with its own name where it has one."""
    layer = graph.layers[index - 1]
    return f"layer {index} '{layer.name}'" if layer.name else f"layer {index}"


def _verdict_line(graph: Graph, verdict: Verdict) -> Line:
    where = place_of(graph, verdict)
    signal = "error" if graph.layered else "gradient"
    match verdict.kind:
        case "silent":
            words = "no error: that of the output is 0, so every gradient is 0"
            return (Strong("silent"), Text(f": {words}"))
        case "single":
            words = "there is no layer below the output for the error to vanish or explode on"
            return (Strong("one layer"), Text(f": {words}"))
        case "blocked":
            return (Strong("blocked"), Text(f": no {signal} reaches {where}: its norm there is 0"))
    steps = counted(verdict.steps, "layer" if graph.layered else "step")
    line: list[Inline] = [
        Strong(verdict.kind),
        Text(f": the {signal} reaches {where} with "),
        Figure(verdict.ratio),
        Text(" times its norm at the output, a factor "),
        Figure(verdict.factor),
        Text(f" {'a layer' if graph.layered else 'a step'} over {steps}"),
    ]
    if verdict.further and graph.layered:
        way = "less than 1/1000" if verdict.factor < 1 else "more than 1000 times"
        more = counted(verdict.further, "more layer")
        line.append(Text(f"; {more} at this factor would leave {way}"))
    return tuple(line)


def _criterion(graph: Graph) -> str:
    signal = "the norm of δ" if graph.layered else "the norm of a gradient"
    places = "a layer with parameters" if graph.layered else "a variable"
    return (
        f"vanishing is said where {signal} in {places} is below 1/{LIMIT:.0f} of that at the "
        f"output, exploding where it is above {LIMIT:.0f} times, steady between"
    )


# -- bars


def bar_scale(sizes: Iterable[float]) -> tuple[int, int]:
    """Return the powers of ten at which bars begin and end: the norms lie between."""
    logs = [math.log10(size) for size in sizes if size > 0]
    if not logs:
        return 0, 1
    high = math.ceil(max(logs) - 1e-9)
    return min(math.floor(min(logs) + 1e-9), high) - 1, high


def bar(size: float, scale: tuple[int, int]) -> str:
    """Return the bar of a norm: its length is the logarithm; none for 0."""
    if size <= 0:
        return "0"
    low, high = scale
    part = (math.log10(size) - low) / (high - low)
    return BAR * max(1, round(WIDEST_BAR * part))


def _bar_note(scale: tuple[int, int]) -> Note:
    low, high = scale
    each = (high - low) / WIDEST_BAR
    none, all_of_it = (Math(Pow(TEN, Number(Fraction(power)))) for power in scale)
    return Note(
        (
            Text("a bar's length is a logarithm: none at "),
            none,
            Text(", full at "),
            all_of_it,
            Text(f", each {BAR} a factor {10**each:.3g}"),
        )
    )


# -- layers


def _shown_layers(healths: tuple[LayerHealth, ...], full: bool) -> list[LayerHealth | None]:
    """Return the layers to show, the output first; None marks the gap."""
    downwards: list[LayerHealth | None] = list(reversed(healths))
    if full or len(downwards) <= MOST_LAYERS:
        return downwards
    return [*downwards[: MOST_LAYERS - 6], None, *downwards[-5:]]


def _norms(diagnosis: Diagnosis, full: bool) -> Section:
    graph = diagnosis.graph
    scale = bar_scale(health.delta for health in diagnosis.layers)
    columns = (
        Column((Text("layer"),), kind="label"),
        Column((Text("norm of "), Math(Quantity(Ref("z", "l", True)))), "delta"),
        Column((), kind="label"),
        Column((Text("of "), Math(Quantity(Ref("W", "l", True)))), "dW"),
        Column((Text("of "), Math(Quantity(Ref("b", "l", True)))), "db"),
        Column((Text("of "), Math(Quantity(Ref("a", "l")))), "a"),
    )
    rows: list[tuple[Inline | None, ...]] = []
    for health in _shown_layers(diagnosis.layers, full):
        if health is None:
            rows.append((None,) * len(columns))
            continue
        index = health.index
        found = (health.gradients.get(f"W{index}"), health.gradients.get(f"b{index}"))
        rows.append(
            (
                Text(_short_name(graph, index)),
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
    unreached = [h.index for h in diagnosis.layers if not h.reached]
    notes = [_bar_note(scale), Note((Text(norms),))]
    notes += [
        Note((Text(f"the loss does not depend on {layer_name(graph, i)}"),)) for i in unreached
    ]
    title = (Text("The error, layer by layer"),)
    return Section("layers", title, (Table(columns, tuple(rows)), *notes))


def _short_name(graph: Graph, index: int) -> str:
    layer = graph.layers[index - 1]
    return f"{index} {layer.name}".strip()


def _factors(diagnosis: Diagnosis, full: bool) -> Section:
    graph = diagnosis.graph
    columns = (
        Column((Text("error from → to"),), kind="label"),
        Column((Text("W part"),)),
        Column((Text("σ′ part"),)),
        Column((Text("factor"),)),
        Column((Text("bound"),)),
        Column((Text("product"),)),
        Column((Text("measured"),)),
    )
    several = any(len(health.edges) > 1 for health in diagnosis.layers)
    rows: list[tuple[Inline | None, ...]] = []
    for health in _shown_layers(diagnosis.layers, full):
        if health is None:
            rows.append((None,) * len(columns))
            continue
        for position, edge in enumerate(health.edges):
            first = position == 0
            part = f" ({100 * edge.part:.0f} %)" if len(health.edges) > 1 else ""
            rows.append(
                (
                    Text(f"{edge.above} → {health.index}{part}"),
                    Figure(edge.weights),
                    Figure(edge.slopes),
                    Figure(edge.factor),
                    Text("none") if edge.bound is None else Figure(edge.bound),
                    Figure(health.product) if first else Text(""),
                    Figure(health.ratio) if first else Text(""),
                )
            )
    explained = (
        "W part: what the weights (or a merge) multiply the norm of δ by; σ′ part: what the "
        "slopes then leave of it; bound: the largest |σ′| there is, times the 2-norm of W; "
        "product: of the factors from the output down; measured: the norm of δ over the output's"
    )
    blocks: list[Block] = [Table(columns, tuple(rows)), Note((Text(explained),))]
    blocks += [Paragraph(line) for line in _slope_lines(diagnosis)]
    if several:
        words = (
            "an error that comes down several ways is their sum: a line for each way, with its "
            "share; the product follows the strongest, and what is measured has all of them"
        )
        blocks.append(Note((Text(words),)))
    lowest = max(diagnosis.layers, key=lambda health: health.steps)
    blocks.append(_product_line(graph, lowest))
    return Section("factors", (Text("What each layer multiplies it by"),), tuple(blocks))


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
            end = (Text(": no |σ′| is larger than "), Figure(size))
        lines.append((Code(name), *end))
    return lines


def _product_line(graph: Graph, lowest: LayerHealth) -> Block:
    bound: Line = ()
    if lowest.bound is not None:
        bound = (Text("; the bounds multiply to "), Figure(lowest.bound))
    return Paragraph(
        (
            Text(f"down to {layer_name(graph, lowest.index)}: the factors multiply to "),
            Figure(lowest.product),
            Text(", measured "),
            Figure(lowest.ratio),
            *bound,
        )
    )


# -- computation graphs


def _node_norms(diagnosis: Diagnosis) -> Section:
    graph = diagnosis.graph
    scale = bar_scale(node.gradient for node in diagnosis.nodes)
    columns = (
        Column((Text("node"),), kind="label"),
        Column((Text("norm of value"),)),
        Column((Text("norm of gradient"),)),
        Column((), kind="label"),
    )
    rows: list[tuple[Inline | None, ...]] = [
        (
            Code(plain_name(node.ref, graph.in_out)),
            Figure(node.value),
            Figure(node.gradient),
            Text(bar(node.gradient, scale)),
        )
        for node in diagnosis.nodes
    ]
    words = "a computation graph has no layers, so no units and no initialisation to speak of"
    blocks = (Table(columns, tuple(rows)), _bar_note(scale), Note((Text(words),)))
    return Section("nodes", (Text("The gradient, node by node"),), blocks)


def _node_edges(diagnosis: Diagnosis) -> Section:
    columns = (
        Column((Text("gradient from → to"),), kind="label"),
        Column((Text("factor"),)),
        Column((Text("norm sent"),)),
    )
    rows: list[tuple[Inline | None, ...]] = [
        (
            Code(f"{plain_name(edge.consumer)} → {plain_name(node.ref)}"),
            Figure(edge.factor),
            Figure(edge.sent),
        )
        for node in diagnosis.nodes
        for edge in node.edges
    ]
    words = "factor: the norm of what is sent down an edge over the norm of the sender's gradient"
    blocks = (Table(columns, tuple(rows)), Note((Text(words),)))
    return Section("edges", (Text("Edge by edge"),), blocks)


# -- memory


def _memory(diagnosis: Diagnosis, full: bool) -> Section:
    graph = diagnosis.graph
    columns = (
        Column((Text("layer" if graph.layered else "node"),), kind="label"),
        Column((Text("kept"),), kind="label"),
        Column((Text("numbers"),)),
        Column((Text("float32"),), kind="label"),
        Column((Text("float64"),), kind="label"),
    )
    rows: list[tuple[Inline | None, ...]] = []
    kept = diagnosis.kept
    for position, each in enumerate(kept):
        if not full and len(kept) > MOST_LAYERS and 5 <= position < len(kept) - 5:
            if position == 5:
                rows.append((None,) * len(columns))
            continue
        where = "input" if each.layer == 0 else str(each.layer or "")
        names = ", ".join(plain_name(ref) for ref in each.refs)
        rows.append(
            (
                Text(where) if graph.layered else Code(names),
                Code(names) if graph.layered else Text("value"),
                Text(str(each.numbers)),
                Text(in_bytes(each.float32)),
                Text(in_bytes(each.float64)),
            )
        )
    total = sum(each.numbers for each in kept)
    numbers, small, large = counted(total, "number"), in_bytes(4 * total), in_bytes(8 * total)
    samples = "" if graph.single else f" for {counted(graph.samples, 'sample')}"
    words = Text(f" kept{samples}: {small} in float32, {large} in float64")
    title = (Text("Memory: what the backward pass needs kept"),)
    blocks = (Table(columns, tuple(rows)), Paragraph((Strong(numbers), words)))
    return Section("memory", title, blocks)


# -- initialisations


def _initialisations(diagnosis: Diagnosis, full: bool) -> Section:
    graph, tried = diagnosis.graph, diagnosis.tried
    columns = (
        Column((Text("layer"),), kind="label"),
        Column((Text("factor now"),)),
        *(Column((Text(f"with {each.name}"),)) for each in tried),
    )
    rows: list[tuple[Inline | None, ...]] = []
    for health in _shown_layers(diagnosis.layers, full):
        if health is None:
            rows.append((None,) * len(columns))
        elif health.edges:
            found = [each.factors.get(health.index) for each in tried]
            rows.append(
                (
                    Text(_short_name(graph, health.index)),
                    Figure(health.edges[0].factor),
                    *(Text("–") if f is None else Figure(f) for f in found),
                )
            )
    verdict = max(diagnosis.layers, key=lambda health: health.steps)
    if verdict.steps:
        found = [each.ratios.get(verdict.index) for each in tried]
        rows.append(
            (
                Text(f"output → {verdict.index}"),
                Figure(verdict.ratio),
                *(Text("0") if f is None else Figure(f) for f in found),
            )
        )
    seeds = tried[0].seeds
    words = (
        f"this network on this input with its weights drawn anew ({seeds} seeds, geometric mean) "
        "and biases 0; Xavier: normal with variance 2/(in + out), He: with 2/in"
    )
    blocks: list[Block] = []
    if rows:
        blocks.append(Table(columns, tuple(rows)))
    blocks.append(Note((Text(words),)))
    blocks += [Paragraph(line) for line in _change_lines(diagnosis, verdict)]
    return Section("initialisation", (Text("With other first weights"),), tuple(blocks))


def _change_lines(diagnosis: Diagnosis, lowest: LayerHealth) -> list[Line]:
    """Return a sentence for each scheme: what would become of the error at the lowest layer."""
    lines: list[Line] = []
    for each in diagnosis.tried if lowest.steps else ():
        where = layer_name(diagnosis.graph, lowest.index)
        ratio = each.ratios.get(lowest.index)
        if ratio is None:
            lines.append((Strong(each.name), Text(f": no error would reach {where}")))
            continue
        kind = "vanishing" if ratio < 1 / LIMIT else "exploding" if ratio > LIMIT else "steady"
        steps = each.steps[lowest.index]
        line: list[Inline] = [
            Strong(each.name),
            Text(f": {kind}, "),
            Figure(ratio),
            Text(f" of the error at {where}, a factor "),
            Figure(ratio ** (1 / steps) if steps else ratio),
            Text(" a layer"),
        ]
        if each.blocked:
            line.append(Text(f"; with {each.blocked} of {each.seeds} seeds none arrives"))
        if each.failed:
            line.append(Text(f"; with {each.failed} of {each.seeds} seeds the pass overflows"))
        lines.append(tuple(line))
    return lines
