"""The rules within one line: ∂ln(x·y + 1)/∂x = 1/(x·y + 1)·∂(x·y + 1)/∂x, each part by its own.

Of u = sin(x)·eʸ the product rule is that of the line; that sin becomes cos is another rule's, and
stands before it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...expression.tree import ZERO, Call, Cases, Diff, Div, Expr, Mul, Name, Neg, Pow, mul
from ...expression.walking import bind, children, walk
from ...functions.tidying import tidied
from ...passes.paths import Edge
from ...worked.document import Chain
from ...worked.entry_steps import distinct
from ...worked.graphs.arrays import in_quantities
from ...worked.reasons import Law
from ..differentiating import WHOLE, rule_of
from .local import by_sympy, derivative_of, is_long
from .subject import Subject

MOST = 6
"""Parts of a line past which they are not derived one by one."""
_INNER = Name("t")
"""Stands for what is within a function while that is differentiated."""


def rules_within(subject: Subject, edge: Edge) -> list[Chain]:
    """Return the derivative of each part of a consumer's line that has a rule of its own."""
    if subject.is_unspecified(edge) or by_sympy(subject, edge) is None:
        return []
    rule = subject.graph.formula(edge.consumer)
    by = rule.operands[edge.position]
    tree = _named(rule.tree, by)
    found = list(dict.fromkeys(part for part in _parts(tree, by) if part != tree))
    if len(found) > MOST or any(is_long(part) for part in found):
        return []

    def said(formula: Expr) -> Expr:
        return in_quantities(subject.graph, edge.consumer, formula)

    wrt = subject.ref(subject.parent(edge))
    chains = []
    for part in found:
        derived = derivative_of(part, by)
        if derived is None:
            return []
        forms: list[Expr] = [Diff(said(part), wrt)]
        slope, inner = _by_chain(part, by)
        if inner is not None:
            forms.append(mul(said(slope), Diff(said(inner), wrt)))
            derived = tidied(mul(slope, derivative_of(inner, by) or ZERO))
        chains.append(Chain(tuple(distinct([*forms, said(derived)])), rule=rule_of(part, by)))
    return chains


def _holds(tree: Expr, by: str) -> bool:
    return any(isinstance(node, Name) and node.id == by for node in walk(tree))


def _named(tree: Expr, by: str) -> Expr:
    """Return the part of a line that the rule beside it is about: without signs and factors."""
    match tree:
        case Neg(inner):
            return _named(inner, by)
        case Mul(factors):
            inside = [factor for factor in factors if _holds(factor, by)]
            others = [factor for factor in factors if factor not in inside]
            varies = any(isinstance(node, Name) for other in others for node in walk(other))
            return _named(inside[0], by) if len(inside) == 1 and not varies else tree
        case Div(top, bottom) if not _holds(bottom, by):
            return _named(top, by)
    return tree


def _parts(tree: Expr, by: str) -> Iterator[Expr]:
    """Yield the parts that are no sums of multiples of the variable, the inner ones first."""
    for inner in children(tree):
        if _holds(inner, by):
            yield from _parts(inner, by)
    match tree:
        case Call(function, _) if WHOLE.get(function, Law.CASES) is Law.CASES:
            yield tree
        case Pow() | Cases():
            yield tree
        case Mul(factors) if sum(_holds(factor, by) for factor in factors) > 1:
            yield tree
        case Div(_, bottom) if _holds(bottom, by):
            yield tree


def _by_chain(part: Expr, by: str) -> tuple[Expr, Expr | None]:
    """Return f′(u), and u, of a function of more than the variable itself; of others no u."""
    match part:
        case Call(function, (inner,)):
            outer: Expr = Call(function, (_INNER,))
        case Pow(inner, exponent) if not _holds(exponent, by):
            outer = Pow(_INNER, exponent)
        case Pow(base, inner) if not _holds(base, by):
            outer = Pow(base, _INNER)
        case _:
            return (ZERO, None)
    if isinstance(inner, Name):
        return (ZERO, None)
    slope = derivative_of(outer, _INNER.id)
    return (ZERO, None) if slope is None else (bind(slope, {_INNER.id: inner}), inner)
