"""A rubric: how it is read, and that each of its rules changes what it says it changes."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from backprop_cli.api import check as check_in_python
from backprop_cli.api import loads, trace
from backprop_cli.checking.feedback.class_tally import MOST_REMARKS
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.records import Rules
from backprop_cli.checking.rules.keys import KEYS, rubric_schema
from backprop_cli.passes.run import run as traced

from ..commands.running import Done, config, run
from .mazur import marked, only, sheet

SHEET = """\
student: ada
digits: 1
rules: {tolerance: 0.1}
answers: {z1: [0.38, 0.39], delta2: [0.7414, -0.0381], loss: 0.31}
"""
WHOLE = """\
tolerance: 0.002
tolerances: {dW1: 1/100}
digits: 3
marks: {delta2: 2, "dW1[1,2]": 0.5}
follow_through_credit: 0.5
partial_credit: {no-sigma-prime-output: 0.25}
evidence: false
ask: [delta2, loss]
conventions: {delta_sign: a-y, delta_mean: without}
sheet_rules: [tolerance]
late: {students: [ada], credit: 0.5}
anonymous: sesame
"""


def checked(tmp_path: Path, rubric: str, *arguments: str, text: str = SHEET) -> Done:
    (tmp_path / "rubric.yaml").write_text(rubric, encoding="utf-8")
    (tmp_path / "ada.yaml").write_text(text, encoding="utf-8")
    paths = (str(tmp_path / "ada.yaml"), "--rules", str(tmp_path / "rubric.yaml"))
    return run("check", config("mazur"), *paths, *arguments, width=300)


def test_a_sheets_own_rules_count_where_the_rubric_allows_it(tmp_path: Path) -> None:
    """0.31 for 0.2984 is 4 % off: right by the sheet's own tolerance of 10 %, else wrong."""
    (tmp_path / "ada.yaml").write_text(SHEET, encoding="utf-8")
    plain = run("check", config("mazur"), str(tmp_path / "ada.yaml"), width=120)
    assert "3 right, 2 wrong: 3 of 5 marks" in plain.out
    assert "the sheet's own tolerance and number of digits do not count" in plain.out
    some = checked(tmp_path, "sheet_rules: [tolerance]\n")
    assert "4 right, 1 wrong: 4 of 5 marks" in some.out
    assert "answers within 10 % are right" in some.out
    assert "the sheet's own number of digits does not count" in some.out
    every = checked(tmp_path, "sheet_rules: true\n")
    assert "do not count" not in every.out
    assert "1 decimal is asked for" in every.out
    assert "does not count" in checked(tmp_path, "sheet_rules: no\n").out.replace("do ", "does ")


def test_every_rule_is_read_and_named_in_every_report(tmp_path: Path) -> None:
    names = ("m.csv", "m.json", "m.xml", "results.json")
    reports = [part for name in names for part in ("--report", str(tmp_path / name))]
    done = checked(tmp_path, WHOLE, *reports)
    assert done.code == 1, done.err
    said = (
        "answers within 10 % are right", "dW1 within 1 % is right", "3 decimals are asked for",
        "each entry of delta2: 2 marks", "each entry of dW1[1,2]: 0.5 marks",
        "earns 0.5 of its mark", "no-sigma-prime-output: 0.25 of the mark",
        "delta is taken of a − y", "delta is taken without the 1/N of the mean",
    )  # fmt: skip
    summary = (tmp_path / "m-summary.csv").read_text(encoding="utf-8")
    gradescope = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["output"]
    junit = (tmp_path / "m.xml").read_text(encoding="utf-8")
    for sentence in said:
        for text in (done.out, summary, gradescope, junit):
            assert sentence in text
    (student,) = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))["students"]
    assert student["rules"]["tolerance"] == 0.1
    assert student["rules"]["marks"] == {"delta2": 2, "dW1[1,2]": 0.5}
    shown = done.out + summary + gradescope + junit + (tmp_path / "m.csv").read_text("utf-8")
    assert not re.search(r"\bada\b", shown)
    assert student["student"] == next(csv.DictReader(summary.splitlines()))["student"]


