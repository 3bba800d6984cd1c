"""Attention, head by head: scores of queries and keys, softmax over the keys, values weighted."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import ClassVar

import numpy as np

from ..arithmetic import Arithmetic
from ..arithmetic.entries import matmul
from ..expression.indices import Index, fresh, plus, scaled
from ..expression.tree import (
    ONE,
    ZERO,
    BigSum,
    Call,
    Div,
    Expr,
    Letter,
    MatMul,
    Name,
    Number,
    Transpose,
    mul,
)
from .rules import Array, Rule, Shape
from .softmax import SOFTMAX, Softmax


def split(x: Array, heads: int) -> Array:
    """Return (samples, heads, positions, width of a head) of units joined end to end."""
    samples, positions, units = x.shape
    return x.reshape(samples, positions, heads, units // heads).transpose(0, 2, 1, 3)


def joined(x: Array) -> Array:
    """Return the heads' units end to end: (samples, positions, units)."""
    samples, heads, positions, width = x.shape
    return x.transpose(0, 2, 1, 3).reshape(samples, positions, heads * width)


def _apart(array: Array, heads: int) -> Array:
    """Return an array of pairs with an axis of heads: with one head it has none of its own."""
    return array if heads > 1 else array[:, None]


def _as_pairs(array: Array, heads: int) -> Array:
    return np.asarray(array if heads > 1 else array[:, 0])


class Pairs(Rule, frozen=True):
    """What the rules of pairs share: which head a unit belongs to, which unit is its c-th.

    Head h of H has the units (h − 1)d + 1 … hd, d being the width of a head. Where a query sees
    only the keys up to its own position (``causal``), no other pair stands in what is written: its
    weight is 0, and so is what comes back to its score.
    """

    heads: int = 1
    causal: bool = False

    _by_unit: ClassVar[tuple[int | None, ...]] = ()
    """The inputs, None for the value, of which an entry is a unit's and not a pair's."""

    def _over_keys(
        self, query: Index, keys: int, term: Callable[[Index], Expr], *taken: Index
    ) -> Expr:
        """Return the sum over the keys that a query sees; a general one sees all."""
        (i,) = fresh("i", taken)
        seen = min(query, keys) if self.causal and isinstance(query, int) else keys
        return BigSum(i, seen, term(i))

    def _over_queries(
        self, key: Index, queries: int, term: Callable[[Index], Expr], *taken: Index
    ) -> Expr:
        """Return the sum over the queries that see a key; a general one is seen by all."""
        (i,) = fresh("i", taken)
        before = key - 1 if self.causal and isinstance(key, int) else 0
        return BigSum(i, queries - before, term(plus(i, before))) if before < queries else ZERO

    def _pair(self, head: Index, query: Index, key: Index) -> tuple[Index, ...]:
        """Return the index of a pair; a lone head is not counted."""
        return (head, query, key) if self.heads > 1 else (query, key)

    def _head(self, unit: Index, width: int) -> Index:
        """Return the head of a unit, h of a general one of several heads."""
        if self.heads == 1:
            return 1
        return (unit - 1) // width + 1 if isinstance(unit, int) else "h"

    def remarks(self, k: int | None, shapes: tuple[Shape, ...]) -> tuple[str, ...]:
        """Return what the letter h of a general unit is, where there are several heads."""
        of_unit = k in self._by_unit and self.heads > 1
        return ("h is the head that the unit belongs to",) if of_unit else ()

    def _unit(self, head: Index, inside: Index, width: int) -> Index:
        """Return the unit that is number ``inside`` of a head: (h − 1)·d + c."""
        return plus(scaled(plus(head, -1), width), inside)

    def _parts(self, index: tuple[Index, ...]) -> tuple[Index, Index, Index]:
        """Return head, query and key of a pair."""
        if self.heads > 1:
            head, query, key = index
            return head, query, key
        query, key = index
        return 1, query, key

    def _of_head(self, name: str) -> Expr:
        """Return an array's columns of head h; of a lone head all."""
        return Call("head", (Name(name), Letter("h"))) if self.heads > 1 else Name(name)

    def _pairs(self, name: str) -> Expr:
        """Return head h of an array of pairs; of a lone head the array."""
        return Name(name, ("h",) if self.heads > 1 else ())


