"""Pooling: the largest or the mean of each window, the mean of all, an image laid out in a row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ..arithmetic import Arithmetic
from ..expression.indices import Index, fresh, plus, scaled
from ..expression.tree import (
    ONE,
    ZERO,
    Call,
    Cases,
    Compare,
    Div,
    Dots,
    Expr,
    Name,
    Number,
    add,
    mul,
)
from ..expression.walking import bind, shown_positions
from .operators import filled, summed
from .rules import Array, NoForm, Rule, Shape
from .windows import (
    PLUS,
    Slide,
    Sliding,
    added_up,
    counted,
    covering_windows,
    gathered,
    last,
    scattered,
    settled,
    under_window,
)

WINDOWS, PLACES = "ij", "uv"
MOST_LISTED = 9
"""Values of a general window that are written one by one."""


ALONE = (
    "only the largest value of a window moves the maximum, so it alone gets the window's error, "
    "and the others none."
)


class Pooling(Rule, frozen=True):
    """A window of ``lengths`` slid over each channel by itself."""

    sliding: Sliding
    lengths: Shape

    operands = ("x",)

    def slides(self, x: Shape) -> tuple[Slide, ...]:
        """Return how the window slides over an image."""
        return self.sliding.along(x[-self.sliding.rank :], self.lengths)

    def covering(self, k: int, index: Shape, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Return the windows in which a value is, row by row."""
        return tuple(covering_windows(self.slides(shapes[0]), index[1:]))


class MaxPooling(Pooling, frozen=True):
    """z[c,i,j] = the largest x[c,…] of window i, j; its gradient goes to the first of them.

    What lies outside of the image is not looked at.
    """

    @property
    def name(self) -> str:
        """``max_pool1d`` or ``max_pool2d``."""
        return f"max_pool{self.sliding.rank}d"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the largest of each window."""
        (x,) = inputs
        slides = self.slides(x.shape)
        if xp.native:
            lead = x.ndim - len(slides)
            return np.asarray(gathered(x, slides, -np.inf).max(axis=lead))
        return self._of_each(xp, x, slides)

    def _of_each(self, xp: Arithmetic, x: Array, slides: tuple[Slide, ...]) -> Array:
        """Return the largest, window by window, in any kind of number."""
        windows = tuple(slide.windows for slide in slides)
        found = np.empty((*x.shape[: x.ndim - len(slides)], *windows), dtype=x.dtype)
        for window in np.ndindex(windows):
            under = under_window(slides, tuple(i + 1 for i in window))
            values = {f"u{n}": x[last(*(m - 1 for m in at))] for n, at in enumerate(under)}
            found[last(*window)] = xp.elementwise(_largest(xp, [*values]), values)
        return found

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return, for each value, Σ g over the windows of which it is the first largest."""
        (x,) = inputs
        slides = self.slides(x.shape)
        if xp.native:
            lead = x.ndim - len(slides)
            columns = gathered(x, slides, -np.inf)
            first = np.expand_dims(columns.argmax(axis=lead), lead)
            places = np.arange(columns.shape[lead]).reshape(-1, *(1 for _ in slides))
            return scattered(np.where(first == places, np.expand_dims(g, lead), 0.0), slides)
        found = np.full(x.shape, None, dtype=object)
        for window in np.ndindex(g.shape[x.ndim - len(slides) :]):
            under = under_window(slides, tuple(i + 1 for i in window))
            values = {f"u{n}": x[last(*(m - 1 for m in at))] for n, at in enumerate(under)}
            values["g"] = g[last(*window)]
            for n, at in enumerate(under):
                here = last(*(m - 1 for m in at))
                sent = xp.elementwise(_routed(n, len(under)), values)
                found[here] = PLUS(found[here], sent)
        return np.asarray(settled(xp, found), dtype=x.dtype)

    def tied(self, x: Array) -> tuple[list[Shape], Shape]:
        """Return the windows with several largest values, and the place of the first's first."""
        slides = self.slides(x.shape)
        lead = x.ndim - len(slides)

        def largest(window: Shape) -> list[Shape]:
            under = under_window(slides, tuple(i + 1 for i in window[lead:]))
            places = [(*window[:lead], *(m - 1 for m in at)) for at in under]
            most = max(x[place] for place in places)
            return [place for place in places if x[place] == most]

        if x.dtype == object:
            every = np.ndindex(*x.shape[:lead], *(slide.windows for slide in slides))
            windows = [window for window in every if len(largest(window)) > 1]
        else:
            columns = gathered(x, slides, -np.inf)
            equal = (columns == columns.max(axis=lead, keepdims=True)).sum(axis=lead)
            windows = list(map(tuple, np.argwhere(equal > 1).tolist()))
        return windows, largest(windows[0])[0] if windows else ()

    def why(self, k: int) -> str:
        """Return why."""
        return ALONE

    def remarks(self, k: int | None, shapes: tuple[Shape, ...]) -> tuple[str, ...]:
        """Return where a window's gradient goes, and what is not looked at."""
        slides = self.slides(shapes[0])
        if k is None:
            padded = any(slide.leaves for slide in slides)
            return ("what is outside of the edges is not looked at",) if padded else ()
        said = "a window's gradient goes to its largest value, the first of equals; others get 0"
        return (said, *overlap(slides))

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return max(x[c,…], …): all values of the window."""
        slides = self.slides(shapes[0])
        c, *windows = index
        if all(isinstance(i, int) for i in windows):
            under = under_window(slides, tuple(int(i) for i in windows))
            return _max([Name("x", (c, *at)) for at in under])
        if any(slide.leaves for slide in slides):
            raise NoForm("at the edges a window has fewer values")
        places = list(np.ndindex(self.lengths))
        names: list[Expr] = []
        shown = shown_positions(len(places), MOST_LISTED)
        for before, number in zip((0, *shown), shown, strict=False):
            if number != before + 1:
                names.append(Dots(number - before - 1))
            at = zip(slides, windows, places[number - 1], strict=True)
            names.append(Name("x", (c, *(s.under(i, u + 1) for s, i, u in at))))
        return _max(names)

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return Σ over the windows that cover the value: g where it is the first largest."""
        slides = self.slides(shapes[0])
        c, *at = index
        if not all(isinstance(m, int) for m in at):
            raise NoForm("which windows a value is the largest of is told by the numbers")
        value = tuple(int(m) for m in at)
        terms = []
        for window in covering_windows(slides, value):
            under = under_window(slides, window)
            position = under.index(value)
            names: dict[str, Expr] = {f"u{n}": Name("x", (c, *m)) for n, m in enumerate(under)}
            names["g"] = Name("g", (c, *window))
            terms.append(bind(_routed(position, len(under)), names))
        return add(*terms)

    def write_ways(
        self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]
    ) -> tuple[Expr, ...]:
        """Return the sum over all windows that a value is in, whether or not it is the largest."""
        in_numbers = all(isinstance(m, int) for m in index)
        return (self.write_share(k, index, shapes),) if in_numbers else ()

    def write_share_of(
        self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...], *inputs: Array
    ) -> Expr:
        """Return Σ g over the windows of which the value is the first largest, told by its x."""
        slides = self.slides(shapes[0])
        c, *at = (int(i) for i in index)
        terms: list[Expr] = []
        for window in covering_windows(slides, tuple(at)):
            under = under_window(slides, window)
            values = [inputs[0][(c - 1, *(m - 1 for m in place))] for place in under]
            if under[values.index(max(values))] == tuple(at):
                terms.append(Name("g", (c, *window)))
        return add(*terms)


