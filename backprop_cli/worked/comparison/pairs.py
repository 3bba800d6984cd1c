"""The quantities of two traces held against each other, entry by entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from msgspec import Struct

from ...expression.axes import dimensions, is_matrix
from ...expression.refs import Ref, plain_name, turned
from ...graph.names import from_shown, known_refs
from ...passes.trace import Trace

NOISE = 1e-12
"""The part of a float that another order of the same sum may change."""
MOST_NAMED = 8
"""Names that one sentence lists."""


class EntryPair(Struct, frozen=True):
    """One entry in both."""

    ref: Ref
    one: Any
    other: Any

    @property
    def change(self) -> Any:
        """The second less the first."""
        return self.other - self.one

    @property
    def differs(self) -> bool:
        """Whether they differ by more than the order in which floats are added."""
        largest = max(abs(float(self.one)), abs(float(self.other)))
        exact = not isinstance(self.one, float)
        return bool(self.change != 0) and (exact or abs(self.change) > NOISE * largest)


class QuantityPair(Struct, frozen=True):
    """One quantity in both: its entries, the most different first."""

    ref: Ref
    entries: tuple[EntryPair, ...]

    @property
    def largest(self) -> float:
        """By how much the most different entry differs."""
        return abs(float(self.entries[0].change))

    @property
    def differing(self) -> int:
        """How many entries differ."""
        return sum(entry.differs for entry in self.entries)


class ValuePairs(Struct, frozen=True):
    """Values and gradients of both, the most different first; what only one has, or shapes apart.

    ``apart`` are sentences; ``compared`` has what was held side by side, but for the loss.
    """

    values: tuple[QuantityPair, ...]
    gradients: tuple[QuantityPair, ...]
    apart: tuple[str, ...]
    compared: tuple[Ref, ...]


def paired(one: Trace, other: Trace) -> ValuePairs:
    """Return the quantities of the same name in both."""
    refs, others = known_refs(one.graph), known_refs(other.graph)
    both = [ref for name, ref in refs.items() if name in others]
    common = dict.fromkeys(ref for ref in both if _shape(one, ref) == _shape(other, ref))
    values = [pair for ref in common if (pair := _pair(one, other, ref))]
    apart = {
        "only the first has": [name for name in refs if name not in others],
        "only the second has": [name for name in others if name not in refs],
        "of another shape:": [_shapes(one, other, ref) for ref in both if ref not in common],
    }
    slopes: list[QuantityPair] = []
    if one.gradients and other.gradients:
        wanted = (
            ref.grad() for ref in common if _has_gradient(one, ref) and _has_gradient(other, ref)
        )
        slopes = [pair for ref in wanted if (pair := _pair(one, other, ref))]
    said = tuple(f"{what} {_listed(names)}" for what, names in apart.items() if names)
    compared = tuple(ref for ref in common if ref.part != "loss")
    return ValuePairs(_sorted(values), _sorted(slopes), said, compared)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _shape(trace: Trace, ref: Ref) -> tuple[int, ...]:
    """Return the shape of a quantity, a weight matrix's as (to, from)."""
    return turned(ref.part, trace.array(ref).shape, trace.graph.in_out)


def _shapes(one: Trace, other: Trace, ref: Ref) -> str:
    sizes = (dimensions(trace.array(ref).shape, "one") for trace in (one, other))
    return f"{plain_name(ref)} ({' against '.join(sizes)})"


def _has_gradient(trace: Trace, ref: Ref) -> bool:
    number = trace.graph.find(ref)
    return number is not None and trace.graph.nodes[number].wants_gradient


def _pair(one: Trace, other: Trace, ref: Ref) -> QuantityPair | None:
    mine, theirs = one.array(ref), other.array(ref)
    if is_matrix(ref.part, mine.ndim) and one.graph.in_out != other.graph.in_out:
        theirs = theirs.T
    entries = sorted(_entries(one, ref, mine, theirs), key=lambda e: -abs(float(e.change)))
    return QuantityPair(ref, tuple(entries)) if entries else None


def _entries(one: Trace, ref: Ref, mine: Any, theirs: Any) -> Iterator[EntryPair]:
    for place in np.ndindex(mine.shape):
        index = tuple(i + 1 for i in place)
        entry = from_shown(ref, index, one.graph) if index else ref
        yield EntryPair(entry, mine[place], theirs[place])


def _sorted(pairs: list[QuantityPair]) -> tuple[QuantityPair, ...]:
    return tuple(sorted((p for p in pairs if p.differing), key=lambda pair: -pair.largest))
