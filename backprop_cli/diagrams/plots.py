"""The plot of an activation and its derivative: what a student must know of its shape, marked."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import Struct, structs

from ..expression.tree import Call, Derivative, Expr, Name, Number
from ..functions.elementwise import Elementwise, bound_to
from ..mathematics.activations import ACTIVATIONS, ALIASES
from ..notation.bound import Notation
from ..printing.settings import Settings
from ..printing.translating import said_line
from ..worked.document import Figure, Line, Math, Strong, Text
from .finish import MARGIN
from .lettering import BODY, HEADING, SMALLPRINT, Letterer, RunMath, from_left
from .placing import along, beside
from .scene import Curve, Label, Mark, Plot, PlotField, Point, Role, Span, Tick, pixels
from .shape import CurveShape, Interval, Steepest, sampled, shape_of

FIELD = (600.0, 330.0)
"""Width and height of the field, in pixels."""
SHOWN = 6.0
"""z runs from −6 to 6, where every function of the table shows its shape."""
TALLEST = 2.6
"""The plot is cut off above: what grows without bound says no more further up."""
STEPS = 1201


def named_activation(name: str) -> Elementwise:
    """Return the rule of an activation by its name; raise Refusal with the nearest."""
    from ..problems import nearest, refuse

    plain = name.strip().lower().replace("-", "_")
    plain = ALIASES.get(plain, plain)
    if plain == "softmax":
        message = "--activation softmax: its outputs depend on every value of the layer"
        raise refuse(message, None, "of two values it is the sigmoid of their difference")
    if plain not in ACTIVATIONS:
        message = f"--activation: there is no activation '{name}'"
        raise refuse(message, None, nearest(name, (*ACTIVATIONS, *ALIASES)))
    return bound_to(ACTIVATIONS[plain])


class _PlotPen(Struct):
    """What the plot is written with."""

    letterer: Letterer
    rule: Elementwise
    z: Expr

    def words(self, text: str, role: Role = "name", size: float = BODY) -> Label:
        return self.line(text, role=role, size=size)

    def line(self, *parts: Any, role: Role = "name", size: float = BODY) -> Label:
        """Return a label of words, numbers and mathematics."""
        line: Line = tuple(
            Text(p)
            if isinstance(p, str)
            else Math(p)
            if isinstance(p, Expr)
            else p
            if isinstance(p, Strong)
            else Figure(p)
            for p in parts
        )
        language = self.letterer.printer.settings.language
        return self.letterer.label(said_line(line, language), role, size)

    @property
    def f(self) -> Expr:
        """The function at z."""
        return Call(self.rule.name, (self.z,))

    @property
    def slope(self) -> Expr:
        """The derivative at z."""
        return Derivative(self.rule.name, self.z)


def activation_plot(rule: Elementwise, notation: Notation, settings: Settings) -> Plot:
    """Return the plot of a and da/dz over z, with the maximum, the kinks and saturated ranges."""
    letter = notation.letters.get("z", "z")
    words = _PlotPen(Letterer(RunMath(notation, settings)), rule, Name(letter))
    shape = shape_of(rule)
    z = np.linspace(-SHOWN, SHOWN, STEPS)
    a, slope = sampled(rule, z)
    low = min(float(a.min()), float(slope.min()), 0.0)
    high = max(float(a.max()), float(slope.max()))
    low, high = max(low, -TALLEST), min(high, TALLEST)
    room = 0.11 * (high - low)
    x_range, y_range = (-SHOWN, SHOWN), (low - room, high + room)
    name = rule.name.replace("_", " ")
    heading = words.line(Strong(f"{name} and its derivative"), size=HEADING)
    heading = from_left(heading, MARGIN, MARGIN + heading.height / 2)
    box = PlotField(MARGIN + 40, MARGIN + heading.height + 34, *FIELD)
    breaks = [at for at, _ in shape.kinks]
    curves = _keyed(
        Curve(
            words.line(words.f, role="forward", size=16.0),
            _cut(_pieces(z, a, []), y_range),
            "forward",
        ),
        Curve(
            words.line(words.slope, role="gradient", size=16.0),
            _cut(_pieces(z, slope, breaks), y_range),
            "gradient",
        ),
        box=box,
    )
    spans = tuple(
        _span(span, name, words, box, x_range)
        for name, ranges in (("saturated", shape.saturated), ("off", shape.off))
        for span in ranges
        if _shown(span)
    )
    axis = words.line(words.z, size=16.0)
    axis = _at(axis, box.left + box.width + 6 + axis.width / 2, box.top + box.height)
    plot = Plot(
        settings.said(f"The activation {rule.name} and its derivative"),
        " ".join(_said(shape, rule, settings)),
        heading,
        curves,
        (),
        spans,
        x_range,
        y_range,
        _x_ticks(words, box, x_range),
        _y_ticks(words, box, y_range),
        axis,
        box,
    )
    plot = structs.replace(plot, marks=_marks(plot, shape, words))
    y = box.top + box.height + 40
    facts = []
    for label in _facts(shape, words):
        facts.append(from_left(label, MARGIN, y + label.height / 2))
        y += label.height + 2
    right = max(axis.x + axis.width / 2, *(f.x + f.width / 2 for f in facts))
    return structs.replace(plot, facts=tuple(facts), width=right + MARGIN, height=y + MARGIN - 4)


def _at(label: Label, x: float, y: float) -> Label:
    return structs.replace(label, x=x, y=y)


# -- curves


def _pieces(z: Any, values: Any, breaks: list[float]) -> list[list[Point]]:
    """Return the curve in pieces that end just before and begin just after each break."""
    pieces: list[list[Point]] = [[]]
    cuts = sorted(breaks)
    for x, y in zip(z.tolist(), values.tolist(), strict=True):
        if cuts and x >= cuts[0] - 1e-9:
            at = cuts.pop(0)
            before = pieces[-1][-1][1]
            pieces[-1].append((at, before))
            pieces.append([])
            if x <= at + 1e-9:
                continue
        if not pieces[-1] and len(pieces) > 1:
            pieces[-1].append((sorted(breaks)[len(pieces) - 2], y))
        pieces[-1].append((x, y))
    return pieces


def _cut(pieces: list[list[Point]], y_range: tuple[float, float]) -> tuple[tuple[Point, ...], ...]:
    """Return the pieces within the field, without points that a straight line needs not."""
    found: list[tuple[Point, ...]] = []
    for piece in pieces:
        inside: list[Point] = []
        for point in piece:
            if y_range[0] <= point[1] <= y_range[1]:
                inside.append(point)
            elif inside:
                found.append(_thinned(inside))
                inside = []
        if inside:
            found.append(_thinned(inside))
    return tuple(found)


def _thinned(points: list[Point]) -> tuple[Point, ...]:
    """Return the points without those on a straight line between their neighbours."""
    kept = points[:1]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        turn = (point[0] - before[0]) * (after[1] - before[1])
        turn -= (point[1] - before[1]) * (after[0] - before[0])
        if abs(turn) > 1e-9:
            kept.append(point)
    return (*kept, points[-1])


def _keyed(*curves: Curve, box: PlotField) -> tuple[Curve, ...]:
    """Return the curves with their names over the field, room for a line's sample before each."""
    x, placed = box.left, []
    for curve in curves:
        label = from_left(curve.label, x + 34, box.top - 17)
        placed.append(structs.replace(curve, label=label))
        x += 34 + label.width + 26
    return tuple(placed)


