r"""LaTeX mathematics that survives Markdown, and that all of its readers know.

GitHub reads Markdown inside the dollars too: there ``\,`` loses its backslash, and so does ``\\``
but at the end of a line; ``}_{`` twice is emphasis, ``[1](2)`` a link, ``<z`` a tag, and ``|`` ends
a table's cell. pandoc, which makes Word and PDF, knows neither ``\thinspace`` nor ``\cr``; KaTeX
gives up where one display has too many macros. What is written instead means the same to all.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from typing import Self

from msgspec import structs

from ..expression.tree import Cases, Compare, Div, Expr
from ..notation.letters import ACCENTS
from .drawn import POWER, PRODUCT, SYMBOL, Drawn, Part, joined, together
from .latex.printer import LatexMath
from .latex.width import INLINE, glyph, in_table, letters, scaled
from .latex.words import formula, upright, upright_width

_THIN = 0.17
_SMALL = 0.72
"""How wide a small matrix is beside one of full size."""
_STANDING = 18.0
"""How wide a part of a fraction may be within a line of text, in em of its full size."""


class MarkdownMath(LatexMath):
    r"""LaTeX with subscripts first (``z_{j}^{1}``) and no command that is not a word.

    One that is ``compact`` sets matrices in small letters.
    """

    compact = False

    def compacted(self) -> Self:
        """Return the same printer, for what is too wide otherwise."""
        found = self.with_settings(self.settings)
        found.compact = True
        return found

    def matrix(self, rows: list[list[Drawn]]) -> Drawn:
        if not self.compact:
            return super().matrix(rows)
        drawn = self.table("smallmatrix", rows)
        width = tuple(_SMALL * each for each in drawn.width)
        return Drawn(rf"\left[{drawn}\right]", tall=drawn.tall, width=width)

    def script_text(self, base: str, below: str, above: str) -> str:
        """Return the letter with its scripts; an underscore follows a letter or stands alone."""
        mark = "_ " if base.endswith("}") else "_"
        raised = above.replace("](", "]{}(")
        return base + (f"{mark}{{{below}}}" if below else "") + (f"^{{{raised}}}" if above else "")

    def gap(self) -> Drawn:
        return glyph(r" \hspace{2pt} ", _THIN)

    def operator_name(self, name: str) -> str:
        r"""Return an upright name; one with an underscore in ``\text``, with a space for it."""
        if "_" in name:
            return rf"\text{{{name.replace('_', ' ')}}}"
        return super().operator_name(name)

    def phrase(self, text: str) -> Drawn:
        return structs.replace(super().phrase(text), text=upright(text, own=True))

    def blank(self, width: int) -> Drawn:
        drawn = super().blank(width)
        return Drawn(rf"\underline{{\hspace{{{6 * width}pt}}}}", tall=SYMBOL, width=drawn.width)


class InlineMarkdownMath(MarkdownMath):
    r"""The same within a line, where ``\\\\`` does not survive: cases and matrices one row high."""

    def cases(self, pieces: tuple[tuple[Compare, Expr], ...], otherwise: Expr) -> Drawn:
        return joined("", self.cases_cut(pieces, otherwise, 0))

    def division(self, top: Expr, bottom: Expr) -> Drawn:
        """Return a fraction; one that is wide lies on the line, which can be broken there."""
        if not self.lies(top, bottom):
            return super().division(top, bottom)
        return together(self.parts(Div(top, bottom))).bound(PRODUCT)

    def lies(self, top: Expr, bottom: Expr) -> bool:
        """Return whether a part of the fraction is too wide to stand above or below a stroke."""
        return max(self.visit(part).width[INLINE] for part in (top, bottom)) > _STANDING

    def parts(self, node: Expr) -> list[Part]:
        if not (isinstance(node, Div) and self.lies(node.numerator, node.denominator)):
            return super().parts(node)
        found = []
        for lead, part, around in (
            (None, node.numerator, PRODUCT),
            (glyph("/"), node.denominator, POWER),
        ):
            wrapped = self.visit(part).binding < around
            found.append(Part(lead, part, self.drawn(part, around), wrapped))
        return found

    def times(self, before: Expr, after: Expr, drawn: Drawn) -> Drawn:
        lies = isinstance(before, Div) and self.lies(before.numerator, before.denominator)
        return glyph(r" \cdot ") if lies else super().times(before, after, drawn)

    def pieces(self, node: Expr, depth: int = 0) -> list[Drawn]:
        if depth and isinstance(node, Cases):
            return self.cases_cut(node.pieces, node.otherwise, depth)
        return super().pieces(node, depth)

    def cases_cut(
        self, pieces: tuple[tuple[Compare, Expr], ...], otherwise: Expr, depth: int
    ) -> list[Drawn]:
        """Return a case after the other, their conditions taken apart to the depth."""
        when, else_ = map(self.settings.said, ("if", "otherwise"))
        found = []
        opening = glyph(r"\lbrace ")
        for condition, value in pieces:
            first, *more = self.pieces(condition, depth - 1) if depth else [self.visit(condition)]
            found += [opening + self.visit(value) + " " + self.phrase(f" {when} ") + " " + first]
            found += more
            found[-1] += letters(";")
            opening = glyph(r"\quad ")
        last = opening + self.visit(otherwise) + " " + self.phrase(f" {else_}")
        return [*found, last + glyph(r" \rbrace")]

    def table(self, name: str, rows: list[list[Drawn]]) -> Drawn:
        drawn = ";\\quad ".join(r" \quad ".join(map(str, row)) for row in rows)
        side_by_side = [[entry for row in rows for entry in row]]
        return Drawn(rf"\left[ {drawn} \right]", width=in_table(side_by_side))


def name_beside(name: str) -> Drawn:
    """Return a plain name beside an equation; ``loss_terms`` keeps its underscore everywhere."""
    escaped = upright(name).removeprefix(r"\text{").removesuffix("}")
    return Drawn(rf"\mathtt{{{escaped}}}", width=scaled(upright_width(name)))


def word_in_math(word: str) -> str | None:
    """Return a word that holds signs of mathematics as a formula; None where it is none."""
    if all(_sign(run) is None for run in _SIGNS.findall(word)):
        return None
    bars = itertools.cycle((r"\lvert", r"\rvert")) if word.count("|") % 2 == 0 else iter(())
    drawn = ""
    for run in _RUNS.findall(word):
        sign = next(bars, None) if run == "|" else _sign(run)
        if len(run) > 1 and run[0] == "_":
            lowered = run[1:].strip("()")
            drawn += f"_{{{word_in_math(lowered) or lowered}}}"
        elif run[0] == "√":
            under = run[1:].strip("()")
            under = word_in_math(under) or under or r"\cdot"
            drawn += rf"\sqrt{{{under}}}"
        elif sign is not None:
            drawn += f"{sign.replace('}_', '}_ ')} "
        elif len(run) > 1 and not run.isdigit():
            drawn += rf"\text{{{run}}}"
        else:
            drawn += run
    return drawn.strip() if drawn.isascii() and not _UNSAFE.search(drawn) else None


_MARKS = {mark: name for name, mark in ACCENTS.items()}
_ACCENTED = f"[A-Za-z][{''.join(_MARKS)}]"
_SIGNS = re.compile(f"{_ACCENTED}|.")
_LOWERED = r"_\([^()]+\)|(?<=[A-Za-z])_[A-Za-z]+"
_RUNS = re.compile(rf"{_ACCENTED}|{_LOWERED}|√(?:[0-9]+|[A-Za-z]|\([^()]+\))?|[A-Za-z]+|\d+|.")
_UNSAFE = re.compile(r"[|<>*$&#%~`\"]|\\[^A-Za-z]|}_\S|\]\(|(?<![{}])_$|_[^ A-Za-z0-9{]")
_PLACES = {"<super>": "^", "<sub>": "_"}


def _sign(character: str) -> str | None:
    """Return a sign of mathematics as LaTeX writes it, raised and lowered letters among them."""
    if len(character) == 2 and character[1] in _MARKS:
        return rf"\{_MARKS[character[1]]}{{{character[0]}}}"
    known = formula(character) if len(character) == 1 else None
    if known is not None or len(character) != 1:
        return known
    place, _, code = unicodedata.decomposition(character).partition(" ")
    if place == "<font>" and character.isdigit():
        return rf"\mathbf{{{unicodedata.digit(character)}}}"
    if place in _PLACES and " " not in code:
        letter = chr(int(code, 16))
        return f"{{}}{_PLACES[place]}{{{letter}}}" if letter.isascii() else None
    return None
