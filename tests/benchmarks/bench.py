"""The package's speed in one run, as ratios: ``python -m tests.benchmarks.bench``."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from backprop_cli.expression.refs import Ref
from backprop_cli.passes.run import run

from ..commands.running import ROOT, config
from .bench_images import convolution
from .measuring import Times, environment, interleaved, line, python
from .passes import LARGE_CASE, SMALL_CASE, Array, Case, by_hand, by_package, by_torch, graph_of

COMMAND = (
    f"import sys; sys.path.insert(0, {str(ROOT)!r}); from backprop_cli.cli import main; main()"
)
NOTHING = f"import sys; sys.path.insert(0, {str(ROOT)!r})"
PACKAGES = ("click", "numpy", "yaml", "_yaml", "msgspec", "rich")
TORCH = """
import torch
f = torch.float64
x, y = torch.tensor([0.05, 0.1], dtype=f), torch.tensor([0.01, 0.99], dtype=f)
W1 = torch.tensor([[0.15, 0.2], [0.25, 0.3]], dtype=f, requires_grad=True)
W2 = torch.tensor([[0.4, 0.45], [0.5, 0.55]], dtype=f, requires_grad=True)
b1 = torch.tensor(0.35, dtype=f, requires_grad=True)
b2 = torch.tensor(0.6, dtype=f, requires_grad=True)
a1 = torch.sigmoid(W1 @ x + b1)
a2 = torch.sigmoid(W2 @ a1 + b2)
loss = 0.5 * ((a2 - y) ** 2).sum()
loss.backward()
print(a1, a2, loss, W1.grad, b1.grad, W2.grad, b2.grad)
"""
MOST_HELD = """
import atexit, sys
def report():
    with open("/proc/self/status") as status:
        held = next(line.split()[1] for line in status if line.startswith("VmHWM"))
    sys.stderr.write(held)
atexit.register(report)
"""
"""Says at the end how much memory was held at most; Linux alone counts it for a new program."""


def imported_by(*arguments: str) -> list[str]:
    """Return the modules of other packages that a command really imports, in their order."""
    program = COMMAND.replace("main()", "sys.argv[0] = 'backprop'") + (
        "\ntry:\n    main()\nexcept SystemExit:\n    pass\nprint(*sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment())
    return [name for name in done.stderr.split() if name.partition(".")[0] in PACKAGES]


def importing(modules: list[str]) -> str:
    """Return the program that imports modules and does nothing else."""
    return f"{NOTHING}\nfor name in {modules!r}: __import__(name)"


def start(turns: int, with_torch: bool) -> list[str]:
    """Return the report of how the commands start, beside PyTorch where it is installed."""
    mazur = config("mazur")
    works = {
        "help": python(COMMAND, "--help"),
        "click": python(f"{NOTHING}\nimport click"),
        "trace": python(COMMAND, "trace", mazur),
        "imports": python(importing(imported_by("trace", mazur))),
    }
    if with_torch:
        works["torch"] = python(TORCH)
    times = interleaved(works, turns)
    lines = [
        line("backprop --help : import click", times["help"], times["click"], 1.5),
        line(
            "backprop trace mazur : importing what it imports",
            times["trace"],
            times["imports"],
            1.3,
        ),
    ]
    if with_torch:
        title = "backprop trace mazur : the smallest PyTorch script"
        lines.append(line(title, times["trace"], times["torch"], 0.2))
    return lines


def passes(
    case: Case, turns: int, repeats: int, hand: float | None, torch: float | None
) -> list[str]:
    """Return the report of a network's two passes; check first that all three agree."""
    name = f"{'-'.join(map(str, case.sizes))}, batch {case.samples}"
    given = case.arrays()
    with tempfile.TemporaryDirectory() as folder:
        graph = graph_of(case, Path(folder))
    own, written = by_package(graph), by_hand(case, given)
    trace, wanted = own(), written()
    for key, node in graph.parameters.items():
        agree(trace.gradients[node], wanted[key])
    agree(trace.gradients[graph.number(Ref("x"))], wanted["x"])
    works = {"own": own, "hand": written}
    eager = by_torch(case, given)
    if eager is not None:
        works["torch"] = eager
    times = interleaved(works, turns, repeats)
    lines = [line(f"{name}: both passes : by hand in numpy", times["own"], times["hand"], hand)]
    if eager is not None:
        lines.append(line(f"{name}: both passes : PyTorch", times["own"], times["torch"], torch))
    return lines


def agree(found: Array | None, wanted: Array) -> None:
    """Check a gradient against the one worked by hand."""
    assert found is not None
    assert np.allclose(found, wanted, rtol=1e-9, atol=1e-12)


def memory(program: str, *arguments: str) -> int:
    """Return the most memory that a program held, in bytes."""
    command = [sys.executable, "-c", MOST_HELD + program, *arguments]
    done = subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment()
    )
    return int(done.stderr) * 1024


def large_trace(turns: int, case: Case = LARGE_CASE) -> list[str]:
    """Return the report of tracing a large network: time and memory beyond the imports."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(case.write(Path(folder)))
        modules = importing(imported_by("trace", path))
        times = interleaved(
            {"own": python(COMMAND, "trace", path), "imports": python(modules)}, turns
        )
        held = memory(COMMAND, "trace", path) - memory(modules)
        graph = graph_of(case, Path(folder))
    trace = run(graph)
    distinct = {id(a): a.nbytes for a in (*trace.values, *trace.gradients) if a is not None}
    arrays = sum(distinct.values())
    beyond = times["own"].beyond(times["imports"])
    name = "-".join(map(str, case.sizes))
    return [
        line(f"{name}: backprop trace beyond imports : one second", beyond, Times((1.0,)), 1.0),
        f"{f'{name}: memory beyond imports : its arrays':<58} {held / arrays:6.3f}  "
        f"({held / 1e6:.1f} MB : {arrays / 1e6:.1f} MB)  aim ≤ 3  "
        f"{'met' if held <= 3 * arrays else 'MISSED'}",
    ]


def main() -> None:
    """Print the whole report."""
    print("ratio of the fastest turns, then of the medians; (fastest : fastest)\n")
    print("\n".join(start(15, importlib.util.find_spec("torch") is not None)), flush=True)
    print("\n".join(passes(LARGE_CASE, 25, 1, 1.15, None)), flush=True)
    print("\n".join(passes(SMALL_CASE, 40, 200, None, 0.5)), flush=True)
    print("\n".join(convolution(40)), flush=True)
    print("\n".join(large_trace(7)), flush=True)


if __name__ == "__main__":
    main()
