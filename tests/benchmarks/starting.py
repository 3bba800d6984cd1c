"""How the commands start, as ratios to importing what they import."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from ..commands.running import ROOT, config
from .bench_check import sheets
from .measuring import Times, Work, environment, interleaved, line, python

NOTHING = f"import sys; sys.path.insert(0, {str(ROOT)!r})"
COMMAND = f"""{NOTHING}
from backprop_cli.__main__ import main
try:
    main()
except SystemExit:
    pass"""
PACKAGES = ("click", "numpy", "yaml", "_yaml", "msgspec", "rich", "sympy", "mpmath")
USUAL = ["numpy", "click", "rich.table", "yaml"]
"""What any program of this kind imports."""
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


def imported_by(*arguments: str) -> list[str]:
    """Return the modules of other packages that a command really imports, in their order."""
    program = COMMAND + "\nprint(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment())
    return [name for name in done.stderr.split() if name.partition(".")[0] in PACKAGES]


def importing(modules: list[str]) -> str:
    """Return the program that imports modules and does nothing else."""
    return f"{NOTHING}\nfor name in {modules!r}: __import__(name)"


def beyond(turns: int, *arguments: str) -> Times:
    """Return what a command takes beyond importing what it imports."""
    modules = importing(imported_by(*arguments))
    works = {"own": python(COMMAND, *arguments), "imports": python(modules)}
    times = interleaved(works, turns)
    return times["own"].beyond(times["imports"])


def start(turns: int, with_torch: bool) -> list[str]:
    """Return the report of how the commands start, beside PyTorch where it is installed."""
    mazur = config("mazur")
    with tempfile.TemporaryDirectory() as folder:
        sheets(Path(folder), 1)
        works: dict[str, Work] = {
            "help": python(COMMAND, "--help"),
            "click": python(f"{NOTHING}\nimport click"),
            "trace": python(COMMAND, "trace", mazur),
            "usual": python(importing(USUAL)),
            "imports": python(importing(imported_by("trace", mazur))),
            "check": python(COMMAND, "check", mazur, str(Path(folder) / "s0.yaml")),
            "derive": python(COMMAND, "derive", mazur),
            "sympy": python(importing([*imported_by("derive", mazur), "sympy"])),
        }
        if with_torch:
            works["torch"] = python(TORCH)
        times = interleaved(works, turns)
    pairs = [
        ("backprop --help : import click", "help", "click", 1.2),
        (f"backprop trace mazur : import {', '.join(USUAL)}", "trace", "usual", 1.25),
        ("backprop trace mazur : importing what it imports", "trace", "imports", 1.3),
        ("backprop check of one sheet : backprop trace", "check", "trace", 1.3),
        ("backprop derive mazur : importing what it imports, sympy", "derive", "sympy", 1.15),
    ]
    if with_torch:
        pairs.append(("backprop trace mazur : the smallest PyTorch script", "trace", "torch", 0.2))
    return [line(title, times[one], times[other], aim) for title, one, other, aim in pairs]
