"""What a kind of subject is called is said in one record; kinds are told apart in few places."""

from __future__ import annotations

import ast
import functools
from collections import Counter
from pathlib import Path

import pytest

import backprop_cli
from backprop_cli.api import load, loads
from backprop_cli.graph.as_graph import weights_as_nodes
from backprop_cli.graph.operations import operations
from backprop_cli.graph.records import Graph
from backprop_cli.graph.words import COMPUTATION, NETWORK, SEEN_AS_GRAPH, Words

from ..commands.running import CONFIGS, NAMES

ROOT = Path(backprop_cli.__file__).parent
CHOOSING = {
    "deriving/derivation.py",
    "exercises/given_section.py",
    "graph/as_graph.py",
    "graph/names.py",
    "graph/records.py",
    "graph/resolving.py",
    "notation/bound.py",
    "notation/facts.py",
    "notation/sorting.py",
    "passes/health/diagnosis.py",
    "printing/prose.py",
    "worked/describe/describe_document.py",
    "worked/pages.py",
}
"""The modules that ask whether a graph has layers: each chooses once what others then read."""
ODD = "variables: {x: 2, y: 3, loss: 1}\ngraph:\n  z: x * y\n  a: z + loss\n"
"""A computation graph whose own names are those of a network's parts."""


@functools.cache
def attributes(root: Path) -> dict[str, Counter[str]]:
    """Return how often each module reads an attribute, by its name."""
    found: dict[str, Counter[str]] = {}
    for path in root.rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        names = (node.attr for node in nodes if isinstance(node, ast.Attribute))
        found[str(path.relative_to(root))] = Counter(names)
    return found


def asked(attribute: str, root: Path = ROOT) -> dict[str, int]:
    """Return how often each module reads an attribute of this name."""
    return {path: names[attribute] for path, names in attributes(root).items() if names[attribute]}


def test_kinds_are_told_apart_where_a_choice_is_made() -> None:
    found = asked("layered")
    assert set(found) <= CHOOSING
    assert sum(found.values()) <= 15


def test_a_place_that_tells_them_apart_is_seen(tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text("title = 'Network' if graph.layered else 'Graph'\n")
    assert asked("layered", tmp_path) == {"page.py": 1}


@pytest.mark.parametrize("word", Words.__struct_fields__)
def test_every_word_is_used(word: str) -> None:
    readers = {path for path in asked(word) if not path.endswith("graph/words.py")}
    text = "".join((ROOT / path).read_text(encoding="utf-8") for path in readers)
    assert f"words.{word}" in text or f"kind.{word}" in text


@pytest.mark.parametrize("name", NAMES)
def test_what_is_learnt_is_what_no_layer_is_given(name: str) -> None:
    """By the layers: their own parameters, in order; of a graph, what the file gives."""
    graph = load(CONFIGS / f"{name}.yaml")
    held = {f"{p.part}{layer.index}": p.node for layer in graph.layers for p in layer.held}
    own = {graph.nodes[leaf].ref.part: leaf for leaf in graph.given}
    assert list(graph.parameters.items()) == list((held or own).items())
    assert graph.words is (NETWORK if held else COMPUTATION)


@pytest.mark.parametrize("seen", [weights_as_nodes, operations])
def test_a_network_seen_as_a_graph_learns_its_weights(seen: object) -> None:
    graph = load(CONFIGS / "mazur.yaml")
    assert callable(seen)
    as_graph = seen(graph)
    assert isinstance(as_graph, Graph)
    assert as_graph.words is SEEN_AS_GRAPH
    assert {name[0] for name in as_graph.parameters} == {"W", "b"}
    assert len(as_graph.parameters) == 10


def test_a_file_s_own_names_are_never_a_network_s_parts() -> None:
    graph = loads(ODD)
    assert set(graph.parameters) == {"x", "y", "loss"}
    assert [graph.nodes[number].ref.part for number in graph.loss_nodes] == ["a"]
