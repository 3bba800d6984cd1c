"""Remedies, measured: the network with one thing changed, run again, and its gradient then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from statistics import geometric_mean
from typing import Any

import numpy as np
from msgspec import Struct, structs

from ...arithmetic.floating import FLOAT64
from ...expression.refs import plain_name
from ...functions.elementwise import Elementwise, bound_to
from ...functions.losses import LOSSES, LossTerms, loss_terms
from ...functions.rules import Rule
from ...functions.timed_losses import TimedTerms, timed
from ...graph.parts import Layer
from ...graph.records import Array, Graph
from ...graph.values import leaf_arrays
from ...mathematics.activations import ACTIVATIONS
from ...problems import Refusal
from ..run import run_on
from ..trace import Trace
from .initial import Remedied, drawn_leaves
from .layers import error_ratio
from .norms import norm
from .units import Unit

WORTH = 1.5
"""By what factor the gradient must change for the better."""
SEEDS = 3
"""How often weights are drawn where another activation is tried with them."""
MOST_DRAWN = 300_000
"""Parameters up to which that is done."""
HALVES = 0.5
Leaves = Mapping[int, Array]


class Remedy(Struct, frozen=True):
    """One change and what it does: ``what`` it is, the line to ``write``.

    ``before`` and ``after`` are the norm of the gradient of ``parameter``, or the error that it
    names; ``ratio`` is the error's norm in its layer over the output's; of weights that are drawn,
    the geometric mean over ``draws`` but for the ``lost`` of them, in which no error arrives.
    """

    what: str
    write: str
    parameter: str
    layer: int
    before: float
    after: float
    ratio: float
    draws: int = 1
    lost: int = 0

    @property
    def factor(self) -> float:
        """By how much the gradient is multiplied."""
        return self.after / self.before if self.before else float("inf")


def remedies(
    trace: Trace,
    verdicts: set[str],
    units: tuple[Unit, ...],
    lowest: int,
    tried: tuple[Remedied, ...],
    rows: slice,
) -> tuple[Remedy, ...]:
    """Return what makes the gradient of the lowest layer larger, or smaller, the best first.

    Where no verdict is a complaint, and no unit is dead or saturated, there is nothing to mend.
    """
    small = bool({"vanishing", "blocked"} & verdicts or units)
    if "silent" in verdicts or not (small or "exploding" in verdicts):
        return ()
    dead = next((unit for unit in units if unit.state == "dead"), None)
    layer = trace.graph.layers[lowest - 1]
    held = next(iter(layer.parameters.items()), None)
    if held is None:
        return ()
    part, number = held
    parameter, before = f"{part}{lowest}", norm(trace.gradients[number])

    def made(what: str, write: str, after: float, ratio: float, *draws: int) -> Remedy:
        return Remedy(what, write, parameter, lowest, before, after, ratio, *draws)

    found: list[Remedy] = []
    for what, write, runs in _changes(trace, small=small):
        seen = [_measured(run, layer, number, rows) for run in runs]
        arrived = [pair for pair in seen if pair is not None and min(pair) > 0]
        if arrived:
            after, ratio = map(geometric_mean, zip(*arrived, strict=True))
            found.append(made(what, write, after, ratio, len(seen), len(seen) - len(arrived)))
    for each in tried:
        if each.norms.get(parameter) and lowest in each.ratios:
            what = f"{each.name}'s first weights"
            write = f"weights: {{init: {each.scheme}}}, bias: 0"
            found.append(made(what, write, each.norms[parameter], each.ratios[lowest]))
    woken = _woken(trace, dead, lowest, rows)
    wanted = [r for r in found if (r.after > WORTH * before if small else r.after * WORTH < before)]
    return (*woken, *sorted(wanted, key=lambda remedy: abs(np.log(remedy.ratio))))


def _woken(trace: Trace, dead: Unit | None, lowest: int, rows: slice) -> list[Remedy]:
    """Return what a slope below 0 does for a dead unit: an error arrives at it, the largest."""
    if dead is None:
        return []
    graph = trace.graph
    layer = graph.layers[dead.layer - 1]
    if not _bends(graph, layer) or layer.activation == "leaky_relu":
        return []
    run = _run(_activated(graph, [layer], "leaky_relu"), leaf_arrays(graph, FLOAT64))
    try:
        done = run()
    except Refusal:
        return []
    delta = done.gradients[layer.z]
    if delta is None:
        return []
    at: tuple[Any, ...] = (rows, *(i - 1 for i in dead.index))
    errors, ratio = np.asarray(delta[at]), error_ratio(done, graph.layers[lowest - 1], rows)
    sample, *rest = np.unravel_index(np.abs(errors).argmax(), errors.shape)
    after = float(errors[(sample, *rest)])
    ref = graph.nodes[layer.z].ref.grad().at(*dead.index, *(int(i) + 1 for i in rest))
    if not graph.single:
        ref = structs.replace(ref, sample=int(sample) + 1 + rows.indices(graph.samples)[0])
    name = plain_name(ref)
    what, write = f"leaky_relu in place of {layer.activation}", "activation: leaky_relu"
    return [Remedy(what, write, name, layer.index, 0.0, after, ratio)] if after else []


def _measured(
    run: Callable[[], Trace], layer: Layer, parameter: int, rows: slice
) -> tuple[float, float] | None:
    """Return the parameter's gradient's norm and the error's ratio; None where a pass overflows."""
    try:
        done = run()
    except Refusal:
        return None
    return norm(done.gradients[parameter]), error_ratio(done, layer, rows)


