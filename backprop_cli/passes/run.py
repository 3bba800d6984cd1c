"""One run of a network: the numbers given, forward, the checks that need values, backward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from msgspec import structs

from ..arithmetic import Arithmetic
from ..arithmetic.floating import DTYPES, FLOAT64
from ..expression.axes import dimensions
from ..expression.refs import Ref, plain_name
from ..functions.losses import LossTerms
from ..graph.records import Graph
from ..graph.values import leaf_arrays
from ..problems import Problem, Refusal, counted, refuse
from .trace import Trace, backward, forward

Array = np.ndarray[Any, Any]


def run(
    graph: Graph,
    *,
    exact: bool = False,
    dtype: str = "float64",
    round_forward: int | None = None,
    round_backward: int | None = None,
    only_forward: bool = False,
    asked: tuple[Ref, ...] = (),
) -> Trace:
    """Return the Trace of the network's own numbers, in a kind of float or exactly.

    ``asked`` are the only gradients that are to be read: of (−2)**y another one does not exist.
    Raises Refusal where numbers are missing, or a value is not finite or does not fit the loss.
    """
    check_numbers(graph, only_forward)
    arithmetic = arithmetic_of(exact=exact, dtype=dtype)
    until = graph.output if graph.loss is None or (only_forward and _no_target(graph)) else None
    change = None
    if round_forward is not None:
        from .rounding import forward_rounding

        change = forward_rounding(round_forward, graph)
    leaves = leaf_arrays(graph, arithmetic)
    try:
        values = forward(graph, arithmetic, leaves, change=change, until=until)
    except Refusal:
        check_outputs(graph, arithmetic, leaves)
        raise
    if until is None:
        check_fit(graph, values)
    rounded = round_forward is not None or round_backward is not None
    if only_forward or graph.loss is None:
        return Trace(graph, arithmetic, values, (None,) * len(values), rounded)
    change = None
    if round_backward is not None:
        from .rounding import backward_rounding

        change = backward_rounding(round_backward)
    found = [graph.find(ref.of()) for ref in asked]
    needed = frozenset(number for number in found if number is not None) or None
    trace = backward(graph, arithmetic, values, change=change, needed=needed)
    return structs.replace(trace, rounded=rounded)


def arithmetic_of(*, exact: bool = False, dtype: str = "float64") -> Arithmetic:
    """Return the kind of number that is asked for; raise Refusal for both."""
    if dtype == "float32" and exact:
        message = "--dtype float32 rounds every number, --exact none"
        raise refuse(message, None, "leave one of them out")
    if exact:
        from ..arithmetic.exact import EXACT

        return EXACT
    return DTYPES[dtype]


def _no_target(graph: Graph) -> bool:
    return graph.target is not None and graph.given[graph.target] is None


def check_numbers(graph: Graph, only_forward: bool) -> None:
    """Refuse a network whose numbers are missing, saying for each what to add."""
    problems = _without_formula(graph)
    for number, given in graph.given.items():
        node = graph.nodes[number]
        if given is None and not (only_forward and number == graph.target):
            of_layers = graph.origin is not None and node.ref.layer is not None
            name = plain_name(node.ref.bare() if of_layers else node.ref, graph.in_out)
            missing = Problem(f"{name} has no numbers", node.place, _what_to_add(graph, number))
            problems += [missing] if missing not in problems else []
    for layer in graph.layers:
        rule = graph.rule(layer.a)
        if rule.letter:
            what = f"the activation {rule.name} of layer {layer.title} has no formula"
            problems.append(Problem(what, layer.place, "name one, such as 'activation: sigmoid'"))
    if graph.loss is None and not only_forward:
        cure = "add 'loss: half_squared_error', or ask for the forward pass: --only forward"
        problems.append(Problem("the network has no loss", graph.nodes[0].place, cure))
    elif graph.terms is not None and not only_forward:
        rule = graph.rule(graph.terms)
        if rule.letter:
            what = f"the loss {rule.letter} has no formula"
            problems.append(Problem(what, graph.loss_place, "name one, such as half_squared_error"))
    if problems:
        raise Refusal(problems, graph.source)


def _without_formula(graph: Graph) -> list[Problem]:
    """Return a problem for each line that calls a function of which only the letter is known."""
    letters: dict[str, Problem] = {}
    for number in graph.unspecified:
        node = graph.nodes[number]
        for letter in graph.rule(number).unspecified:
            what = f"{plain_name(node.ref)}: the function {letter} has no formula"
            cure = "write its expression; 'backprop derive' works without"
            letters.setdefault(letter, Problem(what, node.place, cure))
    return list(letters.values())


def _what_to_add(graph: Graph, number: int) -> str:
    node, network = graph.nodes[number], graph.origin or graph
    size = dimensions(node.shape)
    if node.ref.layer is not None:
        layer = network.layers[int(node.ref.layer) - 1]
        held = next(each for each in layer.held if each.part == node.ref.part)
        shape = network.nodes[held.node].shape
        size = dimensions(shape)
        if held.kind not in ("bias", "scale", "shift"):
            drawn = f"or '{held.key}: {{init: xavier_uniform}}'" if held.kind == "weight" else ""
            return f"add '{held.key}:' ({size}) to this layer" + (drawn and f", {drawn}")
        zero = "'bias: 0', or " if held.kind == "bias" else ""
        numbers = f"'{held.key}:' ({counted(prod(shape), 'number')})"
        return f"add {zero}{numbers}, or '{held.key}: none'"
    if node.ref.part in graph.words.targets:
        how = "add 'target:'"
    elif node.ref.part in graph.words.inputs:
        how = "give 'input' numbers"
    else:
        how = f"give it {size} numbers" if size else f"give it one: '{node.ref.part}: 2'"
    return f"{how}; 'backprop derive' works without"


def check_outputs(graph: Graph, arithmetic: Arithmetic, leaves: dict[int, Array]) -> None:
    """Refuse outputs that the loss cannot read, before its own logarithm of them says less."""
    if graph.loss is None or graph.target is None or graph.target not in leaves:
        return
    outputs = forward(graph, arithmetic, leaves, until=graph.output)
    unread = [leaves[graph.target]] * (len(graph.nodes) - len(outputs))
    check_fit(graph, (*outputs, *unread))


def run_on(graph: Graph, leaves: Mapping[int, Array]) -> Trace:
    """Return the Trace of other numbers than the file's, in float64; without a loss, of values."""
    values = forward(graph, FLOAT64, leaves)
    if graph.loss is None:
        return Trace(graph, FLOAT64, values, (None,) * len(values))
    check_fit(graph, values)
    return backward(graph, FLOAT64, values)


def check_fit(graph: Graph, values: Sequence[Array]) -> None:
    """Refuse outputs or targets that the loss cannot read."""
    rule = None if graph.terms is None else graph.nodes[graph.terms].rule
    if not isinstance(rule, LossTerms) or graph.target is None:
        return
    takes = rule.loss.takes
    if takes in ("probabilities", "distribution"):
        outside = np.argwhere((values[graph.output] < 0) | (values[graph.output] > 1))
        node, number, what = graph.nodes[graph.output], graph.output, "is not a probability"
        place = graph.loss_place
    elif takes == "signs":
        outside = np.argwhere((values[graph.target] != 1) & (values[graph.target] != -1))
        node, number, what = graph.nodes[graph.target], graph.target, "is neither -1 nor 1"
        place = node.place
    else:
        return
    if len(outside):
        position = tuple(int(i) for i in outside[0])
        index = position[1:] if graph.single else position
        name = f"{plain_name(node.ref)}[{','.join(str(i + 1) for i in index)}]"
        value = float(values[number][position])
        message = f"{rule.name}: {name} = {value:.6g} {what}"
        raise refuse(message, place, graph.loss_cure, graph.source)
