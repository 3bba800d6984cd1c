"""Boxes of characters: no wider than the page, nothing left out, lines that lead where they say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from backprop_cli.diagrams.formats import Pen
from backprop_cli.diagrams.formats._labels import said, text_printer
from backprop_cli.diagrams.formats.boxes.drawing import draw_boxes
from backprop_cli.diagrams.formats.boxes.tables import aligned
from backprop_cli.diagrams.generic import generic_scene
from backprop_cli.diagrams.plots import activation_plot, named_activation
from backprop_cli.diagrams.scene import Drawable, DrawnEdge, DrawnNode, Label, Pass, Scene
from backprop_cli.mathematics.activations import ACTIVATIONS
from backprop_cli.notation import profile
from backprop_cli.notation.bound import bound
from backprop_cli.printing.page import Page
from backprop_cli.printing.settings import Settings
from backprop_cli.worked.document import Text

from ..commands.running import config, printed
from .pictures import CASES, GRAPHS, example, letters
from .reading_boxes import Drawing

STANDARD = bound(profile("standard"))
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def drawn(picture: Drawable, page: Page, name: str = "") -> str:
    """Return the picture of an example as boxes."""
    return draw_boxes(picture, Pen(letters(GRAPHS[name]) if name else STANDARD, Settings(), page))


def check_lines(text: str, width: int) -> None:
    """Check what holds for every drawing."""
    for line in text.splitlines():
        assert cell_len(line) <= width, line
        assert line == line.rstrip()
    assert text.endswith("\n")
    assert not re.search(r"[╴╶╵╷]", text), text


ABREAST = 60
"""So many nodes send lines past a place at most, for which a page of 80 columns has the room."""


def page_widths(scene: Scene) -> tuple[int, ...]:
    """Return the widths that a picture keeps to: a crowded graph, an entry a node, needs more."""
    columns = {node.id: node.column for node in scene.nodes}
    sources: dict[int, set[str]] = {}
    for edge in scene.edges:
        first, last = sorted((columns[edge.source], columns[edge.target]))
        for column in range(first, last):
            sources.setdefault(column, set()).add(edge.source)
    crowded = max(map(len, sources.values()), default=0) > ABREAST
    return (240,) if crowded else (80, 120)


@pytest.mark.parametrize(("name", "kind", "passes"), CASES)
def test_every_example_fits_and_says_everything(name: str, kind: str, passes: str) -> None:
    scene = example(name, kind=kind, passes=passes)
    for width in page_widths(scene):
        page = Page(width)
        text = drawn(scene, page, name)
        check_lines(text, width)
        printer = text_printer(Pen(letters(GRAPHS[name]), Settings(), page))
        labels = [label for node in scene.nodes for label in (*node.above, *node.below)]
        labels += [label for edge in scene.edges for label in (*edge.above, *edge.below)]
        said_here = re.sub(r" +", " ", text)
        for label in labels:
            assert said(label, printer) in said_here or said(label, printer) in text, label


@pytest.mark.parametrize("name", GRAPHS)
def test_ascii_is_ascii(name: str) -> None:
    text = drawn(example(name), Page(80, ascii_only=True), name)
    assert text.isascii(), [c for c in text if not c.isascii()]
    assert "->" in text or ">|" in text


def test_lines_lead_where_the_edges_do() -> None:
    scene = example("three_two_one")
    names = {node.id: said(node.above[0] if node.above else node.label, text_printer(pen()))
             for node in scene.nodes if node.label}  # fmt: skip
    for width in (80, 160):
        drawing = Drawing(drawn(scene, Page(width), "three_two_one"), names.values())
        check_edges(drawing, scene, names)


def pen() -> Pen:
    return Pen(letters(GRAPHS["three_two_one"]), Settings(), Page())


def check_edges(drawing: Drawing, scene: Scene, names: dict[str, str]) -> None:
    """Check that from each box lines lead to the targets of its edges, and to no other."""
    for node in scene.nodes:
        targets = {names[edge.target] for edge in scene.edges if edge.source == node.id}
        assert drawing.leads_to(names[node.id]) == targets


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Any graph in columns, edges over any number of them."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=5))
    nodes = [
        DrawnNode(
            f"n{column}{row}",
            draw(st.sampled_from(["unit", "operation"])),
            Label((Text(f"n{column}{row}"),)),
            tuple(Label((Text(f"v{i}"),)) for i in range(draw(st.integers(0, 3)))),
            column=column,
            row=row,
            x=100.0 * column,
            y=50.0 * row + draw(st.integers(0, 30)),
        )
        for column, size in enumerate(sizes)
        for row in range(size)
    ]
    pairs = [(a, b) for a in nodes for b in nodes if a.column < b.column]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=14, unique=True))
    worded = draw(st.booleans())
    edges = []
    for a, b in chosen:
        above = (Label((Text("w"),)),) if worded and draw(st.booleans()) else ()
        below = (Label((Text("g"),)),) if worded and draw(st.booleans()) else ()
        edges.append(DrawnEdge(f"{a.id}-{b.id}", a.id, b.id, "quiet", "forward", above, below))
    return Scene("network", "both", "Any", "", tuple(nodes), tuple(edges))


@settings(max_examples=60)
@given(scenes())
def test_lines_lead_where_the_edges_do_in_any_graph(scene: Scene) -> None:
    names = {node.id: node.id for node in scene.nodes}
    for width in (90, 400):
        text = drawn(scene, Page(width))
        check_lines(text, width)
        if "continued:" not in text:
            check_edges(Drawing(text, names), scene, names)


def test_a_wide_picture_goes_on_below() -> None:
    text = drawn(example("residual"), Page(80), "residual")
    assert text.count("continued:") == 2
    assert "continued:" not in drawn(example("residual"), Page(200), "residual")


def test_backward_arrows_lead_back() -> None:
    text = drawn(example("mazur", passes="backward"), Page(120), "mazur")
    assert "←" in text
    assert "→" not in text
    assert "├←" in text
    assert "∂C/∂a²₁ = 0.7414" in text


def test_units_left_out_are_said() -> None:
    from backprop_cli.api import loads

    from .pictures import scene

    graph = loads(
        "input: [1, 2]\ntarget: [1]\nloss: squared_error\nlayers:\n"
        "  - {units: 12, weights: {init: ones}, bias: none}\n"
        "  - {units: 1, weights: {init: ones}, bias: none}\n"
    )
    page = Page(80)
    text = draw_boxes(scene(graph), Pen(letters(graph), Settings(), page))
    assert "⋮" in text
    assert "Left out: 7 of the 12 units of layer 1" in text
    whole = draw_boxes(scene(graph, full=True), Pen(letters(graph), Settings(), page))
    assert "⋮" not in whole
    check_lines(whole, 80)


def test_colours_say_the_role_and_nothing_else() -> None:
    scene = example("mazur")
    plain = drawn(scene, Page(100), "mazur")
    coloured = drawn(scene, Page(100, colour=True), "mazur")
    assert "\x1b[34m" in coloured
    assert "\x1b[31m" in coloured
    assert "\x1b[32m" in coloured
    stripped = [line.rstrip() for line in ESCAPES.sub("", coloured).splitlines()]
    assert stripped[: len(plain.splitlines())] == plain.splitlines()
    assert "gradient of the cost" in stripped[-1]


@pytest.mark.parametrize("passes", get_args(Pass))
def test_one_unit_of_any_network(passes: Pass) -> None:
    scene = generic_scene(None, STANDARD, Settings(), passes)
    for width in (80, 120):
        text = drawn(scene, Page(width))
        check_lines(text, width)
        rows = [number for number, line in enumerate(text.splitlines()) if "⋮" in line]
        for row in rows:
            near = text.splitlines()[row - 1]
            assert near.strip(), "dots stand under what they go on from"


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"softmax"}))
def test_every_activation_is_plotted(name: str) -> None:
    plot = activation_plot(named_activation(name), STANDARD, Settings())
    for width in (80, 120):
        text = drawn(plot, Page(width))
        check_lines(text, width)
        assert f"{name.replace('_', ' ')} and its derivative" in text
        braille = [c for c in text if "⠀" < c <= "⣿"]
        assert len(braille) > 60
        plain = drawn(plot, Page(width, ascii_only=True))
        assert plain.isascii(), [c for c in plain if not c.isascii()]


def test_a_plots_curve_runs_through_its_values() -> None:
    """Where σ is 1/2, the middle of the field, its dots are, and at both ends its limits'."""
    plot = activation_plot(named_activation("sigmoid"), STANDARD, Settings())
    rows = drawn(plot, Page(80)).splitlines()
    field = {row.split("│")[0].strip(): row.split("│")[1] for row in rows if "│" in row}
    half = field["0.5"]
    middle = next(i for i, c in enumerate(half) if "⠀" < c <= "⣿")
    assert abs(middle - len(field["0"]) / 2) < 3
    assert field["1"].rstrip()[-1] > "⠀"
    assert field["0"][0] > "⠀"


