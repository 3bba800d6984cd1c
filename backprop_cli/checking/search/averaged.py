"""What a sum for a mean is off by: the number of outputs, or of samples, and which way."""

from __future__ import annotations

from collections.abc import Iterable

from ..marking.markings import Marking
from .evidence import Evidence

AVERAGED = "sum-or-mean"


def averaged(evidence: Evidence, some: Iterable[Marking]) -> str:
    """Return by what all these answers of a quantity are off, ``""`` where it cannot be told."""
    graph, markings = evidence.replay.graph, list(some)
    counts = {"outputs": graph.nodes[graph.output].shape[0], "samples": graph.samples}
    fits = [
        (count, up, what)
        for what, count in counts.items()
        for up in (True, False)
        if count > 1
        and all(_is_off(evidence, each, count if up else 1 / count) for each in markings)
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
