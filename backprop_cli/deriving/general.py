"""The equations of a general layer l: those of one layer, every other renamed by its distance."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator

from msgspec import Struct, structs

from ..expression.axes import letters
from ..expression.indices import Index, letters_of, plus
from ..expression.refs import Ref
from ..expression.tree import (
    ONE,
    Between,
    BigSum,
    Call,
    Derivative,
    Diff,
    Expr,
    LayerNumber,
    Name,
    Partial,
    Quantity,
)
from ..expression.walking import substitute, walk
from ..functions.rules import NoForm
from ..graph.parts import Layer
from ..graph.records import Graph
from ..mathematics.formulas import without_ones
from ..worked.building import note, section
from ..worked.document import Block, Chain, Equations, Math, Note, Section, Text
from ..worked.entry_steps import distinct
from ..worked.general_steps import whole_formula
from .any_unit import any_unit
from .deriver import Deriver
from .forms import total_forms
from .through_time import time_sections

L, TOP = "l", "L"
INNER = (Between(LayerNumber(1), Name(L), Name(TOP) - ONE),)
EVERY = (Between(LayerNumber(1), Name(L), Name(TOP)),)
"""First ≤ l ≤ L − 1, the hidden layers, and first ≤ l ≤ L."""

Write = Callable[[Deriver, Ref], list[Expr]]
"""A style's forms of the gradient of a quantity."""


class Shifted(Struct, frozen=True):
    """A layer called l (or L), in the network whose other layers are l − 1, l + 1, …."""

    deriver: Deriver
    layer: Layer

    def ref(self, number: int, *, whole: bool = False) -> Ref:
        """Return the quantity of a node, with an index letter for each axis."""
        axes = () if whole else self.deriver.graph.nodes[number].axes
        return self.deriver.ref(number, *letters(axes))

    def chain(
        self, number: int, write: Write, ranges: tuple[Expr, ...] = (), *, whole: bool = False
    ) -> Chain:
        """Return the equation of a quantity's gradient."""
        forms = write(self.deriver, self.ref(number, whole=whole).grad())
        counted = [in_units(self.deriver, form) for form in forms]
        return Chain(tuple(distinct(counted)), ranges=ranges)

    def value(self, number: int) -> tuple[Expr, Expr]:
        """Return a value's quantity and its formula; of whole arrays where no entry has one."""
        ref = self.ref(number)
        try:
            formula = without_ones(self.deriver.general.value_formula(ref))
        except NoForm:
            whole = whole_formula(self.deriver.graph, number, ref.sample)
            return Quantity(ref.whole()), whole
        return Quantity(ref), in_units(self.deriver, formula)

    def inner(self) -> list[int]:
        """Return what the layer computes on the way to its z."""
        found = [number for cell in self.layer.cells for number in cell.parts.values()]
        return [number for number in found if number not in (self.layer.z, self.layer.a)]

    def activated(self, *, whole: bool = False) -> tuple[Expr, Expr]:
        """Return a and σ(z), the function by its name; of whole layers where it takes all."""
        whole = whole or self.deriver.softmax_like(self.layer)
        z, a = (Quantity(self.ref(n, whole=whole)) for n in (self.layer.z, self.layer.a))
        return a, z if self.layer.activation == "identity" else Call(self.layer.activation, (z,))


class General(Struct, frozen=True):
    """The general layers of a network: the output's, a hidden one's if there is one, and any.

    Weighted sums need one layer to stand for all; of other kinds it is seen whether all agree.
    ``mixed`` says that the hidden layers' functions differ, ``uneven`` that their parameters do.
    """

    output: Shifted
    hidden: tuple[Shifted, ...]
    every: tuple[Shifted, ...]
    mixed: bool
    uneven: bool


def general_layers(deriver: Deriver) -> General:
    """Return the general layers of layers one after the other.

    Where layers differ, the one that has the most stands for all.
    """
    layers = deriver.graph.layers
    hidden = layers[:-1]
    names = {layer.activation for layer in hidden}
    mixed = len(names) > 1 or any(map(deriver.shares_name, hidden))
    name = "activation" if mixed else "".join(names)

    def held(layer: Layer) -> tuple[tuple[str, int], ...]:
        nodes = deriver.graph.nodes
        return tuple((own.part, len(nodes[own.node].shape)) for own in layer.held)

    def richness(layer: Layer) -> int:
        return sum(rank + 1 for _, rank in held(layer))

    fullest = max(layers, key=richness)
    above = {below.index: layer for below, layer in itertools.pairwise(layers)}
    joint = [layer for layer in hidden if deriver.softmax_like(layer)]
    inner = max(joint or hidden, key=lambda e: richness(above[e.index]), default=None)
    uneven = len(set(map(held, layers))) > 1
    deriver = _evened(deriver, dict(held(fullest)))
    firsts = ((inner,) if inner else ()), (fullest,)
    inside, each = firsts if deriver.is_affine(fullest) else (hidden, layers)
    return General(
        shifted(deriver, layers[-1], TOP, name),
        tuple(shifted(deriver, layer, L, name) for layer in inside),
        tuple(shifted(deriver, layer, L, name) for layer in each),
        mixed,
        uneven,
    )


