"""Equations as the books and texts print them, drawn on the screen from the same trees."""

from __future__ import annotations

import pytest

from backprop_cli.expression.indices import Index, plus
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import BigSum, Call, Derivative, Expr, Quantity

from ..commands.running import printed
from .drawing import NEURON, THREE_LAYERS, TWO_LAYERS, drawn

UP, DOWN = plus("l", 1), plus("l", -1)


def q(part: str, layer: Index | None, *index: Index, gradient: bool = False) -> Quantity:
    return Quantity(Ref(part, layer, gradient, None, index))


def forward(layer: Index, below: Index) -> tuple[Expr, ...]:
    source = q("x", None, "k") if below == 0 else q("a", below, "k")
    total = BigSum("k", 2, q("W", layer, "j", "k") * source) + q("b", layer, "j")
    return q("z", layer, "j"), total


def backward(layer: Index, above: Index) -> tuple[Expr, ...]:
    total = BigSum("j", 2, q("W", above, "j", "k") * q("z", above, "j", gradient=True))
    slope = Derivative("sigmoid", q("z", layer, "k"))
    return q("z", layer, "k", gradient=True), slope * total


def weights(layer: Index, below: Index) -> tuple[Expr, ...]:
    return (
        q("W", layer, "j", "k", gradient=True),
        q("z", layer, "j", gradient=True) * q("a", below, "k"),
    )


WEIGHTED_SUMS = {
    "standard": "z²ⱼ = Σₖ w²ⱼₖ·a¹ₖ + b²ⱼ",
    "nielsen": "z³ⱼ = Σₖ w³ⱼₖ·a²ₖ + b³ⱼ",
    "bishop": "a⁽²⁾ⱼ = Σᵢ w⁽²⁾ⱼᵢ·z⁽¹⁾ᵢ + w⁽²⁾ⱼ₀",
    "four-diagrams": "L³ⱼ = Σᵢ A²ᵢ·W²ᵢⱼ + b²ⱼ",
    "phi": "z²ⱼ = Σₖ w²ⱼₖ·a¹ₖ + b²ⱼ",
    "nielsen-fj": "z³ⱼ = Σₚ w³ⱼₚ·a²ₚ + b³ⱼ",
    "ng": "z^[2]ⱼ = Σₖ w^[2]ⱼₖ·a^[1]ₖ + b^[2]ⱼ",
    "goodfellow": "a⁽²⁾ⱼ = b⁽²⁾ⱼ + Σₚ W⁽²⁾ⱼ,ₚ·h⁽¹⁾ₚ",
    "mazur": "netₕ₂,ⱼ = Σₖ wʰ²ⱼₖ·outₕ₁,ₖ + bₕ₂,ⱼ",
    "cs231n": "f2ⱼ = Σₖ h1ₖ·W2ₖⱼ + b2ⱼ",
}


@pytest.mark.parametrize("name", WEIGHTED_SUMS)
def test_the_weighted_sum_of_a_hidden_layer(name: str) -> None:
    assert drawn(name, THREE_LAYERS, *forward(2, 1)) == WEIGHTED_SUMS[name]


def test_a_sample_keeps_its_letter_from_the_units() -> None:
    """Goodfellow counts samples by i: in a batch the units, who have it else, go on to j."""
    assert drawn("goodfellow", TWO_LAYERS, *forward(2, 1)) == ("a⁽²⁾ᵢ = b⁽²⁾ᵢ + Σⱼ W⁽²⁾ᵢ,ⱼ·h⁽¹⁾ⱼ")


GENERAL = {
    "standard": "δˡₖ = σ′(zˡₖ)·(Σⱼ wˡ⁺¹ⱼₖ·δˡ⁺¹ⱼ)",
    "nielsen": "δˡⱼ = (Σₖ wˡ⁺¹ₖⱼ·δˡ⁺¹ₖ)·σ′(zˡⱼ)",
    "bishop": "δⱼ = h′(aⱼ)·(Σₖ wₖⱼ·δₖ)",
    "four-diagrams": "∂c⁽ⁿ⁾/∂Lᵢ = (Σⱼ Wᵏᵢⱼ·∂c⁽ⁿ⁾/∂Oⱼ)·σ′(Lᵢ)",
    "nielsen-fj": "δˡⱼ = F′(zˡⱼ)·(Σ_q δˡ⁺¹_q·wˡ⁺¹_qj)",
    "ng": "dz^[l]ⱼ = g′(z^[l]ⱼ)·(Σₖ w^[l+1]ₖⱼ·dz^[l+1]ₖ)",
}


@pytest.mark.parametrize("name", GENERAL)
def test_the_error_of_a_general_layer(name: str) -> None:
    assert drawn(name, THREE_LAYERS, *backward("l", UP)) == GENERAL[name]


WEIGHT_GRADIENTS = {
    "standard": "∂C/∂wˡⱼₖ = δˡⱼ·aˡ⁻¹ₖ",
    "nielsen": "∂C/∂wˡⱼₖ = aˡ⁻¹ₖ·δˡⱼ",
    "bishop": "∂L/∂wⱼᵢ = δⱼ·zᵢ",
    "four-diagrams": "∂c/∂Wᵏᵢⱼ = Aᵢ·∂c⁽ⁿ⁾/∂Oⱼ",
    "nielsen-fj": "∂J(θ)/∂wˡⱼₖ = δˡⱼ·aˡ⁻¹ₖ",
    "ng": "dw^[l]ⱼₖ = dz^[l]ⱼ·a^[l-1]ₖ",
    "goodfellow": "∂J/∂W⁽ᵏ⁾ⱼ,ₚ = g⁽ᵏ⁾ⱼ·h⁽ᵏ⁻¹⁾ₚ",
}


