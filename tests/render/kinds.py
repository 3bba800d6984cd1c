"""One formula of every kind of node, and the looks that a format must get right."""

from __future__ import annotations

from fractions import Fraction

from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import (
    Add,
    Between,
    BigSum,
    Blank,
    Call,
    Cases,
    Compare,
    Constant,
    Derivative,
    Diff,
    Div,
    Dots,
    Expr,
    Hadamard,
    Known,
    LayerNumber,
    Letter,
    MatMul,
    Matrix,
    Mul,
    Nabla,
    Name,
    Neg,
    Number,
    Partial,
    Pow,
    Quantity,
    Several,
    Signature,
    Tangent,
    Transpose,
)
from backprop_cli.notation import profile
from backprop_cli.printing.mathematics import MathPrinter
from backprop_cli.printing.page import Page
from backprop_cli.printing.settings import Settings
from backprop_cli.render import named

A, Z = Ref("a", 2, index=(1,)), Ref("z", 2, index=(1,))
W, LOSS = Ref("W", 2, index=(1, 12)), Ref("loss")
a, z, w, x = Quantity(A), Quantity(Z), Quantity(W), Name("x")
HALF, TWO = Number(Fraction(1, 2)), Number(Fraction(2))

KINDS: dict[str, Expr] = {
    "Number": Number(0.26894),
    "Constant": Constant("pi"),
    "Name": Name("w", ("j", "k")),
    "Quantity": w,
    "Known": Known(A, -0.25),
    "Partial": Partial(A, Z),
    "Derivative": Derivative("sigmoid", z),
    "Add": Add((a, Neg(x), Number(-0.5))),
    "Mul": Mul((Quantity(A.grad()), a, Add((Number(Fraction(1)), Neg(a))))),
    "Neg": Neg(Add((a, x))),
    "Div": Div(Number(Fraction(1)), Add((Number(Fraction(1)), Call("exp", (Neg(z),))))),
    "Pow": Pow(a, TWO),
    "Call": Call("relu", (z,)),
    "Compare": Compare("<=", z, TWO),
    "Cases": Cases(((Compare(">", z, Number(Fraction(0))), z),), Number(Fraction(0))),
    "BigSum": BigSum("k", 3, Mul((Name("w", ("j", "k")), Name("x", ("k",))))),
    "Signature": Signature(Name("C"), Pow(Constant("R"), Number(Fraction(10))), Constant("R")),
    "Tangent": Mul((TWO, Tangent(A))),
    "Diff": Diff(Pow(x, TWO), A),
    "Nabla": Nabla(LOSS, Ref("a", 2)),
    "Matrix": Matrix(((a, x), (TWO, HALF))),
    "Transpose": Transpose(Quantity(Ref("W", 2))),
    "MatMul": MatMul((Quantity(Ref("W", 2)), Add((x, a)))),
    "Hadamard": Hadamard((x, Derivative("sigmoid", z))),
    "Letter": Letter("j"),
    "Between": Between(Number(Fraction(1)), Name("l"), Name("L")),
    "LayerNumber": LayerNumber(3),
    "Several": Derivative("f", Several((x, a)), (2,)),
    "Blank": Mul((Blank(4), a)),
    "Dots": Add((x, Dots(5), a)),
}
"""A tree of each kind of node, by the kind's name."""

LOOKS: dict[str, Expr] = {
    "scientific": Number(4.3857e-5),
    "negative factor": Mul((TWO, Known(A, -0.25))),
    "power of a fraction": Pow(Div(x, TWO), TWO),
    "power of a negative": Pow(Number(-0.5), TWO),
    "minus a minus": Add((x, Neg(Number(-0.5)))),
    "root": Call("sqrt", (Add((x, TWO)),)),
    "slope of a call": Diff(Call("relu", (x,)), A),
    "absolute": Call("abs", (x,)),
    "sum times": Mul((Add((x, TWO)), a)),
    "name with an underscore": Call("leaky_relu", (z,)),
    "two arguments": Call("max", (x, a)),
    "sample": Quantity(Ref("z", 1, sample=2, index=(3,))),
}
"""Formulas whose parentheses, dots and scripts are easily lost."""


def every_kind() -> set[str]:
    """Return the names of all kinds of node that there are."""
    return {kind.__name__ for kind in _below(Expr)}


def _below(kind: type[Expr]) -> set[type[Expr]]:
    found = {kind} if not kind.__subclasses__() and kind is not Expr else set()
    for inner in kind.__subclasses__():
        found |= _below(inner)
    return found


def printer(format_name: str, *, exact: bool = False) -> MathPrinter:
    """Return a format's printer in the standard notation."""
    found = named(format_name)
    assert found is not None
    return found.printer(profile("standard"), Settings(exact=exact), Page())


def drawn(format_name: str) -> dict[str, str]:
    """Return every formula as the format draws it."""
    drawing = printer(format_name)
    return {name: drawing.draw(tree) for name, tree in {**KINDS, **LOOKS}.items()}
