"""Strangers' sheets: each attack ends in a sentence, in bounded time and memory; nothing runs."""

from __future__ import annotations

import errno
import json
import os
import random
import re
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.reports import file_word
from backprop_cli.checking.running import CheckedSheet, Overrides, check_one
from backprop_cli.checking.sheets.evaluating import SECONDS_A_SHEET
from backprop_cli.checking.sheets.files import LARGEST_SHEET, Found
from backprop_cli.checking.sheets.reading import read_found, read_sheets, sheets_of
from backprop_cli.checking.sheets.sheet_tree import ReadSheet
from backprop_cli.problems import Refusal, Source
from backprop_cli.spec.functions import CALLABLE

from ..commands.running import config
from ..expression.attacks import ATTACKS
from ..pairing import paired
from .reading_sheets import RATE, graph_of, in_json, reading, sheet, trace_of

SUFFIXES = ("yaml", "json", "csv")
QUICK = settings(
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PROBLEM = answer_key(graph_of("mazur"), trace_of("mazur"), RATE)
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefg", "bcdefgh", strict=True)
)
CELL = "[&a [" + ",".join(["1"] * 9) + "]" + "".join(
    f", &{name} [{','.join([f'*{before} '] * 9)}]"
    for before, name in zip("abcde", "bcdef", strict=True)
) + "]"  # fmt: skip
SHEETS = {
    "an alias bomb in a cell": f'quantity,answer\nz1,"{CELL}"\n',
    "a tag that calls": "answers: {loss: !!python/object/apply:os.system [id]}",
    "an alias bomb": BOMB,
    "an alias bomb of answers": BOMB + "answers: {z1: *h}",
    "500 brackets": "[" * 500,
    "30,000 brackets": "answers: " + "[" * 30_000,
    "an alias to itself": "answers: {z1: &x [*x]}",
    "duplicate keys": "answers: {z1: 1}\nanswers: {z1: 2}",
    "a NUL byte": "answers: {loss: 1\0}",
    "a control character": "answers: {loss: \x1b[2J}",
    "UTF-16": "answers: {loss: 1}".encode("utf-16").decode("latin-1"),
    "no UTF-8": "answers: {loss: \xff\xfe1}",
    "a merge key": "answers: {<<: {loss: 1}}",
    "a list for a key": "answers: {[1]: 2}",
    "a mapping for a student": "student: {a: 1}\nanswers: {loss: 1}",
    "a million rows": "answers: {z1: [" + "1," * 30_000 + "]}",
    "a long key": f"answers: {{{'z' * 60_000}: 1}}",
    "a long index": f"answers: {{'z1[{'9' * 50_000}]': 1}}",
    "many unknown names": "answers:\n" + "".join(f"  q{i}: 1\n" for i in range(5_000)),
}


def checked(read: ReadSheet) -> CheckedSheet:
    return check_one(PROBLEM, read, Overrides())


def sentences(found: CheckedSheet) -> list[str]:
    """Return what is said of the sheet, each with its cure; every one has words."""
    said = [problem.message for problem in found.problems]
    said += [each.message for each in found.marked.judged if each.message]
    assert all(re.search(r"[a-z]{2}", sentence) for sentence in said)
    return said


# -- as answers, names and students


@pytest.mark.parametrize("attack", ATTACKS, ids=[ascii(attack[:20]) for attack in ATTACKS])
def test_an_attack_as_an_answer_is_unreadable(attack: str) -> None:
    found = sheet(in_json({"answers": {"loss": attack}}), "json")
    written = found.answers[0].parsed
    if not attack.strip():
        assert (written.value, written.tree, written.problem) == (None, None, None)
        return
    assert written.value is None
    assert written.problem is not None
    assert written.problem.place is not None
    assert written.problem.cure
    assert len(written.problem.message) < 600
    (judged,) = checked(ReadSheet(found)).marked.judged
    assert (judged.verdict, judged.score) == ("unreadable", 0)


@pytest.mark.parametrize("attack", ATTACKS, ids=[ascii(attack[:20]) for attack in ATTACKS])
def test_an_attack_as_a_name_is_no_name(attack: str) -> None:
    given = in_json({"answers": {attack: 1}})
    found = sheet(given, "json")
    assert found.answers == ()
    assert len(found.problems) == 1
    assert found.problems[0].place is not None
    key = sheet(in_json({attack: 1, "answers": {"loss": 1}}), "json")
    assert len(key.problems) == 1


@pytest.mark.parametrize("attack", ATTACKS, ids=[ascii(attack[:20]) for attack in ATTACKS])
def test_an_attack_as_a_student_is_a_student(attack: str) -> None:
    found = sheet(in_json({"student": attack, "answers": {"loss": 0.298}}), "json")
    long = len(attack) > 5_000
    assert [problem.cure for problem in found.problems] == (["at most 5,000"] if long else [])
    assert len(found.student) <= 80
    word = file_word(found.student)
    assert re.fullmatch(r"[\w][\w.-]*", word)


OF_ONE = [name for name, (least, _) in CALLABLE.items() if least == 1]


