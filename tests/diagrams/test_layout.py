"""No label over another, over a circle or over a line: on every example, and on random shapes."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from backprop_cli.diagrams.generic import generic_scene
from backprop_cli.diagrams.scene import Scene
from backprop_cli.graph.records import Graph
from backprop_cli.notation import profile
from backprop_cli.notation.bound import bound
from backprop_cli.printing.settings import Settings

from ..networks import loads, network
from .pictures import (
    CASES,
    NOTATIONS,
    Box,
    box_of,
    example,
    first_meeting,
    labels_of,
    scene,
    way,
)


def check(picture: Scene) -> None:
    """Assert that nothing lies over a label, and everything lies within the picture."""
    boxes: list[tuple[Box, str]] = []
    for label in labels_of(picture):
        inside = any(label is node.label for node in picture.nodes)
        if not inside:
            boxes.append((box_of(label), str(label.line)))
    boxes += [(box_of(node), node.id) for node in picture.nodes]
    assert first_meeting(boxes) is None
    for box, name in boxes:
        assert box[0] >= 0, name
        assert box[1] >= 0, name
        assert box[2] <= picture.width, name
        assert box[3] <= picture.height, name
    for node in picture.nodes:
        if node.label is not None:
            assert node.label.width <= node.width
    shapes = {node.id: box_of(node) for node in picture.nodes}
    for edge in picture.edges:
        ends = (edge.source, edge.target)
        others = [b for b, name in boxes if name not in ends]
        points = way(edge)
        left, right = min(p[0] for p in points), max(p[0] for p in points)
        near = [b for b in others if b[2] > left and b[0] < right]
        for x, y in points:
            hit = [b for b in near if b[0] < x < b[2] and b[1] + 0.5 < y < b[3] - 0.5]
            assert not hit, (edge.id, hit)
        assert abs(points[0][0] - shapes[edge.source][2]) < 0.01
        assert abs(points[-1][0] - shapes[edge.target][0]) < 0.01


@pytest.mark.parametrize(("name", "kind", "passes"), CASES)
def test_every_example_kind_and_pass(name: str, kind: str, passes: str) -> None:
    check(example(name, kind=kind, passes=passes))


@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_notation(notation: str) -> None:
    for name in ("mazur", "residual", "xor_batch", "bishop"):
        for kind in ("network", "weights-as-nodes"):
            check(example(name, notation, kind=kind))
    for passes in ("forward", "backward", "both"):
        letters = bound(profile(notation))
        check(generic_scene(None, letters, Settings(), passes))


def dense(widths: list[int], seed: int) -> Graph:
    """Return a network of these widths with numbers of very different lengths."""
    chance = random.Random(seed)

    def number() -> float:
        return round(chance.uniform(-1, 1) * 10 ** chance.choice((-6, -3, 0, 1)), 7)

    rows = []
    for below, units in pairwise(widths):
        weights = [[number() for _ in range(below)] for _ in range(units)]
        rows.append(f"  - {{activation: tanh, weights: {weights}, bias: {number()}}}")
    head = f"input: {[number() for _ in range(widths[0])]}\n"
    head += f"target: {[number() for _ in range(widths[-1])]}\nloss: half_squared_error\n"
    return loads(head + "layers:\n" + "\n".join(rows) + "\n")


@pytest.mark.parametrize("seed", range(6))
def test_random_widths_up_to_six_units_and_six_layers(seed: int) -> None:
    chance = random.Random(seed)
    widths = [6] * 7 if seed == 0 else [chance.randint(1, 6) for _ in range(chance.randint(2, 7))]
    graph = dense(widths, seed)
    for kind in ("network", "weights-as-nodes"):
        check(scene(graph, kind=kind, passes=chance.choice(("forward", "backward", "both"))))


@pytest.mark.parametrize("seed", range(40))
def test_random_networks_with_skips_and_merges(seed: int) -> None:
    graph = loads(network(seed).text)
    picture = scene(graph, random.Random(seed).choice(NOTATIONS))
    check(picture)
    check(scene(graph, kind="weights-as-nodes"))


def test_wide_layers_are_drawn_in_part_and_say_so() -> None:
    graph = dense([9, 12, 2], 3)
    part, whole = scene(graph), scene(graph, full=True)
    check(part)
    check(whole)
    assert sum(node.kind == "ellipsis" for node in part.nodes) == 2
    assert any("4 of the 9 units of the input" in str(note.line) for note in part.notes)
    assert any("--full" in str(note.line) for note in part.notes)
    assert len(whole.nodes) == 9 + 12 + 2 + 1
    assert len(whole.edges) == 9 * 12 + 12 * 2 + 2
    assert not whole.notes


def test_a_unit_in_focus_is_drawn_however_wide_its_layer_is() -> None:
    graph = dense([9, 12, 2], 3)
    picture = scene(graph, focus="a1[9]")
    check(picture)
    assert "a1_9" in {node.id for node in picture.nodes}


def test_a_network_of_784_inputs_is_drawn_at_once() -> None:
    graph = dense([784, 64, 10], 1)
    check(scene(graph))
