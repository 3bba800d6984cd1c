"""Axes: what each position of a quantity's entry counts, and the letter that a general one has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Axes = tuple[str, ...]
"""The axes' names in the order of the array: ``("step", "unit")``."""

LETTERS = {
    "unit": "j",
    "to": "j",
    "from": "k",
    "step": "t",
    "filter": "f",
    "channel": "k",
    "row": "i",
    "column": "j",
    "position": "i",
    "kernel position": "u",
    "kernel row": "u",
    "kernel column": "v",
    "head": "h",
    "query": "i",
    "key": "j",
}
"""The letter of a general position along each axis; an axis that is not here is counted by the
first letter that is free."""
_OTHERS = "jkpqrmstuv"
_BY_RANK: tuple[Axes, ...] = (
    (),
    ("unit",),
    ("step", "unit"),
    ("channel", "row", "column"),
    ("filter", "channel", "kernel row", "kernel column"),
)
MATRICES = ("W", "U")
"""How the parts of weight matrices begin; theirs are the indices that ``in_out`` turns."""


def default_axes(part: str, rank: int) -> Axes:
    """Return the axes of a quantity of which nothing more is known than its part and its rank."""
    if is_matrix(part, rank):
        return ("to", "from")
    named = _BY_RANK[rank] if rank < len(_BY_RANK) else ()
    return named or tuple(f"axis {number}" for number in range(1, rank + 1))


def is_matrix(part: str, rank: int) -> bool:
    """Return whether the part is a weight matrix: (to, from) in names, turned by ``in_out``."""
    return rank == 2 and part.startswith(MATRICES)


def letters(axes: Axes, unit: str = "j") -> tuple[str, ...]:
    """Return a letter of its own for each axis; ``unit`` is that of the units."""
    found: list[str] = []
    for axis in axes:
        wanted = (unit if axis == "unit" else LETTERS.get(axis, "j"), *_OTHERS)
        found.append(next(c for c in wanted if c not in found))
    return tuple(found)


def place(shape: tuple[int, ...], index: tuple[int, ...]) -> int:
    """Return which entry the index is, counted from 1 in the order of the array."""
    number = 0
    for size, each in zip(shape, index, strict=True):
        number = number * size + each - 1
    return number + 1


def entries(shape: tuple[int, ...], numbers: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """Yield the index of each entry that is counted from 1, in the order of the array; () for 0."""
    for number in numbers:
        index, left = [], number - 1
        for size in reversed(shape):
            left, inner = divmod(left, size)
            index.append(inner + 1)
        yield tuple(reversed(index)) if number else ()


def dimensions(shape: Iterable[int], alone: str = "") -> str:
    """Return ``2 × 3``; of a single number what stands for it ``alone``."""
    return " × ".join(map(str, shape)) or alone
