"""Windows that slide over the last axes of an image: which input lies under which place of one.

Along each axis x[m] lies under place u of window i where m = s(i − 1) + d(u − 1) + 1 − p, with the
stride s, the dilation d and p zeros before the first value. All positions count from 1.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..expression.indices import Index, letters_of, plus, scaled
from ..expression.tree import ZERO, BigSum, Expr
from .rules import Array, NoForm, Shape


class Stretch(Struct, frozen=True):
    """Positions counted by one letter: window i and place u as it goes from 1 to ``count``."""

    count: int
    window: Index
    place: Index


class Slide(Struct, frozen=True):
    """How a window slides along one axis: its length, its steps, what is added at both ends."""

    size: int
    length: int
    stride: int = 1
    before: int = 0
    after: int = 0
    dilation: int = 1

    @property
    def reach(self) -> int:
        """How many values the window spans."""
        return self.dilation * (self.length - 1) + 1

    @property
    def windows(self) -> int:
        """How many windows there are."""
        return (self.size + self.before + self.after - self.reach) // self.stride + 1

    @property
    def past(self) -> int:
        """How many values the last window reaches past the end."""
        last = self.stride * (self.windows - 1) + self.reach - self.before
        return max(0, last - self.size)

    @property
    def leaves(self) -> bool:
        """Whether some windows reach past the ends."""
        return self.before > 0 or self.past > 0

    def under(self, window: Index, place: Index) -> Index:
        """Return which value lies under a place of a window."""
        constant = 1 - self.before - self.stride - self.dilation
        return plus(plus(scaled(window, self.stride), scaled(place, self.dilation)), constant)

    def inside(self, value: int) -> bool:
        """Return whether there is such a value."""
        return 1 <= value <= self.size

    def places(self, window: Index, letter: str) -> Stretch:
        """Return the places of one window under which there is a value; of a general one, all."""
        if not isinstance(window, int):
            return Stretch(self.length, window, letter)
        found = [u for u in range(1, self.length + 1) if self.inside(self.at(window, u))]
        return Stretch(len(found), window, plus(letter, found[0] - 1 if found else 0))

    def windows_at(self, place: Index, letter: str) -> Stretch:
        """Return the windows in which there is a value under a place; for a general one, all."""
        if not isinstance(place, int):
            return Stretch(self.windows, letter, place)
        found = [i for i in range(1, self.windows + 1) if self.inside(self.at(i, place))]
        return Stretch(len(found), plus(letter, found[0] - 1 if found else 0), place)

    def covering(self, value: Index, letter: str) -> Stretch:
        """Return the windows that cover a value, each with the place that the value is under.

        For a general value the letter counts the windows: past the kernel's ends there is none.
        """
        if isinstance(value, int):
            pairs = [(i, u) for i in range(1, self.windows + 1) for u in self._place(value, i)]
            if not pairs:
                return Stretch(0, 1, 1)
            if len(pairs) == 1:
                return Stretch(1, *pairs[0])  # no letter, so no sum
            (i, u), (next_i, next_u) = pairs[:2]
            window = plus(scaled(letter, next_i - i), 2 * i - next_i)
            return Stretch(len(pairs), window, plus(scaled(letter, next_u - u), 2 * u - next_u))
        if self.dilation != 1:
            raise NoForm("a value is under every so manieth place only")
        turned = plus(value, self.before + self.stride)
        return Stretch(self.windows, letter, plus(turned, scaled(letter, -self.stride)))

    def turned(self, value: Index, letter: str) -> Stretch:
        """Return the windows that cover a value, counted by the places of the turned kernel.

        With u read backwards, u = length + 1 − letter, the windows go upwards with the letter.
        """
        if isinstance(value, int) or self.stride != 1:
            return self.covering(value, letter)
        upwards = plus(scaled(letter, self.dilation), self.before - self.dilation * self.length)
        back = plus(scaled(letter, -1), self.length + 1)
        return Stretch(self.length, plus(value, upwards), back)

    def at(self, window: int, place: int) -> int:
        """Return which value lies under a place of a window, by their numbers."""
        return self.stride * (window - 1) + self.dilation * (place - 1) + 1 - self.before

    def _place(self, value: int, window: int) -> tuple[int, ...]:
        steps, rest = divmod(value - self.at(window, 1), self.dilation)
        return (steps + 1,) if rest == 0 and 0 <= steps < self.length else ()

    def slices(self, place: int) -> tuple[slice, slice]:
        """Return the windows with a value under a place (from 0), and those values, as slices."""
        start = self.dilation * place - self.before
        first = max(0, -(start // self.stride)) if start < 0 else 0
        last = min(self.windows, (self.size - 1 - start) // self.stride + 1)
        count = max(0, last - first)
        begin = start + self.stride * first
        stop = begin + self.stride * (count - 1) + 1 if count else begin
        return slice(first, first + count), slice(begin, stop, self.stride)


class Sliding(Struct, frozen=True):
    """A window over several axes: its strides, paddings (before, after) and dilations, an axis."""

    strides: Shape
    paddings: tuple[tuple[int, int], ...]
    dilations: Shape

    @property
    def rank(self) -> int:
        """How many axes it slides along."""
        return len(self.strides)

    def along(self, sizes: Shape, lengths: Shape) -> tuple[Slide, ...]:
        """Return how it slides over an image of these sizes, the window being so long."""
        steps = zip(sizes, lengths, self.strides, self.paddings, self.dilations, strict=True)
        return tuple(Slide(n, k, s, *p, d) for n, k, s, p, d in steps)


@functools.lru_cache(maxsize=64)
def places_of(slides: tuple[Slide, ...]) -> tuple[tuple[Any, Any], ...]:
    """Return, for each place of the window in turn, where its windows and their values stand.

    Both are positions along the last axes: of (…, place, windows …), and of (…, image).
    """
    found = []
    for number, place in enumerate(np.ndindex(*(slide.length for slide in slides))):
        pairs = [slide.slices(u) for slide, u in zip(slides, place, strict=True)]
        found.append((last(number, *(w for w, _ in pairs)), last(*(v for _, v in pairs))))
    return tuple(found)


def counted(body: Expr, letters: tuple[str, ...], runs: tuple[Stretch, ...]) -> Expr:
    """Return Σ body over the letters of the runs, the first outermost; 0 where one is empty."""
    if any(run.count == 0 for run in runs):
        return ZERO
    for letter, run in reversed(list(zip(letters, runs, strict=True))):
        if any(letter in letters_of(index) for index in (run.window, run.place)):
            body = BigSum(letter, run.count, body)
    return body


def last(*index: Any) -> Any:
    """Return a position along the last axes of an array, whatever stands before them."""
    return (..., *index)


def in_windows(x: Array, slides: tuple[Slide, ...], outside: object = 0.0) -> Array:
    """Return what lies under each place of each window, a view: (…, places …, windows …).

    ``outside`` is what a place past the ends has; numbers that are objects have None there.
    """
    lead = x.ndim - len(slides)
    if any(slide.leaves for slide in slides):
        sizes = (slide.before + slide.size + slide.past for slide in slides)
        value = None if x.dtype == object else outside
        image = np.full((*x.shape[:lead], *sizes), value, x.dtype)
        image[last(*(slice(slide.before, slide.before + slide.size) for slide in slides))] = x
        x = image
    steps = list(zip(slides, x.strides[lead:], strict=True))
    shape = (*(slide.length for slide in slides), *(slide.windows for slide in slides))
    strides = (*(s.dilation * step for s, step in steps), *(s.stride * step for s, step in steps))
    return np.lib.stride_tricks.as_strided(
        x, (*x.shape[:lead], *shape), (*x.strides[:lead], *strides), writeable=False
    )


def gathered(x: Array, slides: tuple[Slide, ...], outside: object = 0.0) -> Array:
    """Return what lies under each place of each window: (…, place, windows …) of (…, image)."""
    lead, rank = x.ndim - len(slides), len(slides)
    found = in_windows(x, slides, outside)
    places = math.prod(found.shape[lead : lead + rank])
    return found.reshape(*found.shape[:lead], places, *found.shape[lead + rank :])


def scattered(parts: Array, slides: tuple[Slide, ...], into: Array | None = None) -> Array:
    """Return the image of which each value has the sum of what the windows have for it.

    ``into`` is where it is added up, 0 before.
    """
    leading = parts.shape[: parts.ndim - len(slides) - 1]
    shape = (*leading, *(slide.size for slide in slides))
    if parts.dtype == object:
        total: Array = np.full(shape, None, dtype=object)
        for windows, values in places_of(slides):
            total[values] = PLUS(total[values], parts[windows])
        return total
    total = np.zeros(shape, parts.dtype) if into is None else into
    for windows, values in places_of(slides):
        image = total[values]
        np.add(image, parts[windows], image)
    return total


class ImageRow(Struct, frozen=True):
    """A padded image as one row of numbers, along which each place of the window is a stretch.

    The windows are set as far apart in it as the values are, which makes their stretch ``length``
    long; the last place's stands ``past`` behind the first's.
    """

    slides: tuple[Slide, ...]
    sizes: Shape
    steps: Shape
    length: int
    past: int

    @property
    def windows(self) -> Any:
        """Where the windows stand in the padded image."""
        return last(*(slice(slide.windows) for slide in self.slides))

    @property
    def inside(self) -> Any:
        """Where the image stands in the padded one."""
        return last(*(slice(s.before, s.before + s.size) for s in self.slides))

    def summands(self, parts: Array) -> Array:
        """Return a view of which the sums over the last axes are the channels' rows.

        ``parts`` are (samples, channels × places, stretch with ``past`` zeros at both ends).
        """
        places = tuple(slide.length for slide in self.slides)
        parts = parts.reshape(len(parts), -1, *places, parts.shape[-1])[..., self.past :]
        back = (s.dilation * step for s, step in zip(self.slides, self.steps, strict=True))
        one = parts.itemsize
        strides = (a - b * one for a, b in zip(parts.strides[2:-1], back, strict=True))
        shape = (*parts.shape[:2], self.length + self.past, *places)
        return np.lib.stride_tricks.as_strided(
            parts, shape, (*parts.strides[:2], one, *strides), writeable=False
        )


@functools.lru_cache(maxsize=64)
def row_of(slides: tuple[Slide, ...]) -> ImageRow | None:
    """Return the image as a row, where no stride and few zeros stand between the windows."""
    if any(slide.stride != 1 for slide in slides):
        return None
    sizes = tuple(slide.windows + slide.reach - 1 for slide in slides)
    steps = tuple(math.prod(sizes[axis + 1 :]) for axis in range(len(sizes)))
    pairs = list(zip(slides, steps, strict=True))
    length = 1 + sum((slide.windows - 1) * step for slide, step in pairs)
    past = sum((slide.reach - 1) * step for slide, step in pairs)
    if length + 2 * past > 2 * math.prod(slide.windows for slide in slides):
        return None
    return ImageRow(slides, sizes, steps, length, past)


def _plus(left: Any, right: Any) -> Any:
    return right if left is None else left if right is None else left + right


def _times(left: Any, right: Any) -> Any:
    return None if left is None or right is None else left * right


PLUS, TIMES = np.frompyfunc(_plus, 2, 1), np.frompyfunc(_times, 2, 1)
"""Sums and products entry by entry, where None is what does not exist."""
MISSING = np.frompyfunc(lambda each: each is None, 1, 1)


def added_up(array: Array, axes: tuple[int, ...]) -> Array:
    """Return the sum over some axes of numbers that are objects."""
    kept = [axis for axis in range(array.ndim) if axis not in axes]
    rows = array.transpose(*kept, *axes).reshape(*(array.shape[axis] for axis in kept), -1)
    return np.asarray(PLUS.reduce(rows, axis=-1), dtype=object)


def settled(xp: Arithmetic, array: Array) -> Array:
    """Return the array with 0 for None: sums without any term."""
    if array.dtype != object:
        return array
    nothing = MISSING(array).astype(bool)
    if nothing.any():
        array[nothing] = xp.array(np.zeros((), dtype=np.int64)).item()
    return array


def under_window(slides: tuple[Slide, ...], window: Shape) -> list[Shape]:
    """Return the values under a window (both from 1), row by row."""
    found = []
    for slide, i in zip(slides, window, strict=True):
        run = (slide.under(i, u) for u in range(1, slide.length + 1))
        found.append([int(m) for m in run if slide.inside(int(m))])
    return list(itertools.product(*found))


def covering_windows(slides: tuple[Slide, ...], value: Shape) -> list[Shape]:
    """Return the windows that a value is under (both from 1), row by row."""
    found = []
    for slide, m in zip(slides, value, strict=True):
        every = range(1, slide.windows + 1)
        found.append([i for i in every if slide._place(m, i)])
    return list(itertools.product(*found))
