"""How a number is shown: rounded in decimal, never ``-0``, scientific where it is tiny or huge."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

from msgspec import Struct

from ..arithmetic.rounding import half_up

HUGE = 10**7
LEAST_POWER = -4
"""Of significant digits, a number below 1e-4 is scientific."""
MOST_PLACES = 6
"""Decimals that a column may have so that its numbers have one form."""
_NOISE = Decimal("1e-14")
"""A float so near to a shorter decimal is that decimal: −1.0500000000000003 is −1.05."""
_WIDE = Context(prec=60)
"""Digits enough for any number that is shown."""


class ShownNumber(Struct, frozen=True):
    """A number ready to draw: digits without sign, and a power of ten where it is scientific."""

    negative: bool
    digits: str
    power: int | None = None


def shown(value: Any, digits: int, *, extra: int = 0, significant: bool = False) -> ShownNumber:
    """Return the number rounded half away from zero to ``digits`` decimals, and ``extra`` more.

    A number that is exact in fewer decimals is written with those. Scientific form is used where
    ``digits`` decimals would leave fewer than two significant ones. With ``significant`` it is
    rounded to so many significant digits instead; whole numbers stay.
    """
    if isinstance(value, float):
        return _shown_float(float(value), digits, extra, significant)
    return _shown(_decimal(value), digits, extra, significant)


@functools.lru_cache(maxsize=4096)
def _shown_float(value: float, digits: int, extra: int, significant: bool) -> ShownNumber:
    """Return the float as shown; kept, since a number is measured, and then drawn several times."""
    return _shown(Decimal(repr(value)), digits, extra, significant)


def _shown(number: Decimal, digits: int, extra: int, significant: bool) -> ShownNumber:
    if number == 0:
        return ShownNumber(False, "0")
    negative, size = number < 0, abs(number)
    if significant:
        whole = size < HUGE and size == size.to_integral_value()
        decimals = 0 if whole else digits - 1 - _rounded_to(size, digits).adjusted()
        if decimals < 0 or size.adjusted() < LEAST_POWER or size >= HUGE:
            return _scientific(negative, size, digits - 1 + extra)
    else:
        decimals = digits
        whole = extra > 0 and _is_nearly(half_up(size, digits + extra), size)
        if size >= HUGE or (_is_tiny(size, digits) and not whole):
            return _scientific(negative, size, max(digits, 1) + extra)
    shorter = half_up(size, decimals)
    rounded = shorter if _is_nearly(shorter, size) else half_up(size, decimals + extra)
    return ShownNumber(negative, _trimmed(rounded) if _is_nearly(rounded, size) else f"{rounded:f}")


def with_comma(text: str, comma: str = ",") -> str:
    """Return a text with 0,5 for each 0.5 in it."""
    return re.sub(r"(?<=\d)\.(?=\d)", lambda _: comma, text)


def known_to(value: Any, most: int) -> Any:
    """Return the number to the significant digits that it is known to; 0 are all that it has."""
    if not most:
        return value
    number = _decimal(value)
    return _rounded_to(abs(number), most).copy_sign(number) if number else number


def _is_nearly(rounded: Decimal, size: Decimal) -> bool:
    """Return whether the two differ by no more than the noise of a float."""
    return abs(rounded - size) <= size * _NOISE


def _is_tiny(size: Decimal, digits: int) -> bool:
    """Return whether so many decimals would leave fewer than two digits of a longer number."""
    if size.adjusted() >= (1 - digits if digits else 0):
        return False
    return not _is_nearly(half_up(size, digits), size)


def shown_together(
    values: Iterable[Any],
    digits: int,
    *,
    extra: int = 0,
    significant: bool = False,
    most: int = 0,
) -> list[ShownNumber]:
    """Return a column's numbers with as many decimals each as the longest of them needs.

    So a column of numbers that are exact in two decimals has two, and no rounded number loses one.
    Whole numbers are written as such: 0 is no 0.0000, which might be anything small.
    Where decimals stand beside numbers that would be scientific, two decimals more are shown (or
    as many as make six) if these leave each number three significant digits: −0.0700 and 0.0261,
    not −0.07 and 2.61e-2.
    """
    column = list(values)
    figures = [shown(v, digits, extra=extra, significant=significant) for v in column]
    if significant:
        return figures
    tiny = [v for v, f in zip(column, figures, strict=True) if f.power is not None]
    plain = [figure.digits for figure in figures if figure.power is None]
    if tiny and digits and any("." in text for text in plain):
        needed = [_places(v) for v in tiny]
        if min(needed) > 2 and max(needed) <= max(digits + 2, MOST_PLACES):
            extra += max(2, max(needed) - digits)
            figures = [in_decimals(value, digits + extra) for value in column]
            plain = [figure.digits for figure in figures]
    places = max((len(text.partition(".")[2]) for text in plain), default=0)
    return [
        ShownNumber(figure.negative, _padded(figure.digits, places, most))
        if figure.power is None
        else figure
        for figure in figures
    ]


def _places(value: Any) -> int:
    """Return how many decimals leave the number three significant digits."""
    return 2 - _decimal(value).adjusted()


def in_decimals(value: Any, decimals: int) -> ShownNumber:
    """Return the number in so many decimals, or in fewer that say it, never scientific."""
    number = _decimal(value)
    rounded = half_up(abs(number), decimals)
    exact = _is_nearly(rounded, abs(number))
    return ShownNumber(number < 0, _trimmed(rounded) if exact else f"{rounded:f}")


def worth(figure: ShownNumber) -> float:
    """Return the number that is printed."""
    sign = "-" if figure.negative else ""
    return float(f"{sign}{figure.digits}e{figure.power or 0}")


def last_place(figure: ShownNumber) -> float:
    """Return the unit of a printed number's last place: 0.0001 of 0.1385."""
    return float(f"1e{(figure.power or 0) - len(figure.digits.partition('.')[2])}")


def _trimmed(rounded: Decimal) -> str:
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _padded(text: str, decimals: int, most: int) -> str:
    """Return the text with so many decimals, where these say no more than is known."""
    whole, point, rest = text.partition(".")
    if most:
        decimals = min(decimals, len(rest) + most - len((whole + rest).lstrip("0")))
    return f"{whole}.{rest:0<{decimals}}" if point else whole


def _scientific(negative: bool, size: Decimal, digits: int) -> ShownNumber:
    power = size.adjusted()
    scaled = size.scaleb(-power, _WIDE)
    mantissa = half_up(scaled, digits)
    exact = mantissa == scaled
    if mantissa >= 10:
        mantissa, power = mantissa / 10, power + 1
    text = f"{mantissa:.{digits}f}"
    return ShownNumber(negative, _trimmed(mantissa) if exact else text, power)


def _decimal(value: Any) -> Decimal:
    """Return the decimal that says the number: of a float, the shortest one."""
    if isinstance(value, Decimal):
        return value
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


def _rounded_to(size: Decimal, digits: int) -> Decimal:
    """Return the number to so many significant digits; 9.996 to three is 10.0."""
    return half_up(size, digits - 1 - size.adjusted())


def align(figures: list[ShownNumber]) -> list[str]:
    """Return the figures as strings of one width, their decimal points above each other."""
    heads, tails = [], []
    for figure in figures:
        whole, point, decimals = figure.digits.partition(".")
        heads.append(("−" if figure.negative else "") + whole)
        power = "" if figure.power is None else f"e{figure.power}"
        tails.append(point + decimals + power)
    left, right = max(map(len, heads)), max(map(len, tails))
    return [f"{head:>{left}}{tail:<{right}}" for head, tail in zip(heads, tails, strict=True)]
