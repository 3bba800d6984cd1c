"""MathPrinter: an expression tree drawn by precedence; a format fills in how each part looks."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from msgspec import Struct, structs

from ..expression.indices import Index
from ..expression.refs import Ref
from ..expression.tree import (
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
from ..expression.walking import walk
from ..notation.bound import Notation, bound
from ..notation.letters import parsed
from ..notation.sorting import ordered
from ..spec.profile import Profile, Symbol
from .drawn_parts import Part, is_zero, tree_of
from .mathematics_interface import Looks
from .numbers import ShownNumber, shown, shown_together

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4
APPROXIMATE_DIGITS = 12
"""Decimals of an exact value whose closed form would be too long to read."""


class Settings(Struct, frozen=True):
    """How numbers are shown: to so many decimals (or significant digits), or exactly."""

    digits: int = 4
    exact: bool = False
    significant: bool = False

    def shown(self, value: Any, extra: int = 0) -> ShownNumber:
        """Return a number as it stands alone, with so many digits more than are asked for."""
        return shown(value, self.digits, extra=extra, significant=self.significant)

    def together(self, values: Iterable[Any], extra: int = 0) -> list[ShownNumber]:
        """Return a column's numbers, which share their decimals."""
        return shown_together(values, self.digits, extra=extra, significant=self.significant)


def settings_of(digits: int, significant: int | None, *, exact: bool = False) -> Settings:
    """Return the settings for decimals, or where it is given, for significant digits instead."""
    if significant is None:
        return Settings(digits, exact)
    return Settings(significant, exact, significant=True)


