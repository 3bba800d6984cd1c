"""What strangers write is made harmless where it is printed: screens, spreadsheets, file names."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from ..commands.running import Done, config, run
from ..texts import texts
from .reading_sheets import in_json

HOSTILE = {
    "formula": "=cmd|'/c calc'!A1",
    "script": "<script>alert(1)</script>",
    "escape": "\x1b[2J\x07",
    "path": "../../x",
    "latex": "\\input{/etc/passwd}",
    "markup": "[bold red]x[/bold red]",
    "typst": '#read("/etc/passwd")',
    "plus": "+1+cmd",
    "at": "@SUM(A1)",
    "xml": "]]><x a='",
}


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder of sheets whose students, answers and names are meant to do harm."""
    folder = tmp_path / "sheets"
    folder.mkdir()
    for name, text in HOSTILE.items():
        content = in_json({"student": text, "answers": {"z1[1]": text, "loss": 0.3, text: 1}})
        if name == "escape":
            content = json.dumps(
                json.loads(json.dumps({"student": text, "answers": {"loss": text}}))
            )
        (folder / f"{name}.json").write_text(content, encoding="utf-8")
    return folder


def check(folder: Path, *arguments: str) -> Done:
    done = run("check", config("mazur"), str(folder), *arguments)
    assert done.code == 1
    assert "Traceback" not in done.err
    return done


@pytest.mark.parametrize("name", texts())
def test_hostile_words_are_harmless_in_every_format(name: str, hostile: Path) -> None:
    for target in (hostile, *sorted(hostile.iterdir())):
        for feedback in ("hint", "full"):
            done = check(target, "--format", name, "--feedback", feedback)
            assert "\x1b" not in done.out + done.err
            assert "\x07" not in done.out + done.err
            if name == "html":
                assert "<script>alert" not in done.out
            if name == "latex":
                assert "\\input{/etc" not in done.out
            if name == "typst":
                assert not re.search(r'(?<![\\"])#read\("/etc', done.out.replace('"#read', ""))
            if name in ("terminal", "text") and target.stem == "markup":
                assert "[bold red]" in done.out


def test_a_spreadsheet_finds_no_formula(hostile: Path, tmp_path: Path) -> None:
    check(hostile, "--report", str(tmp_path / "marks.csv"))
    for name in ("marks.csv", "marks-summary.csv"):
        with (tmp_path / name).open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not any(
            cell.startswith(("=", "+", "-", "@", "\t", "\r"))
            and not re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", cell)
            for cell in cells
        )
        assert "'=cmd|'/c calc'!A1" in cells
        assert all(c.isprintable() for cell in cells for c in cell)


def test_file_names_stay_in_their_folder(hostile: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    check(hostile, "--report", str(out / "results.json"))
    names = sorted(path.name for path in out.iterdir())
    assert len(names) == len(HOSTILE)
    assert all(re.fullmatch(r"results-[A-Za-z0-9][A-Za-z0-9._-]*\.json", name) for name in names)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "sheets"]


def test_reports_of_hostile_sheets_are_well_formed(hostile: Path, tmp_path: Path) -> None:
    from xml.etree import ElementTree

    check(hostile, "--report", str(tmp_path / "a.xml"), "--report", str(tmp_path / "a.json"))
    suites = ElementTree.parse(tmp_path / "a.xml").getroot()
    assert {suite.get("name") for suite in suites} >= {HOSTILE["script"], HOSTILE["xml"]}
    read = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert {student["student"] for student in read["students"]} == set(HOSTILE.values())
