"""The grid of a sweep: which entries are varied, by which values, and what is asked for."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from msgspec import Struct

from ...expression.axes import dimensions
from ...expression.refs import Ref, plain_name, stored_index
from ...expression.tokens import ExpressionError
from ...graph.names import UnknownName, scores_behind, shown_shape
from ...graph.records import Graph
from ...graph.resolving import resolve_given, resolve_number
from ...problems import refuse, shortened
from ...spec.numbers import number_float

Array = np.ndarray[Any, Any]
MOST_POINTS = 10_000_000
"""Points that one run computes: what it holds of them stays below a hundred megabytes."""
EXAMPLE = "write --over 'W1[1,1]=-3:3:61'"


class Axis(Struct, frozen=True):
    """One entry that is varied: its name, and its values, the lowest first."""

    name: str
    values: tuple[float, ...]


class Grid(Struct, frozen=True):
    """Every combination of the axes' values, the last axis the fastest, and the quantity asked."""

    axes: tuple[Axis, ...]
    of: str

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values each axis has."""
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def size(self) -> int:
        """How many points there are."""
        return math.prod(self.shape)

    def part(self, number: int, count: int) -> range:
        """Return the points of part ``number`` of ``count``, counted from 1: as even as can be."""
        return range((number - 1) * self.size // count, number * self.size // count)

    def count(self, number: int, count: int) -> int:
        """Return how many points a part has: more, it may be, than a range has a length for."""
        points = self.part(number, count)
        return points.stop - points.start

    def coordinates(self, span: range) -> list[Array]:
        """Return each axis's value at the points."""
        at = np.unravel_index(np.arange(span.start, span.stop), self.shape)
        pairs = zip(self.axes, at, strict=True)
        return [np.array(axis.values)[positions] for axis, positions in pairs]

    def point(self, number: int) -> tuple[float, ...]:
        """Return one point's coordinates."""
        return tuple(float(each[0]) for each in self.coordinates(range(number, number + 1)))


class Varied(Struct, frozen=True):
    """The leaf that an axis varies, and where in its array; None is every entry of a bias."""

    ref: Ref
    number: int
    position: tuple[int, ...] | None


def grid_of(graph: Graph, over: tuple[str, ...], of: str | None) -> Grid:
    """Return the grid that ``NAME=LOW:HIGH:COUNT`` or ``NAME=A,B,C`` say, of the loss if of None.

    Raises Refusal for what is no entry that is given, for no range, and for too many points.
    """
    axes = tuple(_axis(graph, each) for each in over)
    places = [varied(graph, axis.name) for axis in axes]
    for (one, first), (other, second) in itertools.combinations(zip(axes, places, strict=True), 2):
        if first.number == second.number and first.position == second.position:
            message = f"--over {other.name}: it is varied already, as {one.name}"
            raise refuse(message, None, "leave one of them out")
    name = of if of is not None else _usual(graph)
    asked(graph, name)
    return Grid(axes, name)


def _axis(graph: Graph, text: str) -> Axis:
    name, equals, values = (part.strip() for part in text.rpartition("="))
    if not equals or not name:
        raise refuse(f"--over {shortened(text)}: no '='", None, EXAMPLE)
    varied(graph, name)
    shown = f"--over {name}={shortened(values)}"
    if ":" not in values:
        found = tuple(_number(each, shown) for each in values.split(","))
        if any(after <= before for before, after in itertools.pairwise(found)):
            raise refuse(f"{shown}: values that do not rise", None, "write the lowest first")
        return Axis(name, found)
    low, *middle, high, count = values.split(":") if values.count(":") > 1 else (values, "", "")
    if middle or not count:
        message = f"{shown}: a range has three numbers: the lowest, the highest, how many"
        raise refuse(message, None, EXAMPLE)
    first, last = _number(low, shown), _number(high, shown)
    if not (count.strip().isascii() and count.strip().isdigit()):
        message = f"{shown}: '{shortened(count)}' is no number of values"
        raise refuse(message, None, "write a whole number such as 61")
    steps = int(count)
    if steps < 2:
        raise refuse(f"{shown}: an empty range", None, f"give 2 values or more: {low}:{high}:61")
    if first >= last:
        how = "ends where it begins" if first == last else "goes down"
        raise refuse(f"{shown}: the range {how}", None, "write the lowest first, then the highest")
    if steps > MOST_POINTS:
        raise _too_many(steps)
    half = 2.0 if math.isinf(last - first) else 1.0
    return Axis(name, tuple((np.linspace(first / half, last / half, steps) * half).tolist()))


def _number(text: str, shown: str) -> float:
    try:
        value = number_float(text.strip())
    except ExpressionError:
        cure = "write one such as 0.3, 1/3 or sqrt(2)/2"
        raise refuse(f"{shown}: '{shortened(text)}' is not a number", None, cure) from None
    if not math.isfinite(value):
        raise refuse(f"{shown}: '{shortened(text)}' is not finite", None, EXAMPLE)
    return value


def check_size(points: int) -> None:
    """Refuse more points than one run computes."""
    if points > MOST_POINTS:
        raise _too_many(points)


def _too_many(points: int) -> Exception:
    parts = -(-points // MOST_POINTS)
    message = f"--over: {points:,} points, and one run computes {MOST_POINTS:,}"
    return refuse(message, None, f"give fewer values, or compute it in parts: --part 1/{parts}")


def varied(graph: Graph, name: str) -> Varied:
    """Return the one number that a name means, or a bias's every one; refuse what is not given."""
    ref, number = resolve_given(name, graph, "--over")
    shape = shown_shape(graph, ref)
    if not ref.index:
        if shape and graph.kind(ref) != "bias":
            size = dimensions(shape)
            entry = f"{plain_name(ref, graph.in_out)}[{','.join('1' for _ in shape)}]"
            message = f"--over {name}: it has {size} entries"
            raise refuse(message, None, f"name one, such as {entry}")
        one = math.prod(graph.nodes[number].shape) == 1
        return Varied(ref, number, (0,) * len(graph.nodes[number].shape) if one else None)
    index = stored_index(ref, graph.in_out)
    row = graph.nodes[number].per_sample
    return Varied(ref, number, (int(ref.sample or 1) - 1, *index) if row else index)


def _usual(graph: Graph) -> str:
    """Return the name of what is asked for where nothing is said: the loss, or the output."""
    ref = graph.nodes[graph.end].ref
    if shown_shape(graph, ref):
        cure = f"name one entry, such as --of '{plain_name(ref)}[1]'"
        raise refuse("--of: the network has no loss", None, cure)
    return plain_name(ref, graph.in_out)


def asked(graph: Graph, name: str) -> Ref:
    """Return the one number that is asked for; refuse a name of several, or of no gradient."""
    try:
        ref = resolve_number(name, graph)
    except UnknownName as unknown:
        raise unknown.refusal("--of") from None
    computed = scores_behind(ref, graph)
    number = graph.number(computed)
    shape = shown_shape(graph, computed)
    if shape and not ref.index:
        size = dimensions(shape)
        entry = f"{name}[{','.join('1' for _ in shape)}]"
        raise refuse(f"--of {name}: it has {size} entries", None, f"name one, such as {entry}")
    if ref.gradient and graph.loss is None:
        raise refuse(f"--of {name}: the network has no loss", None, "add 'loss:'", graph.source)
    if ref.gradient and not graph.nodes[number].wants_gradient:
        message = f"--of {name}: no gradient is taken with respect to it"
        raise refuse(message, None, "ask for a parameter's, a z's or an a's")
    return ref
