"""Each answer is decided by the first rule that fits, on numbers that others published."""

from __future__ import annotations

import math

import pytest

from backprop_cli.api import load, loads
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.marking.comparing import Fineness, rounded_number, truncated
from backprop_cli.checking.records import Rules
from backprop_cli.passes.run import run
from tests.checking.mazur import PUBLISHED, last, marked, only, sheet

# -- the rules, one after another


def test_the_published_digits_are_exact() -> None:
    found = marked(PUBLISHED)
    assert {(each.verdict, each.rule) for each in found.judged} == {("right", "exact")}
    assert found.score == found.max_score == len(PUBLISHED)


@pytest.mark.parametrize(
    ("raw", "verdict", "rule"),
    [
        ("0.1", "wrong", "imprecise"),
        ("0", "wrong", "imprecise"),
        ("0.14", "right", "exact"),
        ("0.138", "right", "exact"),
        ("0.1385", "right", "exact"),
        ("1.385e-1", "right", "exact"),
        ("0.13", "right", "last-digit"),
        ("0.15", "wrong", "wrong"),
        ("0.139", "right", "last-digit"),
        ("0.1384", "right", "last-digit"),
        ("0.13860", "right", "close"),
        ("0.13864", "wrong", "wrong"),
        ("0.1387", "wrong", "wrong"),
        ("0.20", "wrong", "wrong"),
        ("-0.14", "wrong", "diagnosed"),
    ],
)
def test_a_lone_number(raw: str, verdict: str, rule: str) -> None:
    """δ2[1] = 0.1384986."""
    assert (only(raw).verdict, only(raw).rule) == (verdict, rule)


def test_one_significant_digit_has_no_last_digit_to_be_off_by() -> None:
    """δ1[1] = 0.008771: 0.01 is exact at two decimals, 0.02 and 0.00 are not."""
    assert only("0.01", "delta1[1]").rule == "exact"
    assert only("0.02", "delta1[1]").rule == "wrong"
    assert only("0.00", "delta1[1]").rule == "imprecise"


WHOLE = loads("""
input: [2, 3]
target: [4]
loss: squared_error
layers:
  - {weights: [[1, 2], [3, -1]], bias: [1, 2]}
  - {weights: [[1, 2]], bias: [-5]}
""")


def test_whole_numbers_are_not_roundings_of_each_other() -> None:
    """z1 = (9, 5), a2 = 14: 15 is not 14 and 8 not 9, also after earlier answers."""
    problem = answer_key(WHOLE, run(WHOLE))
    found = mark_sheet(
        problem, sheet(WHOLE, {"z1[1]": "8", "z1[2]": "5", "a1[2]": "6", "z2[1]": "15"})
    )
    assert [each.verdict for each in found.judged] == ["wrong", "right", "wrong", "follow-through"]
    alone = mark_sheet(problem, sheet(WHOLE, {"z1[2]": "5", "z2[1]": "15", "delta2[1]": "21"}))
    assert [each.verdict for each in alone.judged] == ["right", "wrong", "wrong"]


def test_digits_asked_for_replace_the_two_decimals() -> None:
    four = Rules(digits=4)
    assert only("0.14", rules=four).rule == "imprecise"
    assert only("0.138", rules=four).rule == "imprecise"
    assert only("0.1385", rules=four).rule == "exact"
    assert only("0.0088", "delta1[1]", four).rule == "exact"
    assert only("8.77e-3", "delta1[1]", four).rule == "exact"
    fine = Fineness(4)
    assert not fine.imprecise(rounded_number(0.05, 0.01), 0.05003), "trailing zeros left out"
    assert fine.imprecise(rounded_number(0.0, 1.0), 0.00003)


def test_tolerances_of_the_sheet_and_of_a_quantity() -> None:
    assert only("0.1400", rules=Rules(tolerance=0.02)).rule == "close"
    assert only("0.1400", rules=Rules(tolerances={"delta2": 0.02})).rule == "close"
    assert only("0.1400", rules=Rules(tolerances={"delta2[1]": 0.02})).rule == "close"
    assert only("0.1400", rules=Rules(tolerances={"delta1": 0.02})).rule == "wrong"
    assert only("0.13860", rules=Rules(tolerance=0)).rule == "wrong"


def test_carried_rounding_is_one_step_from_ones_own_numbers() -> None:
    """a2[1] written 0.75: (0.75 − 0.01)·0.75·0.25 = 0.13875, which is not 0.1385."""
    found = last({"a2[1]": "0.75", "delta2[1]": "0.13875"})
    assert (found.verdict, found.rule) == ("right", "carried-rounding")
    assert only("0.13875").mistake == "rounded-too-early"


