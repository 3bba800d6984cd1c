"""Options that go together: by default each value once, with a partner that goes round.

``PAGE=each`` takes every case that else waits for its turn: half an hour. ``PAGE=all`` takes every
value with every partner too, and every page in every notation: hours.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from typing import TypeVar

ALL = os.environ.get("PAGE") == "all"
EACH = ALL or os.environ.get("PAGE") == "each"
LONG = (
    "character_rnn",
    "gomez_lstm",
    "gru",
    "image",
    "self_attention",
    "skip_gram",
    "transformer_block",
)
"""Examples that cost many times the others: by default their cases take turns."""
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


def has_turn(turn: int, every: int = 3) -> bool:
    """Return whether a case that takes turns is run: one of ``every``, or all."""
    return EACH or turn % every == 0
