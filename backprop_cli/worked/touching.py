"""Samples that touch each other: what a batch's statistics make of each sample's own cost."""

from __future__ import annotations

from ..expression.refs import Ref
from ..expression.tree import BigSum, Compare, Quantity
from ..graph.records import Graph
from .document import Block, Math, Note, Text

FIRST = (
    "the samples touch each other: through a mean and a variance of the batch each is felt by all. "
    "Before these a row of a gradient is of all costs together, "
)
THEN = "; so the batch's gradient is not made of what each sample would give alone"


def touching_notes(graph: Graph) -> list[Block]:
    """Return what gradients are of, where the samples touch each other; else nothing."""
    if not graph.mixed or graph.loss is None:
        return []
    costs = BigSum("n", graph.samples, Quantity(Ref("cost", sample="n")))
    total = Math(Compare("==", Quantity(graph.total), costs))
    return [Note((Text(FIRST), total, Text(THEN)))]
