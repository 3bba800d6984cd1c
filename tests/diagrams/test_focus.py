"""Focus: exactly the nodes that there is a way through, by a walk of the test's own."""

from __future__ import annotations

import random
from typing import Any

import pytest

from backprop_cli.diagrams.options import wish_of
from backprop_cli.problems import Refusal

from ..networks import loads, network
from ..pairing import has_turn
from .pictures import GRAPHS, example, letters, scene

Reads = dict[str, list[str]]
"""For each unit, the units it reads, by names such as ``a1_2``."""


def reads_of(spec: dict[str, Any]) -> tuple[Reads, list[str]]:
    """Return what each unit reads, from the mapping that the file was written from, and the last.

    Nothing of the package stands between: only the meaning of ``from``, ``add`` and so on.
    """
    width = len(spec["input"][0]) if isinstance(spec["input"][0], list) else len(spec["input"])
    units: dict[Any, list[str]] = {"input": [f"x_{i + 1}" for i in range(width)]}
    number = {layer.get("name"): i + 1 for i, layer in enumerate(spec["layers"])}
    reads: Reads = {}
    waiting = list(enumerate(spec["layers"], 1))
    before = {i: spec["layers"][i - 2].get("name", i - 1) if i > 1 else "input" for i, _ in waiting}
    last: list[str] = []
    while waiting:
        i, layer = waiting.pop(0)
        sources = layer.get("from", before[i])
        sources = sources if isinstance(sources, list) else [sources]
        sources = [number.get(s, s) if s != "input" else s for s in sources]
        if any(s not in units for s in sources):
            waiting.append((i, layer))
            continue
        below = [units[s] for s in sources]
        kind = layer.get("type", "dense")
        if kind == "dense":
            rows = layer["weights"]
            count = len(rows[0]) if spec.get("weights_layout") == "in_out" else len(rows)
            found = [below[0]] * count
        elif kind == "concat":
            found = [[name] for names in below for name in names]
        else:
            found = [list(names) for names in zip(*below, strict=True)]
        units[i] = [f"a{i}_{j + 1}" for j in range(len(found))]
        reads.update(zip(units[i], found, strict=True))
        last = units[i] if i == len(spec["layers"]) else last
    return {**reads, "loss": last}, last


def onward(reads: Reads, start: str) -> set[str]:
    """Return what can be reached from a unit, and from where the cost can be."""
    after: Reads = {}
    for name, below in reads.items():
        for other in below:
            after.setdefault(other, []).append(name)

    def walk(name: str, links: Reads) -> set[str]:
        found = {name}
        for other in links.get(name, ()):
            if other not in found:
                found |= walk(other, links)
        return found

    return walk(start, after) & walk("loss", reads)


@pytest.mark.parametrize("seed", range(30))
def test_a_weights_gradient_goes_through_exactly_these(seed: int) -> None:
    drawn = map(network, range(seed, 1000, 100))
    made = next(n for n in drawn if any("weights" in layer for layer in n.spec["layers"]))
    graph, chance = loads(made.text), random.Random(seed)
    reads, _ = reads_of(made.spec)
    dense = [layer for layer in graph.layers if layer.type == "dense"]
    layer = chance.choice(dense)
    to, source = chance.randint(1, layer.units), chance.randint(1, len(reads[f"a{layer.index}_1"]))
    index = f"{source},{to}" if graph.in_out else f"{to},{source}"
    name, target = f"W{layer.index}[{index}]", f"a{layer.index}_{to}"
    ends = {reads[target][source - 1], target}
    picture = scene(graph, focus=name, full=True)
    assert {node.id for node in picture.nodes} == onward(reads, target) | ends
    local = scene(graph, focus=name, local=True, full=True)
    assert {node.id for node in local.nodes} == ends
    assert len(local.edges) == 1
    weights = scene(graph, focus=name, full=True, kind="weights-as-nodes")
    own = f"W{layer.index}_{to}_{source}"
    assert {node.id for node in weights.nodes} - {own, target} == onward(reads, target) - {target}


@pytest.mark.parametrize("seed", range(30))
def test_a_unit_is_drawn_with_what_it_reads_and_what_reads_it(seed: int) -> None:
    made = network(seed)
    graph, chance = loads(made.text), random.Random(seed)
    reads, _ = reads_of(made.spec)
    unit = chance.choice([name for name in reads if name != "loss"])
    layer, _, index = unit[1:].partition("_")
    part = chance.choice("za")
    picture = scene(graph, focus=f"{part}{layer}[{index}]", full=True)
    readers = {name for name, below in reads.items() if unit in below}
    assert {node.id for node in picture.nodes} == {unit, *reads[unit], *readers}
    for edge in picture.edges:
        assert unit in (edge.source, edge.target)


