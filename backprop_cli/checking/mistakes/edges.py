"""Mistakes on one edge of the computation: what a node sends back to one of its inputs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from msgspec import structs

from ...arithmetic.floating import FLOAT64
from ...expression.tree import Number
from ...functions.formula import Formula
from ...functions.primitives import Times
from ..replay import Array
from ._records import mistake
from ._site import Site
from .propagation import paths

MOST_EDGES = 6
"""Edges of one node that are tried one by one."""
PLAIN_CONSTANTS = (1, -1, 2, Fraction(1, 2))
"""Factors that are tried whatever the formula, or change nothing but a sign."""
MOST_NODES = 8
"""Other nodes whose gradient may have been taken."""


def _shares(at: Site) -> list[Array]:
    """Return what each consumer sends to the node, where it is one of a computation graph."""
    if at.layer is not None or at.is_of_layers or len(at.edges) > MOST_EDGES:
        return []
    return [_sent(at, consumer, position) for consumer, position in at.edges]


def _sent(at: Site, consumer: int, position: int, gradient: Array | None = None) -> Array:
    upstream = at.upstream(consumer) if gradient is None else gradient
    return at.share(consumer, position, upstream)


@mistake(
    "local-for-gradient",
    "a local derivative in place of the gradient",
    "What arrives from above at the node that this one enters? It is a factor too.",
    "{entry} is the local derivative alone, without the gradient that arrives from above.",
    rank=20,
)
def local_for_gradient(at: Site) -> Iterator[Array]:
    """∂c/∂a in place of ∂c/∂a·∂o/∂c, on one edge or on all."""
    shares = _shares(at)
    arrivals = at.edges if shares and at.kind == "gradient" else ()
    local = [_sent(at, c, p, np.ones_like(at.gradient(c))) for c, p in arrivals]
    if local:
        yield np.asarray(sum(local[1:], local[0]))
    for n, each in enumerate(local if len(local) > 1 else ()):
        yield at.computed - shares[n] + each


@mistake(
    "gradient-for-slope",
    "the gradient in place of a local derivative",
    "The local derivative of one step is asked. Does the loss come into it?",
    "{entry} is the gradient of the loss; the local derivative of this one step is asked.",
    rank=12,
)
def gradient_for_slope(at: Site) -> Iterator[Array]:
    """∂C/∂z, or ∂C/∂a, in place of ∂a/∂z."""
    if at.kind == "slope":
        yield at.gradient(at.node)
        for consumer, _ in at.edges[:1]:
            yield at.gradient(consumer)


@mistake(
    "other-inputs-share",
    "the share of the node's other input",
    "Of which of its inputs is this the derivative? For a product it is the other factor.",
    "{entry} is what the other input of the node gets: the two are exchanged.",
    rank=25,
)
def other_inputs_share(at: Site) -> Iterator[Array]:
    """∂(ab)/∂a = a: the product rule, the quotient's or the maximum's, with inputs exchanged."""
    shares = _shares(at)
    for n, (consumer, position) in enumerate(at.edges if shares else ()):
        parents = at.graph.nodes[consumer].parents
        if len(parents) != 2 or at.picks(consumer):
            continue
        other = _sent(at, consumer, 1 - position)
        if other.shape == at.computed.shape:
            yield at.computed - shares[n] + other


@mistake(
    "maximum-to-both",
    "the gradient of a maximum given to the input that it does not depend on",
    "Which of its inputs does a maximum or a minimum change with?",
    "{entry}: only the larger one of a maximum, the smaller one of a minimum, gets the gradient.",
    rank=20,
)
def maximum_to_both(at: Site) -> Iterator[Array]:
    """∂C/∂max given to both inputs, shared between them, or to the other one."""
    shares = _shares(at)
    for n, (consumer, _) in enumerate(at.edges if shares else ()):
        if at.picks(consumer):
            upstream = at.upstream(consumer)
            for wrong in (upstream, upstream / 2, np.zeros_like(upstream)):
                if np.shape(wrong) == at.computed.shape:
                    yield at.computed - shares[n] + wrong


@mistake(
    "path-subtracted",
    "a path with the wrong sign",
    "With which sign does each path come back?",
    "{entry} has one of its paths with the wrong sign.",
    rank=28,
)
def path_subtracted(at: Site) -> Iterator[Array]:
    """Σ of the paths with one of them negative."""
    shares = paths(at) if at.is_error else _shares(at)
    for each in shares if len(shares) > 1 else ():
        yield at.computed - 2 * each


@mistake(
    "paths-multiplied",
    "the paths multiplied in place of added",
    "What is done with the shares of several paths?",
    "{entry} multiplies the shares of its paths; they are added.",
    rank=28,
)
def paths_multiplied(at: Site) -> Iterator[Array]:
    """Π of the paths in place of Σ."""
    shares = _shares(at)
    if len(shares) > 1 and all(each.shape == at.computed.shape for each in shares):
        yield np.asarray(math.prod(shares[1:], start=shares[0]))


@mistake(
    "wrong-upstream",
    "the gradient of another node from above",
    "Which node does this one enter? Its gradient is the factor.",
    "{entry} is taken with the gradient of another node than the one it enters.",
    rank=40,
)
def wrong_upstream(at: Site) -> Iterator[Array]:
    """∂c/∂a·∂o/∂d: the gradient that arrives is another node's."""
    shares = _shares(at) if at.kind == "gradient" else []
    others = _with_gradient(at)[:MOST_NODES] if shares else []
    for n, (consumer, position) in enumerate(at.graph.arrivals[at.node] if shares else ()):
        for other in others:
            gradient = at.gradient(other)
            if other != consumer and gradient.shape == at.gradient(consumer).shape:
                yield at.computed - shares[n] + _sent(at, consumer, position, gradient)


