"""Which rule of differentiation the outermost operation of a formula asks for."""

from __future__ import annotations

from ..expression.tree import Add, Call, Cases, Div, Expr, Mul, Name, Neg, Pow
from ..expression.walking import walk
from ..worked.reasons import Law, Reason

WHOLE = {
    **dict.fromkeys(("matmul", "dot"), Law.PRODUCT),
    **dict.fromkeys(("sum", "mean"), Law.SUM),
    **dict.fromkeys(("max", "min"), Law.CASES),
}
"""Functions of arrays, and of several numbers, by the rule that differentiates them."""


def rule_of(tree: Expr, variable: str, *, alone: bool = False) -> Reason:
    """Return the rule that differentiates the formula by a name.

    ``alone`` says that every other name is a constant, as y is in a loss.
    """

    def holds(node: Expr) -> bool:
        return any(isinstance(n, Name) and n.id == variable for n in walk(node))

    def varies(node: Expr) -> bool:
        return any(isinstance(n, Name) for n in walk(node)) and not alone

    def inner(node: Expr) -> Reason:
        plain = isinstance(node, Name)
        return Reason(Law.FACTOR) if plain else rule_of(node, variable, alone=alone)

    match tree:
        case Neg(operand):
            return rule_of(operand, variable, alone=alone)
        case Add():
            return Reason(Law.SUM)
        case Mul(factors):
            inside = [factor for factor in factors if holds(factor)]
            others = [factor for factor in factors if factor not in inside]
            if len(inside) > 1 or any(map(varies, others)):
                return Reason(Law.PRODUCT)
            return inner(inside[0])
        case Div(top, bottom):
            if not holds(bottom):
                return inner(top)
            return Reason(Law.CHAIN if alone and not holds(top) else Law.QUOTIENT)
        case Pow(base, exponent):
            if holds(exponent):
                return Reason(Law.EXPONENTIAL)
            return Reason(Law.POWER if isinstance(base, Name) else Law.CHAIN)
        case Cases():
            return Reason(Law.CASES)
        case Call(function, _) if function in WHOLE:
            return Reason(WHOLE[function])
        case Call(function, arguments):
            simple = all(a == Name(variable) for a in arguments if alone or holds(a))
            return Reason(Law.FUNCTION, function) if simple else Reason(Law.CHAIN)
        case Name(_, index) if index:
            return Reason(Law.ENTRY)
        case _:
            return Reason(Law.IDENTITY)
