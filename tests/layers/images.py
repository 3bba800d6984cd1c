"""Random networks of convolutions and pools, and their loss in autograd.numpy, entry by entry.

The oracle reads the mapping that the file was written from, pads by hand and loops over windows:
nothing of the package, and none of its ways to slide, is used.
"""

from __future__ import annotations

import random
from typing import Any

import autograd.numpy as np
import yaml
from autograd import grad

Mapping = dict[str, Any]
Values = Any
ACTIVATIONS = {"tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "identity": lambda z: z}


def drawn(rng: random.Random, *shape: int) -> Any:
    """Return nested lists of numbers with four decimals."""
    if not shape:
        return round(rng.uniform(-1.5, 1.5), 4)
    return [drawn(rng, *shape[1:]) for _ in range(shape[0])]


def network(seed: int) -> Mapping:
    """Return a network's file as a mapping."""
    rng = random.Random(seed)
    rank = rng.choice((1, 2, 2))
    shape = (rng.randint(1, 3), *(rng.randint(3, 6) for _ in range(rank)))
    samples = rng.choice((None, 1, 2, 3))
    spec: Mapping = {"loss": "half_squared_error", "layers": []}
    spec["input"] = drawn(rng, *(() if samples is None else (samples,)), *shape)
    if shape[0] == 1 and samples is None and rng.random() < 0.5:
        spec["input"] = spec["input"][0]
    for _ in range(rng.randint(1, 3)):
        layer, shape = _layer(rng, rank, shape)
        spec["layers"].append(layer)
    if rng.random() < 0.5:
        spec["layers"].append({"type": rng.choice(("flatten", "global_avg_pool"))})
        flat = spec["layers"][-1]["type"] == "flatten"
        shape = (int(np.prod(shape)),) if flat else shape[:1]
        units = rng.randint(1, 3)
        dense = {"weights": drawn(rng, units, shape[0]), "bias": drawn(rng, units)}
        spec["layers"].append({**dense, "activation": "sigmoid"})
        shape = (units,)
    spec["target"] = drawn(rng, *(() if samples is None else (samples,)), *shape)
    spec["reduction"] = rng.choice(("mean", "sum"))
    return spec


def _each(rng: random.Random, rank: int, low: int, high: int) -> Any:
    if rng.random() < 0.5:
        return rng.randint(low, high)
    return [rng.randint(low, high) for _ in range(rank)]


def each(value: Any, rank: int) -> list[int]:
    """Return one number for each axis."""
    return value if isinstance(value, list) else [value] * rank


def _layer(rng: random.Random, rank: int, shape: tuple[int, ...]) -> tuple[Mapping, Any]:
    """Return a layer that fits, and the shape of what it gives."""
    while True:
        layer: Mapping = {"activation": rng.choice(list(ACTIVATIONS))}
        convolves = rng.random() < 0.6
        if convolves:
            filters, lengths = rng.randint(1, 3), [rng.randint(1, 3) for _ in range(rank)]
            layer |= {"type": f"conv{rank}d", "weights": drawn(rng, filters, shape[0], *lengths)}
            layer["bias"] = rng.choice(("none", drawn(rng, filters), drawn(rng)))
            layer["flip"] = rng.random() < 0.3
            layer["dilation"] = _each(rng, rank, 1, 2)
            if filters == shape[0] == 1 and rng.random() < 0.5:
                layer["weights"] = layer["weights"][0][0]
        else:
            lengths = [rng.randint(1, 3) for _ in range(rank)]
            layer |= {"type": f"{rng.choice(('max', 'avg'))}_pool{rank}d", "window": lengths}
        if rng.random() < 0.7 or convolves:
            layer["stride"] = _each(rng, rank, 1, 3)
        layer["padding"] = "same" if convolves and rng.random() < 0.2 else _each(rng, rank, 0, 2)
        if layer["padding"] == "same":
            layer["stride"] = 1
        elif not convolves:
            pads = each(layer["padding"], rank)
            layer["padding"] = [min(p, k // 2) for p, k in zip(pads, lengths, strict=True)]
        out = [
            (n + sum(pad) - d * (k - 1) - 1) // s + 1
            for n, pad, d, k, s in zip(shape[1:], *_moves(layer, lengths, rank), strict=True)
        ]
        if min(out) > 0:
            return layer, ((filters if convolves else shape[0]), *out)


def _moves(layer: Mapping, lengths: list[int], rank: int) -> tuple[Any, ...]:
    """Return padding (before, after), dilation, length, stride for each axis."""
    dilations = each(layer.get("dilation", 1), rank)
    strides = each(layer.get("stride", lengths if "window" in layer else 1), rank)
    if layer["padding"] == "same":
        totals = [d * (k - 1) for d, k in zip(dilations, lengths, strict=True)]
        pads = [(total // 2, total - total // 2) for total in totals]
    else:
        pads = [(p, p) for p in each(layer["padding"], rank)]
    return pads, dilations, lengths, strides


def parameters(spec: Mapping, rank: int) -> dict[str, Values]:
    """Return x and the parameters as arrays, samples and channels first, by their plain names."""
    x = np.array(spec["input"])
    single = x.ndim <= rank + 1
    x = x.reshape((1, *x.shape)) if single else x
    found = {"x": x.reshape((len(x), 1, *x.shape[1:])) if x.ndim == rank + 1 else x}
    for number, layer in enumerate(spec["layers"], 1):
        if "weights" not in layer:
            continue
        W = np.array(layer["weights"])
        if W.ndim == rank and layer.get("type"):
            W = W.reshape((1, 1, *W.shape))
        found[f"W{number}"] = W
        if layer["bias"] != "none":
            found[f"b{number}"] = np.array(layer["bias"]) * np.ones(len(W))
    return found


def values(spec: Mapping, given: dict[str, Values], rank: int) -> dict[str, Values]:
    """Return z and a of each layer, and the loss; what ``given`` has for them is added."""
    found: dict[str, Values] = dict(given)
    a = given["x"]
    for number, layer in enumerate(spec["layers"], 1):
        W: Values = given.get(f"W{number}")
        b: Values = given.get(f"b{number}")
        match layer.get("type", "dense"):
            case "dense":
                z = np.dot(a, W.T) + b
            case "flatten":
                z = a.reshape((len(a), -1))
            case "global_avg_pool":
                z = np.mean(a, axis=tuple(range(2, a.ndim)))
            case _:
                z = _slid(layer, a, W, b, rank)
        z = z + given.get(f"z{number}", 0.0)
        a = ACTIVATIONS[layer.get("activation", "identity")](z) + given.get(f"a{number}", 0.0)
        found |= {f"z{number}": z, f"a{number}": a}
    target = np.array(spec["target"]).reshape(a.shape)
    cost = np.sum((a - target) ** 2) / 2
    return {**found, "loss": cost / (len(a) if spec["reduction"] == "mean" else 1)}


def _slid(layer: Mapping, x: Values, W: Values, b: Values, rank: int) -> Values:
    lengths = list(W.shape[2:]) if W is not None else layer["window"]
    pads, dilations, _, strides = _moves(layer, lengths, rank)
    largest = layer["type"].startswith("max")
    filling = -1e9 if largest else 0.0
    x = np.pad(x, [(0, 0), (0, 0), *pads], "constant", constant_values=filling)
    if W is not None and layer["flip"]:
        W = W[(slice(None), slice(None), *[slice(None, None, -1)] * rank)]
    out = [
        (n - d * (k - 1) - 1) // s + 1
        for n, d, k, s in zip(x.shape[2:], dilations, lengths, strides, strict=True)
    ]
    entries = []
    for at in np.ndindex(*out):
        cut = [
            slice(i * s, i * s + d * (k - 1) + 1, d)
            for i, s, d, k in zip(at, strides, dilations, lengths, strict=True)
        ]
        window = x[(slice(None), slice(None), *cut)]
        axes = tuple(range(2, 2 + rank))
        if W is None:
            entries.append(_first_largest(window) if largest else np.mean(window, axis=axes))
            continue
        products = window[:, None] * W[None]
        each_filter = np.sum(products, axis=tuple(range(2, products.ndim)))
        entries.append(each_filter if b is None else each_filter + b)
    stacked = np.stack(entries, axis=-1)
    return stacked.reshape((*stacked.shape[:2], *out))


def _first_largest(window: Values) -> Values:
    """Return the largest of each window; of equals the first, which alone gets the gradient."""
    flat = window.reshape((*window.shape[:2], -1))
    samples, channels = np.arange(flat.shape[0])[:, None], np.arange(flat.shape[1])
    return flat[samples, channels, np.argmax(flat, axis=-1)]


def gradients(spec: Mapping, rank: int) -> dict[str, Values]:
    """Return ∂loss/∂ of x, the parameters and each layer's z and a."""
    given = parameters(spec, rank)
    plain = values(spec, given, rank)
    start = dict(given)
    start |= {n: np.zeros(v.shape) for n, v in plain.items() if n[0] in "za"}

    def loss(moved: dict[str, Values]) -> Values:
        return values(spec, moved, rank)["loss"]

    found: dict[str, Values] = grad(loss)(start)
    return found


def text_of(spec: Mapping) -> str:
    """Return the network's file."""
    return yaml.safe_dump(spec, default_flow_style=None)
