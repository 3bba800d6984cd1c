"""One answer's text: numbers with their last place, formulas, blanks, and what is wrong."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Quantity
from backprop_cli.expression.walking import walk

from .reading_sheets import fault, one, trace_of, values

NUMBERS = (
    ("0.05", 0.05, 1e-2),
    ("0.050", 0.05, 1e-3),
    ("2.40e-3", 0.0024, 1e-5),
    ("100", 100.0, 1.0),
    ("1e3", 1000.0, 1e3),
    ("-.5", -0.5, 0.1),
    ("+7.", 7.0, 1.0),
    ("- 0.25", -0.25, 0.01),
    ("\u22120.25", -0.25, 0.01),
    ("1e\u22123", 0.001, 1e-3),
    ("0", 0.0, 1.0),
    ("-0.00", 0.0, 0.01),
    ("1E-30", 1e-30, 1e-30),
    ("9" * 40, float("9" * 40), 1.0),
)


@pytest.mark.parametrize(("text", "value", "unit"), NUMBERS)
def test_a_number_and_its_last_place(text: str, value: float, unit: float) -> None:
    written = one(text)
    assert written.raw == text
    assert written.value == value
    assert written.unit == pytest.approx(unit, rel=1e-15)
    assert (written.problem, written.remark) == (None, "")


def test_what_is_copied_with_a_number_and_cannot_be_seen_is_left_out() -> None:
    for text in ("0.05\u200b", "\ufeff0.05", "\u00a00.05\u00a0"):
        assert (one(text).value, one(text).problem) == (0.05, None)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_the_value_is_that_of_the_decimal(number: Decimal) -> None:
    text = f"{number:f}"
    written = one(text)
    assert written.value == float(text)
    assert written.unit == pytest.approx(1e-6)


@pytest.mark.parametrize("text", ["no", "1:30", "yes", "on", "010", "1e-3", "~x", "null1"])
def test_yaml_resolves_nothing(text: str) -> None:
    """What YAML 1.1 would turn into False, 90, True or 8 is the student's own text."""
    assert one(text).raw == text


def test_octal_and_exponents_are_decimals() -> None:
    assert values("answers: {loss: 010}") == {"loss": 10.0}
    assert values("answers: {loss: 1e-3}") == {"loss": 0.001}


@pytest.mark.parametrize("text", ["", " ", "~", "null", "?", "-", "–", "…", "...", "____"])
def test_a_blank(text: str) -> None:
    written = one(text)
    assert (written.value, written.tree, written.problem) == (None, None, None)


def test_a_decimal_comma_is_read_with_a_word() -> None:
    written = one("0,73")
    assert (written.value, written.unit) == (0.73, 0.01)
    assert written.remark == "the comma is read as a decimal point"
    assert one("-1,5e2").value == -150


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/3", 1 / 3),
        ("-1/4", -0.25),
        ("-(1 - 0.73) * 0.73 * 0.27", -(1 - 0.73) * 0.73 * 0.27),
        ("2^3 + 2**-1", 8.5),
        ("sqrt(2)/2", math.sqrt(0.5)),
        ("exp(1) - e + pi", math.pi),
        ("sigmoid(0.5)", 1 / (1 + math.exp(-0.5))),
        ("tanh(1)*relu(-2) + relu(3)", 3.0),
        ("ln(2) + log(2)", 2 * math.log(2)),
        ("max(0.1, 0.2) − 1", -0.8),
        ("0.5·0.25 + 2×3⋅1", 6.125),
    ],
)
def test_a_formula_of_numbers(text: str, value: float) -> None:
    written = one(text)
    assert written.value == pytest.approx(value, rel=1e-15)
    assert written.unit < 0.003, "0.73 and 0.27 are rounded, whole numbers and 0.5 are not"


def test_names_are_the_true_values_where_nothing_was_answered() -> None:
    trace = trace_of("mazur")
    output = trace.values[trace.graph.output][0]
    found = values("answers:\n  delta2[1]: (a2[1] - y[1])*a2[1]*(1 - a2[1])\n")
    a, y = float(output[0]), 0.01
    assert found == {"delta2[1]": pytest.approx((a - y) * a * (1 - a), rel=1e-14)}


def test_names_are_the_students_own_where_he_answered() -> None:
    text = "answers:\n  dW2[1,1]: delta2[1]*a1[1]\n  delta2: [0.5, ~]\n  a1: [0.25, 0.3]\n"
    assert values(text)["dW2[1,1]"] == 0.125


