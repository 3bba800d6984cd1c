"""Trees are equal where they say the same: forms that are kept by their tree hang on it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import sympy

from backprop_cli.expression.stable import stable
from backprop_cli.expression.tree import ONE, ZERO, Call, Expr, Name, Neg, Number, Pow, add, mul
from backprop_cli.expression.walking import substitute, walk
from backprop_cli.mathematics.activations import spelled_out
from backprop_cli.mathematics.formulas import formula

ONES = (1, Fraction(1), sympy.Integer(1))
FLOATS = (1.0, np.float64(1))
Z = Name("z")


def around(value: object) -> tuple[Expr, ...]:
    """Return trees that a number stands in, at every depth."""
    one = Number(value)
    return one, Neg(one), Pow(Z, one), add(one, Z), Call("exp", (mul(one, Z),)), Call("f", (one,))


@pytest.mark.parametrize("other", [*ONES, *FLOATS], ids=repr)
@pytest.mark.parametrize("value", [*ONES, *FLOATS], ids=repr)
def test_a_float_is_not_the_exact_number(value: object, other: object) -> None:
    same = isinstance(value, float) == isinstance(other, float)
    for one, two in zip(around(value), around(other), strict=True):
        assert (one == two) == same
        assert (one != two) != same
        assert not same or hash(one) == hash(two)


def test_zeros_of_two_signs_differ() -> None:
    assert Number(0.0) != Number(-0.0)
    assert Number(0.0) == Number(0.0)
    assert Number(0.0) != ZERO
    assert Number(1) != 1
    assert Name("1") != ONE


@pytest.mark.parametrize("kept", [stable, spelled_out])
@pytest.mark.parametrize("text", ["1", "2*z + 1", "tanh(z)**2", "silu(1 - z)", "exp(3*z)/2"])
def test_what_is_kept_of_a_pass_is_not_given_to_a_formula(
    kept: Callable[[Expr], Expr], text: str
) -> None:
    exact = formula(text, ("silu",))
    floats = substitute(
        exact, lambda node: Number(float(node.value)) if isinstance(node, Number) else None
    )
    for tree in (floats, exact, floats):
        numbers = {type(node.value) for node in walk(kept(tree)) if isinstance(node, Number)}
        assert (float in numbers) == (tree is floats)
