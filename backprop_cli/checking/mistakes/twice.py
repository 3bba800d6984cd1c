"""Mistakes of a softmax or a sigmoid that the loss has in it already."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ...arithmetic.floating import FLOAT64
from ...functions.elementwise import bound_to
from ...functions.softmax import SOFTMAX
from ...mathematics.activations import ACTIVATIONS
from ..replay import Array
from ._records import mistake
from ._site import Site

BY_SOFTMAX = {"softmax_cross_entropy": "identity", "cross_entropy": "softmax"}
BY_SIGMOID = {"sigmoid_cross_entropy": "identity", "binary_cross_entropy": "sigmoid"}
"""Losses of probabilities and of what they are made of, by the output's activation."""


@mistake(
    "softmax-twice",
    "softmax (or the sigmoid) applied twice",
    "How often is softmax, or the sigmoid, applied on the way to the loss? A loss that takes "
    "logits, as a framework's cross-entropy does, has it within.",
    "{entry} has softmax (or the sigmoid) applied twice: the loss takes the logits z, and was "
    "given probabilities.",
    rank=9,
)
def softmax_twice(at: Site) -> Iterator[Array]:
    """Softmax(p) in the loss, p = softmax(z); going back Jᵀ(softmax(p) − y), or Jᵀ(p − y)."""
    graph = at.graph
    last = at.replay.layer_of.get(graph.output)
    if last is None or graph.target is None or len(last.shape) != 1:
        return
    name, own = graph.loss_name, last.activation or "identity"
    if own not in (BY_SOFTMAX.get(name), BY_SIGMOID.get(name)):
        return
    joint = BY_SOFTMAX.get(name) == own
    squash = partial((SOFTMAX if joint else bound_to(ACTIVATIONS["sigmoid"])).forward, FLOAT64)
    p = at.value(graph.output)
    p = squash(p) if own == "identity" else p
    if at.kind == "value" and at.node == graph.terms:
        used = at.used.copy()
        used[graph.output] = p if own == "identity" else squash(p)
        yield at.replay.at[at.key].compute(used)
    elif at.starts_backward and (at.is_delta or own == "identity"):
        errors = [squash(p) - p + at.computed]
        if joint:
            errors.append(at.computed)
        for error in errors:
            through = (error * p).sum(axis=-1, keepdims=True) if joint else error * p
            yield p * (error - through)


MISTAKES = (softmax_twice,)
