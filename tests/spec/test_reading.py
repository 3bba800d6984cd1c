"""Good input: numbers exactly as written, draws reproducible, and every way to write a network."""

from __future__ import annotations

import io
import math
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_cli import api
from backprop_cli.arithmetic.exact import EXACT
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.expression.tokens import ExpressionError
from backprop_cli.graph.records import Graph
from backprop_cli.graph.values import leaf_arrays, numbers
from backprop_cli.passes.run import run
from backprop_cli.spec.nodes import file_bytes, read_source
from backprop_cli.spec.numbers import exact_number, number_float, number_floats, short_numbers

Array = np.ndarray[Any, Any]
CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("**/*.yaml"))
NEURON = """\
name: Sigmoid neuron
input: [-1, -2]
target: [1]
loss: half_squared_error
layers:
  - units: 1
    activation: sigmoid
    weights: [[2, -3]]
    bias: [-3]
"""


def layer(text: str, top: str = "input: [1, 2]") -> Graph:
    return api.loads(f"{top}\nlayers:\n  - {text}\n")


def parameter(graph: Graph, name: str) -> Array:
    return leaf_arrays(graph, FLOAT64)[graph.parameters[name]]


# -- numbers


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("3", Fraction(3)),
        ("-3", Fraction(-3)),
        ("+3", Fraction(3)),
        ("0.15", Fraction(3, 20)),
        (".5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("010", Fraction(10)),
        ("1e-3", Fraction(1, 1000)),
        ("1E3", Fraction(1000)),
        ("2.50e+1", Fraction(25)),
        ("-1.5e-3", Fraction(-3, 2000)),
        ("5e-324", Fraction(5, 10**324)),
        ("\u22123", Fraction(-3)),
        ("0.1234567890123456789012345678901234567", None),
    ],
)
def test_a_decimal_is_the_fraction_that_it_says(text: str, wanted: Fraction | None) -> None:
    graph = layer(f"{{weights: [[{text}, 0]], bias: none}}")
    value = leaf_arrays(graph, EXACT)[graph.parameters["W1"]][0, 0].value
    assert value == (Fraction(text) if wanted is None else wanted)
    assert parameter(graph, "W1")[0, 0] == float(value)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1/3", 1 / 3),
        ("-2/3", -2 / 3),
        ("sqrt(2)/2", math.sqrt(2) / 2),
        ("pi", math.pi),
        ("-pi/4", -math.pi / 4),
        ("e", math.e),
        ("exp(-1)", math.exp(-1)),
        ("ln(2)", math.log(2)),
        ("2**-3", 0.125),
        ("2^10", 1024),
        ("(1 + sqrt(5))/2", (1 + math.sqrt(5)) / 2),
        ("1 - 1/3", 2 / 3),
        ("tanh(1/2)", math.tanh(0.5)),
        ("max(1, 2)*3", 6),
    ],
)
def test_an_expression_is_its_value(text: str, wanted: float) -> None:
    shown = f'"{text}"' if "," in text else text
    graph = layer(f"{{weights: [[{shown}, 0]], bias: none}}")
    assert parameter(graph, "W1")[0, 0] == pytest.approx(wanted, rel=1e-15)
    exact = leaf_arrays(graph, EXACT)[graph.parameters["W1"]][0, 0]
    assert float(exact) == pytest.approx(wanted, rel=1e-15)


def test_thirds_stay_thirds() -> None:
    graph = layer("{weights: [[1/3, 2/3]], bias: none}")
    entries = leaf_arrays(graph, EXACT)[graph.parameters["W1"]].ravel()
    assert [entry.value for entry in entries] == [Fraction(1, 3), Fraction(2, 3)]


@pytest.mark.parametrize("text", ["0.1", "3", "123456.789", "0.1234567890123456789", "-0", "1e22"])
def test_the_float_is_the_nearest_one(text: str) -> None:
    assert number_float(text) == float(Fraction(text))
    assert exact_number(text) == Fraction(text)


@pytest.mark.parametrize(
    "value", [5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -1 / 3, 1e16, 123456.7]
)
def test_every_float_that_was_printed_is_read_back(value: float) -> None:
    assert number_float(repr(value)) == value


@pytest.mark.parametrize(
    "odd",
    ["1_0", "1 2", "1\n2", "\n", "", "\u0663", "nan", "inf", "1e3", "2/3", "0." + "1" * 40, "0x1"],
)
def test_short_numbers_are_told_together_as_each_is_alone(odd: str) -> None:
    """What Python's ``float`` reads otherwise than this grammar, or not, stands out of a list."""
    plain = ["0.15", "-3", "+.5", "2."]
    assert short_numbers(plain)
    for place in range(len(plain) + 1):
        texts = [*plain[:place], odd, *plain[place:]]
        assert not short_numbers(texts)
        try:
            alone = number_float(odd)
        except ExpressionError:
            with pytest.raises(ExpressionError):
                number_floats(texts)
        else:
            wanted = [*map(float, plain[:place]), alone, *map(float, plain[place:])]
            assert number_floats(texts) == wanted


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux's files without a size")
def test_a_file_that_has_no_size_is_read_whole() -> None:
    assert file_bytes("/proc/version") == Path("/proc/version").read_bytes()
    assert len(file_bytes("/proc/version", most=3)) == 4


def test_quoted_numbers_are_numbers_too() -> None:
    plain = layer("{weights: [[1/3, 0.5]], bias: [2]}")
    quoted = layer("""{weights: [["1/3", '0.5']], bias: ["2"]}""")
    assert parameter(plain, "W1").tolist() == parameter(quoted, "W1").tolist()
    assert parameter(quoted, "b1").tolist() == [2]


