"""Mathematics in Typst's own syntax: ``z_(1)^(1) = w_(1 1)^(1) thin x_(1) + b_(1)^(1)``."""

from __future__ import annotations

import re

from ..expression.indices import Index
from ..expression.tree import Compare, Expr
from ..notation.letters import GREEK
from ..problems import printable
from ..spec.profile import Symbol
from .stacked import StackedMath

_RELATIONS = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "==": "=", "!=": "!=", "≈": "approx"}
_ACCENTS = {"hat": "hat", "bar": "macron", "tilde": "tilde", "dot": "dot"}
_OPERATORS = ("exp", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "max", "min")
_TOKEN = re.compile(r"[0-9]+(?:\.[0-9]+)?|[A-Za-z]|.")


class TypstMath(StackedMath):
    """Typst: names are symbols, words stand in quotes, parentheses grow by themselves."""

    def symbol(self, symbol: Symbol) -> str:
        """Return the letter with its subscript and superscript."""
        letter, _, tail = symbol.letter.partition("_")
        text = _letter(letter)
        if symbol.accent:
            text = f"{_ACCENTS[symbol.accent]}({text})"
        above = " ".join(map(_index, symbol.sup))
        if symbol.sample is not None:
            above += f" ({_index(symbol.sample)})"
        lowered = (", " if symbol.wide else " ").join(map(_index, symbol.sub))
        below = " ".join((_tail(tail), lowered))
        text += _script("_", below) + _script("^", above)
        argument = f" ({_letter(symbol.argument)})" if symbol.argument else ""
        return (f"{symbol.prefix} " if symbol.prefix else "") + text + argument

    def constant(self, name: str) -> str:
        """Return π, e or ℝ."""
        return {"R": "RR", "ones": "bold(1)"}.get(name) or _letter(name)

    def fraction(self, top: str, bottom: str) -> str:
        """Return a stacked fraction."""
        return f"frac({top}, {bottom})"

    def raised(self, base: str, exponent: str) -> str:
        """Return base^(exponent)."""
        return f"{base}^({exponent})"

    def root(self, argument: Expr) -> str:
        """Return a root."""
        return f"sqrt({self.draw(argument)})"

    def absolute(self, argument: Expr) -> str:
        return f"abs({self.draw(argument)})"

    def applied(self, function: str, arguments: list[Expr]) -> str:
        """Return function(arguments); a space keeps the name from being called."""
        drawn = ", ".join(self.draw(argument) for argument in arguments)
        return f"{function} {self.parentheses(drawn)}"

    def function(self, name: str) -> str:
        """Return the notation's letter, an operator of Typst's, or an upright name."""
        letter = self.profile.activation(name)
        if letter in GREEK or len(letter) == 1:
            return _letter(letter)
        return letter if letter in _OPERATORS else f"op({quoted(letter)})"

    def partial_in(self, index: tuple[Index, ...], function: str) -> str:
        """Return ∂ with the entry below, before the function."""
        return f"partial_({' '.join(map(_index, index))}) {function}"

    def big_sum(self, index: str, upper: str, body: Expr) -> str:
        """Return the sum with its bounds."""
        bounds = f"sum_({_index(index)} = 1)^({upper})" if upper else f"sum_({_index(index)})"
        return f"{bounds} {self.summand(body)}"

    def cases(self, pieces: tuple[tuple[Compare, Expr], ...], otherwise: Expr) -> str:
        """Return the cases in rows after a brace."""
        rows = [f'{self.draw(e)} & quad "if " {self.draw(c)}' for c, e in pieces]
        return f'cases({", ".join(rows)}, {self.draw(otherwise)} & quad "otherwise")'

    def scientific(self, digits: str, power: int) -> str:
        """Return digits times a power of ten."""
        return f"{digits} dot.op 10^({power})"

    def times(self, before: Expr, after: Expr, text: str) -> str:
        """Return a dot beside numbers, a thin space between symbols."""
        return " dot.op " if self.dotted(before, after) else " thin "

    def plus(self, negated: bool) -> str:
        return " - " if negated else " + "

    def minus(self) -> str:
        return "-"

    def partial(self) -> str:
        return "partial "

    def prime(self) -> str:
        return "'"

    def relation(self, operator: str) -> str:
        """Return the relation."""
        return _RELATIONS[operator]

    def nabla(self, of: str, wrt: str) -> str:
        """Return ∇ with its variable below."""
        return f"nabla_({wrt}) {of}"

    def matrix(self, rows: list[list[str]]) -> str:
        """Return the entries in brackets."""
        return f'mat(delim: "[", {"; ".join(", ".join(row) for row in rows)})'

    def transposed(self, operand: str) -> str:
        """Return the operand with a raised T."""
        return self.raised(operand, "upright(T)")

    def side_by_side(self, factors: list[str]) -> str:
        """Return the factors side by side."""
        return " thin ".join(factors)

    def entrywise(self, factors: list[str]) -> str:
        """Return the factors joined by ⊙."""
        return " dot.o ".join(factors)

    def assigned(self) -> str:
        return "<-"

    def arrow(self) -> str:
        return "->"

    def dots(self) -> str:
        return "dots.h.c"

    def blank(self, width: int) -> str:
        """Return a box with a line below."""
        return f"#box(width: {0.6 * width:.4g}em, height: 1.4em, stroke: (bottom: 0.6pt))"


def quoted(text: str) -> str:
    """Return the words as a string of Typst's: nothing in it is read as markup."""
    escaped = printable(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _letter(letter: str) -> str:
    if letter == "scriptL":
        return "cal(L)"
    if letter in GREEK:
        return letter
    plain = len(letter) == 1 and letter.isascii() and letter.isalnum()
    return letter if plain else quoted(letter)


def _index(part: Index) -> str:
    """Return an index, its letters apart: together they would be a name."""
    tokens = _TOKEN.findall(str(part))
    plain = all(token[0].isalnum() or token in "+-,()" for token in tokens)
    return " ".join(tokens) if plain else quoted(str(part))


def _tail(text: str) -> str:
    """Return what follows a letter's underscore: a word upright, anything short as an index."""
    return quoted(text) if len(text) > 2 and text.isalpha() else _index(text)


def _script(mark: str, text: str) -> str:
    return f"{mark}({text.strip()})" if text.strip() else ""
