"""Mistakes in the step: from the gradient to the new parameter."""

from __future__ import annotations

from collections.abc import Iterator

from ..replay import Array
from ._records import mistake
from ._site import Site


@mistake(
    "ascent",
    "a step up in place of down",
    "To make the loss smaller, which way along the gradient?",
    "{entry} is w + η·gradient; descent subtracts.",
    rank=10,
)
def ascent(at: Site) -> Iterator[Array]:
    """W + ηg: the parameter moves up the gradient."""
    if at.kind == "update":
        yield 2 * at.value(at.node) - at.computed


@mistake(
    "rate-omitted",
    "the learning rate left out",
    "By what is the gradient multiplied before it is subtracted?",
    "{entry} subtracts the whole gradient, without the learning rate η.",
    rank=15,
)
def rate_omitted(at: Site) -> Iterator[Array]:
    """W − g: a step with η = 1."""
    if at.kind == "update" and at.replay.rate not in (0, 1, None):
        yield _with_rate(at, 1.0)


def _with_rate(at: Site, rate: float) -> Array:
    """Return the new parameter with another learning rate."""
    old = at.value(at.node)
    return old + (at.computed - old) * rate / (at.replay.rate or 1.0)


@mistake(
    "wrong-rate",
    "another learning rate",
    "Which learning rate does the exercise give?",
    "{entry} is a step with another learning rate than the exercise gives.",
    rank=45,
)
def wrong_rate(at: Site) -> Iterator[Array]:
    """Another η: ten times, a tenth, half, twice, or a rate that is usual elsewhere."""
    rate = at.replay.rate
    if at.kind != "update" or not rate:
        return
    for other in (10 * rate, rate / 10, 2 * rate, rate / 2, 0.1, 0.01, 0.001, 0.5, 0.05):
        yield _with_rate(at, other)


@mistake(
    "gradient-for-update",
    "the gradient or its step given in place of the new parameter",
    "The new value of the parameter is asked: where is the old one in it?",
    "{entry} is the gradient, or η times it; the new parameter is the old one minus that.",
    rank=15,
)
def gradient_for_update(at: Site) -> Iterator[Array]:
    """g, −ηg or ηg where the new parameter was asked."""
    if at.kind == "update":
        step = at.computed - at.value(at.node)
        yield step
        yield -step
        if at.replay.rate != 1:
            yield at.gradient(at.node)


@mistake(
    "update-for-gradient",
    "the step given in place of the gradient",
    "The gradient is asked, before the learning rate comes in.",
    "{entry} is the step η times the gradient; the gradient itself is asked.",
    rank=15,
)
def update_for_gradient(at: Site) -> Iterator[Array]:
    """−ηg or ηg where the gradient was asked."""
    if at.of_parameter and at.replay.rate not in (None, 1):
        yield -(at.replay.rate or 1) * at.computed
        yield (at.replay.rate or 1) * at.computed


@mistake(
    "weight-for-gradient",
    "the new parameter given in place of its gradient",
    "The gradient is asked, not what becomes of the parameter.",
    "{entry} is the parameter after the step; its gradient is asked.",
    rank=15,
)
def weight_for_gradient(at: Site) -> Iterator[Array]:
    """W − ηg where the gradient was asked."""
    if at.of_parameter:
        yield at.value(at.node) - (at.replay.rate or 1) * at.computed


MISTAKES = (
    ascent,
    rate_omitted,
    wrong_rate,
    gradient_for_update,
    update_for_gradient,
    weight_for_gradient,
)
