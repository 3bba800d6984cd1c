"""Weighted: z = Σ over several inputs of M v, + b: the pre-activation of a gate, of a state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Literal

import numpy as np
from msgspec import Struct, structs

from ..arithmetic import Arithmetic
from ..arithmetic.entries import matmul
from ..expression.indices import Index, fresh
from ..expression.tree import BigSum, Expr, Hadamard, MatMul, Name, Transpose, add, mul
from .operators import summed
from .rules import Array, Rule, Shape


class WeightedTerm(Struct, frozen=True, dict=True):
    """One term: M v by a matrix, or m ⊙ v where the weights are a vector (a peephole).

    A gate multiplies what is read (``inside``: M (r ⊙ v)) or the product (``outside``:
    r ⊙ (M v + c), where ``offset`` names c if there is one).
    """

    vector: str
    weights: str
    matrix: bool = True
    gate: str = ""
    where: Literal["inside", "outside"] = "inside"
    offset: str = ""

    @property
    def is_product(self) -> bool:
        """Whether it is M v of a vector as it stands, which may be multiplied afterwards."""
        return self.matrix and not (self.gate and self.where == "inside")

    @cached_property
    def operands(self) -> tuple[str, ...]:
        """What the term reads: the vector, its weights, the gate, the offset."""
        every = (self.vector, self.weights, self.gate, self.offset)
        return tuple(name for name in every if name)


class Weighted(Rule, frozen=True, dict=True):
    """z_j = Σ over terms of Σ_k m_jk v_k + b_j; leading axes count samples and steps.

    With ``in_out`` matrices are (from, to).
    """

    terms: tuple[WeightedTerm, ...]
    bias: str = "b"
    in_out: bool = False

    @cached_property
    def operands(self) -> tuple[str, ...]:
        """The inputs' names: those of each term, then b."""
        own = tuple(name for term in self.terms for name in term.operands)
        return (*own, self.bias) if self.bias else own

    @property
    def name(self) -> str:
        """``weighted``."""
        return "weighted"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the sum of the terms."""
        at, total = dict(zip(self.operands, inputs, strict=True)), None
        for term in self.terms:
            part = self.value(term, at)
            total = part if total is None else total + part
        assert total is not None
        return np.asarray(total + at[self.bias] if self.bias else total)

    def why(self, k: int) -> str:
        """Return why: as of a weighted sum, of its gate, of its bias."""
        name = self.operands[k]
        term = next((t for t in self.terms if name in t.operands), None)
        if term is None or name == term.offset:
            return (
                "a bias is added as it is at every step and in every sample, so it collects the "
                "errors of all of them."
            )
        if name == term.gate:
            return "a gate multiplies, so its share is the error times what it lets through."
        if name == term.weights:
            return (
                "the same weights are used at every step, so each step adds its own share: the "
                "error there times the value that was read there."
            )
        return (
            "a change of one value moves every unit that reads it, each by its own weight, and "
            "what all of these do to the loss is added."
        )

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return Mᵀ g, g vᵀ (summed over steps), or g itself."""
        name, at = self.operands[k], dict(zip(self.operands, inputs, strict=True))
        if name == self.bias:
            return _over_rows(g)
        term = next(term for term in self.terms if name in term.operands)
        return np.asarray(self._share(term, name, g, at))

    def multiplies(self, k: int) -> bool:
        """Return whether it is a gate outside of a product, or what a vector of weights reads."""
        name = self.operands[k]
        return any(
            (name == term.gate and term.where == "outside")
            or (name == term.vector and not term.matrix and not term.gate)
            for term in self.terms
        )

    def multipliers(
        self, xp: Arithmetic, positions: Sequence[int], out: Array, *inputs: Array
    ) -> tuple[Array, ...]:
        """Return M v + c of a gate, and the weights of what is read by a vector of them."""
        at, found = dict(zip(self.operands, inputs, strict=True)), []
        for k in positions:
            name = self.operands[k]
            term = next(term for term in self.terms if name in term.operands)
            gated = name == term.gate
            plain = structs.replace(term, gate="") if gated else term
            factor = self.value(plain, at) if gated else at[term.weights]
            found.append(np.broadcast_to(factor, out.shape))
        return tuple(found)

    def value(
        self, term: WeightedTerm, at: Mapping[str, Array], product: Array | None = None
    ) -> Array:
        """Return the value of a term; ``product`` is M v, where that is known."""
        part = product
        if part is None:
            v, m = at[term.vector], at[term.weights]
            if term.gate and term.where == "inside":
                v = at[term.gate] * v
            part = np.asarray(self._times(v, m) if term.matrix else v * m)
        if term.offset:
            part = part + at[term.offset]
        return np.asarray(at[term.gate] * part if term.gate and term.where == "outside" else part)

    def _times(self, v: Array, m: Array) -> Array:
        return matmul(v, m if self.in_out else m.T)

    def _share(self, term: WeightedTerm, name: str, g: Array, at: dict[str, Array]) -> Array:
        v, m = at[term.vector], at[term.weights]
        inside = at[term.gate] if term.gate and term.where == "inside" else None
        if term.gate and term.where == "outside":
            if name == term.gate:
                product = self._times(v, m)
                return np.asarray(g * (product + at[term.offset] if term.offset else product))
            g = g * at[term.gate]
        if name == term.offset:
            return _over_rows(g)
        if not term.matrix:
            return np.asarray(g * m) if name == term.vector else _over_rows(g * v)
        if name == term.weights:
            read = v if inside is None else inside * v
            rows, read = g.reshape(-1, g.shape[-1]), read.reshape(-1, read.shape[-1])
            return np.asarray(read.T @ rows if self.in_out else rows.T @ read)
        back = matmul(g, m.T if self.in_out else m)
        if inside is None:
            return np.asarray(back)
        return np.asarray(back * (v if name == term.gate else inside))

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return Σ_k m_jk v_k + …  + b_j."""
        terms = [self._written(term, index, shapes) for term in self.terms]
        return add(*terms, *([Name(self.bias, index[-1:])] if self.bias else []))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return Σ_j m_jk g_j, Σ over steps of g_j v_k, or of g_j."""
        name, (*sizes, units) = self.operands[k], shapes[-1]
        steps = fresh("trq"[: len(sizes)], index)
        if name == self.bias:
            return summed(Name("g", (*steps, *index)), steps, tuple(sizes))
        term = next(term for term in self.terms if name in term.operands)
        outside = term.gate if term.where == "outside" else ""
        inside = term.gate if term.where == "inside" else ""
        if name == term.gate and outside:
            return mul(Name("g", index), self._product(term, index, shapes))
        if name in (term.weights, term.offset):
            j, last = index[0], index[-1]
            factors: list[Expr] = [Name("g", (*steps, j))]
            factors += [Name(outside, (*steps, j))] if outside else []
            if name == term.weights:
                factors += [Name(inside, (*steps, last))] if inside else []
                factors.append(Name(term.vector, (*steps, last)))
            return summed(mul(*factors), steps, tuple(sizes))
        if not term.matrix:
            return Name(term.weights, index[-1:]) * Name("g", index)
        *rest, i = index
        (letter,) = fresh("j", index)
        body: list[Expr] = [Name(term.weights, (letter, i))]
        body += [Name(outside, (*rest, letter))] if outside else []
        total: Expr = BigSum(letter, units, mul(*body, Name("g", (*rest, letter))))
        if not inside:
            return total
        return mul(total, Name(term.vector if name == inside else inside, index))

    def write_whole(self, k: int, count: int) -> Expr | None:
        """Return Mᵀ g, g vᵀ or g, with the gate where there is one."""
        name, g = self.operands[k], Name("g")
        if name == self.bias:
            return g
        term = next(term for term in self.terms if name in term.operands)
        sent: Expr = g
        if term.gate and term.where == "outside":
            if name == term.gate:
                return Hadamard((g, self._read_whole(term)))
            sent = Hadamard((g, Name(term.gate)))
        if name == term.offset:
            return sent
        m, v = Name(term.weights), Name(term.vector)
        if not term.matrix:
            return Hadamard((m if name == term.vector else v, g))
        inside = term.gate if term.where == "inside" else ""
        if name == term.weights:
            read: Expr = Hadamard((Name(inside), v)) if inside else v
            factors: tuple[Expr, Expr] = (sent, Transpose(read))
        else:
            factors = (Transpose(m), sent)
        back = MatMul(factors[::-1] if self.in_out else factors)
        if not inside or name == term.weights:
            return back
        return Hadamard((back, v if name == inside else Name(inside)))

    def _read_whole(self, term: WeightedTerm) -> Expr:
        """Return M v, and c where there is one: what a gate outside multiplies."""
        m, v = Name(term.weights), Name(term.vector)
        if not term.matrix:
            read: Expr = Hadamard((m, v))
        else:
            read = MatMul((v, m) if self.in_out else (m, v))
        return add(read, Name(term.offset)) if term.offset else read

    def _written(
        self, term: WeightedTerm, index: tuple[Index, ...], shapes: tuple[Shape, ...]
    ) -> Expr:
        if term.gate and term.where == "outside":
            return mul(Name(term.gate, index), self._product(term, index, shapes))
        return self._product(term, index, shapes)

    def _product(
        self, term: WeightedTerm, index: tuple[Index, ...], shapes: tuple[Shape, ...]
    ) -> Expr:
        *rest, j = index
        if not term.matrix:
            return Name(term.weights, (j,)) * Name(term.vector, index)
        (k,) = fresh("k", index)
        factors: list[Expr] = [Name(term.weights, (j, k))]
        if term.gate and term.where == "inside":
            factors.append(Name(term.gate, (*rest, k)))
        width = shapes[self.operands.index(term.vector)][-1]
        total: Expr = BigSum(k, width, mul(*factors, Name(term.vector, (*rest, k))))
        return add(total, Name(term.offset, (j,))) if term.offset else total


def _over_rows(g: Array) -> Array:
    """Return g summed over all but its last axis."""
    return np.asarray(g.sum(axis=tuple(range(g.ndim - 1))))
