"""A printed formula held to its tree: what a reader of the format makes of it is its value."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np
from msgspec import Struct

from backprop_cli.diagrams.formats.tikz import LineMath
from backprop_cli.diagrams.lettering import RunMath
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import (
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
)
from backprop_cli.expression.walking import walk
from backprop_cli.printing.drawn import Drawn, joined
from backprop_cli.printing.latex.printer import LatexMath
from backprop_cli.printing.markdown_math import MarkdownMath
from backprop_cli.printing.mathematics import MathPrinter
from backprop_cli.printing.mathml import MathMl
from backprop_cli.printing.plain_math import AsciiMath, UnicodeMath
from backprop_cli.printing.typst_math import TypstMath

from . import latex, mathml, text, typst, values
from .grammar import MisreadError, Row, Terms, is_symbol, spelled, value
from .values import Value


def _text(read: Callable[[str], Row]) -> Callable[[Drawn], Row]:
    """Return a reader of a piece's text."""
    return lambda drawn: read(drawn.text)


class Reader(Struct, frozen=True):
    """A format: its printer, its reader, and what the reader may take for granted.

    ``bounds`` says that a sum shows how far it goes, ``relations`` that signs of type are drawn.
    """

    printer: type[MathPrinter]
    read: Callable[[Drawn], Row]
    beside: Literal["product", "call", "neither"]
    bounds: bool = True


READERS = {
    "text": Reader(UnicodeMath, _text(text.read), "product", bounds=False),
    "ascii": Reader(AsciiMath, _text(text.read_ascii), "call", bounds=False),
    "latex": Reader(LatexMath, _text(latex.read), "call"),
    "markdown": Reader(MarkdownMath, _text(latex.read), "call"),
    "mathml": Reader(MathMl, _text(mathml.read), "neither"),
    "typst": Reader(TypstMath, _text(typst.read), "call"),
    "tikz": Reader(LineMath, _text(latex.read), "call"),
    "picture": Reader(RunMath, text.read_runs, "product", bounds=False),
}
_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠", "≈": "≈", "≡": "≡"}
_INSIDE = (MatMul, Hadamard, Transpose, Matrix, Nabla)
_LEAVES = (Name, Quantity, Tangent, Constant, LayerNumber, Letter, Dots, Blank)
PLAIN = {"log": "ln"}
"""Functions that are printed by another name."""