def test_own_formulas_are_carried_through_formulas() -> None:
    text = "answers: {z1: [1, 2], 'a1[1]': 'z1[1]/4', 'dW2[1,1]': 'a1[1] + 1'}"
    assert values(text)["dW2[1,1]"] == 1.25


def test_what_cannot_be_read_counts_as_unanswered() -> None:
    true = one("sigmoid(z1[1])", "a1[1]").value
    text = "answers: {'z1[1]': 'x ? y', 'a1[1]': 'sigmoid(z1[1])'}"
    assert values(text)["a1[1]"] == true


def test_a_whole_array_by_one_formula() -> None:
    found = values("answers: {delta2: (a2 - y)*a2*(1 - a2), b1: 0.35}")
    by_entry = values(
        "answers: {'delta2[1]': '(a2[1] - y[1])*a2[1]*(1 - a2[1])',"
        " 'delta2[2]': '(a2[2] - y[2])*a2[2]*(1 - a2[2])'}"
    )
    assert found == {**by_entry, "b1": 0.35}


def test_a_gradient_in_parentheses() -> None:
    assert one("d(a2[1])", "delta2[1]").value == one("da2[1]", "delta2[1]").value


def test_the_tree_has_quantities() -> None:
    tree = one("2*W2[2,1] + y[1]").tree
    assert tree is not None
    found = [node.ref for node in walk(tree) if isinstance(node, Quantity)]
    assert found == [Ref("W", 2, index=(2, 1)), Ref("y", index=(1,))]


def test_a_batch_is_read_sample_by_sample() -> None:
    found = values("answers:\n  delta2: (a2 - y)*a2*(1 - a2)\n", name="xor_batch")
    assert len(found) == 4
    assert all(value is not None for value in found.values())
    assert "delta2[4,1]" in found


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("loss", "loss", "0: loss is what is asked here / use what is given"),
        ("2*dW1[1,1]", "delta1[1]", "2: dW1[1,1] comes after delta1[1] / use what is given"),
        ("delta1[2]", "delta1[1]", "0: delta1[2] comes after delta1[1] / use"),
        ("W1'[1,1]", "delta1[1]", "0: W1' comes after the step: it is not used before / an ans"),
        ("a1 + 1", "loss", "0: a1 has 2 entries / name one, such as a1[1]"),
        ("a1[3]", "loss", "0: a1[3] is outside a1 / it runs to a1[2]"),
        ("a1[1,1]", "loss", "0: a1[1,1] is no entry of a1 / it runs to a1[2]"),
        ("1 + a9[1]", "loss", "4: 'a9' is not known here / the layers are 1 to 2"),
        ("0.5 * + ", "loss", "6: the expression ends too early / a value is missing after it"),
        ("max(0,73", "loss", "3: '(' is never closed / a ')' is missing"),
        ("1e251", "loss", "0: 1e251 is too large or too small to compute with / exponents from -2"),
        ("9" * 41, "loss", "0: a number of 41 characters / at most 40 characters"),
        ("1+" * 260 + "1", "loss", "0: an answer of 521 characters / at most 500 characters"),
        ("1" + "+1" * 240, "loss", "nodes"),
        ("(" * 60 + "1" + ")" * 60, "loss", "nested too deep / at most 50 levels"),
        ("2**21", "loss", "1: too large an exponent / at most 20"),
        ("nan", "loss", "0: nan is not a finite number / give a number"),
        ("-inf", "loss", "0: -inf is not a finite number / give a number"),
        ("1/0", "loss", "0: it has no finite value / it divides by 0"),
        ("(-8)**(1/3)", "loss", "0: it has no finite value"),
        ("dy", "loss", "0: 'dy' is not known here"),
        ("d(1)", "loss", "0: d(…) takes a name / such as d(a1)"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, key: str, said: str) -> None:
    if said == "nodes":
        assert "too long an expression / at most 300 parts" in fault(text, key)
    else:
        assert said in fault(text, key)


def test_answers_come_in_any_order_of_the_file() -> None:
    """An earlier quantity may stand below the one that uses it."""
    text = "answers: {'a1[1]': '2*z1[1]', z1: [3, 4]}"
    assert values(text)["a1[1]"] == 6


def test_a_later_entry_of_the_same_quantity_may_use_an_earlier_one() -> None:
    assert values("answers: {z1: [3, ~], 'a1[2]': 'a1[1]/2'}")["a1[2]"] is not None
