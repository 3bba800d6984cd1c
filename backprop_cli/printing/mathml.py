"""Mathematics in MathML: presentation markup that browsers draw by themselves."""

from __future__ import annotations

import re
from html import escape

from ..expression.indices import Index
from ..expression.refs import Ref
from ..expression.tree import Compare, Expr, Known, Partial, Quantity
from ..notation.letters import GREEK
from ..spec.profile import Symbol
from .stacked import StackedMath

_RELATIONS = {"<": "&lt;", "<=": "≤", ">": "&gt;", ">=": "≥", "==": "=", "!=": "≠", "≈": "≈"}
_ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~", "dot": "˙"}
_TOKEN = re.compile(r"[0-9]+(?:\.[0-9]+)?|[A-Za-z]|.")
_SINGLE = re.compile(r"<(m[in])>[^<]*</\1>")
GRADIENT, VALUE = "gradient", "value"
"""What is told apart by colour: gradients, and the values of the forward pass."""


class MathMl(StackedMath):
    """MathML: ``<msubsup><mi>z</mi><mn>1</mn><mn>1</mn></msubsup>``; every text escaped."""

    def visit(self, node: Expr) -> tuple[str, int]:
        """Return the node's markup; gradients and values of the forward pass carry a class."""
        markup, binding = super().visit(node)
        kind = kind_of(node.ref) if isinstance(node, Quantity | Known) else ""
        if kind == VALUE and isinstance(node, Quantity | Known):
            kind = "" if node.ref.part in self.profile.facts.names else VALUE
        if isinstance(node, Partial) and node.of.part in ("loss", "cost"):
            kind = GRADIENT
        return (f'<mrow class="{kind}">{markup}</mrow>' if kind else markup), binding

    def symbol(self, symbol: Symbol) -> str:
        """Return the letter with its superscript and subscript."""
        letter, _, tail = symbol.letter.partition("_")
        base = _letter(letter)
        if symbol.accent:
            mark = _ACCENTS.get(symbol.accent, "")
            # A dot set as an accent touches its letter in browsers.
            close = "" if symbol.accent == "dot" else ' accent="true"'
            base = f'<mover{close}>{base}<mo stretchy="false">{mark}</mo></mover>'
        above = "".join(map(_index, symbol.sup))
        if symbol.sample is not None:
            above += _index(f"({symbol.sample})")
        below = _tail(tail) + (_index(",") if symbol.wide else "").join(map(_index, symbol.sub))
        text = f"<mi>{escape(symbol.prefix)}</mi>" if symbol.prefix else ""
        text += _scripts(base, below, above)
        argument = _letter(symbol.argument) if symbol.argument else ""
        return text + (self.parentheses(argument) if argument else "")

    def constant(self, name: str) -> str:
        """Return π, e or ℝ."""
        known = {"R": "<mi>ℝ</mi>", "ones": '<mn class="bold">1</mn>'}
        return known.get(name) or _letter(name)

    def digits(self, text: str) -> str:
        """Return a number."""
        return f"<mn>{text}</mn>"

    def parentheses(self, text: str, *, tall: bool = False) -> str:
        """Return the markup in parentheses, which grow with what is tall."""
        flat = "" if tall else ' stretchy="false"'
        return f"<mrow><mo{flat}>(</mo>{_row(text)}<mo{flat}>)</mo></mrow>"

    def opening(self) -> str:
        return '<mo form="prefix" stretchy="false">(</mo>'

    def closing(self) -> str:
        return '<mo form="postfix" stretchy="false">)</mo>'

    def fraction(self, top: str, bottom: str) -> str:
        """Return a stacked fraction."""
        return f"<mfrac>{_row(top)}{_row(bottom)}</mfrac>"

    def raised(self, base: str, exponent: str) -> str:
        """Return base to the exponent."""
        return f"<msup>{_row(base)}{_row(exponent)}</msup>"

    def root(self, argument: Expr) -> str:
        """Return a root."""
        return f"<msqrt>{self.draw(argument)}</msqrt>"

    def absolute(self, argument: Expr) -> str:
        left, right = (f'<mo form="{form}" stretchy="true">|</mo>' for form in _FORMS)
        return f"<mrow>{left}{_row(self.draw(argument))}{right}</mrow>"

    def applied(self, function: str, arguments: list[Expr]) -> str:
        drawn = "<mo>,</mo>".join(_row(self.draw(argument)) for argument in arguments)
        return f"{function}<mo>&#x2061;</mo>" + self.parentheses(
            drawn, tall=self.is_tall(*arguments)
        )

    def function(self, name: str) -> str:
        """Return the notation's letter, or the function's name in upright letters."""
        return _letter(self.profile.activation(name))

    def primed(self, function: str) -> str:
        """Return the function with a prime above."""
        return f"<msup>{_row(function)}{self.prime()}</msup>"

    def partial_in(self, index: tuple[Index, ...], function: str) -> str:
        """Return ∂ with the entry below, before the function."""
        return _scripts(self.partial(), "".join(map(_index, index)), "") + function

    def big_sum(self, index: str, upper: str, body: Expr) -> str:
        """Return the sum with its bounds."""
        drawn = self.summand(body)
        if not upper:
            return f"<munder><mo>∑</mo>{_row(_index(index))}</munder>{drawn}"
        low = f"<mrow>{_index(index)}<mo>=</mo><mn>1</mn></mrow>"
        return f"<munderover><mo>∑</mo>{low}{_row(upper)}</munderover>{drawn}"

    def cases(self, pieces: tuple[tuple[Compare, Expr], ...], otherwise: Expr) -> str:
        """Return the cases in rows after a brace."""
        rows = [
            f"<mtr><mtd>{self.draw(e)}</mtd><mtd><mtext>if&#xa0;</mtext>{self.draw(c)}</mtd></mtr>"
            for c, e in pieces
        ]
        last = f"<mtr><mtd>{self.draw(otherwise)}</mtd><mtd><mtext>otherwise</mtext></mtd></mtr>"
        table = f'<mtable class="cases">{"".join(rows)}{last}</mtable>'
        return f'<mrow><mo form="prefix">{{</mo>{table}</mrow>'

    def scientific(self, digits: str, power: int) -> str:
        exponent = f"{self.minus()}<mn>{-power}</mn>" if power < 0 else f"<mn>{power}</mn>"
        ten = f"<msup><mn>10</mn>{_row(exponent)}</msup>"
        return f"<mrow>{self.digits(digits)}<mo>·</mo>{ten}</mrow>"

    def times(self, before: Expr, after: Expr, text: str) -> str:
        """Return a dot beside numbers, a narrow gap between symbols."""
        if self.dotted(before, after):
            return '<mo form="infix">·</mo>'
        return '<mo>&#x2062;</mo><mspace width="0.17em"/>'

    def plus(self, negated: bool) -> str:
        return f'<mo form="infix">{"−" if negated else "+"}</mo>'

    def minus(self) -> str:
        return '<mo form="prefix">−</mo>'

    def partial(self) -> str:
        return "<mi>∂</mi>"

    def prime(self) -> str:
        return '<mo lspace="0" rspace="0">′</mo>'

    def relation(self, operator: str) -> str:
        """Return the relation."""
        return f'<mo form="infix">{_RELATIONS[operator]}</mo>'

    def nabla(self, of: str, wrt: str) -> str:
        """Return ∇ with its variable below."""
        return f"<msub><mi>∇</mi>{_row(wrt)}</msub>{of}"

    def matrix(self, rows: list[list[str]]) -> str:
        """Return the entries in brackets."""
        drawn = "".join(
            "<mtr>" + "".join(f"<mtd>{entry}</mtd>" for entry in row) + "</mtr>" for row in rows
        )
        return f"<mrow><mo>[</mo><mtable>{drawn}</mtable><mo>]</mo></mrow>"

    def transposed(self, operand: str) -> str:
        """Return the operand with a raised T."""
        return self.raised(operand, '<mi mathvariant="normal">T</mi>')

    def side_by_side(self, factors: list[str]) -> str:
        """Return the factors side by side."""
        return '<mo>&#x2062;</mo><mspace width="0.17em"/>'.join(factors)

    def entrywise(self, factors: list[str]) -> str:
        """Return the factors joined by ⊙."""
        return '<mo form="infix">⊙</mo>'.join(factors)

    def signature(self, name: Expr, domain: Expr, codomain: Expr) -> str:
        parts = (self.draw(name), self.draw(domain), self.draw(codomain))
        return f'{parts[0]}<mo form="infix">:</mo>{parts[1]}{self.arrow()}{parts[2]}'

    def assigned(self) -> str:
        return '<mo form="infix" stretchy="false">←</mo>'

    def arrow(self) -> str:
        return '<mo form="infix" stretchy="false">→</mo>'

    def dots(self) -> str:
        return "<mi>⋯</mi>"

    def blank(self, width: int) -> str:
        """Return empty space with a line below, which the style draws."""
        return f'<mspace class="blank" width="{0.6 * width:.4g}em" height="1.4em" depth="0.2em"/>'


