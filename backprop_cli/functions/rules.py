"""Rule: what one node computes, what share of the error each input gets, and how both are written.

``forward`` and ``share`` run on any arithmetic and on whole batches (the first axis of a
per-sample array counts the samples). ``write`` and ``write_share`` give the same mathematics for
one entry of one sample, as a formula in the operands' names, with ``out`` for the node's own value
and ``g`` for its gradient; index letters give the general equation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import inf
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..expression.indices import Index
from ..expression.tree import Expr, Name
from ..expression.walking import substitute
from ..mathematics.formulas import Kink

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


class NoForm(ValueError):
    """An operation was asked for a form that it does not have; the message names both."""


class Rule(Struct, frozen=True):
    """The mathematics of one operation. What a rule does not say of these, it has none of."""

    @property
    def operands(self) -> tuple[str, ...]:
        """The inputs' names in formulas."""
        return ()

    @property
    def name(self) -> str:
        """The operation's name, as messages say it."""
        return type(self).__name__.lower()

    @property
    def unspecified(self) -> tuple[str, ...]:
        """The letters of functions called in it that are left unspecified."""
        return ()

    @property
    def letter(self) -> str:
        """The letter of a function that is left unspecified; nothing where it has a formula."""
        return ""

    @property
    def over_samples(self) -> bool:
        """Whether its formulas sum over the samples; there a quantity's index has these first."""
        return False

    def numbers_a_sample(self, shape: Shape) -> int:
        """Return how many numbers of a sample of this shape it averages; 0 where it does not."""
        return 0

    @property
    def remark(self) -> str:
        """A sentence on how it counts or what it is for, where a reader would stumble."""
        return ""

    def tied(self, x: Array) -> tuple[list[Shape], Shape]:
        """Return the windows with several largest values, and which of the first's is taken.

        Most rules choose nothing. Indices are from 0, the sample's first.
        """
        return [], ()

    @property
    def kinks(self) -> tuple[Kink, ...]:
        """Where the derivative jumps."""
        return ()

    def settled(self, chosen: Array) -> Rule:
        """Return the rule of a sample whose first input has these numbers, if they choose it."""
        return self

    def of_sample(self, sample: int) -> Rule:
        """Return the rule of one sample, from 1, where sequences end at steps of their own."""
        return self

    def only(self, samples: slice) -> Rule:
        """Return the rule of some of the samples."""
        return self

    def touched(self, k: int, chosen: Array) -> tuple[int, ...] | None:
        """Return the rows of input k, from 1, that these numbers choose; None: they choose none."""
        return None

    @property
    def step_rule(self) -> Rule:
        """The rule of a single step, whose inputs are that step's; the rule itself as a rule."""
        return self

    @property
    def late_inputs(self) -> dict[int, int | None]:
        """The inputs that are read from the step before; of each the initial state's position."""
        return {}

    def placed(self, written: Expr) -> Expr:
        """Return a formula of this rule, its indices settled, as it is where they end."""
        return written

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the node's value."""
        raise NoForm(f"{self.name} has no value")

    def put(self, xp: Arithmetic, out: Array, *inputs: Array) -> None:
        """Put the node's value into an array."""
        out[...] = self.forward(xp, *inputs)

    def putting(self, xp: Arithmetic, out: Array, *inputs: Array) -> Callable[[], object]:
        """Return what puts the value into an array as often as the inputs have new numbers.

        This and the share's are asked for of numpy's own floats only.
        """
        return partial(self.put, xp, out, *inputs)

    def putting_share(
        self, xp: Arithmetic, k: int, into: Array, g: Array, out: Array, *inputs: Array
    ) -> Callable[[], object]:
        """Return what puts input k's share into an array as often as there are new numbers.

        The value is as the rule computes it, and was not rounded.
        """
        return partial(self.put_share, xp, k, into, g, out, *inputs)

    def puts(self, k: int | None) -> bool:
        """Return whether input k's share (None: the value) is put without an array of its own."""
        return False

    @property
    def overwrites(self) -> bool:
        """Whether its value may take the place of its input: a share is the same by the value."""
        return False

    @property
    def steady(self) -> bool:
        """Whether a share is the same for every number that the inputs may have."""
        return False

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return input k's share of the gradient: gᵀ ∂out/∂(input k)."""
        raise NoForm(f"{self.name} has no derivative")

    def put_share(
        self, xp: Arithmetic, k: int, into: Array, g: Array, out: Array, *inputs: Array
    ) -> None:
        """Put input k's share into an array of the input's shape."""
        into[...] = fold(self.share(xp, k, g, out, *inputs), into.shape)

    def norm_bound(self, size: int, norms: Sequence[float]) -> float:
        """Return what ‖value‖ is at most, of so many numbers, by the inputs' norms."""
        return inf

    def share_norm_bound(self, k: int, g: float, norms: Sequence[float]) -> float:
        """Return what the norm of input k's share is at most, by those of gradient and inputs."""
        return inf

    def multiplies(self, k: int) -> bool:
        """Return whether input k's share is the gradient times something, entry by entry."""
        return False

    def multipliers(
        self, xp: Arithmetic, positions: Sequence[int], out: Array, *inputs: Array
    ) -> tuple[Array, ...]:
        """Return what the shares of these inputs are of the gradient, each shaped as the value."""
        raise NoForm(f"{self.name} does not multiply")

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the formula of the value's entry; NoForm where a general entry has none."""
        raise NoForm(f"{self.name} has no formula")

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the formula of the share's entry; ``shapes`` are the inputs', then the value's."""
        raise NoForm(f"{self.name} has no formula of its derivative")

    def write_ways(
        self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]
    ) -> tuple[Expr, ...]:
        """Return the forms that the share's formula goes through before it is as ``write_share``.

        The first has each output that the input is felt at under a letter of its own.
        """
        return ()

    def write_share_of(
        self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...], *inputs: Array
    ) -> Expr:
        """Return the formula of the share's entry, where one sample's inputs decide what it is."""
        return self.write_share(k, index, shapes)

    def remarks(self, k: int | None, shapes: tuple[Shape, ...]) -> tuple[str, ...]:
        """Return what is said beside the general formula of input k's share (None: of the value).

        Sentences that hold of every node with inputs and a value of these shapes.
        """
        return ()

    def covering(self, k: int, index: Shape, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Return the windows in which input k's entry is; of a rule without windows, none."""
        return ()

    def write_whole(self, k: int, count: int) -> Expr | None:
        """Return the share of input k (of ``count``) in matrices and vectors, or None."""
        return None

    def write_rows(self, k: int, shapes: tuple[Shape, ...]) -> Expr | None:
        """Return the share of input k in matrices whose rows are the steps of a sequence, or None.

        Of several heads it is that of a head h.
        """
        return None

    def write_shared(
        self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]
    ) -> Expr | None:
        """Return what the shares of all entries of a row subtract alike, or None."""
        return None

    def slope(self, xp: Arithmetic, z: Array, a: Array) -> Array | None:
        """Return f′(z) of a function entry by entry; None where the entries are not apart."""
        return None

    def write_slope(self, index: tuple[Index, ...]) -> Expr | None:
        """Return the formula of f′ at one entry, in ``z`` and ``out``, or None."""
        return None

    def why(self, k: int) -> str:
        """Return why input k's share is as it is: two sentences at most, or nothing."""
        return ""

    def fault(self, xp: Arithmetic, *inputs: Array) -> str:
        """Return why there is no value for these inputs, where the rule can tell."""
        return ""


