"""SVG: well formed, with a title and a description, its numbers those of the trace."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest

from backprop_cli.diagrams.colours import BAND, COLOURS, PAPER, WASH
from backprop_cli.diagrams.formats.svg import THICKEST, THINNEST
from backprop_cli.diagrams.generic import generic_scene
from backprop_cli.notation import profile
from backprop_cli.notation.bound import bound
from backprop_cli.printing.settings import Settings

from ..commands.running import NAMES, config, printed
from ..networks import loads
from .pictures import (
    CASES,
    GRAPHS,
    NOTATIONS,
    SVG,
    example,
    labels_of,
    parsed,
    scene,
    svg,
    words_of,
)

ALLOWED = {
    *("svg", "title", "desc", "style", "defs", "marker", "path", "g", "rect"),
    *("circle", "text", "tspan", "polyline"),
}
ATTRIBUTES = {
    *("class", "cx", "cy", "d", "dx", "dy", "fill", "font-family", "font-size", "font-style"),
    *("font-weight", "height", "id", "marker-end", "marker-start", "markerHeight", "markerUnits"),
    *("markerWidth", "orient", "points", "r", "refX", "refY", "role", "rx", "stroke-dasharray"),
    *("stroke-linejoin", "stroke-width", "text-anchor", "viewBox", "width", "x", "y"),
    "aria-labelledby",
}


def _assert_level(root: ElementTree.Element) -> None:
    """What is as large as its label stands on the label's line, also after an index."""
    for label in root.iter(f"{SVG}text"):
        height = 0.0
        for span in label.iter(f"{SVG}tspan"):
            assert (span.text or "").strip(), words_of(root)
            height += float(span.get("dy", 0))
            large = "font-size" not in span.attrib or (span.tail or "").strip()
            assert not large or abs(height) < 0.25, (span.text, span.tail)


@pytest.mark.parametrize(("name", "kind", "passes"), CASES)
def test_the_structure_of_every_picture(name: str, kind: str, passes: str) -> None:
    picture = example(name, kind=kind, passes=passes)
    root = parsed(svg(picture, GRAPHS[name]))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= ALLOWED
    assert {key for element in root.iter() for key in element.attrib} <= ATTRIBUTES
    _assert_level(root)
    assert root.get("role") == "img"
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[\w][\w.-]*", str(i)) and not str(i)[0].isdigit() for i in ids)
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert (title.text or "").startswith(GRAPHS[name].name)
    assert passes in (title.text or "")
    for used in (v for e in root.iter() for k, v in e.attrib.items() if k.startswith("marker-")):
        assert used[5:-1] in ids
    assert len(words_of(root)) == len(labels_of(picture))
    assert {element.get("id") for element in root.iter(f"{SVG}g")} >= {n.id for n in picture.nodes}


def numbers_in(text: str) -> float:
    """Return the number after the equals sign: −0.0226, 4.3857·10−4."""
    match = re.search(r"= (−?[\d.]+)(?:·10(−?\d+))?$", text)
    assert match is not None, text
    return float(f"{match[1]}e{match[2] or 0}".replace("−", "-"))


def entry(values: dict[str, Any], name: str, *index: int) -> float:
    value = values[name]
    for i in index:
        value = value[i - 1]
    return float(value)


