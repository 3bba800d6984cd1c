"""Formulas of whole arrays as programs and courses write them, against numpy; shapes that miss."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backprop_cli.checking.sheets.laid_out import LARGEST

from .reading_sheets import answers, checked_text, fault, in_json, one

ALONE = """
input: [0.5, -1.2, 0.8]
target: [1, 0]
loss: half_squared_error
layers:
  - weights: [[0.1, 0.2, 0.3], [-0.4, 0.5, 0.6], [0.3, 0.2, -0.1], [0.7, -0.8, 0.9]]
    bias: [0.1, 0.2, 0.3, 0.4]
    activation: relu
  - {weights: [[0.1, 0.2, 0.3, 0.4], [0.5, -0.6, 0.7, 0.8]], bias: [0.1, -0.2],
     activation: sigmoid}
"""
BATCH = """
input: [[0, 0], [0, 1], [1, 0]]
target: [[0], [1], [1]]
loss: half_squared_error
layers:
  - {weights: [[0.1, 0.2], [-0.4, 0.5], [0.3, 0.7]], bias: [0.1, 0.2, 0.3], activation: tanh}
  - {weights: [[0.1, 0.2, 0.3]], bias: [0.1], activation: sigmoid}
"""
FORMULAS = {
    "z1": """W1 @ x + b1 | W1 x + b1 | W1·x + b1 | np.dot(W1, x) + b1 | W1.dot(x)+b1 | x @ W1.T + b1
        | W¹x + b¹ | W^1 x + b^1 | W^{(1)} x + b^[1] | W1*x + b1 | x^T W1^T + b1^T
        | torch.matmul(W1, x) + b1 | sum(W1 * x, axis=1) + b1 | (W1 * x).sum(axis = 1) + b1""",
    "a1": """np.maximum(0, z1) | relu(z1) | ReLU(z1) | z1 * (z1 > 0) | max(0, z1)
        | np.where(z1 > 0, z1, 0) | {z1 if z1 > 0; 0 otherwise} | relu(W1 x + b1)""",
    "delta2": """(a2 - y) * a2 * (1-a2) | (a2 - y) ⊙ σ′(z²) | (a² − y) ∘ a² ∘ (1 − a²)
        | da2 * sigmoid'(z2) | np.multiply(a2 - y, a2*(1-a2)) | (a2-y).*a2.*(1-a2) | (a2-y)a2(1-a2)
        | (a2 - y)*expit(z2)*(1 - expit(z2))""",
    "delta1": """W2.T @ delta2 * (z1 > 0) | (W2.T @ d2) * (z1 > 0).astype(float)
        | (W²)ᵀ δ² ⊙ relu′(z¹) | W2^T delta2 * relu'(z1) | W2ᵀδ² ⊙ (z¹ > 0)
        | np.dot(W2.T, delta2) * np.where(z1>0,1,0) | delta2 @ W2 * (z1 > 0)
        | W2^{T} δ2 ∘ (z1>0) | np.diag(z1 > 0) @ W2.T @ delta2 | transpose(W2) @ D2 * (z1>0)
        | (W²)^T·δ² ⊙ relu′(z¹) | relu'(z1) * (delta2' W2)""",
    "dW1": """δ¹ xᵀ | δ1 * x^T | outer(delta1, x) | delta1 @ x.T | np.outer(d1, x) | δ¹(x)ᵀ | δ¹·xᵀ
        | delta1[:, None] * x[None, :] | delta1 ⊗ x | delta1*x.T | delta1*x' | np.outer(x, delta1)
        | delta1.reshape(-1,1) @ x.reshape(1,-1) | torch.outer(delta1, x)
        | delta1[:,np.newaxis]*x""",
    "dW2": "np.outer(delta2, a1) | δ² a¹ᵀ | δ²(a¹)ᵀ | delta2 @ a1.T | outer(D2, A1)",
    "db1": "delta1 | δ¹ | d1",
    "loss": """0.5*np.sum((a2-y)**2) | 1/2 sum((a2 - y)^2) | ((a2-y)**2).sum()/2
        | (a2-y)^T (a2-y)/2 | 1/2 * (a2 - y)*(a2-y) | np.dot(a2 - y, a2 - y)/2""",
}
OF_A_BATCH = {
    "z1": """x @ W1.T + b1 | X @ W1.T + b1 | X W1^T + b1 | W1 x + b1 | np.dot(X, W1.T)+b1
        | X (W¹)ᵀ + b¹""",
    "delta2": "(a2-y)*a2*(1-a2) | (A2-Y)*A2*(1-A2) | (A² − Y) ⊙ σ′(Z²)",
    "delta1": """delta2 @ W2 * (1 - a1**2) | Δ² W² ⊙ tanh′(Z¹) | W2.T delta2 * (1-a1**2)
        | delta2.dot(W2)*(1-np.square(a1))""",
    "dW1": """delta1.T @ x / 3 | 1/N·(Δ¹)ᵀ X | delta1.T @ X / N | np.dot(delta1.T, x)/3
        | (1/m) * delta1.T @ X""",
    "db1": """delta1.mean(axis=0) | np.sum(delta1, axis=0)/3 | np.mean(delta1, axis = 0)
        | delta1.sum(axis=0, keepdims=True)/3 | sum(delta1, axis=0) / N | delta1.mean(0)""",
    "loss": "np.mean((a2-y)**2)/2 | np.sum((a2-y)**2)/(2*N) | 0.5*((a2-y)**2).mean()",
}


def truth_alone() -> dict[str, Any]:
    """Both passes of ALONE, in numpy."""
    x, y = np.array([0.5, -1.2, 0.8]), np.array([1, 0])
    w1 = np.array([[0.1, 0.2, 0.3], [-0.4, 0.5, 0.6], [0.3, 0.2, -0.1], [0.7, -0.8, 0.9]])
    w2 = np.array([[0.1, 0.2, 0.3, 0.4], [0.5, -0.6, 0.7, 0.8]])
    z1 = w1 @ x + [0.1, 0.2, 0.3, 0.4]
    a1 = np.maximum(z1, 0)
    a2 = 1 / (1 + np.exp(-(w2 @ a1 + [0.1, -0.2])))
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = (w2.T @ d2) * (z1 > 0)
    found = {"z1": z1, "a1": a1, "delta2": d2, "delta1": d1, "db1": d1}
    return found | {
        "dW1": np.outer(d1, x),
        "dW2": np.outer(d2, a1),
        "loss": ((a2 - y) ** 2).sum() / 2,
    }


def truth_of_batch() -> dict[str, Any]:
    """Both passes of BATCH, a row a sample."""
    x, y = np.array([[0, 0], [0, 1], [1, 0]]), np.array([[0], [1], [1]])
    w1, w2 = np.array([[0.1, 0.2], [-0.4, 0.5], [0.3, 0.7]]), np.array([[0.1, 0.2, 0.3]])
    z1 = x @ w1.T + [0.1, 0.2, 0.3]
    a1 = np.tanh(z1)
    a2 = 1 / (1 + np.exp(-(a1 @ w2.T + 0.1)))
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = d2 @ w2 * (1 - a1**2)
    found = {"z1": z1, "delta2": d2, "delta1": d1, "dW1": d1.T @ x / 3, "db1": d1.mean(axis=0)}
    return found | {"loss": ((a2 - y) ** 2).mean() / 2}


@pytest.mark.parametrize(
    ("network", "formulas", "truth"),
    [(ALONE, FORMULAS, truth_alone()), (BATCH, OF_A_BATCH, truth_of_batch())],
    ids=["alone", "batch"],
)
def test_a_formula_of_arrays_is_each_entry(
    network: str, formulas: dict[str, str], truth: dict[str, Any]
) -> None:
    for key, texts in formulas.items():
        for text in (each.strip() for each in texts.split(" | ")):
            found = answers(f"answers: {{{key}: {in_json(text)}}}", name=network).values()
            values = [answer.parsed.value for answer in found]
            said = [answer.parsed.problem for answer in found][:1]
            assert None not in values, (key, text, said)
            assert values == pytest.approx(np.ravel(truth[key]).tolist(), abs=1e-12), (key, text)


def test_names_are_the_students_own_and_slips_follow_through() -> None:
    sheet = "answers: {delta2: [0.25, -0.5], delta1: 'W2.T @ delta2 * (z1 > 0)', dW1: δ¹ xᵀ}"
    found = {a.name: a.parsed.value for a in answers(sheet, name=ALONE).values()}
    d1 = np.array([[0.1, 0.5], [0.2, -0.6], [0.3, 0.7], [0.4, 0.8]]) @ [0.25, -0.5]
    d1 *= truth_alone()["z1"] > 0
    assert found["dW1[4,3]"] == pytest.approx(d1[3] * 0.8, rel=1e-12)
    (checked,) = checked_text(sheet.replace("[0.25, -0.5]", "a2 - y"), network=ALONE)
    verdicts = {each.answer.name: each for each in checked.marked.judged}
    assert verdicts["delta2[1]"].mistake == "no-sigma-prime-output"
    assert verdicts["dW1[4,3]"].verdict == "right"


@pytest.mark.parametrize(
    ("network", "text", "key", "said"),
    [
        (ALONE, "W2 @ delta2", "delta1", "2 × 4 and 2 entries have no matrix product / here W2 is"),
        (ALONE, "W1 + x*a1", "z1", "3 entries and 4 entries do not go entry by entry / here W1 is"),
        (ALONE, "delta2 x^T", "dW1", "it has 2 × 3, and dW1 has 4 × 3 / here delta2 has 2 entries"),
        (ALONE, "x", "dW1", "it has 3 entries, and dW1 has 4 × 3 / here x has 3 entries; outer(a"),
        (ALONE, "delta1", "loss", "delta1[1] comes after loss"),
        (ALONE, "W1 x", "loss", "it has 4 entries, not one / here W1 is 4 × 3, x has 3 entries"),
        (
            ALONE,
            "W2' delta2",
            "delta1",
            "W2' comes after the step: it is not used before / the tra",
        ),
        (ALONE, "W2.sum(axis=2)", "delta1", "2 × 4 have no such axis / axis=0 goes down the rows"),
        (ALONE, "x.reshape(5, 5)", "z1", "reshape(…) is not read / here it makes a vector a row"),
        (ALONE, "outer([[1, 2], [3]], x)", "dW1", "rows of different lengths"),
        (ALONE, "np.load('x')", "z1", '"\'" is not part of an expression'),
        (ALONE, "x.__class__.__base__", "z1", "'.__class__' is not known here / W.T is the transp"),
        (ALONE, "x.sum.__self__", "z1", "'.sum' is not known here"),
        (ALONE, "x.astype(W1", "z1", "'(' is never closed"),
        (ALONE, "os.system(1)", "z1", "'.' is not part of an expression"),
        (ALONE, "np.os.system(1)", "z1", "'os' is not known here"),
        (BATCH, "delta1.T @ x.T", "dW1", "3 × 3 and 2 × 3 have no matrix product / here delta1 is"),
    ],
)
def test_shapes_that_do_not_fit_are_named(network: str, text: str, key: str, said: str) -> None:
    assert said in fault(text, key, network)


def test_a_product_of_many_matrices_is_refused_before_it_costs() -> None:
    long = " @ ".join(["W1 @ W1.T"] * 12)
    assert "0: too long once its sums" in fault(f"{long} @ W1", "dW1", ALONE)
    assert LARGEST < 10_000


def test_rounded_numbers_in_a_list_carry_their_last_place() -> None:
    found = one("outer([0.0088, 0.01, 0.011, 0.2], x)", "dW1", ALONE)
    assert found.unit == pytest.approx(0.00005 * 0.5)
