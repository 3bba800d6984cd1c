"""Noise: what is left of numbers that cancel is no number, and is written ≈ 0.

Of 0.7279 − 2.7660 + 2.0381 floats leave 4·10⁻¹⁶, which is less than what the terms themselves are
known to: it says nothing of the value, and not its sign.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from msgspec import Struct, structs

from ..expression.tree import ZERO, Compare, Expr, Known, Matrix, Number, numeric
from ..expression.walking import substitute
from ..worked.document import (
    Chain,
    Document,
    Equations,
    Figure,
    Inline,
    Math,
    Picture,
    Section,
    Table,
)
from .errors import error_of, errors_of
from .lines import line_of

ULPS = 4
"""How many units in the last place a number that was computed may be wrong by."""
SMALL = 1e-6
"""What is looked at: of numbers below 1e9 noise is smaller."""


def without_noise(document: Document) -> Document:
    """Return the document with 0 for what is noise, wherever it stands."""
    noise: set[float] = set()
    while found := set(_noise(document, noise)) - noise:
        noise |= found
    changed: Document = _cleared(document, noise) if noise else document
    return changed


def chain_without_noise(chain: Chain) -> Chain:
    """Return the chain, with ≈ 0 at its end where its lines give no more than noise."""
    cleared: Chain = _cleared(chain, set(_noise(chain, set())))
    return cleared


def is_noise(value: Any, form: Expr, noise: set[float]) -> bool:
    """Return whether the value is no more than what the form's numbers are off by.

    They are some ulps off, and a number that is noise itself is off by all of it.
    """
    if not isinstance(value, float) or not 0 < abs(value) < SMALL:
        return False
    form = form.right if isinstance(form, Compare) else form
    line = line_of(form)
    if line is None or line.tall:
        return False
    off = error_of(form, lambda number: abs(number) if _is_of(number, noise) else 0.0)
    return abs(value) <= ULPS * off < math.inf


def _noise(part: Any, noise: set[float]) -> Iterator[float]:
    """Yield the size of each number that is noise by the line that gives it."""
    match part:
        case Document() | Section():
            for block in part.blocks:
                yield from _noise(block, noise)
        case Equations(chains):
            for chain in chains:
                yield from _noise(chain, noise)
        case Chain(forms):
            value = numeric(forms[-1])
            if isinstance(forms[-1], Matrix):
                yield from _noise_of_entries(forms[1:-1], forms[-1], noise)
            elif any(is_noise(value, form, noise) for form in forms[1:-1]):
                yield abs(value)
        case Table():
            for row in part.rows:
                yield from _noise_of_row(row, noise)


def _noise_of_entries(
    forms: tuple[Expr, ...], result: Matrix, noise: set[float]
) -> Iterator[float]:
    """Yield what is noise among the entries of a matrix that lines of matrices give."""
    entries = [[numeric(entry) for entry in row] for row in result.rows]
    if not all(isinstance(value, float) for row in entries for value in row):
        return
    sizes = np.abs(np.array(entries))
    small = (sizes > 0) & (sizes < SMALL)
    for form in forms if small.any() else ():
        off = errors_of(form, lambda number: abs(number) if _is_of(number, noise) else 0.0)
        if off is not None:
            yield from map(float, sizes[small & (sizes <= ULPS * off) & np.isfinite(off)])


def _noise_of_row(row: tuple[Inline | None, ...], noise: set[float]) -> Iterator[float]:
    """Yield what a worked cell gives that is noise, and what noise times another figure gives."""
    before: list[float] = []
    for cell, after in itertools.pairwise((None, *row)):
        if not isinstance(after, Figure) or not isinstance(after.value, float):
            continue
        value = float(after.value)
        worked = isinstance(cell, Math) and is_noise(value, cell.expr, noise)
        if worked or (value and any(_is_product(value, before, noise))):
            yield abs(value)
        before.append(value)


def _is_product(value: float, before: list[float], noise: set[float]) -> Iterator[bool]:
    """Yield, for each two of the figures, one of them noise, whether this is their product."""
    for one, other in itertools.combinations(before, 2):
        near = math.isclose(abs(value), abs(one * other), rel_tol=1e-9)
        yield near and (_is_of(one, noise) or _is_of(other, noise))


def _cleared(part: Any, noise: set[float]) -> Any:
    """Return the part with 0 for each of the numbers; a chain that ends in one is near it."""
    if isinstance(part, Expr):
        return substitute(part, lambda node: _zero(node, noise))
    if isinstance(part, Figure):
        return Figure(0.0) if _is_of(part.value, noise) else part
    if isinstance(part, tuple):
        return tuple(_cleared(inner, noise) for inner in part)
    if isinstance(part, Struct) and not isinstance(part, Picture):
        fields = {name: getattr(part, name) for name in part.__struct_fields__}
        new = {name: _cleared(value, noise) for name, value in fields.items()}
        if isinstance(part, Chain) and new["forms"][-1] != part.forms[-1]:
            new["closing"] = "≈"
        return structs.replace(part, **new)
    return part


def _zero(node: Expr, noise: set[float]) -> Expr | None:
    if not isinstance(node, Number | Known) or not _is_of(node.value, noise):
        return None
    return ZERO if isinstance(node, Number) else Known(node.ref, 0.0)


def _is_of(value: Any, noise: set[float]) -> bool:
    return isinstance(value, float) and abs(value) in noise
