"""The equations of five published explanations, in their own letters, come out of ``derive``.

Expected equations are written as the texts have them (in LaTeX), misprints put right; what is
compared is the mathematics, not the spacing: see ``plain``.
"""

from __future__ import annotations

import re

import pytest

from ..commands.running import config, printed


def plain(latex: str) -> str:
    """Return LaTeX without what does not change its meaning.

    Spacing, alignment, line breaks, signs of multiplication, sizes of brackets, braces around one
    character; superscripts are put before subscripts, arrays in brackets are bmatrix.
    """
    text = re.sub(r"\\left\s*\[\s*\\begin\{array\}\{[lc]+\}", r"\\begin{bmatrix}", latex)
    text = re.sub(r"\\end\{array\}\s*\\right\s*\]", r"\\end{bmatrix}", text)
    display = r"\{\\allowdisplaybreaks|\\(begin|end)\{align(ed|at\*\}\{2|at\*)\}\}?"
    text = re.sub(rf"\\text\{{for \}}.*|\\qquad.*|{display}", "", text)
    for dropped in (
        r"\[3pt\]",
        r"\\\\\*?",
        r"\\cr(?![a-z])",
        r"\\hspace\{2pt\}",
        r"\\,",
        r"\\cdot(?![a-z])",
        r"\\left",
        r"\\right(?!a)",
    ):
        text = re.sub(dropped, "", text)
    text = re.sub(r"\\sum_\{([a-z])=1\}\^\{?[0-9nN](?:[_^]\{[^}]*\})?\}?", r"\\sum_\1", text)
    text = re.sub(r"[\s&~]", "", text).replace(r"h^{'}", "h'").replace(r"\varphi", r"\phi")
    text = re.sub(r"([_^])\{(.)\}", r"\1\2", text)
    return re.sub(r"(_(?:\{[^{}]*\}|.))(\^(?:\{[^{}]*\}|.))", r"\2\1", text)


def derived(*arguments: str) -> str:
    """Return a derivation's LaTeX, made plain."""
    return plain(printed("derive", *arguments, "--format", "latex"))


def says(output: str, equation: str) -> None:
    """Assert that the equation stands in the output, chains in one piece."""
    assert plain(equation) in output, plain(equation)


def test_plain_keeps_the_meaning() -> None:
    """What is dropped is spacing: indices, layers, signs and order still tell equations apart."""
    right = r"\delta_j^l = \sum_{k=1}^{n_{l+1}} \, w_{kj}^{l+1} \cdot \delta_k^{l+1}"
    assert plain(right) == r"\delta^l_j=\sum_kw^{l+1}_{kj}\delta^{l+1}_k"
    for wrong in (("{kj}", "{jk}"), ("_k^{l+1}", "_k^{l}"), ("=", "=-"), ("w_", "")):
        assert plain(right) != plain(right.replace(*wrong)), wrong


# -- Backpropagation in four diagrams

FOUR_DIAGRAMS = (
    r"c = (O_1 - E_1)^2",
    r"\frac{\partial c}{\partial O_i} = 2 (O_i - E_i)",
    r"\frac{\partial c}{\partial L_i} = \sum_j \frac{\partial c}{\partial O_j}"
    r"\frac{\partial O_j}{\partial L_i}",
    r"= (\sum_j W^k_{ij} \frac{\partial c}{\partial O_j}) \sigma'(L_i)",
    r"\frac{\partial c}{\partial W^k_{ij}} = \frac{\partial c}{\partial O_j}"
    r"\frac{\partial O_j}{\partial W^k_{ij}} = A_i \frac{\partial c}{\partial O_j}",
)
"""Upside-down in the text: it prints ∂W/∂c and ∂O/∂c for ∂c/∂W and ∂c/∂O, and O_i for O_j."""


@pytest.mark.parametrize("equation", FOUR_DIAGRAMS)
def test_four_diagrams(equation: str) -> None:
    """The error of the linear parts, carried back; gradients with the input's index first."""
    says(derived(config("four_diagrams")), equation)


def test_four_diagrams_sum_over_outputs(tmp_path_factory: pytest.TempPathFactory) -> None:
    """With several outputs the cost is Σ_i (O_i − E_i)², in text too."""
    file = tmp_path_factory.mktemp("four") / "net.yaml"
    layer = "- {units: 2, activation: relu}\n- {units: 3}"
    lines = "\n".join(f"  {line}" for line in layer.splitlines())
    file.write_text(
        "input: [~, ~]\ntarget: [~, ~, ~]\nloss: squared_error\nnotation: four-diagrams\n"
        f"layers:\n{lines}\n"
    )
    says(derived(str(file)), r"c = \sum_i (O_i - E_i)^2")
    assert "c = Σᵢ (Oᵢ − Eᵢ)²" in printed("derive", str(file))


