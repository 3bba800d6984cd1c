"""Mistakes in sign and size: what the loss's derivative starts with, and what is averaged."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np

from ..replay import Array, Replay
from ._records import mistake
from ._site import Site

HALVES = ("half_squared_error", "squared_error", "mean_squared_error")
LOGS = ("binary_cross_entropy", "cross_entropy", "sigmoid_cross_entropy")
ADDED = ("half_squared_error", "squared_error", "absolute_error", "huber", *LOGS)
CLASSES = ("cross_entropy", "softmax_cross_entropy")
AVERAGE = "mean_squared_error"
LOGARITHMS = (*LOGS, "softmax_cross_entropy", "kl_divergence", "log_cosh")


@mistake(
    "sign",
    "the sign of the error turned round",
    "In which order is the difference of output and target taken, and where does its minus go?",
    "{entry} has the wrong sign: the gradient has (a − y), not (y − a).",
    scales=True,
    rank=10,
    bare=(
        "Does the output rise or fall with it? Follow each minus.",
        "{entry} has the wrong sign: a minus is lost on the way, or one is too many.",
    ),
)
def sign(at: Site) -> Iterator[Array]:
    """(y − a) used as the gradient: everything from there on is multiplied by −1."""
    if at.kind == "gradient":
        yield -at.computed


@mistake(
    "factor-two",
    "a factor 2 kept or lost",
    "Look for a factor 2: has the loss a ½, and what becomes of its exponent in the derivative?",
    "{entry} is off by a factor 2: the loss's ½, or the 2 of its derivative, was kept or lost.",
    scales=True,
    rank=15,
)
def factor_two(at: Site) -> Iterator[Array]:
    """½ kept or lost, in the loss or in its derivative: twice or half of what is right."""
    squared = at.graph.loss_name not in LOGARITHMS
    if squared and (at.starts_backward or (at.kind == "value" and at.node == at.graph.terms)):
        yield at.computed * 2
        yield at.computed / 2


@mistake(
    "sum-or-mean",
    "a sum where a mean belongs, or the reverse",
    "Is it a sum or an average here, and over how many?",
    "{entry} is off by {term}.",
    scales=True,
    rank=20,
    such_as="the number of outputs, of steps or of samples: a sum for a mean, or the reverse",
)
def sum_or_mean(at: Site) -> Iterator[Array]:
    """Over the outputs, the steps or the batch: off by K, T or N, up or down.

    Of a loss that adds its outputs up nobody leaves out a 1/K.
    """
    graph = at.graph
    if graph.terms is None:
        return
    factors: list[float] = []
    value = at.kind == "value" and at.node in (graph.terms, graph.loss)
    if at.starts_backward or value:
        units = graph.nodes[graph.output].shape[-1]
        averaged, added = graph.loss_name == AVERAGE, graph.loss_name in ADDED
        factors += [] if added else [units]
        factors += [] if averaged else [1 / units]
        steps, over_time = steps_counted(at.replay)
        factors += [steps if over_time else 1 / steps]
    ends = at.of_weights or at.of_bias or (at.kind == "value" and at.node == graph.loss)
    if graph.samples > 1 and (ends or at.is_delta or at.is_error):
        factors += [graph.samples, 1 / graph.samples]
    for factor in factors:
        if factor != 1:
            yield at.computed * factor


def steps_counted(replay: Replay) -> tuple[float, bool]:
    """Return how many steps the loss counts, and whether it takes their mean; 1 without steps."""
    graph = replay.graph
    parents = () if graph.terms is None else graph.nodes[graph.terms].parents
    weights = replay.truth[parents[2]] if len(parents) > 2 else np.ones(0)
    output = graph.nodes[graph.output]
    if weights.size and 0 < weights.max() < 1:
        return float(round(1 / weights.max())), True
    if output.axes[:1] != ("step",):
        return 1.0, False
    counted = weights.sum() / graph.samples if weights.size else output.shape[0]
    return float(counted), False


@mistake(
    "loss-not-squared",
    "the difference not squared in the loss",
    "What happens to the difference before it is added up in the loss?",
    "{entry} has the difference a − y itself where its square belongs.",
    rank=20,
)
def loss_not_squared(at: Site) -> Iterator[Array]:
    """½(a − y) in place of ½(a − y)²; also |a − y|."""
    graph = at.graph
    at_terms = at.kind == "value" and at.node == graph.terms and graph.target is not None
    if not at_terms or graph.target is None or graph.loss_name not in HALVES:
        return
    e = at.value(graph.output) - at.value(graph.target)
    factor = {"half_squared_error": 0.5, "squared_error": 1.0}.get(graph.loss_name, 1 / e.shape[-1])
    yield factor * e
    yield factor * abs(e)


@mistake(
    "log-base",
    "a logarithm to another base",
    "Which logarithm is in the loss?",
    "{entry} has log₁₀ or log₂ in place of the natural logarithm.",
    rank=15,
)
def log_base(at: Site) -> Iterator[Array]:
    """log₁₀ or log₂ for ln: × 0.4343 or × 1.4427."""
    if at.kind == "value" and at.node == at.graph.terms and at.graph.loss_name in LOGARITHMS:
        yield at.computed / math.log(10)
        yield at.computed / math.log(2)


MOST_TARGETS = 4
"""Outputs past which the targets are not exchanged pair by pair."""


@mistake(
    "targets-exchanged",
    "the targets of two outputs exchanged",
    "Which target belongs to which output?",
    "{entry} is taken with another output's target.",
    rank=20,
)
def targets_exchanged(at: Site) -> Iterator[Array]:
    """Exchange two entries of y in a − y, where the loss's derivative is put in."""
    graph = at.graph
    if not at.starts_backward or graph.target is None:
        return
    y = at.value(graph.target)
    step = at.replay.at[at.key]
    count = y.shape[-1] if y.ndim else 1
    for one, other in itertools.combinations(range(min(count, MOST_TARGETS)), 2):
        used = at.used.copy()
        turned = y.copy()
        turned[..., [one, other]] = y[..., [other, one]]
        used[graph.target] = turned
        yield step.compute(used)


