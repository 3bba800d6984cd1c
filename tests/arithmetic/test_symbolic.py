"""Symbolic numbers: sums and products in the order of the operands, nothing simplified away."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from backprop_cli.arithmetic.symbolic import SYMBOLIC
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Add, Call, Div, Mul, Number, Quantity
from backprop_cli.functions.softmax import SOFTMAX

from ..symbols import symbols


def test_a_product_of_matrices_is_the_sum_that_a_teacher_writes() -> None:
    W, x = symbols(Ref("W", 1), (1, 2)), symbols(Ref("x"), (2,))
    entries = [Quantity(Ref("W", 1, index=(1, k))) for k in (1, 2)]
    inputs = [Quantity(Ref("x", index=(k,))) for k in (1, 2)]
    wanted = Add(tuple(Mul((w, u)) for w, u in zip(entries, inputs, strict=True)))
    assert (W @ x)[0] == wanted


def test_written_numbers_are_fractions() -> None:
    array = SYMBOLIC.array(np.array([2, 3]))
    assert array.tolist() == [Number(Fraction(2)), Number(Fraction(3))]


def test_softmax_has_no_trace_of_the_shift_that_floats_need() -> None:
    z = symbols(Ref("z", 1), (1, 2))
    powers = tuple(Call("exp", (entry,)) for entry in z[0])
    assert SOFTMAX.forward(SYMBOLIC, z)[0, 0] == Div(powers[0], Add(powers))