def test_through_blanks_from_the_nearest_given() -> None:
    """z2 written 1.1 and 1.2, a2 left blank: δ2[1] from σ(1.1) = 0.750260."""
    a = 1 / (1 + math.exp(-1.1))
    raw = f"{(a - 0.01) * a * (1 - a):.5f}"
    assert last({"z2[1]": "1.1", "delta2[1]": raw}).rule == "carried-rounding"


def test_a_slip_carried_on_correctly_is_followed_and_the_earlier_one_named() -> None:
    """a1[1] = 0.62 is wrong; z2, a2, δ2 and dW2 are what follows from it."""
    a1 = (0.62, 0.5969)
    z2 = 0.4 * a1[0] + 0.45 * a1[1] + 0.6
    a2 = 1 / (1 + math.exp(-z2))
    delta = (a2 - 0.01) * a2 * (1 - a2)
    entries = {
        "z1[1]": "0.3775",
        "a1[1]": "0.6200",
        "a1[2]": "0.5969",
        "z2[1]": f"{z2:.4f}",
        "a2[1]": f"{a2:.4f}",
        "delta2[1]": f"{delta:.4f}",
        "dW2[1,1]": f"{delta * a1[0]:.4f}",
    }
    found = marked(entries)
    verdicts = [each.verdict for each in found.judged]
    assert verdicts[:4] == ["right", "wrong", "right", "follow-through"]
    assert "wrong" not in verdicts[2:]
    assert found.judged[3].earlier == found.judged[-1].earlier == ("a1[1]",)
    assert "a1[1]" in found.judged[3].message
    assert found.score == 6
    half = marked(entries, Rules(follow_through_credit=0.5))
    followed = verdicts.count("follow-through")
    assert half.score == 6 - followed / 2


def test_only_the_earlier_answers_that_matter_are_named() -> None:
    """Both δ2 wrong: dW2[1,1] needs δ2[1] alone, δ1[1] needs both."""
    found = marked(
        {
            "delta2[1]": "0.2000",
            "delta2[2]": "-0.1000",
            "dW2[1,1]": "0.1187",
            "delta1[1]": f"{(0.4 * 0.2 - 0.5 * 0.1) * 0.593270 * 0.406730:.5f}",
        }
    )
    assert [each.verdict for each in found.judged[2:]] == ["follow-through"] * 2
    assert found.judged[2].earlier == ("delta2[1]",)
    assert found.judged[3].earlier == ("delta2[1]", "delta2[2]")


def test_a_slip_that_was_not_carried_on_hides_nothing_that_comes_later() -> None:
    """z1[1] miscopied, δ2 without σ′: the gradients follow from δ2 and the right activations."""
    found = marked(
        {
            "z1[1]": "0.3575",
            "delta2[1]": "0.7414",
            "delta2[2]": "-0.2171",
            "dW2[1,1]": "0.4398",
            "delta1[1]": "0.0454",
        }
    )
    assert [each.verdict for each in found.judged[:3]] == ["wrong"] * 3
    assert {each.mistake for each in found.judged[1:3]} == {"no-sigma-prime-output"}
    assert found.judged[3].earlier == ("delta2[1]",)
    assert found.judged[4].earlier == ("delta2[1]", "delta2[2]")


# -- updates, zeros, signs


def test_an_update_too_small_to_be_seen_cannot_be_told() -> None:
    """W1[1,1] moves by 0.00022: invisible at two decimals, visible at four."""
    found = only("0.15", "W1'[1,1]")
    assert (found.verdict, found.rule, found.max_score) == ("undecided", "precision", 0)
    assert only("0.1498", "W1'[1,1]").rule == "exact"
    assert only("0.17", "W1'[1,1]").verdict == "wrong"


def test_closeness_does_not_hide_a_wrong_update() -> None:
    """0.14985 is within 0.1 % of 0.1497807, but its update is a third too small."""
    assert only("0.14985", "W1'[1,1]").verdict == "wrong"


DEAD = loads("""
input: [1, 2]
target: [1]
loss: half_squared_error
layers:
  - {activation: relu, weights: [[1, 1], [-1, -1]], bias: [0, 0]}
  - {weights: [[0.5, 0.25]], bias: [0]}
""")


@pytest.mark.parametrize("raw", ["0", "0.0", "-0", "0.00000", "0e-5"])
def test_a_structural_zero_may_be_written_in_any_way(raw: str) -> None:
    """The second unit is off: no error passes, and its weights stay."""
    problem = answer_key(DEAD, run(DEAD), 0.1)
    for name in ("a1[2]", "delta1[2]", "dW1[2,1]"):
        assert mark_sheet(problem, sheet(DEAD, {name: raw})).judged[0].rule == "exact"
    assert mark_sheet(problem, sheet(DEAD, {"W1'[2,1]": "-1"})).judged[0].rule == "exact"


DELTAS = {
    "delta2[1]": "-0.1385",
    "delta2[2]": "0.0381",
    "delta1[1]": "-0.0088",
    "delta1[2]": "-0.0100",
}