def test_marks_credit_and_what_is_asked_add_up(tmp_path: Path) -> None:
    """delta2[1] = a − y: a quarter of 2; delta2[2] right: 2; loss within 10 %: 1; half of all."""
    done = checked(tmp_path, WHOLE.replace("digits: 3\n", ""))
    assert "2 right, 1 wrong, 2 not asked: 1.75 of 5 marks" in done.out
    assert "late: 50 % of the marks count" in done.out
    assert "z1: not asked: they earn no marks" in done.out


@pytest.mark.parametrize("name", ["ada", "4711", "Ada L.", "ADA  l."])
def test_late_is_who_the_file_the_platform_or_the_sheet_names(tmp_path: Path, name: str) -> None:
    """A name that a student writes on the sheet is not what decides; a name of nobody is said."""
    folder = tmp_path / "sheets"
    for place in ("Ada L._4711_assignsubmission_file_", "Bob_4712_assignsubmission_file_"):
        (folder / place).mkdir(parents=True)
        (folder / place / f"{place[:3].lower()}.yaml").write_text("answers: {loss: 0.2984}\n")
    (tmp_path / "rubric.yaml").write_text(f"late: {{students: [{name}, carl], credit: 0.5}}\n")
    rules = ("--rules", str(tmp_path / "rubric.yaml"))
    done = run("check", config("mazur"), str(folder), *rules, width=200)
    assert "0.5/1" in done.out
    assert " 1/1" in done.out
    assert done.out.count("late: 50 % of the marks count") == 1
    for feedback in ("none", "hint"):
        done = run("check", config("mazur"), str(folder), *rules, "--feedback", feedback, width=200)
        assert "late by the rubric, but no sheet has this name: carl\n" in done.out


def test_who_is_late_and_has_no_sheet_is_said_however_much_else_there_is(tmp_path: Path) -> None:
    folder = tmp_path / "sheets"
    folder.mkdir()
    (folder / "anna_muster.yaml").write_text("answers: {loss: 0.2984}\n")
    for number in range(MOST_REMARKS + 5):
        (folder / f"s{number:03}.yaml").write_text("answers: {loss: x}\n")
    (tmp_path / "rubric.yaml").write_text("late: {students: [ana_muster], credit: 0.5}\n")
    rules = ("--rules", str(tmp_path / "rubric.yaml"))
    done = run("check", config("mazur"), str(folder), *rules, width=200)
    assert "no sheet has this name: ana_muster (anna_muster?)" in done.out


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([], ""),
        (["all"], "asked: all that a worksheet asks"),
        (["z1", "loss"], "asked: z1, loss"),
    ],
)
def test_every_report_says_what_is_asked(tmp_path: Path, asked: list[str], said: str) -> None:
    names = ("m.csv", "m.json", "m.xml", "results.json")
    reports = [word for name in names for word in ("--report", str(tmp_path / name))]
    options = [word for name in asked for word in ("--ask", name)]
    files = ("m-summary.csv", "m.xml", "results.json")
    ways = [("digits: 2\n", options), *([(f"ask: {asked}\n", [])] if asked else [])]
    for rubric, words in ways:
        out = checked(tmp_path, rubric, *words, *reports).out
        texts = [out, *((tmp_path / name).read_text("utf-8") for name in files)]
        assert all(("asked: " in text) == bool(said) and said in text for text in texts)
        (student,) = json.loads((tmp_path / "m.json").read_text("utf-8"))["students"]
        assert student["rules"]["ask"] == asked


def test_all_is_what_the_worksheet_asks(tmp_path: Path) -> None:
    done = checked(tmp_path, "ask: all\n")
    assert "3 right, 2 wrong, 18 blank: 3 of 23 marks" in done.out


