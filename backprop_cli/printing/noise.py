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
    Section,
    Table,
    with_inner,
)
from .errors import error_of, errors_of
from .lines import line_of
from .settings import HALF_ULP, Settings

ULPS = 4
"""How many units in the last place a number that was computed may be wrong by."""


class Noise(Struct, frozen=True):
    """The sizes of what is noise, and the rounding of one operation, in units of its result."""

    sizes: set[float]
    half: float

    def has(self, value: Any) -> bool:
        """Return whether the value is a float that is noise."""
        return isinstance(value, float) and abs(value) in self.sizes

    def beside(self, value: Any) -> float:
        """Return what a number is off by beyond its rounding: by all of it, where it is noise."""
        return abs(value) if self.has(value) else 0.0


def small(half: float) -> float:
    """Return what is looked at: of float64's numbers below 1e9 noise is smaller than 1e-6."""
    return half / HALF_ULP * 1e-6


def without_noise(document: Document, settings: Settings) -> Document:
    """Return the document with 0 for what is noise, wherever it stands."""
    noise = Noise(set(document.noise), settings.half_ulp)
    while found := set(_noise(document, noise)) - noise.sizes:
        noise = Noise(noise.sizes | found, noise.half)
    changed: Document = _cleared(document, noise) if noise.sizes else document
    return changed


def chain_without_noise(chain: Chain, settings: Settings) -> Chain:
    """Return the chain, with ≈ 0 at its end where its lines give no more than noise."""
    half = settings.half_ulp
    cleared: Chain = _cleared(chain, Noise(set(_noise(chain, Noise(set(), half))), half))
    return cleared


def is_noise(value: Any, form: Expr, noise: Noise) -> bool:
    """Return whether the value is no more than what the form's numbers are off by.

    They are some ulps off, and a number that is noise itself is off by all of it.
    """
    if not isinstance(value, float) or not 0 < abs(value) < small(noise.half):
        return False
    form = form.right if isinstance(form, Compare) else form
    line = line_of(form)
    if line is None or line.tall:
        return False
    off = error_of(form, noise.beside, noise.half)
    return abs(value) <= ULPS * off < math.inf


def _noise(part: Any, noise: Noise) -> Iterator[float]:
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


def _noise_of_entries(forms: tuple[Expr, ...], result: Matrix, noise: Noise) -> Iterator[float]:
    """Yield what is noise among the entries of a matrix that lines of matrices give."""
    entries = [[numeric(entry) for entry in row] for row in result.rows]
    if not all(isinstance(value, float) for row in entries for value in row):
        return
    sizes = np.abs(np.array(entries))
    little = (sizes > 0) & (sizes < small(noise.half))
    for form in forms if little.any() else ():
        off = errors_of(form, noise.beside, noise.half)
        if off is not None:
            yield from map(float, sizes[little & (sizes <= ULPS * off) & np.isfinite(off)])


def _noise_of_row(row: tuple[Inline | None, ...], noise: Noise) -> Iterator[float]:
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


def _is_product(value: float, before: list[float], noise: Noise) -> Iterator[bool]:
    """Yield, for each two of the figures, one of them noise, whether this is their product."""
    for one, other in itertools.combinations(before, 2):
        near = math.isclose(abs(value), abs(one * other), rel_tol=1e-9)
        yield near and (noise.has(one) or noise.has(other))


def _cleared(part: Any, noise: Noise) -> Any:
    """Return the part with 0 for each of the numbers; a chain that ends in one is near it."""
    if isinstance(part, Expr):
        return substitute(part, lambda node: _zero(node, noise))
    if isinstance(part, Figure):
        return Figure(0.0) if noise.has(part.value) else part
    cleared = with_inner(part, lambda inner: _cleared(inner, noise))
    if isinstance(part, Chain) and cleared.forms[-1] != part.forms[-1]:
        return structs.replace(cleared, closing="≈")
    return cleared


def _zero(node: Expr, noise: Noise) -> Expr | None:
    if not isinstance(node, Number | Known) or not noise.has(node.value):
        return None
    return ZERO if isinstance(node, Number) else Known(node.ref, 0.0)