class MathPrinter(Looks):
    """Draws trees for one format; subclasses give the look of symbols, fractions and sums."""

    scientific_binding = ATOM
    """How tightly digits·10^power binds: a product, unless the format has a shorter form."""

    fraction_binding = POWER
    """How tightly ∂C/∂z binds: stacked, or a quotient on one line."""

    in_letters = True
    """Whether quantities have the notation's letters, not their plain names."""

    def __init__(self, profile: Profile, settings: Settings) -> None:
        self.profile = profile if isinstance(profile, Notation) else bound(profile)
        self.settings = settings

    def draw(self, node: Expr, around: int = 0) -> str:
        """Return the node's text, in parentheses where what stands around binds tighter."""
        text, binding = self.visit(node)
        return self.enclosed(node, text) if binding < around else text

    def summand(self, body: Expr) -> str:
        """Return what a sum is of; the sum inside a sum of sums goes without parentheses."""
        return self.draw(body, SUM if isinstance(body, BigSum) else PRODUCT)

    def enclosed(self, node: Expr, text: str = "") -> str:
        """Return the node's text in parentheses as tall as it is."""
        return self.parentheses(text or self.draw(node), tall=self.is_tall(node))

    def is_tall(self, *nodes: Expr) -> bool:
        """Return whether a fraction, a sum or a table stands within one of the nodes."""
        return any(self.stands_tall(inner) for node in nodes for inner in walk(node))

    def stands_tall(self, node: Expr) -> bool:
        """Return whether the node itself is a stacked fraction, a sum or a table."""
        if isinstance(node, BigSum | Matrix | Cases):
            return True
        stacked = self.fraction_binding == POWER
        if isinstance(node, Number | Known) and self.settings.exact:
            inner = getattr(node.value, "value", node.value)
            form = self.closed_form(node.value)
            ratio = isinstance(inner, Fraction) and inner.denominator != 1
            return (stacked and ratio) or (form is not None and self.is_tall(form))
        return stacked and self.is_quotient(node)

    def forms(self, trees: tuple[Expr, ...]) -> list[str]:
        """Return a chain's forms, each drawn; one that looks like the form before is left out."""
        drawn: list[str] = []
        for tree in trees:
            text = self.draw(tree)
            if not drawn or text != drawn[-1]:
                drawn.append(text)
        return drawn

    def visit(self, node: Expr) -> tuple[str, int]:
        """Return the node's text and how tightly it binds."""
        match node:
            case Number(value, extra) | Known(_, value, extra):
                return self.number(value, extra)
            case Constant(name):
                return self.constant(name), ATOM
            case Quantity(ref):
                return self.quantity(ref)
            case Name(name, index):
                return self.named(structs.replace(parsed(name), sub=index))
            case Letter(index):
                return self.symbol(Symbol(str(index))), ATOM
            case Tangent(ref):
                return self.tangent(ref)
            case Partial(of, wrt):
                drawn = self.fraction(self.differential(of), self.differential(wrt))
                return drawn, self.fraction_binding
            case Derivative(function, argument, index):
                name = self.function_name(function)
                head = self.partial_in(index, name) if index else self.primed(name)
                parts = argument.parts if isinstance(argument, Several) else (argument,)
                return self.applied(head, list(parts)), POWER if index else ATOM
            case Add(terms):
                return self.sum(terms), SUM
            case Mul(factors):
                return self.product(factors), PRODUCT
            case Neg(operand):
                plain = self.without_minus(operand)
                if plain is not None:
                    return self.visit(plain)
                return self.minus() + self.negated(operand), SUM
            case Div(numerator, denominator):
                return self.division(numerator, denominator)
            case Pow(base, exponent):
                return self.power(base, exponent), POWER
            case Call(function, arguments):
                return self.call(function, arguments)
            case BigSum(index, count, body):
                return self.big_sum(index, self.upper(count), body), SUM
            case Compare(operator, left, right):
                return self.compared(operator, left, right), 0
            case Cases(pieces, otherwise):
                return self.cases(pieces, otherwise), ATOM
            case Diff(body, wrt):
                return self.derivative_of(body, wrt)
            case Nabla(of, wrt):
                return self.nabla(self.quantity(of)[0], self.quantity(wrt)[0]), PRODUCT
            case Matrix(rows):
                columns = [self.column(column) for column in zip(*rows, strict=True)]
                return self.matrix([list(row) for row in zip(*columns, strict=True)]), ATOM
            case Transpose(operand):
                return self.transposed(self.draw(operand, ATOM)), POWER
            case MatMul(factors):
                return self.side_by_side([self.draw(factor, POWER) for factor in factors]), PRODUCT
            case Hadamard(factors):
                return self.entrywise([self.draw(factor, PRODUCT) for factor in factors]), PRODUCT
            case Between(low, middle, high):
                sign = f" {self.relation('<=')} "
                return sign.join(map(self.draw, (low, middle, high))), 0
            case Signature(name, domain, codomain):
                return self.signature(name, domain, codomain), 0
            case LayerNumber(layer):
                return self.digits(str(self.profile.layer_number(layer))), ATOM
            case Dots(_):
                return self.dots(), ATOM
            case Blank(width):
                return self.blank(width), ATOM
        raise TypeError(f"{type(node).__name__} cannot be drawn")

    # -- what every format does alike

    def quantity(self, ref: Ref) -> tuple[str, int]:
        """Return a quantity's name: its symbol, or ∂C/∂(its symbol) for a gradient."""
        if self.is_fraction(Quantity(ref)):
            return self.partial_of_loss(ref), self.fraction_binding
        return self.named(self.profile.symbol(ref))

    def tangent(self, ref: Ref) -> tuple[str, int]:
        """Return the quantity's letter with a dot; with a d before it where it has a hat."""
        symbol = self.profile.symbol(ref)
        if symbol.accent:
            return self.named(structs.replace(symbol, prefix="d"))
        return self.named(structs.replace(symbol, accent="dot"))

    def named(self, symbol: Symbol) -> tuple[str, int]:
        """Return a symbol and how tightly it binds: one with a superscript takes no exponent."""
        return self.symbol(symbol), ATOM

    def upper(self, count: Index) -> str:
        """Return a sum's upper bound: a number, or a sign for how many units a layer has."""
        if isinstance(count, int):
            return self.digits(str(count))
        units = self.profile.units_in(count)
        return self.symbol(units) if units is not None else ""

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

    def negated(self, operand: Expr) -> str:
        """Return what stands after a minus; in parentheses where it begins with a zero: −(0⁰)."""
        text = self.draw(operand, PRODUCT)
        return self.enclosed(operand, text) if self.begins_with_zero(operand) else text

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

    def partial_of_loss(self, ref: Ref) -> str:
        """Return ∂C/∂(the quantity); a row of a batch is of that sample's own cost."""
        cost = self.profile.cost_of(ref)
        return self.fraction(self.differential(cost), self.differential(ref.of()))

    def differential(self, ref: Ref) -> str:
        """Return ∂(quantity)."""
        return self.partial() + self.quantity(ref)[0]

    def sum(self, terms: tuple[Expr, ...]) -> str:
        """Return the terms joined by their signs; a negative number is put in parentheses."""
        return "".join(part.text for part in self.terms(terms))

    def terms(self, terms: tuple[Expr, ...]) -> list[Part]:
        """Return a sum's terms, their signs apart."""
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
            text, binding = self.visit(inner)
            wrapped = later or binding < (PRODUCT if negated else SUM)
            wrapped = wrapped or (negated and not parts and self.begins_with_zero(inner))
            lead = self.plus(negated) if parts else self.minus() if negated else ""
            drawn = self.enclosed(inner, text) if wrapped else text
            parts.append(Part(lead, inner, drawn, wrapped))
        return parts

    def parts(self, node: Expr) -> list[Part]:
        """Return what the node is drawn from, where a line may be broken between its parts."""
        match node:
            case Add(terms):
                return self.terms(terms)
            case Mul(factors):
                return self.factors(factors)
            case Compare(operator, left, right):
                lead = f"{self.relation(operator)} "
                return [Part("", left, self.draw(left)), Part(lead, right, self.draw(right))]
            case Number(value) | Known(_, value) if self.settings.exact:
                form = self.closed_form(value)
                return self.parts(form) if form is not None else []
            case _:
                return []

    def pieces(self, node: Expr, depth: int = 0) -> list[str]:
        """Return the node's text in pieces between which a line may be broken.

        Those of depth 0 are its terms or factors; deeper, the parts of these are apart too.
        """
        pieces: list[str] = []
        for part in self.parts(node):
            inner = self.pieces(part.node, depth - 1) if depth else []
            if len(inner) < 2:
                pieces.append(part.text)
                continue
            if part.wrapped:
                inner = [self.opening() + inner[0], *inner[1:-1], inner[-1] + self.closing()]
            pieces += [part.lead + inner[0], *inner[1:]]
        return pieces or [self.draw(node)]

    def starts_negative(self, node: Expr) -> bool:
        """Return whether the node is drawn with a leading minus."""
        value = numeric(node)
        if value is not None:
            return bool(value < 0)
        if isinstance(node, Add):
            return self.starts_negative(node.terms[0])
        return isinstance(node, Neg) and self.without_minus(node.operand) is None

    def product(self, factors: tuple[Expr, ...]) -> str:
        """Return the factors in the notation's order; numbers are kept apart by a dot."""
        return "".join(part.text for part in self.factors(factors))

    def factors(self, factors: tuple[Expr, ...]) -> list[Part]:
        """Return a product's factors, each with the sign of multiplication before it."""
        parts: list[Part] = []
        for factor in self.ordered(factors):
            text, binding = self.visit(factor)
            around = PRODUCT + (1 if isinstance(factor, Mul) else 0)
            wrapped = binding < around or (bool(parts) and self.starts_negative(factor))
            shown = self.enclosed(factor, text) if wrapped else text
            lead = self.times(parts[-1].node, factor, shown) if parts else ""
            parts.append(Part(lead, factor, shown, wrapped))
        return parts

    def ordered(self, factors: tuple[Expr, ...]) -> tuple[Expr, ...]:
        """Return a product's factors in the notation's order, if it knows the kind of each."""
        return ordered(factors, self.profile)

    def call(self, function: str, arguments: tuple[Expr, ...]) -> tuple[str, int]:
        """Return a function's application, in the way it is usually written."""
        match function, arguments:
            case ("exp", (argument,)) if not self.profile.e_is_a_name:
                return self.raised(self.constant("e"), self.draw(argument)), POWER
            case ("sqrt", (argument,)):
                return self.root(argument), ATOM
            case ("abs", (argument,)):
                return self.absolute(argument), ATOM
            case ("xlogy", (factor, argument)):
                return self.product((factor, Call("ln", (argument,)))), PRODUCT
            case ("xdivy", (top, bottom)):
                return self.division(top, bottom)
            case ("log", _):
                return self.applied(self.function("ln"), list(arguments)), ATOM
        return self.applied(self.function_name(function), list(arguments)), ATOM

    def function_name(self, name: str) -> str:
        """Return how a function is written; the loss as a function has the bare cost's letter."""
        return self.loss_function() if name == "loss" else self.function(name)

    def loss_function(self) -> str:
        """Return the loss as a function of outputs and target: C of C_n = C(a, y)."""
        return self.symbol(self.profile.loss_function)

    def power(self, base: Expr, exponent: Expr) -> str:
        """Return base to the exponent."""
        drawn, binding = self.visit(base)
        if binding < ATOM or self.starts_negative(base):
            drawn = self.enclosed(base, drawn)
        return self.raised(drawn, self.draw(exponent))

    def number(self, value: Any, extra: int = 0) -> tuple[str, int]:
        """Return a number, exact or rounded, and how tightly it binds."""
        if self.settings.exact:
            exact = self.exact_form(value)
            if exact is not None:
                return exact
        settings = self.settings
        if settings.exact and getattr(value, "approximate", False):
            settings = structs.replace(settings, digits=max(settings.digits, APPROXIMATE_DIGITS))
        figure = settings.shown(value, extra)
        size = ATOM if figure.power is None else self.scientific_binding
        return self.figure(figure), SUM if figure.negative else size

    def column(self, entries: tuple[Expr, ...]) -> list[str]:
        """Return a matrix's column, entry by entry; numbers share their decimals."""
        figures = self.figures(entries)
        if figures is None:
            return [self.draw(entry) for entry in entries]
        pairs = zip(entries, figures, strict=True)
        return [self.draw(e) if figure is None else self.figure(figure) for e, figure in pairs]

    def figures(self, entries: tuple[Expr, ...]) -> list[ShownNumber | None] | None:
        """Return a column's numbers with decimals that go together, None where one is left out.

        Nothing for a column that is not of numbers, or that is exact.
        """
        numbers = [entry for entry in entries if isinstance(entry, Number | Known)]
        others = sum(isinstance(entry, Dots) for entry in entries)
        if not numbers or len(numbers) + others < len(entries) or self.settings.exact:
            return None
        extra = max(number.extra for number in numbers)
        found = iter(self.settings.together((number.value for number in numbers), extra))
        return [next(found) if isinstance(entry, Number | Known) else None for entry in entries]

    def exact_form(self, value: Any) -> tuple[str, int] | None:
        """Return a number's exact form, if it has a readable one."""
        inner = getattr(value, "value", value)
        if isinstance(inner, int):
            inner = Fraction(inner)
        if isinstance(inner, Fraction):
            if inner < 0:
                return self.minus() + self.draw(Number(-inner), PRODUCT), SUM
            if inner.denominator == 1:
                return self.digits(str(inner.numerator)), ATOM
            return self.ratio(str(inner.numerator), str(inner.denominator))
        form = self.closed_form(value)
        return None if form is None else self.visit(form)

    def closed_form(self, value: Any) -> Expr | None:
        """Return the tree of an exact value that is no fraction, such as 1/(1 + e^{-1})."""
        inner = getattr(value, "value", value)
        return tree_of(inner) if hasattr(inner, "free_symbols") else None

    def figure(self, figure: ShownNumber) -> str:
        """Return a decimal number."""
        sign = self.minus() if figure.negative else ""
        if figure.power is None:
            return sign + self.digits(figure.digits)
        return sign + self.scientific(figure.digits, figure.power)

    def digits(self, text: str) -> str:
        """Return the digits of a number without sign."""
        return text

    def compared(self, operator: str, left: Expr, right: Expr) -> str:
        """Return left < right."""
        return f"{self.draw(left)} {self.relation(operator)} {self.draw(right)}"

    def signature(self, name: Expr, domain: Expr, codomain: Expr) -> str:
        """Return name : domain → codomain."""
        return f"{self.draw(name)} : {self.draw(domain)} {self.arrow()} {self.draw(codomain)}"

    def primed(self, function: str) -> str:
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
