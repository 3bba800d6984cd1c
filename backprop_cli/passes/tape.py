"""Both passes of a long graph of single numbers: the calls that it was laid down as, on floats.

They give the walks' own numbers to the last bit. Where one is not finite, or a division by 0 is in
the way, they give nothing: the walks say what is wrong, or find that it does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from operator import itemgetter
from typing import Any

import numpy as np

from ..arithmetic import Arithmetic
from ..arithmetic.floating import FLOAT64
from ..graph.records import Graph
from ..graph.tape import Calls

Array = np.ndarray[Any, Any]


class Singles(Sequence[Any]):
    """Single numbers, each an array by itself when it is asked for, or None.

    ``held`` are all numbers of the pass that found them, those on the way too.
    """

    def __init__(self, numbers: Sequence[float | None], held: list[float]) -> None:
        self.numbers, self.held = numbers, held

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, at: Any) -> Any:
        found = self.numbers[at]
        if isinstance(at, slice):
            return tuple(map(_alone, self.numbers[at]))
        return _alone(found)


def taped_values(
    graph: Graph, arithmetic: Arithmetic, leaves: Mapping[int, Array]
) -> Singles | None:
    """Return each node's value, if the calls find it."""
    tape = graph.tape if arithmetic is FLOAT64 else None
    if tape is None:
        return None
    held = tape.start.copy()
    for number in graph.given:
        held[tape.values[number]] = leaves[number].item()
    if not _called(tape.there, held):
        return None
    values = itemgetter(*tape.values)(held)
    return Singles(values, held) if _all_finite(values) else None


def taped_gradients(graph: Graph, values: Sequence[Array]) -> Singles | None:
    """Return each node's gradient, if the calls found the values and find it."""
    tape = graph.tape if isinstance(values, Singles) else None
    if tape is None or not isinstance(values, Singles):
        return None
    back = tape.back
    held: list[Any] = values.held + back.constants
    if not _called(back.calls, held):
        return None
    held.append(None)
    gradients = itemgetter(*back.gradients)(held)
    return Singles(gradients, []) if _all_finite(filter(None, gradients)) else None


def _called(calls: Calls, held: list[Any]) -> bool:
    """Make the calls; return whether every one has a result."""
    put = held.append
    try:
        for function, left, right in zip(calls.functions, calls.left, calls.right, strict=True):
            put(function(held[left], held[right]))
    except (ZeroDivisionError, OverflowError):
        return False
    return True


def _all_finite(numbers: Iterable[float]) -> bool:
    """Return whether every number is finite; a sum tells, unless it overflows."""
    numbers = tuple(numbers)
    return isfinite(sum(numbers)) or all(map(isfinite, numbers))


def _alone(number: float | None) -> Array | None:
    return None if number is None else np.asarray(number)
