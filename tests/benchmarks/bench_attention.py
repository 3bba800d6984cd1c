"""Attention's passes as ratios: 128 positions, width 64, 4 heads, against numpy written by hand.

``python -m tests.benchmarks.bench_attention``
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
from backprop_cli.expression.refs import Ref

from .measuring import interleaved, keep_memory, line
from .passes import Array, Arrays, of_leaves

AIM = 1.3
MAPS = {"query": "Wq", "key": "Wk", "value": "Wv", "output": "Wo"}


class Case(Struct, frozen=True):
    """One layer of self-attention under half the squared error, averaged over the samples."""

    positions: int = 128
    width: int = 64
    heads: int = 4
    samples: int = 4

    def arrays(self) -> Arrays:
        """Return input, target and weights, always the same."""
        chance = np.random.default_rng(7)
        shape = (self.samples, self.positions, self.width)
        found = {"x": chance.normal(size=shape), "y": chance.normal(size=shape)}
        for part in MAPS.values():
            found[part] = chance.normal(size=(self.width, self.width)) / np.sqrt(self.width)
        return found

    def write(self, folder: Path) -> Path:
        """Write the network file and its arrays into the folder."""
        keywords: dict[str, Any] = dict(self.arrays())
        np.savez(folder / "arrays.npz", **keywords)
        weights = [f"    {key}: {{file: arrays.npz, key: {part}}}" for key, part in MAPS.items()]
        lines = [
            "input: {file: arrays.npz, key: x}",
            "target: {file: arrays.npz, key: y}",
            "loss: half_squared_error",
            "layers:",
            "  - type: attention",
            f"    heads: {self.heads}",
            *weights,
        ]
        path = folder / "network.yaml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


def by_hand(case: Case, given: Arrays) -> Callable[[], Arrays]:
    """Return the passes as one writes them in numpy, every gradient to the input's."""
    n, t, e, heads = case.samples, case.positions, case.width, case.heads
    d = e // heads
    x, y = given["x"], given["y"]
    Wq, Wk, Wv, Wo = (given[part] for part in MAPS.values())

    def split(a: Array) -> Array:
        return a.reshape(n, t, heads, d).transpose(0, 2, 1, 3)

    def joined(a: Array) -> Array:
        return a.transpose(0, 2, 1, 3).reshape(n, t, e)

    def flat(a: Array) -> Array:
        return a.reshape(-1, e)

    def work() -> Arrays:
        q, k, v = (split(x @ W.T) for W in (Wq, Wk, Wv))
        s = q @ k.swapaxes(-1, -2) / np.sqrt(d)
        p = np.exp(s - s.max(axis=-1, keepdims=True))
        p /= p.sum(axis=-1, keepdims=True)
        z = joined(p @ v)
        error = z @ Wo.T - y
        dz = split(error @ Wo)
        dp = dz @ v.swapaxes(-1, -2)
        ds = p * (dp - (dp * p).sum(axis=-1, keepdims=True)) / np.sqrt(d)
        dq, dk, dv = (joined(a) for a in (ds @ k, ds.swapaxes(-1, -2) @ q, p.swapaxes(-1, -2) @ dz))
        found = {"loss": np.asarray((error * error).sum() / 2 / n)}
        found |= {"Wo": flat(error).T @ flat(z) / n}
        for part, back in (("Wq", dq), ("Wk", dk), ("Wv", dv)):
            found[part] = flat(back).T @ flat(x) / n
        found["x"] = dq @ Wq + dk @ Wk + dv @ Wv
        return found

    return work


def by_torch(case: Case, given: Arrays) -> Callable[[], Arrays]:
    """Return the passes of PyTorch on one thread's worth of the same numbers."""
    import torch

    tensors = {name: torch.tensor(array) for name, array in given.items()}
    learnt = [tensors[name].requires_grad_() for name in ("x", *MAPS.values())]
    n, t, e, heads = case.samples, case.positions, case.width, case.heads

    def split(a: Any) -> Any:
        return a.view(n, t, heads, e // heads).transpose(1, 2)

    def work() -> Arrays:
        for tensor in learnt:
            tensor.grad = None
        q, k, v = (split(tensors["x"] @ tensors[part].T) for part in ("Wq", "Wk", "Wv"))
        z = torch.nn.functional.scaled_dot_product_attention(q, k, v)
        out = z.transpose(1, 2).reshape(n, t, e) @ tensors["Wo"].T
        loss: Any = ((out - tensors["y"]) ** 2).sum() / 2 / n
        loss.backward()
        return {"loss": loss.detach().numpy()}

    return work


def passes(case: Case, turns: int) -> list[str]:
    """Return the report, after a look that the ways agree."""
    given = case.arrays()
    hand = by_hand(case, given)
    with tempfile.TemporaryDirectory() as folder:
        graph = load(case.write(Path(folder)))
    own = of_leaves(graph)
    trace, wanted = own(), hand()
    assert graph.loss is not None
    np.testing.assert_allclose(trace.values[graph.loss], wanted["loss"], rtol=1e-12)
    sought = {part: graph.parameters[f"{part}1"] for part in MAPS.values()}
    for part, node in {**sought, "x": graph.number(Ref("x"))}.items():
        found = trace.gradients[node]
        assert found is not None
        np.testing.assert_allclose(found, wanted[part], atol=1e-10)
    del trace, wanted
    name = f"attention {case.positions} × {case.width}, {case.heads} heads"
    times = interleaved({"own": own, "by hand": hand}, turns)
    report = [line(f"{name} : by hand", times["own"], times["by hand"], AIM)]
    # By itself: what a turn of torch leaves of the memory would be paid by the next turn alone.
    if importlib.util.find_spec("torch") is not None:
        times = interleaved({"own": own, "torch": by_torch(case, given)}, turns)
        report.append(line(f"{name} : torch", times["own"], times["torch"], None))
    return report


def main() -> None:
    """Print the report."""
    keep_memory()
    print("\n".join(passes(Case(), 40)))


if __name__ == "__main__":
    main()
