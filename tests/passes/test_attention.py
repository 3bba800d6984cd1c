"""Random networks with attention, every value and gradient against autograd and differences."""

from __future__ import annotations

import os
import random
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
import yaml
from autograd import grad

from backprop_cli.api import loads
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.expression.refs import Ref
from backprop_cli.graph.parts import Node
from backprop_cli.graph.values import leaf_arrays
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import forward

from ..published.test_published import CONFIGS, agrees
from .test_against_autograd import close, gradient

MANY = int(os.environ.get("BACKPROP_TEST_NETWORKS", "40"))
CHUNKS = [range(start, start + 20) for start in range(0, MANY, 20)]
MAPS = {"query": "q", "key": "k", "value": "v", "output": "o"}
H = 6e-6
Spec = dict[str, Any]


def drawn(seed: int) -> Spec:
    """Return one or two layers of attention, or cross-attention, after a dense layer or none."""
    chance = random.Random(seed)

    def numbers(*shape: int) -> Any:
        if not shape:
            return round(chance.uniform(-1, 1), 3)
        return [numbers(*shape[1:]) for _ in range(shape[0])]

    samples, steps, width = chance.choice((0, 0, 1, 3)), chance.randint(1, 4), chance.randint(1, 3)
    in_out = chance.random() < 0.25
    layers: list[Spec] = []

    def matrix(units: int, inputs: int) -> Any:
        return numbers(inputs, units) if in_out else numbers(units, inputs)

    def attention(below: int, other: int) -> int:
        heads = chance.choice((1, 1, 2, 3))
        pair, inner = heads * chance.randint(1, 2), heads * chance.randint(1, 2)
        out = chance.randint(1, 3)
        layer: Spec = {
            "type": "attention",
            "heads": heads,
            "query": matrix(pair, below),
            "key": matrix(pair, other),
            "value": matrix(inner, other),
            "output": matrix(out, inner) if chance.random() < 0.6 else "none",
            "causal": chance.random() < 0.4,
            "scale": chance.choice(("sqrt", "sqrt", "none", 0.5)),
        }
        units = {"query": pair, "key": pair, "value": inner, "output": out}
        if layer["output"] == "none":
            del units["output"]
        chosen = [key for key in units if chance.random() < 0.4]
        layer["bias"] = {key: numbers(units[key]) for key in chosen} if chosen else "none"
        if chance.random() < 0.3:
            layer["activation"] = chance.choice(("tanh", "sigmoid", "softmax"))
        layers.append(layer)
        return out if "output" in units else inner

    units = width
    if chance.random() < 0.4:
        units = chance.randint(1, 3)
        layers.append(
            {"name": "below", "weights": matrix(units, width), "bias": numbers(units)}
            | {"activation": "tanh"}
        )
    crossed = units if layers and chance.random() < 0.5 else None
    out = attention(units, width if crossed else units)
    if crossed:
        layers[-1]["from"] = (
            ["below", "input"] if chance.random() < 0.5 else ["below", "input", "input"]
        )
    if chance.random() < 0.4:
        out = attention(out, out)
    batch = (samples,) if samples else ()
    spec: Spec = {
        "input": numbers(*batch, steps, width),
        "target": numbers(*batch, steps, out),
        "loss": chance.choice(("half_squared_error", "log_cosh")),
        "layers": layers,
    }
    if chance.random() < 0.3:
        spec["regularization"] = {"l2": 0.1}
    if chance.random() < 0.3:
        spec["reduction"] = "sum"
    return spec | ({"weights_layout": "in_out"} if in_out else {})


def text(spec: Spec) -> str:
    return yaml.safe_dump(spec, sort_keys=False, width=1000)


def leaves(spec: Spec) -> dict[str, Any]:
    """Return x and the parameters as arrays, samples first."""
    single = np.ndim(spec["input"]) == 2
    found = {"x": np.array([spec["input"]] if single else spec["input"])}
    for number, layer in enumerate(spec["layers"], 1):
        if "weights" in layer:
            found |= {f"W{number}": np.array(layer["weights"])}
            found |= {f"b{number}": np.array(layer["bias"])}
            continue
        for key, letter in MAPS.items():
            if layer[key] != "none":
                found[f"W{letter}{number}"] = np.array(layer[key])
            if layer["bias"] != "none" and key in layer["bias"]:
                found[f"b{letter}{number}"] = np.array(layer["bias"][key])
    return found


