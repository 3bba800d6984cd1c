"""Rows and columns of a picture through time: which layers have a box a step, and which one."""

from __future__ import annotations

from msgspec import Struct, structs

from ..expression.indices import Index
from ..expression.refs import Ref
from ..graph.parts import Layer, Loop
from .grid import EVERY
from .scribe import Scribe
from .units import Network, loop_of
from .vectors import in_steps

MOST_STEPS = 6
"""Steps that are all drawn; of more, the first three and the last."""
ANY = "t"
"""The letter of a step that may be any, before the notation gives its own."""


class Level(Struct, frozen=True):
    """A row of the picture: the input or a layer, the node that is drawn, and its loop if any.

    ``spread`` says that it is one box across all steps: it reads several of them at once.
    """

    row: int
    layer: Layer | None
    number: int
    loop: Loop | None = None
    spread: bool = False


class Rows:
    """The levels of a network, and which step each box is of.

    ``rolled`` says that there is one column, of any step.
    """

    def __init__(self, scribe: Scribe, *, rolled: bool) -> None:
        self.scribe, self.graph, self.rolled = scribe, scribe.graph, rolled
        self.net = Network(scribe)
        self.clock = self.graph.loops[0].clock
        self.levels = self._levels()

    def steps(self) -> tuple[int, ...]:
        """Return the steps that are drawn, 0 for those left out."""
        count = self.clock.steps
        if self.rolled:
            return (1,)
        if self.scribe.wish.full or count <= MOST_STEPS:
            return tuple(range(1, count + 1))
        kept = sorted({1, 2, 3, count, *filter(None, (self.scribe.wish.step,))})
        found: list[int] = []
        for last, step in zip((0, *kept), kept, strict=False):
            found += [0, step] if step > last + 1 else [step]
        return tuple(found)

    def _levels(self) -> list[Level]:
        graph = self.graph
        found = [Level(0, None, graph.input)] if graph.input is not None else []
        for layer in sorted(graph.layers, key=lambda layer: layer.z):
            part = self.net.answer(layer)
            number = graph.number(Ref(part, layer.index))
            loop = loop_of(graph, layer)
            level = Level(len(found), layer, number, loop)
            found.append(structs.replace(level, spread=loop is None and self._mixes(level)))
        return found

    def is_timed(self, level: Level) -> bool:
        """Return whether a row has a box a step."""
        node = self.graph.nodes[level.number]
        return in_steps(self.graph, level.number) and node.shape[0] == self.clock.steps

    def _reads(self, level: Level, step: int) -> set[tuple[int, int | None]]:
        """Return the layers (0 for the input) that a layer reads at a step, with their steps."""
        assert level.layer is not None
        node = self.graph.nodes[level.number]
        index = (step, *(1 for _ in node.shape[1:])) if self.is_timed(level) else ()
        index = index or tuple(1 for _ in node.shape)
        reads = self.net.reads(self.net.before(("", level.layer.index, index)), set())
        found = set()
        for ref in reads:
            timed = in_steps(self.graph, self.graph.number(Ref(ref.part, ref.layer)))
            found.add((int(ref.layer or 0), int(ref.index[0]) if timed else None))
        return found

    def _mixes(self, level: Level) -> bool:
        """Return whether a layer reads other steps than its own, or several of them."""
        if self.is_timed(level):
            return any(step not in (None, 2) for _, step in self._reads(level, 2))
        return len({step for _, step in self._reads(level, 1)} - {None}) > 1

    def column(self, level: Level) -> int:
        """Return the column of a row that has no step of its own: that of the step it reads."""
        if level.spread or level.layer is None:
            return EVERY
        for owner, step in sorted(self._reads(level, 1), key=str):
            if step is not None:
                return 1 if self.rolled else step
            lower = next(e for e in self.levels if (e.layer.index if e.layer else 0) == owner)
            return self.column(lower)
        return EVERY

    def shown(self, step: int) -> Index:
        """Return a step as it is written: a general one where the picture is rolled up."""
        return ANY if self.rolled else step

    def place(self, step: int) -> int:
        """Return the column of a step, counted from 1."""
        return self.steps().index(step) + 1

    @property
    def last(self) -> int:
        """The step that is computed last; in a picture rolled up the one that there is."""
        return 1 if self.rolled else self.clock.steps + 1 - self.clock.first

    def joined(self, below: Level, level: Level) -> tuple[int, ...]:
        """Return the steps at which a line leads from one row to another; −1 for the whole."""
        timed = [e for e in (below, level) if self.is_timed(e) and not e.spread]
        if not timed:
            return (-1,)
        single = next((e for e in (below, level) if not self.is_timed(e) and not e.spread), None)
        if single is not None and self.column(single) != EVERY:
            return (self.column(single),)
        return tuple(step for step in self.steps() if step)

    def nodes_of(self, level: Level) -> tuple[int, ...]:
        """Return the nodes by which what reads a row knows it."""
        return (level.number,) if level.layer is None else (level.layer.z, level.layer.a)
