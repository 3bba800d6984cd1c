"""Mistakes in σ′, the derivative of the activation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ...arithmetic.floating import FLOAT64
from ...functions.rules import Rule
from ..replay import Array
from ._records import mistake
from ._site import Site, activation

MOST_EDGES = 6
"""Edges of one node that are tried one by one."""
Otherwise = Callable[[Array, Array, Rule], tuple[Array, Array]]
"""From a function's input and output what is taken for them."""
GATES = ("relu", "leaky_relu", "hard_tanh", "hard_sigmoid")
"""Activations whose derivative is 1 (or one number) wherever the unit is on."""


def _error(at: Site) -> Array | None:
    """Return ∂C/∂a at a δ where σ′ belongs, or None elsewhere."""
    if not at.is_delta or at.layer is None or activation(at.graph, at.layer) is None:
        return None
    if at.at_output and at.fused:
        return None
    return at.gradient(at.layer.a)


def _before_shortcut(at: Site) -> Array | None:
    """Return ∂C/∂a at an output's δ that is a − y at once, where the way over a was gone."""
    found = at.is_delta and at.layer is not None
    return at.gradient(at.layer.a) if found and at.layer is not None else None


def _before_slope(at: Site) -> Array | None:
    """Return what σ′ is multiplied by: ∂C/∂a at a δ, 1 where σ′ itself is asked."""
    own = at.layer
    if at.kind != "slope" or own is None or at.node != own.z or activation(at.graph, own) is None:
        return _error(at)
    return np.ones_like(at.computed)


def _on_edges(at: Site, otherwise: Otherwise) -> Iterator[Array]:
    """Yield a graph's gradient where one function's derivative is taken of other numbers."""
    for consumer, position in at.edges[:MOST_EDGES] if not at.is_of_layers else ():
        node = at.graph.nodes[consumer]
        gradient, used = at.upstream(consumer), at.used.copy()
        if len(node.parents) != 1 or node.rule is None or at.computed.shape != gradient.shape:
            continue
        right = at.share(consumer, position, gradient, used)
        used[at.node], used[consumer] = otherwise(at.value(at.node), used[consumer], node.rule)
        wrong = at.share(consumer, position, gradient, used)
        yield at.computed - right + wrong


@mistake(
    "no-sigma-prime-hidden",
    "σ′ left out in a hidden layer",
    "The error has come back to the layer's output; one factor is missing to reach its input.",
    "{entry} is Wᵀδ of the layer above without the factor σ′(z).",
    rank=10,
)
def no_sigma_prime_hidden(at: Site) -> Iterator[Array]:
    """δ = Wᵀδ of the layer above: shows at every δ of a hidden layer."""
    error = _error(at)
    if error is not None and not at.at_output and at.layer and at.layer.activation not in GATES:
        yield error


@mistake(
    "no-sigma-prime-output",
    "σ′ left out in the output layer",
    "The loss's derivative is with respect to the output a; one factor is missing to reach z.",
    "{entry} is the loss's derivative ∂C/∂a itself, without the factor σ′(z).",
    rank=10,
)
def no_sigma_prime_output(at: Site) -> Iterator[Array]:
    """δ = a − y of the output under squared error; of cross-entropy −y/a + (1 − y)/(1 − a)."""
    error = _before_shortcut(at) if at.at_output and at.fused else _error(at)
    if error is not None and at.at_output and at.layer and at.layer.activation not in GATES:
        yield error


@mistake(
    "relu-gate-ignored",
    "the gate of the activation ignored",
    "Which units were on in the forward pass? What passes back through one that was off?",
    "{entry} lets the whole error through a unit whose activation is flat at this z.",
    rank=10,
)
def relu_gate_ignored(at: Site) -> Iterator[Array]:
    """σ′ = 1 also where z ≤ 0: shows where a unit of relu's kind is off."""
    error = _before_slope(at)
    if error is not None and at.layer and at.layer.activation in GATES:
        yield error


@mistake(
    "relu-gate-on-delta",
    "the gate taken from the sign of the error",
    "Whether the error passes depends on the forward pass, not on the error.",
    "{entry} is cut off by the sign of the error that arrives, not by the sign of z.",
    rank=12,
)
def relu_gate_on_delta(at: Site) -> Iterator[Array]:
    """δ = max(0, ∂C/∂a): the gate is taken from the error that arrives, not from z."""
    error = _error(at)
    if error is not None and at.layer and at.layer.activation == "relu":
        yield np.maximum(error, 0.0)


