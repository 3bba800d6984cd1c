"""The gradient check: right gradients pass by every method, wrong ones fail, kinks are named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import yaml
from msgspec import structs

from backprop_cli.api import load
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.expression.refs import Ref, plain_name, stored_index
from backprop_cli.functions.rules import Rule
from backprop_cli.graph.records import Graph
from backprop_cli.graph.resolving import resolve
from backprop_cli.passes.differences import in_sympy
from backprop_cli.passes.differences.gradient_check import Checked, GradientCheck, check_gradients
from backprop_cli.passes.differences.in_sympy import MOST_PARTS, SYMPY, lift, variable
from backprop_cli.passes.differences.moved import Moved
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace, backward
from backprop_cli.problems import Refusal

from ..commands.running import CONFIGS, NAMES
from ..networks import loads, network, with_rule
from ..pairing import EACH
from . import oracle
from .small_networks import kink_body, small, traced

Array = np.ndarray[Any, Any]


def parameters(graph: Graph) -> tuple[Ref, ...]:
    return tuple(graph.nodes[number].ref for number in graph.parameters.values())


def between(graph: Graph) -> tuple[Ref, ...]:
    """Return everything else that has a gradient: x, and each z and a, or a graph's lines."""
    if not graph.layered:
        return tuple(node.ref for node in graph.nodes if node.rule is not None)
    return tuple(node.ref for node in graph.nodes if node.ref.part in ("x", "z", "a"))


def run_or_none(graph: Graph) -> Trace | None:
    """Return the trace of a random network, None where its numbers overflow."""
    try:
        return run(graph)
    except Refusal as refusal:
        if "overflows" in str(refusal):
            return None
        raise


def checked(text: str, *names: str, **options: Any) -> dict[str, Checked]:
    """Return the entries of a check by the gradients' plain names."""
    trace = traced(text)
    wanted = tuple(resolve(name, trace.graph) for name in names) or parameters(trace.graph)
    return by_name(check_gradients(trace, wanted, **options))


def by_name(check: GradientCheck) -> dict[str, Checked]:
    in_out = check.graph.in_out
    return {plain_name(entry.ref.grad(), in_out): entry for entry in check.entries}


def formula_parts(trace: Trace, ref: Ref) -> int:
    """Return how many parts the loss has, written as a formula of this entry alone."""
    leaves = {number: trace.values[number] for number in trace.graph.given}
    index = stored_index(ref, trace.graph.in_out)
    moved = Moved(trace.graph, leaves, trace.graph.number(ref), index)
    return lift(moved.loss(SYMPY, lambda v: variable(float(v.value)))).parts


# -- what is right passes


