"""Sheets as people hand them in, worked out here in plain Python: fair to each of them."""

from __future__ import annotations

from math import exp, tanh

import pytest
from numpy import ndindex

from backprop_cli.api import load, loads
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.records import Judged, Rules
from backprop_cli.checking.sheets.aspects import name_of
from backprop_cli.checking.sheets.names import PlainNames
from backprop_cli.checking.sheets.notation_names import NotationNames
from backprop_cli.expression.refs import Ref
from backprop_cli.graph.names import own_name
from backprop_cli.notation import profile
from backprop_cli.notation.bound import bound
from backprop_cli.notation.facts import facts_of
from backprop_cli.passes.run import run
from tests.checking.mazur import MAZUR, marked, sheet

X, Y = (0.05, 0.10), (0.01, 0.99)
W1, W2 = ((0.15, 0.20), (0.25, 0.30)), ((0.40, 0.45), (0.50, 0.55))


def sigmoid(z: float) -> float:
    return 1 / (1 + exp(-z))


def worked(
    places: int, *, bias: bool = True, at_a: bool = False, twice: bool = False
) -> dict[str, str]:
    """Return the whole sheet, every digit carried and few of them written."""
    pair = (0, 1)
    z1 = [sum(W1[j][k] * X[k] for k in pair) + (0.35 if bias else 0) for j in pair]
    a1 = [sigmoid(z) for z in z1]
    z2 = [sum(W2[j][k] * a1[k] for k in pair) + 0.60 for j in pair]
    a2 = [sigmoid(z) for z in z2]
    slope = [sigmoid(a) * (1 - sigmoid(a)) if at_a else a * (1 - a) for a in a2]
    d2 = [(a2[j] - Y[j]) * slope[j] * (2 if twice else 1) for j in pair]
    d1 = [sum(W2[j][k] * d2[j] for j in pair) * a1[k] * (1 - a1[k]) for k in pair]
    loss = sum((a2[j] - Y[j]) ** 2 for j in pair) * (1 if twice else 0.5)
    rows = {"z1": z1, "a1": a1, "z2": z2, "a2": a2, "delta2": d2, "delta1": d1}
    found = {f"{name}[{j + 1}]": row[j] for name, row in rows.items() for j in pair}
    found["loss"] = loss
    for name, delta, below in (("dW2", d2, a1), ("dW1", d1, X)):
        found |= {f"{name}[{j + 1},{k + 1}]": delta[j] * below[k] for j in pair for k in pair}
    return {name: written(value, places) for name, value in found.items()}


def written(value: float, places: int) -> str:
    """Return so many decimals, of small numbers so many digits."""
    return (
        f"{value:.{places}f}" if abs(value) >= 10.0 ** (1 - places) else f"{value:.{places - 1}e}"
    )


def by_name(entries: dict[str, str]) -> dict[str, Judged]:
    return {each.answer.name: each for each in marked(entries).judged}


@pytest.mark.parametrize("places", [3, 4, 5, 6])
def test_what_follows_from_a_slip_follows_also_with_digits_that_are_not_written(
    places: int,
) -> None:
    """b forgotten, all else right: δ1 looks right at 4 decimals, dW1 shows more of its digits."""
    found = by_name(worked(places, bias=False))
    assert {name for name, each in found.items() if each.verdict == "wrong"} == {"z1[1]", "z1[2]"}
    assert {found[name].mistake for name in ("z1[1]", "z1[2]")} == {"bias-omitted"}


def test_earlier_slips_are_named_in_the_order_of_the_sheet() -> None:
    found = by_name(worked(6, bias=False))
    assert found["delta1[2]"].earlier == ("z1[1]", "z1[2]")


def test_a_near_miss_that_a_mistake_of_the_sheet_gives_is_that_mistake() -> None:
    """σ′ at a: 0.16 is near 0.1385, but beside -4.7e-02 for -0.0381 it is the same slip."""
    found = by_name(worked(2, at_a=True))
    assert [found[f"delta2[{j}]"].mistake for j in (1, 2)] == ["sigma-prime-at-a"] * 2


