"""Every plain name that is printed is accepted wherever a name is asked for."""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from backprop_cli.api import load, loads, trace
from backprop_cli.checking.sheets.names import PlainNames
from backprop_cli.commands._options import seen_as
from backprop_cli.diagrams.options import focus_of
from backprop_cli.exercises.questions import named_questions
from backprop_cli.expression.refs import Ref, plain_name
from backprop_cli.functions.optimizers import OPTIMIZERS
from backprop_cli.graph.layer_names import ADDED
from backprop_cli.graph.names import UnknownName
from backprop_cli.graph.records import Graph
from backprop_cli.graph.resolving import derivative_parts, resolve, resolve_each, resolve_step
from backprop_cli.mathematics.activations import ACTIVATIONS, ALIASES
from backprop_cli.problems import Refusal
from backprop_cli.worked import document as doc
from backprop_cli.worked.trace.options import changed, parameters_of, view_of
from backprop_cli.worked.trace.trace_document import trace_document

from ..commands.running import EXAMPLES, NAMES, config, run
from .capture import calls_of, shown

WORDS = {
    *ACTIVATIONS,
    *ALIASES,
    "softmax",
    *(setting.name for entry in OPTIMIZERS.values() for setting in entry.settings),
    *("learning_rate", "steps", "a", "dW", "db", "delta"),
}
"""What stands as code and is no quantity: functions, settings, and a column of every layer's."""
NOT_NAMES = re.compile(r"|[\d.,\s-]+|.*\s.*|--.*|.*/.*\.\w+", re.DOTALL)
"""Numbers, words with spaces, options, files."""
SEEN = "--as-graph"


def inlines(part: Any) -> Iterator[str]:
    """Yield each text of a document that may be a name: labels, headings, code."""
    if isinstance(part, tuple):
        for inner in part:
            yield from inlines(inner)
    elif isinstance(part, doc.Code):
        yield from part.text.split(", ")
    elif isinstance(part, Struct) and not isinstance(part, doc.Picture):
        if isinstance(part, doc.Chain | doc.Column):
            yield from part.name.removeprefix("through ").split(" → ")
        fields = (getattr(part, name) for name in part.__struct_fields__)
        if type(part).__module__ == doc.__name__:
            yield from inlines(tuple(fields))


def names_in(part: Any) -> set[str]:
    return {t for t in inlines(part) if t not in WORDS and NOT_NAMES.fullmatch(t) is None}


def graph_of(call: tuple[str, ...]) -> Graph:
    """Return the graph that a call shows: as it is, or seen as its computation graph."""
    graph = load(call[1])
    if SEEN in call:
        return seen_as(graph, "operations" if call[-1] == "operations" else "units")
    if graph.layered and "--mode" in call and call[call.index("--mode") + 1] != "reverse":
        return seen_as(graph, "units")
    return graph


def is_known(name: str, graph: Graph) -> bool:
    """Return whether a name is read: a quantity, one after a step, or a local derivative."""
    try:
        parts = derivative_parts(name)
        if parts is not None and "/" in name:
            return all(resolve_each(part, graph) for part in parts)
        resolve_step(name, graph)
    except UnknownName:
        return False
    return True


@functools.cache
def printed(name: str) -> dict[str, tuple[str, ...]]:
    """Return every name that is printed about an example itself, with the call that prints it."""
    found: dict[str, tuple[str, ...]] = {}
    for call in calls_of(name):
        seen = shown(*call)
        if seen is not None and graph_of(call).layered is load(call[1]).layered:
            for text in names_in(seen.document.blocks):
                found.setdefault(text, call)
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_name_that_is_printed_is_read(name: str) -> None:
    read = 0
    for call in calls_of(name):
        seen = shown(*call)
        if seen is None:
            continue
        graph = graph_of(call)
        for text in names_in(seen.document.blocks):
            assert is_known(text, graph), (text, call)
            read += 1
    assert read > 10


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


# -- the doors


def wrt(name: str, graph: Graph) -> object:
    done = trace(graph)
    return trace_document(done.trace, view_of(graph, wrt=(name,)))


def answer(name: str, graph: Graph) -> object:
    return PlainNames(graph).find(name)


def focus(name: str, graph: Graph) -> object:
    return focus_of(name, graph, 1, None)


def blank(name: str, graph: Graph) -> object:
    return named_questions(graph, (name,), has_rate=True)


def asked_in_python(name: str, graph: Graph) -> object:
    return trace(graph, learning_rate=0.1).value(name)


DOORS: dict[str, Callable[[str, Graph], object]] = {
    "--wrt": wrt,
    "--answer": answer,
    "--focus": focus,
    "--blank": blank,
    "value()": asked_in_python,
}
REASONS = re.compile(
    r"a local derivative|the target is given|with respect to the target|it is given|"
    r"the picture has no node|name one: |only parameters|after one step"
)
"""Why a quantity that is understood cannot be asked for at one of the doors."""


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", NAMES)
def test_every_door_takes_every_printed_name(name: str, door: str) -> None:
    graph = load(config(name))
    taken = 0
    for text in printed(name):
        try:
            DOORS[door](text, graph)
            taken += 1
        except (Refusal, UnknownName) as refusal:
            said = str(refusal)
        else:
            continue
        assert REASONS.search(said), (text, said)
    assert taken > 3


@pytest.mark.parametrize("name", NAMES)
def test_printed_parameters_can_be_set_frozen_and_shown(name: str) -> None:
    graph = load(config(name))
    for text in printed(name):
        if "/" in text:
            continue
        ref, step = resolve_step(text, graph)
        if step or ref.gradient or graph.find(ref) not in graph.parameters.values():
            continue
        assert parameters_of(graph, (text,))
        if ref.index or not graph.nodes[graph.number(ref)].shape:
            again = changed(graph, (f"{text}=0.125",))
            assert trace(again).value(text) == 0.125


@pytest.mark.parametrize("name", [n for n in NAMES if load(config(n)).layered])
def test_layers_go_by_number_by_name_and_by_what_is_theirs(name: str) -> None:
    graph = load(config(name))
    for text in printed(name):
        if "/" in text:
            continue
        ref, step = resolve_step(text, graph)
        if ref.layer is not None and not step:
            assert view_of(graph, layers=(text,)).layers == (ref.layer,), text
    for layer in graph.layers:
        for text in (str(layer.index), *([layer.name] if layer.name else [])):
            assert view_of(graph, layers=(text,)).layers == (layer.index,)


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