@mistake(
    "target-forgotten",
    "the target left out of the error",
    "What is the output held against, where the loss's derivative is put in?",
    "{entry} is the output itself; the target is subtracted from it.",
    rank=18,
)
def target_forgotten(at: Site) -> Iterator[Array]:
    """Δ = p in place of p − y."""
    target = at.graph.target
    if not at.starts_backward or target is None:
        return
    used = at.used.copy()
    used[target] = np.zeros_like(at.value(target))
    found = at.replay.at[at.key].compute(used)
    if found.any():
        yield found
    elif at.value(target).shape == at.computed.shape:
        yield at.computed + at.value(target)


@mistake(
    "true-class-only",
    "the error of the true class alone",
    "Does the score of another class change the loss too?",
    "{entry} has an error at the true class alone; each class has its own, p − y.",
    rank=18,
)
def true_class_only(at: Site) -> Iterator[Array]:
    """(p − y)·y in place of p − y."""
    target = at.graph.target
    if target is None or not at.starts_backward or at.graph.loss_name not in CLASSES:
        return
    y = at.value(target)
    if y.shape == at.computed.shape and ((y == 0) | (y == 1)).all():
        yield at.computed * y


@mistake(
    "half-of-the-entropy",
    "a part of the binary cross-entropy left out",
    "Which two parts has the cross-entropy of a yes and a no?",
    "{entry} has −y·ln a alone; (1 − y)·ln(1 − a) belongs to it.",
    rank=18,
)
def half_of_the_entropy(at: Site) -> Iterator[Array]:
    """−y·ln a in place of −(y·ln a + (1 − y)·ln(1 − a)); the other part alone."""
    graph = at.graph
    here = at.kind == "value" and at.node == graph.terms and graph.target is not None
    if not here or graph.target is None or graph.loss_name != "binary_cross_entropy":
        return
    a, y = at.value(graph.output), at.value(graph.target)
    with np.errstate(all="ignore"):
        first = -y * np.log(a)
    for part in (first, at.computed - first):
        if part.any():
            yield part


MISTAKES = (
    sign,
    factor_two,
    sum_or_mean,
    loss_not_squared,
    log_base,
    targets_exchanged,
    target_forgotten,
    true_class_only,
    half_of_the_entropy,
)