@pytest.mark.parametrize("name", NAMES)
def test_every_example_passes_by_three_methods(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where sympy is not asked, the loss's formula of this entry is past the bound."""
    trace = run(load(CONFIGS / f"{name}.yaml"))
    check = check_gradients(trace, parameters(trace.graph), most=8, sampled=2)
    assert check.passed
    assert all(entry.verdict == "pass" for entry in check.entries)
    for entry in check.entries:
        assert entry.differences.verdict == "agrees"
        assert entry.complex_step.verdict == "agrees"
        assert entry.complex_step.error < 1e-12
    asked = [entry for entry in check.entries if entry.sympy.value is not None]
    assert asked
    assert all(entry.sympy.verdict == "agrees" for entry in asked)
    assert all(entry.sympy.error < 1e-12 for entry in asked)
    monkeypatch.setattr(in_sympy, "MOST_PARTS", 10**12)
    for entry in check.entries:
        if entry not in asked:
            assert formula_parts(trace, entry.ref) > MOST_PARTS


@pytest.mark.parametrize("name", NAMES)
def test_every_example_passes_for_what_is_computed_between(name: str) -> None:
    trace = run(load(CONFIGS / f"{name}.yaml"))
    check = check_gradients(trace, between(trace.graph), sympy=False)
    assert {entry.verdict for entry in check.entries} == {"pass"}


@pytest.mark.parametrize("first", range(0, 100, 10))
def test_a_hundred_random_networks_pass(first: int) -> None:
    """Every second of them; ``PAGE=each`` takes all."""
    done = 0
    for seed in range(first, first + 10, 1 if EACH else 2):
        graph = loads(network(seed).text)
        trace = run_or_none(graph)
        if trace is None:
            continue
        wanted = (*parameters(graph), *between(graph))
        check = check_gradients(trace, wanted, most=0, sampled=1, seed=seed, sympy=seed % 25 == 5)
        assert check.passed, [e for e in check.entries if e.verdict == "fail"]
        done += len(check.entries)
    assert done > 25


@pytest.mark.parametrize("seed", [1, 2, 5, 14])
def test_each_method_agrees_with_autograd(seed: int) -> None:
    example = network(seed)
    wanted = oracle.gradients(example.spec)
    trace = traced(example.text)
    names = [name for name in wanted if name in trace.graph.parameters]
    refs = tuple(resolve(name, trace.graph) for name in names)
    check = check_gradients(trace, refs, most=0, sampled=1, seed=seed)
    for entry in check.entries:
        number = trace.graph.number(entry.ref)
        index = tuple(int(i) - 1 for i in entry.ref.index)
        if entry.ref.part == "W" and trace.graph.in_out:
            index = index[::-1]
        truth = float(wanted[plain_name(trace.graph.nodes[number].ref)][index])
        size = max(abs(truth), 1e-3)
        for method, bound in (("differences", 1e-7), ("complex_step", 1e-11), ("sympy", 1e-11)):
            value = entry.estimates[method].value
            assert value is None or abs(value - truth) < bound * size, (method, entry)


def test_a_gradient_of_an_entry_alone() -> None:
    found = checked((CONFIGS / "mazur.yaml").read_text(encoding="utf-8"), "W1[2,1]", "z1[2]")
    assert list(found) == ["dW1[2,1]", "delta1[2]"]
    assert found["dW1[2,1]"].value == 0.25


def test_rows_of_a_batch_are_of_their_own_cost() -> None:
    graph = load(CONFIGS / "xor_batch.yaml")
    check = check_gradients(run(graph), (Ref("z", 1), Ref("x")), sample=3)
    assert {entry.ref.sample for entry in check.entries} == {3}
    assert check.passed
    assert len(check.entries) == 4


def test_what_the_loss_does_not_need_has_gradient_zero() -> None:
    text = small(
        "  - {name: unused, weights: [[1, 2]], bias: [3]}\n"
        "  - {from: input, weights: [[1, -1]], bias: [0]}\n"
    )
    found = checked(text, "W1", "W2")
    assert found["dW1[1,1]"].gradient == 0
    assert {entry.verdict for entry in found.values()} == {"pass"}


def test_a_saturated_unit_does_not_fail_for_its_roundings() -> None:
    body = "  - {activation: sigmoid, weights: [[12, 12]], bias: [0]}\n"
    found = checked(small(body))
    assert {entry.verdict for entry in found.values()} == {"pass"}


def test_in_out_weights_are_named_by_the_files_own_layout() -> None:
    text = "weights_layout: in_out\n" + small("  - {weights: [[1], [3]], bias: [0]}\n")
    found = checked(text, "W1")
    assert {name: entry.value for name, entry in found.items()} == {"dW1[1,1]": 1, "dW1[2,1]": 3}


GRAPHS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "matrices": (
        {"A": [[1, 2], [3, -4]], "x": [0.5, -1]},
        {"y": "A @ x", "s": "softmax(y)", "o": "sum(s * x) + A[2,1]**3"},
    ),
    "reductions": (
        {"x": [0.5, -1, 2], "w": [1, 2, 3]},
        {"m": "max(x)", "l": "min(w)", "d": "dot(x, w)", "o": "m * l + mean(x) * d"},
    ),
    "functions": (
        {"a": 0.7, "b": 1.3},
        {
            "c": "sigmoid(a) * tanh(b)",
            "d": "ln(1 + exp(c)) + sqrt(b)",
            "o": "a**b + d / arctan(c) + gelu(a)",
        },
    ),
    "powers": ({"a": -2, "b": 3}, {"o": "a**3 * b**2 - abs(a) + max(a, b)"}),
    "tie": ({"x": [2, 2, 1]}, {"o": "3 * max(x)"}),
}


def graph_text(name: str) -> str:
    variables, lines = GRAPHS[name]
    return yaml.safe_dump({"variables": variables, "graph": lines}, sort_keys=False)


@pytest.mark.parametrize("name", [name for name in GRAPHS if name != "tie"])
def test_every_node_of_a_graph_passes(name: str) -> None:
    trace = traced(graph_text(name))
    graph = trace.graph
    wanted = tuple(node.ref for number, node in enumerate(graph.nodes) if number != graph.loss)
    check = check_gradients(trace, wanted)
    assert {entry.verdict for entry in check.entries} == {"pass"}
    told = [e.sympy.verdict for e in check.entries]
    assert told == ["agrees"] * len(told)


def test_a_tie_in_a_graph_is_a_kink() -> None:
    found = checked(graph_text("tie"))
    assert [entry.verdict for entry in found.values()] == ["kink", "kink", "pass"]
    assert found["dx[1]"].sides == pytest.approx((0, 3), abs=1e-9)
    assert found["dx[1]"].gradient == 1.5


# -- what is wrong fails


