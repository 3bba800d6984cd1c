"""Computation graphs worked by plain Python with one slip each, going forward or back."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from tests.checking.students import Rounding

OPERATIONS: dict[str, tuple[str, Callable[..., float], Callable[..., tuple[float, ...]]]] = {
    "add": ("{0} + {1}", lambda a, b: a + b, lambda a, b: (1.0, 1.0)),
    "subtract": ("{0} - {1}", lambda a, b: a - b, lambda a, b: (1.0, -1.0)),
    "multiply": ("{0} * {1}", lambda a, b: a * b, lambda a, b: (b, a)),
    "divide": ("{0} / {1}", lambda a, b: a / b, lambda a, b: (1 / b, -a / b**2)),
    "square": ("{0}**2", lambda a: a * a, lambda a: (2 * a,)),
    "triple": ("3 * {0}", lambda a: 3 * a, lambda a: (3.0,)),
    "sigmoid": ("sigmoid({0})", lambda a: 1 / (1 + math.exp(-a)), lambda a: (_sigmoid_slope(a),)),
    "tanh": ("tanh({0})", math.tanh, lambda a: (1 - math.tanh(a) ** 2,)),
}
"""Text, value and local derivatives of each operation."""


def _sigmoid_slope(a: float) -> float:
    s = 1 / (1 + math.exp(-a))
    return s * (1 - s)


class Line(Struct, frozen=True):
    """One line of a graph."""

    name: str
    operation: str
    parents: tuple[str, ...]


class Edge(Struct, frozen=True):
    """Where a slip is made: the consumer's line, which of its inputs, and the numbers there."""

    line: Line
    position: int
    local: tuple[float, ...]
    above: float
    inputs: tuple[float, ...]
    gradients: dict[str, float]


class GraphKind(Struct, frozen=True):
    """A slip: where it is made (``edge``, ``sum``, ``value``, ``top``), what it gives, its names.

    None is returned where it cannot be made.
    """

    name: str
    point: str
    wrong: Callable[..., float | None]
    called: tuple[str, ...]


