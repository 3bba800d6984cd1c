"""Mistakes in recurrent layers: what crosses from one step to the next."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...arithmetic.floating import FLOAT64
from ...functions.delayed import Delayed
from ...functions.elementwise import Elementwise
from ...functions.entrywise import Entrywise
from ...functions.weighted import Weighted
from ..replay import Array
from ._records import mistake
from ._site import Site


def _edges(at: Site, *, late: bool) -> list[tuple[int, int]]:
    """Return by which edges the gradient arrives, those of the same step or of the step after."""
    if at.kind != "gradient":
        return []
    found = late_edges(at, at.node)
    return found if late else [edge for edge in at.graph.arrivals[at.node] if edge not in found]


def late_edges(at: Site, node: int) -> list[tuple[int, int]]:
    """Return the edges by which the step after reads a node."""
    graph = at.graph
    return [edge for edge in graph.arrivals[node] if edge[1] in graph.rule(edge[0]).late_inputs]


def _sent(at: Site, edges: list[tuple[int, int]]) -> Array:
    total = np.zeros(at.computed.shape)
    for consumer, position in edges:
        total = total + at.share(consumer, position)
    return total


@mistake(
    "nothing-through-time",
    "the error of the next step left out",
    "Which steps does this state have an effect on? Only its own?",
    "{entry} has the share of its own step only; the state is read at the next step as well, and "
    "what comes back from there is added.",
    rank=25,
)
def nothing_through_time(at: Site) -> Iterator[Array]:
    """∂C/∂h_t without Uᵀδ_{t+1}: no gradient through time."""
    if _edges(at, late=True) and _edges(at, late=False):
        yield _sent(at, _edges(at, late=False))


@mistake(
    "only-through-time",
    "the error of the state's own step left out",
    "Is this state read at its own step too?",
    "{entry} has only what comes back from the next step; the share of its own step is added.",
    rank=12,
)
def only_through_time(at: Site) -> Iterator[Array]:
    """∂C/∂h_t with what comes from step t + 1 alone."""
    if _edges(at, late=True) and _edges(at, late=False):
        yield _sent(at, _edges(at, late=True))


@mistake(
    "one-way-through-time",
    "one of the ways from the next step left out",
    "By how many ways does the next step read this state?",
    "{entry}: the next step reads this state in several places, and one of them is left out.",
    rank=35,
)
def one_way_through_time(at: Site) -> Iterator[Array]:
    """Leave a gate's share, or the share through the cell, out of the sum."""
    late = _edges(at, late=True)
    if len(late) > 1:
        for edge in late:
            yield at.computed - _sent(at, [edge])


@mistake(
    "recurrent-weights-not-transposed",
    "U not transposed on the way back in time",
    "Which unit of the next step does this unit feed, and with which weight?",
    "{entry} is taken with U where Uᵀ belongs: a row for a column.",
    rank=30,
)
def recurrent_weights_not_transposed(at: Site) -> Iterator[Array]:
    """U δ_{t+1} in place of Uᵀδ_{t+1}."""
    for consumer, position in _edges(at, late=True):
        rule = at.graph.rule(consumer)
        if not isinstance(rule, Delayed) or not isinstance(rule.rule, Weighted):
            continue
        term = next(t for t in rule.rule.terms if t.vector == rule.operands[position])
        weights = at.graph.nodes[consumer].parents[rule.operands.index(term.weights)]
        matrix = at.value(weights)
        if not term.matrix or matrix.shape[0] == 1:
            continue
        turned = at.used.copy()
        turned[weights] = matrix.T
        wrong = at.share(consumer, position, used=turned)
        yield at.computed - _sent(at, [(consumer, position)]) + wrong


