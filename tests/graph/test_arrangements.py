"""What arranges entries or goes along an axis: values, gradients, written forms, pages, errors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
import yaml
from autograd import grad

from backprop_cli.api import loads
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.expression.evaluate import evaluate
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Call, Expr, Hadamard, MatMul, Name, Transpose, mul
from backprop_cli.expression.walking import rebuild, walk
from backprop_cli.functions.compiling import compiled
from backprop_cli.functions.tangents import dotted, write_tangent
from backprop_cli.passes.run import run

from ..commands.running import refused
from ..commands.running import run as command
from ..functions.whole_numbers import whole
from ..page.capture import network_calls, shown
from ..page.pages import page
from ..page.truth import Tally
from ..pairing import has_turn

X = [[1.5, -0.25, 2.0], [0.5, 3.0, -1.25]]
Y = [[0.75, 1.0, -0.5], [2.5, -2.0, 0.1]]
U, V, C, D = [0.5, -1.5, 2.25], [1.0, 0.2, -0.7], 1.75, -0.5
GIVEN = {"X": X, "Y": Y, "u": U, "v": V, "c": C, "d": D}


def slid(x: Any, k: Any, stride: Any, padding: Any, dilation: int) -> Any:
    """Return the correlation of a matrix with a kernel, window by window."""
    (s, t), (p, q) = (
        each if isinstance(each, tuple) else (each, each) for each in (stride, padding)
    )
    x = anp.concatenate([anp.zeros((p, x.shape[1])), x, anp.zeros((p, x.shape[1]))])
    x = anp.concatenate([anp.zeros((len(x), q)), x, anp.zeros((len(x), q))], axis=1)
    tall, wide = (dilation * (n - 1) + 1 for n in k.shape)
    rows, columns = range(0, x.shape[0] - tall + 1, s), range(0, x.shape[1] - wide + 1, t)

    def window(i: int, j: int) -> Any:
        return anp.sum(x[i : i + tall : dilation, j : j + wide : dilation] * k)

    return anp.stack([anp.stack([window(i, j) for j in columns]) for i in rows])


def softmax(x: Any, axis: int) -> Any:
    e = anp.exp(x)
    return e / anp.sum(e, axis=axis, keepdims=True)


CASES: dict[str, Any] = {
    "transpose(X)": lambda X, **_: anp.transpose(X),
    "transpose(X*Y) @ Y": lambda X, Y, **_: anp.dot(anp.transpose(X * Y), Y),
    "X[1:2]": lambda X, **_: X[0:2],
    "X[2:2]": lambda X, **_: X[1:2],
    "X[:, 2:3]": lambda X, **_: X[:, 1:3],
    "X[2, 1:2]": lambda X, **_: X[1, 0:2],
    "X[:, 1]": lambda X, **_: X[:, 0],
    "X[2:]": lambda X, **_: X[1:],
    "u[2:3]": lambda u, **_: u[1:3],
    "u[:2]*u[2:]": lambda u, **_: u[:2] * u[1:],
    "sum(X, 1)": lambda X, **_: anp.sum(X, axis=0),
    "sum(X, axis=2)": lambda X, **_: anp.sum(X, axis=1),
    "sum(u, 1)": lambda u, **_: anp.sum(u),
    "mean(X, 1)": lambda X, **_: anp.mean(X, axis=0),
    "mean(X*Y, axis=2)": lambda X, Y, **_: anp.mean(X * Y, axis=1),
    "mean(X, Y)": lambda X, Y, **_: (X + Y) / 2,
    "mean(u, v, u*v)": lambda u, v, **_: (u + v + u * v) / 3,
    "mean(c, d)": lambda c, d, **_: (c + d) / 2,
    "max(X, axis=1)": lambda X, **_: anp.max(X, axis=0),
    "max(X, axis=2)": lambda X, **_: anp.max(X, axis=1),
    "min(X + Y, axis=2)": lambda X, Y, **_: anp.min(X + Y, axis=1),
    "max(c, d, c*d)": lambda c, d, **_: anp.max(anp.array([c, d, c * d])),
    "max(u, v, 0)": lambda u, v, **_: anp.maximum(anp.maximum(u, v), 0),
    "softmax(X, axis=1)": lambda X, **_: softmax(X, 0),
    "softmax(X*Y, 2)": lambda X, Y, **_: softmax(X * Y, 1),
    "softmax(u, 1)": lambda u, **_: softmax(u, 0),
    "concat(u, v)": lambda u, v, **_: anp.concatenate([u, v]),
    "concat(u, u*v, v[1:2])": lambda u, v, **_: anp.concatenate([u, u * v, v[:2]]),
    "concat(X, Y)": lambda X, Y, **_: anp.concatenate([X, Y], axis=1),
    "concat(X, Y, axis=1)": lambda X, Y, **_: anp.concatenate([X, Y], axis=0),
    "stack(c, d, c*d)": lambda c, d, **_: anp.array([c, d, c * d]),
    "stack(u, v)": lambda u, v, **_: anp.stack([u, v]),
    "gather(X, 2)": lambda X, **_: X[1],
    "gather(X, 2, 1, 2)": lambda X, **_: X[np.array([1, 0, 1])],
    "gather(u, 3, 3)": lambda u, **_: u[np.array([2, 2])],
    "gather(u*v, 3)": lambda u, v, **_: (u * v)[2],
    "max_pool2d(X, 1, 2)": lambda X, **_: anp.stack([anp.max(X[i : i + 1, :2]) for i in (0, 1)])[
        :, None
    ],
    "max_pool2d(concat(X, Y), 2)": lambda X, Y, **_: anp.stack(
        [anp.max(anp.concatenate([X, Y], axis=1)[:, 2 * j : 2 * j + 2]) for j in range(3)]
    )[None],
    "conv1d(u, v[1:2])": lambda u, v, **_: anp.stack(
        [u[0] * v[0] + u[1] * v[1], u[1] * v[0] + u[2] * v[1]]
    ),
    "conv1d(concat(u, v), u)": lambda u, v, **_: anp.stack(
        [anp.dot(anp.concatenate([u, v])[i : i + 3], u) for i in range(4)]
    ),
    "conv2d(X*Y, X[:,1:2])": lambda X, Y, **_: anp.stack(
        [anp.stack([anp.sum((X * Y)[:, j : j + 2] * X[:, :2]) for j in range(2)])]
    ),
    "conv2d(X, Y[1:1, 2:3])": lambda X, Y, **_: X[:, :2] * Y[0, 1] + X[:, 1:] * Y[0, 2],
    "conv2d(X, Y[:,1:2], stride=2, padding=1)": lambda X, Y, **_: slid(X, Y[:, :2], 2, 1, 1),
    "conv2d(Y*X, X[:,1:2], padding=2, dilation=2)": lambda X, Y, **_: slid(
        Y * X, X[:, :2], 1, 2, 2
    ),
    "conv2d(X, Y, stride=3, padding=3, dilation=2)": lambda X, Y, **_: slid(X, Y, 3, 3, 2),
    "conv1d(concat(u, v), u, stride=2, padding=1)": lambda u, v, **_: slid(
        anp.concatenate([u, v])[None], u[None], (1, 2), (0, 1), 1
    )[0],
    "max_pool2d(X, 2, stride=1, padding=1)": lambda X, **_: anp.stack(
        [
            anp.stack([anp.max(X[max(i - 1, 0) : i + 1, max(j - 1, 0) : j + 1]) for j in range(4)])
            for i in range(3)
        ]
    ),
    "max_pool2d(X + Y, 2, 1, stride=1, padding=0, dilation=1)": lambda X, Y, **_: anp.max(
        X + Y, axis=0, keepdims=True
    ),
    "X[1:2] @ transpose(Y)": lambda X, Y, **_: anp.dot(X[0:2], anp.transpose(Y)),
}
"""Expressions, and what each is in numpy."""


def weights(shape: tuple[int, ...]) -> Any:
    """Return numbers that weigh the entries of a value, so that no two gradients are alike."""
    return np.linspace(0.5, 2.0, int(np.prod(shape, dtype=int))).reshape(shape)


def graph_of(text: str) -> tuple[str, dict[str, Any], Any]:
    """Return a file in which the expression is one node, its variables, its value in numpy."""
    function = CASES[text]
    arrays = {name: np.array(value) for name, value in GIVEN.items()}
    value = np.asarray(function(**arrays))
    used = {name: value for name, value in GIVEN.items() if name in names_in(text)}
    w = weights(value.shape)
    variables = {**used, "w": w.tolist()}
    graph = {"f": text, "o": "sum(f*w)" if value.shape else "f*w"}
    return yaml.safe_dump({"variables": variables, "graph": graph}), used, value


def names_in(text: str) -> set[str]:
    return set(re.findall(r"\b[XYuvcd]\b", text))


@pytest.mark.parametrize("text", CASES)
def test_values_and_gradients(text: str) -> None:
    file, used, value = graph_of(text)
    graph = loads(file)
    trace = run(graph)
    number = graph.number(Ref("f"))
    np.testing.assert_allclose(trace.values[number], value, atol=1e-14)
    arrays = {name: np.array(each) for name, each in GIVEN.items()}
    w = weights(value.shape)
    exact = run(graph, exact=True)
    for name in used:

        def weighed(array: Any, name: str = name) -> Any:
            return anp.sum(CASES[text](**{**arrays, name: array}) * w)

        wanted = grad(weighed)(arrays[name])
        found = trace.gradients[graph.number(Ref(name))]
        closed = exact.gradients[graph.number(Ref(name))]
        assert found is not None
        assert closed is not None
        np.testing.assert_allclose(found, wanted, atol=1e-12, err_msg=name)
        np.testing.assert_allclose(np.asarray(closed, dtype=float), wanted, atol=1e-12)


@pytest.mark.parametrize("text", CASES)
def test_written_entry_by_entry(text: str) -> None:
    """Each entry's formula and each share's has the entry's number."""
    graph = loads(graph_of(text)[0])
    trace = run(graph)
    number = graph.number(Ref("f"))
    node, rule = graph.nodes[number], graph.formula(number)
    shapes = (*(graph.nodes[p].shape for p in node.parents), node.shape)
    inputs = [trace.values[p] for p in node.parents]
    g = np.linspace(-1.0, 1.5, int(np.prod(node.shape, dtype=int))).reshape(node.shape)
    known = {
        **dict(zip(rule.operands, inputs, strict=True)),
        "out": trace.values[number],
        "g": g,
    }
    for at in np.ndindex(node.shape):
        written = rule.write(tuple(i + 1 for i in at), shapes)
        assert number_of(written, known) == pytest.approx(float(trace.values[number][at]))
    for k, each in enumerate(inputs):
        share = rule.share(FLOAT64, k, g, trace.values[number], *inputs)
        for at in np.ndindex(each.shape):
            written = rule.write_share(k, tuple(i + 1 for i in at), shapes)
            assert number_of(written, known) == pytest.approx(float(share[at]), abs=1e-12)


