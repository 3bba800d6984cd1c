"""Plots of activations: maximum, kinks, range and saturated ranges against dense sampling.

The functions are written here once more, and their slopes are differences of their values.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_cli.diagrams.formats import Pen
from backprop_cli.diagrams.formats.svg import draw_svg
from backprop_cli.diagrams.plots import activation_plot, named_activation
from backprop_cli.diagrams.scene import Plot
from backprop_cli.diagrams.shape import Interval, shape_of
from backprop_cli.functions.elementwise import bound_to
from backprop_cli.mathematics.activations import ACTIVATIONS, ALIASES
from backprop_cli.notation import profile
from backprop_cli.notation.bound import bound
from backprop_cli.printing.page import Page
from backprop_cli.printing.settings import Settings
from backprop_cli.problems import Refusal

from .pictures import NOTATIONS, box_of, first_meeting, labels_of, parsed, words_of

ERF = np.vectorize(math.erf)


def logistic(z: Any) -> Any:
    return np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), 1 - 1 / (1 + np.exp(-np.abs(z))))


def soft(z: Any) -> Any:
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


SELU = (1.0507009873554804934, 1.6732632423543772848)
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "identity": lambda z: z,
    "sigmoid": logistic,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "selu": lambda z: SELU[0] * np.where(z > 0, z, SELU[1] * np.expm1(np.minimum(z, 0))),
    "softplus": soft,
    "softsign": lambda z: z / (1 + np.abs(z)),
    "gelu": lambda z: z * (1 + ERF(z / math.sqrt(2))) / 2,
    "gelu_tanh": lambda z: z * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))) / 2,
    "silu": lambda z: z * logistic(z),
    "mish": lambda z: z * np.tanh(soft(z)),
    "hard_sigmoid": lambda z: np.clip(z / 6 + 0.5, 0, 1),
    "hard_tanh": lambda z: np.clip(z, -1, 1),
}
STEP = 1e-5
GRID = np.arange(-30, 30, 1e-3) + 0.00037
"""Points that fall on no kink."""


def slopes(name: str) -> Any:
    f = FUNCTIONS[name]
    return (f(GRID + STEP) - f(GRID - STEP)) / (2 * STEP)


def holds(span: Interval, z: Any) -> Any:
    return (z > span.low) & (z < span.high)


def test_every_activation_has_its_function_here() -> None:
    assert set(FUNCTIONS) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_largest_slope(name: str) -> None:
    steepest, sampled = shape_of(bound_to(ACTIVATIONS[name])).steepest, np.abs(slopes(name))
    assert steepest.size == pytest.approx(sampled.max(), abs=2e-3)
    if steepest.over is not None:
        within = holds(steepest.over, GRID)
        assert np.allclose(sampled[within], steepest.size, atol=1e-6)
        assert (sampled[~within] < steepest.size - 1e-6).any() or within.all()
    elif steepest.limit is not None:
        assert math.isinf(steepest.limit)
        assert sampled[-1 if steepest.limit > 0 else 0] == pytest.approx(steepest.size, abs=1e-6)
        assert (sampled <= steepest.size + 1e-6).all()
    else:
        for at in steepest.at:
            near = np.abs(GRID - at) < 5e-3
            assert sampled[near].max() == pytest.approx(sampled.max(), rel=1e-5)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_kinks(name: str) -> None:
    """A kink is where the slope jumps from one grid point to the next."""
    f, fine = FUNCTIONS[name], np.arange(-10, 10, 1e-3) + 0.00037
    left = (f(fine) - f(fine - 1e-7)) / 1e-7
    right = (f(fine + 1e-3 + 1e-7) - f(fine + 1e-3)) / 1e-7
    jumps = fine[np.abs(right - left) > 0.05] + 5e-4
    found = [at for at, _ in shape_of(bound_to(ACTIVATIONS[name])).kinks]
    smooth_here = [at for at in found if name == "elu"]
    assert len(jumps) == len(found) - len(smooth_here)
    for at, jump in zip([x for x in found if x not in smooth_here], jumps, strict=True):
        assert at == pytest.approx(jump, abs=1e-3)


def goes_level(name: str, side: int) -> bool:
    """Return whether the function hardly changes any more far out on that side."""
    near, far = (float(FUNCTIONS[name](np.array(side * z))) for z in (1e6, 2e6))
    return abs(far - near) < 1.0


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_saturated_ranges(name: str) -> None:
    """|f′| is under 5 % from there on outwards, f goes level, and is not 0 itself."""
    shape, sampled = shape_of(bound_to(ACTIVATIONS[name])), np.abs(slopes(name))
    below = sampled < 0.05 * shape.steepest.size
    left = np.logical_and.accumulate(below) & goes_level(name, -1)
    right = np.logical_and.accumulate(below[::-1])[::-1] & goes_level(name, 1)
    values = FUNCTIONS[name](GRID)
    off = np.zeros(GRID.shape, bool)
    for run in (left, right):
        off |= run & ~values[run].any()
    for spans, wanted in ((shape.saturated, (left | right) & ~off), (shape.off, off)):
        said = np.zeros(GRID.shape, bool)
        for span in spans:
            said |= holds(span, GRID)
        disagree = GRID[wanted != said]
        ends = [e for span in spans for e in (span.low, span.high)]
        for z in disagree:
            assert min(abs(z - end) for end in ends) < 2e-3
        assert len(disagree) < 10


def test_a_leak_is_not_saturation_and_off_is_not_either() -> None:
    """leaky_relu keeps a slope; relu is off below 0; silu's turning point is no end of it."""
    found = {name: shape_of(bound_to(ACTIVATIONS[name])) for name in ("leaky_relu", "relu", "silu")}
    assert found["leaky_relu"].saturated == found["leaky_relu"].off == ()
    assert found["relu"].saturated == ()
    assert [(span.low, span.high) for span in found["relu"].off] == [(-math.inf, 0)]
    (span,) = found["silu"].saturated
    assert span.high < -3.5


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_range(name: str) -> None:
    span, values = shape_of(bound_to(ACTIVATIONS[name])).range, FUNCTIONS[name](GRID)
    for end, closed, most in (
        (span.low, span.low_closed, -values),
        (span.high, span.high_closed, values),
    ):
        if math.isinf(end):
            assert most.max() > 0.25
            assert not closed
            continue
        reach = end if most is values else -end
        assert most.max() <= reach + 1e-9
        assert most.max() == pytest.approx(reach, abs=0.04)
        near = most[np.abs(GRID) < 6].max()
        assert closed is bool(near > reach - 1e-6)


