"""Students: sheets worked by plain numpy from the network's numbers, none of the package's own.

A student computes each quantity from the numbers written down before, and writes it down rounded,
every intermediate result too: σ′, the error at a, each term of the loss.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
from msgspec import Struct

from backprop_cli.checking.records import STEPPED, Answer, ParsedAnswer, Sheet
from backprop_cli.graph.records import Graph
from backprop_cli.graph.resolving import resolve

Array = np.ndarray[Any, Any]
Rounding = Callable[[float], str]
ACTIVATIONS = ("sigmoid", "tanh", "relu", "identity")


class Layer(Struct):
    """A dense layer's numbers."""

    activation: str
    W: list[list[float]]
    b: list[float]


class Exercise(Struct):
    """A network as plain numbers; ``x`` and ``y`` have one row a sample."""

    x: list[list[float]]
    y: list[list[float]]
    layers: list[Layer]
    loss: str = "half_squared_error"
    rate: float = 0.5

    def text(self) -> str:
        """Return the network file."""
        batch = len(self.x) > 1
        lines = [
            f"input: {self.x if batch else self.x[0]}",
            f"target: {self.y if batch else self.y[0]}",
            f"loss: {self.loss}",
            "layers:",
        ]
        for layer in self.layers:
            lines.append(
                f"  - {{activation: {layer.activation}, weights: {layer.W}, bias: {layer.b}}}"
            )
        return "\n".join(lines) + "\n"


def exercise(
    seed: int, sizes: tuple[int, ...] = (2, 2, 2), samples: int = 1, classes: bool = False
) -> Exercise:
    """Return a network with random numbers of two decimals."""
    chance = random.Random(seed)

    def number(low: float = -1.0, high: float = 1.0) -> float:
        return round(chance.uniform(low, high), 2) or 0.1

    layers = []
    for into, out in itertools.pairwise(sizes):
        W = [[number() for _ in range(into)] for _ in range(out)]
        name = chance.choice(("sigmoid", "tanh", "sigmoid", "relu"))
        layers.append(Layer(name, W, [number() for _ in range(out)]))
    layers[-1].activation = "softmax" if classes else chance.choice(("sigmoid", "identity"))
    y = [[number(0, 1) for _ in range(sizes[-1])] for _ in range(samples)]
    if classes:
        y = [[0.0] * sizes[-1] for _ in range(samples)]
        for row in y:
            row[chance.randrange(sizes[-1])] = 1.0
    x = [[number(-2, 2) for _ in range(sizes[0])] for _ in range(samples)]
    loss = "cross_entropy" if classes else "half_squared_error"
    return Exercise(x, y, layers, loss, chance.choice((0.1, 0.5, 1.0)))


def decimals(digits: int) -> Rounding:
    """Return the rounding to so many decimals, zeros kept."""

    def write(value: float) -> str:
        exact = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        return str(abs(exact) if exact == 0 else exact)

    return write


def dropped(digits: int) -> Rounding:
    """Return the rounding to so many decimals, zeros at the end left out, as programs write it."""
    write = decimals(digits)
    return lambda value: write(value).rstrip("0").rstrip(".")


def significant(digits: int) -> Rounding:
    """Return the rounding to so many significant figures, zeros kept."""

    def write(value: float) -> str:
        if value == 0:
            return "0"
        exact = Decimal(repr(float(value)))
        last = exact.adjusted() - digits + 1
        rounded = exact.quantize(Decimal(1).scaleb(last), ROUND_HALF_UP)
        return str(rounded)

    return write


Pages = dict[str, list[tuple[tuple[int, ...], str]]]
"""What was written down: each quantity's entries, counted from 1, samples first in a batch."""


def write_down(
    pages: Pages, name: str, array: Array, rounding: Rounding, *, first: int = 0
) -> Array:
    """Write a quantity down by its axes from the ``first`` on; return what was written."""
    texts = [rounding(float(value)) for value in array.ravel()]
    places = [tuple(i + 1 for i in index[first:]) for index in np.ndindex(*array.shape)]
    pages[name] = list(zip(places, texts, strict=True))
    return np.array([float(text) for text in texts]).reshape(array.shape)


