"""A network through time: unrolled, h₁ → h₂ → … → h_N, or rolled up, a box a layer with a loop.

Each step has its input below and its cost above. A layer at a step is one box with its whole
vector; the same letter stands at every line that the same weights are used on, and their numbers
stand once, under the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np
from msgspec import structs

from ..expression.axes import dimensions
from ..expression.refs import Ref, plain_name
from ..expression.tree import Quantity
from ..functions.weighted import Weighted
from ..graph.parts import Loop
from ..worked.document import Line, Math, Text
from .grid import EVERY, GridParts, sized
from .lettering import BODY, INSIDE, SMALLPRINT
from .network import cost_ref, layer_title, look, loss_words, notes
from .rows import Level, Rows
from .scene import DrawnEdge, DrawnNode, Label, NodeKind, Role
from .scribe import Scribe
from .vectors import (
    at_step,
    bare_label,
    before,
    in_steps,
    is_small,
    numbers,
    row,
    sent_back,
    vector_label,
)


class _Unrolled(Rows):
    """Collects the boxes and the lines; a picture rolled up has no numbers in its boxes."""

    def __init__(self, scribe: Scribe, *, rolled: bool) -> None:
        super().__init__(scribe, rolled=rolled)
        self.trace = None if rolled else scribe.trace
        self.parts = GridParts([], [])
        self.boxes: dict[tuple[int, int], str] = {}
        self.starts: dict[int, Ref] = {}
        """What a given initial state is drawn as: the state of the step before the first."""

    # -- boxes

    def build(self) -> GridParts:
        """Return the boxes and lines of every step drawn, and the parameters under them."""
        for level in self.levels:
            places = self.steps() if self.is_timed(level) and not level.spread else (-1,)
            for column, step in enumerate(places, 1):
                self.box(level, column, step)
        for level in self.levels:
            self.upward(level)
            if level.loop is not None and self.is_timed(level):
                self.onward(level, level.loop)
        if self.graph.loss is not None:
            self.costs()
        self.captions()
        return self.parts

    def box(self, level: Level, column: int, step: int) -> None:
        """Add a layer's box at a step; the dots where steps are left out."""
        row_number = level.row
        if step == 0:
            name = f"dots_{row_number}_{column}"
            dots = DrawnNode(name, "ellipsis", None, column=column, row=row_number)
            self.parts.nodes.append(structs.replace(dots, width=30, height=16))
            self.boxes[row_number, 0] = name
            return
        whole = step == -1
        if whole:
            own = self.column(level)
            column = EVERY if own == EVERY else self.place(own)
        ref = self.at(level.number, step)
        label, above, below = self.inside(level, ref, step)
        name = f"{ref.part}{'' if ref.layer is None else ref.layer}_{'all' if whole else step}"
        kind: NodeKind = "input" if level.layer is None else "unit"
        node = DrawnNode(name, kind, label, above, below, column, row_number, title=plain_name(ref))
        self.parts.nodes.append(sized(node))
        self.boxes[row_number, step] = name

    def at(self, number: int, step: int) -> Ref:
        """Return a quantity's vector at a step; the whole of it where there is no step."""
        if step > 0:
            return at_step(self.scribe, number, self.shown(step))
        own = self.graph.nodes[number].ref
        return self.scribe.ref(own.part, own.layer)

    def inside(
        self, level: Level, ref: Ref, step: int
    ) -> tuple[Label, tuple[Label, ...], tuple[Label, ...]]:
        """Return what is written in a box: the answer, other states, and their gradients."""
        scribe, wish, layer = self.scribe, self.scribe.wish, level.layer
        forward = wish.forward and self.trace is not None
        value = self.value(level.number, step) if forward else None
        label = vector_label(scribe, ref, value, "forward" if value is not None else "name", INSIDE)
        others = self.states(level.loop, level.number)
        above = tuple(self.said(number, step, "value") for number in others) if forward else ()
        if layer is None or self.trace is None or not wish.backward or self.graph.loss is None:
            return label, above, ()
        part = next((of for cell in layer.cells for of, to in cell.activated if to == ref.part), "")
        slope = self.graph.find(Ref(part, layer.index)) if part else None
        inner = level.number if slope is None or level.spread else slope
        below = tuple(self.said(number, step, "gradient") for number in (inner, *others))
        return label, above, below

    def said(self, number: int, step: int, what: str) -> Label:
        """Return a quantity's value, or its gradient, at a step with its name."""
        gradient = what == "gradient"
        ref = self.at(number, step)
        ref = ref.grad() if gradient else ref
        array = self.value(number, step, gradient=gradient)
        return vector_label(self.scribe, ref, array, "gradient" if gradient else "forward")

    def value(self, number: int, step: int, *, gradient: bool = False) -> Any:
        if self.trace is None:
            return None
        sample, timed = self.scribe.wish.sample, in_steps(self.graph, number)
        if step < 0 and timed:
            array: Any = (self.trace.gradients if gradient else self.trace.values)[number]
            return None if array is None else array[sample - 1]
        return row(self.trace, sample, number, step, gradient=gradient)

    def states(self, loop: Loop | None, answer: int) -> list[int]:
        """Return the states that go to the next step, beside the layer's answer."""
        if loop is None:
            return []
        found = {
            self.graph.nodes[number].parents[position]
            for number in range(loop.first, loop.last + 1)
            for position in self.graph.rule(number).late_inputs
        }
        return sorted(found - {answer})

    # -- lines

    def edge(self, source: str, target: str, **fields: Any) -> None:
        """Add a line."""
        role, arrow = look(self.scribe)
        names = {edge.id for edge in self.parts.edges}
        name = f"{source}-{target}"
        while name in names:
            name += "_"
        self.parts.edges.append(DrawnEdge(name, source, target, role, arrow, **fields))

    def upward(self, level: Level) -> None:
        """Add the lines from what a layer reads, at each step that is drawn."""
        layer = level.layer
        if layer is None:
            return
        lower = [e for n in layer.input_nodes for e in self.levels if n in self.nodes_of(e)]
        weights = self.weights(level)
        above = (self.scribe.symbol(weights, "parameter", 15.0),) if weights is not None else ()
        for below in lower:
            for step in self.joined(below, level):
                source = self.boxes.get((below.row, step), self.boxes.get((below.row, -1), ""))
                target = self.boxes.get((level.row, step), self.boxes.get((level.row, -1), ""))
                back = self.back(below, level, step)
                self.edge(source, target, above=above, below=back)

    def weights(self, level: Level) -> Ref | None:
        """Return the one matrix that what is read is multiplied by, if it is one."""
        assert level.layer is not None
        parts = [own.part for own in level.layer.held if own.kind == "weight"]
        return Ref("W", level.layer.index) if parts in (["W"], ["W", "U"]) else None

    def back(self, below: Level, level: Level, step: int) -> tuple[Label, ...]:
        """Return what a layer sends back at a step to the one that it reads."""
        graph, trace = self.graph, self.trace
        if trace is None or level.layer is None or not self.scribe.wish.backward or step < 0:
            return ()
        if below.layer is None or graph.loss is None or level.spread or below.spread:
            return ()
        read = set(self.nodes_of(below)) & set(level.layer.input_nodes)
        own = {n for cell in level.layer.cells for n in cell.parts.values()}
        total: Any = None
        for parent in read:
            for consumer, position in graph.arrivals[parent]:
                if consumer not in own or trace.gradients[consumer] is None:
                    continue
                if position in graph.rule(consumer).late_inputs:
                    continue
                sent = trace.message(consumer, position)[self.scribe.wish.sample - 1]
                sent = sent[step - 1] if in_steps(graph, parent) else sent
                total = sent if total is None else total + sent
        return bare_label(self.scribe, Ref("x"), total, "gradient") if total is not None else ()

    def onward(self, level: Level, loop: Loop) -> None:
        """Add the lines to the next step; a loop where the picture is rolled up."""
        every = [level.number, *self.states(loop, level.number)]
        for state in every[1:] + every[:1]:
            label = self.through(state, loop)
            if self.rolled:
                box = self.boxes[level.row, 1]
                self.edge(box, box, above=self.carried(state, 1) if label is None else (label,))
                continue
            steps = self.steps()[:: loop.clock.forth]
            for step, following in pairwise(steps):
                above = (label,) if label is not None else self.carried(state, step)
                sent = self.sent(loop, state, step, following)
                source, target = (self.boxes[level.row, each] for each in (step, following))
                self.edge(source, target, above=above, below=sent)
        if not self.rolled:
            self.begin(level, loop, every)

    def begin(self, level: Level, loop: Loop, states: Sequence[int]) -> None:
        """Add the states before the first step, where they are given, in one box with its lines."""
        graph, clock, wish = self.graph, loop.clock, self.scribe.wish
        starts = {
            graph.nodes[number].parents[position]: graph.nodes[number].parents[start]
            for number in range(loop.first, loop.last + 1)
            for position, start in graph.rule(number).late_inputs.items()
            if start is not None
        }
        given = [state for state in states if state in starts]
        if not given:
            return
        learnt = any(starts[state] in graph.parameter_nodes for state in given)
        said: list[Label] = []
        below: list[Label] = []
        for size, state in zip((INSIDE, BODY), given, strict=False):
            ref = at_step(self.scribe, state, before(loop, clock.first))
            value = self.value(starts[state], 1) if wish.forward else None
            role: Role = "parameter" if learnt else "forward"
            said.append(vector_label(self.scribe, ref, value, role, size))
            self.starts[starts[state]] = ref
            if learnt and self.trace is not None and wish.backward and graph.loss is not None:
                gradient = self.value(starts[state], 1, gradient=True)
                below.append(vector_label(self.scribe, ref.grad(), gradient, "gradient"))
        name, kind = f"before_{level.row}", "parameter" if learnt else "input"
        place = (len(self.steps()) + 1 if clock.reverse else 0, level.row)
        label, above = said[0], tuple(said[1:])
        box = DrawnNode(name, cast(NodeKind, kind), label, above, tuple(below), *place)
        self.parts.nodes.append(sized(box))
        for state in given:
            through = self.through(state, loop)
            words = () if through is None else (through,)
            self.edge(name, self.boxes[level.row, clock.first], above=words)

    def through(self, state: int, loop: Loop) -> Label | None:
        """Return the letter of the weights that a state goes through, where it is one matrix."""
        found: set[int] = set()
        for number in range(loop.first, loop.last + 1):
            rule, parents = self.graph.rule(number), self.graph.nodes[number].parents
            for position in rule.late_inputs:
                if parents[position] != state:
                    continue
                inner = rule.step_rule
                name = inner.operands[position]
                terms = inner.terms if isinstance(inner, Weighted) else ()
                used = [term.weights for term in terms if term.vector == name]
                found.update(parents[inner.operands.index(each)] for each in used)
                found.update([-1] if not used else [])
        if len(found) != 1 or found == {-1}:
            return None
        return self.scribe.symbol(self.graph.nodes[found.pop()].ref, "parameter", 15.0)

    def carried(self, state: int, step: int) -> tuple[Label, ...]:
        """Return the name of a state that goes on to the next step; none of one left out."""
        if not step:
            return ()
        return (self.scribe.symbol(at_step(self.scribe, state, self.shown(step)), "forward", 15.0),)

    def sent(self, loop: Loop, state: int, step: int, following: int) -> tuple[Label, ...]:
        """Return what a step sends back to the one before it."""
        if self.trace is None or not self.scribe.wish.backward or not step or not following:
            return ()
        if self.graph.loss is None:
            return ()
        found = sent_back(self.trace, self.scribe.wish.sample, loop, state, step)
        return () if found is None else bare_label(self.scribe, Ref("x"), found, "gradient")

    # -- the cost

    def costs(self) -> None:
        """Add the cost of each step, or the one there is."""
        graph, top = self.graph, len(self.levels)
        output = next(e for e in self.levels if graph.output in self.nodes_of(e))
        terms = graph.terms
        timed = self.is_timed(output) and terms is not None and in_steps(graph, terms)
        if not timed:
            self.cost(output, terms, -1, self.cost_column(output), top)
            return
        for column, step in enumerate(self.steps(), 1):
            if step == 0:
                dots = DrawnNode(f"dots_{top}", "ellipsis", None, column=column, row=top)
                self.parts.nodes.append(structs.replace(dots, width=30, height=16))
                continue
            self.cost(output, terms, step, column, top)

    def cost_column(self, output: Level) -> int:
        """Return where the one cost stands: over what it reads, or over all steps."""
        if not self.is_timed(output):
            own = self.column(output)
            return EVERY if own == EVERY else self.place(own)
        alone = output.number not in self.nodes_of(output) and not output.spread
        return self.place(self.last) if alone else EVERY

    def cost(self, output: Level, terms: int | None, step: int, column: int, top: int) -> None:
        """Add the cost of a step, with its target."""
        scribe, wish, whole = self.scribe, self.scribe.wish, step == -1
        ref = cost_ref(scribe)
        ref = ref if whole else structs.replace(ref, index=(self.shown(step),))
        label = scribe.symbol(ref, "cost")
        above: tuple[Label, ...] = ()
        if wish.forward and self.trace is not None:
            value = self.cost_value(terms, step)
            line: Line = (Math(scribe.adapted(Quantity(ref))[0]), Text(" = "))
            label = scribe.line((*line, *numbers(scribe, ref, value)), "cost", INSIDE)
            if self.graph.target is not None:
                target = scribe.ref("y", None, *(() if whole else (self.shown(step),)))
                array = self.value(self.graph.target, step)
                above = (vector_label(scribe, target, array, "name"),)
        name = f"loss_{'all' if whole else step}"
        node = DrawnNode(name, "cost", label, above, (), column, top, title=plain_name(ref))
        self.parts.nodes.append(sized(node))
        boxes = {s: box for (r, s), box in self.boxes.items() if r == output.row and s}
        read = [boxes[step]] if step in boxes else list(boxes.values())
        if whole and -1 not in boxes and column != EVERY:
            read = [boxes[self.last]]
        for source in read:
            self.edge(source, name)

    def cost_value(self, terms: int | None, step: int) -> Any:
        """Return the sum of a step's terms, or of all."""
        assert self.trace is not None
        sample = self.scribe.wish.sample
        if step == -1 or terms is None:
            number = self.graph.number(cost_ref(self.scribe).of())
            return row(self.trace, sample, number, 1)
        return np.asarray(row(self.trace, sample, terms, step)).sum()

    # -- words and parameters

    def captions(self) -> None:
        """Add the name of each row, every parameter once, and the notes."""
        scribe, parts = self.scribe, self.parts
        parts.rows = {0: (scribe.words("input", "quiet", SMALLPRINT),)}
        for level in self.levels[1:]:
            if level.layer is not None:
                title = scribe.line(layer_title(level.layer), "quiet", SMALLPRINT)
                parts.rows[level.row] = (title,)
        if self.graph.loss is not None:
            words = scribe.words(loss_words(self.graph), "quiet", SMALLPRINT)
            parts.rows[len(self.levels)] = (words,)
        for layer in self.graph.layers:
            for own in layer.held:
                parts.under.append(self.parameter(own.node))
        if self.graph.loss is not None and scribe.trace is not None and scribe.wish.forward:
            parts.under.append((scribe.equation(cost_ref(scribe), "cost"),))
        parts.notes += notes(scribe) if scribe.trace is not None else []
        left_out = self.clock.steps - sum(1 for step in self.steps() if step)
        if left_out and not self.rolled:
            parts.notes.append(
                f"Left out: {left_out} of the {self.clock.steps} steps. All are drawn with --full."
            )

    def parameter(self, number: int) -> tuple[Label, ...]:
        """Return a parameter's value, and its gradient under it."""
        scribe, trace = self.scribe, self.scribe.trace
        ref = self.graph.nodes[number].ref
        same = self.starts.get(number)
        if trace is None:
            return (vector_label(scribe, ref, None, "parameter", 14.0, same),)
        if not is_small(trace.values[number]):
            shape = dimensions(self.graph.nodes[number].shape)
            name = Math(scribe.adapted(Quantity(ref))[0])
            return (scribe.line((name, Text(f": {shape}")), "parameter"),)
        found = [vector_label(scribe, ref, trace.values[number], "parameter", same=same)]
        if scribe.wish.backward and self.graph.loss is not None:
            gradient = trace.gradients[number]
            gradient = trace.values[number] * 0 if gradient is None else gradient
            found.append(vector_label(scribe, ref.grad(), gradient, "gradient"))
        return tuple(found)


def unrolled_parts(scribe: Scribe) -> GridParts:
    """Return the network with a column of boxes a step."""
    return _Unrolled(scribe, rolled=False).build()


def rolled_parts(scribe: Scribe) -> GridParts:
    """Return the network with a box a layer, a loop at those that remember."""
    return _Unrolled(scribe, rolled=True).build()
