"""Vectors at a step: what stands at one step in time, as labels, values and shares of gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..expression.axes import dimensions
from ..expression.indices import Index, plus
from ..expression.refs import Ref
from ..expression.tree import Known, Quantity
from ..graph.parts import Loop
from ..graph.records import Graph
from ..passes.trace import Trace
from ..worked.document import Line, Math, Text
from .lettering import BODY
from .scene import Label, Role
from .scribe import MOST_ENTRIES, Scribe

STEP = ("step",)


def in_steps(graph: Graph, number: int) -> bool:
    """Return whether a node has a vector at each step."""
    return graph.nodes[number].axes[:1] == STEP


def at_step(scribe: Scribe, number: int, step: Index) -> Ref:
    """Return a quantity's vector at a step, of the sample shown; what has no steps is itself."""
    own = scribe.graph.nodes[number].ref
    return scribe.ref(own.part, own.layer, *((step,) if in_steps(scribe.graph, number) else ()))


def row(trace: Trace, sample: int, number: int, step: int, *, gradient: bool = False) -> Any:
    """Return a quantity's values, or its gradient, at a step; a parameter's are those of every."""
    node = trace.graph.nodes[number]
    array: Any = (trace.gradients if gradient else trace.values)[number]
    if array is None:
        shape = (trace.graph.samples, *node.shape) if node.per_sample else node.shape
        array = trace.arithmetic.array(np.zeros(shape))
    array = array[sample - 1] if node.per_sample else array
    return array[step - 1] if in_steps(trace.graph, number) else array


def read_at(trace: Trace, sample: int, number: int, step: int) -> tuple[Any, ...]:
    """Return what a node reads at a step, states of the step before as they were then."""
    graph = trace.graph
    node, rule, loop = graph.nodes[number], graph.rule(number), graph.loop(number)
    late, found = rule.late_inputs, []
    for position in range(len(rule.step_rule.operands)):
        parent, start = node.parents[position], late.get(position)
        if position not in late or loop is None:
            found.append(row(trace, sample, parent, step))
        elif step != loop.clock.first:
            found.append(row(trace, sample, parent, step - loop.clock.forth))
        elif start is not None:
            found.append(row(trace, sample, node.parents[start], step))
        else:
            found.append(trace.arithmetic.array(np.zeros(graph.nodes[parent].shape[1:])))
    return tuple(found)


def share_at(trace: Trace, sample: int, number: int, position: int, step: int) -> Any:
    """Return what a node sends back at a step to what it reads at ``position``."""
    rule = trace.graph.rule(number).step_rule
    rows = [_rowed(array) for array in read_at(trace, sample, number, step)]
    g, out = (row(trace, sample, number, step, gradient=which) for which in (True, False))
    share = rule.share(trace.arithmetic, position, _rowed(g), _rowed(out), *rows)
    return np.asarray(share)[0]


def _rowed(array: Any) -> Any:
    """Return a vector as one row; a matrix as it is."""
    array = np.asarray(array)
    return array[None] if array.ndim == 1 else array


def sent_back(trace: Trace, sample: int, loop: Loop, state: int, step: int) -> Any:
    """Return what the next step sends back to a state; None after the last one."""
    graph, clock = trace.graph, loop.clock
    if step == clock.steps + 1 - clock.first:
        return None
    found = row(trace, sample, state, step) * 0
    for number in range(loop.first, loop.last + 1) if not clock.cut(step) else ():
        for position in graph.rule(number).late_inputs:
            if graph.nodes[number].parents[position] == state:
                found = found + share_at(trace, sample, number, position, step + clock.forth)
    return found


def is_cut(loop: Loop, step: int) -> bool:
    """Return whether no gradient goes back from this step to the one computed before it."""
    before = step - loop.clock.forth
    return step != loop.clock.first and loop.clock.cut(before)


def before(loop: Loop, step: Index) -> Index:
    """Return the step that is computed before this one."""
    return plus(step, -loop.clock.forth)


def is_small(array: Any) -> bool:
    """Return whether every entry of an array is written out: of a vector or a matrix, if few."""
    return np.ndim(array) < 3 and np.size(array) <= MOST_ENTRIES


def numbers(scribe: Scribe, ref: Ref, array: Any) -> Line:
    """Return the entries of a small array, the shape of a larger one."""
    array = np.asarray(array)
    if array.size == 1:
        return (Math(Known(ref, array.reshape(-1)[0])),)
    if is_small(array):
        return (Math(scribe.array(ref, array)),)
    return (Text(dimensions(array.shape)),)


def vector_label(
    scribe: Scribe, ref: Ref, array: Any, role: Role, size: float = BODY, same: Ref | None = None
) -> Label:
    """Return name = entries; the name alone of what has no numbers, or too many.

    ``same`` is the name that the quantity has elsewhere in the picture.
    """
    (name,) = scribe.adapted(Quantity(ref))
    names: Line = (Math(name),)
    if same is not None:
        names = (*names, Text(" = "), Math(scribe.adapted(Quantity(same))[0]))
    if array is None or not is_small(array):
        return scribe.line(names, role, size)
    line = (*names, Text(" = "), *numbers(scribe, ref, array))
    label = scribe.line(line, role, size)
    return scribe.decimal_label(line, role, size) if scribe.is_long(label, size) else label


def bare_label(scribe: Scribe, ref: Ref, array: Any, role: Role) -> tuple[Label, ...]:
    """Return the entries of a small vector, without its name; nothing of a larger one."""
    if array is None or not is_small(array):
        return ()
    line = numbers(scribe, ref, array)
    label = scribe.line(line, role)
    return (scribe.decimal_label(line, role, BODY) if scribe.is_long(label, BODY) else label,)


def step_shown(scribe: Scribe, loop: Loop) -> Index:
    """Return the step whose cell is drawn: the one asked for, else the second that is computed.

    Without numbers it is a general step.
    """
    clock = loop.clock
    if scribe.wish.step:
        return scribe.wish.step
    if scribe.trace is None:
        return "t"
    return clock.first + clock.forth if clock.steps > 1 else clock.first
