"""Which exercises are made: like a file's network, of a graph's lines, of layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ..problems import Problem, Refusal, refuse

if TYPE_CHECKING:
    from ..exercises.generating import Exercise

MakeExercise = Callable[[int, int], "Exercise"]
"""(number, salt) → the exercise of that number; another salt makes another one."""


class AskedExercise(Struct, frozen=True):
    """What the command line says of the network; None and False where it says nothing."""

    shape: str | None
    activation: str | None
    loss: str | None
    batch: int | None
    allow_dead: bool
    graph: bool
    nodes: int | None
    layer: str | None
    steps: int | None
    seed: int
    notation: Any

    def check(self, names: tuple[str, ...], why: str, cure: str) -> None:
        """Refuse options that have no meaning here."""
        stray = [name for name in names if getattr(self, name) not in (None, False)]
        if stray:
            options = ", ".join(f"--{name.replace('_', '-')}" for name in stray)
            raise refuse(f"{options}: {why}", None, cure)


def maker(asked: AskedExercise, like: str | None) -> MakeExercise:
    """Return what makes the exercises that are asked for."""
    if like is not None:
        return _like(asked, like)
    if asked.graph:
        return _of_graph(asked)
    return _of_shape(asked) if asked.layer is None else _of_layer(asked, asked.layer)


def _like(asked: AskedExercise, path: str) -> MakeExercise:
    from pathlib import Path

    from ..exercises.like import exercise_like
    from ._options import read_network

    layered = ("shape", "activation", "loss", "batch", "allow_dead")
    others = (*layered, "graph", "nodes", "layer", "steps")
    asked.check(others, "the network is that of --like", "leave it out, or --like")
    spec, name = read_network(path), Path(path).name
    return lambda number, salt: exercise_like(spec, name, asked.seed, number, asked.notation, salt)


def _of_graph(asked: AskedExercise) -> MakeExercise:
    from ..exercises.graphs import FEWEST_NODES, MOST_NODES, graph_exercise

    others = ("shape", "activation", "loss", "batch", "allow_dead", "layer", "steps")
    asked.check(others, "a computation graph has no layers", "leave it out, or --graph")
    lines = 5 if asked.nodes is None else asked.nodes
    if not FEWEST_NODES <= lines <= MOST_NODES:
        cure = f"take {FEWEST_NODES} to {MOST_NODES}"
        raise refuse(f"--nodes {lines}: not a graph to work by hand", None, cure)
    return lambda number, salt: graph_exercise(lines, asked.seed, number, asked.notation, salt)


def _of_layer(asked: AskedExercise, layer: str) -> MakeExercise:
    from ..exercises.like import exercise_like
    from ..exercises.recurrent import recurrent_spec

    cure = "write such a network once, and take --like"
    asked.check(("activation", "allow_dead", "nodes"), "not beside --layer", cure)
    steps = 3 if asked.steps is None else asked.steps
    made = recurrent_spec(layer, asked.shape or "1-1-1", steps, asked.loss, asked.batch)
    return lambda number, salt: exercise_like(*made, asked.seed, number, asked.notation, salt)


def _of_shape(asked: AskedExercise) -> MakeExercise:
    from ..exercises.generating import exercise
    from ..exercises.outline import outline_of

    problems = []
    if asked.nodes is not None:
        cure = "add --graph, or give --shape"
        problems.append(Problem("--nodes belongs to computation graphs", None, cure))
    if asked.steps is not None:
        cure = "add --layer recurrent, lstm or gru"
        problems.append(Problem("--steps belongs to layers that remember", None, cure))
    if asked.shape is None:
        cure = "such as --shape 2-2-1, inputs first; or --graph for a computation graph"
        problems.append(Problem("there is no --shape", None, cure))
    if problems or asked.shape is None:
        raise Refusal(problems)
    activation = asked.activation or "sigmoid"
    outline = outline_of(
        asked.shape, activation, asked.loss, batch=asked.batch, dead=asked.allow_dead
    )
    return lambda number, salt: exercise(outline, asked.seed, number, asked.notation, salt)
