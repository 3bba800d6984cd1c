"""Forward mode agrees with the backward pass, with paths and with autograd; it uses no share."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from autograd import grad
from msgspec import structs

from backprop_cli import api
from backprop_cli.arithmetic import Arithmetic
from backprop_cli.arithmetic.dual import Dual, Duals
from backprop_cli.arithmetic.exact import EXACT
from backprop_cli.arithmetic.exact_number import Exact
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.arithmetic.symbolic import SYMBOLIC
from backprop_cli.functions.elementwise import bound_to
from backprop_cli.functions.losses import LOSSES, loss_terms
from backprop_cli.functions.primitives import Apply, PowerOf
from backprop_cli.functions.rules import fold
from backprop_cli.graph.as_graph import weights_as_nodes
from backprop_cli.graph.operations import operations
from backprop_cli.graph.records import Graph
from backprop_cli.graph.values import leaf_arrays
from backprop_cli.mathematics.activations import ACTIVATIONS
from backprop_cli.mathematics.elementary import ELEMENTARY
from backprop_cli.passes.forward_mode import tangents
from backprop_cli.passes.paths import flow
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace, backward, forward
from backprop_cli.problems import Refusal

from ..commands.running import EXAMPLES, config
from ..functions.cases import all_cases
from ..graph.random_graphs import random_graph
from ..networks import SMALL, Sizes, loads, network
from .long_graphs import long_graph
from .other_ways import forward_gradient, path_sum

Array = np.ndarray[Any, Any]
CONFIGS = [Path(config(name)) for name in EXAMPLES]
CHUNK = 20


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A graph whose output does not depend on a variable is an example too, as are infinities."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Output seems independent of input")
        with np.errstate(all="ignore"):
            yield


def by_forward_mode(trace: Trace, start: int) -> Array:
    """Return ∂output/∂start by forward mode, from the same leaves."""
    return forward_gradient(trace.graph, trace.arithmetic, given(trace), start)


def given(trace: Trace) -> dict[int, Array]:
    return {number: trace.values[number] for number in trace.graph.given}


def by_reverse_mode(trace: Trace, start: int) -> Array:
    """Return the backward pass's gradient, zeros where the output does not depend on the start."""
    found = trace.gradients[start]
    zeros = trace.arithmetic.array(np.zeros(trace.values[start].shape))
    return zeros if found is None else found


def close(found: Array, wanted: Array, limit: float, what: str) -> None:
    assert found.shape == wanted.shape, what
    scale = max(1.0, float(np.abs(wanted).max(initial=0.0)))
    assert np.abs(found - wanted).max(initial=0.0) <= limit * scale, what


def exactly(found: Array, wanted: Array, what: str) -> None:
    """Assert equality of exact numbers, among which there is no float."""
    assert found.shape == wanted.shape, what
    for one, other in zip(found.ravel(), wanted.ravel(), strict=True):
        assert type(one) is type(other) is Exact, what
        without_floats(one)
        assert one == other, what


def without_floats(number: Exact) -> None:
    value = number.value
    if not isinstance(value, Fraction) and not number.approximate:
        import sympy

        assert not value.atoms(sympy.Float)


def differentiable(graph: Graph) -> list[int]:
    """Return the nodes that the backward pass gives a gradient, leaves and inner ones."""
    return [number for number, node in enumerate(graph.nodes) if node.wants_gradient]


def modes_agree(trace: Trace, starts: list[int], what: str) -> None:
    """Assert that both modes and the sum over paths give one gradient."""
    ways = flow(trace.graph)
    for start in starts:
        wanted = by_reverse_mode(trace, start)
        found = [by_forward_mode(trace, start)]
        if ways.paths.get(start, 0) <= 200:
            found.append(path_sum(trace, start))
        for gradient in found:
            said = f"{trace.graph.nodes[start].ref}\n{what}"
            if trace.arithmetic is EXACT:
                exactly(gradient, wanted, said)
            else:
                close(gradient, wanted, 1e-12, said)


# -- computation graphs


@pytest.mark.parametrize("first", range(3000, 3080, CHUNK))
def test_modes_agree_on_random_graphs(first: int) -> None:
    for seed in range(first, first + CHUNK):
        text = random_graph(seed).text
        trace = run(api.loads(text))
        modes_agree(trace, differentiable(trace.graph), text)


@pytest.mark.parametrize("first", range(4000, 4040, CHUNK))
def test_modes_agree_exactly(first: int) -> None:
    for seed in range(first, first + CHUNK):
        text = random_graph(seed, rational=True).text
        trace = run(api.loads(text), exact=True)
        modes_agree(trace, differentiable(trace.graph), text)
        for number in trace.graph.parameters.values():
            for entry in by_forward_mode(trace, number).ravel():
                assert isinstance(entry.value, Fraction), text


