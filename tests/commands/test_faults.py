"""What goes wrong around a command: disks, streams, signals, terminals; each is a sentence.

Faults, and where each is tried:

=====================================  =============================================================
SIGKILL while a file is written        here: the old file or the new one, and no litter
SIGINT at any place                    here, ``test_budgets``: one line, exit 130
a full disk, closed streams, pipes     here, ``test_process`` (a pipe closed half-way)
a folder that may not be written       here, and a name too long, a link to itself
1 and 10,000 columns                   here
no HOME, PATH or TERM, a dumb one      here
a terminal of ASCII                    ``test_process``
damaged .npz and .npy, their headers   ``spec/test_data_files``, ``checking/test_arrays``
damaged sheets, of every suffix        ``checking/test_attacks``
files outside of the folder            ``test_outside``
control characters in every name       ``test_control_characters``: commands, formats, reports
attacks as answers, names, students    ``checking/test_attacks``, ``checking/test_attacks_printed``
attacks in .xlsx, .npz, .npy, rubrics  ``checking/test_attacks_files``, also slides, notebooks, PDF
attacks in parts, reports, --language  ``checking/test_attacks_reread``, also what students are told
a named pipe for a file                ``checking/test_attacks_reread``
time and memory                        ``test_budgets``, ``test_sizes``, ``test_attacks_time``
anything else                          ``fuzzing``
=====================================  =============================================================
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from backprop_cli.cli import main
from backprop_cli.commands._output import emit
from backprop_cli.problems import WIDEST, columns_said

from .running import config, printed, refused, run

MAZUR = config("mazur")
COMMANDS = (
    ("trace", MAZUR),
    ("trace", MAZUR, "--format", "md"),
    ("diagram", MAZUR, "--format", "png"),
    ("step", MAZUR, "--format", "json"),
    ("new",),
    ("schema",),
    ("--help",),
    ("trace", "--help"),
    ("--version",),
)


def code_of(*words: str) -> int:
    """Return the exit code of a command in this process, its streams as they are."""
    with mock.patch.object(sys, "argv", ["backprop", *words]), pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0)


@contextlib.contextmanager
def stream(name: str, value: Any) -> Iterator[None]:
    with mock.patch.object(sys, name, value):
        yield


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_full_disk_is_a_sentence(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full, stream("stdout", full):
        assert code_of(*words) == 2
    assert capsys.readouterr().err == "backprop: standard output: no space left on device\n"


def test_a_closed_output_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with stream("stdout", None):
        assert code_of("trace", MAZUR) == 2
    assert capsys.readouterr().err == "backprop: standard output: not writable\n"
    with stream("stdout", None):
        assert code_of("trace", MAZUR, "-o", str(tmp_path / "out.md")) == 0
    assert (tmp_path / "out.md").read_text(encoding="utf-8").startswith("# ")


def test_a_closed_input_is_an_empty_one(capsys: pytest.CaptureFixture[str]) -> None:
    with stream("stdin", None):
        assert code_of("trace", "-") == 2
    assert "the file is empty" in capsys.readouterr().err


def test_a_closed_error_stream_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with stream("stderr", None):
        assert code_of("trace", "nowhere.yaml") == 2
    assert capsys.readouterr().out == ""


@contextlib.contextmanager
def closed_pipe(name: str) -> Iterator[None]:
    """Have a stream whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as pipe:
        with stream(name, pipe):
            yield
        os.dup2(os.open(os.devnull, os.O_WRONLY), writer)  # what it still holds goes there


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("new",), ("trace", MAZUR)])
def test_a_reader_that_has_enough_is_fine(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with closed_pipe("stdout"):
        assert code_of(*words) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "words",
    [("--nonsense",), ("nonsense",), ("trace",), ("trace", "--lr"), ("trace", "nowhere.yaml")],
)
def test_a_complaint_that_nobody_hears_stays_one(words: tuple[str, ...]) -> None:
    with closed_pipe("stderr"):
        assert code_of(*words) == 2


LONG = "a" * 300


@pytest.mark.parametrize(
    "words",
    [
        ("trace", LONG),
        ("trace", MAZUR, "-o", f"{LONG}.md"),
        ("diagram", MAZUR, "-o", f"{LONG}.svg"),
        ("new", "mazur", "-o", LONG),
        ("exercise", "--shape", "2-1", "-o", LONG),
        ("exercise", "--shape", "2-1", "--count", "2", "-o", LONG),
        ("check", MAZUR, MAZUR, "--report", f"{LONG}.csv"),
        ("check", MAZUR, MAZUR, "--feedback-dir", LONG),
        ("check", LONG, MAZUR),
    ],
)
def test_a_name_too_long_is_a_sentence(words: tuple[str, ...]) -> None:
    said = refused(*words)
    assert "file name too long" in said
    assert len(said) < 400


