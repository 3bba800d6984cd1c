"""Facts of letters: what each book, course and text writes, quantity by quantity."""

from __future__ import annotations

import pytest
from msgspec import Struct

from backprop_cli.expression.axes import is_matrix
from backprop_cli.expression.indices import Index
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Quantity
from backprop_cli.notation.adapting import adapt
from backprop_cli.notation.bound import Notation
from backprop_cli.notation.refs import every_ref

from .drawing import (
    NEURON,
    PROFILES,
    THREE_LAYERS,
    TWO_LAYERS,
    graph_of,
    latex_of,
    speak,
    unicode_of,
)

Z1, A1, A2 = Ref("z", 1, index=(2,)), Ref("a", 1, index=(2,)), Ref("a", 2, index=(1,))
W1, W2, B1 = Ref("W", 1, index=(1, 2)), Ref("W", 2, index=(2, 1)), Ref("b", 1, index=(2,))
X, Y, D1, D2 = Ref("x", index=(1,)), Ref("y", index=(1,)), Z1.grad(), Ref("z", 2, True, None, (1,))


class Fact(Struct, frozen=True):
    """In this notation this quantity of the 2-2-2 network is written so."""

    notation: str
    ref: Ref
    unicode: str
    latex: str


FACTS = (
    Fact("standard", Z1, "z¹₂", "z^{1}_{2}"),
    Fact("standard", W1, "w¹₁₂", "w^{1}_{12}"),
    Fact("standard", Ref("W", 1), "W¹", "W^{1}"),
    Fact("standard", D1, "δ¹₂", r"\delta^{1}_{2}"),
    Fact("standard", W1.grad(), "∂C/∂w¹₁₂", r"\frac{\partial C}{\partial w^{1}_{12}}"),
    Fact("standard", Ref("cost", sample=2), "C⁽²⁾", "C^{(2)}"),
    # Nielsen: the input is layer 1, a^1 = x; w^l is the matrix too
    Fact("nielsen", X, "a¹₁", "a^{1}_{1}"),
    Fact("nielsen", Z1, "z²₂", "z^{2}_{2}"),
    Fact("nielsen", W1, "w²₁₂", "w^{2}_{12}"),
    Fact("nielsen", Ref("W", 2), "w³", "w^{3}"),
    Fact("nielsen", D2, "δ³₁", r"\delta^{3}_{1}"),
    Fact("nielsen", Ref("loss"), "C", "C"),
    # Bishop: a before and z after the activation, outputs y, targets t, w_j0 for a bias
    Fact("bishop", Z1, "a⁽¹⁾₂", "a^{(1)}_{2}"),
    Fact("bishop", A1, "z⁽¹⁾₂", "z^{(1)}_{2}"),
    Fact("bishop", A2, "y₁", "y_{1}"),
    Fact("bishop", Y, "t₁", "t_{1}"),
    Fact("bishop", W1, "w⁽¹⁾₁₂", "w^{(1)}_{12}"),
    Fact("bishop", B1, "w⁽¹⁾₂₀", "w^{(1)}_{20}"),
    Fact("bishop", D1, "δ⁽¹⁾₂", r"\delta^{(1)}_{2}"),
    Fact("bishop", Ref("loss"), "Lₙ", "L_{n}"),
    # Backpropagation in four diagrams: the input's index first, no δ, W^k leads from A^k
    Fact("four-diagrams", X, "I₁", "I_{1}"),
    Fact("four-diagrams", Y, "E₁", "E_{1}"),
    Fact("four-diagrams", Z1, "L²₂", "L^{2}_{2}"),
    Fact("four-diagrams", A1, "A²₂", "A^{2}_{2}"),
    Fact("four-diagrams", Ref("z", 2, index=(1,)), "O²₁", "O^{2}_{1}"),
    Fact("four-diagrams", W1, "W¹₂₁", "W^{1}_{21}"),
    Fact("four-diagrams", D1, "∂c/∂L²₂", r"\frac{\partial c}{\partial L^{2}_{2}}"),
    Fact("four-diagrams", Ref("loss"), "c", "c"),
    Fact("phi", Z1, "z¹₂", "z^{1}_{2}"),
    # after Nielsen with F, J(θ) and C_i
    Fact("nielsen-fj", X, "a¹₁", "a^{1}_{1}"),
    Fact("nielsen-fj", Ref("W", 2), "w³", "w^{3}"),
    Fact("nielsen-fj", Ref("loss"), "Cᵢ", "C_{i}"),
    # Ng: the layer in brackets, d for every gradient, ℒ for one sample
    Fact("ng", A1, "a^[1]₂", "a^{[1]}_{2}"),
    Fact("ng", Ref("W", 1), "W^[1]", "W^{[1]}"),
    Fact("ng", Ref("W", 1, True), "dW^[1]", "dW^{[1]}"),
    Fact("ng", D1, "dz^[1]₂", "dz^{[1]}_{2}"),
    Fact("ng", Ref("loss"), "ℒ", r"\mathcal{L}"),
    # Goodfellow, Bengio, Courville: a, h, ŷ, g; the gradient g is with respect to a
    Fact("goodfellow", Z1, "a⁽¹⁾₂", "a^{(1)}_{2}"),
    Fact("goodfellow", A1, "h⁽¹⁾₂", "h^{(1)}_{2}"),
    Fact("goodfellow", A2, "ŷ₁", r"\hat{y}_{1}"),
    Fact("goodfellow", Y, "y₁", "y_{1}"),
    Fact("goodfellow", W1, "W⁽¹⁾₁,₂", "W^{(1)}_{1,2}"),
    Fact("goodfellow", D1, "g⁽¹⁾₂", "g^{(1)}_{2}"),
    # CS231n: row vectors, so the input's index is first; names as in its programs
    Fact("cs231n", Z1, "f1₂", r"\text{f1}_{2}"),
    Fact("cs231n", A1, "h1₂", r"\text{h1}_{2}"),
    Fact("cs231n", A2, "p₁", "p_{1}"),
    Fact("cs231n", W1, "W1₂₁", r"\text{W1}_{21}"),
    Fact("cs231n", Ref("W", 1, True), "dW1", r"d\text{W1}"),
)