@pytest.mark.parametrize(("function", "form"), list(paired(OF_ONE, ("{}(", "1 - {}(", "{}(-"))))
def test_functions_within_functions_take_no_time(function: str, form: str) -> None:
    """silu(silu(…)) doubles with every level once it is written out: 2^48 parts."""
    opening = form.format(function)
    begin = time.process_time()
    for depth in (3, 9, 24, 48):
        text = opening * depth + "z1[1]" + ")" * depth
        answers = {"a1[1]": text, "z2[1]": text, "loss": f"{text} + {text}"}
        found = checked(ReadSheet(sheet(in_json({"answers": answers}), "json")))
        for each in found.marked.judged:
            assert each.verdict in ("right", "wrong", "unreadable")
    assert time.process_time() - begin < 1


def test_the_corpus_takes_little_time_and_memory() -> None:
    """All attacks that fit, as the answers of one sheet after another, and as one sheet."""
    names = ["z1[1]", "z1[2]", "a1[1]", "a1[2]", "loss", "delta2[1]", "delta2[2]", "dW2[1,1]"]
    texts = [
        in_json({"answers": dict(zip(names, ATTACKS[start : start + len(names)], strict=False))})
        for start in range(0, len(ATTACKS), len(names))
    ]
    texts += [in_json({"answers": dict.fromkeys(names, attack)}) for attack in ATTACKS]
    begin = time.process_time()
    for text in texts:
        for read in sheets_of(Source("s.json", text), reading()):
            checked(read)
    assert time.process_time() - begin < SECONDS_A_SHEET
    tracemalloc.start()
    for text in texts:
        for read in sheets_of(Source("s.json", text), reading()):
            checked(read)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30 * 2**20


def test_checking_an_attack_runs_no_code() -> None:
    """Python's audit events would show an import, a compilation, a process, an opened file."""
    program = f"""
import difflib, json, sys
from backprop_cli.checking.sheets.reading import sheets_of
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.problems import Source
from tests.checking.reading_sheets import graph_of, reading, trace_of
from tests.expression.attacks import ATTACKS
key = answer_key(graph_of("mazur"), trace_of("mazur"), 0.5)
found = reading()
def check(text):
    content = json.dumps({{"student": text, "answers": {{"loss": text, text: 1, "z1[1]": 2}}}})
    for read in sheets_of(Source("s.json", content), found):
        mark_sheet(key, read.sheet)
    for read in sheets_of(Source("s.yaml", {in_json(SHEETS["a tag that calls"])}), found):
        mark_sheet(key, read.sheet)
found.names(None)
for text in ATTACKS[:30]:  # what is imported lazily is imported by now
    check(text)
seen = []
sys.addaudithook(lambda event, arguments: seen.append((event, arguments)))
for text in ATTACKS:
    check(text)
bad = [e for e in seen if e[0].split(".")[0] in ("compile", "exec", "import", "open", "os",
                                                 "subprocess", "socket", "ctypes", "code")]
assert not bad, bad
print("nothing ran")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.strip() == "nothing ran", done.stderr


# -- as whole sheets


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", SHEETS)
def test_an_attack_as_a_sheet_ends_in_a_sentence(name: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"s.{suffix}"
    path.write_bytes(SHEETS[name].encode("latin-1"))
    begin = time.process_time()
    tracemalloc.start()
    found = [checked(read) for read in read_found(Found(str(path)), reading())]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.process_time() - begin < 2
    assert peak < 60 * 2**20
    assert found
    for each in found:
        assert sentences(each) or each.marked.judged
        assert not each.all_right


def test_an_alias_bomb_is_small() -> None:
    assert len(BOMB) < 600


def test_a_large_sheet_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.write(b"answers: {loss: 1}\n#")
        file.truncate(2**30)
    tracemalloc.start()
    (read,) = read_found(Found(str(path)), reading())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * LARGEST_SHEET
    assert [p.message for p in read.sheet.problems] == ["larger than 64 KiB"]


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_the_whole_program_stays_small(tmp_path: Path) -> None:
    """A gigabyte beside the worst sheets adds little to what the program needs anyway."""
    good = tmp_path / "good.yaml"
    good.write_text("answers: {loss: 0.298}", encoding="utf-8")
    bad = tmp_path / "bad"
    bad.mkdir()
    for number, text in enumerate(SHEETS.values()):
        (bad / f"{number}.yaml").write_bytes(text.encode("latin-1"))
    with (bad / "large.json").open("wb") as file:
        file.truncate(2**30)
    small, large = (_peak("check", config("mazur"), str(path)) for path in (good, bad))
    assert large - small < 60 * 2**20


def _peak(*arguments: str) -> int:
    program = """
import resource, sys
from backprop_cli.cli import main
try:
    main()
except SystemExit:
    pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return int(done.stderr.splitlines()[-1]) * 1024


