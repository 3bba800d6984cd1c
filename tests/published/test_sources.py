"""What five published explanations print, line by line: source, item, command, the line.

Each comes out in the letters, order and form of its source. Where a source misprints, the right
form is expected here and the row's note says what the source has. Its equations in LaTeX, which
hold for whole derivations, are in ``tests/deriving/test_sources.py``.
"""

from __future__ import annotations

import functools
import shlex

import pytest
from msgspec import Struct

from ..commands.running import config, printed

DIAGRAMS = "Backpropagation in four diagrams"
BISHOP = "Backpropagation, after Bishop"
TYPED = "Backpropagation for strongly-typed minds"
UNDERSTANDING = "Understanding Backpropagation"
HOW = "How Does the Backpropagation Work (I)"


class Row(Struct, frozen=True):
    """An item of a source, and the command that prints it as the source has it."""

    source: str
    item: str
    command: str
    line: str
    note: str = ""


ROWS = (
    Row(DIAGRAMS, "cost = Σ(O − E)²", "derive four_diagrams", "c = (O₁ − E₁)²"),
    Row(
        DIAGRAMS,
        "the error carried back",
        "derive four_diagrams",
        "= (Σⱼ Wᵏᵢⱼ·∂c/∂Oⱼ)·σ′(Lᵢ)",
    ),
    Row(
        DIAGRAMS,
        "the gradient of a weight",
        "derive four_diagrams",
        "∂c/∂Wᵏᵢⱼ = ∂c/∂Oⱼ·∂Oⱼ/∂Wᵏᵢⱼ = Aᵢ·∂c/∂Oⱼ",
        "the source prints ∂W/∂c = A_i ∂O_i/∂c, upside down and with O_i for O_j",
    ),
    Row(
        DIAGRAMS,
        "the vanishing gradient, precisely",
        "explain 'vanishing gradient' --notation four-diagrams",
        "‖∂c/∂Lᵏ‖ ≤ max(|σ′(Lᵏ)|)·‖(Wᵏ)ᵀ‖·‖∂c/∂Oᵏ‖ for 2 ≤ k ≤ K − 1",
        "the source leaves it as an exercise",
    ),
    Row(DIAGRAMS, "σ", "describe four_diagrams", "σ(Lᵏ) vector the activation function"),
    Row(DIAGRAMS, "σ′", "describe four_diagrams", "σ′(Lᵏ) vector its slope"),
    Row(BISHOP, "a_j", "derive bishop --style algorithm", "aₙⱼ ← Σᵢ wⱼᵢ·zₙᵢ + wⱼ₀"),
    Row(BISHOP, "z_j", "derive bishop --style algorithm", "zₙⱼ ← h(aₙⱼ)"),
    Row(BISHOP, "L is a sum over samples", "derive bishop", "L = Σₙ Lₙ"),
    Row(BISHOP, "errors of outputs", "derive bishop", "δₙₖ = ∂Lₙ/∂aₙₖ = ∂Lₙ/∂yₙₖ = yₙₖ − tₙₖ"),
    Row(
        BISHOP,
        "the backpropagation formula",
        "derive bishop --style algorithm",
        "δₙⱼ ← h′(aₙⱼ)·(Σₖ wₖⱼ·δₙₖ)",
    ),
    Row(BISHOP, "the gradient", "derive bishop", "∂Lₙ/∂wⱼᵢ = ∂Lₙ/∂aₙⱼ·∂aₙⱼ/∂wⱼᵢ = δₙⱼ·zₙᵢ"),
    Row(
        BISHOP,
        "∂a_j/∂w_ji = z_i",
        "explain 'local derivative' --notation bishop",
        "∂aⱼ/∂wⱼᵢ = zᵢ",
    ),
    Row(
        BISHOP,
        "a local computation",
        "explain 'outer product' --notation bishop",
        "The error at the weight's output end times the activation at its input end: a local "
        "computation",
    ),
    Row(TYPED, "the type of the cost", "describe symbolic_2443", "Cᵢ : ℝ^(n_w + n_b) → ℝ"),
    Row(TYPED, "n_w and n_b", "describe symbolic_2443", "n_w = 36 and n_b = 11"),
    Row(TYPED, "the input in the table", "describe mazur", "x x vector 2 the input"),
    Row(
        TYPED,
        "w_{j←k}, and why in this order",
        "explain weight",
        "the unit first that a weight leads to, w_(j←k): so z = W a is a product of matrices",
    ),
    Row(
        TYPED,
        "the cost is a sequence of functions",
        "derive mazur --induction",
        "a¹ C(σ(W² a¹ + b²·𝟏), y) W2, b2 x C(σ(W² σ(W¹ x + b¹·𝟏) + b²·𝟏), y) W1, b1",
    ),
    Row(
        TYPED,
        "C(w, b), x fixed, against C(x)",
        "derive mazur --induction",
        "what is differentiated is C(w, b), not C(x): the parameters move, the input and the "
        "target stay fixed",
    ),
    Row(
        TYPED,
        "an inductive argument: its base",
        "derive mazur --induction",
        "Base, the output layer: its error comes from the loss itself. 1 δᴸⱼ = ∂C/∂zᴸⱼ",
    ),
    Row(
        TYPED,
        "its step",
        "derive mazur --induction",
        "Step, from a layer to the one below it: the errors above are known, so these are. "
        "2 δˡⱼ = ∂C/∂zˡⱼ = Σₖ ∂C/∂zˡ⁺¹ₖ·∂zˡ⁺¹ₖ/∂zˡⱼ",
    ),
    Row(
        TYPED,
        "only later derivatives",
        "derive mazur --induction",
        "each step uses values of the forward pass and derivatives that are already known, those "
        "nearer to the loss, never others",
    ),
    Row(UNDERSTANDING, "C", "derive sigmoid_neuron --notation phi", "C = 1/2·(y − a)²"),
    Row(
        UNDERSTANDING,
        "φ′",
        "derive sigmoid_neuron --notation phi",
        "= φ(z)(1 − φ(z)) = a(1 − a)",
    ),
    Row(
        UNDERSTANDING,
        "C(y, a) of z ≡ Wx + b",
        "derive sigmoid_neuron --notation phi --induction",
        "C(φ(W x + b), y)",
    ),
    Row(
        UNDERSTANDING,
        "the update rule",
        "step sigmoid_neuron --notation phi",
        "θ ← θ − α·∂C/∂θ",
    ),
    Row(
        UNDERSTANDING,
        "the new w₁",
        "step sigmoid_neuron --notation phi --digits 3",
        "w₁ ← w₁ − α·∂C/∂w₁ = 2 − 1·0.053 = 1.947",
        "the source prints 1.94, cut off",
    ),
    Row(
        UNDERSTANDING,
        "the new w₂",
        "step sigmoid_neuron --notation phi --digits 3",
        "w₂ ← w₂ − α·∂C/∂w₂ = −3 − 1·0.106 = −3.106",
    ),
    Row(
        UNDERSTANDING,
        "the new b",
        "step sigmoid_neuron --notation phi --digits 3",
        "b ← b − α·∂C/∂b = −3 − 1·(−0.053) = −2.947",
    ),
    Row(
        UNDERSTANDING,
        "an answer nearer to 1",
        "step sigmoid_neuron --notation phi --digits 3",
        "a 0.731 0.789 0.058",
    ),
    Row(UNDERSTANDING, "annealing the rate", "explain exponential", "ηₜ = η·γ^(t − 1)"),
    Row(
        UNDERSTANDING,
        "relu does not saturate, it is off",
        "explain relu",
        "largest slope 1 where z > 0; off where z < 0",
    ),
    Row(UNDERSTANDING, "tanh is a scaled sigmoid", "explain tanh", "tanh(z) = 2·σ(2·z) − 1"),
    Row(UNDERSTANDING, "and so is its slope", "explain tanh", "tanh′(z) = 4·σ′(2·z)"),
    Row(
        HOW,
        "sum rule",
        "explain 'sum rule'",
        "∂(f(x) + g(x))/∂x = ∂(f(x))/∂x + ∂(g(x))/∂x",
    ),
    Row(
        HOW,
        "product rule",
        "explain 'product rule'",
        "∂(f(x)·g(x))/∂x = ∂(f(x))/∂x·g(x) + ∂(g(x))/∂x·f(x)",
    ),
    Row(
        HOW,
        "sum over paths",
        "derive chain_rule",
        "∂z/∂x = ∂z/∂u·∂u/∂x + ∂z/∂v·∂v/∂x",
    ),
    Row(
        HOW,
        "10.5 of two paths",
        "derive diamond --numbers",
        "∂o/∂a = ∂o/∂c·∂c/∂a + ∂o/∂d·∂d/∂a",
    ),
    Row(
        HOW,
        "step 5 of the forward pass",
        "derive symbolic_2443 --style components",
        "⎣ F(z⁴₃) ⎦ ⎣ a⁴₃ ⎦ Cᵢ = C(a⁴, y) ━",
    ),
    Row(HOW, "F", "describe symbolic_2443", "F(zˡ) vector the activation function"),
    Row(HOW, "C_i", "describe symbolic_2443", "Cᵢ loss real number the cost"),
    Row(
        HOW,
        "equation 3",
        "derive symbolic_2443 --style index",
        "= Σ_q δˡ⁺¹_q·wˡ⁺¹_qj·F′(zˡⱼ) = F′(zˡⱼ)·(Σ_q δˡ⁺¹_q·wˡ⁺¹_qj) for 2 ≤ l ≤ L − 1",
        "the source says 2 ≤ l ≤ L, where there is no layer L + 1",
    ),
)


@functools.cache
def said(command: str) -> str:
    """Return what a command prints, words apart by one space."""
    name, network, *options = shlex.split(command)
    given = network if name == "explain" else config(network)
    return " ".join(printed(name, given, *options).split())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.source}: {row.item}")
def test_line(row: Row) -> None:
    """The line stands in what the command prints."""
    assert row.line in said(row.command), row.note
