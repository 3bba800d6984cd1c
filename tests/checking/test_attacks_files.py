"""Strangers' spreadsheets, arrays, rubrics and names, in and out: words, never anything done."""

from __future__ import annotations

import html
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest

from ..commands.running import config, refused, run
from ..expression.attacks import ATTACKS
from ..fuzzing.outcomes import outcome
from ..texts import texts
from .test_arrays import NS, npz, xlsx
from .test_attacks_printed import HOSTILE

SHORT = tuple(text for text in ATTACKS if len(text) < 300 and text.isprintable())
EVERY = (*SHORT, *HOSTILE.values())
NAMES = ("z1[1]", "a1[2]", "delta2[1]", "dW1[1,2]", "W1'[1,1]", "loss")
SHEET = ("check", config("mazur"))
RUBRIC_KEYS = (
    *("tolerance", "tolerances", "digits", "follow_through_credit", "marks", "partial_credit"),
    *("evidence", "ask", "conventions", "sheet_rules", "late", "learning_rate", "optimizer"),
    *("names", "anonymous", "nothing"),
)


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only file there is where the command works; attacks would make another."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "canary").write_text("alive", encoding="utf-8")
    return tmp_path / "canary"


def harmless(said: str, canary: Path) -> None:
    """Check that nothing was done: no file of the system read, none made, no code run."""
    assert "Traceback" not in said
    assert "root:" not in said
    assert "uid=" not in said
    assert "\x1b" not in said
    assert canary.read_text(encoding="utf-8") == "alive"


def cells(pairs: list[tuple[str, str]]) -> bytes:
    """Return a spreadsheet with a name and an answer a row, both as text."""

    def cell(at: str, text: str) -> str:
        clean = "".join(c for c in text if c >= " ")
        return f'<c r="{at}" t="inlineStr"><is><t>{html.escape(clean)}</t></is></c>'

    rows = "".join(
        f'<row r="{n}">{cell(f"A{n}", name)}{cell(f"B{n}", value)}</row>'
        for n, (name, value) in enumerate([("quantity", "answer"), *pairs], 1)
    )
    return xlsx(f"<worksheet {NS}><sheetData>{rows}</sheetData></worksheet>")


@pytest.mark.parametrize("start", range(len(NAMES)))
def test_answers_of_a_spreadsheet(canary: Path, start: int) -> None:
    """Each attack once in each place where an answer may stand, several a sheet."""
    for first in range(0, len(EVERY), len(NAMES)):
        some = EVERY[first : first + len(NAMES)]
        names = (*NAMES[start:], *NAMES[:start])
        pairs = list(zip(names, some, strict=False))
        if first % 4 == start % 4:
            Path("ada.xlsx").write_bytes(cells(pairs))
            done = run(*SHEET, "ada.xlsx", "--feedback", "full")
            assert done.code == 1, (done.err, pairs)
            harmless(done.out + done.err, canary)