@pytest.mark.parametrize("text", [text for text in CASES if "max_pool" not in text])
def test_derivatives_are_carried_forward(text: str) -> None:
    """A line's derivative for whole arrays is the difference of its values along a move."""
    graph = loads(graph_of(text)[0])
    number, trace = graph.number(Ref("f")), run(graph)
    node, rule, value = graph.nodes[number], graph.formula(number), trace.values[number]
    inputs = [trace.values[parent] for parent in node.parents]
    moves = [np.random.default_rng(1).normal(size=x.shape) for x in inputs]
    every = frozenset(range(len(inputs)))
    written = write_tangent(rule, every, (*(x.shape for x in inputs), node.shape))
    assert written is not None
    names: dict[str, Any] = {**dict(zip(rule.operands, inputs, strict=True)), "out": value}
    names |= {dotted(name): move for name, move in zip(rule.operands, moves, strict=True)}
    both = [
        rule.forward(FLOAT64, *(x + h * m for x, m in zip(inputs, moves, strict=True)))
        for h in (1e-6, -1e-6)
    ]
    found = array_number(written, names, value)
    np.testing.assert_allclose(found, (both[0] - both[1]) / 2e-6, atol=1e-6)


def array_number(tree: Expr, names: dict[str, Any], like: Any) -> Any:
    """Return a formula's number: as it stands, or as a line of a graph would have it."""
    try:
        return whole(tree, names, like)
    except (TypeError, KeyError, ValueError):
        rule, operands = compiled(as_line(tree))
        return rule.forward(FLOAT64, *(names[operand] for operand in operands))


