"""Mathematics in Typst's own syntax: ``z_(1)^(1) = w_(1 1)^(1) thin x_(1) + b_(1)^(1)``.

Typst sets the letters that LaTeX sets, so that what LaTeX's printer knows of widths holds here.
"""

from __future__ import annotations

import re

from msgspec import structs

from ..expression.indices import Index, side_by_side
from ..expression.tree import Expr
from ..notation.letters import GREEK, SPELLED
from ..problems import printable
from .drawn import Drawn, joined
from .latex.printer import KNOWN, LatexMath

_RELATIONS = {
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
    "==": "=",
    "!=": "!=",
    "≈": "approx",
    "≡": "equiv",
    ":=": ":=",
}
_ACCENTS = {"hat": "hat", "bar": "macron", "tilde": "tilde", "dot": "dot"}
_TOKEN = re.compile(r"[0-9]+(?:\.[0-9]+)?|[A-Za-z]|.")


def _as(text: str, drawn: Drawn) -> Drawn:
    """Return the text of Typst's for what LaTeX draws so high and wide."""
    return structs.replace(drawn, text=text)


class TypstMath(LatexMath):
    """Typst: names are symbols, words stand in quotes, parentheses grow by themselves."""

    between = " "
    decimal_comma = '","'
    comma = _as(r"\, ", LatexMath.comma)
    """Escaped it ends no argument where a line is cut behind it."""

    def letter(self, letter: str) -> Drawn:
        letter = SPELLED.get(letter, letter)
        if letter == "scriptL":
            return _as("cal(L)", super().letter(letter))
        plain = len(letter) == 1 and letter.isascii() and letter.isalnum()
        known = plain or letter in GREEK
        return _as(letter, super().letter(letter)) if known else self.word(letter)

    def word(self, text: str) -> Drawn:
        return _as(quoted(text), super().word(text))

    def index(self, part: Index) -> Drawn:
        """Return an index, its letters apart: together they would be a name."""
        tokens = _TOKEN.findall(str(part))
        plain = all(token[0].isalnum() or token in "+-,()⟨⟩" for token in tokens)
        return _as(" ".join(tokens), super().index(part)) if plain else self.word(str(part))

    def bold(self, base: Drawn, *, upright: bool) -> Drawn:
        text = f"upright(bold({base}))" if upright else f"bold({base})"
        return _as(text, super().bold(base, upright=upright))

    def accented(self, base: Drawn, accent: str) -> Drawn:
        return _as(f"{_ACCENTS[accent]}({base})", base)

    def script_text(self, base: str, below: str, above: str) -> str:
        """Return the letter with what is not empty of its scripts."""
        return base + (f"_({below})" if below else "") + (f"^({above})" if above else "")

    def constant(self, name: str) -> Drawn:
        known = {"R": "RR", "ones": "bold(1)"}.get(name)
        return self.letter(name) if known is None else _as(known, super().constant(name))

    def fraction(self, top: Drawn, bottom: Drawn) -> Drawn:
        return _as(f"frac({top}, {bottom})", super().fraction(top, bottom))

    def raised(self, base: Drawn, exponent: Drawn) -> Drawn:
        return _as(f"{base}^({exponent})", super().raised(base, exponent))

    def root(self, argument: Expr) -> Drawn:
        return _as(f"sqrt({self.visit(argument)})", super().root(argument))

    def absolute(self, argument: Expr) -> Drawn:
        return _as(f"abs({self.visit(argument)})", super().absolute(argument))

    def norm(self, argument: Expr) -> Drawn:
        return _as(f"norm({self.visit(argument)})", super().norm(argument))

    def called(self, function: Drawn) -> Drawn:
        """Return a function and a space, which keeps the name from being called."""
        return function + " "

    def operator_name(self, name: str) -> str:
        """Return an upright name."""
        return f"op({quoted(name)})"

    def function(self, name: str) -> Drawn:
        """Return the notation's letter, an operator of Typst's, or an upright name."""
        letter, drawn = self.profile.activation(name), super().function(name)
        return _as(letter, drawn) if letter in KNOWN else drawn

    def parentheses(self, inner: Drawn) -> Drawn:
        return _as(f"({inner})", super().parentheses(inner))

    def opening(self) -> Drawn:
        """Return the parenthesis that is closed in another piece: no pair, as Typst reads it."""
        return _as("paren.l ", super().opening())

    def closing(self) -> Drawn:
        return _as(" paren.r", super().closing())

    def partial_in(self, index: tuple[Index, ...], function: Drawn) -> Drawn:
        """Return ∂ with the entry below, before the function."""
        below = f"partial_({self.index(side_by_side(index))})"
        return _as(f"{below} {function}", super().partial_in(index, function))

    def sum_sign(self, index: str, upper: Drawn | None) -> Drawn:
        low = self.index(index)
        text = f"sum_({low}) " if upper is None else f"sum_({low} = 1)^({upper}) "
        return _as(text, super().sum_sign(index, upper))

    def phrase(self, text: str) -> Drawn:
        """Return words within mathematics."""
        return _as(quoted(text), super().phrase(text))

    def in_cases(self, rows: list[list[Drawn]]) -> Drawn:
        """Return the cases in rows after a brace."""
        text = ", ".join(f"{value} & quad {condition}" for value, condition in rows)
        return _as(f"cases({text})", super().in_cases(rows))

    def scientific(self, digits: str, power: int) -> Drawn:
        return _as(f"{digits} dot.op 10^({power})", super().scientific(digits, power))

    def times(self, before: Expr, after: Expr, drawn: Drawn) -> Drawn:
        """Return a dot beside numbers, a thin space between symbols."""
        plain = super().times(before, after, drawn)
        return _as(" dot.op " if self.dotted(before, after) else " thin ", plain)

    def gap(self) -> Drawn:
        return _as(" thin ", super().gap())

    def partial(self) -> Drawn:
        return _as("partial ", super().partial())

    def relation(self, operator: str) -> Drawn:
        return _as(_RELATIONS[operator], super().relation(operator))

    def nabla(self, of: Drawn, wrt: Drawn) -> Drawn:
        """Return ∇ with its variable below."""
        return _as(f"nabla_({wrt}) {of}", super().nabla(of, wrt))

    def matrix(self, rows: list[list[Drawn]]) -> Drawn:
        text = "; ".join(", ".join(map(str, row)) for row in rows)
        return _as(f'mat(delim: "[", {text})', super().matrix(rows))

    def block(self, rows: list[list[Drawn]], *, opens: bool, closes: bool) -> Drawn:
        text = "; ".join(", ".join(map(str, row)) for row in rows)
        delim = ", ".join(('"["' if opens else "none", '"]"' if closes else "none"))
        drawn = super().block(rows, opens=opens, closes=closes)
        return _as(f"mat(delim: #({delim}), {text})", drawn)

    def aligned(self, rows: list[Drawn]) -> Drawn:
        """Return lines one below the other within a formula."""
        text = "; ".join(f"inline({row})" for row in rows)
        return _as(f"mat(delim: #none, align: #left, {text})", super().aligned(rows))

    def indented(self, line: Drawn) -> Drawn:
        return _as(f"quad {line}", super().indented(line))

    def transposed(self, operand: Drawn) -> Drawn:
        return _as(f"{operand}^(upright(T))", super().transposed(operand))

    def entrywise(self, factors: list[Drawn]) -> Drawn:
        return joined(_as(" dot.o ", super().entrywise([Drawn("")] * 2)), factors)

    def assigned(self) -> Drawn:
        return _as("<-", super().assigned())

    def arrow(self) -> Drawn:
        return _as("->", super().arrow())

    def dots(self) -> Drawn:
        return _as("dots.h.c", super().dots())

    def blank(self, width: int) -> Drawn:
        """Return a box with a line below."""
        size = f"width: {0.6 * width:.4g}em, height: 1.4em"
        return _as(f"#box({size}, stroke: (bottom: 0.6pt))", super().blank(width))


def quoted(text: str) -> str:
    """Return the words as a string of Typst's: nothing in it is read as markup."""
    escaped = printable(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
