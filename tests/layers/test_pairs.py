"""StepPairs of steps: each ∂C_t/∂z_k is the δ_k of a network that has the loss of step t alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.expression.refs import Ref
from backprop_cli.passes.pairs import pairs_of, recurrences
from backprop_cli.passes.run import run

from ..commands.running import config, printed, refused

TARGETS = ["[0.5]", "[-1]", "[1]", "[0.25]"]
NETWORK = """
input: [[1, -0.5], [0.25, 2], [-1, 0.5], [0.5, 1]]
target: [{targets}]
loss: half_squared_error
{top}
layers:
  - {{type: recurrent, weights: [[0.5, -0.25], [1, 0.75]], bias: [0.1, -0.2],
     recurrent_weights: [[0.5, -1], [0.25, 0.5]], {keys}}}
  - {{units: 1, weights: {last}, bias: [0.25]}}
"""


def network(targets: list[str], keys: str, *, in_out: bool) -> str:
    return NETWORK.format(
        targets=", ".join(targets),
        keys=keys,
        top="weights_layout: in_out" if in_out else "",
        last="[[1], [-0.5]]" if in_out else "[[1, -0.5]]",
    )


@pytest.mark.parametrize("in_out", [False, True])
@pytest.mark.parametrize(
    "keys", ["activation: tanh", "reverse: true", "truncate: 2", "initial: [0.5, -0.5]"]
)
def test_a_pair_is_the_error_of_one_loss_alone(keys: str, in_out: bool) -> None:
    whole = run(loads(network(TARGETS, keys, in_out=in_out)))
    (own,) = recurrences(whole.graph)
    pairs = pairs_of(whole, own, 1)
    for t in range(1, 5):
        alone = [target if n == t else "~" for n, target in enumerate(TARGETS, 1)]
        errors = run(loads(network(alone, keys, in_out=in_out))).gradients[own.z]
        assert errors is not None
        for k in range(1, 5):
            found = pairs.errors.get((t, k), np.zeros(2))
            assert found == pytest.approx(errors[0, k - 1], rel=1e-12, abs=1e-15), (t, k)
    gradient = whole.gradients[own.z]
    assert gradient is not None
    for k in range(1, 5):
        total = sum(error for (_, at), error in pairs.errors.items() if at == k)
        assert total == pytest.approx(gradient[0, k - 1], rel=1e-12)
    x, h = whole.array(Ref("x")), whole.array(Ref("a", 1))
    start = np.zeros(2) if own.start is None else whole.values[own.start]
    sums = {"W": np.zeros((2, 2)), "U": np.zeros((2, 2)), "b": np.zeros(2)}
    for (_, k), error in pairs.errors.items():
        before = k - own.loop.clock.forth
        state = h[before - 1] if 0 < before < 5 else start
        sums["W"] += np.outer(error, x[k - 1])
        sums["U"] += np.outer(error, state)
        sums["b"] += error
    for part, total in sums.items():
        found = whole.array(Ref(part, 1, True))
        assert (total.T if in_out else total) == pytest.approx(found, rel=1e-12), part


def test_the_page_has_products_pairs_and_sums(tmp_path: Path) -> None:
    page = printed("trace", config("scalar_rnn"), "--pairs", "--only", "gradients")
    assert "∂a¹₃/∂a¹₁ = (∂a¹₃/∂a¹₂) (∂a¹₂/∂a¹₁) = [0.0156736] [0.0391086] = [6.1297e-4]" in page
    assert "δ¹₂₁ = ∂C₂/∂z¹₂₁ + ∂C₃/∂z¹₂₁ = −0.0859 + (−0.0036) = −0.0895" in page
    assert "∂C/∂u¹₁₁ = ∂C₂/∂z¹₂₁·a¹₁₁ + ∂C₃/∂z¹₃₁·a¹₂₁ + ∂C₃/∂z¹₂₁·a¹₁₁" in page
    text = "input: [[[1], [2], [0]], [[1], [3], [4]]]\nlengths: [2, 3]\n"
    text += "target: [[[1], [2], [0]], [[1], [3], [4]]]\nloss: squared_error\nlayers:\n"
    text += "  - {type: rnn, weights: [[0.5]], recurrent_weights: [[0.5]], bias: none}\n"
    (tmp_path / "net.yaml").write_text(text, encoding="utf-8")
    page = printed("trace", str(tmp_path / "net.yaml"), "--pairs")
    assert "delta1[1,2,1]" in page.partition("Pairs of steps")[2]
    assert "delta1[1,3,1]" not in page


def test_it_is_derived_in_general_letters(tmp_path: Path) -> None:
    page = printed("derive", config("character_rnn"), "--pairs")
    assert "∂C/∂W¹ = Σₜ Σₖ (∂Cₜ/∂z¹ₖ) xₖᵀ" in page
    assert "∂C/∂U¹ = Σₜ Σₖ (∂Cₜ/∂z¹ₖ) a¹ₖ₋₁ᵀ" in page
    assert "∂C/∂b¹ = Σₜ Σₖ ∂Cₜ/∂z¹ₖ" in page
    rows = tmp_path / "rows.yaml"
    rows.write_text(network(TARGETS, "reverse: true", in_out=True), encoding="utf-8")
    assert "∂C/∂U¹ = Σₜ Σₖ a¹ₖ₊₁ᵀ (∂Cₜ/∂z¹ₖ)" in printed("derive", str(rows), "--pairs")
    assert "of type recurrent" in refused("derive", config("gru"), "--pairs")
    assert "leave it out" in refused("derive", config("scalar_rnn"), "--pairs", "--mode", "paths")


def test_what_has_no_such_sum_says_so() -> None:
    assert "of type recurrent" in refused("trace", config("gru"), "--pairs")
    assert "leave it out" in refused("trace", config("scalar_rnn"), "--pairs", "--format", "json")
    rounded = refused("trace", config("scalar_rnn"), "--pairs", "--round-backward", "1")
    assert "leave one of them out" in rounded
