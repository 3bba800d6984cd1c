"""What the sheets of one class ask for again and again, worked out once for the same numbers.

Most students have most numbers right, so that the arrays which a step reads are those of another
sheet. What is read is noted while it is worked out: it holds wherever these arrays are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, SupportsIndex, TypeVar

from msgspec import structs

from .replay import Array, Arrays, Compute, ReplayStep

MOST_KEPT = 256
"""Different numbers of which what comes of them is kept at once."""
T = TypeVar("T")


class Noted(list[Array]):
    """Arrays in use that note which of them are read, but for those put in afterwards."""

    def __init__(
        self, arrays: Arrays, read: set[int], start: int = 0, put: frozenset[int] = frozenset()
    ) -> None:
        super().__init__(arrays)
        self.read, self.start, self.put = read, start, put

    def __getitem__(self, at: Any) -> Any:
        """Return an array, noted; a part of the arrays notes in the same way."""
        found = super().__getitem__(at)
        if isinstance(at, slice):
            return Noted(found, self.read, self.start + at.indices(len(self))[0], self.put)
        self._note(at)
        return found

    def __setitem__(self, at: Any, array: Any) -> None:
        """Put an array in."""
        self.put |= {self.start + at % len(self)}
        super().__setitem__(at, array)

    def __iter__(self) -> Iterator[Array]:
        """Yield all, each noted."""
        return (self[at] for at in range(len(self)))

    def copy(self) -> Noted:
        """Return the same arrays, to put others in."""
        return Noted(super().copy(), self.read, self.start, self.put)

    def _note(self, at: SupportsIndex) -> None:
        place = self.start + at.__index__() % len(self)
        if place not in self.put:
            self.read.add(place)


class Remembered(Generic[T]):
    """What a function of arrays gives, by the numbers in those that it read."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, ...], dict[tuple[bytes, ...], T]] = {}

    def get(self, used: Arrays, work: Callable[[Arrays], T]) -> T:
        """Return what the function gives of the arrays in use, or of others with such numbers."""
        for reads, kept in self.known.items():
            found = kept.get(tuple([used[read].tobytes() for read in reads]))
            if found is not None:
                return found
        read: set[int] = set()
        found = work(Noted(used, read))
        kept = self.known.setdefault(tuple(sorted(read)), {})
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[tuple(used[each].tobytes() for each in sorted(read))] = found
        return found


def remembering(step: ReplayStep) -> ReplayStep:
    """Return a step that is computed once for the same numbers."""
    return structs.replace(
        step,
        compute=_once(step, step.compute),
        others=tuple(_once(step, other) for other in step.others),
        slope=None if step.slope is None else _once(step, step.slope),
    )


def _once(step: ReplayStep, compute: Compute) -> Compute:
    remembered: dict[tuple[bytes, ...], Array] = {}
    reads = tuple(dict.fromkeys(step.reads))

    def once(used: Arrays) -> Array:
        numbers = tuple([used[read].tobytes() for read in reads])
        found = remembered.get(numbers)
        if found is None:
            if len(remembered) >= MOST_KEPT:
                remembered.clear()
            found = remembered[numbers] = compute(used)
        return found

    return once
