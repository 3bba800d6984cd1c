"""The local derivatives of a computation graph's lines: by sympy, as taught, the rule named."""

from __future__ import annotations

import functools
from typing import Any

from ...expression.tree import (
    Derivative,
    Diff,
    Expr,
    Name,
    Number,
    Partial,
)
from ...expression.walking import holds, size
from ...functions.primitives import (
    Activate,
    Apply,
    Minus,
    Plus,
    Power,
    PowerOf,
    Quotient,
    Times,
)
from ...functions.tidying import tidied
from ...passes.paths import Edge
from ...worked.graphs.arrays import in_quantities
from ...worked.reasons import Reason
from ..differentiating import rule_of
from .subject import Subject

KNOWN = Plus | Minus | Times | Quotient | Power | PowerOf | Activate
"""The operations that sympy differentiates."""
FUNCTIONS = (
    *("exp", "ln", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "erf"),
    *("abs", "max", "min"),
)
REGROUPED = 2
"""Parts by which sympy's form is shorter where it only groups factors anew (c/2 for 1/2·c)."""
MOST_OPERATIONS = 60
"""Operations of a formula past which sympy is not asked: its form would be no shorter."""
LONGEST_BODY = 40
"""Parts of a formula past which it is not repeated under a ∂."""


def local_forms(subject: Subject, edge: Edge) -> list[Expr]:
    """Return ∂(the consumer's formula)/∂parent, sympy's derivative where it helps, and the taught.

    Sympy's stands first where it names the function's derivative (σ′(s)), last where it is the
    shorter one.
    """
    if edge not in subject.forms:
        subject.forms[edge] = tuple(_local_forms(subject, edge))
    return list(subject.forms[edge])


def _local_forms(subject: Subject, edge: Edge) -> list[Expr]:
    body = subject.body(edge.consumer)
    written = Diff(body, subject.ref(subject.parent(edge)))
    forms: list[Expr] = [] if is_long(body) else [written]
    taught = subject.local(edge)
    if isinstance(taught, Partial):
        return forms
    derived = by_sympy(subject, edge)
    if derived is not None and derived != taught:
        if holds(derived, Derivative):
            return [*forms, derived, taught]
        if isinstance(derived, Number) or size(derived) + REGROUPED < size(taught):
            return [*forms, taught, derived]
    return [*forms, taught]


def simplest(subject: Subject, edge: Edge) -> Expr:
    """Return the last form of a local derivative: what goes into the chain rule."""
    forms = local_forms(subject, edge)
    taught = subject.local(edge)
    return taught if isinstance(taught, Partial) or not forms else forms[-1]


def by_sympy(subject: Subject, edge: Edge) -> Expr | None:
    """Return the local derivative as sympy finds it, in quantities; None of what it cannot."""
    rule = subject.graph.formula(edge.consumer)
    if len(rule.slots) > MOST_OPERATIONS:
        return None
    if not all(_is_known(o.primitive) for o in rule.operations):
        return None
    derived = derivative_of(rule.tree, rule.operands[edge.position])
    return None if derived is None else in_quantities(subject.graph, edge.consumer, derived)


def _is_known(primitive: Any) -> bool:
    if isinstance(primitive, Apply):
        return primitive.function in FUNCTIONS
    return isinstance(primitive, KNOWN)


@functools.lru_cache(maxsize=4096)
def derivative_of(tree: Expr, operand: str) -> Expr | None:
    """Return ∂tree/∂operand by sympy, in placeholders."""
    from ...expression.differentiate import differentiate

    try:
        return tidied(differentiate(tree, Name(operand)))
    except TypeError:
        return None


def rule_of_edge(subject: Subject, edge: Edge) -> Reason | None:
    """Return the rule that gives an edge's local derivative; none of what has no formula."""
    if subject.is_unspecified(edge):
        return None
    rule = subject.graph.formula(edge.consumer)
    return rule_of(rule.tree, rule.operands[edge.position])


def is_long(tree: Expr, most: int = LONGEST_BODY) -> bool:
    """Return whether a formula is too long to stand within another."""
    return size(tree) > most
