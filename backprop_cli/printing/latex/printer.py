"""Mathematics in LaTeX: amsmath's commands only, the same that KaTeX and MathJax know."""

from __future__ import annotations

import math
import re
from typing import Self

from msgspec import structs

from ...expression.indices import Index, side_by_side
from ...expression.refs import Ref
from ...expression.tree import Add, Call, Compare, Expr, Matrix, Pow, Transpose
from ...notation.letters import GREEK, SPELLED
from ..drawn import POWER, SYMBOL, Drawn, Height, Part, beside, joined, of
from ..drawn_numbers import MatrixRows, column_blocks
from ..stacked import StackedMath, stacked
from .filling import QUAD, filled
from .width import (
    DISPLAY,
    INLINE,
    glyph,
    in_fraction,
    in_script,
    in_table,
    letters,
    scaled,
    under_sum,
    upright_letters,
)
from .words import upright, upright_width

_RELATIONS = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "==": "="}
_RELATIONS |= {"!=": r"\ne", "≈": r"\approx", "≡": r"\equiv", ":=": ":="}
_PLAIN_INDEX = re.compile(r"[A-Za-z0-9+\-\[\](),⟨⟩]+")
_COMMANDS = {"⟨": "langle", "⟩": "rangle", **SPELLED}
_WIDEST = 40.0
"""How wide a part of a fraction may be, in em: about a page of the smallest type."""
DEEPEST = 6
"""How deep a line is taken apart: its relations, terms, factors, the terms of these, …"""
_EM = 0.6
"""How wide a character is that is written by hand, in em."""
KNOWN = ("exp", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "max", "min")