BATCH = loads(
    "input: [[0.7], [0.3]]\ntarget: [[0.2], [0.9]]\nloss: half_squared_error\n"
    "layers: [{units: 1, weights: [[0.5]], bias: [0.1]}]\n"
)
DELTAS = ("0.2500", "-0.6500")
"""0.7·0.5 + 0.1 − 0.2 and 0.3·0.5 + 0.1 − 0.9."""


@pytest.mark.parametrize(
    ("mean", "sign", "values", "right"),
    [
        ("either", "either", DELTAS, True),
        ("either", "either", ("0.1250", "-0.3250"), True),
        ("either", "either", ("-0.2500", "0.6500"), True),
        ("without", "either", ("0.1250", "-0.3250"), False),
        ("with", "either", ("0.1250", "-0.3250"), True),
        ("with", "either", DELTAS, False),
        ("with", "y-a", ("-0.1250", "0.3250"), True),
        ("with", "a-y", ("-0.1250", "0.3250"), False),
        ("without", "y-a", ("-0.2500", "0.6500"), True),
        ("without", "y-a", DELTAS, False),
    ],
)
def test_conventions_fix_what_delta_is(
    mean: str, sign: str, values: tuple[str, str], right: bool
) -> None:
    """dW = (0.25·0.7 − 0.65·0.3)/2 = −0.01 and db = −0.2 whatever δ is called."""
    rules = Rules(delta_mean=mean, delta_sign=sign)  # type: ignore[arg-type]
    entries = dict(zip(("delta1[1,1]", "delta1[2,1]"), values, strict=True))
    entries |= {"dW1[1,1]": "-0.0100", "db1[1]": "-0.2000"}
    found = mark_sheet(answer_key(BATCH, traced(BATCH)), sheet(BATCH, entries), rules).judged
    assert [each.verdict == "right" for each in found] == [right, right, True, True]
    if mean == "with":
        truth = found[0].truth
        assert truth is not None
        assert abs(truth) == pytest.approx(0.125)
        assert not any(each.message for each in found if each.verdict == "right")


def test_marks_of_an_entry_come_before_those_of_its_quantity() -> None:
    rules = Rules(marks={"delta2": 2, "delta2[1]": 3})
    assert only("0.1385", rules=rules).max_score == 3
    assert only("-0.0381", "delta2[2]", rules).score == 2
    found = marked({"delta2[1]": "0.7414", "dW2[1,1]": "0.4398"}, Rules(follow_through_credit=0.5))
    assert found.score == 0.5


