"""What other first weights would give, beside the present ones, as a table."""

from __future__ import annotations

from ...passes.health.diagnosis import LIMIT, Diagnosis
from ...passes.health.layers import LayerHealth
from ..building import column, note, section
from ..document import (
    Block,
    Figure,
    Inline,
    Line,
    Paragraph,
    Section,
    Strong,
    Table,
    Text,
    with_layers,
)
from .layers import layer_name, short_name, shown_layers


def initial_section(diagnosis: Diagnosis, *, full: bool) -> Section:
    """Return each layer's factor as it is and with either scheme, and what would follow."""
    graph, tried = diagnosis.graph, diagnosis.tried
    columns = (
        column("layer"),
        column("factor now", "figure"),
        *(column(f"with {each.name}", "figure") for each in tried),
    )
    rows: list[tuple[Inline | None, ...]] = []
    for health in shown_layers(diagnosis.layers, full):
        if health is None:
            rows.append((None,) * len(columns))
        elif health.edges:
            found = [each.factors.get(health.index) for each in tried]
            rows.append(
                (
                    short_name(graph, health.index),
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
    blocks.append(note(words))
    blocks += [Paragraph(line) for line in _change_lines(diagnosis, verdict)]
    return section("initialisation", "With other first weights", blocks)


def _change_lines(diagnosis: Diagnosis, lowest: LayerHealth) -> list[Line]:
    """Return a sentence for each scheme: what would become of the error at the lowest layer."""
    lines: list[Line] = []
    for each in diagnosis.tried if lowest.steps else ():
        where = layer_name(diagnosis.graph, lowest.index)
        ratio = each.ratios.get(lowest.index)
        if ratio is None:
            lines.append((Strong(each.name), with_layers((": no error would reach ", *where))))
            continue
        kind = "vanishing" if ratio < 1 / LIMIT else "exploding" if ratio > LIMIT else "steady"
        steps = each.steps[lowest.index]
        line: list[Inline] = [
            Strong(each.name),
            Text(f": {kind}, "),
            Figure(ratio),
            with_layers((" of the error at ", *where, ", a factor ")),
            Figure(ratio ** (1 / steps) if steps else ratio),
            Text(" a layer"),
        ]
        if each.blocked:
            line.append(Text(f"; with {each.blocked} of {each.seeds} seeds none arrives"))
        if each.failed:
            line.append(Text(f"; with {each.failed} of {each.seeds} seeds the pass overflows"))
        lines.append(tuple(line))
    return lines