def _changes(trace: Trace, *, small: bool) -> Iterator[tuple[str, str, list[Callable[[], Trace]]]]:
    """Yield what may be changed, the line to write, and the runs that show it."""
    graph = trace.graph
    leaves = leaf_arrays(graph, FLOAT64)
    hidden = [layer for layer in graph.layers[:-1] if _bends(graph, layer)]
    names = list(dict.fromkeys(layer.activation for layer in hidden))
    for other in ("relu", "leaky_relu", "tanh") if small else ("tanh",):
        if not names or names == [other]:
            continue
        changed = _activated(graph, hidden, other)
        what, write = f"{other} in place of {' and '.join(names)}", f"activation: {other}"
        yield what, write, [_run(changed, leaves)]
        if small and other == "relu" and sum(a.size for a in leaves.values()) < MOST_DRAWN:
            drawn = [_run(changed, drawn_leaves(trace, "he_normal", seed)) for seed in range(SEEDS)]
            line = f"{write}, weights: {{init: he_normal}}, bias: 0"
            yield f"{what} and He's first weights", line, drawn
    if small and (loss := _other_loss(graph)) is not None:
        name, changed = loss
        yield (
            f"{name} in place of {graph.loss_name}",
            f"loss: {name}",
            [_run(changed, leaves)],
        )
    if not small:
        weights = [o.node for layer in graph.layers for o in layer.held if o.kind == "weight"]
        halved = {**leaves, **{number: HALVES * leaves[number] for number in weights}}
        yield "every weight halved", "", [_run(graph, halved)]


def _run(graph: Graph, leaves: Leaves) -> Callable[[], Trace]:
    return partial(run_on, graph, leaves)


def _bends(graph: Graph, layer: Layer) -> bool:
    """Return whether another function may stand in the place of the layer's."""
    rule = graph.nodes[layer.a].rule
    if not isinstance(rule, Elementwise) or graph.loop(layer.a) is not None:
        return False
    return rule.name in ACTIVATIONS and rule.name != "identity"


def _activated(graph: Graph, layers: list[Layer], name: str) -> Graph:
    nodes = list(graph.nodes)
    for layer in layers:
        nodes[layer.a] = structs.replace(nodes[layer.a], rule=bound_to(ACTIVATIONS[name]))
    return structs.replace(graph, nodes=tuple(nodes))


def _other_loss(graph: Graph) -> tuple[str, Graph] | None:
    """Return the cross-entropy that a sigmoid or a softmax goes with, where squares are taken."""
    last = graph.layers[-1]
    name = {"sigmoid": "binary_cross_entropy", "softmax": "cross_entropy"}.get(last.activation)
    if name is None or graph.terms is None or "squared" not in graph.loss_name:
        return None
    nodes = list(graph.nodes)
    terms = nodes[graph.terms]
    if not isinstance(terms.rule, LossTerms):
        return None
    rule: Rule = loss_terms(LOSSES[name], last.units)
    if isinstance(terms.rule, TimedTerms):
        rule = timed(rule, ends=terms.rule.ends) or rule
    nodes[graph.terms] = structs.replace(terms, rule=rule)
    return name, structs.replace(graph, nodes=tuple(nodes))
