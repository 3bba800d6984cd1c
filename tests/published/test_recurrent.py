"""Recurrent layers that others worked by hand, each figure to the digits that they printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.files.network import read_network
from backprop_cli.graph.build import build
from backprop_cli.graph.resolving import resolve
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace

CONFIGS = Path(__file__).parents[2] / "configs"


def value(trace: Trace, name: str) -> Any:
    return trace.array(resolve(name, trace.graph))


def read(name: str) -> Trace:
    return run(build(read_network(str(CONFIGS / f"{name}.yaml"))))


GOMEZ: dict[str, Any] = {
    "zi1": [3.20, 3.9541],
    "zf1": [1.75, 1.9036],
    "zg1": [1.15, 1.2554],
    "zo1": [1.5, 1.7341],
    "i1": [0.96083, 0.98118],
    "f1": [0.85195, 0.87030],
    "g1": [0.81775, 0.84980],
    "o1": [0.81757, 0.84993],
    "c1": [0.78572, 1.5176],
    "h1": [0.53631, 0.77197],
    "dc1": [-0.05349, -0.07111],
    "dzg1": [-0.01703, -0.01938],
    "dzi1": [-0.00165, -0.00112],
    "dzf1": [0, -0.00631],
    "dzo1": [0.00176, -0.05538],
    "dx": [[-0.00817, -0.00487], [-0.04743, -0.03073]],
}
"""Backpropogating an LSTM: A Numerical Example (Aidan Gomez, 2016), who carried five decimals."""
EXACT: dict[str, Any] = {
    "dWg1": [-0.026716218, -0.092201132],
    "dWi1": [-0.002203689, -0.006638606],
    "dWf1": [-0.003153271, -0.018919625],
    "dWo1": [-0.025924113, -0.162603889],
    "dUg1": [-0.010396085],
    "dUi1": [-0.000598319],
    "dUf1": [-0.003382283],
    "dUo1": [-0.029699873],
    "dbg1": [-0.036408392],
    "dbi1": [-0.002761496],
    "dbf1": [-0.006306542],
    "dbo1": [-0.053613029],
    "loss": 0.11491036305861509,
}
"""The same in PyTorch, for the gradients themselves."""
STEPPED: dict[str, Any] = {
    "Wg1": [0.45267, 0.25922],
    "Wi1": [0.95022, 0.80067],
    "Wf1": [0.70031, 0.45189],
    "Wo1": [0.60259, 0.41626],
    "Ug1": [0.15104],
    "Ui1": [0.80006],
    "Uf1": [0.10034],
    "Uo1": [0.25297],
    "bg1": [0.20364],
    "bi1": [0.65028],
    "bf1": [0.15063],
    "bo1": [0.10536],
}


def test_gomez() -> None:
    trace = read("gomez_lstm")
    for name, printed in GOMEZ.items():
        for found, figure in zip(np.ravel(value(trace, name)), np.ravel(printed), strict=True):
            decimals = len(repr(float(figure)).partition(".")[2])
            assert abs(found - figure) <= 2.1 * 10.0**-decimals, (name, found, figure)
    for name, exact in EXACT.items():
        assert np.abs(np.ravel(value(trace, name)) - np.ravel(exact)).max() < 1e-9, name
    for name, printed in STEPPED.items():
        after = value(trace, name) - 0.1 * value(trace, f"d{name}")
        assert np.abs(np.ravel(after) - np.ravel(printed)).max() <= 1e-5, name
    back = trace.message(trace.graph.number(resolve("zi1", trace.graph)), 2)
    assert back[0, 0, 0] == pytest.approx(-0.0011156 * 0.8, rel=1e-3)


SCALAR = {
    "z1": ["0.5000", "1.0462", "1.5780"],
    "a1": ["0.4621", "0.7803", "0.9183"],
    "loss": ["0.1940"],
    "da2": ["-0.03788", "-0.2197", "-0.5817"],
    "da1": ["-0.04683", "-0.2288", "-0.5817"],
    "delta1": ["-0.03683", "-0.08948", "-0.09117"],
    "dW1": ["-0.48930"],
    "dU1": ["-0.11249"],
    "dW2": ["-0.72310"],
}
"""Backpropagation through time by hand for one sequence (notes in a public repository)."""


def test_scalar_rnn() -> None:
    trace = read("scalar_rnn")
    for name, printed in SCALAR.items():
        for found, text in zip(np.ravel(value(trace, name)), printed, strict=True):
            digits = len(text.partition(".")[2])
            assert abs(found - float(text)) <= 0.51 * 10**-digits, (name, text)


SEMINAR = """
input: [[0.2], [0.3], [0.4]]
target: [7]
loss: half_squared_error
layers:
  - {type: rnn, weights: [[2], [1]], recurrent_weights: [[1, 2], [3, 4]], bias: none, output: last}
  - {weights: [[2, 4]], bias: none}
