"""Formulas, blanks and what cannot be read; properties that hold for every sheet."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from backprop_cli.api import load, loads
from backprop_cli.checking.feedback.sentences import NO_FORMULA
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import AnswerKey, answer_key
from backprop_cli.checking.marking.comparing import (
    EXACT_DIGITS,
    Fineness,
    RoundingHabit,
    rounded_number,
    rounding_habits,
)
from backprop_cli.checking.records import Answer, ParsedAnswer, Rules, Sheet
from backprop_cli.expression.parse import parse
from backprop_cli.expression.refs import plain_name
from backprop_cli.expression.tokens import Grammar, Limits
from backprop_cli.expression.tree import Expr, Name, Quantity
from backprop_cli.expression.walking import substitute
from backprop_cli.graph.records import Graph
from backprop_cli.graph.resolving import resolve
from backprop_cli.mathematics.activations import ACTIVATIONS
from backprop_cli.passes.run import run
from backprop_cli.problems import Problem
from tests.checking.mazur import MAZUR, PROBLEM, PUBLISHED, marked, only, sheet
from tests.checking.mistake_sheets import asked, sheet_of
from tests.checking.students import answer, number_written
from tests.commands.running import NAMES, config


def formula(text: str, name: str, graph: Graph = MAZUR, value: float | None = None) -> Answer:
    """Return an answer that is a formula, read by the package's grammar."""
    words = dict.fromkeys(("x", "y", "z1", "a1", "W1", "b1", "z2", "a2", "W2", "b2"), (0, 2))
    functions = dict.fromkeys(("exp", "tanh", "ln", *ACTIVATIONS), (1, 1))
    grammar = Grammar(names=words, functions=functions, limits=Limits(), indexing=True)

    def quantity(node: Expr) -> Expr | None:
        if not isinstance(node, Name):
            return None
        index = f"[{','.join(map(str, node.index))}]" if node.index else ""
        return Quantity(resolve(f"{node.id}{index}", graph))

    tree = substitute(parse(text, grammar), quantity)
    return Answer(name, resolve(name, graph), ParsedAnswer(text, tree=tree, value=value))


def test_blank_and_unreadable_answers_stop_nothing() -> None:
    unread = Answer(
        "z1[1]", resolve("z1[1]", MAZUR), ParsedAnswer("0.3.3", problem=Problem("no number"))
    )
    blank = answer("z1[2]", "", MAZUR)
    right = answer("a1[1]", "0.5933", MAZUR)
    found = mark_sheet(PROBLEM, Sheet("", "", (unread, blank, right))).judged
    assert [each.verdict for each in found] == ["unreadable", "blank", "right"]
    assert [each.score for each in found] == [0, 0, 1]


@pytest.mark.parametrize(
    ("text", "name", "verdict"),
    [
        ("(a2[1] - y[1])*a2[1]*(1 - a2[1])", "delta2[1]", "right"),
        ("a2[1]*(1 - a2[1])*(a2[1] - y[1])", "delta2[1]", "right"),
        ("a2[1]**2 - a2[1]**3 - y[1]*(a2[1] - a2[1]**2)", "delta2[1]", "right"),
        ("1/(1 + exp(-z1[1]))", "a1[1]", "right"),
        ("tanh(z1[1]/2)/2 + 1/2", "a1[1]", "right"),
        ("(a2[1] - y[1])*a2[1]", "delta2[1]", "wrong"),
        ("(a2[2] - y[2])*a2[1]*(1 - a2[1])", "delta2[1]", "wrong"),
        ("W1[1,1]*x[1] + W1[1,2]*x[2]", "z1[1]", "wrong"),
    ],
)
def test_formulas_are_compared_at_random_points(text: str, name: str, verdict: str) -> None:
    found = mark_sheet(PROBLEM, Sheet("", "", (formula(text, name),))).judged[0]
    assert (found.verdict, found.rule) == (verdict, "symbolic")


