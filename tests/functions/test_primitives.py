"""Every function and operator that a graph may name, on every shape and in every kind of number."""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
import sympy
from msgspec import Struct

from backprop_cli.arithmetic.exact import EXACT
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.arithmetic.symbolic import SYMBOLIC
from backprop_cli.expression.evaluate import evaluate
from backprop_cli.expression.parse import parse
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tokens import Grammar
from backprop_cli.expression.tree import Call, Derivative, Expr, Name, Number, Several, as_expr
from backprop_cli.expression.walking import bind, expand, substitute, walk
from backprop_cli.functions import primitives, tensors
from backprop_cli.functions.compiling import compiled
from backprop_cli.functions.formula import Formula
from backprop_cli.functions.tangents import dotted, write_tangent
from backprop_cli.functions.tidying import tidied
from backprop_cli.functions.unspecified import Unspecified
from backprop_cli.mathematics.activations import spelled_out
from backprop_cli.spec.graph import FUNCTIONS as CALLED

from ..passes import oracle_functions as oracle
from ..symbols import symbols
from .in_sympy import at, in_sympy, symbol
from .whole_numbers import whole

FUNCTIONS = {
    name: arguments
    for name, arguments in CALLED.items()
    if name not in ("transpose", "concat", "stack", "gather", "conv1d", "conv2d", "max_pool2d")
}
"""Those that arrange entries have a test of their own, in ``tests/graph``."""
Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]
STEP = 2e-4
NUMBERS = (-3.6, 1.4, -0.6, 0.35, 2.2, -1.7, 0.9, -0.2, 3.3)
OTHERS = (0.5, -1.1, 2.9, 0.75, -0.3, 1.6, -2.4, 0.15, 0.8)
POSITIVE = (0.4, 1.9, 0.7, 2.3, 1.1, 0.25, 3.1, 1.45, 0.6)
SHAPES: tuple[Shape, ...] = ((), (3,), (2, 3))
PAIRS: tuple[tuple[Shape, Shape], ...] = (
    *((one, other) for one in ((), (3,), (2, 3)) for other in ((), (3,), (2, 3))),
    ((2, 1), (2, 3)),
    ((1, 3), (2, 3)),
    ((2, 1), (3,)),
    ((2, 1), (1, 3)),
    ((1,), (3,)),
)
PRODUCTS: tuple[tuple[Shape, Shape], ...] = (
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 2)),
    ((1, 3), (3, 1)),
    ((2, 1), (1, 3)),
)
ELEMENTARY: dict[str, Callable[..., Any]] = {
    "exp": anp.exp,
    "ln": anp.log,
    "log": anp.log,
    "sqrt": anp.sqrt,
    "abs": anp.abs,
    "sign": anp.sign,
    "sin": anp.sin,
    "cos": anp.cos,
    "tan": anp.tan,
    "sinh": anp.sinh,
    "cosh": anp.cosh,
    "tanh": anp.tanh,
    "arctan": anp.arctan,
    "erf": oracle.erf,
}


class Case(Struct, frozen=True):
    """A formula in u, v and w, its operands, and the same function in autograd.numpy."""

    text: str
    inputs: tuple[Array, ...]
    function: Callable[..., Any]
    rule: Formula

    @property
    def name(self) -> str:
        return f"{self.text} {'  '.join(str(a.shape) for a in self.inputs)}"

    @property
    def value(self) -> Array:
        return np.asarray(self.function(*self.inputs), dtype=float)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return (*(array.shape for array in self.inputs), self.value.shape)

    @property
    def gradient(self) -> Array:
        """A gradient of the value to send back."""
        return np.linspace(-1.3, 1.7, self.value.size).reshape(self.value.shape)


def filled(shape: Shape, numbers: tuple[float, ...] = NUMBERS) -> Array:
    return np.array(numbers[: math.prod(shape)]).reshape(shape)


def case(text: str, function: Callable[..., Any], *inputs: Array) -> Case:
    names = ("u", "v", "w")[: len(inputs)]
    tree = parse(text, Grammar(names=names, functions=FUNCTIONS, indexing=True))
    rule, operands = compiled(tree)
    order = [names.index(operand) for operand in operands]
    assert order == sorted(order), "operands are numbered by appearance"
    return Case(text, inputs, function, rule)


