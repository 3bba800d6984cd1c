"""What is mutated: every example, every layer type, and graphs of all that formulas may call."""

from __future__ import annotations

import functools

from backprop_cli.functions.losses import LOSS_NAMES
from backprop_cli.layers import layer_types
from backprop_cli.mathematics.activations import ACTIVATIONS
from backprop_cli.mathematics.elementary import WRITABLE

from ..commands.running import CONFIGS, EXAMPLES
from ..layers.test_contract import OTHERS
from ..pairing import LONG
from .trees import Tree, tree_of

ARRAYS = (
    "sum(X, axis=1)",
    "mean(X, axis=2)",
    "max(X, axis=1)",
    "softmax(X, axis=2)",
    "transpose(X) @ X",
    "concat(X[1], v)",
    "stack(v, X[2])",
    "gather(X, 3, 1)",
    "conv1d(v, k)",
    "conv2d(X, K)",
    "max_pool2d(X, 2)",
    "X[1:2] * t",
    "X[:,2] + t",
    "X @ v",
    "dot(v, v)**t",
    "min(X) - mean(v)",
    "softmax(v)[2]",
)
"""Lines over arrays, of the variables below."""
VARIABLES = (
    "{t: 0.5, s: -2, v: [1, -2], k: [0.5, 1], X: [[1, 2], [3, -4], [0, 1/2]], K: [[1, 0], [0, -1]]}"
)


STEPS = ("{0}*{1}", "sigmoid({0})", "{0} + {1}", "max({0}, {1})", "-{0}", "tanh({1} - {0})/2")
LINES = ", ".join(
    f"n{i}: '{step.format(f'n{i - 1}' if i else 'x', f'n{i - 3}' if i > 2 else 'w')}'"
    for i, step in enumerate(STEPS * 52)
)
LONG_GRAPH = f"variables: {{x: 0.5, w: -1.25}}\nlearning_rate: 0.1\ngraph: {{{LINES}}}\n"
"""Single numbers, so many that their passes are laid down as calls."""


@functools.cache
def seeds() -> tuple[Tree, ...]:
    """Return every seed's tree, small ones more often than the long examples."""
    short = [name for name in EXAMPLES if name not in LONG]
    texts = [(CONFIGS / f"{name}.yaml").read_text(encoding="utf-8") for name in short]
    texts += [entry.example for entry in layer_types().values()] + list(OTHERS.values())
    texts += [f"variables: {VARIABLES}\ngraph: {{h: '{line}', o: 'sum(h*h)'}}\n" for line in ARRAYS]
    calls = [name for name in (*ACTIVATIONS, *WRITABLE) if name != "softmax"]
    for i, outer in enumerate(calls):
        inner = calls[(7 * i + 3) % len(calls)]
        texts.append(f"variables: {VARIABLES}\ngraph: {{h: '{inner}(t)', o: '{outer}(h*s)'}}\n")
    for i, loss in enumerate(LOSS_NAMES):
        activation = list(ACTIVATIONS)[i % len(ACTIVATIONS)]
        texts.append(
            f"input: [[1, -0.5], [2, 0]]\ntarget: [[0, 1], [1, 0]]\nloss: {loss}\n"
            "learning_rate: 0.1\nlayers:\n"
            f"  - {{activation: {activation}, weights: [[1, 2], [-1, 1/2]], bias: [0, 0.1]}}\n"
            "  - {activation: softmax, weights: [[1, 0], [0, 1]], bias: none}\n"
        )
    trees = [tree_of(text) for text in texts]
    long = tree_of(LONG_GRAPH)
    return (*trees, *trees, long, *(tree_of((CONFIGS / f"{n}.yaml").read_text()) for n in LONG))