def test_a_name_of_the_sheets_notation_in_a_rubric_says_the_plain_one(tmp_path: Path) -> None:
    (tmp_path / "rubric.yaml").write_text("marks: {w5: 2}\n", encoding="utf-8")
    rules = ("--rules", str(tmp_path / "rubric.yaml"), "--notation", "mazur")
    done = run("check", config("mazur"), "--answer", "loss=0.2984", *rules)
    assert done.code == 2
    assert "'w5' is W2[1,1] in the notation 'mazur', not here" in done.err
    assert "write W2[1,1]\n" in done.err
    assert "the sheet" not in done.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("toleranc: 1", "1:1: a rubric: there is no key 'toleranc'|did you mean 'tolerance'?"),
        ("tolerance: 2", "1:12: tolerance: 2 is not between 0 and 0.99|give a number from 0"),
        ("marks: {dW9: 2}", "1:9: there is no 'dW9' in this network|the layers are"),
        ("marks: [1]", "1:8: marks: a mapping is expected, not a list|such as {delta1: 2"),
        ("marks: {dW1: -1}", "1:14: dW1: -1 is not between 0 and 1000|give a number from 0"),
        ("partial_credit: {qqq: 1}", "1:18: partial_credit: there is no mistake 'qqq'|'backprop "
         "explain' lists the mistakes"),
        ("partial_credit: {signn: 1}", "1:18: partial_credit: there is no mistake 'signn'|did you"),
        ("ask: everything", "1:6: there is no 'everything' in this network|"),
        ("conventions: {delta_mean: maybe}", "1:27: delta_mean: 'maybe' is not one of its values|"),
        ("sheet_rules: [marks]", "1:14: sheet_rules: 'marks' is no rule of a sheet|they are toler"),
        ("evidence: perhaps", "1:11: evidence: true or false is expected|write true"),
        ("late: {students: [a]}", "1:7: late: 'credit' is missing|add 'credit:'"),
        ("- 1", "1:1: a mapping is expected, not a list|such as 'digits: 4'"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_rubric_is_said_with_its_place_and_cure(
    text: str, said: str, tmp_path: Path
) -> None:
    done = checked(tmp_path, text)
    message, cure = said.split("|")
    assert done.code == 2
    assert f"rubric.yaml:{message}" in done.err
    assert cure in done.err


def test_a_rubric_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = run("check", config("mazur"), "--answer", "loss=0.298", "--rules", "none.yaml")
    assert (done.code, "none.yaml" in done.err) == (2, True)


def test_the_schema_takes_what_is_read() -> None:
    import yaml

    schema = rubric_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(WHOLE), schema)
    assert set(schema["properties"]) == set(KEYS)
    refused: list[dict[str, Any]] = [
        {"tolerence": 1},
        {"partial_credit": {"signn": 1}},
        {"ask": []},
    ]
    for wrong in refused:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_in_python(tmp_path: Path) -> None:
    (tmp_path / "rubric.yaml").write_text("marks: {loss: 3}\n", encoding="utf-8")
    found = check_in_python(
        config("mazur"), {"loss": "0.2984"}, rules=str(tmp_path / "rubric.yaml")
    )
    assert "3 of 3 marks" in str(found)


TURNED = """\
input: [0.7, -0.4, 1.1]
target: [0.2]
loss: half_squared_error
learning_rate: 0.5
layers:
  - {activation: tanh, weights: [[0.3, -0.2, 0.5], [0.8, 0.1, -0.6]], bias: [0.1, -0.2]}
  - {activation: sigmoid, weights: [[0.6, -0.5]], bias: [0.2]}
"""


def test_matrices_may_be_written_transposed_where_the_rubric_says_so(tmp_path: Path) -> None:
    """Whole, by entry, after a step; a program's shapes say it themselves: as x·W has them."""
    net, rubric = tmp_path / "net.yaml", tmp_path / "rubric.yaml"
    net.write_text(TURNED, encoding="utf-8")
    rubric.write_text("conventions: {row_vectors: true}\n", encoding="utf-8")
    done = trace(net)
    names = ("dW1", "W1'", "dW2")
    whole = {name: done.value(name).T.tolist() for name in names} | {"delta1": done.value("delta1")}
    sizes = {name: done.value(name).T.shape for name in names}
    single = {
        f"{name}[{i + 1},{j + 1}]": done.value(name)[j, i]
        for name, (rows, columns) in sizes.items()
        for i in range(rows)
        for j in range(columns)
    }
    np.savez(tmp_path / "told.npz", dW1=done.value("dW1").T, dW2=done.value("dW2").T)
    for sheet_ in (whole, single, str(tmp_path / "told.npz")):
        found = check_in_python(net, sheet_, rules=rubric)
        assert found.all_right, str(found)
        assert check_in_python(net, sheet_).all_right == isinstance(sheet_, str)
    assert "in a weight matrix a row belongs to an input" in str(found)


def test_a_transposed_gradient_that_is_no_square_earns_its_part(tmp_path: Path) -> None:
    net, rubric = tmp_path / "net.yaml", tmp_path / "rubric.yaml"
    net.write_text(TURNED, encoding="utf-8")
    rubric.write_text("partial_credit: {outer-transposed: 0.5}\n", encoding="utf-8")
    turned = {"dW1": trace(net).value("dW1").T.tolist()}
    (marked,) = check_in_python(net, turned, rules=rubric).marked
    assert {each.mistake for each in marked.judged} == {"outer-transposed"}
    assert (marked.score, marked.max_score) == (3, 6)
