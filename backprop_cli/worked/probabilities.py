"""p = softmax(a), which the loss of scores takes itself: found in its formulas, and its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..expression.indices import Index
from ..expression.tree import Call, Div, Expr, Quantity
from ..expression.walking import substitute, walk
from ..functions.softmax import SOFTMAX
from ..graph.names import probability_ref
from ..passes.trace import Trace


def probabilities(trace: Trace) -> Any:
    """Return the softmax of the scores, a row a sample, where the loss takes it; else None."""
    graph = trace.graph
    if graph.terms is None or not graph.takes_softmax:
        return None
    return SOFTMAX.forward(trace.arithmetic, trace.values[graph.output])


def probability_at(trace: Trace, sample: int, index: Iterable[Index]) -> Any:
    """Return one entry of the softmax that the loss takes, of that sample's scores alone."""
    scores = trace.values[trace.graph.output][sample - 1 : sample]
    return SOFTMAX.forward(trace.arithmetic, scores)[(0, *(int(i) - 1 for i in index))]


def with_named(formula: Expr) -> Expr:
    """Return a formula with p_k in the place of each softmax."""

    def named(node: Expr) -> Expr | None:
        if not isinstance(node, Div) or not _is_softmax(node):
            return None
        scores = next(each for each in walk(node.numerator) if isinstance(each, Quantity))
        return Quantity(probability_ref(scores.ref))

    return substitute(formula, named)


def softmax_in(formula: Expr) -> Expr:
    """Return the softmax that stands in the loss's formula; raise StopIteration if none does."""
    return next(filter(_is_softmax, walk(formula)))


def _is_softmax(node: Expr) -> bool:
    """Return whether a part of the loss's formula is one e^a over the sum of all."""
    top = node.numerator if isinstance(node, Div) else None
    return isinstance(top, Call) and top.function == "exp"
