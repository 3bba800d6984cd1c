"""Printed digits: a substituted line, redone with the digits as printed, gives what is printed.

The leaves' texts are the printers' own; what they add up to is found here, in 50 digits, by a walk
of its own over the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import mpmath
from msgspec import Struct

from backprop_cli.expression.tree import (
    Add,
    Call,
    Cases,
    Compare,
    Constant,
    Div,
    Expr,
    Hadamard,
    Known,
    MatMul,
    Matrix,
    Mul,
    Neg,
    Number,
    Pow,
    Transpose,
)
from backprop_cli.expression.walking import children, walk
from backprop_cli.printing.drawn import Drawn
from backprop_cli.printing.mathematics import MathPrinter
from backprop_cli.printing.plain_math import UnicodeMath
from backprop_cli.printing.precision import with_digits
from backprop_cli.printing.settings import Settings
from backprop_cli.spec.profile import Profile
from backprop_cli.worked.document import (
    Chain,
    Document,
    Equations,
    Figure,
    Math,
    Section,
    Table,
)

from .capture import shown

EXACT = mpmath.mp.clone()
EXACT.dps = 50
_NUMERIC = (
    Number,
    Known,
    Constant,
    Add,
    Mul,
    Neg,
    Div,
    Pow,
    Call,
    Cases,
    Compare,
    Matrix,
    MatMul,
    Hadamard,
    Transpose,
)
_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "==": lambda left, right: left == right,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": EXACT.exp,
    "ln": EXACT.log,
    "log": EXACT.log,
    "sqrt": EXACT.sqrt,
    "abs": abs,
    "sign": EXACT.sign,
    "sin": EXACT.sin,
    "cos": EXACT.cos,
    "tan": EXACT.tan,
    "sinh": EXACT.sinh,
    "cosh": EXACT.cosh,
    "tanh": EXACT.tanh,
    "arctan": EXACT.atan,
    "erf": EXACT.erf,
    "max": max,
    "min": min,
    "xlogy": lambda x, y: x * EXACT.log(y) if x else EXACT.mpf(0),
    "xdivy": lambda x, y: x / y if x else EXACT.mpf(0),
    "sigmoid": lambda z: 1 / (1 + EXACT.exp(-z)),
    "softplus": lambda z: EXACT.log(1 + EXACT.exp(z)),
    "relu": lambda z: max(z, EXACT.mpf(0)),
}


class Line(Struct, frozen=True):
    """Numbers put together, what they are said to give, and whether that is said to be near."""

    form: Expr
    results: tuple[str, ...]
    near: bool = False


class Fault(Struct, frozen=True):
    """A line that does not give what is printed."""

    said: str
    gives: str


def printed_number(text: str) -> Any:
    """Return the number that a printed text says: ``−0.0381``, ``4.3857e-4``."""
    return EXACT.mpf(text.strip("()").replace("−", "-"))


def last_place(text: str) -> Any:
    """Return the unit of a printed number's last place."""
    mantissa, _, power = text.strip("()").partition("e")
    return EXACT.mpf(10) ** (int(power or 0) - len(mantissa.partition(".")[2]))


def is_numeric(form: Expr) -> bool:
    """Return whether the tree has numbers for all its leaves."""
    nodes = list(walk(form))
    return all(isinstance(n, _NUMERIC) for n in nodes) and any(not children(n) for n in nodes)


def worth(node: Expr, printer: MathPrinter) -> Any:
    """Return the tree's value, matrices as lists of rows; a number is what its text says."""

    def value(child: Expr) -> Any:
        return worth(child, printer)

    match node:
        case Number() | Known():
            return printed_number(printer.draw(node))
        case Constant(name):
            return EXACT.pi + 0 if name == "pi" else EXACT.e + 0
        case Add(terms):
            total = value(terms[0])
            for term in terms[1:]:
                total = _entrywise(lambda x, y: x + y, total, value(term))
            return total
        case Mul(factors) | Hadamard(factors):
            product = value(factors[0])
            for factor in factors[1:]:
                product = _entrywise(lambda x, y: x * y, product, value(factor))
            return product
        case Neg(operand):
            return _entrywise(lambda x, y: x * y, EXACT.mpf(-1), value(operand))
        case Div(top, bottom):
            return _entrywise(lambda x, y: x / y, value(top), value(bottom))
        case Pow(base, exponent):
            return _entrywise(lambda x, y: x**y, value(base), value(exponent))
        case Call("diag", (vector,)):
            own = [entry for row in value(vector) for entry in row]
            zero = EXACT.mpf(0)
            return [[a if i == j else zero for j in range(len(own))] for i, a in enumerate(own)]
        case Call(function, arguments):
            return _FUNCTIONS[function](*map(value, arguments))
        case Compare(relation, left, right):
            return _RELATIONS[relation](value(left), value(right))
        case Cases(pieces, otherwise):
            taken = (piece for condition, piece in pieces if value(condition))
            return value(next(taken, otherwise))
        case Matrix(rows):
            drawn = zip(rows, printer.entries(rows), strict=True)
            return [list(map(partial(_entry, printer), *row)) for row in drawn]
        case Transpose(operand):
            inner = value(operand)
            return [list(c) for c in zip(*inner, strict=True)] if isinstance(inner, list) else inner
        case MatMul(factors):
            result = value(factors[0])
            for factor in factors[1:]:
                result = _matrix_product(result, value(factor))
            return result
    raise TypeError(type(node).__name__)


