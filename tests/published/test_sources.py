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

from ..commands.running import EXAMPLES, config, printed

DIAGRAMS = "Backpropagation in four diagrams"
BISHOP = "Backpropagation, after Bishop"
TYPED = "Backpropagation for strongly-typed minds"
UNDERSTANDING = "Understanding Backpropagation"
HOW = "How Does the Backpropagation Work (I)"

BY_HAND = "derive sigmoid_neuron --notation phi --round-forward 2 --digits 6 --numbers"
"""The neuron with its activation rounded to 0.73, as that source goes on."""


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
        "the linear accumulator",
        "trace four_diagrams",
        "L²ⱼ = Σᵢ Iᵢ·W¹ᵢⱼ",
        "the drawing has W¹ⱼᵢ, its gradient's formula W_ij: one order holds here",
    ),
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
    Row(
        DIAGRAMS,
        "and through all layers",
        "explain 'vanishing gradient' --notation four-diagrams",
        "·…·max(|σ′(Lᴷ⁻¹)|)·‖(Wᴷ⁻¹)ᵀ‖·‖∂c/∂Oᴷ⁻¹‖",
    ),
    Row(DIAGRAMS, "σ", "describe four_diagrams", "σ(Lᵏ) vector the activation function"),
    Row(DIAGRAMS, "σ′", "describe four_diagrams", "σ′(Lᵏ) vector its slope"),
    Row(BISHOP, "a_j", "derive bishop --style algorithm", "aₙⱼ ← Σᵢ wⱼᵢ·zₙᵢ + wⱼ₀"),
    Row(BISHOP, "z_j", "derive bishop --style algorithm", "zₙⱼ ← h(aₙⱼ)"),
    Row(BISHOP, "L is a sum over samples", "derive bishop", "L(w) = Σₙ Lₙ(w)"),
    Row(
        BISHOP,
        "and its bounds",
        "derive bishop --format latex",
        r"L(w) &= \sum_{n=1}^{N} L_{n}(w)",
    ),
    Row(
        BISHOP,
        "all units to which j sends connections",
        "derive residual --notation bishop",
        "δⱼ := ∂Lₙ/∂aⱼ = Σₖ ∂Lₙ/∂aₖ·∂aₖ/∂aⱼ = h′(aⱼ)·(Σₖ wₖⱼ·δₖ)",
    ),
    Row(
        BISHOP,
        "and what the sum runs over",
        "explain 'sum over paths' --notation bishop",
        "the sum runs over all units to which unit j sends connections, in whichever layers",
    ),
    Row(
        BISHOP,
        "the table: L_n, N",
        "describe bishop",
        "Lₙ cost real number the cost of one sample N = 3 positive integer the number of samples",
    ),
    Row(BISHOP, "δ is defined", "derive bishop", "δₙⱼ := ∂Lₙ/∂aₙⱼ = Σₖ ∂Lₙ/∂aₙₖ·∂aₙₖ/∂aₙⱼ"),
    Row(
        BISHOP,
        "and worked by nothing but the chain rule where there are numbers",
        "trace bishop",
        "δ⁽¹⁾ₙⱼ = h′(a⁽¹⁾ₙⱼ)·∂Lₙ/∂z⁽¹⁾ₙⱼ",
    ),
    Row(BISHOP, "errors of outputs", "derive bishop", "δₙₖ := ∂Lₙ/∂aₙₖ = ∂Lₙ/∂yₙₖ = yₙₖ − tₙₖ"),
    Row(
        BISHOP,
        "the backpropagation formula",
        "derive bishop --style algorithm",
        "δₙⱼ ← h′(aₙⱼ)·(Σₖ wₖⱼ·δₙₖ)",
    ),
    Row(
        BISHOP,
        "k counts the units above, j one's own, in numbers too",
        "trace bishop",
        "∂Lₙ/∂z⁽¹⁾ₙⱼ = Σₖ w⁽²⁾ₖⱼ·δ⁽²⁾ₙₖ",
    ),
    Row(
        BISHOP,
        "the output's units have no such sum",
        "explain 'sum over paths' --notation bishop",
        "an output unit sends to none, its error is the loss's own derivative",
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
        "function notation",
        "derive mazur --style function",
        "C = C(a², y) = C(σ(W² σ(W¹ x + b¹·𝟏) + b²·𝟏), y)",
    ),
    Row(
        TYPED,
        "its derivative at the output",
        "derive mazur --style function",
        "δᴸⱼ = ∂ⱼC(aᴸ)·σ′(Σₚ wᴸⱼₚ·aᴸ⁻¹ₚ + bᴸ)",
    ),
    Row(
        TYPED,
        "function notation all through: of the loss",
        "derive mazur --style function",
        "∂ₖC(a²) = ∂(1/2·(a²ₖ − yₖ)²)/∂a²ₖ = a²ₖ − yₖ",
    ),
    Row(
        TYPED,
        "and of the sigmoid",
        "derive mazur --style function",
        "chain rule σ′(z¹ⱼ) = e^(−z¹ⱼ)/(1 + e^(−z¹ⱼ))²",
    ),
    Row(
        TYPED,
        "Leibniz notation, through ∂C/∂a",
        "derive mazur",
        "δᴸⱼ = ∂C/∂zᴸⱼ = ∂C/∂aᴸⱼ·∂aᴸⱼ/∂zᴸⱼ = ∂C/∂aᴸⱼ·σ′(zᴸⱼ)",
    ),
    Row(
        TYPED,
        "one weight followed through the graph",
        "derive mazur --mode paths --wrt 'W1[1,1]'",
        "path 1: w¹₁₁ → a¹₁ → a²₁ → C path 2: w¹₁₁ → a¹₁ → a²₂ → C",
    ),
    Row(
        TYPED,
        "and its walks added",
        "derive mazur --mode paths --wrt 'W1[1,1]' --numbers",
        "∂C/∂w¹₁₁ = P₁ + P₂ = ∂C/∂a²₁·∂a²₁/∂a¹₁·∂a¹₁/∂w¹₁₁ + ∂C/∂a²₂·∂a²₂/∂a¹₁·∂a¹₁/∂w¹₁₁",
    ),
    Row(
        TYPED,
        "of a general weight",
        "explain walk",
        "∂C/∂wᴸ⁻²ⱼₖ = Σₘ Σₚ ∂C/∂aᴸₘ·∂aᴸₘ/∂aᴸ⁻¹ₚ·∂aᴸ⁻¹ₚ/∂aᴸ⁻²ⱼ·∂aᴸ⁻²ⱼ/∂zᴸ⁻²ⱼ· ∂zᴸ⁻²ⱼ/∂wᴸ⁻²ⱼₖ",
    ),
    Row(TYPED, "a specific layer", "describe mazur", "l positive integer the number of some layer"),
    Row(TYPED, "the weights in a list", "describe mazur", "w vector 8 all weights, in a row"),
    Row(TYPED, "one weight", "describe mazur", "the weight to unit 1 from value 2"),
    Row(
        TYPED,
        "only later derivatives",
        "derive mazur --induction",
        "each step uses values of the forward pass and derivatives that are already known, those "
        "nearer to the loss, never others",
    ),
    Row(UNDERSTANDING, "C(y, a)", "derive sigmoid_neuron --notation phi", "C(y, a) = 1/2·(y − a)²"),
    Row(
        UNDERSTANDING,
        "½ before the sum",
        "derive mazur --notation phi",
        "C(y, a²) = 1/2·(Σₖ (yₖ − a²ₖ)²)",
        "the source's sum has no index",
    ),
    Row(
        UNDERSTANDING,
        "∂C/∂a",
        f"{BY_HAND} --wrt W1[1,1]",
        "∂C/∂a = −(y − a) = −(1 − 0.73) = −0.27",
    ),
    Row(
        UNDERSTANDING,
        "∂a/∂z",
        f"{BY_HAND} --wrt W1[1,1]",
        "∂a/∂z = a(1 − a) = 0.73·(1 − 0.73) = 0.1971",
    ),
    Row(UNDERSTANDING, "∂z/∂w₁", f"{BY_HAND} --wrt W1[1,1]", "∂z/∂w₁ = x₁ = −1"),
    Row(
        UNDERSTANDING,
        "everything multiplied together",
        f"{BY_HAND} --wrt W1[1,1]",
        "∂C/∂w₁ = ∂C/∂a·∂a/∂z·∂z/∂w₁ = (−0.27)·0.1971·(−1) = 0.053217",
    ),
    Row(
        UNDERSTANDING,
        "δ computed once",
        f"{BY_HAND} --wrt W1[1,2]",
        "∂C/∂a·∂a/∂z·∂z/∂w₂ = δ·∂z/∂w₂ = δ·x₂ = (−0.053217)·(−2) = 0.106434",
    ),
    Row(
        UNDERSTANDING,
        "δ is defined too",
        "derive sigmoid_neuron --notation phi",
        "δ ≡ ∂C/∂z = ∂C/∂a·∂a/∂z",
    ),
    Row(
        UNDERSTANDING,
        "the bias's gradient is δ",
        f"{BY_HAND} --wrt b1",
        "∂C/∂b = ∂C/∂a·∂a/∂z·∂z/∂b = δ·∂z/∂b = δ·1 = δ = −0.053217",
    ),
    Row(
        UNDERSTANDING,
        "the loss of 0.73",
        f"trace{BY_HAND.removeprefix('derive').removesuffix(' --numbers')}",
        "C = c = 0.03645",
        "the source prints (1 − 0.73)² = 0.0729, without the ½ of its own cost",
    ),
    Row(
        UNDERSTANDING,
        "z ≡ Wx + b",
        "derive sigmoid_neuron --notation phi --style algorithm",
        "z ← Σₖ wₖ·xₖ + b",
    ),
    Row(
        UNDERSTANDING,
        "as a matrix, by itself",
        "derive sigmoid_neuron --notation phi --style matrix",
        "z ≡ W x + b a ≡ φ(z) ━",
    ),
    Row(
        UNDERSTANDING,
        "≡ in LaTeX",
        "derive sigmoid_neuron --notation phi --style matrix --format latex",
        r"z &\equiv W \, x + b",
    ),
    Row(
        UNDERSTANDING,
        "≡ where the numbers are worked too",
        "trace sigmoid_neuron --notation phi",
        "z ≡ Σₖ wₖ·xₖ + b a ≡ φ(z) = 1/(1 + e^(−z))",
    ),
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
        "C(y, φ(W x + b))",
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
    Row(
        UNDERSTANDING,
        "an addition copies the gradient",
        "explain 'sum rule'",
        "an addition sends what arrives to each of its inputs unchanged",
    ),
    Row(
        UNDERSTANDING,
        "a multiplication switches",
        "explain 'product rule'",
        "a multiplication sends what arrives to each input times the other one",
    ),
    Row(
        UNDERSTANDING,
        "the incoming gradient times the local one",
        "trace sigmoid_neuron --notation phi --as-graph operations --round-forward 2 --digits 3",
        "z a −0.270 a(1 − a) 0.197 −0.053",
    ),
    Row(
        UNDERSTANDING,
        "saturated",
        "explain saturation",
        "on a flat part of its activation: its slope is below 5% of the largest there is",
    ),
    Row(
        UNDERSTANDING,
        "a dying relu",
        "explain 'dead unit'",
        "as a relu's below 0: no error reaches its weights, so no step will wake it",
    ),
    Row(
        UNDERSTANDING,
        "a leaky relu's slope is not 0",
        "explain leaky_relu",
        "leaky_relu′(z) = {1 if z > 0; 0.01 otherwise}",
    ),
    Row(
        UNDERSTANDING,
        "the end of 32 and 64 bits",
        "explain 'exploding gradient'",
        "32 bits near 3e38, 64 bits near 2e308: past it the gradient is infinite",
    ),
    Row(
        UNDERSTANDING,
        "clipping",
        "explain clipping",
        "each entry to a bound (--clip), or the whole to a norm (--clip-norm)",
    ),
    Row(
        UNDERSTANDING,
        "an lstm's sum and its forget gate",
        "explain bptt",
        "where its forget gate is 1 the gradient goes back times one, and no gate is above 1",
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
        "∂(f(x) + g(x))/∂x = ∂f(x)/∂x + ∂g(x)/∂x",
    ),
    Row(
        HOW,
        "product rule",
        "explain 'product rule'",
        "∂(f(x)·g(x))/∂x = ∂f(x)/∂x·g(x) + ∂g(x)/∂x·f(x)",
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
        "⎣ F(z⁴₃) ⎦ ⎣ a⁴₃ ⎦ Cᵢ = C(a⁴, y⁽ⁱ⁾) ━",
    ),
    Row(HOW, "F", "describe symbolic_2443", "F(zˡ) vector the activation function"),
    Row(HOW, "C_i", "describe symbolic_2443", "Cᵢ loss real number the cost of one sample"),
    Row(HOW, "N^l", "describe symbolic_2443", "Nˡ positive integer its number of units"),
    Row(HOW, "θ", "describe symbolic_2443", "θ vector 47 all weights and biases"),
    Row(
        HOW, "J(θ)", "describe symbolic_2443", "J(θ) real number the cost: the mean over n samples"
    ),
    Row(
        HOW,
        "J(θ) is a mean",
        "derive symbolic_2443",
        "Cᵢ = C(a⁴, y⁽ⁱ⁾) J(θ) = 1/n·(Σᵢ Cᵢ)",
    ),
    Row(
        HOW,
        "sample gradients",
        "derive symbolic_2443",
        "Wᵢ = ∂Cᵢ/∂wˡⱼₖ for 2 ≤ l ≤ L Bᵢ = ∂Cᵢ/∂bˡⱼ",
    ),
    Row(
        HOW,
        "averaged",
        "derive symbolic_2443",
        "∂J(θ)/∂wˡⱼₖ = 1/n·(Σᵢ Wᵢ) for 2 ≤ l ≤ L ∂J(θ)/∂bˡⱼ = 1/n·(Σᵢ Bᵢ)",
        "the source prints Σ W_i without saying that each is of one weight",
    ),
    Row(
        HOW,
        "J(θ) + δ Δz",
        "explain delta --notation nielsen-fj",
        "J(θ) + ∂J(θ)/∂zˡⱼ·Δzˡⱼ = J(θ) + δˡⱼ·Δzˡⱼ",
        "the source prints ∂J(θ)/z for ∂J(θ)/∂z",
    ),
    Row(
        HOW,
        "n functions",
        "explain 'chain rule'",
        "z = f(u₁, …, uₙ) uᵢ = gᵢ(x₁, …, xₘ) ∂z/∂xⱼ = Σᵢ ∂z/∂uᵢ·∂uᵢ/∂xⱼ",
    ),
    Row(
        HOW,
        "from 1 to n",
        "explain 'chain rule' --format latex",
        r"\sum_{i=1}^{n} \frac{\partial z}{\partial u_{i}} \, \frac{\partial u_{i}}",
    ),
    Row(
        HOW,
        "n functions of m variables: a graph of vectors",
        "derive vector_chain_rule --wrt x[1] --format latex",
        r"\frac{\partial z}{\partial x_{1}} &= \sum_{i=1}^{3} \frac{\partial z}{\partial u_{i}} \, "
        r"\frac{\partial u_{i}}{\partial x_{1}} =",
    ),
    Row(
        HOW,
        "∂z/∂x₁ written out",
        "derive vector_chain_rule --wrt x[1]",
        "= ∂z/∂u₁·∂u₁/∂x₁ + ∂z/∂u₂·∂u₂/∂x₁ + ∂z/∂u₃·∂u₃/∂x₁",
    ),
    Row(HOW, "path 1", "derive chain_rule --mode paths", "x → u → z"),
    Row(HOW, "path 2", "derive chain_rule --mode paths", "x → v → z"),
    Row(HOW, "feed-forward", "derive diamond --numbers", "c = a + b = 2 + 3 = 5"),
    Row(HOW, "o", "derive diamond --numbers", "o = 1/2·c·d = 1/2·5·6 = 15"),
    Row(HOW, "backward begins with 1", "derive diamond --numbers", "∂o/∂o = 1"),
    Row(HOW, "∂o/∂c", "derive diamond --numbers", "= 1/2·d = 1/2·6 = 3"),
    Row(HOW, "∂o/∂d", "derive diamond --numbers", "= 1/2·c = 1/2·5 = 2.5"),
    Row(HOW, "∂o/∂a", "derive diamond --mode paths --numbers", "3 + 7.5 = 10.5"),
    Row(HOW, "∂o/∂b", "derive diamond --mode paths --numbers", "3 + 5 = 8"),
    Row(
        HOW,
        "computed three times",
        "derive diamond --mode paths --numbers",
        "computed more than once times ───────────────────────────────── ∂o/∂c 3 ∂o/∂d 3",
    ),
    Row(
        HOW,
        "step 1 of the forward pass",
        "derive symbolic_2443 --style components",
        "a¹ = ⎡ a¹₁ ⎤ = z¹ = ⎡ z¹₁ ⎤ = ⎡ x⁽ⁱ⁾₁ ⎤ ⎣ a¹₂ ⎦ ⎣ z¹₂ ⎦ ⎣ x⁽ⁱ⁾₂ ⎦",
    ),
    Row(
        HOW,
        "equation 1",
        "derive symbolic_2443 --style index",
        "1 ∂Cᵢ/∂wˡⱼₖ = ∂Cᵢ/∂zˡⱼ·∂zˡⱼ/∂wˡⱼₖ",
    ),
    Row(HOW, "equation 2", "derive symbolic_2443 --style index", "2 ∂Cᵢ/∂bˡⱼ = ∂Cᵢ/∂zˡⱼ·∂zˡⱼ/∂bˡⱼ"),
    Row(HOW, "equation 3", "derive symbolic_2443 --style index", "3 δˡⱼ = ∂Cᵢ/∂zˡⱼ = Σ_q"),
    Row(HOW, "equation 4", "derive symbolic_2443 --style index", "4 δᴸⱼ = ∂Cᵢ/∂zᴸⱼ"),
    Row(
        HOW,
        "F under ∂",
        "derive symbolic_2443 --style index",
        "= ∂Cᵢ/∂aᴸⱼ·∂F(zᴸⱼ)/∂zᴸⱼ = ∂Cᵢ/∂aᴸⱼ·F′(zᴸⱼ)",
    ),
    Row(
        HOW,
        "q counts the units above, j one's own, in numbers too",
        "trace mazur --notation nielsen-fj",
        "∂Cᵢ/∂a²ⱼ = Σ_q δ³_q·w³_qj",
    ),
    Row(
        HOW,
        "equations by number",
        "derive symbolic_2443 --style index --format latex",
        r"\text{for } 2 \le l \le L \tag{2}",
    ),
    Row(HOW, "first equation 4", "derive symbolic_2443", "by equations 1, 2 and 4, for layer 4"),
    Row(
        HOW,
        "equation 3 worked out",
        "derive symbolic_2443 --style index",
        "= Σ_q δˡ⁺¹_q·wˡ⁺¹_qj·F′(zˡⱼ) = F′(zˡⱼ)·(Σ_q δˡ⁺¹_q·wˡ⁺¹_qj) for 2 ≤ l ≤ L − 1",
        "the source says 2 ≤ l ≤ L, where there is no layer L + 1",
    ),
)