class GraphTask:
    """A graph of a few lines with numbers of one decimal."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        self.given = {n: chance.choice((-1, 1)) * chance.randint(3, 19) / 10 for n in "abc"}
        names, self.lines = list(self.given), list[Line]()
        for name in "pqrst":
            operation = chance.choice(list(OPERATIONS))
            count = 2 if "{1}" in OPERATIONS[operation][0] else 1
            free = [n for n in names if not any(n in line.parents for line in self.lines)]
            first = chance.choice(free or names)
            rest = [n for n in names if n != first]
            parents = (first, *chance.sample(rest, count - 1))
            self.lines.append(Line(name, operation, parents))
            names.append(name)
        free = [n for n in names if not any(n in line.parents for line in self.lines)]
        while len(free) > 1:
            self.lines.append(Line(f"u{len(free)}", "multiply", (free[0], free[1])))
            free = [*free[2:], f"u{len(free)}"]

    def text(self) -> str:
        """Return the network file."""
        lines = ["variables: {" + ", ".join(f"{n}: {v}" for n, v in self.given.items()) + "}"]
        lines.append("graph:")
        lines += [
            f"  {line.name}: {OPERATIONS[line.operation][0].format(*line.parents)}"
            for line in self.lines
        ]
        return "\n".join(lines) + "\n"

    def work(self, rounding: Rounding, kind: GraphKind, seed: int) -> dict[str, str] | None:
        """Return the sheet with the slip made at a place drawn by chance; None without a place."""
        chance = random.Random(seed)
        made: list[bool] = []

        def slip(point: str, right: float, place: object, here: bool) -> float:
            if kind.point != point or not here or made:
                return right
            wrong = kind.wrong(place, right)
            if wrong is None or abs(wrong - right) < 0.02 * max(abs(right), 0.05):
                return right
            if _another(wrong, right, kind):
                return right
            made.append(True)
            return wrong

        values, pages = dict(self.given), dict[str, str]()
        where = chance.choice(self.lines).name
        at = chance.choice([*self.given, *(line.name for line in self.lines[:-1])])
        for line in self.lines:
            _, value, _ = OPERATIONS[line.operation]
            inputs = tuple(values[p] for p in line.parents)
            edge = Edge(line, 0, (), 0.0, inputs, {})
            found = slip("value", value(*inputs), edge, line.name == where)
            pages[line.name] = rounding(found)
            values[line.name] = float(pages[line.name])
        top = self.lines[-1].name
        gradients = {top: slip("top", 1.0, None, here=True)}
        for name in [line.name for line in reversed(self.lines[:-1])] + list(self.given):
            messages, rights, turned = [], list[float](), list[float]()
            for line in self.lines:
                for position, parent in enumerate(line.parents):
                    if parent != name:
                        continue
                    inputs = tuple(values[p] for p in line.parents)
                    local = OPERATIONS[line.operation][2](*inputs)
                    above = gradients[line.name]
                    edge = Edge(line, position, local, above, inputs, gradients)
                    rights.append(local[position] * above)
                    messages.append(slip("edge", rights[-1], edge, name == at))
                    turned.append(local[-1 - position] * above)
            total = slip("sum", sum(messages), messages, name == at)
            if name == at and made and _another(total, sum(rights), kind, rights, turned):
                return None
            pages[f"d({name})"] = rounding(total)
            gradients[name] = float(pages[f"d({name})"])
        return pages if made else None


def _another(
    wrong: float,
    right: float,
    kind: GraphKind,
    paths: Sequence[float] = (),
    turned: Sequence[float] = (),
) -> bool:
    """Return whether the number is by chance what another slip gives, which it is called then.

    A minus lost, a factor 2 lost or doubled, the decimal point moved; of several paths one alone,
    left out or subtracted; a node's inputs exchanged.
    """
    several = paths if len(paths) > 1 else ()
    sums = (
        ("one-path", [*several, *(right - path for path in several)]),
        ("path-subtracted", [right - 2 * path for path in several]),
        ("other-inputs-share", [right - p + t for p, t in zip(paths, turned, strict=True)]),
    )
    if any(
        math.isclose(wrong, other, rel_tol=1e-3, abs_tol=1e-4)
        for name, numbers in sums
        for other in numbers
        if name not in kind.called
    ):
        return True
    others = (
        ({"sign", "minus"}, (-1.0,)),
        ({"constant-lost", "factor-two"}, (2.0, 0.5)),
        ({"decimal-point"}, (0.001, 0.01, 0.1, 10.0, 100.0, 1000.0)),
    )
    return any(
        math.isclose(wrong, factor * right, rel_tol=1e-3)
        for names, factors in others
        for factor in factors
        if not names & set(kind.called)
    )


def _of(*operations: str) -> Callable[[Callable[[Edge], float]], Callable[..., float | None]]:
    def limited(wrong: Callable[[Edge], float]) -> Callable[..., float | None]:
        return lambda edge, right: wrong(edge) if edge.line.operation in operations else None

    return limited


def _other_gradient(edge: Edge, right: float) -> float | None:
    others = [g for name, g in edge.gradients.items() if name != edge.line.name]
    return edge.local[edge.position] * others[-1] if others else None


def _digits(places: object, right: float) -> float | None:
    text = f"{right:.4f}"
    return float(text[:-2] + text[-1] + text[-2]) if text[-1] != text[-2] else None


def graph_kinds() -> Iterator[GraphKind]:
    """Yield every kind of slip on graphs."""
    lost = ("constant-lost", "factor-two", "slip")
    slope = ("wrong-derivative", "sigma-prime-at-a", "sigma-prime-z-one-minus-z")
    yield GraphKind(
        "local for gradient", "edge", lambda e, r: e.local[e.position], ("local-for-gradient",)
    )
    yield GraphKind(
        "upstream of another node",
        "edge",
        _other_gradient,
        ("wrong-upstream", "local-for-gradient"),
    )
    for operation in ("multiply", "divide", "subtract"):
        swapped = _of(operation)(lambda e: e.local[1 - e.position] * e.above)
        yield GraphKind(
            f"inputs of {operation} exchanged",
            "edge",
            swapped,
            ("other-inputs-share", "sign", "minus"),
        )
    yield GraphKind(
        "own value for a product",
        "edge",
        _of("multiply")(lambda e: e.inputs[e.position] * e.above),
        ("other-inputs-share",),
    )
    yield GraphKind(
        "local left out",
        "edge",
        lambda e, r: e.above,
        ("path-without-weight", "constant-lost", "sigma-prime-left-out"),
    )
    yield GraphKind(
        "2 of a square lost", "edge", _of("square")(lambda e: e.inputs[0] * e.above), lost
    )
    yield GraphKind(
        "2 of a square twice", "edge", _of("square")(lambda e: 4 * e.inputs[0] * e.above), lost
    )
    yield GraphKind(
        "a square's base lost",
        "edge",
        _of("square")(lambda e: 2 * e.above),
        ("base-lost", "factor-two", "constant-lost", "path-without-weight"),
    )
    yield GraphKind(
        "factor 3 lost",
        "edge",
        _of("triple")(lambda e: e.above),
        ("path-without-weight", "constant-lost"),
    )
    yield GraphKind("minus lost", "edge", lambda e, r: -r, ("path-subtracted", "sign", "minus"))
    yield GraphKind(
        "quotient's minus lost",
        "edge",
        _of("divide")(
            lambda e: (
                e.inputs[0] / e.inputs[1] ** 2 * e.above if e.position else e.above * e.inputs[1]
            )
        ),
        ("divisor-multiplied", "sign", "path-subtracted", "other-inputs-share"),
    )
    yield GraphKind(
        "slope at a",
        "edge",
        _of("sigmoid")(lambda e: _sigmoid_slope(1 / (1 + math.exp(-e.inputs[0]))) * e.above),
        slope,
    )
    yield GraphKind(
        "slope with z",
        "edge",
        _of("sigmoid")(lambda e: e.inputs[0] * (1 - e.inputs[0]) * e.above),
        slope,
    )
    yield GraphKind(
        "slope a",
        "edge",
        _of("sigmoid", "tanh")(lambda e: OPERATIONS[e.line.operation][1](e.inputs[0]) * e.above),
        slope,
    )
    yield GraphKind(
        "path left out", "sum", lambda m, r: m[0] if len(m) > 1 else None, ("one-path",)
    )
    yield GraphKind(
        "last path alone", "sum", lambda m, r: m[-1] if len(m) > 1 else None, ("one-path",)
    )
    yield GraphKind(
        "path subtracted",
        "sum",
        lambda m, r: r - 2 * m[-1] if len(m) > 1 else None,
        ("path-subtracted",),
    )
    yield GraphKind(
        "paths multiplied",
        "sum",
        lambda m, r: m[0] * m[1] if len(m) == 2 else None,
        ("paths-multiplied",),
    )
    yield GraphKind("sign", "sum", lambda m, r: -r, ("sign", "minus"))
    yield GraphKind("doubled", "sum", lambda m, r: 2 * r, lost)
    yield GraphKind("halved", "sum", lambda m, r: r / 2, lost)
    yield GraphKind("point moved", "sum", lambda m, r: 10 * r, ("decimal-point",))
    yield GraphKind("digits exchanged", "sum", _digits, ("digits-exchanged",))
    yield GraphKind(
        "sum for product",
        "value",
        _of("multiply")(lambda e: e.inputs[0] + e.inputs[1]),
        ("wrong-operation",),
    )
    yield GraphKind(
        "product for sum",
        "value",
        _of("add")(lambda e: e.inputs[0] * e.inputs[1]),
        ("wrong-operation",),
    )
    yield GraphKind(
        "difference turned round",
        "value",
        _of("subtract")(lambda e: e.inputs[1] - e.inputs[0]),
        ("wrong-operation", "minus"),
    )
    yield GraphKind(
        "quotient turned round",
        "value",
        _of("divide")(lambda e: e.inputs[1] / e.inputs[0]),
        ("wrong-operation",),
    )
    yield GraphKind("sign of a value", "value", lambda e, r: -r, ("minus", "wrong-operation"))
