"""The rule of a step in general letters, its settings, and how the gradient is clipped."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ...expression.refs import Ref
from ...expression.tree import (
    ONE,
    Call,
    Div,
    Dots,
    Expr,
    Name,
    Neg,
    Number,
    Pow,
    Quantity,
    add,
    as_expr,
)
from ...expression.walking import shown_positions, substitute, walk
from ...functions.optimizers import ETA, LAMBDA, THETA, G, T
from ...functions.schedules import ETA_T, K
from ...passes.descent.descender import NORM_ADDED
from ...passes.descent.plan import Plan
from ...passes.descent.records import StepRecord
from ...spec.numbers import exact_number, number_float
from ..building import column, note, section
from ..document import (
    Block,
    Chain,
    Code,
    Equations,
    Inline,
    Math,
    Note,
    Paragraph,
    Section,
    Table,
    Text,
)
from ..entry_steps import evaluated
from ..view import View

KAPPA, NORM = Name("kappa"), Name("r")
"""The factor that shortens the gradient, and the gradient's norm."""
_TWO = Number(Fraction(2))
_PARAMETER = Ref("theta")
_SQUARES = 6
"""Terms of the gradient's norm that are written out; each is a number and its square."""

MEANS = {"m": "a running mean of the gradient", "v": "a running mean of the gradient's square"}
"""What an optimizer keeps from step to step, without a velocity."""


def number(text: str) -> Expr:
    """Return a written number as it is shown."""
    return as_expr(exact_number(text))


def bound_names(tree: Expr, names: Mapping[Name, Expr]) -> Expr:
    """Return the tree with its names replaced."""
    return substitute(tree, lambda node: names.get(node) if isinstance(node, Name) else None)


def numbers_of(plan: Plan, step: int, rate: Any) -> dict[Name, Expr]:
    """Return the rate of the step, the settings and the step's number by their letters."""
    found: dict[Name, Expr] = {ETA: number(plan.rate), T: Number(Fraction(step))}
    if plan.schedule is not None:
        found[ETA] = Number(rate)
    for setting in plan.optimizer.settings:
        found[setting.letter] = number(plan.settings[setting.name])
    return found


def is_altered(plan: Plan) -> bool:
    """Return whether the gradient is clipped or decayed before it is used."""
    return bool(plan.clip or plan.clip_norm or plan.decays())


def altered_gradient(plan: Plan, slope: Expr, theta: Expr) -> Expr:
    """Return g in the gradient and the parameter: clipped, then with the weight decay added."""
    g = slope
    if plan.clip:
        most = number(plan.clip)
        g = Call("min", (Call("max", (g, Neg(most))), most))
    elif plan.clip_norm:
        g = KAPPA * g
    return add(g, LAMBDA * theta) if plan.decays() else g


def rate_letter(plan: Plan) -> dict[Name, Expr]:
    """Return how η is written where the rate changes from step to step: η_t."""
    return {} if plan.schedule is None else {ETA: ETA_T}


def _rate_chains(plan: Plan, record: StepRecord | None) -> list[Chain]:
    """Return η_t, with a step's numbers where there is one."""
    schedule = plan.schedule
    if schedule is None:
        return []
    forms = (ETA_T, schedule.rate)
    if record is None:
        return [Chain(forms)]
    numbers: dict[Name, Expr] = {ETA: number(plan.rate), T: Number(Fraction(record.number))}
    numbers |= {s.letter: number(plan.schedule_settings[s.name]) for s in schedule.settings}
    count = _count(plan, record.number)
    if count is not None:
        numbers[K] = Number(Fraction(count))
    substituted = bound_names(schedule.rate, numbers)
    return [evaluated(forms, substituted, record.numbers[ETA])]


def _count(plan: Plan, step: int) -> int | None:
    """Return the schedule's k at a step."""
    if plan.schedule is None:
        return None
    settings = {name: number_float(text) for name, text in plan.schedule_settings.items()}
    return plan.schedule.k(settings, step)


