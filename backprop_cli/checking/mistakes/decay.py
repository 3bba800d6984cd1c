"""Mistakes with a penalty on the weights: λ/2·Σw² in the loss, λw in the gradient."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..replay import Array
from ._records import mistake
from ._site import Site


def _penalized(at: Site) -> Array | None:
    """Return what the penalty sends to a parameter's gradient."""
    if at.kind != "gradient" or not at.graph.penalties:
        return None
    edges = [edge for edge in at.graph.arrivals[at.node] if edge[0] in at.graph.penalties]
    if len(edges) != 1:
        return None
    ((consumer, position),) = edges
    return at.share(consumer, position)


def _of_loss(at: Site) -> list[Array]:
    """Return the penalties where the loss is added up."""
    here = at.kind == "value" and at.node == at.graph.loss
    return [at.value(number) for number in at.graph.penalties] if here else []


@mistake(
    "penalty-left-out",
    "the penalty on the weights left out",
    "What does the loss have besides the error of the outputs?",
    "{entry} leaves out the penalty on the weights, which is a part of the loss.",
    rank=12,
)
def penalty_left_out(at: Site) -> Iterator[Array]:
    """∂C₀/∂W without λw; C₀ for C."""
    sent, parts = _penalized(at), _of_loss(at)
    if sent is not None:
        yield at.computed - sent
    if parts:
        yield np.asarray(at.computed - sum(parts[1:], parts[0]))


@mistake(
    "penalty-otherwise",
    "the penalty on the weights with another factor",
    "Which factor has the penalty, over which weights is it taken, and what is its derivative?",
    "{entry} has the penalty on the weights with another factor or sign, or on some weights only.",
    rank=26,
)
def penalty_otherwise(at: Site) -> Iterator[Array]:
    """2λw, w, λ, λw/N, −λw for λw; twice the penalty, or one layer's alone, in the loss."""
    sent, parts = _penalized(at), _of_loss(at)
    if at.kind == "value" and at.node in at.graph.penalties:
        yield 2 * at.computed
    if sent is not None:
        w, rest = at.value(at.node), at.computed - sent
        strength = _strength(sent, w)
        factors = [2.0, -1.0, *([1 / at.graph.samples] if at.graph.samples > 1 else [])]
        yield from (rest + factor * sent for factor in factors)
        if strength is not None:
            yield rest + w
            yield rest + strength
    if parts:
        every = np.asarray(sum(parts[1:], parts[0]))
        yield at.computed + every
        yield from (at.computed - every + each for each in parts if len(parts) > 1)


def _strength(sent: Array, w: Array) -> float | None:
    """Return λ, where the penalty's gradient is λw."""
    seen = w != 0
    ratios = sent[seen] / w[seen]
    return float(ratios[0]) if ratios.size and np.allclose(ratios, ratios[0]) else None


@mistake(
    "penalty-on-bias",
    "the penalty on the bias too",
    "On which parameters is the penalty?",
    "{entry} has the penalty's share too; the penalty is on the weights alone.",
    rank=26,
)
def penalty_on_bias(at: Site) -> Iterator[Array]:
    """Db + λb, where biases are left out of the penalty."""
    weights = None if at.layer is None else at.layer.parameters.get("W")
    if not at.of_bias or weights is None or _penalized(at) is not None:
        return
    for consumer, position in at.graph.arrivals[weights]:
        if consumer in at.graph.penalties:
            sent = at.share(consumer, position)
            strength = _strength(sent, at.value(weights))
            if strength is not None:
                yield at.computed + strength * at.value(at.node)


MISTAKES = (penalty_left_out, penalty_otherwise, penalty_on_bias)
