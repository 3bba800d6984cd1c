"""Computation graphs that others published, each printed digit, out of the command's JSON."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from ..commands.running import config
from ..commands.running import printed as shown


def traced(name: str, *options: str) -> dict[str, Any]:
    """Return what ``backprop trace`` prints of a packaged graph as JSON."""
    found: dict[str, Any] = json.loads(shown("trace", config(name), "--format", "json", *options))
    return found


def as_printed(number: float, printed: str) -> str:
    """Return the number with as many decimals as the source prints."""
    place = Decimal(printed).as_tuple().exponent
    return str(Decimal(repr(number)).quantize(Decimal(1).scaleb(int(place)), ROUND_HALF_UP))


DIAMOND = {
    "values": {"a": "2", "b": "3", "c": "5", "d": "6", "o": "15"},
    "gradients": {"a": "10.5", "b": "8", "c": "3", "d": "2.5", "o": "1"},
}
"""o = (a + b)(ab)/2 at a = 2, b = 3, worked through both paths of each variable."""

MULTIPLY = {
    "values": {"x": "-2", "y": "5", "z": "-4", "q": "3", "f": "-12"},
    "gradients": {"f": "1", "z": "3", "q": "-4", "x": "-4", "y": "-4"},
}
"""CS231n, Backpropagation, Intuitions: f = (x + y)z with q = x + y."""

SIGMOID = {
    "values": {"f": "0.73", "s": "1.00", "p": "-2.00", "q": "6.00"},
    "gradients": {
        "w0": "-0.20",
        "w1": "-0.39",
        "w2": "0.20",
        "x0": "0.39",
        "x1": "-0.59",
        "s": "0.20",
    },
}
"""CS231n's sigmoid neuron with w = (2, −3, −3) and x = (−1, −2), as a circuit of gates."""

MICROGRAD = {
    "values": {"g2": "24.7041"},
    "gradients": {"a": "138.8338", "b": "645.5773"},
}
"""The README of micrograd prints g, and the derivatives of g with respect to a and b."""

PRINTED = {
    "diamond": DIAMOND,
    "multiply": MULTIPLY,
    "sigmoid_circuit": SIGMOID,
    "micrograd": MICROGRAD,
}


@pytest.mark.parametrize("options", [(), ("--exact",)], ids=["float64", "exact"])
@pytest.mark.parametrize("name", PRINTED)
def test_every_printed_digit(name: str, options: tuple[str, ...]) -> None:
    found = traced(name, *options)
    for kind, numbers in PRINTED[name].items():
        for quantity, printed in numbers.items():
            assert as_printed(found[kind][quantity], printed) == printed, f"{kind} of {quantity}"


def test_the_diamond_is_exact() -> None:
    found = traced("diamond", "--exact")["exact"]
    wanted = {"c": "5", "d": "6", "o": "15", "d(a)": "21/2", "d(b)": "8", "d(c)": "3"}
    assert {name: found[name] for name in wanted} == wanted
    assert found["d(d)"] == "5/2"


def test_the_diamonds_messages_are_those_of_its_paths() -> None:
    text = shown("trace", config("diamond"), "--format", "text", "--digits", "1")
    assert "∂o/∂a = ∂o/∂c·∂c/∂a + ∂o/∂d·∂d/∂a = 3 + 7.5 = 10.5" in text
    assert "∂o/∂b = ∂o/∂c·∂c/∂b + ∂o/∂d·∂d/∂b = 3 + 5 = 8" in text


def test_micrograds_forward_pass_is_pythons() -> None:
    a, b = -4.0, 2.0
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + max(0.0, b + a)
    d += 3 * d + max(0.0, b - a)
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    values = traced("micrograd")["values"]
    assert (values["c3"], values["d3"], values["e"], values["f"]) == (c, d, e, f)
    assert values["g2"] == pytest.approx(g, rel=1e-15)
