"""The step that an optimizer takes: each moment and each new parameter, as steps of a replay."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from msgspec import Struct, structs

from ..arithmetic.floating import FLOAT64
from ..expression.evaluate import evaluate
from ..expression.tree import Expr, Name
from ..expression.walking import walk
from ..functions.optimizers import LAMBDA, OPTIMIZERS, THETA, G, T
from ..graph.records import Graph
from ..passes.descent.descender import NORM_ADDED
from ..passes.descent.plan import Options, Plan, Standing, plan_of, standing_of
from ..spec.numbers import number_float
from ..spec.optimizer import OptimizerSpec
from ..spec.records import NetworkSpec

Array = np.ndarray[Any, Any]
Arrays = list[Array]


class NextStep(Struct, frozen=True):
    """How a step is made, and what the optimizer has kept from those before it."""

    plan: Plan
    standing: Standing = Standing()

    @property
    def rate(self) -> float:
        """The learning rate."""
        return number_float(self.plan.rate)

    @property
    def letters(self) -> tuple[str, ...]:
        """What is computed of each parameter: its moments, then the parameter, ``theta``."""
        return tuple(each.target.id for each in self.plan.optimizer.assignments)

    def needed(self, letter: str) -> set[str]:
        """Return from which letters one is computed, itself among them."""
        found = {letter}
        for each in reversed(self.plan.optimizer.assignments):
            if each.target.id in found:
                names = (node for node in walk(each.formula) if isinstance(node, Name))
                found |= {name.id for name in names}
        return found

    @property
    def plain(self) -> bool:
        """Whether it is θ − η ∂loss/∂θ of all samples, and nothing more."""
        plan = self.plan
        altered = plan.clip or plan.clip_norm or plan.frozen or plan.decays()
        return plan.optimizer.name == "sgd" and not altered


def plain_descent(rate: float) -> NextStep:
    """Return the step θ − η ∂loss/∂θ."""
    return NextStep(Plan(OPTIMIZERS["sgd"], repr(rate), {"weight_decay": "0"}))


def as_step(step: NextStep | float | None) -> NextStep | None:
    """Return the step; a number is the learning rate of plain descent."""
    return plain_descent(step) if isinstance(step, float | int) else step


def next_step(
    graph: Graph,
    spec: NetworkSpec | None,
    optimizer: OptimizerSpec | None = None,
    rate: str | None = None,
) -> NextStep | None:
    """Return the step that the network's file says; what is given beside it holds over it.

    None where there is no learning rate. Raises Refusal where something does not fit.
    """
    if spec is None:
        return None if rate is None else plain_descent(number_float(rate))
    if optimizer is not None:
        spec = structs.replace(spec, optimizer=optimizer)
    if (rate is None and spec.learning_rate is None) or not graph.parameters:
        return None
    plan = plan_of(graph, spec, Options(rate=rate))
    return NextStep(plan, standing_of(graph, spec, plan, FLOAT64))


class Assigned(Struct, frozen=True):
    """What one letter of the optimizer becomes for one parameter, and which arrays that reads."""

    node: int
    letter: str
    reads: tuple[int, ...]
    compute: Callable[[Arrays], Array]


def assigned_steps(graph: Graph, step: NextStep, first: int) -> Iterator[Assigned]:
    """Yield, parameter by parameter, each moment and the new parameter, as they are computed.

    Moments stand at ``first`` and after it in the arrays, in this order; a gradient at n + node.
    """
    n, key = len(graph.nodes), first
    numbers = {**step.plan.numbers(FLOAT64), T: float(step.standing.steps + 1)}
    parameters = tuple(graph.parameters.values())
    for name, number in graph.parameters.items():
        if step.plain:
            yield Assigned(number, THETA.id, (number, n + number), _descent(n, number, step.rate))
            continue
        slope = _slope(graph, step.plan, number, numbers)
        shape = graph.nodes[number].shape
        known: dict[Name, int | Array] = {THETA: number}
        for letter in step.plan.optimizer.state:
            before = step.standing.state.get(letter, {}).get(name)
            known[Name(letter)] = np.zeros(shape) if before is None else before
        for each in step.plan.optimizer.assignments:
            frozen = step.plan.frozen.get(number) if each.target == THETA else None
            compute = _assignment(each.formula, dict(known), numbers, slope, frozen)
            used = [where for where in known.values() if isinstance(where, int)]
            slopes = parameters if step.plan.clip_norm else (number,)
            reads = (*used, *(n + each for each in slopes))
            yield Assigned(number, each.target.id, reads, compute)
            if each.target != THETA:
                known[each.target] = key
                key += 1


def _descent(n: int, number: int, rate: float) -> Callable[[Arrays], Array]:
    return lambda used: np.asarray(used[number] - rate * used[n + number])


def _assignment(
    formula: Expr,
    known: dict[Name, int | Array],
    numbers: dict[Name, Any],
    slope: Callable[[Arrays], Array],
    frozen: Array | None,
) -> Callable[[Arrays], Array]:
    def compute(used: Arrays) -> Array:
        leaves: dict[Any, Any] = {**numbers, G: slope(used)}
        for name, where in known.items():
            leaves[name] = used[where] if isinstance(where, int) else where
        found = np.asarray(evaluate(formula, leaves, FLOAT64), dtype=np.float64)
        return found if frozen is None else np.where(frozen, leaves[THETA], found)

    return compute


def _slope(
    graph: Graph, plan: Plan, number: int, numbers: dict[Name, Any]
) -> Callable[[Arrays], Array]:
    """Return the gradient as the optimizer gets it: clipped, then with the weight decay."""
    n = len(graph.nodes)

    def free(used: Arrays, node: int) -> Array:
        frozen = plan.frozen.get(node)
        return used[n + node] if frozen is None else np.where(frozen, 0.0, used[n + node])

    def slope(used: Arrays) -> Array:
        g = free(used, number)
        if plan.clip:
            g = np.clip(g, -number_float(plan.clip), number_float(plan.clip))
        elif plan.clip_norm:
            each = (free(used, node) for node in graph.parameters.values())
            norm = math.sqrt(sum(float(np.sum(array * array)) for array in each))
            g = g * min(1.0, number_float(plan.clip_norm) / (norm + float(NORM_ADDED)))
        if plan.decays():
            g = g + numbers[LAMBDA] * used[number]
        return np.asarray(g)

    return slope