class Scores(Pairs, frozen=True):
    """s_hij = (Σ_c q_ihc k_jhc)/√d: how well query i fits key j in head h.

    ``divisor`` is what the sum is divided by, 1 for nothing.
    """

    divisor: Expr = ONE

    _by_unit = (0, 1)
    name = "scores"
    operands = ("q", "k")

    def why(self, k: int) -> str:
        """Return why the other of the two is the factor, and what is added up."""
        one, other = ("query", "key") if k == 0 else ("key", "query")
        return (
            f"a score is a product of a query and a key, so a {one}'s share is the {other} that it "
            f"meets, divided as the score was. One {one} stands in a score with every {other}: "
            "what comes back from all of them is added."
        )

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return q kᵀ/√d of each head."""
        q, k = (split(each, self.heads) for each in inputs)
        return _as_pairs(self._divided(xp, matmul(q, k.swapaxes(-1, -2))), self.heads)

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g k/√d, or gᵀ q/√d, of each head."""
        back, other = _apart(g, self.heads), split(inputs[1 - k], self.heads)
        sent = matmul(back if k == 0 else back.swapaxes(-1, -2), other)
        return joined(self._divided(xp, sent))

    def _divided(self, xp: Arithmetic, array: Array) -> Array:
        if self.divisor == ONE:
            return np.asarray(array)
        if xp.native:
            array /= xp.written(self.divisor)
            return np.asarray(array)
        return xp.elementwise(Div(Name("u"), self.divisor), {"u": array})

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return (Σ_c q_ic k_jc)/√d over the units of the head."""
        head, query, key = self._parts(index)
        width = shapes[0][-1] // self.heads
        (c,) = fresh("c", index)
        unit = self._unit(head, c, width)
        product = Name("q", (query, unit)) * Name("k", (key, unit))
        return self._over(BigSum(c, width, product))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return (Σ_j g_ij k_jc)/√d, or (Σ_i g_ij q_ic)/√d."""
        own, unit = index
        head = self._head(unit, shapes[0][-1] // self.heads)
        others = shapes[1 - k][0]

        def term(i: Index) -> Expr:
            pair = self._pair(head, *((own, i) if k == 0 else (i, own)))
            return Name("g", pair) * Name(self.operands[1 - k], (i, unit))

        over = self._over_keys if k == 0 else self._over_queries
        return self._over(over(own, others, term, *index))

    def write_rows(self, k: int, shapes: tuple[Shape, ...]) -> Expr:
        """Return g k/√d, or gᵀ q/√d."""
        back, other = self._pairs("g"), self._of_head(self.operands[1 - k])
        product = MatMul((back if k == 0 else Transpose(back), other), by_step=True)
        return product if self.divisor == ONE else mul(Div(ONE, self.divisor), product)

    def _over(self, total: Expr) -> Expr:
        return total if self.divisor == ONE or total == ZERO else Div(total, self.divisor)


class MaskedSoftmax(Softmax, frozen=True):
    """p_ij = exp(s_ij)/Σ_k exp(s_ik) over the first i keys; what comes after them has p = 0.

    The share of a row is p ⊙ (g − Σ_k g_k p_k), 0 where p is.
    """

    name = "masked_softmax"

    def why(self, k: int) -> str:
        """Return why each query has a matrix of its own."""
        return (
            "a query's weights share one sum in the denominator, that of the keys up to its own "
            "position, so each score moves all of them. A key that comes later has weight 0, moves "
            "nothing and gets nothing back."
        )

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the softmax of the first i entries of each row."""
        s = inputs[0]
        if xp.native:
            seen = np.tri(*s.shape[-2:], dtype=np.bool_)
            return np.asarray(SOFTMAX.forward(xp, np.where(seen, s, -np.inf)))
        p = xp.array(np.zeros(s.shape, dtype=np.int64))
        for i in range(s.shape[-2]):
            p[..., i, : i + 1] = SOFTMAX.forward(xp, s[..., i, : i + 1])
        return p

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return exp(s_ij)/Σ_k exp(s_ik) over the keys that the query sees; 0 of another.

        A general query's sum is over all: the remark says which of them count.
        """
        if self._is_hidden(index):
            return ZERO
        return super().write(index, self._seen(index, shapes))

    def remarks(self, k: int | None, shapes: tuple[Shape, ...]) -> tuple[str, ...]:
        """Return which keys a general query's sum is over, and what the others get back."""
        if k is not None:
            return ("a key that comes after its query has p = 0, so what comes back to it is 0",)
        hidden = "a query sees the keys up to its own position: the others have p = 0"
        return (f"{hidden} and stand in no sum",)

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return p_ij (g_ij − Σ_k g_ik p_ik); 0 of a key that the query does not see."""
        if self._is_hidden(index):
            return ZERO
        return super().write_share(k, index, shapes)

    def write_shared(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return Σ_k g_ik p_ik over the keys that the query sees; over all it is the same."""
        return super().write_shared(k, index, self._seen(index, shapes))

    @staticmethod
    def _is_hidden(index: tuple[Index, ...]) -> bool:
        """Return whether the key comes after the query."""
        query, key = index[-2:]
        return isinstance(query, int) and isinstance(key, int) and key > query

    @staticmethod
    def _seen(index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Return the shapes with the keys that a query sees alone; a general one sees all."""
        query, (*before, keys) = index[-2], shapes[0]
        seen = min(query, keys) if isinstance(query, int) else keys
        return ((*before, seen), *shapes[1:])


class Mixed(Pairs, frozen=True):
    """z_iu = Σ_j p_hij v_ju, h being the head of unit u: the values, weighted by p."""

    _by_unit = (None, 1)
    name = "weighted"
    operands = ("p", "v")

    def why(self, k: int) -> str:
        """Return why a weight gets the value's side, and a value the weights'."""
        return (
            "a weight of attention multiplies the whole value of its key, so what comes back is "
            "the error at every unit of the head times that value, added.",
            "a value is read by every query, by each with its own weight, and what comes back from "
            "all of them is added. That is the transpose of the weights.",
        )[k]

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return p v of each head, joined."""
        p, v = inputs
        return joined(matmul(_apart(p, self.heads), split(v, self.heads)))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g vᵀ, or pᵀ g, of each head."""
        p, v = inputs
        back = split(g, self.heads)
        if k == 0:
            return _as_pairs(matmul(back, split(v, self.heads).swapaxes(-1, -2)), self.heads)
        return joined(matmul(_apart(p, self.heads).swapaxes(-1, -2), back))

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return Σ_j p_ij v_ju."""
        query, unit = index
        head = self._head(unit, shapes[1][-1] // self.heads)

        def term(i: Index) -> Expr:
            return Name("p", self._pair(head, query, i)) * Name("v", (i, unit))

        return self._over_keys(query, shapes[1][0], term, *index)

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return Σ_u g_iu v_ju over the units of the head, or Σ_i p_ij g_iu."""
        width = shapes[1][-1] // self.heads
        if k == 0:
            head, query, key = self._parts(index)
            (c,) = fresh("c", index)
            unit = self._unit(head, c, width)
            return BigSum(c, width, Name("g", (query, unit)) * Name("v", (key, unit)))
        key, unit = index
        head = self._head(unit, width)

        def term(i: Index) -> Expr:
            return Name("p", self._pair(head, i, key)) * Name("g", (i, unit))

        return self._over_queries(key, shapes[-1][0], term, *index)

    def write_rows(self, k: int, shapes: tuple[Shape, ...]) -> Expr:
        """Return g vᵀ, or pᵀ g."""
        back = self._of_head("g")
        if k == 0:
            return MatMul((back, Transpose(self._of_head("v"))), by_step=True)
        return MatMul((Transpose(self._pairs("p")), back), by_step=True)


def root(width: int) -> Expr:
    """Return √d, by which the scores are divided as a rule; 1 of a width of 1."""
    return ONE if width == 1 else Call("sqrt", (Number(Fraction(width)),))
