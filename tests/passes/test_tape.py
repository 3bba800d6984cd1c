"""Long graphs of single numbers: the calls give the walks' own numbers, and their refusals."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from msgspec import structs

from backprop_cli import api
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.functions.primitives import (
    Activate,
    Apply,
    Extreme,
    Minus,
    Plus,
    Power,
    PowerOf,
    Quotient,
    Times,
)
from backprop_cli.functions.single import FloatSteps, share_steps, value_steps
from backprop_cli.graph.records import LONG, Graph
from backprop_cli.mathematics.activations import ACTIVATIONS
from backprop_cli.mathematics.elementary import ELEMENTARY
from backprop_cli.passes.run import run
from backprop_cli.passes.tape import Singles
from backprop_cli.problems import Refusal

POWERS = ("-1", "1/2", "1", "2", "3", "4", "5/2")
PRIMITIVES: tuple[tuple[Any, int], ...] = (
    (Plus(), 1),
    (Plus(), 3),
    (Minus(), 1),
    (Times(), 2),
    (Times(), 3),
    (Quotient(), 2),
    (PowerOf(), 2),
    (Extreme("max"), 3),
    (Extreme("min"), 3),
    *((Power(Fraction(n)), 1) for n in POWERS),
    *((Apply(name), entry.arity) for name, entry in ELEMENTARY.items()),
    *((Activate(name), 1) for name, entry in ACTIVATIONS.items() if entry.letter != name),
)
NUMBERS = (-40.0, -1.5, -1.0, -0.0, 0.0, 0.3, 1.0, 1.0 / 3, 2.0, 6.0, 40.0)


def done(steps: FloatSteps, *inputs: float) -> float | None:
    """Return what the steps give; None where they divide by 0."""
    found: list[Any] = [*inputs]
    try:
        for function, *places in steps.steps:
            found.append(function(*(found[p] if isinstance(p, int) else p for p in places)))
    except ZeroDivisionError:
        return None
    return float(found[steps.result] if isinstance(steps.result, int) else steps.result)


def same(one: float | None, other: Any) -> bool:
    """Return whether two floats are the same to the last bit, or both are none."""
    array = np.asarray(other, dtype=np.float64)
    return (
        one is None
        or bool(np.isnan(one) and np.isnan(array))
        or (np.float64(one).tobytes() == array.tobytes())
    )


@pytest.mark.parametrize(("primitive", "count"), PRIMITIVES, ids=str)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_steps_are_the_primitive_on_arrays(primitive: Any, count: int) -> None:
    for inputs in product(NUMBERS[:: 1 if count < 3 else 2], repeat=count):
        arrays = [np.asarray(each) for each in inputs]
        out = np.asarray(primitive.forward(FLOAT64, *arrays), dtype=np.float64)
        assert same(done(value_steps(primitive, count), *inputs), out), inputs
        for k in range(count):
            wanted = primitive.share(FLOAT64, k, np.asarray(-0.7), out, *arrays)
            found = done(share_steps(primitive, k, count), -0.7, float(out), *inputs)
            assert same(found, wanted) or not np.isfinite(out), (k, inputs)


LINES = (
    "{u}*0.5 - {v}",
    "{u}/(2 + {v}*{v})",
    "({u} - {v})**3/{w}",
    "tanh({u}) + {v}*{v}**4",
    "sigmoid({u}*{v}) - exp(-{w}**2)",
    "max({u}, {v}, {w}) + abs({u})",
    "relu({u}) - min({u}, {u})*{v}",
    "ln(1 + exp({u})) * 0.25",
    "(1 + {u}**2)**{v} - -{w}",
    "sin({u})*{u} + sqrt(1 + {v}**2)",
    "{w}",
)


def drawn(count: int, seed: int) -> str:
    """Return a graph whose nodes each read recent ones, kept small."""
    chance, names, lines = random.Random(seed), ["a", "b", "c"], []
    for i in range(count):
        u, v, w = chance.sample(names[-6:], 3)
        line = chance.choice(LINES).format(u=u, v=v, w=w)
        lines.append(f"  n{i}: tanh({line})\n" if i % 3 else f"  n{i}: {line}\n")
        names.append(f"n{i}")
    return (
        f"variables: {{a: 0.4, b: -0.3, c: 0.7}}\ndata: [c]\ngraph:\n{''.join(lines)}"
        f"  never: a + 1\noutput: n{count - 1}\n"
    )


def walked(graph: Graph) -> Graph:
    """Return the graph with nothing laid down: the walks go node by node."""
    copy = structs.replace(graph)
    copy.__dict__["tape"] = None
    return copy


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_the_calls_give_the_walks_numbers_to_the_last_bit(seed: int) -> None:
    graph = api.loads(drawn(LONG + 50, seed))
    taped, plain = run(graph), run(walked(graph))
    assert isinstance(taped.values, Singles)
    assert isinstance(taped.gradients, Singles)
    for one, other in ((taped.values, plain.values), (taped.gradients, plain.gradients)):
        assert [n is None for n in one] == [n is None for n in other]
        assert [n.tobytes() for n in one if n is not None] == [
            n.tobytes() for n in other if n is not None
        ]
    assert [n.shape for n in taped.values] == [n.shape for n in plain.values]
    assert len(taped.values[2:9]) == 7


def chained(line: str, last: str) -> Graph:
    lines = "".join(f"  n{i}: {line.format(f'n{i - 1}' if i else 'a')}\n" for i in range(LONG))
    return api.loads(f"variables: {{a: 1}}\ngraph:\n{lines}  t: {last.format(LONG - 1)}\n")


@pytest.mark.parametrize(
    "last", ["exp(n{} + 800)", "1/(n{0} - n{0})", "ln(n{} - 100)", "sqrt(n{0} - n{0})"]
)
def test_what_is_not_finite_is_refused_in_the_walks_words(last: str) -> None:
    graph = chained("{}*0.99 + 0.01", last)
    assert graph.tape is not None
    with pytest.raises(Refusal) as taped:
        run(graph)
    with pytest.raises(Refusal) as plain:
        run(walked(graph))
    assert str(taped.value) == str(plain.value)


def test_an_infinity_on_the_way_to_a_finite_value_is_the_walks() -> None:
    graph = chained("{} + 1", "arctan(1/(n9 - n9)) + n{}")
    assert graph.tape is not None
    assert str(run(graph, only_forward=True).values) == str(
        run(walked(graph), only_forward=True).values
    )
