"""MathPrinter: an expression tree drawn by precedence; a format fills in how each part looks."""

from __future__ import annotations

import re
from typing import Self

from msgspec import structs

from ..expression.indices import Index
from ..expression.refs import ANYWHERE, Ref
from ..expression.tree import (
    WHOLE_LOSS,
    Add,
    Between,
    BigSum,
    Blank,
    Call,
    Cases,
    Compare,
    Constant,
    Derivative,
    Diff,
    Div,
    Dots,
    Expr,
    Hadamard,
    Known,
    LayerNumber,
    Letter,
    MatMul,
    Matrix,
    Mul,
    Nabla,
    Name,
    Neg,
    Number,
    Partial,
    Pow,
    Quantity,
    Several,
    Signature,
    Tangent,
    Transpose,
    numeric,
)
from ..expression.walking import size, walk
from ..notation.bound import Notation, bound
from ..notation.letters import parsed
from ..notation.sorting import ordered
from ..spec.profile import Profile, Symbol
from .drawn import ATOM, POWER, PRODUCT, SUM, Drawn, Part, joined, together
from .drawn_numbers import NumberPrinter, is_zero
from .settings import Settings

_COUNTED = r"([A-Za-z])_?(\d+|(?<=_)[a-z])"
"""The name of one function of several: g1, g_i."""
_LONGEST_EXPONENT = 20
"""How many nodes an exponent has at most; one with more is an argument of exp."""
MOST_KEPT = 4096
"""How many drawn nodes are kept: those of a long chain."""


