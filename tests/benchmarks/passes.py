"""The same forward and backward passes three times: by this package, by hand in numpy, by torch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from backprop_cli.api import load
from backprop_cli.arithmetic.floating import FLOAT64, Float64
from backprop_cli.graph.records import Graph
from backprop_cli.graph.values import leaf_arrays
from backprop_cli.passes.lean import LeanPasses
from backprop_cli.passes.trace import Trace, backward, forward, norm

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]
LARGE = (784, 512, 512, 10)
SMALL = (2, 2, 1)


class Case(Struct, frozen=True):
    """A network of relu layers, softmax and cross-entropy (large) or sigmoids (small)."""

    sizes: tuple[int, ...]
    samples: int
    classes: bool

    def arrays(self) -> Arrays:
        """Return input, target and parameters, always the same."""
        chance = np.random.default_rng(7)
        found = {"x": chance.normal(size=(self.samples, self.sizes[0]))}
        for layer, (inside, outside) in enumerate(zip(self.sizes, self.sizes[1:], strict=False), 1):
            found[f"W{layer}"] = chance.normal(size=(outside, inside)) / np.sqrt(inside)
            found[f"b{layer}"] = chance.normal(size=outside) / 10
        width = self.sizes[-1]
        classes = chance.integers(width, size=self.samples)
        found["y"] = np.eye(width)[classes] if self.classes else np.full((self.samples, width), 0.5)
        return found

    def write(self, folder: Path) -> Path:
        """Write the network file and its arrays into the folder."""
        keywords: dict[str, Any] = dict(self.arrays())
        np.savez(folder / "arrays.npz", **keywords)
        lines = [
            f"{part}: {{file: arrays.npz, key: {k}}}"
            for part, k in (("input", "x"), ("target", "y"))
        ]
        lines += [f"loss: {'cross_entropy' if self.classes else 'half_squared_error'}", "layers:"]
        last = len(self.sizes) - 1
        for layer in range(1, last + 1):
            end = "softmax" if self.classes else "sigmoid"
            hidden = "relu" if self.classes else "sigmoid"
            lines += [
                f"  - activation: {end if layer == last else hidden}",
                f"    weights: {{file: arrays.npz, key: W{layer}}}",
                f"    bias: {{file: arrays.npz, key: b{layer}}}",
            ]
        path = folder / "network.yaml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


def by_package(graph: Graph) -> Callable[[], Trace]:
    """Return the passes of this package."""
    leaves = leaf_arrays(graph, FLOAT64)
    return lambda: backward(graph, FLOAT64, forward(graph, FLOAT64, leaves))


def by_descent(graph: Graph, kind: Float64 = FLOAT64) -> Callable[[], Arrays]:
    """Return the passes of a descent, in arrays that are kept; its gradients by their names.

    As in a descent the gradients lie one behind the other in one array.
    """
    leaves = leaf_arrays(graph, kind)
    norms = {number: norm(leaf) for number, leaf in leaves.items()}
    numbers = dict(graph.parameters)
    if graph.input is not None:
        numbers["x"] = graph.input
    ends = np.cumsum([leaves[number].size for number in numbers.values()])
    parts = np.split(np.empty(ends[-1], np.result_type(*leaves.values())), ends[:-1])
    wanted = {
        name: part.reshape(leaves[number].shape)
        for (name, number), part in zip(numbers.items(), parts, strict=True)
    }
    homes = {number: wanted[name] for name, number in numbers.items()}
    lean = LeanPasses(graph, kind, leaves, norms, homes)

    def work() -> Arrays:
        with np.errstate(all="ignore"):
            return {"loss": lean(leaves), **wanted}

    return work


def of_leaves(graph: Graph) -> Callable[[], Trace]:
    """Return the passes that keep no gradient within a loop, as a step's and those by hand do."""
    leaves = leaf_arrays(graph, FLOAT64)
    return lambda: backward(graph, FLOAT64, forward(graph, FLOAT64, leaves), whole=False)


