"""Primitives on single numbers: the steps on floats that a rule's value and shares consist of."""

from __future__ import annotations

import functools
from functools import partial
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic.recorded import FloatStep, NumberAt, Recorded, Recorder, placed
from ..mathematics.elementary import ELEMENTARY
from .primitives import (
    Activate,
    Apply,
    Defined,
    Extreme,
    Minus,
    Plus,
    Power,
    PowerOf,
    Primitive,
    Quotient,
    Times,
)

SINGLE = (Plus, Minus, Times, Quotient, Power, PowerOf, Apply, Extreme, Activate, Defined)
"""The primitives that make a single number of single numbers."""


class FloatSteps(Struct, frozen=True):
    """FloatSteps in order, and where the last of them leaves what is wanted."""

    steps: tuple[FloatStep, ...]
    result: NumberAt


@functools.lru_cache(maxsize=4096)
def value_steps(primitive: Primitive, count: int) -> FloatSteps:
    """Return what finds the value of ``count`` inputs."""
    xp = Recorder(count)
    return _done(xp, _value(primitive, xp, *xp.inputs))


@functools.lru_cache(maxsize=4096)
def share_steps(primitive: Primitive, k: int, count: int) -> FloatSteps:
    """Return what finds input k's share, of the gradient, the value and the inputs."""
    xp = Recorder(2 + count)
    return _done(xp, _share(primitive, xp, k, *xp.inputs))


def _value(primitive: Any, xp: Any, *inputs: Any) -> Any:
    if isinstance(primitive, Activate):
        form = primitive.rule.activation.numpy_value
        if form is not None:
            return xp.applied(partial(_of_array, form, primitive.rule.bound), inputs[0])
    return primitive.forward(xp, *inputs)


def _share(primitive: Any, xp: Any, k: int, g: Any, out: Any, *inputs: Any) -> Any:
    """Return the share; a slope that has a form of its own, as floats take it of unrounded ones."""
    match primitive:
        case Activate(name) if name != "identity":
            rule = primitive.rule
            form = rule.activation.numpy_derivative
            if form is not None and rule.activation.numpy_value is not None:
                return g * xp.applied(partial(_of_array, form, rule.bound), inputs[0])
        case Apply(function):
            slope = ELEMENTARY[function].numpy_slope
            if slope is not None:
                return g * xp.applied(partial(_of_array, slope, {}), inputs[0])
    return primitive.share(xp, k, g, out, *inputs)


def _of_array(form: Any, settings: dict[str, float], u: float) -> Any:
    return form(np.asarray(u), **settings)


def _done(xp: Recorder, result: Any) -> FloatSteps:
    """Return the steps; a rule may have put its number into an array."""
    number = result.item() if isinstance(result, np.ndarray) else result
    if isinstance(number, Recorded) and number.recorder is not xp:
        raise AssertionError("a number of other steps")
    return FloatSteps(tuple(xp.steps), placed(number))
