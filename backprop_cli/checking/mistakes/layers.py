"""Mistakes in normalizing layers, in dropout and in tables that are looked up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...arithmetic.floating import FLOAT64
from ...functions.averaging import Variance
from ...functions.dropping import Dropped
from ...functions.lookup import Lookup
from ...passes.shares import share
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
        sent = [share(at.graph, FLOAT64, *edge, at.gradient(edge[0]), at.used) for edge in through]
        if sent:
            yield np.asarray(at.computed - sum(sent[1:], sent[0]))
        if len(sent) > 1:
            for one in sent:
                yield np.asarray(at.computed - one)


@mistake(
    "variance-less-one",
    "n − 1 in place of n in the variance",
    "By how many is the sum of squares divided in a normalization?",
    "{entry} is the sum of squares divided by n − 1; a normalization divides by n.",
    rank=10,
)
def variance_less_one(at: Site) -> Iterator[Array]:
    """Σ(x − mean)²/(n − 1), the estimate from a sample, in place of /n; so going back as well."""
    nodes = at.graph.nodes
    for consumer, position in at.edges if at.kind == "gradient" else ():
        rule = nodes[consumer].rule
        if isinstance(rule, Variance) and position == 0:
            more = _less_one(rule, at.value(at.node)) - 1
            g = at.gradient(consumer)
            sent = share(at.graph, FLOAT64, consumer, position, g, at.used)
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
            sent = share(at.graph, FLOAT64, consumer, position, g, at.used)
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


MISTAKES = (statistics_constant, variance_less_one, dropout_scale_back, repeated_word)
