"""Images as grids of cells: what is in them, what is marked, and that nothing lies over a label."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from rich.cells import cell_len

from backprop_cli.diagrams.formats import Pen, named
from backprop_cli.diagrams.options import wish_of
from backprop_cli.diagrams.scene import CellMark, DrawnNode, Scene
from backprop_cli.graph.records import Graph
from backprop_cli.printing.page import Page
from backprop_cli.problems import Refusal

from ..networks import loads
from .pictures import (
    GRAPHS,
    NOTATIONS,
    USUAL,
    box_of,
    first_meeting,
    labels_of,
    letters,
    scene,
    traced,
    way,
)
from .test_through_time import on_border

KERNELS = "weights: {init: normal, std: 0.5}"
OWN = {
    "channels, padding and overlap": f"""
input: [[[1, -2, 3], [0, 1, 2], [3, -1, 4]], [[5, 1, -1], [2, 0, 1], [-5, 15, 1]]]
target: [0.5, 1]
loss: half_squared_error
seed: 3
layers:
  - {{type: conv2d, filters: 2, kernel: 2, padding: 1, {KERNELS}, activation: tanh}}
  - {{type: max_pool2d, window: 2, stride: 1}}
  - {{type: global_avg_pool}}
""",
    "branches that are added": f"""
input: [[1, -2, 0.5], [0, 1, 2], [3, -1, 0.25]]
target: [0.5]
loss: half_squared_error
seed: 3
layers:
  - {{name: one, type: conv2d, filters: 1, kernel: 3, padding: 1, {KERNELS}, activation: relu}}
  - {{name: two, type: conv2d, filters: 1, kernel: 3, padding: 1, {KERNELS}}}
  - {{name: three, type: conv2d, from: input, filters: 1, kernel: 3, padding: 1, {KERNELS}}}
  - {{type: add, from: [one, two, three, input], activation: relu}}
  - {{type: avg_pool2d, window: 3}}
  - {{type: flatten}}
""",
    "a row, in a batch": f"""
input: [[[1, -2, 0.5, 3, 1, 2, 0, 1, 2]], [[0, 1, -1, 0.5, 2, 1, 2, 3, 4]]]
target: [[1], [0]]
loss: half_squared_error
seed: 1
layers:
  - {{type: conv1d, filters: 9, kernel: 2, {KERNELS}, bias: none}}
  - {{type: flatten}}
  - {{units: 1, {KERNELS}, bias: none}}
""",
    "without numbers": """
input: [[~, ~], [~, ~]]
loss: half_squared_error
target: [~]
layers: [{type: conv2d, filters: 1, kernel: 2}, {type: flatten}]
""",
}
NETWORKS: dict[str, Graph] = {"image": GRAPHS["image"], "dense": GRAPHS["mazur"]}
NETWORKS |= {name: loads(text) for name, text in OWN.items()}
TRACES = {name: traced(graph) for name, graph in NETWORKS.items()}
PASSES = ("forward", "backward", "both")


def drawn(name: str, notation: str = "standard", **wishes: Any) -> Scene:
    return scene(NETWORKS[name], notation, trace=TRACES[name], kind="grids", **wishes)


def check(picture: Scene) -> None:
    """Assert that no label meets another, a foreign cell or a line, and that lines join grids."""
    labels = labels_of(picture)
    inside = {id(la) for n in picture.nodes for g in n.grids for c in g.cells for la in c.labels}
    inside |= {id(n.label) for n in picture.nodes}
    cells = [(box_of(c), n.id) for n in picture.nodes for g in n.grids for c in g.cells]
    free = [(box_of(la), str(la.line)) for la in labels if id(la) not in inside]
    assert first_meeting([*free, *cells]) is None
    for node in picture.nodes:
        for cell in (cell for grid in node.grids for cell in grid.cells):
            for label in cell.labels:
                assert label.width <= cell.width
                assert abs(label.y - cell.y) + label.height / 2 <= cell.height / 2 + 0.01
        assert first_meeting([(box_of(la), str(la.line)) for la in node.labels]) is None
    for box, name in free:
        assert min(box[:2]) >= 0, name
        assert box[2] <= picture.width, name
        assert box[3] <= picture.height, name
    shapes = {node.id: node for node in picture.nodes}
    for edge in picture.edges:
        points = way(edge)
        for x, y in points:
            hit = [n for b, n in free if b[0] + 1 < x < b[2] - 1 and b[1] + 1 < y < b[3] - 1]
            hit += [n for b, n in cells if b[0] + 1 < x < b[2] - 1 and b[1] + 1 < y < b[3] - 1]
            assert not hit, (edge.id, hit)
        for point, end in ((points[0], edge.source), (points[-1], edge.target)):
            if shapes[end].grids:
                assert on_border(point, shapes[end]) or on_cells(point, shapes[end]), edge.id
                # A head ends at a grid, not at the number of a row beside it.
                counts = [box_of(count) for g in shapes[end].grids for count in g.counts]
                x, y = point
                assert not [b for b in counts if b[0] - 2 < x < b[2] + 2 and b[1] < y < b[3]]


def on_cells(point: tuple[float, float], node: DrawnNode) -> bool:
    """Return whether a point lies at the left or right of a node's cells."""
    boxes = [box_of(cell) for grid in node.grids for cell in grid.cells]
    top, bottom = min(box[1] for box in boxes), max(box[3] for box in boxes)
    sides = min(box[0] for box in boxes), max(box[2] for box in boxes)
    return min(abs(point[0] - x) for x in sides) < 0.01 and top < point[1] < bottom