def _with_gradient(at: Site) -> list[int]:
    """Return the other nodes that have a gradient: those computed later first, what is given last.

    Of these a gradient may be asked too, and stand on the page.
    """
    graph = at.graph
    asked = [
        n for n in range(len(graph.nodes)) if n != at.node and at.replay.gradient(n) in at.replay.at
    ]
    made = [n for n in asked if graph.nodes[n].rule]
    return [n for n in made if n > at.node] + [n for n in asked if n not in made]


@mistake(
    "constant-lost",
    "a constant factor, or the 2 of a square, lost or doubled",
    "Which constants stand before this in the formula? Each stays in the derivative.",
    "{entry} has a constant factor lost, or one too many.",
    rank=35,
)
def constant_lost(at: Site) -> Iterator[Array]:
    """2 of a square, or the ½ before it, left out or kept where it goes: twice or half.

    Of several paths it is lost on one. The 5 of 5a lost within a longer formula.
    """
    shares = _shares(at)
    for n, (consumer, position) in enumerate(at.edges if shares else ()):
        for rule in _without_constant(at, consumer):
            inputs = at.inputs(consumer)
            above = at.upstream(consumer)
            wrong = rule.share(FLOAT64, position, above, rule.forward(FLOAT64, *inputs), *inputs)
            yield at.computed - shares[n] + wrong
    if shares:
        yield at.computed / 2
        yield at.computed * 2
    for each in shares if len(shares) > 1 else ():
        yield at.computed - each / 2
        yield at.computed + each


def _without_constant(at: Site, consumer: int) -> Iterator[Formula]:
    """Yield the formula of a line of several operations with 1 for a constant factor in it."""
    rule = at.graph.nodes[consumer].rule
    alone = len(at.edges) == 1  # then it is the factor of the path
    if not isinstance(rule, Formula) or len(rule.operations) < (2 if alone else 1):
        return
    first = len(rule.operands)
    factors = {
        i - first
        for each in rule.operations
        if isinstance(each.primitive, Times)
        for i in each.inputs
    }
    for n in sorted(factors):
        slot = rule.slots[n] if n >= 0 else None
        if isinstance(slot, Number) and slot.value not in PLAIN_CONSTANTS:
            slots = (*rule.slots[:n], Number(Fraction(1)), *rule.slots[n + 1 :])
            yield structs.replace(rule, slots=slots)


@mistake(
    "base-lost",
    "the base of a power lost",
    "The exponent comes down; what stays of the power?",
    "{entry} has the exponent of a power without its base: x² gives 2x, not 2.",
    rank=30,
)
def base_lost(at: Site) -> Iterator[Array]:
    """2 for 2x: the derivative of a power without the power that stays."""
    shares = _shares(at)
    for n, (consumer, position) in enumerate(at.edges if shares else ()):
        node = at.graph.nodes[consumer]
        if node.rule is None or node.rule.name != "power" or len(node.parents) != 1:
            continue
        used = at.used.copy()
        used[at.node], used[consumer] = (
            np.ones_like(at.value(at.node)),
            np.ones_like(at.value(consumer)),
        )
        gradient = at.upstream(consumer)
        yield at.computed - shares[n] + at.share(consumer, position, gradient, used)


@mistake(
    "divisor-multiplied",
    "multiplied by the divisor",
    "What is the derivative of a/b by a?",
    "{entry} is multiplied by what the forward pass divides by; going back it is divided too.",
    rank=30,
)
def divisor_multiplied(at: Site) -> Iterator[Array]:
    """∂(a/b)/∂a = b for 1/b."""
    shares = _shares(at)
    for n, (consumer, position) in enumerate(at.edges if shares else ()):
        node = at.graph.nodes[consumer]
        if position or len(node.parents) != 2 or node.rule is None or node.rule.name != "division":
            continue
        wrong = at.upstream(consumer) * at.value(node.parents[1])
        if node.parents[0] == at.node and wrong.shape == at.computed.shape:
            yield at.computed - shares[n] + wrong


@mistake(
    "wrong-operation",
    "another operation going forward",
    "Which operation stands in this line?",
    "{entry} is another operation of the same two numbers.",
    rank=30,
)
def wrong_operation(at: Site) -> Iterator[Array]:
    """Take a sum for a product, a difference for a sum, a quotient the other way round."""
    rule = at.graph.nodes[at.node].rule
    joins = at.is_z and rule is not None and rule.name in ("add", "multiply")
    if at.kind != "value" or (at.is_of_layers and not joins):
        return
    inputs = at.inputs(at.node)
    shapes = ((), np.shape(at.computed))
    if len(inputs) != 2 or any(np.shape(each) not in shapes for each in inputs):
        return
    a, b = inputs
    with np.errstate(all="ignore"):
        for wrong in (a + b, a * b, a - b, b - a, a / b, b / a):
            if not np.allclose(wrong, at.computed, rtol=1e-9, atol=0):
                yield np.asarray(wrong)


MISTAKES = (
    local_for_gradient,
    gradient_for_slope,
    other_inputs_share,
    maximum_to_both,
    path_subtracted,
    paths_multiplied,
    wrong_upstream,
    constant_lost,
    base_lost,
    divisor_multiplied,
    wrong_operation,
)
