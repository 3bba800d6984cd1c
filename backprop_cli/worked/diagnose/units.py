"""Dead and saturated units as a table: which, on which samples."""

from __future__ import annotations

from ...expression.refs import plain_name
from ...functions.elementwise import Elementwise
from ...graph.records import Graph
from ...passes.health.diagnosis import Diagnosis
from ...passes.health.layers import largest_slope
from ...passes.health.units import SATURATED, Unit, softmaxes
from ...problems import counted
from ..building import column, lettered, paragraph, section
from ..document import (
    Block,
    Code,
    Column,
    Figure,
    Inline,
    Note,
    Paragraph,
    Section,
    Table,
    Text,
    with_layers,
)

MOST_UNITS = 12
"""Units of one layer and state that are named one by one."""
MOST_ROWS = 24
"""Units named in all; of many layers with such units each has fewer named."""
MOST_SAMPLES = 8


def units_section(diagnosis: Diagnosis, *, full: bool = False) -> Section:
    """Return the units that pass little or nothing on, or the sentence that there are none."""
    graph = diagnosis.graph
    blocks: list[Block] = []
    gated = [layer for layer in graph.layers if any(a != layer.a for _, a in layer.pairs)]
    chosen = any(softmaxes(graph, layer) for layer in graph.layers)
    if diagnosis.units or diagnosis.gates:
        blocks += _table(diagnosis, full)
    else:
        none = "no unit or gate is saturated" if gated else "none is saturated"
        blocks.append(paragraph(f"no unit is dead, and {none}"))
    if chosen and not any(unit.state == "one-hot" for unit in diagnosis.gates):
        blocks.append(paragraph("no row of a softmax is nearly one-hot"))
    for off in diagnosis.off:
        layer = graph.layers[off.layer - 1]
        if off.off:
            share = f"{off.off} of {counted(off.of, 'output')}"
            what = f" ({layer.activation}): {share} off, passing no error"
            blocks.append(Paragraph((with_layers(("layer ", off.layer, what)),)))
    percent = f"{100 * SATURATED:.0f} %"
    words = (
        f"saturated: |σ′| below {percent} of the largest there is, where the activation levels "
        "off; dead: the output and σ′ are 0 on every sample, so its weights receive no gradient"
    )
    unbounded = [
        layer
        for layer in graph.layers
        if diagnosis.slopes[layer.index] is None and isinstance(graph.rule(layer.a), Elementwise)
    ]
    notes: list[Inline] = [lettered(words)]
    seen = 1 if diagnosis.sample is not None else graph.samples
    if any(unit.state == "off" for unit in diagnosis.units):
        notes.append(
            Text(
                "off: dead at this place, or step, alone; the unit, which has the same weights "
                "everywhere, is on elsewhere"
            )
        )
    if chosen:
        notes.append(
            Text(
                "one-hot: one entry of a softmax's row has nearly all of it; a row of its Jacobian "
                f"adds up, in size, to less than {percent} of the largest there is, so hardly any "
                "error gets through to the scores"
            )
        )
    if seen == 1 and any(unit.state in ("dead", "off") for unit in diagnosis.units):
        notes.append(Text("one sample only: a unit that is off on it may be on for others"))
    notes += [
        with_layers(
            (
                "layer ",
                layer.index,
                ": its σ′ has no largest value to compare with: no unit of it is called saturated",
            )
        )
        for layer in unbounded
    ]
    notes += [
        with_layers(
            (
                "layer ",
                layer.index,
                f" ({layer.type}): its gates are looked at one by one, each at its own slope; a "
                "saturated one stays open, or shut, and hardly learns from this input",
            )
        )
        for layer in gated
    ]
    blocks += [Note((note,)) for note in notes]
    return section("units", "Saturated and dead units", blocks)


def _table(diagnosis: Diagnosis, full: bool) -> list[Block]:
    graph = diagnosis.graph
    columns = (
        column("unit"),
        column("state"),
        column("on samples", "prose"),
        Column((lettered("largest |σ′|"),)),
        column("of the largest there is", "figure"),
    )
    rows: list[tuple[Inline | None, ...]] = []
    notes: list[Block] = []
    more: list[str | int] = []
    groups: dict[tuple[int, str], list[Unit]] = {}
    for unit in (*diagnosis.units, *diagnosis.gates):
        groups.setdefault((unit.layer, unit.state), []).append(unit)
    most = max(1, min(MOST_UNITS, MOST_ROWS // len(groups)))
    for (layer, state), units in groups.items():
        shown = units if full else units[:most]
        for unit in shown:
            steepest = largest_slope(graph.rule(unit.node)) or 1.0
            rows.append(
                (
                    Code(plain_name(graph.nodes[unit.node].ref.at(*unit.index))),
                    Text(state),
                    Text(samples_words(graph, unit.samples, diagnosis.sample)),
                    Figure(unit.largest),
                    Text(_percent(unit.largest / steepest)),
                )
            )
        if len(shown) < len(units):
            lead = ", " if more else "not named: "
            more += [f"{lead}{len(units) - len(shown)} more {state} in layer ", layer]
    if more:
        notes.append(Note((with_layers((*more, "; --full names all")),)))
    return [Table(columns, tuple(rows)), *notes]


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share == 0 or share >= 1e-4 else "< 0.01 %"


def samples_words(graph: Graph, samples: tuple[int, ...], only: int | None = None) -> str:
    """Return ``all 4``, ``the one``, or the samples' numbers."""
    if graph.samples == 1:
        return "the one"
    if only is None and len(samples) == graph.samples:
        return f"all {graph.samples}"
    named = ", ".join(map(str, samples[:MOST_SAMPLES]))
    more = len(samples) - MOST_SAMPLES
    return f"{named} and {more} more" if more > 0 else named
