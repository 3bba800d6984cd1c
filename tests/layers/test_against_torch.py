"""torch.nn.RNN, LSTM and GRU, where PyTorch is installed: two layers, stacked gates, padded too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import yaml

from backprop_cli.api import loads
from backprop_cli.passes.run import run

torch: Any = pytest.importorskip("torch")

GATES = {"recurrent": ("",), "lstm": tuple("ifgo"), "gru": tuple("run")}
CLASSES = {"recurrent": "RNN", "lstm": "LSTM", "gru": "GRU"}
SAMPLES, STEPS, INPUTS, UNITS = 3, 4, 2, 3


def stacked(kind: str, module: Any, number: int) -> dict[str, Any]:
    """Return a layer of the file with PyTorch's own arrays, its gates one above the other."""
    weights, recurrent, bias, other = (
        getattr(module, f"{name}_l{number}").detach().numpy()
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    found = {
        "type": kind,
        "weights": weights.tolist(),
        "recurrent_weights": recurrent.tolist(),
        "bias": (bias if kind == "gru" else bias + other).tolist(),
    }
    return found | ({"recurrent_bias": other.tolist()} if kind == "gru" else {})


@pytest.mark.parametrize("lengths", [None, [4, 1, 2]], ids=["whole", "padded"])
@pytest.mark.parametrize("kind", GATES)
def test_two_layers_have_the_gradients_of_pytorch(kind: str, lengths: list[int] | None) -> None:
    torch.manual_seed(7)
    module = getattr(torch.nn, CLASSES[kind])(
        INPUTS, UNITS, num_layers=2, batch_first=True, dtype=torch.float64
    )
    x = torch.randn(SAMPLES, STEPS, INPUTS, dtype=torch.float64, requires_grad=True)
    y = torch.randn(SAMPLES, STEPS, UNITS, dtype=torch.float64)
    ends = lengths or [STEPS] * SAMPLES
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, ends, True, enforce_sorted=False)
    out, _ = torch.nn.utils.rnn.pad_packed_sequence(module(packed)[0], True)
    live = torch.arange(STEPS)[None, :] < torch.tensor(ends)[:, None]
    loss: Any = (((out - y) ** 2).sum(dim=2) * live).sum() / 2 / SAMPLES
    loss.backward()
    trace = run(
        loads(
            yaml.safe_dump(
                {
                    "input": x.detach().tolist(),
                    "target": y.tolist(),
                    "loss": "half_squared_error",
                    "layers": [stacked(kind, module, number) for number in range(2)],
                    **({"lengths": lengths} if lengths else {}),
                }
            )
        )
    )
    graph = trace.graph
    assert graph.loss is not None
    assert float(trace.values[graph.loss]) == pytest.approx(float(loss.detach()), rel=1e-13)

    def gradient(part: str, number: int) -> Any:
        nodes = [graph.parameters[f"{part}{gate}{number}"] for gate in GATES[kind]]
        return np.concatenate([trace.gradients[node] for node in nodes])

    wanted = {"W": "weight_ih", "U": "weight_hh", "b": "bias_ih"}
    wanted |= {"c": "bias_hh"} if kind == "gru" else {}
    for number in (1, 2):
        for part, name in wanted.items():
            truth = getattr(module, f"{name}_l{number - 1}").grad.numpy()
            assert gradient(part, number) == pytest.approx(truth, rel=1e-9, abs=1e-13), (part, name)
    found = trace.gradients[graph.input or 0]
    assert found == pytest.approx(x.grad.numpy() * SAMPLES, rel=1e-9, abs=1e-13)
