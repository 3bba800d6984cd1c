"""Mistakes in carrying the error from one layer to the layer below."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...arithmetic.floating import FLOAT64
from ...expression.evaluate import evaluate
from ...expression.tree import Add, Expr, Mul, Name
from ...expression.walking import expand, walk
from ...functions.formula import Formula
from ..replay import Array
from ._records import mistake
from ._site import Site

MOST_PATHS = 8
"""Paths of one node that are tried one by one."""
ARRIVING = Name("g")
"""What arrives from above, in the formula of a share."""


def _above(at: Site) -> tuple[Array, Array] | None:
    """Return W and δ of the dense layer above where ∂C/∂a of a hidden layer (or the input) is."""
    above = at.above if at.is_error or _input_gradient(at) else None
    if above is None:
        return None
    return at.weights(above), at.gradient(above.z)


def _input_gradient(at: Site) -> bool:
    return at.kind == "gradient" and at.node == at.graph.input


@mistake(
    "raw-error-propagated",
    "the error at a carried down in place of δ",
    "What travels down to the next layer: the error at a, or δ?",
    "{entry} comes from Wᵀ(∂C/∂a), before σ′ of the layer above has been multiplied in.",
    rank=15,
)
def raw_error_propagated(at: Site) -> Iterator[Array]:
    """Wᵀ(a − y) in place of Wᵀδ: σ′ of the layer above is missing on the way down."""
    found, above = _above(at), at.above
    if found is not None and above is not None:
        yield at.gradient(above.a) @ found[0]


@mistake(
    "not-transposed",
    "W not transposed",
    "On the way back each unit collects along the weights that leave it. Rows or columns of W?",
    "{entry} is taken with W δ where Wᵀδ belongs.",
)
def not_transposed(at: Site) -> Iterator[Array]:
    """W δ in place of Wᵀδ, where W is square."""
    found = _above(at)
    if found is not None and found[0].shape[0] == found[0].shape[1] > 1:
        yield found[1] @ found[0].T


@mistake(
    "updated-weights",
    "weights used that were already updated",
    "Which weights were in the network when the loss was computed?",
    "{entry} uses the weights after the update; the gradient is taken at the old ones.",
    rank=30,
)
def updated_weights(at: Site) -> Iterator[Array]:
    """W′ᵀδ: the layer above was updated before the error was carried down through it."""
    found, above = _above(at), at.above
    if found is not None and above is not None and at.replay.rate is not None:
        number = above.parameters["W"]
        updated = at.replay.at[at.replay.update(number)].compute(at.used)
        yield found[1] @ at.stored(updated)


@mistake(
    "one-path",
    "a path left out",
    "Along how many paths does this quantity reach the loss? Add them all.",
    "{entry} leaves a path out; every path on which it reaches the loss adds its share.",
    rank=30,
    bare=(
        "Along how many paths does this quantity reach the output? Add them all.",
        "{entry} leaves a path out; every path on which it reaches the output adds its share.",
    ),
)
def one_path(at: Site) -> Iterator[Array]:
    """Only one unit above (or place where a node is used) counted, or one of several left out."""
    found = _above(at)
    if found is not None and len(found[0]) > 1:
        W, delta = found
        shares = [delta[..., n : n + 1] * W[n] for n in range(min(len(W), MOST_PATHS))]
        yield from shares
        for each in shares if len(W) > 2 else ():
            yield at.computed - each
        return
    shares = paths(at)
    yield from shares if len(shares) > 1 else ()
    for each in shares if len(shares) > 2 else ():
        yield at.computed - each


def paths(at: Site) -> list[Array]:
    """Return what comes back on each path: through each place where a line names a number."""
    arrivals = at.graph.arrivals[at.node] if at.kind == "gradient" else ()
    paths: list[Array] = []
    for consumer, position in arrivals[::-1][:MOST_PATHS]:
        within = _within(at, consumer, position)
        paths += within or [at.share(consumer, position)]
    return paths[:MOST_PATHS]


def _within(at: Site, consumer: int, position: int) -> list[Array]:
    """Return the summands of a line's derivative, where the line has numbers only."""
    node = at.graph.nodes[consumer]
    rule = node.rule
    shapes = tuple(at.graph.nodes[n].shape for n in (*node.parents, consumer))
    if not isinstance(rule, Formula) or any(shapes):
        return []
    derivative = expand(rule.write_share(position, (), shapes), {})
    numbers = dict(zip(rule.operands, map(at.value, node.parents), strict=True))
    numbers |= {ARRIVING.id: at.gradient(consumer), "out": at.value(consumer)}
    leaves: dict[Expr, np.float64] = {
        Name(name): np.float64(number) for name, number in numbers.items()
    }
    with np.errstate(all="ignore"):
        return [np.asarray(evaluate(each, leaves, FLOAT64)) for each in _summands(derivative)]


def _summands(derivative: Expr) -> Iterator[Expr]:
    """Yield the terms of a sum; (g + g)·2 has two, what arrives at one number used twice."""
    if isinstance(derivative, Add):
        for term in derivative.terms:
            yield from _summands(term)
        return
    if isinstance(derivative, Mul):
        for n, factor in enumerate(derivative.factors):
            if isinstance(factor, Add) and all(ARRIVING in walk(term) for term in factor.terms):
                before, after = derivative.factors[:n], derivative.factors[n + 1 :]
                for term in factor.terms:
                    yield from _summands(Mul((*before, term, *after)))
                return
    yield derivative


