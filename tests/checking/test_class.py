"""A class: whose each file is, what is left out, statistics, copies, feedback, earlier runs."""

from __future__ import annotations

import csv
import gc
import json
import re
from pathlib import Path

import numpy as np
import pytest

import backprop_cli
from backprop_cli.checking.feedback.class_document import class_document, histogram
from backprop_cli.checking.feedback.class_tally import tally_of
from backprop_cli.checking.sheets.handing_in import Handed, handed_in, no_sheet
from backprop_cli.exercises.generating import exercise
from backprop_cli.exercises.outline import outline_of
from backprop_cli.problems import Source

from ..commands.running import Done, config, inside, run

RIGHT = "answers: {z1: [0.3775, 0.3925], a1: [0.5933, 0.5969], delta2: [0.1385, -0.0381]}\n"
NO_BIAS = "answers: {z1: [0.0275, 0.0425], a1: [0.5069, 0.5106], delta2: [0.1409, -0.0430]}\n"
WRONG = RIGHT.replace("0.1385", "0.3311")


def check(*arguments: str, code: int) -> Done:
    done = run("check", config("mazur"), *arguments, width=100)
    assert done.code == code, done.err + done.out
    return done


FILE = "assignsubmission_file"


@pytest.mark.parametrize(
    ("path", "handed"),
    [
        (
            f"Ada Lovelace_123_{FILE}_/sheet.yaml",
            ("Ada Lovelace", "123", f"Ada-Lovelace_123_{FILE}_sheet"),
        ),
        (
            f"Ada Lovelace_123_{FILE}/a/b.yaml",
            ("Ada Lovelace", "123", f"Ada-Lovelace_123_{FILE}_b"),
        ),
        (
            f"Ada Lovelace_123_{FILE}_Blatt 3.yaml",
            ("Ada Lovelace", "123", f"Ada-Lovelace_123_{FILE}_Blatt 3"),
        ),
        (f"de_la Cruz_9_{FILE}_/s.csv", ("de_la Cruz", "9", f"de-la-Cruz_9_{FILE}_s")),
        ("submission_4711/answers.yml", ("4711", "4711", "")),
        ("lovelaceada_77_88_sheet.yaml", ("lovelaceada", "77", "lovelaceada_77_88_sheet")),
        (
            "lovelaceada_LATE_77_88_sheet-1.yaml",
            ("lovelaceada", "77", "lovelaceada_LATE_77_88_sheet-1"),
        ),
        ("Homework 3_s4711_attempt_2026-01-02-10-11-12_sheet.yaml", ("s4711", "", "")),
        ("ada/sheet.yaml", ("ada", "", "")),
        ("Anna Muster_1234567/blatt.yaml", ("Anna Muster", "1234567", "Anna-Muster_1234567")),
        ("Anna Muster_1234567/a/blatt.yaml", ("Anna Muster", "1234567", "Anna-Muster_1234567")),
        (
            f"Participant_12_{FILE}_/a.yaml",
            ("Participant 12", "12", f"Participant_12_{FILE}_a"),
        ),
        (
            f"Teilnehmer_in_12_{FILE}/a.yaml",
            ("Teilnehmer_in 12", "12", f"Teilnehmer-in_12_{FILE}_a"),
        ),
    ],
)
def test_platforms_say_whose_a_file_is(path: str, handed: tuple[str, str, str]) -> None:
    assert handed_in(f"hw/{path}", "hw", alone=True) == Handed(*handed)


