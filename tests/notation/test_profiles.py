"""Every profile by enumeration: it names every quantity, and no two alike, in every format."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_cli.expression.indices import Index, plus
from backprop_cli.expression.refs import Ref
from backprop_cli.graph.records import Graph
from backprop_cli.notation import profile
from backprop_cli.notation.bound import Notation, bound
from backprop_cli.notation.clashes import TYPICAL, clashes, every_ref
from backprop_cli.notation.facts import facts_of
from backprop_cli.notation.letters import LETTER
from backprop_cli.printing.mathematics import MathPrinter

from ..commands.running import EXAMPLES
from ..networks import Sizes, loads, network
from .drawing import PROFILES, THREE_LAYERS, graph_of, latex_of, speak, unicode_of

SIZES = Sizes(layers=4, units=3, samples=3, decimals=1)


def test_the_default_is_first_and_all_are_there() -> None:
    assert PROFILES[0] == "standard"
    assert set(PROFILES) == {
        *("standard", "nielsen", "bishop", "four-diagrams", "phi", "nielsen-fj"),
        *("ng", "goodfellow", "mazur", "cs231n", "d2l"),
    }


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_says_who_it_is(name: str) -> None:
    found = profile(name)
    assert found.name == name
    assert found.title
    for letter in (*found.letters.values(), *found.entries.values()):
        assert re.fullmatch(LETTER, letter), letter


def assert_no_two_alike(notation: Notation, printer: MathPrinter) -> None:
    seen: dict[str, Ref] = {}
    for ref, same in every_ref(notation.facts):
        text = printer.quantity(ref).text
        assert text
        assert seen.setdefault(text, same) == same, (text, ref)


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("example", EXAMPLES)
def test_no_two_quantities_of_an_example_look_alike(name: str, example: str) -> None:
    notation = speak(name, example)
    for printer in (unicode_of(notation), latex_of(notation)):
        assert_no_two_alike(notation, printer)
    assert clashes(notation) == []


@pytest.mark.parametrize("name", PROFILES)
@given(seed=st.integers(0, 10**6))
@settings(max_examples=8)
def test_no_two_quantities_of_a_random_network_look_alike(name: str, seed: int) -> None:
    graph = loads(network(seed, SIZES).text)
    notation = bound(profile(name), facts_of(graph))
    for printer in (unicode_of(notation), latex_of(notation)):
        assert_no_two_alike(notation, printer)


@pytest.mark.parametrize("name", PROFILES)
def test_no_profile_clashes_with_itself_in_a_usual_network(name: str) -> None:
    for facts in TYPICAL:
        assert clashes(bound(profile(name), facts)) == []


@pytest.mark.parametrize("name", PROFILES)
def test_without_a_network_every_quantity_has_a_name(name: str) -> None:
    notation = bound(profile(name))
    printer = unicode_of(notation)
    layers: tuple[Index, ...] = (1, "l", plus("l", -1), plus("l", 1), "L")
    for part, layer in itertools.product(("z", "a", "W", "b"), layers):
        index: tuple[str, ...] = ("j", "k") if part == "W" else ("j",)
        for ref in (Ref(part, layer), Ref(part, layer, index=index)):
            assert printer.quantity(ref).text
            assert printer.quantity(ref.grad()).text


def facts_shapes(graph: Graph) -> set[tuple[str, int, tuple[int, ...]]]:
    return {(p.part, p.layer, p.shape) for p in facts_of(graph).parameters}


def test_the_facts_of_a_network() -> None:
    facts = facts_of(graph_of(THREE_LAYERS))
    assert facts.widths == (2, 2, 2, 2)
    assert facts.inputs == ((), (0,), (1,), (2,))
    assert (facts.count, facts.lone, facts.single, facts.samples) == (3, False, False, 2)
    assert facts.activation == "sigmoid"
    assert facts.is_linear_output
    assert facts.weights_before(3) == 8
    turned = facts_of(graph_of("softmax_relu"))
    assert turned.in_out
    assert turned.shape("W", 2) == (3, 2)
    assert turned.activation == "relu"
    assert ("b", 1, ()) in facts_shapes(graph_of("mazur"))
    merged = facts_of(graph_of("residual"))
    assert merged.inputs[2] == (0, 1)
    assert merged.below(3) == 2
