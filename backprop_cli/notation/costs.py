"""How a notation states a cost: C = ½ Σ (y − a)², C(y, a), L(w) = Σ L_n(w)."""

from __future__ import annotations

from ..expression.refs import Ref
from ..expression.tree import BigSum, Call, Div, Expr, Mul, Number, Quantity
from ..expression.walking import rebuild, substitute
from .bound import Notation
from .refs import every_ref

COSTS = ("cost", "loss")
SAMPLES = "N"
"""What a Σ over all samples runs to."""


def is_cost(tree: Expr) -> bool:
    """Return whether the tree is the cost of a sample, or of all of them."""
    return isinstance(tree, Quantity) and tree.ref.part in COSTS and not tree.ref.gradient


def constants_first(tree: Expr) -> Expr:
    """Return Σ ½ (…) as ½ Σ (…)."""

    def change(node: Expr) -> Expr:
        inner = rebuild(node, change)
        if not isinstance(inner, BigSum) or not isinstance(inner.body, Mul):
            return inner
        first, *rest = inner.body.factors
        if not _is_number(first) or not rest:
            return inner
        body = rest[0] if len(rest) == 1 else Mul(tuple(rest))
        return Mul((first, BigSum(inner.index, inner.count, body)))

    return change(tree)


def _is_number(node: Expr) -> bool:
    if isinstance(node, Div):
        return _is_number(node.numerator) and _is_number(node.denominator)
    return isinstance(node, Number)


def to_the_last_sample(tree: Expr, notation: Notation) -> Expr:
    """Return the tree, each Σ over all samples to N, the number that its 1/N has."""

    def change(node: Expr) -> Expr | None:
        if not isinstance(node, BigSum) or node.count != notation.facts.samples:
            return None
        if node.index != "n" or not any(ref.sample == "n" for ref in every_ref(node.body)):
            return None
        return BigSum("n", SAMPLES, substitute(node.body, change))

    return tree if notation.facts.single else substitute(tree, change)


def target_before(tree: Expr, notation: Notation) -> Expr:
    """Return C(y, a) for C(a, y), where the notation has the target first."""

    def change(node: Expr) -> Expr | None:
        match node:
            case Call("loss", (output, Quantity(ref))) if ref.part == "y":
                return Call("loss", (Quantity(ref), output))
        return None

    return substitute(tree, change) if notation.target_first else tree


def as_functions(forms: tuple[Expr, ...], notation: Notation) -> tuple[Expr, ...]:
    """Return the equation of a cost, each cost with what it is a function of."""
    facts = notation.facts
    if not notation.cost_as or facts.penalized or not is_cost(forms[0]):
        return forms
    if isinstance(forms[-1], Call) and forms[-1].function == "loss":
        return forms

    def change(node: Expr) -> Expr | None:
        if not is_cost(node) or not isinstance(node, Quantity):
            return None
        if notation.cost_as == "weights":
            name = "cost" if node.ref.part == "cost" or facts.single else "loss"
            return Call(name, (Quantity(Ref("W")),))
        if not facts.single:
            return None
        return Call("loss", (Quantity(Ref("y")), Quantity(Ref("a", facts.count))))

    return tuple(substitute(form, change) for form in forms)
