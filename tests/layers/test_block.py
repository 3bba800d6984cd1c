"""The transformer block among the examples: gradients against autograd, its pages at 80 columns.

It is too large for every page of it to be looked at as the other examples' are.
"""

from __future__ import annotations

import re
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
import yaml
from autograd import grad

from backprop_cli.passes.run import run
from backprop_cli.printing.wrapping import columns

from ..commands.running import CONFIGS, config, printed
from ..networks import loads
from ..page.capture import shown
from ..page.letters import faults
from ..page.pages import page

NAME = "transformer_block"
TEXT = (CONFIGS / f"{NAME}.yaml").read_text(encoding="utf-8")
PLACES = {
    ("attention", "query"): "Wq1",
    ("attention", "key"): "Wk1",
    ("attention", "value"): "Wv1",
    ("attention", "output"): "Wo1",
    ("norm", "scale"): "gamma3",
    ("norm", "shift"): "beta3",
    ("hidden", "weights"): "W4",
    ("hidden", "bias"): "b4",
    ("back", "weights"): "W5",
    ("back", "bias"): "b5",
    ("second_norm", "scale"): "gamma7",
    ("second_norm", "shift"): "beta7",
}


def normalized(a: Any, scale: Any, shift: Any) -> Any:
    centred = a - anp.mean(a, axis=1, keepdims=True)
    return centred / anp.sqrt(anp.mean(centred**2, axis=1, keepdims=True) + 1e-5) * scale + shift


def cost(p: dict[str, Any], target: Any) -> Any:
    """Return the block's cost, written as a paper has it: rows are tokens."""
    x = p["x"]
    q, k, v = x @ p["Wq1"].T, x @ p["Wk1"].T, x @ p["Wv1"].T
    e = anp.exp(q @ k.T / np.sqrt(3))
    mixed = (e / anp.sum(e, axis=1, keepdims=True)) @ v @ p["Wo1"].T
    a = normalized(x + mixed, p["gamma3"], p["beta3"])
    hidden = anp.maximum(a @ p["W4"].T + p["b4"], 0)
    a = normalized(a + hidden @ p["W5"].T + p["b5"], p["gamma7"], p["beta7"])
    return anp.sum((a - target) ** 2) / 2


def test_every_gradient() -> None:
    spec = yaml.safe_load(TEXT)
    by_name = {layer["name"]: layer for layer in spec["layers"]}
    given = {name: np.array(by_name[layer][key], float) for (layer, key), name in PLACES.items()}
    given["x"] = np.array(spec["input"], float)
    target = np.array(spec["target"], float)
    trace = run(loads(TEXT))
    graph = trace.graph
    assert set(graph.parameters) == set(PLACES.values())
    assert graph.loss is not None
    np.testing.assert_allclose(float(trace.values[graph.loss]), cost(given, target), rtol=1e-13)
    for name, slope in grad(cost)(given, target).items():
        number = graph.input if name == "x" else graph.parameters[name]
        found: Any = trace.gradients[number or 0]
        np.testing.assert_allclose(found.reshape(slope.shape), slope, atol=1e-12)


@pytest.mark.parametrize("width", [80, 120])
def test_its_pages_fit(width: int) -> None:
    matrices = ("derive", "--style", "matrix", "--numbers")
    for command, *more in (("trace",), ("derive",), ("describe",), matrices):
        page = printed(command, config(NAME), *more, width=width)
        assert max(map(columns, page.splitlines())) <= width
        assert not re.search(r"(?<!at most \d\.)\de-1\d", page), "what floats leave of a sum"


def test_its_derivation_is_true() -> None:
    made = shown("derive", config(NAME))
    assert made is not None
    assert not faults(made.spoken(""), made.written(""))
    found = page(made, "")
    assert not found.faults, found.faults[0]
    assert found.held > 60
