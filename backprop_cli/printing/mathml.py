"""Mathematics in MathML: presentation markup that browsers draw by themselves."""

from __future__ import annotations

import math
import re
from html import escape

from ..expression.indices import Index, side_by_side
from ..expression.tree import Compare, Expr, Known, Partial, Quantity
from ..notation.letters import GREEK
from .drawn import POWER, SYMBOL, Drawn, Height, joined, of
from .kinds import GRADIENT, VALUE, kind_of
from .latex.printer import LatexMath
from .latex.width import DISPLAY, INLINE
from .stacked import StackedMath, stacked

_RELATIONS = {
    "<": "&lt;",
    "<=": "≤",
    ">": "&gt;",
    ">=": "≥",
    "==": "=",
    "!=": "≠",
    "≈": "≈",
    "≡": "≡",
    ":=": ":=",
}
_ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~", "dot": "˙"}
_TOKEN = re.compile(r"[0-9]+(?:\.[0-9]+)?|[A-Za-z]|.")
_TAG = re.compile(r"<[^>]*>|&[^;]*;")
_WIDEST, _LONG = 32.0, 650
"""Of a part of a fraction, in em; shorter markup is no wider."""
_CROWDED = 50
"""Letters of a matrix's row past which they are small."""
_GAP = '<mo>&#x2062;</mo><mspace width="0.17em"/>'