SEEN = "--format words"
"""A picture's nodes and lines in words; its colours and places are in ``tests/diagrams``."""
FIGURES = (
    Row(
        DIAGRAMS,
        "figure: one unit forward",
        f"diagram --generic --pass forward --notation four-diagrams {SEEN}",
        "I₁ I₂ I₃ Lⱼ = Σᵢ Iᵢ·W¹ᵢⱼ Aⱼ = σ(Lⱼ) O₁ O₂ O₃ I₁ → Lⱼ: W¹₁ⱼ Aⱼ → O₁: W²ⱼ₁ I₂ → Lⱼ: W¹₂ⱼ",
    ),
    Row(
        DIAGRAMS,
        "figure: one unit backward",
        f"diagram --generic --pass backward --notation four-diagrams {SEEN}",
        "Lⱼ: ∂c/∂Lⱼ = ∂c/∂Aⱼ·σ′(Lⱼ) Aⱼ: ∂c/∂Aⱼ = Σₘ W²ⱼₘ·∂c/∂Oₘ O₁: ∂c/∂O₁ O₂: ∂c/∂O₂ O₃: ∂c/∂O₃",
    ),
    Row(
        DIAGRAMS,
        "figure: the network, E as a node before the cost",
        f"diagram four_diagrams --pass forward {SEEN}",
        "E₁ = 0.5 c = 16 I₁ → A²₁: W¹ I₂ → A²₁ I₁ → A²₂ I₂ → A²₂ A²₁ → O₁: W² A²₂ → O₁ O₁ → c "
        "E₁ → c",
    ),
    Row(
        DIAGRAMS,
        "figure: errors are the nodes, the lines forward stay behind",
        f"diagram four_diagrams --pass backward {SEEN}",
        "∂c/∂L²₁ = 16 ∂c/∂L²₂ = −8 ∂c/∂O²₁ = 8 c I₁ ← ∂c/∂L²₁: W¹ I₁ → ∂c/∂L²₁ I₂ ← ∂c/∂L²₁",
    ),
    Row(
        BISHOP,
        "figure: what a unit reads",
        f"diagram --generic --notation bishop {SEEN}",
        "z₁ z₂ zᵢ wⱼ₀: ∂L/∂wⱼ₀ = δⱼ aⱼ = Σᵢ wⱼᵢ·zᵢ + wⱼ₀: δⱼ = h′(aⱼ)·∂L/∂zⱼ zⱼ = h(aⱼ): ∂L/∂zⱼ",
    ),
    Row(
        BISHOP,
        "figure: a message on each line, and its answer",
        f"diagram --generic --notation bishop {SEEN}",
        "zⱼ → a₂: w₂ⱼ zⱼ ← a₂ zᵢ → aⱼ: wⱼᵢ zᵢ ← aⱼ: ∂L/∂wⱼᵢ = δⱼ·zᵢ zⱼ → aₖ: wₖⱼ zⱼ ← aₖ",
    ),
    Row(
        BISHOP,
        "figure: the local edge",
        f"diagram --generic --local --notation bishop {SEEN}",
        "zᵢ: δᵢ zⱼ: δⱼ zᵢ → zⱼ: wⱼᵢ, ∂L/∂wⱼᵢ = δⱼ·zᵢ",
    ),
    Row(
        TYPED,
        "figure: weights as nodes, one followed",
        f"diagram mazur --kind weights-as-nodes --focus W1[1,1] {SEEN}",
        "w¹₁₁ → a¹₁ a¹₁ → a²₁ a¹₁ → a²₂ a²₁ → C a²₂ → C",
    ),
    Row(
        UNDERSTANDING,
        "figure: gates ×, +, φ",
        f"diagram sigmoid_neuron --kind computation --gates --notation phi {SEEN}",
        "x₁ w₁ x₂ w₂ b v1 (×) v2 (×) z1[1] (+) y a1[1] (φ)",
    ),
    Row(
        UNDERSTANDING,
        "figure: values and gradients along the lines",
        f"diagram sigmoid_neuron --kind computation --notation phi --round-forward 2 {SEEN}",
        ": 1, −0.0532",
    ),
    Row(
        UNDERSTANDING,
        "figure: the unrolled network, a cost at each step",
        f"diagram scalar_rnn --kind unrolled {SEEN}",
        "a¹₁ → a¹₂: U¹, −0.0089 a¹₂ → a¹₃: U¹, −0.0091",
    ),
    Row(
        HOW,
        "figure: the graph of c, d and o",
        f"diagram diamond {SEEN}",
        "a → c: 2, 3 b → c: 3, 3 a → d: 2, 7.5 b → d: 3, 5 c → o: 5, 3 d → o: 6, 2.5",
    ),
)


@functools.cache
def said(command: str) -> str:
    """Return what a command prints, words apart by one space."""
    name, *words = shlex.split(command)
    first = config(words[0]) if name != "explain" and words[0] in EXAMPLES else words[0]
    return " ".join(printed(name, first, *words[1:]).split())


@pytest.mark.parametrize("row", [*ROWS, *FIGURES], ids=lambda row: f"{row.source}: {row.item}")
def test_line(row: Row) -> None:
    """The line stands in what the command prints."""
    assert row.line in said(row.command), row.note
