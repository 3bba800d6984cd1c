"""The steps that others have published, to every digit that they printed."""

from __future__ import annotations

import numpy as np
import pytest

from ..descending import CONFIGS, descender, of_text


def test_one_neuron_by_hand() -> None:
    """Understanding Backpropagation: activations to two decimals, the rate 1."""
    found = descender("sigmoid_neuron", round_forward=2)
    record = found.recorded()
    weights, bias = record.parameters
    assert weights.gradient == pytest.approx(np.array([[0.053217, 0.106434]]), abs=1e-15)
    assert weights.new.round(3).tolist() == [[1.947, -3.106]]
    assert bias.new.round(3).tolist() == [-2.947]
    output = found.graph.output
    assert record.before[output].item() == 0.73
    assert record.after[output].item() == 0.79


def test_mazurs_weights_and_loss() -> None:
    """A Step by Step Backpropagation Example: the biases are kept."""
    found = descender("mazur", freeze=("b1", "b2"))
    record = found.recorded()
    new = {parameter.name: parameter.new.round(9).tolist() for parameter in record.parameters}
    assert new == {
        "W1": [[0.149780716, 0.199561432], [0.249751144, 0.299502287]],
        "W2": [[0.358916480, 0.408666186], [0.511301270, 0.561370121]],
    }
    assert float(found.loss()) == pytest.approx(0.291027774, abs=5e-10)


def test_mazurs_loss_with_a_bias_of_each_unit_learned_too() -> None:
    text = (CONFIGS / "mazur.yaml").read_text(encoding="utf-8").replace("shared_bias", "bias")
    found = of_text(text)
    found.step()
    assert float(found.loss()) == pytest.approx(0.280471447, abs=5e-10)


def test_the_updates_of_the_3_2_1_network() -> None:
    """Udacity's exercise: rate 0.5, weights with a row for each input; updates are new − old."""
    record = descender("three_two_one").recorded()
    first, second = (parameter.new - parameter.old for parameter in record.parameters)
    assert second == pytest.approx(np.array([[0.00804047], [0.00555918]]), abs=5e-9)
    wanted = [
        [1.77005547e-4, -5.11178506e-4],
        [3.54011093e-5, -1.02235701e-4],
        [-7.08022187e-5, 2.04471402e-4],
    ]
    assert first == pytest.approx(np.array(wanted), rel=5e-9)
