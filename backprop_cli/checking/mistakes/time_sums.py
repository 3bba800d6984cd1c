"""Mistakes in the gradients of a recurrent layer's parameters: sums over the steps."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from ...arithmetic.floating import FLOAT64
from ...functions.delayed import Delayed
from ...functions.operators import Affine
from ...functions.rules import fold
from ...functions.weighted import Weighted
from ..replay import Array
from ._records import mistake
from ._site import Site
from .through_time import bent_state, late_edges

MOST_STEPS = 8
"""Steps of which one may have been counted twice."""


def _readers(at: Site) -> list[tuple[int, int]]:
    """Return what reads a parameter at every step of a loop."""
    if at.kind != "gradient" or at.graph.nodes[at.node].per_sample:
        return []
    return [edge for edge in at.graph.arrivals[at.node] if at.graph.loop(edge[0]) is not None]


def _in_time(at: Site) -> list[tuple[int, int]]:
    """Return what reads a parameter at every step, in a loop or of a sequence."""
    nodes = at.graph.nodes
    dense = at.kind == "gradient" and not nodes[at.node].per_sample
    return _readers(at) or [
        (consumer, position)
        for consumer, position in (at.graph.arrivals[at.node] if dense else ())
        if nodes[consumer].axes[:1] == ("step",) and isinstance(nodes[consumer].rule, Affine)
    ]


def _parts(at: Site, consumer: int, position: int) -> list[Array]:
    """Return a parameter's gradient step by step: what each adds to the sum."""
    g, found = at.gradient(consumer), []
    for t in range(g.shape[1]):
        only = np.zeros(g.shape)
        only[:, t] = g[:, t]
        found.append(at.share(consumer, position, only))
    return found


@mistake(
    "state-of-the-wrong-step",
    "the state of this step for that of the step before",
    "Which state does U multiply at step t?",
    "{entry} is taken with the state of step t; at step t, U multiplies the state of step t − 1.",
    rank=30,
)
def state_of_the_wrong_step(at: Site) -> Iterator[Array]:
    """∂C/∂U = Σ δ_t h_tᵀ in place of Σ δ_t h_{t−1}ᵀ."""
    for consumer, position in _readers(at):
        rule, inputs = at.graph.rule(consumer), at.inputs(consumer)
        own = len(rule.step_rule.operands)
        if not isinstance(rule, Delayed) or position >= own:
            continue
        g, out = at.gradient(consumer), at.value(consumer)
        wrong = rule.rule.share(FLOAT64, position, g, out, *inputs[:own])
        wrong = at.over_batch(fold(wrong, at.computed.shape))
        right = at.share(consumer, position, g)
        if not np.array_equal(wrong, right):
            yield at.computed - right + wrong


@mistake(
    "one-step-of-the-sum",
    "one step's share for the sum over the steps",
    "At how many steps is this parameter used?",
    "{entry} is what one step adds; the parameter is used at every step, and all shares are added.",
    rank=30,
)
def one_step_of_the_sum(at: Site) -> Iterator[Array]:
    """Take the last step's share alone, the first's, or another's."""
    for consumer, position in _in_time(at):
        parts = _parts(at, consumer, position)
        if len(parts) > 1:
            yield parts[-1]
            yield from parts[: min(len(parts) - 1, MOST_STEPS)]


@mistake(
    "step-counted-twice",
    "a step counted twice",
    "How often does each step stand in the sum?",
    "{entry} has the share of one step twice.",
    rank=45,
)
def step_counted_twice(at: Site) -> Iterator[Array]:
    """One of the shares is added once more."""
    for consumer, position in _in_time(at):
        parts = _parts(at, consumer, position)
        if 1 < len(parts) <= MOST_STEPS:
            for part in parts:
                yield at.computed + part


@mistake(
    "outer-product-as-a-number",
    "the outer product of an error and a state taken for one number",
    "What does an entry of ∂C/∂U multiply: which unit's error, and which unit's state?",
    "{entry}: φ′ and the state before are multiplied and added up to one number for all entries; "
    "entry j, k of ∂C/∂U is unit j's own error times unit k's state.",
    rank=37,
)
def outer_product_as_a_number(at: Site) -> Iterator[Array]:
    """(φ′(z_t)·h_{t−1}) ∂C/∂h_t as every row, of a step or of all, in place of Σ_t δ_t h_{t−1}ᵀ."""
    for consumer, position in _readers(at):
        bends = bent_state(at, consumer)
        if bends is not None and _one_row(at):
            state, slope = bends
            yield from _as_numbers(at, (consumer, position), at.gradient(state), slope)