def all_cases() -> Iterator[Case]:
    for name, (least, _) in FUNCTIONS.items():
        if least > 1 or name in ("sum", "mean", "max", "min", "softmax"):
            continue
        function = ELEMENTARY.get(name) or oracle.ACTIVATIONS[name]
        numbers = POSITIVE if name in ("ln", "log", "sqrt") else NUMBERS
        for shape in SHAPES:
            yield case(f"{name}(u)", function, filled(shape, numbers))
    yield from _reductions()
    yield from _binary()
    yield from _composed()


def _reductions() -> Iterator[Case]:
    for name, shape in itertools.product(("sum", "mean", "max", "min"), (*SHAPES, (1,), (2, 1))):
        yield case(f"{name}(u)", getattr(anp, name), filled(shape))
    for shape in ((3,), (2, 3), (1,), (1, 3)):
        yield case("softmax(u)", oracle.softmax, filled(shape))
    for index, shape in itertools.product(((1,), (3,)), ((3,), (3, 2))):
        yield case(f"u[{index[0]}]", lambda u, i=index[0]: u[i - 1], filled(shape))
    yield case("u[2, 3]", lambda u: u[1, 2], filled((2, 3)))


def _binary() -> Iterator[Case]:
    for one, other in PAIRS:
        u, v, positive = filled(one), filled(other, OTHERS), filled(one, POSITIVE)
        yield case("u + v", lambda u, v: u + v, u, v)
        yield case("u - v", lambda u, v: u - v, u, v)
        yield case("u * v", lambda u, v: u * v, u, v)
        yield case("u / v", lambda u, v: u / v, u, v)
        yield case("u ** v", lambda u, v: u**v, positive, v)
        yield case("max(u, v)", anp.maximum, u, v)
        yield case("min(u, v)", anp.minimum, u, v)
    for one, other in PRODUCTS:
        yield case("u @ v", anp.matmul, filled(one), filled(other, OTHERS))
    yield case("dot(u, v)", anp.dot, filled((3,)), filled((3,), OTHERS))
    for shape in SHAPES:
        u = filled(shape)
        yield case("-u", lambda u: -u, u)
        yield case("u", lambda u: u * 1.0, u)
        for n in (0, 1, 2, 3, 4, -1, -2, -3):
            yield case(f"u ** ({n})", lambda u, n=n: u ** float(n), u)
        for text, root in (("1/2", 0.5), ("-1/2", -0.5), ("5/3", 5 / 3), ("0.3", 0.3)):
            yield case(f"u ** ({text})", lambda u, n=root: u**n, filled(shape, POSITIVE))


def _composed() -> Iterator[Case]:
    """Yield formulas of several operations, with forks, constants and broadcasting inside."""
    u, v, w = filled((2, 3)), filled((3,), OTHERS), filled((), POSITIVE)
    column, square = filled((2, 1), OTHERS), filled((3, 2), OTHERS)
    yield case("u*v + w - u", lambda u, v, w: u * v + w - u, u, v, w)
    yield case("sum(u*v)", lambda u, v: anp.sum(u * v), u, v)
    yield case("mean(u + v*w)", lambda u, v, w: anp.mean(u + v * w), u, v, w)
    yield case("sum(u*v/w)", lambda u, v, w: anp.sum(u * v / w), u, column, w)
    yield case("sum(u - v)", lambda u, v: anp.sum(u - v), w, v)
    yield case("u[2] * v", lambda u, v: u[1] * v, u, v)
    yield case("u @ v @ w", lambda u, v, w: u @ v @ w, u, square, filled((2,)))
    yield case("sum(u @ v)", lambda u, v: anp.sum(u @ v), u, square)
    yield case("mean(tanh(u @ v) - w)", lambda u, v, w: anp.mean(anp.tanh(u @ v) - w), u, v, w)
    yield case("-(u - v)**2/2", lambda u, v: -((u - v) ** 2) / 2, u, v)
    yield case("exp(-u)/(1 + exp(-u))", lambda u: anp.exp(-u) / (1 + anp.exp(-u)), u)
    yield case("2*u - u*pi/e + 1/3", lambda u: 2 * u - u * np.pi / np.e + 1 / 3, u)
    yield case("softmax(u + v)", lambda u, v: oracle.softmax(u + v), u, v)
    yield case("dot(softmax(u), v)", lambda u, v: oracle.softmax(u) @ v, v, filled((3,)))
    yield case("max(u*u) - min(u, 0)", lambda u: anp.max(u * u) - anp.minimum(u, 0), u)
    yield case("sigmoid(u)*sigmoid(u)", lambda u: oracle.sigmoid(u) * oracle.sigmoid(u), u)
    yield case("sqrt(sum(u**2))", lambda u: anp.sqrt(anp.sum(u**2)), u)
    yield case("(u - mean(u))*v", lambda u, v: (u - anp.mean(u)) * v, u, v)
    yield case("u**v - w**2*v", lambda u, v, w: u**v - w**2 * v, abs(u), v, w)
    yield case("relu(u) + leaky_relu(-u)", lambda u: anp.maximum(u, 0) + oracle.leaky_relu(-u), u)
    yield case("mean(2)*u + sigmoid(1)", lambda u: 2 * u + oracle.sigmoid(1.0), u)
    yield case("u[1, 2]*u[2, 3] + v[3]", lambda u, v: u[0, 1] * u[1, 2] + v[2], u, v)
    yield case("sum(1 + 0*u) + u[1]", lambda u: anp.sum(1 + 0 * u) + u[0], v)


