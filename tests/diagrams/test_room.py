"""A picture's letters can be read at the width of its place, in parts where it is too wide."""

from __future__ import annotations

import pytest

from backprop_cli.diagrams.drawing import scenes_of
from backprop_cli.diagrams.formats.tikz import points_of
from backprop_cli.diagrams.lettering import POINT, RunMath, lettering
from backprop_cli.diagrams.options import wish_of
from backprop_cli.diagrams.scene import Scene
from backprop_cli.diagrams.splitting import PAGE, READABLE, Room

from ..pairing import LONG, has_turn
from .pictures import GRAPHS, TRACES, USUAL, box_of, example, first_meeting, letters

PLACES = {
    "page": PAGE,
    "latex": Room(PAGE.width, points_of),
    "column": Room.of(80 / 25.4 * 72.27),
    "narrow": Room.of(80 / 25.4 * 72.27, points_of),
    "columnwidth": Room.of(252, points_of),
    "slide": Room.of(390, points_of, 165),
}
"""Text 165 mm and 80 mm wide as SVG and as TikZ, a column of two, and a frame of beamer."""
CASES = [
    (name, kind, place)
    for name, graph in GRAPHS.items()
    for number, kind in enumerate(("network", "weights-as-nodes", "grids", "unrolled", None))
    if (graph.layered or kind is None) and (kind != "unrolled" or graph.loops)
    if kind != "grids" or not graph.loops
    for place in PLACES
    if has_turn(number + len(name) + len(place), 9 if name in LONG else 4)
]


def parts_of(name: str, room: Room, kind: str | None, passes: str = "both") -> list[Scene]:
    graph = GRAPHS[name]
    wish = wish_of(graph, kind=kind, passes=passes)
    return scenes_of(graph, TRACES[name], wish, letters(graph), USUAL, room, headed=False)


@pytest.mark.parametrize(("name", "kind", "place"), CASES)
def test_every_picture_can_be_read_and_its_parts_are_the_whole(
    name: str, kind: str | None, place: str
) -> None:
    """Letters of 6 points or more at the width and height of the place, none over another, none
    outside; each line and node drawn.
    """
    room = PLACES[place]
    whole, parts = example(name, kind=kind, passes="both"), parts_of(name, room, kind)
    printer = RunMath(letters(GRAPHS[name]), USUAL)
    for number, part in enumerate(parts, 1):
        if place == "page":
            drawn = [(r, la) for la in part.labels for r in lettering(la.line, printer) if r.text]
            least = min(run.scale * label.size * POINT for run, label in drawn)
            assert least * room.scale(part) >= READABLE - 1e-9, "an index among them"
        assert room.holds(part), (room.least(part), part.width, number)
        boxes = [(box_of(label), str(label.line)) for label in part.labels]
        assert first_meeting(boxes) is None
        for (left, top, right, bottom), said in boxes:
            assert min(left, top) >= 0, said
            assert right <= part.width, said
            assert bottom <= part.height, said
        here = f"Part {number} of {len(parts)}."
        assert any(here in str(note.line) for note in part.notes) == (len(parts) > 1)
    assert {e.id for part in parts for e in part.edges} == {e.id for e in whole.edges}
    assert {n.id for part in parts for n in part.nodes} == {n.id for n in whole.nodes}
