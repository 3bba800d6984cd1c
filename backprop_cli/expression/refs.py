"""Ref: which quantity of the network is meant, whatever letter a notation gives it."""

from __future__ import annotations

from typing import TypeVar

from msgspec import Struct, structs

from .axes import is_matrix
from .indices import FromTo, Index, letters_of

T = TypeVar("T")


ANYWHERE = ""
"""The layer of a unit that may be in any."""


class Ref(Struct, frozen=True):
    """One quantity, or one entry of it: ``Ref("W", 1, index=(2, 1))`` is W1[2,1].

    ``part`` is ``x``, ``y``, ``z``, ``a``, ``W``, ``b``, ``loss``, ``cost`` (C_i of one sample),
    ``loss_terms``, or a graph's own name. ``gradient`` turns it into ∂loss/∂(that quantity); the
    gradient of a ``z`` is what most notations call δ. ``layer`` is counted from 1, or is a letter
    or an offset (l − 1) in a general equation. A weight's index is (to, from).
    """

    part: str
    layer: Index | None = None
    gradient: bool = False
    sample: Index | None = None
    index: tuple[Index, ...] = ()

    def at(self, *index: Index) -> Ref:
        """Return the same quantity's entry at ``index``; a single number has none."""
        return structs.replace(self, index=index) if index else self

    @property
    def is_general(self) -> bool:
        """Whether an index letter stands for any entry (``j``), as in a general equation."""
        return any(letters_of(i) for i in self.index)

    def whole(self) -> Ref:
        """Return the whole quantity this entry belongs to."""
        return structs.replace(self, index=())

    def bare(self) -> Ref:
        """Return the whole quantity, of no sample."""
        return structs.replace(self, sample=None, index=())

    def grad(self) -> Ref:
        """Return ∂loss/∂(this quantity)."""
        return structs.replace(self, gradient=True)

    def of(self) -> Ref:
        """Return the quantity that this is the gradient of."""
        return structs.replace(self, gradient=False)


def plain_name(ref: Ref, in_out: bool = False) -> str:
    """Return the name of section "Names": δ of layer 1 is ``delta1``, ∂loss/∂W1 is ``dW1``.

    A weight's entry is written in the file's own layout.
    """
    layer = "" if ref.layer is None else str(ref.layer)
    if letters_of(ref.layer):
        layer = f"({layer})"
    if ref.gradient:
        head = f"delta{layer}" if ref.part == "z" else f"d{ref.part}{layer}"
        if ref.layer is None and ref.part not in ("x", "y"):
            head = f"d({ref.part})"
    else:
        head = f"{ref.part}{layer}"
    index = turned(ref.part, ref.index, in_out)
    if ref.sample is not None and not isinstance(ref.sample, FromTo):
        index = (ref.sample, *index)
    return head + (f"[{','.join(map(str, index))}]" if index else "")


def stored_index(ref: Ref, in_out: bool) -> tuple[int, ...]:
    """Return where an entry stands in its array, from 0, a weight in the file's own layout."""
    return tuple(int(i) - 1 for i in turned(ref.part, ref.index, in_out))


def turned(part: str, index: tuple[T, ...], in_out: bool) -> tuple[T, ...]:
    """Return what counts along a quantity's axes in the file's order, or back: x·W has (from, to).

    Only weight matrices are turned.
    """
    return index[::-1] if in_out and is_matrix(part, len(index)) else index
