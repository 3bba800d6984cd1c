"""The gradient check: each entry of a backward pass against three derivatives got without it.

All three move one entry and run the forward pass again: by central differences in floats, by a
complex step in complex numbers, and as a formula that sympy differentiates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from msgspec import Struct, structs

from ...arithmetic.complex import COMPLEX128, NoComplexForm
from ...expression.refs import Ref
from ...graph.records import Graph
from ...problems import Refusal
from ..loops.reading import without_cuts
from ..noise import noise_of
from ..trace import Trace, backward
from .in_sympy import SYMPY, TooLong, lift, slope, variable
from .kinks import CrossedKink, any_on_a_kink, kinks_between
from .moved import Moved
from .places import MOST_ENTRIES, SAMPLED, Places, entry_ref, multiplications, quotas_of

Array = np.ndarray[Any, Any]

TOLERANCE = 1e-6
"""The relative error up to which two derivatives agree, unless another is asked for."""
ROUNDING = 64 * float(np.finfo(np.float64).eps)
"""Times the largest gradient of the pass: what rounding alone may make of an entry."""
STEPS = tuple(10.0**-n for n in range(2, 8))
"""The steps tried, in units of the entry (of 1 for a small one)."""
IMAGINARY = 2.0**-100
"""The complex step; nothing cancels, so it can be as small as it likes."""
MOST_SYMPY = 2_500
"""Parts of all formulas together past which sympy is not asked for more: 1 ms each."""
TRIED = 20
"""What a formula that proves too long counts towards that."""
MOST_WRITTEN = 50_000
"""Products of all passes together that are written down as a formula: 50 µs each."""


class Estimate(Struct, frozen=True):
    """One method's derivative of the loss in one entry.

    ``uncertainty`` is what the method itself cannot vouch for; ``step`` the h of a difference.
    ``value`` is None where the method was left out, ``reason`` then says why.
    """

    value: float | None = None
    error: float = 0.0
    uncertainty: float = 0.0
    step: float = 0.0
    reason: str = ""
    verdict: str = "left out"


class Checked(Struct, frozen=True):
    """One entry: what backpropagation gives, the three others, and what follows.

    ``verdict`` is ``pass``, ``fail``, ``kink`` (the derivative jumps here: they may differ) or
    ``undecided`` (no method can tell so small a gradient from rounding). ``sides`` are the
    one-sided difference quotients where there is a kink, from the left and from the right; None
    where one overflows. ``rounding`` is what was added may be off by, where the gradient is no
    more than that.
    """

    ref: Ref
    value: float
    gradient: float
    differences: Estimate
    complex_step: Estimate
    sympy: Estimate
    verdict: str
    kinks: tuple[CrossedKink, ...] = ()
    sides: tuple[float, float] | None = None
    rounding: float = 0.0

    @property
    def estimates(self) -> dict[str, Estimate]:
        """The three estimates by name."""
        return {
            "differences": self.differences,
            "complex_step": self.complex_step,
            "sympy": self.sympy,
        }

    @property
    def error(self) -> float:
        """The largest relative error among the methods that can tell."""
        told = ("agrees", "disagrees")
        return max((e.error for e in self.estimates.values() if e.verdict in told), default=0.0)


class GradientCheck(Struct, frozen=True):
    """The whole check: entries in the order of the names, and what was left unchecked."""

    graph: Graph
    loss: float
    tolerance: float
    floor: float
    entries: tuple[Checked, ...]
    counts: dict[Ref, tuple[int, int]] = {}
    seed: int = 0
    uncut: bool = False

    @property
    def passed(self) -> bool:
        """Whether no entry fails."""
        return all(entry.verdict != "fail" for entry in self.entries)

    @property
    def sampled(self) -> bool:
        """Whether some entries were left unchecked."""
        return any(checked < total for checked, total in self.counts.values())

    @property
    def worst(self) -> Checked | None:
        """The entry with the largest relative error: a failing one first, kinks last."""
        order = ("kink", "undecided", "pass", "fail")
        decided = [e for e in self.entries if e.verdict in ("pass", "fail")]
        return max(decided, key=lambda e: (order.index(e.verdict), e.error), default=None)


@np.errstate(all="ignore")
def check_gradients(
    trace: Trace,
    wanted: tuple[Ref, ...],
    *,
    tolerance: float = TOLERANCE,
    most: int = MOST_ENTRIES,
    sampled: int = SAMPLED,
    room: int = 10**9,
    seed: int = 0,
    sample: int | None = None,
    sympy: bool = True,
    tell: Callable[[int], None] | None = None,
) -> GradientCheck:
    """Return the check of the quantities (or entries) in ``wanted``, values not gradients.

    Past ``most`` entries in all, ``sampled`` of each quantity are drawn with the seed, and no more
    than ``room`` of all of them; ``sample`` keeps the rows of one sample. ``tell`` hears how many
    entries are done. The trace is of float64 and has gradients; where it truncates
    them in time they are taken anew, uncut, since no difference of costs is what is left of them.
    """
    cut = any(loop.clock.truncate is not None for loop in trace.graph.loops)
    if cut:
        trace = backward(without_cuts(trace.graph), trace.arithmetic, trace.values)
    graph = trace.graph
    leaves = {number: trace.values[number] for number in graph.given}
    sizes = [np.abs(g) for g in trace.gradients if g is not None and g.size]
    largest = max(float(size.max()) for size in sizes if np.isfinite(size).all())
    checker = _Checker(trace, leaves, tolerance, ROUNDING * largest, sympy)
    places = {ref: Places.of(graph, ref, sample) for ref in wanted}
    total = sum(each.count for each in places.values())
    random = np.random.default_rng(seed)
    quotas = [each.count for each in places.values()]
    if total > min(most, room):
        quotas = quotas_of(quotas, sampled, room, random)
    counts: dict[Ref, tuple[int, int]] = {}
    entries: list[Checked] = []
    for (ref, each), quota in zip(places.items(), quotas, strict=True):
        picked: list[int] | range = range(each.count)
        if quota < each.count:
            picked = sorted(random.choice(each.count, quota, replace=False).tolist())
        counts[ref] = (quota, each.count)
        number = graph.number(ref)
        for flat in picked:
            entries.append(checker.entry(number, each.position(flat)))
            if tell is not None:
                tell(len(entries))
    loss = float(trace.values[graph.loss or 0])
    return GradientCheck(graph, loss, tolerance, checker.floor, tuple(entries), counts, seed, cut)


def scale_of(graph: Graph, number: int) -> int:
    """Return by how much a gradient's rows are larger than ∂loss/∂(entry): N under a mean."""
    mean = graph.mean and graph.nodes[number].per_sample
    return graph.samples if mean else 1