def test_a_formula_with_a_number_counts_as_that_number_too() -> None:
    """0.5·x[1]·… is no derivative, but at these numbers it may be right."""
    wrong = formula("0.3775 + x[1] - 0.05", "z1[1]", value=0.3775)
    assert mark_sheet(PROBLEM, Sheet("", "", (wrong,))).judged[0].rule == "exact"


def test_a_symbolic_network_takes_formulas_and_no_numbers() -> None:
    graph = loads("""
input: [~, ~]
target: [~]
loss: half_squared_error
layers:
  - {units: 1, activation: sigmoid}
""")
    problem = answer_key(graph, None)
    answers = (
        formula("(a1[1] - y[1])*a1[1]*(1 - a1[1])*x[2]", "dW1[1,2]", graph),
        formula("(a1[1] - y[1])*x[2]", "dW1[1,2]", graph),
        answer("dW1[1,1]", "0.25", graph),
    )
    found = mark_sheet(problem, Sheet("", "", answers)).judged
    assert [each.verdict for each in found] == ["right", "wrong", "wrong"]
    assert [bool(each.message) for each in found] == [False, True, True]
    assert found[2].message == NO_FORMULA
    assert found[0].truth is None


# -- properties


def entries_of(problem: AnswerKey) -> list[str]:
    graph = problem.graph
    names = ["z1", "a1", "z2", "a2", "delta2", "delta1"]
    return [f"{name}[{unit}]" for name in names for unit in (1, 2)] + [
        "loss",
        plain_name(resolve("dW2[2,1]", graph)),
        "W2'[1,2]",
    ]


@given(st.sampled_from(entries_of(PROBLEM)), st.integers(3, 12))
def test_the_truth_rounded_to_any_digits_is_exact(name: str, digits: int) -> None:
    key, position = PROBLEM.place(answer(name, "0", MAZUR))
    truth = PROBLEM.true(key, position)
    assert only(f"{truth:.{digits}f}", name).verdict == "right"
    assert only(f"{truth:.{digits}e}", name).rule == "exact"


@given(
    st.sampled_from(entries_of(PROBLEM)),
    st.integers(3, 8),
    st.floats(-3, 3).filter(lambda f: abs(f - 1) > 0.002),
)
def test_nothing_far_from_the_truth_is_right(name: str, digits: int, factor: float) -> None:
    key, position = PROBLEM.place(answer(name, "0", MAZUR))
    truth = PROBLEM.true(key, position)
    raw = f"{truth * factor:.{digits}e}"
    if abs(float(raw) - truth) > 2 * 10.0 ** (int(raw.partition("e")[2]) - digits):
        assert only(raw, name).verdict in ("wrong", "undecided")


@given(st.lists(st.sampled_from(list(PUBLISHED)), unique=True))
def test_the_order_of_the_answers_and_what_is_left_out_do_not_matter(names: list[str]) -> None:
    found = marked({name: PUBLISHED[name] for name in names})
    assert all(each.verdict == "right" for each in found.judged)


@given(st.floats(-1e6, 1e6), st.integers(0, 9))
def test_significant_digits_are_those_that_are_written(value: float, places: int) -> None:
    raw = f"{value:.{places}f}"
    counted = len(raw.replace("-", "").replace(".", "").lstrip("0"))
    assert rounded_number(float(raw), 10.0**-places).digits == counted


def test_how_finely_somebody_rounds_is_seen_from_the_numbers() -> None:
    def of(*raws: str) -> list[tuple[int, bool]]:
        written = [answer("loss", raw, MAZUR).parsed for raw in raws]
        found = rounding_habits(rounded_number(w.value or 0.0, w.unit) for w in written)
        return [(grade.digits, grade.significant) for grade in found]

    assert of("0.123", "0.045", "1.234", "12.000") == [(3, False)]
    assert of("0.123", "0.0456", "1.23", "12.3") == [(3, True)]
    assert of("0.123", "0.456") == [(3, False), (3, True)]
    assert rounded_number(1 / 3, 0.0).digits == EXACT_DIGITS


