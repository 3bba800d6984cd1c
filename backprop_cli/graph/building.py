"""Builder: what a layer type uses to add nodes and parameters to the graph that is being built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct

from ..expression.axes import Axes, dimensions, is_matrix
from ..expression.refs import Ref
from ..functions.elementwise import Elementwise
from ..functions.rules import Rule, Shape
from ..functions.softmax import Softmax
from ..problems import Place, Problem, Refusal, Report, Source, counted
from ..spec.arrays import ArraySpec, FileData, Init, WrittenArray
from ..spec.numbers import WrittenNumber
from .parts import ClosedForm, Given, Loop, Node, Parameter, ParameterKind
from .values import MOST_NUMBERS, draw

if TYPE_CHECKING:
    from ..spec.records import LayerSpec


class Inputs(Struct, frozen=True):
    """What a layer receives: nodes, their shapes, and where they come from in words."""

    nodes: tuple[int, ...]
    shapes: tuple[Shape, ...]
    names: str


class Lowered(Struct, frozen=True):
    """What a layer became: the nodes that it computes by part, in order, and its parameters.

    The last part is what the activation is taken of; where ``activated`` says which part is the
    activation of which, nothing is left to do and the last part is the answer. ``constants`` and
    ``closed`` are the layer's of these names.
    """

    parts: dict[str, int]
    parameters: tuple[Parameter, ...] = ()
    constants: tuple[Parameter, ...] = ()
    closed: ClosedForm | None = None
    activated: tuple[tuple[str, str], ...] = ()
    says: dict[str, str] = {}


class Builder(Report):
    """Collects nodes, given numbers and problems while the layers are lowered, one after one."""

    def __init__(self, source: Source, in_out: bool, seed: int) -> None:
        super().__init__(source)
        self.in_out, self.seed = in_out, seed
        self.nodes: list[Node] = []
        self.given: dict[int, Given | None] = {}
        self.parameters: list[Parameter] = []
        self.loops: list[Loop] = []
        self.layer = 0
        self.place: Place | None = None
        self.samples, self.single = 1, True
        self.lengths: tuple[int, ...] = ()
        self.numbers = 0

    def title(self, layer: LayerSpec) -> str:
        """Return what messages call the layer that is being built."""
        return f"layer {layer.name or self.layer}"

    def leaf(self, node: Node, given: Given | None) -> int:
        """Add a leaf with its numbers (None: it stays a symbol) and return its number."""
        number = self.node(node)
        self.given[number] = given
        return number

    def node(self, node: Node) -> int:
        """Add an operation and return its number; refuse a network too large to hold."""
        size = self.samples if node.per_sample else 1
        for length in node.shape:
            size *= length
        self.numbers += size
        if self.numbers > MOST_NUMBERS:
            title = f"layer {self.layer}: " if self.layer else ""
            what = f"{title}more than {MOST_NUMBERS} numbers in the whole network"
            self.problems.append(Problem(what, self.place, "fewer units or samples"))
            raise Refusal(self.problems, self.source)
        self.nodes.append(node)
        return len(self.nodes) - 1

    def apply(
        self,
        part: str,
        rule: Rule,
        parents: tuple[int, ...],
        shape: Shape,
        axes: Axes = (),
        *,
        per_sample: bool = True,
    ) -> int:
        """Add the node of this layer's ``part`` and return its number."""
        bends = part == "a" or isinstance(rule, (Elementwise, Softmax))
        grows = not bends or rule.name == "expression"
        ref, place = Ref(part, self.layer), self.place
        return self.node(
            Node(ref, shape, rule, parents, per_sample, place=place, watched=grows, axes=axes)
        )

    def parameter(
        self,
        part: str,
        shape: Shape,
        spec: Any,
        kind: ParameterKind,
        key: str,
        axes: Axes = (),
        *,
        below: tuple[str, ...] = (),
        offset: tuple[int, ...] = (),
        says: str = "",
    ) -> Parameter:
        """Add a parameter of this layer and return it; what does not fit is reported.

        ``key`` is where it stands in the file, with the keys ``below`` it; ``offset`` where it
        begins in an array that it shares, ``says`` what it is.
        """
        if len(shape) == 2 and (kind == "weight") != is_matrix(part, 2):
            raise ValueError(f"{part}: a weight matrix, and no other, is called W… or U…")
        ref = Ref(part, self.layer)
        node = Node(ref, shape, per_sample=False, place=self.place, watched=False, axes=axes)
        number = self.leaf(node, None)
        if spec is not None:
            # Only now: what is too large to hold has been refused before it is drawn.
            self.given[number] = self.numbers_of(part, ".".join((key, *below)), shape, spec)
        self.parameters.append(Parameter(part, number, kind, key, below, offset, says))
        return self.parameters[-1]

    def constant(
        self,
        part: str,
        shape: Shape,
        spec: Any,
        key: str,
        axes: Axes = (),
        *,
        per_sample: bool = False,
    ) -> Parameter:
        """Add numbers of this layer that no step moves and no gradient is taken of: a mask."""
        ref, place = Ref(part, self.layer), self.place
        node = Node(ref, shape, None, (), per_sample, False, place=place, watched=False, axes=axes)
        number = self.leaf(node, None)
        several = per_sample and not self.single
        full = (self.samples, *shape) if several else shape
        self.given[number] = None if spec is None else self.numbers_of(part, key, full, spec)
        return Parameter(part, number, "constant", key)

    def numbers_of(self, part: str, key: str, shape: Shape, spec: Any) -> Given | None:
        """Return the numbers that are written, drawn or loaded; what does not fit is reported."""
        if isinstance(spec, Given):
            return spec
        if isinstance(spec, WrittenNumber):
            return Given(texts=np.array(spec.text, dtype=object))
        if isinstance(spec, WrittenArray):
            return self._written(key, shape, spec)
        if isinstance(spec, Init):
            return self._drawn(part, key, shape, spec)
        return self._loaded(part, shape, spec)

    def _written(self, key: str, shape: Shape, spec: WrittenArray) -> Given | None:
        if spec.texts.shape not in ((), shape):
            needs = f"this layer has {counted(shape[0], 'unit')}"
            if len(shape) != 1:
                needs = f"{sized(shape)} are needed"
            self.say(
                f"{key}: {sized(spec.texts.shape)}, but {needs}",
                spec.place,
                f"give {sized(shape)}",
            )
            return None
        same = spec.texts.shape == shape
        return Given(texts=spec.texts if same else np.broadcast_to(spec.texts, shape).copy())

    def _drawn(self, part: str, key: str, shape: Shape, spec: Init) -> Given | None:
        if len(shape) < 2 and spec.scheme.startswith(("xavier", "he_")):
            cure = "use zeros, ones, uniform or normal"
            self.say(f"{key}: {spec.scheme} needs a weight matrix", spec.place, cure)
            return None
        transposed = self.in_out and len(shape) == 2
        drawn = draw(spec, shape[::-1] if transposed else shape, self.seed, self.layer, part)
        return Given(floats=drawn.T.copy() if transposed else drawn)

    def _loaded(self, part: str, shape: Shape, spec: FileData) -> Given | None:
        given = self.load(spec)
        if given is None:
            return None
        array = given.texts if given.texts is not None else given.floats
        if array is not None and array.shape == (1, *shape):
            array = array[0]
        if array is None or array.shape != shape:
            found = sized(array.shape if array is not None else ())
            message = f"{spec.path}: {found}, but {part} is {sized(shape)}"
            self.say(message, spec.place, f"give {sized(shape)}")
            return None
        return Given(texts=array) if given.texts is not None else Given(floats=array)

    def load(self, spec: FileData) -> Given | None:
        """Return a data file's numbers, or report why there are none."""
        try:
            from .data import read_data

            return read_data(spec, self.source)
        except Refusal as refusal:
            for problem in refusal.problems:
                self.say(problem.message, problem.place, problem.cure)
            return None


def shape_of(numbers: ArraySpec | Given | None) -> Shape | None:
    """Return the shape of numbers that have one by themselves, as the file has it."""
    if isinstance(numbers, Given):
        array = numbers.texts if numbers.floats is None else numbers.floats
        return None if array is None else array.shape
    return numbers.texts.shape if isinstance(numbers, WrittenArray) else None


def sized(shape: Shape) -> str:
    """Return ``2 × 3``, ``4 values`` or ``a single number``."""
    if len(shape) == 1:
        return counted(shape[0], "value")
    return dimensions(shape) if shape else "a single number"
