"""Random networks of layers in space against PyTorch's own layers, in float64."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace

from ..passes import test_attention as attention
from . import images, oracle, random_networks
from .test_images import rank_of

torch: Any = pytest.importorskip("torch")
SEEDS = range(60)
Given = dict[str, Any]


def tensors(given: Given) -> Given:
    return {
        name: torch.tensor(np.asarray(array, float), dtype=torch.float64, requires_grad=True)
        for name, array in given.items()
    }


def compared(trace: Trace, given: Given, loss: Any, text: str) -> None:
    """Hold the loss and the gradient of each leaf against PyTorch's."""
    graph = trace.graph
    assert graph.loss is not None
    np.testing.assert_allclose(float(trace.values[graph.loss]), loss.item(), rtol=1e-11)
    loss.backward()
    for name, tensor in given.items():
        number = graph.input if name == "x" else graph.parameters[name]
        times = graph.samples if name == "x" and graph.mean else 1
        found: Any = trace.gradients[number or 0]
        slope = np.zeros(tensor.shape) if tensor.grad is None else tensor.grad.numpy() * times
        slope = slope.sum() if np.size(found) == 1 else slope
        found = np.zeros(np.shape(slope)) if found is None else np.reshape(found, np.shape(slope))
        np.testing.assert_allclose(found, slope, rtol=1e-8, atol=1e-10, err_msg=f"{name}\n{text}")


def activated(name: str | None, z: Any) -> Any:
    if name == "softmax":
        return torch.softmax(z, -1)
    named = {"tanh": torch.tanh, "sigmoid": torch.sigmoid}
    named["softplus"] = torch.nn.functional.softplus
    return named.get(name or "", lambda each: each)(z)


def slid(layer: Given, a: Any, W: Any, b: Any, rank: int) -> Any:
    """Return PyTorch's convolution or pool."""
    F = torch.nn.functional
    lengths = list(W.shape[2:]) if W is not None else layer["window"]
    pads, dilations, _, strides = images._moves(layer, lengths, rank)
    if W is not None:
        around = [n for pad in reversed(pads) for n in pad]
        W = W.flip(tuple(range(2, 2 + rank))) if layer["flip"] else W
        conv = F.conv1d if rank == 1 else F.conv2d
        return conv(F.pad(a, around), W, b, stride=strides, dilation=dilations)
    before = [pad[0] for pad in pads]
    if layer["type"].startswith("max"):
        pool = F.max_pool1d if rank == 1 else F.max_pool2d
    else:
        pool = F.avg_pool1d if rank == 1 else F.avg_pool2d
    return pool(a, lengths, stride=strides, padding=before)


def test_convolutions_and_pools() -> None:
    for seed in SEEDS:
        spec = images.network(seed)
        text, rank = images.text_of(spec), rank_of(spec)
        given = tensors(images.parameters(spec, rank))
        a = given["x"]
        for number, layer in enumerate(spec["layers"], 1):
            W, b = given.get(f"W{number}"), given.get(f"b{number}")
            match layer.get("type", "dense"):
                case "dense":
                    z = torch.nn.functional.linear(a, W, b)
                case "flatten":
                    z = a.flatten(1)
                case "global_avg_pool":
                    z = a.flatten(2).mean(-1)
                case _:
                    z = slid(layer, a, W, b, rank)
            a = activated(layer.get("activation"), z)
        target = torch.tensor(spec["target"], dtype=torch.float64).reshape(a.shape)
        loss = ((a - target) ** 2).sum() / 2
        loss = loss / len(a) if spec["reduction"] == "mean" else loss
        compared(run(loads(text)), given, loss, text)


def attended(layer: Given, number: int, sources: list[Any], mapped: Any) -> Any:
    """Return PyTorch's attention of all heads at once, and what maps it out."""

    def apart(x: Any) -> Any:
        return x.unflatten(-1, (layer["heads"], -1)).transpose(-2, -3)

    q, k, v = (apart(mapped(f"{part}{number}", x)) for part, x in zip("qkv", sources, strict=True))
    scale = {"sqrt": None, "none": 1.0}.get(layer["scale"], layer["scale"])
    scale = 1 / scale if scale else scale
    function = torch.nn.functional.scaled_dot_product_attention
    z = function(q, k, v, is_causal=layer["causal"], scale=scale)
    z = z.transpose(-2, -3).flatten(-2)
    return z if layer["output"] == "none" else mapped(f"o{number}", z)