CASES = tuple(all_cases())
each = pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])


pytestmark = pytest.mark.usefixtures("quiet")


@each
def test_the_value_is_numpys(case: Case) -> None:
    found = case.rule.forward(FLOAT64, *case.inputs)
    assert found.shape == case.value.shape
    assert found.dtype == np.float64
    assert case.rule.shapes_of(case.shapes)[-1] == found.shape
    np.testing.assert_allclose(found, case.value, rtol=1e-13, atol=1e-14)


@each
def test_shares_are_autograds_and_central_differences(case: Case) -> None:
    g, out = case.gradient, case.rule.forward(FLOAT64, *case.inputs)

    def weighted(*inputs: Array) -> Any:
        return anp.sum(g * case.function(*inputs)) + 0.0 * sum(map(anp.sum, inputs))

    for k, array in enumerate(case.inputs):
        found = case.rule.share(FLOAT64, k, g, out, *case.inputs)
        assert found.shape == array.shape
        wanted = autograd.grad(weighted, k)(*case.inputs)
        np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-12)
        for position in np.ndindex(array.shape):

            def moved(step: float, k: int = k, position: Shape = position) -> float:
                inputs = [each.copy() for each in case.inputs]
                inputs[k][position] += step
                return float((g * case.rule.forward(FLOAT64, *inputs)).sum())

            near, far = moved(STEP) - moved(-STEP), moved(2 * STEP) - moved(-2 * STEP)
            difference = (8 * near - far) / (12 * STEP)
            assert found[position] == pytest.approx(difference, rel=2e-8, abs=2e-8)


@each
def test_exact_numbers_agree(case: Case) -> None:
    g = case.gradient
    exact = tuple(EXACT.array(array) for array in case.inputs)
    found = case.rule.forward(EXACT, *exact)
    np.testing.assert_allclose(found.astype(float), case.value, rtol=1e-13, atol=1e-14)
    out = case.rule.forward(FLOAT64, *case.inputs)
    for k in range(len(exact)):
        share = case.rule.share(EXACT, k, EXACT.array(g), found, *exact)
        wanted = case.rule.share(FLOAT64, k, g, out, *case.inputs)
        np.testing.assert_allclose(share.astype(float), wanted, rtol=1e-12, atol=1e-13)


