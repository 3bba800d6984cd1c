"""Exercises: networks whose hand computation stays short, one a seed and number.

Candidates are drawn until enough are fit; the best has the fewest characters in all its exact
values, and no two gradients alike by which a mistake could hide.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..arithmetic.exact import EXACT
from ..arithmetic.floating import FLOAT64
from ..files.network import parse_network
from ..graph.build import build
from ..graph.records import Graph
from ..passes.trace import Trace, backward, forward
from ..problems import Refusal, Source, refuse
from ..spec.profile import Profile
from ..spec.rewriting import flow_text
from .lengths import fractions, length
from .outline import Outline, entry_of, has_flat, is_rational, loss_is_rational
from .random_networks import Candidate, Chance, Unfit, candidate
from .writing import nested, network_text

Array = np.ndarray[Any, Any]
WORK = 1_500
"""Multiplications spent on looking for better candidates, roughly."""
FEWEST, MOST, PATIENCE = 6, 40, 200
"""Fit candidates that are compared, and how many may be unfit before one gives up."""
SMALLEST = 1e-5
"""An error below this is none: nothing could be worked from it with a few decimals."""
SALTS = 20
"""How often an exercise is made anew where it is like an earlier one."""
ALIKE, ZERO, TINY, LONG = 4.0, 6.0, 3.0, 1.0
"""What two gradients of one size cost, in characters; a gradient 0; one too small to round well;
each character past the fourth of one number, over again."""


class Exercise(Struct, frozen=True):
    """One exercise: the network file's text, the graph that it makes, and its own notation."""

    number: int
    text: str
    graph: Graph
    notation: Profile | None = None


def made(number: int, text: str, notation: Any = "") -> Exercise:
    """Return the exercise of a file's text, a notation's name or its mapping put in."""
    if notation:
        at = re.search(r"^(layers|variables|graph):", text, re.MULTILINE)
        line = f"notation: {flow_text(notation)}\n"
        text = text if at is None else text[: at.start()] + line + text[at.start() :]
    spec = parse_network(Source("exercise.yaml", text))
    return Exercise(number, text, build(spec), spec.notation)


def different(make: Callable[[int, int], Exercise], count: int) -> Iterator[Exercise]:
    """Yield ``make(number, salt)`` for 1 … count, no two alike where the outline allows as many.

    Another salt is tried where one comes out like an earlier one.
    """
    seen: set[str] = set()
    for number in range(1, count + 1):
        for salt in range(SALTS):
            made = make(number, salt)
            body = made.text.partition("\ninput:")[2] or made.text.partition("\nvariables:")[2]
            if body not in seen:
                break
        seen.add(body)
        yield made


