"""Mistakes in normalizing layers, in dropout and in tables that are looked up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...arithmetic.floating import FLOAT64
from ...functions.averaging import Variance
from ...functions.dropping import Dropped
from ...functions.lookup import Lookup
from ...functions.normalizing import ScaleShift, Standardize
from ..replay import Array
from ._records import mistake
from ._site import Site


@mistake(
    "statistics-constant",
    "mean and variance treated as constants",
    "Does the mean change when this value changes? And the variance? Each is one more path.",
    "{entry} takes the mean or the variance for a constant; what comes back through it is missing.",
    rank=10,
)
def statistics_constant(at: Site) -> Iterator[Array]:
    """g/√(var + ε) alone in front of a normalization, or with one of the two other paths only."""
    if at.kind != "gradient":
        return
    for layer in at.graph.layers:
        if layer.closed is None or at.node != layer.input_nodes[0]:
            continue
        own = {number for cell in layer.cells for number in cell.parts.values()}
        through = [
            edge
            for edge in at.graph.arrivals[at.node]
            if edge[0] in own and edge[0] != layer.closed.source
        ]
        sent = [at.share(*edge) for edge in through]
        if sent:
            yield np.asarray(at.computed - sum(sent[1:], sent[0]))
        if len(sent) > 1:
            for one in sent:
                yield np.asarray(at.computed - one)


@mistake(
    "variance-less-one",
    "n − 1 in place of n in the variance",
    "By how many is the sum of squares divided in a normalization?",
    "{entry}: the sum of squares is divided by n − 1; a normalization divides by n.",
    rank=10,
)
def variance_less_one(at: Site) -> Iterator[Array]:
    """Σ(x − mean)²/(n − 1), the estimate from a sample, in place of /n; so going back as well."""
    nodes = at.graph.nodes
    for consumer, position in at.edges if at.kind == "gradient" else ():
        rule = nodes[consumer].rule
        if isinstance(rule, Variance) and position == 0:
            more = _less_one(rule, at.value(at.node)) - 1
            sent = at.share(consumer, position)
            if more:
                yield np.asarray(at.computed + more * sent)
    rule = nodes[at.node].rule
    if at.kind == "value" and isinstance(rule, Variance):
        factor = _less_one(rule, at.value(nodes[at.node].parents[0]))
        if factor > 1:
            yield at.computed * factor


def _less_one(rule: Variance, x: Array) -> float:
    """Return n/(n − 1), 1 of a single value."""
    count = rule.count(x)
    return count / (count - 1) if count > 1 else 1.0


@mistake(
    "dropout-scale-back",
    "dropout's scale left out going back",
    "What was the value that passed multiplied by, besides the mask?",
    "{entry} has the mask and not the factor 1/(1 − rate), which the forward pass has too.",
    rank=10,
)
def dropout_scale_back(at: Site) -> Iterator[Array]:
    """Send back g ⊙ mask in place of g ⊙ mask/(1 − rate)."""
    if at.kind != "gradient":
        return
    for consumer, position in at.graph.arrivals[at.node]:
        node = at.graph.nodes[consumer]
        if isinstance(node.rule, Dropped):
            g = at.gradient(consumer)
            sent = at.share(consumer, position, g)
            mask = at.value(node.parents[1])
            yield np.asarray(at.computed - sent + g * mask)


@mistake(
    "repeated-word",
    "a repeated word's gradient overwritten",
    "The word occurs more than once. Which of its places sends something to its row?",
    "{entry} has what one place of the word sends; every place that looked it up adds its own.",
    rank=10,
)
def repeated_word(at: Site) -> Iterator[Array]:
    """dE[w] = g of the last place (or the first one) of a word, in place of the sum."""
    arrivals = at.graph.arrivals[at.node] if at.kind == "gradient" else ()
    for consumer, position in arrivals[:1]:
        node = at.graph.nodes[consumer]
        if not isinstance(node.rule, Lookup) or position != 1:
            continue
        x, g = at.value(node.parents[0]), at.gradient(consumer)
        words = x.astype(int).reshape(len(x), -1)
        if node.rule.pool != "none":
            g = np.repeat(np.expand_dims(g, 1), words.shape[1], axis=1)
            g = g / words.shape[1] if node.rule.pool == "mean" else g
        places = list(zip(words.ravel(), g.reshape(-1, g.shape[-1]), strict=True))
        for order in (places, places[::-1]):
            found = np.zeros(at.computed.shape)
            for row, sent in order:
                found[row] = sent
            yield at.over_batch(found)


@mistake(
    "dropout-otherwise",
    "dropout's mask or scale left out going forward",
    "What does dropout do with a value that is kept, and with one that is not?",
    "{entry} has the mask or the factor 1/(1 − rate) of dropout left out, or another factor.",
    rank=12,
)
def dropout_otherwise(at: Site) -> Iterator[Array]:
    """X ⊙ mask, x/(1 − rate), x; x ⊙ mask·(1 − rate), x ⊙ mask/rate."""
    node = at.graph.nodes[at.node]
    if at.kind != "value" or not isinstance(node.rule, Dropped):
        return
    x, mask = at.inputs(at.node)
    rate = FLOAT64.written(node.rule.rate)
    yield from (x * mask, x / (1 - rate), x, x * mask * (1 - rate))
    if rate:
        yield x * mask / rate


@mistake(
    "dropout-mask-back",
    "dropout's mask left out going back",
    "Did the value that was dropped reach the loss?",
    "{entry} lets the error through where dropout let nothing pass.",
    rank=11,
)
def dropout_mask_back(at: Site) -> Iterator[Array]:
    """Send back g/(1 − rate), or g, where the mask is 0 too."""
    for consumer, position in at.graph.arrivals[at.node] if at.kind == "gradient" else ():
        node = at.graph.nodes[consumer]
        if isinstance(node.rule, Dropped) and position == 0 and not at.value(node.parents[1]).all():
            g = at.gradient(consumer)
            sent = at.share(consumer, position, g)
            yield np.asarray(at.computed - sent + g / (1 - FLOAT64.written(node.rule.rate)))
            yield np.asarray(at.computed - sent + g)


@mistake(
    "standardized-otherwise",
    "a normalization's mean, deviation or number of values otherwise",
    "What is subtracted, by what is it divided, and over how many values are the two taken?",
    "{entry}: a normalization subtracts the mean and divides by the deviation, the root of the "
    "mean square of the differences.",
    rank=14,
)
def standardized_otherwise(at: Site) -> Iterator[Array]:
    """(x − μ)/var, x/σ, x − μ; Σ(x − μ)² not divided by n, or the mean of x²."""
    node = at.graph.nodes[at.node]
    if at.kind != "value":
        return
    inputs = at.inputs(at.node)
    if isinstance(node.rule, Standardize):
        x, mean, var = inputs
        steeper = node.rule.forward(FLOAT64, x + 1, mean, var) - at.computed
        yield at.computed * steeper
        yield node.rule.forward(FLOAT64, x, 0 * mean, var)
        yield at.computed / steeper
    elif isinstance(node.rule, Variance):
        x, mean = inputs
        yield at.computed * node.rule.count(x)
        yield node.rule.forward(FLOAT64, x, 0 * mean)


@mistake(
    "scale-or-shift-left-out",
    "a normalization's scale or shift left out",
    "What is done with a normalized value before the layer hands it on?",
    "{entry} is without the scale γ, or without the shift β.",
    rank=14,
)
def scale_or_shift_left_out(at: Site) -> Iterator[Array]:
    """γ x̂ or x̂ + β in place of γ x̂ + β."""
    node = at.graph.nodes[at.node]
    if at.kind != "value" or not isinstance(node.rule, ScaleShift):
        return
    for parent in node.parents[1:]:
        used, held = at.used.copy(), at.value(parent)
        alone = at.graph.kind(at.graph.nodes[parent].ref) == "scale"
        used[parent] = np.ones_like(held) if alone else np.zeros_like(held)
        yield at.replay.at[at.key].compute(used)


@mistake(
    "scale-gradient-otherwise",
    "another factor in the gradient of a scale or a shift",
    "What does the scale multiply, and what the shift? That meets δ going back.",
    "{entry}: the scale's gradient is the sum of δ·x̂, the shift's the sum of δ alone.",
    rank=16,
)
def scale_gradient_otherwise(at: Site) -> Iterator[Array]:
    """Σδ, Σδ·x, Σδ·z or γ Σδ·x̂ for Σδ·x̂; γ Σδ or Σδ·x̂ for Σδ."""
    does = at.does if at.kind == "gradient" else None
    arrivals = at.graph.arrivals[at.node]
    if does not in ("scale", "shift") or len(arrivals) != 1:
        return
    ((consumer, position),) = arrivals
    node, g = at.graph.nodes[consumer], at.gradient(consumer)
    if not isinstance(node.rule, ScaleShift):
        return
    xhat, scale = node.parents[0], node.parents[1]
    if does == "scale":
        source = at.graph.nodes[xhat].parents[0]
        for other in (np.ones_like(g), at.value(source), at.value(consumer)):
            used = at.used.copy()
            used[xhat] = np.broadcast_to(other, g.shape)
            yield at.share(consumer, position, g, used)
        yield at.computed * at.value(at.node)
    elif at.graph.kind(at.graph.nodes[scale].ref) == "scale":
        yield at.share(consumer, position, g * at.value(scale))
        yield at.share(consumer, 1, g)


MISTAKES = (
    statistics_constant,
    variance_less_one,
    dropout_scale_back,
    repeated_word,
    dropout_otherwise,
    dropout_mask_back,
    standardized_otherwise,
    scale_or_shift_left_out,
    scale_gradient_otherwise,
)
