"""The local derivatives of a computation graph's lines: by sympy, as taught, the rule named."""

from __future__ import annotations

import functools
from typing import Any

from ...expression.tree import (
    Add,
    Call,
    Cases,
    Derivative,
    Diff,
    Div,
    Expr,
    Mul,
    Name,
    Neg,
    Number,
    Partial,
    Pow,
)
from ...expression.walking import walk
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
    body = subject.body(edge.consumer)
    written = Diff(body, subject.ref(subject.parent(edge)))
    forms: list[Expr] = [written] if _size(body) <= LONGEST_BODY else []
    taught = subject.local(edge)
    if isinstance(taught, Partial):
        return forms
    derived = by_sympy(subject, edge)
    if derived is not None and derived != taught:
        if any(isinstance(node, Derivative) for node in walk(derived)):
            return [*forms, derived, taught]
        if isinstance(derived, Number) or _size(derived) + REGROUPED < _size(taught):
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
    derived = _derivative(rule.tree, rule.operands[edge.position])
    return None if derived is None else in_quantities(subject.graph, edge.consumer, derived)


def _is_known(primitive: Any) -> bool:
    if isinstance(primitive, Apply):
        return primitive.function in FUNCTIONS
    return isinstance(primitive, KNOWN)


@functools.lru_cache(maxsize=4096)
def _derivative(tree: Expr, operand: str) -> Expr | None:
    """Return ∂tree/∂operand by sympy, in placeholders."""
    from ...expression.differentiate import differentiate

    try:
        return tidied(differentiate(tree, Name(operand)))
    except TypeError:
        return None


def rule_of_edge(subject: Subject, edge: Edge) -> str:
    """Return the rule that gives an edge's local derivative, in a word or two."""
    if subject.is_unspecified(edge):
        return ""
    rule = subject.graph.formula(edge.consumer)
    return rule_of(rule.tree, rule.operands[edge.position])


def rule_of(tree: Expr, variable: str) -> str:
    """Return the rule of differentiation that the formula's outermost operation asks for."""
    match tree:
        case Neg(operand):
            return rule_of(operand, variable)
        case Add():
            return "sum rule"
        case Mul(factors):
            inside = [factor for factor in factors if _holds(factor, variable)]
            others = [factor for factor in factors if factor not in inside]
            if len(inside) > 1 or any(map(_has_names, others)):
                return "product rule"
            return _scaled(inside[0], variable)
        case Div(top, bottom):
            return "quotient rule" if _holds(bottom, variable) else _scaled(top, variable)
        case Pow(base, exponent):
            if _holds(exponent, variable):
                return "exponential rule"
            return "power rule" if isinstance(base, Name) else "chain rule"
        case Cases():
            return "case by case"
        case Call(function, arguments):
            return _rule_of_call(function, arguments, variable)
        case Name(_, index):
            return "entry" if index else "identity"
        case _:
            return "identity"


def _scaled(inner: Expr, variable: str) -> str:
    plain = isinstance(inner, Name)
    return "constant factor" if plain else rule_of(inner, variable)


def _rule_of_call(function: str, arguments: tuple[Expr, ...], variable: str) -> str:
    if function in ("matmul", "dot"):
        return "product rule"
    if function in ("sum", "mean"):
        return "sum rule"
    if function in ("max", "min"):
        return "case by case"
    simple = all(isinstance(a, Name) or not _holds(a, variable) for a in arguments)
    return f"derivative of {function}" if simple else "chain rule"


def _holds(tree: Expr, variable: str) -> bool:
    return any(isinstance(node, Name) and node.id == variable for node in walk(tree))


def _has_names(tree: Expr) -> bool:
    return any(isinstance(node, Name) for node in walk(tree))


def _size(tree: Expr) -> int:
    return sum(1 for _ in walk(tree))