def plot_of(name: str, notation: str = "standard") -> Plot:
    return activation_plot(named_activation(name), bound(profile(notation)), Settings())


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_curves_are_the_function_and_its_slope(name: str) -> None:
    plot = plot_of(name)
    f = FUNCTIONS[name]
    value, slope = plot.curves
    kinks = [at for at, _ in shape_of(bound_to(ACTIVATIONS[name])).kinks]
    for x, y in (point for piece in value.pieces for point in piece):
        assert y == pytest.approx(float(f(np.array(x))), abs=1e-6)
    for x, y in (point for piece in slope.pieces for point in piece):
        if all(abs(x - at) > 1e-3 for at in kinks):
            near = (f(np.array(x + STEP)) - f(np.array(x - STEP))) / (2 * STEP)
            assert y == pytest.approx(float(near), abs=1e-4)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_labels_stand_apart_and_are_within(name: str) -> None:
    plot = plot_of(name)
    boxes = [(box_of(label), str(label.line)) for label in labels_of(plot)]
    assert first_meeting(boxes) is None
    for box, said in boxes:
        assert 0 <= box[0] <= box[2] <= plot.width, said
        assert 0 <= box[1] <= box[3] <= plot.height, said


def test_marks_say_what_they_mark() -> None:
    letters = bound(profile("standard"))
    text = draw_svg(plot_of("sigmoid"), Pen(letters, Settings(), Page()))
    said = words_of(parsed(text))
    assert "maximum 0.25" in said
    assert "Range: (0, 1)" in said
    assert "Largest |σ′(z)|: 0.25 at z = 0" in said
    assert "Saturated, |σ′(z)| below 5 % of its maximum: z < −4.3565; z > 4.3565" in said
    said = words_of(parsed(draw_svg(plot_of("relu"), Pen(letters, Settings(), Page()))))
    assert "kink: relu′(0) = 0" in said
    assert "Largest |relu′(z)|: 1 where z > 0" in said
    said = words_of(parsed(draw_svg(plot_of("hard_tanh"), Pen(letters, Settings(), Page()))))
    assert "Range: [−1, 1]" in said
    assert "Kinks: hard_tanh′(−1) = 0 is used, hard_tanh′(1) = 0 is used" in said


@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_notation_has_its_letter(notation: str) -> None:
    letter = profile(notation).letters["z"]
    letters = bound(profile(notation))
    said = words_of(parsed(draw_svg(plot_of("tanh", notation), Pen(letters, Settings(), Page()))))
    assert f"tanh({letter})" in said


def test_names_of_activations() -> None:
    assert [named_activation(name).name for name in ("swish", "Leaky-ReLU")] == [
        "silu",
        "leaky_relu",
    ]
    assert all(named_activation(alias).name == name for alias, name in ALIASES.items())
    with pytest.raises(Refusal, match="depend on every value"):
        named_activation("softmax")
    with pytest.raises(Refusal, match="no activation 'sigmoyd'"):
        named_activation("sigmoyd")