class Student:
    """Works an exercise through, each number written down before it is used."""

    def __init__(self, exercise: Exercise, rounding: Rounding) -> None:
        self.exercise, self.rounding = exercise, rounding
        self.pages: Pages = {}
        self.batch = len(exercise.x) > 1

    def note(self, name: str, array: Array, samples: bool) -> Array:
        """Write a quantity down, and go on with what was written."""
        whole = self.batch or not samples
        return write_down(self.pages, name, array, self.rounding, first=0 if whole else 1)

    def rounded(self, array: Array) -> Array:
        """Write down something that the sheet does not ask for."""
        values = [float(self.rounding(float(value))) for value in array.ravel()]
        return np.array(values).reshape(array.shape)

    def work(self) -> Pages:
        """Return everything that was written down; raise ArithmeticError where it is stuck."""
        sheet, layers = self.exercise, self.exercise.layers
        x, y = np.array(sheet.x), np.array(sheet.y)
        a, activations = x, [x]
        for number, layer in enumerate(layers, 1):
            z = self.note(f"z{number}", a @ np.array(layer.W).T + np.array(layer.b), True)
            a = self.note(f"a{number}", _activated(layer.activation, z), True)
            activations.append(a)
        with np.errstate(all="ignore"):
            terms = (a - y) ** 2 / 2
            if sheet.loss == "cross_entropy":
                terms = np.where(y > 0, -y * np.log(np.where(y > 0, a, 1.0)), 0.0)
        if not np.isfinite(terms).all():
            raise ArithmeticError("a probability was rounded to 0: its logarithm is not there")
        self.note("loss", np.array(self.rounded(terms).sum() / len(x)), False)
        delta = a - y
        if sheet.loss != "cross_entropy":
            error = self.rounded(a - y)
            delta = error * self.rounded(self._slope(len(layers)))
        for number in range(len(layers), 0, -1):
            layer, below = layers[number - 1], activations[number - 1]
            delta = self.note(f"delta{number}", delta, True)
            dW = self.note(f"dW{number}", delta.T @ below / len(x), False)
            db = self.note(f"db{number}", delta.sum(axis=0) / len(x), False)
            self.note(f"W{number}'", np.array(layer.W) - sheet.rate * dW, False)
            self.note(f"b{number}'", np.array(layer.b) - sheet.rate * db, False)
            if number > 1:
                error = self.rounded(delta @ np.array(layer.W))
                delta = error * self.rounded(self._slope(number - 1))
        return self.pages

    def _slope(self, number: int) -> Array:
        a = np.array([float(text) for _, text in self.pages[f"a{number}"]])
        name = self.exercise.layers[number - 1].activation
        slope = {"sigmoid": a * (1 - a), "tanh": 1 - a * a, "relu": (a > 0) * 1.0}.get(name)
        found = np.ones_like(a) if slope is None else slope
        return np.asarray(found.reshape(len(self.exercise.x), -1))


def _activated(name: str, z: Array) -> Array:
    if name == "softmax":
        e = np.exp(z)
        return np.asarray(e / e.sum(axis=1, keepdims=True))
    match name:
        case "sigmoid":
            return np.asarray(1 / (1 + np.exp(-z)))
        case "tanh":
            return np.tanh(z)
        case "relu":
            return np.maximum(z, 0)
    return z


def number_written(raw: str) -> ParsedAnswer:
    """Return the number as a sheet's reader gives it."""
    mantissa, _, power = raw.lower().partition("e")
    places = len(mantissa.partition(".")[2])
    return ParsedAnswer(raw, value=float(raw), unit=10.0 ** (int(power or 0) - places))


def answer(name: str, raw: str, graph: Graph) -> Answer:
    """Return one answer; an empty text is left blank."""
    written = number_written(raw) if raw else ParsedAnswer("")
    return Answer(
        name, resolve(name.replace("'", ""), graph), written, STEPPED if "'" in name else ""
    )


def sheet(pages: Pages, graph: Graph, blank: tuple[str, ...] = ()) -> Sheet:
    """Return the sheet that hands in these pages, some quantities left out."""
    answers = []
    for name, entries in pages.items():
        if name in blank:
            continue
        for index, raw in entries:
            where = f"[{','.join(map(str, index))}]" if index else ""
            answers.append(answer(name + where, raw, graph))
    return Sheet("student", "sheet.yaml", tuple(answers))
