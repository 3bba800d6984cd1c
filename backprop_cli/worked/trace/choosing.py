"""Which entry of an array is worked: one that is not 0, and adds up several, before the usual."""

from __future__ import annotations

import numpy as np
from msgspec import structs

from ...expression.refs import Ref, turned
from ..steps import Writer

MOST_TRIED = 12
"""Entries beside the usual ones that are looked at, those of the largest numbers."""


def teaching(
    writer: Writer, usual: list[Ref], above: Ref | None = None, after: Ref | None = None
) -> list[Ref]:
    """Return as many entries as are usual, first the one that teaches most, then others not 0.

    Of entries alike the usual ones are taken. What is worked of ``above`` counts as well, and that
    something comes ``after``: a relu lets it through.
    """
    ref = usual[0]
    if not ref.index:
        return usual
    others = [at for at in _largest(writer, ref if above is None else above) if at not in usual]
    tried = list(dict.fromkeys((*usual, *(ref.at(*at.index) for at in others))))
    ranks = {at: _rank(writer, at, above, after) for at in tried}
    best = max(tried, key=ranks.__getitem__)
    rest = sorted((at for at in tried if at != best), key=lambda at: ranks[at][0], reverse=True)
    return [best, *rest][: len(usual)]


def _largest(writer: Writer, ref: Ref) -> list[Ref]:
    """Return the entries of the largest numbers, of one sample where each has its own."""
    trace, number = writer.trace, writer.number(ref)
    found = trace.gradients[number] if ref.gradient else trace.values[number]
    if found is None:
        return []
    own = found[int(ref.sample or 1) - 1] if trace.graph.nodes[number].per_sample else found
    size = np.abs(np.asarray(own, dtype=float))
    places = np.argsort(-size, axis=None, kind="stable")[:MOST_TRIED]
    index = (np.unravel_index(place, size.shape) for place in places if size.flat[place])
    named = (tuple(int(i) + 1 for i in at) for at in index)
    return [structs.replace(ref, index=turned(ref.part, at, trace.graph.in_out)) for at in named]


def _rank(writer: Writer, ref: Ref, above: Ref | None, after: Ref | None) -> tuple[int, int]:
    """Return how many of an entry's numbers are not 0, and how many quantities it is made of."""
    refs = [ref] if above is None else [above.at(*ref.index), ref]
    refs += [] if after is None else [after.at(*ref.index)]
    steps = [writer.step(each) for each in refs]
    return sum(bool(step.value != 0) for step in steps), len(steps[0].uses)