def test_what_yaml_would_make_something_else_of_stays_a_text() -> None:
    graph = api.loads("name: no\ndescription: 1:30\nlayers: [{weights: [[1]]}]\ninput: [1]\n")
    assert (graph.name, graph.description) == ("no", "1:30")


# -- files


@pytest.mark.parametrize(
    "data",
    [
        NEURON.encode(),
        b"\xef\xbb\xbf" + NEURON.encode(),
        NEURON.replace("\n", "\r\n").encode(),
        NEURON.replace("\n", "\r").encode(),
        b"%YAML 1.2\n---\n" + NEURON.encode() + b"...\n",
        ("# Größe, 大きさ, \u22121\n" + NEURON).encode(),
    ],
    ids=["plain", "BOM", "CRLF", "CR", "a document's marks", "other letters"],
)
def test_a_file_is_read_whatever_its_line_ends(tmp_path: Path, data: bytes) -> None:
    net = tmp_path / "net.yaml"
    net.write_bytes(data)
    trace = run(api.load(net))
    assert trace.graph.loss is not None
    assert trace.values[trace.graph.loss] == pytest.approx(0.5 * (1 / (1 + math.exp(-1)) - 1) ** 2)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(NEURON.encode())

    monkeypatch.setattr(sys, "stdin", Stdin())
    source = read_source("-")
    assert (source.name, source.text) == ("<stdin>", NEURON)


def test_json_is_yaml() -> None:
    text = '{"input": [1], "target": [0], "loss": "squared_error", "layers": [{"weights": [[2]]}]}'
    assert api.loads(text).symbolic == ("b1",)


def test_an_alias_is_what_it_stands_for() -> None:
    text = "input: [1, 2]\nlayers:\n  - weights: &w [[1, 2], [3, 4]]\n  - weights: *w\n"
    graph = api.loads(text)
    assert parameter(graph, "W2").tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_packaged_example_is_read(path: Path) -> None:
    assert api.load(path).nodes


# -- initialisations

FANS = (40, 30)
"""Units and inputs of a layer large enough for its draws to fill their range."""


def drawn(init: str, seed: int = 0, in_out: bool = False) -> Array:
    units, inputs = FANS
    graph = api.loads(
        f"seed: {seed}\nweights_layout: {'in_out' if in_out else 'out_in'}\n"
        f"input: [{', '.join(['~'] * inputs)}]\n"
        f"layers:\n  - units: {units}\n    weights: {init}\n    bias: {{init: zeros}}\n"
    )
    given = graph.given[graph.parameters["W1"]]
    assert given is not None
    return numbers(given, FLOAT64)


INITS = [
    "{init: uniform}",
    "{init: uniform, low: 1, high: 3}",
    "{init: normal}",
    "{init: normal, mean: 5, std: 2}",
    "{init: xavier_uniform}",
    "{init: xavier_uniform, gain: 1/2}",
    "{init: xavier_normal}",
    "{init: he_uniform}",
    "{init: he_normal}",
]


@pytest.mark.parametrize("init", INITS)
def test_a_draw_is_settled_by_its_seed(init: str) -> None:
    assert np.array_equal(drawn(init, 7), drawn(init, 7))
    assert not np.array_equal(drawn(init, 7), drawn(init, 8))


@pytest.mark.parametrize("init", INITS)
def test_a_draw_is_the_same_in_both_layouts(init: str) -> None:
    assert np.array_equal(drawn(init, 7), drawn(init, 7, in_out=True).T)


@pytest.mark.parametrize(
    ("init", "low", "high"),
    [
        ("{init: uniform}", -0.5, 0.5),
        ("{init: uniform, low: 1, high: 3}", 1, 3),
        ("{init: xavier_uniform}", -math.sqrt(6 / 70), math.sqrt(6 / 70)),
        (
            "{init: xavier_uniform, gain: 1/2}",
            -0.5 * math.sqrt(6 / 70),
            0.5 * math.sqrt(6 / 70),
        ),
        ("{init: he_uniform}", -math.sqrt(6 / 30), math.sqrt(6 / 30)),
    ],
)
def test_uniform_draws_fill_pytorchs_bounds(init: str, low: float, high: float) -> None:
    values, width = drawn(init), high - low
    assert values.min() >= low
    assert values.max() <= high
    assert values.min() < low + 0.02 * width
    assert values.max() > high - 0.02 * width


@pytest.mark.parametrize(
    ("init", "mean", "std"),
    [
        ("{init: normal}", 0, 0.1),
        ("{init: normal, mean: 5, std: 2}", 5, 2),
        ("{init: xavier_normal}", 0, math.sqrt(2 / 70)),
        ("{init: xavier_normal, gain: 2}", 0, 2 * math.sqrt(2 / 70)),
        ("{init: he_normal}", 0, math.sqrt(2 / 30)),
    ],
)
def test_normal_draws_have_pytorchs_spread(init: str, mean: float, std: float) -> None:
    values = drawn(init)
    assert values.mean() == pytest.approx(mean, abs=4 * std / math.sqrt(values.size))
    assert values.std() == pytest.approx(std, rel=0.1)


def test_constant_initialisations() -> None:
    assert drawn("{init: zeros}").tolist() == np.zeros(FANS).tolist()
    assert drawn("{init: ones}").tolist() == np.ones(FANS).tolist()


def test_layers_and_parameters_draw_different_numbers() -> None:
    graph = api.loads(
        "input: [1, 1]\nlayers:\n"
        + "  - {units: 2, weights: {init: normal}, bias: {init: normal}}\n" * 2
    )
    flat = [tuple(parameter(graph, name).ravel()[:2]) for name in ("W1", "b1", "W2", "b2")]
    assert len(set(flat)) == 4
