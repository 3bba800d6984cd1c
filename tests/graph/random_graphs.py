"""Random computation graphs as YAML text, each with the same graph as a function of autograd's.

The text and the function are written side by side, operation by operation; neither is made from the
other, and nothing of the package stands between them.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from typing import Any

import autograd.numpy as np
import numpy
from msgspec import Struct

from ..passes import oracle_functions as oracle

Array = numpy.ndarray[Any, Any]
Shape = tuple[int, ...]
Values = dict[str, Any]

NAMES = (
    *("a", "da", "d", "e", "pi", "g", "out", "x1", "loss", "y", "z1", "W1", "x", "b1", "dd"),
    *("delta1", "u", "v", "ones", "x2", "a1", "db", "b", "cost", "mu", "n1", "_t", "dz1", "dx1"),
)
"""Names that mean something elsewhere: in networks of layers, in formulas, as constants."""
SHAPES: tuple[Shape, ...] = ((), (), (3,), (3,), (2,), (2, 3), (3, 2), (1, 3), (2, 1), (3, 3))
LARGEST = 12.0
"""Past this a value is not used any further, so that nothing overflows."""


class Part(Struct, frozen=True):
    """An expression: its text, its value here, and how to compute it from the named values."""

    text: str
    value: Array
    of: Callable[[Values], Any]

    @property
    def shape(self) -> Shape:
        shape: Shape = self.value.shape
        return shape

    @property
    def atom(self) -> str:
        """The text as an operand: in brackets unless it is a name, a number or a call."""
        return self.text if self.text.replace("_", "").isalnum() else f"({self.text})"


class RandomGraph(Struct, frozen=True):
    """A graph's text, its variables, and its nodes' values as functions of the variables."""

    text: str
    variables: dict[str, Array]
    lines: tuple[tuple[str, Part], ...]
    output: str

    def compute(self, variables: Values) -> Values:
        """Return every value by name."""
        values = dict(variables)
        for name, part in self.lines:
            values[name] = part.of(values)
        return values


def random_graph(seed: int, *, rational: bool = False) -> RandomGraph:
    """Return the graph of a seed; a rational one uses nothing that leaves the fractions."""
    return _Maker(random.Random(seed), rational).graph()


UNARY: dict[str, tuple[Callable[[Any], Any], Callable[[Array], bool]]] = {
    "exp": (np.exp, lambda u: bool(u.max() < 2.5)),
    "ln": (np.log, lambda u: bool(u.min() > 0.2)),
    "log": (np.log, lambda u: bool(u.min() > 0.2)),
    "sqrt": (np.sqrt, lambda u: bool(u.min() > 0.2)),
    "abs": (np.abs, lambda u: bool(abs(u).min() > 0.05)),
    "sin": (np.sin, lambda u: True),
    "cos": (np.cos, lambda u: True),
    "tan": (np.tan, lambda u: bool(abs(u).max() < 1.2)),
    "sinh": (np.sinh, lambda u: bool(abs(u).max() < 3)),
    "cosh": (np.cosh, lambda u: bool(abs(u).max() < 3)),
    "tanh": (np.tanh, lambda u: True),
    "arctan": (np.arctan, lambda u: True),
    "erf": (oracle.erf, lambda u: True),
    "sign": (np.sign, lambda u: bool(abs(u).min() > 0.05)),
}
ACTIVATIONS = {
    name: function
    for name, function in oracle.ACTIVATIONS.items()
    if name not in ("softmax", "tanh", "gelu_tanh")
}
KINKS = (-3.0, -1.0, 0.0, 1.0, 3.0)
RATIONAL_ACTIVATIONS = ("relu", "leaky_relu", "hard_tanh", "hard_sigmoid", "softsign", "linear")


def _away_from_kinks(u: Array) -> bool:
    return all(bool(abs(u - kink).min() > 0.02) for kink in KINKS)


class _Maker:
    """Builds expressions out of what there is, keeping values small and away from kinks."""

    def __init__(self, chance: random.Random, rational: bool) -> None:
        self.chance, self.rational = chance, rational
        self.parts: list[Part] = []
        names = list(NAMES)
        chance.shuffle(names)
        self.names = iter(names)

    def graph(self) -> RandomGraph:
        chance = self.chance
        variables: dict[str, Array] = {}
        for _ in range(chance.randint(1, 4)):
            name = next(self.names)
            variables[name] = self.numbers(chance.choice(SHAPES))
            self.parts.append(named(name, variables[name]))
        lines: list[tuple[str, Part]] = []
        for _ in range(chance.randint(1, 6)):
            self.line(lines, self.expression(chance.randint(1, 3)))
        last = lines[-1][1]
        for loose in lines[:-1] if chance.random() < 0.6 else ():
            last = self.joined(last, named(*self.value_of(loose)))
        if last is not lines[-1][1] or last.shape:
            self.line(lines, self.total(last))
        output = lines[-1][0]
        written = list(lines)
        says = ""
        if chance.random() < 0.3:
            chance.shuffle(written)
            says = f"output: {output}\n"
        text = "variables:\n" + "".join(f"  {n}: {listed(v)}\n" for n, v in variables.items())
        text += "graph:\n" + "".join(f'  {name}: "{part.text}"\n' for name, part in written)
        return RandomGraph(text + says, variables, tuple(lines), output)

    def value_of(self, line: tuple[str, Part]) -> tuple[str, Array]:
        return line[0], line[1].value

    def line(self, lines: list[tuple[str, Part]], part: Part) -> None:
        name = next(self.names)
        lines.append((name, part))
        self.parts.append(named(name, part.value))

    def numbers(self, shape: Shape) -> Array:
        entries = itertools.repeat(None, math.prod(shape))
        return numpy.array(
            [self.chance.choice((1, -1)) * self.chance.randint(1, 14) / 8 for _ in entries]
        ).reshape(shape)

    def total(self, part: Part) -> Part:
        """Return a single number of the part."""
        function = self.chance.choice(("sum", "mean")) if part.shape else "sum"
        return Part(
            f"{function}({part.text})",
            numpy.asarray(getattr(numpy, function)(part.value)),
            lambda v: getattr(np, function)(part.of(v)),
        )

    def joined(self, left: Part, right: Part) -> Part:
        """Return the sum of two parts, of their sums where they do not fit."""
        if not fits(left, right):
            left, right = self.total(left), self.total(right)
        return Part(
            f"{left.text} + {right.atom}",
            left.value + right.value,
            lambda v: left.of(v) + right.of(v),
        )

    def expression(self, depth: int) -> Part:
        """Return a part of this depth at most; what would leave the range is tried again."""
        if depth == 0:
            return self.leaf()
        for _ in range(30):
            part = self.operation(depth)
            if part is not None and bool((abs(part.value) < LARGEST).all()):
                return part
        return self.leaf()

    def leaf(self) -> Part:
        chance = self.chance
        if chance.random() < 0.15:
            text, value = chance.choice((("2", 2.0), ("1/4", 0.25), ("0.3", 0.3), ("3", 3.0)))
            return Part(text, numpy.asarray(value), lambda v: value)
        part = chance.choice(self.parts)
        if part.shape and chance.random() < 0.25:
            return self.entry(part)
        return part

    def entry(self, part: Part) -> Part:
        count = self.chance.randint(1, len(part.shape))
        index = tuple(self.chance.randint(1, n) for n in part.shape[:count])
        where = tuple(i - 1 for i in index)
        text = f"{part.text}[{', '.join(map(str, index))}]"
        return Part(text, numpy.asarray(part.value[where]), lambda v: part.of(v)[where])

    def operation(self, depth: int) -> Part | None:
        kinds = [
            "add",
            "multiply",
            "minus",
            "divide",
            "power",
            "reduce",
            "product",
            "dot",
            "greater",
        ]
        kinds += (
            ["activate", "repeat"] if self.rational else ["unary", "activate", "unary", "softmax"]
        )
        make = getattr(self, f"_{self.chance.choice(kinds)}")
        found: Part | None = make(depth)
        return found

    def several(self, depth: int) -> list[Part]:
        count = self.chance.choice((2, 2, 3, 4))
        parts = [self.expression(depth - 1)]
        for _ in range(count - 1):
            part = self.expression(depth - 1)
            shapes = [p.shape for p in (*parts, part)]
            try:
                numpy.broadcast_shapes(*shapes)
            except ValueError:
                part = self.total(part)
            parts.append(part)
        return parts

    def _add(self, depth: int) -> Part:
        parts = self.several(depth)
        signs = [1, *(self.chance.choice((1, -1)) for _ in parts[1:])]
        text = parts[0].text
        for sign, part in zip(signs[1:], parts[1:], strict=True):
            text += f" {'+' if sign > 0 else '-'} {part.atom}"

        def of(v: Values) -> Any:
            return sum(sign * part.of(v) for sign, part in zip(signs, parts, strict=True))

        value = sum(s * p.value for s, p in zip(signs, parts, strict=True))
        return Part(text, numpy.asarray(value), of)

    def _multiply(self, depth: int) -> Part:
        parts = self.several(depth)

        def of(v: Values) -> Any:
            product = parts[0].of(v)
            for part in parts[1:]:
                product = product * part.of(v)
            return product

        value = numpy.asarray(math.prod((p.value for p in parts[1:]), start=parts[0].value))
        return Part(" * ".join(p.atom for p in parts), value, of)

    def _repeat(self, depth: int) -> Part:
        """Return a shared subexpression: the same part written twice."""
        part = self.expression(depth - 1)
        return Part(
            f"{part.atom} * {part.atom}", part.value * part.value, lambda v: part.of(v) * part.of(v)
        )

    def _minus(self, depth: int) -> Part:
        part = self.expression(depth - 1)
        return Part(f"-{part.atom}", -part.value, lambda v: -part.of(v))

    def _divide(self, depth: int) -> Part | None:
        top, bottom = self.expression(depth - 1), self.expression(depth - 1)
        if not fits(top, bottom) or abs(bottom.value).min() < 0.2:
            return None
        return Part(
            f"{top.atom}/{bottom.atom}",
            numpy.asarray(top.value / bottom.value),
            lambda v: top.of(v) / bottom.of(v),
        )

    def _power(self, depth: int) -> Part | None:
        base = self.expression(depth - 1)
        if self.rational or self.chance.random() < 0.6:
            n = self.chance.choice((0, 1, 2, 3, 4, -1, -2))
            if n < 0 and abs(base.value).min() < 0.3:
                return None
            text = f"{base.atom}{self.chance.choice(('**', '^'))}{n}"
            return Part(text, base.value ** float(n), lambda v: base.of(v) ** float(n))
        if base.value.min() < 0.2:
            return None
        exponent = self.expression(depth - 1)
        if not fits(base, exponent):
            return None
        return Part(
            f"{base.atom}**{exponent.atom}",
            numpy.asarray(base.value**exponent.value),
            lambda v: base.of(v) ** exponent.of(v),
        )

    def _reduce(self, depth: int) -> Part | None:
        part = self.expression(depth - 1)
        function = self.chance.choice(("sum", "mean", "max", "min"))
        if function in ("max", "min"):
            flat = numpy.sort(part.value.ravel())
            if len(flat) > 1 and abs(numpy.diff(flat)).min() < 1e-3:
                return None
        return Part(
            f"{function}({part.text})",
            numpy.asarray(getattr(numpy, function)(part.value)),
            lambda v: getattr(np, function)(part.of(v)),
        )

    def _product(self, depth: int) -> Part | None:
        left, right = self.expression(depth - 1), self.expression(depth - 1)
        if not left.shape or not right.shape or left.shape[-1] != right.shape[0]:
            return None
        return Part(
            f"{left.atom} @ {right.atom}",
            numpy.asarray(left.value @ right.value),
            lambda v: np.matmul(left.of(v), right.of(v)),
        )

    def _dot(self, depth: int) -> Part | None:
        left, right = self.expression(depth - 1), self.expression(depth - 1)
        if len(left.shape) != 1 or left.shape != right.shape:
            return None
        return Part(
            f"dot({left.text}, {right.text})",
            numpy.asarray(left.value @ right.value),
            lambda v: np.dot(left.of(v), right.of(v)),
        )

    def _greater(self, depth: int) -> Part | None:
        left, right = self.expression(depth - 1), self.expression(depth - 1)
        if not fits(left, right) or abs(left.value - right.value).min() < 1e-3:
            return None
        name = self.chance.choice(("max", "min"))
        function = {"max": "maximum", "min": "minimum"}[name]
        return Part(
            f"{name}({left.text}, {right.text})",
            numpy.asarray(getattr(numpy, function)(left.value, right.value)),
            lambda v: getattr(np, function)(left.of(v), right.of(v)),
        )

    def _unary(self, depth: int) -> Part | None:
        part = self.expression(depth - 1)
        name = self.chance.choice(tuple(UNARY))
        function, allowed = UNARY[name]
        return called(name, function, part) if allowed(part.value) else None

    def _activate(self, depth: int) -> Part | None:
        part = self.expression(depth - 1)
        name = self.chance.choice(RATIONAL_ACTIVATIONS if self.rational else tuple(ACTIVATIONS))
        if not _away_from_kinks(part.value):
            return None
        return called(name, ACTIVATIONS[name], part)

    def _softmax(self, depth: int) -> Part | None:
        part = self.expression(depth - 1)
        wide = part.shape and part.shape[-1] > 1
        return called("softmax", oracle.softmax, part) if wide else None


def named(name: str, value: Array) -> Part:
    """Return the part that is a name."""
    return Part(name, value, lambda v: v[name])


def called(name: str, function: Callable[[Any], Any], part: Part) -> Part:
    """Return a function's value of a part."""
    value = numpy.asarray(function(part.value), dtype=numpy.float64)
    return Part(f"{name}({part.text})", value, lambda v: function(part.of(v)))


def fits(*parts: Part) -> bool:
    """Return whether the shapes broadcast."""
    try:
        numpy.broadcast_shapes(*(part.shape for part in parts))
    except ValueError:
        return False
    return True


def listed(value: Array) -> str:
    """Return an array as YAML."""
    return str(value.tolist())