@each
def test_symbols_agree(case: Case) -> None:
    arrays = (*case.inputs, case.gradient)
    named = [symbols(Ref(f"operand{i}"), array.shape) for i, array in enumerate(arrays)]
    numbers: dict[Expr, Any] = {}
    for names, array in zip(named, arrays, strict=True):
        numbers |= dict(zip(names.ravel(), array.ravel(), strict=True))

    def at_numbers(trees: Array) -> Array:
        flat = [at_floats(as_expr(tree), numbers) for tree in trees.ravel()]
        return np.array(flat).reshape(trees.shape)

    found = case.rule.forward(SYMBOLIC, *named[:-1])
    np.testing.assert_allclose(at_numbers(found), case.value, rtol=1e-12, atol=1e-14)
    out = case.rule.forward(FLOAT64, *case.inputs)
    for k in range(len(case.inputs)):
        share = case.rule.share(SYMBOLIC, k, named[-1], found, *named[:-1])
        wanted = case.rule.share(FLOAT64, k, case.gradient, out, *case.inputs)
        np.testing.assert_allclose(at_numbers(share), wanted, rtol=1e-11, atol=1e-12)


def at_floats(tree: Expr, leaves: dict[Expr, Any]) -> float:
    return float(evaluate(spelled_out(_elementary(expand(tree, {}))), leaves, FLOAT64))


def entries(name: str, array: Array) -> Iterator[tuple[Expr, float]]:
    """Yield each entry's name in a formula, and its number."""
    for position in np.ndindex(array.shape):
        yield Name(name, tuple(i + 1 for i in position)), float(array[position])


def leaves_of(case: Case) -> dict[Expr, float]:
    out = case.rule.forward(FLOAT64, *case.inputs)
    arrays = {**dict(zip(case.rule.operands, case.inputs, strict=True)), "out": out}
    arrays["g"] = case.gradient
    return dict(pair for name, array in arrays.items() for pair in entries(name, array))


@each
def test_the_written_entries_are_the_computed_ones(case: Case) -> None:
    leaves, out = leaves_of(case), case.rule.forward(FLOAT64, *case.inputs)
    for position in np.ndindex(out.shape):
        written = case.rule.write(tuple(i + 1 for i in position), case.shapes)
        assert at_floats(written, leaves) == pytest.approx(out[position], rel=1e-12, abs=1e-13)
    for k, array in enumerate(case.inputs):
        share = case.rule.share(FLOAT64, k, case.gradient, out, *case.inputs)
        for position in np.ndindex(array.shape):
            index = tuple(i + 1 for i in position)
            written = case.rule.write_share(k, index, case.shapes)
            assert at_floats(written, leaves) == pytest.approx(
                share[position], rel=1e-11, abs=1e-12
            )


@each
def test_the_formulas_for_whole_arrays_are_the_computed_ones(case: Case) -> None:
    out = case.rule.forward(FLOAT64, *case.inputs)
    names = dict(zip(case.rule.operands, case.inputs, strict=True))
    written = case.rule.write_value(case.shapes)
    np.testing.assert_allclose(whole(written, names, out), out, rtol=1e-12, atol=1e-13)
    names |= {"out": out, "g": case.gradient}
    for k, array in enumerate(case.inputs):
        message = case.rule.write_message(k, case.shapes)
        share = case.rule.share(FLOAT64, k, case.gradient, out, *case.inputs)
        rough = any(isinstance(n, Derivative) for n in walk(message))
        limit = 1e-8 if rough else 1e-11
        found = whole(message, names, array)
        np.testing.assert_allclose(found, share, rtol=limit, atol=limit, err_msg=str(message))


@each
def test_the_derivative_carried_forward_is_the_difference_along_it(case: Case) -> None:
    """Forward mode's line, by nothing but the rule's own values a little to both sides."""
    rng, apart = np.random.default_rng(3), 1e-6
    out = case.rule.forward(FLOAT64, *case.inputs)
    moves = [rng.normal(size=array.shape) for array in case.inputs]
    names: dict[str, Any] = {**dict(zip(case.rule.operands, case.inputs, strict=True)), "out": out}
    names |= {dotted(n): m for n, m in zip(case.rule.operands, moves, strict=True)}
    every = frozenset(range(len(moves)))
    for moved in {every, *(frozenset({k}) for k in every)}:
        written = write_tangent(case.rule, moved, case.shapes)
        assert written is not None
        sides = [
            case.rule.forward(
                FLOAT64,
                *(
                    x + sign * apart * m * (k in moved)
                    for k, (x, m) in enumerate(zip(case.inputs, moves, strict=True))
                ),
            )
            for sign in (1, -1)
        ]
        wanted = (sides[0] - sides[1]) / (2 * apart)
        found = whole(written, names, out)
        np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6, err_msg=str(written))