def test_attention() -> None:
    for seed in SEEDS:
        spec = attention.drawn(seed)
        text, given = attention.text(spec), tensors(attention.leaves(spec))
        turned = spec.get("weights_layout") == "in_out"

        def mapped(part: str, x: Any, given: Given = given, turned: bool = turned) -> Any:
            W = given[f"W{part}"]
            return x @ (W if turned else W.T) + given.get(f"b{part}", 0)

        below = given["x"]
        named = {"input": below}
        for number, layer in enumerate(spec["layers"], 1):
            if "weights" in layer:
                z = mapped(str(number), below)
            else:
                sources = [named[name] for name in layer.get("from", ())] or [below]
                z = attended(layer, number, (sources + [sources[-1]] * 2)[:3], mapped)
            below = named[layer.get("name", "")] = activated(layer.get("activation"), z)
        error = below - torch.tensor(spec["target"], dtype=torch.float64).reshape(below.shape)
        each = torch.log(torch.cosh(error)) if spec["loss"] == "log_cosh" else error**2 / 2
        loss = each.sum() / (1 if spec.get("reduction") == "sum" else len(below))
        if "regularization" in spec:
            loss = loss + 0.05 * sum((W**2).sum() for name, W in given.items() if name[0] == "W")
        compared(run(loads(text)), given, loss, text)


def normalized(layer: Given, x: Any, gamma: Any, beta: Any) -> Any:
    """Return PyTorch's normalization of the last axis, or of the batch."""
    F, width = torch.nn.functional, x.shape[-1:]
    epsilon = float(Fraction(layer["epsilon"]))
    if layer["type"] == "layer_norm":
        return F.layer_norm(x, width, gamma, beta, epsilon)
    if layer["type"] == "rms_norm":
        z = F.rms_norm(x, width, gamma, epsilon)
        return z if beta is None else z + beta
    train = layer.get("mode") != "eval"
    running = [None, None]
    if not train:
        double = {"dtype": torch.float64}
        running = [torch.tensor(layer[f"running_{part}"], **double) for part in ("mean", "var")]
    rows = x.reshape(-1, *width)
    return F.batch_norm(rows, *running, gamma, beta, train, eps=epsilon).reshape(x.shape)


def test_normalization_dropout_and_words() -> None:
    for seed in SEEDS:
        spec, text = random_networks.network(seed)
        given = tensors(oracle.parameters(spec))
        a = given["x"] if "x" in given else torch.tensor(oracle.batch(spec))
        for number, layer in enumerate(spec["layers"], 1):
            held = {part: given.get(f"{part}{number}") for part in ("W", "b", "gamma", "beta")}
            match layer.get("type", "dense"):
                case "dense":
                    z = torch.nn.functional.linear(a, held["W"], held["b"])
                case "embedding":
                    z = torch.nn.functional.embedding(a.long(), given[f"E{number}"])
                    pools = {"sum": z.sum(1), "mean": z.mean(1)}
                    z = pools.get(layer["pool"], z)
                case "positions":
                    own = given.get(f"P{number}")
                    z = a + (torch.tensor(oracle.waves(*a.shape[1:])) if own is None else own)
                case "dropout":
                    z = a
                    if layer.get("mode") != "eval":
                        mask = torch.tensor(layer["mask"]).double().reshape(a.shape)
                        z = a * mask / (1 - float(Fraction(layer["rate"])))
                case _:
                    z = normalized(layer, a, held["gamma"], held["beta"])
            a = activated(layer.get("activation"), z)
        target = torch.tensor(spec["target"], dtype=torch.float64).reshape(a.shape)
        loss = ((a - target) ** 2).sum() / 2
        loss = loss / len(a) if spec["reduction"] == "mean" else loss
        rate = spec.get("regularization", {}).get("l2", 0)
        penalty = sum((W**2).sum() for name, W in given.items() if name.startswith("W"))
        compared(run(loads(text)), given, loss + rate / 2 * penalty, text)
