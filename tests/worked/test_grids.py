"""Grids: what is marked, what is left out, and that what is said of kernels and windows is so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import backprop_cli
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Quantity
from backprop_cli.functions.convolution import Convolution
from backprop_cli.passes.run import run as run_network
from backprop_cli.passes.trace import Trace
from backprop_cli.worked.document import Block, Code, Figure, Math, Note, Section, Table, Text
from backprop_cli.worked.grids import used_grids
from backprop_cli.worked.steps import Writer
from backprop_cli.worked.trace.options import view_of
from backprop_cli.worked.trace.trace_document import trace_document

from ..commands.running import config, printed
from ..layers import images
from ..networks import loads

Array = np.ndarray[Any, Any]
LARGE = """\
seed: 1
loss: half_squared_error
target: [1, 0]
layers:
  - {type: conv2d, filters: 4, kernel: 3, weights: {init: he_normal}, bias: 0, activation: relu}
  - {type: conv2d, filters: 2, kernel: 3, weights: {init: he_normal}, bias: 0, activation: relu}
  - {type: global_avg_pool}
"""
SENTENCE = "back to the input goes the correlation of the error"


def tables(blocks: tuple[Block, ...]) -> Iterator[Table]:
    for block in blocks:
        if isinstance(block, Section):
            yield from tables(block.blocks)
        elif isinstance(block, Table):
            yield block


def notes(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Section):
            yield from notes(block.blocks)
        elif isinstance(block, Note):
            yield "".join(part.text for part in block.line if isinstance(part, Text))


def marked(table: Table) -> set[tuple[str, tuple[int, ...]]]:
    """Return the part and the index of each marked number."""
    found = set()
    for row in table.rows:
        for column, cell in zip(table.columns, row, strict=True):
            if isinstance(cell, Figure) and cell.marked:
                (head,) = column.heading
                assert isinstance(head, Math)
                assert isinstance(head.expr, Quantity)
                label = row[0]
                assert isinstance(label, Text)
                index = (i if isinstance(i, int) else int(label.text) for i in head.expr.ref.index)
                found.add((head.expr.ref.part, tuple(index)))
    return found


def example() -> Trace:
    with open(config("image"), encoding="utf-8") as file:
        return run_network(loads(file.read()))


@pytest.mark.parametrize(
    ("name", "wanted", "windows"),
    [
        # x₁₃₃ lies under each place of the kernel once: in the windows left of it and above.
        ("dx[1,3,3]", {(1, 2, 2), (1, 2, 3), (1, 3, 2), (1, 3, 3)}, 4),
        ("dx[1,1,1]", {(1, 1, 1)}, 1),
        ("dx[1,5,2]", {(1, 4, 1), (1, 4, 2)}, 2),
    ],
)
def test_the_windows_of_a_chosen_value(
    name: str, wanted: set[tuple[int, ...]], windows: int
) -> None:
    trace = example()
    page = trace_document(trace, view_of(trace.graph, wrt=(name,)))
    found = [marked(table) for table in tables(page.blocks)]
    assert {("z", index) for index in wanted} in found
    assert any(f" is in {windows} window" in note for note in notes(page.blocks))


def test_a_weight_meets_a_value_in_every_window() -> None:
    trace = example()
    page = trace_document(trace, view_of(trace.graph, wrt=("W1[1,1,2,2]",)))
    under = {("x", (1, i + 1, j + 1)) for i in range(1, 5) for j in range(1, 5)}
    assert under in [marked(table) for table in tables(page.blocks)]


@pytest.mark.parametrize(
    ("form", "mark"),
    [
        ("text", "   [2]    [2]    "),
        ("markdown", r"\boxed{2}"),
        ("latex", r"\boxed{"),
        ("html", 'class="number marked"'),
        ("typst", "#box(stroke"),
    ],
)
def test_every_format_marks(form: str, mark: str) -> None:
    assert mark in printed("trace", config("image"), "--only", "forward", "--format", form)


def test_a_large_image_is_a_page_of_corners() -> None:
    pixels = np.random.default_rng(0).integers(0, 10, (28, 28)).tolist()
    trace = run_network(loads(f"input: {pixels}\n{LARGE}"))
    page = trace_document(trace, view_of(trace.graph))
    assert all(len(table.rows) < 10 for table in tables(page.blocks))


def test_a_large_image_prints_under_200_lines(tmp_path: Any) -> None:
    pixels = np.random.default_rng(0).integers(0, 10, (28, 28)).tolist()
    path = tmp_path / "large.yaml"
    path.write_text(f"input: {pixels}\n{LARGE}", encoding="utf-8")
    assert len(printed("trace", str(path)).splitlines()) < 200
    assert len(str(backprop_cli.trace(path)).splitlines()) < 200


# -- the sentence on the turned kernel


def correlation(delta: Array, kernels: Array, size: tuple[int, ...]) -> Array:
    """Return Σ_f δ_f ⋆ k_f by definition, δ with zeros around it, as large as an image."""
    filters, channels, *lengths = kernels.shape
    around = [(length - 1, length - 1) for length in lengths]
    wide = np.pad(delta, [(0, 0), *around])
    found = np.zeros((channels, *size))
    for at in np.ndindex(*size):
        window: Any = tuple(slice(i, i + k) for i, k in zip(at, lengths, strict=True))
        for f in range(filters):
            for c in range(channels):
                found[c][at] += (wide[f][window] * kernels[f, c]).sum()
    return found


def test_what_goes_back_is_the_correlation_with_the_turned_kernel() -> None:
    """Of random convolutions with any stride, padding and kernel, as the page says of each."""
    said = 0
    for seed in range(120):
        spec = images.network(seed)
        trace = run_network(loads(images.text_of(spec)))
        graph = trace.graph
        layer = graph.layers[0]
        rule = graph.rule(layer.z)
        if not isinstance(rule, Convolution) or set(rule.sliding.dilations) != {1}:
            continue
        x, W = graph.number(Ref("x")), trace.values[layer.parameters["W"]]
        shapes = tuple(graph.nodes[n].shape for n in (*graph.nodes[layer.z].parents, layer.z))
        remarks = "; ".join(rule.remarks(0, shapes))
        if SENTENCE not in remarks:
            continue
        said += 1
        turned = "turned by 180°" in remarks or "turned end to end" in remarks
        assert turned is not rule.flip
        axes = tuple(range(2, W.ndim))
        kernels = np.flip(W, axes) if turned else W
        delta: Any = trace.gradients[layer.z]
        dx: Any = trace.gradients[x]
        for own, sent in zip(delta, dx, strict=True):
            spread = [
                s * (n - 1) + 1 for s, n in zip(rule.sliding.strides, own.shape[1:], strict=True)
            ]
            apart = np.zeros((len(own), *spread))
            steps: Any = (slice(None), *(slice(None, None, s) for s in rule.sliding.strides))
            apart[steps] = own
            assert (max(rule.sliding.strides) > 1) is ("set apart by the stride" in remarks)
            size = graph.nodes[x].shape[1:]
            lengths = zip(spread, W.shape[2:], strict=True)
            whole = correlation(apart, kernels, tuple(n + k - 1 for n, k in lengths))
            padded = np.zeros((len(sent), *(n + 40 for n in size)))
            corner: Any = (slice(None), *(slice(n) for n in whole.shape[1:]))
            padded[corner] = whole
            before = [p for p, _ in rule.sliding.paddings]
            cut = tuple(slice(p, p + n) for p, n in zip(before, size, strict=True))
            np.testing.assert_allclose(padded[(slice(None), *cut)], sent, atol=1e-10)
    assert said > 20


@pytest.mark.parametrize("notation", ["standard", "ng", "bishop", "four-diagrams"])
def test_a_filter_is_no_unit_in_any_letters(notation: str) -> None:
    """z_fij and b_f have one letter for the filter, and rows and columns keep theirs."""
    text = printed("trace", config("image"), "--only", "forward", "--notation", notation)
    (line,) = [each for each in text.splitlines() if "Σᵥ" in each]
    assert line.split("=")[0].strip().endswith("_fij")


TIES = """\
input: [[[1, 2, 2, 0], [0, 1, 2, 3], [2, 0, 1, 1], [1, 1, 2, 2]],
        [[0, 0, 1, 5], [0, 0, 5, 2], [1, 4, 4, 4], [1, 2, 3, 4]]]
