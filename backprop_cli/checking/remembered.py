"""What the sheets of one class ask for again and again, worked out once for the same numbers.

Most students have most numbers right, so that the arrays which a step reads are those of another
sheet. What is read is noted while it is worked out: it holds wherever these arrays are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any, Generic, TypeVar

from msgspec import structs

from .replay import Array, Arrays, Compute, ReplayStep

MOST_ARRAYS, MOST_RESULTS = 128, 32
"""Different numbers of which what comes of them is kept at once: an array, or much more."""
T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


class Noted(list[Array]):
    """Arrays in use that note which of them are read, but for those put in afterwards."""

    def __init__(
        self, arrays: Arrays, read: set[int], start: int = 0, put: frozenset[int] = frozenset()
    ) -> None:
        super().__init__(arrays)
        self.read, self.start, self.put = read, start, put

    def __getitem__(self, at: Any) -> Any:
        """Return an array, noted; a part of the arrays notes in the same way."""
        if at.__class__ is slice:
            start = self.start + at.indices(len(self))[0]
            return Noted(list.__getitem__(self, at), self.read, start, self.put)
        place = self.start + (at if at >= 0 else len(self) + at)
        if place not in self.put:
            self.read.add(place)
        return list.__getitem__(self, at)

    def __setitem__(self, at: Any, array: Any) -> None:
        """Put an array in."""
        self.put |= {self.start + (at if at >= 0 else len(self) + at)}
        list.__setitem__(self, at, array)

    def __iter__(self) -> Iterator[Array]:
        """Yield all, each noted."""
        return (self[at] for at in range(len(self)))

    def copy(self) -> Noted:
        """Return the same arrays, to put others in."""
        return Noted(list.copy(self), self.read, self.start, self.put)


class Lately(Generic[K, V]):
    """What was asked for lately, by its key: what is asked for again stays, the rest goes."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.now: dict[K, V] = {}
        self.before: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """Return what is kept, None where nothing is."""
        found = self.now.get(key)
        if found is None and key in self.before:
            found = self.before[key]
            self.put(key, found)
        return found

    def put(self, key: K, value: V) -> None:
        """Keep something; what nobody asked for since as many others came is forgotten."""
        if len(self.now) >= self.most:
            self.before, self.now = self.now, {}
        self.now[key] = value


class KeptByKey(Generic[T]):
    """What comes of the arrays at some places: found by the arrays themselves, or their numbers.

    An array that is here stays, so that no other one has its id; nobody changes an array.
    """

    def __init__(self, reads: tuple[int, ...], most: int) -> None:
        self.pick = itemgetter(*reads) if len(reads) > 1 else _picked(reads)
        self.by_array: Lately[tuple[int, ...], tuple[tuple[Array, ...], T]] = Lately(most)
        self.by_numbers: Lately[tuple[bytes, ...], T] = Lately(most)

    def find(self, used: Arrays) -> T | None:
        """Return what came of such arrays, None where nothing is kept."""
        arrays = self.pick(used)
        ids = tuple(map(id, arrays))
        known = self.by_array.now.get(ids) or self.by_array.get(ids)
        if known is not None:
            return known[1]
        found = self.by_numbers.get(tuple([array.tobytes() for array in arrays]))
        if found is not None:
            self.by_array.put(ids, (arrays, found))
        return found

    def keep(self, used: Arrays, found: T) -> T:
        """Return what came of the arrays in use, kept from now on."""
        arrays = self.pick(used)
        self.by_numbers.put(tuple([array.tobytes() for array in arrays]), found)
        self.by_array.put(tuple(map(id, arrays)), (arrays, found))
        return found


def _picked(reads: tuple[int, ...]) -> Callable[[Arrays], tuple[Array, ...]]:
    """Return what takes one array, or none, out of those in use."""
    return lambda used: tuple([used[read] for read in reads])


class Remembered(Generic[T]):
    """What a function of arrays gives, by the numbers in those that it read."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, ...], KeptByKey[T]] = {}

    def get(self, used: Arrays, work: Callable[[Arrays], T]) -> T:
        """Return what the function gives of the arrays in use, or of others with such numbers."""
        for kept in self.known.values():
            found = kept.find(used)
            if found is not None:
                return found
        noted: set[int] = set()
        found = work(Noted(used, noted))
        reads = tuple(sorted(noted))
        return self.known.setdefault(reads, KeptByKey(reads, MOST_RESULTS)).keep(used, found)


def remembering(step: ReplayStep) -> ReplayStep:
    """Return a step that is computed once for the same numbers."""
    return structs.replace(
        step,
        compute=_once(step, step.compute),
        others=tuple(_once(step, other) for other in step.others),
        slope=None if step.slope is None else _once(step, step.slope),
    )


def _once(step: ReplayStep, compute: Compute) -> Compute:
    kept: KeptByKey[Array] = KeptByKey(tuple(dict.fromkeys(step.reads)), MOST_ARRAYS)

    by_array, pick = kept.by_array, kept.pick

    def once(used: Arrays) -> Array:
        known = by_array.now.get(tuple(map(id, pick(used))))
        if known is not None:
            return known[1]
        found = kept.find(used)
        return kept.keep(used, compute(used)) if found is None else found

    return once