def _evened(deriver: Deriver, axes: dict[str, int]) -> Deriver:
    """Return the network with a parameter a unit where some layers share one among their units."""
    nodes = list(deriver.graph.nodes)
    for layer in deriver.graph.layers:
        for own in layer.held:
            if len(nodes[own.node].shape) < axes.get(own.part, 0):
                nodes[own.node] = structs.replace(nodes[own.node], shape=layer.shape[-1:])
    return deriver.of_graph(structs.replace(deriver.graph, nodes=tuple(nodes)))


def shifted(deriver: Deriver, layer: Layer, letter: str, activation: str) -> Shifted:
    """Return the network as it is seen from a layer called ``letter``.

    The hidden layers' activations have one name, and where those differ one rule: this layer's.
    """
    graph, last = deriver.graph, deriver.last
    own = layer if layer is not last else graph.layers[0]
    nodes = list(graph.nodes)
    first = graph.layers[0]
    if graph.input is not None:
        below = structs.replace(nodes[first.a].ref, layer=first.index - 1)
        nodes[graph.input] = structs.replace(nodes[graph.input], ref=below)
    for other in graph.layers[:-1]:
        nodes[other.a] = structs.replace(nodes[other.a], rule=nodes[own.a].rule)

    def moved(index: Index | None) -> Index | None:
        return None if index is None else plus(index, plus(letter, -layer.index))

    renamed = {e.index: structs.replace(e, activation=activation) for e in graph.layers[:-1]}
    renamed[last.index] = last
    seen: Graph = structs.replace(
        graph,
        nodes=tuple(
            structs.replace(node, ref=structs.replace(node.ref, layer=moved(node.ref.layer)))
            for node in nodes
        ),
        layers=tuple(renamed.values()),
    )
    return Shifted(deriver.of_graph(seen), renamed[layer.index])


def in_units(deriver: Deriver, tree: Expr) -> Expr:
    """Return the tree, each sum over a general layer's units with their number: Σ_k to n_{l+1}."""

    def counted(node: Expr) -> Expr | None:
        if not isinstance(node, BigSum):
            return None
        layers = (
            ref.layer
            for inner in walk(node.body)
            for ref in _refs(inner)
            if letters_of(ref.layer) and _counts_units(deriver, ref, node.index)
        )
        return BigSum(node.index, next(layers, None) or node.count, in_units(deriver, node.body))

    return substitute(tree, counted)


def _counts_units(deriver: Deriver, ref: Ref, letter: str) -> bool:
    """Return whether the letter counts a layer's units: not steps, not what a parameter has.

    Nor what a part on the way to its z has, which may be wider than the layer.
    """
    if letter not in ref.index or deriver.is_parameter(ref):
        return False
    number = deriver.graph.find(ref)
    axes = () if number is None else deriver.graph.nodes[number].axes
    owner = deriver.owners.get(-1 if number is None else number)
    if owner is not None and deriver.graph.nodes[number or 0].shape[-1:] != owner.shape[-1:]:
        return False
    return len(axes) == len(ref.index) and axes[ref.index.index(letter)] == "unit"


def _refs(node: Expr) -> Iterator[Ref]:
    """Yield the quantities that the node itself names."""
    match node:
        case Quantity(ref):
            yield ref
        case Partial(of, wrt):
            yield from (of, wrt)
        case Diff(_, wrt):
            yield wrt