@pytest.mark.parametrize(
    "name", [n for n in NAMES if len(GRAPHS[n].inputs) == 1 and not GRAPHS[n].loops]
)
def test_the_numbers_are_those_of_the_trace(name: str) -> None:
    """Each circle and each line says what ``trace --format json`` says, to four decimals."""
    graph = GRAPHS[name]
    traced = json.loads(printed("trace", config(name), "--format", "json"))
    values, gradients = traced["values"], traced["gradients"]
    root = parsed(svg(example(name), graph))
    row = () if graph.single else (1,)
    seen = 0
    for group in root.iter(f"{SVG}g"):
        own = str(group.get("id"))
        said = [numbers_in(text) for text in words_of(group) if " = " in text]
        if match := re.fullmatch(r"a(\d+)_(\d+)", own):
            layer, unit = int(match[1]), int(match[2])
            expected = [entry(values, f"z{layer}", *row, unit)]
            expected.append(entry(values, f"a{layer}", *row, unit))
            if layer == len(graph.layers):
                expected.append(entry(values, "y", *row, unit))
            expected.append(entry(gradients, f"z{layer}", *row, unit))
            for part in (f"b{layer}", f"gamma{layer}", f"beta{layer}"):
                if isinstance(values.get(part), list):
                    expected.append(entry(values, part, unit))
                    expected.append(entry(gradients, part, unit))
        elif match := re.fullmatch(r"x_(\d+)", own):
            expected = [entry(values, "x", *row, int(match[1]))]
        elif match := re.fullmatch(r"a\d+_(\d+)-loss", own):
            expected = [entry(gradients, f"a{len(graph.layers)}", *row, int(match[1]))]
        elif match := re.fullmatch(r"(?:x|a\d+)_(\d+)-a(\d+)_(\d+)", own):
            index = (int(match[3]), int(match[1]))
            index = index[::-1] if graph.in_out else index
            weighed = f"W{match[2]}" in values
            maps = (values, gradients) if weighed else ()
            expected = [entry(m, f"W{match[2]}", *index) for m in maps]
        else:
            continue
        seen += len(expected)
        assert said == pytest.approx(expected, rel=1e-4, abs=5.1e-5), own
    assert seen > 10


def test_shares_on_the_edges_of_a_diamond() -> None:
    """o = ½cd with c = a + b, d = ab at a = 2, b = 3: by hand."""
    text = "variables: {a: 2, b: 3}\ngraph: {c: a + b, d: a * b, o: 1/2*c*d}\n"
    graph = loads(text)
    root = parsed(svg(scene(graph, local_gradients=True), graph))
    groups = {g.get("id"): words_of(g) for g in root.iter(f"{SVG}g")}
    assert groups["a-c"] == ["2", "3"]
    assert groups["b-c"] == ["3", "3"]
    assert groups["a-d"] == ["2", "7.5"]
    assert groups["b-d"] == ["3", "5"]
    assert groups["c-o"] == ["5", "3"]
    assert groups["d-o"] == ["6", "2.5"]
    assert groups["a"] == ["a", "∂o/∂a = 10.5"]
    assert groups["b"] == ["b", "∂o/∂b = 8"]
    assert groups["d"] == ["d = a b", "∂d/∂a = 3", "∂d/∂b = 2"]
    assert groups["o"] == ["o = ½ c d", "o = 15", "∂o/∂o = 1", "∂o/∂c = 3", "∂o/∂d = 2.5"]


@pytest.mark.parametrize("name", ["sigmoid_neuron", "mazur", "three_two_one"])
def test_a_network_as_a_graph_sends_each_parameter_its_gradient(name: str) -> None:
    graph = GRAPHS[name]
    gradients = json.loads(printed("trace", config(name), "--format", "json"))["gradients"]
    root = parsed(svg(example(name, kind="computation"), graph))
    back: dict[str, list[float]] = {}
    for group in root.iter(f"{SVG}g"):
        match = re.fullmatch(r"([Wb]\d+(?:_\d+)*)-.*", str(group.get("id")))
        if match:
            said = words_of(group)[-1].replace("−", "-")
            digits, _, power = said.partition("·10")
            back.setdefault(match[1], []).append(float(f"{digits}e{power or 0}"))
    assert back
    for own, shares in back.items():
        part, *index = own.split("_")
        where = [int(i) for i in index]
        where = where[::-1] if graph.in_out and part[0] == "W" else where
        assert sum(shares) == pytest.approx(entry(gradients, part, *where), rel=1e-3, abs=1e-4)


def test_thickness_is_the_share_of_the_largest() -> None:
    graph = loads(
        "input: [1, 1]\ntarget: [0]\nloss: half_squared_error\n"
        "layers:\n  - {weights: [[2, -4]], bias: [0]}\n"
    )
    text = svg(scene(graph, thickness="weight"), graph)
    assert "A line is the thicker the larger the |weight| is." in words_of(parsed(text))
    assert text.count("-thick)") == 2, "a thick line has a head that it does not cover"
    widths = {}
    for group in parsed(text).iter(f"{SVG}g"):
        path = group.find(f"{SVG}path")
        if path is not None:
            widths[group.get("id")] = float(str(path.get("stroke-width")))
    assert widths["x_2-a1_1"] == THICKEST
    assert widths["x_1-a1_1"] == pytest.approx(THINNEST + (THICKEST - THINNEST) / 2)


