"""Sheets as files: their keys, JSON and CSV, several in a file, folders of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from backprop_cli.checking.records import Rules
from backprop_cli.checking.sheets.reading import read_sheets
from backprop_cli.checking.sheets.sheet_tree import KEYS
from backprop_cli.problems import Refusal

from .reading_sheets import JSON, LONG, YAML, reading, reads, sheet

# -- the sheet itself


def test_rules_are_read() -> None:
    found = sheet(
        "student: 7\ndigits: 3\nrules: {tolerance: 1e-2, tolerances: {dW1: 0.05},"
        " follow_through_credit: 1/2}\nanswers: {loss: 1}"
    )
    assert found.student == "7"
    wanted = Rules(0.01, {"dW1": 0.05}, 3, 0.5)
    assert Rules(**found.own) == wanted
    assert found.rules == Rules()
    assert sheet("answers: {loss: 1}").own == {}


def test_keys_left_empty_are_left_out() -> None:
    keys = "\n".join(f"{key}:" for key in KEYS if key != "answers")
    found = sheet(f"{keys}\nanswers: {{loss: 1}}")
    assert (found.problems, found.student, len(found.answers)) == ((), "sheet", 1)


NOTES = """# Dana Kim

Ergebnisse von *Blatt 5*:
- $z^1 = (0.3775, 0.3925)^T$
- **a1**: 0.5933, 0.5969
2) `z2[1]` \u2248 1.1059

| Name | Wert |
|---|---|
| z2[2] | 1.2249 |
| Loss | C = 0.2984 |

