"""Mistakes in attention: the scores, their softmax, and which of two axes is which."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...arithmetic.floating import FLOAT64
from ...functions.attention import MaskedSoftmax, Mixed, Scores
from ...functions.rules import Rule
from ...functions.softmax import SOFTMAX, Softmax
from ..replay import Array
from ._records import mistake
from ._site import Site


def _reader(at: Site) -> tuple[Rule | None, int, int]:
    """Return the rule whose share a gradient is, its node, and which of its inputs this is."""
    arrivals = at.graph.arrivals[at.node] if at.kind == "gradient" else ()
    if len(arrivals) != 1:
        return None, -1, -1
    ((consumer, position),) = arrivals
    node = at.graph.nodes[consumer]
    return (None if node.shortcut else node.rule), consumer, position


def _own(at: Site) -> Rule | None:
    """Return the rule that a value is computed by."""
    return at.graph.nodes[at.node].rule if at.kind == "value" else None


@mistake(
    "softmax-diagonal",
    "softmax's Jacobian only on its diagonal",
    "Does one output of a softmax depend on its own input alone?",
    "{entry} is g·p(1 − p), softmax's Jacobian on its diagonal alone: a row is p(g − Σ g p).",
    rank=12,
)
def softmax_diagonal(at: Site) -> Iterator[Array]:
    """G p (1 − p), as if each entry of a row were by itself."""
    rule, consumer, _ = _reader(at)
    if isinstance(rule, Softmax) and at.computed.shape[-1] > 1:
        p = at.value(consumer)
        yield at.gradient(consumer) * p * (1 - p)


@mistake(
    "softmax-passed-over",
    "softmax's derivative left out",
    "The error is with respect to what the softmax gives; what leads back through the softmax?",
    "{entry} is the gradient at the softmax's output, not carried back through the softmax.",
    rank=12,
)
def softmax_passed_over(at: Site) -> Iterator[Array]:
    """G in place of p(g − Σ g p); under cross-entropy −y/p in place of p − y."""
    arrivals = at.graph.arrivals[at.node] if at.kind == "gradient" else ()
    for consumer, _ in arrivals if len(arrivals) == 1 else ():
        if isinstance(at.graph.rule(consumer), Softmax) and at.computed.shape[-1] > 1:
            yield at.gradient(consumer)


@mistake(
    "softmax-not-divided",
    "the softmax not divided by its sum",
    "A row of a softmax adds up to 1: by what is each exponential divided?",
    "{entry} is an exponential that is not divided by the sum of its row.",
    rank=12,
)
def softmax_not_divided(at: Site) -> Iterator[Array]:
    """e^z for e^z/Σ e^z; e^(z − max z), as programs compute it; by another sum."""
    z = _softmaxed(at)
    if z is not None:
        seen = np.where(at.computed == 0, -np.inf, z)
        with np.errstate(all="ignore"):
            yield np.exp(seen)
            yield np.exp(seen - z.max(axis=-1, keepdims=True))
            powers = np.exp(seen)
            if seen.ndim > 2:
                yield powers / powers.sum(axis=(-2, -1), keepdims=True)
            elif len(seen) > 1:
                yield powers / powers.sum(axis=0)


@mistake(
    "softmax-without-exp",
    "exp left out of the softmax",
    "What is made of each score before it is divided by the sum of its row?",
    "{entry} is the score itself by the sum of the scores: the exponential is left out.",
    rank=12,
)
def softmax_without_exp(at: Site) -> Iterator[Array]:
    """z/Σ z for e^z/Σ e^z."""
    z = _softmaxed(at)
    if z is not None:
        seen = np.where(at.computed == 0, 0.0, z)
        with np.errstate(all="ignore"):
            yield seen / seen.sum(axis=-1, keepdims=True)


def _softmaxed(at: Site) -> Array | None:
    """Return what a softmax is taken of, where more than one."""
    scores = at.value(at.node) if at.kind == "probability" else None
    if isinstance(_own(at), Softmax):
        scores = at.inputs(at.node)[0]
    return None if scores is None or scores.shape[-1] < 2 else scores


@mistake(
    "causal-mask-forgotten",
    "the mask of the later positions forgotten",
    "Which positions may this one look at: also those that come after it?",
    "{entry} counts positions that come later; a causal layer leaves them out of the softmax.",
    rank=10,
)
def causal_mask_forgotten(at: Site) -> Iterator[Array]:
    """Softmax over every key; later ones set to 0 after it, or with a score of 0, not of −∞."""
    if isinstance(_own(at), MaskedSoftmax):
        (s,) = at.inputs(at.node)
        seen = np.tri(*s.shape[-2:], dtype=np.bool_)
        every = SOFTMAX.forward(FLOAT64, s)
        yield every
        yield np.where(seen, every, 0.0)
        yield SOFTMAX.forward(FLOAT64, np.where(seen, s, 0.0))


@mistake(
    "scale-omitted",
    "the scores not divided by √d",
    "By what is the product of query and key divided before the softmax?",
    "{entry} is the product without the division by √d (or by what the network says).",
    rank=12,
)
def scale_omitted(at: Site) -> Iterator[Array]:
    """q·k for q·k/√d: in the scores, or going back in the gradients of q and k."""
    for rule in (_own(at), _reader(at)[0]):
        if isinstance(rule, Scores) and FLOAT64.written(rule.divisor) != 1:
            yield at.computed * FLOAT64.written(rule.divisor)


@mistake(
    "attention-transposed",
    "queries and keys exchanged",
    "Which index of the scores counts the query, which the key? A row of p adds up to 1.",
    "{entry} is taken with queries and keys exchanged: rows for columns of the scores, or of p.",
    rank=14,
)
def attention_transposed(at: Site) -> Iterator[Array]:
    """K qᵀ for q kᵀ, softmax down the columns, pᵀ v for p v; and each of these going back."""
    own = _own(at)
    if isinstance(own, Scores) and _is_square(at.computed):
        yield _turned(at.computed)
    elif isinstance(own, Softmax) and _is_of_scores(at) and _is_square(at.computed):
        yield _turned(own.forward(FLOAT64, _turned(at.inputs(at.node)[0])))
    elif isinstance(own, Mixed):
        p, v = at.inputs(at.node)
        if _is_square(p):
            yield own.forward(FLOAT64, _turned(p), v)
    reader, consumer, position = _reader(at)
    if isinstance(reader, Scores):
        inputs, g = at.inputs(consumer), at.gradient(consumer)
        if _is_square(g):
            yield reader.share(FLOAT64, position, _turned(g), at.value(consumer), *inputs)
    elif isinstance(reader, Mixed) and position == 1:
        p, v = at.inputs(consumer)
        if _is_square(p):
            g = at.gradient(consumer)
            yield reader.share(FLOAT64, 1, g, at.value(consumer), _turned(p), v)


def _is_of_scores(at: Site) -> bool:
    """Return whether a softmax is of scores, none of them masked."""
    (parent,) = at.graph.nodes[at.node].parents
    masked = isinstance(at.graph.nodes[at.node].rule, MaskedSoftmax)
    return isinstance(at.graph.nodes[parent].rule, Scores) and not masked


def _is_square(pairs: Array) -> bool:
    return bool(pairs.shape[-1] == pairs.shape[-2] > 1)


def _turned(pairs: Array) -> Array:
    return np.ascontiguousarray(pairs.swapaxes(-1, -2))


@mistake(
    "scale-otherwise",
    "the scores divided by another number than √d",
    "By what is the product of query and key divided: d, or its root?",
    "{entry} is divided by d, or multiplied, where it is divided by √d (or as the network says).",
    rank=13,
)
def scale_otherwise(at: Site) -> Iterator[Array]:
    """q·k/d, or q·k·√d, in place of q·k/√d."""
    own = _own(at)
    if isinstance(own, Scores) and FLOAT64.written(own.divisor) != 1:
        divisor = FLOAT64.written(own.divisor)
        yield at.computed / divisor
        yield at.computed * divisor * divisor


@mistake(
    "row-sum-left-out",
    "the sum over a softmax's row left out going back",
    "Raise one score: what becomes of the other probabilities of its row?",
    "{entry} is p·g, or has the sum of another row: a row is p(g − Σ g p).",
    rank=13,
)
def row_sum_left_out(at: Site) -> Iterator[Array]:
    """p·g in place of p(g − Σ g p); Σ down the column."""
    rule, consumer, _ = _reader(at)
    if isinstance(rule, Softmax) and at.computed.shape[-1] > 1:
        p, g = at.value(consumer), at.gradient(consumer)
        yield p * g
        if at.computed.ndim > 2:
            yield p * (g - (g * p).sum(axis=-2, keepdims=True))


@mistake(
    "own-factor-in-attention",
    "a query, key or value in another's place",
    "Of which two is this a product? Going back, the other one is the factor.",
    "{entry} is taken with a query, a key, a value or a score in the place of another of them.",
    rank=15,
)
def own_factor_in_attention(at: Site) -> Iterator[Array]:
    """∂C/∂q with q for k, ∂C/∂k with k for q; p·k for p·v, s·v for p·v."""
    reader, consumer, position = _reader(at)
    if isinstance(reader, Scores):
        q, k = at.inputs(consumer)
        if q.shape == k.shape:
            g, out = at.gradient(consumer), at.value(consumer)
            yield reader.share(FLOAT64, position, g, out, k, q)
    own = _own(at)
    if isinstance(own, Mixed):
        p, v = at.inputs(at.node)
        (scores,) = at.graph.nodes[at.graph.nodes[at.node].parents[0]].parents[:1]
        yield own.forward(FLOAT64, at.value(scores), v)
        for other in at.graph.nodes[scores].parents:
            if at.value(other).shape == v.shape:
                yield own.forward(FLOAT64, p, at.value(other))


MISTAKES = (
    causal_mask_forgotten,
    scale_otherwise,
    row_sum_left_out,
    own_factor_in_attention,
    softmax_diagonal,
    softmax_passed_over,
    softmax_not_divided,
    softmax_without_exp,
    scale_omitted,
    attention_transposed,
)