@pytest.mark.parametrize("fact", FACTS, ids=lambda f: f"{f.notation}:{f.unicode}")
def test_the_letter(fact: Fact) -> None:
    notation = speak(fact.notation, TWO_LAYERS)
    assert unicode_of(notation).quantity(fact.ref).text == fact.unicode
    assert latex_of(notation).quantity(fact.ref).text == fact.latex


def written(name: str, text: str, *refs: Ref) -> list[str]:
    printer = unicode_of(speak(name, text))
    return [printer.quantity(ref).text for ref in refs]


def test_mazur_counts_weights_and_names_units() -> None:
    weights = [Ref("W", m, index=(j, k)) for m in (1, 2) for j in (1, 2) for k in (1, 2)]
    assert written("mazur", "mazur", *weights) == [f"w{c}" for c in "₁₂₃₄₅₆₇₈"]
    z, a = Ref("z", 1, index=(1,)), Ref("a", 2, index=(1,))
    assert written("mazur", "mazur", z, a, Ref("z", 2, index=(2,))) == ["netₕ₁", "outₒ₁", "netₒ₂"]
    assert written("mazur", "mazur", Ref("b", 1), Ref("b", 2)) == ["b₁", "b₂"]
    terms = Ref("loss_terms", index=(1,))
    assert written("mazur", "mazur", X, Y, terms) == ["i₁", "targetₒ₁", "Eₒ₁"]
    latex = latex_of(speak("mazur", "mazur"))
    assert latex.quantity(Ref("loss")).text == r"E_{\text{total}}"
    assert latex.quantity(z).text == r"\text{net}_{h1}"
    assert latex.quantity(Ref("W", 2, True, None, (1, 1))).text == (
        r"\frac{\partial E_{\text{total}}}{\partial w_{5}}"
    )


def test_mazur_counts_in_the_order_of_the_file() -> None:
    weights = [Ref("W", 1, index=index) for index in ((1, 1), (2, 1), (1, 2), (2, 2))]
    assert written("mazur", "softmax_relu", *weights) == ["w₁", "w₂", "w₃", "w₄"]


