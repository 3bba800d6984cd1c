"""Recurrent networks to work by hand: hidden layers that remember, a dense one on top of them."""

from __future__ import annotations

from typing import Any

from ..files.network import parse_network
from ..functions.losses import LOSSES
from ..problems import Refusal, Source, refuse
from ..spec.records import NetworkSpec
from .outline import batch_problems

GATES = {"recurrent": "", "lstm": "ifgo", "gru": "run"}
FEWEST_STEPS, MOST_STEPS = 2, 4
MOST_UNITS = 4


def recurrent_spec(
    kind: str, shape: str, steps: int, loss: str | None, batch: int | None
) -> tuple[NetworkSpec, str]:
    """Return a network of zeros to be filled with numbers, and the options that it is made by."""
    kind = "recurrent" if kind == "rnn" else kind
    if kind not in GATES:
        cure = f"take {', '.join(GATES)}; of other layers --like FILE makes exercises"
        raise refuse(f"--layer {kind}: no layer that remembers", None, cure)
    if not FEWEST_STEPS <= steps <= MOST_STEPS:
        cure = f"take {FEWEST_STEPS} to {MOST_STEPS}"
        raise refuse(f"--steps {steps}: not a sequence to work by hand", None, cure)
    parts = shape.split("-")
    units = [int(part) for part in parts if part.isdigit() and len(part) < 3]
    fits = len(parts) == len(units) > 1 and min(units) > 0 and max(units) <= MOST_UNITS
    if not fits:
        cure = f"inputs first, up to {MOST_UNITS} each: 1-2-1"
        raise refuse(f"--shape {shape}: not a recurrent network to work by hand", None, cure)
    if wrong := batch_problems(batch):
        raise Refusal(wrong)
    known = LOSSES.get(loss or "half_squared_error")
    if known is None or known.takes != "numbers":
        names = [name for name, each in LOSSES.items() if each.takes == "numbers"]
        message = f"--loss {loss}: not one of an output that is any number"
        raise refuse(message, None, f"take {', '.join(names)}; or --like a network of your own")
    hidden = units[1:-1] or units[1:]
    lines = [
        f"input: {_zeros(*([batch] if batch else []), steps, units[0])}",
        f"target: {_zeros(*([batch] if batch else []), steps, units[-1])}",
        f"loss: {loss or 'half_squared_error'}",
        "layers:",
    ]
    for width, size in zip(units, hidden, strict=False):
        lines += [
            f"  - type: {kind}",
            f"    units: {size}",
            f"    weights: {_gates(kind, size, width)}",
            f"    recurrent_weights: {_gates(kind, size, size)}",
            f"    bias: {_gates(kind, size)}",
        ]
    if len(units) > 2:
        lines.append(f"  - {{weights: {_zeros(units[-1], hidden[-1])}, bias: {_zeros(units[-1])}}}")
    options = f"--layer {kind} --shape {shape} --steps {steps}"
    options += f" --loss {loss}" if loss else ""
    options += f" --batch {batch}" if batch else ""
    return parse_network(Source("exercise.yaml", "\n".join(lines) + "\n")), options


def _gates(kind: str, *shape: int) -> str:
    """Return zeros, of each gate where there are gates."""
    named = (f"{gate}: {_zeros(*shape)}" for gate in GATES[kind])
    return f"{{{', '.join(named)}}}" if GATES[kind] else str(_zeros(*shape))


def _zeros(*shape: int) -> Any:
    return [_zeros(*shape[1:]) if len(shape) > 1 else 0 for _ in range(shape[0])]
