"""Long graphs of single numbers as calls on floats: the walks' numbers to the last bit."""

from __future__ import annotations

import itertools
import random
import warnings
from typing import Any

import numpy as np
import pytest

from backprop_cli.graph import records
from backprop_cli.graph.records import Graph
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace
from backprop_cli.problems import Refusal
from backprop_cli.spec.graph import FUNCTIONS

from ..networks import loads

OF_ARRAYS = ("softmax", "transpose", "sum", "mean", "max", "min")
OF_ONE = [name for name, (least, _) in FUNCTIONS.items() if least == 1 and name not in OF_ARRAYS]
OF_TWO = ("{} + {}", "{} - {}", "{} * {}", "{} / {}", "{}**2 - {}", "max({}, {})", "min({}, {})")
NUMBERS = (0.3, -1.7, 2.0, -0.0, 0.0, 1.0, 1e-300, 40.0, -800.0, 5e-324)


def both(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Trace | str, Trace | str, Graph]:
    """Return what the walks find, and what is found by the tape, or why not."""
    found: list[Trace | str] = []
    for shortest in (10**9, 0):
        monkeypatch.setattr(records, "LONG", shortest)
        graph = loads(text)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                found.append(run(graph))
            except Refusal as refusal:
                found.append(str(refusal))
    return found[0], found[1], graph


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
        walked, taped, graph = both(text, monkeypatch)
        same(walked, taped)
        assert graph.tape is not None


@pytest.mark.parametrize("operation", OF_TWO)
def test_every_operation_on_two_numbers(operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ties of max, ±0, numbers whose product or quotient is none, and one used many times."""
    for one, other in itertools.product(NUMBERS, repeat=2):
        line = operation.format("a", "b")
        lines = f"  p: {line}\n  q: p*a\n  o: p + q*b\n"
        text = f"variables: {{a: {one!r}, b: {other!r}}}\ngraph:\n{lines}"
        walked, taped, graph = both(text, monkeypatch)
        same(walked, taped)
        assert graph.tape is not None


@pytest.mark.parametrize("seed", range(40))
def test_random_graphs(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of all that there is for single numbers, each reading any of those before it."""
    draw = random.Random(seed)
    names, lines = ["a", "b", "c"], []
    for i in range(12):
        one, other = (draw.choice(names) for _ in range(2))
        inner = draw.choice(OF_TWO).format(one, other)
        outer = draw.choice(("{}", "{}", f"{draw.choice(OF_ONE)}({{}})", "0.5*({})**1.5"))
        lines.append(f"  n{i}: {outer.format(inner)}")
        names.append(f"n{i}")
    total = " + ".join(draw.sample(names, 6))
    text = "variables: {a: 0.3, b: -1.7, c: 2}\ngraph:\n" + "\n".join([*lines, f"  o: {total}", ""])
    walked, taped, graph = both(text, monkeypatch)
    same(walked, taped)
    assert graph.tape is not None


def test_a_long_graph_is_laid_down_once() -> None:
    lines = "".join(f"  n{i + 1}: tanh(n{i})*b + {i % 3}\n" for i in range(400))
    graph = loads(f"variables: {{n0: 0.3, b: 0.9}}\ngraph:\n{lines}")
    assert graph.tape is graph.tape is not None
    assert len(run(graph).values) == len(graph.nodes)
