"""Numbers and names as people write them, each with its value and its last place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backprop_cli.checking.records import Judged
from backprop_cli.checking.running import Overrides, check_all, overrides_of
from backprop_cli.checking.sheets.reading import sheets_of
from backprop_cli.problems import Source

from .reading_sheets import checked_text, graph_of, reading, sheet, trace_of


def judged(name: str, raw: str, network: str = "mazur") -> Judged:
    """Return what is said of one answer, read from a CSV cell."""
    (found,) = checked_text(f'quantity;answer\n"{name}";"{raw}"\n', "csv", network)
    return found.marked.judged[0]


@pytest.mark.parametrize(
    ("raw", "value", "unit"),
    [
        ("8.7e-3", 8.7e-3, 1e-4),
        ("8.7*10^-3", 8.7e-3, 1e-4),
        ("8.7·10^-3", 8.7e-3, 1e-4),
        ("8.7 * 10**-3", 8.7e-3, 1e-4),
        ("8.70x10^(-3)", 8.7e-3, 1e-5),
        ("8,7 × 10⁻³", 8.7e-3, 1e-4),
        ("-1.20·10^2", -120, 1),
        ("–0.50", -0.5, 1e-2),
        ("−0.50", -0.5, 1e-2),
        ("= 0.50", 0.5, 1e-2),
        ("=0.50.", 0.5, 1e-2),
        ("≈ 0.50", 0.5, 1e-2),
        ("≈–0.50;", -0.5, 1e-2),
        ("~ 0.50,", 0.5, 1e-2),
        ("≃ 8.7·10⁻³ .", 8.7e-3, 1e-4),
        ("5.", 5, 1),
        ("= ½.", 0.5, 0),
        ("= 2/7.", 2 / 7, 0),
        ("12.5%", 0.125, 1e-3),
        ("10 %", 0.1, 1e-2),
        ("½", 0.5, 0),
        ("2½", 2.5, 0),
        ("1⅓", 4 / 3, 0),
        ("√2", 2**0.5, 0),
        ("3·√(2)", 3 * 2**0.5, 0),
        ("10⁻³", 1e-3, 0),
        ("2³", 8, 0),
        ("1÷8", 0.125, 0),
        ("π", 3.141592653589793, 0),
        ("0.70·0.26", 0.182, 0.005 * 0.26 + 0.7 * 0.005),
        ("0.0175*0.5", 0.00875, 0.00005 * 0.5),
        ("-0.72*0.17", -0.1224, 0.005 * 0.17 + 0.72 * 0.005),
        ("1 - 0.7514", 0.2486, 0.00005),
        ("2/7", 2 / 7, 0),
        ("0.70*0.26 = 0.182", 0.182, 1e-3),
        ("δ²₁ = 0.70·0.26 ≈ 0.18.", 0.18, 1e-2),
        ("delta2[1]=a2[1] - y[1]=2/7", 2 / 7, 0),
        ("delta2 = 2/7", 2 / 7, 0),
    ],
)
def test_a_number_as_it_is_typed_or_printed(raw: str, value: float, unit: float) -> None:
    """0.5 is one digit, and a weight of the network: it is not rounded, 0.70 is."""
    found = judged("delta2[1]", raw).answer.parsed
    assert found.problem is None
    assert found.value == pytest.approx(value, rel=1e-12)
    assert found.unit == pytest.approx(unit, rel=1e-6)


@pytest.mark.parametrize(
    ("raw", "doubted"),
    [
        ("0.7414*0.1868 = 0.1385", False),
        ("(a2[1]-y[1])*0.1868 = 0.74*0.1868 = 0.1385", False),
        ("0.7414*0.1868 = 0.1585", True),
        ("0.7414*0.2 = 0.1385", True),
    ],
)
def test_the_last_of_a_chain_is_the_answer(raw: str, doubted: bool) -> None:
    """δ2[1] is 0.138499; what is worked out before it is held against it."""
    found = judged("delta2[1]", raw)
    assert (found.verdict == "right") == raw.endswith("= 0.1385")
    assert found.answer.parsed.remark.startswith("what stands before") == doubted


def test_a_weight_of_the_network_is_no_rounded_factor() -> None:
    """W2[1,2] is 0.45: 0.138499·0.45 has the last place of its first factor alone."""
    found = judged("delta1[1]", "0.138499*0.45").answer.parsed
    assert found.unit == pytest.approx(0.45 * 0.5e-6, rel=1e-6)


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        ("8.7*10^-3", "last-digit"),
        ("0.0363503*0.2413", "exact"),
        ("0.0364*0.24", "exact"),
        ("0.0364*0.26", "wrong"),
        ("∂C/∂a¹₁·a¹₁·(1 − a¹₁)", "symbolic"),
        ("da1[1]·σ(z¹₁)·(1 − σ(z¹₁))", "symbolic"),
    ],
)
def test_a_product_has_the_tolerance_of_its_factors(raw: str, rule: str) -> None:
    """δ1[1] is 0.00877135."""
    found = judged("delta1[1]", raw)
    assert found.rule == rule if rule != "wrong" else found.verdict == "wrong"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("δ¹₁", "delta1[1]"),
        ("∂C/∂w¹₁₂", "dW1[1,2]"),
        ("C", "loss"),
        ("a²₂", "a2[2]"),
    ],
)
def test_the_letters_of_the_screen_are_read_where_they_mean_one_thing(
    name: str, plain: str
) -> None:
    assert judged(name, "0.5").answer.name == plain


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("0·5", "0·5 could be two things / write 0.5, or 0*5 for the product"),
        ("(2.4,2.6)", "two numbers in brackets / an answer is one number"),
        ("٣", "'٣' is not part of an expression / write numbers with the digits 0 to 9"),
        ("１２.５", "'１' is not part of an expression / write numbers with the digits 0 to 9"),
        ("ſin(x[1])", "'ſ' is not part of an expression / an expression has numbers, names"),
        ("==0.5", "'=' is not part of an expression"),
        ("0.5..", "'.' is not part of an expression"),
        ("≈", "'≈' is not part of an expression"),
        ("0.5 == 0.5", "'=' is not part of an expression"),
        ("0.5 <= 0.5", "'<=' is not expected here"),
        ("0.5 =", "'=' is not part of an expression"),
        ("delta1[1] = 0.5", "delta1[1] comes after delta2[1]"),
        ("0.15x1 + 0.2", "0.15x1 is not a number / write a product with *: 0.15*x[1]"),
        ("½½", "½½ could be two things / an operator is missing between them"),
    ],
)
def test_what_could_be_two_things_or_is_none_is_refused(raw: str, said: str) -> None:
    problem = judged("delta2[1]", raw).answer.parsed.problem
    assert problem is not None
    assert said in f"{problem.message} / {problem.cure}"


def test_what_may_be_a_range_is_read_with_a_word() -> None:
    found = judged("delta2[1]", "2.5-2.6").answer.parsed
    assert found.value == pytest.approx(-0.1)
    assert found.remark == "read as 2.5 minus 2.6; if it is a range, write one number"
    assert judged("delta2[1]", "0.7514-0.01").answer.parsed.remark == ""


def test_a_column_is_a_vector() -> None:
    found = sheet("answers: {a1: [[0.5933], [0.5969]]}")
    assert [a.parsed.value for a in found.answers] == [0.5933, 0.5969]
    wrong = sheet("answers: {a1: [[0.5933, 1], [0.5969, 2]]}").answers[0].parsed.problem
    assert wrong is not None
    assert wrong.message == "a1 row 1 is one number, not a list"


# -- zeros


@pytest.mark.parametrize(
    "raw", ["0", "0.0", "0.00", "0.000", "0.00000000", "-0", "0e-3", "0*1", "0/1"]
)
def test_a_lone_zero_for_a_small_number_says_nothing_however_it_is_written(raw: str) -> None:
    """dW1[1,1] is 4.4e-4."""
    found = judged("dW1[1,1]", raw)
    assert (found.verdict, found.rule) == ("wrong", "imprecise")
    assert found.message == "too coarse to be called right: give at least 1 digit that is not 0"


def test_a_zero_is_right_where_the_whole_sheet_has_as_many_decimals() -> None:
    text = "answers: {z1: [0.38, 0.39], a1: [0.59, 0.60], 'dW1[1,1]': 0.00}"
    source = Source("s.yaml", text)
    checked = check_all(
        graph_of("mazur"), trace_of("mazur"), 0.5, sheets_of(source, reading()), Overrides()
    )
    assert {each.verdict for each in checked[0].marked.judged} == {"right"}


DROPPED = "input: [1]\ntarget: [0]\nloss: squared_error\nlayers: [{weights: [[W]], bias: none}]\n"


@pytest.mark.parametrize(
    ("weight", "raw", "digits", "right"),
    [
        ("-0.1002", "-0.1", None, True),
        ("-0.1002", "-0.1", 3, True),
        ("-0.1062", "-0.1", 3, False),
        ("-0.1062", "-0.1", None, False),
        ("0.222075", "0.222", 4, True),
        ("0.222195", "0.222", 4, False),
        ("0.50003", "0.5", 4, True),
    ],
)
def test_zeros_that_a_spreadsheet_drops_do_not_cost_the_mark(
    weight: str, raw: str, digits: int | None, right: bool
) -> None:
    network = DROPPED.replace("W", weight)
    reads = sheets_of(Source("s.yaml", f"answers: {{z1: {raw}}}"), reading(network))
    wanted = overrides_of(graph_of(network), (), (), reading(network), lambda: ())
    rules = wanted.rubric.rules
    import msgspec

    rubric = msgspec.structs.replace(
        wanted.rubric, rules=msgspec.structs.replace(rules, digits=digits)
    )
    wanted = msgspec.structs.replace(wanted, rubric=rubric)
    checked = check_all(graph_of(network), trace_of(network), 0.5, reads, wanted)
    assert (checked[0].marked.judged[0].verdict == "right") == right


# -- a slip of YAML


def test_a_coarse_number_on_a_fine_sheet_is_off_by_half_a_unit_at_most() -> None:
    """z1[1] is 0.3775: beside four decimals no rounding makes 0.39 of it, alone one may have."""
    beside = "\n  ".join(("a1: [0.5933, 0.5969]", "z2: [1.1059, 1.2249]", "loss: 0.2984"))
    for raw, right in (("0.38", True), ("0.37", False), ("0.39", False)):
        (checked,) = checked_text(f"answers:\n  z1[1]: {raw}\n  {beside}\n")
        assert (checked.marked.judged[0].verdict == "right") == right, raw
    (checked,) = checked_text("answers:\n  z1[1]: 0.37\n")
    assert checked.marked.judged[0].verdict == "right"


SLIP = """\
student: ada
digits: 4
answers:
  z1: [0.3775, 0.3925]
  a1:[0.5933, 0.5969]
  z2: [1.1059, 1.2249
  a2: [0.7514, 0.7729]
  loss 0.2984
  dW2:
    - [0.0822, 0.0827]
    - [-0.0226, -0.0227]
  delta1: "0.0088
  d(a1)[1]: 0.0364
"""


def test_a_slip_of_yaml_loses_its_line_and_not_the_sheet() -> None:
    found = sheet(SLIP)
    names = [answer.name for answer in found.answers]
    assert names == [
        "z1[1]", "z1[2]", "a1[1]", "a1[2]", "z2[1]", "z2[2]", "a2[1]", "a2[2]",
        "dW2[1,1]", "dW2[1,2]", "dW2[2,1]", "dW2[2,2]", "delta1[1]", "delta1[2]", "da1[1]",
    ]  # fmt: skip
    assert found.student == "ada"
    (nameless,) = found.problems
    assert (nameless.message, nameless.cure) == (
        "no answer with its name",
        "write 'z1: …', a name, a colon, a space and the answer",
    )
    lost = {a.name: a.parsed.problem for a in found.answers if a.parsed.problem is not None}
    assert list(lost) == ["a1[1]", "a1[2]", "z2[1]", "z2[2]", "delta1[1]", "delta1[2]"]
    assert lost["a1[1]"].message == "no space after the colon"
    assert lost["a1[1]"].cure == "write 'a1: [0.5933, 0.5969]'"
    assert "never closed" in lost["z2[1]"].message
    assert [p.place.line for p in dict.fromkeys(lost.values()) if p.place] == [5, 6, 12]


LINES = ("z1: [0.3775, 0.3925]", "a1: [0.5933, 0.5969]", "loss: 0.2984", "W2'[1,1]: 0.3589")
SLIPS: dict[str, Callable[[str], str]] = {
    "no space": lambda line: line.replace(": ", ":"),
    "equals": lambda line: line.replace(":", " =", 1),
    "bracket": lambda line: line.replace(": ", ": ["),
    "quote": lambda line: line.replace(": ", ': "'),
    "no colon": lambda line: line.replace(":", "", 1),
    "another name": lambda line: f"q{line}",
    "two colons": lambda line: line.replace(": ", ": : ", 1),
}


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("indented", [True, False])
def test_what_a_slip_takes_is_not_right_and_what_stands_beside_it_is(
    slip: str, indented: bool
) -> None:
    """Every line broken in every way, with ``answers:`` above and without: none earns all marks."""
    for number in range(len(LINES)):
        lines = [SLIPS[slip](line) if i == number else line for i, line in enumerate(LINES)]
        text = "answers:\n  " + "\n  ".join(lines) if indented else "\n".join(lines)
        (checked,) = checked_text(f"student: ada\n{text}\n")
        verdicts = [judged.verdict for judged in checked.marked.judged]
        assert checked.marked.sheet.student == "ada"
        assert len(checked.problems) == 1, (text, checked.problems)
        assert checked.marked.score == verdicts.count("right") > 2
        assert (checked.marked.max_score > checked.marked.score) == (slip != "another name")
        assert not checked.all_right


def test_answers_without_the_word_are_read() -> None:
    found = [
        "student: ada\nz1: [0.3775, 0.3925]\nloss: 0.2984\n",
        "student: ada\nanswers:\nz1: [0.3775, 0.3925]\nloss: 0.2984\n",
        "student: ada\nanswers:\n  z1: [0.3775, 0.3925]\nloss: 0.2984\n",
    ]
    for text in found:
        (checked,) = checked_text(text)
        assert (checked.marked.score, checked.marked.max_score) == (3, 3)
        assert checked.all_right


@pytest.mark.parametrize("text", ["answers: {z1: [0.37", "a: b: c\n"])
def test_a_sheet_with_nothing_to_read_in_it_is_refused_as_it_was(text: str) -> None:
    found = sheet(text)
    assert not found.answers
    assert len(found.problems) == 1