@mistake(
    "path-without-weight",
    "the errors above added without their factors",
    "With which factor does each share come back along its path?",
    "{entry} adds the errors above as they are, without the factor of each path.",
    rank=30,
)
def path_without_weight(at: Site) -> Iterator[Array]:
    """Σδ in place of Σwδ; in a graph the gradients above without the local derivatives."""
    found = _above(at)
    if found is not None:
        W, delta = found
        yield np.repeat(delta.sum(axis=-1, keepdims=True), W.shape[1], axis=-1)
    elif at.kind == "gradient" and at.layer is None and at.bend is None:
        arrivals = [consumer for consumer, _ in at.graph.arrivals[at.node]]
        shares = [at.gradient(consumer) for consumer in arrivals]
        weighted = not all(map(at.picks, arrivals))
        if weighted and all(np.shape(share) == at.computed.shape for share in shares):
            yield sum(shares[1:], shares[0])


@mistake(
    "bias-propagated",
    "the bias carried back with the weights",
    "Does the layer below reach the loss through the bias?",
    "{entry} has the bias added in; nothing of the layer below passes through it.",
    rank=35,
)
def bias_propagated(at: Site) -> Iterator[Array]:
    """Wᵀδ with b added in: as one more summand, or to each weight, or times its δ."""
    found, above = _above(at), at.above
    if found is None or above is None or "b" not in above.parameters:
        return
    (_, delta), b = found, at.value(above.parameters["b"])
    through = np.repeat((delta * b).sum(axis=-1, keepdims=True), at.computed.shape[-1], axis=-1)
    yield at.computed + through
    own = None if at.layer is None else at.layer.parameters.get("b")
    for bias in (b, None if own is None else at.value(own)):
        if bias is not None and bias.shape in ((), at.computed.shape[-1:]):
            yield at.computed + bias


@mistake(
    "wrong-layer",
    "the weights or activations of another layer",
    "Check the layer number of each factor.",
    "{entry} is taken with the weights or the activations of another layer.",
    rank=40,
)
def wrong_layer(at: Site) -> Iterator[Array]:
    """Another layer's W on the way (forward or back), or another layer's activations in dW."""
    if at.layer is None:
        return
    if at.is_z and at.dense is not None:
        yield from _forward_with_others(at)
    above, found = at.above, _above(at)
    if found is not None and above is not None:
        for layer in at.dense_layers:
            W = at.weights(layer)
            if layer is not above and W.shape == found[0].shape:
                yield found[1] @ W
    if at.of_weights:
        yield from _other_activations(at)


def _forward_with_others(at: Site) -> Iterator[Array]:
    own = at.layer
    if own is None:
        return
    x, W = at.value(at.below(own)), at.weights(own)
    for layer in at.dense_layers:
        other = at.weights(layer)
        if layer is not own and other.shape == W.shape:
            yield at.computed - x @ W.T + x @ other.T


def _other_activations(at: Site) -> Iterator[Array]:
    own = at.layer
    if own is None:
        return
    graph, delta = at.graph, at.gradient(own.z)
    shape = at.value(at.below(own)).shape
    for node in (graph.input, *(layer.a for layer in graph.layers)):
        if node is None or node == at.below(own) or at.value(node).shape != shape:
            continue
        right = delta.T @ at.value(at.below(own))
        wrong = delta.T @ at.value(node)
        yield at.computed + at.stored(at.over_batch(wrong - right))


@mistake(
    "batch-mean-handed-down",
    "the batch's mean handed down in place of each sample's error",
    "Of which sample is this error? Where are the samples averaged?",
    "{entry} comes from the mean of the batch; each sample's error goes back by itself.",
    rank=28,
)
def batch_mean_handed_down(at: Site) -> Iterator[Array]:
    """Wᵀ mean(δ) for each sample in place of Wᵀδ⁽ⁿ⁾."""
    if _above(at) is not None and at.graph.samples > 1:
        yield np.repeat(at.computed.mean(axis=0, keepdims=True), at.graph.samples, axis=0)


@mistake(
    "path-past-the-slope",
    "a path added without the activation's derivative",
    "Do all paths pass through this layer's activation? Add them first.",
    "{entry} has the share of a path added after σ′; all paths meet at a, and σ′ multiplies "
    "their sum.",
    rank=28,
)
def path_past_the_slope(at: Site) -> Iterator[Array]:
    """g₁ + σ′g₂ in place of σ′(g₁ + g₂), where a layer is read twice."""
    own, slope = at.layer, at.slope
    if not at.is_delta or own is None or slope is None or at.graph.loop(at.node) is not None:
        return
    arrivals = at.graph.arrivals[own.a]
    for consumer, position in arrivals if 1 < len(arrivals) <= MOST_PATHS else ():
        g = at.share(consumer, position)
        yield at.computed + g * (1 - slope)


MISTAKES = (
    batch_mean_handed_down,
    path_past_the_slope,
    raw_error_propagated,
    not_transposed,
    updated_weights,
    one_path,
    path_without_weight,
    bias_propagated,
    wrong_layer,
)
