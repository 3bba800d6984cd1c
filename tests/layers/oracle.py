"""The loss of such a network in autograd.numpy, read from the mapping its file was written from.

Nothing of the package is used. Zeros are added to each value, so that autograd gives the gradients
with respect to those too.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import autograd.numpy as np
from autograd import grad

Spec = dict[str, Any]
Values = Any
Named = dict[str, Values]
FUNCTIONS = {
    "identity": lambda z: z,
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softplus": lambda z: np.log(1 + np.exp(z)),
}
HELD = {"weights": "W", "bias": "b", "scale": "gamma", "shift": "beta"}
TABLES = {"embedding": "E", "positions": "P"}


def batch(spec: Spec) -> Values:
    """Return the input with the samples first."""
    x = np.array(spec["input"], dtype=float)
    words = spec["layers"][0].get("type") == "embedding"
    rank = 1 if words else len(spec["sample_shape"])
    return x[None] if x.ndim == rank else x


def parameters(spec: Spec) -> Named:
    """Return what is learnt, by plain names, and the input where it is no row of words."""
    words = spec["layers"][0].get("type") == "embedding"
    x: Any = batch(spec)
    found: Named = {} if words else {"x": x}
    width = 0 if words else x.shape[-1]
    for number, layer in enumerate(spec["layers"], 1):
        kind = layer.get("type", "dense")
        for key, part in HELD.items():
            if key not in layer or layer[key] == "none":
                continue
            part = TABLES.get(kind, part)
            value = np.array(layer[key], dtype=float)
            found[f"{part}{number}"] = value * np.ones(width) if value.ndim == 0 else value
        if kind == "dense":
            width = found[f"W{number}"].shape[0]
        if kind == "embedding":
            width = found[f"E{number}"].shape[1]
    return found


def values(spec: Spec, given: Named) -> Named:
    """Return every value by its plain name, and the loss."""
    found = dict(given)
    a: Any = given["x"] if "x" in given else batch(spec)
    for number, layer in enumerate(spec["layers"], 1):

        def named(part: str, value: Values, number: int = number) -> Values:
            name = f"{part}{number}"
            found[name] = value + given.get(f"d {name}", 0.0)
            return found[name]

        z = named("z", _before(layer, a, named, lambda p, n=number: found.get(f"{p}{n}")))
        a = named("a", FUNCTIONS[layer.get("activation", "identity")](z))
    y = np.reshape(np.array(spec["target"], dtype=float), a.shape)
    found["loss"] = np.sum((a - y) ** 2) / 2
    if spec["reduction"] == "mean":
        found["loss"] = found["loss"] / len(a)
    rate = spec.get("regularization", {}).get("l2", 0)
    for name, value in given.items():
        if name.startswith("W"):
            found["loss"] = found["loss"] + rate / 2 * np.sum(value**2)
    return found


def _before(layer: Spec, x: Values, named: Any, held: Any) -> Values:
    kind = layer.get("type", "dense")
    if kind == "dense":
        return np.dot(x, held("W").T) + held("b")
    if kind == "embedding":
        rows = held("E")[x.astype(int)]
        pools = {"none": lambda r: r, "sum": lambda r: r.sum(1), "mean": lambda r: r.mean(1)}
        return pools[layer["pool"]](rows)
    if kind == "positions":
        return x + (held("P") if "weights" in layer else waves(*x.shape[1:]))
    if kind == "dropout":
        if layer.get("mode") == "eval":
            return x
        mask = np.reshape(np.array(layer["mask"], dtype=float), x.shape)
        return x * mask / (1 - float(Fraction(layer["rate"])))
    epsilon = float(Fraction(layer["epsilon"]))
    xhat = named("xhat", _standard(layer, kind, x, epsilon, named))
    gamma, beta = held("gamma"), held("beta")
    z = xhat if gamma is None else gamma * xhat
    return z if beta is None else z + beta


def _standard(layer: Spec, kind: str, x: Values, epsilon: float, named: Any) -> Values:
    if kind == "rms_norm":
        rms = named("rms", np.sqrt(np.mean(x**2, axis=-1) + epsilon))
        return x / rms[..., None]
    if kind == "layer_norm":
        mean = named("mean", np.mean(x, axis=-1))
        var = named("var", np.mean((x - mean[..., None]) ** 2, axis=-1))
        return (x - mean[..., None]) / np.sqrt(var[..., None] + epsilon)
    if layer.get("mode") == "eval":
        mean, var = np.array(layer["running_mean"]), np.array(layer["running_var"])
    else:
        axes = tuple(range(x.ndim - 1))
        mean = named("mean", np.mean(x, axis=axes))
        var = named("var", np.mean((x - mean) ** 2, axis=axes))
    return (x - mean) / np.sqrt(var + epsilon)


def waves(steps: int, units: int) -> Values:
    """Return sin and cos in turns, of wave lengths from 2π to 10000·2π."""
    table = np.zeros((steps, units))
    for t in range(steps):
        for i in range(units):
            angle = t / 10000 ** ((i - i % 2) / units)
            table[t, i] = np.cos(angle) if i % 2 else np.sin(angle)
    return table


def gradients(spec: Spec) -> Named:
    """Return ∂loss/∂(each quantity) by its plain name."""
    given = parameters(spec)
    found = values(spec, given)
    inner = [name for name in found if name not in given and name != "loss"]
    start = {**given, **{f"d {name}": np.zeros(np.shape(found[name])) for name in inner}}
    slopes = grad(lambda at: values(spec, at)["loss"])(start)
    return {name.removeprefix("d "): slope for name, slope in slopes.items()}
