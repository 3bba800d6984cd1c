"""Complaints on a terminal: no line wider than it, no word broken, what is to be copied whole."""

from __future__ import annotations

import os
import sys
from unittest import mock

import pytest

from backprop_cli import problems
from backprop_cli.api import loads
from backprop_cli.problems import Refusal, wrapped

from .commands.running import config, run
from .spec.cases import CASES

BATCH_OF_ONE = """\
input: [[1, 2]]
target: [[1]]
loss: half_squared_error
layers: [{weights: [[1, 2], [3, 4]], bias: none}, {type: batch_norm, scale: [1, 1], shift: [0, 0]}]
"""


def on_terminal(*line: str, columns: int, stdin: str = "") -> list[str]:
    """Return the lines that a run says on a terminal of that width."""
    with mock.patch.object(problems, "complaint_width", return_value=columns):
        return run(*line, stdin=stdin).err.splitlines()


def test_the_width_is_that_of_the_terminal_of_standard_error() -> None:
    termios, pty = pytest.importorskip("termios"), os.openpty()
    termios.tcsetwinsize(pty[1], (24, 70))
    with (
        open(pty[1], "w", encoding="utf-8") as terminal,
        mock.patch.object(sys, "stderr", terminal),
        mock.patch.dict(os.environ),
    ):
        os.environ.pop("COLUMNS", None)
        assert problems.complaint_width() == 70
        os.environ["COLUMNS"] = "100"
        assert problems.complaint_width() == 100
    os.close(pty[0])


@pytest.mark.parametrize("width", [60, 80])
def test_every_bad_input_fits(width: int) -> None:
    """A line is wider only where it is one word, or something to be copied; nothing is lost."""
    for case in CASES[:: 3 if width == 60 else 7]:
        with pytest.raises(Refusal) as caught:
            loads(case.text, "net.yaml")
        said = caught.value.within(width)
        for problem in caught.value.problems:
            assert problem.cure.split() == [w for w in problem.cure.split() if w in said], case.name
            if problem.place:
                assert f"net.yaml:{problem.place.line}:{problem.place.column}: " in said
        for line in said.splitlines():
            assert len(line) <= width or wrapped(line, width).count("\n") == 0, case.name


@pytest.mark.parametrize("columns", [60, 80])
def test_a_complaint_fits_its_terminal(columns: int) -> None:
    for line in (("trace", "-"), ("trace", config("mazur"), "--eta", "1"), ("lint", "-")):
        said = on_terminal(*line, columns=columns, stdin=BATCH_OF_ONE)
        assert said
        assert not [each for each in said if len(each) > columns]


def test_in_a_pipe_a_complaint_stays_on_its_line() -> None:
    said = run("trace", "-", stdin=BATCH_OF_ONE).err.splitlines()
    assert said[-1].endswith("or 'mode: eval' with running_mean and running_var")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three four", ["one two", "  three", "  four"]),
        ("  write [0, 0] or {a: 1, b: 2}", ["  write", "    [0, 0]", "    or", "    {a: 1, b: 2}"]),
        ("  write bias: [0, 1]", ["  write", "    bias: [0, 1]"]),
        ("say 'step NET --lr 1'", ["say", "  'step NET --lr 1'"]),
        ("an x's y's z", ["an x's", "  y's z"]),
        ("no [ end at all", ["no [ end", "  at all"]),
    ],
)
def test_what_is_to_be_copied_is_kept_together(text: str, lines: list[str]) -> None:
    assert wrapped(text, 9).splitlines() == lines