@pytest.mark.parametrize("function", ["max", "min"])
@pytest.mark.parametrize("called", ["{}(u)", "{}(u, axis=1)", "{}(u, axis=2)"])
def test_ties_share_equally_in_the_formula_too(function: str, called: str) -> None:
    tied = np.array([[3.0, 3.0, 3.0], [1.0, 3.0, 1.0], [1.0, 1.0, 3.0]])
    text = called.format(function)
    grammar = Grammar(names=("u",), functions=FUNCTIONS, arrays=True)
    rule, _ = compiled(parse(text, grammar))
    axis = {"1": 0, "2": 1}.get(text[-2])
    out = np.asarray(getattr(np, function)(tied, axis=axis))
    spread = out if axis is None else np.expand_dims(out, axis)
    chosen = (tied == spread).astype(float)
    names = {rule.operands[0]: tied, "out": out, "g": np.ones(out.shape)}
    found = whole(rule.write_message(0, (tied.shape,)), names, tied)
    assert found == pytest.approx(chosen / chosen.sum(axis=axis, keepdims=axis is not None))


SCALARS = [c for c in CASES if all(array.shape == () for array in c.inputs)]


@pytest.mark.parametrize("case", SCALARS, ids=[c.text for c in SCALARS])
def test_local_gradients_are_sympys(case: Case) -> None:
    names = {f"x{i + 1}": float(array) for i, array in enumerate(case.inputs)}
    value = spelled_out(case.rule.tree)
    whole_value = in_sympy(_elementary(value))
    for k in range(len(case.inputs)):
        local = spelled_out(bind(case.rule.local(k), {"out": case.rule.tree}))
        found = in_sympy(_elementary(local))
        wanted = sympy.diff(whole_value, symbol(f"x{k + 1}"))
        assert float(at(found, **names)) == pytest.approx(
            float(at(wanted.doit(), **names)), rel=1e-12, abs=1e-12
        )


def _elementary(tree: Expr) -> Expr:
    """Return the formula of single numbers without reductions: each is its argument."""
    return substitute(
        tree,
        lambda n: (
            _elementary(n.arguments[0])
            if isinstance(n, Call)
            and n.function in ("sum", "mean", "max", "min")
            and len(n.arguments) == 1
            else None
        ),
    )


# -- what is special


@pytest.mark.parametrize(
    ("text", "inputs", "wanted"),
    [
        ("max(u)", ([2.0, 5.0, 5.0],), ([0, 0.5, 0.5],)),
        ("min(u)", ([[1.0, 1.0], [1.0, 4.0]],), ([[1 / 3, 1 / 3], [1 / 3, 0]],)),
        ("max(u, v)", (3.0, 3.0), (0.5, 0.5)),
        ("min(u, v)", ([1.0, 2.0], [1.0, 3.0]), ([0.5, 1.0], [0.5, 0.0])),
        ("relu(u)", ([0.0, -1.0, 2.0],), ([0, 0, 1],)),
        ("abs(u)", ([0.0, -3.0],), ([0, -1],)),
        ("u**2", (0.0,), (0.0,)),
        ("u**1", (0.0,), (1.0,)),
        ("u**0", (0.0,), (0.0,)),
        ("u**3", (0.0,), (0.0,)),
        ("u**v", (0.0, 2.0), (0.0, 0.0)),
        ("u**v", (0.0, 1.0), (1.0, 0.0)),
        ("u**v", (0.0, 0.0), (0.0, 0.0)),
        ("u*v", (0.0, 0.0), (0.0, 0.0)),
    ],
)
@pytest.mark.parametrize("kind", [FLOAT64, EXACT], ids=["float64", "exact"])
def test_ties_kinks_and_zeros_are_pytorchs(
    text: str, inputs: tuple[Any, ...], wanted: tuple[Any, ...], kind: Any
) -> None:
    arrays = tuple(kind.array(np.asarray(each)) for each in inputs)
    rule = case(text, np.add, *arrays).rule
    out = rule.forward(kind, *arrays)
    one = kind.array(np.ones(out.shape))
    for k, expected in enumerate(wanted):
        share = rule.share(kind, k, one, out, *arrays)
        np.testing.assert_allclose(share.astype(float), expected, rtol=1e-15)