# -- Backpropagation, after Bishop's "Deep Learning"

ONE_SAMPLE = (
    r"\frac{\partial L_n}{\partial w_{ji}} = \frac{\partial L_n}{\partial a_j}"
    r"\frac{\partial a_j}{\partial w_{ji}} = \delta_j z_i",
    r"\delta_j := \frac{\partial L_n}{\partial a_j} = \sum_k \frac{\partial L_n}{\partial a_k}"
    r"\frac{\partial a_k}{\partial a_j}",
    r"= h^{'}(a_j) (\sum_k w_{kj} \delta_k)",
)
BATCH = (
    r"L(w) = \sum_{n=1}^{N} L_n(w)",
    r"\delta_{nk} := \frac{\partial L_n}{\partial a_{nk}} = \frac{\partial L_n}{\partial y_{nk}}"
    r"= y_{nk} - t_{nk}",
    r"\frac{\partial L}{\partial w_{ji}} = \sum_{n=1}^{3} \frac{\partial L_n}{\partial w_{ji}}",
)
ALGORITHM = (
    r"a_j \leftarrow \sum_i w_{ji} z_i",
    r"z_j \leftarrow h(a_j)",
    r"\delta_k \leftarrow \frac{\partial L_n}{\partial a_k}",
    r"\delta_j \leftarrow h^{'}(a_j) (\sum_k w_{kj} \delta_k)",
    r"\frac{\partial L_n}{\partial w_{ji}} \leftarrow \delta_j z_i",
)


@pytest.mark.parametrize("equation", ONE_SAMPLE)
def test_bishop_one_sample(equation: str) -> None:
    """The backpropagation formula for L_n, of any network with a hidden layer."""
    says(derived(config("mazur"), "--notation", "bishop"), equation)


@pytest.mark.parametrize("equation", BATCH)
def test_bishop_batch(equation: str) -> None:
    """Errors of sample n under half the squared error and a linear output; L is the sum."""
    says(derived(config("bishop")), equation)


@pytest.mark.parametrize("equation", ALGORITHM)
def test_bishop_algorithm(equation: str) -> None:
    """Forward propagation, error evaluation, backward propagation."""
    says(derived(config("mazur"), "--notation", "bishop", "--style", "algorithm"), equation)


def test_bishop_phases() -> None:
    """The three phases stand in their order, in text."""
    text = printed("derive", config("bishop"), "--style", "algorithm")
    phases = ("Forward propagation", "Error evaluation", "Backward propagation")
    places = [text.index(phase) for phase in phases]
    assert places == sorted(places)
    assert "δₙⱼ ← h′(aₙⱼ)·(Σₖ wₖⱼ·δₙₖ)" in text


# -- The tutorial with types, in Leibniz and in function notation (Machine Learning subwiki)


def test_types() -> None:
    """The cost's type is stated, with the numbers of weights and biases filled in."""
    text = printed("describe", config("symbolic_2443"))
    assert "ℝ^(n_w + n_b) → ℝ" in text
    assert "n_w = 36 and n_b = 11" in text


def test_both_notations() -> None:
    """One derivation multiplies ∂'s, the other takes derivatives of functions at their inputs."""
    leibniz = printed("derive", config("mazur"), "--wrt", "W2")
    assert "∂C/∂w²ⱼₖ = ∂C/∂a²ⱼ·∂a²ⱼ/∂z²ⱼ·∂z²ⱼ/∂w²ⱼₖ" in leibniz
    function = printed("derive", config("mazur"), "--style", "function", "--wrt", "W2")
    assert "δ²ⱼ = ∂ⱼC(a²)·σ′(Σₚ w²ⱼₚ·a¹ₚ + b²)" in function


def test_only_later_derivatives() -> None:
    """It is said what a step may use: the forward pass, and derivatives nearer to the loss."""
    text = " ".join(printed("derive", config("mazur")).split())
    assert "derivatives that are already known, those nearer to the loss, never others" in text


# -- Understanding Backpropagation

