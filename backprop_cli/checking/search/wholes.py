"""What many answers show together: one factor in all gradients, two quantities exchanged."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable

from ..marking.comparing import follows
from ..marking.markings import Marking
from .evidence import CHANCE, Evidence, Explanation, Named

FEWEST = 6
"""Gradients that show one factor."""
EXACT = 1e-3
"""The part by which a factor may be another than that which is named."""


def wholes(
    evidence: Evidence, left: frozenset[int], *, found: Iterable[Explanation]
) -> list[Named]:
    """Name quantities that are exchanged, or the one factor that is in all gradients.

    A sign, a sum for a mean: what is known by a name of its own keeps it.
    """
    exchanged = _exchanged(evidence, left)
    if exchanged:
        return exchanged
    known: dict[str, set[int]] = {}
    for each in found:
        known.setdefault(each.ids[0], set()).update(each.explains | each.near)
    scaled = _scaled(evidence, left)
    return [] if any(each.explains <= own for each in scaled for own in known.values()) else scaled


def _scaled(evidence: Evidence, left: frozenset[int]) -> list[Named]:
    """Return the factor of every gradient, or of every parameter's."""
    replay = evidence.replay
    parameters = set(replay.graph.parameters.values())
    gradients = [m for m in evidence.markings if replay.kind_of(m.key) == "gradient" and m.number]
    updated = [m for m in gradients if replay.node_of(m.key) in parameters]
    for here in (gradients, updated):
        wrong = frozenset(m.index for m in here if m.truth)
        if len(wrong) < FEWEST or not wrong <= left or len({m.key for m in here}) < 2:
            continue
        factor = _factor(evidence, here)
        if factor is not None and evidence.chance(sorted(wrong)[1:]) < CHANCE:
            said = f"all {len(here)} are {_number(factor)} times the right ones"
            return [Named(("one-factor",), wrong, term=f"{said}: {_why(evidence, factor)}")]
    return []


def _factor(evidence: Evidence, here: list[Marking]) -> float | None:
    """Return by what each right number is multiplied: one factor, as far as the digits tell."""
    low, high = -math.inf, math.inf
    for marking in here:
        s, truth = marking.number, marking.truth
        if s is None or not truth:
            if s is not None and s.value:
                return None
            continue
        slack = max(evidence.sheet.units * s.unit, 1e-6 * abs(s.value)) / abs(truth)
        low, high = max(low, s.value / truth - slack), min(high, s.value / truth + slack)
    if not low <= high or high - low > 0.02 * abs(high + low):
        return None
    whole = next((f for f in _plain(evidence) if low <= f <= high), None)
    return (low + high) / 2 if whole is None else whole


def _plain(evidence: Evidence) -> Iterable[float]:
    """Yield the factors that a slip is known to give."""
    graph = evidence.replay.graph
    outputs = math.prod(graph.nodes[graph.output].shape)
    yield from (n for n in range(2, 11))
    for n in (outputs, graph.samples, outputs * graph.samples):
        yield from (1 / n, 2 / n, n)


def _number(factor: float) -> str:
    return f"{factor:.4g}".replace("-", "−")


def _why(evidence: Evidence, factor: float) -> str:
    """Return what the factor suggests."""
    graph = evidence.replay.graph
    outputs = math.prod(graph.nodes[graph.output].shape)
    if outputs > 1 and any(math.isclose(factor, n / outputs, rel_tol=EXACT) for n in (1, 2)):
        return f"a mean over the {outputs} outputs?"
    if math.isclose(factor, round(factor), rel_tol=EXACT) and factor > 1:
        return "added up in several passes, without being set to zero between them?"
    if 0 < factor < 1:
        return "clipped by their norm, or another scale of the loss?"
    return "another scale of the loss?"


def _exchanged(evidence: Evidence, left: frozenset[int]) -> list[Named]:
    """Return the quantities of one shape that have each other's numbers."""
    truth = evidence.replay.truth
    wrong = {evidence.markings[index].key for index in left} & evidence.whole
    named: list[Named] = []
    taken: set[int] = set()
    pairs = list(itertools.combinations(sorted(wrong, key=evidence.turn_of), 2))
    for one, other in pairs:
        if truth[one].shape != truth[other].shape or truth[one].size < 2 or taken & {one, other}:
            continue
        mine = frozenset(n for key in (one, other) for n in evidence.at[key]) & left
        if not (_has(evidence, one, other) and _has(evidence, other, one)):
            continue
        if evidence.chance(sorted(mine)) * len(pairs) < CHANCE:
            taken |= {one, other}
            names = [
                evidence.markings[evidence.at[key][0]].answer.name.partition("[")[0]
                for key in (one, other)
            ]
            named.append(Named(("quantities-exchanged",), mine, term=f"{names[0]} and {names[1]}"))
    return named


def _has(evidence: Evidence, one: int, other: int) -> bool:
    """Return whether each answer of a quantity is the right number of another."""
    right, units = evidence.replay.truth[other].ravel(), evidence.sheet.units
    markings = [evidence.markings[index] for index in evidence.at[one]]
    return all(m.number and follows(m.number, float(right[m.position]), units) for m in markings)