def by_hand(case: Case, given: Arrays) -> Callable[[], Arrays]:
    """Return the passes as one writes them in numpy, every gradient to the input's."""
    layers = len(case.sizes) - 1

    def work() -> Arrays:
        a = [given["x"]]
        z = []
        for layer in range(1, layers + 1):
            z.append(a[-1] @ given[f"W{layer}"].T + given[f"b{layer}"])
            if not case.classes:
                a.append(1 / (1 + np.exp(-z[-1])))
            elif layer < layers:
                a.append(np.maximum(z[-1], 0))
            else:
                e = np.exp(z[-1] - z[-1].max(axis=1, keepdims=True))
                a.append(e / e.sum(axis=1, keepdims=True))
        y, n = given["y"], case.samples
        found: Arrays = {}
        if case.classes:
            found["loss"] = -(y * np.log(a[-1])).sum() / n
            delta = a[-1] - y
        else:
            found["loss"] = 0.5 * ((a[-1] - y) ** 2).sum() / n
            delta = (a[-1] - y) * a[-1] * (1 - a[-1])
        for layer in range(layers, 0, -1):
            found[f"W{layer}"] = delta.T @ a[layer - 1] / n
            found[f"b{layer}"] = delta.sum(axis=0) / n
            back = delta @ given[f"W{layer}"]
            if layer == 1:
                found["x"] = back
            elif case.classes:
                delta = back * (z[layer - 2] > 0)
            else:
                delta = back * a[layer - 1] * (1 - a[layer - 1])
        return found

    return work


def with_buffers(case: Case, given: Arrays) -> Callable[[], Arrays]:
    """Return the passes of a network of classes by someone who minds buffers.

    Every array is made once, before, and none is copied: what comes out is overwritten by the
    next turn.
    """
    numbers, n = range(1, len(case.sizes)), case.samples
    a = [given["x"], *(np.empty((n, size)) for size in case.sizes[1:])]
    delta = [np.empty((n, size)) for size in case.sizes]
    on = [np.empty((n, size), dtype=bool) for size in case.sizes]
    row = np.empty((n, 1))
    found: Arrays = {k: np.empty(array.shape) for k, array in given.items() if k != "y"}
    found["x"] = delta[0]

    def work() -> Arrays:
        for layer in numbers:
            np.matmul(a[layer - 1], given[f"W{layer}"].T, out=a[layer])
            a[layer] += given[f"b{layer}"]
            if layer < numbers[-1]:
                np.maximum(a[layer], 0, out=a[layer])
        out, y = a[-1], given["y"]
        out -= np.max(out, axis=1, keepdims=True, out=row)
        np.exp(out, out=out)
        out /= np.sum(out, axis=1, keepdims=True, out=row)
        found["loss"] = -(y * np.log(out)).sum() / n
        np.subtract(out, y, out=delta[-1])
        for layer in reversed(numbers):
            np.matmul(delta[layer], given[f"W{layer}"], out=delta[layer - 1])
            delta[layer] /= n
            np.matmul(delta[layer].T, a[layer - 1], out=found[f"W{layer}"])
            np.sum(delta[layer], axis=0, out=found[f"b{layer}"])
            if layer > 1:
                delta[layer - 1] *= np.greater(a[layer - 1], 0, out=on[layer - 1])
        return found

    return work


def by_torch(case: Case, given: Arrays) -> Callable[[], Any] | None:
    """Return the passes of PyTorch's eager mode on these numbers; None where there is no torch."""
    try:
        import torch
    except ImportError:
        return None
    leaves = {k: torch.tensor(v, requires_grad=k != "y") for k, v in given.items()}
    layers = len(case.sizes) - 1
    wanted = [leaf for key, leaf in leaves.items() if key != "y"]

    def work() -> Any:
        a = leaves["x"]
        for layer in range(1, layers + 1):
            a = torch.nn.functional.linear(a, leaves[f"W{layer}"], leaves[f"b{layer}"])
            if not case.classes:
                a = torch.sigmoid(a)
            elif layer < layers:
                a = torch.relu(a)
        if case.classes:
            loss = torch.nn.functional.cross_entropy(a, leaves["y"])
        else:
            loss = 0.5 * ((a - leaves["y"]) ** 2).sum() / case.samples
        return loss, torch.autograd.grad(loss, wanted)

    return work


LARGE_CASE = Case(LARGE, 128, True)
SMALL_CASE = Case(SMALL, 1, False)


def graph_of(case: Case, folder: Path) -> Graph:
    """Return the case's graph, read from a file."""
    return load(case.write(folder))
