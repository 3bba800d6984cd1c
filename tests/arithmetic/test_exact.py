"""Exact numbers: fractions, closed forms, 400 digits; no float among them, and the right sign."""

from __future__ import annotations

import functools
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from backprop_cli.arithmetic.exact import EXACT
from backprop_cli.arithmetic.exact_number import LONGEST_FRACTION, Exact
from backprop_cli.expression.parse import parse
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tokens import Grammar
from backprop_cli.expression.tree import Call, Known
from backprop_cli.mathematics.activations import spelled_out
from backprop_cli.mathematics.elementary import ELEMENTARY
from backprop_cli.printing.numbers import shown, worth

FRACTIONS = st.fractions(max_denominator=1000)
FUNCTIONS = {name: (entry.arity, entry.arity) for name, entry in ELEMENTARY.items()}


def exact(text: str) -> Exact:
    return EXACT.written(parse(text, Grammar(functions=FUNCTIONS)))


@given(FRACTIONS, FRACTIONS)
def test_fractions_stay_fractions(a: Fraction, b: Fraction) -> None:
    one, other = Exact(a), Exact(b)
    assert (one + other).value == a + b
    assert (one - other).value == a - b
    assert (one * other).value == a * b
    assert (-one).value == -a
    assert (one < other) == (a < b)
    assert (one >= other) == (a >= b)
    assert (one == other) == (a == b)
    if b:
        assert (one / other).value == a / b


def test_a_decimal_is_the_fraction_it_says() -> None:
    assert EXACT.number(0.1).value == Fraction(1, 10)
    assert EXACT.array(np.array([0.15, 1e-7]))[1].value == Fraction(1, 10**7)


def test_floats_are_refused() -> None:
    with pytest.raises(TypeError, match="float"):
        Exact(Fraction(1)) + 0.5


@pytest.mark.parametrize("value", [7.0, np.float64(7)])
def test_a_float_is_never_an_exact_number(value: float) -> None:
    """What is kept of one pass's trees is not taken for another's, whichever runs first."""
    exact, number = Exact(Fraction(7)), Known(Ref("z", 1), value)
    assert (exact == value, value == exact) == (False, False)
    assert spelled_out(Call("relu", (number,))) != spelled_out(
        Call("relu", (Known(Ref("z", 1), exact),))
    )


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("exp(-200)", 1),
        ("-exp(-2000)", -1),
        ("1 - tanh(100)**2", 1),
        ("1 - 1/(1 + exp(-300))", 1),
        ("(sqrt(2) + sqrt(3))**2 - 5 - 2*sqrt(6)", 0),
        ("exp(1/3)**3 - e", 0),
        ("sin(pi)", 0),
        ("22/7 - pi", 1),
        ("exp(-5000) - exp(-5001)", 1),
        ("exp(2000)/(1 + exp(2000)) - 1", 0),
    ],
)
def test_signs_near_zero(text: str, sign: int) -> None:
    """Small is not zero; equal is, and a difference that 800 digits cannot tell from it."""
    assert exact(text).sign() == sign


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ln(1/(1 + exp(200)))", -200.0),
        ("1/exp(-400)", 5.221469689764144e173),
        ("sqrt(2)*sqrt(8)", 4.0),
        ("erf(30)", 1.0),
        ("2**0.5", 2**0.5),
        ("(1/3)**(-2)", 9.0),
        ("0**0", 1.0),
        ("max(sqrt(2), 1.4)", 2**0.5),
    ],
)
def test_values(text: str, wanted: float) -> None:
    assert float(exact(text)) == pytest.approx(wanted, rel=1e-15)


@pytest.mark.parametrize(
    "text", ["1/0", "ln(0)", "ln(-2)", "sqrt(-1)", "0**(-1)", "(-2)**0.5", "1/(sqrt(4) - 2)"]
)
def test_what_is_undefined_raises(text: str) -> None:
    with pytest.raises(ZeroDivisionError):
        exact(text).digits()


def test_long_fractions_and_long_forms_become_digits() -> None:
    long = Exact(Fraction(1, 3 ** (LONGEST_FRACTION // 2))) * Exact(Fraction(1, 7**2000))
    assert long.approximate
    assert long.sign() == 1
    total = Exact(Fraction(0))
    for n in range(2, 60):
        total = total + Exact(sympy.sqrt(n) * sympy.exp(sympy.Rational(1, n)))
    assert total.approximate
    assert float(total) == pytest.approx(sum(n**0.5 * np.exp(1 / n) for n in range(2, 60)))
    assert not (total - total).sign()


@pytest.mark.parametrize("size", [2, 30, 57, 61, 140, 350])
def test_what_cancels_keeps_the_digits_that_are_printed(size: int) -> None:
    """1 − tanh²(z) of a z that is held to digits: as far as float64 reaches, all digits hold."""
    z = exact(f"sin(sin(sin(sin({size}))))") + exact(str(size))
    tanh = EXACT.call("tanh", [z])
    assert z.approximate
    context = mpmath.MPContext()
    context.dps = 1500
    sines = functools.reduce(lambda inner, _: context.sin(inner), range(4), context.mpf(size))
    truth = 1 - context.tanh(sines + size) ** 2
    found = worth(shown(exact("1") - tanh * tanh, 17, significant=True))
    assert found == pytest.approx(float(context.nstr(truth, 17)), rel=1e-15)
