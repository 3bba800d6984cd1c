"""View: what of a trace the reader wants to see."""

from __future__ import annotations

from msgspec import Struct

from ..expression.refs import Ref

WIDEST_SUM = 8
WIDEST_TABLE = 6
LONGEST_TABLE = 10
MOST_SAMPLES = 4
MOST_LINES = 400


class View(Struct, frozen=True):
    """The reader's choices; samples and layers are counted from 1, empty means all."""

    samples: tuple[int, ...] = ()
    layers: tuple[int, ...] = ()
    wrt: tuple[Ref, ...] = ()
    only: str = ""
    steps: bool = False
    full: bool = False

    @property
    def widest_sum(self) -> int:
        """How many terms of a sum are written."""
        return 10**9 if self.full else WIDEST_SUM

    def rows(self, count: int) -> tuple[int, ...]:
        """Return which of 1 … count stand in a table's rows; 0 marks the gap."""
        return _corner(count, 10**9 if self.full else LONGEST_TABLE)

    def columns(self, count: int) -> tuple[int, ...]:
        """Return which of 1 … count stand in a table's columns; 0 marks the gap."""
        return _corner(count, 10**9 if self.full else WIDEST_TABLE)

    def shows(self, layer: int) -> bool:
        """Return whether the layer is shown."""
        return not self.layers or layer in self.layers

    def shown_samples(self, count: int) -> tuple[int, ...]:
        """Return the samples whose passes are shown."""
        if self.samples:
            return self.samples
        return tuple(range(1, count + 1 if self.full else min(count, MOST_SAMPLES) + 1))


def _corner(count: int, most: int) -> tuple[int, ...]:
    if count <= most:
        return tuple(range(1, count + 1))
    return (*range(1, most - 1), 0, count)
