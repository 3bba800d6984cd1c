"""The derivative of a formula, by sympy, as a tree of ours.

The tree is turned into sympy's objects one node at a time (no text is ever handed over) and the
result is read back the same way. Named activations, |u|, max and min go as functions that know
their own derivative, so sympy leaves them in the form in which they are taught.
"""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any

from .bounds import exponents_height
from .tree import (
    ONE,
    Add,
    Call,
    Cases,
    Compare,
    Constant,
    Derivative,
    Div,
    Expr,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    Quantity,
    add,
    mul,
)

LONGEST_ORDERED = 40
"""Operations of a number past which its terms stand as sympy keeps them."""
HIGHEST_EXPONENT = 1000.0
"""Product of the exponents' numerators and denominators up to which sympy may raise a number."""


def differentiate(tree: Expr, by: Name) -> Expr:
    """Return ∂tree/∂by."""
    import sympy

    names: dict[Any, Expr] = {}
    converted = to_sympy(tree, names)
    symbol = next((s for s, name in names.items() if name == by), None)
    if symbol is None:
        return Number(Fraction(0))
    return from_sympy(sympy.diff(converted, symbol), names, decimals=True)


def to_sympy(tree: Expr, names: dict[Any, Expr]) -> Any:
    """Return the tree as sympy's expression; ``names`` is filled with what each symbol means.

    Numbers that are raised to powers go as symbols where the numerators and denominators of all
    exponents multiply to more than ``HIGHEST_EXPONENT``: of 189**(987654321/10**9) sympy would
    compute 189**987654321.
    """
    import sympy

    quantities: dict[Expr, Any] = {}

    def held(number: Number) -> Any:
        symbol = sympy.Symbol(f"number {number.value}", positive=True)
        names[symbol] = number
        return symbol

    risky = exponents_height(tree) > HIGHEST_EXPONENT

    def convert(node: Expr, hold: bool = False) -> Any:
        def inner(child: Expr) -> Any:
            return convert(child, hold)

        match node:
            case Number(value):
                if hold and value > 0 and value != 1:
                    return held(node)
                return sympy.Rational(*Fraction(value).as_integer_ratio())
            case Constant(name):
                return sympy.pi if name == "pi" else sympy.E
            case Name(identifier, index):
                symbol = sympy.Symbol("_".join(map(str, (identifier, *index))), real=True)
                names[symbol] = node
                return symbol
            case Quantity():
                if node not in quantities:
                    quantities[node] = sympy.Symbol(f"q{len(quantities)}", real=True)
                    names[quantities[node]] = node
                return quantities[node]
            case Cases(pieces, otherwise):
                parts = [x for c, e in pieces for x in (c.left, c.right, e)]
                words = "_".join(_COMPARED[c.operator] for c, _ in pieces)
                whole = map(inner, (*parts, otherwise))
                return sympy.Function(f"cases_of_{words}")(*whole)
            case Add(terms):
                return sympy.Add(*map(inner, terms))
            case Mul(factors):
                return sympy.Mul(*map(inner, factors))
            case Neg(operand):
                return -inner(operand)
            case Div(numerator, denominator):
                return inner(numerator) / inner(denominator)
            case Pow(base, Number(value)) if value.denominator == 1:
                return inner(base) ** sympy.Integer(value.numerator)
            case Pow(base, exponent):
                return convert(base, risky) ** inner(exponent)
            case Call("ln" | "log", (argument,)):
                return sympy.log(convert(argument, risky))
            case Call(function, arguments):
                return _function(function)(*map(inner, arguments))
            case _:
                raise TypeError(f"{type(node).__name__} has no derivative")

    return convert(tree)


_SYMPY = {
    "exp": "exp",
    "ln": "log",
    "log": "log",
    "sqrt": "sqrt",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "sinh": "sinh",
    "cosh": "cosh",
    "tanh": "tanh",
    "arctan": "atan",
    "erf": "erf",
}
_BACK = {"exp": "exp", "log": "ln", "atan": "arctan", "Abs": "abs"} | {
    name: name for name in ("sign", "sin", "cos", "tan", "sinh", "cosh", "tanh", "erf")
}


_INVERSE = {
    "cot": "tan",
    "sec": "cos",
    "csc": "sin",
    "coth": "tanh",
    "sech": "cosh",
    "csch": "sinh",
}
"""What sympy makes of tan(z + π/2) and its like, as one over a function of ours."""
_COMPARED = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq"}
_NOT_REAL = Call("sqrt", (Neg(ONE),))
_UNDEFINED = Div(ONE, Number(Fraction(0)))
"""What stands for numbers that a derivative may hold and no pass can compute: (−2)**z has ln(−2)
in its own. The pass that meets one says that the value is not a number."""


@functools.cache
def _function(name: str) -> Any:
    """Return sympy's function, or one of ours that knows its derivative."""
    import sympy

    if name in _SYMPY:
        return getattr(sympy, _SYMPY[name])
    if name in ("abs", "sign", "step", "max", "min"):
        return _kinked(name)

    def slope(self: Any, argindex: int = 1) -> Any:
        return sympy.Function(f"slope_of_{name}")(self.args[0])

    return type(f"call_of_{name}", (sympy.Function,), {"fdiff": slope})


