"""Bars in a table: a norm's logarithm as a row of blocks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

from ...expression.tree import Number, Pow
from ..document import Math, Note, Text

BAR, WIDEST_BAR = "█", 20
"""What a bar in a table is made of, and how many at most."""
TEN = Number(Fraction(10))


def bar_scale(sizes: Iterable[float]) -> tuple[int, int]:
    """Return the powers of ten at which bars begin and end: the norms lie between."""
    logs = [math.log10(size) for size in sizes if size > 0]
    if not logs:
        return 0, 1
    high = math.ceil(max(logs) - 1e-9)
    return min(math.floor(min(logs) + 1e-9), high) - 1, high


def bar(size: float, scale: tuple[int, int]) -> str:
    """Return the bar of a norm: its length is the logarithm; none for 0."""
    if size <= 0:
        return "0"
    low, high = scale
    part = (math.log10(size) - low) / (high - low)
    return BAR * max(1, round(WIDEST_BAR * part))


def bar_note(scale: tuple[int, int]) -> Note:
    """Return what a bar's length means: its ends, and the factor of each block."""
    low, high = scale
    each = (high - low) / WIDEST_BAR
    none, all_of_it = (Math(Pow(TEN, Number(Fraction(power)))) for power in scale)
    return Note(
        (
            Text("a bar's length is a logarithm: none at "),
            none,
            Text(", full at "),
            all_of_it,
            Text(f", each {BAR} a factor {10**each:.3g}"),
        )
    )
