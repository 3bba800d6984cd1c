"""An LSTM's passes as ratios: 64 units, 200 steps, batch 32, against numpy written by hand.

``python -m tests.benchmarks.bench_recurrent``
"""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from backprop_cli.api import load

from .measuring import Times, interleaved, keep_memory, line
from .passes import Array, Arrays, by_package, of_leaves
from .starting import beyond

AIM = 1.3
PARTS = {"weights": "W", "recurrent_weights": "U", "bias": "b"}
GATES = "ifgo"


class Case(Struct, frozen=True):
    """One LSTM under half the squared error of every step, averaged over the samples."""

    units: int = 64
    inputs: int = 64
    steps: int = 200
    samples: int = 32

    def arrays(self) -> Arrays:
        """Return input, target and the parameters, the gates stacked as in PyTorch."""
        chance, h = np.random.default_rng(7), self.units
        return {
            "x": chance.normal(size=(self.samples, self.steps, self.inputs)),
            "y": chance.normal(size=(self.samples, self.steps, h)),
            "W": chance.normal(size=(4 * h, self.inputs)) / np.sqrt(self.inputs),
            "U": chance.normal(size=(4 * h, h)) / np.sqrt(h),
            "b": chance.normal(size=4 * h) / 10,
        }

    def write(self, folder: Path) -> Path:
        """Write the network file and its arrays into the folder."""
        keywords: dict[str, Any] = dict(self.arrays())
        np.savez(folder / "arrays.npz", **keywords)
        lines = [
            "input: {file: arrays.npz, key: x}",
            "target: {file: arrays.npz, key: y}",
            "loss: half_squared_error",
            "layers:",
            f"  - type: lstm\n    units: {self.units}",
            *(f"    {key}: {{file: arrays.npz, key: {part}}}" for key, part in PARTS.items()),
        ]
        path = folder / "network.yaml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


def by_hand(case: Case, given: Arrays) -> Callable[[], Arrays]:
    """Return the loop as one writes it in numpy: one product a step for all four gates."""
    n, steps, h = case.samples, case.steps, case.units
    x, y, W, U, b = (given[name] for name in "xyWUb")

    def sigma(z: Array) -> Array:
        return np.asarray(1 / (1 + np.exp(-z)))

    def work() -> Arrays:
        hs, cs = [np.zeros((n, h))], [np.zeros((n, h))]
        gates = []
        loss = 0.0
        for t in range(steps):
            z = x[:, t] @ W.T + hs[-1] @ U.T + b
            i, f, o = sigma(z[:, :h]), sigma(z[:, h : 2 * h]), sigma(z[:, 3 * h :])
            g = np.tanh(z[:, 2 * h : 3 * h])
            c = f * cs[-1] + i * g
            bent = np.tanh(c)
            gates.append((i, f, g, o, bent))
            cs.append(c)
            hs.append(o * bent)
            loss += ((hs[-1] - y[:, t]) ** 2).sum() / 2 / n
        dW, dU, db, dx = np.zeros_like(W), np.zeros_like(U), np.zeros_like(b), np.zeros_like(x)
        dh, dc = np.zeros((n, h)), np.zeros((n, h))
        for t in reversed(range(steps)):
            i, f, g, o, bent = gates[t]
            dh = dh + hs[t + 1] - y[:, t]
            dc = dc + dh * o * (1 - bent**2)
            dz = np.concatenate(
                (
                    dc * g * i * (1 - i),
                    dc * cs[t] * f * (1 - f),
                    dc * i * (1 - g**2),
                    dh * bent * o * (1 - o),
                ),
                axis=1,
            )
            dW += dz.T @ x[:, t]
            dU += dz.T @ hs[t]
            db += dz.sum(axis=0)
            dx[:, t] = dz @ W
            dh, dc = dz @ U, dc * f
        found = {"loss": np.asarray(loss), "x": dx}
        for part, array in (("W", dW), ("U", dU), ("b", db)):
            for gate, piece in zip(GATES, array.reshape(4, h, -1).squeeze(), strict=True):
                found[f"{part}{gate}1"] = piece / n
        return found

    return work


def by_torch(case: Case, given: Arrays) -> Callable[[], Any]:
    """Return the passes of torch.nn.LSTM on the same numbers."""
    import torch

    own: Any = torch.nn.LSTM(case.inputs, case.units, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        own.weight_ih_l0.copy_(torch.tensor(given["W"]))
        own.weight_hh_l0.copy_(torch.tensor(given["U"]))
        own.bias_ih_l0.copy_(torch.tensor(given["b"]))
        own.bias_hh_l0.zero_()
    x, y = torch.tensor(given["x"], requires_grad=True), torch.tensor(given["y"])

    def work() -> Any:
        own.zero_grad()
        x.grad = None
        loss: Any = ((own(x)[0] - y) ** 2).sum() / 2 / case.samples
        loss.backward()
        return loss

    return work


def passes(case: Case, turns: int) -> list[str]:
    """Return the report, after a look that the ways agree."""
    given = case.arrays()
    hand = by_hand(case, given)
    with tempfile.TemporaryDirectory() as folder:
        graph = load(case.write(Path(folder)))
    own, leaves = by_package(graph), of_leaves(graph)
    wanted = hand()
    assert graph.loss is not None
    for trace in (own(), leaves()):
        np.testing.assert_allclose(trace.values[graph.loss], wanted["loss"], rtol=1e-12)
        for name, node in {"x": graph.input or 0, **graph.parameters}.items():
            found = trace.gradients[node]
            assert found is not None
            np.testing.assert_allclose(found, wanted[name], atol=1e-10)
    name = f"LSTM of {case.units}, {case.steps} steps, batch {case.samples}"
    # In pairs: what a turn leaves of the memory would be paid by the next turn alone.
    report = []
    for title, work, aim in ((name, leaves, AIM), (f"{name}, all kept", own, None)):
        times = interleaved({"own": work, "by hand": hand}, turns)
        report.append(line(f"{title} : by hand", times["own"], times["by hand"], aim))
    if importlib.util.find_spec("torch") is not None:
        times = interleaved({"own": own, "torch": by_torch(case, given)}, turns)
        report.append(line(f"{name} : torch", times["own"], times["torch"], None))
    return report


def long_page(steps: int, turns: int) -> list[str]:
    """Return the report of the page of a long sequence: its time beyond the imports."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Case(2, 1, steps, 1).write(Path(folder)))
        taken = beyond(turns, "trace", path)
    title = f"LSTM of {steps} steps: backprop trace beyond imports : 1 s"
    return [line(title, taken, Times((1.0,)), 1.0)]


def main() -> None:
    """Print the report."""
    keep_memory()
    print("\n".join(passes(Case(), 20)), flush=True)
    for steps in (100, 400):
        print("\n".join(passes(Case(steps=steps), 10)), flush=True)
    print("\n".join(long_page(1000, 5)), flush=True)


if __name__ == "__main__":
    main()
