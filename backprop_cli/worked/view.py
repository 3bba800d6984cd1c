"""View: what of a trace the reader wants to see."""

from __future__ import annotations

import math

from msgspec import Struct

from ..expression.axes import entries
from ..expression.refs import Ref

MOST_LINES = 400
"""Worked lines of one section under ``--steps``, unless ``--full`` asks for all."""
LARGE = 1000
"""Parameters past which only corners are shown."""
LONG = 100
"""Entries past which arrays of positions stand in tables, one entry of each worked."""

MOST_LAYERS, OUTER_LAYERS = 24, 3
"""Layers past which only so many of the first and of the last are shown."""
GRID_ROWS, GRID_COLUMNS = 3, 4
"""Rows and columns of a grid of which only the corners are shown, the gap among them."""


class Extent(Struct, frozen=True):
    """How much is shown before the rest is left out."""

    terms: int
    products: int
    rows: int
    columns: int
    samples: int


USUAL = Extent(terms=8, products=32, rows=10, columns=6, samples=4)
CORNERS = Extent(terms=4, products=9, rows=5, columns=5, samples=1)
ALL = Extent(*(10**9,) * 5)


class View(Struct, frozen=True):
    """The reader's choices; samples and layers are counted from 1, empty means all.

    ``depth`` is how many layers there are: of many the middle ones are left out. ``long`` says
    that a line an entry is more than a reader can read.
    """

    samples: tuple[int, ...] = ()
    layers: tuple[int, ...] = ()
    wrt: tuple[Ref, ...] = ()
    only: str = ""
    steps: bool = False
    full: bool = False
    why: bool = False
    pairs: bool = False
    large: bool = False
    depth: int = 0
    long: bool = False

    @property
    def extent(self) -> Extent:
        """How much is shown: all, the usual, or the corners of a large network."""
        return ALL if self.full else CORNERS if self.large else USUAL

    @property
    def widest_sum(self) -> int:
        """How many terms of a sum are written."""
        return self.extent.terms

    @property
    def most_products(self) -> int:
        """How many terms of a sum over windows, or over a window, are written."""
        return self.extent.products

    def rows(self, count: int) -> tuple[int, ...]:
        """Return which of 1 … count stand in a table's rows; 0 marks the gap."""
        return _corner(count, self.extent.rows)

    def entries(self, shape: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        """Return the entries that stand in a table's rows; () marks the gap."""
        return tuple(entries(shape, self.rows(math.prod(shape))))

    def columns(self, count: int) -> tuple[int, ...]:
        """Return which of 1 … count stand in a table's columns; 0 marks the gap."""
        return _corner(count, self.extent.columns)

    @property
    def begins(self) -> bool:
        """Whether the page begins where the passes do, with what is given, if that is not large."""
        brief = self.full or not (self.large or self.between)
        return self.only in ("", "forward") and not self.layers and brief

    @property
    def corners(self) -> bool:
        """Whether only the corners of what is large are shown."""
        return self.large and not self.full

    @property
    def brief(self) -> bool:
        """Whether one entry of each array is worked: not where the reader asks for more."""
        return self.long and not (self.full or self.layers or self.steps)

    def grid_rows(self, count: int) -> tuple[int, ...]:
        """Return which of 1 … count are a grid's rows; 0 marks the gap."""
        return _corner(count, GRID_ROWS) if self.corners else self.rows(count)

    def grid_columns(self, count: int) -> tuple[int, ...]:
        """Return which of 1 … count are a grid's columns; 0 marks the gap."""
        return _corner(count, GRID_COLUMNS) if self.corners else self.columns(count)

    def shows(self, layer: int) -> bool:
        """Return whether the layer is shown."""
        return layer in self.layers if self.layers else layer not in self.between

    @property
    def between(self) -> range:
        """The layers in the middle that are left out: none that the reader asked for."""
        if self.full or self.layers or self.depth <= MOST_LAYERS:
            return range(0)
        return range(OUTER_LAYERS + 1, self.depth - OUTER_LAYERS + 1)

    def shown_samples(self, count: int) -> tuple[int, ...]:
        """Return the samples whose passes are shown."""
        if self.samples:
            return self.samples
        return tuple(range(1, min(count, self.extent.samples) + 1))


def _corner(count: int, most: int) -> tuple[int, ...]:
    if count <= most:
        return tuple(range(1, count + 1))
    return (*range(1, most - 1), 0, count)