def test_a_sum_is_not_called_a_mean_where_there_is_none_to_leave_out() -> None:
    """Σ(a − y)² for ½Σ(a − y)², two outputs: a factor 2, and no average."""
    found = by_name(worked(4, twice=True))
    for name in ("loss", "delta2[1]", "delta2[2]"):
        assert (found[name].mistake, found[name].also) == ("factor-two", ())


def test_what_is_given_earns_no_mark() -> None:
    """Whoever copies x from the sheet, or means w after the step, is told."""
    found = marked({"x[1]": "0.05", "W2[1,1]": "0.3589", "loss": "0.2984"})
    assert (found.score, found.max_score) == (1, 1)
    assert [each.message for each in found.judged] == [
        "given, not asked: it earns no mark",
        "given, not asked: it earns no mark; its gradient is dW2[1,1], after one step it is "
        "W2'[1,1]",
        "",
    ]


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("w5+", "W2'[1,1]"),
        ("w_5^+", "W2'[1,1]"),
        ("w_{5}^{+}", "W2'[1,1]"),
        ("w5'", "W2'[1,1]"),
        ("d(w5)", "dW2[1,1]"),
        ("d(w_5)", "dW2[1,1]"),
        ("dE_total/dw5", "dW2[1,1]"),
    ],
)
def test_what_a_weight_is_called_on_paper(called: str, name: str) -> None:
    ref, step = NotationNames(MAZUR, bound(profile("mazur"), facts_of(MAZUR))).find(called)
    assert name_of(ref, step, MAZUR) == name


def test_the_derivative_of_a_graphs_output_is_a_gradient() -> None:
    """do/da is what the screen shows d(a) as; dc/da is a local derivative: ∂c, by a."""
    diamond = load("configs/diamond.yaml")
    assert PlainNames(diamond).find("do/da") == (Ref("a").grad(), "")
    assert PlainNames(diamond).find("dc/da") == (Ref("a"), Ref("c"))