NEURON = (
    r"C(y, a) = \frac{1}{2} (y - a)^2",
    r"\frac{\partial C}{\partial a} = -(y - a) = -(1 - 0.73) = -0.27",
    r"\phi(z) (1 - \phi(z)) = a (1 - a)",
    r"\frac{\partial a}{\partial z} = a (1 - a) = 0.73 (1 - 0.73) = 0.1971",
    r"\frac{\partial z}{\partial w_1} = x_1 = -1",
    r"\frac{\partial C}{\partial w_1} = \frac{\partial C}{\partial a}"
    r"\frac{\partial a}{\partial z}\frac{\partial z}{\partial w_1}",
    r"= (-0.053217) \cdot (-1) = 0.053217",
    r"\frac{\partial C}{\partial w_2} = \frac{\partial C}{\partial a}"
    r"\frac{\partial a}{\partial z}\frac{\partial z}{\partial w_2}"
    r"= \delta \frac{\partial z}{\partial w_2}",
    r"\frac{\partial C}{\partial b} = \frac{\partial C}{\partial a}"
    r"\frac{\partial a}{\partial z}\frac{\partial z}{\partial b}"
    r"= \delta \frac{\partial z}{\partial b} = \delta \cdot 1 = \delta",
)
"""The sigmoid neuron with its activation rounded to two decimals, as the text computes it."""
BY_HAND = (
    *("--notation", "phi", "--numbers", "--round-forward", "2", "--digits", "6"),
    *("--wrt", "W1[1,1]", "--wrt", "W1[1,2]", "--wrt", "b1"),
)


@pytest.mark.parametrize("equation", NEURON)
def test_neuron(equation: str) -> None:
    """Each partial derivative with its numbers, then their product; the bias's is δ."""
    says(derived(config("sigmoid_neuron"), *BY_HAND), equation)


def test_neuron_in_text() -> None:
    """The same on a screen, and z and a of the layer as functions."""
    text = printed("derive", config("sigmoid_neuron"), *BY_HAND)
    assert "∂C/∂a = −(y − a) = −(1 − 0.73) = −0.27" in text
    assert "∂a/∂z = a(1 − a) = 0.73·(1 − 0.73) = 0.1971" in text
    assert "= (−0.053217)·(−1)" in text
    style = ("--notation", "phi", "--style", "function")
    function = printed("derive", config("sigmoid_neuron"), *style)
    assert "C = C(y, a) = C(y, φ(W x + b))" in function


# -- How Does the Backpropagation Work

EQUATIONS = (
    r"\frac{\partial C_i}{\partial w_{jk}^l} = \frac{\partial C_i}{\partial z_j^l} \cdot"
    r"\frac{\partial z_j^l}{\partial w_{jk}^l} = \delta_j^l \cdot"
    r"\frac{\partial (\sum_p w_{jp}^l a_p^{l-1} + b_j^l)}{\partial w_{jk}^l}"
    r"= \delta_j^l \cdot a_k^{l-1}",
    r"\frac{\partial C_i}{\partial b_j^l} = \frac{\partial C_i}{\partial z_j^l} \cdot"
    r"\frac{\partial z_j^l}{\partial b_j^l} = \delta_j^l \cdot"
    r"\frac{\partial (\sum_p w_{jp}^l a_p^{l-1} + b_j^l)}{\partial b_j^l}"
    r"= \delta_j^l \cdot 1 = \delta_j^l",
    r"\delta_j^l = \frac{\partial C_i}{\partial z_j^l} ="
    r"\sum_q \frac{\partial C_i}{\partial z_q^{l+1}} \cdot"
    r"\frac{\partial z_q^{l+1}}{\partial z_j^l} = \sum_q \delta_q^{l+1} \cdot"
    r"\frac{\partial (\sum_p w_{qp}^{l+1} a_p^{l} + b_q^{l+1})}{\partial z_j^l}"
    r"= \sum_q \delta_q^{l+1} \cdot"
    r"\frac{\partial (\sum_p w_{qp}^{l+1} F(z_p^{l}) + b_q^{l+1})}{\partial z_j^l}"
    r"= \sum_q \delta_q^{l+1} \cdot w_{qj}^{l+1}F'(z_j^{l})",
    r"\delta_j^L = \frac{\partial C_i}{\partial z_j^L} = \frac{\partial C_i}{\partial a_j^L}"
    r"\cdot \frac{\partial a_j^L}{\partial z_j^L} = \frac{\partial C_i}{\partial a_j^L} \cdot"
    r"\frac{\partial F(z_j^L)}{\partial z_j^L} = \frac{\partial C_i}{\partial a_j^L}"
    r"\cdot F'(z_j^L)",
)
"""Equations 1 to 4; a ∂ is missing in some of the text's denominators."""


def any_letter(text: str) -> str:
    """Return plain LaTeX with the letter of an inner sum, which is a free choice, as p."""
    return re.sub(r"\\sum_k(w\^\{l\+1\}_)\{qk\}(a\^l|F\(z\^l)_k", r"\\sum_p\1{qp}\2_p", text)


@pytest.mark.parametrize("equation", EQUATIONS)
def test_equations(equation: str) -> None:
    """The four equations of an unspecified activation F and cost C."""
    output = any_letter(derived(config("symbolic_2443"), "--style", "index"))
    says(output, equation)


