"""Grids: images, kernels and layers as grids of cells, and what a chosen entry reads, marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from msgspec import structs

from ..expression.axes import dimensions
from ..expression.refs import Ref, plain_name, turned
from ..functions.convolution import Convolution
from ..functions.pooling import ChannelMeans, Flatten, MaxPooling, Pooling
from ..functions.windows import Sliding
from ..graph.parts import Layer
from ..problems import refuse
from ..worked.document import read_by
from ..worked.steps import Writer
from .cells import Cells, Position
from .chain import GridBlock, GridChain
from .lettering import SMALLPRINT
from .network import RADIUS, cost_ref, layer_title, look, loss_words, notes
from .scene import CellMark, DrawnEdge, DrawnNode, Label
from .scribe import Scribe
from .units import layer_columns

GridMarks = dict[int, dict[Position, frozenset[CellMark]]]
"""The marked entries of each node of the graph."""


def grids_parts(scribe: Scribe) -> GridChain:
    """Return a block for the input, each layer and the cost, and the lines between them."""
    return _Grids(scribe).build()


class _Grids:
    """Collects the blocks of cells and the lines."""

    def __init__(self, scribe: Scribe) -> None:
        self.scribe, self.graph, self.wish = scribe, scribe.graph, scribe.wish
        self.cells = Cells(scribe)
        self.said: list[str] = []
        self.marks = self.marked()
        self.chain = GridChain([], [])
        self.names: dict[int, str] = {}

    def build(self) -> GridChain:
        """Return what the picture consists of."""
        graph, columns = self.graph, layer_columns(self.graph)
        if graph.input is not None:
            words = self.scribe.words("input", "quiet", SMALLPRINT)
            self.chain.blocks.append(GridBlock(0, self.node(graph.input), words))
        for layer in sorted(graph.layers, key=lambda layer: layer.z):
            self.layer(layer, columns[layer.index])
        if graph.loss is not None:
            self.cost(max(block.column for block in self.chain.blocks) + 1)
        found = self.cells.left_out
        shortened = [f"Left out: {', '.join(found)}. All are drawn with --full."] if found else []
        self.chain.notes = [*self.said, *shortened]
        self.chain.notes += notes(self.scribe) if self.scribe.trace is not None else []
        return self.chain

    def node(self, number: int, *, parameter: bool = False, also: int | None = None) -> DrawnNode:
        """Return a quantity of the sample shown as grids; ``also`` is one that equals it."""
        own = self.graph.nodes[number].ref
        ref = self.scribe.ref(own.part, own.layer)
        kinds = {self.graph.input: "input", self.graph.target: "target"}
        kind: Any = "parameter" if parameter else kinds.get(number, "unit")
        same = None
        marks = dict(self.marks.get(number, {}))
        if also is not None:
            same = self.scribe.ref(self.graph.nodes[also].ref.part, own.layer)
            for at, found in self.marks.get(also, {}).items():
                marks[at] = marks.get(at, frozenset()) | found
        node = self.cells.node(ref, kind, marks, same)
        self.names[number] = node.id
        if also is not None:
            self.names[also] = node.id
        return node

    def layer(self, layer: Layer, column: int) -> None:
        """Add a layer: what it reads with, z, and its activation under it."""
        first = self.node(layer.z, also=layer.a if _is_same(layer) else None)
        second = None if layer.a == layer.z or _is_same(layer) else self.node(layer.a)
        held = tuple(self.node(number, parameter=True) for number in layer.parameters.values())
        header = self.scribe.line(layer_title(layer), "quiet", SMALLPRINT)
        words = tuple(
            self.scribe.words(text, "quiet", SMALLPRINT)
            for text in window_words(self.graph.nodes[layer.z].rule)
        )
        block = GridBlock(column, first, header, second, held)
        self.chain.blocks.append(block)
        for place, number in enumerate(dict.fromkeys(layer.input_nodes)):
            self.join(self.names[number], first.id, words if not place else ())
        for node in held:
            self.join(node.id, first.id)
        if second is not None:
            self.join(
                first.id, second.id, (self.scribe.words(layer.activation, "quiet", SMALLPRINT),)
            )

    def join(self, source: str, target: str, below: tuple[Label, ...] = ()) -> None:
        """Add a line."""
        role, arrow = look(self.scribe)
        edge = DrawnEdge(f"{source}-{target}", source, target, role, arrow, below=below)
        self.chain.edges.append(edge)

    def cost(self, column: int) -> None:
        """Add the cost with the target under it."""
        scribe, graph = self.scribe, self.graph
        ref = cost_ref(scribe)
        label = scribe.symbol(ref, "cost")
        size = max(2 * RADIUS, label.width + 16)
        numbered = scribe.trace is not None and self.wish.forward
        value = scribe.equation(ref, "cost") if numbered else None
        width = max(size, value.width if value else 0.0)
        top = value.height if value else 0.0
        node = DrawnNode(
            "loss",
            "cost",
            structs.replace(label, x=width / 2, y=top + size / 2),
            () if value is None else (structs.replace(value, x=width / 2, y=value.height / 2),),
            x=width / 2,
            y=top + size / 2,
            width=size,
            height=size,
            refs=(ref,),
            title="loss",
        )
        header = scribe.words(loss_words(graph), "quiet", SMALLPRINT)
        target = None if graph.target is None else self.node(graph.target)
        self.chain.blocks.append(GridBlock(column, node, header, target))
        self.join(self.names[graph.output], "loss")
        if target is not None:
            role, _ = look(scribe)
            arrow: Any = "forward" if self.wish.passes != "backward" else "none"
            edge = DrawnEdge(f"{target.id}-loss", target.id, "loss", role, arrow)
            self.chain.edges.append(edge)

    # -- what is marked

    def marked(self) -> GridMarks:
        """Return the marks of chosen entries, of what they read, and of the windows' winners."""
        found: GridMarks = {}
        chosen = list(self.chosen())
        for ref in chosen:
            self.mark(found, ref.of(), "chosen")
            for read in self.through(ref):
                self.mark(found, read.of(), "read")
        if chosen:
            names = ", ".join(plain_name(ref) for ref in chosen)
            self.said.append(f"A thick frame: {names}. Filled: what it reads.")
        if len(chosen) > 1:
            self.said[-1] = f"Thick frames: {names}. Filled: what each of them reads."
        if self.winners(found):
            self.said.append("A dot: the largest of a window, to which its gradient goes back.")
        return found

    def mark(self, found: GridMarks, ref: Ref, mark: CellMark) -> None:
        """Mark an entry of a grid."""
        number = self.graph.find(ref)
        if number is None or not ref.index:
            return
        at = turned(ref.part, tuple(int(i) for i in ref.index), self.graph.in_out)
        here = found.setdefault(number, {})
        here[at] = here.get(at, frozenset()) | {mark}

    def chosen(self) -> Iterator[Ref]:
        """Yield the entry in focus; without one the first of each layer with a window."""
        focus, graph = self.wish.focus, self.graph
        if focus is None:
            for layer in graph.layers:
                node = graph.nodes[layer.z]
                if isinstance(node.rule, Convolution | Pooling):
                    yield self.scribe.ref("z", layer.index, *(1 for _ in node.shape))
            return
        number = graph.number(focus)
        drawn = {graph.input, graph.target, *graph.parameters.values()}
        drawn |= {n for layer in graph.layers for n in (layer.z, layer.a)}
        if number not in drawn:
            name = plain_name(focus)
            message = f"--focus {name}: the grids do not show it"
            raise refuse(message, None, "name an entry of x, z, a, or of a layer's parameter")
        own = self.scribe.ref(focus.part, focus.layer, *focus.index)
        if any(number == layer.a and _is_same(layer) for layer in graph.layers):
            own = structs.replace(own, part="z")
        backward = self.wish.passes == "backward" or graph.nodes[number].rule is None
        yield own.grad() if backward and self.cells.has_gradient(own) else own

    def through(self, ref: Ref) -> tuple[Ref, ...]:
        """Return what an entry reads; of the activation of one entry what that reads as well."""
        read = self.reads(ref)
        number = self.graph.number(ref.of())
        activated = any(number == layer.a != layer.z for layer in self.graph.layers)
        if ref.gradient or len(read) != 1 or not activated:
            return read
        return (*read, *self.reads(read[0]))

    def reads(self, ref: Ref) -> tuple[Ref, ...]:
        """Return the entries that a value, or a gradient, is computed from."""
        writer = Writer(self.scribe.trace or self.graph)
        if ref.gradient:
            return read_by(writer.gradient_formula(ref))
        if self.graph.nodes[self.graph.number(ref)].rule is None:
            return ()
        return read_by(writer.value_formula(ref))

    def winners(self, found: GridMarks) -> bool:
        """Mark the value of each window that the maximum is: the one that gets its gradient."""
        trace = self.scribe.trace
        any_found = False
        for node in self.graph.nodes if trace is not None else ():
            if trace is None or not isinstance(node.rule, MaxPooling):
                continue
            own, (parent,) = self.graph.number(node.ref), node.parents
            out, values = trace.values[own], trace.values[parent]
            ones = trace.arithmetic.array(np.ones(np.shape(out)))
            share = np.asarray(node.rule.share(trace.arithmetic, 0, ones, out, values))
            row = share[self.wish.sample - 1] if node.per_sample else share
            here = found.setdefault(parent, {})
            for place in zip(*np.nonzero(row), strict=True):
                at = tuple(int(i) + 1 for i in place)
                here[at] = here.get(at, frozenset()) | {"winner"}
                any_found = True
        return any_found


