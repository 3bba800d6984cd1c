"""Mathematics in Typst's own syntax: ``z_(1)^(1) = w_(1 1)^(1) thin x_(1) + b_(1)^(1)``."""

from __future__ import annotations

import re

from ..expression.indices import Index, side_by_side
from ..expression.tree import Compare, Expr
from ..notation.letters import GREEK
from ..problems import printable
from .drawn import Drawn, joined
from .stacked import StackedMath

_RELATIONS = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "==": "=", "!=": "!=", "≈": "approx"}
_ACCENTS = {"hat": "hat", "bar": "macron", "tilde": "tilde", "dot": "dot"}
_OPERATORS = ("exp", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "max", "min")
_TOKEN = re.compile(r"[0-9]+(?:\.[0-9]+)?|[A-Za-z]|.")


class TypstMath(StackedMath):
    """Typst: names are symbols, words stand in quotes, parentheses grow by themselves."""

    between = " "

    def letter(self, letter: str) -> Drawn:
        if letter == "scriptL":
            return Drawn("cal(L)")
        plain = len(letter) == 1 and letter.isascii() and letter.isalnum()
        return Drawn(letter) if plain or letter in GREEK else self.word(letter)

    def word(self, text: str) -> Drawn:
        return Drawn(quoted(text))

    def index(self, part: Index) -> Drawn:
        """Return an index, its letters apart: together they would be a name."""
        tokens = _TOKEN.findall(str(part))
        plain = all(token[0].isalnum() or token in "+-,()⟨⟩" for token in tokens)
        return Drawn(" ".join(tokens)) if plain else self.word(str(part))

    def bold(self, base: Drawn, *, upright: bool) -> Drawn:
        return Drawn(f"upright(bold({base}))" if upright else f"bold({base})")

    def accented(self, base: Drawn, accent: str) -> Drawn:
        return Drawn(f"{_ACCENTS[accent]}({base})")

    def scripts(self, base: Drawn, below: Drawn, above: Drawn) -> Drawn:
        marked = ((mark, part) for mark, part in (("_", below), ("^", above)) if part.text)
        return base + "".join(f"{mark}({part})" for mark, part in marked)

    def constant(self, name: str) -> Drawn:
        known = {"R": "RR", "ones": "bold(1)"}.get(name)
        return self.letter(name) if known is None else Drawn(known)

    def fraction(self, top: Drawn, bottom: Drawn) -> Drawn:
        return Drawn(f"frac({top}, {bottom})")

    def raised(self, base: Drawn, exponent: Drawn) -> Drawn:
        return base + f"^({exponent})"

    def root(self, argument: Expr) -> Drawn:
        return "sqrt" + self.enclosed(argument)

    def absolute(self, argument: Expr) -> Drawn:
        return "abs" + self.enclosed(argument)

    def norm(self, argument: Expr) -> Drawn:
        return "norm" + self.enclosed(argument)

    def applied(self, function: Drawn, arguments: list[Expr]) -> Drawn:
        """Return function(arguments); a space keeps the name from being called."""
        return function + " " + self.parentheses(joined(", ", map(self.visit, arguments)))

    def function(self, name: str) -> Drawn:
        """Return the notation's letter, an operator of Typst's, or an upright name."""
        letter = self.profile.activation(name)
        if letter in GREEK or len(letter) == 1:
            return self.letter(letter)
        return Drawn(letter if letter in _OPERATORS else f"op({quoted(letter)})")

    def partial_in(self, index: tuple[Index, ...], function: Drawn) -> Drawn:
        """Return ∂ with the entry below, before the function."""
        return f"partial_({self.index(side_by_side(index))}) " + function

    def big_sum(self, index: str, upper: Drawn | None, body: Expr) -> Drawn:
        low = self.index(index)
        bounds = f"sum_({low})" if upper is None else f"sum_({low} = 1)^({upper})"
        return f"{bounds} " + self.summand(body)

    def cases(self, pieces: tuple[tuple[Compare, Expr], ...], otherwise: Expr) -> Drawn:
        """Return the cases in rows after a brace."""
        when, else_ = map(self.settings.said, ("if", "otherwise"))
        rows = [f'{self.draw(e)} & quad "{when} " {self.draw(c)}' for c, e in pieces]
        return Drawn(f'cases({", ".join(rows)}, {self.draw(otherwise)} & quad "{else_}")')

    decimal_comma = '","'

    def scientific(self, digits: str, power: int) -> Drawn:
        return Drawn(f"{digits} dot.op 10^({power})")

    def times(self, before: Expr, after: Expr, drawn: Drawn) -> Drawn:
        """Return a dot beside numbers, a thin space between symbols."""
        return Drawn(" dot.op " if self.dotted(before, after) else " thin ")

    def plus(self, negated: bool) -> Drawn:
        return Drawn(" - " if negated else " + ")

    def minus(self) -> Drawn:
        return Drawn("-")

    def partial(self) -> Drawn:
        return Drawn("partial ")

    def prime(self) -> Drawn:
        return Drawn("'")

    def relation(self, operator: str) -> Drawn:
        return Drawn(_RELATIONS[operator])

    def nabla(self, of: Drawn, wrt: Drawn) -> Drawn:
        """Return ∇ with its variable below."""
        return f"nabla_({wrt}) " + of

    def matrix(self, rows: list[list[Drawn]]) -> Drawn:
        return Drawn(f'mat(delim: "[", {"; ".join(", ".join(map(str, row)) for row in rows)})')

    def transposed(self, operand: Drawn) -> Drawn:
        return operand + "^(upright(T))"

    def side_by_side(self, factors: list[Drawn]) -> Drawn:
        return joined(" thin ", factors)

    def entrywise(self, factors: list[Drawn]) -> Drawn:
        return joined(" dot.o ", factors)

    def assigned(self) -> Drawn:
        return Drawn("<-")

    def arrow(self) -> Drawn:
        return Drawn("->")

    def dots(self) -> Drawn:
        return Drawn("dots.h.c")

    def blank(self, width: int) -> Drawn:
        """Return a box with a line below."""
        size = f"width: {0.6 * width:.4g}em, height: 1.4em"
        return Drawn(f"#box({size}, stroke: (bottom: 0.6pt))")


def quoted(text: str) -> str:
    """Return the words as a string of Typst's: nothing in it is read as markup."""
    escaped = printable(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