class Scaled:
    """A rule whose shares are wrong by a factor."""

    def __init__(self, rule: Rule, factor: float) -> None:
        self.rule, self.factor = rule, factor

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rule, name)

    def forward(self, xp: Any, *inputs: Array) -> Array:
        return self.rule.forward(xp, *inputs)

    def share(self, xp: Any, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        return np.asarray(self.factor * self.rule.share(xp, k, g, out, *inputs))


def broken(graph: Graph, number: int, factor: float) -> Trace:
    """Return the backward pass with one node's rule wrong by a factor."""
    rule = graph.nodes[number].rule
    assert rule is not None
    right = run(graph)
    wrong: Any = Scaled(rule, factor)
    changed = with_rule(graph, number, wrong)
    return structs.replace(backward(changed, FLOAT64, right.values), graph=graph)


@pytest.mark.parametrize("name", ["residual", "bishop", "diamond"])
@pytest.mark.parametrize("factor", [-1.0, 1.00001, 2.0])
def test_any_rule_that_is_wrong_is_caught(name: str, factor: float) -> None:
    graph = load(CONFIGS / f"{name}.yaml")
    numbers = [n for n in graph.reached if graph.nodes[n].rule is not None]
    for number in numbers:
        trace = broken(graph, number, factor)
        wanted = (*parameters(graph), *((Ref("x"),) if graph.layered else ()))
        check = check_gradients(trace, wanted, sympy=False)
        assert not check.passed, plain_name(graph.nodes[number].ref)
        assert check.worst is not None
        assert check.worst.verdict == "fail"
        assert check.worst.error > 1e-6


def test_a_small_entry_that_is_wrong_is_caught_beside_a_large_one() -> None:
    """Rounding excuses a few units in the last place of the largest gradient, and no more."""
    text = "variables: {a: 1, b: 2, c: 1e-9}\ngraph: {m: b*c, o: 3*a + m}"
    graph = loads(text)
    trace = broken(graph, graph.number(Ref("m")), 1.5)
    found = by_name(check_gradients(trace, (Ref("a"), Ref("b"))))
    assert found["d(b)"].gradient == pytest.approx(1.5e-9)
    assert (found["d(a)"].verdict, found["d(b)"].verdict) == ("pass", "fail")


@pytest.mark.parametrize("gap", [20, 26, 28, 31, 36, 40, 100, 300, 700])
@pytest.mark.parametrize("loss", ["cross_entropy", "kl_divergence", "softmax_cross_entropy"])
def test_a_saturated_softmax_is_checked_to_its_last_digits(gap: int, loss: str) -> None:
    """∂C/∂z = ±1/(1 + e^gap), by backpropagation, by the complex step and by sympy."""
    activation = "identity" if loss.startswith("softmax") else "softmax"
    layer = f"  - {{activation: {activation}, weights: [[{gap}], [0]], bias: [0, 0]}}\n"
    text = f"input: [1]\ntarget: [1, 0]\nloss: {loss}\nlayers:\n{layer}"
    truth = 1 / (1 + np.exp(float(gap)))
    for name, entry in checked(text, "b1").items():
        sign = -1 if name == "db1[1]" else 1
        assert entry.verdict == "pass"
        assert entry.gradient == pytest.approx(sign * truth, rel=1e-12)
        for estimate in (entry.complex_step, entry.sympy):
            assert estimate.value == pytest.approx(sign * truth, rel=1e-12)


def test_the_tolerance_is_the_readers() -> None:
    graph = load(CONFIGS / "bishop.yaml")
    trace = broken(graph, graph.layers[0].a, 1.0001)
    wanted = parameters(graph)
    assert not check_gradients(trace, wanted, tolerance=1e-5, sympy=False).passed
    assert check_gradients(trace, wanted, tolerance=1e-3, sympy=False).passed


def test_a_kink_beside_it_excuses_no_wrong_rule() -> None:
    body = "  - {activation: relu, weights: [[1, -0.4999999999]], bias: [0]}\n  - {weights: [[2]]"
    graph = loads(small(body + ", bias: [0]}\n"))
    trace = broken(graph, graph.layers[1].z, 2.0)
    check = check_gradients(trace, parameters(graph))
    assert by_name(check)["dW1[1,1]"].verdict == "fail"


# -- kinks


@pytest.mark.parametrize(
    ("activation", "rule"),
    [
        ("relu", "relu"),
        ("{type: leaky_relu, slope: 0.1}", "leaky_relu"),
        ('{expression: "abs(z)"}', "expression"),
        ('{expression: "max(z, 2*z)"}', "expression"),
        ('{expression: "min(0, z)"}', "expression"),
    ],
)
def test_an_entry_on_a_kink_is_named_and_not_failed(activation: str, rule: str) -> None:
    found = checked(small(kink_body(activation, "[[1, -0.5]]")))
    entry = found["dW1[1,1]"]
    assert entry.verdict == "kink"
    assert plain_name(entry.kinks[0].ref) == "z1[1]"
    assert entry.kinks[0].rule == rule
    assert entry.kinks[0].distance == 0
    assert found["db2[1]"].verdict == "pass"


def test_the_two_sides_of_a_kink_are_told() -> None:
    entry = checked(small(kink_body("relu", "[[1, -0.5]]")))["dW1[1,1]"]
    assert entry.sides == pytest.approx((0, (1 - 0.5) * 3 * 1), rel=1e-2, abs=1e-9)
    assert entry.gradient == 0


def test_a_kink_near_the_entry_is_told_with_its_distance() -> None:
    entry = checked(small(kink_body("relu", "[[1, -0.49999999999]]")), "z1")["delta1[1]"]
    assert entry.verdict == "kink"
    assert entry.kinks[0].distance == pytest.approx(2e-11, rel=1e-3)
    assert entry.complex_step.verdict == entry.sympy.verdict == "agrees"


def test_a_smaller_step_avoids_a_kink_that_is_not_so_near() -> None:
    entry = checked(small(kink_body("relu", "[[1, -0.4995]]")), "z1")["delta1[1]"]
    assert entry.verdict == "pass"
    assert entry.differences.step < 1e-3


@pytest.mark.parametrize(
    ("loss", "where"), [("absolute_error", "loss_terms[1]"), ("hinge", "loss_terms[1]")]
)
def test_a_losss_kink_is_named(loss: str, where: str) -> None:
    target = "[1]"
    text = f"input: [1]\ntarget: {target}\nloss: {loss}\nlayers:\n  - {{weights: [[1]], bias: [0]}}"
    entry = checked(text, "W1")["dW1[1,1]"]
    assert entry.verdict == "kink"
    assert plain_name(entry.kinks[0].ref) == where


def test_a_penaltys_kink_names_the_weight() -> None:
    text = "regularization: {l1: 0.5}\n" + small("  - {weights: [[0, 1]], bias: [0]}\n")
    found = checked(text, "W1")
    assert found["dW1[1,1]"].verdict == "kink"
    assert plain_name(found["dW1[1,1]"].kinks[0].ref) == "W1[1,1]"
    assert found["dW1[1,2]"].verdict == "pass"


def test_a_kink_elsewhere_does_not_matter() -> None:
    text = small("  - {activation: relu, weights: [[0, 0]], bias: none}\n")
    assert checked(text, "W1")["dW1[1,1]"].verdict == "kink"
    other = small(
        "  - {name: h, activation: relu, weights: [[0, 0]], bias: [-1]}\n"
        "  - {from: input, weights: [[1, 1]], bias: [0]}\n"
    )
    assert checked(other, "W2")["dW2[1,1]"].verdict == "pass"


# -- large networks


def test_a_large_networks_entries_are_drawn_with_a_seed() -> None:
    graph = load(CONFIGS / "bishop.yaml")
    trace = run(graph)
    one, same = (check_gradients(trace, parameters(graph), most=5, sampled=3) for _ in range(2))
    other = check_gradients(trace, parameters(graph), most=5, sampled=3, seed=1)
    assert one.sampled
    assert [e.ref for e in one.entries] == [e.ref for e in same.entries]
    assert [e.ref for e in one.entries] != [e.ref for e in other.entries]
    assert all(count <= 3 for count, _ in one.counts.values())
    whole = check_gradients(trace, parameters(graph), most=10**9, sympy=False)
    assert not whole.sampled
    assert sum(total for _, total in one.counts.values()) == len(whole.entries)


def test_sympy_is_left_out_past_a_size_and_says_so() -> None:
    rows = ", ".join(["[1, 0.5, -0.5, 0.25]"] * 4)
    layer = f"  - {{activation: gelu, weights: [{rows}], bias: [0, 0, 0, 0]}}\n"
    text = (
        f"input: [1, 2, 0.5, -1]\ntarget: [1, 1, 1, 1]\nloss: squared_error\nlayers:\n{layer * 4}"
    )
    entry = checked(text, "W1[1,1]")["dW1[1,1]"]
    assert entry.sympy.value is None
    assert entry.sympy.reason == "the formula would be too long"
    assert entry.complex_step.reason == "erf has no complex form here"
    assert entry.verdict == "pass"


def test_no_rule_is_wrong_by_accident_here() -> None:
    """The wrapper that breaks rules leaves them right with a factor of 1."""
    graph = load(CONFIGS / "bishop.yaml")
    trace = broken(graph, graph.layers[0].a, 1.0)
    assert check_gradients(trace, parameters(graph), sympy=False).passed
    assert structs.asdict(graph)["layers"] == graph.layers