def test_ties_are_as_torch_has_them() -> None:
    torch = pytest.importorskip("torch")
    for text, function in (("max(u)", torch.amax), ("min(u)", torch.amin)):
        u = np.array([[1.0, 7.0, 7.0], [1.0, 2.0, 7.0]])
        tensor = torch.tensor(u, requires_grad=True)
        function(tensor).backward()
        rule = case(text, np.add, u).rule
        share = rule.share(FLOAT64, 0, np.asarray(1.0), rule.forward(FLOAT64, u), u)
        np.testing.assert_allclose(share, tensor.grad.numpy())


def test_the_power_at_zero_is_as_torch_has_it() -> None:
    torch = pytest.importorskip("torch")
    for base, exponent in itertools.product((0.0, 2.0), (0.0, 1.0, 2.0, 0.5)):
        if base == 0 and exponent == 0.5:
            continue
        u, v = (torch.tensor(n, dtype=torch.float64, requires_grad=True) for n in (base, exponent))
        (u**v).backward()
        arrays = (np.asarray(base), np.asarray(exponent))
        rule = case("u**v", np.add, *arrays).rule
        out = rule.forward(FLOAT64, *arrays)
        for k, tensor in enumerate((u, v)):
            share = rule.share(FLOAT64, k, np.asarray(1.0), out, *arrays)
            assert float(share) == float(tensor.grad)


def test_an_equal_part_is_computed_once() -> None:
    rule = case("exp(u)*v + exp(u)/exp(u)", np.add, np.asarray(1.0), np.asarray(2.0)).rule
    assert sum(o.primitive.name == "exp" for o in rule.operations) == 1


def test_unspecified_functions_are_written_only() -> None:
    tree = parse("f(u, v) * f(v, u)", Grammar(names="uv", functions={"f": (1, 99)}))
    rule, names = compiled(tree, (Unspecified("f"),))
    assert names == ("u", "v")
    x1, x2 = Name("x1"), Name("x2")
    assert rule.write((), ((), (), ())) == Call("f", (x1, x2)) * Call("f", (x2, x1))
    assert isinstance(rule.local(0), Expr)
    with pytest.raises(ValueError, match="f has no formula"):
        rule.forward(FLOAT64, np.asarray(1.0), np.asarray(2.0))


STANDING_IN: dict[str, Callable[..., Any]] = {
    "f": lambda y1, y2, s: anp.sin(y1) * s + y2**2,
    **{f"g{i}": lambda u1, u2, s, i=i: anp.cos(i * u1 + s) * u2 for i in (1, 2, 3)},
}
"""Functions in the place of the unspecified ones, g1, g2, g3 for the values of g."""


