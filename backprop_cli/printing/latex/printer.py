"""Mathematics in LaTeX: amsmath's commands only, the same that KaTeX and MathJax know."""

from __future__ import annotations

import re

from ...expression.indices import Index
from ...expression.tree import Compare, Expr
from ...notation.letters import GREEK
from ...spec.profile import Symbol
from ..stacked import StackedMath
from .words import upright

_RELATIONS = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "==": "="}
_RELATIONS |= {"!=": r"\ne", "≈": r"\approx"}
_PLAIN_INDEX = re.compile(r"[A-Za-z0-9+\-\[\](),]+")
_EM = 0.6
"""How wide a character is that is written by hand, in em."""
_KNOWN = ("exp", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "max", "min")


class LatexMath(StackedMath):
    """LaTeX: ``z^{1}_{1} = w^{1}_{11} x_{1} + b^{1}_{1}``."""

    line_end = r"\\"
    """What ends a row of an array."""

    def symbol(self, symbol: Symbol) -> str:
        """Return the letter with its superscript and subscript."""
        letter, _, tail = symbol.letter.partition("_")
        sup = "".join(map(_index, symbol.sup))
        if symbol.sample is not None:
            sup += f"({_index(symbol.sample)})"
        sub = _tail(tail) + ("," if symbol.wide else "").join(map(_index, symbol.sub))
        text = _letter(letter)
        if symbol.accent:
            text = rf"\{symbol.accent}{{{text}}}"
        argument = f"({_letter(symbol.argument)})" if symbol.argument else ""
        return symbol.prefix + self.scripts(text, sub, sup) + argument

    def scripts(self, base: str, below: str, above: str) -> str:
        """Return the letter with its superscript and subscript."""
        return base + (f"^{{{above}}}" if above else "") + (f"_{{{below}}}" if below else "")

    def constant(self, name: str) -> str:
        return {"pi": r"\pi", "R": r"\mathbb{R}", "ones": r"\mathbf{1}"}.get(name, name)

    def fraction(self, top: str, bottom: str) -> str:
        """Return a stacked fraction."""
        return rf"\frac{{{top}}}{{{bottom}}}"

    def raised(self, base: str, exponent: str) -> str:
        """Return base^{exponent}."""
        return f"{base}^{{{exponent}}}"

    def root(self, argument: Expr) -> str:
        """Return a root."""
        return rf"\sqrt{{{self.draw(argument)}}}"

    def absolute(self, argument: Expr) -> str:
        return rf"\left\lvert {self.draw(argument)}\right\rvert"

    def applied(self, function: str, arguments: list[Expr]) -> str:
        drawn = ", ".join(self.draw(argument) for argument in arguments)
        return function + self.parentheses(drawn, tall=self.is_tall(*arguments))

    def function(self, name: str) -> str:
        """Return the notation's letter, a LaTeX operator, or an upright name."""
        letter = self.profile.activation(name)
        if letter in GREEK or len(letter) == 1:
            return _letter(letter)
        if letter in _KNOWN:
            return f"\\{letter}"
        return self.operator_name(letter)

    def operator_name(self, name: str) -> str:
        """Return a function's name in upright letters."""
        plain = name.replace("_", "").isalnum() and name.isascii()
        drawn = name.replace("_", r"\_") if plain else upright(name)
        return rf"\operatorname{{{drawn}}}"

    def parentheses(self, text: str, *, tall: bool = False) -> str:
        """Return the text in parentheses as tall as it is."""
        return rf"\left({text}\right)" if tall else f"({text})"

    def opening(self) -> str:
        return r"\bigl("

    def closing(self) -> str:
        return r"\bigr)"

    def big_sum(self, index: str, upper: str, body: Expr) -> str:
        """Return the sum with its bounds."""
        bounds = f"_{{{index}=1}}^{{{upper}}}" if upper else f"_{{{index}}}"
        return rf"\sum{bounds} {self.summand(body)}"

    def cases(self, pieces: tuple[tuple[Compare, Expr], ...], otherwise: Expr) -> str:
        """Return a cases environment."""
        rows = [rf"{self.draw(e)} & \text{{if }} {self.draw(c)}" for c, e in pieces]
        rows.append(rf"{self.draw(otherwise)} & \text{{otherwise}}")
        return rf"\begin{{cases}} {f' {self.line_end} '.join(rows)} \end{{cases}}"

    def scientific(self, digits: str, power: int) -> str:
        r"""Return ``4.3857 \cdot 10^{-4}``."""
        return rf"{digits} \cdot 10^{{{power}}}"

    def times(self, before: Expr, after: Expr, text: str) -> str:
        """Return a dot beside numbers, a space between symbols."""
        return r" \cdot " if self.dotted(before, after) or text[:1].isdigit() else self.gap()

    def gap(self) -> str:
        """Return the space between two symbols."""
        return r" \, "

    def plus(self, negated: bool) -> str:
        return " - " if negated else " + "

    def minus(self) -> str:
        return "-"

    def partial(self) -> str:
        return r"\partial "

    def prime(self) -> str:
        return "'"

    def relation(self, operator: str) -> str:
        """Return the relation's command."""
        return _RELATIONS[operator]

    def partial_in(self, index: tuple[Index, ...], function: str) -> str:
        """Return ∂ with the entry below, before the function."""
        return rf"\partial_{{{''.join(map(str, index))}}} {function}"

    def nabla(self, of: str, wrt: str) -> str:
        """Return ∇ with its variable below."""
        return rf"\nabla_{{{wrt}}} {of}"

    def matrix(self, rows: list[list[str]]) -> str:
        """Return a bmatrix."""
        drawn = f" {self.line_end} ".join(" & ".join(row) for row in rows)
        return rf"\begin{{bmatrix}} {drawn} \end{{bmatrix}}"

    def transposed(self, operand: str) -> str:
        """Return the operand with a raised T."""
        return self.raised(operand, r"\mathsf{T}")

    def side_by_side(self, factors: list[str]) -> str:
        """Return the factors side by side."""
        return self.gap().join(factors)

    def entrywise(self, factors: list[str]) -> str:
        """Return the factors joined by ⊙."""
        return r" \odot ".join(factors)

    def assigned(self) -> str:
        return r"\leftarrow"

    def arrow(self) -> str:
        return r"\to"

    def dots(self) -> str:
        return r"\cdots"

    def blank(self, width: int) -> str:
        """Return a rule below empty space, high enough to write in."""
        return rf"\underline{{\hspace{{{_EM * width:.4g}em}}\rule{{0em}}{{1.6em}}}}"


def _letter(letter: str) -> str:
    if letter in GREEK:
        return r"\mathcal{L}" if letter == "scriptL" else f"\\{letter}"
    plain = len(letter) == 1 and letter.isascii() and letter.isalnum()
    return letter if plain else upright(letter)


def _index(part: Index) -> str:
    text = str(part)
    return text if _PLAIN_INDEX.fullmatch(text) else upright(text)


def _tail(text: str) -> str:
    """Return what follows a letter's underscore: a word upright, anything short as an index."""
    return upright(text) if len(text) > 2 and text.isalpha() else _index(text) if text else ""