def rule_section(plan: Plan, record: StepRecord | None) -> Section:
    """Return the rule, its numbers, and whose conventions these are; of a step, its rate too."""
    optimizer = plan.optimizer
    theta, slope = Quantity(_PARAMETER), Quantity(_PARAMETER.grad())
    names: dict[Name, Expr] = {THETA: theta, **rate_letter(plan)}
    chains = _rate_chains(plan, record)
    if is_altered(plan):
        chains.append(Chain((G, altered_gradient(plan, slope, theta))))
    else:
        names[G] = slope
    for assignment in optimizer.assignments:
        target = bound_names(assignment.target, names)
        arrow = "←" if assignment.target == THETA or _is_state(plan, assignment.target) else "="
        chains.append(Chain((target, bound_names(assignment.formula, names)), relation=arrow))
    meanings = _letters(plan, record, theta)
    blocks: list[Block] = [Equations(tuple(chains)), meanings, _settings(plan, record)]
    if plan.schedule is not None and plan.schedule.counts and record is None:
        blocks.append(Note((Math(K), Text(f": {plan.schedule.counts}"))))
    if optimizer.state:
        letters = " and ".join(optimizer.state)
        sentence = f"{letters} begin at 0" if len(optimizer.state) > 1 else f"{letters} begins at 0"
        blocks.append(note(f"PyTorch's conventions: {optimizer.convention}; {sentence}"))
    title = optimizer.doc[0].upper() + optimizer.doc[1:]
    return section("rule", f"The rule: {title}", blocks)


def _letters(plan: Plan, record: StepRecord | None, theta: Expr) -> Note:
    """Return what θ is, what is kept from step to step, and t where no row has its number."""
    velocity = plan.optimizer.setting("momentum") is not None
    line: list[Inline] = [Math(theta), Text(": every parameter, one after the other")]
    for letter in plan.optimizer.state:
        what = "the velocity" if velocity else MEANS[letter]
        line += [Text("; "), Math(Name(letter)), Text(f": {what}")]
    in_rate = plan.schedule is not None and T in walk(plan.schedule.rate)
    if (plan.optimizer.counts or in_rate) and record is None:
        line += [Text("; "), Math(T), Text(": the number of the step")]
    return Note(tuple(line))


def _is_state(plan: Plan, target: Name) -> bool:
    return target.id in plan.optimizer.state and not target.index


def _settings(plan: Plan, record: StepRecord | None) -> Table:
    rows: list[tuple[Inline | None, ...]] = []

    def row(letter: Expr, name: str, value: Expr, doc: str) -> None:
        rows.append((Math(letter), Code(name) if name else Text(""), Math(value), Text(doc)))

    first = "" if plan.schedule is None else ", before it changes"
    row(ETA, "learning_rate", number(plan.rate), f"the learning rate{first}")
    schedule = plan.schedule
    for setting in () if schedule is None else schedule.settings:
        row(setting.letter, setting.name, number(plan.schedule_settings[setting.name]), setting.doc)
    count = None if record is None else _count(plan, record.number)
    if count is not None and schedule is not None:
        row(K, "", Number(Fraction(count)), schedule.counts)
    for setting in plan.optimizer.settings:
        text = plan.settings[setting.name]
        if setting.name != "weight_decay" or plan.optimizer.decoupled or plan.decays():
            row(setting.letter, setting.name, number(text), setting.doc)
    in_rate = schedule is not None and T in walk(schedule.rate)
    if (plan.optimizer.counts or in_rate) and record is not None:
        row(T, "steps", Number(Fraction(record.number)), "the number of this step")
    columns = (column("letter"), column("setting"), column("value"), column("meaning", "prose"))
    return Table(columns, tuple(rows))


def clipping_section(plan: Plan, record: StepRecord, view: View) -> Section:
    """Return the norm of the whole gradient, worked, and the factor that shortens it."""
    free = [
        np.where(p.frozen, 0, p.gradient) if p.frozen is not None else p.gradient
        for p in record.parameters
    ]
    entries: list[Any] = [value for array in free for value in array.ravel()]
    widest = view.widest_sum if view.full else min(view.widest_sum, _SQUARES)
    positions = shown_positions(len(entries), widest)
    terms: list[Expr] = []
    for before, position in zip((0, *positions), positions, strict=False):
        if position != before + 1:
            terms.append(Dots(position - before - 1))
        terms.append(Pow(Number(entries[position - 1]), _TWO))
    most, added = number(plan.clip_norm), number(NORM_ADDED)
    ratio = Div(most, NORM + added)
    substituted = bound_names(ratio, {NORM: Number(record.norm)})
    chains = (
        Chain((NORM, Call("sqrt", (add(*terms),)), Number(record.norm))),
        Chain(
            (
                KAPPA,
                Call("min", (ONE, ratio)),
                Call("min", (ONE, substituted)),
                Number(record.factor),
            )
        ),
    )
    shorter = float(record.factor) < 1
    said = "the gradient is too long" if shorter else "the gradient is short enough: it stays"
    line = (Math(NORM), Text(" is the norm of the whole gradient, over every free parameter; "))
    return section(
        "clipping",
        "Clipping by norm",
        (
            Paragraph((*line, Text(f"it may be {plan.clip_norm} at most: {said}"))),
            Equations(chains),
            note("PyTorch adds 0.000001 to the norm"),
        ),
    )
