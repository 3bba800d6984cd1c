"""What the formats that set type share: the links of a chain, and the figures of a column."""

from __future__ import annotations

from msgspec import structs

from ..expression.tree import Compare, Expr, Partial, Quantity
from ..notation.adapting import adapt
from ..printing.drawn import Drawn
from ..printing.kinds import GRADIENT, kind_of
from ..printing.mathematics import MathPrinter
from ..printing.noise import chain_without_noise
from ..printing.numbers import ShownNumber
from ..printing.precision import chain_with_digits
from ..printing.settings import Settings
from ..worked.document import Chain, Code, Column, Figure, Math, Table, Text, is_number


def links(chain: Chain, printer: MathPrinter) -> list[tuple[Drawn, Expr]]:
    """Return the forms after the target, each with the drawn relation before it.

    A form that would look like the one before it is left out.
    """
    target, *rest = chain.forms
    kept: list[Expr] = []
    before = printer.draw(target)
    for form in rest:
        text = printer.draw(form)
        if text != before or (not kept and form is rest[-1]):
            kept.append(form)
        before = text
    signs = [chain.relation, *["="] * len(kept)][: len(kept)]
    if kept and chain.closing != "=":
        signs[-1] = chain.closing
    return [(sign(mark, printer), form) for mark, form in zip(signs, kept, strict=True)]


def approximate(chain: Chain) -> Chain:
    """Return the chain of an exact value that is to be shown by its decimals."""
    return structs.replace(chain, closing="≈")


def joined(chain: Chain, printer: MathPrinter) -> str:
    """Return a chain of the default letters on one line, in the printer's, with digits enough."""
    adapted = structs.replace(chain, forms=adapt(chain.forms, printer.profile))
    precise = chain_with_digits(chain_without_noise(adapted, printer.settings), printer.settings)
    *drawn, last = printer.forms(precise.forms)
    return f"{' = '.join(drawn)} {sign(precise.closing, printer)} {last}"


def sign(mark: str, printer: MathPrinter) -> Drawn:
    """Return a chain's relation as the format writes it."""
    return printer.assigned() if mark == "←" else printer.relation({"=": "=="}.get(mark, mark))


def label(chain: Chain) -> Text | Code | None:
    """Return what stands beside a chain: an equation's number, a rule, or a plain name."""
    name = chain.label
    if name.isdigit():
        return Text(f"({name})")
    if is_number(name):
        return Text(name)
    if " " in name or (chain.rule is not None and chain.rule.said and not chain.name):
        return Text(name)
    return Code(name) if name else None


def column_figures(table: Table, number: int, settings: Settings) -> list[ShownNumber] | None:
    """Return a column's numbers, with decimals that go together; None where they are exact.

    Entry by entry they belong to the column's cells that are a Figure. Neighbours that are columns
    of one array share theirs, as the columns of a matrix do.
    """
    if settings.exact:
        return None
    array = _array_of(table.columns[number]) if len(table.columns) <= _SEEN else None
    first, last = number, number + 1
    if array is not None:
        while first and _array_of(table.columns[first - 1]) == array:
            first -= 1
        while last < len(table.columns) and _array_of(table.columns[last]) == array:
            last += 1
    cells = [[row[k] for row in table.rows] for k in range(first, last)]
    values = [[c.value for c in column if isinstance(c, Figure)] for column in cells]
    figures = settings.together(value for column in values for value in column)
    before = sum(map(len, values[: number - first]))
    return figures[before : before + len(values[number - first])]


def leading(table: Table) -> int:
    """Return how many columns say which row it is: they come first in each part of a table.

    Where the first says it for several rows at once, as a sample for its units, it is two.
    """
    told = sum(row[0] != Text("") for row in table.rows)
    labels = len(table.columns) > 2 and table.columns[1].kind == "label"
    return 2 if labels and told < len(table.rows) else 1


_SEEN = 12
"""How many columns are seen side by side; those of a wider table are not compared."""


def _array_of(column: Column) -> tuple[object, ...] | None:
    """Return what the column's numbers are entries of, if its heading says it: W of w₁₁."""
    expr = next((part.expr for part in column.heading if isinstance(part, Math)), None)
    expr = expr.left if isinstance(expr, Compare) else expr
    match expr:
        case Quantity(ref):
            return ref.part, ref.layer, ref.gradient
        case Partial(of, wrt):
            return of.part, wrt.part, wrt.layer
    return None


def halves(figure: ShownNumber) -> tuple[str, str]:
    """Return the digits before the decimal point, and those from the point on."""
    whole, point, decimals = figure.digits.partition(".")
    return whole, point + decimals


def lacking(figures: list[ShownNumber]) -> list[tuple[str, int | None, str]]:
    """Return what each figure lacks after it for the points to stand in line.

    These are digits, the column's widest power of ten for a figure that has none, and the digits
    that the power of another is shorter by.
    """
    tails = [halves(figure)[1] for figure in figures]
    most = max(map(len, tails))
    powers = [figure.power for figure in figures if figure.power is not None]
    widest = max(powers, key=lambda power: len(str(power)), default=None)
    return [
        (
            ("." if not tail and most else "") + "0" * (most - max(len(tail), 1)),
            widest if figure.power is None else None,
            "" if figure.power is None else "0" * (len(str(widest)) - len(str(figure.power))),
        )
        for figure, tail in zip(figures, tails, strict=True)
    ]


def number_kinds(block: Table, *, gradients: bool) -> list[str]:
    """Return each column's kind of number: its heading's, or that of the heading before it.

    A matrix has one kind, which the corner says: headings name its rows and columns.
    """
    kinds: list[str] = []
    corner = block.columns[0].heading[:1] if block.columns else ()
    if gradients or (corner and isinstance(corner[0], Math) and _partial(corner[0].expr)):
        return [GRADIENT if gradients else ""] * len(block.columns)
    kind = ""
    for column in block.columns:
        exprs = [part.expr for part in column.heading if isinstance(part, Math)]
        if exprs:
            kind = kind_of(exprs[0].ref) if isinstance(exprs[0], Quantity) else ""
        kinds.append(kind)
        kind = "" if column.name else kind
    return kinds


def _partial(expr: Expr) -> bool:
    return isinstance(expr, Partial)
