"""Products of objects: as numpy's, and an entry's error is the error that comes out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any
from unittest import mock

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.arithmetic.entries import each, matmul
from backprop_cli.layers import layer_types
from backprop_cli.passes.differences import in_sympy
from backprop_cli.passes.differences.gradient_check import check_gradients
from backprop_cli.passes.run import run

SHAPES = (
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3, 4)),
    ((5, 2, 3), (5, 3, 1)),
    ((2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (4, 3, 2)),
    ((3,), (3, 2)),
)


class Refused(Exception):
    """What an entry raises."""


class Broken:
    """A number that cannot be multiplied."""

    def __mul__(self, other: Any) -> Any:
        raise Refused

    __rmul__ = __mul__


def drawn(shape: tuple[int, ...]) -> Any:
    numbers = np.random.default_rng(0).integers(-9, 9, shape)
    return each(lambda value: Fraction(int(value), 7), numbers)


@pytest.mark.parametrize(("left", "right"), SHAPES)
def test_it_is_numpy_s_product(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    a, b = drawn(left), drawn(right)
    assert (matmul(a, b) == a @ b).all()
    floats = a.astype(float), b.astype(float)
    assert (matmul(*floats) == floats[0] @ floats[1]).all()
    broken = each(lambda value: Broken(), a)
    with pytest.raises(Refused):
        matmul(broken, b)


@pytest.mark.parametrize("name", layer_types())
def test_a_formula_too_long_is_said_of_every_layer(name: str) -> None:
    """At whatever operation of the pass it gets too long."""
    graph = loads(layer_types()[name].example)
    wanted = tuple(graph.nodes[number].ref for number in graph.parameters.values())
    for parts in (1, 4, 25):
        with mock.patch.object(in_sympy, "MOST_PARTS", parts):
            check = check_gradients(run(graph), wanted[:2], most=1, sampled=1)
        assert check.passed
