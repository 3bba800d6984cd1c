"""Long graphs of single numbers as calls on floats: the walks' numbers, and their refusals."""

from __future__ import annotations

import itertools
import random
import warnings
from typing import Any

import numpy as np
import pytest
from msgspec import structs

from backprop_cli.functions.single import SINGLE
from backprop_cli.graph import records
from backprop_cli.graph.operations import operations
from backprop_cli.graph.records import LONG, Graph
from backprop_cli.passes.run import run
from backprop_cli.passes.tape import Singles
from backprop_cli.passes.trace import Trace
from backprop_cli.problems import Refusal
from backprop_cli.spec.graph import FUNCTIONS

from ..networks import loads

OF_ARRAYS = ("softmax", "transpose", "sum", "mean", "max", "min")
OF_ONE = [name for name, (least, _) in FUNCTIONS.items() if least == 1 and name not in OF_ARRAYS]
OF_TWO = (
    "{} + {}",
    "{} - {}",
    "{} * {}",
    "{} / {}",
    "{}**{}",
    "{}**2 - {}",
    "{}**3 + {}**4",
    "{}**-1*{}**1.5",
    "{}**0.5 - -{}",
    "max({}, {})",
    "min({}, {})",
    "max({0}, {1}, {0}*{1})",
    "min({0}, {0}, {1})",
)
NUMBERS = (0.3, -1.7, 2.0, -0.0, 0.0, 1.0, 1e-300, 40.0, -800.0, 5e-324)


def both(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, **options: Any
) -> tuple[Trace | str, Trace | str]:
    """Return the Trace of the walks and that of the calls, or what is refused."""
    found: list[Trace | str] = []
    for shortest in (10**9, 0):
        monkeypatch.setattr(records, "LONG", shortest)
        graph = structs.replace(graph)
        assert (graph.tape is None) == (shortest > 0)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                found.append(run(graph, **options))
            except Refusal as refusal:
                found.append(str(refusal))
    return found[0], found[1]


def same(one: Trace | str, other: Trace | str) -> None:
    """Assert the same sentence, or the same bits in arrays of the same shape."""
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
        return
    for sequence in ("values", "gradients"):
        pairs = zip(getattr(one, sequence), getattr(other, sequence), strict=True)
        for number, (walked, taped) in enumerate(pairs):
            assert bits(walked) == bits(taped), (sequence, one.graph.nodes[number].ref)


def bits(array: Any) -> Any:
    return None if array is None else (np.shape(array), np.asarray(array, np.float64).tobytes())


@pytest.mark.parametrize("name", OF_ONE)
def test_every_function_of_a_number(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in NUMBERS:
        text = f"variables: {{a: {number!r}, b: 0.7}}\ngraph: {{p: {name}(a*b), o: p*p - b}}\n"
        same(*both(loads(text), monkeypatch))


@pytest.mark.parametrize("operation", OF_TWO)
def test_every_operation_on_two_numbers(operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ties of max, ±0, numbers whose product or quotient is none, and one used many times."""
    for one, other in itertools.product(NUMBERS, repeat=2):
        line = operation.format("a", "b")
        lines = f"  p: {line}\n  q: p*a\n  o: p + q*b\n"
        text = f"variables: {{a: {one!r}, b: {other!r}}}\ngraph:\n{lines}"
        same(*both(loads(text), monkeypatch))


def test_every_primitive_is_among_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """An activation by a formula of its own stands in a network's graph alone."""
    lines = [*(f"{name}(a)" for name in OF_ONE), *(each.format("a", "b") for each in OF_TWO)]
    graph = loads("variables: {a: 1, b: 2}\ngraph:\n" + written(lines, "n0"))
    layer = 'activation: {expression: "z/(1 + z**2)"}, weights: [[0.3, -2]], bias: [0.1]'
    network = f"input: [0.7, 5]\ntarget: [1]\nloss: huber\nlayers: [{{{layer}}}]\n"
    own = operations(loads(network))
    same(*both(own, monkeypatch))
    rules: list[Any] = [node.rule for node in (*graph.nodes, *own.nodes) if node.rule is not None]
    assert {type(each.primitive) for rule in rules for each in rule.operations} == set(SINGLE)


def written(lines: list[str], output: str) -> str:
    """Return the lines as a graph, n0, n1 …, with one that nothing depends on."""
    numbered = "".join(f"  n{i}: {line}\n" for i, line in enumerate(lines))
    return f"{numbered}  never: n0 + 1\noutput: {output}\n"


@pytest.mark.parametrize("seed", range(40))
def test_random_graphs(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of all that there is for single numbers, each reading any of those before it."""
    draw = random.Random(seed)
    names, lines = ["a", "b", "c"], []
    for i in range(12):
        one, other = (draw.choice(names) for _ in range(2))
        inner = draw.choice(OF_TWO).format(one, other)
        outer = draw.choice(("{}", "{}", f"{draw.choice(OF_ONE)}({{}})", "0.5*({})**1.5"))
        lines.append(outer.format(inner))
        names.append(f"n{i}")
    lines.append(" + ".join(draw.sample(names, 6)))
    text = "variables: {a: 0.3, b: -1.7, c: 2}\ndata: [c]\ngraph:\n" + written(lines, "n12")
    same(*both(loads(text), monkeypatch))


def test_an_infinity_on_the_way_to_a_finite_value_is_the_walks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "variables: {a: 1}\ngraph: {p: a - a, o: arctan(1/p) + a}\n"
    walked, taped = both(loads(text), monkeypatch, only_forward=True)
    same(walked, taped)
    assert isinstance(taped, Trace)
    assert not isinstance(taped.values, Singles)


def test_a_long_graph_is_laid_down_once_and_back_when_asked() -> None:
    lines = [f"tanh({f'n{i - 1}' if i else 'a'})*b + {i % 3}" for i in range(LONG + 50)]
    graph = loads("variables: {a: 0.3, b: 0.9}\ngraph:\n" + written(lines, f"n{LONG + 49}"))
    tape = graph.tape
    assert tape is not None
    values = run(graph, only_forward=True).values
    assert "back" not in tape.__dict__
    trace = run(graph)
    assert graph.tape is tape
    assert tape.back is tape.back
    assert isinstance(trace.values, Singles)
    assert isinstance(trace.gradients, Singles)
    assert [*map(bits, values)] == [*map(bits, trace.values)]
    assert [*map(bits, trace.values[2:9])] == [*map(bits, values)][2:9]