def overlap(slides: tuple[Slide, ...]) -> tuple[str, ...]:
    """Return that windows overlap, where they do."""
    several = any(s.stride < s.length and s.windows > 1 for s in slides)
    return ("windows overlap: what a value gets from each is added",) if several else ()


def _largest(xp: Arithmetic, names: list[str]) -> Expr:
    """Return max(u0, u1, …); of dual numbers by cases, so that the first of equals is taken."""
    if xp.name != "dual":
        return _max([Name(name) for name in names])
    found: Expr = Name(names[0])
    for name in names[1:]:
        found = Cases(((Compare(">", Name(name), found), Name(name)),), found)
    return found


def _max(names: Sequence[Expr]) -> Expr:
    return names[0] if len(names) == 1 else Call("max", tuple(names))


def _routed(position: int, count: int) -> Expr:
    """Return g where u of that position is above those before it and no later one above it."""
    own, names = Name(f"u{position}"), [Name(f"u{n}") for n in range(count)]
    pieces = []
    if position:
        pieces.append((Compare("<=", own, _max(names[:position])), ZERO))
    if position < count - 1:
        pieces.append((Compare("<", own, _max(names[position + 1 :])), ZERO))
    return Cases(tuple(pieces), Name("g")) if pieces else Name("g")


class MeanPooling(Pooling, frozen=True):
    """z[c,i,j] = 1/(U·V) Σ_u Σ_v x[c,…]; what lies outside counts as 0, and is counted."""

    @property
    def name(self) -> str:
        """``avg_pool1d`` or ``avg_pool2d``."""
        return f"avg_pool{self.sliding.rank}d"

    @property
    def values(self) -> int:
        """How many places the window has."""
        return math.prod(self.lengths)

    @property
    def _part(self) -> Expr:
        return Div(ONE, Number(Fraction(self.values)))

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the mean of each window."""
        (x,) = inputs
        slides = self.slides(x.shape)
        lead = x.ndim - len(slides)
        columns = gathered(x, slides)
        total = added_up(columns, (lead,)) if x.dtype == object else columns.sum(axis=lead)
        return xp.scale(settled(xp, np.asarray(total)), self.values)

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return Σ g/(U·V) over the windows that a value is in."""
        (x,) = inputs
        slides = self.slides(x.shape)
        lead = x.ndim - len(slides)
        each = np.expand_dims(xp.scale(g, self.values), lead)
        shape = (*g.shape[:lead], self.values, *g.shape[lead:])
        return settled(xp, scattered(np.broadcast_to(each, shape), slides))

    def why(self, k: int) -> str:
        """Return why."""
        return (
            "every value of a window moves its mean by one part in as many as there are, so each "
            "gets that part of the window's error."
        )

    def remarks(self, k: int | None, shapes: tuple[Shape, ...]) -> tuple[str, ...]:
        """Return what each value of a window gets, and what counts as 0."""
        slides = self.slides(shapes[0])
        if k is None:
            padded = any(slide.leaves for slide in slides)
            return ("a value outside of the edges counts as 0, and is counted",) if padded else ()
        said = f"each value of a window gets 1/{self.values} of the window's gradient"
        if all(s.stride == 1 and s.length > 1 for s in slides):
            said += "; an error outside of its grid counts as 0"
        return (said, *overlap(slides))

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return 1/(U·V) Σ_u Σ_v x[c,…]."""
        slides = self.slides(shapes[0])
        c, *windows = index
        places = fresh(PLACES[: len(slides)], index)
        runs = tuple(s.places(i, u) for s, i, u in zip(slides, windows, places, strict=True))
        under = (s.under(r.window, r.place) for s, r in zip(slides, runs, strict=True))
        total = counted(Name("x", (c, *under)), places, runs)
        return ZERO if total == ZERO else mul(self._part, total)

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return 1/(U·V) Σ g[c,i,j] over the windows that the value is in."""
        slides = self.slides(shapes[0])
        c, *values = index
        letters = fresh(PLACES[: len(slides)], index)
        pairs = list(zip(slides, values, letters, strict=True))
        if any(not isinstance(m, int) and s.stride != 1 for s, m, _ in pairs):
            raise NoForm("which windows a value is in is told by its place")
        runs = tuple(s.turned(m, u) for s, m, u in pairs)
        total = counted(Name("g", (c, *(run.window for run in runs))), letters, runs)
        return ZERO if total == ZERO else mul(self._part, total)


