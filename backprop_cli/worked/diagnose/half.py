"""Half precision as a table: which gradients a float16 loses, and what a loss scale mends."""

from __future__ import annotations

import math
from fractions import Fraction

from ...expression.refs import plain_name
from ...expression.tree import Expr, Number, Pow
from ...graph.records import Graph
from ...passes.health.half import HalfPrecision, HalfQuantity
from ...problems import counted
from ..building import column, note, paragraph, section
from ..document import (
    Block,
    Code,
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

MOST_QUANTITIES = 24


def half_section(half: HalfPrecision, graph: Graph, *, full: bool = False) -> Section:
    """Return what float16 does to the gradients, and the loss scale that avoids it.

    ``scaled`` in its table is with the loss scaled.
    """
    blocks: list[Block] = []
    lost = [q for q in half.quantities if q.zero or q.subnormal or q.infinite]
    if not half.quantities:
        blocks.append(paragraph("every gradient is 0: there is nothing to lose"))
    else:
        blocks.append(
            Paragraph(
                (
                    Text("the gradients that are not 0 lie between "),
                    Figure(half.smallest),
                    Text(" and "),
                    Figure(half.largest),
                    Text(" in size"),
                )
            )
        )
    if half.quantities and not lost:
        blocks.append(paragraph("float16 holds each of them; no loss scale is needed"))
    if lost:
        shown = lost if full else lost[:MOST_QUANTITIES]
        blocks.append(_table(shown, graph))
        if len(shown) < len(lost):
            more = len(lost) - len(shown)
            blocks.append(note(f"{more} more of the gradients lose some; --full lists all"))
        blocks += [*_named(lost), Paragraph(_scale_line(half))]
    words: Line = (
        Text("float16 has 11 bits from "),
        Math(_two_to(-14)),
        Text(" = 6.1e-5 to 65504; smaller numbers are subnormal, with fewer bits, and below "),
        Math(_two_to(-25)),
        Text(" = 3e-8 they become 0"),
    )
    blocks.append(Note(words))
    if not graph.single and graph.mean and graph.samples > 1 and lost:
        rows = f"a batch's rows are divided by {graph.samples} here, as they add up in the loss"
        blocks.append(note(rows))
    return section("half", "In half precision", blocks)


def _table(lost: list[HalfQuantity], graph: Graph) -> Table:
    columns = (
        column("gradient"),
        column("entries", "figure"),
        column("become 0", "figure"),
        column("subnormal", "figure"),
        column("infinite", "figure"),
        column("smallest", "figure"),
        column("scaled"),
    )
    rows: list[tuple[Inline | None, ...]] = []
    for quantity in lost:
        rows.append(
            (
                Code(plain_name(quantity.ref.grad(), graph.in_out)),
                Text(str(quantity.entries)),
                Text(str(quantity.zero)),
                Text(str(quantity.subnormal)),
                Text(str(quantity.infinite)),
                Figure(quantity.smallest),
                Text(_after(quantity)),
            )
        )
    return Table(columns, tuple(rows))


def _after(quantity: HalfQuantity) -> str:
    zero, subnormal, infinite = quantity.after
    parts = [(zero, "become 0"), (subnormal, "subnormal"), (infinite, "infinite")]
    return ", ".join(f"{count} {what}" for count, what in parts if count) or "all held"


def _named(lost: list[HalfQuantity]) -> list[Block]:
    """Return the first entries that become 0, by name."""
    names = [
        f"{plain_name(q.ref.grad())}[{','.join(map(str, at))}]" if at else plain_name(q.ref.grad())
        for q in lost
        for at in q.named
    ]
    zero = sum(quantity.zero for quantity in lost)
    if not names:
        return []
    shown = names[:MOST_QUANTITIES]
    more = f" and {zero - len(shown)} more" if zero > len(shown) else ""
    parts: list[Inline] = [Text("become 0: ")]
    for position, name in enumerate(shown):
        parts += [Text(", ") if position else Text(""), Code(name)]
    return [Note((*parts, Text(more)))]


def _two_to(power: int) -> Expr:
    return Pow(Number(Fraction(2)), Number(Fraction(power)))


def _scale_line(half: HalfPrecision) -> Line:
    power = round(math.log2(half.scale))
    if half.scale == 1:
        return (Strong("no loss scale"), Text(" avoids it: the largest gradient would overflow"))
    number = f" = {half.scale:.0f}" if 0 < power < 40 else ""
    head: Line = (Strong("loss scale "), Math(_two_to(power)), Text(number))
    if half.clean:
        end = "the least power of two that makes every gradient normal; none overflows"
        if half.infinite:
            end = "the largest power of two at which no gradient overflows; none is lost"
        return (*head, Text(f": {end}"))
    left = sum(sum(quantity.after) for quantity in half.quantities)
    entries = counted(left, "gradient") if left != 1 else "1 gradient"
    end = (
        f"the largest power of two at which none overflows; {entries} stay subnormal or 0: "
        "they spread over more powers of two than float16 has"
    )
    return (*head, Text(f": {end}"))
