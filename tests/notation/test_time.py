"""Steps in time: where their number stands, their one letter, a recurrent layer's own letters."""

from __future__ import annotations

import pytest

from backprop_cli.api import load
from backprop_cli.expression.indices import plus
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import BigSum, Letter, Quantity
from backprop_cli.graph.records import Graph
from backprop_cli.notation import profile, profile_names
from backprop_cli.notation.adapting import adapt
from backprop_cli.notation.bound import Notation, bound
from backprop_cli.notation.clashes import clashes
from backprop_cli.notation.facts import facts_of
from backprop_cli.printing.latex.printer import LatexMath
from backprop_cli.printing.plain_math import UnicodeMath
from backprop_cli.printing.settings import Settings

from ..commands.running import EXAMPLES, config

GRAPHS = {name: graph for name in EXAMPLES if (graph := load(config(name))).loops}
"""Every example with memory."""


def letters(name: str, graph: Graph) -> Notation:
    return bound(profile(name), facts_of(graph))


def written(notation: Notation, ref: Ref) -> str:
    return UnicodeMath(notation, Settings()).visit(adapt((Quantity(ref),), notation)[0]).text


@pytest.mark.parametrize("name", profile_names())
@pytest.mark.parametrize("example", GRAPHS)
def test_a_step_has_one_letter_alone_and_beside_a_unit(example: str, name: str) -> None:
    graph = GRAPHS[example]
    notation = letters(name, graph)
    (said,) = adapt((Letter("t"),), notation)
    assert said == Letter(notation.step_letter)
    states = [n.ref for n in graph.nodes if n.ref.layer and n.axes[:1] == ("step",)]
    assert states
    for state in states:
        for shift, index in ((0, ("t",)), (0, ("t", "j")), (-1, (plus("t", -1), "k"))):
            for ref in (state.at(*index), state.at(*index).grad()):
                (adapted,) = adapt((Quantity(ref),), notation)
                assert isinstance(adapted, Quantity)
                step, *units = adapted.ref.index
                assert step == plus(notation.step_letter, shift)
                assert notation.step_letter not in units
    assert not [pair for pair in clashes(notation) if pair[0].of() != pair[1].of()]


@pytest.mark.parametrize(
    ("name", "state", "below", "weights"),
    [
        ("standard", "a¹₂₁", "x₂₁", ("W¹", "U¹", "W²")),
        ("ng", "a^⟨2⟩₁", "x^⟨2⟩₁", ("Wₐₓ", "Wₐₐ", "W_ya")),
        ("goodfellow", "h⁽²⁾₁", "x⁽²⁾₁", ("U", "W", "V")),
        ("phi", "h₂₁", "x₂₁", ("Wˣʰ", "Wʰʰ", "Wʰʸ")),
        ("cs231n", "h₂₁", "x₂₁", ("Wxh", "Whh", "Why")),
    ],
)
def test_a_course_s_letters(name: str, state: str, below: str, weights: tuple[str, ...]) -> None:
    notation = letters(name, GRAPHS["scalar_rnn"])
    assert written(notation, Ref("a", 1, index=(2, 1))) == state
    assert written(notation, Ref("x", index=(2, 1))) == below
    refs = (Ref("W", 1), Ref("U", 1), Ref("W", 2))
    assert tuple(written(notation, ref) for ref in refs) == weights


def test_of_several_layers_each_keeps_its_number() -> None:
    notation = letters("ng", GRAPHS["gru"])
    assert written(notation, Ref("h", 1, index=(2, 1))) == "a^[1]⟨2⟩₁"
    latex = LatexMath(notation, Settings()).visit(Quantity(Ref("h", 1, index=(2, 1))))
    assert latex.text == r"a^{[1]\langle 2\rangle}_{1}"


@pytest.mark.parametrize(
    ("name", "lstm", "gru"),
    [
        ("standard", ("i¹ₜ", "f¹ₜ", "o¹ₜ", "g¹ₜ", "c¹ₜ", "h¹ₜ"), ("r¹ₜ", "u¹ₜ", "n¹ₜ", "h¹ₜ")),
        (
            "ng",
            ("Γ^⟨t⟩ᵤ", "Γ^⟨t⟩_f", "Γ^⟨t⟩ₒ", "c̃^⟨t⟩", "c^⟨t⟩", "a^⟨t⟩"),
            ("Γ^[1]⟨t⟩ᵣ", "Γ^[1]⟨t⟩ᵤ", "c̃^[1]⟨t⟩", "a^[1]⟨t⟩"),
        ),
        (
            "d2l",
            ("I⁽¹⁾ₜ", "F⁽¹⁾ₜ", "O⁽¹⁾ₜ", "C̃⁽¹⁾ₜ", "C⁽¹⁾ₜ", "H⁽¹⁾ₜ"),
            ("R⁽¹⁾ₜ", "Z⁽¹⁾ₜ", "H̃⁽¹⁾ₜ", "H⁽¹⁾ₜ"),
        ),
    ],
)
def test_the_gates_have_the_course_s_letters(
    name: str, lstm: tuple[str, ...], gru: tuple[str, ...]
) -> None:
    for example, parts, wanted in (("gomez_lstm", "ifogch", lstm), ("gru", "runh", gru)):
        notation = letters(name, GRAPHS[example])
        found = tuple(written(notation, Ref(part, 1, index=("t",))) for part in parts)
        assert found == wanted


@pytest.mark.parametrize("name", profile_names())
def test_a_sum_over_steps_counts_them_by_the_letter_of_a_step(name: str) -> None:
    notation = letters(name, GRAPHS["scalar_rnn"])
    terms = Quantity(Ref("loss_terms", index=("p", "k")))
    (found,) = adapt((BigSum("p", 3, BigSum("k", 1, terms)),), notation)
    assert isinstance(found, BigSum)
    assert found.index == notation.step_letter
