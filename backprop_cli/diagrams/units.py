"""Which units of a network are drawn, which column each stands in, and what leads where."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..expression.axes import entries, is_matrix, place
from ..expression.refs import Ref
from ..expression.tree import Expr, Mul, Quantity
from ..expression.walking import walk
from ..functions.rules import NoForm
from ..graph.parts import Layer, Loop
from ..graph.records import Graph
from ..worked.steps import Writer
from .scribe import Scribe

UnitKey = tuple[str, int | None, tuple[int, ...]]
"""A unit: the part (``x`` or ``a``), its layer, which entry it is; () where some are left out."""


class Network:
    """The units that are shown, and what leads where."""

    def __init__(self, scribe: Scribe) -> None:
        self.scribe, self.graph, self.wish = scribe, scribe.graph, scribe.wish
        self.columns = layer_columns(self.graph)
        self.owners: dict[int, tuple[str, int | None]] = {}
        if self.graph.input is not None:
            self.owners[self.graph.input] = ("x", None)
        for layer in self.graph.layers:
            self.owners[layer.a] = (self.answer(layer), layer.index)
        self.writer = Writer(scribe.trace or self.graph)
        self.known: dict[tuple[Ref, frozenset[str]], dict[Ref, Ref | None]] = {}

    def answer(self, layer: Layer) -> str:
        """Return the part of the layer that is drawn as units."""
        return drawn_part(self.graph, layer)

    def outputs(self) -> tuple[tuple[int, ...], ...]:
        """Return the drawn units that the loss reads."""
        part, layer = self.owners[self.graph.output]
        shown = self.shown(part, layer)
        own = self.graph.nodes[self.graph.output]
        if own.ref.part == part or own.rule is None:
            return tuple(unit for unit in shown if unit)
        every = [own.ref.at(*index) for index in entries(own.shape, range(1, own.shape[0] + 1))]
        read = {tuple(map(int, ref.index)) for each in every for ref in self.reads(each, set())}
        return tuple(unit for unit in shown if unit in read)

    def before(self, unit: UnitKey) -> Ref:
        """Return what a unit's answer is the activation of; itself where it is of nothing."""
        layer = self.graph.layers[int(unit[1] or 1) - 1]
        part = self.answer(layer)
        pairs = {after: of for cell in layer.cells for of, after in cell.activated}
        return self.ref(pairs.get(part, part), unit)

    def shown(self, part: str, layer: int | None) -> tuple[tuple[int, ...], ...]:
        """Return the units of a layer that are drawn, () for a gap."""
        shape = self.shape(part, layer)
        numbers = self.wish.shown(math.prod(shape), *self._wanted(part, layer))
        return tuple(entries(shape, numbers))

    def shape(self, part: str, layer: int | None) -> tuple[int, ...]:
        """Return the shape of what a column of units is: of more axes, entry under entry."""
        return self.graph.nodes[self.graph.number(Ref(part, layer))].shape

    def ref(self, part: str, unit: UnitKey) -> Ref:
        """Return a unit's x, z, a or y."""
        return self.scribe.ref(part, None if part == "y" else unit[1], *unit[2])

    def _wanted(self, part: str, layer: int | None) -> list[int]:
        """Return the units that the focus is on."""
        focus = self.wish.focus
        if focus is None or not focus.index:
            return []
        if is_matrix(focus.part, len(focus.index)):
            below = self.graph.layers[int(focus.layer or 1) - 1].input_nodes[0]
            held_by = self.graph.layers[int(focus.layer or 1) - 1]
            here = (part, layer) == (self.answer(held_by), held_by.index)
            here = here and len(held_by.shape) == 1
            found = [int(focus.index[0])] if here else []
            same = self.owners[below] == (part, layer)
            return [*found, int(focus.index[1])] if same else found
        shape = self.shape(part, layer)
        own = focus.layer == layer and len(focus.index) == len(shape)
        return [place(shape, tuple(int(i) for i in focus.index))] if own else []

    def units(self) -> Iterator[UnitKey]:
        """Return every unit drawn, and 0 for the gaps, from the input on."""
        places: list[tuple[str, int | None]] = [("x", None)]
        places += [(self.answer(layer), layer.index) for layer in self.graph.layers]
        for part, layer in places:
            for unit in self.shown(part, layer):
                yield part, layer, unit

    def sources(self, layer: Layer, unit: tuple[int, ...]) -> list[tuple[UnitKey, Ref | None]]:
        """Return the units that a unit reads, each with the weight on the way, if there is one.

        A unit that is read in several samples, as the mean over a batch reads it, is one unit.
        """
        shown: dict[tuple[str, int | None], tuple[tuple[int, ...], ...]] = {}
        found: dict[UnitKey, Ref | None] = {}
        weights = {ref.part for ref in layer.weight_refs}
        reads = self.reads(self.before(("", layer.index, unit)), weights)
        for value, weight in reads.items():
            owner = (value.part, None if value.layer is None else int(value.layer))
            if owner not in shown:
                shown[owner] = self.shown(*owner)
            index = tuple(int(i) for i in value.index)
            if index in shown[owner]:
                found.setdefault((*owner, index), weight)
        return list(found.items())

    def reads(self, ref: Ref, weights: set[str]) -> dict[Ref, Ref | None]:
        """Return the units that a value is computed from, each with the weight it is taken with.

        What a layer computes on the way is looked through; through it more than one weight leads.
        """
        key = (ref, frozenset(weights))
        if key not in self.known:
            self.known[key] = self._read_by(ref, weights)
        return self.known[key]

    def _read_by(self, ref: Ref, weights: set[str]) -> dict[Ref, Ref | None]:
        graph, formula = self.graph, self._formula(ref)
        if formula is None:
            return dict.fromkeys(self._perhaps_read(ref))
        found: dict[Ref, Ref | None] = {}
        for node in walk(formula):
            if isinstance(node, Mul):
                factors = [f.ref for f in node.factors if isinstance(f, Quantity)]
                by = [f for f in factors if f.part in weights]
                of = [f for f in map(self._copied, factors) if self._is_unit(f)]
                if len(by) == len(of) == 1:
                    found[of[0]] = by[0]
            if isinstance(node, Quantity) and self._is_unit(node.ref):
                found.setdefault(node.ref, None)
            elif isinstance(node, Quantity) and graph.number(node.ref) not in graph.given:
                if self._copied(node.ref) in found:
                    continue
                other = self._of_step_before(node.ref, ref)
                inner = {other: None} if other else self.reads(node.ref, weights)
                # A unit that is read by more than one weight is drawn with none of them.
                apart = {u for u, weight in inner.items() if found.get(u, weight) != weight}
                found = {**inner, **found, **dict.fromkeys(apart)}
        return found

    def _copied(self, ref: Ref) -> Ref:
        """Return the unit that a value is no more than: the last state is one of its step."""
        number = self.graph.number(ref)
        if self._is_unit(ref) or self.graph.nodes[number].rule is None:
            return ref
        formula = self._formula(ref)
        return formula.ref if isinstance(formula, Quantity) and self._is_unit(formula.ref) else ref

    def _formula(self, ref: Ref) -> Expr | None:
        """Return a value's formula; none where only numbers say what it reads: a word, its row."""
        try:
            return self.writer.value_formula(ref)
        except NoForm:
            return None

    def _perhaps_read(self, ref: Ref) -> Iterator[Ref]:
        """Yield the units that such a value may read: of a step its own, else all."""
        own = self.graph.nodes[self.graph.number(ref)]
        for parent in (self.graph.nodes[number] for number in own.parents):
            if self._is_unit(parent.ref):
                index = ref.index[: len(parent.shape)]
                if parent.shape == own.shape[: len(index)] and len(index) < len(ref.index):
                    yield parent.ref.at(*index)
                else:
                    for each in entries(parent.shape, range(1, math.prod(parent.shape) + 1)):
                        yield parent.ref.at(*each)

    def _of_step_before(self, ref: Ref, reader: Ref) -> Ref | None:
        """Return the unit whose state of another step is read, where it is such a state."""
        loop = self.graph.loop(self.graph.number(ref))
        if loop is None or ref.index[0] == reader.index[0]:
            return None
        layer = self.graph.layers[int(ref.layer or 1) - 1]
        states = [n for cell in layer.cells for n in cell.parts.values() if n in loop]
        return self.graph.nodes[states[-1]].ref.at(*ref.index)

    def _is_unit(self, ref: Ref) -> bool:
        """Return whether the quantity is drawn as a unit: the input, or a layer's answer."""
        return (ref.part, ref.layer) in self.owners.values()

    def used(self, layer: Layer, unit: tuple[int, ...], parameter: int) -> list[Ref]:
        """Return the entries of a parameter that stand in a unit's z."""
        formula = self._formula(self.before(("", layer.index, unit)))
        if formula is None:
            return []
        refs = (node.ref for node in walk(formula) if isinstance(node, Quantity))
        return list(dict.fromkeys(ref for ref in refs if self.graph.number(ref) == parameter))

    def left_out(self, hidden: range = range(0)) -> list[str]:
        """Return a sentence for each layer of which units are left out, but the hidden ones."""
        notes = []
        for part, layer in self.owners.values():
            shown = () if layer in hidden else self.shown(part, layer)
            if () in shown:
                count = math.prod(self.shape(part, layer))
                kept = sum(1 for unit in shown if unit)
                where = "the input" if layer is None else self.graph.layers[layer - 1].title
                if layer is not None and where.isdigit():
                    where = f"layer {self.scribe.notation.layer_number(layer)}"
                notes.append(f"{count - kept} of the {count} units of {where}")
        if not notes:
            return []
        return [f"Left out: {', '.join(notes)}. All are drawn with --full."]


