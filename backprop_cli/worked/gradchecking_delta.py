"""Meaning → Document: δ·Δz beside the true change of the cost, for Δz, Δz/10 and Δz/100."""

from __future__ import annotations

import math
from fractions import Fraction

from ..expression.tree import Expr, Known, Number, Quantity
from ..graph.names import plain_name
from ..passes.differences_delta import Change, Meaning
from .document import (
    Block,
    Chain,
    Code,
    Column,
    Document,
    Equations,
    Figure,
    Inline,
    Math,
    Note,
    Paragraph,
    Section,
    Strong,
    Table,
    Text,
)
from .gradchecking import kink_words, opening, precisely


def meaning_document(meaning: Meaning) -> Document:
    """Return what the gradient foretells, what happens, and how the difference falls."""
    graph = meaning.graph
    name = plain_name(meaning.ref, graph.in_out)
    cost = Math(Quantity(meaning.of))
    first: Change = meaning.changes[0]
    blocks: list[Block] = [
        Paragraph((Text(opening(graph)),)),
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
        Section("foretold", (Text("What the gradient foretells"),), (_foretold(meaning, first),)),
        Section(
            "actual", (Text("What really happens"),), (_after(meaning, first), *_actual(meaning))
        ),
        Section("order", (Text("How what is missed falls"),), tuple(_order(meaning))),
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
            Figure(meaning.value + change.by),
            Text(" in place of "),
            Figure(meaning.value),
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
        Column((Text("added"),)),
        Column((Text("foretold"),)),
        Column((Text("true change"),)),
        Column((Text("missed"),)),
        Column((Text("missed / added²"),)),
    )
    rows: list[tuple[Inline | None, ...]] = [
        (
            Figure(change.by),
            Figure(change.foretold),
            Figure(change.actual),
            _missed(meaning, change),
            Figure(change.missed / change.by**2) if _tells(meaning, change) else Text("–"),
        )
        for change in meaning.changes
    ]
    blocks: list[Block] = [Table(columns, tuple(rows))]
    blocks += [Note(kink_words(meaning.graph, kink)) for kink in meaning.kinks]
    return tuple(blocks)


def _tells(meaning: Meaning, change: Change) -> bool:
    """Return whether what is missed is more than the rounding of the two costs."""
    return abs(change.missed) > meaning.rounding


def _missed(meaning: Meaning, change: Change) -> Inline:
    return Figure(change.missed) if _tells(meaning, change) else Text("rounding")


def _order(meaning: Meaning) -> list[Block]:
    """Return by which power of Δz the missed part falls, as measured."""
    first, second = meaning.changes[:2]
    if not _tells(meaning, first):
        words = "nothing is missed but rounding: the cost is linear in this quantity here"
        return [Paragraph((Text(words),))]
    if meaning.kinks:
        words = "a kink lies between: there the slope jumps, and the missed part falls like Δ only"
        return [Paragraph((Text(words),))]
    if not _tells(meaning, second) or second.missed == 0:
        words = "at a tenth of the change what is missed is rounding: too small to measure"
        return [Paragraph((Text(words),))]
    factor = first.missed / second.missed
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
    if power == 2:
        last = [change for change in meaning.changes if _tells(meaning, change)][-1]
        lines.append(
            Note(
                (
                    Text("missed / added² settles at half the second derivative, here about "),
                    Figure(last.missed / last.by**2),
                )
            )
        )
    elif power == 3:
        lines.append(Note((Text("the second derivative is 0 here, so the next term is left"),)))
    return lines


def _superscript(power: int) -> str:
    return "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(abs(power)))
