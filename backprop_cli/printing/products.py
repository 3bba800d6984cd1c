"""Tables of outer products: each entry is its row's factor times its column's, as printed.

``δ¹₁ = 0.0088`` over 0.05 gives 4.4·10⁻⁴, not 4.3857·10⁻⁴: a factor is shown with the digits that
its row, or its column, needs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct, structs

from ..expression.tree import Compare, Number
from ..worked.document import Figure, Inline, Math, Table
from .numbers import in_decimals, worth
from .precision import MOST_EXTRA, SLACK, wanted_of
from .settings import Settings

Array = np.ndarray[Any, Any]


class Factors(Struct):
    """What stands before the rows, or over the columns, with the digits more that each gets.

    ``places`` are the decimals of numbers of which some would be scientific and others not.
    """

    values: list[Any]
    extra: Array
    places: int | None = None

    def number(self, at: int, settings: Settings) -> Number:
        """Return a factor with its digits."""
        more = int(self.extra[at])
        if self.places is None:
            return Number(self.values[at], more)
        figure = in_decimals(self.values[at], self.places + more)
        return Number(worth(figure), self.places + more - settings.digits)

    def printed(self, settings: Settings) -> Array:
        """Return the factors as they are printed."""
        numbers = (self.number(at, settings) for at in range(len(self.values)))
        return np.array([worth(settings.shown(each.value, each.extra)) for each in numbers])

    @property
    def exact(self) -> Array:
        """The factors themselves."""
        return np.array([float(value) for value in self.values])


def product_table(table: Table, settings: Settings) -> Table:
    """Return the table with digits enough in the numbers before its rows and over its columns."""
    columns = [(k, c.value) for k, c in enumerate(table.columns) if c.value is not None]
    rows = [(j, row) for j, row in enumerate(table.rows) if _label(row[0]) is not None]
    over = _factors([_number(value) for _, value in columns])
    before = _aligned(_factors([_factor(row[0]) for _, row in rows]), settings)
    values, halves = _entries(table, [k for k, _ in columns], [j for j, _ in rows], settings)
    with np.errstate(all="ignore"):
        _raise(before, over, values, halves * SLACK, settings)
    heads = list(table.columns)
    for place, (k, _) in enumerate(columns):
        heads[k] = structs.replace(heads[k], value=Math(over.number(place, settings)))
    found = list(table.rows)
    for place, (j, row) in enumerate(rows):
        found[j] = (_relabelled(row[0], before.number(place, settings)), *row[1:])
    return structs.replace(table, columns=tuple(heads), rows=tuple(found))


def _factors(values: list[Any]) -> Factors:
    return Factors(values, np.zeros(len(values), dtype=np.int64))


def _aligned(factors: Factors, settings: Settings) -> Factors:
    """Return the factors in one form of number, where some would be scientific and others not."""
    together = settings.together(factors.values)
    alone = {settings.shown(value).power is None for value in factors.values}
    if len(alone) == 2 and all(figure.power is None for figure in together):
        factors.places = max(len(figure.digits.partition(".")[2]) for figure in together)
    return factors


def _entries(
    table: Table, columns: list[int], rows: list[int], settings: Settings
) -> tuple[Array, Array]:
    """Return the entries as they are printed, and half the last place of each."""
    values, halves = np.zeros((2, len(rows), len(columns)))
    for place, k in enumerate(columns):
        cells = [table.rows[j][k] for j in rows]
        figures = settings.together([cell.value for cell in cells if isinstance(cell, Figure)])
        for at, figure in enumerate(figures):
            strict, _ = wanted_of(figure, settings)
            values[at, place], halves[at, place] = strict.values, strict.halves
    return values, halves


def _raise(
    before: Factors, over: Factors, values: Array, halves: Array, settings: Settings
) -> None:
    """Add digits, to the factor whose rounding moves an entry more, until all entries hold.

    An entry that the factors themselves miss, being rounded by itself, is left out.
    """
    down, across = before.exact, over.exact
    reached = np.abs(np.outer(down, across) - values) <= halves
    for _ in range(2 * MOST_EXTRA):
        rows, columns = before.printed(settings), over.printed(settings)
        off = reached & (np.abs(np.outer(rows, columns) - values) > halves)
        if not off.any():
            return
        of_row = np.abs(np.outer(rows - down, across)) >= np.abs(np.outer(down, columns - across))
        before.extra[(off & of_row).any(axis=1)] += 1
        over.extra[(off & ~of_row).any(axis=0)] += 1


def _label(cell: Inline | None) -> Compare | None:
    """Return the ``symbol = number`` before a row."""
    tree = cell.expr if isinstance(cell, Math) else None
    return tree if isinstance(tree, Compare) and isinstance(tree.right, Number) else None


def _factor(cell: Inline | None) -> Any:
    label = _label(cell)
    return label.right.value if label is not None and isinstance(label.right, Number) else None


def _number(cell: Math | None) -> Any:
    return cell.expr.value if cell is not None and isinstance(cell.expr, Number) else None


def _relabelled(cell: Inline | None, number: Number) -> Inline | None:
    label = _label(cell)
    return cell if label is None else Math(structs.replace(label, right=number))