def layer_columns(graph: Graph, *, parameters: bool = False) -> dict[int, int]:
    """Return each layer's column: one after the last of those it reads; the input is 0.

    With ``parameters`` those of a layer have a column of their own before it. The steps of a
    recurrent layer stand in columns one after the other, the first computed in the layer's.
    """
    places = {} if graph.input is None else {graph.input: 0}
    columns = {}
    for layer in sorted(graph.layers, key=lambda layer: layer.z):
        last = max((places.get(n, 0) for n in layer.input_nodes), default=0)
        columns[layer.index] = last + (2 if parameters and layer.parameters else 1)
        loop = loop_of(graph, layer)
        steps = 0 if loop is None else loop.clock.steps - 1
        places[layer.z] = places[layer.a] = columns[layer.index] + steps
    return columns


def drawn_part(graph: Graph, layer: Layer) -> str:
    """Return the part that is drawn as units: a; the states, where only the last is read."""
    number = layer.a
    if graph.loop(number) is None and graph.loop(graph.nodes[number].parents[0]):
        (number,) = graph.nodes[number].parents
    return graph.nodes[number].ref.part


def loop_of(graph: Graph, layer: Layer) -> Loop | None:
    """Return the loop that a layer's states are computed in, if they are."""
    numbers = [number for cell in layer.cells for number in cell.parts.values()]
    return next((loop for loop in graph.loops if any(n in loop for n in numbers)), None)


def column_of(graph: Graph, columns: dict[int, int], unit: UnitKey) -> int:
    """Return a unit's column: that of its layer, or of its step of a recurrent layer."""
    _, number, index = unit
    if number is None:
        return 0
    loop = loop_of(graph, graph.layers[number - 1])
    if loop is None:
        return columns[number]
    if not index:
        return columns[number] + loop.clock.steps - 1
    return columns[number] + abs(index[0] - loop.clock.first)


def unit_id(unit: UnitKey) -> str:
    """Return ``a1_2``, which every format takes as a name."""
    part, layer, index = unit
    return f"{part}{'' if layer is None else layer}_{'_'.join(map(str, index)) or 'dots'}"
