"""Mistakes in an optimizer's rule: its moments, their correction, what is divided by what."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from ...spec.numbers import number_float
from ..replay import Array
from ._records import mistake
from ._site import Site

_SHARES = {"m": "beta1", "v": "beta2"}
"""How much of a moment is kept, where an optimizer has both."""


class Moment(Struct, frozen=True):
    """A moment's step: what it was before, how much of that is kept, what is new in it.

    ``share`` is the factor of what is new: 1 − β, or 1 of a velocity.
    """

    before: Array
    kept: float
    share: float
    new: Array


def _moment(at: Site) -> Moment | None:
    """Return the moment that a site is of: m, v, a velocity; None elsewhere."""
    step, letter = at.replay.step, at.replay.aspect_of(at.key) if at.kind == "moment" else ""
    if step is None or not isinstance(letter, str) or letter not in step.plan.optimizer.state:
        return None
    settings = step.plan.settings
    velocity = "momentum" in settings
    name = "momentum" if velocity else _SHARES[letter] if "beta1" in settings else "alpha"
    kept = number_float(settings[name])
    share = 1.0 if velocity else 1.0 - kept
    names = {number: name for name, number in at.graph.parameters.items()}
    before = step.standing.state.get(letter, {}).get(names[at.node])
    old = np.zeros(at.computed.shape) if before is None else before
    return Moment(old, kept, share, (at.computed - kept * old) / share if share else old)


def _otherwise(at: Site, changes: dict[str, str], power: int = 1) -> Iterator[Array]:
    """Yield the new parameter where some letters stand for others, or for a power of their own."""
    keys = {letter: at.replay.other_at.get((at.node, letter)) for letter in changes}
    if at.kind != "update" or None in keys.values():
        return
    used = at.used.copy()
    for letter, other in changes.items():
        where, source = keys[letter], at.replay.other_at.get((at.node, other))
        if where is not None and source is not None:
            used[where] = at.used[source] ** power
    yield at.replay.at[at.key].compute(used)


@mistake(
    "plain-descent",
    "plain descent in place of the optimizer's rule",
    "Which optimizer does the exercise name, and what does it do with the gradient?",
    "{entry} is a step of plain descent, θ − η·gradient, not of the optimizer that is asked for.",
    rank=12,
)
def plain_descent(at: Site) -> Iterator[Array]:
    """θ − ηg where momentum, Adam or another rule was asked for."""
    step = at.replay.step
    if at.kind == "update" and step is not None and step.plan.optimizer.name != "sgd":
        yield at.value(at.node) - step.rate * at.gradient(at.node)


@mistake(
    "bias-correction-omitted",
    "the moments not corrected",
    "The moments begin at 0. What makes up for that in the first steps?",
    "{entry} is taken with m and v themselves, without the division by 1 − βᵗ.",
    rank=12,
)
def bias_correction_omitted(at: Site) -> Iterator[Array]:
    """M for m̂, v for v̂."""
    yield from _otherwise(at, {"hat m": "m", "hat v": "v"})
    letter = at.replay.aspect_of(at.key) if at.kind == "moment" else ""
    if isinstance(letter, str) and letter.startswith("hat "):
        yield at.used[at.replay.other_at[at.node, letter.removeprefix("hat ")]]


@mistake(
    "moment-shares",
    "the old moment and the new gradient weighted otherwise",
    "How much of the old moment is kept, and with which factor does the gradient come in?",
    "{entry} weights the old moment and what is new otherwise than the rule does.",
    rank=20,
)
def moment_shares(at: Site) -> Iterator[Array]:
    """β and 1 − β exchanged; a velocity with (1 − μ)g; a moment with the whole gradient."""
    moment = _moment(at)
    if moment is None:
        return
    old, new, kept = moment.before, moment.new, moment.kept
    if moment.share == 1.0:
        yield kept * old + (1 - kept) * new
        return
    yield (1 - kept) * old + kept * new
    yield kept * old + new


@mistake(
    "gradient-not-squared",
    "the gradient itself in the second moment",
    "Of what is the second moment a mean: of the gradient, or of its square?",
    "{entry} is made of the gradient; the second moment is made of its square.",
    rank=15,
)
def gradient_not_squared(at: Site) -> Iterator[Array]:
    """βv + (1 − β)g in place of g²."""
    moment = _moment(at)
    if moment is not None and moment.share != 1.0 and at.replay.aspect_of(at.key) == "v":
        yield moment.kept * moment.before + moment.share * at.gradient(at.node)


@mistake(
    "root-omitted",
    "no root of the second moment",
    "By what is the step divided: by the second moment, or by its root?",
    "{entry} is divided by the second moment itself, where its square root belongs.",
    rank=15,
)
def root_omitted(at: Site) -> Iterator[Array]:
    """m̂/(v̂ + ε) in place of m̂/(√v̂ + ε)."""
    step = at.replay.step
    name = "" if step is None else step.plan.optimizer.name
    if name in ("adam", "adamw"):
        yield from _otherwise(at, {"hat v": "hat v"}, 2)
    elif name == "rmsprop":
        yield from _otherwise(at, {"v": "v"}, 2)


@mistake(
    "moment-forgotten",
    "what was kept from the steps before left out",
    "This is not the first step. What has the optimizer kept from those before?",
    "{entry} is taken as if the optimizer began anew, with its moments at 0.",
    rank=15,
)
def moment_forgotten(at: Site) -> Iterator[Array]:
    """Take the moment of a first step, where the state is not 0."""
    moment = _moment(at)
    if moment is not None and moment.before.any():
        yield moment.share * moment.new


MISTAKES = (
    plain_descent,
    bias_correction_omitted,
    moment_shares,
    gradient_not_squared,
    root_omitted,
    moment_forgotten,
)