def test_ranges() -> None:
    """Equation 3 holds up to L − 1 (the text says L), the input is layer 1."""
    text = " ".join(printed("derive", config("symbolic_2443"), "--style", "index").split())
    assert "= F′(zˡⱼ)·(Σ_q δˡ⁺¹_q·wˡ⁺¹_qj) for 2 ≤ l ≤ L − 1" in text


def column(*cells: str) -> str:
    """Return a vector as the text writes it."""
    return r"\left [ \begin{array}{l} " + r" \\ ".join(cells) + r" \end{array} \right ]"


def entries(letter: str, layer: int, count: int) -> list[str]:
    """Return ``z_1^2``, ``z_2^2``, and so on."""
    return [rf"{letter}_{j}^{layer}" for j in range(1, count + 1)]


def affine(layer: int, units: int, below: int) -> str:
    """Return z as the text's steps of the feed-forward write it."""
    rows = [
        " + ".join(
            [rf"w_{{{j}{k}}}^{layer} \cdot a_{k}^{layer - 1}" for k in range(1, below + 1)]
            + [rf"b_{j}^{layer}"]
        )
        for j in range(1, units + 1)
    ]
    vector = column(*entries("z", layer, units))
    return rf"z^{layer} = {column(*rows)} = {vector}"


def activated(layer: int, units: int) -> str:
    """Return a = F(z), entry by entry."""
    rows = [rf"F({z})" for z in entries("z", layer, units)]
    return rf"a^{layer} = {column(*rows)} = {column(*entries('a', layer, units))}"


def hidden_error(layer: int, units: int, above: int) -> str:
    """Return δ of a hidden layer: F′(z_1)·(δ_1 w_11 + δ_2 w_21 + …)."""
    rows = []
    for j in range(1, units + 1):
        terms = (rf"\delta_{q}^{layer + 1} w_{{{q}{j}}}^{layer + 1}" for q in range(1, above + 1))
        rows.append(rf"F'(z_{j}^{layer})\cdot({' + '.join(terms)})")
    errors = column(*entries(r"\delta", layer, units))
    return rf"\delta^{layer} = {column(*rows)} = {errors}"


def outer(layer: int, units: int, below: int) -> str:
    """Return ∂C_i/∂w as the matrix of δ_j a_k."""
    rows = (
        " & ".join(rf"\delta_{j}^{layer} a_{k}^{layer - 1}" for k in range(1, below + 1))
        for j in range(1, units + 1)
    )
    return rf"\frac{{\partial C_i}}{{\partial w^{layer}}} = {column(*rows)}"


STEPS = (
    rf"a^1 = {column('a_1^1', 'a_2^1')}",
    *(affine(2, 4, 2), affine(3, 4, 4), affine(4, 3, 4)),
    *(activated(2, 4), activated(3, 4), activated(4, 3)),
    r"\delta^4 = "
    + column(*(rf"\frac{{\partial C_i}}{{\partial a_{j}^4}}F'(z_{j}^4)" for j in (1, 2, 3)))
    + " = "
    + column(*entries(r"\delta", 4, 3)),
    *(hidden_error(3, 4, 3), hidden_error(2, 4, 4)),
    *(outer(4, 3, 4), outer(3, 4, 4), outer(2, 4, 2)),
    *(
        rf"\frac{{\partial C_i}}{{\partial b^{layer}}} = "
        + column(*entries(r"\delta", layer, units))
        for layer, units in ((4, 3), (3, 4), (2, 4))
    ),
)
"""Steps 1 to 4 of the feed-forward, steps 1 to 5 of the calculation."""


def test_steps() -> None:
    """Every vector and matrix, entry by entry; LaTeX and Markdown alike."""
    arguments = (config("symbolic_2443"), "--style", "components")
    for output in (
        derived(*arguments),
        plain(printed("derive", *arguments, "--format", "markdown")),
    ):
        for equation in STEPS:
            says(output, equation)


AVERAGED = (
    r"J(\theta) = \frac{1}{n} (\sum_i C_i)",
    r"W_i = \frac{\partial C_i}{\partial w_{jk}^l}",
    r"B_i = \frac{\partial C_i}{\partial b_j^l}",
    r"\frac{\partial J(\theta)}{\partial w_{jk}^l} = \frac{1}{n} (\sum_i W_i)",
    r"\frac{\partial J(\theta)}{\partial b_j^l} = \frac{1}{n} (\sum_i B_i)",
)


@pytest.mark.parametrize("equation", AVERAGED)
def test_average(equation: str) -> None:
    """Over a batch the sample gradients are averaged."""
    says(derived(config("xor_batch"), "--notation", "nielsen-fj"), equation)