target: [0, 0, 0, 0]
loss: half_squared_error
layers:
  - {type: conv2d, filters: 2, kernel: 1, weights: [[[[1]], [[0]]], [[[0]], [[1]]]], bias: none}
  - {type: max_pool2d, window: 2}
  - {type: flatten}
  - {units: 4, weights: {init: ones}, bias: 0}
"""


@pytest.mark.parametrize("exact", [False, True])
def test_which_of_equal_largest_values_is_taken_is_said_on_the_way_forward(exact: bool) -> None:
    trace = run_network(loads(TIES), exact=exact)
    image = np.array(trace.array(Ref("x")), dtype=float)
    tied = []
    for channel, i, j in np.ndindex(2, 2, 2):
        window = image[channel, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        down, across = np.argwhere(window == window.max())[0]
        if (window == window.max()).sum() > 1:
            taken = f"a1[{channel + 1},{2 * i + down + 1},{2 * j + across + 1}]"
            tied.append((f"z2[{channel + 1},{i + 1},{j + 1}]", taken))
    (note,) = (
        "".join(part.text for part in block.line if isinstance(part, Text | Code))
        for block in trace_document(trace, view_of(trace.graph)).blocks
        if isinstance(block, Section) and block.id == "forward-2"
        for block in block.blocks
        if isinstance(block, Note) and any("more than once" in str(part) for part in block.line)
    )
    assert note.startswith(f"{tied[0][0]} (and {len(tied) - 1} more): the largest")
    said = f"; the first, {tied[0][1]}, is taken, and gets the gradient (max_pool2d in a graph "
    assert note.endswith(f"{said}shares it among them)")


def test_what_each_door_says_of_ties_holds_at_both() -> None:
    """A layer gives the gradient to the first of equals, as PyTorch does; a graph's line shares."""
    image = [[1, 3], [3, 2]]
    layer = f"input: {image}\ntarget: [[0]]\nloss: half_squared_error\n"
    layer += "layers: [{type: max_pool2d, window: 2}]\n"
    graph = f"variables: {{X: {image}}}\ngraph:\n  m: max_pool2d(X, 2)\n  f: 1/2*sum(m)**2\n"
    traces = [run_network(loads(text)) for text in (layer, graph)]
    first, shared = (
        np.array(trace.array(Ref(name).grad()), dtype=float).reshape(2, 2)
        for trace, name in zip(traces, "xX", strict=True)
    )
    assert first.tolist() == [[0, 3], [0, 0]]
    assert shared.tolist() == [[0, 1.5], [1.5, 0]]
    told = [str(trace_document(trace, view_of(trace.graph))) for trace in traces]
    assert "max_pool2d in a graph shares it" in told[0]
    assert "a layer max_pool2d gives it to the first" in told[1]


def test_of_what_a_step_reads_no_column_is_empty() -> None:
    trace = run_network(loads(TIES))
    writer = Writer(trace)
    for ref in (Ref("z", 1, index=(1, 2, 2)), Ref("z", 2, index=(2, 1, 1))):
        for table in used_grids(writer, writer.step(ref), view_of(trace.graph)):
            assert all(any(column) for column in zip(*table.rows, strict=True))
            assert Text("…") not in [part for head in table.columns for part in head.heading]
