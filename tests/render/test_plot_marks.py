"""Points marked on a plot: a name each, within the field, off the curve, off each other."""

from __future__ import annotations

import itertools
import re

import pytest

from backprop_cli.diagrams.scene import PlotField
from backprop_cli.render.heat import svg_heat, text_heat
from backprop_cli.render.latex.pictures import plot
from backprop_cli.render.plot import svg_plot
from backprop_cli.render.plot_marks import named_marks, names_of
from backprop_cli.worked.document import HeatMap, PlotPoint, ValueCurve

PLACES = tuple(n / 10 for n in range(11))
SHAPES = {
    "falls": tuple(1.0 - x for x in PLACES),
    "rises": tuple(x**3 for x in PLACES),
    "valley": tuple((x - 0.5) ** 2 for x in PLACES),
}
FIELD = PlotField(0, 0, 340, 190)
SIZE = 9.0


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("own", range(11))
def test_names_meet_nothing(name: str, own: int) -> None:
    values = SHAPES[name]
    least = values.index(min(values))
    curve = _curve(name, own)
    line = [_down(x, y / max(values)) for x, y in zip(PLACES, values, strict=True)]
    places = [(word, _down(x, y / max(values))) for word, (x, y) in names_of(curve)]
    marks = named_marks(curve, places, [line], FIELD, SIZE)
    assert len(marks) == (1 if own == least else 2)
    boxes = [(mark.middle, len(mark.name) * SIZE / 4, SIZE / 2) for mark in marks]
    for (x, y), wide, high in boxes:
        assert wide <= x <= FIELD.width - wide
        assert high <= y <= FIELD.height - high
        assert not any(abs(px - x) < wide and abs(py - y) < high for px, py in line)
    for ((x, y), wide, high), ((to_x, to_y), other, _) in itertools.combinations(boxes, 2):
        assert abs(x - to_x) >= wide + other or abs(y - to_y) >= 2 * high


def test_one_point_that_is_both_has_one_name_everywhere() -> None:
    curve = _curve("falls", 10)
    heat = HeatMap(
        ((1.0, 2.0), (3.0, 4.0)), (0.0, 1.0), (0.0, 1.0), "w", "v", "loss", own=(0, 0), least=(0, 0)
    )
    for drawn in (svg_plot(curve), plot(curve), svg_heat(heat), plot(heat), text_heat(heat, 80)):
        assert drawn.count("in the file, least") == 1
        assert len(re.findall("least(?! [0-9a])", drawn)) == 1


def test_what_is_marked_in_one_format_is_marked_in_the_other() -> None:
    for own in range(9):
        curve = _curve("falls", own)
        for word in ("in the file", "least"):
            assert f">{word}<" in svg_plot(curve)
            assert f"{{{word}}}" in plot(curve)


def _curve(name: str, own: int) -> ValueCurve:
    values = SHAPES[name]
    least = values.index(min(values))
    return ValueCurve(
        values,
        across="w",
        up="loss",
        title="",
        at=PLACES,
        own=(PLACES[own], values[own]),
        least=(PLACES[least], values[least]),
    )


def _down(x: float, y: float) -> PlotPoint:
    return x * FIELD.width, (1 - y) * FIELD.height
