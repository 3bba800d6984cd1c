"""Diagnosis → Document: the verdict, then the figures that it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from ...expression.refs import plain_name
from ...graph.records import Graph
from ...passes.health.diagnosis import LIMIT, Diagnosis, HealthVerdict
from ...passes.health.units import places
from ...problems import counted
from ..building import column, note, paragraph, section
from ..describe.describe_document import in_bytes
from ..document import (
    Block,
    Code,
    Column,
    Document,
    Figure,
    Inline,
    Line,
    Note,
    Paragraph,
    Section,
    Strong,
    Table,
    Text,
    with_layers,
)
from ..pages import pages_of
from .advice import advice_section
from .bars import bar, bar_note, bar_scale
from .half import half_section
from .initial import initial_section
from .layers import MOST_LAYERS, factors_section, layer_name, norms_section
from .through_time import time_line, time_sections
from .units import units_section

MOST_NODES = 60
"""Nodes whose gradients are listed; of more those next to the output and the lowest."""


def diagnose_document(diagnosis: Diagnosis, *, full: bool = False) -> Document:
    """Return the document: the verdict, what to do, the error; ``full`` has all it rests on."""
    graph = diagnosis.graph
    blocks: list[Block] = [paragraph(pages_of(graph).checked(graph))]
    if diagnosis.sample is not None:
        blocks.append(note(f"the error of sample {diagnosis.sample} alone"))
    blocks += [Paragraph(line) for line in verdict_lines(diagnosis)]
    criterion = note(_criterion(graph))
    blocks.append(advice_section(diagnosis, criterion) if diagnosis.layers else criterion)
    if diagnosis.layers:
        blocks.append(norms_section(diagnosis, full=full))
        if full and any(health.edges for health in diagnosis.layers):
            blocks.append(factors_section(diagnosis, full=full))
        blocks += time_sections(diagnosis, full=full)
        if full or diagnosis.units or diagnosis.gates:
            blocks.append(units_section(diagnosis, full=full))
    else:
        blocks += [_node_norms(diagnosis, full=full), *([_node_edges(diagnosis)] if full else [])]
    if not full:
        more = "each layer's factor, units, " if diagnosis.layers else "the factor of each edge, "
        tail = ", other first weights" if diagnosis.tried else ""
        blocks.append(note(f"--full: {more}half precision, memory{tail}"))
        return Document(graph.name or "Network", tuple(blocks))
    if diagnosis.half is not None:
        blocks.append(half_section(diagnosis.half, graph, full=full))
    blocks.append(_memory(diagnosis, full))
    if diagnosis.tried:
        blocks.append(initial_section(diagnosis, full=full))
    return Document(graph.name or "Network", tuple(blocks))


# -- the verdict


def place_of(graph: Graph, verdict: HealthVerdict) -> tuple[str | int, ...]:
    """Return ``layer 1``, ``layer 'hidden'`` or ``variable a``."""
    if verdict.ref is not None:
        return (f"variable {plain_name(verdict.ref)}",)
    return layer_name(graph, verdict.layer)


def verdict_lines(diagnosis: Diagnosis) -> list[Line]:
    """Return what becomes of the error on its way down, and back in time: a sentence each."""
    down = [verdict_line(diagnosis.graph, verdict) for verdict in diagnosis.verdicts]
    times = (time_line(diagnosis, health) for health in diagnosis.times)
    return [*down, *times, *_dead_lines(diagnosis)]


def _dead_lines(diagnosis: Diagnosis) -> Iterator[Line]:
    """Yield, of each layer with units that are off on every sample, how many these are.

    Units that are off at some of their places, or steps, alone are counted by these.
    """
    graph = diagnosis.graph
    for layer in graph.layers:
        of_layer = [unit for unit in diagnosis.units if unit.layer == layer.index]
        where = (*layer_name(graph, layer.index), ": no error passes there")
        same, shape = places(graph, layer.a), graph.nodes[layer.a].shape
        own = [axis for axis in range(len(shape)) if axis not in same]
        dead = {tuple(u.index[k] for k in own) for u in of_layer if u.state == "dead"}
        if dead:
            share = f": {len(dead)} of {counted(prod(shape[k] for k in own), 'unit')} of "
            yield (Strong("dead"), with_layers((share, *where)))
        off = sum(1 for unit in of_layer if unit.state == "off")
        if off:
            what = "step" if "step" in graph.nodes[layer.a].axes else "place"
            share = f": at {off} of {counted(prod(shape), what)} of the units of "
            yield (Strong("off"), with_layers((share, *where)))


def verdict_line(graph: Graph, verdict: HealthVerdict) -> Line:
    """Return what becomes of the error, in a sentence with its numbers."""
    where = place_of(graph, verdict)
    words = graph.words
    signal = words.signal
    match verdict.kind:
        case "silent":
            why = "no error: that of the output is 0, so every gradient is 0"
            return (Strong("silent"), Text(f": {why}"))
        case "single":
            why = "there is no layer below the output for the error to vanish or explode on"
            return (Strong("one layer"), Text(f": {why}"))
        case "blocked":
            return (
                Strong("blocked"),
                with_layers((f": no {signal} reaches ", *where, ": its norm there is 0")),
            )
    steps = counted(verdict.steps, words.step)
    line: list[Inline] = [
        Strong(verdict.kind),
        with_layers((f": the {signal} reaches ", *where, " with ")),
        Figure(verdict.ratio),
        Text(" times its norm at the output, a factor "),
        Figure(verdict.factor),
        Text(f" a {words.step} over {steps}"),
    ]
    if verdict.further and verdict.ref is None:
        way = "less than 1/1000" if verdict.factor < 1 else "more than 1000 times"
        more = counted(verdict.further, "more layer")
        line.append(Text(f"; {more} at this factor would leave {way}"))
    return tuple(line)


def _criterion(graph: Graph) -> str:
    words = graph.words
    return (
        f"vanishing is said where the norm of {words.signal_of} in {words.reached} is below "
        f"1/{LIMIT:.0f} of that at the output, exploding where it is above {LIMIT:.0f} times, "
        "steady between"
    )


# -- computation graphs


def _node_norms(diagnosis: Diagnosis, *, full: bool) -> Section:
    graph = diagnosis.graph
    scale = bar_scale(node.gradient for node in diagnosis.nodes)
    columns = (
        column("node"),
        column("norm of value", "figure"),
        column("norm of gradient", "figure"),
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
    blocks: list[Block] = [bar_note(scale), note(words)]
    left = 0 if full else len(rows) - MOST_NODES
    if left > 0:
        outer = MOST_NODES // 2
        rows = [*rows[:outer], (None,) * len(columns), *rows[-outer:]]
        said = Text(f"{left:,} nodes between are left out: "), Code("--full"), Text(" shows them")
        blocks.append(Note(said))
    every = (Table(columns, tuple(rows)), *blocks)
    return section("nodes", "The gradient, node by node", every)


def _node_edges(diagnosis: Diagnosis) -> Section:
    columns = (
        column("gradient from → to"),
        column("factor", "figure"),
        column("norm sent", "figure"),
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
    blocks = (Table(columns, tuple(rows)), note(words))
    return section("edges", "Edge by edge", blocks)


# -- memory


def _memory(diagnosis: Diagnosis, full: bool) -> Section:
    graph = diagnosis.graph
    columns = (
        column(graph.words.part),
        column("kept"),
        column("numbers", "figure"),
        column("float32"),
        column("float64"),
    )
    rows: list[tuple[Inline | None, ...]] = []
    kept = diagnosis.kept
    for position, each in enumerate(kept):
        if not full and len(kept) > MOST_LAYERS and 5 <= position < len(kept) - 5:
            if position == 5:
                rows.append((None,) * len(columns))
            continue
        names = Code(", ".join(plain_name(ref) for ref in each.refs))
        own = each.layer is None
        rows.append(
            (
                names if own else with_layers((each.layer or "input",)),
                Text("value") if own else names,
                Text(str(each.numbers)),
                Text(in_bytes(each.float32)),
                Text(in_bytes(each.float64)),
            )
        )
    total = sum(each.numbers for each in kept)
    numbers, small, large = counted(total, "number"), in_bytes(4 * total), in_bytes(8 * total)
    samples = "" if graph.single else f" for {counted(graph.samples, 'sample')}"
    words = Text(f" kept{samples}: {small} in float32, {large} in float64")
    blocks = (Table(columns, tuple(rows)), Paragraph((Strong(numbers), words)))
    return section("memory", "Memory: what the backward pass needs kept", blocks)