class _Checker:
    def __init__(
        self,
        trace: Trace,
        leaves: Mapping[int, Array],
        tolerance: float,
        floor: float,
        sympy: bool,
    ) -> None:
        self.trace, self.graph, self.leaves = trace, trace.graph, leaves
        self.tolerance, self.floor = tolerance, floor
        self.asks_sympy, self.sympy_parts = sympy, MOST_SYMPY
        self.products, self.written = multiplications(self.graph), 0
        self.noise = noise_of(trace).gradients
        self.on_a_kink = any_on_a_kink(self.graph, leaves)

    def entry(self, number: int, position: tuple[int, ...]) -> Checked:
        """Return one entry's check."""
        graph = self.graph
        moved = Moved(graph, self.leaves, number, position)
        gradients = self.trace.gradients[number]
        gradient = 0.0 if gradients is None else float(gradients[position])
        value, scale = float(self.trace.values[number][position]), scale_of(graph, number)
        off = float(self.noise[number][position]) if number in self.noise else 0.0
        found = (
            self._judged(central(moved, value, scale), gradient, off),
            self._judged(_complex_step(moved, scale), gradient, off),
            self._judged(self._sympy(moved, scale), gradient, off),
        )
        verdicts = {estimate.verdict for estimate in found}
        verdict = "fail" if "disagrees" in verdicts else "pass"
        if verdict == "pass" and "agrees" not in verdicts:
            verdict = "undecided"
        ref = entry_ref(graph, number, position)
        entry = Checked(ref, value, gradient, *found, verdict, rounding=off)
        if verdict == "pass" and not self.on_a_kink:
            return entry
        return self._near_a_kink(moved, entry, scale)

    def _near_a_kink(self, moved: Moved, entry: Checked, scale: int) -> Checked:
        """Return the entry with the kinks within its step, where it is not judged for one.

        The differences see every kink within their step; the two others only one that the entry
        stands on. Standing on one, the methods may agree by symmetry, which is no proof.
        """
        h = entry.differences.step or STEPS[3] * max(1.0, abs(entry.value))
        kinks = kinks_between(self.graph, moved.by, (-h, 0.0, h))
        others = (entry.complex_step, entry.sympy)
        on_it = tuple(kink for kink in kinks if kink.distance == 0)
        if entry.verdict == "pass":
            kinks = on_it
        if not kinks or (not on_it and any(e.verdict == "disagrees" for e in others)):
            return entry
        here = float(self.trace.values[self.graph.loss or 0])
        left = (here - moved.shifted(-h)) / h * scale
        right = (moved.shifted(h) - here) / h * scale
        sides = (left, right) if math.isfinite(left) and math.isfinite(right) else None
        return structs.replace(entry, verdict="kink", kinks=kinks, sides=sides)

    def _judged(self, estimate: Estimate, gradient: float, off: float) -> Estimate:
        """Return the estimate with its relative error and whether it agrees.

        Of a gradient that is 0 but for rounding, ``off``, an estimate as small is no error.
        """
        if estimate.value is None:
            return estimate
        apart = abs(gradient - estimate.value)
        error = relative_error(gradient, estimate.value) if apart > 2 * off else 0.0
        verdict = "disagrees"
        if error <= self.tolerance or apart <= self.floor:
            verdict = "agrees"
        elif apart <= estimate.uncertainty:
            verdict = "cannot tell"
        return Estimate(
            estimate.value, error, estimate.uncertainty, estimate.step, estimate.reason, verdict
        )

    def _sympy(self, moved: Moved, scale: int) -> Estimate:
        if not self.asks_sympy:
            return Estimate(reason="not asked for")
        if self.products > MOST_WRITTEN:
            return Estimate(reason="the formula would be too long")
        if self.sympy_parts <= 0:
            return Estimate(reason=f"the formulas before have {MOST_SYMPY} parts; that is enough")
        self.written += self.products
        if self.written > MOST_WRITTEN:
            done = f"the passes before have {MOST_WRITTEN} products"
            return Estimate(reason=f"{done}; that is enough")
        try:
            loss = lift(moved.loss(SYMPY, lambda v: variable(float(v.value))))
            self.sympy_parts -= loss.parts
            found = slope(loss)
        except TooLong:
            self.sympy_parts -= TRIED
            return Estimate(reason="the formula would be too long")
        except (Refusal, ArithmeticError):
            return Estimate(reason="not defined")
        return Estimate(reason="not defined") if found is None else Estimate(found * scale)