class ChannelMeans(Rule, frozen=True):
    """z[c] = 1/(R·C) Σ_i Σ_j x[c,i,j]: one number a channel."""

    name = "global_avg_pool"
    operands = ("x",)

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the mean of each channel."""
        (x,) = inputs
        total = np.add.reduce(x, tuple(range(2, x.ndim)))
        return xp.scale(np.asarray(total), math.prod(x.shape[2:]))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g/(R·C) for every value of the channel."""
        (x,) = inputs
        each = xp.scale(g, math.prod(x.shape[2:]))
        return filled(each.reshape(*g.shape, *(1 for _ in x.shape[2:])), x.shape)

    def why(self, k: int) -> str:
        """Return why."""
        return (
            "every value of a channel moves its mean by one part in as many as there are, so each "
            "gets that part of the channel's error."
        )

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return 1/(R·C) Σ_i Σ_j x[c,i,j]."""
        sizes = shapes[0][1:]
        letters = fresh(("r" if len(sizes) == 1 else "rs"), index)
        return mul(self._part(sizes), summed(Name("x", (*index, *letters)), letters, sizes))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return 1/(R·C) g[c]."""
        return mul(self._part(shapes[0][1:]), Name("g", index[:1]))

    def _part(self, sizes: Shape) -> Expr:
        return Div(ONE, Number(Fraction(math.prod(sizes))))


class Flatten(Rule, frozen=True):
    """z[j] = x[c,i,j], channel by channel, row by row; an input's share is its entry of g."""

    name = "flatten"
    operands = ("x",)

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return each sample in a row."""
        return inputs[0].reshape(len(inputs[0]), -1)

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g in the shape of the input."""
        return g.reshape(inputs[0].shape)

    def why(self, k: int) -> str:
        """Return why."""
        return (
            "a value is only moved to another place, so the error at that place comes back to it "
            "unchanged."
        )

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the value that stands at a place of the row."""
        (j,) = index
        if not isinstance(j, int):
            raise NoForm("flatten has no formula for a general unit")
        at = np.unravel_index(j - 1, shapes[0])
        return Name("x", tuple(int(i) + 1 for i in at))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return g at the place of the row that the value went to."""
        place: Index = 1
        for i, size in zip(index, shapes[0], strict=True):
            place = plus(plus(scaled(place, size), i), -size)
        return Name("g", (place,))