@mistake(
    "sigma-prime-at-a",
    "σ′ taken at a",
    "At which number is the derivative taken: at what the function takes, or at what it gives?",
    "{entry} uses σ′(a), the derivative taken at the activation, where σ′(z) belongs.",
    rank=20,
)
def sigma_prime_at_a(at: Site) -> Iterator[Array]:
    """σ(a)(1 − σ(a)) for the sigmoid: the activation is put in once more."""
    error = _before_slope(at)
    rule = activation(at.graph, at.layer) if at.layer else None
    if error is not None and rule is not None and at.layer and rule.name not in GATES:
        a = at.value(at.layer.a)
        yield error * rule.slope(FLOAT64, a, rule.forward(FLOAT64, a))
    yield from _on_edges(at, lambda z, a, rule: (a, rule.forward(FLOAT64, a)))


@mistake(
    "sigma-prime-z-one-minus-z",
    "z put into the formula that takes a",
    "The short formula of σ′ is in the activation; which number did you put in?",
    "{entry} has z in the place of a in the formula of σ′, such as z(1 − z).",
    rank=20,
)
def sigma_prime_z_one_minus_z(at: Site) -> Iterator[Array]:
    """z(1 − z) for the sigmoid, 1 − z² for tanh: the formula in a is used with z."""
    error = _before_slope(at)
    rule = activation(at.graph, at.layer) if at.layer else None
    if error is not None and rule is not None and at.layer and rule.name in ("sigmoid", "tanh"):
        z = at.value(at.layer.z)
        yield error * rule.slope(FLOAT64, z, z)
    yield from _on_edges(at, lambda z, a, rule: (z, z))


@mistake(
    "wrong-derivative",
    "the derivative of another activation",
    "Which function is applied here, and what is its derivative?",
    "{entry} uses the derivative of another function than the one that is applied here.",
    rank=25,
)
def wrong_derivative(at: Site) -> Iterator[Array]:
    """1 − a² for the sigmoid, a(1 − a) for tanh, relu's gate for either, ±σ, 1 − σ or 1 + σ²."""
    error = _before_slope(at)
    yield from _times_output(at)
    if error is None or at.layer is None:
        return
    z, a, own = at.value(at.layer.z), at.value(at.layer.a), at.layer.activation
    others = {"sigmoid": a * (1 - a), "tanh": 1 - a * a, "relu": np.where(z > 0, 1.0, 0.0)}
    for name, wrong in others.items():
        if name != own and not (name == "relu" and wrong.all()):
            yield error * wrong
    yield error * a
    if own in ("sigmoid", "tanh"):
        yield error * (1 - a)
        yield error * -a
    if own == "tanh":
        yield error * (1 + a * a)


def _times_output(at: Site) -> Iterator[Array]:
    """Yield a graph's gradient with σ itself for σ′ at one function."""
    for consumer, position in at.edges[:MOST_EDGES] if not at.is_of_layers else ():
        if len(at.graph.nodes[consumer].parents) == 1:
            gradient = at.upstream(consumer)
            right = at.share(consumer, position, gradient)
            wrong = gradient * at.value(consumer)
            if wrong.shape == at.computed.shape:
                yield at.computed - right + wrong


@mistake(
    "sigma-prime-squared",
    "σ′ multiplied in twice",
    "How often does the derivative of the activation stand in this step?",
    "{entry} has the factor σ′(z) twice.",
    rank=20,
)
def sigma_prime_squared(at: Site) -> Iterator[Array]:
    """∂C/∂a·σ′²: σ′ put in once more where it was already."""
    error, slope = _before_slope(at), at.slope
    if error is not None and slope is not None:
        yield error * slope * slope


@mistake(
    "sigma-prime-after-softmax",
    "σ′ put in once more after softmax or sigmoid with cross-entropy",
    "What is left of the activation's derivative once the cross-entropy's is multiplied in?",
    "{entry} has a factor a(1 − a) too many: with cross-entropy δ is a − y already.",
    rank=10,
)
def sigma_prime_after_softmax(at: Site) -> Iterator[Array]:
    """(p − y)·p(1 − p): σ′ has already cancelled against the cross-entropy's denominator."""
    if at.is_delta and at.at_output and at.layer and at.fused:
        p = at.value(at.layer.a)
        yield at.computed * p * (1 - p)
    elif at.starts_backward and at.layer and "cross_entropy" in at.graph.loss_name:
        logits = at.value(at.layer.a)
        target = at.value(at.graph.target) if at.graph.target is not None else logits
        p = at.computed + target
        yield at.computed * p * (1 - p)


MISTAKES = (
    no_sigma_prime_hidden,
    no_sigma_prime_output,
    relu_gate_ignored,
    relu_gate_on_delta,
    sigma_prime_at_a,
    sigma_prime_z_one_minus_z,
    wrong_derivative,
    sigma_prime_after_softmax,
    sigma_prime_squared,
)