def as_line(tree: Expr) -> Expr:
    """Return a formula for whole arrays as a line of a graph has it: *, @ and transpose."""
    match rebuild(tree, as_line):
        case Hadamard(factors):
            return mul(*factors)
        case MatMul((left, right)):
            return Call("matmul", (left, right))
        case Transpose(operand):
            return Call("transpose", (operand,))
        case same:
            return same


def number_of(tree: Expr, known: dict[str, Any]) -> float:
    leaves: dict[Expr, Any] = {}
    for node in walk(tree):
        if isinstance(node, Name):
            array = np.asarray(known[node.id])
            leaves[node] = float(array[tuple(int(i) - 1 for i in node.index)])
    return float(evaluate(tree, leaves, FLOAT64))


@pytest.mark.parametrize("text", CASES)
def test_the_pages_are_true(text: str, tmp_path: Path) -> None:
    """A sixth of the calls, others for the next; what pads and scatters is named, not drawn."""
    path = tmp_path / "net.yaml"
    path.write_text(graph_of(text)[0], encoding="utf-8")
    total = Tally()
    turn = list(CASES).index(text)
    for number, call in enumerate(network_calls(str(path), numbers=True, layered=False), turn):
        made = shown(*call) if has_turn(number, 6) else None
        if made is None:
            continue
        found = page(made, "")
        assert not found.faults, (call, found.faults[0])
        total.add(found)
    assert total.held > 0