def test_a_node_of_a_graph_and_a_variable() -> None:
    graph = loads("variables: {a: 2, b: 3}\ngraph: {c: a + b, d: a * b, e: d ** 2, o: c * e}\n")
    assert {n.id for n in scene(graph, focus="d").nodes} == {"a", "b", "d", "e"}
    assert {n.id for n in scene(graph, focus="a").nodes} == {"a", "c", "d", "e", "o"}
    assert {n.id for n in scene(graph, focus="a", local=True).nodes} == {"a", "c", "d"}
    assert {n.id for n in scene(graph, focus="o").nodes} == {"c", "e", "o"}


def test_a_bias_goes_through_its_unit() -> None:
    picture = example("xor_batch", focus="b1[2]")
    assert {node.id for node in picture.nodes} == {"a1_2", "a2_1", "loss"}


def test_a_unit_of_a_batch_is_that_of_the_sample_shown() -> None:
    picture = example("xor_batch", focus="a1[2]", sample=3)
    refs = {ref.sample for node in picture.nodes for ref in node.refs if ref.part in ("z", "a")}
    assert refs == {3}
    assert example("xor_batch", focus="a1[3,2]") == picture


@pytest.mark.parametrize(
    ("name", "wishes", "says"),
    [
        ("mazur", {"focus": "a3[1]"}, "the layers are 1 to 2"),
        ("mazur", {"focus": "a2[3]"}, "a2 runs from a2[1] to a2[2]"),
        ("mazur", {"focus": "a2"}, "name one: a2[1]"),
        ("mazur", {"focus": "W2"}, "name one: W2[1,1]"),
        ("mazur", {"focus": "y[1]"}, "the picture has no node of it"),
        ("mazur", {"local": True}, "--focus W1[1,2] --local"),
        ("mazur", {"focus": "a1[1]", "local": True}, "--focus W1[1,2] --local"),
        ("mazur", {"sample": 2}, "there is one, 1"),
        ("xor_batch", {"sample": 5}, "the samples are 1 to 4"),
        ("xor_batch", {"focus": "a1[2,1]", "sample": 3}, "--sample says 3"),
        ("mazur", {"local_gradients": True}, "add --kind computation"),
        ("mazur", {"kind": "computation", "thickness": "weight"}, "leave --kind out"),
        ("mazur", {"thickness": "gradient", "passes": "forward"}, "needs the backward pass"),
    ],
)
def test_what_cannot_be_drawn_is_refused(name: str, wishes: dict[str, Any], says: str) -> None:
    with pytest.raises(Refusal, match=None) as refused:
        wish_of(GRAPHS[name], **wishes)
    assert says in str(refused.value)


def test_a_network_without_a_loss_has_a_forward_pass_alone() -> None:
    graph = loads("input: [1, 2]\nlayers:\n  - {units: 1, weights: [[1, 2]], bias: [0]}\n")
    assert wish_of(graph).passes == "forward"
    assert "loss" not in {node.id for node in scene(graph).nodes}
    with pytest.raises(Refusal, match="no loss"):
        wish_of(graph, passes="backward")
    assert letters(graph).name == "standard"


def test_a_graph_has_no_layers_to_draw() -> None:
    graph = loads("variables: {a: 2}\ngraph: {o: a ** 2}\n")
    assert wish_of(graph).kind == "computation"
    with pytest.raises(Refusal, match="it has no layers"):
        wish_of(graph, kind="network")


@pytest.mark.parametrize("kind", ["network", "weights-as-nodes", "computation"])
@pytest.mark.parametrize("name", ["mazur", "residual", "xor_batch", "shared_and_regularized"])
def test_every_quantity_can_be_in_focus(name: str, kind: str) -> None:
    graph = GRAPHS[name]
    for number, node in enumerate(graph.nodes):
        ref = node.ref
        if not has_turn(number + len(kind), 2):
            continue
        if ref.part not in ("x", "z", "a", "W", "b") or number == graph.target:
            continue
        shape = node.shape[::-1] if ref.part == "W" and graph.in_out else node.shape
        last = ",".join(map(str, shape))
        text = f"{ref.part}{'' if ref.layer is None else ref.layer}" + (f"[{last}]" if last else "")
        picture = example(name, kind=kind, focus=text)
        shown = {r for node in picture.nodes for r in node.refs}
        shown |= {r for edge in picture.edges for r in edge.refs}
        parts = {"z": ("z", "a"), "b": ("b", "a")}.get(ref.part, (ref.part,))
        assert any(r.part in parts and r.layer == ref.layer for r in shown), text
        assert len(picture.nodes) <= len(example(name, kind=kind).nodes)
        if ref.part in ("W", "b"):
            assert any(node.id == "loss" for node in picture.nodes), text
            small = example(name, kind=kind, focus=text, local=True)
            readers = graph.layers[int(ref.layer or 1) - 1].units if ref.part == "b" else 1
            readers += kind == "computation" and bool(graph.penalties)
            assert len(small.nodes) <= 1 + readers, text


def test_a_shared_bias_goes_through_every_unit_of_its_layer() -> None:
    picture = example("mazur", focus="b1")
    assert {node.id for node in picture.nodes} == {"a1_1", "a1_2", "a2_1", "a2_2", "loss"}
    assert any("b" in str(label.line) for label in picture.captions)
