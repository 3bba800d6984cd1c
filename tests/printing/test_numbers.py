"""How numbers are shown: rounded in decimal, never -0, scientific when too little would be left."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_cli.printing.numbers import HUGE, ShownNumber, align, shown, shown_together

finite = st.floats(allow_nan=False, allow_infinity=False)
usual = st.one_of(finite, st.floats(-1000, 1000), st.integers(-100, 100).map(float))


def text(figure: ShownNumber) -> str:
    """Return the figure as Python would read it."""
    power = "" if figure.power is None else f"e{figure.power}"
    return ("-" if figure.negative else "") + figure.digits + power


@pytest.mark.parametrize(
    ("value", "digits", "wanted"),
    [
        (0.5, 4, "0.5"),
        (0.25, 1, "2.5e-1"),
        (1.25, 1, "1.3"),
        (-1.25, 1, "-1.3"),
        (1e24, 4, "1e24"),
        (1.7976931348623157e308, 2, "1.80e308"),
        (0.285, 2, "0.29"),
        (2.675, 2, "2.68"),
        (1.005, 2, "1.01"),
        (0.7310585786300049, 4, "0.7311"),
        (0.1 + 0.2, 4, "0.3"),
        (0.3, 4, "0.3"),
        (-0.0, 4, "0"),
        (0, 4, "0"),
        (3, 4, "3"),
        (1.0, 4, "1"),
        (0.00043857, 4, "4.3857e-4"),
        (0.00099, 4, "9.9e-4"),
        (0.0010, 4, "0.001"),
        (0.00096, 2, "9.6e-4"),
        (0.0000012345678, 4, "1.2346e-6"),
        (99999.0, 4, "99999"),
        (12345678.9, 4, "1.2346e7"),
        (9.99999e-4, 3, "1.000e-3"),
        (Fraction(1, 3), 4, "0.3333"),
        (Fraction(-2, 3), 2, "-0.67"),
        (Fraction(1, 8), 2, "0.13"),
        (0.6, 0, "6e-1"),
        (2.5, 0, "3"),
        (-2.5, 0, "-3"),
        (5e-324, 4, "5e-324"),
    ],
)
def test_by_hand(value: float | Fraction, digits: int, wanted: str) -> None:
    assert text(shown(value, digits)) == wanted


@given(usual, st.integers(0, 17))
def test_rounded_half_away_from_zero_on_the_shortest_decimal(value: float, digits: int) -> None:
    figure = shown(value, digits)
    exact = Decimal(repr(value))
    with localcontext() as context:
        context.prec = 400
        if figure.power is None:
            wanted = exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
            assert Decimal(text(figure)) == wanted
        else:
            unit = Decimal(1).scaleb(figure.power - max(digits, 1))
            assert abs(Decimal(text(figure)) - exact) <= unit / 2


@given(usual, st.integers(0, 17), st.booleans())
def test_a_nonzero_number_never_looks_like_zero(
    value: float, digits: int, significant: bool
) -> None:
    figure = shown(value, max(digits, 1) if significant else digits, significant=significant)
    if value == 0:
        assert not figure.negative
        assert Decimal(figure.digits) == 0
    else:
        assert Decimal(figure.digits) != 0
        assert figure.negative == (value < 0)


@given(usual, st.integers(1, 17))
def test_two_significant_digits_at_least_are_left(value: float, digits: int) -> None:
    figure = shown(value, digits)
    exact = Decimal(repr(value))
    if figure.power is None and Decimal(text(figure)) != exact:
        assert len(figure.digits.replace(".", "").lstrip("0")) >= 2


@given(usual, st.integers(0, 17))
def test_scientific_has_one_digit_before_the_point(value: float, digits: int) -> None:
    figure = shown(value, digits)
    if figure.power is not None:
        assert re.fullmatch(r"[1-9](\.\d+)?", figure.digits)
        assert abs(value) < 1 or abs(value) >= HUGE


@given(st.lists(usual, min_size=1, max_size=6), st.integers(0, 12))
def test_a_column_has_the_same_decimals_and_the_same_values(
    values: list[float], digits: int
) -> None:
    together = shown_together(values, digits)
    plain = [f.digits for f in together if f.power is None and "." in f.digits]
    decimals = {len(digits.partition(".")[2]) for digits in plain}
    assert len(decimals) <= 1
    alone = [shown(value, digits) for value in values]
    common = [f.power for f in together] != [f.power for f in alone]
    assert max(decimals, default=0) <= (digits + 2 if common else digits)
    if common:
        assert all(figure.power is None for figure in together)
    for figure, value, single in zip(together, values, alone, strict=True):
        if common:
            assert abs(Decimal(text(figure)) - Decimal(repr(value))) <= last_place(figure) / 2
            significant = figure.digits.replace(".", "").lstrip("0")
            assert len(significant) >= 3 or Decimal(text(figure)) == Decimal(repr(value))
        else:
            assert Decimal(text(figure)) == Decimal(text(single))


@given(st.lists(usual, min_size=1, max_size=6), st.integers(0, 12))
def test_decimal_points_stand_above_each_other(values: list[float], digits: int) -> None:
    lines = align(shown_together(values, digits))
    assert len({len(line) for line in lines}) == 1
    points = {re.split(r"[.e]", line.rstrip())[0].__len__() for line in lines}
    assert len(points) == 1
    for line, value in zip(lines, values, strict=True):
        assert ("−" in line.split("e")[0]) == (value < 0)


@pytest.mark.parametrize(
    ("values", "digits", "wanted"),
    [
        ([-0.07, 0.0261], 2, ["-0.0700", "0.0261"]),
        ([-0.07118, 1.5], 2, ["-0.0712", "1.5000"]),
        ([0.1385, 0.00043857, 0.0], 4, ["0.138500", "0.000439", "0"]),
        ([0.5, 1.2346e-7], 4, ["0.5", "1.2346e-7"]),  # no decimals that could be read
        ([2.0, 0.00043857], 4, ["2", "4.3857e-4"]),  # whole numbers mix with anything
        ([0.00043857, -0.00087714], 4, ["4.3857e-4", "-8.7714e-4"]),
    ],
)
def test_a_column_has_one_format_where_it_can_be_read(
    values: list[float], digits: int, wanted: list[str]
) -> None:
    assert [text(figure) for figure in shown_together(values, digits)] == wanted


@pytest.mark.parametrize(
    ("value", "digits", "wanted"),
    [
        (0.00043857, 3, "0.000439"),
        (0.000043857, 3, "4.39e-5"),
        (0.7310585, 3, "0.731"),
        (9.996, 3, "10.0"),
        (0.9996, 3, "1.00"),
        (27.7668, 2, "28"),
        (277.668, 2, "2.8e2"),
        (1234.0, 2, "1234"),
        (0.05, 3, "0.05"),
        (-0.25, 1, "-0.3"),
        (0.0, 3, "0"),
        (12345678.9, 3, "1.23e7"),
    ],
)
def test_significant_digits(value: float, digits: int, wanted: str) -> None:
    assert text(shown(value, digits, significant=True)) == wanted


@given(usual, st.integers(1, 17))
def test_so_many_significant_digits_are_right(value: float, digits: int) -> None:
    figure = shown(value, digits, significant=True)
    exact = Decimal(repr(value))
    if exact:
        assert len(figure.digits.replace(".", "").lstrip("0")) <= digits or exact == int(exact)
        wanted = Decimal(1).scaleb(exact.adjusted() - digits + 1)
        assert abs(Decimal(text(figure)) - exact) <= wanted / 2 * Decimal("1.0000001")


@given(usual, st.integers(0, 9), st.integers(0, 9), st.booleans())
def test_more_digits_are_the_same_number_in_the_same_form(
    value: float, digits: int, extra: int, significant: bool
) -> None:
    plain = shown(value, max(digits, 1), significant=significant)
    finer = shown(value, max(digits, 1), extra=extra, significant=significant)
    assert abs(Decimal(text(finer)) - Decimal(repr(value))) <= last_place(finer) / 2
    if plain.power is None:
        assert finer.power is None
        missing = len(finer.digits.partition(".")[2]) - len(plain.digits.partition(".")[2])
        assert missing <= extra


def last_place(figure: ShownNumber) -> Decimal:
    """Return the unit of the last place, a little more where a float is a shorter decimal."""
    decimals = len(figure.digits.partition(".")[2])
    return Decimal(1).scaleb((figure.power or 0) - decimals) * Decimal("1.0000001")


def test_a_column_of_exact_numbers_has_only_the_decimals_it_needs() -> None:
    assert [text(f) for f in shown_together([2.0, -3.0], 4)] == ["2", "-3"]
    assert [text(f) for f in shown_together([0.5, 0.25, 0.0], 4)] == ["0.50", "0.25", "0"]
    assert [text(f) for f in shown_together([0.5, 1 / 3], 4)] == ["0.5000", "0.3333"]