class LatexMath(StackedMath):
    """LaTeX: ``z^{1}_{1} = w^{1}_{11} x_{1} + b^{1}_{1}``."""

    labels = ""
    """What the labels of numbered equations begin with; they have none without it."""
    widest = _WIDEST
    """How wide a part of a fraction may be, in em."""
    widest_matrix = math.inf
    """How wide a matrix may be that is not set in blocks of columns, in em."""
    line_end = r"\\"
    """What ends a row of an array."""

    def letter(self, letter: str) -> Drawn:
        letter = SPELLED.get(letter, letter)
        if letter == "scriptL":
            return upright_letters(r"\mathcal", "L")
        if letter in GREEK:
            return glyph(f"\\{letter}")
        plain = len(letter) == 1 and letter.isascii() and letter.isalnum()
        return glyph(letter) if plain else self.word(letter)

    def word(self, text: str) -> Drawn:
        return Drawn(upright(text), width=scaled(upright_width(text)))

    def index(self, part: Index) -> Drawn:
        text = str(part)
        if not _PLAIN_INDEX.fullmatch("".join("t" if c in SPELLED else c for c in text)):
            return self.word(text)
        drawn = "".join(rf"\{_COMMANDS[c]} " if c in _COMMANDS else c for c in text)
        # A letter may stand right behind a command; a bracket ends what is raised.
        return structs.replace(letters(text), text=drawn if text[-1] in SPELLED else drawn.rstrip())

    def bold(self, base: Drawn, *, upright: bool) -> Drawn:
        plain = base.text.removeprefix(r"\text{").removesuffix("}")
        roman = plain.isalnum() and (upright or len(plain) > 1)
        command = r"\mathbf" if roman else r"\boldsymbol"
        wider = tuple(1.15 * width for width in base.width)
        return structs.replace(
            base, text=f"{command}{{{plain if plain.isalnum() else base}}}", width=wider
        )

    def accented(self, base: Drawn, accent: str) -> Drawn:
        return Drawn(rf"\{accent}{{{base}}}", width=base.width)

    def scripts(self, base: Drawn, below: Drawn, above: Drawn) -> Drawn:
        found = [script for script in (above, below) if script.text]
        if not found:
            return base
        text = self.script_text(base.text, below.text.rstrip(), above.text.rstrip())
        return Drawn(text, width=beside(base.width, in_script(*found)))

    def script_text(self, base: str, below: str, above: str) -> str:
        """Return the letter with what is not empty of its scripts."""
        return base + (f"^{{{above}}}" if above else "") + (f"_{{{below}}}" if below else "")

    def constant(self, name: str) -> Drawn:
        if name in ("R", "ones"):
            return upright_letters(*{"R": (r"\mathbb", "R"), "ones": (r"\mathbf", "1")}[name])
        return glyph({"pi": r"\pi"}.get(name, name))

    decimal_comma = "{,}"
    comma = letters(",") + " "

    def digits(self, text: str) -> Drawn:
        return letters(text, lead="0")

    def fraction(self, top: Drawn, bottom: Drawn) -> Drawn:
        width = in_fraction(top.width, bottom.width)
        return stacked(rf"\frac{{{top}}}{{{bottom}}}", top, bottom, width)

    def division(self, top: Expr, bottom: Expr) -> Drawn:
        """Return a stacked fraction; a part too wide for a page is set in lines."""
        return self.fraction(self.within(top), self.within(bottom)).bound(POWER)

    def derivative_of(self, body: Expr, wrt: Ref) -> Drawn:
        """Return the body under ∂ over ∂wrt; one too wide for a page is set in lines."""
        if self.visit(body).width[INLINE] <= self.widest:
            return super().derivative_of(body, wrt)
        first, *more = self.lines(body, self.widest)
        if isinstance(body, Call):
            top = self.aligned([self.partial() + first, *more])
        else:
            top = self.partial() + self.parentheses(self.aligned([first, *more]))
        return self.fraction(top, self.differential(wrt)).bound(POWER)

    def within(self, part: Expr) -> Drawn:
        """Return a part of a fraction no wider than a page, or than it may be."""
        drawn = self.visit(part)
        if drawn.width[INLINE] <= self.widest:
            return drawn
        if isinstance(part, Pow) and isinstance(part.base, Add):
            base = self.parentheses(self.within(part.base))
            return self.raised(base, self.visit(part.exponent))
        rows = self.lines(part, self.widest)
        return self.aligned(rows) if len(rows) > 1 else drawn

    def aligned(self, rows: list[Drawn]) -> Drawn:
        """Return lines one below the other within a formula; each is set as in a display."""
        text = f" {self.line_end} ".join([f"& {rows[0]}", *(f"&{row}" for row in rows[1:])])
        levels = [row.tall.fractions for row in rows]
        high = sum(row.rows for row in rows) + round(0.7 * (sum(levels) - max(levels)))
        tall = of("", *rows).tall.beside(Height(rows=high))
        width = (max(row.width[DISPLAY] for row in rows) + 0.2,) * len(rows[0].width)
        return Drawn(rf"\begin{{aligned}} {text} \end{{aligned}}", tall=tall, width=width)

    def lines(self, form: Expr, room: float) -> list[Drawn]:
        """Return the form in lines, cut before its outermost signs first."""
        found: list[Drawn] = []
        for depth in range(DEEPEST):
            found = filled(self.pieces(form, depth), room)
            if all(line.width[DISPLAY] <= room for line in found):
                break
        return found

    def depth_within(self, form: Expr, room: float) -> int:
        """Return how deep the form is taken apart until no piece is wider than ``room`` em."""
        for depth in range(DEEPEST):
            cuts = self.cuts(form, depth)
            if all(piece.width[DISPLAY] <= room for _, piece in cuts):
                return depth
        return DEEPEST

    def narrowed(self, widest: float) -> Self:
        """Return the same printer, for fractions no wider than that."""
        found = self.with_settings(self.settings)
        found.widest = widest
        return found

    def in_blocks(self, widest: float) -> Self:
        """Return the same printer, for matrices no wider than that: what is wider comes apart."""
        found = self.with_settings(self.settings)
        found.widest_matrix = widest
        return found

    def parts(self, node: Expr) -> list[Part]:
        match node:
            case Matrix(rows) if self._is_apart(node, rows):
                return self._blocks(rows)
            case Transpose(Matrix(rows)) if self._is_apart(node, rows):
                *before, last = self._blocks(rows)
                return [*before, structs.replace(last, drawn=self.transposed(last.drawn))]
        return super().parts(node)

    def _is_apart(self, node: Expr, rows: MatrixRows) -> bool:
        columns = max(map(len, rows), default=0)
        return columns > 1 and self.visit(node).width[DISPLAY] > self.widest_matrix

    def _blocks(self, rows: MatrixRows) -> list[Part]:
        """Return a matrix in blocks of columns, dots where a row goes on, and where it comes from.

        A bracket stands before the first block and one after the last.
        """
        entries, count = self.entries(rows), len(rows[0])
        found: list[Part] = []
        for blocks in column_blocks(count):
            found = []
            for block in blocks:
                opens, closes = block.start == 0, block.stop == count
                before, after = [self.dots()] * (not opens), [self.dots()] * (not closes)
                inner = [[*before, *(row[n] for n in block), *after] for row in entries]
                drawn = self.block(inner, opens=opens, closes=closes)
                own = Matrix(tuple(tuple(row[n] for n in block) for row in rows))
                found.append(Part(None, own, drawn))
            if all(part.drawn.width[DISPLAY] <= self.widest_matrix for part in found):
                break
        return found

    def block(self, rows: list[list[Drawn]], *, opens: bool, closes: bool) -> Drawn:
        """Return columns of a matrix, with its brackets where it begins and ends."""
        drawn = self.table("matrix", rows)
        text = rf"\left{'[' if opens else '.'}{drawn}\right{']' if closes else '.'}"
        return structs.replace(drawn, text=text)

    def indented(self, line: Drawn) -> Drawn:
        """Return a line that goes on within a formula."""
        return QUAD + line

    def raised(self, base: Drawn, exponent: Drawn) -> Drawn:
        width = beside(base.width, in_script(exponent))
        tall = base.tall.beside(SYMBOL if base.tall.fractions else exponent.tall)
        return Drawn(f"{base}^{{{exponent}}}", tall=tall, width=width, lead=base.lead)

    def root(self, argument: Expr) -> Drawn:
        inner = self.visit(argument)
        width = beside(inner.width, scaled(0.85))
        return Drawn(rf"\sqrt{{{inner}}}", tall=inner.tall, width=width)

    def absolute(self, argument: Expr) -> Drawn:
        return glyph(r"\left\lvert ", 0.78) + self.visit(argument) + glyph(r"\right\rvert", 0.78)

    def norm(self, argument: Expr) -> Drawn:
        return glyph(r"\left\lVert ", 1.0) + self.visit(argument) + glyph(r"\right\rVert", 1.0)

    def function(self, name: str) -> Drawn:
        """Return the notation's letter, a LaTeX operator, or an upright name."""
        letter = self.profile.activation(name)
        if letter in GREEK or len(letter) == 1:
            return self.letter(letter)
        if letter in KNOWN:
            return glyph(f"\\{letter}")
        return glyph(self.operator_name(letter), upright_width(letter))

    def operator_name(self, name: str) -> str:
        """Return a function's name in upright letters."""
        plain = name.replace("_", "").isalnum() and name.isascii()
        drawn = name.replace("_", r"\_") if plain else upright(name)
        return rf"\operatorname{{{drawn}}}"

    def parentheses(self, inner: Drawn) -> Drawn:
        """Return (inner), in parentheses as tall as it is."""
        if inner.tall:
            return glyph(r"\left(", 0.78) + inner + glyph(r"\right)", 0.78)
        return glyph("(", lead="(") + inner + glyph(")")

    def opening(self) -> Drawn:
        return glyph(r"\bigl(", 1.05)

    def closing(self) -> Drawn:
        return glyph(r"\bigr)", 1.05)

    def sum_sign(self, index: str, upper: Drawn | None) -> Drawn:
        low = self.index(index)
        bounds = [low] if upper is None else [low + letters("=1"), upper]
        width = beside(scaled(1.65), under_sum(*bounds))
        text = rf"\sum_{{{low}}}" if upper is None else rf"\sum_{{{low}=1}}^{{{upper}}}"
        return Drawn(f"{text} ", tall=SYMBOL, width=width)

    def cases(self, pieces: tuple[tuple[Compare, Expr], ...], otherwise: Expr) -> Drawn:
        """Return a cases environment; a condition too wide for a page goes on in the next row."""
        when, else_ = map(self.settings.said, ("if", "otherwise"))
        values = [self.visit(value) for _, value in pieces]
        first = self.phrase(f"{when} ")
        room = self.widest - max(v.width[INLINE] for v in values) - first.width[INLINE] - 3.0
        rows: list[list[Drawn]] = []
        for (condition, _), value in zip(pieces, values, strict=True):
            begun, *more = self.conditions(condition, room)
            rows.append([value, first + " " + begun])
            rows += ([letters(""), self.indented(line)] for line in more)
        return self.in_cases([*rows, [self.visit(otherwise), self.phrase(else_)]])

    def conditions(self, condition: Compare, room: float) -> list[Drawn]:
        """Return a condition in lines if it is wider than the room."""
        drawn = self.visit(condition)
        return [drawn] if drawn.width[INLINE] <= room else self.lines(condition, room)

    def phrase(self, text: str) -> Drawn:
        r"""Return words within mathematics, in ``\text``."""
        return structs.replace(upright_letters(r"\text", text), text=upright(text))

    def in_cases(self, rows: list[list[Drawn]]) -> Drawn:
        """Return the rows of values and conditions after a brace."""
        return self.table("cases", rows)

    def table(self, name: str, rows: list[list[Drawn]]) -> Drawn:
        """Return an environment of rows."""
        drawn = f" {self.line_end} ".join(" & ".join(map(str, row)) for row in rows)
        text = rf"\begin{{{name}}} {drawn} \end{{{name}}}"
        tall = of("", *(entry for row in rows for entry in row)).tall
        high = sum(max(entry.rows for entry in row) for row in rows)
        # Fractions in several rows are higher than those of one; these are small.
        levels = [max(entry.tall.fractions for entry in row) for row in rows]
        high += (sum(levels) - max(levels)) // 2
        return Drawn(text, tall=tall.beside(Height(rows=high)), width=in_table(rows))

    def scientific(self, digits: str, power: int) -> Drawn:
        r"""Return ``4.3857 \cdot 10^{-4}``."""
        exponent = letters(str(abs(power)))
        ten = self.raised(letters("10"), self.minus() + exponent if power < 0 else exponent)
        return letters(digits, lead="0") + glyph(r" \cdot ") + ten

    def times(self, before: Expr, after: Expr, drawn: Drawn) -> Drawn:
        """Return a dot beside numbers, a space between symbols."""
        if self.dotted(before, after) or drawn.lead == "0":
            return glyph(r" \cdot ")
        return self.gap()

    def gap(self) -> Drawn:
        """Return the space between two symbols."""
        return glyph(r" \, ")

    def plus(self, negated: bool) -> Drawn:
        return glyph(" - " if negated else " + ")

    def minus(self) -> Drawn:
        return glyph("-", 0.8)

    def partial(self) -> Drawn:
        return glyph(r"\partial ")

    def prime(self) -> Drawn:
        return glyph("'")

    def relation(self, operator: str) -> Drawn:
        return glyph(_RELATIONS[operator])

    def partial_in(self, index: tuple[Index, ...], function: Drawn) -> Drawn:
        """Return ∂ with the entry below, before the function."""
        below = letters(side_by_side(index))
        width = beside(scaled(0.65), in_script(below))
        return Drawn(rf"\partial_{{{below}}} ", width=width) + function

    def nabla(self, of: Drawn, wrt: Drawn) -> Drawn:
        """Return ∇ with its variable below."""
        width = beside(scaled(0.85), in_script(wrt))
        return Drawn(rf"\nabla_{{{wrt}}} ", width=width) + of

    def matrix(self, rows: list[list[Drawn]]) -> Drawn:
        """Return a bmatrix."""
        return self.table("bmatrix", rows)

    def transposed(self, operand: Drawn) -> Drawn:
        return self.raised(operand, upright_letters(r"\mathsf", "T"))

    def side_by_side(self, factors: list[Drawn]) -> Drawn:
        return joined(self.gap(), factors)

    def entrywise(self, factors: list[Drawn]) -> Drawn:
        return joined(glyph(r" \odot "), factors)

    def colon(self) -> Drawn:
        return glyph(":")

    def assigned(self) -> Drawn:
        return glyph(r"\leftarrow")

    def arrow(self) -> Drawn:
        return glyph(r"\to")

    def dots(self) -> Drawn:
        return glyph(r"\cdots")

    def blank(self, width: int) -> Drawn:
        """Return a rule below empty space, high enough to write in."""
        size = _EM * width
        text = rf"\underline{{\hspace{{{size:.4g}em}}\rule{{0em}}{{1.6em}}}}"
        return Drawn(text, tall=SYMBOL, width=scaled(size))