@pytest.mark.parametrize("text", CASES)
def test_every_other_command(text: str, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(graph_of(text)[0], encoding="utf-8")
    for turn, call in enumerate(
        (
            ("trace", "--steps"),
            ("trace", "--as-graph", "operations"),
            ("trace", "--format", "latex"),
            ("trace", "--format", "html"),
            ("trace", "--format", "typst"),
            ("trace", "--format", "json"),
            ("describe",),
            ("gradcheck",),
            ("diagram",),
            ("diagnose",),
            ("worksheet", "--solution"),
            ("step", "--lr", "0.1"),
            ("derive", "--mode", "forward", "--numbers"),
            ("derive", "--mode", "paths", "--numbers"),
        ),
        list(CASES).index(text),
    ):
        if not has_turn(turn):
            continue
        done = command(call[0], str(path), *call[1:])
        assert done.code == 0, (call, done.err)


def test_a_largest_entry_twice_in_a_line_shares() -> None:
    """max along an axis: of two largest entries of a row each gets half, as of all entries."""
    graph = loads("variables: {X: [[2, 2], [1, 3]]}\ngraph: {m: 'max(X, axis=2)', o: sum(m)}\n")
    found = run(graph).gradients[0]
    assert found is not None
    assert found.tolist() == [[0.5, 0.5], [0.0, 1.0]]


REFUSED = {
    "a: X[1:5]": ("4:4: a: there is no X[1:5]", "it is 2 × 3"),
    "a: X[2:1]": ("a: from 2 to 1 there is no entry", "write X[1:2]: both ends are included"),
    "a: X[0:1]": ("a: entries count from 1", "the first is X[1]"),
    "a: sum(X, axis=3)": ("a: an axis is 1 or 2", "down each column"),
    "a: transpose(v)": ("a: transpose takes a matrix, not a vector", "v is a vector of 3"),
    "a: concat(X, v)": ("a: concat takes vectors, or matrices", "X is 2 × 3, v is a vector of 3"),
    "a: concat(X, transpose(X))": ("a: concat of 2 × 3 and 3 × 2", "different numbers of rows"),
    "a: stack(X, X)": ("a: stack takes numbers or vectors", "concat(A, B, axis=1)"),
    "a: stack(v, 1)": ("a: stack of 3 and one: they differ in shape", "v is a vector of 3"),
    "a: gather(X, 7)": ("a: gather: there is no row 7, it has 2 rows", "X is 2 × 3"),
    "a: gather(X, v)": (
        "a: gather takes the numbers of rows",
        "such as gather(E, 3, 1)",
    ),
    "a: sum(v, axis=2)": ("a: sum along axis 2, but a vector has one axis", "v is a vector"),
    "a: exp(v, axis=1)": ("a: exp goes along no axis", "sum, mean, max, min, softmax"),
    "a: max_pool2d(X, 3)": ("a window of 3 × 3 over 2 × 3: it is larger", "X is 2 × 3"),
    "a: conv1d(X, v)": ("a: conv1d takes two vectors", "X is 2 × 3, v is a vector of 3"),
    "a: conv2d(X, transpose(X))": ("a kernel of 3 × 2 over 2 × 3: the kernel is larger", "X is"),
    "a: conv2d(X, X, stride=0)": ("stride: a whole number from 1 on is expected", "stride=1"),
    "a: conv2d(X, X, padding=v)": ("padding: a whole number from 0 on", "padding=1"),
    "a: conv2d(X, X, stride=1, stride=1)": ("stride twice", "each once, and those last"),
    "a: conv2d(X, stride=1, X)": ("an argument after those that are given by name", "those last"),
    "a: sum(X, stride=1)": ("sum takes no stride", "conv1d, conv2d, max_pool2d"),
    "a: conv2d(X, X, axis=1)": ("conv2d goes along no axis", "sum, mean"),
    "a: conv2d(X, X, dilation=2)": ("of 2 × 3 over 2 × 3, its places 2 apart: the kernel is", "X"),
    "a: max_pool2d(X, 2, padding=2)": ("padding=2 is more than half of the window", "X is 2 × 3"),
    "a: mean(X, stack(v, v, v, v))": ("a: addition of 2 × 3 and 4 × 3", "X is 2 × 3"),
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_does_not_fit(line: str, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(f"variables: {{X: {X}, v: {V}}}\ngraph:\n  {line}\n", encoding="utf-8")
    said = refused("trace", str(path))
    for words in REFUSED[line]:
        assert words.removeprefix("4:4: ") in said, said


ROLES = """\
learning_rate: 0.1
%svariables: {x: [1, 2], y: 1, W: [[0.5, -1], [1, 2]], v: [1, 0.5]}
graph:
  h: tanh(W @ x)
  o: (dot(v, h) - y)**2
"""


@pytest.mark.parametrize("head", ["data: [x, y]\n", "parameters: [W, v]\n"])
def test_a_step_moves_the_parameters_and_no_data(head: str, tmp_path: Path) -> None:
    path, new = tmp_path / "net.yaml", tmp_path / "new.yaml"
    path.write_text(ROLES % head, encoding="utf-8")
    done = command("step", str(path))
    assert "data, so they stay: x, y" in done.out
    assert "x' " not in done.out
    assert command("step", str(path), "-o", str(new)).code == 0
    before, after = (yaml.safe_load(p.read_text(encoding="utf-8")) for p in (path, new))
    moved = {k for k, v in after["variables"].items() if v != before["variables"][k]}
    assert moved == {"W", "v"}
    assert "freeze" not in new.read_text(encoding="utf-8")


def test_roles_that_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(ROLES % "parameters: [W, z]\ndata: [x, W]\n", encoding="utf-8")
    said = refused("step", str(path))
    for words in (
        "2:17: parameters: there is no variable 'z'",
        "3:11: data: 'W' is among the parameters already",
        "variable y is neither among 'parameters' nor among 'data'",
    ):
        assert words in said