@pytest.mark.parametrize(
    ("name", "passes", "notation"),
    [
        (name, passes, NOTATIONS[place % len(NOTATIONS)])
        for place, (name, passes) in enumerate(itertools.product(NETWORKS, PASSES))
    ],
)
def test_nothing_lies_over_a_label(name: str, passes: str, notation: str) -> None:
    check(drawn(name, notation, passes=passes))


@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_notation(notation: str) -> None:
    check(drawn("image", notation))


@pytest.mark.parametrize("form", ["svg", "dot", "mermaid", "tikz", "words", "boxes"])
def test_every_format_says_the_numbers(form: str) -> None:
    made = named(form)
    assert made is not None
    for name in ("image", "a row, in a batch"):
        text = made.draw(drawn(name), Pen(letters(NETWORKS[name]), USUAL, Page(width=80)))
        assert isinstance(text, str)
        assert name != "image" or ("0.3844" in text and "0.7185" in text)
        if form == "boxes":
            assert max(cell_len(line) for line in text.splitlines()) <= 80


@pytest.mark.parametrize("passes", PASSES)
def test_ascii_is_ascii(passes: str) -> None:
    made = named("boxes")
    assert made is not None
    page = Page(80, ascii_only=True)
    text = str(made.draw(drawn("image", passes=passes), Pen(letters(GRAPHS["image"]), USUAL, page)))
    assert text.isascii()
    assert "?" not in text


def marked(node: DrawnNode, mark: CellMark) -> set[tuple[int, ...]]:
    """Return the cells with a mark: channel, row, column, counted from 1."""
    return {
        (c, i, j)
        for c, grid in enumerate(node.grids, 1)
        for i, row in enumerate(grid.rows, 1)
        for j, cell in enumerate(row, 1)
        if mark in cell.marks
    }


def test_the_window_of_an_entry_is_marked() -> None:
    picture = drawn("image", focus="z1[1,2,3]")
    assert marked(picture.node("x"), "read") == {(1, i, j) for i in (2, 3) for j in (3, 4)}
    assert marked(picture.node("z1"), "chosen") == {(1, 2, 3)}
    assert len(marked(picture.node("W1"), "read")) == 4
    activated = drawn("image", focus="a1[1,2,3]")
    assert marked(activated.node("x"), "read") == marked(picture.node("x"), "read")
    for name in ("z2[1,2,1]", "a2[1,2,1]"):
        pooled = drawn("image", focus=name)
        assert marked(pooled.node("z2"), "chosen") == {(1, 2, 1)}
        assert marked(pooled.node("a1"), "read") == {(1, i, j) for i in (3, 4) for j in (1, 2)}
        assert not marked(pooled.node("x"), "read")
        assert not marked(pooled.node("z2"), "read")
    first = drawn("image")
    assert marked(first.node("x"), "read") == {(1, i, j) for i in (1, 2) for j in (1, 2)}


def test_a_gradient_in_focus_marks_the_windows_that_cover_it() -> None:
    picture = drawn("image", focus="x[1,2,2]", passes="backward")
    assert marked(picture.node("z1"), "read") == {(1, i, j) for i in (1, 2) for j in (1, 2)}


def test_the_winners_are_the_first_largest_of_their_windows() -> None:
    """Of a1 by hand: 1 0 3 0 / 1 2 1 2 / 1 0 1 0 / 2 4 0 2."""
    won = marked(drawn("image").node("a1"), "winner")
    assert won == {(1, 2, 2), (1, 1, 3), (1, 4, 2), (1, 4, 4)}


def test_large_grids_are_elided_and_say_so() -> None:
    short, whole = (drawn("a row, in a batch", full=full) for full in (False, True))
    assert len(short.node("x").grids[0].rows[0]) == 6
    assert len(whole.node("x").grids[0].rows[0]) == 9
    assert any("entries of x" in str(note.line) for note in short.notes)
    assert not any("Left out" in str(note.line) for note in whole.notes)


def test_grids_are_usual_where_a_window_slides() -> None:
    assert wish_of(GRAPHS["image"]).kind == "grids"
    assert wish_of(GRAPHS["image"], focus="z1[1,1,1]").kind == "grids"
    assert wish_of(GRAPHS["image"], focus="W4[1,1]", local=True).kind == "network"
    assert wish_of(GRAPHS["mazur"]).kind == "network"
    with pytest.raises(Refusal, match="memory"):
        wish_of(GRAPHS["gru"], kind="grids")
    with pytest.raises(Refusal, match="do not show"):
        drawn("image", focus="loss")