class MathMl(StackedMath):
    """MathML: ``<msubsup><mi>z</mi><mn>1</mn><mn>1</mn></msubsup>``; every text escaped."""

    def visit(self, node: Expr) -> Drawn:
        """Return the node's markup; gradients and values of the forward pass carry a class."""
        drawn = super().visit(node)
        kind = kind_of(node.ref) if isinstance(node, Quantity | Known) else ""
        if kind == VALUE and isinstance(node, Quantity | Known):
            kind = "" if node.ref.part in self.profile.facts.names else VALUE
        if isinstance(node, Partial) and node.of.part in ("loss", "cost"):
            kind = GRADIENT
        if not kind:
            return drawn
        text = f'<mrow class="{kind}">{drawn}</mrow>'
        return Drawn(text, drawn.binding, drawn.tall, lead=drawn.lead)

    def letter(self, letter: str) -> Drawn:
        return Element(f"<mi>{escape(GREEK.get(letter, letter))}</mi>")

    def word(self, text: str) -> Drawn:
        return Element(f"<mi>{text}</mi>")

    def index(self, part: Index) -> Drawn:
        """Return an index: digits as numbers, letters apart, signs without operators' space."""
        drawn: list[Drawn] = []
        for token in _TOKEN.findall(str(part)):
            if token[0].isdigit():
                drawn.append(Element(f"<mn>{token}</mn>"))
            elif token.isalpha():
                drawn.append(Element(f"<mi>{token}</mi>"))
            else:
                sign = escape(token.replace("-", "−"))
                drawn.append(Drawn(f'<mo stretchy="false" lspace="0" rspace="0">{sign}</mo>'))
        return joined("", drawn)

    def sample(self, sample: Index) -> Drawn:
        return self.index(f"({sample})")

    def bold(self, base: Drawn, *, upright: bool) -> Drawn:
        kind = '<mi class="bold" mathvariant="normal">' if upright else '<mi class="bold">'
        return Element(base.text.replace("<mi>", kind, 1))

    def accented(self, base: Drawn, accent: str) -> Drawn:
        # A dot set as an accent touches its letter in browsers.
        close = "" if accent == "dot" else ' accent="true"'
        mark = f'<mo stretchy="false">{_ACCENTS[accent]}</mo>'
        return Drawn(f"<mover{close}>{base}{mark}</mover>")

    def scripts(self, base: Drawn, below: Drawn, above: Drawn) -> Drawn:
        if below.text and above.text:
            return Drawn(f"<msubsup>{base}{_row(below)}{_row(above)}</msubsup>")
        if below.text:
            return Drawn(f"<msub>{base}{_row(below)}</msub>")
        return Drawn(f"<msup>{base}{_row(above)}</msup>") if above.text else base

    def constant(self, name: str) -> Drawn:
        if name == "ones":
            return Drawn('<mn class="bold">1</mn>')
        return self.letter("ℝ" if name == "R" else name)

    def digits(self, text: str) -> Drawn:
        """Return a number."""
        return Element(f"<mn>{text}</mn>", lead="0")

    def parentheses(self, inner: Drawn) -> Drawn:
        """Return the markup in parentheses, which grow with what is tall."""
        flat = "" if inner.tall else ' stretchy="false"'
        return of(f"<mrow><mo{flat}>(</mo>{_row(inner)}<mo{flat}>)</mo></mrow>", inner)

    def opening(self) -> Drawn:
        return Drawn('<mo form="prefix" stretchy="false">(</mo>')

    def closing(self) -> Drawn:
        return Element('<mo form="postfix" stretchy="false">)</mo>')

    def fraction(self, top: Drawn, bottom: Drawn) -> Drawn:
        return stacked(f"<mfrac>{_row(top)}{_row(bottom)}</mfrac>", top, bottom)

    def division(self, top: Expr, bottom: Expr) -> Drawn:
        """Return a stacked fraction; a part too wide for a page is set in lines."""
        return self.fraction(self.within(top), self.within(bottom)).bound(POWER)

    def within(self, part: Expr) -> Drawn:
        """Return a part of a fraction no wider than a page: in lines, measured as LaTeX sets it."""
        drawn = self.visit(part)
        if len(drawn.text) < _LONG:
            return drawn
        latex = LatexMath(self.profile, self.settings)
        if latex.visit(part).width[INLINE] <= _WIDEST:
            return drawn
        depth, used = latex.depth_within(part, _WIDEST), math.inf
        lines: list[Drawn] = []
        for (_, own), (_, other) in zip(
            self.cuts(part, depth), latex.cuts(part, depth), strict=True
        ):
            used += other.width[DISPLAY]
            if used > _WIDEST:
                lines, used = [*lines, own], other.width[DISPLAY]
            else:
                lines[-1] += own
        rows = "".join(f"<mtr><mtd>{line}</mtd></mtr>" for line in lines)
        tall = Height(rows=sum(line.rows for line in lines))
        return Drawn(f'<mtable class="lines">{rows}</mtable>', tall=tall)

    def raised(self, base: Drawn, exponent: Drawn) -> Drawn:
        return of(f"<msup>{_row(base)}{_row(exponent)}</msup>", base, exponent)

    def root(self, argument: Expr) -> Drawn:
        drawn = self.visit(argument)
        return of(f"<msqrt>{drawn}</msqrt>", drawn)

    def absolute(self, argument: Expr) -> Drawn:
        return self._barred("|", argument)

    def norm(self, argument: Expr) -> Drawn:
        return self._barred("‖", argument)

    def _barred(self, bar: str, argument: Expr) -> Drawn:
        drawn = self.visit(argument)
        left, right = (f'<mo form="{form}" stretchy="true">{bar}</mo>' for form in _FORMS)
        return of(f"<mrow>{left}{_row(drawn)}{right}</mrow>", drawn)

    comma = Drawn("<mo>,</mo>")

    def called(self, function: Drawn) -> Drawn:
        return function + "<mo>&#x2061;</mo>"

    def argument(self, argument: Expr) -> Drawn:
        return _rowed(self.visit(argument))

    def function(self, name: str) -> Drawn:
        """Return the notation's letter, or the function's name in upright letters."""
        return self.letter(self.profile.activation(name))

    def primed(self, function: Drawn) -> Drawn:
        """Return the function with a prime above."""
        return Drawn(f"<msup>{_row(function)}{self.prime()}</msup>")

    def partial_in(self, index: tuple[Index, ...], function: Drawn) -> Drawn:
        """Return ∂ with the entry below, before the function."""
        return self.scripts(self.partial(), self.index(side_by_side(index)), Drawn("")) + function

    def sum_sign(self, index: str, upper: Drawn | None) -> Drawn:
        if upper is None:
            sign = f"<munder><mo>∑</mo>{_row(self.index(index))}</munder>"
        else:
            low = f"<mrow>{self.index(index)}<mo>=</mo><mn>1</mn></mrow>"
            sign = f"<munderover><mo>∑</mo>{low}{_row(upper)}</munderover>"
        return Drawn(sign, tall=SYMBOL)

    def cases(self, pieces: tuple[tuple[Compare, Expr], ...], otherwise: Expr) -> Drawn:
        """Return the cases in rows after a brace."""
        when, else_ = map(self.settings.said, ("if", "otherwise"))
        rows = [
            f"<mtr><mtd>{self.visit(e)}</mtd>"
            f"<mtd><mtext>{when}&#xa0;</mtext>{self.condition(c)}</mtd></mtr>"
            for c, e in pieces
        ]
        last = f"<mtr><mtd>{self.visit(otherwise)}</mtd><mtd><mtext>{else_}</mtext></mtd></mtr>"
        table = f'<mtable class="cases">{"".join(rows)}{last}</mtable>'
        return Drawn(f'<mrow><mo form="prefix">{{</mo>{table}</mrow>', tall=Height(rows=len(rows)))

    def condition(self, condition: Compare) -> Drawn:
        """Return when a case holds; a side too wide for a page is set in lines."""
        left, right = map(self.within, (condition.left, condition.right))
        wide = self.visit(condition.left) != left
        return left + self.relation(condition.operator) + right if wide else self.visit(condition)

    def scientific(self, digits: str, power: int) -> Drawn:
        exponent = self.digits(str(abs(power)))
        exponent = self.minus() + exponent if power < 0 else exponent
        ten = f"<msup><mn>10</mn>{_row(exponent)}</msup>"
        return Drawn(f"<mrow>{self.digits(digits)}<mo>·</mo>{ten}</mrow>", lead="0")

    def times(self, before: Expr, after: Expr, drawn: Drawn) -> Drawn:
        """Return a dot beside numbers, a narrow gap between symbols."""
        return Drawn('<mo form="infix">·</mo>' if self.dotted(before, after) else _GAP)

    def plus(self, negated: bool) -> Drawn:
        return Drawn(f'<mo form="infix">{"−" if negated else "+"}</mo>')

    def minus(self) -> Drawn:
        return Drawn('<mo form="prefix">−</mo>')

    def partial(self) -> Drawn:
        return Element("<mi>∂</mi>")

    def prime(self) -> Drawn:
        return Drawn('<mo lspace="0" rspace="0">′</mo>')

    def relation(self, operator: str) -> Drawn:
        return Drawn(f'<mo form="infix">{_RELATIONS[operator]}</mo>')

    def nabla(self, of: Drawn, wrt: Drawn) -> Drawn:
        """Return ∇ with its variable below."""
        return f"<msub><mi>∇</mi>{_row(wrt)}</msub>" + of

    def matrix(self, rows: list[list[Drawn]]) -> Drawn:
        drawn = "".join(
            "<mtr>" + "".join(f"<mtd>{entry}</mtd>" for entry in row) + "</mtr>" for row in rows
        )
        wide = max(len(_TAG.sub("", "".join(map(str, row)))) for row in rows) > _CROWDED
        size = ' mathsize="80%"' if wide else ""
        text = f"<mrow><mo>[</mo><mtable{size}>{drawn}</mtable><mo>]</mo></mrow>"
        return Drawn(text, tall=Height(rows=len(rows)))

    def transposed(self, operand: Drawn) -> Drawn:
        return self.raised(operand, Drawn('<mi mathvariant="normal">T</mi>'))

    def side_by_side(self, factors: list[Drawn]) -> Drawn:
        return joined(_GAP, factors)

    def entrywise(self, factors: list[Drawn]) -> Drawn:
        return joined('<mo form="infix">⊙</mo>', factors)

    def signature(self, name: Expr, domain: Expr, codomain: Expr) -> Drawn:
        drawn = self.visit(name) + '<mo form="infix">:</mo>' + self.visit(domain)
        return (drawn + self.arrow() + self.visit(codomain)).bound(0)

    def assigned(self) -> Drawn:
        return Drawn('<mo form="infix" stretchy="false">←</mo>')

    def arrow(self) -> Drawn:
        return Drawn('<mo form="infix" stretchy="false">→</mo>')

    def dots(self) -> Drawn:
        return Element("<mi>⋯</mi>")

    def blank(self, width: int) -> Drawn:
        """Return empty space with a line below, which the style draws."""
        size = f'width="{0.6 * width:.4g}em" height="1.4em" depth="0.2em"'
        return Drawn(f'<mspace class="blank" {size}/>')


_FORMS = ("prefix", "postfix")


class Element(Drawn, frozen=True):
    """One element of its own: a letter or a number, which needs no row around it."""


def _row(drawn: Drawn) -> str:
    """Return the markup as one element."""
    return drawn.text if isinstance(drawn, Element) else f"<mrow>{drawn}</mrow>"


def _rowed(drawn: Drawn) -> Drawn:
    return drawn if isinstance(drawn, Element) else of(_row(drawn), drawn)
