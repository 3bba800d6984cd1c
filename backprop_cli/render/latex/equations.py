"""Display mathematics in LaTeX: chains aligned at their relations, broken where they are long."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from msgspec import Struct, structs

from ...expression.tree import Expr, Matrix
from ...printing.drawn import Drawn, Height, joined
from ...printing.latex.filling import QUAD
from ...printing.latex.lines import NORMAL, SIZES, Size
from ...printing.latex.printer import DEEPEST, LatexMath
from ...printing.latex.width import DISPLAY, glyph, letters, lines_of
from ...printing.latex.words import beside, beside_width
from ...printing.mathematics import MathPrinter
from ...worked.document import Chain, Equations
from ..chains import approximate, label, links

TALLEST = 32.0
"""Lines of text from which on a chain itself is cut by the end of a page, not only before it."""
_WHOLE = 8.0
"""Lines of text that stand on one page; a higher display is cut by its end, which leaves no gap."""
_MEMORY = 120
"""Lines of one display: LaTeX measures all of it at once, and has no memory for ten thousand."""
_SCRIPTS = 0.88
"""The room that closed forms may fill in small type: their nested exponents shrink no further."""
_BOUNDS = 0.8
"""Lines that the bounds of a sum take on a slide."""


class Cut(IntEnum):
    """What a line that is too long may be cut in: each in what is before it too."""

    SIGNS = 0
    """Before its signs."""
    FOLDED = 1
    """In what stands in fractions, and in the entries of matrices."""
    BLOCKS = 2
    """In the columns of matrices."""


_TRIES = (
    *((size, Cut.SIGNS) for size in SIZES[:3]),
    *((size, Cut.FOLDED) for size in SIZES[2:4]),
    *((size, Cut.BLOCKS) for size in (NORMAL, *SIZES[2:])),
)
"""Sizes, and what is cut in them."""
SHRUNK = 1.25
"""How much wider than a line an exact value may be; set smaller than that it cannot be read."""
_SAVED = 2
"""A name that costs more lines than these where it stands beside a chain stands below it."""
_EXACT_TRIES = _TRIES[:3]
_SIGN = 1.6
"""Room for the sign before a fraction, in em."""
_INDENT = 2.4
"""Room for a relation, and for the indent of a line that goes on, in em."""


class PagePiece(Struct, frozen=True):
    """A piece of a page, and how many lines of text it is high."""

    text: str
    height: float


class SetLine(Struct, frozen=True):
    """A line of a display: left and right of the mark that it is aligned at, and its label.

    ``number`` is the label of one that others cite.
    """

    left: Drawn
    right: Drawn
    label: str = ""
    number: str = ""

    @property
    def width(self) -> float:
        """How wide it is from the mark on."""
        return self.right.width[DISPLAY]

    @property
    def tall(self) -> Height:
        """How high it is."""
        return self.left.tall.beside(self.right.tall)

    @property
    def text(self) -> str:
        """The line as it is written."""
        beside = rf" &&\qquad {self.label}" if self.label else ""
        return f"{self.left} &{self.right}".lstrip() + beside

    @property
    def tagged(self) -> str:
        """The line with its label at the margin, to be cited where it has a number."""
        tag = rf" \tag*{{{self.label}}}" if self.label else ""
        return f"{self.left} &{self.right}".lstrip() + (self.number or tag)

    def end(self, mark: str = r"\\") -> str:
        """Return the end of the line, with more room below one with fractions."""
        return f"{mark}[3pt]" if self.tall.fractions else mark


class _SetChain(Struct, frozen=True):
    """A chain set in lines, its size, and whether its name stands below them."""

    size: Size
    rows: tuple[SetLine, ...]
    below: bool = False

    def height(self, bounds: float = 0.0) -> float:
        """Return how many lines of text the chain takes."""
        return sum(lines_of(row.tall, bounds) for row in self.rows) * self.size.scale


def equations(block: Equations, printer: MathPrinter, room: float) -> str:
    """Return the chains in displays no wider than ``room`` (em), each of chains of one size."""
    groups: list[list[_SetChain]] = []
    for done in _set_chains(block, printer, room):
        last = groups[-1] if groups else []
        alike = last and (last[0].size, last[0].below) == (done.size, done.below)
        if alike and sum(len(item.rows) for item in (*last, done)) <= _MEMORY:
            last.append(done)
        else:
            groups.append([done])
    return "\n".join(_cut(group) or _display(group) for group in groups)


def apart(block: Equations, printer: MathPrinter, room: float, most: float) -> list[PagePiece]:
    """Return a display a chain, one higher than ``most`` lines in several."""
    found: list[PagePiece] = []
    for done in _set_chains(block, printer, room):
        parts: list[list[SetLine]] = [[]]
        for row in done.rows:
            if parts[-1] and _SetChain(done.size, (*parts[-1], row)).height(_BOUNDS) > most:
                parts.append([])
                row = _resumed(row, done.rows[0].left)
            parts[-1].append(row)
        for part in (_SetChain(done.size, tuple(rows)) for rows in parts):
            size = next((s for s in SIZES if part.height(_BOUNDS) * s.scale <= most), SIZES[-1])
            part = structs.replace(part, size=min(part.size, size, key=lambda s: s.scale))
            found.append(PagePiece(_display([part]), part.height(_BOUNDS) + 0.8))
    return found


def _resumed(row: SetLine, target: Drawn) -> SetLine:
    """Return a line that goes on elsewhere: what it is of stands before it once more."""
    right = row.right
    if right.text.startswith(QUAD.text):
        plain = structs.replace(right, text=right.text.removeprefix(QUAD.text))
        right = glyph("=") + " " + glyph(r"\cdots") + " " + plain
    return structs.replace(row, left=target, right=right)


def _set_chains(block: Equations, printer: MathPrinter, room: float) -> list[_SetChain]:
    targets = [printer.visit(c.forms[0]).width[DISPLAY] for c in block.chains]
    labels = max((beside_width(label(c)) for c in block.chains), default=0.0)
    beside = labels + 2.8 if labels else 0.0
    margin = min(max(targets, default=0.0), (room - beside) / 2)
    return [_fitted(chain, printer, room, margin, beside) for chain in block.chains]


def _display(group: list[_SetChain]) -> str:
    """Return the chains in a display that stands on one page."""
    rows = [row for item in group for row in item.rows]
    lines = _lines((row.text, row.end()) for row in rows)
    return group[0].size.wrap(f"\\[\n\\begin{{aligned}}\n{lines}\n\\end{{aligned}}\n\\]")


def _cut(group: list[_SetChain]) -> str:
    """Return the chains in a display that the end of a page may cut between them, or nothing.

    So is one that is high, and one with equations that others cite.
    """
    cited = any(row.number for item in group for row in item.rows)
    if not cited and sum(item.height() for item in group) <= _WHOLE:
        return ""
    ended = []
    for item in group:
        mark = r"\\*" if item.height() <= TALLEST else r"\\"
        ended += [(row, row.end(mark)) for row in item.rows[:-1]]
        ended.append((item.rows[-1], item.rows[-1].end()))
    lines = _lines((row.tagged if cited else row.text, end) for row, end in ended)
    kind, columns = ("align*", "") if cited else ("alignat*", "{2}")
    display = f"\\begin{{{kind}}}{columns}\n{lines}\n\\end{{{kind}}}"
    return group[0].size.wrap(f"{{\\allowdisplaybreaks\n{display}}}")


def _lines(ended: Iterable[tuple[str, str]]) -> str:
    """Return the lines of a display with what ends each but the last."""
    *lines, (last, _) = ended
    return "".join(f"  {text} {end}\n" for text, end in lines) + f"  {last}"


def _fitted(
    chain: Chain, printer: MathPrinter, room: float, margin: float, beside: float
) -> _SetChain:
    """Return the chain in the largest size in which every line fits; names take room ``beside``.

    An exact value whose closed form fits in none is shown by its decimals.
    """
    exact = printer.settings.exact
    for size, cut in _EXACT_TRIES if exact else _TRIES:
        spare = (0.93 if exact else 1.0) if size == NORMAL else _SCRIPTS
        found = []
        for below in (False, True) if beside else (False,):
            here = (room if below else room - beside) / size.scale
            rows = rows_of(chain, printer, here, margin, cut, below=below)
            done = _SetChain(size, tuple(rows), below)
            wide = any(margin + row.width > spare * here for row in rows)
            if not wide and not (exact and done.height() > TALLEST):
                found.append(done)
                if len(rows) <= _SAVED:
                    break
        if found:
            first, *more = found
            return more[0] if more and len(first.rows) > len(more[0].rows) + _SAVED else first
    if exact:
        rounded = printer.with_settings(printer.settings.rounded)
        return _fitted(approximate(chain), rounded, room, margin, beside)
    squeezed = tuple(_squeezed(row, spare * here - margin) for row in done.rows)
    return structs.replace(done, rows=squeezed)


def _squeezed(row: SetLine, room: float) -> SetLine:
    """Return a line that fits in no size, as a wide matrix, made as wide as there is room."""
    if row.width <= room:
        return row
    text = rf"\resizebox{{{room:.1f}em}}{{!}}{{$\displaystyle {row.right}$}}"
    return structs.replace(row, right=structs.replace(row.right, text=text))


def rows_of(
    chain: Chain,
    printer: MathPrinter,
    room: float,
    margin: float,
    cut: Cut,
    *,
    below: bool = False,
) -> list[SetLine]:
    """Return the chain on one line if it fits, else one form a line, long ones broken."""
    target, empty = printer.visit(chain.forms[0]), Drawn("")
    forms = links(chain, printer)
    drawn = [sign + " " + printer.visit(form) for sign, form in forms]
    whole = SetLine(target, joined(" ", drawn) if drawn else glyph("", 0.0))
    rows = [whole]
    if forms and margin + whole.width > room:
        rows, left = [], target
        for sign, form in forms:
            first, *more = broken(form, printer, room - margin - _INDENT, cut)
            rows.append(SetLine(left, sign + " " + first))
            rows += [SetLine(empty, QUAD + piece) for piece in more]
            left = empty
    rows[-1:] = _ranged(rows[-1], chain, printer, room - margin)
    name = beside(label(chain))
    if name and below:
        rows.append(SetLine(empty, glyph(rf"\qquad {name}", beside_width(label(chain)))))
    elif name:
        rows[-1] = structs.replace(rows[-1], label=name, number=_number(chain.name, printer))
    return rows


def _number(name: str, printer: MathPrinter) -> str:
    """Return the mark of a numbered equation by which it is cited."""
    labels = printer.labels if isinstance(printer, LatexMath) else ""
    return rf" \tag{{{name}}}\label{{{labels}:{name}}}" if labels and name.isdigit() else ""


def _ranged(last: SetLine, chain: Chain, printer: MathPrinter, room: float) -> list[SetLine]:
    """Return the last line with the range of its indices, on a line of its own if need be."""
    if not chain.ranges or not isinstance(printer, LatexMath):
        return [last]
    ranges = (
        printer.phrase(f"{printer.settings.said('for')} ")
        + " "
        + joined(letters(",") + " ", map(printer.visit, chain.ranges))
    )
    together = structs.replace(last, right=last.right + " " + glyph(r"\qquad") + " " + ranges)
    return [together] if together.width <= room else [last, SetLine(Drawn(""), QUAD + ranges)]


def broken(form: Expr, printer: MathPrinter, room: float, cut: Cut = Cut.SIGNS) -> list[Drawn]:
    """Return the form in lines, cut before its outermost signs first."""
    if not isinstance(printer, LatexMath):
        raise TypeError("only LaTeX is set in lines")
    if cut is Cut.BLOCKS:
        printer = printer.in_blocks(room)
    if cut and isinstance(form, Matrix) and printer.visit(form).width[DISPLAY] > room:
        share = room / max(map(len, form.rows)) - 1.8
        rows = zip(form.rows, printer.entries(form.rows), strict=True)
        folded = printer.matrix(
            [[_folded(e, d, printer, share) for e, d in zip(*row, strict=True)] for row in rows]
        )
        if cut is Cut.FOLDED or folded.width[DISPLAY] <= room:
            return [folded]
    lines = printer.lines(form, room)
    if all(line.width[DISPLAY] <= room for line in lines):
        return lines
    return printer.narrowed(room - _SIGN).lines(form, room) if cut else lines


def within(form: Expr, printer: LatexMath, room: float) -> list[Drawn]:
    """Return the form in pieces no wider than the room, between which a line may be broken."""
    for depth in range(DEEPEST):
        found = printer.pieces(form, depth)
        if all(piece.width[DISPLAY] <= room for piece in found):
            return found
    return broken(form, printer, room, Cut.FOLDED)


def legible(chain: Chain, printer: LatexMath, room: float) -> bool:
    """Return whether no piece of a chain has to be set much smaller, and none fill a page."""
    drawn = [within(form, printer, room) for _, form in links(chain, printer)]
    pieces = [piece for form in drawn for piece in form]
    if any(piece.width[DISPLAY] > SHRUNK * room for piece in pieces):
        return False
    filled = sum(piece.width[DISPLAY] * lines_of(piece.tall) for piece in pieces)
    return filled <= TALLEST * room


def _folded(entry: Expr, drawn: Drawn, printer: LatexMath, room: float) -> Drawn:
    """Return a matrix's entry as it is drawn there, in lines of its own if it is wide."""
    first, *more = broken(entry, printer, room)
    if not more:
        return drawn
    return printer.aligned([first, *map(printer.indented, more)])
