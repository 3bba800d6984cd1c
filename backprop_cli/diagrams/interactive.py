"""Which parts of a picture belong to each worked step: what lights up, what is known by then.

A step computes one entry; its unit lights up, and so do the lines along which it gets what it
reads. What is written in the picture appears at the step that computes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct, structs

from ..expression.refs import Ref
from ..expression.tree import Known
from ..expression.walking import walk
from ..worked.document import Math, Step
from .scene import DrawnEdge, DrawnNode, Label, Scene

OF_COST = ("loss", "cost", "loss_terms", "data_loss", "penalty")
"""The parts of the cost, which is one node of a network's picture."""
GIVEN = 0
"""The step before the first: inputs, targets and parameters are known."""


class Lit(Struct, frozen=True):
    """What one step lights up: ``now`` what it computes, ``used`` what it reads."""

    now: tuple[str, ...]
    used: tuple[str, ...]


def lit(scene: Scene, steps: Sequence[Step]) -> list[Lit]:
    """Return the ids of nodes and edges that each step lights up."""
    finder = _Showing(scene)
    return [finder.lit(step) for step in steps]


def known_from(scene: Scene, steps: Sequence[Step]) -> dict[str, list[int]]:
    """Return, for each node and edge, from which step on each of its labels is known.

    Steps count from 1; the order is that in which a picture draws them: name, above, below.
    """
    computed = _computed(steps)
    found = {node.id: _labels(node) for node in scene.nodes}
    found |= {edge.id: [*edge.above, *edge.below] for edge in scene.edges}
    return {name: [_known(label, computed) for label in labels] for name, labels in found.items()}


def captions_known_from(scene: Scene, steps: Sequence[Step]) -> list[int]:
    """Return from which step on each caption is known: a shared bias has its gradient there."""
    computed = _computed(steps)
    return [_known(label, computed) for label in scene.captions]


def _computed(steps: Sequence[Step]) -> dict[Ref, int]:
    """Return the step that computes each entry; a whole quantity is there with its last entry.

    A sample's own cost is no step of a batch: it is there with the last of its terms.
    """
    computed = {_plain(step.target): number for number, step in enumerate(steps, 1)}
    for number, step in enumerate(steps, 1):
        computed[_plain(step.target).whole()] = number
    of_cost = (computed[ref] for part in ("loss_terms", "loss") if (ref := Ref(part)) in computed)
    computed.setdefault(Ref("cost"), next(of_cost, GIVEN))
    return computed


def _labels(node: DrawnNode) -> list[Label]:
    return [*([node.label] if node.label else []), *node.above, *node.below]


def _known(label: Label, computed: dict[Ref, int]) -> int:
    """Return the step that computes the numbers of a label; names are there from the start."""
    refs = [
        leaf.ref
        for part in label.line
        if isinstance(part, Math)
        for leaf in walk(part.expr)
        if isinstance(leaf, Known)
    ]
    if label.role == "gradient":
        refs = [ref.grad() for ref in refs]
    return max((_step_of(ref, computed) for ref in refs), default=GIVEN)


def _step_of(ref: Ref, computed: dict[Ref, int]) -> int:
    plain = _plain(ref)
    return computed.get(plain, computed.get(plain.whole(), GIVEN))


def _plain(ref: Ref) -> Ref:
    """Return the quantity of whatever sample: a picture shows one."""
    return structs.replace(ref, sample=None)


class _Showing:
    """Finds the nodes and edges that show a quantity."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.nodes: dict[Ref, list[str]] = {}
        for node in scene.nodes:
            for ref in node.refs:
                self.nodes.setdefault(_plain(ref), []).append(node.id)
        self.cost = [node.id for node in scene.nodes if node.kind == "cost"]
        self.edges: dict[Ref, list[str]] = {}
        for edge in scene.edges if scene.kind != "computation" else ():
            for ref in edge.refs:
                self.edges.setdefault(_plain(ref), []).append(edge.id)

    def lit(self, step: Step) -> Lit:
        """Return what the step lights up: units, and the lines between what it joins."""
        units = self.units([step.target])
        own = self.lines([step.target])
        if not units and not own:
            units = self.layer(step.target)
        read = [name for name in self.units(step.uses) if name not in units]
        now = [*units, *own]
        used = [*read, *self.lines(step.uses)]
        for edge in self.scene.edges:
            if self.joins(edge, units, read, gradient=step.target.gradient):
                now.append(edge.id)
        once = tuple(dict.fromkeys(now))
        return Lit(once, tuple(name for name in dict.fromkeys(used) if name not in once))

    def joins(self, edge: DrawnEdge, units: list[str], read: list[str], *, gradient: bool) -> bool:
        """Return whether the step's numbers go along the edge, forward or backward.

        In a computation graph a gradient is the sum of what comes back along every edge.
        """
        near, far = (edge.source, edge.target) if gradient else (edge.target, edge.source)
        every = gradient and self.scene.kind == "computation"
        return near in units and (every or far in read)

    def units(self, refs: Iterable[Ref]) -> list[str]:
        """Return the nodes of quantities, the entry's own or the whole's."""
        found: list[str] = []
        for ref in refs:
            if ref.part in OF_COST and self.cost:
                found += self.cost
                continue
            plain = _plain(ref)
            for form in (plain, plain.of(), plain.whole(), plain.of().whole()):
                if form in self.nodes:
                    found += self.nodes[form]
                    break
        return list(dict.fromkeys(found))

    def layer(self, ref: Ref) -> list[str]:
        """Return the units of a quantity's layer, which share it: a bias of all of them."""
        if ref.layer is None:
            return []
        return [n.id for n in self.scene.nodes if any(r.layer == ref.layer for r in n.refs)]

    def lines(self, refs: Iterable[Ref]) -> list[str]:
        """Return the edges of weights, and of what the cost sends back."""
        return [name for ref in refs for name in self.edges.get(_plain(ref), ())]
