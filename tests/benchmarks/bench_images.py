"""A convolution's two passes, as ratios: by this package, by hand (im2col in numpy), by PyTorch."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from backprop_cli.api import load
from backprop_cli.expression.refs import Ref
from backprop_cli.graph.records import Graph

from .measuring import interleaved, keep_memory, line
from .passes import Array, Arrays, of_leaves


class Image(Struct, frozen=True):
    """A batch of square images, and filters of a square kernel."""

    samples: int
    channels: int
    size: int
    filters: int
    kernel: int

    def arrays(self) -> Arrays:
        """Return input, target and parameters, always the same."""
        chance, out = np.random.default_rng(7), self.size - self.kernel + 1
        return {
            "x": chance.normal(size=(self.samples, self.channels, self.size, self.size)),
            "y": chance.normal(size=(self.samples, self.filters, out, out)),
            "W": chance.normal(size=(self.filters, self.channels, self.kernel, self.kernel)),
            "b": chance.normal(size=self.filters),
        }

    def graph(self) -> Graph:
        """Return the network of one convolution, read from a file."""
        with tempfile.TemporaryDirectory() as folder:
            keywords: dict[str, Any] = dict(self.arrays())
            np.savez(Path(folder) / "arrays.npz", **keywords)
            place = "{file: arrays.npz, key: %s}"
            text = f"input: {place % 'x'}\ntarget: {place % 'y'}\nloss: half_squared_error\n"
            layer = f"type: conv2d, weights: {place % 'W'}, bias: {place % 'b'}"
            path = Path(folder) / "network.yaml"
            path.write_text(f"{text}layers: [{{{layer}}}]\n", encoding="utf-8")
            return load(path)


USUAL = Image(samples=16, channels=3, size=32, filters=16, kernel=3)


def by_hand(case: Image, given: Arrays) -> Callable[[], Arrays]:
    """Return the passes as one writes them in numpy: the windows as columns, two products."""
    x, W, k = given["x"], given["W"], case.kernel
    out = case.size - k + 1

    def work() -> Arrays:
        windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))
        columns = windows.transpose(0, 1, 4, 5, 2, 3).reshape(case.samples, -1, out * out)
        kernels = W.reshape(case.filters, -1)
        a = (kernels @ columns).reshape(given["y"].shape) + given["b"][:, None, None]
        loss = 0.5 * ((a - given["y"]) ** 2).sum() / case.samples
        delta = a - given["y"]
        flat = delta.reshape(case.samples, case.filters, -1)
        dW = (flat @ columns.transpose(0, 2, 1)).sum(axis=0).reshape(W.shape) / case.samples
        sent = (kernels.T @ flat).reshape(case.samples, case.channels, k, k, out, out)
        dx = np.zeros(x.shape)
        for u in range(k):
            for v in range(k):
                dx[:, :, u : u + out, v : v + out] += sent[:, :, u, v]
        db = delta.sum(axis=(0, 2, 3)) / case.samples
        return {"loss": loss, "W1": dW, "b1": db, "x": dx}

    return work


def by_torch(case: Image, given: Arrays) -> Callable[[], Any] | None:
    """Return the passes of PyTorch's eager mode in float64, or None where it is not installed."""
    try:
        import torch
    except ImportError:
        return None
    leaves = {k: torch.tensor(v, requires_grad=k != "y") for k, v in given.items()}
    wanted = [leaf for key, leaf in leaves.items() if key != "y"]

    def work() -> Any:
        a = torch.nn.functional.conv2d(leaves["x"], leaves["W"], leaves["b"])
        loss = 0.5 * ((a - leaves["y"]) ** 2).sum() / case.samples
        return loss, torch.autograd.grad(loss, wanted)

    return work


def convolution(turns: int, case: Image = USUAL) -> list[str]:
    """Return the report of a convolution's two passes; check first that they agree."""
    graph, given = case.graph(), case.arrays()
    own, written = of_leaves(graph), by_hand(case, given)
    trace, wanted = own(), written()
    for key, node in {**graph.parameters, "x": graph.number(Ref("x"))}.items():
        found: Array | None = trace.gradients[node]
        assert found is not None
        assert np.allclose(found, wanted[key], rtol=1e-9, atol=1e-12)
    del trace, wanted, found
    name = f"conv {case.channels} → {case.filters}, {case.size} × {case.size}"
    # In pairs: what a turn leaves of the memory would be paid by the next turn alone.
    others: tuple[tuple[str, Callable[[], Any] | None, float | None], ...] = (
        ("im2col by hand", written, 1.3),
        ("PyTorch", by_torch(case, given), None),
    )
    lines = []
    for title, other, aim in others:
        if other is not None:
            times = interleaved({"own": own, "other": other}, turns)
            lines.append(line(f"{name}: both passes : {title}", times["own"], times["other"], aim))
    return lines


if __name__ == "__main__":
    keep_memory()
    print("\n".join(convolution(40)))