_FORMS = ("prefix", "postfix")


def kind_of(ref: Ref) -> str:
    """Return whether a quantity is a gradient, a value of the forward pass, or given."""
    if ref.gradient:
        return GRADIENT
    return VALUE if ref.part in ("z", "a") else ""


def _row(markup: str) -> str:
    """Return the markup as one element."""
    return markup if _SINGLE.fullmatch(markup) else f"<mrow>{markup}</mrow>"


def _letter(letter: str) -> str:
    return f"<mi>{escape(GREEK.get(letter, letter))}</mi>"


def _index(part: Index) -> str:
    """Return an index: digits as numbers, letters apart, signs without the space of operators."""
    drawn = ""
    for token in _TOKEN.findall(str(part)):
        if token[0].isdigit():
            drawn += f"<mn>{token}</mn>"
        elif token.isalpha():
            drawn += f"<mi>{token}</mi>"
        else:
            sign = escape(token.replace("-", "−"))
            drawn += f'<mo stretchy="false" lspace="0" rspace="0">{sign}</mo>'
    return drawn


def _tail(text: str) -> str:
    """Return what follows a letter's underscore: a word upright, anything short as an index."""
    return f"<mi>{text}</mi>" if len(text) > 2 and text.isalpha() else _index(text)


def _scripts(base: str, below: str, above: str) -> str:
    if below and above:
        return f"<msubsup>{base}{_row(below)}{_row(above)}</msubsup>"
    if below:
        return f"<msub>{base}{_row(below)}</msub>"
    return f"<msup>{base}{_row(above)}</msup>" if above else base