def test_feedback_is_called_as_the_platform_takes_it_back(tmp_path: Path) -> None:
    """Moodle finds the number behind the first _, Canvas in what the file was called."""
    names = (
        f"Max Muster_12_{FILE}_/hw.yaml",
        f"Max Muster_13_{FILE}_/hw.yaml",
        "musteranna_LATE_77_88_hw.yaml",
        "eva.yaml",
    )
    for name in names:
        (tmp_path / "hw" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "hw" / name).write_text(RIGHT, encoding="utf-8")
    told = ("--feedback-dir", str(tmp_path / "told"), "--feedback-format", "md")
    check(str(tmp_path / "hw"), *told, code=0)
    found = {path.name for path in (tmp_path / "told").iterdir()}
    assert found == {
        f"Max-Muster_12_{FILE}_hw.feedback.md",
        f"Max-Muster_13_{FILE}_hw.feedback.md",
        "musteranna_LATE_77_88_hw.feedback.md",
        "eva.feedback.md",
    }


def test_a_files_own_name_says_it_elsewhere() -> None:
    assert handed_in("hw/ada.yaml", "hw", alone=False) is None
    assert handed_in("hw/group a/ada.yaml", "hw", alone=False) is None


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("a.csv", "student,file,quantity,entry,submitted,expected,status\n", "a report"),
        ("a.csv", "student,file,score,max_score,percent\n", "a report"),
        ("a.csv", "student,quantity,answer\n", ""),
        ("a.json", '{\n  "format": "backprop-check",', "a report"),
        ("a.json", '{"score": 1, "tests": [{"visibility": "visible"}]}', "a report"),
        ("a.json", '{"answers": {}}', ""),
        ("a.yaml", "input: [1]\nlayers: []\n", "a network"),
        ("a.yaml", "variables: {a: 1}\ngraph: {b: a}\n", "a network"),
        ("a.yaml", "marks: {loss: 2}\n", "a rubric"),
        ("a.yaml", "student: ada\nanswers: {}\n", ""),
        ("a.yaml", "anwsers: {}\n", ""),
    ],
)
def test_what_is_no_sheet_is_told(name: str, text: str, what: str) -> None:
    assert no_sheet(Source(name, text)) == what


def test_reports_in_the_folder_are_no_sheets_of_the_next_run(tmp_path: Path) -> None:
    (tmp_path / "ada.yaml").write_text(RIGHT, encoding="utf-8")
    (tmp_path / "bob.yaml").write_text(WRONG, encoding="utf-8")
    names = ("m.csv", "m.json", "m.xml", "results.json", "moodle.csv", "canvas.csv")
    reports = [part for name in names for part in ("--report", str(tmp_path / name))]
    told = ("--feedback-dir", str(tmp_path), "--feedback-format", "md")
    first = check(str(tmp_path), *reports, *told, code=1)
    again = check(str(tmp_path), *reports, *told, code=1)
    assert "2 sheets" in first.out
    assert "2 sheets" in again.out
    for name in ("m.csv", "m-summary.csv", "m.json", "m.xml", "results-ada.json", "moodle.csv"):
        assert f"{name}: a report" in again.out
    assert "bob.feedback.md: feedback" in again.out


def test_every_file_of_a_folder_is_spoken_of(tmp_path: Path) -> None:
    kept = ("ada.yaml", "essay.docx", "noext", "marks.xlsx")
    left = (".DS_Store", "~$essay.docx", "x.feedback.html")
    for name in (*kept, *left):
        (tmp_path / name).write_text(RIGHT, encoding="utf-8")
    (tmp_path / "__MACOSX").mkdir()
    done = check(str(tmp_path), code=1)
    assert "4 sheets" in done.out
    for name in (*kept[1:], *left, "__MACOSX"):
        assert name in done.out
    said = " ".join(done.out.split())
    assert "a .docx file is not read: type the answers into text (.txt)" in said
    assert "a file without a suffix is not read: sheets end in .yaml" in said