def test_files_that_are_no_sheets(tmp_path: Path) -> None:
    """None is waited for; each is a row, and the good sheet beside them is marked."""
    os.mkfifo(tmp_path / "fifo.yaml")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    (tmp_path / "gone.yaml").symlink_to("nowhere")
    (tmp_path / "device.csv").symlink_to("/dev/zero")
    (tmp_path / "empty.json").write_text("", encoding="utf-8")
    (tmp_path / "good.yaml").write_text("answers: {loss: 0.298}", encoding="utf-8")
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "theirs.yaml").symlink_to("good.yaml")
    link = "a link to another file, which is not followed in a folder"
    begin = time.process_time()
    found = list(read_sheets((str(tmp_path),), reading()))
    assert time.process_time() - begin < 1
    said = {Path(r.sheet.file).name: [p.message for p in r.sheet.problems] for r in found}
    assert [r.left_out for r in found if r.left_out] == ["a link to a folder"]
    assert said == {
        "again": [],
        "device.csv": [link],
        "empty.json": ["the sheet is empty"],
        "fifo.yaml": ["not a regular file"],
        "gone.yaml": [link],
        "good.yaml": [],
        "loop.yaml": [link],
        "theirs.yaml": [link],
    }
    said = {}
    for name in ("device.csv", "gone.yaml", "loop.yaml"):
        (read,) = read_found(Found(str(tmp_path / name)), reading())
        said[name] = [problem.message for problem in read.sheet.problems]
    assert said == {
        "device.csv": ["not a regular file"],
        "gone.yaml": ["no such file"],
        "loop.yaml": [f"cannot be read: {os.strerror(errno.ELOOP).lower()}"],
    }
    (folder,) = read_found(Found(str(tmp_path)), reading())
    assert folder.sheet.problems[0].message == "a folder, not a sheet"
    (strange,) = read_found(Found("a\0b"), reading())
    assert strange.sheet.problems[0].message == "no file can have this name"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_sheet_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("answers: {loss: 1}", encoding="utf-8")
    path.chmod(0)
    (read,) = read_found(Found(str(path)), reading())
    reason = os.strerror(errno.EACCES).lower()
    assert read.sheet.problems[0].message == f"cannot be read: {reason}"


def test_an_error_of_the_disk_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", failing)
    (read,) = read_found(Found("s.yaml"), reading())
    assert read.sheet.problems[0].message == "cannot be read: permission denied"


PIECES = (
    *"[]{}:,-?*&!|>%@`\"'#~\n\t ;=", "0", "0,5", "1e-3", "−1", "~", "\\", "\0", "\x1b", "\ufeff",
    "student", "answers", "names", "notation", "rules", "digits", "tolerance", "mazur", "z1",
    "dW1[1,2]", "delta1", "loss", "W1'", "quantity", "answer", "x**2", "1/0", "&a", "*a", "- ",
)  # fmt: skip
GOOD = (
    "student: a\nnames: plain\nrules: {tolerance: 0.01}\nanswers:\n  z1: [1, 2]\n  loss: a2[1]/3\n",
    '{"student": "a", "answers": {"z1": [1, 2], "dW1": [[1, 2], [3, 4]], "loss": "1/3"}}',
    "student;quantity;answer\na;z1;[1, 2]\nb;loss;0,5\n",
)


def bounded(text: bytes, suffix: str, folder: Path) -> list[CheckedSheet]:
    """Return a file of these bytes checked: it says where and what is wrong, if anything is."""
    path = folder / f"sheet.{suffix}"
    path.write_bytes(text)
    try:
        found = [checked(read) for read in read_sheets((str(path),), reading())]
    except Refusal as refusal:  # pragma: no cover - a file is never refused as a whole
        raise AssertionError(text) from refusal
    for each in found:
        for problem in each.problems:
            assert re.search("[a-z]{2}", problem.message)
            assert problem.place is not None or not text.strip()
        assert each.problems or each.marked.judged
    assert found
    return found


@QUICK
@example(b"")
@example(b"\xef\xbb\xbf")
@example(b"\xff\xfe")
@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_sentence_with_a_place(tmp_path: Path, text: bytes) -> None:
    for suffix in SUFFIXES:
        bounded(text, suffix, tmp_path)


@QUICK
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_any_pieces_end_in_a_sentence_with_a_place(tmp_path: Path, pieces: list[str]) -> None:
    for suffix in SUFFIXES:
        bounded("".join(pieces).encode(), suffix, tmp_path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damaged_sheets_end_in_a_sentence_with_a_place(suffix: str, tmp_path: Path) -> None:
    chance = random.Random(5)
    good = GOOD[SUFFIXES.index(suffix)].encode()
    for _ in range(150):
        text = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            where = chance.randrange(len(text))
            piece = chance.choice(PIECES).encode()
            text[where : where + chance.randint(0, 3)] = piece
        bounded(bytes(text), suffix, tmp_path)


@QUICK
@given(st.text(max_size=60))
def test_any_text_is_an_answer_or_unreadable(text: str) -> None:
    found = sheet(json.dumps({"answers": {"dW2[1,1]": text}}), "json")
    (each,) = checked(ReadSheet(found)).marked.judged
    assert each.verdict in ("right", "wrong", "blank", "unreadable")
