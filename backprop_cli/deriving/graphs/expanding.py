"""``--expand`` of a computation graph: whether its closed form can be written out at all."""

from __future__ import annotations

from ...expression.refs import plain_name
from ...expression.tree import Expr, Name
from ...expression.walking import children, walk
from ...functions.primitives import Defined
from ...functions.unspecified import Unspecified
from ...graph.records import Graph
from ...problems import refuse
from ..expand import LONGEST

DEEPEST = 100
"""Operations inside one another past which a closed form can be neither read nor drawn."""


def check_closed_form(graph: Graph) -> None:
    """Refuse graphs of arrays, of functions without a formula, and those absurdly long or deep.

    Each value's length in variables alone is counted node by node, before anything is built.
    """
    lengths: list[int] = []
    depths: list[int] = []
    for number, node in enumerate(graph.nodes):
        if node.shape:
            message = f"--expand is for single numbers, and {plain_name(node.ref)} is an array"
            raise refuse(message, node.place, "derive without --expand", graph.source)
        if node.rule is None:
            lengths.append(1)
            depths.append(0)
            continue
        rule = graph.formula(number)
        for operation in rule.operations:
            if isinstance(operation.primitive, Unspecified | Defined):
                message = f"--expand: the function {operation.primitive.name} has no formula here"
                raise refuse(message, node.place, "derive without --expand", graph.source)
        parents = dict(zip(rule.operands, node.parents, strict=True))
        lengths.append(
            sum(
                lengths[parents[each.id]] if isinstance(each, Name) else 1
                for each in walk(rule.tree)
            )
        )
        below = max((depths[parent] for parent in node.parents), default=0)
        depths.append(below + _depth(rule.tree))
        if lengths[-1] > LONGEST or depths[-1] > DEEPEST:
            name = plain_name(node.ref, graph.in_out)
            message = f"--expand: {name} alone would be more than {LONGEST:,} operations long"
            if depths[-1] > DEEPEST:
                message = f"--expand: {name} alone would be {depths[-1]} operations deep"
            raise refuse(message, None, "derive without --expand", graph.source)


def _depth(tree: Expr) -> int:
    """Return how many operations stand inside one another."""
    below = children(tree)
    return 1 + max(map(_depth, below)) if below else 0