def test_names_of_a_spreadsheet_and_of_arrays(canary: Path) -> None:
    for text in EVERY[:: len(EVERY) // 12]:
        Path("ada.xlsx").write_bytes(cells([("z1[1]", "1"), (text, "1")]))
        np.savez("cara.npz", z1=np.ones(2))
        Path("bob.npz").write_bytes(npz({f"{text}.npy": Path("cara.npz").read_bytes()}))
        for name in ("ada.xlsx", "bob.npz"):
            done = run(*SHEET, name)
            assert done.code in (1, 2)
            harmless(done.out + done.err, canary)


HEADERS = (
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",
    b"__import__('os').system('touch ran') or {'descr': '<f8', 'shape': (2,)}",
    b"{'descr': __import__('os').system('touch ran'), 'fortran_order': False, 'shape': (2,), }",
    b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
    b"{'descr': [('x', '|O')], 'fortran_order': False, 'shape': (1,), }",
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (10**12,), }",
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (2,)" + b"(" * 60,
    b"[" * 5000,
)


@pytest.mark.parametrize("header", HEADERS[1:])
def test_headers_of_arrays(canary: Path, header: bytes) -> None:
    """As a network's data and as a sheet: read as data, never run, never unpickled."""
    size = len(header) + 1
    data = b"\x93NUMPY\x01\x00" + size.to_bytes(2, "little") + header + b"\n"
    data += b"cos\nsystem\n(S'touch ran'\ntR." + bytes(16)
    Path("w.npy").write_bytes(data)
    Path("w.npz").write_bytes(npz({"z1.npy": data}))
    net = "input: {file: w.npy}\nloss: squared_error\nlayers: [{units: 1, weights: {init: ones}}]\n"
    Path("net.yaml").write_text(net, encoding="utf-8")
    harmless(refused("trace", "net.yaml"), canary)
    Path("net.yaml").write_text(net.replace("npy", "npz"), encoding="utf-8")
    harmless(refused("trace", "net.yaml"), canary)
    harmless(run(*SHEET, "w.npz").err, canary)
    assert not Path("ran").exists()


@pytest.mark.parametrize("key", RUBRIC_KEYS)
def test_a_rubric(canary: Path, key: str) -> None:
    """Each attack as a key's value, as a name below it, and as a key."""
    Path("s.yaml").write_text("answers: {z1: 1}", encoding="utf-8")
    for i, text in enumerate(EVERY):
        if i % len(RUBRIC_KEYS) != RUBRIC_KEYS.index(key):
            continue
        quoted = json.dumps(text)
        for rubric in (f"{key}: {quoted}", f"{key}: {{{quoted}: 1}}", f"{key}: [{quoted}]"):
            Path("r.yaml").write_text(f"{rubric}\n", encoding="utf-8")
            done = run(*SHEET, "s.yaml", "--rules", "r.yaml", "--feedback", "hint")
            assert done.code in (1, 2)
            harmless(done.out + done.err, canary)
    for rubric in ("tolerance: !!python/object/apply:os.system [touch ran]", "a: &a [*a]"):
        Path("r.yaml").write_text(f"{rubric}\n", encoding="utf-8")
        harmless(refused(*SHEET, "s.yaml", "--rules", "r.yaml"), canary)
    assert not Path("ran").exists()


ALL = " ".join(text for text in HOSTILE.values() if text.isprintable())
NAMED = (
    f"name: {json.dumps(ALL)}\ndescription: {json.dumps(ALL)}\ninput: [1]\ntarget: [1]\n"
    "loss: squared_error\nlearning_rate: 0.1\nlayers: [{weights: [[1]], bias: [0]}]\n"
)


@pytest.mark.parametrize("format_name", [*texts(), "latex --slides", "html --slides"])
def test_names_in_documents(canary: Path, format_name: str) -> None:
    done = run("trace", "-", "--format", *format_name.split(), stdin=NAMED)
    assert done.code == 0
    harmless(done.err, canary)
    if format_name.startswith("html"):
        assert "<script>alert" not in done.out
    if format_name.startswith("latex"):
        assert "\\input{/etc" not in done.out
    if format_name == "typst":
        assert not re.search(r'(?<![\\"])#read\("/etc', done.out)
    if format_name == "notebook":
        cells_of = json.loads(done.out)["cells"]
        assert {cell["cell_type"] for cell in cells_of} == {"markdown"}
        assert "<script>alert" not in json.dumps(cells_of)


def test_names_in_set_pages(canary: Path) -> None:
    """Set by Typst, which would read a file for what it takes for a command, or stop."""
    for command in ("trace", "derive"):
        came = outcome([command, "-", "--format", "pdf"], NAMED, seconds=20)
        assert (came.code, came.fault, came.detail) == (0, "", "")
    assert canary.read_text(encoding="utf-8") == "alive"


def test_a_file_name_that_is_not_utf_8_in_every_report(canary: Path) -> None:
    """Python has such bytes as halves of characters, which no file may hold."""
    Path("class").mkdir()
    odd = os.fsdecode(b"class/\xff\xfe.yaml")
    try:
        Path(odd).write_text("answers: {z1: [0.3775, 1]}", encoding="utf-8")
    except OSError:
        pytest.skip("no such names here")
    reports = ("m.csv", "m.json", "j.xml", "results.json", "moodle.csv", "canvas.csv")
    options = [part for report in reports for part in ("--report", report)]
    done = run(*SHEET, "class", *options, "--format", "json")
    assert done.code == 1
    harmless(done.out + done.err, canary)
    assert all(Path(report).read_text(encoding="utf-8") for report in reports)


@pytest.mark.parametrize(("name", "cure"), [("a.zip", "unpack it"), ("a.ipynb", "np.savez")])
def test_a_file_of_another_kind_is_told_what_to_do(canary: Path, name: str, cure: str) -> None:
    Path(name).write_bytes(b'{"cells": []}')
    done = run(*SHEET, name)
    assert f"a .{name[2:]} file is not read" in done.err
    assert cure in done.err
