"""Meaning → Document: δ·Δz beside the true change of the cost, for Δz, Δz/10 and Δz/100."""

from __future__ import annotations

import math
from fractions import Fraction

from ...expression.refs import plain_name
from ...expression.tree import Expr, Known, Number, Quantity
from ...passes.differences.delta import Change, Meaning
from ..building import column, note, paragraph, section
from ..document import (
    Block,
    Chain,
    Code,
    Document,
    Equations,
    Figure,
    Inline,
    Math,
    Note,
    Paragraph,
    Strong,
    Table,
    Text,
)
from ..pages import pages_of
from .gradcheck_document import kink_words, precisely

_CLEAR = 100.0
"""How many roundings clear of noise a missed part must be for an order to be read off it."""
_STRAIGHT = 1e-6
"""A second derivative below this share of the gradient, or of the cost, is none."""


def meaning_document(meaning: Meaning) -> Document:
    """Return what the gradient foretells, what happens, and how the difference falls."""
    graph = meaning.graph
    name = plain_name(meaning.ref, graph.in_out)
    cost = Math(Quantity(meaning.of))
    first: Change = meaning.changes[0]
    blocks: list[Block] = [
        paragraph(pages_of(graph).checked(graph)),
        Paragraph(
            (
                Code(plain_name(meaning.ref.grad(), graph.in_out)),
                Text(" says how fast "),
                cost,
                Text(" changes with "),
                Code(name),
                Text(": adding a little to "),
                Math(Quantity(meaning.ref)),
                Text(" adds about "),
                Math(Quantity(meaning.ref.grad())),
                Text(" times as much to "),
                cost,
            )
        ),
        section("foretold", "What the gradient foretells", (_foretold(meaning, first),)),
        section("actual", "What really happens", (_after(meaning, first), *_actual(meaning))),
        section("order", "How what is missed falls", _order(meaning)),
    ]
    return Document(graph.name or "Network", tuple(blocks))


def _foretold(meaning: Meaning, change: Change) -> Block:
    by = _number(change.by)
    gradient = Known(meaning.ref.grad(), meaning.gradient)
    forms: tuple[Expr, ...] = (
        Quantity(meaning.ref.grad()) * by,
        gradient * by,
        Number(change.foretold),
    )
    return Equations((Chain(forms),))


def _number(value: float) -> Number:
    return Number(Fraction(repr(value)))


def _after(meaning: Meaning, change: Change) -> Block:
    return Paragraph(
        (
            Text("a forward pass with "),
            Math(Quantity(meaning.ref)),
            Text(" = "),
            precisely(meaning.value + change.by),
            Text(" in place of "),
            precisely(meaning.value),
            Text(": "),
            Math(Quantity(meaning.of)),
            Text(" goes from "),
            precisely(meaning.cost),
            Text(" to "),
            precisely(change.cost),
        )
    )


def _actual(meaning: Meaning) -> tuple[Block, ...]:
    columns = (
        column("added", "figure"),
        column("foretold", "figure"),
        column("true change", "figure"),
        column("missed", "figure"),
        column("missed / added²", "figure"),
    )
    rows: list[tuple[Inline | None, ...]] = [
        (
            Figure(change.by),
            Figure(change.foretold),
            Figure(change.actual),
            _missed(meaning, change),
            _bend(meaning, change),
        )
        for change in meaning.changes
    ]
    blocks: list[Block] = [Table(columns, tuple(rows))]
    blocks += [Note(kink_words(meaning.graph, kink)) for kink in meaning.kinks]
    return tuple(blocks)


def _missed(meaning: Meaning, change: Change) -> Inline:
    return Figure(change.missed) if meaning.tells(change) else Text("rounding")


def _bend(meaning: Meaning, change: Change) -> Inline:
    told = meaning.tells(change) and math.isfinite(change.bend)
    return Figure(change.bend) if told else Text("–")


def _order(meaning: Meaning) -> list[Block]:
    """Return by which power of Δz the missed part falls, as measured."""
    if not meaning.tells(meaning.changes[0]):
        return [paragraph(_unseen(meaning))]
    crossing = [change for change in meaning.changes if change.kinks]
    if len(crossing) == len(meaning.changes):
        words = "a kink lies between: there the slope jumps, and the missed part falls like Δ only"
        if all(kink.distance for kink in meaning.changes[-1].kinks):
            words = "each of these changes crosses a kink, where the slope jumps: take a smaller"
        return [paragraph(words)]
    lines: list[Block] = []
    if crossing:
        added = " and ".join(precisely(change.by).text for change in crossing)
        does = "crosses" if len(crossing) == 1 else "cross"
        words = f"adding {added} {does} a kink, where the slope jumps; less than that does not"
        lines.append(paragraph(words))
    return [*lines, *_measured(meaning, len(crossing))]


def _unseen(meaning: Meaning) -> str:
    """Return why nothing is missed: the cost is linear, or the change too small to tell."""
    first = meaning.changes[0]
    steepest = 2 * meaning.rounding / first.by / first.by
    if steepest <= _STRAIGHT * max(abs(meaning.gradient), abs(meaning.cost)):
        return "nothing is missed but rounding: the cost is linear in this quantity here"
    return "nothing is missed but rounding: so small a change cannot show more, a larger one can"


def _measured(meaning: Meaning, start: int) -> list[Block]:
    """Return the order, from the smallest two changes on this side that are clear of rounding."""
    clear = [change for change in meaning.changes[start:] if meaning.tells(change, _CLEAR)]
    if len(clear) < 2:
        clear = [change for change in meaning.changes[start:] if meaning.tells(change)]
    if len(clear) < 2:
        left = len(meaning.changes) - start
        words = "at a tenth of the change what is missed is rounding: too small to measure"
        if left < 2:
            words = "one change alone does not say how what is missed falls: give a smaller one"
        return [paragraph(words)]
    larger, smaller = clear[-2:]
    factor = larger.missed / smaller.missed
    order = math.log10(abs(factor))
    power = round(order)
    lines: list[Block] = [
        Paragraph(
            (
                Text("a tenth of the change misses "),
                Figure(abs(factor)),
                Text(" times less, 10 to the power "),
                Figure(round(order, 3)),
                Text(": "),
                Strong(f"the error falls like Δ{_superscript(power)}"),
            )
        )
    ]
    last = [change for change in meaning.changes if meaning.tells(change)][-1]
    if power == 2 and math.isfinite(last.bend):
        lines.append(
            Note(
                (
                    Text("missed / added² settles at half the second derivative, here about "),
                    Figure(last.bend),
                )
            )
        )
    elif power == 3:
        lines.append(note("the second derivative is 0 here, so the next term is left"))
    return lines


def _superscript(power: int) -> str:
    return "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(abs(power)))