@mistake(
    "way-back-as-vectors",
    "the matrices of the way back in time taken for vectors",
    "What carries the error to the step before: a vector, entry by entry, or a matrix?",
    "{entry}: the last step's error is carried back entry by entry, times Uᵀφ′ at each step, and "
    "one step's share is taken; each unit's error goes through its own φ′ first, then through Uᵀ: "
    "Uᵀ(φ′ ⊙ error), and the shares of all steps are added.",
    rank=38,
)
def way_back_as_vectors(at: Site) -> Iterator[Array]:
    """One step's share, of an error carried on as (Uᵀφ′) ⊙ ∂C/∂h_{t+1} from the last step."""
    for consumer, position in _readers(at):
        bends, rule = bent_state(at, consumer), at.graph.rule(consumer)
        if bends is None or not isinstance(rule, Delayed):
            continue
        state, slope = bends
        late = [each[1] for each in late_edges(at, state) if each[0] == consumer]
        if len(late) != 1 or slope.shape[-1] == 1:
            continue
        factor = at.share(consumer, late[0], slope)
        errors, steps = at.gradient(state).copy(), range(slope.shape[1])
        backwards = list(steps if rule.clock.reverse else reversed(steps))
        for after, t in itertools.pairwise(backwards):
            errors[:, t] = factor[:, t] * errors[:, after]
        if np.allclose(errors, at.gradient(state), rtol=1e-6):  # written down, and judged there
            continue
        if _one_row(at):
            yield from _as_numbers(at, (consumer, position), errors, slope)
        for t in backwards[1 : 1 + MOST_STEPS]:
            only = np.zeros(slope.shape)
            only[:, t] = (errors * slope)[:, t]
            yield at.share(consumer, position, only)


def _one_row(at: Site) -> bool:
    """Return whether this is ∂C/∂U of one sample, whose rows a number for each would make equal."""
    square = at.computed.ndim == 2 and len(set(at.computed.shape)) == 1 < len(at.computed)
    return square and at.graph.single


def _as_numbers(at: Site, edge: tuple[int, int], errors: Array, slope: Array) -> Iterator[Array]:
    """Yield the rows (φ′·h_{t−1}) error_t, of all steps and of each."""
    consumer, position = edge
    rows = []
    for t, error in enumerate(errors[0]):
        first = np.zeros(at.gradient(consumer).shape)
        first[:, t, 0] = 1
        read = at.share(consumer, position, first).sum(axis=1 if at.graph.in_out else 0)
        rows.append(error * (slope[0, t] @ read))
    for row in (sum(rows), *rows[:MOST_STEPS]):
        every = np.tile(np.asarray(row), (len(at.computed), 1))
        yield every.T if at.graph.in_out else every


@mistake(
    "mean-over-steps",
    "the mean over the steps in place of the sum",
    "The parameter is used at each step: are the shares added, or averaged?",
    "{entry} is divided by the number of steps; the shares of the steps are added.",
    rank=30,
)
def mean_over_steps(at: Site) -> Iterator[Array]:
    """Σ_t/T in place of Σ_t."""
    readers = _in_time(at)
    if readers and at.gradient(readers[0][0]).shape[1] > 1:
        yield at.computed / at.gradient(readers[0][0]).shape[1]


@mistake(
    "factor-of-another-step",
    "what is read at another step, or of another kind, in a weight's gradient",
    "What does this weight multiply at step t, and of which step is it?",
    "{entry} is taken with the input or the state of another step, or with the one for the other.",
    rank=33,
)
def factor_of_another_step(at: Site) -> Iterator[Array]:
    """Σ δ_t x_{t−1}; ∂C/∂U with x for h, ∂C/∂W with h for x; V with the state before."""
    if at.kind != "gradient" or at.graph.nodes[at.node].per_sample:
        return
    for consumer, position in at.graph.arrivals[at.node]:
        rule, g = at.graph.rule(consumer), at.gradient(consumer)
        parents = at.graph.nodes[consumer].parents
        in_time = any(at.graph.loop(n) is not None for n in (consumer, *parents))
        if not in_time or g.ndim != 3 or at.computed.ndim != 2:
            continue
        right = at.share(consumer, position, g)
        moved = np.zeros(g.shape)
        moved[:, :-1] = g[:, 1:]
        later = at.share(consumer, position, moved)
        if later.any():
            yield at.computed - right + later
        if isinstance(rule, Delayed) and isinstance(rule.rule, Weighted):
            for term in rule.rule.terms:
                other = rule.operands.index(term.weights)
                if other != position and at.value(parents[other]).shape == at.computed.shape:
                    wrong = at.share(consumer, other, g)
                    yield at.computed - right + wrong


MISTAKES = (
    mean_over_steps,
    factor_of_another_step,
    outer_product_as_a_number,
    way_back_as_vectors,
    state_of_the_wrong_step,
    one_step_of_the_sum,
    step_counted_twice,
)
