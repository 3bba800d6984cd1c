"""Dead and saturated units as a table: which, on which samples."""

from __future__ import annotations

from ...expression.refs import plain_name
from ...graph.building import counted
from ...graph.records import Graph
from ...passes.health.diagnosis import Diagnosis
from ...passes.health.units import SATURATED, Unit
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
    if diagnosis.units:
        blocks += _table(diagnosis, full)
    else:
        blocks.append(Paragraph((Text("no unit is dead, and none is saturated"),)))
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
        if diagnosis.slopes[layer.index] is None and layer.activation != "softmax"
    ]
    notes: list[Inline] = [Text(words)]
    seen = 1 if diagnosis.sample is not None else graph.samples
    if seen == 1 and any(unit.state == "dead" for unit in diagnosis.units):
        notes.append(Text("one sample only: a unit that is off on it may be on for others"))
    notes += [
        with_layers(
            ("layer ", layer.index, ": its σ′ has no largest value, so nothing is saturated")
        )
        for layer in unbounded
    ]
    blocks += [Note((note,)) for note in notes]
    return Section("units", (Text("Saturated and dead units"),), tuple(blocks))


def _table(diagnosis: Diagnosis, full: bool) -> list[Block]:
    graph = diagnosis.graph
    columns = (
        Column((Text("unit"),), kind="label"),
        Column((Text("state"),), kind="label"),
        Column((Text("on samples"),), kind="prose"),
        Column((Text("largest |σ′|"),)),
        Column((Text("of the largest there is"),)),
    )
    rows: list[tuple[Inline | None, ...]] = []
    notes: list[Block] = []
    more: list[str | int] = []
    answers = {layer.index: graph.nodes[layer.a].ref for layer in graph.layers}
    groups: dict[tuple[int, str], list[Unit]] = {}
    for unit in diagnosis.units:
        groups.setdefault((unit.layer, unit.state), []).append(unit)
    most = max(1, min(MOST_UNITS, MOST_ROWS // len(groups)))
    for (layer, state), units in groups.items():
        steepest = diagnosis.slopes[layer] or 1.0
        shown = units if full else units[:most]
        for unit in shown:
            rows.append(
                (
                    Code(plain_name(answers[layer].at(*unit.index))),
                    Text(state),
                    Text(samples_words(graph, unit.samples, diagnosis.sample)),
                    Figure(unit.largest),
                    Text(f"{100 * unit.largest / steepest:.2g} %"),
                )
            )
        if len(shown) < len(units):
            lead = ", " if more else "not named: "
            more += [f"{lead}{len(units) - len(shown)} more {state} in layer ", layer]
    if more:
        notes.append(Note((with_layers((*more, "; --full names all")),)))
    return [Table(columns, tuple(rows)), *notes]


def samples_words(graph: Graph, samples: tuple[int, ...], only: int | None = None) -> str:
    """Return ``all 4``, ``the one``, or the samples' numbers."""
    if graph.samples == 1:
        return "the one"
    if only is None and len(samples) == graph.samples:
        return f"all {graph.samples}"
    named = ", ".join(map(str, samples[:MOST_SAMPLES]))
    more = len(samples) - MOST_SAMPLES
    return f"{named} and {more} more" if more > 0 else named