@pytest.mark.parametrize(
    ("habit", "wanted"),
    [
        (RoundingHabit(2, False), [0.29, 0.29, -0.29, 0.28, 0.0, 1234.57]),
        (RoundingHabit(2, True), [0.29, 0.29, -0.29, 0.28, 0.0, 1200.0]),
    ],
)
def test_a_half_is_rounded_up_though_floats_leave_a_hair_less(
    habit: RoundingHabit, wanted: list[float]
) -> None:
    numbers = np.array([0.285, 0.1 + 0.185, -0.28499999999999992, 0.2849, 0.0, 1234.565])
    assert habit.rounded(numbers).tolist() == wanted


@pytest.mark.parametrize("name", NAMES)
def test_any_sheet_of_any_network_is_judged(name: str) -> None:
    """Numbers at random, half of them missing, of any size: every answer gets its verdict."""
    graph = load(config(name))
    problem = answer_key(graph, run(graph), 0.3)
    full = sheet_of(problem.replay, list(problem.replay.truth), asked(problem.replay, errors=True))
    assert {each.verdict for each in mark_sheet(problem, full).judged} == {"right"}
    for seed in range(6):
        chance = random.Random(seed)
        answers = [each for each in full.answers if chance.random() < 0.6]
        for _ in range(min(len(answers), 4)):
            at = chance.randrange(len(answers))
            raw = chance.choice(("0", "1", "1e9", "-1e30", "-1e-9", "0.50", "-3.217"))
            answers[at] = structs.replace(answers[at], parsed=number_written(raw))
        found = mark_sheet(problem, Sheet("", "", tuple(answers)))
        assert len(found.judged) == len(answers)
        assert all(each.score <= each.max_score for each in found.judged)
        assert all(each.message for each in found.judged if each.verdict == "wrong")


@pytest.mark.parametrize("loss", ["1.2345", "-0.50", "12", "0"])
def test_what_follows_from_an_answer_may_be_undefined(loss: str) -> None:
    """An output below 0 has no logarithm: the loss that follows from it is no number."""
    net = loads("""
input: [0.5]
target: [1]
loss: binary_cross_entropy
layers:
  - {weights: [[1]], bias: [0.3], activation: tanh}
  - {weights: [[1]], bias: [0], activation: sigmoid}
""")
    answers = {
        "z1[1]": "0.8",
        "a1[1]": "0.664037",
        "z2[1]": "0.664037",
        "a2[1]": "-0.251",
        "loss": loss,
    }
    found = mark_sheet(answer_key(net, run(net), 0.5), sheet(net, answers))
    assert [each.verdict for each in found.judged] == ["right"] * 3 + ["wrong"] * 2
    assert [each.mistake for each in found.judged[3:]] == [None] * 2


def test_judging_once_and_judging_a_class_agree() -> None:
    handed_in = sheet(MAZUR, PUBLISHED)
    alone = answer_key(MAZUR, run(MAZUR), 0.5)
    assert mark_sheet(alone, handed_in) == mark_sheet(PROBLEM, handed_in)
    rules = Rules(tolerance=0.1)
    assert mark_sheet(PROBLEM, structs.replace(handed_in, rules=rules)) == structs.replace(
        mark_sheet(PROBLEM, handed_in, rules), sheet=structs.replace(handed_in, rules=rules)
    )


def test_what_floats_leave_of_a_sum_is_zero() -> None:
    """A person writes 0 where 0.1 + 0.2 − 0.3 leaves 6·10⁻¹⁷; a small number that is one, not."""
    fineness = Fineness()
    zero = rounded_number(0.0, 0.1)
    assert not fineness.imprecise(zero, 0.1 + 0.2 - 0.3)
    assert fineness.imprecise(zero, 1e-7)
