"""Wrong formulas on networks without numbers: the mistake is named as that of a number is."""

from __future__ import annotations

import pytest

from backprop_cli.api import check, loads

NETWORK = """
input: [~, ~]
target: [~, ~]
loss: half_squared_error
layers:
  - {activation: tanh, units: 2}
  - {activation: sigmoid, units: 2}
"""
SLIPS = [
    ("delta2[1]", "a2[1] - y[1]", "no-sigma-prime-output"),
    ("delta2[2]", "(y[2] - a2[2])*a2[2]*(1 - a2[2])", "sign"),
    ("delta2[1]", "(a2[1] - y[1])*z2[1]*(1 - z2[1])", "sigma-prime-z-one-minus-z"),
    ("delta1[1]", "W2[1,1]*delta2[1] + W2[2,1]*delta2[2]", "no-sigma-prime-hidden"),
    ("delta1[1]", "W2[1,1]*delta2[1]*(1 - a1[1]^2)", "one-path"),
    ("delta1[2]", "(W2[2,1]*delta2[1] + W2[2,2]*delta2[2])*(1 - a1[2]^2)", "not-transposed"),
    ("dW2[1,2]", "delta2[1]*z1[2]", "z-instead-of-a"),
    ("dW2[1,2]", "delta2[2]*a1[1]", "outer-transposed"),
    ("z1[1]", "W1[1,1]*x[1] + W1[1,2]*x[2]", "bias-omitted"),
    ("loss", "(a2[1] - y[1])^2 + (a2[2] - y[2])^2", "factor-two"),
]
FINE = {
    "z1[1]": "W1[1,1]*x[1] + W1[1,2]*x[2] + b1[1]",
    "delta2[2]": "(a2[2] - y[2])*a2[2]*(1 - a2[2])",
    "dW1[1,1]": "(a2[1] - y[1])*a2[1]*(1 - a2[1])*W2[1,1]*(1 - tanh(z1[1])^2)*x[1]"
    " + (a2[2] - y[2])*a2[2]*(1 - a2[2])*W2[2,1]*(1 - tanh(z1[1])^2)*x[1]",
}


@pytest.mark.parametrize(("name", "formula", "mistake"), SLIPS)
def test_a_wrong_formula_is_called_by_its_mistake(name: str, formula: str, mistake: str) -> None:
    judged = check(loads(NETWORK), {**FINE, name: formula}).marked[0].judged
    (found,) = (each for each in judged if each.verdict != "right")
    assert found.answer.name == name
    assert mistake in (found.mistake, *found.also)
    assert found.truth is None


def test_what_no_mistake_gives_has_no_name() -> None:
    judged = check(loads(NETWORK), {**FINE, "z1[2]": "x[1]*x[2] - 3*b1[1]"}).marked[0].judged
    assert [each.verdict for each in judged] == ["right"] * 3 + ["wrong"]
    assert judged[-1].mistake is None
