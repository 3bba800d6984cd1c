"""Every command, by enumeration: documented, each option with its help, each example running."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from backprop_cli.cli import command_names, command_summary, group

from .running import config, inside, printed, refused, run_line

COMMANDS = command_names()
NETWORK = Path(config("mazur")).read_text(encoding="utf-8")
GRAPH = Path(config("diamond")).read_text(encoding="utf-8")
SHEET = "answers:\n  z1: [0.3775, 0.3925]\n  delta1: [0.00877, 0.00995]\n"
"""Right answers to that network."""


def command(name: str) -> click.Command:
    found = group.get_command(click.Context(group), name)
    assert found is not None
    return found


def examples(name: str) -> list[str]:
    """Return the lines of the command's help that begin with its own call."""
    lines = [line.strip() for line in printed(name, "--help").splitlines()]
    return [line for line in lines if line.startswith(f"backprop {name}")]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_named_and_summarized(name: str) -> None:
    assert command(name).name == name
    summary = command_summary(name)
    assert summary.endswith(".")
    assert len(summary) > 20
    assert summary in " ".join(printed("--help").split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_help_text(name: str) -> None:
    for parameter in command(name).params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert parameter.help.rstrip().endswith((".", "]", "[1,2]"))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_has_examples(name: str) -> None:
    text = printed(name, "--help")
    assert "Example" in text
    assert examples(name)
    assert all(len(line) <= 80 for line in text.splitlines())


@pytest.mark.parametrize("line", [line for name in COMMANDS for line in examples(name)])
def test_every_example_runs(line: str, tmp_path: Path) -> None:
    if "-o net.yaml" not in line:
        (tmp_path / "net.yaml").write_text(NETWORK, encoding="utf-8")
    (tmp_path / "other.yaml").write_text(NETWORK.replace("0.15", "0.16"), encoding="utf-8")
    (tmp_path / "rubric.yaml").write_text("digits: 2\nmarks: {loss: 2}\n", encoding="utf-8")
    (tmp_path / "course.yaml").write_text("base: nielsen\nletters: {z: s}\n", encoding="utf-8")
    (tmp_path / "graph.yaml").write_text(GRAPH, encoding="utf-8")
    for name, example in (("rnn", "scalar_rnn"), ("lstm", "gomez_lstm"), ("image", "image")):
        text = Path(config(example)).read_text(encoding="utf-8")
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "sheets").mkdir()
    for name in ("sheet.yaml", "sheets/s1.yaml", "sheets/s2.yaml"):
        (tmp_path / name).write_text(SHEET, encoding="utf-8")
    with inside(tmp_path):
        for part in ("1", "2") if "merge" in line else ():
            over = f"--over 'W1[1,1]=0:1:5' --part {part}/2 -o part-{part}.json"
            run_line(f"backprop sweep net.yaml {over}")
        done = run_line(line)
    assert (done.code, done.err) == (1 if "--ask all" in line else 0, "")


def test_the_groups_own_examples_run(tmp_path: Path) -> None:
    lines = [line.strip() for line in printed("--help").splitlines()]
    shown = [line for line in lines if line.startswith("backprop ")]
    assert shown
    with inside(tmp_path):
        for line in shown:
            assert run_line(line).code == 0


def test_the_formats_are_all_named_in_the_help() -> None:
    from backprop_cli.render import formats

    text = printed("trace", "--help")
    assert all(name in text for name in formats())


def test_a_mistyped_command_gets_the_nearest() -> None:
    assert "no command 'trcae': did you mean 'trace'?" in refused("trcae", "net.yaml")


def test_a_mistyped_option_gets_the_nearest() -> None:
    assert "--digits" in refused("trace", config("mazur"), "--digit", "3")