@pytest.mark.parametrize("name", WEIGHT_GRADIENTS)
def test_the_gradient_of_a_general_weight(name: str) -> None:
    assert drawn(name, THREE_LAYERS, *weights("l", DOWN)) == WEIGHT_GRADIENTS[name]


def test_bishops_letters_of_the_output_layer() -> None:
    forms = forward(2, 1)
    assert drawn("bishop", TWO_LAYERS, *forms) == "a⁽²⁾ₖ = Σⱼ w⁽²⁾ₖⱼ·z⁽¹⁾ⱼ + w⁽²⁾ₖ₀"
    error = q("z", "L", "k", gradient=True), q("a", "L", "k") - q("y", None, "k")
    assert drawn("bishop", TWO_LAYERS, *error) == "δₖ = yₖ − tₖ"
    one = Ref("z", 3, True, "i", ("k",))
    rows = (Quantity(Ref("a", 3, False, "i", ("k",))), Quantity(Ref("y", None, False, "i", ("k",))))
    assert drawn("bishop", THREE_LAYERS, one, rows[0] - rows[1]) == "δ⁽³⁾ₙₖ = yₙₖ − tₙₖ"


def test_the_z_of_the_layer_above_is_its_output() -> None:
    gradient = q("W", 2, "j", "k", gradient=True)
    product = q("z", 2, "j", gradient=True) * q("a", 1, "k")
    assert drawn("four-diagrams", THREE_LAYERS, gradient, product) == "∂c/∂W²ᵢⱼ = A²ᵢ·∂c⁽ⁿ⁾/∂O²ⱼ"
    assert drawn("four-diagrams", THREE_LAYERS, *backward(1, 2)) == (
        "∂c⁽ⁿ⁾/∂L²ᵢ = (Σⱼ W²ᵢⱼ·∂c⁽ⁿ⁾/∂O²ⱼ)·σ′(L²ᵢ)"
    )


def test_a_function_that_is_its_own_formula_has_both_names() -> None:
    z = q("z", 1, "j")
    assert drawn("bishop", TWO_LAYERS, q("a", 1, "j"), Call("tanh", (z,))) == (
        "z⁽¹⁾ⱼ = h(a⁽¹⁾ⱼ) = tanh(a⁽¹⁾ⱼ)"
    )
    assert drawn("standard", TWO_LAYERS, Call("tanh", (z,))) == "tanh(z¹ⱼ)"


def test_a_function_keeps_its_name_where_its_letter_is_another_ones() -> None:
    assert drawn("nielsen", TWO_LAYERS, Call("tanh", (q("z", 1, "j"),))) == "tanh(z²ⱼ)"


def test_a_lone_neuron_in_its_own_letters() -> None:
    gradient = q("W", 1, "j", "k", gradient=True), q("z", 1, "j", gradient=True) * q("x", None, "k")
    assert drawn("phi", NEURON, *gradient) == "∂C/∂wₖ = δ·xₖ"
    assert drawn("phi", NEURON, *weights("l", DOWN)) == "∂C/∂wₖ = δ·xₖ"
    assert drawn("four-diagrams", NEURON, *weights("l", DOWN)) == "∂c/∂Wᵢ = Iᵢ·∂c/∂O"
    dx = q("x", None, "k", gradient=True)
    total = BigSum("j", 1, q("W", 1, "j", "k") * q("z", 1, "j", gradient=True))
    assert drawn("phi", NEURON, dx, total) == "∂C/∂xₖ = wₖ·δ"
    da = q("a", 1, "k", gradient=True), q("a", 1, "k") - q("y", None, "k")
    assert drawn("phi", NEURON, *da) == "∂C/∂a = −(y − a)"


PRINTED = {
    "phi": ("z ≡ Σₖ wₖ·xₖ + b", "a ≡ φ(z) = 1/(1 + e^(−z))", "−(1 − 0.7311)", "∂C/∂b = δ"),
    "four-diagrams": ("O = Σᵢ Iᵢ·Wᵢ + b", "∂c/∂Wᵢ = Iᵢ·∂c/∂O"),
    "ng": ("z = Σₖ wₖ·xₖ + b", "dwₖ = dz·xₖ", "db = dz"),
    "bishop": ("yₖ − tₖ", "∂Lₙ/∂w⁽¹⁾ₖᵢ = δ⁽¹⁾ₖ·xᵢ"),
    "mazur": ("−(targetₒₖ − outₒₖ)", "∂Eₜₒₜₐₗ/∂wᵒⱼₖ = δₒⱼ·iₖ"),
}


@pytest.mark.parametrize("name", PRINTED)
def test_what_trace_prints(name: str) -> None:
    from ..commands.running import config

    page = printed("trace", config("sigmoid_neuron"), "--notation", name)
    squeezed = " ".join(page.split())
    for line in PRINTED[name]:
        assert " ".join(line.split()) in squeezed
    assert {"z1", "a1", "delta1", "dW1"} <= set(page.split())