def relative_error(one: float, other: float) -> float:
    """Return |one − other| / max(|one|, |other|); 0 where both are 0."""
    largest = max(abs(one), abs(other))
    return abs(one - other) / largest if largest else 0.0


def central(moved: Moved, value: float, scale: int) -> Estimate:
    """Return (C(v + h) − C(v − h)) / 2h with the step at which its neighbours differ least.

    Too large a step bends, too small a one cancels; between them the quotient stands still.
    """
    tried: list[tuple[float, float, float]] = []
    for step in STEPS:
        h = step * max(1.0, abs(value))
        above, below = value + h, value - h
        up, down = moved.shifted(h), moved.shifted(-h)
        quotient = (up - down) / (above - below) * scale
        noise = 4 * float(np.finfo(np.float64).eps) * max(abs(up), abs(down)) / h * scale
        if math.isfinite(quotient) and math.isfinite(noise):
            tried.append((h, quotient, noise))
    if len(tried) < 3:
        return Estimate(reason="the loss is not defined around it")
    best = min(range(1, len(tried) - 1), key=lambda k: _change(tried, k))
    h, quotient, noise = tried[best]
    return Estimate(quotient, 0.0, _change(tried, best) + noise, h)


def _change(tried: list[tuple[float, float, float]], k: int) -> float:
    return abs(tried[k][1] - tried[k - 1][1]) + abs(tried[k + 1][1] - tried[k][1])


def _complex_step(moved: Moved, scale: int) -> Estimate:
    """Return Im C(v + ih) / h."""
    try:
        loss = complex(moved.loss(COMPLEX128, lambda value: value + 1j * IMAGINARY))
    except NoComplexForm as missing:
        return Estimate(reason=f"{missing} has no complex form here")
    except (Refusal, ArithmeticError):
        return Estimate(reason="not defined")
    found = loss.imag / IMAGINARY * scale
    if not math.isfinite(found):
        return Estimate(reason="overflows in complex numbers")
    return Estimate(found, step=IMAGINARY)