class MathPrinter(NumberPrinter):
    """Draws trees for one format; subclasses give the look of symbols, fractions and sums."""

    fraction_binding = POWER
    """How tightly ∂C/∂z binds: stacked, or a quotient on one line."""

    in_letters = True
    """Whether quantities have the notation's letters, not their plain names."""

    def __init__(self, profile: Profile, settings: Settings) -> None:
        self.profile = profile if isinstance(profile, Notation) else bound(profile)
        self.settings = settings
        self._quantities: dict[Ref, Drawn] = {}
        self._kept: dict[int, tuple[Expr, Drawn]] = {}

    def with_settings(self, settings: Settings) -> Self:
        """Return the same printer with other settings; nothing drawn before is kept."""
        found = type(self).__new__(type(self))
        vars(found).update(vars(self), settings=settings, _quantities={}, _kept={})
        return found

    def summed(self, node: BigSum) -> Part:
        """Return what a sum is of after its sign; a sum inside a sum goes without parentheses."""
        drawn = self.visit(node.body)
        wrapped = drawn.binding < (SUM if isinstance(node.body, BigSum) else PRODUCT)
        sign = self.sum_sign(node.index, self.upper(node.count))
        return Part(sign, node.body, self.parentheses(drawn) if wrapped else drawn, wrapped)

    def enclosed(self, node: Expr) -> Drawn:
        """Return the node in parentheses."""
        return self.parentheses(self.visit(node))

    def forms(self, trees: tuple[Expr, ...]) -> list[str]:
        """Return a chain's forms, each drawn; one that looks like the form before is left out."""
        drawn: list[str] = []
        for tree in trees:
            text = self.draw(tree)
            if not drawn or text != drawn[-1]:
                drawn.append(text)
        return drawn

    def visit(self, node: Expr) -> Drawn:
        """Return the node drawn, with how tightly it binds.

        What was drawn last is kept: a line is measured, and tried in several ways.
        """
        kept = self._kept.get(id(node))
        if kept is not None and kept[0] is node:
            return kept[1]
        drawn = self._visit(node)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[id(node)] = node, drawn
        return drawn

    def _visit(self, node: Expr) -> Drawn:
        match node:
            case Number(value, extra) | Known(_, value, extra):
                return self.number(value, extra)
            case Constant(name):
                return self.constant(name)
            case Quantity(ref):
                if ref not in self._quantities:
                    self._quantities[ref] = self.quantity(ref)
                return self._quantities[ref]
            case Name(name, index):
                return self.named(structs.replace(parsed(name), sub=index))
            case Letter(index):
                return self.symbol(Symbol(str(index)))
            case Tangent(ref):
                return self.tangent(ref)
            case Partial(of, wrt):
                return self.partial_derivative(of, wrt)
            case Derivative(function, argument, index):
                drawn = self.function_name(function)
                head = self.partial_in(index, drawn) if index else self.primed(drawn)
                parts = argument.parts if isinstance(argument, Several) else (argument,)
                return self.applied(head, list(parts)).bound(POWER if index else ATOM)
            case Add(terms):
                return together(self.terms(terms)).bound(SUM)
            case Mul(factors):
                return together(self.factors(factors)).bound(PRODUCT)
            case Neg(operand):
                plain = self.without_minus(operand)
                if plain is not None:
                    return self.visit(plain)
                return (self.minus() + self.negated(operand)).bound(SUM)
            case Div(numerator, denominator):
                return self.division(numerator, denominator)
            case Pow(base, exponent):
                return self.power(base, exponent).bound(POWER)
            case Call(function, arguments):
                return self.call(function, arguments)
            case BigSum():
                return self.summed(node).whole.bound(SUM)
            case Compare(operator, left, right):
                return self.related(self.relation(operator), left, right)
            case Cases(pieces, otherwise):
                return self.cases(pieces, otherwise)
            case Diff(body, wrt):
                return self.derivative_of(body, wrt)
            case Nabla(of, wrt):
                return self.nabla(self.quantity(of), self.quantity(wrt)).bound(PRODUCT)
            case Matrix(rows):
                return self.matrix(self.entries(rows))
            case Transpose(operand):
                return self.transposed(self.under_transpose(operand)).bound(POWER)
            case MatMul(factors):
                return self.side_by_side([self.drawn(f, POWER) for f in factors]).bound(PRODUCT)
            case Hadamard(factors):
                return self.entrywise([self.drawn(f, PRODUCT) for f in factors]).bound(PRODUCT)
            case Between(low, middle, high):
                return self.related(self.relation("<="), low, middle, high)
            case Signature(name, domain, codomain):
                return self.signature(name, domain, codomain)
            case LayerNumber(layer):
                return self.digits(str(self.profile.layer_number(layer)))
            case Dots(_):
                return self.dots()
            case Blank(width):
                return self.blank(width)
        raise TypeError(f"{type(node).__name__} cannot be drawn")

    # -- what every format does alike

    def quantity(self, ref: Ref) -> Drawn:
        """Return a quantity's name: its symbol, or ∂C/∂(its symbol) for a gradient."""
        if self.is_fraction(Quantity(ref)):
            return self.partial_derivative(self.profile.cost_of(ref), ref.of())
        return self.named(self.profile.symbol(ref))

    def tangent(self, ref: Ref) -> Drawn:
        """Return the quantity's letter with a dot; with a d before it where it has a hat."""
        symbol = self.profile.symbol(ref)
        if symbol.accent:
            return self.named(structs.replace(symbol, prefix="d"))
        return self.named(structs.replace(symbol, accent="dot"))

    def named(self, symbol: Symbol) -> Drawn:
        """Return a symbol and how tightly it binds: one with a superscript takes no exponent."""
        return self.symbol(symbol)

    def upper(self, count: Index) -> Drawn | None:
        """Return a sum's upper bound: a number, or a sign for how many units a layer has."""
        if isinstance(count, int):
            return self.digits(str(count))
        if count == "n":
            return self.symbol(Symbol("n"))
        if count == ANYWHERE:
            return None
        if count == "N":
            return self.symbol(self.profile.samples)
        units = self.profile.units_in(count)
        return self.symbol(units) if units is not None else None

    def is_fraction(self, node: Quantity) -> bool:
        """Return whether the quantity is written ∂C/∂…, having no letter of its own."""
        return node.ref.gradient and not self.profile.has_own_letter(node.ref)

    def is_quotient(self, node: Expr) -> bool:
        """Return whether the node is drawn as one thing over or through another."""
        if isinstance(node, Quantity):
            return self.is_fraction(node)
        if isinstance(node, Neg):
            plain = self.without_minus(node.operand)
            return plain is not None and self.is_quotient(plain)
        return isinstance(node, Partial | Diff | Div) or (
            isinstance(node, Call) and node.function == "xdivy"
        )

    def without_minus(self, operand: Expr) -> Expr | None:
        """Return −operand where it has no minus: 6.5 of −6.5, and 0·x itself."""
        first = operand
        while isinstance(first, Mul | Div):
            first = first.factors[0] if isinstance(first, Mul) else first.numerator
        if isinstance(first, Call) and first.function in ("xlogy", "xdivy"):
            first = first.arguments[0]
        if is_zero(first):
            return operand
        if isinstance(operand, Number | Known) and self.starts_negative(operand):
            return structs.replace(operand, value=-operand.value)
        return None

    def negated(self, operand: Expr) -> Drawn:
        """Return what stands after a minus; in parentheses where it begins with a zero: −(0⁰)."""
        drawn = self.drawn(operand, PRODUCT)
        return self.parentheses(drawn) if self.begins_with_zero(operand) else drawn

    def begins_with_zero(self, node: Expr) -> bool:
        """Return whether the first thing drawn is a 0, before which no minus may stand."""
        first = node
        while isinstance(first, Mul | Div | Pow):
            match first:
                case Mul(factors):
                    first = factors[0]
                case Div(numerator, _):
                    first = numerator
                case Pow(base, _):
                    first = base
        if isinstance(node, Call) and node.function in ("xlogy", "xdivy"):
            first = node.arguments[0]
        return is_zero(first)

    def partial_derivative(self, of: Ref, wrt: Ref) -> Drawn:
        """Return ∂of/∂wrt."""
        drawn = self.fraction(self.differential(of), self.differential(wrt))
        return drawn.bound(self.fraction_binding)

    def differential(self, ref: Ref) -> Drawn:
        """Return ∂(quantity)."""
        return self.partial() + self.quantity(ref)

    def terms(self, terms: tuple[Expr, ...]) -> list[Part]:
        """Return a sum's terms, their signs apart; a negative number is put in parentheses."""
        parts: list[Part] = []
        for term in terms:
            if not parts and isinstance(term, Neg):
                term = self.without_minus(term.operand) or term
            negated = isinstance(term, Neg)
            inner = term.operand if isinstance(term, Neg) else term
            plain = self.without_minus(inner) if negated and not parts else None
            if plain is not None:
                negated, inner = False, plain
            later = bool(parts) and self.starts_negative(inner)
            drawn = self.visit(inner)
            wrapped = later or drawn.binding < (PRODUCT if negated else SUM)
            wrapped = wrapped or (negated and not parts and self.begins_with_zero(inner))
            lead = self.plus(negated) if parts else self.minus() if negated else None
            drawn = self.parentheses(drawn) if wrapped else drawn
            parts.append(Part(lead, inner, drawn, wrapped))
        return parts

    def parts(self, node: Expr) -> list[Part]:
        """Return what the node is drawn from, where a line may be broken between its parts."""
        match node:
            case Add(terms):
                return self.terms(terms)
            case Neg():
                return self.terms((node,))
            case Mul(factors):
                return self.factors(factors)
            case BigSum():
                return [self.summed(node)]
            case Pow(base, exponent) if self.is_enclosed(base, self.visit(base)):
                closing = self.raised(self.closing(), self.visit(exponent))
                return [Part(None, base, self.visit(node), wrapped=True, closing=closing)]
            case Compare(operator, left, right):
                lead = self.relation(operator) + " "
                return [Part(None, left, self.visit(left)), Part(lead, right, self.visit(right))]
            case Number(value) | Known(_, value) if self.settings.exact:
                form = self.closed_form(value)
                return self.parts(form) if form is not None else []
            case _:
                return []

    def pieces(self, node: Expr, depth: int = 0) -> list[Drawn]:
        """Return the node drawn in pieces between which a line may be broken.

        Those of depth 0 are its terms or factors; deeper, the parts of these are apart too.
        """
        pieces: list[Drawn] = []
        for part in self.parts(node) or self.products(node):
            pieces += self.led(part, self.pieces(part.node, depth - 1) if depth else [])
        return pieces or [self.visit(node)]

    def cuts(self, node: Expr, depth: int, level: int = 0) -> list[tuple[int, Drawn]]:
        """Return the pieces, each with how deep the cut before it is.

        Products of matrices are cut too, between their factors.
        """
        found: list[tuple[int, Drawn]] = []
        for part in self.parts(node) or self.products(node):
            inner = self.cuts(part.node, depth - 1, level + 1) if depth else []
            levels = [level, *(deep for deep, _ in inner[1:])]
            found += zip(levels, self.led(part, [piece for _, piece in inner]), strict=True)
        return found or [(level, self.visit(node))]

    def led(self, part: Part, inner: list[Drawn]) -> list[Drawn]:
        """Return a part in its pieces, its sign before the first; whole where these are one."""
        if len(inner) < 2:
            return [part.whole]
        first, *between, last = inner
        closing = part.closing
        if part.wrapped:
            first, closing = self.opening() + first, closing or self.closing()
        if closing is not None:
            last += closing
        return [first if part.lead is None else part.lead + first, *between, last]

    def products(self, node: Expr) -> list[Part]:
        """Return the factors of a product of matrices, or of one entry by entry."""
        match node:
            case MatMul(factors):
                join, around = self.side_by_side, POWER
            case Hadamard(factors):
                join, around = self.entrywise, PRODUCT
            case _:
                return []
        drawn = [self.drawn(factor, around) for factor in factors]
        leads = [None, *[join([Drawn("")] * 2)] * (len(factors) - 1)]
        wrapped = [self.visit(factor).binding < around for factor in factors]
        return list(map(Part, leads, factors, drawn, wrapped))

    def starts_negative(self, node: Expr) -> bool:
        """Return whether the node is drawn with a leading minus."""
        value = numeric(node)
        if value is not None:
            return bool(value < 0)
        if isinstance(node, Add):
            return self.starts_negative(node.terms[0])
        return isinstance(node, Neg) and self.without_minus(node.operand) is None

    def factors(self, factors: tuple[Expr, ...]) -> list[Part]:
        """Return a product's factors in the notation's order, each with the sign before it."""
        parts: list[Part] = []
        for factor in self.ordered(factors):
            drawn = self.visit(factor)
            around = PRODUCT + (1 if isinstance(factor, Mul) else 0)
            wrapped = drawn.binding < around or (bool(parts) and self.starts_negative(factor))
            drawn = self.parentheses(drawn) if wrapped else drawn
            lead = self.times(parts[-1].node, factor, drawn) if parts else None
            parts.append(Part(lead, factor, drawn, wrapped))
        return parts

    def ordered(self, factors: tuple[Expr, ...]) -> tuple[Expr, ...]:
        """Return a product's factors in the notation's order, if it knows the kind of each."""
        return ordered(factors, self.profile)

    def call(self, function: str, arguments: tuple[Expr, ...]) -> Drawn:
        """Return a function's application, in the way it is usually written."""
        match function, arguments:
            case ("exp", (argument,)) if not (self.profile.e_is_a_name or _is_long(argument)):
                return self.raised(self.constant("e"), self.visit(argument)).bound(POWER)
            case ("sqrt", (argument,)):
                return self.root(argument)
            case ("abs", (argument,)):
                return self.absolute(argument)
            case ("2-norm", (argument,)):
                return self.norm(argument)
            case ("xlogy", (factor, argument)):
                return self.visit(Mul((factor, Call("ln", (argument,)))))
            case ("xdivy", (top, bottom)):
                return self.division(top, bottom)
        return self.applied(self.function_name(function), list(arguments))

    def function_name(self, name: str) -> Drawn:
        """Return how a function is written; the loss as a function has the bare cost's letter."""
        if name == "log":
            return self.function("ln")
        if name == "cost":
            return self.symbol(self.profile.symbol(Ref("cost", sample=self.profile.sample_letter)))
        if name == "loss":
            return self.loss_function()
        if name == WHOLE_LOSS:
            return self.quantity(Ref("loss"))
        counted = not name.isalpha() and re.fullmatch(_COUNTED, name)
        return self.counted(*counted.groups()) if counted else self.function(name)

    def counted(self, letter: str, number: str) -> Drawn:
        """Return one of several functions: g₁ of g1, gᵢ of g_i."""
        return self.symbol(Symbol(letter, sub=(number,)))

    def loss_function(self) -> Drawn:
        """Return the loss as a function of outputs and target: C of C_n = C(a, y)."""
        return self.symbol(self.profile.loss_function)

    def power(self, base: Expr, exponent: Expr) -> Drawn:
        """Return base to the exponent."""
        drawn = self.visit(base)
        if self.is_enclosed(base, drawn):
            drawn = self.parentheses(drawn)
        return self.raised(drawn, self.visit(exponent))

    def is_enclosed(self, base: Expr, drawn: Drawn) -> bool:
        """Return whether the base of a power stands in parentheses."""
        return drawn.binding < ATOM or self.starts_negative(base)

    def related(self, sign: Drawn, *sides: Expr) -> Drawn:
        """Return left < right, or low ≤ middle ≤ high."""
        return joined(" " + sign + " ", map(self.visit, sides)).bound(0)

    def under_transpose(self, operand: Expr) -> Drawn:
        """Return what is transposed, in parentheses where its mark would be read as another."""
        return self.drawn(operand, ATOM)

    def signature(self, name: Expr, domain: Expr, codomain: Expr) -> Drawn:
        """Return name : domain → codomain."""
        parts = (self.visit(name), self.colon(), self.visit(domain), self.arrow())
        return joined(" ", (*parts, self.visit(codomain))).bound(0)

    def colon(self) -> Drawn:
        """Return the colon of a function's type."""
        return Drawn(":")

    def primed(self, function: Drawn) -> Drawn:
        """Return the derivative's name of a drawn function."""
        return function + self.prime()

    def dotted(self, before: Expr, after: Expr) -> bool:
        """Return whether a dot stands between two factors: beside a number, or without symbols."""
        first = after
        while isinstance(first, Mul | Pow):
            first = first.factors[0] if isinstance(first, Mul) else first.base
        if any(numeric(node) is not None for node in (before, after, first)):
            return True
        kinds = (Name, Quantity, Partial)
        return not any(isinstance(n, kinds) for factor in (before, after) for n in walk(factor))


def _is_long(exponent: Expr) -> bool:
    """Return whether an exponent is long: it stands in parentheses, where it can come apart."""
    return size(exponent) > _LONGEST_EXPONENT
