"""What a sum for a mean is off by: the number of outputs, steps or samples, and which way."""

from __future__ import annotations

from collections.abc import Iterable

from ..marking.markings import Marking
from ..mistakes.factors import ADDED, AVERAGE, steps_counted
from .evidence import Evidence

AVERAGED = "sum-or-mean"


def averaged(evidence: Evidence, some: Iterable[Marking]) -> str:
    """Return by what all these answers of a quantity are off, ``""`` where it cannot be told.

    Of a loss that adds its outputs up nobody leaves out a 1/K, nor a Σ of one that is their mean.
    """
    graph, markings = evidence.replay.graph, list(some)
    outputs, samples = graph.nodes[graph.output].shape[-1], graph.samples
    steps, over_time = steps_counted(evidence.replay)
    ways = [("samples", samples, up) for up in (True, False)]
    ways += [("outputs", outputs, True)] if graph.loss_name not in ADDED else []
    ways += [("outputs", outputs, False)] if graph.loss_name != AVERAGE else []
    ways += [("steps", round(steps), over_time)]
    ways.sort()
    fits = [
        (count, up, what)
        for what, count, up in ways
        if count > 1 and all(_is_off(evidence, e, count if up else 1 / count) for e in markings)
    ]
    if len({(count, up) for count, up, _ in fits}) != 1:
        return ""
    count, up, _ = fits[0]
    of = " and of ".join(what for _, _, what in fits)
    way = "a sum where a mean belongs" if up else "a mean where a sum belongs"
    return f"a factor {count if up else f'1/{count}'}, the number of {of}: {way}"


def _is_off(evidence: Evidence, marking: Marking, factor: float) -> bool:
    numbers = (marking.truth, *marking.computed)
    return any(evidence.fits(marking, factor * number) for number in numbers)
