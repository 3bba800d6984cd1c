"""Hundreds of random graphs against autograd; the exact ones without a float; names, messages."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from autograd import value_and_grad

from backprop_cli import api
from backprop_cli.arithmetic.floating import Float64
from backprop_cli.expression.evaluate import evaluate
from backprop_cli.expression.refs import plain_name
from backprop_cli.expression.tree import Call, Constant, Derivative, Expr, Quantity
from backprop_cli.expression.walking import expand, substitute, walk
from backprop_cli.functions.formula import Formula
from backprop_cli.graph.names import UnknownName
from backprop_cli.graph.records import Graph
from backprop_cli.graph.resolving import resolve
from backprop_cli.mathematics.activations import spelled_out
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace
from backprop_cli.worked.entry_steps import needed_entries
from backprop_cli.worked.steps import Writer
from backprop_cli.worked.view import View

from ..functions.whole_numbers import whole
from ..networks import MANY
from .random_graphs import RandomGraph, random_graph

Array = np.ndarray[Any, Any]
CHUNK = 50
CHUNKS = range(0, MANY, CHUNK)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A graph whose output does not depend on a variable is an example too."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Output seems independent of input")
        yield


def gradient_of(trace: Trace, number: int) -> Array:
    """Return a node's gradient, zeros where the output does not depend on it."""
    found = trace.gradients[number]
    return np.zeros(trace.values[number].shape) if found is None else found.astype(float)


def agrees_with_autograd(graph: RandomGraph, trace: Trace, limit: float) -> None:
    """Assert that every value and every variable's gradient is autograd's."""
    values = graph.compute(graph.variables)
    for node, value in zip(trace.graph.nodes, trace.values, strict=True):
        wanted = np.asarray(values[node.ref.part], dtype=float)
        assert value.shape == wanted.shape, graph.text
        close(value.astype(float), wanted, limit, graph.text)

    def output(variables: dict[str, Any]) -> Any:
        return graph.compute(variables)[graph.output]

    value, gradients = value_and_grad(output)(graph.variables)
    assert trace.graph.loss is not None
    close(np.asarray(trace.values[trace.graph.loss], dtype=float), value, limit, graph.text)
    assert set(trace.graph.parameters) == set(graph.variables)
    for name, number in trace.graph.parameters.items():
        close(gradient_of(trace, number), gradients[name], limit, f"d({name}):\n{graph.text}")


def close(found: Array, wanted: Array, limit: float, text: str) -> None:
    np.testing.assert_allclose(found, wanted, rtol=limit, atol=limit, err_msg=text)


@pytest.mark.parametrize("first", CHUNKS)
def test_gradients_are_autograds(first: int) -> None:
    for seed in range(first, first + CHUNK):
        graph = random_graph(seed)
        agrees_with_autograd(graph, run(api.loads(graph.text)), 1e-10)


@pytest.mark.parametrize("first", range(0, 200, CHUNK))
def test_exact_gradients_are_fractions(first: int) -> None:
    for seed in range(first, first + CHUNK):
        graph = random_graph(seed, rational=True)
        trace = run(api.loads(graph.text), exact=True)
        agrees_with_autograd(graph, trace, 1e-12)
        for array in (*trace.values, *trace.gradients):
            for number in () if array is None else array.ravel():
                assert isinstance(number.value, Fraction), graph.text


@pytest.mark.parametrize("first", range(0, 200, CHUNK))
def test_a_gradient_is_the_sum_of_its_messages(first: int) -> None:
    for seed in range(first, first + CHUNK):
        for exact in (False, True) if seed % 5 == 0 else (False,):
            graph = random_graph(seed, rational=exact)
            trace = run(api.loads(graph.text), exact=exact)
            consumers = trace.graph.consumers
            for number, gradient in enumerate(trace.gradients):
                if gradient is None or number == trace.graph.loss:
                    continue
                uses = [use for use in consumers[number] if trace.gradients[use[0]] is not None]
                messages = [trace.message(*use) for use in uses]
                assert all(message.shape == gradient.shape for message in messages)
                total = np.asarray(sum(messages[1:], start=messages[0])).astype(float)
                close(total, gradient.astype(float), 1e-12, graph.text)


@pytest.mark.parametrize("first", range(1000, 1200, CHUNK))
def test_formulas_for_whole_arrays_give_the_messages(first: int) -> None:
    for seed in range(first, first + CHUNK):
        graph = random_graph(seed)
        trace = run(api.loads(graph.text))
        for number, node in enumerate(trace.graph.nodes):
            if isinstance(node.rule, Formula):
                written_as_computed(trace, number, node.rule, graph.text)


def written_as_computed(trace: Trace, number: int, rule: Formula, text: str) -> None:
    """Assert that a line's formula and its messages, written for whole arrays, are the numbers."""
    node, value = trace.graph.nodes[number], trace.values[number]
    inputs = [trace.values[parent] for parent in node.parents]
    shapes = (*(array.shape for array in inputs), value.shape)
    names = dict(zip(rule.operands, inputs, strict=True))
    close(whole(rule.write_value(shapes), names, value), value, 1e-10, text)
    gradient = trace.gradients[number]
    if gradient is None:
        return
    names |= {"out": value, "g": gradient}
    for position, array in enumerate(inputs):
        message = rule.write_message(position, shapes)
        if any(map(unsized, walk(message))):
            continue
        rough = any(isinstance(part, Derivative) for part in walk(message))
        found = whole(message, names, array)
        scale = max(1.0, float(abs(found).max()))
        limit = (1e-7 if rough else 1e-10) * scale
        close(found, trace.message(number, position), limit, f"{message}\n{text}")