def indexed(node: Expr, names: dict[str, tuple[Index, ...]]) -> Expr:
    """Return the formula with an index put on each plain name that has one in ``names``."""
    return substitute(
        node,
        lambda n: Name(n.id, names[n.id]) if isinstance(n, Name) and n.id in names else None,
    )


def in_turn(first: Callable[[], object], second: Callable[[], object]) -> Callable[[], object]:
    """Return what makes the two calls one after the other."""

    def run() -> None:
        first()
        second()

    return run


def apart(out: Array) -> Array:
    """Return where to put what is then changed into ``out``: there too; of one number that is slow.

    Numpy takes three times as long to put one number over itself.
    """
    return out if out.size > 1 else np.empty_like(out)


def multiplying(a: Array, b: Array, out: Array) -> Callable[[], object]:
    """Return what puts a b into an array; of two matrices ``dot`` begins sooner than ``matmul``."""
    plain = a.ndim == b.ndim == 2 and out.flags.c_contiguous and a.dtype == b.dtype == out.dtype
    return partial(np.dot if plain else np.matmul, a, b, out)


def summing(terms: Array, axes: int | tuple[int, ...], out: Array) -> Callable[[], object]:
    """Return what puts the sums along axes into an array; a sum of one term is a copy of it."""
    if terms.size == out.size:
        return partial(np.copyto, out, terms.reshape(out.shape))
    return partial(np.add.reduce, terms, axes, None, out)


def fold(share: Array, shape: tuple[int, ...]) -> Array:
    """Return the share summed over the axes along which its owner was broadcast."""
    if share.shape == shape:
        return share
    extra = share.ndim - len(shape)
    if extra:
        share = share.sum(axis=tuple(range(extra)))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and share.shape[i] != 1)
    return np.asarray(share.sum(axis=stretched, keepdims=True) if stretched else share)
