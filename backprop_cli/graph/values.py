"""A leaf's numbers: as written, or drawn by an initialisation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arithmetic import Arithmetic
from ..arithmetic.floating import LARGEST
from ..expression.refs import plain_name
from ..problems import refuse, shortened
from ..spec.arrays import Init
from ..spec.numbers import exact_number, number_float
from .parts import Given
from .records import Graph

Array = np.ndarray[Any, Any]
MOST_NUMBERS = 50_000_000
"""Numbers that one array may have."""


def leaf_arrays(graph: Graph, arithmetic: Arithmetic) -> dict[int, Array]:
    """Return the numbers of every leaf that has some; a single sample gets its axis."""
    arrays = {}
    for number, given in graph.given.items():
        if given is None:
            continue
        node = graph.nodes[number]
        try:
            array = numbers(given, arithmetic)
        except NoExactValue as none:
            message = f"{plain_name(node.ref)}: '{none}' has no exact value"
            raise refuse(message, node.place, NEAREST, graph.source) from None
        if arithmetic.name == "float32" and not np.isfinite(array).all():
            message = f"{plain_name(node.ref)} has a number that is too large for {arithmetic.name}"
            cure = f"{arithmetic.name} goes up to {LARGEST[arithmetic.name]}: leave out --dtype"
            raise refuse(message, node.place, cure, graph.source)
        shape = (graph.samples, *node.shape) if node.per_sample else node.shape
        arrays[number] = array.reshape(shape)
    return arrays


def numbers(given: Given, arithmetic: Arithmetic) -> Array:
    """Return given numbers in one kind of number; decimals stay what they say where it is exact."""
    if given.floats is not None:
        return arithmetic.array(given.floats)
    texts = given.texts
    if texts is None:
        raise ValueError("a leaf without numbers")
    if arithmetic.native:
        return arithmetic.array(given.numbers)
    result = np.empty(texts.shape, dtype=object)
    for position, text in np.ndenumerate(texts):
        result[position] = written(text, arithmetic)
    return result


def written(text: str, arithmetic: Arithmetic) -> Any:
    """Return one written number in one kind of number."""
    if arithmetic.native:
        return number_float(text)
    try:
        return arithmetic.written(exact_number(text))
    except (ZeroDivisionError, OverflowError):
        raise NoExactValue(shortened(text)) from None


NEAREST = "without --exact it is the nearest float's"


class NoExactValue(ArithmeticError):
    """A number that floats can work out and exact arithmetic cannot, such as tan(pi/2)."""


def draw(init: Init, shape: tuple[int, ...], seed: int, layer: int, part: str) -> Array:
    """Return numbers by the scheme, reproducible from (seed, layer, part).

    ``shape`` is (units, inputs), of kernels (filters, channels, …), each place of which is an
    input. Xavier's and He's bounds use the fans, as PyTorch does: xavier ±gain·√(6/(in + out)),
    he ±√(6/in), or their normal forms.
    """
    random = np.random.default_rng([seed, layer, *part.encode()])
    places = math.prod(shape[2:])
    out, into = (shape[0] * places, shape[1] * places) if len(shape) >= 2 else (1, 1)
    match init.scheme:
        case "zeros":
            return np.zeros(shape)
        case "ones":
            return np.ones(shape)
        case "uniform":
            return random.uniform(init.low, init.high, shape)
        case "normal":
            return random.normal(init.mean, abs(init.std), shape)  # -0 is 0
        case "xavier_uniform":
            bound = init.gain * math.sqrt(6 / (into + out))
            return random.uniform(-bound, bound, shape)
        case "xavier_normal":
            return random.normal(0.0, init.gain * math.sqrt(2 / (into + out)), shape)
        case "he_uniform":
            bound = math.sqrt(6 / into)
            return random.uniform(-bound, bound, shape)
        case _:
            return random.normal(0.0, math.sqrt(2 / into), shape)


def replaced(given: Given, position: tuple[int, ...] | None, texts: Array) -> Given:
    """Return the numbers with one entry, or all, replaced by written ones."""
    if given.texts is None:
        old = np.vectorize(repr, otypes=[object])(np.asarray(given.floats, dtype=object))
    else:
        old = given.texts.copy()
    if position is None:
        return Given(texts=np.broadcast_to(texts, old.shape).copy())
    old[position] = texts.item()
    return Given(texts=old)
