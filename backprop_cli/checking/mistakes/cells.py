"""Mistakes in the cell of a gated layer: its products, forward and back."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from msgspec import structs

from ...arithmetic.floating import FLOAT64
from ...functions.delayed import Delayed
from ...functions.elementwise import Elementwise
from ...functions.entrywise import Entrywise
from ...functions.rules import Rule
from ..replay import Array
from ._records import mistake
from ._site import Site

MOST_NODES = 12
"""Quantities of a cell that are tried as a factor."""


def _step_rule(at: Site, node: int) -> Rule | None:
    """Return the rule that a node of a loop has within a step."""
    if at.graph.loop(node) is None:
        return None
    rule = at.graph.rule(node)
    return rule.rule if isinstance(rule, Delayed) else rule


def _gates(at: Site) -> list[int]:
    """Return the gates that a node multiplies by: sigmoids of the same step."""
    rule = _step_rule(at, at.node)
    if at.kind != "value" or rule is None or isinstance(rule, Elementwise):
        return []
    parents = dict.fromkeys(at.graph.nodes[at.node].parents)
    return [
        n
        for n in parents
        if isinstance(bends := _step_rule(at, n), Elementwise) and bends.name == "sigmoid"
    ]


@mistake(
    "cell-otherwise",
    "a gate left out of the cell, or exchanged with another",
    "Which gate multiplies which quantity in this line, and where does a 1 − or a tanh stand?",
    "{entry} has the factors of its line otherwise: a gate left out, turned to 1 − gate or "
    "exchanged with another, or a function not applied.",
    rank=30,
)
def cell_otherwise(at: Site) -> Iterator[Array]:
    """C = c + i g, f and i exchanged, 1 − u for u; o·c for o·tanh(c)."""
    gates = _gates(at)
    step = at.replay.at[at.key]
    changed: list[dict[int, Array]] = []
    for gate in gates:
        value = at.value(gate)
        changed += [{gate: np.ones_like(value)}, {gate: 1 - value}]
    for one, other in itertools.combinations(gates, 2):
        changed.append({one: at.value(other), other: at.value(one)})
    for each in changed:
        used = at.used.copy()
        for node, array in each.items():
            used[node] = array
        yield step.compute(used)
    rule = at.graph.nodes[at.node].rule if gates else None
    if isinstance(rule, Entrywise) and any(f.of for product in rule.products for f in product):
        plain = tuple(
            tuple(structs.replace(factor, of=None) for factor in product)
            for product in rule.products
        )
        inputs = at.inputs(at.node)
        yield structs.replace(rule, products=plain).forward(FLOAT64, *inputs)


@mistake(
    "another-factor-in-the-cell",
    "another quantity of the cell as the factor",
    "With what is this multiplied, going forward, and at which step? That is the factor.",
    "{entry} is multiplied by another quantity of the cell than the one that it meets going "
    "forward.",
    rank=32,
)
def another_factor_in_the_cell(at: Site) -> Iterator[Array]:
    """∂C/∂f = ∂C/∂c·c_t for c_{t−1}, ∂C/∂i with i for g, ∂C/∂o with c for tanh(c)."""
    loop = at.graph.loop(at.node)
    if at.kind != "gradient" or loop is None:
        return
    inner = range(loop.first, min(loop.last, loop.first + MOST_NODES) + 1)
    products = [node for node in inner if isinstance(_step_rule(at, node), Entrywise)]
    factors = dict.fromkeys(n for node in products for n in at.graph.nodes[node].parents)
    for consumer, position in at.graph.arrivals[at.node]:
        late = position in at.graph.rule(consumer).late_inputs
        if late or not isinstance(_step_rule(at, consumer), Entrywise):
            continue
        g = at.gradient(consumer)
        right = at.share(consumer, position, g)
        for other in factors:
            wrong = g * at.value(other) if at.value(other).shape == g.shape else right
            if not np.allclose(wrong, right, rtol=1e-9, atol=0):
                yield at.computed - right + wrong


@mistake(
    "cell-slope",
    "the slope of the cell's tanh left out, or taken at another number",
    "The state reads the cell through a function: which derivative is that, and taken where?",
    "{entry} has the slope of the function through which the state reads it left out, or taken at "
    "the state.",
    rank=28,
)
def cell_slope(at: Site) -> Iterator[Array]:
    """∂C/∂h·o, or ∂C/∂h·o·(1 − h²), for ∂C/∂h·o·(1 − tanh²(c))."""
    for consumer, position in at.graph.arrivals[at.node] if at.kind == "gradient" else ():
        rule = _step_rule(at, consumer)
        if not isinstance(rule, Entrywise) or position >= len(rule.operands):
            continue
        through = [
            factor.of
            for product in rule.products
            for factor in product
            if factor.of is not None and factor.operand == rule.operands[position]
        ]
        if len(through) != 1:
            continue
        (function,) = through
        c, h = at.value(at.node), at.value(consumer)
        sent = at.share(consumer, position)
        bare = sent / function.slope(FLOAT64, c, function.forward(FLOAT64, c))
        yield at.computed - sent + bare
        yield at.computed - sent + bare * function.slope(FLOAT64, h, h)


MISTAKES = (cell_otherwise, another_factor_in_the_cell, cell_slope)
