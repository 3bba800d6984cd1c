"""Health against numpy alone: factors, bounds, units, half precision, initialisations."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import yaml

from backprop_cli.api import load, loads
from backprop_cli.expression.refs import Ref
from backprop_cli.functions.elementwise import bound_to
from backprop_cli.functions.softmax import SOFTMAX
from backprop_cli.graph.values import draw
from backprop_cli.layers import layer_types
from backprop_cli.mathematics.activations import ACTIVATIONS
from backprop_cli.passes.health.diagnosis import Diagnosis, HealthVerdict, diagnose
from backprop_cli.passes.health.half import LARGEST, NORMAL, half_precision, loss_scale
from backprop_cli.passes.health.initial import drawn_leaves, try_initialisations
from backprop_cli.passes.health.layers import largest_slope
from backprop_cli.passes.run import run
from backprop_cli.problems import Place, Refusal
from backprop_cli.spec.arrays import Init

from ..commands.running import CONFIGS, NAMES
from ..networks import network

Array = np.ndarray[Any, Any]


FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "identity": lambda z: z,
}
SLOPES: dict[str, Callable[[Array, Array], Array]] = {
    "sigmoid": lambda z, a: a * (1 - a),
    "relu": lambda z, a: (z > 0) * 1.0,
    "tanh": lambda z, a: 1 - a**2,
    "identity": lambda z, a: np.ones_like(z),
}


class Deep:
    """A deep network of equal layers and its passes, by numpy alone."""

    def __init__(
        self, activation: str, weights: list[Array], x: Array, y: Array, bias: float = 0.0
    ) -> None:
        self.activation, self.weights, self.x, self.y, self.bias = activation, weights, x, y, bias
        self.deltas: list[Array] = []
        self.slopes: list[Array] = []
        a = np.atleast_2d(x)
        for w in weights:
            z = a @ w.T + bias
            a = FUNCTIONS[activation](z)
            self.slopes.append(SLOPES[activation](z, a))
        self.output = a
        delta = (a - y) * self.slopes[-1]
        self.deltas = [delta]
        for w, slope in zip(reversed(weights[1:]), reversed(self.slopes[:-1]), strict=True):
            delta = (delta @ w) * slope
            self.deltas.insert(0, delta)

    def text(self) -> str:
        layers = [
            {"activation": self.activation, "weights": w.tolist(), "bias": [self.bias] * len(w)}
            for w in self.weights
        ]
        spec = {"input": self.x.tolist(), "target": self.y.tolist(), "layers": layers}
        return yaml.safe_dump({**spec, "loss": "half_squared_error"})

    def diagnosis(self) -> Diagnosis:
        return diagnose(run(loads(self.text())))


def gaussian(depth: int, width: int, scale: float, seed: int) -> list[Array]:
    random = np.random.default_rng(seed)
    return [random.normal(0, scale, (width, width)) for _ in range(depth)]


def data(width: int, seed: int, samples: int = 0) -> tuple[Array, Array]:
    random = np.random.default_rng(100 + seed)
    shape = (samples, width) if samples else (width,)
    return random.normal(size=shape), random.uniform(0.1, 0.9, shape)


def only(diagnosis: Diagnosis) -> HealthVerdict:
    (verdict,) = diagnosis.verdicts
    return verdict


# -- vanishing, exploding, steady


@pytest.mark.parametrize("samples", [0, 5])
def test_ten_sigmoid_layers_vanish_by_the_right_factor(samples: int) -> None:
    deep = Deep("sigmoid", gaussian(10, 4, 0.5, 1), *data(4, 1, samples))
    found = deep.diagnosis()
    norms = [float(np.linalg.norm(delta)) for delta in deep.deltas]
    verdict = only(found)
    assert (verdict.kind, verdict.layer, verdict.steps) == ("vanishing", 1, 9)
    assert verdict.ratio == pytest.approx(norms[0] / norms[-1], rel=1e-10)
    assert verdict.factor == pytest.approx((norms[0] / norms[-1]) ** (1 / 9), rel=1e-10)
    for layer in found.layers:
        assert layer.delta == pytest.approx(norms[layer.index - 1], rel=1e-10)
    for layer, slope, weights in zip(found.layers, deep.slopes, deep.weights[1:], strict=False):
        above = deep.deltas[layer.index]
        sent = above @ weights
        (edge,) = layer.edges
        assert edge.above == layer.index + 1
        assert edge.weights == pytest.approx(np.linalg.norm(sent) / np.linalg.norm(above))
        assert edge.slopes == pytest.approx(np.linalg.norm(sent * slope) / np.linalg.norm(sent))
        assert edge.factor == pytest.approx(norms[layer.index - 1] / norms[layer.index])
        assert edge.bound == pytest.approx(0.25 * np.linalg.svd(weights)[1][0])
        assert edge.bound is not None
        assert edge.factor <= edge.bound
        assert layer.product == pytest.approx(layer.ratio, rel=1e-10)


def test_relu_with_hes_weights_does_not_vanish() -> None:
    deep = Deep("relu", gaussian(10, 32, math.sqrt(2 / 32), 3), *data(32, 3, 8))
    verdict = only(deep.diagnosis())
    ratio = np.linalg.norm(deep.deltas[0]) / np.linalg.norm(deep.deltas[-1])
    assert verdict.kind == "steady"
    assert verdict.ratio == pytest.approx(ratio, rel=1e-10)


def test_a_linear_network_of_threes_explodes_by_three_a_layer() -> None:
    deep = Deep("identity", [3 * np.eye(3)] * 10, *data(3, 1))
    found = deep.diagnosis()
    verdict = only(found)
    assert (verdict.kind, verdict.layer) == ("exploding", 1)
    assert verdict.factor == pytest.approx(3, rel=1e-12)
    assert verdict.ratio == pytest.approx(3**9, rel=1e-12)
    assert found.layers[0].bound == pytest.approx(3**9)


@pytest.mark.parametrize(("factor", "kind"), [(2.0, "exploding"), (0.5, "vanishing")])
def test_a_steady_network_says_how_many_more_layers_it_could_bear(factor: float, kind: str) -> None:
    x, y = data(2, 5)
    verdict = only(Deep("identity", [factor * np.eye(2)] * 4, x, y).diagnosis())
    assert verdict.kind == "steady"
    deeper = Deep("identity", [factor * np.eye(2)] * (4 + verdict.further), x, y)
    assert only(deeper.diagnosis()).kind == kind
    almost = Deep("identity", [factor * np.eye(2)] * (3 + verdict.further), x, y)
    assert only(almost.diagnosis()).kind == "steady"


def test_no_error_at_the_output_is_said() -> None:
    deep = Deep("identity", [np.eye(2)] * 3, np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    assert only(deep.diagnosis()).kind == "silent"


def test_a_layer_without_one_below_is_said() -> None:
    assert only(Deep("sigmoid", gaussian(1, 2, 1, 1), *data(2, 1)).diagnosis()).kind == "single"


def test_an_error_that_stops_is_said_with_the_layer_where_it_stops() -> None:
    weights = [np.eye(2), np.eye(2), -np.eye(2), np.eye(2)]
    deep = Deep("relu", weights, np.array([1.0, 2.0]), np.array([1.0, 3.0]), 0.0)
    text = deep.text().replace("relu", "relu", 3)
    spec = yaml.safe_load(text)
    spec["layers"][-1]["activation"] = "identity"
    verdict = only(diagnose(run(loads(yaml.safe_dump(spec)))))
    assert (verdict.kind, verdict.layer) == ("blocked", 3)


# -- skips and merges


def test_along_a_skip_the_error_arrives_that_the_layers_product_loses() -> None:
    layers: list[dict[str, Any]] = [{"name": "s0", "weights": np.eye(2).tolist(), "bias": [0, 0]}]
    for i in range(1, 9):
        weights = (0.3 * np.eye(2)).tolist()
        layers.append({"name": f"h{i}", "from": f"s{i - 1}", "activation": "sigmoid",
                       "weights": weights, "bias": [0, 0]})  # fmt: skip
        layers.append({"name": f"s{i}", "type": "add", "from": [f"s{i - 1}", f"h{i}"]})
    spec = {"input": [1, -1], "target": [0, 0], "loss": "half_squared_error", "layers": layers}
    found = diagnose(run(loads(yaml.safe_dump(spec))))
    first = found.layers[0]
    assert not found.chain
    assert only(found).kind == "steady"
    assert [edge.above for edge in first.edges] == [3, 2]
    assert first.product == pytest.approx(1)
    assert first.ratio > 1
    assert sum(edge.part for edge in first.edges) == pytest.approx(1)
    through = found.layers[1].edges[0]
    assert through.bound == pytest.approx(0.25)


@pytest.mark.parametrize("seed", range(0, 60, 2))
def test_on_any_network_shares_add_up_and_bounds_hold(seed: int) -> None:
    try:
        trace = run(loads(network(seed).text))
    except Refusal:
        return
    found = diagnose(trace)
    for layer in found.layers:
        if not layer.edges:
            continue
        assert sum(edge.part for edge in layer.edges) in (0, pytest.approx(1))
        for edge in layer.edges:
            assert edge.bound is None or edge.factor <= edge.bound * (1 + 1e-9)
        if found.chain:
            assert layer.product == pytest.approx(layer.ratio, rel=1e-8, abs=1e-300)


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_no_slope_is_larger_than_the_largest(name: str) -> None:
    rule = bound_to(ACTIVATIONS[name])
    largest = largest_slope(rule)
    assert largest is not None
    z = np.random.default_rng(0).normal(0, 4, 50_000)
    from backprop_cli.arithmetic.floating import FLOAT64

    slopes = np.abs(rule.slope(FLOAT64, z, rule.forward(FLOAT64, z)))
    assert slopes.max() <= largest * (1 + 1e-12)
    assert slopes.max() > largest * 0.999


def test_known_largest_slopes() -> None:
    """Of σ ¼; of GELU at z = √2: Φ(√2) + √2 φ(√2)."""
    assert largest_slope(bound_to(ACTIVATIONS["sigmoid"])) == 0.25
    phi = math.exp(-1) / math.sqrt(2 * math.pi)
    gelu = 0.5 * (1 + math.erf(1)) + math.sqrt(2) * phi
    assert largest_slope(bound_to(ACTIVATIONS["gelu"])) == pytest.approx(gelu, rel=1e-9)
    assert largest_slope(SOFTMAX) == 0.5
    from backprop_cli.expression.tree import Name
    from backprop_cli.functions.expressions import custom_activation

    assert largest_slope(bound_to(custom_activation(Name("z") ** 2))) is None


# -- units


UNITS = """
input: [[1, 0], [0, 1], [-1, 0]]
target: [[0], [1], [0]]
loss: half_squared_error
layers:
  - {activation: sigmoid, weights: [[9, 0], [0.5, 0.5], [8, 8]], bias: [0, 0, 0]}
  - {activation: relu, weights: [[1, 1, 1], [-1, -1, -1]], bias: [0, 0]}
  - {weights: [[1, 1]], bias: [0]}