def equations(general: General, write: Write, *, whole: bool = False) -> list[Chain]:
    """Return a style's equations: of the output's δ, a hidden δ, and each parameter's gradient.

    What stands between a layer's input and its z has a gradient of its own. Raises NoForm where
    layers' equations differ.
    """

    def errors(seen: Shifted, ranges: tuple[Expr, ...] = ()) -> list[Chain]:
        return [seen.chain(seen.layer.z, write, ranges, whole=whole)]

    def others(seen: Shifted) -> list[Chain]:
        own = [*seen.inner(), *seen.layer.parameters.values()]
        return [seen.chain(number, write, EVERY, whole=whole) for number in own]

    chains = errors(general.output)
    for each in ([errors(e, INNER) for e in general.hidden], [others(e) for e in general.every]):
        if any(found != each[0] for found in each):
            raise NoForm("the layers' equations differ")
        chains += each[0] if each else []
    return chains


def over_batch(general: General, *, whole: bool = False) -> list[Chain]:
    """Return ∂C/∂w = (1/N) Σ_n ∂C_n/∂w, and what a penalty adds; nothing for a single sample."""
    seen = general.every[0]
    deriver, layer = seen.deriver, seen.layer
    if deriver.graph.single or not layer.held:
        return []
    held = (seen.ref(own.node, whole=whole) for own in layer.held)
    return [Chain(tuple(total_forms(deriver, each)), ranges=EVERY) for each in held]


def stated(deriver: Deriver, write: Write, *, whole: bool = False) -> list[Section]:
    """Return the section that states the equations, if the network is one they hold for."""
    found = general_equations(deriver, write, whole=whole)
    if found is None:
        return not_stated(deriver)
    general, chains = found
    chains = [structs.replace(chain, name=str(i)) for i, chain in enumerate(chains, 1)]
    title = "The four equations" if len(chains) == 4 else "The equations"
    batch = over_batch(general, whole=whole)
    blocks: tuple[Block, ...] = (Equations((*chains, *batch)), *_notes(general), usage_note())
    return [section("general", title, blocks)]


def general_equations(
    deriver: Deriver, write: Write, *, whole: bool = False
) -> tuple[General, list[Chain]] | None:
    """Return the general layers and their equations; None where the network has none."""
    if not deriver.is_chain:
        return None
    general = general_layers(deriver)
    try:
        return general, equations(general, write, whole=whole)
    except NoForm:
        return None


BRANCHES = "the layers branch here: the error of a layer is summed over all its consumers"


def not_stated(deriver: Deriver) -> list[Section]:
    """Return the section that says why there are no general equations."""
    why, instead = why_not_general(deriver)
    graph = deriver.graph
    sample, penalized = None if graph.single else "n", graph.single and bool(graph.penalties)
    says = why == BRANCHES and len(graph.layers) > 1
    rule = any_unit(sample, penalized=penalized) if says else []
    verb = "stands" if graph.loops else "stand"
    said = f"{why}: {instead} {verb} below" if instead else why
    title = "The general rule" if rule or graph.loops else "No general rule"
    stated = section("general", title, (note(said), *rule))
    return [stated, *time_sections(deriver)]


def why_not_general(deriver: Deriver) -> tuple[str, str]:
    """Return why one equation for a general layer l does not hold here, and what does instead."""
    graph = deriver.graph
    reached = graph.reached
    if graph.loops:
        return "steps follow each other here", "what holds of a general step"
    if graph.mixed:
        return "the samples touch each other here", "each layer's own equations"
    read = Counter(n for la in graph.layers if la.a in reached for n in la.input_nodes)
    if any(count > 1 for count in read.values()):
        return BRANCHES, ""
    if all(deriver.is_affine(layer) for layer in graph.layers if layer.a in reached):
        return "not every layer reaches the loss", "the equations of those that do"
    return "some layers are no weighted sums", "each layer's own equations"


def _notes(general: General) -> list[Note]:
    """Return what the equations' letters stand for where the layers differ."""
    notes, seen = [], general.every[0]
    joint = any(e.deriver.softmax_like(e.layer) for e in general.hidden)
    if general.mixed and not joint:
        own = Derivative("activation", Quantity(seen.ref(seen.layer.z)))
        words = Text(" is the derivative of the layer's own activation")
        notes.append(Note((Math(own), words)))
    if general.uneven:
        delta = Quantity(seen.ref(seen.layer.z).grad())
        shared = in_units(seen.deriver, BigSum("j", 1, delta))
        words = Text("some layers have no bias, or one for all their units, whose gradient is ")
        notes.append(Note((words, Math(shared))))
    return notes


def usage_note() -> Note:
    """Return what each equation uses: the forward pass, and derivatives already known."""
    return note(
        "each step uses values of the forward pass and derivatives that are already "
        "known, those nearer to the loss, never others"
    )
