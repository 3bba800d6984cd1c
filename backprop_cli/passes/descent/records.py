"""What a descent leaves behind: one step in full, or the course of many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct, structs

from ...arithmetic.floating import plain, shortest
from ...expression.refs import Ref
from ...expression.tree import Name

Array = np.ndarray[Any, Any]


SHORTER = "a smaller --lr, or --clip-norm, keeps the steps short"
DIVIDED = "0 is divided by 0"
NO_EPSILON = "a larger epsilon, such as --set-optimizer epsilon=1e-8, keeps the divisor from 0"


class Overflowed(Exception):
    """A number that a step has made is not finite: which step, what overflowed, and the cure."""

    def __init__(self, step: int, what: str, cure: str = SHORTER) -> None:
        super().__init__(f"step {step}: {what}")
        self.step, self.what, self.cure = step, what, cure


class ParameterStep(Struct, frozen=True):
    """One parameter's step; every array has the parameter's shape, in the file's layout.

    ``gradient`` is ∂loss/∂θ, ``used`` what the clipping and the weight decay made of it;
    ``before`` the state by its letter; ``found`` what each assignment gave: the state after, what
    stands between, and θ itself. ``frozen`` marks the entries that stay.
    """

    name: str
    ref: Ref
    old: Array
    gradient: Array
    used: Array
    before: dict[str, Array]
    found: dict[Name, Array]
    frozen: Array | None = None

    @property
    def new(self) -> Array:
        """The parameter after the step."""
        return self.found[Name("theta")]


class StepRecord(Struct, frozen=True):
    """One whole step: its number, its samples (from, to), the numbers used, each parameter.

    ``before`` and ``after`` are the values of every node for all samples. ``norm`` and ``factor``
    are of clipping by norm.
    """

    number: int
    samples: tuple[int, int]
    numbers: dict[Name, Any]
    parameters: tuple[ParameterStep, ...]
    before: Sequence[Array]
    after: Sequence[Array]
    norm: Any = None
    factor: Any = None


def readable(part: Any) -> Any:
    """Return a step's record with float32 as the float64 of the shortest decimals that say it."""
    match part:
        case StepRecord() | ParameterStep():
            fields = {name: readable(getattr(part, name)) for name in part.__struct_fields__}
            return structs.replace(part, **fields)
        case tuple():
            return tuple(map(readable, part))
        case dict():
            return {name: readable(value) for name, value in part.items()}
    if isinstance(part, np.float32):
        return plain(part)
    return shortest(part) if isinstance(part, np.ndarray) else part


class CourseRow(Struct, frozen=True):
    """Where a descent stood after ``step`` steps: the loss over all samples, what else is followed.

    ``rate`` is that of the step to come.
    """

    step: int
    loss: Any
    shown: tuple[Any, ...] = ()
    batch_loss: Any = None
    rate: Any = None


class Course(Struct, frozen=True):
    """Many steps: the loss of each step's samples before it, the chosen rows, why it stopped.

    ``before`` and ``after`` are the values of every node for all samples.
    """

    first: int
    losses: tuple[float, ...]
    rows: tuple[CourseRow, ...]
    stopped: Overflowed | None = None
    before: Sequence[Array] = ()
    after: Sequence[Array] = ()