def test_shares_of_unspecified_vectors_are_true() -> None:
    """With any functions put in, Jᵀ g written by entry is what autograd finds."""
    grammar = Grammar(names="Ausv", functions={"f": (1, 9), "g": (1, 9)}, arrays=True)
    tree = parse("f(A @ g(u, s) + v, s)", grammar)
    rule, names = compiled(tree, (Unspecified("f", ()), Unspecified("g", (3,))))
    of = {"A": (2, 3), "u": (2,), "s": (), "v": (2,)}
    shapes = (*(of[name] for name in names), ())
    rng = np.random.default_rng(5)
    arrays = [rng.normal(size=shape) for shape in shapes[:-1]]

    def truth(*given: Any) -> Any:
        A, u, s, v = (given[names.index(name)] for name in "Ausv")
        g = anp.stack([STANDING_IN[f"g{i}"](u[0], u[1], s) for i in (1, 2, 3)])
        y = anp.dot(A, g) + v
        return STANDING_IN["f"](y[0], y[1], s)

    def put(node: Expr) -> Expr | None:
        match node:
            case Name(name, index) if name.startswith("x"):
                array = arrays[int(name[1:]) - 1]
                return Number(float(array[tuple(int(i) - 1 for i in index)]))
            case Name("g"):
                return Number(1.0)
            case Call(function, parts) if function in STANDING_IN:
                return Number(float(STANDING_IN[function](*map(number, parts))))
            case Derivative(function, Several(parts), (k,)):
                slope = autograd.grad(STANDING_IN[function], int(str(k)) - 1)
                return Number(float(slope(*map(number, parts))))
        return None

    def number(tree: Expr) -> float:
        return float(evaluate(substitute(tree, put), {}, FLOAT64))

    assert number(rule.write((), shapes)) == pytest.approx(truth(*arrays), rel=1e-12)
    for k, array in enumerate(arrays):
        expected = autograd.grad(truth, k)(*arrays)
        for place in np.ndindex(array.shape):
            share = rule.write_share(k, tuple(i + 1 for i in place), shapes)
            assert number(share) == pytest.approx(np.asarray(expected)[place], rel=1e-12)


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("u + v", ((2,), (3,))),
        ("u * v", ((2, 3), (2,))),
        ("u @ v", ((2, 3), (2,))),
        ("u @ v", ((), (2,))),
        ("dot(u, v)", ((2,), (3,))),
        ("dot(u, v)", ((2, 2), (2, 2))),
        ("softmax(u)", ((),)),
        ("u[4]", ((3,),)),
        ("u[1, 2]", ((3,),)),
        ("u[1]", ((),)),
    ],
)
def test_shapes_that_do_not_fit_are_refused(text: str, shapes: tuple[Shape, ...]) -> None:
    names = ("u", "v")[: len(shapes)]
    rule, _ = compiled(parse(text, Grammar(names=names, functions=FUNCTIONS, indexing=True)))
    with pytest.raises(ValueError, match=r".+"):
        rule.shapes_of(shapes)


def test_every_primitive_and_every_function_has_a_case() -> None:
    used = {type(o.primitive) for c in CASES for o in c.rule.operations}
    both = [*inspect.getmembers(primitives), *inspect.getmembers(tensors)]
    for name, found in both:
        home = getattr(found, "__module__", "")
        own = home in (primitives.__name__, tensors.__name__) and hasattr(found, "share")
        if own and name not in ("Primitive", "Unspecified", "Defined", "Extreme"):
            assert found in used, name
    for name in FUNCTIONS:
        assert any(f"{name}(" in c.text for c in CASES), name


def test_tidying_keeps_the_value() -> None:
    numbers: dict[Expr, Any] = {
        Name(n): value for n, value in zip("abc", (2.0, -3.0, 0.7), strict=True)
    }
    for text in ("-a*-b", "(-a)*b/(-c)", "1*a - -b", "-(-a)", "(-1)*a*1", "a/1", "-(a/b)*-c"):
        tree = parse(text, Grammar(names="abc"))
        assert at_floats(tidied(tree), numbers) == pytest.approx(at_floats(tree, numbers))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1/2*2*(a - b)", "a - b"),
        ("-(1/2*2*a*b)", "-(a*b)"),
        ("3*a*(1/3)", "a"),
        ("1/3*2*a", "1/3*2*a"),
        ("2*a*2", "2*a*2"),
        ("a/2*2", "a/2*2"),
    ],
)
def test_what_together_is_one_is_left_out(text: str, wanted: str) -> None:
    grammar = Grammar(names="abc")
    assert tidied(parse(text, grammar)) == parse(wanted, grammar)


@pytest.mark.parametrize("function", ["max", "min"])
def test_the_largest_of_several_arguments(function: str) -> None:
    """Only a loss written out over its outputs has more than two; ties share, as in PyTorch."""
    names = tuple(map(Name, "abc"))
    rule, _ = compiled(Call(function, names))
    inputs = tuple(np.array(v) for v in ([1.0, 2.0, 3.0], [1.0, 5.0, 3.0], [0.5, -1.0, 3.0]))
    out = rule.forward(FLOAT64, *inputs)
    assert np.array_equal(out, getattr(np, function)(inputs, axis=0))
    chosen = np.array([row == out for row in inputs])
    for k in range(3):
        share = rule.share(FLOAT64, k, np.array([2.0, 3.0, 4.0]), out, *inputs)
        assert np.allclose(share, np.array([2.0, 3.0, 4.0]) * chosen[k] / chosen.sum(axis=0))