# -- axes and spans


def _x_ticks(words: _PlotPen, box: PlotField, x_range: tuple[float, float]) -> tuple[Tick, ...]:
    ticks = []
    for at in range(int(x_range[0]), int(x_range[1]) + 1, 2):
        label = words.line(Number(Fraction(at)), role="quiet", size=SMALLPRINT)
        x, _ = pixels((at, 0.0), box, x_range, (0.0, 1.0))
        ticks.append(Tick(float(at), _at(label, x, box.top + box.height + 20)))
    return tuple(ticks)


def _y_ticks(words: _PlotPen, box: PlotField, y_range: tuple[float, float]) -> tuple[Tick, ...]:
    step = next(s for s in (0.05, 0.1, 0.25, 0.5, 1.0) if (y_range[1] - y_range[0]) / s < 9)
    ticks = []
    for count in range(math.ceil(y_range[0] / step), math.floor(y_range[1] / step) + 1):
        at = Fraction(count) * Fraction(str(step))
        label = words.line(Number(at), role="quiet", size=SMALLPRINT)
        _, y = pixels((0.0, float(at)), box, (0.0, 1.0), y_range)
        ticks.append(Tick(float(at), _at(label, box.left - 8 - label.width / 2, y)))
    return tuple(ticks)


def _shown(span: Interval) -> bool:
    return span.low < SHOWN and span.high > -SHOWN


def _span(
    span: Interval, name: str, words: _PlotPen, box: PlotField, x_range: tuple[float, float]
) -> Span:
    """Return the range as far as the plot goes, named where the name has room."""
    low, high = max(span.low, x_range[0]), min(span.high, x_range[1])
    left, right = (pixels((x, 0.0), box, x_range, (0.0, 1.0))[0] for x in (low, high))
    label = words.words(name, "quiet", SMALLPRINT)
    if label.width + 8 > right - left:
        return Span(low, high)
    return Span(low, high, _at(label, (left + right) / 2, box.top + 12))


# -- marks


def _marks(plot: Plot, shape: CurveShape, words: _PlotPen) -> tuple[Mark, ...]:
    """Return the maximum of the derivative, and at each kink the value used and the other side."""
    marks: list[Mark] = []
    rule = words.rule
    taken = [label for span in plot.spans if (label := span.label) is not None]
    steepest = shape.steepest
    at: list[Point] = [(x, _slope(rule, x)) for x in steepest.at]
    for point in at:
        label = words.line("maximum ", point[1], role="gradient", size=SMALLPRINT)
        marks.append(_labelled(Mark(point, "gradient"), label, plot, taken))
    for x, _ in shape.kinks:
        used = _slope(rule, x)
        for side in (-1e-7, 1e-7):
            value = _slope(rule, x + side)
            if abs(value - used) > 1e-5 and plot.y_range[0] < value < plot.y_range[1]:
                marks.append(Mark((x, value), "gradient", open=True))
        label = _kink(words, x, used)
        marks.append(_labelled(Mark((x, used), "gradient"), label, plot, taken))
    return tuple(marks)


