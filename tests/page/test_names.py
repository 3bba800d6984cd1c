"""Every plain name that is printed is accepted wherever a name is asked for.

Those on the pages of the examples are in ``test_examples.py``, with all else about these pages.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from backprop_cli.api import load, loads, trace
from backprop_cli.expression.refs import Ref, plain_name
from backprop_cli.graph.layer_names import ADDED
from backprop_cli.graph.records import Graph
from backprop_cli.graph.resolving import resolve
from backprop_cli.worked import document as doc

from ..commands.running import NAMES, config, run
from .names import SEEN, graph_of, is_known, names_in


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("more", [(), ("--steps",), (SEEN,), (SEEN, "operations")])
def test_every_name_in_json_is_read(name: str, more: tuple[str, ...]) -> None:
    call = ("trace", config(name), *more)
    done = run(*call, "--format", "json")
    if done.code == 2:
        assert SEEN in more
        return
    said, graph = json.loads(done.out), graph_of(call)
    names = {*said["values"], *said["gradients"]}
    for step in said["steps"]:
        names |= {step["target"], *step["uses"]}
    for layer in said["layers"]:
        names |= {*layer["parameters"], *layer["from"]}
    for text in names:
        assert is_known(text, graph), text


BATCH = (
    "input: [[1, 2], [3, 4], [5, 6]]\ntarget: [[0, 1], [1, 0], [1, 1]]\nloss: squared_error\n"
    "regularization: {{l2: 0.1}}\nweights_layout: {layout}\nlayers:\n"
    "  - {{name: hidden, units: 3, weights: {{init: xavier_uniform}}, bias: [0.1, 0.2, 0.3], "
    "activation: tanh}}\n"
    "  - {{units: 2, weights: {{init: xavier_uniform}}, shared_bias: 0.5}}\n"
)


@pytest.mark.parametrize("layout", ["out_in", "in_out"])
def test_every_entry_comes_back_from_its_plain_name(layout: str) -> None:
    """In both layouts, of samples too, a row of one sample and what is on the way to the loss."""
    graph = loads(BATCH.format(layout=layout))
    for node in graph.nodes:
        quantity = Ref(node.ref.part, node.ref.layer)
        samples = range(1, graph.samples + 1) if node.per_sample else (None,)
        refs = [quantity]
        for sample in samples:
            row = Ref(quantity.part, quantity.layer, sample=sample)
            indices = [()] if not node.shape else _indices(node.shape, quantity, graph)
            refs += [row, *(row.at(*index) for index in indices)]
        for ref in refs:
            text = plain_name(ref, graph.in_out)
            assert resolve(text, graph) == ref, text
            if node.wants_gradient and node.ref.part not in ADDED:
                slope = plain_name(ref.grad(), graph.in_out)
                assert resolve(slope, graph) == ref.grad(), slope


def _indices(shape: tuple[int, ...], ref: Ref, graph: Graph) -> list[tuple[int, ...]]:
    turned = graph.in_out and ref.part == "W"
    found = itertools.product(*(range(1, n + 1) for n in shape))
    return [index[::-1] if turned else index for index in found]


# -- it can fail


@pytest.mark.parametrize(
    "planted",
    [
        doc.Equations((doc.Chain((), "W9"),)),
        doc.Note((doc.Text("see "), doc.Code("q7[1]"))),
        doc.Table((doc.Column((doc.Text("δ"),), "dW1[9,9]"),), ()),
        doc.Section("a", (), (doc.Equations((doc.Chain((), "W1[1,1] → b9 → loss"),)),)),
    ],
)
def test_a_name_that_nothing_has_is_seen(planted: doc.Block) -> None:
    graph = load(config("mazur"))
    assert [text for text in names_in((planted,)) if not is_known(text, graph)]


def test_a_sheet_of_printed_names_is_read_whole(tmp_path: Path) -> None:
    """What is printed about a batch stands in a sheet, a sample's row as a list."""
    file = tmp_path / "net.yaml"
    file.write_text(BATCH.format(layout="in_out"))
    traced = trace(str(file))
    lines = ["answers:"]
    for name in ("a1[2]", "delta1[3]", "dW1", "cost", "cost[1]", "penalty1", "dC/dW2[3,1]"):
        if name != "cost[1]":
            lines.append(f"  {name}: {traced.value(name).tolist()}")
    sheet = tmp_path / "sheet.yaml"
    sheet.write_text("\n".join(lines) + "\n")
    done = run("check", str(file), str(sheet))
    assert done.code == 0, done.out + done.err
