"""Scribe: what is written at a node or an edge, in the reader's notation and digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..expression.indices import Index
from ..expression.refs import Ref
from ..expression.tree import Expr, Known, Matrix, Quantity
from ..expression.walking import substitute, walk
from ..graph.records import Graph
from ..notation.adapting import adapt
from ..notation.bound import Notation
from ..passes.trace import Trace
from ..printing.settings import Settings
from ..printing.translating import said_line
from ..worked.document import Inline, Line, Math, Text
from ..worked.steps import entry
from .lettering import BODY, INSIDE, Letterer, RunMath
from .scene import Label, Role
from .wish import Wish

MOST_ENTRIES = 4
"""Entries of a vector that are written out at an edge; of more, only the shape."""
LONGEST = 30.0
"""Width in em past which an exact value is written as a decimal number."""


class Scribe:
    """Writes labels: ``z¹₁ = 0.3775`` where there are numbers, else ``z¹₁``."""

    def __init__(
        self,
        graph: Graph,
        trace: Trace | None,
        notation: Notation,
        settings: Settings,
        wish: Wish,
    ) -> None:
        self.whole, self.trace = graph, trace
        self.graph = graph.cut_to(wish.sample)
        self.notation, self.wish = notation, wish
        self.settings = settings
        self.letterer = Letterer(RunMath(notation, settings))

    def ref(self, part: str, layer: Index | None, *index: Index, gradient: bool = False) -> Ref:
        """Return a quantity of the sample that is shown."""
        number = self.graph.find(Ref(part, layer))
        rows = number is not None and self.graph.nodes[number].per_sample
        sample = self.wish.sample if rows and not self.graph.single else None
        return Ref(part, layer, gradient, sample, index)

    def words(self, text: str, role: Role = "name", size: float = BODY) -> Label:
        """Return a label of words."""
        return self.line((Text(text),), role, size)

    def line(self, line: Line, role: Role = "name", size: float = BODY) -> Label:
        """Return a label of a line that is in the notation already, its words in the language.

        Exact numbers that are held to digits only are shown as decimals, with ≈ before them.
        """
        if self.settings.exact and any(map(_is_cut, line)):
            return self.decimal_label(line, role, size)
        return self.letterer.label(said_line(line, self.settings.language), role, size)

    def symbol(self, ref: Ref, role: Role = "name", size: float = INSIDE) -> Label:
        """Return the quantity's name."""
        return self.letterer.label((Math(self.adapted(Quantity(ref))[0]),), role, size)

    def equation(self, ref: Ref, role: Role, size: float = BODY) -> Label:
        """Return name = number, or the name alone of what has no number, or was not reached."""
        if self.trace is None or self.graph.number(ref) >= len(self.trace.values):
            return self.symbol(ref, role, size)
        value = self.value(ref)
        name, number = self.adapted(Quantity(ref), value)
        line = (Math(name), Text(" = "), Math(number))
        label = self.line(line, role, size)
        return self.decimal_label(line, role, size) if self.is_long(label, size) else label

    def is_long(self, label: Label, size: float) -> bool:
        """Return whether exact values are so long that decimals are shown in their place."""
        return self.settings.exact and label.width > LONGEST * size

    def decimal_label(self, line: Line, role: Role, size: float) -> Label:
        """Return the label with its exact values as decimals, ≈ before them."""
        said = said_line(line, self.settings.language)
        short: list[Inline] = []
        for part in said:
            if _numbers(part) and short[-1:] == [Text(" = ")]:
                short[-1] = Text(" ≈ ")
            short.append(_in_decimals(part))
        return self.letterer.label(tuple(short), role, size)

    def value(self, ref: Ref) -> Expr:
        """Return the quantity's number: an entry, or a small array entry by entry."""
        assert self.trace is not None
        number = self.graph.number(ref)
        shape = self.graph.nodes[number].shape
        if ref.index or not shape:
            return Known(ref, entry(self.trace, ref))
        arrays = self.trace.gradients if ref.gradient else self.trace.values
        array = arrays[number]
        return self.array(ref, np.zeros(shape) if array is None else array)

    def array(self, ref: Ref, array: Any) -> Expr:
        """Return a small array's entries, rows side by side."""
        rows = np.atleast_2d(np.asarray(array))
        return Matrix(tuple(tuple(Known(ref, value) for value in row) for row in rows))

    def adapted(self, *forms: Expr) -> tuple[Expr, ...]:
        """Return a chain's forms in the notation."""
        return adapt(forms, self.notation)


def _numbers(part: Inline) -> list[Any]:
    """Return the numbers of a quantity that stand in a part of a line."""
    nodes = walk(part.expr) if isinstance(part, Math) else ()
    return [node.value for node in nodes if isinstance(node, Known)]


def _is_cut(part: Inline) -> bool:
    """Return whether a part has a number of which only digits are held."""
    return any(getattr(number, "approximate", False) for number in _numbers(part))


def _in_decimals(part: Inline) -> Inline:
    """Return a part with its exact numbers as floats."""
    if not isinstance(part, Math):
        return part

    def rounded(node: Expr) -> Expr | None:
        return Known(node.ref, float(node.value)) if isinstance(node, Known) else None

    return Math(substitute(part.expr, rounded))