def test_it_is_what_the_command_prints() -> None:
    text = printed("diagram", config("mazur"), width=80)
    assert "╭──→│ a¹₁ = 0.5933 ├─┤" in text
    assert "x₁ → a¹₁  w¹₁₁ = 0.15  ∂C/∂w¹₁₁ = 4.3857e-4" in text
    assert printed("diagram", config("mazur"), encoding="ascii").isascii()


def test_only_names_have_equals_signs_in_the_tables() -> None:
    rows = [[("3 × 3", "")], [("[1  −1]", "")], [("w = 12.5", "")], [("−0.25", "")]]
    texts = ["".join(text for text, _ in row).rstrip() for row in aligned(rows)]
    assert texts == ["3 × 3", "[1  −1]", "w = 12.5", "    −0.25"]


def test_what_stands_at_a_line_is_said_where_a_box_has_the_like() -> None:
    for name in ("chain_rule", "vector_chain_rule"):
        last = printed("diagram", config(name)).rstrip().rpartition("\n")[2]
        assert last.startswith("Under a line: the local derivative"), name


@pytest.mark.parametrize(
    "lines", [{"H": "X @ W + C * B", "f": "sum(H * H)"}, {"f": "u @ v + sum(u * v)"}]
)
def test_a_picture_writes_a_product_of_arrays_as_the_page_does(
    lines: dict[str, str], tmp_path: Path
) -> None:
    """Entry by entry is ⊙: without it C B would be the product of matrices, another number."""
    given = "X: [[1, 2], [4, 5]], W: [[1, 2], [3, -4]], B: [[1, 0], [0, 1]], C: [[2, 1], [1, 2]]"
    given += ", u: [1, 2], v: [3, -1]"
    file = tmp_path / "net.yaml"
    graph = "".join(f"  {name}: {line}\n" for name, line in lines.items())
    file.write_text(f"variables: {{{given}}}\ngraph:\n{graph}", encoding="utf-8")
    page, picture = (printed(command, str(file), width=160) for command in ("derive", "diagram"))
    for name in lines:
        formula = next(line.strip() for line in page.splitlines() if f" {name} = " in line)
        assert f"│ {formula} " in picture