def test_mazur_counts_several_hidden_layers() -> None:
    refs = (Ref("z", 1, index=(2,)), Ref("a", 2, index=(1,)), Ref("z", 3, index=(2,)))
    assert written("mazur", THREE_LAYERS, *refs) == ["netₕ₁,₂", "outₕ₂,₁", "netₒ₂"]


def test_a_lone_neuron_without_numbers() -> None:
    refs = (
        Ref("W", 1, index=(1, 1)),
        Ref("W", 1),
        Ref("b", 1, index=(1,)),
        Ref("z", 1, index=(1,)),
        Ref("a", 1, index=(1,)),
        Ref("z", 1, True, None, (1,)),
        Ref("x", index=(2,)),
        Ref("y", index=(1,)),
    )
    assert written("phi", NEURON, *refs) == ["w₁", "W", "b", "z", "a", "δ", "x₂", "y"]
    assert written("ng", NEURON, *refs[:5]) == ["w₁", "W", "b", "z", "a"]
    assert written("standard", NEURON, *refs[:1]) == ["w¹₁₁"]


def test_the_samples_of_a_batch() -> None:
    cost, loss = Ref("cost", sample=2), Ref("loss")
    z = Ref("z", 1, sample=2, index=(1,))
    x = Ref("x", sample=2, index=(1,))
    assert written("standard", THREE_LAYERS, cost, loss, z) == ["C⁽²⁾", "C", "z¹⁽²⁾₁"]
    assert written("bishop", THREE_LAYERS, cost, loss, z, x) == ["L₂", "L", "a⁽¹⁾₂,₁", "x₂,₁"]
    assert written("nielsen-fj", THREE_LAYERS, cost, loss, x) == ["C₂", "J(θ)", "a¹⁽²⁾₁"]
    assert written("ng", THREE_LAYERS, cost, loss, x) == ["ℒ⁽²⁾", "J", "x⁽²⁾₁"]
    assert written("nielsen", THREE_LAYERS, Ref("cost"), cost) == ["Cₓ", "C₂"]
    assert written("mazur", THREE_LAYERS, cost, loss) == ["E⁽²⁾ₜₒₜₐₗ", "Eₜₒₜₐₗ"]


def test_the_activation_of_the_input_is_the_input() -> None:
    below = Ref("a", 0, index=(1,))
    assert written("standard", TWO_LAYERS, below) == ["x₁"]
    assert written("nielsen", TWO_LAYERS, below) == ["a¹₁"]
    assert written("four-diagrams", NEURON, below) == ["I₁"]


def test_the_output_that_is_its_own_weighted_sum() -> None:
    refs = (Ref("a", 3, index=(1,)), Ref("z", 3, index=(1,)))
    assert written("four-diagrams", THREE_LAYERS, *refs) == ["O₁", "O³₁"]


def test_indices_of_two_digits_are_kept_apart() -> None:
    refs = (Ref("W", 1, index=(1, 11)), Ref("W", 1, index=(11, 1)), Ref("W", 1, index=(1, 1)))
    assert written("standard", THREE_LAYERS, *refs) == ["w¹₁,₁₁", "w¹₁₁,₁", "w¹₁₁"]


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("net", [TWO_LAYERS, "scalar_rnn", "self_attention"])
def test_the_heads_of_a_matrix_have_the_letters_of_its_entry(name: str, net: str) -> None:
    """Beside ∂C/∂w_jk the rows of the table are w_1k, w_2k, its columns w_j1, w_j2."""
    notation = speak(name, net)
    for layer in graph_of(net).layers:
        for part in layer.parameters:
            whole = graph_of(net).general(Ref(part, layer.index, True))
            if not is_matrix(part, len(whole.index)):
                continue
            to, below = _letters(notation, whole)
            assert _letters(notation, whole.at(1, whole.index[1])) == (1, below)
            assert _letters(notation, whole.at(whole.index[0], 1)) == (to, 1)


def _letters(notation: Notation, ref: Ref) -> tuple[Index, ...]:
    (tree,) = adapt((Quantity(ref),), notation)
    return next(quantity.index for quantity in every_ref(tree))
