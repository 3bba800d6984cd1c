"""Display mathematics in LaTeX: chains aligned at their relations, broken where they are long."""

from __future__ import annotations

from msgspec import Struct, structs

from ...expression.tree import Expr, Matrix
from ...printing.latex.lines import NORMAL, SIZES, Size
from ...printing.latex.width import formula_height, formula_width
from ...printing.latex.words import beside
from ...printing.mathematics import APPROXIMATE_DIGITS, MathPrinter, Settings
from ...worked.document import Chain, Equations
from ..chains import label, links

TALLEST = 32.0
"""Lines of text that one display may be high; ``aligned`` cannot be cut by the end of a page."""
_DEEPEST = 4
_SCRIPTS = 0.88
"""The room that closed forms may fill in small type: their nested exponents shrink no further."""
_TRIES = (*((size, False) for size in SIZES[:3]), *((size, True) for size in SIZES[2:]))
_EXACT_TRIES = _TRIES[:3]
_INDENT = 2.4
"""Room for a relation, and for the indent of a line that goes on, in em."""


class _Set(Struct, frozen=True):
    """A chain set in lines: its size, and each line with its alignment mark."""

    size: Size
    lines: tuple[str, ...]

    def height(self) -> float:
        """Return how many lines of text the chain takes."""
        return sum(formula_height(line) for line in self.lines) * self.size.scale


def equations(block: Equations, printer: MathPrinter, room: float) -> str:
    """Return the chains in displays no wider than ``room`` (em) and no higher than a page."""
    margin = max((_width(printer.draw(c.forms[0])) for c in block.chains), default=0.0)
    labels = max((_width(_label(c)) for c in block.chains), default=0.0)
    room -= labels + 2.8 if labels else 0.0
    groups: list[list[_Set]] = []
    for chain in block.chains:
        done = _fitted(chain, printer, room, min(margin, room / 2))
        last = groups[-1] if groups else []
        fits = sum(item.height() for item in last) + done.height() <= TALLEST
        if last and last[0].size == done.size and fits:
            last.append(done)
        else:
            groups.append([done])
    return "\n".join(_display(group) for group in groups)


def _display(group: list[_Set]) -> str:
    lines = [line for item in group for line in item.lines]
    rows = "".join(f"  {line} {_end(line)}\n" for line in lines[:-1]) + f"  {lines[-1]}"
    display = f"\\[\n\\begin{{aligned}}\n{rows}\n\\end{{aligned}}\n\\]"
    return group[0].size.wrap(display)


def _end(line: str) -> str:
    """Return the end of a line, with more room below one with fractions."""
    return r"\\[3pt]" if r"\frac" in line else r"\\"


def _fitted(chain: Chain, printer: MathPrinter, room: float, margin: float) -> _Set:
    """Return the chain in the largest size in which every line fits.

    An exact value whose closed form fits in none is shown by its decimals.
    """
    exact = printer.settings.exact
    for size, fold in _EXACT_TRIES if exact else _TRIES:
        lines = _lines(chain, printer, room / size.scale, margin, fold=fold)
        spare = (0.93 if size == NORMAL else _SCRIPTS) if exact else 1.0 if size == NORMAL else 0.95
        wide = any(_line_width(line, margin) > spare * room / size.scale for line in lines)
        tall = exact and sum(map(formula_height, lines)) * size.scale > TALLEST
        if not wide and not tall:
            return _Set(size, tuple(lines))
    if exact:
        rounded = type(printer)(printer.profile, Settings(APPROXIMATE_DIGITS))
        return _fitted(structs.replace(chain, closing="≈"), rounded, room, margin)
    return _Set(size, tuple(lines))


def _lines(
    chain: Chain, printer: MathPrinter, room: float, margin: float, *, fold: bool
) -> list[str]:
    """Return the chain on one line if it fits, else one form a line, long ones broken."""
    target = printer.draw(chain.forms[0])
    forms = links(chain, printer)
    drawn = [f"{sign} {printer.draw(form)}" for sign, form in forms]
    whole = f"{target} &{' '.join(drawn)}"
    if forms and _line_width(whole, margin) <= room:
        lines = [whole]
    else:
        lines, left = [], target
        for sign, form in forms:
            first, *more = broken(form, printer, room - margin - _INDENT, fold=fold)
            lines.append(f"{left} &{sign} {first}".lstrip())
            lines += [rf"&\quad {piece}" for piece in more]
            left = ""
    lines = lines or [f"{target} &"]
    lines[-1:] = _ranged(lines[-1], chain, printer, room, margin)
    name = _label(chain)
    return [*lines[:-1], lines[-1] + (rf" &&\qquad {name}" if name else "")]


def _label(chain: Chain) -> str:
    return beside(label(chain.label))


def _ranged(last: str, chain: Chain, printer: MathPrinter, room: float, margin: float) -> list[str]:
    """Return the last line with the range of its indices, on a line of its own if need be."""
    if not chain.ranges:
        return [last]
    ranges = r"\text{for } " + ", ".join(printer.draw(part) for part in chain.ranges)
    joined = rf"{last} \qquad {ranges}"
    return [joined] if _line_width(joined, margin) <= room else [last, rf"&\quad {ranges}"]


def broken(form: Expr, printer: MathPrinter, room: float, *, fold: bool = False) -> list[str]:
    """Return the form in lines, cut before its outermost signs first.

    ``fold`` cuts the entries of a matrix too.
    """
    if fold and isinstance(form, Matrix) and _width(printer.draw(form)) > room:
        share = room / max(map(len, form.rows)) - 1.8
        return [printer.matrix([[_folded(e, printer, share) for e in r] for r in form.rows])]
    lines: list[str] = []
    for depth in range(_DEEPEST):
        lines = _filled(printer.pieces(form, depth), room)
        if all(_width(line) <= room for line in lines):
            break
    return lines


def _folded(entry: Expr, printer: MathPrinter, room: float) -> str:
    """Return a matrix's entry, in lines of its own if it is wide."""
    first, *more = broken(entry, printer, room)
    if not more:
        return first
    rows = " \\\\ ".join([f"& {first}", *(rf"&\quad {piece}" for piece in more)])
    return rf"\begin{{aligned}} {rows} \end{{aligned}}"


def _filled(pieces: list[str], room: float) -> list[str]:
    lines: list[str] = []
    for piece in pieces:
        joined = f"{lines[-1]} {piece.strip()}" if lines else piece
        if lines and _width(joined) <= room:
            lines[-1] = joined
        else:
            lines.append(piece.strip())
    return lines


def _width(latex: str) -> float:
    return formula_width(latex)


def _line_width(line: str, margin: float) -> float:
    """Return how far a line reaches when its relation stands at the common margin."""
    _, _, right = line.partition("&")
    return margin + _width(right.partition("&&")[0])