def values(spec: Spec, given: dict[str, Any]) -> dict[str, Any]:
    """Return every layer's parts and the loss, sample by sample, head by head, query by query."""
    turned = spec.get("weights_layout") == "in_out"

    def mapped(part: str, x: Any) -> Any:
        W = given[f"W{part}"]
        return anp.dot(x, W if turned else anp.transpose(W)) + given.get(f"b{part}", 0.0)

    found: dict[str, Any] = {}
    losses = []
    target = np.array(spec["target"])
    target = target[None] if target.ndim == 2 else target
    for n in range(len(given["x"])):
        named = {"input": given["x"][n]}
        below = named["input"]
        for number, layer in enumerate(spec["layers"], 1):
            if "weights" in layer:
                parts = {"z": mapped(str(number), below)}
            else:
                sources = [named[name] for name in layer.get("from", ())] or [below]
                sources = (sources + [sources[-1]] * 2)[:3]
                parts = _attended(layer, number, sources, mapped)
            last = list(parts.values())[-1]
            kind = layer.get("activation")
            a = {"tanh": anp.tanh, "sigmoid": lambda z: 1 / (1 + anp.exp(-z))}.get(
                kind, _softmax if kind == "softmax" else lambda z: z
            )(last)
            for part, value in {**parts, "a": a}.items():
                found.setdefault(f"{part}{number}", []).append(value)
            below = named[layer.get("name", "")] = a
        e = below - target[n]
        each = anp.log(anp.cosh(e)) if spec["loss"] == "log_cosh" else e * e / 2
        losses.append(anp.sum(each))
    total = sum(losses) / (1 if spec.get("reduction") == "sum" else len(losses))
    if "regularization" in spec:
        total = total + 0.05 * sum(anp.sum(v * v) for k, v in given.items() if k[0] == "W")
    return {**found, "loss": total}


def _attended(layer: Spec, number: int, sources: list[Any], mapped: Any) -> dict[str, Any]:
    q, k, v = (mapped(f"{letter}{number}", x) for letter, x in zip("qkv", sources, strict=True))
    heads = layer["heads"]
    d, e = q.shape[1] // heads, v.shape[1] // heads
    divisor = {"sqrt": d**0.5, "none": 1.0}.get(layer["scale"], layer["scale"])
    scores, chances, joined = [], [], []
    for h in range(heads):
        mine = slice(h * d, (h + 1) * d)
        s = anp.stack([anp.stack([anp.dot(a[mine], b[mine]) for b in k]) for a in q]) / divisor
        rows = []
        for i in range(len(q)):
            seen = min(i + 1, len(k)) if layer["causal"] else len(k)
            row = anp.exp(s[i, :seen])
            rows.append(anp.concatenate([row / anp.sum(row), np.zeros(len(k) - seen)]))
        p = anp.stack(rows)
        scores.append(s)
        chances.append(p)
        joined.append(anp.dot(p, v[:, h * e : (h + 1) * e]))
    z = anp.concatenate(joined, axis=1)
    pair = (scores[0], chances[0]) if heads == 1 else (anp.stack(scores), anp.stack(chances))
    parts = {"q": q, "k": k, "v": v, "s": pair[0], "p": pair[1], "z": z}
    return parts if layer["output"] == "none" else {**parts, "o": mapped(f"o{number}", z)}


def _softmax(z: Any) -> Any:
    e = anp.exp(z)
    return e / anp.sum(e, axis=-1, keepdims=True)


def loss_of(value: Any, name: str, spec: Spec, given: dict[str, Any]) -> Any:
    """Return the loss with another array in place of one that is given."""
    return values(spec, {**given, name: value})["loss"]


