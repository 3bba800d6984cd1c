"""Options that go together: by default each value once, with a partner that goes round.

``PAGE=all`` takes every value with every partner, and every page in every notation: an hour.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from typing import TypeVar

ALL = os.environ.get("PAGE") == "all"
First = TypeVar("First")
Second = TypeVar("Second")


def paired(
    values: Sequence[First], partners: Sequence[Second], turn: int = 0
) -> Iterator[tuple[First, Second]]:
    """Yield each value and each partner at least once; ``turn`` says who comes with whom."""
    if ALL:
        yield from itertools.product(values, partners)
        return
    for i in range(max(len(values), len(partners))):
        yield values[i % len(values)], partners[(i + turn) % len(partners)]
