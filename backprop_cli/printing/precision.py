"""Digits enough: a line of numbers, redone as it is printed, gives the number that is printed.

``0.0088·0.05`` is 4.4·10⁻⁴, not 4.3857·10⁻⁴: a factor is shown with the digits that its line needs,
``0.0087714·0.05``, never with fewer than are asked for, and so the same number may have more digits
in one line than in another. A line that holds with no digits at all says ≈.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from msgspec import Struct, structs

from ..expression.tree import Compare, Expr, Known, Matrix, Number
from ..expression.walking import substitute
from ..worked.document import Block, Chain, Document, Equations, Figure, Math, Section, Table
from .errors import error_of
from .lines import NumberLine, line_of
from .noise import small, without_noise
from .numbers import ShownNumber, last_place, worth
from .settings import Settings

MOST_EXTRA = 17
"""As many digits more leave nothing of a float to round."""
SLACK = 1 + 1e-9
"""What floats may add to half a unit: the sum of two halves is one, however it is computed."""


class Wanted(Struct, frozen=True):
    """What a line shall give: the numbers printed at its end, each with half its last place."""

    values: Any
    halves: Any

    def by(self, found: Any) -> bool:
        """Return whether the found numbers are printed as these."""
        near = abs(found - self.values) <= self.halves * SLACK
        return bool(near.all()) if isinstance(near, np.ndarray) else bool(near)


def with_digits(document: Document, settings: Settings) -> Document:
    """Return the document with digits enough in each line of numbers; exact ones stay."""
    if settings.exact:
        return document
    document = without_noise(document, settings)
    blocks = tuple(_block(block, settings) for block in document.blocks)
    return structs.replace(document, blocks=blocks)


def _block(block: Block, settings: Settings) -> Block:
    match block:
        case Section():
            inner = tuple(_block(inner, settings) for inner in block.blocks)
            return structs.replace(block, blocks=inner)
        case Equations(chains):
            return Equations(tuple(chain_with_digits(chain, settings) for chain in chains))
        case Table():
            return _table(block, settings)
    return block


def chain_with_digits(chain: Chain, settings: Settings) -> Chain:
    """Return the chain with digits enough in its forms, or with ≈ before a value that needs it."""
    *before, last = chain.forms
    wanted = None if settings.exact or len(before) < 2 else _results(last, settings)
    if wanted is None:
        return chain
    closing, changed = chain.closing, before[:1]
    for form in before[1:]:
        better = enough(form, *wanted, settings)
        closing = closing if better is not None else "≈"
        changed.append(form if better is None else better)
    return structs.replace(chain, forms=(*changed, last), closing=closing)


def _results(last: Expr, settings: Settings) -> tuple[Wanted, Wanted] | None:
    """Return what a chain gives at its end, if these are numbers: strictly, and as printed."""
    if isinstance(last, Number | Known):
        return wanted_of(settings.shown(last.value), settings)
    if not isinstance(last, Matrix):
        return None
    columns = list(zip(*last.rows, strict=True))
    entries = [e for column in columns for e in column if isinstance(e, Number | Known)]
    if len(entries) < sum(map(len, columns)):
        return None
    figures = iter(settings.together(entry.value for entry in entries))
    every = [[wanted_of(next(figures), settings) for _ in column] for column in columns]
    strict, printed = (_gathered([[w[i] for w in column] for column in every]) for i in (0, 1))
    return strict, printed


def _gathered(columns: list[list[Wanted]]) -> Wanted:
    return Wanted(
        np.array([[wanted.values for wanted in column] for column in columns]).T,
        np.array([[wanted.halves for wanted in column] for column in columns]).T,
    )


def wanted_of(figure: ShownNumber, settings: Settings) -> tuple[Wanted, Wanted]:
    """Return the number with half its last place; strictly, 0.5 is 0.5000."""
    value, half = worth(figure), last_place(figure) / 2
    finest = half if settings.significant else min(half, 0.5 * 10.0**-settings.digits)
    return Wanted(value, finest), Wanted(value, half)


def _table(table: Table, settings: Settings) -> Table:
    """Return the table with digits enough in each worked cell, for the figure that follows it."""
    if any(column.value is not None for column in table.columns):
        from .products import product_table

        return product_table(table, settings)
    rows = [list(row) for row in table.rows]
    for number, column in enumerate(table.columns[:-1]):
        if column.kind != "work":
            continue
        after = [row[number + 1] for row in rows]
        shown = iter(settings.together([c.value for c in after if isinstance(c, Figure)]))
        for row, result in zip(rows, after, strict=True):
            cell = row[number]
            if not isinstance(result, Figure):
                continue
            wanted = wanted_of(next(shown), settings)
            if isinstance(cell, Math):
                row[number] = Math(enough(cell.expr, *wanted, settings) or cell.expr)
    return structs.replace(table, rows=tuple(map(tuple, rows)))


# -- one line


def enough(form: Expr, wanted: Wanted, printed: Wanted, settings: Settings) -> Expr | None:
    """Return the form with the digits that it needs to give what is wanted; None where none do.

    Where the numbers themselves miss it, being rounded before they were used, what they give need
    only be as ``printed``. Digits are added where they matter: to the number whose rounding moves
    the result most, as many as that takes, until the line holds; what was not needed is taken back.
    Numbers that cancel to less than they are known to give no digits that could be printed. A form
    with symbols stays as it is; of formula = numbers, the numbers get their digits.
    """
    if isinstance(form, Compare) and form.operator == "==":
        left, right = (enough(side, wanted, printed, settings) for side in (form.left, form.right))
        return None if left is None or right is None else Compare("==", left, right)
    line = line_of(form)
    if line is None:
        return form
    alone = not line.tall and np.ndim(wanted.values) == 0
    half = settings.half_ulp
    tiny = alone and 0 < abs(wanted.values) < small(half)
    if tiny and error_of(form, half=half) > wanted.halves:
        return None
    extra = [0] * len(line.groups)
    with np.errstate(all="ignore"):
        if wanted.by(line.value(_as_printed(line, extra, settings))):
            return form
        every = [MOST_EXTRA] * len(extra)
        known = line.value(_as_printed(line, every, settings) if settings.most else {})
        if not wanted.by(known):
            wanted = printed
            if not wanted.by(known):
                return None
        _raise(line, extra, wanted, settings)
        _lower(line, extra, wanted, settings)
    more = {v: count for group, count in zip(line.groups, extra, strict=True) for v in group}
    return substitute(form, lambda node: _with_extra(node, more))


def _raise(line: NumberLine, extra: list[int], wanted: Wanted, settings: Settings) -> None:
    """Add digits until the line holds."""
    while True:
        figures = _as_printed(line, extra, settings)
        found = line.value(figures)
        if wanted.by(found):
            return
        blame = [
            _share(found - line.value({v: f for v, f in figures.items() if v not in group}), wanted)
            for group in line.groups
        ]
        raisable = [number for number, more in enumerate(extra) if more < MOST_EXTRA]
        if not raisable:
            return
        worst = max(raisable, key=lambda number: blame[number])
        missing = blame[worst]
        extra[worst] += max(1, math.ceil(math.log10(missing))) if 0 < missing < math.inf else 1


def _lower(line: NumberLine, extra: list[int], wanted: Wanted, settings: Settings) -> None:
    """Take back each digit without which the line holds all the same, until none is left."""

    def is_spare(number: int) -> bool:
        fewer = [more - (number == other) for other, more in enumerate(extra)]
        return extra[number] > 0 and wanted.by(line.value(_as_printed(line, fewer, settings)))

    while (spare := next(filter(is_spare, range(len(extra))), None)) is not None:
        extra[spare] -= 1


def _share(moved: Any, wanted: Wanted) -> float:
    """Return how far a result was moved, in halves of its last place."""
    share = float(np.max(np.abs(moved) / wanted.halves))
    return math.inf if math.isnan(share) else share


def _as_printed(line: NumberLine, extra: list[int], settings: Settings) -> dict[Any, Any]:
    """Return what each of the line's numbers is as it is printed, and each matrix's column."""
    return {
        value: tuple(map(worth, settings.together(value, more)))
        if isinstance(value, tuple)
        else worth(settings.shown(value, more))
        for group, more in zip(line.groups, extra, strict=True)
        for value in group
    }


def _with_extra(node: Expr, extra: dict[Any, int]) -> Expr | None:
    if isinstance(node, Number | Known) and extra[node.value]:
        return structs.replace(node, extra=extra[node.value])
    return None