def test_a_link_to_itself_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "one.md").symlink_to("two.md")
    (tmp_path / "two.md").symlink_to("one.md")
    assert "symbolic links" in refused("trace", str(tmp_path / "one.md"))
    assert "not a regular file" in refused("trace", MAZUR, "-o", str(tmp_path / "one.md"))


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    denied = PermissionError(13, "Permission denied")
    with mock.patch("backprop_cli.commands._writing._opened", side_effect=denied):
        assert "Permission denied" in refused("trace", MAZUR, "-o", str(tmp_path / "out.md"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at", ["os.fdopen", "pathlib.Path.replace", "pathlib.Path.chmod"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_what_stops_a_write_leaves_the_old_file(
    at: str, error: BaseException, tmp_path: Path
) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old", encoding="utf-8")
    with mock.patch(at, side_effect=error):
        done = run("trace", MAZUR, "-o", str(path))
    assert done.code in (2, 130)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


LEFT = ".backprop-{}-1f.part"
"""What a killed process may leave on a system that keeps no file without a name."""


@pytest.fixture(params=[True, False], ids=["unnamed", "named"])
def kept(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether a file that is not whole may be without a name."""
    if request.param and not hasattr(os, "O_TMPFILE"):
        pytest.skip("no files without names")
    with contextlib.ExitStack() as patches:
        if not request.param and hasattr(os, "O_TMPFILE"):
            patches.enter_context(mock.patch.object(os, "O_TMPFILE", os.O_DIRECTORY))
        yield request.param


def test_what_was_left_is_taken_away(tmp_path: Path, kept: bool) -> None:
    """By the next write into the folder, if it is a minute old and ours."""
    names = [LEFT.format(1), LEFT.format(2), ".backprop-notes", "my.backprop-1-1f.part"]
    for name in names:
        (tmp_path / name).write_text("", encoding="utf-8")
        os.utime(tmp_path / name, (0, 0))
    os.utime(tmp_path / names[1])
    emit("new", str(tmp_path / "out.md"))
    assert {path.name for path in tmp_path.iterdir()} == {"out.md", *names[1:]}


def test_modes_are_kept(tmp_path: Path, kept: bool) -> None:
    path = tmp_path / "out.md"
    before = os.umask(0o027)
    try:
        emit("new", str(path))
        assert path.stat().st_mode & 0o777 == 0o640
        path.chmod(0o604)
        emit("newer", str(path))
    finally:
        os.umask(before)
    assert (path.stat().st_mode & 0o777, path.read_text(encoding="utf-8")) == (0o604, "newer")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_kill_while_writing_leaves_a_whole_file(tmp_path: Path, kept: bool) -> None:
    """The old one or the new one, at whatever moment the process dies, and then no other."""
    path = tmp_path / "out.md"
    texts = ("old\n" * 300_000, "new\n" * 300_000)
    path.write_text(texts[0], encoding="utf-8")
    for trial in range(12):
        child = os.fork()
        if not child:
            emit(texts[1], str(path))
            os._exit(0)
        time.sleep(trial * 2e-4)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert path.read_text(encoding="utf-8") in texts
    for left in tmp_path.iterdir():
        os.utime(left, (0, 0))
    emit(texts[1], str(path))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("passes.run.forward", ("trace",)),
        ("cli.LazyGroup.parse_args", ("trace",)),
        ("passes.descent.descender.Descender.step", ("step", "--steps", "9")),
        ("passes.sweep.run_sweep.taken", ("sweep", "--over", "W1[1,1]=0:1:3")),
        ("commands._output.emit_all", ("derive",)),
    ],
)
def test_an_interrupt_is_one_line(where: str, words: tuple[str, ...]) -> None:
    with mock.patch(f"backprop_cli.{where}", side_effect=KeyboardInterrupt):
        done = run(words[0], MAZUR, *words[1:])
    assert (done.code, done.err.strip(), done.out) == (130, "backprop: interrupted", "")


def test_no_memory_is_a_sentence() -> None:
    with mock.patch("backprop_cli.passes.run.forward", side_effect=MemoryError):
        assert "the memory is used up" in refused("trace", MAZUR)


@pytest.mark.parametrize("width", [1, 10_000])
@pytest.mark.parametrize(
    "words",
    [
        ("trace", MAZUR),
        ("describe", MAZUR),
        ("diagnose", MAZUR),
        ("derive", MAZUR, "--style", "matrix"),
        ("diagram", MAZUR),
        ("step", MAZUR, "--steps", "9"),
        ("worksheet", MAZUR, "--format", "md"),
    ],
    ids=" ".join,
)
def test_any_width(words: tuple[str, ...], width: int) -> None:
    assert printed(*words, width=width).strip()


@pytest.mark.parametrize("said", ["9" * 30, "9" * 5000])
def test_a_width_past_all_memory(said: str) -> None:
    with mock.patch.dict(os.environ, {"COLUMNS": said}):
        assert columns_said() == WIDEST


@pytest.mark.parametrize("missing", ["HOME", "TERM", "PATH", "LANG"])
def test_no_home_and_a_dumb_terminal(missing: str) -> None:
    with mock.patch.dict(os.environ, {"TERM": "dumb"}):
        os.environ.pop(missing, None)
        assert "∂C/∂" in printed("derive", MAZUR, "--wrt", "W1")
