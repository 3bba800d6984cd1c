"""Networks with memory: rolled up, unrolled, and the inside of a cell, by enumeration."""

from __future__ import annotations

import functools
import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len

from backprop_cli.diagrams.cell import Wire, _Inside
from backprop_cli.diagrams.formats import Pen, named
from backprop_cli.diagrams.options import wish_of
from backprop_cli.diagrams.scene import IN_TIME, DrawnNode, Scene
from backprop_cli.diagrams.scribe import Scribe
from backprop_cli.expression.refs import Ref
from backprop_cli.graph.records import Graph
from backprop_cli.passes.trace import Trace
from backprop_cli.printing.page import Page
from backprop_cli.problems import Refusal

from ..commands.running import config, printed, run
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
from .test_layout import check

PASSES = ("forward", "backward", "both")
CELL = """units: 2, bias: none,
     weights: {init: normal, std: 0.5}, recurrent_weights: {init: normal, std: 0.5}"""
SIMPLE = (
    "weights: [[0.5, 0.1], [0.2, 0.3]], recurrent_weights: [[0.1, 0.2], [0.3, -0.1]], bias: none"
)
OWN = {
    "both ways": f"""
input: [[1, 2], [0.5, 3], [0.25, -1]]
target: [[0.5], ~, [1]]
loss: half_squared_error
layers:
  - {{name: forth, type: recurrent, {SIMPLE}}}
  - {{name: back, type: recurrent, {SIMPLE}, reverse: true, from: input,
     initial: {{parameter: [1, 2]}}}}
  - {{type: concat, from: [forth, back]}}
  - {{units: 1, weights: [[1, 1, 0.5, -0.5]], bias: [0.1]}}
""",
    "nine steps, then attention": f"""
input: [[1], [2], [3], [1], [2], [3], [1], [2], [3]]
target: [[1], [2], [3], [1], [2], [3], [1], [2], [3]]
loss: half_squared_error
seed: 3
layers:
  - {{type: gru, {CELL}, update: takes_new, reset: before, truncate: 2}}
  - {{type: attention, output: none,
     query: [[1, 0], [0, 1]], key: [[1, 1], [0, 1]], value: [[1, 0], [1, 1]]}}
  - {{units: 1, weights: [[1, 1]], bias: [0.1]}}
""",
    "a batch, backwards, with peepholes": f"""
input: [[[1], [2]], [[3], [4]]]
target: [[1, 2], [3, 4]]
loss: half_squared_error
seed: 5
layers:
  - {{type: lstm, {CELL}, peephole: {{i: [1, 2], f: [0.5, 1], o: [1, 0]}},
     reverse: true, initial: {{h: [0.5, 1], c: [1, 2]}}, output: last}}
""",
    "without numbers": """
input: [[~, ~], [~, ~]]
target: [[~], [~]]
loss: half_squared_error
layers: [{type: lstm, units: 1}]
""",
}
NETWORKS: dict[str, Graph] = {n: g for n, g in GRAPHS.items() if g.loops}
NETWORKS |= {name: loads(text) for name, text in OWN.items()}


@functools.cache
def numbers(name: str) -> Trace | None:
    return traced(NETWORKS[name])


@functools.cache
def drawn(name: str, kind: str, passes: str, notation: str = "standard") -> Scene:
    return scene(NETWORKS[name], notation, trace=numbers(name), kind=kind, passes=passes)


CASES = [
    (name, kind, passes, NOTATIONS[place % len(NOTATIONS)])
    for place, (name, kind, passes) in enumerate(itertools.product(NETWORKS, IN_TIME, PASSES))
]


def meets_itself(picture: Scene) -> None:
    """Assert of a grid that no label lies over another, a line or a box, and lines join boxes."""
    own = {
        id(la): n for n in picture.nodes for la in (n.label, *n.above, *n.below) if la is not None
    }
    labels = labels_of(picture)
    assert first_meeting([(box_of(label), str(label.line)) for label in labels]) is None
    assert first_meeting([(box_of(node), node.id) for node in picture.nodes]) is None
    free = [(box_of(label), str(label.line)) for label in labels if id(label) not in own]
    assert first_meeting([*free, *((box_of(node), node.id) for node in picture.nodes)]) is None
    for label in labels:
        box = box_of(label)
        node = own.get(id(label))
        around = (0.0, 0.0, picture.width, picture.height) if node is None else box_of(node)
        assert around[0] <= box[0], label
        assert around[1] <= box[1], label
        assert box[2] <= around[2], label
        assert box[3] <= around[3], label
    shapes = {node.id: node for node in picture.nodes}
    for edge in picture.edges:
        points = way(edge)
        ends = (edge.source, edge.target)
        others = [*free, *((box_of(n), n.id) for n in picture.nodes if n.id not in ends)]
        for x, y in points:
            hit = [
                b for b, _ in others if b[0] + 0.5 < x < b[2] - 0.5 and b[1] + 0.5 < y < b[3] - 0.5
            ]
            assert not hit, (edge.id, hit)
        assert on_border(points[0], shapes[edge.source]), edge.id
        assert on_border(points[-1], shapes[edge.target]), edge.id