def exercise(
    outline: Outline, seed: int, number: int = 1, notation: Any = "", salt: int = 0
) -> Exercise:
    """Return one exercise, the same on every machine; raise Refusal where none can be found."""
    skeleton = _skeleton(outline)
    chance = Chance(f"{outline.words} seed {seed} number {number} salt {salt}")
    best, least = None, float("inf")
    fit = unfit = 0
    enough = max(FEWEST, min(MOST, WORK // _work(outline)))
    while fit < enough and unfit < PATIENCE:
        try:
            drawn = candidate(skeleton, outline, chance)
            points = _points(skeleton, outline, drawn)
        except (Unfit, Refusal):
            unfit += 1
            continue
        fit += 1
        if points < least:
            best, least = drawn, points
    if best is None:
        message = f"no numbers were found for {outline.words} with seed {seed}"
        raise refuse(message, None, "take another seed, or fewer units or samples")
    text = made_by(f"{outline.words} --seed {seed}", number)
    text += _text(skeleton, outline, best, f"Exercise {number}")
    return made(number, text, notation)


def made_by(options: str, number: int) -> str:
    """Return the comment that says how the file can be made again."""
    which = f", number {number}" if number > 1 else ""
    return f"# backprop exercise {options}{which}\n"


def _work(outline: Outline) -> int:
    """Return the multiplications of one pass."""
    weights = sum(a * b for a, b in itertools.pairwise(outline.shape))
    return weights * max(1, outline.samples)


def _skeleton(outline: Outline) -> Graph:
    """Return the graph with zeros for numbers: its nodes and rules are every candidate's."""
    rows = max(1, outline.samples)
    given = {"x": np.full((rows, outline.shape[0]), Fraction(0), dtype=object)}
    given["y"] = np.full((rows, outline.shape[-1]), Fraction(0), dtype=object)
    given["y"][:, 0] = Fraction(1)
    if outline.loss == "hinge":
        given["y"][:] = Fraction(1)
    layers = []
    for units, width, activation in zip(
        outline.shape[1:], outline.shape, outline.activations, strict=False
    ):
        zeros = np.full((units, width), Fraction(0), dtype=object)
        layers.append((units, activation, zeros, zeros[:, 0]))
    return graph_of(network_text(_head(outline, "Outline", given["x"], given["y"]), layers))


def graph_of(text: str) -> Graph:
    """Return an exercise's network from the text of its file."""
    return build(parse_network(Source("exercise.yaml", text)))


def _head(outline: Outline, name: str, x: Array, y: Array) -> dict[str, str]:
    head = {"name": name}
    head["input"] = nested(x if outline.samples else x[0])
    head["target"] = nested(y if outline.samples else y[0])
    head["loss"] = outline.loss
    return head


def _text(skeleton: Graph, outline: Outline, drawn: Candidate, name: str) -> str:
    numbers = drawn.numbers
    x, y = numbers[skeleton.input or 0], numbers[skeleton.target or 0]
    layers = [
        (
            layer.units,
            activation,
            numbers[layer.parameters["W"]],
            numbers[layer.parameters["b"]],
        )
        for layer, activation in zip(skeleton.layers, outline.activations, strict=True)
    ]
    return network_text(_head(outline, name, x, y), layers)


# -- how good a candidate is


def _points(skeleton: Graph, outline: Outline, drawn: Candidate) -> float:
    """Return the candidate's cost: characters of its exact values, and its flaws."""
    exact = all(map(is_rational, outline.activations)) and loss_is_rational(outline.loss)
    trace = _traced(skeleton, drawn, EXACT if exact else FLOAT64)
    _check_errors(skeleton, drawn, trace)
    arrays = [*drawn.numbers.values(), *([] if exact else drawn.exact)]
    if exact:
        arrays += [a for a in (*trace.values, *trace.gradients) if a is not None]
    points = float(drawn.flaws)
    for array in arrays:
        for value in fractions(array) or ():
            size = length(value)
            points += size + LONG * max(0, size - 4)
    return points + _likeness(skeleton, outline, trace)


def _check_errors(skeleton: Graph, drawn: Candidate, trace: Trace) -> None:
    """Raise Unfit where no error reaches a unit, but the one that shall be off."""
    for number, layer in enumerate(skeleton.layers):
        error = trace.gradients[layer.z]
        if error is None:
            raise Unfit
        sizes = abs(error.astype(np.float64)).max(axis=0)
        off = [(number, int(unit)) for unit in np.flatnonzero(sizes < SMALLEST)]
        if off != [drawn.dead][: drawn.dead is not None and drawn.dead[0] == number]:
            raise Unfit


def _traced(skeleton: Graph, drawn: Candidate, arithmetic: Arithmetic) -> Trace:
    leaves = {
        leaf: arithmetic.array(numbers)
        if arithmetic.name == "exact"
        else np.asarray(numbers, dtype=np.float64)
        for leaf, numbers in drawn.numbers.items()
    }
    return backward(skeleton, arithmetic, forward(skeleton, arithmetic, leaves))


def _likeness(skeleton: Graph, outline: Outline, trace: Trace) -> float:
    """Return what hides mistakes: gradients that are 0, tiny, or of the size of another."""
    points = 0.0
    seen: list[list[float]] = []
    for layer in skeleton.layers:
        for number in (*layer.parameters.values(), layer.z):
            gradient = trace.gradients[number]
            if gradient is None:
                continue
            sizes = abs(np.asarray(gradient, dtype=np.float64)).ravel().round(9)
            zeros = int((sizes == 0).sum())
            points += ZERO * zeros * (0.25 if outline.dead or outline.samples else 1.0)
            points += TINY * int(((sizes > 0) & (sizes < 0.01)).sum())
            rest = sizes[sizes > 0].tolist()
            points += ALIKE * (len(rest) - len({round(v, 3) for v in rest}))
            seen.append(rest)
        weights = np.asarray(trace.values[layer.parameters["W"]], dtype=np.float64)
        points += 4 * ALIKE * symmetries(weights)
        kinks = () if (entry := entry_of(layer.activation)) is None else entry.kinks
        sums = np.asarray(trace.values[layer.z], dtype=np.float64)
        if kinks and not has_flat(layer.activation) and (sums > 0).all():
            points += 2 * ALIKE
    every = [v for values in seen for v in {round(v, 3) for v in values}]
    return points + ALIKE / 8 * (len(every) - len(set(every)))


def symmetries(weights: Array) -> int:
    """Return by how much a matrix looks the same turned, or from two of its units."""
    square = weights.shape[0] == weights.shape[1] > 1
    rows = len(weights) - len(np.unique(weights, axis=0))
    columns = weights.shape[1] - np.unique(weights, axis=1).shape[1]
    return int(square and (weights == weights.T).all()) + int(rows) + int(columns)