@pytest.mark.parametrize("first", range(3200, 3260, CHUNK))
def test_forward_mode_is_autograds(first: int) -> None:
    for seed in range(first, first + CHUNK):
        graph = random_graph(seed)

        def output(variables: dict[str, Any], graph: Any = graph) -> Any:
            return graph.compute(variables)[graph.output]

        wanted = grad(output)(graph.variables)
        trace = run(api.loads(graph.text))
        for name, number in trace.graph.parameters.items():
            close(by_forward_mode(trace, number), np.asarray(wanted[name]), 1e-10, graph.text)


def test_values_and_derivatives_side_by_side() -> None:
    """o = (a + b)·ab/2 at a = 2, b = 3: c = 5, d = 6, o = 15; by hand."""
    graph = api.loads("variables: {a: 2, b: 3}\ngraph: {c: a + b, d: a*b, o: c*d/2}\n")
    leaves = leaf_arrays(graph, FLOAT64)
    by_a = tangents(graph, FLOAT64, leaves, 0)
    assert [float(v) for v in by_a[0]] == [2, 3, 5, 6, 15]
    assert [float(v) for v in by_a[1]] == [1, 0, 1, 3, 10.5]
    by_c = tangents(graph, FLOAT64, leaves, 2)
    assert [float(v) for v in by_c[1]] == [0, 0, 1, 0, 3]
    by_o = tangents(graph, FLOAT64, leaves, 4)
    assert [float(v) for v in by_o[1]] == [0, 0, 0, 0, 1]
    exact = tangents(graph, EXACT, leaf_arrays(graph, EXACT), 1)
    assert [entry.item().value for entry in exact[1]] == [0, 1, 1, 2, 8]


def test_a_tangent_is_a_column_of_the_jacobian() -> None:
    """∂(A v)/∂v_2 is A's second column, ∂(A v)/∂A_12 is v_2 in the first row."""
    graph = api.loads(
        'variables: {A: [[1, 2], [3, 4]], v: [5, 6]}\ngraph: {u: "A @ v", o: sum(u)}\n'
    )
    leaves = leaf_arrays(graph, FLOAT64)
    by_v = tangents(graph, FLOAT64, leaves, graph.parameters["v"], (1,))[1]
    assert by_v[2].tolist() == [2, 4]
    assert by_v[3].item() == 6
    by_entry = tangents(graph, FLOAT64, leaves, graph.parameters["A"], (0, 1))[1]
    assert by_entry[2].tolist() == [6, 0]
    with pytest.raises(ValueError, match="no entry"):
        tangents(graph, FLOAT64, leaves, graph.parameters["v"])


@pytest.mark.parametrize("arithmetic", [FLOAT64, EXACT], ids=["float64", "exact"])
@pytest.mark.parametrize(
    "line", ["o: sqrt(a)", "o: b + a**(1/2)", "o: sqrt(a*b)"], ids=["sqrt", "power", "product"]
)
def test_a_derivative_that_is_not_finite_is_refused(arithmetic: Arithmetic, line: str) -> None:
    graph = api.loads(f"variables: {{a: 0, b: 1}}\ngraph:\n  {line}\n")
    with pytest.raises(Refusal, match=r"derivative of o by a is not finite"):
        forward_gradient(graph, arithmetic, leaf_arrays(graph, arithmetic), graph.parameters["a"])


def test_a_value_that_is_not_finite_is_refused_as_in_a_trace() -> None:
    graph = api.loads("variables: {a: 0, b: 1}\ngraph: {o: b/a}\n")
    with pytest.raises(Refusal, match="it divides by 0"):
        tangents(graph, FLOAT64, leaf_arrays(graph, FLOAT64), 0)


def test_what_does_not_depend_on_the_start_has_no_share_in_it() -> None:
    """The slope of sqrt(a) at 0 is infinite; o does not ask for it by b."""
    graph = api.loads("variables: {a: 0, b: 1}\ngraph: {o: sqrt(a) + 2*b}\n")
    for arithmetic in (FLOAT64, EXACT):
        leaves = leaf_arrays(graph, arithmetic)
        found = forward_gradient(graph, arithmetic, leaves, graph.parameters["b"])
        assert float(found) == 2


def test_two_thousand_nodes_without_recursion() -> None:
    trace = run(long_graph(2_000))
    close(by_forward_mode(trace, 1), by_reverse_mode(trace, 1), 1e-12, "long")


