"""What formats share: fractions that stand upright, in two dimensions, or lie on the line."""

from __future__ import annotations

from abc import abstractmethod

from ..expression.indices import Index
from ..expression.refs import Ref
from ..expression.tree import Call, Derivative, Expr, Quantity, Several
from ..spec.profile import Symbol
from .drawn import ATOM, POWER, PRODUCT, Drawn, Height, Part, Widths, joined
from .mathematics import MathPrinter


class StackedMath(MathPrinter):
    """Draws with stacked fractions; a format gives their look, and everything else's."""

    scientific_binding = PRODUCT

    comma: Drawn
    """What stands between two arguments."""

    between = ""
    """What keeps letters apart that would be one name."""

    def symbol(self, symbol: Symbol) -> Drawn:
        """Return the letter with its superscript and subscript."""
        letter, _, tail = symbol.letter.partition("_")
        above = list(map(self.index, symbol.sup))
        if symbol.sample is not None:
            above.append(self.sample(symbol.sample))
        below = [self.word(tail) if len(tail) > 2 and tail.isalpha() else self.index(tail)]
        if symbol.sub:
            sign = self.index(",") + self.between if symbol.wide else self.between
            below.append(joined(sign, map(self.index, symbol.sub)))
        base = self.letter(letter)
        base = self.bold(base, upright=symbol.bold == "upright") if symbol.bold else base
        base = self.accented(base, symbol.accent) if symbol.accent else base
        scripts = (joined(self.between, filter(str, parts)) for parts in (below, above))
        parts = [self.letter(symbol.prefix)] if symbol.prefix else []
        parts = [part + " " if part.text.startswith("\\") else part for part in parts]
        parts.append(self.scripts(base, *scripts))
        if symbol.argument:
            parts.append(self.parentheses(self.letter(symbol.argument)))
        return joined(self.between, parts)

    def sample(self, sample: Index) -> Drawn:
        """Return the number of a sample, as it stands above a letter."""
        return self.parentheses(self.index(sample))

    @abstractmethod
    def letter(self, letter: str) -> Drawn:
        """Return a letter by its name, or a word for one."""

    @abstractmethod
    def word(self, text: str) -> Drawn:
        """Return a word that stands below a letter, upright."""

    @abstractmethod
    def index(self, part: Index) -> Drawn:
        """Return an index."""

    def bold(self, base: Drawn, *, upright: bool) -> Drawn:
        """Return a letter as vectors and matrices have it."""
        return base

    @abstractmethod
    def accented(self, base: Drawn, accent: str) -> Drawn:
        """Return a letter with its hat, bar, tilde or dot."""

    @abstractmethod
    def scripts(self, base: Drawn, below: Drawn, above: Drawn) -> Drawn:
        """Return a letter with what is not empty of its scripts."""

    def named(self, symbol: Symbol) -> Drawn:
        """Return a symbol; one with a superscript needs parentheses under an exponent."""
        raised = symbol.sup or symbol.sample is not None
        return self.symbol(symbol).bound(POWER if raised else ATOM)

    def applied(self, function: Drawn, arguments: list[Expr]) -> Drawn:
        """Return a function of its arguments."""
        inner = joined(self.comma, map(self.argument, arguments))
        return self.called(function) + self.parentheses(inner)

    def called(self, function: Drawn) -> Drawn:
        """Return a function as it stands before its parentheses."""
        return function

    def argument(self, argument: Expr) -> Drawn:
        """Return an argument as it stands within a function's parentheses."""
        return self.visit(argument)

    def parts(self, node: Expr) -> list[Part]:
        """Return what the node is drawn from: of f(a + b), f′(a + b) the argument, or several."""
        match node:
            case Call(function, arguments) if arguments:
                head = self.function_name(function)
            case Derivative(function, argument, ()) if not isinstance(argument, Several):
                head, arguments = self.primed(self.function_name(function)), (argument,)
            case Several((*others, last)):
                before = [(other, self.argument(other) + self.comma) for other in others]
                found = [Part(None, other, drawn, closing=self.comma) for other, drawn in before]
                return [*found, Part(None, last, self.argument(last))]
            case _:
                return super().parts(node)
        inner = self.parentheses(joined(self.comma, map(self.argument, arguments)))
        within = arguments[0] if len(arguments) == 1 else Several(arguments)
        part = Part(self.called(head), within, inner, wrapped=True)
        return [part] if part.whole.text == self.visit(node).text else []

    def ratio(self, top: str, bottom: str) -> Drawn:
        """Return a stacked fraction of whole numbers."""
        return self.fraction(self.digits(top), self.digits(bottom)).bound(POWER)

    def division(self, top: Expr, bottom: Expr) -> Drawn:
        """Return a stacked fraction."""
        return self.fraction(self.visit(top), self.visit(bottom)).bound(POWER)

    def derivative_of(self, body: Expr, wrt: Ref) -> Drawn:
        """Return the body under ∂, in parentheses where it is no f(x), over ∂wrt."""
        bare = isinstance(body, Call | Quantity)
        inner = self.drawn(body, POWER) if bare else self.enclosed(body)
        return self.fraction(self.partial() + inner, self.differential(wrt)).bound(POWER)


class OneLineMath(MathPrinter):
    """Draws one line: what is divided stands left and right of a stroke."""

    fraction_binding = PRODUCT

    def fraction(self, top: Drawn, bottom: Drawn) -> Drawn:
        """Return top/bottom of what is drawn."""
        return top + "/" + bottom

    def ratio(self, top: str, bottom: str) -> Drawn:
        """Return top/bottom of whole numbers."""
        return (self.digits(top) + f"/{bottom}").bound(PRODUCT)

    def division(self, top: Expr, bottom: Expr) -> Drawn:
        """Return top/bottom."""
        return (self.drawn(top, PRODUCT) + "/" + self.drawn(bottom, POWER)).bound(PRODUCT)

    def derivative_of(self, body: Expr, wrt: Ref) -> Drawn:
        """Return the body under ∂, in parentheses where it is no f(x), over ∂wrt."""
        inner = self.drawn(body, POWER) if isinstance(body, Call) else self.enclosed(body)
        top = self.partial() + inner
        return self.fraction(top, self.differential(wrt)).bound(PRODUCT)


def stacked(text: str, top: Drawn, bottom: Drawn, width: Widths = ()) -> Drawn:
    """Return a fraction, which is higher than what stands in it by one."""
    tall = top.tall.beside(bottom.tall)
    rows = top.rows + bottom.rows if tall.rows > 1 else tall.rows
    return Drawn(text, tall=Height(tall.fractions + 1, tall.other, rows), width=width)
