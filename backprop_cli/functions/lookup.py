"""Lookup: rows of a table, chosen by whole numbers that are counted from 0."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

import numpy as np
from msgspec import structs

from ..arithmetic import Arithmetic
from ..expression.indices import Index
from ..expression.tree import ONE, ZERO, Div, Expr, Name, Number, add, mul
from .rules import Array, NoForm, Rule, Shape

RowPooling = Literal["none", "mean", "sum"]


class Lookup(Rule, frozen=True):
    """z_t = row x_t of E; pooled, the sum or the mean of the rows, a row as often as it is chosen.

    The share of a row is the sum of g over all places that chose it. ``words`` are a sample's
    numbers, where they are known: only then has an entry a formula.
    """

    pool: RowPooling = "none"
    words: tuple[int, ...] | None = None

    name = "lookup"
    operands = ("x", "E")

    @property
    def remark(self) -> str:
        """How words and rows are counted, by the first word that is known."""
        word = self.words[0] if self.words else 2
        said = f"word {word} is row {word + 1} of the table"
        return f"words are counted from 0, rows from 1: {said}"

    def settled(self, chosen: Array) -> Rule:
        """Return the rule of a sample with these numbers."""
        found = rows(chosen.ravel())
        if any(not (np.isfinite(word) and word == int(word)) for word in found.tolist()):
            return self
        return structs.replace(self, words=tuple(int(word) for word in found.tolist()))

    def touched(self, k: int, chosen: Array) -> tuple[int, ...] | None:
        """Return the rows of the table that were chosen, counted from 1."""
        if k != 1:
            return None
        return tuple(int(word) + 1 for word in np.unique(rows(chosen)).tolist())

    def why(self, k: int) -> str:
        """Return why a row collects."""
        return (
            "a row goes to every place where its word stands, so it collects the errors of all "
            "these places. What no word chose did nothing and receives 0."
        )

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the rows; no number where one was chosen that is not there."""
        x, E = inputs
        found, inside = _indices(x, len(E))
        z = E[found]
        if not inside.all():
            z = np.where(inside[..., None], z, np.nan)
        return np.asarray(z if self.pool == "none" else self._pooled(xp, z, x.shape[-1]))

    def _pooled(self, xp: Arithmetic, z: Array, count: int) -> Array:
        total = np.asarray(np.add.reduce(z, 1))
        return total if self.pool == "sum" else xp.scale(total, count)

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return, row by row, the sum of g where the row was chosen."""
        x, E = inputs
        if k == 0:
            raise NoForm("a number that chooses has no gradient")
        if self.pool != "none":
            g = np.expand_dims(xp.scale(g, x.shape[-1]) if self.pool == "mean" else g, 1)
            g = np.broadcast_to(g, (*x.shape, g.shape[-1]))
        total = E * 0
        np.add.at(total, _indices(x, len(E))[0].ravel(), g.reshape(-1, g.shape[-1]))
        return np.asarray(total)

    def fault(self, xp: Arithmetic, *inputs: Array) -> str:
        """Return which number chooses no row."""
        x, E = inputs
        for word in rows(x).ravel().tolist():
            if not (np.isfinite(word) and word == int(word) and 0 <= word < len(E)):
                return f"{word:g} is no word: they are counted from 0 to {len(E) - 1}"
        return ""

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the chosen row's entry, or the sum or mean of such entries."""
        *step, unit = index
        if self.words is None:
            raise NoForm("which row is looked up its number says")
        if self.pool == "none":
            (t,) = step
            if not isinstance(t, int):
                raise NoForm("each step looks up a row of its own")
            return Name("E", (self.words[t - 1] + 1, unit))
        total = add(*(Name("E", (word + 1, unit)) for word in self.words))
        return mul(self._part, total) if self.pool == "mean" else total

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the sum of g where the row was chosen."""
        if k == 0:
            raise NoForm("a number that chooses has no gradient")
        row, unit = index
        if self.words is None or not isinstance(row, int):
            raise NoForm("which row is looked up its number says")
        places = [t for t, word in enumerate(self.words, 1) if word + 1 == row]
        if self.pool == "none":
            return add(*(Name("g", (t, unit)) for t in places))
        if not places:
            return ZERO
        times = Number(Fraction(len(places)))
        factors: list[Expr] = [times] if len(places) > 1 else []
        factors += [self._part] if self.pool == "mean" and len(self.words or ()) > 1 else []
        return mul(*factors, Name("g", (unit,)))

    @property
    def _part(self) -> Expr:
        return Div(ONE, Number(Fraction(len(self.words or (0,)))))


def rows(x: Array) -> Array:
    """Return the numbers that choose rows as floats, of whatever kind they are."""
    if x.dtype != object:
        return np.real(x).astype(np.float64)
    flat = [float(_real(each)) for each in x.ravel().tolist()]
    return np.array(flat, dtype=np.float64).reshape(x.shape)


def _real(number: Any) -> Any:
    number = getattr(number, "value", number)
    return number.real if isinstance(number, complex) else number


def _indices(x: Array, count: int) -> tuple[Array, Array]:
    """Return rows that can be taken, and where they are those that were asked for."""
    found = rows(x)
    inside = np.isfinite(found) & (found >= 0) & (found < count) & (found == np.floor(found))
    return np.where(inside, found, 0.0).astype(np.int64), inside