def xor_sheet(share: float, total: float, places: int = 5) -> dict[str, str]:
    """Return the backward pass of ``xor_batch``: δ rows times ``share``, sums times ``total``."""
    v, shift, u, c = ((1, -0.5), (-0.5, 0.75)), (0, 0.25), (0.5, -1), 0.125
    found: dict[str, float] = {}
    sums: dict[str, float] = dict.fromkeys(["db2[1]", "dW2[1,1]", "dW2[1,2]"], 0.0)
    for n, (x, y) in enumerate((((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)), 1):
        a = [tanh(v[j][0] * x[0] + v[j][1] * x[1] + shift[j]) for j in (0, 1)]
        out = sigmoid(u[0] * a[0] + u[1] * a[1] + c)
        d = (out - y) * out * (1 - out)
        found[f"delta2[{n},1]"] = d * share
        sums["db2[1]"] += d * total
        for j in (0, 1):
            sums[f"dW2[1,{j + 1}]"] += d * a[j] * total
            found[f"delta1[{n},{j + 1}]"] = u[j] * d * (1 - a[j] ** 2) * share
    return {name: f"{value:.{places}f}" for name, value in (found | sums).items()}


XOR = load("configs/xor_batch.yaml")


def xor_judged(entries: dict[str, str]) -> dict[str, Judged]:
    found = mark_sheet(answer_key(XOR, run(XOR), 1.0), sheet(XOR, entries))
    return {each.answer.name: each for each in found.judged}


@pytest.mark.parametrize("places", [4, 5, 6])
def test_the_mean_may_be_taken_into_delta(places: int) -> None:
    """As automatic differentiation gives it: each row of δ has the 1/4, and dW is their sum."""
    found = xor_judged(xor_sheet(1 / 4, 1 / 4, places))
    assert {each.verdict for each in found.values()} == {"right"}
    assert "1/N of the mean" in found["delta1[3,2]"].message
    assert found["dW2[1,1]"].message == ""
    assert {each.verdict for each in xor_judged(xor_sheet(1, 1 / 4, places)).values()} == {"right"}


def test_the_mean_taken_twice_or_never_is_still_wrong() -> None:
    for share, total in ((1 / 4, 1 / 16), (1, 1), (1 / 4, 1), (1 / 2, 1 / 4)):
        found = xor_judged(xor_sheet(share, total, 6))
        wrong = {name for name, each in found.items() if each.verdict == "wrong"}
        assert wrong, (share, total)
        assert (total != 1 / 4) == ("dW2[1,1]" in wrong or found["dW2[1,1]"].verdict != "right")


def test_a_sheet_that_asks_for_few_digits_is_not_right_with_zeros() -> None:
    """Who writes ``digits: 1`` into his own sheet gets no marks for 0.0 everywhere."""
    few = Rules(digits=1)
    found = marked({"delta2[2]": "0.0", "dW2[2,1]": "0", "z1[1]": "0.4", "loss": "0.3"}, few).judged
    assert [each.rule for each in found] == ["imprecise", "follow-through", "exact", "exact"]
    assert found[0].message == "too coarse to be called right: give at least 1 digit that is not 0"
    assert marked({"dW1[1,1]": "4e-4"}, few).judged[0].verdict == "right"


@pytest.mark.parametrize("rules", [None, Rules(digits=1)])
def test_zeros_that_follow_from_zeros_are_not_called_right(rules: Rules | None) -> None:
    """δ2 = 0 is too coarse, and 0·a = 0 follows from it; without the δ it is too coarse too."""
    found = marked({"delta2[1]": "0", "dW2[1,1]": "0", "dW2[2,1]": "0"}, rules).judged
    assert [each.verdict for each in found] == ["wrong", "follow-through", "wrong"]
    assert found[1].earlier == ("delta2[1]",)


# -- where one rule ends and the next begins


@pytest.mark.parametrize("slope", ["of z", "of a"])
def test_a_slope_may_be_taken_of_z_or_of_the_activation_written_down(slope: str) -> None:
    """With a1[1] = 0.7 wrong and all between left blank: σ′ from z1 is as honest as a(1 − a)."""
    z1, a1 = W1[0][0] * X[0] + W1[0][1] * X[1] + 0.35, 0.7
    other = sigmoid(W1[1][0] * X[0] + W1[1][1] * X[1] + 0.35)
    a2 = [sigmoid(W2[j][0] * a1 + W2[j][1] * other + 0.60) for j in (0, 1)]
    error = sum(W2[j][0] * (a2[j] - Y[j]) * a2[j] * (1 - a2[j]) for j in (0, 1))
    rise = sigmoid(z1) * (1 - sigmoid(z1)) if slope == "of z" else a1 * (1 - a1)
    found = by_name({"a1[1]": "0.7000", "delta1[1]": f"{error * rise:.7f}"})
    assert found["a1[1]"].verdict == "wrong"
    assert found["delta1[1]"].verdict == "follow-through"
    assert found["delta1[1]"].earlier == ("a1[1]",)
    beside = by_name({"a1[1]": "0.7000", "delta1[1]": f"{error * (rise + 0.02):.7f}"})
    assert beside["delta1[1]"].verdict == "wrong"


CLASSES = """
input: [1]
target: {class: 1}
loss: cross_entropy
layers: [{weights: [[0.3], [-0.2], [0.9]], bias: none, activation: softmax}]
"""


def test_softmax_may_be_taken_back_the_long_way_from_the_derivative_written_down() -> None:
    """With a and ∂C/∂a at two decimals, a(g − Σ g a) is not a − y: both are right."""
    graph = loads(CLASSES)
    size = [exp(z) for z in (0.3, -0.2, 0.9)]
    a = [round(e / sum(size), 2) for e in size]
    g = [0.0, round(-1 / a[1], 2), 0.0]
    long = [a[k] * (g[k] - g[1] * a[1]) for k in range(3)]
    key = answer_key(graph, run(graph))
    for delta, verdict in ((long, "right"), ([d + 0.004 for d in long], "wrong")):
        entries = {f"a1[{k + 1}]": f"{a[k]:.2f}" for k in range(3)}
        entries |= {f"d(a1)[{k + 1}]": f"{g[k]:.2f}" for k in range(3)}
        entries |= {f"delta1[{k + 1}]": f"{delta[k]:.5f}" for k in range(3)}
        found = mark_sheet(key, sheet(graph, entries)).judged
        assert {each.verdict for each in found[:6]} == {"right"}
        assert {each.verdict for each in found[6:]} == {verdict}


HUNDREDFOLD = loads("variables: {a: 1.1}\ngraph:\n  p: 3*a\n  q: 100*p\n")


@pytest.mark.parametrize(
    ("q", "verdict"),
    [
        ("350.0", "follow-through"),
        ("350.5", "follow-through"),
        ("349.5", "follow-through"),
        ("350.7", "wrong"),
        ("349.2", "wrong"),
        ("351.0", "wrong"),
    ],
)
def test_an_earlier_number_carries_half_a_unit_of_what_was_not_written(
    q: str, verdict: str
) -> None:
    """p = 3.50 (wrong) may be 3.495 to 3.505 in somebody's head: q is 349.5 to 350.5, ± 0.1."""
    key = answer_key(HUNDREDFOLD, run(HUNDREDFOLD))
    found = mark_sheet(key, sheet(HUNDREDFOLD, {"p": "3.50", "q": q})).judged
    assert [each.verdict for each in found] == ["wrong", verdict]


@pytest.mark.parametrize(
    ("raw", "mistake"), [("0.0381", "minus"), ("0.03810", "minus"), ("0.0380982", "minus")]
)
def test_one_entry_alone_names_a_mistake_only_where_its_digits_leave_no_doubt(
    raw: str, mistake: str | None
) -> None:
    """δ2[2] is −0.0380982 and δ2[1] is right, so that the sign was not turned throughout.

    To three digits any one number meets it by 2·0.0001/0.0381, one in 190.
    """
    found = by_name({"delta2[1]": "0.138499", "delta2[2]": raw})
    assert found["delta2[1]"].verdict == "right"
    assert (found["delta2[2]"].verdict, found["delta2[2]"].mistake) == ("wrong", mistake)


@pytest.mark.parametrize(
    ("raw", "verdict"), [("-0.0070", "minus"), ("-0.007", "minus"), ("-0.008", None)]
)
@pytest.mark.parametrize("entry", ["delta1[1]", "dW1[1,1]", "db1[1]"])
def test_a_sign_shows_in_a_number_whose_zeros_a_program_dropped(
    entry: str, raw: str, verdict: str | None
) -> None:
    """All else has four decimals: −0.007 is −0.0070, the right number but for its sign."""
    layer = "{{activation: sigmoid, weights: {}, bias: {}}}"
    first = layer.format("[[0.1, 0.3], [-0.2, 0.4]]", "[0.1, -0.1]")
    second = layer.format("[[0.5, -0.6], [0.7, 0.8]]", "[0, 0.2]")
    text = f"input: [1, 2]\ntarget: [1, 0]\nloss: half_squared_error\nlayers: [{first}, {second}]"
    graph = loads(text)
    trace = run(graph)
    key = answer_key(graph, trace)
    entries = {}
    for ref in (Ref("a", 1), Ref("z", 1).grad(), Ref("W", 1).grad(), Ref("b", 1).grad()):
        values = trace.array(ref)
        for index in ndindex(*values.shape):
            at = ref.at(*(i + 1 for i in index))
            entries[own_name(at, graph)] = f"{values[index]:.4f}"
    assert entries[entry] == "0.0070"
    found = mark_sheet(key, sheet(graph, {**entries, entry: raw})).judged
    assert {j.answer.name: j.mistake for j in found if j.verdict == "wrong"} == {entry: verdict}