"""
"""A seminar's notebook (HU Berlin, 2019); its gradients of W and U do not follow from these."""


def test_seminar() -> None:
    trace = run(loads(SEMINAR))
    states = [[0.37994896, 0.19737532], [0.87975882, 0.97711011], [0.9986059, 0.99999815]]
    assert np.abs(value(trace, "a1") - states).max() < 1e-8
    assert float(value(trace, "a2")[0]) == pytest.approx(5.99720442000804, rel=1e-14)
    wanted = [[-0.0030960573], [-0.0010387890]]
    assert np.abs(value(trace, "dW1") - wanted).max() < 1e-9
    wanted = [[-0.0053998708, -0.0057114457], [-0.0002062230, -0.0001148322]]
    assert np.abs(value(trace, "dU1") - wanted).max() < 1e-9


BY_HAND = """
input: [[2, -1, 0, 1], [1, 0, 1, 0], [1, 1, 0, 0], [1, 2, -1, 2]]
layers:
  - type: recurrent
    weights: [[1, 0, -1, 1], [0, 2, 1, 0], [1, 2, 1, 0]]
    recurrent_weights: [[1, 0, 1], [0, 1, 1], [0, 1, 0]]
    bias: [1, -1, -1]
  - {weights: [[3, 0, -1]], bias: [3], activation: sigmoid}
"""
"""AI by Hand in Excel (Tom Yeh), RNN.xlsx."""


def test_ai_by_hand() -> None:
    trace = run(loads(BY_HAND), only_forward=True)
    wanted = {
        "z1": [
            [4, -3, -1],
            [1.237735, -1.756649, 0.004945],
            [2.849754, 0.062818, 1.057872],
            [6.778175, 2.847583, 3.062735],
        ],
        "z2": [[6.759582], [5.52948], [5.195133], [5.004356]],
        "a2": [[0.998842], [0.996048], [0.994487], [0.993336]],
    }
    for name, printed in wanted.items():
        assert np.abs(value(trace, name) - printed).max() <= 5.1e-7, name


RNN_54 = (
    ([[1], [2], [3]], [[0.5]], [[0.8]], [0], [0.9759]),
    ([[0.5], [0.1], [-0.2]], [[1]], [[0.5]], [0.1], [0.118]),
    (
        [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]],
        [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]],
        [[0.7, 0.8], [0.9, 1.0]],
        [0.1, 0.2],
        [0.7474, 0.9302],
    ),
)
"""Deep-ML, problem 54."""


@pytest.mark.parametrize("case", RNN_54)
def test_deep_ml_rnn(case: tuple[Any, ...]) -> None:
    x, W, U, b, last = case
    text = (
        f"input: {x}\nlayers:\n  - {{type: rnn, weights: {W}, recurrent_weights: {U}, bias: {b}}}"
    )
    trace = run(loads(text), only_forward=True)
    assert np.abs(value(trace, "a1")[-1] - last).max() <= 5.1e-5


EACH = [[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8]]
LSTM_59 = (
    (
        [[1], [2], [3]],
        {"i": [[0.5, 0.5]], "f": [[0.5, 0.5]], "g": [[0.3, 0.3]], "o": [[0.5, 0.5]]},
        [0.1],
        [0.73698596],
    ),
    (
        [[0.1, 0.2], [0.3, 0.4]],
        {"i": EACH, "f": EACH, "g": EACH, "o": EACH},
        [0.1, 0.2],
        [0.16613133, 0.40299449],
    ),
)
"""Deep-ML, problem 59: the weights act on (h, x)."""


@pytest.mark.parametrize("case", LSTM_59)
def test_deep_ml_lstm(case: tuple[Any, ...]) -> None:
    x, joined, b, last = case
    arrays = ", ".join(f"{gate}: {array}" for gate, array in joined.items())
    biases = ", ".join(f"{gate}: {b}" for gate in joined)
    text = (
        f"input: {x}\nlayers:\n  - {{type: lstm, joined: {{{arrays}}}, joined_order: [h, x], "
        f"bias: {{{biases}}}, output: last}}"
    )
    trace = run(loads(text), only_forward=True)
    assert np.abs(value(trace, "last1") - last).max() <= 5e-9
