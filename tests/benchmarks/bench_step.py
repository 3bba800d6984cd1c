"""Steps of descent against PyTorch's, in one run: ``python -m tests.benchmarks.bench_step``."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from backprop_cli.files.network import read_network
from backprop_cli.graph.build import build
from backprop_cli.passes.descent.descender import Descender
from backprop_cli.passes.descent.plan import Options, Standing, plan_of

from .measuring import HEAD, interleaved, line
from .passes import SMALL_CASE, Array, Case

DIGITS = Case((784, 128, 10), 32, True)
RATE = "0.001"


def by_package(case: Case, optimizer: str) -> Descender:
    """Return a descent of this package, at its beginning."""
    with tempfile.TemporaryDirectory() as folder:
        spec = read_network(str(case.write(Path(folder))))
        graph = build(spec)
    plan = plan_of(graph, spec, Options(optimizer=optimizer, rate=RATE))
    return Descender(graph, plan, Standing())


def by_torch(case: Case, optimizer: str) -> tuple[Callable[[], Any], dict[str, Any]]:
    """Return one step of PyTorch's eager mode in float64, and its parameters."""
    import torch

    given = case.arrays()
    leaves = {k: torch.tensor(v, requires_grad=k[0] in "Wb") for k, v in given.items()}
    parameters = {name: leaf for name, leaf in leaves.items() if leaf.requires_grad}
    kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    descent = kinds[optimizer](parameters.values(), lr=float(RATE))
    layers = len(case.sizes) - 1

    def step() -> Any:
        descent.zero_grad()
        a = leaves["x"]
        for layer in range(1, layers + 1):
            a = torch.nn.functional.linear(a, leaves[f"W{layer}"], leaves[f"b{layer}"])
            if not case.classes:
                a = torch.sigmoid(a)
            elif layer < layers:
                a = torch.relu(a)
        if case.classes:
            loss: Any = torch.nn.functional.cross_entropy(a, leaves["y"])
        else:
            loss = 0.5 * ((a - leaves["y"]) ** 2).sum() / case.samples
        loss.backward()
        return descent.step()

    return step, parameters


def agree(descender: Descender, parameters: dict[str, Any]) -> None:
    """Check that both have come to the same parameters."""
    for name, number in descender.graph.parameters.items():
        wanted: Array = parameters[name].detach().numpy()
        assert np.allclose(descender.value(number), wanted, rtol=1e-9, atol=1e-12), name


def steps(case: Case, optimizer: str, turns: int, repeats: int, aim: float | None) -> str:
    """Return the line of a network and an optimizer; both have taken the same steps at its end."""
    own = by_package(case, optimizer)
    theirs, parameters = by_torch(case, optimizer)
    times = interleaved({"own": own.step, "torch": theirs}, turns, repeats)
    agree(own, parameters)
    name = f"{'-'.join(map(str, case.sizes))}, batch {case.samples}"
    return line(f"{name}: a step of {optimizer} : PyTorch", times["own"], times["torch"], aim)


def descents() -> Iterator[str]:
    """Yield the whole report."""
    for optimizer in ("sgd", "adam"):
        yield steps(SMALL_CASE, optimizer, 40, 200, 0.2)
        yield steps(DIGITS, optimizer, 25, 10, 1.0)


if __name__ == "__main__":
    print("\n".join([HEAD, *descents()]))