def _entry(printer: MathPrinter, entry: Expr, drawn: Drawn) -> Any:
    """Return the number that is printed of an entry, which may be worked out."""
    number = isinstance(entry, Number | Known)
    return printed_number(drawn.text) if number else worth(entry, printer)


def _entrywise(combine: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    if isinstance(left, list) and isinstance(right, list):
        return [
            [combine(x, y) for x, y in zip(a, b, strict=True)]
            for a, b in zip(left, right, strict=True)
        ]
    if isinstance(left, list):
        return [[combine(x, right) for x in row] for row in left]
    if isinstance(right, list):
        return [[combine(left, y) for y in row] for row in right]
    return combine(left, right)


def _matrix_product(left: Any, right: Any) -> Any:
    if not isinstance(left, list) or not isinstance(right, list):
        return _entrywise(lambda x, y: x * y, left, right)
    columns = list(zip(*right, strict=True))
    return [[sum(x * y for x, y in zip(row, c, strict=True)) for c in columns] for row in left]


class Reader:
    """Reads a document's lines as printed with the settings, in plain letters."""

    def __init__(self, profile: Profile, settings: Settings, *, coarse: bool = False) -> None:
        self.printer = UnicodeMath(profile, settings)
        self.settings = settings
        self.coarse = coarse
        """Whether values were rounded by themselves, so that 0.2 may stand for 0.20."""

    def lines(self, document: Document) -> Iterator[Line]:
        """Yield every line of numbers with what it is said to give."""
        for block in _flat(document):
            if isinstance(block, Equations):
                for chain in block.chains:
                    yield from self.of_chain(chain)
            if isinstance(block, Table):
                yield from self.of_table(block)

    def of_chain(self, chain: Chain) -> Iterator[Line]:
        """Yield each form but the last with the number (or numbers) at the end."""
        last = chain.forms[-1]
        if isinstance(last, Matrix) and all(isinstance(e, Number | Known) for e in children(last)):
            results = tuple(e.text for row in self.printer.entries(last.rows) for e in row)
        elif isinstance(last, Number | Known):
            results = (self.printer.draw(last),)
        else:
            return
        for form in chain.forms[1:-1]:
            if is_numeric(form):
                yield Line(form, results, chain.closing == "≈")

    def of_table(self, table: Table) -> Iterator[Line]:
        """Yield each worked cell with the figure that follows it; of products each entry."""
        yield from self.of_products(table)
        columns: dict[int, Iterator[str]] = {}
        for row in table.rows:
            for number, cell in enumerate(row[:-1]):
                after = row[number + 1]
                worked = table.columns[number].kind == "work" and isinstance(cell, Math)
                if not (worked and isinstance(cell, Math) and isinstance(after, Figure)):
                    continue
                if number not in columns:
                    figures = [r[number + 1] for r in table.rows]
                    columns[number] = iter(self.column(figures))
                result = next(columns[number])
                for form in _sides(cell.expr):
                    if is_numeric(form):
                        yield Line(form, (result,))

    def of_products(self, table: Table) -> Iterator[Line]:
        """Yield row's factor times column's = entry, where factors stand over the columns."""
        labels = [cell.expr for (cell, *_) in table.rows if isinstance(cell, Math)]
        rows = [label.right for label in labels if isinstance(label, Compare)]
        for number, column in enumerate(table.columns):
            if column.value is None:
                continue
            entries = [row[number] for row in table.rows if isinstance(row[number], Figure)]
            for factor, result in zip(rows, self.column(entries), strict=True):
                yield Line(Mul((factor, column.value.expr)), (result,))

    def column(self, cells: list[Any]) -> list[str]:
        """Return a column's figures as printed."""
        shown = self.settings.together([c.value for c in cells if isinstance(c, Figure)])
        return [self.printer.figure(figure).text for figure in shown]

    def fault(self, line: Line, room: float = 1 + 1e-9) -> Fault | None:
        """Return what is wrong with a line: it gives other digits than are printed.

        ``room`` is how many halves of the last place it may be off.
        """
        gives = worth(line.form, self.printer)
        entries = [x for row in gives for x in row] if isinstance(gives, list) else [gives]
        if line.near and len(entries) == 1:
            return None
        for value, text in zip(entries, line.results, strict=True):
            unit = last_place(text)
            if not self.coarse and not self.settings.significant:
                unit = min(unit, EXACT.mpf(10) ** -self.settings.digits)
            if abs(value - printed_number(text)) > unit / 2 * EXACT.mpf(room):
                said = f"{self.printer.draw(line.form)} = {', '.join(line.results)}"
                return Fault(said, EXACT.nstr(value, 12))
        return None


def _sides(form: Expr) -> Iterator[Expr]:
    """Yield the sides of an equation, or the form itself."""
    if isinstance(form, Compare):
        yield from _sides(form.left)
        yield from _sides(form.right)
    else:
        yield form


def _flat(part: Any) -> Iterator[Any]:
    if isinstance(part, Document | Section):
        for block in part.blocks:
            yield from _flat(block)
    else:
        yield part


def faults_of(
    call: tuple[str, ...], settings: Settings, notation: str = ""
) -> tuple[int, list[Fault]]:
    """Return how many lines a call prints, and what is wrong with them."""
    page = shown(*call)
    if page is None or page.trace is None:
        return 0, []
    reader = Reader(page.written(notation), settings, coarse="--round-forward" in call)
    lines = list(reader.lines(with_digits(page.spoken(notation), settings)))
    return len(lines), [fault for line in lines if (fault := reader.fault(line))]
