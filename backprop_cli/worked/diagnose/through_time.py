"""The section through time: the way of the last step's error back to the first."""

from __future__ import annotations

from ...expression.refs import plain_name
from ...expression.tree import Neg, Number, Quantity, add
from ...passes.health.diagnosis import Diagnosis
from ...passes.health.through_time import TimeHealth
from ...passes.health.time_remedies import FAR
from ...problems import counted
from ..building import column, note
from ..document import (
    Block,
    Code,
    Column,
    Figure,
    Inline,
    Line,
    Math,
    Paragraph,
    Section,
    Strong,
    Table,
    Text,
    with_layers,
)
from ..view import View
from .bars import bar, bar_note, bar_scale
from .layers import layer_name


def time_sections(diagnosis: Diagnosis, *, full: bool = False) -> list[Section]:
    """Return a section a recurrent layer."""
    return [_section(diagnosis, health, full=full) for health in diagnosis.times]


def _section(diagnosis: Diagnosis, health: TimeHealth, *, full: bool) -> Section:
    title = with_layers(("Back in time: ", *layer_name(diagnosis.graph, health.index)))
    blocks: list[Block] = [_table(health, full=full)]
    scale = bar_scale(each.norm for each in health.steps)
    bars = bar_note(scale)
    blocks += [bars] if bars is not None else []
    for own in health.weights:
        line = (
            Math(Quantity(own.ref)),
            Text(": 2-norm "),
            Figure(own.norm),
            Text(", largest eigenvalue "),
            Figure(own.radius),
            Text(" in size"),
        )
        blocks.append(Paragraph(line))
    if health.bound is not None:
        start = Text("no step back multiplies the error by more than max|φ′|·‖")
        weights = Math(Quantity(health.weights[0].ref))
        blocks.append(Paragraph((start, weights, Text("‖₂ = "), Figure(health.bound))))
    for gate in health.kept:
        factor = Quantity(gate.ref)
        formula = add(Number(1), Neg(factor)) if gate.complement else factor
        words = Text(" is what the state is multiplied by from step to step: ")
        blocks.append(Paragraph((Math(formula), words, Figure(gate.mean), Text(" on average"))))
    for ref, part in health.cut:
        left_out = (
            Text("'truncate' leaves out of "),
            Code(plain_name(ref.grad())),
            Text(": "),
            Figure(part),
            Text(" of the whole gradient's norm"),
        )
        blocks.append(Paragraph(left_out))
    blocks.append(note("the loss of the last step alone, sent back; norms over all states"))
    return Section(f"time-{health.index}", (title,), tuple(blocks))


def time_line(diagnosis: Diagnosis, health: TimeHealth) -> Line:
    """Return what becomes of the last step's error on its way back in time, in a sentence."""
    where = with_layers((": ", *layer_name(diagnosis.graph, health.index), ": "))
    return (Strong("back in time"), where, Text(_fate(health)))


def _fate(health: TimeHealth) -> str:
    last, first = health.steps[0], health.steps[-1]
    if len(health.steps) < 2:
        return "one step: nothing goes back in time"
    steps = counted(abs(last.step - first.step), "step")
    if last.norm == 0:
        return "the last step has no error that could go back"
    if health.lost is not None:
        back = counted(abs(last.step - health.lost), "step")
        return f"less than 1 % of the last step's error is left after {back}, at step {health.lost}"
    if first.product > FAR:
        return f"the last step's error has grown more than {FAR:.0f} times over {steps}"
    if first.product > 1:
        return f"the last step's error has grown on its way over {steps}"
    return f"more than 1 % of the last step's error is left after {steps}, at step {first.step}"


def _table(health: TimeHealth, *, full: bool) -> Table:
    scale = bar_scale(each.norm for each in health.steps)
    columns = (
        column("step"),
        column("norm", "figure"),
        Column((), kind="label"),
        column("factor", "figure"),
        column("product", "figure"),
    )
    rows: list[tuple[Inline | None, ...]] = []
    for place in View(full=full).rows(len(health.steps)):
        if not place:
            rows.append((None,) * len(columns))
            continue
        each = health.steps[place - 1]
        factor = Text("–") if place == 1 else Figure(each.factor)
        rows.append(
            (
                Text(str(each.step)),
                Figure(each.norm),
                Text(bar(each.norm, scale)),
                factor,
                Figure(each.product),
            )
        )
    return Table(columns, tuple(rows))