"""


def test_saturated_and_dead_units_are_named_with_their_samples() -> None:
    """σ′(9) = 1.2e-4 and σ′(8) = 3.4e-4 are below 5 % of ¼; −Σσ is never above 0."""
    found = diagnose(run(loads(UNITS)))
    assert [(u.layer, *u.index, u.state, u.samples) for u in found.units] == [
        (1, 1, "saturated", (1, 3)),
        (1, 3, "saturated", (1, 2, 3)),
        (2, 2, "dead", (1, 2, 3)),
    ]
    slope = math.exp(-8) / (1 + math.exp(-8)) ** 2
    assert found.units[1].largest == pytest.approx(slope)
    (off,) = [each for each in found.off if each.off]
    assert (off.layer, off.off, off.of) == (2, 3, 6)


@pytest.mark.parametrize("kind", ["gru", "lstm"])
def test_a_gate_is_saturated_by_itself(kind: str) -> None:
    """The forget or update gate at z = 20: σ′(20) = 2e-9 of ¼, while the state is looked at too."""
    far, gates = {"gru": "u", "lstm": "f"}[kind], {"gru": "run", "lstm": "ifgo"}[kind]
    weights = ", ".join(f"{gate}: [[{20 if gate == far else 0.5}]]" for gate in gates)
    none = ", ".join(f"{gate}: [[0.1]]" for gate in gates)
    text = (
        "input: [[1], [0.1]]\ntarget: [[0], [0]]\nloss: half_squared_error\nlayers:\n"
        f"  - {{type: {kind}, weights: {{{weights}}}, recurrent_weights: {{{none}}}, bias: none}}\n"
    )
    found = diagnose(run(loads(text)))
    (gate,) = found.gates
    assert (gate.index, gate.state, gate.samples) == ((1, 1), "saturated", (1,))
    assert found.graph.nodes[gate.node].ref.part == far
    assert gate.largest == pytest.approx(math.exp(-20) / (1 + math.exp(-20)) ** 2, rel=1e-6)
    assert found.units == ()


SHARING = {
    "conv1d": """\