@mistake(
    "jacobian-as-a-vector",
    "the Jacobian of a step taken for a vector",
    "What reaches a state from the next step is a sum over that step's units: of which products?",
    "{entry}: the next step's error is multiplied entry by entry by Uᵀφ′; the error of each unit "
    "goes through its own φ′ first, and then through Uᵀ: Uᵀ(φ′ ⊙ error).",
    rank=35,
)
def jacobian_as_a_vector(at: Site) -> Iterator[Array]:
    """(Uᵀφ′) ⊙ ∂C/∂h_{t+1} in place of Uᵀ(φ′ ⊙ ∂C/∂h_{t+1})."""
    for consumer, position in _edges(at, late=True):
        rule, after = at.graph.rule(consumer), at.graph.arrivals[consumer]
        if not isinstance(rule, Delayed) or [edge[0] for edge in after] != [at.node]:
            continue
        bends = at.graph.rule(at.node)
        if at.computed.shape[-1] == 1 or not isinstance(bends, Elementwise):
            continue
        slope = bends.slope(FLOAT64, at.value(consumer), at.value(at.node))
        back = at.share(consumer, position, slope)
        own = _one_back(rule, at.gradient(at.node))
        yield at.computed - _sent(at, [(consumer, position)]) + back * own


def _one_back(rule: Delayed, g: Array) -> Array:
    """Return what stands at the next step at each step, 0 at the last."""
    moved = np.zeros(g.shape)
    if rule.clock.reverse:
        moved[:, 1:] = g[:, :-1]
    else:
        moved[:, :-1] = g[:, 1:]
    return moved


@mistake(
    "gate-left-out-on-the-way-back",
    "the gate left out on the state's way back",
    "What is the state multiplied by on its way to the next step?",
    "{entry}: what comes back from the next step is multiplied by its gate, as the state was.",
    rank=30,
)
def gate_left_out_on_the_way_back(at: Site) -> Iterator[Array]:
    """∂C/∂c_{t+1} in place of f_{t+1} ⊙ ∂C/∂c_{t+1}."""
    for consumer, position in _edges(at, late=True):
        rule = at.graph.rule(consumer)
        if isinstance(rule, Delayed) and isinstance(rule.rule, Entrywise):
            moved = _one_back(rule, at.gradient(consumer))
            yield at.computed - _sent(at, [(consumer, position)]) + moved


@mistake(
    "gate-slope-left-out",
    "the slope of a gate left out",
    "The gate is σ of its pre-activation: what is the derivative of that?",
    "{entry} is the gradient of the gate itself; its pre-activation's has the slope as a factor.",
    rank=25,
)
def gate_slope_left_out(at: Site) -> Iterator[Array]:
    """∂C/∂z of a gate without σ′(z) or tanh′(z)."""
    if at.bend is not None:
        yield at.gradient(at.bend)


@mistake(
    "gates-in-another-order",
    "the gates' weights in another order",
    "Which rows of the stacked weights belong to which gate?",
    "{entry} is computed with the weights of another gate.",
    rank=40,
)
def gates_in_another_order(at: Site) -> Iterator[Array]:
    """Take another gate's pre-activation."""
    loop = at.graph.loop(at.node)
    if at.kind != "value" or loop is None:
        return
    own = at.graph.rule(at.node)
    for other in range(loop.first, loop.last + 1):
        same = type(at.graph.rule(other).step_rule) is type(own.step_rule)
        if other != at.node and same and isinstance(own.step_rule, Weighted):
            yield at.value(other)


@mistake(
    "state-forgotten",
    "the state before left out of the sum",
    "What does this step remember of the one before it?",
    "{entry} has no share of the state before: U h is missing.",
    rank=30,
)
def state_forgotten(at: Site) -> Iterator[Array]:
    """W x + b in place of W x + U h + b."""
    rule = at.graph.nodes[at.node].rule
    if at.kind != "value" or not isinstance(rule, Delayed) or not isinstance(rule.rule, Weighted):
        return
    inputs = at.inputs(at.node)
    starts = [start for start in rule.late_inputs.values() if start is not None]
    for position in (*rule.late_inputs, *starts):
        inputs[position] = np.zeros(inputs[position].shape)
    yield rule.forward(FLOAT64, *inputs)


