"""A network's loss in autograd.numpy, read from the plain mapping that its file was written from.

Nothing of the package is used. Zeros are added to each layer's z and a, so that autograd gives the
gradients with respect to those too.
"""

from __future__ import annotations

from typing import Any

import autograd.numpy as np
from autograd import grad

from .oracle_functions import (
    ACTIVATION_EXPRESSIONS,
    ACTIVATIONS,
    LOSS_EXPRESSIONS,
    LOSSES,
    SIDES,
    Function,
    Values,
)

Spec = dict[str, Any]
Named = dict[str, Values]


def parameters(spec: Spec) -> Named:
    """Return x and the parameters as arrays, by their plain names."""
    found = {"x": np.atleast_2d(np.array(spec["input"]))}
    for number, layer in enumerate(spec["layers"], 1):
        if "weights" not in layer:
            continue
        found[f"W{number}"] = np.array(layer["weights"])
        if "shared_bias" in layer:
            found[f"b{number}"] = np.array(layer["shared_bias"])
        elif layer["bias"] != "none":
            units = found[f"W{number}"].shape[1 if _in_out(spec) else 0]
            found[f"b{number}"] = np.array(layer["bias"]) * np.ones(units)
    return found


def values(spec: Spec, given: Named) -> Named:
    """Return z and a of each layer, the loss, and the cost of each sample."""
    found = dict(given)
    outputs: Named = {"input": given["x"]}
    layers = spec["layers"]
    names = [layer.get("name", f"unnamed {i}") for i, layer in enumerate(layers)]
    waiting = list(range(len(layers)))
    while waiting:
        for number in waiting:
            before = names[number - 1] if number else "input"
            sources = layers[number].get("from", before)
            sources = sources if isinstance(sources, list) else [sources]
            if all(source in outputs for source in sources):
                break
        else:
            raise AssertionError("a cycle")
        waiting.remove(number)
        inputs = [outputs[source] for source in sources]
        z = _before(spec, layers[number], number + 1, inputs, found)
        z = z + found.get(f"d z{number + 1}", 0.0)
        a = activation(layers[number].get("activation"), z) + found.get(f"d a{number + 1}", 0.0)
        found[f"z{number + 1}"], found[f"a{number + 1}"] = z, a
        outputs[names[number]] = a
    found["costs"] = costs(spec["loss"], outputs[names[-1]], targets(spec, outputs[names[-1]]))
    summed = np.sum(found["costs"])
    found["data_loss"] = summed / len(given["x"]) if _mean(spec) else summed
    found["loss"] = found["data_loss"] + penalty(spec, given)
    return found


def _before(spec: Spec, layer: Spec, number: int, inputs: list[Values], found: Named) -> Values:
    kind = layer.get("type", "dense")
    if kind == "dense":
        W = found[f"W{number}"]
        return inputs[0] @ (W if _in_out(spec) else W.T) + found.get(f"b{number}", 0.0)
    if kind == "concat":
        return np.concatenate(inputs, axis=1)
    z = inputs[0]
    for other in inputs[1:]:
        z = z + other if kind == "add" else z * other
    return z


def activation(written: Any, z: Values) -> Values:
    """Return the activation of a layer as it is written in the file."""
    if written is None:
        return z
    if isinstance(written, str):
        return ACTIVATIONS[written](z)
    if "expression" in written:
        return ACTIVATION_EXPRESSIONS[written["expression"]](z)
    settings = {key: value for key, value in written.items() if key != "type"}
    if settings.pop("approximate", "none") == "tanh":
        return ACTIVATIONS["gelu_tanh"](z)
    return ACTIVATIONS[written["type"]](z, **settings)


def targets(spec: Spec, a: Values) -> Values:
    """Return the targets, one row a sample."""
    written = spec["target"]
    if isinstance(written, dict):
        return np.eye(a.shape[-1])[np.atleast_1d(np.array(written["class"]))]
    return np.atleast_2d(np.array(written))


def costs(written: Any, a: Values, y: Values) -> Values:
    """Return the cost of each sample."""
    function: Function
    settings: Spec = {}
    if isinstance(written, str):
        function = LOSSES[written]
    elif "expression" in written:
        function = LOSS_EXPRESSIONS[written["expression"]]
    else:
        function = LOSSES[written["type"]]
        settings = {key: value for key, value in written.items() if key != "type"}
    return np.sum(function(a, y, **settings), axis=1)


def penalty(spec: Spec, given: Named) -> Values:
    """Return λ/2·Σw² + λ·Σ|w| over the weights."""
    rates = spec.get("regularization", {})
    weights = [value for name, value in given.items() if name.startswith("W")]
    squares = sum((np.sum(W * W) for W in weights), 0.0)
    sizes = sum((np.sum(np.abs(W)) for W in weights), 0.0)
    return rates.get("l2", 0.0) / 2 * squares + rates.get("l1", 0.0) * sizes


def gradients(spec: Spec) -> Named:
    """Return ∂loss/∂(x and each parameter), and of each z, a and x the rows of ∂C_i."""
    given = parameters(spec)
    found = values(spec, given)
    point = dict(given)
    for number in range(1, len(spec["layers"]) + 1):
        for part in "za":
            point[f"d {part}{number}"] = np.zeros(found[f"{part}{number}"].shape)
    result = grad(lambda at: values(spec, at)["loss"])(point)
    rows = len(given["x"]) if _mean(spec) else 1
    per_sample = {"x"} | {name for name in point if name.startswith("d ")}
    return {
        name.removeprefix("d "): value * rows if name in per_sample else value
        for name, value in result.items()
    }


def sides(spec: Spec, given: Named) -> list[Any]:
    """Return the side of its kink that each value is on."""
    SIDES.clear()
    values(spec, given)
    return list(SIDES)


def _mean(spec: Spec) -> bool:
    return bool(spec.get("reduction", "mean") == "mean")


def _in_out(spec: Spec) -> bool:
    return bool(spec.get("weights_layout") == "in_out")
