"""What a graph consists of: nodes, what was given, and the layers that they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from msgspec import Struct
from msgspec.structs import force_setattr

from ..expression.axes import Axes, default_axes
from ..expression.refs import Ref
from ..functions.fused import Fused
from ..functions.rules import Rule, Shape
from ..problems import Place
from ..spec.numbers import number_floats

if TYPE_CHECKING:
    from ..functions.delayed import Clock

Array = np.ndarray[Any, Any]


class Shortcut(Struct, frozen=True):
    """A node's gradient taken straight from another node than its consumers.

    Softmax under cross-entropy: ∂C/∂z = a Σy − y, from the cost's gradient, past the Jacobian.
    ``rule`` is asked for input 0's share, with the values of ``inputs``.
    """

    source: int
    rule: Fused
    inputs: tuple[int, ...]


class ClosedForm(Struct, frozen=True):
    """What a layer sends back to its input in one formula, the paths between put together.

    ``rule`` is asked for input 0's share of the gradient of ``source``, with the values of
    ``inputs``.
    """

    source: int
    rule: Rule
    inputs: tuple[int, ...]


class Node(Struct, frozen=True):
    """One node: a leaf (no rule) or an operation on earlier nodes.

    ``shape`` is of one sample where ``per_sample``; its arrays then have the samples first.
    ``watched`` says that the forward pass looks whether its value is finite; what only feeds
    watched nodes, which cannot hide an overflow, need not be. ``inner`` is a result on the way
    that neither the file nor a layer has a name for. ``axes`` names what each position of an entry
    counts, in the order of ``ref.index``; where none are given they follow from part and rank.
    """

    ref: Ref
    shape: Shape
    rule: Rule | None = None
    parents: tuple[int, ...] = ()
    per_sample: bool = True
    wants_gradient: bool = True
    shortcut: Shortcut | None = None
    place: Place | None = None
    watched: bool = True
    inner: bool = False
    axes: Axes = ()

    def __post_init__(self) -> None:
        """Name the axes, where nobody has."""
        if len(self.axes) != len(self.shape):
            force_setattr(self, "axes", default_axes(self.ref.part, len(self.shape)))


class Given(Struct, frozen=True):
    """A leaf's numbers as they were given: texts as written, or floats from a file or a seed."""

    texts: Array | None = None
    floats: Array | None = None

    @property
    def numbers(self) -> Array:
        """The numbers as floats."""
        if self.floats is not None:
            return self.floats
        if self.texts is None:
            raise ValueError("a leaf without numbers")
        try:
            return self.texts.astype(np.float64)
        except ValueError:
            flat = number_floats(self.texts.ravel().tolist())
            return np.array(flat, dtype=np.float64).reshape(self.texts.shape)


ParameterKind = Literal["weight", "bias", "scale", "shift", "table", "state", "constant"]
"""What a parameter does in its layer; a weight is penalized and counted among the weights.

A constant is given with the layer and never learnt: a mask, a running mean.
"""


class Loop(Struct, frozen=True):
    """Nodes that are computed together, step by step: some read the step before of a later one.

    They stand one after the other, from ``first`` to ``last``; their first axis counts the steps.
    """

    first: int
    last: int
    clock: Clock

    @property
    def numbers(self) -> range:
        """The nodes, in the order in which they are computed."""
        return range(self.first, self.last + 1)

    def __contains__(self, number: int) -> bool:
        """Return whether the node is one of them."""
        return self.first <= number <= self.last


class Parameter(Struct, frozen=True):
    """A parameter of a layer: its part of the names, its node, its kind, its key in the file.

    ``below`` are the keys under that key, and ``offset`` where it begins in an array that has
    others beside it, if it stands in one. ``says`` is what it is, where its kind is not enough.
    """

    part: str
    node: int
    kind: ParameterKind
    key: str
    below: tuple[str, ...] = ()
    offset: tuple[int, ...] = ()
    says: str = ""


class Cell(Struct, frozen=True):
    """One step of a layer: its parts' nodes in the order computed; without time there is one.

    ``activated`` names which part is the activation of which: ``("z", "a")``. There σ′ stands. An
    answer that is the activation of nothing is its own: ``("h", "h")``. ``says`` has what parts
    are, in words.
    """

    parts: dict[str, int]
    activated: tuple[tuple[str, str], ...] = ()
    says: dict[str, str] = {}


class Layer(Struct, frozen=True):
    """One entry under ``layers``: what it consists of, and what the reader calls it.

    The last part of the last cell is the layer's answer ``a``; ``z`` is what that is made of.
    ``constants`` are given with it and never learnt. Where several paths lead from what it reads
    to its answer, ``closed`` may be their sum in one formula, straight from a later gradient.
    """

    index: int
    name: str
    type: str
    input_nodes: tuple[int, ...]
    shape: Shape
    cells: tuple[Cell, ...]
    activation: str
    held: tuple[Parameter, ...] = ()
    place: Place | None = None
    constants: tuple[Parameter, ...] = ()
    closed: ClosedForm | None = None

    @property
    def units(self) -> int:
        """How wide the answer is: the length of its last axis."""
        return self.shape[-1]

    @property
    def a(self) -> int:
        """The node of the layer's answer."""
        cell = self.cells[-1]
        return cell.parts[cell.activated[-1][1]]

    @property
    def z(self) -> int:
        """The node that the answer is the activation of."""
        cell = self.cells[-1]
        return cell.parts[cell.activated[-1][0]]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """What an activation is applied to, and the result: z and a, or a gate's own at each."""
        every = (
            (c.parts[before], c.parts[after]) for c in self.cells for before, after in c.activated
        )
        return [pair for pair in every if pair[0] != pair[1]] or [(self.z, self.a)]

    @property
    def parameters(self) -> dict[str, int]:
        """The parameters' nodes by part (``W``, ``b``)."""
        return {parameter.part: parameter.node for parameter in self.held}

    @property
    def weight_refs(self) -> tuple[Ref, ...]:
        """The parameters that weigh what the layer reads."""
        weights = (parameter for parameter in self.held if parameter.kind == "weight")
        return tuple(Ref(parameter.part, self.index) for parameter in weights)

    @property
    def values(self) -> tuple[Ref, ...]:
        """What the layer computes, in that order: z, a."""
        return tuple(Ref(part, self.index) for cell in self.cells for part in cell.parts)

    @property
    def parameter_refs(self) -> tuple[Ref, ...]:
        """The layer's parameters, in the order of its keys: W, b."""
        return tuple(Ref(parameter.part, self.index) for parameter in self.held)

    @property
    def constant_refs(self) -> tuple[Ref, ...]:
        """What is given with the layer and never learnt."""
        return tuple(Ref(constant.part, self.index) for constant in self.constants)

    @property
    def title(self) -> str:
        """The layer's own name, or its number."""
        return self.name or str(self.index)
