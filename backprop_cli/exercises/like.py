"""An exercise like a network that there is: the same layers, of any type, with other short numbers.

The file stays as it is written; its numbers are drawn anew until nothing falls on a kink and an
error reaches every layer, and of several such drawings the shortest to work by hand is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..arithmetic.floating import FLOAT64
from ..files.network import parse_network
from ..functions.losses import LOSSES
from ..graph.build import build
from ..graph.parts import Parameter
from ..graph.records import Graph
from ..graph.values import leaf_arrays
from ..passes.differences.kinks import any_on_a_kink
from ..passes.run import run
from ..passes.trace import Trace
from ..problems import Refusal, Source, refuse
from ..spec.arrays import WrittenArray
from ..spec.data import ClassTarget
from ..spec.numbers import WrittenNumber
from ..spec.records import NetworkSpec
from ..spec.rewriting import WrittenValue, rewritten
from .generating import SMALLEST, Exercise, made_by
from .lengths import length, number_text
from .random_networks import BOUNDED, HALVES, INPUTS, Chance

Array = np.ndarray[Any, Any]
ENOUGH, PATIENCE = 12, 200
"""Fit drawings that are compared, and how many are made at most."""
MOST_VALUES = 400
"""Values and gradients of a network that somebody works by hand."""
LARGEST = 12.0
"""How large a value should be; where none is found it may be three times as large."""
SMOOTH = 3.0
"""The same where a state goes through one function again and again."""
ONES = tuple(map(Fraction, (1, -1, 2, -2, 0)))


def exercise_like(
    spec: NetworkSpec, name: str, seed: int, number: int = 1, notation: str = "", salt: int = 0
) -> Exercise:
    """Return the network with other numbers; raise Refusal where none are found.

    ``name`` is the file's; or, beginning with ``--``, the options that the network is made by.
    """
    options = name if name.startswith("--") else f"--like {name}"
    graph = _checked(spec, options)
    chance = Chance(f"like {name} {spec.source.text} seed {seed} number {number} salt {salt}")
    best, least, fit = "", (MOST_VALUES, 0.0), 0
    for attempt in range(PATIENCE):
        text = _drawn(spec, graph, chance)
        largest = SMOOTH if graph.loops else LARGEST
        points = _points(text, largest if attempt < PATIENCE // 4 else 3 * largest)
        if points is None:
            continue
        fit += 1
        if points < least:
            best, least = text, points
        if fit == ENOUGH:
            break
    if not best:
        message = f"no numbers were found for {options} with seed {seed}"
        raise refuse(message, None, "take another seed, or a smaller network")
    if notation:
        best = best.replace("\nlayers:", f"\nnotation: {notation}\nlayers:", 1)
    title = "" if spec.name else f"name: Exercise {number}\n"
    text = made_by(f"{options} --seed {seed}", number) + title + best
    return Exercise(number, text, _graph(text))


def _graph(text: str) -> Graph:
    return build(parse_network(Source("exercise.yaml", text)))


def _checked(spec: NetworkSpec, options: str) -> Graph:
    """Return the network; refuse one without numbers to draw anew, or too large for a hand."""
    if spec.graph is not None:
        message = f"{options}: a computation graph"
        raise refuse(message, None, "take --graph, or a network of layers")
    if not isinstance(spec.input, WrittenArray) or spec.target is None:
        message = f"{options}: input and target have no numbers in the file"
        raise refuse(message, None, "write them out")
    graph = build(spec)
    values = sum(graph.samples * int(np.prod(node.shape)) for node in graph.nodes)
    if values > MOST_VALUES:
        message = f"{options}: {values} values, more than {MOST_VALUES}"
        raise refuse(message, None, "take a smaller network: nobody works this one by hand")
    return graph


# -- numbers


def _drawn(spec: NetworkSpec, graph: Graph, chance: Chance) -> str:
    """Return the file with other numbers, its target short of the output by a little."""
    changes: dict[str, Any] = {"layers": {}}
    for position, (layer, built) in enumerate(zip(spec.layers, graph.layers, strict=True)):
        for held in built.held:
            value = _written(layer.own, held)
            if isinstance(value, WrittenArray | WrittenNumber):
                pool = HALVES if held.kind == "weight" else ONES
                own = changes["layers"].setdefault(position, {})
                *above, last = held.key, *held.below
                for key in above:
                    own = own.setdefault(key, {})
                own[last] = _numbers(_shape(value), chance, pool)
    if isinstance(spec.input, WrittenArray):
        # What goes through tanh and σ over and over is kept small.
        values = ONES[:4] if graph.loops else (*INPUTS, Fraction(0))
        changes["input"] = _numbers(spec.input.texts.shape, chance, values)
    text = rewritten(spec.source, changes)
    try:
        outputs = run(_graph(text), only_forward=True)
    except Refusal:
        return text
    return rewritten(Source("exercise.yaml", text), {"target": _target(spec, outputs, chance)})


def _written(own: Any, held: Parameter) -> Any:
    """Return what is written of a parameter: an array, or one of several by gate or by state."""
    value = getattr(own, held.key, None)
    if isinstance(value, dict):
        of = {getattr(each, "below", (name,)): each for name, each in value.items()}
        found = of.get(held.below)
        return getattr(found, "spec", found)
    arrays = getattr(value, "arrays", None)
    return value if arrays is None else arrays[held.below[0]]


def _shape(value: WrittenArray | WrittenNumber) -> tuple[int, ...]:
    return value.texts.shape if isinstance(value, WrittenArray) else ()


def _numbers(shape: tuple[int, ...], chance: Chance, pool: Sequence[Fraction]) -> Any:
    """Return nested lists of numbers of the pool, as they are written."""
    if not shape:
        return WrittenValue(number_text(chance.of(pool)))
    return [_numbers(shape[1:], chance, pool) for _ in range(shape[0])]


def _target(spec: NetworkSpec, outputs: Trace, chance: Chance) -> Any:
    """Return the target: other classes, or numbers near the outputs that the loss can take."""
    graph = outputs.graph
    if isinstance(spec.target, ClassTarget):
        width = graph.layers[-1].units
        classes = [chance.of(range(width)) for _ in spec.target.classes]
        return {"class": classes[0] if spec.target.single else classes}
    loss = LOSSES.get(graph.loss_name)
    takes = "numbers" if loss is None else loss.takes
    bounds = BOUNDED.get(graph.layers[-1].activation)
    values = outputs.values[graph.output]
    shape = spec.target.texts.shape if isinstance(spec.target, WrittenArray) else values.shape
    near = [_near(float(value), takes, bounds, chance) for value in values.ravel()]
    if takes in ("classes", "distribution"):
        width = values.shape[-1]
        rows = (chance.of(range(width)) for _ in range(values.size // width))
        near = [Fraction(int(k == chosen)) for chosen in rows for k in range(width)]
    texts = np.empty(len(near), dtype=object)
    texts[:] = [WrittenValue(number_text(each)) for each in near]
    return texts.reshape(shape).tolist()


def _near(
    value: float, takes: str, bounds: tuple[Fraction, ...] | None, chance: Chance
) -> Fraction:
    """Return a target: one that the loss can take, which the output can come near to."""
    if takes in ("probabilities", "logits"):
        return chance.of((Fraction(0), Fraction(1)))
    if takes == "signs":
        return chance.of((Fraction(1), Fraction(-1)))
    if bounds is not None:
        return chance.of(bounds)
    return Fraction(round(value) + chance.of((-2, -1, 1, 2)))


# -- how good a drawing is


def _points(text: str, largest: float) -> tuple[int, float] | None:
    """Return how many gates and states are 0, and the characters of the numbers that are worked.

    None where the drawing is unfit.
    """
    try:
        graph = _graph(text)
        trace = run(graph)
    except Refusal:
        return None
    if any_on_a_kink(graph, leaf_arrays(graph, FLOAT64)):
        return None
    if any(np.abs(trace.values[layer.z]).max() > largest for layer in graph.layers):
        return None
    points = 0.0
    for layer in graph.layers:
        for number in (layer.z, *layer.parameters.values()):
            gradient = trace.gradients[number]
            if gradient is None or np.abs(gradient).max() < SMALLEST:
                return None
            points += _length(trace.values[number]) + _length(gradient)
    return _zeros(graph, trace), points


def _zeros(graph: Graph, trace: Trace) -> int:
    """Return how many gates and states are 0: in a product it hides every mistake of the rest."""
    parts = {
        n for layer in graph.layers if graph.loop(layer.z) for n in layer.cells[-1].parts.values()
    }
    return sum(int((trace.values[number] == 0).sum()) for number in parts)


def _length(array: Array) -> float:
    """Return the characters of an array's numbers, those that are no short fractions as six."""
    texts = [Fraction(str(round(float(each), 6))).limit_denominator(64) for each in array.ravel()]
    close = zip(texts, array.ravel().tolist(), strict=True)
    return float(sum(length(t) if abs(float(t) - each) < 1e-9 else 6 for t, each in close))