def test_statistics(tmp_path: Path) -> None:
    for number in range(8):
        text = NO_BIAS if number < 3 else WRONG if number == 3 else RIGHT
        (tmp_path / f"s{number}.yaml").write_text(text, encoding="utf-8")
    tally = tally_of(backprop_cli.check(config("mazur"), tmp_path).sheets)
    z1, a1, delta2 = tally.rates()
    assert (z1.quantity, z1.mistake, z1.total) == ("z1", "bias-omitted", 16)
    assert z1.counts == {"wrong": 6, "right": 10}
    assert a1.counts == {"follow-through": 6, "right": 10}
    assert delta2.counts["wrong"] == 1
    assert tally.unnamed() == (1, ("delta2[1]",))
    assert tally.copies() == []
    assert histogram([0, 9.9, 10, 99, 100]) == [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    out = check(str(tmp_path), code=1).out
    assert "the same answers throughout" not in out
    assert "none known     1" in out
    assert " 90–100 %   4" in out
    rows = [line.split() for line in out.splitlines()]
    assert ["z1", "62", "0", "38", "bias-omitted"] in rows


def test_copies_share_more_than_one_known_mistake(tmp_path: Path) -> None:
    """Who forgets b goes on to the same numbers; a digit slip, or two mistakes, are one's own."""
    digits, two = RIGHT.replace("0.3775", "0.3757"), NO_BIAS.replace("0.1409", "0.7518")
    for number in range(24):
        text = [NO_BIAS, digits, two][number] if number < 3 else RIGHT
        text = [NO_BIAS, digits, two][number - 20] if 20 <= number < 23 else text
        (tmp_path / f"s{number:02}.yaml").write_text(text, encoding="utf-8")
    tally = tally_of(backprop_cli.check(config("mazur"), tmp_path).sheets)
    assert tally.copies() == [("s01", "s21"), ("s02", "s22")]
    out = check(str(tmp_path), code=1).out
    assert "s01, s21: the same answers throughout, the wrong ones too" in out


def test_gradebooks(tmp_path: Path) -> None:
    folder = tmp_path / "hw" / "Ada L_123_assignsubmission_file_"
    folder.mkdir(parents=True)
    (folder / "sheet.yaml").write_text(WRONG, encoding="utf-8")
    (tmp_path / "hw" / "bobb_77_88_sheet.yaml").write_text(RIGHT, encoding="utf-8")
    reports = ("--report", str(tmp_path / "moodle.csv"), "--report", str(tmp_path / "canvas.csv"))
    check(str(tmp_path / "hw"), *reports, code=1)
    moodle = list(csv.DictReader((tmp_path / "moodle.csv").read_text("utf-8").splitlines()))
    assert moodle[0]["Identifier"] == "Participant 123"
    assert (moodle[0]["Full name"], moodle[0]["Grade"], moodle[0]["Maximum Grade"]) == (
        "Ada L", "5", "6"
    )  # fmt: skip
    head, possible, ada, bob = csv.reader((tmp_path / "canvas.csv").read_text("utf-8").splitlines())
    assert head[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert (possible[0], possible[5]) == ("    Points Possible", "6")
    assert (ada[0], ada[5], bob[1], bob[5]) == ("Ada L", "5", "77", "6")


def test_what_is_typed_into_moodles_own_field_is_a_sheet(tmp_path: Path) -> None:
    """Moodle saves it as a page; a page that is none of these is no sheet."""
    page = """<html><head><style>z1 { }</style></head><body dir="ltr"><p>Hallo,<br>
    z1 = (0.3775, 0.3925) und&nbsp;loss = 0.2984</p><script>a1 = 1</script>
    <ul><li>a<sup>1</sup>: 0.5933, 0.5969</li></ul>
    <table><tr><td>z2[1]</td><td>1.1059</td></tr></table></body></html>"""
    for name in ("Ada L_12_assignsubmission_onlinetext_/onlinetext.html", "page.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(page, encoding="utf-8")
    flat = tmp_path / "Bo B_13_assignsubmission_onlinetext_.html"
    flat.write_text("<p>loss = 0.2984</p>", encoding="utf-8")
    found = backprop_cli.check(config("mazur"), tmp_path)
    assert {s.sheet.student: (s.score, s.max_score) for s in found.marked if s.judged} == {
        "Ada L": (6, 6),
        "Bo B": (1, 1),
    }


def test_a_platforms_name_is_the_students_whatever_the_sheet_says(tmp_path: Path) -> None:
    """Karl's sheet in Anna's folder is Anna's; a number that it gives itself is no other name."""
    for folder, own in (
        ("Anna Muster_1234567_assignsubmission_file_", "Karl"),
        ("Bea Meier_1234568", "s4711"),
        ("Cem Öz_1234569", "Cem"),
        ("lovelaceada", "Ada"),
    ):
        (tmp_path / "hw" / folder).mkdir(parents=True)
        text = RIGHT if "student:" in RIGHT else f"student: {own}\n{RIGHT}"
        text = re.sub("student: .*", f"student: {own}", text)
        (tmp_path / "hw" / folder / "sheet.yaml").write_text(text, encoding="utf-8")
    report = tmp_path / "blatt-3.moodle.csv"
    done = check(str(tmp_path / "hw"), "--report", str(report), "--language", "de", code=0)
    rows = list(csv.DictReader(report.read_text("utf-8").splitlines()))
    assert [(row["ID"], row["Vollständiger Name"], row["Bewertung"]) for row in rows] == [
        ("Teilnehmer/in1234567", "Anna Muster", "6"),
        ("Teilnehmer/in1234568", "Bea Meier", "6"),
        ("Teilnehmer/in1234569", "Cem Öz", "6"),
        ("", "Ada", "6"),
    ]
    assert "1 of 4 rows have not the identifier" in done.err
    assert " ".join(done.out.split()).count("nennt sich selbst") == 1
    assert no_sheet(Source("m.csv", report.read_text("utf-8"))) == "a report"


def test_a_decimal_comma_is_one_in_every_table(tmp_path: Path) -> None:
    (tmp_path / "rubric.yaml").write_text("marks: {delta2: 1.5}\n", encoding="utf-8")
    (tmp_path / "hw").mkdir()
    for name in ("ada", "bob"):
        (tmp_path / "hw" / f"{name}.yaml").write_text(WRONG, encoding="utf-8")
    names = [str(tmp_path / name) for name in ("m.csv", "moodle.csv", "canvas.csv")]
    reports = [word for name in names for word in ("--report", name)]
    told = ("--feedback-dir", str(tmp_path / "told"), "--feedback-format", "txt")
    wished = ("--rules", str(tmp_path / "rubric.yaml"), "--decimal-comma", *reports, *told)
    done = check(str(tmp_path / "hw"), *wished, code=1)
    files = [*names, str(tmp_path / "m-summary.csv"), str(tmp_path / "told" / "ada.feedback.txt")]
    texts = [done.out, *(Path(name).read_text("utf-8") for name in files)]
    for text in texts:
        shown = re.sub(r"[^\s;,]*(ada|bob)[^\s;,]*|rubric.yaml", "", text)
        assert "1,5" in shown or "5,5" in shown, text
        written = re.findall(r"[ ;,]-?\d+\.\d+", shown)
        assert not [n for n in written if n.strip(" ;,") not in WRONG], (text, written)
    rows = csv.DictReader(texts[1].splitlines(), delimiter=";")
    assert {row["expected"][:4] for row in rows if row["quantity"] == "delta2"} <= {"0,13", "-0,0"}
    assert no_sheet(Source("m.csv", texts[1])) == "a report"


def test_a_programs_numbers_are_short_where_people_read_them(tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", loss=np.array(0.29837110876000272), z1=np.array([1 / 3, -2 / 7]))
    done = check(str(tmp_path / "p.npz"), "--feedback", "full", code=1)
    assert "0.298371 " in done.out
    assert not re.findall(r"\d\.\d{9,}", done.out)


@pytest.mark.parametrize("suffix", ["html", "md", "txt", "tex", "pdf"])
def test_a_feedback_file_a_student(suffix: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, text in (("a", RIGHT), ("b", WRONG), ("c", f"student: a\n{NO_BIAS}")):
        (tmp_path / "in" / f"{name}.yaml").write_text(text, encoding="utf-8")
    folder = tmp_path / "told"
    told = ("--feedback-dir", str(folder), "--feedback-format", suffix)
    check(str(tmp_path / "in"), *told, code=1)
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"a-2.feedback.{suffix}", f"a.feedback.{suffix}", f"b.feedback.{suffix}"]
    content = (folder / names[2]).read_bytes()
    shown = {"pdf": b"%PDF", "tex": b"documentclass"}.get(suffix, b"delta2[1]")
    assert shown in content


def test_an_earlier_run_is_compared(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in (("ada", RIGHT), ("bob", WRONG), ("cy", NO_BIAS)):
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    report = tmp_path / "before.json"
    check(str(folder), "--report", str(report), code=1)
    same = check(str(folder), "--compare", str(report), code=1)
    assert "3 sheets with the same marks" in same.out
    (folder / "bob.yaml").write_text(RIGHT, encoding="utf-8")
    (folder / "cy.yaml").unlink()
    (folder / "dee.yaml").write_text(RIGHT, encoding="utf-8")
    done = check(str(folder), "--compare", str(report), code=0)
    assert " bob       5/6      6/6   delta2[1]   another sheet" in done.out
    assert "1 sheet with the same marks" in done.out
    assert "new: dee" in done.out
    assert "not there any more: cy" in done.out
    assert "then" not in done.out
    ruled = check(str(folder), "--compare", str(report), "--tolerance", "0.5", code=0)
    assert "2 sheets marked by other rules then" in ruled.out
    found = json.loads(report.read_text("utf-8"))
    found["problem_sha256"] = ""
    report.write_text(json.dumps(found), encoding="utf-8")
    mended = check(str(folder), "--compare", str(report), code=0)
    assert "the network's file is another one than then" in mended.out
    for text in ("", "{}", "[1]", '{"format": "backprop-check", "students": [1]}', "{" * 100):
        report.write_text(text, encoding="utf-8")
        refused = check(str(folder), "--compare", str(report), code=2)
        assert "Traceback" not in refused.err


def test_one_network_a_student_in_one_call(tmp_path: Path) -> None:
    with inside(tmp_path):
        made = ("--shape", "2-2-1", "--count", "3", "--solutions", "md", "-o", "own")
        assert run("exercise", *made).code == 0
        keys = [Path(f"own/exercise-0{n}-key.yaml").read_text("utf-8") for n in (1, 2)]
        keys = [key.replace("student: key", "student: ~") for key in keys]
        Path("own/exercise-01-ada.yaml").write_text(keys[0], encoding="utf-8")
        Path("in/exercise-02").mkdir(parents=True)
        Path("in/exercise-02/bob.yaml").write_text(keys[1], encoding="utf-8")
        Path("in/stranger.yaml").write_text(keys[1], encoding="utf-8")
        done = run("check", "own", "in", "--report", "m.json", "--feedback-dir", "told")
        found = json.loads(Path("m.json").read_text("utf-8"))
        told = sorted(path.name for path in Path("told").iterdir())
    assert done.code == 0, done.err
    assert [s["score"] == s["max_score"] > 0 for s in found["students"]] == [True, True]
    assert [s["student"] for s in found["students"]] == ["ada", "bob"]
    assert "own/exercise-03.yaml: no sheet answers it" in done.out
    assert done.out.startswith("own\n")
    assert "exercise-01-key.yaml: the network's own key" in done.out
    assert "in/stranger.yaml: no network is called so" in done.out
    assert len(told) == 2


def test_whose_numbers_fit_another_ones_exercise_is_said(tmp_path: Path) -> None:
    """With whole numbers most follow from each other: marks alone do not show it."""
    outline = outline_of("2-2-1", "relu")
    answered = ("z1", "a1", "z2", "loss", "dW2", "dW1")
    own: dict[int, dict[str, list[float]]] = {}
    for n in (4, 5, 7):
        text = exercise(outline, 1, n).text
        (tmp_path / f"exercise-{n}.yaml").write_text(text, encoding="utf-8")
        done = backprop_cli.trace(tmp_path / f"exercise-{n}.yaml")
        arrays = {
            name: done.gradient(name[1:]) if name[0] == "d" else done.value(name)
            for name in answered
        }
        own[n] = {name: array.tolist() for name, array in arrays.items()}
    slips = {**own[5], "z1": [8.5, 7.5], "dW1": [[0.5, 2.5], [3.5, 1.5]]}
    for n, page in {4: own[7], 5: slips, 7: own[7]}.items():
        sheet = json.dumps({"student": f"s{n}", "answers": page})
        (tmp_path / f"exercise-{n}-ada.json").write_text(sheet, encoding="utf-8")
    out = run("check", str(tmp_path), width=120).out
    said = [line for line in out.splitlines() if " answers fit " in line]
    assert len(said) == 1
    assert re.match(r"s4: (\d+) of \1 answers fit exercise-7.yaml, \d fit exercise-4.yaml", said[0])


def test_files_left_out_for_one_reason_share_a_line(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f".{number:02}").write_text("", encoding="utf-8")
    (tmp_path / "ada.yaml").write_text(RIGHT, encoding="utf-8")
    (tmp_path / "old.json").write_text('{\n  "format": "backprop-check",', encoding="utf-8")
    out = check(str(tmp_path), code=0).out
    assert out.count(": hidden") == 1
    assert "… and 29 more for this reason" in out
    assert "old.json: a report" in out


def test_marks_out_of_different_numbers_are_told(tmp_path: Path) -> None:
    (tmp_path / "ada.yaml").write_text(RIGHT, encoding="utf-8")
    (tmp_path / "bob.yaml").write_text("answers: {z1: [0.3775, 0.3925]}\n", encoding="utf-8")
    (tmp_path / "cy.txt").write_text("", encoding="utf-8")
    said = "out of 2 to 6 marks, by what each sheet answers"
    assert said in check(str(tmp_path), code=1).out
    assert said not in check(str(tmp_path), "--ask", "z1", code=1).out


def test_a_folder_without_networks_or_with_answers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ada.yaml").write_text(RIGHT, encoding="utf-8")
    assert "no network in this folder" in run("check", str(tmp_path)).err
    assert "belongs to one network" in run("check", str(tmp_path), "--answer", "loss=1").err


def test_a_class_report_is_told_however_large_it_is(tmp_path: Path) -> None:
    (tmp_path / "ada.yaml").write_text("answers: {z1: [0.3775, 0.3925]}\n", encoding="utf-8")
    large = '{\n  "format": "backprop-check",\n  "students": ["' + 70_000 * "x" + '"]}'
    (tmp_path / "before.json").write_text(large, encoding="utf-8")
    (tmp_path / "bea.json").write_text('{"answers": {"z1": "' + 70_000 * "x" + '"}}')
    found = run("check", config("mazur"), str(tmp_path), "--format", "text")
    assert "before.json: a report" in found.out
    assert "larger than 64 KiB" in " ".join(found.out.split())


def test_lines_that_cannot_be_read_are_counted_and_no_row_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "ada.yaml").write_text("answers:\n  loss: 0.2984\n  a1 0.5\n", encoding="utf-8")
    (tmp_path / "bob.yaml").write_text(WRONG, encoding="utf-8")
    (tmp_path / "rubric.yaml").write_text("ask: all\n", encoding="utf-8")
    paths = (str(tmp_path / "ada.yaml"), str(tmp_path / "bob.yaml"))
    rules = ("--rules", str(tmp_path / "rubric.yaml"))
    out = run("check", config("mazur"), *paths, *rules, width=60).out
    *_, ada = (line.split() for line in out.splitlines() if line.startswith(" ada "))
    assert ada[-1] == "1"
    names = [line.split() for line in out.splitlines() if line.startswith((" z1", " loss", " dW1"))]
    assert all(len(cells) > 1 for cells in names)


def test_the_number_of_processes_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    for number in range(20):
        text = (RIGHT, WRONG, NO_BIAS, "answers: {z1: [0.3775\n", "z1: 'σ(x[1])'\n")[number % 5]
        (tmp_path / "class" / f"s{number}.yaml").write_text(text, encoding="utf-8")
    found = []
    for jobs in ("1", "2"):
        reports = [str(tmp_path / f"{jobs}{name}") for name in (".csv", ".json", ".xml")]
        options = [part for path in reports for part in ("--report", path)]
        told = ("--feedback-dir", str(tmp_path / f"told{jobs}"), "--feedback-format", "txt")
        done = check(str(tmp_path / "class"), *options, *told, "--jobs", jobs, code=1)
        files = [*map(Path, reports), *sorted((tmp_path / f"told{jobs}").iterdir())]
        found.append((done.out, [file.read_text(encoding="utf-8") for file in files]))
    assert found[0] == found[1]
    assert len(found[0][1]) == 23


def test_a_large_class_is_counted_and_not_kept(tmp_path: Path) -> None:
    """A sheet is gone once it is counted: what is left of it is its name and its row."""
    (checked,) = backprop_cli.check(config("mazur"), {"z1": ["0.3", "0.3925"]}).sheets
    tally = tally_of(checked for _ in range(1200))
    assert not [each for each in gc.get_referrers(checked) if isinstance(each, list | tuple)]
    assert (tally.count, len(tally.rows)) == (1200, 1000)
    text = str(class_document(tally, ""))
    assert "… and 200 more: --report marks.csv has every sheet" in text


def test_processes_need_a_network_that_can_be_read_again() -> None:
    done = run("check", "-", "ada.yaml", "--jobs", "2")
    assert (done.code, "standard input is read once" in done.err) == (2, True)


def test_moodle_is_told_why_a_file_could_not_be_read(tmp_path: Path) -> None:
    """23 blanks is not what somebody handed in who chose another suffix."""
    (tmp_path / "ada.docx").write_text("z1: 1", encoding="utf-8")
    (tmp_path / "bo.yaml").write_text(RIGHT, encoding="utf-8")
    reports = ("--ask", "all", "--report", str(tmp_path / "moodle.csv"))
    check(str(tmp_path), *reports, code=1)
    rows = csv.DictReader((tmp_path / "moodle.csv").read_text("utf-8").splitlines())
    assert "a .docx file is not read" in next(iter(rows))["Feedback comments"]


def test_sheets_that_show_no_work_are_told_and_their_mistakes_are_none_of_the_class(
    tmp_path: Path,
) -> None:
    """One of one number, one of another network; a third with a mistake of its own."""
    names = ("z1[1]", "z1[2]", "a1[1]", "a1[2]", "z2[1]", "z2[2]", "delta2[1]", "delta2[2]")
    foreign = ("0.71", "-0.35", "0.67", "0.41", "0.93", "0.12", "0.31", "0.27")
    for who, numbers in (("const", ["0.7"] * 8), ("other", foreign)):
        told = ", ".join(f"'{n}': {v}" for n, v in zip(names, numbers, strict=True))
        (tmp_path / f"{who}.yaml").write_text(f"answers: {{{told}}}\n", encoding="utf-8")
    (tmp_path / "own.yaml").write_text(NO_BIAS, encoding="utf-8")
    done = check(str(tmp_path), code=1)
    single = " ".join(done.out.partition("Single sheets")[2].split())
    assert "const.yaml: The same number stands in nearly all answers" in single
    assert "other.yaml: Most answers" in single
    common = done.out.partition("Commonest mistakes")[2].partition("Single sheets")[0]
    assert common.count("bias-omitted") == 1
    assert "none known" not in common
