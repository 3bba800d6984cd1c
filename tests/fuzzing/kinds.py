"""Kinds of networks, small ones: every layer type's own, graphs, and networks without numbers."""

from __future__ import annotations

from backprop_cli.layers import layer_types

from ..layers.test_contract import OTHERS
from .seeds import LONG_GRAPH, VARIABLES

MORE = {
    "dense, one example": """\
input: [1, -0.5]
target: [1, 0]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {name: h, activation: tanh, weights: [[0.5, -1], [1, 0.25]], bias: [0.1, -0.2]}
  - {activation: sigmoid, weights: [[1, -0.5], [2, 1]], bias: [0.3, 0]}
""",
    "whole numbers": """\
input: [[2, -1], [1, 3]]
target: [[1], [-4]]
loss: squared_error
learning_rate: 1/8
layers:
  - {activation: relu, weights: [[1, -2], [3, 1]], bias: [1, -1]}
  - {weights: [[1, -1]], bias: [2]}
""",
    "classes, with a penalty and momentum": """\
input: [[1, -0.5], [2, 0]]
target: {class: [0, 2]}
loss: softmax_cross_entropy
learning_rate: 0.1
reduction: mean
regularization: {l1: 0.01, l2: 0.1}
optimizer: {type: momentum}
weights_layout: in_out
layers:
  - {activation: leaky_relu, weights: [[1, 2], [-1, 1/2]], bias: [0, 0.1]}
  - {weights: [[1, 0, -1], [0, 1, 2]], bias: none}
""",
    "functions of one's own": """\
input: [0.5, 2]
target: [1]
loss: {expression: "(a - y)**4"}
learning_rate: 0.1
layers:
  - {weights: [[1, 2], [-1, 0.5]], bias: [0, 0.1], activation: {expression: "z/(1 + abs(z))"}}
  - {weights: [[1, -1]], bias: [0.5], activation: softplus}
""",
    "without numbers": """\
input: [~, ~]
target: [~]
loss: {function: C}
layers:
  - {units: 2, activation: {function: F}}
  - {units: 1, activation: {function: F}}
""",
    "without data": """\
loss: half_squared_error
layers:
  - {weights: [[1, 2], [-1, 0.5]], bias: [0, 0.1], activation: sigmoid}
  - {weights: [[1, -1]], bias: [0.5], activation: sigmoid}
""",
    "words that are unknown": """\
loss: half_squared_error
layers:
  - {type: embedding, weights: [[0.5, -1], [1, 0.25]], pool: mean}
  - {weights: [[1, -2]], bias: [0.3], activation: sigmoid}
""",
    "a graph": """\
variables: {x: -2, y: 5, z: -4, w: 0.5}
parameters: [w, z]
learning_rate: 0.1
graph: {q: x + y, p: "sigmoid(w*x)", f: "q*z/p", o: "max(f, q) - exp(-w)"}
""",
    "a graph of arrays": f"""\
variables: {VARIABLES}
learning_rate: 0.1
graph: {{h: "tanh(X @ v)", p: "softmax(h)", n: "p[2]", o: "sum(h*h) + t*n/s"}}
""",
    "a graph without numbers": """\
variables: {x: ~, y: ~}
graph: {u: "sigmoid(x*y)", o: "u*x"}
""",
    "a long graph of single numbers": LONG_GRAPH,
    "a graph of one number": "variables: {x: 1}\ngraph: {o: 2}\n",
}
"""Kinds that no layer type's example is of."""


def kinds() -> dict[str, str]:
    """Return each kind's network by its name."""
    return MORE | {name: entry.example for name, entry in layer_types().items()} | OTHERS
