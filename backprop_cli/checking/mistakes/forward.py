"""Mistakes of the forward pass."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...functions.elementwise import Elementwise
from ...functions.operators import Sum
from ..replay import Array
from ._records import mistake
from ._site import Site, activation

MOST_BRANCHES = 6
"""Layers joined in one sum that are left out one by one."""


@mistake(
    "bias-omitted",
    "the bias left out",
    "Look at the weighted sum again: is every term in it?",
    "{entry} is the weighted sum without the bias b.",
)
def bias_omitted(at: Site) -> Iterator[Array]:
    """Without b, W x alone: every pre-activation of the layer is off by its bias."""
    if at.is_z and at.dense is not None and "b" in at.dense.parameters:
        yield at.computed - at.value(at.dense.parameters["b"])
    elif at.is_z and at.layer is not None and "b" in at.layer.parameters:
        bias, used = at.layer.parameters["b"], at.used.copy()
        used[bias] = np.zeros_like(at.value(bias))
        yield at.replay.at[at.key].compute(used)


@mistake(
    "branch-left-out",
    "one of the layers that are joined left out",
    "Which layers meet here? Look for each of them in the sum.",
    "{entry} leaves out one of the layers that are added up here.",
    rank=20,
)
def branch_left_out(at: Site) -> Iterator[Array]:
    """F(x) in place of x + F(x): the skip, or the block, is forgotten."""
    node = at.graph.nodes[at.node]
    if at.is_z and isinstance(node.rule, Sum) and 1 < len(node.parents) <= MOST_BRANCHES:
        yield from (at.computed - at.value(parent) for parent in node.parents)


@mistake(
    "forward-transposed",
    "W transposed going forward",
    "Which index of a weight counts the unit it goes to, and which the unit it comes from?",
    "{entry} is taken with rows and columns of W exchanged: Wᵀx in place of W x.",
)
def forward_transposed(at: Site) -> Iterator[Array]:
    """Wᵀx + b, where W is square: each unit gets a column of W in place of its row."""
    if not at.is_z or at.dense is None:
        return
    W, x = at.weights(at.dense), at.value(at.below(at.dense))
    if W.shape[0] == W.shape[1] and W.shape[0] > 1:
        yield at.computed - x @ W.T + x @ W


@mistake(
    "bias-subtracted",
    "the bias subtracted",
    "Look at the weighted sum again: with which sign does the bias stand in it?",
    "{entry} is the weighted sum less the bias b, which is added.",
)
def bias_subtracted(at: Site) -> Iterator[Array]:
    """W x − b: off by twice the bias."""
    if at.is_z and at.dense is not None and "b" in at.dense.parameters:
        yield at.computed - 2 * at.value(at.dense.parameters["b"])


def _rule(at: Site) -> Elementwise | None:
    """Return the activation where a layer's a is computed, with one that bends."""
    if at.kind != "value" or at.layer is None or at.node != at.layer.a:
        return None
    return activation(at.graph, at.layer)


def _gate(at: Site) -> Elementwise | None:
    """Return what a gate, or a candidate, is made by within a loop."""
    within = at.kind == "value" and at.layer is None and at.graph.loop(at.node) is not None
    rule = at.graph.rule(at.node) if within else None
    return rule if isinstance(rule, Elementwise) and rule.name in ("sigmoid", "tanh") else None


@mistake(
    "activation-omitted",
    "the activation left out",
    "What does the unit make of the weighted sum?",
    "{entry} is z itself: the activation is not applied.",
    rank=15,
)
def activation_omitted(at: Site) -> Iterator[Array]:
    """Take z for a: relu shows it where z is negative, any other activation everywhere."""
    if _rule(at) is not None and at.layer is not None:
        yield at.value(at.layer.z)


@mistake(
    "wrong-activation",
    "another activation",
    "Which activation does this layer have, and what is its formula?",
    "{entry} is another activation of z than the layer's own.",
    rank=25,
)
def wrong_activation(at: Site) -> Iterator[Array]:
    """Tanh for the sigmoid and the reverse, relu for either, 1/(1 + e^z) for 1/(1 + e^−z)."""
    rule = _rule(at) or _gate(at)
    if rule is None:
        return
    z = at.value(at.graph.nodes[at.node].parents[0])
    with np.errstate(all="ignore"):
        others = {
            "sigmoid": 1 / (1 + np.exp(-z)),
            "tanh": np.tanh(z),
            "relu": np.maximum(z, 0.0),
        }
        if rule.name == "sigmoid":
            yield 1 / (1 + np.exp(z))
    for name, other in others.items():
        if name != rule.name:
            yield other


@mistake(
    "softmax-for-scores",
    "the softmax for the scores",
    "The softmax is taken already: a here is the scores, and p is their softmax.",
    "{entry} has the softmax in it already: a here is the scores, whose softmax p the loss takes.",
    rank=12,
)
def softmax_for_scores(at: Site) -> Iterator[Array]:
    """Softmax of z for a, where the loss takes the softmax: most programs call that a."""
    last = at.kind == "value" and at.layer is not None and at.node == at.layer.a
    if last and at.at_output and at.graph.takes_softmax and at.layer is not None:
        scores = at.computed
        with np.errstate(all="ignore"):
            powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
            yield powers / powers.sum(axis=-1, keepdims=True)


MISTAKES = (
    bias_omitted,
    branch_left_out,
    forward_transposed,
    bias_subtracted,
    activation_omitted,
    wrong_activation,
    softmax_for_scores,
)
