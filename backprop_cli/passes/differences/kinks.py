"""Kinks near a point: where, within a step, a case changes or an |u| turns round.

A forward pass on this arithmetic keeps the argument of every comparison, |u|, sign, max and min.
Two passes, before and after a step, then tell which of them passed through zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from msgspec import Struct, structs

from ...arithmetic.floating import Float64
from ...expression.refs import Ref, turned
from ...expression.tree import Expr
from ...graph.parts import Node
from ...graph.records import Graph
from ...mathematics.activations import spelled_out
from ...problems import Refusal
from ..trace import forward

Array = np.ndarray[Any, Any]


class CrossedKink(Struct, frozen=True):
    """One kink within a step: at which quantity's entry, and how far its argument is from it.

    ``rule`` is the operation (relu, abs, max); ``distance`` is its argument less the kink's place.
    """

    ref: Ref
    rule: str
    distance: float


class Margins(Float64):
    """float64 by the formulas, keeping how far each decision is from turning.

    It is not ``native``, so that no rule takes a form of numpy's with a decision inside.
    """

    name = "margins"
    native = False

    def __init__(self) -> None:
        self.open: list[Array] = []
        self.kept: list[tuple[Node, list[Array]]] = []

    def call(self, function: str, arguments: list[Any]) -> Any:
        """Return the function's value; keep the argument of one with a kink."""
        if function in ("abs", "sign", "step"):
            self.open.append(np.asarray(arguments[0], dtype=np.float64))
        elif function in ("max", "min"):
            best = super().call(function, arguments)
            for argument in arguments:
                others = [other for other in arguments if other is not argument]
                if others:
                    gap = argument - super().call(function, others)
                    self.open.append(np.asarray(gap, dtype=np.float64))
            return best
        return super().call(function, arguments)

    def compare(self, comparison: str, left: Any, right: Any) -> Any:
        """Return the comparison; keep the difference."""
        self.open.append(np.asarray(left - right, dtype=np.float64))
        return super().compare(comparison, left, right)

    def elementwise(self, formula: Expr, names: Mapping[str, Array]) -> Array:
        """Return the formula's value in float64, whatever kind of array the names hold."""
        floats = {name: np.asarray(a, dtype=np.float64) for name, a in names.items()}
        return super().elementwise(spelled_out(formula), floats)

    def close(self, node: Node) -> None:
        """Say that what was kept since the last call belongs to this node."""
        self.kept.append((node, self.open))
        self.open = []


RunAlong = Callable[[float], tuple[Mapping[int, Array], Callable[[Node, Array], Array]]]
"""The leaves, and the change of computed values, of a forward pass with the entry moved by h."""


def kinks_between(graph: Graph, run: RunAlong, moves: tuple[float, ...]) -> tuple[CrossedKink, ...]:
    """Return the kinks that the entry meets among the moves (0 must be one of them), nearest first.

    A decision whose argument is the same at every move does not depend on the entry.
    """
    taken = [kept for move in moves if (kept := _margins(graph, run, move)) is not None]
    if len(taken) != len(moves):
        return ()
    here = taken[moves.index(0.0)]
    found: list[CrossedKink] = []
    for number, (node, arrays) in enumerate(here):
        for position, array in enumerate(arrays):
            every = np.stack(
                [np.broadcast_to(kept[number][1][position], array.shape) for kept in taken]
            )
            low, high = every.min(axis=0), every.max(axis=0)
            for where in np.argwhere((low <= 0) & (high >= 0) & (low != high)):
                at = tuple(int(i) for i in where)
                found.append(CrossedKink(_entry(graph, node, at), _rule(node), float(array[at])))
    by_distance = sorted(dict.fromkeys(found), key=lambda kink: abs(kink.distance))
    return tuple({(kink.ref, kink.rule): kink for kink in reversed(by_distance)}.values())[::-1]


def any_on_a_kink(graph: Graph, leaves: Mapping[int, Array]) -> bool:
    """Return whether any decision of the forward pass falls exactly where it turns."""
    taken = _margins(graph, lambda move: (leaves, lambda node, value: value), 0.0)
    return taken is None or any((a == 0).any() for _, arrays in taken for a in arrays)


def _margins(graph: Graph, run: RunAlong, move: float) -> list[tuple[Node, list[Array]]] | None:
    arithmetic = Margins()
    leaves, change = run(move)

    def watch(node: Node, value: Array) -> Array:
        arithmetic.close(node)
        return change(node, np.asarray(value, dtype=np.float64))

    try:
        forward(graph, arithmetic, leaves, change=watch)
    except (Refusal, ZeroDivisionError):
        return None
    return arithmetic.kept


def _rule(node: Node) -> str:
    return "" if node.rule is None else node.rule.name


def _entry(graph: Graph, node: Node, at: tuple[int, ...]) -> Ref:
    """Return what a decision was about: an operation's one operand, else the node itself.

    It is named whole where its shape is not that of the decision.
    """
    about = node
    if len(node.parents) == 1:
        about = graph.nodes[node.parents[0]]
    for chosen in (about, node):
        shape = (graph.samples, *chosen.shape) if chosen.per_sample else chosen.shape
        if len(at) != len(shape) or any(i >= n for i, n in zip(at, shape, strict=True)):
            continue
        sample = at[0] + 1 if chosen.per_sample and not graph.single else None
        index = tuple(i + 1 for i in (at[1:] if chosen.per_sample else at))
        index = turned(chosen.ref.part, index, graph.in_out)
        return structs.replace(chosen.ref, sample=sample, index=(*chosen.ref.index, *index))
    return node.ref