input: [[1, -2, 0.5, 3, 1, -1]]
layers:
  - {type: conv1d, weights: [[[0.5, -1]], [[1, 1]]], bias: [-0.5, -50], activation: relu}
  - {type: flatten}
  - {units: 1, weights: {init: ones}, bias: none}
""",
    "conv2d": """\
input: [[1, -2, 0.5], [3, 1, -1], [0, 2, 1]]
layers:
  - {type: conv2d, filters: 3, weights: [[[[1, -1], [0.5, 1]]], [[[-1, 1], [-2, 1]]],
     [[[0, 1], [0, 0]]]], bias: [0, -9, 0.5], activation: relu}
  - {type: flatten}
  - {units: 1, weights: {init: ones}, bias: none}
""",
    "recurrent": """\
input: [[1], [-2], [3]]
layers:
  - {type: recurrent, units: 3, activation: relu, weights: [[0.5], [-1], [0.1]],
     recurrent_weights: [[0.1, 0, 0], [0, 0.2, 0], [0, 0, 0.1]], bias: [0, 0, -9]}
  - {type: flatten}
  - {units: 1, weights: {init: ones}, bias: none}
""",
    "a sequence": """\
input: [[1, 2], [-2, 1], [3, -1]]
sample_shape: [3, 2]
layers:
  - {units: 2, activation: relu, weights: [[0.5, -1], [1, 1]], bias: [0, -9]}
  - {type: flatten}
  - {units: 1, weights: {init: ones}, bias: none}