z9 = 0.5
Uhrzeit: 23:00
"""


BETWEEN = (
    *(" = ", "=", ": ", ":", " := ", " == ", " => ", " -> ", "->", " --> ", " ~ ", "~=", " ~> "),
    *(
        " ",
        "   ",
        "\t",
        " is ",
        " ist ",
        " equals ",
        " \u2248 ",
        " \u2245 ",
        " \u2192 ",
        " \u21d2 ",
    ),
)


@pytest.mark.parametrize("sign", BETWEEN)
def test_what_stands_between_a_name_and_its_numbers(sign: str) -> None:
    """A line that begins with a name and has numbers behind it is not passed over."""
    text = f"Ex 3\n- z1[1]{sign}0.3775\nz2{sign}(1.1059, 1.2249)\n2) a1_2{sign}-0.5\n"
    found = sheet(f"{text}z1 is what goes in, a1 comes out\nloss 7 points?\n", "txt")
    assert {a.name: a.parsed.value for a in found.answers} == {
        "z1[1]": 0.3775, "z2[1]": 1.1059, "z2[2]": 1.2249, "a1[2]": -0.5
    }  # fmt: skip


HEADINGS = {
    "Dana Kim": "Dana Kim",
    "Kim, Dana": "Kim, Dana",
    "J. A. Smith": "J. A. Smith",
    "Ludwig van Beethoven": "Ludwig van Beethoven",
    "s4711": "s4711",
    "李小龙": "李小龙",
    "Answers of s4711": "s4711",
    "Exercise 3: Dana Kim": "Dana Kim",
    "Homework 3 - Dana Kim": "Dana Kim",
    "Lösung von Jörg Müller": "Jörg Müller",
    "My answers": "sheet",
    "Exercise 3": "sheet",
    "Übungsblatt 3": "sheet",
    "HW3": "sheet",
    "Part a)": "sheet",
    "Forward pass": "sheet",
    "Problem 3: compute all gradients": "sheet",
    "Mazur's step by step example": "sheet",
}


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_heading_is_whose_the_notes_are_where_it_is_a_name(heading: str) -> None:
    """A title is not: a class whose sheets are all headed alike is told apart by its files."""
    assert sheet(f"# {heading}\n\nloss = 0.3\n", "md").student == HEADINGS[heading]
    assert sheet(f"# {'a: ' * 9_000}{heading}\n\nloss = 0.3\n", "md").student == "sheet"
    below = sheet(f"# {heading}\n## Vorwärts\n\nName: Bo\n\nloss = 0.3\n", "md")
    assert below.student == "Bo"


@pytest.mark.parametrize("suffix", ["md", "txt"])
def test_notes_as_students_type_them(suffix: str) -> None:
    """Bullets, formulas of Markdown, rows of tables; prose is passed over, a wrong name is not."""
    found = sheet(NOTES, suffix)
    assert found.student == "Dana Kim"
    assert {a.name: a.parsed.value for a in found.answers} == {
        "z1[1]": 0.3775, "z1[2]": 0.3925, "a1[1]": 0.5933, "a1[2]": 0.5969,
        "z2[1]": 1.1059, "z2[2]": 1.2249, "loss": 0.2984,
    }  # fmt: skip
    assert [(p.message, p.place and p.place.line) for p in found.problems] == [
        ("there is no 'z9' in this network", 13)
    ]
    assert sheet("student: bo\nanswers: {loss: 0.3}\n", suffix).student == "bo"
    several = sheet("so a1 = (0.5, 0.6), z2[1]=1.1 und loss: 0.3, wie oben.\n", suffix)
    assert {a.name: a.parsed.value for a in several.answers if a.name != "loss"} == {
        "a1[1]": 0.5, "a1[2]": 0.6, "z2[1]": 1.1
    }  # fmt: skip
    latex = sheet(
        r"$$\frac{\partial L}{\partial W^{(1)}} = \begin{pmatrix}1 & 2 \\ 3 & 4\end{pmatrix}$$"
        "\n$z^{(1)}_1 = 0.1$, $z^{(1)}_2 = 0.2$\n"
        r"- $\delta^{(2)} = \begin{bmatrix}5 \\ 6\end{bmatrix}$",
        suffix,
    )
    assert [(a.name, a.parsed.value) for a in latex.answers] == [
        ("dW1[1,1]", 1), ("dW1[1,2]", 2), ("dW1[2,1]", 3), ("dW1[2,2]", 4),
        ("z1[1]", 0.1), ("z1[2]", 0.2), ("delta2[1]", 5), ("delta2[2]", 6),
    ]  # fmt: skip
    none = sheet("Ich war krank.\n", suffix)
    assert [problem.message for problem in none.problems] == ["no line of it is an answer"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("anwsers: {loss: 1}", "1:1 a sheet: there is no key 'anwsers' / did you mean 'answers'?"),
        ("answers: {lss: 1}", "1:11 there is no 'lss' in this network / did you mean 'loss'?"),
        ("answers: [1]", "1:10 answers: a mapping is expected, not a list / write 'answers:'"),
        ("answers:", "1:1 answers: nothing is given / write 'answers:'"),
        ("3", "1:1 a mapping is expected, not '3' / write 'answers:'"),
        ("answers: {loss: 1, loss: 2}", "1:20 the key 'loss' is given twice (first in line 1)"),
        ("answers: {a0: [1, 2], x: [1, 2]}", "1:23 x[1] is answered twice / keep one of them"),
        ("answers: {da1/dz2: 1}", "1:11 a1 is not computed from z2 in one step"),
        ("answers: {delta1': 1}", "1:11 'delta1'': only parameters are followed through a step"),
        ("answers: {z1: [1, 2]\n", "'{' is never closed"),
        ("# nothing", "1:1 nothing but comments / write 'answers:'"),
        ("answers: {loss: 1}\n---\nb: 2", "2:1 a second document / keep one sheet in a file"),
        ("digits: 2.5\nanswers: {loss: 1}", "1:9 digits: a whole number from 1 to 15 is expected"),
        ("digits: 0\nanswers: {loss: 1}", "1:9 digits: a whole number from 1 to 15 is expected"),
        ("rules: {tolerance: 2}\nanswers: {loss: 1}", "1:20 tolerance: 2 is not between 0 and 0.1"),
        ("rules: {toleranz: 2}\nanswers: {loss: 1}", "1:9 rules: there is no key 'toleranz' / did"),
        ("rules: {tolerances: {q: 0.1}}\nanswers: {loss: 1}", "tolerances: there is no 'q' in"),
        ("names: mine\nanswers: {loss: 1}", "1:8 names: 'mine' is not one of its values"),
        ("notation: mazurr\nanswers: {loss: 1}", "1:11 notation: there is no notation 'mazurr' / "
         "did you mean 'mazur'?"),
        ("notation: mazur\nanswers: {loss: 1}", "1:11 notation: the names of this sheet are"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_sheet_has_its_place(text: str, said: str) -> None:
    found = sheet(text).problems
    assert found
    shown = [
        f"{p.place.line}:{p.place.column} {p.message} / {p.cure}" if p.place else p.message
        for p in found
    ]
    assert any(said in each for each in shown), shown


def test_a_step_needs_a_learning_rate() -> None:
    from backprop_cli.checking.sheets.reading import sheets_of
    from backprop_cli.problems import Source

    for text, said in (("W1': ~", "W1'"), ("loss: 1, W1': ~, b1': ~, W2': ~", "W1' and 2 others")):
        source = Source("s.yaml", f"answers: {{{text}}}")
        (read,) = sheets_of(source, reading("mazur", None))
        (problem,) = read.sheet.problems
        assert problem.message == f"{said}: the network has no learning rate"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"answers": {"z1": [1, 2}}', "1:25 a ',' or a ']' is missing before this"),
        ('{"answers": {"z1": [1, 2]}', "1:1 '{' is never closed"),
        ('{"answers": {z1: 1}}', "1:14 a key in quotes is expected here"),
        ('{"answers" {}}', "1:12 a ':' is missing before this"),
        ('{"answers": {}} 1', "1:17 '1' after the end"),
        ('{"answers": {"a": 1, "a": 2}}', "1:22 the key 'a' is given twice"),
        ('{"answers": "x', "1:13 this quote is never closed"),
        ('{"answers": {"loss": }}', "1:22 a value is expected here, not '}'"),
        ('{"answers": {"loss": 1}, \n "x": (2)}', "2:7 '(' is no part of JSON"),
        ("[" * 100, "nested too deep"),
        ("", "1:1 a value is expected here, but the file ends"),
    ],
)
def test_what_is_no_json_has_its_place(text: str, said: str) -> None:
    (problem,) = sheet(text, "json").problems
    where = f"{problem.place.line}:{problem.place.column} " if problem.place else ""
    assert said in where + problem.message


def test_json_keeps_what_was_written() -> None:
    text = '{"student": "\\ud83d\\ude00\\n\\u00e9\\/", "answers": {"loss": 0.050, "z1[1]": .5}}'
    found = sheet(text, "json")
    assert found.student == "😀\né/"
    assert [a.parsed.raw for a in found.answers] == ["0.050", ".5"]
    assert sheet('{"student": "\\ud800", "answers": {"loss": 1}}', "json").student == "\ufffd"


# -- CSV, files, folders


def test_a_csv_file_of_several_students() -> None:
    found = reads("student,quantity,answer\na,loss,1\nb,loss,2\na,b1,3\n", "csv")
    assert [(r.sheet.student, len(r.sheet.answers)) for r in found] == [("a", 2), ("b", 1)]
    wide = reads('student,loss,b1\na,1,3\nb,2\n"c, d",,\n', "csv")
    assert [(r.sheet.student, [a.parsed.value for a in r.sheet.answers]) for r in wide] == [
        ("a", [1, 3]),
        ("b", [2, None]),
        ("c, d", [None, None]),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Name;Ada Grün\nz1;0,1;0,2\nloss;0,3\n",
        "Name,z1[1],z1[2],loss\nAda Grün,0.1,0.2,0.3\n",
        "Name\tz1[1]\tz1[2]\tloss\r\nAda Grün\t0,1\t0,2\t0,3\r\n",
        "z1,loss\n0.1,0.3\n0.2,\n",
        "Aufgabe;Ergebnis;Punkte\nz1_1;0,1;\nz1_2;0,2;\nLoss;0,3;\n",
        "Übung 3;;\nz1;0,1;0,2\nloss;0,3;\n",
        "Übung 3;von mir;\n;;\nz1;0,1;0,2\nloss;0,3;\n",
        "Übung 3;;\nName:;Ada Grün;\n;;\nz1;0,1;0,2\nloss;0,3;\n",
        "Übung 3,\nz1,loss\n0.1,0.3\n0.2,\n",
        "quantity;unit 1;unit 2\nz1;0,1;0,2\nloss;0,3;\n",
        ",z1,loss\n1,0.1,0.3\n2,0.2,\n",
        "unit,z1,loss\n1,0.1,0.3\n2,0.2,\n",
        "Nr.;z1;loss\n1;0,1;0,3\n2;0,2;\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_tables_as_a_spreadsheet_saves_them(text: str, encoding: str, tmp_path: Path) -> None:
    """A name beside or above its numbers, whose it is in the first row or column."""
    (tmp_path / "blatt.csv").write_bytes(text.encode(encoding))
    (read,) = read_sheets((str(tmp_path / "blatt.csv"),), reading())
    assert read.sheet.problems == ()
    assert read.sheet.student == ("Ada Grün" if "Ada" in text else "blatt")
    assert {a.name: a.parsed.value for a in read.sheet.answers} == {
        "z1[1]": 0.1, "z1[2]": 0.2, "loss": 0.3
    }  # fmt: skip


def test_a_quoted_cell_may_have_anything() -> None:
    found = reads('student,quantity,answer\n"a ""b""\n;","loss"," 1 "\n', "csv")
    assert found[0].sheet.student == 'a "b"\n;'
    assert found[0].sheet.answers[0].parsed.value == 1


@pytest.mark.parametrize("name", ["dW2[1,2]", "dW2[1, 2]", "W1'[2,1]", "dW1"])
@pytest.mark.parametrize("heading", ["name,answer\n", "", "student,{}\n"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_comma_between_brackets_separates_no_cells(name: str, heading: str, quote: str) -> None:
    cell = f"{quote}{name}{quote}"
    value = f"{quote}[[1,2],[3,4]]{quote}" if name == "dW1" else "1"
    if "{}" in heading:
        text = heading.format(cell) + f"ada,{value}\n"
    else:
        text = f"{heading}{cell},{value}\n"
    (found,) = reads(text, "csv")
    wanted = [f"dW1[{i},{j}]" for i in (1, 2) for j in (1, 2)] if name == "dW1" else [name]
    assert (found.sheet.problems, [a.name for a in found.sheet.answers]) == (
        (),
        [each.replace(" ", "") for each in wanted],
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b,c\n1,2,3\n", "1:1 no column of names and one of answers"),
        ("quantity,answer\n", "1:1 no answers below the heading"),
        ("quantity,answer\nloss\n", "2:1 1 cell in this row"),
        ("quantity,answer\nloss,1\nlos,2\n", "3:1 there is no 'los' in this network"),
        ('quantity,answer\nz1,"[1, 2"\n', "2:4 '[' is never closed"),
    ],
)
def test_what_is_wrong_with_a_csv_file_has_its_place(text: str, said: str) -> None:
    found = sheet(text, "csv")
    unread = {a.parsed.problem for a in found.answers if a.parsed.problem is not None}
    (problem,) = (*found.problems, *unread)
    assert problem.place is not None
    assert said in f"{problem.place.line}:{problem.place.column} {problem.message}"


def test_folders_are_read_in_order_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("c.yaml", "a.json", "b/d.csv", ".hidden.yaml", "notes.rtf"):
        text = {"json": JSON, "csv": LONG}.get(name.rpartition(".")[2], YAML)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    paths = (str(tmp_path), str(tmp_path / "c.yaml"))
    found = list(read_sheets(paths, reading()))
    names = [(Path(read.sheet.file).name, read.left_out) for read in found]
    assert names == [
        (".hidden.yaml", "hidden"),
        ("a.json", ""),
        ("d.csv", ""),
        ("loop", "a link to a folder"),
        ("c.yaml", ""),
        ("notes.rtf", ""),
    ]
    assert found[-1].sheet.problems[0].message == "a .rtf file is not read"
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refusal, match="no sheets in this folder"):
        list(read_sheets((str(tmp_path / "empty"),), reading()))


def test_a_student_is_named_by_the_sheet_or_its_file(tmp_path: Path) -> None:
    path = tmp_path / "s9.yaml"
    path.write_text("answers: {loss: 1}", encoding="utf-8")
    (read,) = read_sheets((str(path),), reading())
    assert read.sheet.student == "s9"
    path.write_text(f"student: {'x' * 300}\nanswers: {{loss: 1}}", encoding="utf-8")
    (read,) = read_sheets((str(path),), reading())
    assert len(read.sheet.student) == 80