def on_border(point: tuple[float, float], node: DrawnNode) -> bool:
    left, top, right, bottom = box_of(node)
    x, y = point
    level = min(abs(x - left), abs(x - right)) < 0.01 and top - 0.01 <= y <= bottom + 0.01
    return level or (min(abs(y - top), abs(y - bottom)) < 0.01 and left <= x <= right)


@pytest.mark.parametrize(("name", "kind", "passes", "notation"), CASES)
def test_nothing_lies_over_a_label(name: str, kind: str, passes: str, notation: str) -> None:
    picture = drawn(name, kind, passes, notation)
    if kind == "cell":
        check(picture)
    else:
        meets_itself(picture)


@pytest.mark.parametrize("form", ["svg", "dot", "mermaid", "tikz", "words", "boxes"])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_format_draws_each(name: str, form: str) -> None:
    made = named(form)
    assert made is not None
    for kind, passes in zip(IN_TIME, PASSES, strict=True):
        pen = Pen(letters(NETWORKS[name]), USUAL, Page(width=100))
        text = made.draw(drawn(name, kind, passes), pen)
        assert isinstance(text, str)
        assert len(text) > 100
        if form == "boxes":
            assert max(cell_len(line) for line in text.splitlines()) <= 100


Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def inside(name: str, step: int, sample: int = 1) -> tuple[_Inside, list[Wire]]:
    graph, trace = NETWORKS[name], numbers(name)
    wish = wish_of(graph, kind="cell", step=step, sample=sample)
    cell = _Inside(Scribe(graph, trace, letters(graph), USUAL, wish), graph.loops[0])
    cell.parts()
    return cell, cell.wires


@pytest.mark.parametrize("name", [n for n in NETWORKS if n != "without numbers"])
def test_what_comes_back_along_the_wires_is_the_gradient(name: str) -> None:
    graph, trace = NETWORKS[name], numbers(name)
    assert trace is not None
    loop = graph.loops[0]
    for step in range(1, loop.clock.steps + 1):
        cell, wires = inside(name, step)
        for number in range(loop.first, loop.last + 1):
            part = graph.nodes[number].ref.part
            sent = [w.gradient for w in wires if w.source == f"{part}_" and w.gradient is not None]
            if f"{part}_out" not in cell.nodes:
                whole = np.asarray(trace.gradients[number])[0, step - 1]
                assert np.allclose(sum(sent), whole), (part, step)
        for state in {n[: -len("_before")] for n in cell.nodes if n.endswith("_before")}:
            number = graph.number(Ref(state, graph.nodes[loop.first].ref.layer))
            before = step - loop.clock.forth
            if step == loop.clock.first or loop.clock.cut(before):
                continue
            back = sum(w.gradient for w in wires if w.source == f"{state}_before")
            _, earlier = inside(name, before)
            own = [
                w.gradient
                for w in earlier
                if w.source == f"{state}_" and w.target != f"{state}_out"
            ]
            loss = [trace.message(c, p) for c, p in graph.arrivals[number] if c not in loop]
            total = back + sum(own) + sum(message[0, before - 1] for message in loss)
            whole = np.asarray(trace.gradients[number])[0, before - 1]
            assert np.allclose(total, whole), (state, step)


@pytest.mark.parametrize("name", [n for n in NETWORKS if n != "without numbers"])
def test_a_product_sends_each_factor_the_other(name: str) -> None:
    """The reset gate's × stands before or after its matrix: in each v is a·b, and a gets g·b."""
    loop = NETWORKS[name].loops[0]
    for step in range(1, loop.clock.steps + 1):
        cell, wires = inside(name, step)
        for times in (n for n in cell.nodes if cell.nodes[n].title.count("·") == 1):
            into = [wire for wire in wires if wire.target == times]
            (out,) = (wire for wire in wires if wire.source == times)
            known = [wire for wire in into if wire.value is not None]
            if len(into) != 2 or not known or out.value is None:
                continue
            one, other = (known[0], next(wire for wire in into if wire is not known[0]))
            assert np.allclose(other.gradient, out.gradient * one.value) or loop.clock.truncate
            if len(known) == 2:
                assert np.allclose(out.value, one.value * other.value)
                assert np.allclose(one.gradient, out.gradient * other.value)


