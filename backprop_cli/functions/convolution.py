"""Convolution as deep learning means it: the correlation of an image with kernels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..arithmetic import Arithmetic
from ..expression.indices import Index, fresh, plus, scaled
from ..expression.tree import ONE, ZERO, Cases, Compare, Expr, Letter, Name, add, mul
from .rules import Array, NoForm, Rule, Shape
from .windows import (
    PLUS,
    TIMES,
    ImageRow,
    Slide,
    Sliding,
    Stretch,
    added_up,
    counted,
    covering_windows,
    gathered,
    in_windows,
    row_of,
    scattered,
    settled,
)

PLACES, WINDOWS = "uv", "ij"
"""The letters of a place of the kernel, and of a window."""


BLOCK = 2**16
"""How many numbers the columns of some samples have at most: as many as stay near the processor."""


def _blocks(samples: int, each: int) -> Iterator[slice]:
    """Yield the samples in stretches whose columns, ``each`` so large, are small."""
    step = max(1, BLOCK // max(1, each))
    yield from (slice(start, start + step) for start in range(0, samples, step))


class Convolution(Rule, frozen=True):
    """z[f,i,j] = Σ_c Σ_u Σ_v w[f,c,u,v]·x[c, s(i−1)+d(u−1)+1−p, …] + b[f]; x is 0 outside.

    W is (filters, channels, rows, columns), or without the columns along one axis. With ``flip``
    the kernel is read backwards, w[f,c,U+1−u,V+1−v], as mathematics defines a convolution.
    """

    sliding: Sliding
    flip: bool = False

    operands = ("x", "W", "b")

    @property
    def name(self) -> str:
        """``conv1d`` or ``conv2d``."""
        return f"conv{self.sliding.rank}d"

    # -- numbers

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return every filter at every window."""
        x, W = inputs[:2]
        slides, kernels = self._slides(x.shape, W.shape), self._lying(W)
        windows = tuple(slide.windows for slide in slides)
        if x.dtype == object:
            columns = gathered(x, slides)
            z: Any = None
            for c, k in np.ndindex(kernels.shape[1:]):
                w = kernels[:, c, k].reshape(-1, *(1 for _ in windows))
                z = PLUS(z, TIMES(w, columns[:, None, c, k]))
            if len(inputs) == 3:
                z = PLUS(z, inputs[2].reshape(-1, *(1 for _ in windows)))
            return settled(xp, np.asarray(z))
        flat, columns = kernels.reshape(len(W), -1), in_windows(x, slides)
        z = np.empty((len(x), len(W), math.prod(windows)), np.result_type(x, W))
        for rows in _blocks(len(x), flat.shape[1] * z.shape[2]):
            some = z[rows]
            np.matmul(flat, columns[rows].reshape(-1, flat.shape[1], z.shape[2]), out=some)
            if len(inputs) == 3:
                np.add(some, inputs[2].reshape(-1, 1), out=some)
        return np.asarray(z.reshape(len(x), len(W), *windows))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return the correlation of g with the turned kernels, g with x, or Σ g a filter."""
        x, W = inputs[:2]
        if k == 2:
            return np.asarray(np.add.reduce(g, (0, *range(2, g.ndim))))
        slides = self._slides(x.shape, W.shape)
        exact = x.dtype == object
        if k == 0:
            found = self._to_input_exactly(g, W, slides) if exact else self._to_input(g, W, slides)
            return settled(xp, found)
        to_weights = self._to_weights_exactly if exact else self._to_weights
        found = settled(xp, to_weights(g, x, W, slides)).reshape(W.shape)
        return np.flip(found, self._axes) if self.flip else found

    def _to_weights(self, g: Array, x: Array, W: Array, slides: tuple[Slide, ...]) -> Array:
        """Return Σ g x as the kernels lie on the image, some samples at a time."""
        flat, columns = g.reshape(*g.shape[:2], -1), in_windows(x, slides)
        found = np.zeros((len(W), W[0].size), np.result_type(g, x))
        for rows in _blocks(len(x), found.shape[1] * flat.shape[2]):
            # No name holds the columns: the next ones get the memory of these.
            lying = columns[rows].reshape(-1, found.shape[1], flat.shape[2])
            found += np.matmul(flat[rows], lying.transpose(0, 2, 1)).sum(axis=0)
            del lying
        return found

    def _to_input(self, g: Array, W: Array, slides: tuple[Slide, ...]) -> Array:
        """Return what the values of x get, some samples at a time."""
        kernels = self._lying(W)
        across = np.ascontiguousarray(kernels.reshape(len(W), -1).T)
        row = row_of(slides)
        if row is not None:
            return self._along_row(g, across, row)
        flat = g.reshape(*g.shape[:2], -1)
        shape = (len(g), W.shape[1], *(slide.size for slide in slides))
        found = np.zeros(shape, np.result_type(g, W))
        for rows in _blocks(len(g), len(across) * flat.shape[2]):
            sent = np.matmul(across, flat[rows])
            parts = sent.reshape(len(sent), *kernels.shape[1:], *g.shape[2:])
            scattered(parts, slides, found[rows])
        return found

    def _along_row(self, g: Array, across: Array, row: ImageRow) -> Array:
        """Return the same, each place's products added to the image in one stretch."""
        kind = np.result_type(g, across)
        samples = min(len(g), max(1, BLOCK // (len(across) * row.length)))
        apart = np.zeros((samples, *g.shape[1:3], *row.sizes[1:]), kind)
        flat = apart.reshape(samples, g.shape[1], -1)[..., : row.length]
        parts = np.zeros((samples, len(across), row.length + 2 * row.past), kind)
        sent, summands = parts[..., row.past :][..., : row.length], row.summands(parts)
        found = np.empty((len(g), *summands.shape[1:3]), kind)
        for start in range(0, len(g), samples):
            rows, some = slice(start, start + samples), slice(len(g) - start)
            apart[some][row.windows] = g[rows]
            np.matmul(across, flat[some], out=sent[some])
            np.add.reduce(summands[some], tuple(range(3, summands.ndim)), out=found[rows])
        image = found.reshape(*found.shape[:2], *row.sizes)[row.inside]
        return np.ascontiguousarray(image)

    def _to_input_exactly(self, g: Array, W: Array, slides: tuple[Slide, ...]) -> Array:
        """Return the same of numbers that are objects, None where there is nothing to add."""
        kernels = self._lying(W)
        parts = np.empty((len(g), *kernels.shape[1:], *g.shape[2:]), dtype=object)
        for c, place in np.ndindex(kernels.shape[1:]):
            w = kernels[:, c, place].reshape(-1, *(1 for _ in slides))
            parts[:, c, place] = added_up(TIMES(w, g), (1,))
        return scattered(parts, slides)

    def _to_weights_exactly(self, g: Array, x: Array, W: Array, slides: tuple[Slide, ...]) -> Array:
        """Return Σ g x of numbers that are objects, as the kernels lie on the image."""
        columns, found = gathered(x, slides), np.empty(self._lying(W).shape, dtype=object)
        axes = (0, *range(2, g.ndim))
        for c, place in np.ndindex(found.shape[1:]):
            found[:, c, place] = added_up(TIMES(g, columns[:, None, c, place]), axes)
        return found

    def _slides(self, x: Shape, W: Shape) -> tuple[Slide, ...]:
        rank = self.sliding.rank
        return self.sliding.along(x[-rank:], W[-rank:])

    @property
    def _axes(self) -> tuple[int, ...]:
        return tuple(range(-self.sliding.rank, 0))

    def _lying(self, W: Array) -> Array:
        """Return (filters, channels, places): the kernels as they lie on the image."""
        lying = np.flip(W, self._axes) if self.flip else W
        return lying.reshape(*W.shape[:2], -1)

    # -- formulas

    def _weight(
        self, f: Index, c: Index, runs: tuple[Stretch, ...], slides: tuple[Slide, ...]
    ) -> Expr:
        """Return the weight at a place of the window, which ``flip`` counts from the end."""
        ends = (plus(scaled(r.place, -1), s.length + 1) for r, s in zip(runs, slides, strict=True))
        return Name("W", (f, c, *(ends if self.flip else (run.place for run in runs))))

    def _value(self, c: Index, runs: tuple[Stretch, ...], slides: tuple[Slide, ...]) -> Expr:
        """Return the value of x under a place of a window."""
        under = (s.under(r.window, r.place) for r, s in zip(runs, slides, strict=True))
        return Name("x", (c, *under))

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return Σ_c Σ_u Σ_v w[f,c,u,v]·x[c,…] + b[f]."""
        slides = self._slides(shapes[0], shapes[1])
        f, *windows = index
        c, *places = fresh("k" + PLACES[: len(slides)], index)
        runs = tuple(s.places(i, u) for s, i, u in zip(slides, windows, places, strict=True))
        product = self._weight(f, c, runs, slides) * self._value(c, runs, slides)
        channels = Stretch(shapes[1][1], 1, c)
        total = counted(product, (c, *places), (channels, *runs))
        if len(shapes) < 4:
            return total
        b = Name("b", (f,))
        return b if total == ZERO else add(total, b)

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return Σ_f Σ_u Σ_v w[f,c,U+1−u,V+1−v]·g[f,…], Σ_i Σ_j g[f,i,j]·x[c,…], or Σ g[f,i,j]."""
        slides = self._slides(shapes[0], shapes[1])
        rank = len(slides)
        if k == 0:
            return self._back(index, slides, shapes[1][0], turned=True)
        windows = fresh(WINDOWS[:rank], index)
        if k == 2:
            runs = tuple(Stretch(s.windows, i, 1) for s, i in zip(slides, windows, strict=True))
            return counted(Name("g", (*index, *windows)), windows, runs)
        f, c, *places = index
        if self.flip:
            places = [
                plus(scaled(u, -1), s.length + 1) for u, s in zip(places, slides, strict=True)
            ]
        runs = tuple(s.windows_at(u, i) for s, u, i in zip(slides, places, windows, strict=True))
        back = Name("g", (f, *(run.window for run in runs)))
        return counted(back * self._value(c, runs, slides), windows, runs)

    def write_ways(
        self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]
    ) -> tuple[Expr, ...]:
        """Return, of x's share, the sum over the windows i, j that comes before the turned one."""
        slides = self._slides(shapes[0], shapes[1])
        if k != 0:
            return ()
        try:
            windows = self._back(index, slides, shapes[1][0], turned=False)
        except NoForm:
            return ()
        return (windows,) if windows != self.write_share(0, index, shapes) else ()

    def covering(self, k: int, index: Shape, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Return the windows in which a value of x is, row by row."""
        slides = self._slides(shapes[0], shapes[1])
        return tuple(covering_windows(slides, index[1:])) if k == 0 else ()

    def why(self, k: int) -> str:
        """Return why the kernel turns, why a sum over the windows, why the errors are added."""
        if k == 0:
            read = "as it is written, since it lies turned" if self.flip else "from its end"
            return (
                "a value is in every window that covers it, each time under another weight, so it "
                "collects the errors of those windows, each times that weight. From one window to "
                f"the next it is further back in the window: so the kernel is read {read}."
            )
        if k == 1:
            return (
                "one weight is used in every window, on the value that lies under it there, so its "
                "gradient adds up error times value over all windows."
            )
        return "the bias is added in every window, so it collects the errors of all of them."

    def remarks(self, k: int | None, shapes: tuple[Shape, ...]) -> tuple[str, ...]:
        """Return what counts as 0, and that x's share is a correlation with the turned kernel."""
        slides = self._slides(shapes[0], shapes[1])
        padded = any(slide.leaves for slide in slides)
        if k is None or k == 1:
            return ("a value of the input outside of its edges counts as 0",) if padded else ()
        if k != 0 or all(slide.length == 1 for slide in slides):
            return ()
        kernel = "turned by 180°" if len(slides) == 2 else "turned end to end"
        if self.flip:
            kernel = "as it is written, which z uses turned"
        spread = ""
        if any(slide.stride > 1 for slide in slides):
            spread = ", its entries set apart by the stride with zeros between,"
        said = [
            f"back to the input goes the correlation of the error{spread} with each kernel {kernel}"
        ]
        if all(slide.stride == slide.dilation == 1 for slide in slides) and not self.flip:
            said.append("in the next window a value is one place further back: so the kernel turns")
        return (*said, "an error, or a weight, outside of its grid counts as 0")

    def _bracketed(self, index: tuple[Index, ...], slides: tuple[Slide, ...], filters: int) -> Expr:
        """Return x's share over all windows and places, 1 where x is under that place, else 0.

        With stride and dilation above 1 no one letter counts the windows that cover a value.
        """
        c, *values = index
        rank = len(slides)
        f, *letters = fresh("f" + WINDOWS[:rank] + PLACES[:rank], index)
        windows, places = letters[:rank], letters[rank:]
        runs = tuple(
            Stretch(s.length, i, u) for s, i, u in zip(slides, windows, places, strict=True)
        )
        under = (s.under(i, u) for s, i, u in zip(slides, windows, places, strict=True))
        is_under = (Compare("==", Letter(n), Letter(m)) for n, m in zip(under, values, strict=True))
        brackets = (Cases(((each, ONE),), ZERO) for each in is_under)
        body = mul(self._weight(f, c, runs, slides), Name("g", (f, *windows)), *brackets)
        of_windows = (Stretch(s.windows, i, 1) for s, i in zip(slides, windows, strict=True))
        return counted(body, (f, *windows, *places), (Stretch(filters, f, 1), *of_windows, *runs))

    def _back(
        self, index: tuple[Index, ...], slides: tuple[Slide, ...], filters: int, *, turned: bool
    ) -> Expr:
        """Return x's share: over the windows that cover a value, or the places turned round."""
        c, *values = index
        rank = len(slides)
        general = zip(slides, values, strict=True)
        if any(s.stride > 1 < s.dilation and not isinstance(m, int) for s, m in general):
            return self._bracketed(index, slides, filters)
        by_place = turned and all(slide.stride == 1 for slide in slides)
        f, *letters = fresh("f" + (PLACES if by_place else WINDOWS)[:rank], index)
        pairs = zip(slides, values, letters, strict=True)
        runs = tuple(s.turned(m, u) if turned else s.covering(m, u) for s, m, u in pairs)
        back = Name("g", (f, *(run.window for run in runs)))
        body = self._weight(f, c, runs, slides) * back
        return counted(body, (f, *letters), (Stretch(filters, f, 1), *runs))
