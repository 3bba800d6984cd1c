"""``sweep`` and ``merge``: what is printed, drawn and refused."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from backprop_cli.api import trace
from backprop_cli.render.heat import SHADES, colour, text_heat
from backprop_cli.worked.document import HeatMap, PlotPoint

from .running import config, inside, printed, refused, run

MAZUR = config("mazur")
NEURON = config("sigmoid_neuron")
PARABOLA = "variables: {x: 3}\ngraph: {o: (x - 1)**2}\n"
ONE = ("--over", "W1[1,1]=-3:3:13")
TWO = ("--over", "W1[1,1]=-3:3:13", "--over", "W1[1,2]=-4:0:9")


def test_the_slope_of_the_curve_is_the_gradient() -> None:
    text = printed("sweep", NEURON, *ONE, "--digits", "6")
    slope = float(trace(NEURON).value("dW1[1,1]"))
    assert f"the slope is ∂C/∂w¹₁₁ = {slope:.6f}, as in trace" in " ".join(text.split())


def test_values_that_are_alike_are_not_told_apart() -> None:
    """W is the factor of an x of 0: no row of the grid has its own least value."""
    flat = "variables: {x: 0, w: 2, v: 1}\ngraph: {o: x*w + 0.1*v**2}\n"
    said = run("sweep", "-", "--over", "w=-1:1:5", stdin=flat).out
    assert "o is the same at all points, 0.1\n" in said
    assert "least" not in said.partition("Values")[0]
    said = run("sweep", "-", "--over", "w=-1:1:5", "--over", "v=-1:1:3", stdin=flat).out
    assert "note: as low at 4 more points\n" in said
    assert "note: as high at 9 more points\n" in said
    said = run("sweep", "-", "--over", "w=-1:1:5", "--over", "v=0.5", stdin=flat).out
    assert "o over w from −1 to 1 (5 values) and v = 0.5\n" in said


def test_every_number_of_a_plot_has_its_comma(tmp_path: Path) -> None:
    file = tmp_path / "plot.svg"
    for words in (
        ("sweep", NEURON, *ONE),
        ("sweep", NEURON, *TWO),
        ("step", MAZUR, "--steps", "9"),
    ):
        page = printed(*words, "--decimal-comma", "-o", str(file))
        labels = re.findall(r">([^<>]*)</text>", file.read_text(encoding="utf-8"))
        assert any("," in label for label in labels)
        assert not re.search(r"\d\.\d", page + " ".join(labels)), words


def test_a_least_value_inside_and_one_at_the_edge() -> None:
    inside_it = run("sweep", "-", "--over", "x=-1:3:9", stdin=PARABOLA).out
    said = " ".join(inside_it.split())
    assert (
        "o is least, 0, at x = 1; at the values beside it ∂o/∂x is −1 and 1: 0 in between" in said
    )
    edge = " ".join(run("sweep", "-", "--over", "x=2:5:4", stdin=PARABOLA).out.split())
    assert "at x = 2, at the edge of what was looked at: there ∂o/∂x = 2, so it falls on" in edge


def test_at_a_kink_there_is_no_slope() -> None:
    kinked = "variables: {x: 0}\ngraph: {o: abs(x)}\n"
    text = run("sweep", "-", "--over", "x=-1:1:4", stdin=kinked).out
    assert "in the file x = 0: there o = 0\n" in text


def test_csv_has_every_point_and_json_the_same() -> None:
    rows = list(csv.reader(io.StringIO(printed("sweep", NEURON, *TWO, "--format", "csv"))))
    assert rows[0] == ["W1[1,1]", "W1[1,2]", "loss"]
    numbers = np.array(rows[1:], dtype=float)
    data = json.loads(printed("sweep", NEURON, *TWO, "--format", "json"))
    assert np.array(data["values"]).shape == (13, 9)
    np.testing.assert_array_equal(numbers[:, 2], np.ravel(data["values"]))
    grid = itertools.product(*(axis["values"] for axis in data["axes"]))
    np.testing.assert_array_equal(numbers[:, :2], list(grid))


def test_more_axes_than_two_are_no_plot(tmp_path: Path) -> None:
    over = (*TWO, "--over", "b1=0,1")
    assert "a table has room for two axes" in printed("sweep", NEURON, *over)
    message = refused("sweep", NEURON, *over, "--format", "svg")
    assert "a plot has room for two axes, and 3 are varied" in message


@pytest.mark.parametrize("over", [ONE, TWO], ids=["curve", "map"])
@pytest.mark.parametrize("suffix", ["svg", "html", "tex", "typ", "md"])
def test_it_is_drawn_in_every_format(over: tuple[str, ...], suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"sweep.{suffix}"
    printed("sweep", NEURON, *over, "--steps", "5", "--lr", "10", "-o", str(path))
    text = "".join(each.read_text(encoding="utf-8") for each in tmp_path.iterdir())
    assert "nan" not in re.sub(r"[a-z]nan|nan[a-z]", "", text)
    if suffix == "svg":
        ElementTree.fromstring(text)
    assert {"tex": "tikzpicture"}.get(suffix, "<svg") in text
    drawn = {"svg": 'class="way"' if len(over) > 2 else 'class="path"', "tex": "bp-gradient"}
    assert drawn.get(suffix, "") in text
    if suffix in ("svg", "md"):
        (box,) = re.findall(r'viewBox="0 (\S+) \S+ (\S+)"', text)
        top, tall = map(float, box)
        lines = [float(y) for y in re.findall(r'<text[^>]* y="(\S+)"', text)]
        assert top + 12 <= min(lines) <= max(lines) <= top + tall, "a word is cut off"


def test_the_shades_keep_their_order_in_grey() -> None:
    def grey(shade: int) -> float:
        red, green, blue = bytes.fromhex(colour(shade))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    greys = [grey(shade) for shade in range(SHADES)]
    assert all(after - before > 2 for before, after in itertools.pairwise(greys))


def test_a_path_moves_nothing_else_and_ends_where_step_ends() -> None:
    text = printed("sweep", NEURON, *ONE, "--steps", "20", "--lr", "2", "--format", "json")
    path = json.loads(text)["path"]
    frozen = ("--freeze", "b1", "--freeze", "W1[1,2]", "--lr", "2", "--steps", "20")
    data = json.loads(printed("step", NEURON, *frozen, "--format", "json"))
    assert len(path) == 21
    assert path[-1]["value"] == pytest.approx(data["losses"][-1], rel=1e-12)


def test_parts_are_merged_to_the_same(tmp_path: Path) -> None:
    names = [str(tmp_path / f"part-{n}.json") for n in (1, 2, 3)]
    for number, name in enumerate(names, 1):
        assert printed("sweep", NEURON, *TWO, "--part", f"{number}/3", "-o", name) == ""
    whole = printed("sweep", NEURON, *TWO)
    assert printed("merge", *reversed(names)) == whole
    assert "1 of 3 parts missing: 2" in refused("merge", names[0], names[2])
    assert "part 1/3 again" in refused("merge", names[0], names[0])


def test_what_is_no_part(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"of": "loss"}', encoding="utf-8")
    (tmp_path / "b.json").write_bytes(b"\xff")
    for name in ("a.json", "b.json"):
        assert "no part of a sweep" in refused("merge", str(tmp_path / name))
    assert "no such file" in refused("merge", str(tmp_path / "c.json"))


def test_a_network_that_changed_meanwhile(tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    net.write_text(PARABOLA, encoding="utf-8")
    with inside(tmp_path):
        printed("sweep", "net.yaml", "--over", "x=0,1", "--part", "1/1", "-o", "part.json")
        net.write_text(PARABOLA.replace("1)", "2)"), encoding="utf-8")
        assert "not as it was" in refused("merge", "part.json")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--over", "W1[1,1]"], ["no '='", "write --over 'W1[1,1]=-3:3:61'"]),
        (["--over", "W9[1,1]=0:1:5"], ["--over: there is no 'W9[1,1]' in"]),
        (["--over", "z1[1]=0:1:5"], ["it is computed, not given", "W1"]),
        (["--over", "W1=0:1:5"], ["it has 2 × 2 entries", "W1[1,1]"]),
        (["--over", "W1[1,1]=0:1"], ["a range has three numbers"]),
        (["--over", "W1[1,1]=0:1:0"], ["an empty range", "0:1:61"]),
        (["--over", "W1[1,1]=1:1:5"], ["ends where it begins"]),
        (["--over", "W1[1,1]=2:1:5"], ["goes down", "lowest first"]),
        (["--over", "W1[1,1]=0:x:5"], ["'x' is not a number"]),
        (["--over", "W1[1,1]=0:1:5.5"], ["'5.5' is no number of values"]),
        (["--over", "W1[1,1]=2,1"], ["values that do not rise"]),
        (["--over", "W1[1,1]=0:1:1000000000"], ["1,000,000,000 points", "--part 1/100"]),
        (
            ["--over", "W1[1,1]=0:1:10000", "--over", "W1[1,2]=0:1:10000"],
            ["100,000,000 points, and one run computes 10,000,000", "--part 1/10"],
        ),
        (["--over", "W1[1,1]=0,1", "--over", "dense.W[1,1]=0,1"], ["no 'dense.W"]),
        (["--over", "b1=0,1", "--over", "b1=0,2"], ["it is varied already, as b1"]),
        ([*ONE, "--of", "a2"], ["it has 2 entries", "a2[1]"]),
        ([*ONE, "--of", "dy[1]"], ["--of"]),
        ([*ONE, "--lr", "1"], ["belongs to the path of a descent", "--steps 20"]),
        ([*ONE, "--of", "a2[1]", "--steps", "3"], ["a descent goes down the loss"]),
        (["--over", "x[1]=0,1", "--steps", "3"], ["x[1] is no parameter"]),
        ([*ONE, "--part", "3"], ["no part", "--part 3/16"]),
        ([*ONE, "--part", "5/4"], ["parts count from 1"]),
        ([*ONE, "--part", "1/99"], ["there are only 13 points"]),
        ([*ONE, "--part", "1/2", "--format", "svg"], ["--part writes JSON"]),
        ([*ONE, "--exact"], ["no option '--exact'"]),
    ],
)
def test_what_cannot_be_swept(arguments: list[str], says: list[str]) -> None:
    message = refused("sweep", MAZUR, *arguments)
    for words in says:
        assert words in message


def test_numbers_that_are_missing() -> None:
    text = "input: [1]\ntarget: [1]\nloss: half_squared_error\nlayers: [{units: 1}]\n"
    assert "it has no numbers to change" in refused("sweep", "-", "--over", "b1=0,1", stdin=text)
    half = text.replace("units: 1", "units: 1, bias: [0]")
    assert "W1 has no numbers" in refused("sweep", "-", "--over", "b1=0,1", stdin=half)


@pytest.mark.parametrize(
    ("path", "marked"), [(((0.0, 0.0), (5.0, 5.0)), False), (((0.0, 0.0), (2.0, 2.0)), True)]
)
def test_a_map_explains_the_signs_that_are_on_it(path: tuple[PlotPoint, ...], marked: bool) -> None:
    places = (0.0, 1.0, 2.0)
    values = tuple(tuple(x + y for x in places) for y in places)
    own = (0.0, 0.0)
    heat = HeatMap(values, places, places, "w", "v", "loss", path=path, own=own)
    text = text_heat(heat, 80)
    assert ("+ the path" in text) is marked
    assert "x in the file" in text
