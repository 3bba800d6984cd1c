"""Random networks of convolutions and pools against autograd; exact numbers against floats."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backprop_cli.expression.indices import at as settled
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import BigSum, Cases, Compare, Expr, Letter, Mul, Name
from backprop_cli.passes.run import run

from ..networks import MANY, loads
from . import images

COUNT = max(100, MANY - 100)
"""How many networks are drawn; BACKPROP_TEST_NETWORKS asks for more."""
CHUNKS = [range(start, start + 50) for start in range(0, COUNT, 50)]
EXACT = 12


def rank_of(spec: images.Mapping) -> int:
    """Return along how many axes the network's windows slide."""
    return int(spec["layers"][0]["type"][-2])


@pytest.mark.parametrize("seeds", CHUNKS, ids=str)
def test_gradients_are_autograds(seeds: range) -> None:
    """Strides, paddings, dilations, turned kernels, channels, filters, pools, a batch."""
    for seed in seeds:
        spec = images.network(seed)
        trace = run(loads(images.text_of(spec)))
        graph, rank = trace.graph, rank_of(spec)
        wanted = images.gradients(spec, rank)
        values = images.values(spec, images.parameters(spec, rank), rank)
        nodes = {"x": graph.number(Ref("x")), **graph.parameters}
        for layer in graph.layers:
            nodes |= {f"z{layer.index}": layer.z, f"a{layer.index}": layer.a}
        assert set(wanted) == set(nodes)
        for name, node in nodes.items():
            np.testing.assert_allclose(trace.values[node], values[name], atol=1e-11, err_msg=name)
            gradient: Any = trace.gradients[node]
            if graph.nodes[node].per_sample and graph.mean:
                gradient = gradient / graph.samples
            scale = max(1.0, float(np.abs(wanted[name]).max()))
            np.testing.assert_allclose(gradient, wanted[name], atol=1e-10 * scale, err_msg=name)


@pytest.mark.parametrize("seed", range(EXACT))
def test_exact_numbers_are_the_floats(seed: int) -> None:
    spec = images.network(seed)
    for layer in spec["layers"]:
        layer["activation"] = "relu" if layer.get("activation") == "tanh" else "identity"
    graph = loads(images.text_of(spec))
    floats, exact = run(graph), run(graph, exact=True)
    for number, gradient in enumerate(floats.gradients):
        value = exact.values[number].astype(float)
        np.testing.assert_allclose(value, floats.values[number], rtol=1e-12, atol=1e-12)
        if gradient is not None:
            found = exact.gradients[number]
            assert found is not None
            np.testing.assert_allclose(found.astype(float), gradient, rtol=1e-11, atol=1e-11)


def test_stride_and_dilation_at_once_have_a_general_entry() -> None:
    """No one letter counts the windows over a value: all are summed, 1 where it lies under one."""
    conv = "  - {type: conv1d, weights: [[[1, -1, 2]]], bias: none, %s}\n"
    text = "input: [[1, 2, 0, 1, 3, 1, 2]]\ntarget: [1, 0]\nloss: half_squared_error\nlayers:\n"
    text += conv % "padding: same" + conv % "stride: 2, dilation: 2, padding: 1"
    text += "  - {type: flatten}\n  - {units: 2, weights: {init: ones}, bias: none}\n"
    graph = loads(text)
    rule, shapes = graph.rule(graph.layers[1].z), ((1, 7), (1, 1, 3), (1, 3))
    written = rule.write_share(0, ("f", "i"), shapes)
    trace = run(graph)
    W, g = (np.asarray(trace.values[graph.parameters["W2"]]), trace.gradients[graph.layers[1].z])
    assert g is not None
    names = {"W": W, "g": g[0]}
    found = [evaluated(written, names, {"f": 1, "i": i}) for i in range(1, 8)]
    wanted: Any = trace.gradients[graph.layers[0].a]
    np.testing.assert_allclose(found, wanted[0, 0], rtol=1e-12)


def evaluated(tree: Expr, names: dict[str, Any], at: dict[str, int]) -> float:
    """Return a formula's number: sums, products, entries, and 1 or 0 by a condition."""
    match tree:
        case BigSum(letter, int(count), body):
            return sum(evaluated(body, names, at | {letter: n}) for n in range(1, count + 1))
        case Mul(factors):
            return float(np.prod([evaluated(each, names, at) for each in factors]))
        case Cases(((Compare("==", Letter(left), Letter(right)), _),), _):
            return float(settled(left, at) == settled(right, at))
        case Name(name, index):
            return float(names[name][tuple(int(settled(i, at)) - 1 for i in index)])
    raise TypeError(type(tree).__name__)