@pytest.mark.parametrize("first", range(2000, 2080, 20))
def test_the_steps_of_entries_give_their_values(first: int) -> None:
    for seed in range(first, first + 20):
        graph = random_graph(seed)
        trace = run(api.loads(graph.text))
        leaves = entries_of(trace)
        writer = Writer(trace)
        with np.errstate(all="ignore"):
            for _, _, steps in needed_entries(writer, View(full=True)):
                for step in steps:
                    found = at_floats(step.formula, leaves)
                    wanted = float(step.value)
                    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9), graph.text
                    assert set(step.uses) <= {
                        leaf.ref for leaf in leaves if isinstance(leaf, Quantity)
                    }


def entries_of(trace: Trace) -> dict[Expr, float]:
    """Return every entry's number by its quantity."""
    leaves: dict[Expr, float] = {}
    for number, node in enumerate(trace.graph.nodes):
        arrays = {node.ref: trace.values[number], node.ref.grad(): gradient_of(trace, number)}
        for ref, array in arrays.items():
            for position in np.ndindex(array.shape):
                leaves[Quantity(ref.at(*(i + 1 for i in position)))] = float(array[position])
    return leaves


def at_floats(tree: Expr, leaves: dict[Expr, float]) -> float:
    return float(evaluate(spelled_out(expand(without_reductions(tree), {})), leaves, Near()))


class Near(Float64):
    """Floats of which two are equal that differ by rounding."""

    def compare(self, comparison: str, left: Any, right: Any) -> Any:
        if comparison == "==":
            return np.isclose(left, right, rtol=1e-12, atol=1e-14)
        return super().compare(comparison, left, right)


def without_reductions(tree: Expr) -> Expr:
    """Return the formula of single numbers without sums of one term."""

    def inner(node: Expr) -> Expr | None:
        if isinstance(node, Call) and node.function in ("sum", "mean"):
            return without_reductions(node.arguments[0])
        return None

    return substitute(tree, inner)


def unsized(tree: Expr) -> bool:
    """Return whether a sum is over a 𝟏 whose size stands only in the graph."""
    return getattr(tree, "function", "") == "sum" and Constant("ones") in walk(tree)


# -- names


def could_be_two(name: str, graph: Graph) -> bool:
    """Return whether a name is that of a node and of another node's gradient too."""
    nodes = {node.ref.part for node in graph.nodes}
    of_z = name.startswith("delta") and f"z{name[5:]}" in nodes
    return name in nodes and ((name.startswith("d") and name[1:] in nodes) or of_z)


def resolves(graph: Graph) -> int:
    """Assert that every plain name means its quantity; return how many could be two things."""
    ambiguous = 0
    for node in graph.nodes:
        for ref in (node.ref, node.ref.grad()):
            name = plain_name(ref)
            if could_be_two(name, graph):
                with pytest.raises(UnknownName, match="could be") as raised:
                    resolve(name, graph)
                assert f"({name})" in raised.value.problem.cure
                ambiguous += 1
            else:
                assert resolve(name, graph) == ref
            assert resolve(f"d({node.ref.part})", graph) == node.ref.grad()
            assert resolve(f"({node.ref.part})", graph) == node.ref
            for position in np.ndindex(node.shape):
                entry = ref.at(*(i + 1 for i in position))
                where = ",".join(str(i + 1) for i in position)
                if where:
                    head = f"d({ref.part})" if ref.gradient else f"({ref.part})"
                    assert resolve(f"{head}[{where}]", graph) == entry
                    if ref.gradient:
                        assert resolve(f"d({ref.part}[{where}])", graph) == entry
    return ambiguous


def test_the_names_of_random_graphs_resolve() -> None:
    found = [resolves(api.loads(random_graph(seed).text)) for seed in range(200)]
    assert any(found)
    assert not all(found)


NAMES = ("a", "d", "e", "pi", "g", "out", "x1", "loss", "y", "z1", "W1", "x", "b1", "cost", "mu")


def test_names_that_mean_something_elsewhere_are_the_graphs_own() -> None:
    lines = "".join(f"  {name}: {before} * 2\n" for before, name in pairwise(NAMES))
    graph = api.loads(f"variables: {{a: 3}}\ngraph:\n{lines}")
    assert resolves(graph) == 0
    trace = run(graph)
    for number, _ in enumerate(NAMES):
        assert float(trace.values[number]) == 3 * 2**number
        assert float(gradient_of(trace, number)) == 2 ** (len(NAMES) - 1 - number)


def test_a_name_that_could_be_two_things_is_refused() -> None:
    graph = api.loads("variables: {a: [1, 2], z1: 3}\ngraph: {da: sum(a), delta1: da*z1}\n")
    for name, meaning in (("da", "a"), ("delta1", "z1"), ("da[1]", "a")):
        with pytest.raises(UnknownName, match="could be") as raised:
            resolve(name, graph)
        assert f"d({meaning})" in raised.value.problem.cure
    assert resolve("dda", graph) == resolve("d(da)", graph)
    assert resolve("d(a)[2]", graph) == resolve("d(a[2])", graph)
