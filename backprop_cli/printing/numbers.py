"""How a number is shown: rounded in decimal, never ``-0``, scientific where it is tiny or huge."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

from msgspec import Struct

HUGE = 10**7
_NOISE = Decimal("1e-14")
"""A float so near to a shorter decimal is that decimal: −1.0500000000000003 is −1.05."""
_WIDE = Context(prec=60)
"""Digits enough for any number that is shown."""


class Shown(Struct, frozen=True):
    """A number ready to draw: digits without sign, and a power of ten where it is scientific."""

    negative: bool
    digits: str
    power: int | None = None


def shown(value: Any, digits: int, *, fixed: bool = False) -> Shown:
    """Return the number rounded half away from zero to ``digits`` decimals.

    A number that is exact in fewer decimals is written with those, unless ``fixed`` asks for all.
    Scientific form is used where rounding would leave fewer than two significant digits.
    """
    number = _decimal(value)
    if number == 0:
        return Shown(False, f"{Decimal(0):.{digits}f}" if fixed else "0")
    negative, size = number < 0, abs(number)
    if size >= HUGE:
        return _scientific(negative, size, max(digits, 1), fixed=fixed)
    rounded = _rounded(size, digits)
    exact = abs(rounded - size) <= size * _NOISE
    tiny = not exact and size.adjusted() < 1 - digits and digits > 0
    tiny = tiny or (not exact and digits == 0 and size < 1)
    if tiny:
        return _scientific(negative, size, max(digits, 1), fixed=fixed)
    text = f"{rounded:f}"
    if exact and not fixed and "." in text:
        text = text.rstrip("0").rstrip(".")
    return Shown(negative, text)


def shown_together(values: Iterable[Any], digits: int) -> list[Shown]:
    """Return a column's numbers with as many decimals each as the longest of them needs.

    So a column of numbers that are exact in two decimals has two, and no rounded number loses one.
    """
    figures = [(shown(value, digits), value) for value in values]
    plain = [figure.digits for figure, _ in figures if figure.power is None]
    most = max((len(text.partition(".")[2]) for text in plain), default=0)
    return [
        Shown(figure.negative, _padded(figure.digits, most))
        if figure.power is None
        else shown(value, digits, fixed=True)
        for figure, value in figures
    ]


def _padded(text: str, decimals: int) -> str:
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest:0<{decimals}}" if decimals else whole


def _scientific(negative: bool, size: Decimal, digits: int, *, fixed: bool) -> Shown:
    power = size.adjusted()
    scaled = size.scaleb(-power, _WIDE)
    mantissa = _rounded(scaled, digits)
    exact = mantissa == scaled
    if mantissa >= 10:
        mantissa, power = mantissa / 10, power + 1
    text = f"{mantissa:.{digits}f}"
    if exact and not fixed and "." in text:
        text = text.rstrip("0").rstrip(".")
    return Shown(negative, text, power)


def _decimal(value: Any) -> Decimal:
    """Return the decimal that says the number: of a float, the shortest one."""
    if isinstance(value, bool | int):
        return Decimal(int(value))
    if isinstance(value, Fraction):
        return _ratio(value)
    if hasattr(value, "digits"):
        inner = value.value
        return _ratio(inner) if isinstance(inner, Fraction) else Decimal(str(value.digits()))
    return Decimal(repr(float(value)))


def _ratio(value: Fraction) -> Decimal:
    return _WIDE.divide(Decimal(value.numerator), Decimal(value.denominator))


def _rounded(size: Decimal, digits: int) -> Decimal:
    """Return the number to so many decimals, half away from zero."""
    return size.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, _WIDE)


def align(figures: list[Shown]) -> list[str]:
    """Return the figures as strings of one width, their decimal points above each other."""
    heads, tails = [], []
    for figure in figures:
        whole, point, decimals = figure.digits.partition(".")
        heads.append(("−" if figure.negative else "") + whole)
        power = "" if figure.power is None else f"e{figure.power}"
        tails.append(point + decimals + power)
    left, right = max(map(len, heads)), max(map(len, tails))
    return [f"{head:>{left}}{tail:<{right}}" for head, tail in zip(heads, tails, strict=True)]