def _kink(words: _PlotPen, x: float, used: float) -> Label:
    """Return ``kink: f′(0) = 0``."""
    slope = Derivative(words.rule.name, Number(Fraction(x).limit_denominator(1000)))
    return words.line("kink: ", slope, " = ", used, role="gradient", size=SMALLPRINT)


def _labelled(mark: Mark, label: Label, plot: Plot, taken: list[Label]) -> Mark:
    """Return the mark with its label where that meets no curve, no other label, no edge."""
    pieces = (piece for curve in plot.curves for piece in curve.pieces)
    points = [point for piece in pieces for point in along(map(plot.to_pixels, piece))]
    box = plot.box
    axis = plot.to_pixels((0.0, 0.0))[1]
    points += [(box.left + box.width * i / 200, axis) for i in range(201)]
    placed = beside(plot.to_pixels(mark.at), label, points, taken, box)
    taken.append(placed)
    return structs.replace(mark, label=placed)


def _slope(rule: Elementwise, x: float) -> float:
    return float(sampled(rule, np.array([x]))[1][0])


# -- sentences


def _facts(shape: CurveShape, words: _PlotPen) -> list[Label]:
    """Return the sentences under the plot."""
    facts = [words.line("Range: ", *_interval(shape.range))]
    facts.append(words.line(*_steepest(shape.steepest, words)))
    if shape.kinks:
        parts: list[Any] = ["Kink: " if len(shape.kinks) == 1 else "Kinks: "]
        for i, (x, _) in enumerate(shape.kinks):
            at = Number(Fraction(x).limit_denominator(1000))
            parts += [", "] if i else []
            parts += [Derivative(words.rule.name, at), " = ", _slope(words.rule, x), " is used"]
        facts.append(words.line(*parts))
    of_maximum: list[Any] = ["|", words.slope, "| below 5 % of its maximum: "]
    for what, ranges in (
        (["Saturated, ", *of_maximum], shape.saturated),
        (["Off, ", words.f, " = ", words.slope, " = 0: "], shape.off),
    ):
        if ranges:
            parts = list(what)
            for i, span in enumerate(ranges):
                parts += ["; "] if i else []
                parts += _between(span, words.z)
            facts.append(words.line(*parts))
    if not shape.saturated and not shape.off:
        facts.append(words.line("Saturated nowhere: ", words.f, " does not level off"))
    return facts


def _interval(span: Interval) -> list[Any]:
    """Return ``[0, ∞)``."""
    left, right = "[" if span.low_closed else "(", "]" if span.high_closed else ")"
    return [left, _bound(span.low), ", ", _bound(span.high), right]


def _bound(value: float) -> Any:
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return value


def _steepest(steepest: Steepest, words: _PlotPen) -> list[Any]:
    """Return ``Largest |f′|: 0.25 at z = 0``."""
    parts: list[Any] = ["Largest |", words.slope, "|: ", steepest.size]
    if steepest.limit is not None:
        return [*parts, ", approached as ", words.z, " → ", _bound(steepest.limit)]
    if steepest.over is not None:
        whole = math.isinf(steepest.over.low) and math.isinf(steepest.over.high)
        if whole:
            return [*parts, " everywhere"]
        return [*parts, " where ", *_between(steepest.over, words.z)]
    for i, at in enumerate(steepest.at):
        parts += [" and at " if i else " at ", words.z, " = ", round(at, 6)]
    return parts


def _between(span: Interval, z: Expr) -> list[Any]:
    """Return ``z < −4.3565``, ``z > 0``, ``−3 < z < 3``."""
    less, more = (" ≤ " if c else " < " for c in (span.low_closed, span.high_closed))
    if math.isinf(span.low):
        return [z, more, span.high]
    if math.isinf(span.high):
        return [z, " ≥ " if span.low_closed else " > ", span.low]
    return [span.low, less, z, more, span.high]


def _said(shape: CurveShape, rule: Elementwise, settings: Settings) -> list[str]:
    """Return the plot in words, for who cannot see it."""
    from ..notation import profile
    from ..notation.bound import bound
    from ..printing.plain_math import AsciiMath

    printer = AsciiMath(bound(profile("standard")), settings)
    words = _PlotPen(Letterer(RunMath(bound(profile("standard")), settings)), rule, Name("z"))

    def said(label: Label) -> str:
        return "".join(
            printer.draw(p.expr)
            if isinstance(p, Math)
            else printer.number(p.value).text
            if isinstance(p, Figure)
            else p.text
            for p in label.line
        )

    return [f"{said(label).rstrip('.')}." for label in _facts(shape, words)]