def test_forward_mode_uses_no_share() -> None:
    for trace in (run(without_loops(api.load(path))) for path in CONFIGS if runs(path)):
        graph = structs.replace(
            trace.graph,
            nodes=tuple(
                structs.replace(n, rule=n.rule and OnlyForward(n.rule), shortcut=None)
                for n in trace.graph.nodes
            ),
        )
        with pytest.raises(AssertionError, match="no share"):
            backward(graph, FLOAT64, forward(graph, FLOAT64, given(trace)))
        for start in trace.graph.parameters.values():
            found = forward_gradient(graph, FLOAT64, given(trace), start)
            close(found, by_reverse_mode(trace, start), 1e-12, trace.graph.name)


class OnlyForward:
    """A rule without a backward pass."""

    def __init__(self, rule: Any) -> None:
        self.forward, self.name = rule.forward, rule.name

    def share(self, *_: Any) -> Any:
        raise AssertionError("no share")


# -- networks of layers


def runs(path: Path) -> bool:
    """Return whether the network has all its numbers."""
    return not api.load(path).symbolic


def without_loops(graph: Graph) -> Graph:
    """Return the network; one through time as its graph, each step's entries nodes of their own.

    That is how ``derive`` sees it: only the passes forward and backward go round a loop.
    """
    return weights_as_nodes(graph) if graph.loops else graph


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_modes_agree_on_the_packaged_networks(path: Path) -> None:
    if not runs(path):
        with pytest.raises(Refusal):
            run(api.load(path))
        return
    graph = api.load(path)
    whole = without_loops(graph)
    modes_agree(run(whole), differentiable(whole), path.stem)
    if graph.layered and graph.samples == 1:
        for seen in (weights_as_nodes(graph), operations(graph)):
            trace = run(seen)
            modes_agree(trace, list(seen.parameters.values()), path.stem)


@pytest.mark.parametrize("first", range(7000, 7060, CHUNK))
def test_modes_agree_on_random_networks(first: int) -> None:
    for seed in range(first, first + CHUNK):
        text = network(seed, SMALL if seed % 4 else Sizes(layers=4, units=3, samples=3)).text
        graph = loads(text)
        modes_agree(run(graph), differentiable(graph), text)


@pytest.mark.parametrize("seed", [*range(7102, 7110), 7111])
def test_modes_agree_exactly_on_random_networks(seed: int) -> None:
    text = network(seed, SMALL).text
    trace = run(loads(text), exact=True)
    modes_agree(trace, list(trace.graph.parameters.values()), text)


# -- every rule


CASES = {case.name: case for case in all_cases()}


@pytest.mark.parametrize("name", CASES)
def test_every_rule_runs_on_dual_numbers(name: str) -> None:
    """g·(J v) = (gᵀJ)·v: the forward pass on dual numbers against the rule's share."""
    case = CASES[name]
    for k in case.wanted:
        sides(case.rule, case.inputs, k, FLOAT64)


@pytest.mark.parametrize("name", [name for name, entry in ELEMENTARY.items() if name != "sign"])
def test_every_elementary_function_runs_on_dual_numbers(name: str) -> None:
    numbers = np.array([0.3, 1.1, 0.7]), np.array([0.8, 0.9, 0.4])
    rule = Apply(name)
    for k in range(ELEMENTARY[name].arity):
        for arithmetic in (FLOAT64, EXACT):
            sides(rule, numbers[: ELEMENTARY[name].arity], k, arithmetic)


def sides(rule: Any, inputs: tuple[Array, ...], k: int, arithmetic: Arithmetic) -> None:
    """Assert that a rule's forward on dual numbers and its share are of one Jacobian."""
    random = np.random.default_rng(7)
    duals = Duals(arithmetic)
    operands = [arithmetic.array(array) for array in inputs]
    along = arithmetic.array(np.asarray(random.integers(-4, 5, inputs[k].shape) / 4))
    lifted = [duals.array(array) for array in operands]
    lifted[k] = duals.seeded(operands[k], dict(np.ndenumerate(along)))
    out = rule.forward(arithmetic, *operands)
    g = arithmetic.array(np.asarray(random.integers(-4, 5, np.shape(out)) / 4))
    change = duals.derivatives(np.asarray(rule.forward(duals, *lifted)))
    share = fold(rule.share(arithmetic, k, g, out, *operands), operands[k].shape)
    one, other = np.sum(g * change), np.sum(share * along)
    close(np.asarray(float(one)), np.asarray(float(other)), 1e-12, rule.name)


KINKS = np.array([[-3.0, -1.0, 0.0, 1.0, 3.0]])