""",
}


@pytest.mark.parametrize("name", SHARING)
def test_a_unit_that_is_off_in_places_is_not_dead(name: str) -> None:
    """A dead unit is one whose bias gets nothing; the others are off here and there."""
    trace = run(loads(SHARING[name] + "target: [-50]\nloss: half_squared_error\n"))
    found = diagnose(trace)
    at = 1 if name in ("recurrent", "a sequence") else 0
    states: dict[int, set[str]] = {}
    for unit in found.units:
        states.setdefault(unit.index[at], set()).add(unit.state)
    learns = trace.array(Ref("b", 1, gradient=True)) != 0
    dead = {number + 1 for number in np.flatnonzero(~learns).tolist()}
    assert {unit for unit, seen in states.items() if "dead" in seen} == dead
    assert dead
    assert all(seen == {"dead"} for unit, seen in states.items() if unit in dead)
    assert any(seen == {"off"} for seen in states.values())


def test_one_sample_has_its_own_units() -> None:
    found = diagnose(run(loads(UNITS)), sample=2)
    assert [(u.layer, *u.index, u.samples) for u in found.units] == [(1, 3, (2,)), (2, 2, (2,))]


@pytest.mark.parametrize(
    ("z", "saturated"), [(4.0, False), (4.3, False), (4.4, True), (-4.4, True), (0.0, False)]
)
def test_a_unit_is_saturated_below_five_percent(z: float, saturated: bool) -> None:
    """σ′(z)/¼ is 5 % at z = ±4.357."""
    text = (
        f"input: [{z}]\ntarget: [0]\nloss: half_squared_error\n"
        "layers:\n  - {activation: sigmoid, weights: [[1]], bias: [0]}\n"
    )
    assert bool(diagnose(run(loads(text))).units) is saturated


@pytest.mark.parametrize(
    ("activation", "z", "state"),
    [
        ("leaky_relu", -2.0, []),  # slope 0.01 of 1, however far out
        ("{type: leaky_relu, slope: 0.3}", -2.0, []),
        ("relu", -2.0, ["dead"]),
        ("silu", -1.2784645, []),  # a turning point: σ′ = 0 here, and not further out
        ("silu", -9.0, ["saturated"]),
        ("elu", -3.1, ["saturated"]),
        ("elu", -2.9, []),
        ("hard_tanh", 1.5, ["saturated"]),
        ("softsign", 3.0, []),
        ("softsign", -4.0, ["saturated"]),
    ],
)
def test_what_is_saturated_levels_off(activation: str, z: float, state: list[str]) -> None:
    text = (
        f"input: [{z}]\ntarget: [0]\nloss: half_squared_error\n"
        f"layers:\n  - {{activation: {activation}, weights: [[1]], bias: [0]}}\n"
    )
    assert [unit.state for unit in diagnose(run(loads(text))).units] == state


def test_a_relu_that_is_on_for_one_sample_is_not_dead() -> None:
    text = (
        "input: [[1], [-1]]\ntarget: [[0], [0]]\nloss: half_squared_error\n"
        "layers:\n  - {activation: relu, weights: [[1]], bias: [0]}\n"
    )
    found = diagnose(run(loads(text)))
    assert found.units == ()
    assert [(each.off, each.of) for each in found.off] == [(1, 2)]


# -- half precision


def test_what_float16_loses_is_what_numpys_loses() -> None:
    deep = Deep("sigmoid", gaussian(10, 4, 0.5, 1), *data(4, 1, 3))
    trace = run(loads(deep.text()))
    half = half_precision(trace)
    names = {quantity.ref: quantity for quantity in half.quantities}
    arrays = {name: trace.gradients[node] for name, node in trace.graph.parameters.items()}
    for name, array in arrays.items():
        assert array is not None
        quantity = names[trace.graph.nodes[trace.graph.parameters[name]].ref]
        held = array.astype(np.float16)
        assert quantity.zero == int(((held == 0) & (array != 0)).sum())
        tiny = np.finfo(np.float16).smallest_normal
        assert quantity.subnormal == int(((held != 0) & (np.abs(held) < tiny)).sum())
    assert half.zero > 0
    for name, array in arrays.items():
        assert array is not None
        quantity = names[trace.graph.nodes[trace.graph.parameters[name]].ref]
        scaled = np.abs((array * half.scale).astype(np.float16))
        tiny = np.finfo(np.float16).smallest_normal
        lost = (int((scaled == 0).sum()), int(((scaled > 0) & (scaled < tiny)).sum()), 0)
        assert quantity.after == lost
        assert np.isfinite(scaled).all()


@pytest.mark.parametrize(
    ("smallest", "largest", "scale"),
    [
        (1e-3, 1.0, 1.0),
        (2.0**-14, 1.0, 1.0),
        (2.0**-15, 1.0, 2.0),
        (2.0**-30, 1.0, 2.0**15),
        (2.0**-31, 1.0, 2.0**15),
        (1e-3, 70000.0, 0.5),
        (2.0**-10, 2.0**17, 0.25),
    ],
)
def test_the_loss_scale_is_the_least_that_serves(
    smallest: float, largest: float, scale: float
) -> None:
    assert loss_scale(smallest, largest) == scale
    assert largest * scale <= LARGEST
    if smallest * scale < NORMAL:
        assert largest * scale * 2 > LARGEST


def test_gradients_too_far_apart_are_told() -> None:
    text = (
        "input: [1, 1e-9]\ntarget: [0]\nloss: half_squared_error\n"
        "layers:\n  - {weights: [[1, 1]], bias: [0]}\n"
    )
    half = half_precision(run(loads(text)))
    assert not half.clean
    assert half.scale == 2.0**15
    assert [(q.zero, q.after) for q in half.quantities if q.zero] == [(1, (0, 1, 0))]


# -- initialisations


@pytest.mark.parametrize("scheme", ["xavier_normal", "he_normal"])
@pytest.mark.parametrize("in_out", [False, True])
def test_an_initialisation_is_run_on_this_very_network(scheme: str, in_out: bool) -> None:
    x, y = data(5, 7, 3)
    weights = gaussian(6, 5, 0.01, 2)
    deep = Deep("tanh", weights, x, y, 0.5)
    spec = yaml.safe_load(deep.text())
    if in_out:
        spec["weights_layout"] = "in_out"
        for layer in spec["layers"]:
            layer["weights"] = np.array(layer["weights"]).T.tolist()
    trace = run(loads(yaml.safe_dump(spec)))
    (tried,) = [t for t in try_initialisations(trace, 1, seeds=3) if t.scheme == scheme]
    ratios = []
    for seed in range(3):
        init = Init(scheme, Place(1, 1))
        drawn = [draw(init, (5, 5), seed, layer, "W") for layer in range(1, 7)]
        again = Deep("tanh", drawn, x, y, 0.0)
        ratios.append(np.linalg.norm(again.deltas[0]) / np.linalg.norm(again.deltas[-1]))
    mean = math.exp(np.mean(np.log(ratios)))
    assert tried.ratios[1] == pytest.approx(mean, rel=1e-10)


@pytest.mark.parametrize("layout", ["out_in", "in_out"])
@pytest.mark.parametrize(
    ("image", "layer"),
    [
        ("[[1, 2, 3], [4, 5, 6], [7, 8, 9]]", "{type: conv2d, filters: 2, kernel: [2, 1]"),
        ("[[1, 2, 3], [4, 5, 6]]", "{type: conv1d, filters: 2, kernel: 2"),
        ("[1, 2, 3]", "{units: 4"),
    ],
)
def test_weights_are_drawn_as_a_file_draws_them(image: str, layer: str, layout: str) -> None:
    own = "weights: {init: he_normal}, bias: none}"
    text = (
        f"weights_layout: {layout}\nseed: 4\ninput: {image}\ntarget: [1, 0]\n"
        f"loss: half_squared_error\nlayers:\n  - {layer}, {own}\n  - {{type: flatten}}\n"
        f"  - {{units: 2, {own}\n"
    )
    trace = run(loads(text))
    for number, numbers in drawn_leaves(trace, "he_normal", 4).items():
        assert np.array_equal(numbers, trace.values[number])


def test_no_weight_of_any_layer_type_is_left_at_zero() -> None:
    """With zeros no error would get through, and the page would say so of the scheme."""
    for entry in layer_types().values():
        trace = run(loads(entry.example))
        drawn = drawn_leaves(trace, "he_normal", 1)
        for held in (each for layer in trace.graph.layers for each in layer.held):
            if held.kind == "weight" and len(trace.graph.nodes[held.node].shape) > 1:
                assert drawn[held.node].all(), (entry.name, held.part)


def test_what_the_schemes_would_change_is_what_theory_says() -> None:
    """He keeps the error of ReLU layers, Xavier halves its square a layer; σ loses with both."""
    relu = Deep("relu", gaussian(12, 40, 0.01, 1), *data(40, 1, 20)).diagnosis()
    xavier, he = relu.tried
    assert (xavier.name, he.name) == ("Xavier", "He")
    assert he.ratios[1] ** (1 / 11) == pytest.approx(1, abs=0.1)
    assert xavier.ratios[1] ** (1 / 11) == pytest.approx(math.sqrt(0.5), abs=0.08)
    sigmoid = Deep("sigmoid", gaussian(10, 10, 1, 1), *data(10, 1, 4)).diagnosis()
    assert all(tried.ratios[1] < 1e-3 for tried in sigmoid.tried)


def test_the_same_seeds_give_the_same_answer() -> None:
    trace = run(load(CONFIGS / "bishop.yaml"))
    assert try_initialisations(trace, 1) == try_initialisations(trace, 1)


# -- every example


@pytest.mark.parametrize("name", NAMES)
def test_every_example_has_a_diagnosis(name: str) -> None:
    found = diagnose(run(load(CONFIGS / f"{name}.yaml")))
    assert found.verdicts
    assert found.half is not None
    assert found.kept


@pytest.mark.parametrize("times", [2, 3])
def test_a_concatenation_multiplies_an_error_by_no_more_than_its_norm(times: int) -> None:
    """Joined k times the vector is stacked k times: ‖[I; …; I]‖₂ = √k, and it is reached."""
    rows = ", ".join(["1, 0.5"] * times)
    text = (
        "input: [0.1]\ntarget: [2]\nloss: half_squared_error\nlayers:\n"
        "  - {name: h, weights: [[1], [-1]], bias: [0, 0]}\n"
        f"  - {{type: concat, from: [{', '.join(['h'] * times)}]}}\n"
        f"  - {{weights: [[{rows}]], bias: [0]}}\n"
    )
    (edge,) = diagnose(run(loads(text))).layers[0].edges
    stacked = np.vstack([np.eye(2)] * times)
    assert edge.bound == pytest.approx(float(np.linalg.norm(stacked, 2)), rel=1e-12)
    assert edge.weights == pytest.approx(edge.bound, rel=1e-12)


@pytest.mark.parametrize(
    ("score", "causal", "named"),
    [
        (1, False, []),
        (30, False, [(3,)]),
        (30, True, [(2,), (3,)]),
        (4.3, True, []),
        (4.5, True, [(2,)]),
    ],
)
def test_a_row_of_attention_is_one_hot_where_its_jacobian_is_small(
    score: float, causal: bool, named: list[tuple[int, ...]]
) -> None:
    """p of two is 0.987 at a gap of ln(0.987/0.013) = 4.36; a query with one key has no choice."""
    own = f"query: [[{score}, 0], [0, {score}]], key: [[0, 1], [1, 0]], value: [[1, 2], [3, 4]]"
    text = "input: [[1, 0], [0, 1], [1, 1]]\ntarget: [[1, 0], [0, 1], [0, 0]]\n"
    text += f"loss: half_squared_error\nlayers: [{{type: attention, {own}, output: none, "
    graph = loads(f"{text}scale: none, causal: {str(causal).lower()}}}]\n")
    trace = run(graph)
    found = [unit for unit in diagnose(trace).gates if unit.state == "one-hot"]
    assert [unit.index for unit in found if unit.index != (3,) or score == 30] == named
    for unit in found:
        p = trace.array(Ref("p", 1))[unit.index[0] - 1]
        jacobian = np.diag(p) - np.outer(p, p)
        assert unit.largest == pytest.approx(np.abs(jacobian).sum(axis=1).max(), abs=1e-12)
        assert unit.largest < 0.05 / 2


def test_a_softmax_that_its_loss_goes_past_is_not_one_hot() -> None:
    """Under cross-entropy the error is a − y, however sure the output is."""
    text = "input: [1]\ntarget: [1, 0]\nloss: {}\n"
    text += "layers: [{{activation: softmax, weights: [[-9], [9]], bias: none}}]\n"
    for loss, sure in (("cross_entropy", False), ("half_squared_error", True)):
        found = diagnose(run(loads(text.format(loss)))).gates
        assert [unit.state for unit in found] == ["one-hot"] * sure