def _kinked(name: str) -> Any:
    """Return |u|, max or min: their derivatives are sign(u) and steps, ½ where two tie.

    Of more than two arguments, those that are the largest share equally: each step is divided by
    the sum of all.
    """
    import sympy

    step = functools.partial(_call, "step")

    def slope(self: Any, argindex: int = 1) -> Any:
        if name in ("sign", "step"):
            return sympy.Integer(0)
        if name == "abs":
            return _call("sign", self.args[0])
        if len(self.args) == 2:
            u, v = self.args if (argindex == 1) == (name == "max") else reversed(self.args)
            return step(u - v)
        steps = [step(u - self if name == "max" else self - u) for u in self.args]
        return steps[argindex - 1] / sympy.Add(*steps)

    return type(f"call_of_{name}", (sympy.Function,), {"fdiff": slope})


def _call(name: str, argument: Any) -> Any:
    import sympy

    return sympy.Function(f"call_of_{name}")(argument)


def from_sympy(value: Any, names: dict[Any, Expr] | None = None, *, decimals: bool = False) -> Expr:
    """Return sympy's expression as a tree, positive numbers first in a sum.

    With ``decimals`` a fraction such as 851/500 is written 1.702, as it came.
    """
    import sympy

    def convert(node: Any) -> Expr:
        if names and node in names:
            return names[node]
        if node.is_Rational:
            whole = Fraction(int(node.p), int(node.q))
            if whole < 0:
                return Neg(convert(-node))
            top, bottom = Number(Fraction(whole.numerator)), Number(Fraction(whole.denominator))
            if whole.denominator == 1 or (decimals and _is_decimal(whole)):
                return Number(whole)
            return Div(top, bottom)
        if node == sympy.pi:
            return Constant("pi")
        if node == sympy.E:
            return Constant("e")
        if node == sympy.I:
            return _NOT_REAL
        if node in (sympy.oo, -sympy.oo, sympy.zoo, sympy.nan):
            return _UNDEFINED
        if node.is_Add:
            # sympy works out a term's numbers to order it; of a long one that takes seconds.
            long = node.is_number and node.count_ops() > LONGEST_ORDERED
            terms = list(node.args) if long else node.as_ordered_terms()
            leading = [term for term in terms if term.is_Rational and term > 0]
            signed = [term for term in terms if term.could_extract_minus_sign()]
            middle = [term for term in terms if term not in leading and term not in signed]
            return add(*map(convert, [*leading, *middle, *signed]))
        if node.is_Mul:
            return product(node)
        if node.is_Pow:
            return power(node)
        name = type(node).__name__
        arguments = tuple(map(convert, node.args))
        if name in _BACK:
            return Call(_BACK[name], arguments)
        if name in _INVERSE:
            return Div(ONE, Call(_INVERSE[name], arguments))
        if name.startswith("slope_of_"):
            return Derivative(name.removeprefix("slope_of_"), arguments[0])
        if name.startswith("call_of_"):
            return Call(name.removeprefix("call_of_"), arguments)
        if name.startswith("cases_of_"):
            return _cases(name.removeprefix("cases_of_").split("_"), arguments)
        raise TypeError(f"sympy gave {name}")

    def product(node: Any) -> Expr:
        number, rest = node.as_coeff_Mul()
        if number < 0:
            return Neg(convert(-number * rest))
        top: list[Any] = []
        bottom: list[Any] = []
        for factor in node.as_ordered_factors():
            if factor.is_Pow and factor.exp.is_Rational and factor.exp < 0:
                bottom.append(factor.base ** (-factor.exp))
            elif factor.is_Rational and factor.q != 1 and not (decimals and _is_decimal(factor)):
                top += [sympy.Integer(factor.p)] if factor.p != 1 else []
                bottom.append(sympy.Integer(factor.q))
            else:
                top.append(factor)
        above = mul(*map(convert, top)) if top else ONE
        return Div(above, mul(*map(convert, bottom))) if bottom else above

    def power(node: Any) -> Expr:
        base, exponent = node.args
        if exponent == sympy.Rational(1, 2):
            return Call("sqrt", (convert(base),))
        if exponent.is_Rational and exponent < 0:
            return Div(ONE, convert(base ** (-exponent)))
        return Pow(convert(base), convert(exponent))

    return convert(value)


def _cases(words: list[str], arguments: tuple[Expr, ...]) -> Expr:
    """Return a function by cases from its conditions' words and its flat arguments."""
    operators = {word: operator for operator, word in _COMPARED.items()}
    pieces = tuple(
        (Compare(operators[word], arguments[3 * i], arguments[3 * i + 1]), arguments[3 * i + 2])
        for i, word in enumerate(words)
    )
    return Cases(pieces, arguments[-1])


def _is_decimal(value: Any) -> bool:
    """Return whether a fraction is better written as a decimal: a long but finite one."""
    rest = int(value.denominator)
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1 and int(value.denominator) > 10
