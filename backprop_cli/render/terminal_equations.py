"""Chains of equations on a terminal: aligned at the relation, matrices in brackets of their own."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterator

from ..expression.tree import Partial
from ..printing.mathematics import MathPrinter
from ..printing.styled import Styled, cell_len
from ..printing.styled import plain as plain_text
from ..printing.wrapping import wrap
from ..worked.document import Chain
from .boxes import Box, beside, box_of, is_tall, pieces_of
from .chains import links

Plain = Callable[[str], str]
LEAST_ROOM = 12
"""What a broken line of a formula has at least, however narrow the page is."""


def equation_lines(
    chains: tuple[Chain, ...], printer: MathPrinter, width: int, plain: Plain, *, ascii_only: bool
) -> Iterator[list[Styled]]:
    """Yield the lines of the chains; names stand to the left, values are bold.

    Where the width is too little for that, names stand above; then left sides too; where it is
    even so, only names, and matrices come apart.
    """
    for layout in ("beside", "above", "over", "apart"):
        lines = list(_laid_out(chains, printer, width, plain, layout, ascii_only=ascii_only))
        if all(cell_len(plain_text(line).rstrip()) <= width for line in lines):
            break
    yield from lines


def _laid_out(
    chains: tuple[Chain, ...],
    printer: MathPrinter,
    width: int,
    plain: Plain,
    layout: str,
    *,
    ascii_only: bool,
) -> Iterator[list[Styled]]:
    lefts = [plain(printer.draw(chain.forms[0])) for chain in chains]
    named = [plain(chain.label) for chain in chains]
    if named == lefts:  # in ASCII a quantity is written by its plain name already
        named = [""] * len(chains)
    margin, names = max(map(cell_len, lefts)), max(map(len, named))
    if layout != "beside":
        names = 0
    if layout == "over":
        margin = 0
    above: Chain | None = None
    for chain, left, name in zip(chains, lefts, named, strict=True):
        head: list[Styled] = [("  ", "")]
        colour = "yellow" if _is_gradient(chain) else "green"
        if names:
            head.append((f"{name:<{names}}  ", colour))
        if layout != "over":
            head.append((" " * (margin - cell_len(left)) + left, ""))
        tall = _is_tall(chain)
        # A formula without a name is of the matrix under it.
        if above is not None and (_is_tall(above) or (tall and above.label)):
            yield []
        above = chain
        if layout != "beside" and name:
            yield from ([("  ", ""), (line, colour)] for line in textwrap.wrap(name, width - 2))
        if layout == "over":
            pieces = wrap(left, width - 2)
            yield from ([("  ", ""), (piece, "")] for piece in pieces)
        if tall:
            apart = layout == "apart"
            yield from _tall(chain, head, printer, width, ascii_only=ascii_only, apart=apart)
        else:
            yield from _flat(chain, head, printer, width, plain)


def _is_tall(chain: Chain) -> bool:
    return any(is_tall(form) for form in chain.forms)


def _is_gradient(chain: Chain) -> bool:
    """Return whether the equation is of a gradient, which has a colour of its own."""
    target = chain.target
    return isinstance(chain.forms[0], Partial) or (target is not None and target.gradient)


def _ranges(chain: Chain, printer: MathPrinter, plain: Plain) -> str:
    if not chain.ranges:
        return ""
    drawn = ", ".join(plain(printer.draw(part)) for part in chain.ranges)
    return f"    {plain(printer.settings.said('for'))} {drawn}"


def _flat(
    chain: Chain, head: list[Styled], printer: MathPrinter, width: int, plain: Plain
) -> Iterator[list[Styled]]:
    """Yield the forms on one line if they fit, else each on its own, under the relation."""
    parts = [(f" {plain(sign.text)} ", plain(printer.draw(f))) for sign, f in links(chain, printer)]
    ranges, margin = _ranges(chain, printer, plain), cell_len(plain_text(head))
    whole = "".join(sign + form for sign, form in parts)
    if not parts or margin + cell_len(whole) + len(ranges) <= width:
        end = len(whole) - len(parts[-1][1]) if chain.label and parts else len(whole)
        yield [*head, (whole[:end], ""), (whole[end:], "bold"), (ranges, "")]
        return
    line, room = head, max(LEAST_ROOM, width - margin - 5)
    for number, (sign, form) in enumerate(parts):
        last = number == len(parts) - 1
        pieces = [form] if margin + 3 + cell_len(form) <= width else wrap(form, room)
        for position, piece in enumerate(pieces):
            lead = sign if position == 0 else " " * 5
            text = [*line, (lead, ""), (piece, "bold" if last and len(parts) > 1 else "")]
            used = cell_len(plain_text(text))
            if last and position == len(pieces) - 1 and used + len(ranges) <= width:
                text.append((ranges, ""))
                ranges = ""
            yield text
            line = [(" " * margin, "")]
    if ranges:
        yield [(" " * margin + ranges, "")]


def _tall(
    chain: Chain,
    head: list[Styled],
    printer: MathPrinter,
    width: int,
    *,
    ascii_only: bool,
    apart: bool,
) -> Iterator[list[Styled]]:
    """Yield the forms side by side, a new block of lines wherever the width is used up."""
    groups: list[list[Box]] = [[]]
    margin = used = cell_len(plain_text(head))
    room = max(LEAST_ROOM, width - margin - 5)
    most = room if apart else math.inf
    for sign, form in links(chain, printer):
        inner = box_of(form, printer, ascii_only=ascii_only)
        flat = len(inner.lines) == 1 and not (apart and is_tall(form))
        if flat and margin + 3 + inner.width > width:
            inner = _stacked(wrap(inner.lines[0], room))
        wide = not flat and margin + 3 + inner.width > width
        pieces = pieces_of(form, printer, most, ascii_only=ascii_only) if wide else [inner]
        pieces[0] = beside([Box((f" {sign} ",)), pieces[0]])
        for number, box in enumerate(pieces):
            if groups[-1] and (used + box.width > width or (wide and number == 0)):
                groups.append([])
                used = margin
                box = beside([Box(("     ",)), box]) if number else box
            groups[-1].append(box)
            used += box.width
    for number, group in enumerate(groups):
        whole = beside(group) if group else Box(("",))
        for row, line in enumerate(whole.lines):
            first = number == 0 and row == whole.base
            yield [*(head if first else [(" " * margin, "")]), (line.rstrip(), "")]


def _stacked(pieces: list[str]) -> Box:
    """Return the pieces of a long line one below the other."""
    lines = [piece if number == 0 else f"  {piece}" for number, piece in enumerate(pieces)]
    widest = max(map(cell_len, lines))
    return Box(tuple(line + " " * (widest - cell_len(line)) for line in lines))
