"""Reports: CSV read back, JSON's keys, Gradescope's object, JUnit XML that its readers take."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from backprop_cli.api import trace
from backprop_cli.checking.mistakes import catalogue
from backprop_cli.checking.records import Acceptance, Verdict
from backprop_cli.checking.reports import file_word
from backprop_cli.checking.reports.csv_rows import COLUMNS, SUMMARY, cell

from ..commands.running import Done, config, run

ADA = """\
student: ada
answers:
  z1: [0.3775, 0.3925]
  dW2: [[0.0822, ~], [-0.0226, x]]
"""
BOB = """\
{"student": "bob",
 "answers": {"delta2": [0.7414, -0.2171], "dW2[1,1]": "0.4398"}}
"""
SHEETS = {
    "ada.yaml": ADA,
    "bob.json": BOB,
    "cy.csv": "quantity,answer\nloss,0.298\nW2',\n",
    "dee.yaml": "answers: [",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sheets").mkdir()
    for name, text in SHEETS.items():
        (tmp_path / "sheets" / name).write_text(text, encoding="utf-8")
    return tmp_path


def report(folder: Path, name: str, *arguments: str) -> Done:
    done = run(
        "check", config("mazur"), str(folder / "sheets"), "--report", str(folder / name), *arguments
    )
    assert done.code == 1
    return done


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_reads_back(folder: Path) -> None:
    report(folder, "marks.csv")
    found = rows(folder / "marks.csv")
    assert tuple(found[0]) == COLUMNS
    by_key = {(row["student"], row["quantity"], row["entry"]): row for row in found}
    right = by_key["ada", "dW2", "1,1"]
    assert (right["submitted"], right["status"], right["score"]) == ("0.0822", "right", "1")
    assert float(right["expected"]) == trace(config("mazur")).gradient("W2")[0][0]
    assert by_key["ada", "dW2", "1,2"]["status"] == "blank"
    assert by_key["ada", "dW2", "2,2"]["status"] == "unreadable"
    wrong = by_key["bob", "delta2", "1"]
    assert (wrong["status"], wrong["mistake"]) == ("wrong", "no-sigma-prime-output")
    assert by_key["bob", "dW2", "1,1"]["status"] == "follow-through"
    assert by_key["cy", "loss", ""]["submitted"] == "0.298"
    assert by_key["cy", "W2'", "2,2"]["status"] == "blank"
    assert by_key["dee", "", ""]["status"] == "unreadable"
    assert by_key["dee", "", ""]["message"]


def test_the_summary_adds_up(folder: Path) -> None:
    report(folder, "marks.csv")
    summary = {row["student"]: row for row in rows(folder / "marks-summary.csv")}
    assert tuple(summary["ada"]) == SUMMARY
    answers = rows(folder / "marks.csv")
    for student, row in summary.items():
        own = [each for each in answers if each["student"] == student]
        assert float(row["score"]) == sum(float(each["score"]) for each in own)
        assert float(row["max_score"]) == sum(float(each["max_score"]) for each in own)
        assert int(row["right"]) == sum(each["status"] == "right" for each in own)
        assert int(row["wrong"]) == sum(each["status"] == "wrong" for each in own)
        assert int(row["unreadable"]) == sum(each["status"] == "unreadable" for each in own)
    assert summary["ada"]["percent"] == f"{100 * 4 / 6:.1f}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("+a", "'+a"),
        ("-(1 - 0.5)", "'-(1 - 0.5)"),
        ("-0.5", "-0.5"),
        ("+1e-3", "+1e-3"),
        ("\t=1", "\\t=1"),
        ("a\r\nb", "a\\r\\nb"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\u22120.5", "\u22120.5"),
        ("plain", "plain"),
    ],
)
def test_a_cell_is_no_formula(text: str, shown: str) -> None:
    assert cell(text) == shown


def strict(text: str) -> Any:
    def refuse(word: str) -> None:
        raise AssertionError(word)

    return json.loads(text, parse_constant=refuse)


def test_json(folder: Path) -> None:
    report(folder, "marks.json")
    found = strict((folder / "marks.json").read_text(encoding="utf-8"))
    assert (found["format"], found["version"]) == ("backprop-check", 1)
    network = Path(config("mazur")).read_bytes()
    assert found["problem_sha256"] == hashlib.sha256(network).hexdigest()
    ada, bob, cy, dee = found["students"]
    assert [s["student"] for s in (ada, bob, cy, dee)] == ["ada", "bob", "cy", "dee"]
    assert (ada["score"], ada["max_score"]) == (4, 6)
    keys = {"quantity", "entry", "raw", "value", "truth", "unit", "verdict", "rule", "mistake",
            "also", "message"}  # fmt: skip
    for student in found["students"]:
        assert {"student", "file", "score", "max_score", "answers"} <= set(student)
        for answer in student["answers"]:
            assert keys <= set(answer)
            assert answer["verdict"] in Verdict.__args__  # type: ignore[attr-defined]
            assert answer["rule"] in Acceptance.__args__  # type: ignore[attr-defined]
            assert answer["mistake"] is None or answer["mistake"] in catalogue()
    assert ada["answers"][2]["entry"] == [1, 1]
    assert ada["answers"][2]["unit"] == pytest.approx(1e-4)
    assert cy["answers"][0]["entry"] is None
    assert cy["answers"][1]["quantity"] == "W2'"
    assert dee["answers"] == []
    assert dee["problems"][0]["line"] >= 1


def test_the_json_format_is_the_json_report(folder: Path) -> None:
    printed = report(folder, "marks.json", "--format", "json").out
    assert printed == (folder / "marks.json").read_text(encoding="utf-8")


def test_gradescope(folder: Path) -> None:
    report(folder, "results.json")
    names = sorted(path.name for path in folder.glob("results*"))
    assert names == [f"results-{name}.json" for name in ("ada", "bob", "cy", "dee")]
    (folder / "sheets" / "dee.yaml").unlink()
    done = run("check", config("mazur"), str(folder / "sheets" / "bob.json"),
               "--report", str(folder / "results.json"))  # fmt: skip
    assert done.code == 1
    found = strict((folder / "results.json").read_text(encoding="utf-8"))
    assert found == strict((folder / "results-bob.json").read_text(encoding="utf-8"))
    assert set(found) == {"score", "output", "visibility", "tests"}
    assert found["score"] == sum(test["score"] for test in found["tests"])
    for number, test in enumerate(found["tests"], 1):
        assert set(test) == {
            "name", "number", "score", "max_score", "status", "output", "visibility",
        }  # fmt: skip
        assert test["number"] == str(number)
        assert test["status"] in ("passed", "failed")
        assert (test["status"] == "passed") == (test["score"] > 0)
        assert test["visibility"] == "visible"
    assert [test["name"] for test in found["tests"]] == ["delta2[1]", "delta2[2]", "dW2[1,1]"]


def test_feedback_reaches_the_student_only_as_far_as_asked(folder: Path) -> None:
    for feedback in ("none", "hint", "full"):
        report(folder, "results.json", "--feedback", feedback)
        found = strict((folder / "results-bob.json").read_text(encoding="utf-8"))
        output = found["tests"][0]["output"]
        assert bool(output) == (feedback != "none")
        assert "0.138" not in output or feedback == "full"


TESTCASE = {"classname", "name", "time"}


def test_junit(folder: Path) -> None:
    """The structure that Jenkins' and Gradle's readers share, with counts that agree."""
    report(folder, "marks.xml")
    root = ElementTree.parse(folder / "marks.xml").getroot()
    assert root.tag == "testsuites"
    assert [suite.get("name") for suite in root] == ["ada", "bob", "cy", "dee"]
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for suite in root:
        assert suite.tag == "testsuite"
        properties, *cases = suite
        assert [each.get("name") for each in properties] == ["rules"]
        assert {case.tag for case in cases} == {"testcase"}
        found = [child for case in cases for child in case]
        assert all(set(case.attrib) == TESTCASE for case in cases)
        assert all(len(case) <= 1 for case in cases)
        tags = [child.tag for child in found]
        counts = {"tests": len(cases), "failures": tags.count("failure"),
                  "errors": tags.count("error"), "skipped": tags.count("skipped")}  # fmt: skip
        assert {name: int(suite.get(name, "-1")) for name in counts} == counts
        assert sum(counts.values()) - counts["tests"] == len(found)
        for child in found:
            assert child.get("message")
            assert (child.get("type") is not None) == (child.tag != "skipped")
        totals = {name: totals[name] + counts[name] for name in totals}
    assert {name: int(root.get(name, "-1")) for name in totals} == totals
    failures = {f.get("type") for f in root.iter("failure")}
    assert "no-sigma-prime-output" in failures
    (error,) = root[3].iter("error")
    assert error.get("type") == "unreadable"


def test_several_reports_at_once(folder: Path) -> None:
    report(folder, "a.csv", "--report", str(folder / "b.xml"), "--report", str(folder / "c.json"))
    assert {path.name for path in folder.iterdir()} == {
        "a.csv", "a-summary.csv", "b.xml", "c.json", "sheets",
    }  # fmt: skip


def test_students_with_one_name_get_files_of_their_own(folder: Path) -> None:
    for name in ("x.yaml", "y.yaml", "z.yaml"):
        text = f"student: {'ada' if name != 'z.yaml' else 'Ada'}\nanswers: {{loss: 1}}"
        (folder / "sheets" / name).write_text(text, encoding="utf-8")
    report(folder, "results.json")
    names = {path.name for path in folder.glob("results*")}
    assert {"results-ada.json", "results-ada-2.json", "results-Ada-4.json"} <= names


@pytest.mark.parametrize(
    ("student", "word"),
    [
        ("s4711", "s4711"),
        ("../../x", "x"),
        ("..", "student"),
        ("", "student"),
        ("a/b\\c", "a_b_c"),
        (".hidden", "hidden"),
        ("Zoë", "Zoë"),
        ("Çağ Öz", "Çağ_Öz"),
        ("李 明", "李_明"),
        ("\u202etxt\u2066", "txt"),
        ("x" * 300, "x" * 50),
        ("a\0b\nc", "a_b_c"),
        ("-rf", "rf"),
    ],
)
def test_file_names(student: str, word: str) -> None:
    assert file_word(student) == word
    assert re.fullmatch(r"\w[\w.-]{0,49}", word)
    assert len(f"{word}.feedback.html".encode()) <= 255


@pytest.mark.parametrize(
    ("name", "there"), [("results.json", "results-ada.json"), ("m.csv", "m-summary.csv")]
)
def test_a_file_that_nobody_named_is_written_over_a_report_alone(
    folder: Path, name: str, there: str
) -> None:
    """In a folder of sheets ``results-ada.json`` may be a sheet."""
    sheets = folder / "sheets"
    arguments = ("check", config("mazur"), str(sheets), "--report", str(sheets / name))
    assert run(*arguments).code == run(*arguments).code == 1
    (sheets / there).write_text(BOB, encoding="utf-8")
    refused = run(*arguments)
    assert refused.code == 2
    assert f"{there} is there, and is no report" in refused.err
    assert (sheets / there).read_text(encoding="utf-8") == BOB