@pytest.mark.parametrize(("reset", "where"), [("after", "zn_h_product"), ("before", "h_before")])
def test_the_reset_gate_is_a_times_where_it_multiplies(reset: str, where: str) -> None:
    text = Path(config("gru")).read_text(encoding="utf-8")
    graph = loads(text.replace("output: last", f"output: last\n    reset: {reset}"))
    wish = wish_of(graph, kind="cell", step=2)
    cell = _Inside(Scribe(graph, traced(graph), letters(graph), USUAL, wish), graph.loops[0])
    cell.parts()
    times = [wire for wire in cell.wires if wire.target == "zn_r_times"]
    assert {wire.source for wire in times} == {"r_", where}
    assert [wire.target for wire in cell.wires if wire.source == "zn_r_times"] == ["zn_"]


def test_long_sequences_are_elided_and_a_step_may_be_asked_for() -> None:
    name = "nine steps, then attention"
    graph = NETWORKS[name]
    short, asked = drawn(name, "unrolled", "both"), scene(graph, kind="unrolled", step=6)
    everything = scene(graph, kind="unrolled", full=True)
    inputs = [
        sorted(n.id for n in s.nodes if n.kind == "input") for s in (short, asked, everything)
    ]
    assert inputs[0] == ["x_1", "x_2", "x_3", "x_9"]
    assert "x_6" in inputs[1]
    assert len(inputs[2]) == 9
    assert any("5 of the 9 steps" in str(note.line) for note in short.notes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "cell", "step": 4}, "no such step"),
        ({"kind": "network", "step": 2}, "through time"),
        ({"kind": "unrolled", "focus": "a1[1,1]"}, "single units"),
        ({"kind": "rolled", "thickness": "weight"}, "single units"),
        ({"kind": "rolled", "step": 2}, "rolled up"),
        ({"kind": "cell", "focus": "a2[1,1]"}, "has no memory"),
        ({"kind": "cell", "focus": "nobody"}, "nobody"),
    ],
)
def test_what_does_not_fit_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(Refusal, match=message):
        wish_of(NETWORKS["scalar_rnn"], **options)  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="no layer of this network has a memory"):
        wish_of(GRAPHS["mazur"], kind="unrolled")


def test_a_quantity_in_focus_says_which_cell_and_which_step() -> None:
    wish = wish_of(NETWORKS["scalar_rnn"], kind="cell", focus="a1[3,1]")
    assert wish.step == 3


@pytest.mark.parametrize("name", ["gru", "gomez_lstm"])
def test_parameters_that_stand_below_are_no_wider_than_the_page(name: str) -> None:
    """Side by side with their gradients where there is room, else under one another."""
    for width in (80, 120):
        lines = printed("diagram", config(name), width=width).splitlines()
        assert max(map(cell_len, lines)) <= width
        below = [line for line in lines if "∂C/∂Uf¹" in line or "∂C/∂W²" in line]
        assert [line.startswith("∂") for line in below] == [name == "gru" and width == 80]


@pytest.mark.parametrize(("kind", "gates"), [("recurrent", ""), ("gru", "run"), ("lstm", "ifgo")])
@pytest.mark.parametrize("given", ["[[1], [2]]", "[[~], [~]]"], ids=["numbers", "letters"])
def test_a_learnt_state_is_the_one_before_the_first_step(kind: str, gates: str, given: str) -> None:
    """What is drawn as a¹₀ stands among the parameters by both of its names."""
    one = "{" + ", ".join(f"{gate}: [[0.5]]" for gate in gates) + "}" if gates else "[[0.5]]"
    state = "{parameter: [0.3]}"
    initial = f"{{h: {state}, c: {state}}}" if kind == "lstm" else state
    text = (
        f"input: {given}\ntarget: [[1], [1]]\nloss: half_squared_error\nlayers:\n"
        f"  - {{type: {kind}, weights: {one}, recurrent_weights: {one}, bias: none,\n"
        f"     initial: {initial}}}\n"
    )
    words = run("diagram", "-", "--full", stdin=text).out
    letters_of = {"recurrent": ("a",), "gru": ("h",), "lstm": ("h", "c")}[kind]
    for letter in letters_of:
        inner = letter if kind == "lstm" else ""
        assert re.search(rf"initial{inner}¹ += +{letter}¹₀", words), words