def slopes(rule: Any, inputs: tuple[Array, ...], k: int, arithmetic: Arithmetic) -> Array:
    """Return the derivative of each entry by its own entry of input k, by dual numbers."""
    duals = Duals(arithmetic)
    lifted = [duals.array(array) for array in inputs]
    lifted[k] = duals.seeded(inputs[k], dict.fromkeys(np.ndindex(inputs[k].shape), 1))
    return duals.derivatives(np.asarray(rule.forward(duals, *lifted))).astype(float)


@pytest.mark.parametrize("arithmetic", [FLOAT64, EXACT], ids=["float64", "exact"])
def test_conventions_at_kinks_are_the_backward_passs(arithmetic: Arithmetic) -> None:
    z = arithmetic.array(KINKS)
    for name, entry in ACTIVATIONS.items():
        if entry.kinks or name == "softsign":
            rule = bound_to(entry)
            wanted = rule.slope(arithmetic, z, rule.forward(arithmetic, z)).astype(float)
            close(slopes(rule, (z,), 0, arithmetic), wanted, 1e-15, name)
    ones = arithmetic.array(np.ones(KINKS.shape))
    for name, loss in LOSSES.items():
        if loss.takes in ("numbers", "signs"):
            terms = loss_terms(loss, 5)
            out = terms.forward(arithmetic, z, ones)
            wanted = terms.share(arithmetic, 0, ones, out, z, ones).astype(float)
            close(slopes(terms, (z, ones), 0, arithmetic), wanted, 1e-15, name)
    for pair in ("max", "min"):
        for k in (0, 1):
            gate = Apply(pair)
            out = gate.forward(arithmetic, z, ones)
            wanted = gate.share(arithmetic, k, ones, out, z, ones).astype(float)
            assert wanted[0, 3] == 0.5
            close(slopes(gate, (z, ones), k, arithmetic), wanted, 0, pair)
    from_0 = (
        arithmetic.array(np.array([[0.0, 0.0, 2.0]])),
        arithmetic.array(np.array([[0.0, 1.0, 0.0]])),
    )
    for k in (0, 1):
        power = PowerOf()
        out, g = power.forward(arithmetic, *from_0), arithmetic.array(np.ones((1, 3)))
        wanted = power.share(arithmetic, k, g, out, *from_0).astype(float)
        close(slopes(power, from_0, k, arithmetic), wanted, 1e-15, "power")


@pytest.mark.parametrize("arithmetic", [FLOAT64, EXACT], ids=["float64", "exact"])
@pytest.mark.parametrize("function", ["max", "min"])
def test_the_largest_of_several_share_equally(arithmetic: Arithmetic, function: str) -> None:
    graph = api.loads(f"variables: {{x: [2, 2, 2]}}\ngraph: {{o: {function}(x)}}\n")
    found = forward_gradient(graph, arithmetic, leaf_arrays(graph, arithmetic), 0)
    close(found.astype(float), np.full(3, 1 / 3), 1e-15, function)


@pytest.mark.parametrize("arithmetic", [FLOAT64, EXACT], ids=["float64", "exact"])
@pytest.mark.parametrize("name", ["cross_entropy", "binary_cross_entropy", "kl_divergence"])
def test_an_output_of_0_where_the_target_is_0(arithmetic: Arithmetic, name: str) -> None:
    """0·ln 0 = 0 and 0/0 = 0, as the losses say; the slope there is the backward pass's."""
    terms = loss_terms(LOSSES[name], 2)
    a = y = arithmetic.array(np.array([[0.0, 1.0]]))
    ones, out = arithmetic.array(np.ones((1, 2))), terms.forward(arithmetic, a, y)
    wanted = terms.share(arithmetic, 0, ones, out, a, y).astype(float)
    close(slopes(terms, (a, y), 0, arithmetic), wanted, 0, name)


def test_saturated_units_have_no_infinity_in_them() -> None:
    """A sigmoid far out: exp(900) overflows in floats, its slope is 0."""
    z = np.array([[-900.0, 900.0, -30.0, 30.0]])
    for name in ("sigmoid", "softplus", "silu", "mish", "elu", "tanh", "gelu"):
        rule = bound_to(ACTIVATIONS[name])
        wanted = rule.slope(FLOAT64, z, rule.forward(FLOAT64, z))
        close(slopes(rule, (z,), 0, FLOAT64), wanted, 1e-12, name)


def test_dual_numbers_are_over_floats_or_exact_ones() -> None:
    with pytest.raises(ValueError, match="symbolic"):
        Duals(SYMBOLIC)
    u = Dual(Fraction(3), Fraction(1))
    found = (2 - u) / u + u * u - 1 / u
    assert (found.value, found.derivative) == (Fraction(25, 3), Fraction(53, 9))
    assert repr(Dual(2, 1)) == "Dual(2, 1)"
