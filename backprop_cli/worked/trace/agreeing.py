"""Two ways to one number: how far they are apart, said in a note under them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ...passes.trace import Trace, backward, forward
from ..document import Note, Text

ROUNDINGS = 64
"""Roundings of float64 that a sum of a layer's products may be off by."""

Apart = tuple[float, bool]
"""How far two ways are from each other, and whether by roundings of float64 only."""


def apart(one: Iterable[Any], other: Iterable[Any], largest: float) -> Apart:
    """Return max |x − y|; a rounding is measured by the largest term, since large ones cancel."""
    far = max(abs(float(x) - float(y)) for x, y in zip(one, other, strict=True))
    return far, far <= rounding_of(max(1.0, largest))


def farthest(found: Iterable[Apart]) -> Apart:
    """Return the largest difference, and whether every one is of roundings only."""
    every = tuple(found)
    return max(far for far, _ in every), all(agree for _, agree in every)


def rounding_of(largest: float) -> float:
    """Return what a sum may be off by whose largest term is given."""
    return ROUNDINGS * float(np.finfo(np.float64).eps) * largest


def comparison(trace: Trace, measured: Callable[[Trace], Apart], samples: int = 1) -> Note:
    """Return whether both ways agree, and if not, whether it is the pass that rounds.

    Of several samples it is said once, with the largest difference.
    """
    far, agree = measured(trace)
    if far == 0:
        said = "both ways agree exactly"
    elif agree:
        said = f"both ways agree: they differ by at most {far:.1e}"
    elif trace.rounded and measured(_unrounded(trace))[1]:
        said = f"the two ways differ by at most {far:.1e}, by rounding alone: without it they agree"
    else:
        said = f"the two ways disagree: they differ by up to {far:.1e}"
    shown = (Text(f" (the largest of {samples} samples)"),) if samples > 1 and far else ()
    return Note((Text(said), *shown))


def _unrounded(trace: Trace) -> Trace:
    leaves = {leaf: trace.values[leaf] for leaf in trace.graph.given}
    values = forward(trace.graph, trace.arithmetic, leaves)
    return backward(trace.graph, trace.arithmetic, values)