def test_delta_may_be_of_y_minus_a_where_the_gradients_are_right() -> None:
    for entry, raw in {"dW2[1,1]": "0.0822", "W2'[1,1]": "0.3589", "dW1[1,2]": "0.0009"}.items():
        found = marked(DELTAS | {entry: raw})
        assert {each.verdict for each in found.judged} == {"right"}, entry


def test_an_answer_keeps_the_sign_that_was_written() -> None:
    found = marked(DELTAS | {"dW2[1,1]": "0.0822"})
    assert found.judged[0].value == -0.1385
    assert "(y − a)" in found.judged[0].message


def test_a_gradient_of_the_wrong_sign_is_the_mistake() -> None:
    found = marked(DELTAS | {"dW2[1,1]": "-0.0822"})
    assert {each.mistake for each in found.judged[:2]} == {"sign"}
    assert found.judged[-1].verdict == "follow-through"
    alone = marked(DELTAS)
    assert alone.judged[0].mistake == "sign"


def test_turned_signs_of_two_outputs_are_not_two_entries_exchanged() -> None:
    graph = loads(
        "{input: [1], target: [0, 1], loss: cross_entropy, layers: [{units: 2, "
        "activation: softmax, weights: [[1], [0.5]], bias: [0, 0]}]}"
    )
    turned = sheet(graph, {"delta1[1]": "-0.6225", "delta1[2]": "0.6225", "dW1[1,1]": "-0.6225"})
    found = mark_sheet(answer_key(graph, run(graph)), turned)
    assert {each.mistake for each in found.judged[:2]} == {"sign"}


def test_delta_of_both_signs_is_not_a_convention() -> None:
    found = marked(DELTAS | {"delta2[2]": "-0.0381", "dW2[1,1]": "0.0822"})
    assert found.judged[0].verdict == "wrong"


# -- cut off, by hand, in a graph


def test_digits_cut_off_are_right_with_a_word_where_the_sheet_shows_it() -> None:
    """All cut off after four decimals: z1 = 0.3775, a1 = 0.59327, 0.59688, z2 = 1.10590."""
    assert truncated(rounded_number(1.94, 0.01), 1.947)
    assert not truncated(rounded_number(1.95, 0.01), 1.947)
    cut = {
        "z1[1]": "0.3775",
        "z1[2]": "0.3925",
        "a1[1]": "0.5932",
        "a1[2]": "0.5968",
        "z2[1]": "1.1058",
        "a2[2]": "0.7729",
        "dW2[1,1]": "0.0821",
    }
    found = marked(cut).judged
    assert [each.verdict for each in found] == ["right"] * 7
    assert [each.answer.name for each in found if each.mistake] == ["a1[1]", "a1[2]", "dW2[1,1]"]
    assert {each.mistake for each in found if each.mistake} == {"truncated"}
    up = marked(cut | {"a2[1]": "0.7514"}).judged
    assert not any(each.mistake for each in up)


def test_a_neuron_by_hand_with_two_decimals() -> None:
    """A published neuron: activations at two decimals, its own digits, one weight cut off."""
    graph = load("configs/sigmoid_neuron.yaml")
    problem = answer_key(graph, run(graph), 1.0)
    answers = {
        "z1[1]": "1",
        "a1[1]": "0.73",
        "d(a1)[1]": "-0.27",
        "dW1[1,1]": "0.053217",
        "dW1[1,2]": "0.106434",
        "W1'[1,1]": "1.94",
        "W1'[1,2]": "-3.106",
    }
    found = mark_sheet(problem, sheet(graph, answers)).judged
    assert [each.verdict for each in found] == ["right"] * 7
    assert found[5].mistake == "truncated"
    loss = mark_sheet(problem, sheet(graph, {"a1[1]": "0.73", "loss": "0.0729"})).judged[-1]
    assert "factor-two" in (loss.mistake, *loss.also)
    bias = mark_sheet(problem, sheet(graph, {"b1'[1]": "-2.947"})).judged[0]
    assert bias.verdict == "right"


def test_a_computation_graph_is_followed_through_too() -> None:
    """o = (a + b)(ab)/2 at 2, 3: with d = 8 by a slip, o = 20 and do/da = 4 + 7.5."""
    graph = load("configs/diamond.yaml")
    problem = answer_key(graph, run(graph))
    answers = {"c": "5", "d": "8", "o": "20", "d(d)": "2.5", "d(c)": "4", "d(a)": "11.5"}
    found = mark_sheet(problem, sheet(graph, answers)).judged
    verdicts = [each.verdict for each in found]
    assert verdicts == ["right", "wrong", "follow-through", "right", *["follow-through"] * 2]
    assert found[2].earlier == ("d",)
    one = mark_sheet(problem, sheet(graph, {"d(a)": "3"})).judged[0]
    assert one.mistake == "one-path"