def bent_state(at: Site, consumer: int) -> tuple[int, Array] | None:
    """Return the state that a weighted sum becomes, and φ′; None where it becomes more."""
    after = at.graph.arrivals[consumer]
    bends = at.graph.rule(after[0][0]) if len(after) == 1 else None
    if not isinstance(bends, Elementwise):
        return None
    state = after[0][0]
    return state, bends.slope(FLOAT64, at.value(consumer), at.value(state))


@mistake(
    "slope-of-another-step",
    "the activation's derivative of another step",
    "Of which step is this error, and at which step is the derivative taken?",
    "{entry} is taken with the activation's derivative of another step than its own.",
    rank=32,
)
def slope_of_another_step(at: Site) -> Iterator[Array]:
    """δ_t with φ′ of step t − 1, or of step t + 1."""
    bent = [edge[0] for edge in at.graph.arrivals[at.node]] if at.kind == "gradient" else []
    if len(bent) != 1 or at.graph.loop(at.node) is None:
        return
    rule, error = at.graph.rule(bent[0]), at.gradient(bent[0])
    if not isinstance(rule, Elementwise) or rule.name == "identity":
        return
    slope = rule.slope(FLOAT64, at.value(at.node), at.value(bent[0]))
    start = np.zeros_like(slope[:, :1])
    first = rule.slope(FLOAT64, start, rule.forward(FLOAT64, start))
    yield error * np.concatenate([first, slope[:, :-1]], axis=1)
    yield error * np.concatenate([slope[:, 1:], slope[:, -1:]], axis=1)


@mistake(
    "raw-error-through-time",
    "the error at the next state carried back in place of its δ",
    "What goes back through U: the error at the state of the next step, or its δ?",
    "{entry} has Uᵀ times the error at the next state, before φ′ of that step is multiplied in.",
    rank=30,
)
def raw_error_through_time(at: Site) -> Iterator[Array]:
    """Uᵀ ∂C/∂h_{t+1} in place of Uᵀδ_{t+1}."""
    for consumer, position in _edges(at, late=True):
        bends = bent_state(at, consumer)
        if bends is not None:
            edge = (consumer, position)
            raw = at.share(*edge, at.gradient(bends[0]))
            yield at.computed - _sent(at, [edge]) + raw


@mistake(
    "input-weights-through-time",
    "the input's weights on the way back in time",
    "Which weights lead from one step's state to the next?",
    "{entry} is taken with the weights of the input where U, those of the state, belong.",
    rank=31,
)
def input_weights_through_time(at: Site) -> Iterator[Array]:
    """Wᵀδ_{t+1} in place of Uᵀδ_{t+1}, where both are of one shape."""
    for consumer, position in _edges(at, late=True):
        rule, parents = at.graph.rule(consumer), at.graph.nodes[consumer].parents
        if not isinstance(rule, Delayed) or not isinstance(rule.rule, Weighted):
            continue
        own = {t.vector: parents[rule.operands.index(t.weights)] for t in rule.rule.terms}
        mine = own[rule.operands[position]]
        for other in own.values():
            if other != mine and at.value(other).shape == at.value(mine).shape:
                turned = at.used.copy()
                turned[mine] = at.value(other)
                wrong = at.share(consumer, position, used=turned)
                yield at.computed - _sent(at, [(consumer, position)]) + wrong


@mistake(
    "last-loss-only",
    "the loss of the last step alone",
    "Which steps have an error of their own in this loss?",
    "{entry} has no error of its own step; the loss adds up those of all steps.",
    rank=27,
)
def last_loss_only(at: Site) -> Iterator[Array]:
    """Take the own error at the last step alone: elsewhere only what comes from the step after."""
    own = _edges(at, late=False)
    if _edges(at, late=True) and own:
        sent = _sent(at, own)
        sent[:, -1] = 0
        yield at.computed - sent


MISTAKES = (
    slope_of_another_step,
    raw_error_through_time,
    input_weights_through_time,
    last_loss_only,
    nothing_through_time,
    only_through_time,
    one_way_through_time,
    recurrent_weights_not_transposed,
    jacobian_as_a_vector,
    gate_left_out_on_the_way_back,
    gate_slope_left_out,
    gates_in_another_order,
    state_forgotten,
)