def test_arrows_point_the_way_of_the_pass() -> None:
    for passes, mark in (("forward", "marker-end"), ("backward", "marker-start")):
        text = svg(example("mazur", passes=passes), GRAPHS["mazur"])
        assert text.count(f" {mark}=") == 10
        assert text.count(" marker-") == 10


def test_names_from_a_file_cannot_break_the_picture() -> None:
    graph = loads(
        'name: "<b>&\\e[1m]]>"\ninput: [1]\ntarget: [0]\nloss: half_squared_error\n'
        "layers:\n  - {weights: [[2]], bias: [0]}\n"
    )
    assert r"<b>&\x1b[1m]]>" in words_of(parsed(svg(scene(graph), graph)))


@pytest.mark.parametrize("notation", NOTATIONS)
def test_one_unit_in_every_notation(notation: str) -> None:
    letters = bound(profile(notation))
    picture = generic_scene(None, letters, Settings(), "both")
    root = parsed(svg(picture, GRAPHS["mazur"], notation))
    said = words_of(root)
    _assert_level(root)
    assert not any(re.search(r"= −?\d", text) for text in said)


def test_one_unit_as_two_explanations_draw_it() -> None:
    """Backpropagation in four diagrams, and Bishop's letters: forward, then backward."""

    def said(notation: str, passes: Any) -> list[str]:
        picture = generic_scene(None, bound(profile(notation)), Settings(), passes)
        return words_of(parsed(svg(picture, GRAPHS["mazur"], notation)))

    bishop = said("bishop", "forward")
    assert {"z1", "z2", "zi", "aj", "zj", "wji"} <= set(bishop)
    assert "aj = Σi wji zi + wj0" in bishop
    assert "zj = h(aj)" in bishop
    bishop = said("bishop", "backward")
    assert {"δ1", "δ2", "δk", "wkj"} <= set(bishop)
    assert any(text.startswith("∂Ln/∂wji = δj") for text in bishop)
    assert "∂Ln/∂zj = Σk wkj δk" in bishop
    four = said("four-diagrams", "backward")
    assert {"O1", "O2", "O3", "Aj", "Lj", "∂c/∂O3"} <= set(four)
    assert "∂c/∂Lj = ∂c/∂Aj·σ′(Lj)" in four


def test_what_each_output_of_a_sequence_should_be_is_drawn_too() -> None:
    call = ("diagram", config("self_attention"), "--notation", "four-diagrams")
    text = printed(*call, "--pass", "forward", "--format", "svg")
    assert {"E11", "E12", "E43"} <= set(words_of(parsed(text)))


def test_a_symbolic_network_has_symbols_and_no_numbers() -> None:
    said = words_of(parsed(svg(example("symbolic_2443"), GRAPHS["symbolic_2443"])))
    assert not any(" = " in text and re.search(r"= −?\d", text) for text in said)
    assert any(text.endswith("F(z11)") for text in said)


def test_digits_and_exact_values() -> None:
    graph = GRAPHS["sigmoid_neuron"]
    assert any("0.73" in w for w in words_of(parsed(svg(example("sigmoid_neuron"), graph))))
    import backprop_cli.passes.run as passes

    exact = passes.run(graph, exact=True)
    picture = scene(graph, settings=Settings(4, True), trace=exact)
    from backprop_cli.diagrams.formats import Pen
    from backprop_cli.diagrams.formats.svg import draw_svg
    from backprop_cli.printing.page import Page

    from .pictures import letters

    text = draw_svg(picture, Pen(letters(graph), Settings(4, True), Page()))
    assert any("1/(1 + e" in word for word in words_of(parsed(text)))


def luminance(colour: str) -> float:
    """Return the relative luminance of the Web Content Accessibility Guidelines."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("role", COLOURS)
@pytest.mark.parametrize("theme", [0, 1])
def test_every_colour_is_readable_on_its_paper(role: str, theme: int) -> None:
    for under in (PAPER, WASH, BAND):
        pair = sorted((luminance(COLOURS[role][theme]), luminance(under[theme])))
        assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, under
