"""Networks of one or two units, in a line or two of YAML."""

from __future__ import annotations

from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace

from ..networks import loads


def traced(text: str) -> Trace:
    return run(loads(text))


def small(body: str, loss: str = "half_squared_error", data: str = "[1, 2]") -> str:
    return f"input: {data}\ntarget: [0.5]\nloss: {loss}\nlayers:\n{body}"


def kink_body(activation: str, weights: str) -> str:
    return (
        f"  - {{activation: {activation}, weights: {weights}, bias: [0]}}\n"
        "  - {weights: [[3]], bias: [1]}\n"
    )
