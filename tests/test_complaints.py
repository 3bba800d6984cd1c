"""Complaints on a terminal: no line wider than it, no word broken, what is to be copied whole."""

from __future__ import annotations

import os
import re
import sys
from unittest import mock

import click
import pytest

from backprop_cli import problems
from backprop_cli.api import loads
from backprop_cli.cli import group
from backprop_cli.problems import Refusal, wrapped

from .commands.running import config, run
from .fuzzing.command_lines import commands
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


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("trace", "NET is missing: write 'backprop trace net.yaml'"),
        ("merge", "PART... is missing: write 'backprop merge part-1.json part-2.json'"),
        ("sweep NET", "--over is missing: write backprop sweep net.yaml --over 'W1[1,1]=-3:3:61'"),
        ("step NET --lr", "--lr needs a value: write --lr RATE"),
        ("trace NET --digits six", "--digits six: a whole number from 0 to 17 is expected"),
        ("step NET --steps 0", "--steps 0: a whole number from 1 to 1,000,000 is expected"),
        ("exercise --batch 2.5", "--batch 2.5: a whole number is expected"),
        ("gradcheck NET --delta small", "--delta small: a number is expected"),
        ("trace NET W1", "'W1' is too much here: write --wrt W1 to ask for it"),
        ("step NET 0.1", "'0.1' is too much here: 'backprop step --help' says what it takes"),
    ],
)
def test_a_command_line_that_is_not_whole_is_told_what_is_missing(line: str, said: str) -> None:
    words = [config("mazur") if word == "NET" else word for word in line.split()]
    assert run(*words).err.splitlines()[-1] == f"Error: {said}"


def test_no_option_without_its_value_is_told_in_words_of_click() -> None:
    for name, command in commands().items():
        for option in command.params:
            if isinstance(option, click.Option) and not option.is_flag:
                flag = max(option.opts, key=len)
                if flag == "--as-graph":  # which may stand alone
                    continue
                number = isinstance(option.type, click.types.IntParamType)
                for words in ([flag], [flag, "z"]) if number else ([flag],):
                    with pytest.raises(click.UsageError) as caught:
                        group.main([name, *words], standalone_mode=False)
                    assert caught.value.message.startswith(" ".join(words)), words
                    assert re.search("write --|is expected", caught.value.message), words
