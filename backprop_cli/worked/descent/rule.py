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
from ...expression.walking import shown_positions, substitute
from ...functions.optimizers import ETA, LAMBDA, THETA, G, T
from ...passes.descent.descender import NORM_ADDED
from ...passes.descent.plan import Plan
from ...passes.descent.records import StepRecord
from ...spec.numbers import exact_number
from ..document import (
    Block,
    Chain,
    Code,
    Column,
    Equations,
    Inline,
    Math,
    Note,
    Paragraph,
    Section,
    Table,
    Text,
)
from ..view import View

KAPPA, NORM = Name("kappa"), Name("r")
"""The factor that shortens the gradient, and the gradient's norm."""
_TWO = Number(Fraction(2))
_PARAMETER = Ref("theta")
_SQUARES = 6
"""Terms of the gradient's norm that are written out; each is a number and its square."""


def number(text: str) -> Expr:
    """Return a written number as it is shown."""
    return as_expr(exact_number(text))


def bound_names(tree: Expr, names: Mapping[Name, Expr]) -> Expr:
    """Return the tree with its names replaced."""
    return substitute(tree, lambda node: names.get(node) if isinstance(node, Name) else None)


def numbers_of(plan: Plan, step: int) -> dict[Name, Expr]:
    """Return the rate, the settings and the step's number by their letters."""
    found: dict[Name, Expr] = {ETA: number(plan.rate), T: Number(Fraction(step))}
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


def rule_section(plan: Plan, step: int | None) -> Section:
    """Return the rule, its numbers, and whose conventions these are; ``step`` is its number."""
    optimizer = plan.optimizer
    theta, slope = Quantity(_PARAMETER), Quantity(_PARAMETER.grad())
    names: dict[Name, Expr] = {THETA: theta}
    chains = []
    if is_altered(plan):
        chains.append(Chain((G, altered_gradient(plan, slope, theta))))
    else:
        names[G] = slope
    for assignment in optimizer.assignments:
        target = bound_names(assignment.target, names)
        arrow = "←" if assignment.target == THETA or _is_state(plan, assignment.target) else "="
        chains.append(Chain((target, bound_names(assignment.formula, names)), relation=arrow))
    blocks: list[Block] = [Equations(tuple(chains)), _settings(plan, step)]
    if optimizer.state:
        letters = " and ".join(optimizer.state)
        sentence = f"{letters} begin at 0" if len(optimizer.state) > 1 else f"{letters} begins at 0"
        blocks.append(Note((Text(f"PyTorch's conventions: {optimizer.convention}; {sentence}"),)))
    title = optimizer.doc[0].upper() + optimizer.doc[1:]
    return Section("rule", (Text(f"The rule: {title}"),), tuple(blocks))


def _is_state(plan: Plan, target: Name) -> bool:
    return target.id in plan.optimizer.state and not target.index


def _settings(plan: Plan, step: int | None) -> Table:
    rows: list[tuple[Inline | None, ...]] = []

    def row(letter: Expr, name: str, value: Expr, doc: str) -> None:
        rows.append((Math(letter), Code(name), Math(value), Text(doc)))

    row(ETA, "learning_rate", number(plan.rate), "the learning rate")
    for setting in plan.optimizer.settings:
        text = plan.settings[setting.name]
        if setting.name != "weight_decay" or plan.optimizer.decoupled or plan.decays():
            row(setting.letter, setting.name, number(text), setting.doc)
    if plan.optimizer.counts and step is not None:
        row(T, "steps", Number(Fraction(step)), "the number of this step")
    columns = (
        Column((Text("letter"),), kind="label"),
        Column((Text("setting"),), kind="label"),
        Column((Text("value"),), kind="label"),
        Column((Text("meaning"),), kind="prose"),
    )
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
    return Section(
        "clipping",
        (Text("Clipping by norm"),),
        (
            Paragraph((*line, Text(f"it may be {plan.clip_norm} at most: {said}"))),
            Equations(chains),
            Note((Text("PyTorch adds 0.000001 to the norm"),)),
        ),
    )
