"""What an argument of the Python interface must be; a command's options are checked by click."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np

from ..problems import shortened

MOST_DIGITS, MOST_ROUNDED = 17, 15
"""As --digits and --round-forward have them."""


def whole(name: str, value: Any, low: int, high: int) -> None:
    """Raise ValueError where the argument is no whole number of that range."""
    fits = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not fits or not low <= value <= high:
        expected = f"{name}: a whole number from {low} to {high} is expected"
        raise ValueError(f"{expected}, not {shortened(repr(value))}")


def decimals(digits: Any, round_forward: Any = None, round_backward: Any = None) -> None:
    """Raise ValueError where a number of decimals is none; a rounding may be left out."""
    whole("digits", digits, 0, MOST_DIGITS)
    for name, value in (("round_forward", round_forward), ("round_backward", round_backward)):
        if value is not None:
            whole(name, value, 0, MOST_ROUNDED)


def pair(name: str, value: Any) -> None:
    """Raise TypeError where the argument is no two whole numbers."""
    if not isinstance(value, tuple) or [type(each) for each in value] != [int, int]:
        expected = f"{name}: two whole numbers are expected, such as (1, 2)"
        raise TypeError(f"{expected}, not {shortened(repr(value))}")


def text(name: str, value: Any, example: str) -> None:
    """Raise TypeError where the argument is no text."""
    if not isinstance(value, str):
        expected = f"{name}: a text is expected, such as {example}"
        raise TypeError(f"{expected}, not {shortened(repr(value))}")


def one_of(name: str, value: Any, choices: Any) -> None:
    """Raise ValueError where the argument is none of a Literal's texts."""
    known = get_args(choices)
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name}: {', '.join(known)} are known, not {shortened(repr(value))}")


def tolerance(value: Any) -> None:
    """Raise ValueError where a tolerance is no number from 0."""
    fits = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not fits or not 0 <= value < math.inf:
        expected = "tolerance: a number from 0 is expected, such as 0.001 for 0.1 %"
        raise ValueError(f"{expected}, not {shortened(repr(value))}")


def rate(value: Any) -> str | None:
    """Return a learning rate as a file has it; raise Refusal where it is no number from 0."""
    if value is None:
        return None
    from ..passes.descent.plan import checked_number

    return checked_number("learning_rate", str(value))


def changes(value: Any) -> None:
    """Raise TypeError where what is set is no mapping."""
    if not isinstance(value, Mapping):
        expected = 'set: a mapping is expected, such as {"W1[1,2]": 0.3}'
        raise TypeError(f"{expected}, not {shortened(repr(value))}")