class Held:
    """One tree in one format: its symbols' numbers, its value, and what is read of its text."""

    def __init__(self, tree: Expr, reader: Reader, printer: MathPrinter) -> None:
        self.tree, self.reader, self.printer = tree, reader, printer
        self.symbols: dict[Row, Value] = {}
        self.functions: dict[Row, str] = {}
        self.matrices = set(_matrices(tree))
        for node in walk(tree):
            self.know(node)

    def know(self, node: Expr) -> None:
        """Learn the symbols and the functions of one node, each drawn alone."""
        match node:
            case Partial(of, wrt):
                self.know(Quantity(of))
                self.know(Quantity(wrt))
            case Diff(_, wrt):
                self.know(Quantity(wrt))
            case Nabla(of, wrt):
                self.know(Quantity(of))
                self.know(Quantity(wrt))
            case Quantity(ref) if self.is_fraction(node):
                self.know(Quantity(self.cost(ref)))
                self.know(Quantity(ref.of()))
            case Call("exp", _):
                self.know(Constant("e"))
            case Call(("sqrt" | "abs" | "xdivy"), _):
                pass
            case Call(function, _) | Derivative(function, _, _):
                name = "ln" if function in ("log", "xlogy") else function
                row = self.reader.read(self.printer.function_name(name))
                self.functions[row] = self.function(name)
            case Number(_) | Known(_, _):
                if self.printer.settings.exact:
                    self.know(Constant("e"))
                    self.know(Constant("pi"))
                    for name in values.CALCULATED:
                        self.know(Call(name, ()))
            case _ if isinstance(node, _LEAVES):
                self.symbol(node)

    def is_fraction(self, node: Quantity) -> bool:
        return self.printer.in_letters and self.printer.is_fraction(node)

    def cost(self, ref: Ref) -> Ref:
        return self.printer.profile.cost_of(ref)

    def function(self, name: str) -> str:
        """Return the name by which a function's value is drawn: as it is written."""
        return spelled(self.reader.read(self.printer.function_name(PLAIN.get(name, name))))

    def symbol(self, node: Expr) -> Value:
        """Return the number of a symbol, the same wherever it is drawn alike."""
        row = self.reader.read(self.printer.visit(node))
        if row in self.symbols:
            return self.symbols[row]
        if isinstance(node, LayerNumber):
            return value(row, Terms({}, {}))
        if not is_symbol(row) and not isinstance(node, Constant | Letter | Dots | Blank):
            raise MisreadError(f"{self.printer.draw(node)} is not read as one symbol: {row}")
        number = values.drawn(spelled(row), matrix=node in self.matrices)
        self.symbols[row] = number
        return number

    def terms(self) -> Terms:
        letters = self.printer.profile.facts.layered
        return Terms(self.symbols, self.functions, letters, self.reader.beside)

    def agrees(self, drawn: Drawn) -> bool | None:
        """Return whether a text says the tree's value; None where that cannot be told."""
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            try:
                wanted = self.value(self.tree)
            except (ZeroDivisionError, OverflowError, ValueError):
                return None
            if values.agree(wanted, wanted) is None:
                return None
            try:
                return bool(values.agree(wanted, value(self.reader.read(drawn), self.terms())))
            except (ZeroDivisionError, OverflowError, ValueError):
                return False

    # -- the tree's own value

    def value(self, node: Expr) -> Value:
        """Return the value of a tree, by its nodes."""
        of = self.value
        match node:
            case Number(number) | Known(_, number):
                return float(number)
            case Quantity(ref) if self.is_fraction(node):
                top, bottom = of(Quantity(self.cost(ref))), of(Quantity(ref.of()))
                return values.over(values.differential(top), values.differential(bottom))
            case Partial(top, bottom):
                above, below = of(Quantity(top)), of(Quantity(bottom))
                return values.over(values.differential(above), values.differential(below))
            case Diff(body, wrt):
                below = values.differential(of(Quantity(wrt)))
                return values.over(values.differential(of(body)), below)
            case Nabla(top, wrt):
                return values.applied("∇", of(Quantity(top)), of(Quantity(wrt)))
            case Derivative(function, argument, index):
                name = self.function(function)
                wide = any(len(str(i)) > 1 for i in index)
                mark = ("," if wide else "").join(map(str, index))
                parts = argument.parts if isinstance(argument, Several) else (argument,)
                name = f"∂{mark} {name}" if index else f"{name}′"
                return values.applied(name, *map(of, parts))
            case Add(terms):
                total = of(terms[0])
                for term in terms[1:]:
                    total = values.plus(total, of(term))
                return total
            case Mul(factors) | MatMul(factors):
                total = of(factors[0])
                for factor in factors[1:]:
                    total = values.times(total, of(factor))
                return total
            case Hadamard(factors):
                total = of(factors[0])
                for factor in factors[1:]:
                    total = total * of(factor)
                return total
            case Neg(operand):
                return -of(operand)
            case Div(top, bottom) | Call("xdivy", (top, bottom)):
                return values.over(of(top), of(bottom))
            case Pow(base, exponent):
                return values.power(of(base), of(exponent))
            case Transpose(operand):
                return values.transposed(of(operand))
            case Call("exp", (argument,)):
                return values.power(values.drawn("e"), of(argument))
            case Call("sqrt", (argument,)):
                return values.root(of(argument))
            case Call("abs", (argument,)):
                return values.absolute(of(argument))
            case Call("xlogy", (factor, argument)):
                return values.times(of(factor), values.applied("ln", of(argument)))
            case Call(function, arguments):
                return values.applied(self.function(function), *map(of, arguments))
            case BigSum(index, count, body):
                upper = self.printer.upper(count) if self.reader.bounds else None
                high = () if upper is None else self.reader.read(upper)
                return values.summed(index, spelled(high), of(body))
            case Compare(operator, left, right):
                signs, sides = [_SIGNS[operator]], [left]
                while isinstance(right, Compare):
                    signs.append(_SIGNS[right.operator])
                    sides.append(right.left)
                    right = right.right
                return values.related(signs, [*map(of, sides), of(right)])
            case Between(low, middle, high):
                return values.related(["≤", "≤"], [of(low), of(middle), of(high)])
            case Signature(name, domain, codomain):
                return values.related([":", "→"], [of(name), of(domain), of(codomain)])
            case Cases(pieces, otherwise):
                rows = [row for condition, piece in pieces for row in (piece, condition)]
                return values.applied("cases", *map(of, rows), of(otherwise))
            case Matrix(lines):
                return values.matrix([[of(entry) for entry in line] for line in lines])
            case _:
                return self.symbol(node)


def _matrices(tree: Expr) -> Iterator[Expr]:
    """Yield the symbols that stand for vectors or matrices: those in products of such."""
    for node in walk(tree):
        if isinstance(node, _INSIDE) and not isinstance(node, Matrix):
            for leaf in walk(node):
                inner = (Quantity(leaf.wrt),) if isinstance(leaf, Nabla) else (leaf,)
                for one in inner:
                    if isinstance(one, Constant) and one.name == "ones":
                        yield one
                    scalar = isinstance(one, Quantity) and one.ref.part in ("loss", "cost")
                    if isinstance(one, Quantity) and not one.ref.index and not scalar:
                        yield one


def printed(printer: MathPrinter, tree: Expr) -> Iterator[Drawn]:
    """Yield the ways in which a tree is printed: whole, and in pieces for several lines."""
    yield printer.visit(tree)
    for depth in (1, 4):
        yield joined("", printer.pieces(tree, depth))


def held(tree: Expr, name: str, printer: MathPrinter) -> bool:
    """Check each way in which a tree is printed; return whether its value could be told."""
    checked = Held(tree, READERS[name], printer)
    for drawn in dict.fromkeys(printed(printer, tree)):
        told = checked.agrees(drawn)
        if told is None:
            return False
        if not told:
            raise MisreadError(f"{name}: {drawn} says another value than {tree}")
    return True