@pytest.mark.parametrize("seeds", CHUNKS, ids=str)
def test_values_and_gradients_are_autograds(seeds: range) -> None:
    for seed in seeds:
        spec = drawn(seed)
        graph = loads(text(spec))
        trace = run(graph)
        given = leaves(spec)
        wanted = values(spec, given)
        assert graph.loss is not None
        close(trace.values[graph.loss], np.asarray(wanted.pop("loss")), 1e-12, text(spec))
        for name, each in wanted.items():
            number = graph.number(Ref(name[:-1], int(name[-1])))
            close(trace.values[number], np.array(each), 1e-12, f"{name}: {text(spec)}")
        count = graph.samples if graph.mean else 1
        for name, array in given.items():
            node = graph.number(Ref("x")) if name == "x" else graph.parameters[name]
            slope = grad(loss_of)(array, name, spec, given) * (count if name == "x" else 1)
            close(gradient(trace, node), slope, 1e-9, f"d{name}: {text(spec)}")


@pytest.mark.parametrize("seed", range(40))
def test_inner_gradients_are_differences(seed: int) -> None:
    """∂C/∂ of each part: that node's value moved a little, what follows computed again."""
    spec = drawn(seed)
    graph = loads(text(spec))
    trace = run(graph)
    given = leaf_arrays(graph, FLOAT64)
    assert graph.loss is not None
    count = graph.samples if graph.mean else 1

    def loss(number: int, place: tuple[int, ...], step: float) -> Any:
        def moved(node: Node, value: Any) -> Any:
            if node is not graph.nodes[number]:
                return value
            value = value.copy()
            value[place] += step
            return value

        return forward(graph, FLOAT64, given, change=moved)[graph.loss or 0]

    parts = (n for layer in graph.layers for cell in layer.cells for n in cell.parts.values())
    for number in parts:
        found = gradient(trace, number)
        for place in np.ndindex(found.shape):
            slope = (loss(number, place, H) - loss(number, place, -H)) / (2 * H) * count
            assert abs(slope - found[place]) < 1e-8, (number, place, text(spec))


@pytest.mark.parametrize("seed", range(1, 6))
def test_exact_numbers(seed: int) -> None:
    """Exact values and gradients are float64's."""
    spec = drawn(seed)
    graph = loads(text(spec))
    floats, exact = run(graph), run(graph, exact=True)
    for number in range(len(graph.nodes)):
        close(as_floats(exact.values[number]), floats.values[number], 1e-12, text(spec))
        one, other = floats.gradients[number], exact.gradients[number]
        if one is not None and other is not None:
            close(as_floats(other), one, 1e-12, text(spec))


def as_floats(array: Any) -> Any:
    return np.asarray(array, dtype=np.float64)


def test_published() -> None:
    """AI by Hand (Tom Yeh), self-attention: every printed figure to its last digit."""
    graph = loads((CONFIGS / "self_attention.yaml").read_text(encoding="utf-8"))
    trace = run(graph)
    for part, printed in PUBLISHED.items():
        number = graph.number(Ref(part, 1))
        agrees(trace.values[number][0].T, printed)
    agrees(trace.values[graph.number(Ref("s", 1))][0].T * 3**0.5, SCORES)


SCORES = [
    ["3", "2", "2", "1"],
    ["4", "3", "1", "5"],
    ["-1", "-1", "-2", "1"],
    ["3", "2", "2", "1"],
]
PUBLISHED = {
    "q": [["2", "1", "0", "2"], ["0", "1", "1", "1"], ["3", "2", "2", "1"]],
    "k": [["0", "2", "1", "0"], ["0", "1", "0", "0"], ["1", "0", "-1", "1"]],
    "v": [["20", "0", "0", "20"], ["0", "0", "10", "10"], ["0", "10", "0", "0"]],
    "p": [
        ["0.25769", "0.252638", "0.37584", "0.076521"],
        ["0.459026", "0.450027", "0.210991", "0.770438"],
        ["0.025594", "0.044697", "0.037329", "0.076521"],
        ["0.25769", "0.252638", "0.37584", "0.076521"],
    ],
    "z": [
        ["10.307597", "10.105518", "15.033612", "3.06082"],
        ["2.832839", "2.97335", "4.13169", "1.53041"],
        ["4.590262", "4.500271", "2.109907", "7.704385"],
    ],
}
"""A column a token, as the sheet prints them."""
