"""Numbers at the edge in every activation, function, loss, operation and layer, by enumeration."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from backprop_cli.functions.losses import LOSS_NAMES
from backprop_cli.layers import layer_types
from backprop_cli.mathematics.activations import ACTIVATIONS
from backprop_cli.spec.graph import FUNCTIONS

from .mutating import filled, is_array
from .trees import at, put, text_of, tree_of, ways

EDGES = (
    *("0", "-0.0", "5e-324", "-1e-320", "1e-300", "-1e-160", "1e154", "-1e300", "710", "-750"),
    *("1.7976931348623157e308", "pi/2", "tan(pi/2)", "exp(-800)", "1/3", "1e16", "-40"),
    *("1e38", "-1e39", "1e-45", "88.8"),
)
COMMANDS = (
    ("trace", "-"),
    ("trace", "-", "--exact"),
    ("derive", "-", "--numbers"),
    ("gradcheck", "-"),
    ("diagnose", "-", "--full"),
    ("step", "-", "--lr", "0.1", "--steps", "2"),
    ("trace", "-", "--as-graph", "--round-forward", "2"),
    ("trace", "-", "--dtype", "float32"),
    ("step", "-", "--lr", "0.1", "--steps", "2", "--dtype", "float32"),
)
BINARY = ("+", "-", "*", "/", "**")
CALLS = [name for name, (least, _) in FUNCTIONS.items() if least == 1 and name != "transpose"]


def networks() -> Iterator[str]:
    """Yield each function, operator and loss at each number, each layer made of each number."""
    for name, number in itertools.product(CALLS, EDGES):
        inside = "[a, a]" if name == "softmax" else ""
        line = "softmax(v)[1]" if inside else f"{name}(a)"
        yield f"variables: {{a: '{number}', v: ['{number}', 1]}}\ngraph: {{o: '{line}'}}\n"
    for sign, one, two in itertools.product(BINARY, EDGES, EDGES[::2]):
        yield f"variables: {{a: '{one}', b: '{two}'}}\ngraph: {{o: 'a {sign} b'}}\n"
    for name, number in itertools.product(ACTIVATIONS, EDGES):
        yield (
            f"input: [1, '{number}']\ntarget: [1, 0]\nloss: half_squared_error\nlayers:\n"
            f"  - {{activation: {name}, weights: [[1, 0], [0, 1]], bias: none}}\n"
        )
    for name, a, y in itertools.product(LOSS_NAMES, EDGES, ("0", "1", "-1", "1e300", "5e-324")):
        last = "softmax" if name in ("cross_entropy", "kl_divergence") else "identity"
        yield (
            f"input: ['{a}', 1]\ntarget: ['{y}', 0]\nloss: {name}\nlayers:\n"
            f"  - {{activation: {last}, weights: [[1, 0], [0, 1]], bias: none}}\n"
        )
    for entry in layer_types().values():
        tree = tree_of(entry.example)
        for way in ways(tree):
            if is_array(at(tree, way)) and not is_array(at(tree, way[:-1])):
                for number in EDGES:
                    yield text_of(put(tree, way, filled(at(tree, way), number)))


NETWORKS = tuple(networks())