def window_words(rule: object) -> list[str]:
    """Return what a layer does with a window, a line a thing: its size, stride, padding."""
    if isinstance(rule, Flatten):
        return ["row by row"]
    if isinstance(rule, ChannelMeans):
        return ["mean of each", "channel"]
    if isinstance(rule, Convolution):
        found = ["kernel turned", "by 180°"] if rule.flip else []
        return [*found, *_steps(rule.sliding)]
    if isinstance(rule, Pooling):
        what = "largest" if isinstance(rule, MaxPooling) else "mean"
        return [f"{what} of {dimensions(rule.lengths)}", *_steps(rule.sliding)]
    return []


def _steps(sliding: Sliding) -> list[str]:
    """Return the stride, and what is not usual."""
    found = [f"stride {_step(sliding.strides)}"]
    if any(before or after for before, after in sliding.paddings):
        sides = [f"{b}" if b == a else f"{b} and {a}" for b, a in sliding.paddings]
        found.append(f"padding {' × '.join(dict.fromkeys(sides))}")
    if any(each > 1 for each in sliding.dilations):
        found.append(f"dilation {_step(sliding.dilations)}")
    return found


def _step(steps: tuple[int, ...]) -> str:
    """Return a step, once where it is the same along each axis."""
    return dimensions(steps if len(set(steps)) > 1 else steps[:1])


def _is_same(layer: Layer) -> bool:
    """Return whether a layer's answer is its z under another name."""
    return layer.activation == "identity" and layer.a != layer.z
