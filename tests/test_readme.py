"""The README: each command it shows runs, and prints what the README says that it prints."""

from __future__ import annotations

import itertools
import re
import shutil
from pathlib import Path

import pytest
from msgspec import Struct

from .commands.running import ROOT, inside, run, run_line

README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Fence(Struct, frozen=True):
    """A fenced block; it ``follows`` where only blank lines part it from the block before."""

    language: str
    content: str
    follows: bool


class Shown(Struct, frozen=True):
    """A command line of the README, and what it is said to print, if that is shown."""

    line: str
    output: str | None


def fences(text: str = README) -> list[Fence]:
    """Return the fenced blocks."""
    found: list[Fence] = []
    end = 0
    for match in FENCE.finditer(text):
        follows = bool(found) and not text[end : match.start()].strip()
        found.append(Fence(match[1], match[2], follows))
        end = match.end()
    return found


def commands(text: str = README) -> list[Shown]:
    """Return the command lines, the last of a block with the output shown right after it."""
    found: list[Shown] = []
    blocks = [*fences(text), Fence("", "", False)]
    for block, after in itertools.pairwise(blocks):
        if block.language != "sh":
            continue
        lines = [line for line in block.content.splitlines() if line.startswith("backprop")]
        for line in lines:
            shown = after.follows and after.language == "text" and line == lines[-1]
            found.append(Shown(line, after.content if shown else None))
    return found


def networks() -> list[str]:
    """Return the network files of the README."""
    return [fence.content for fence in fences() if fence.language == "yaml"]


def matches(shown: str, printed: str) -> bool:
    """Return whether the shown lines stand in the printed text, in a row.

    A line ``…`` stands for any lines that are left out.
    """
    parts = [re.escape(part.strip("\n")) for part in re.split(r"(?m)^…$", shown)]
    wanted = r"(?:^|\n)" + r"\n(?:.*\n)?".join(parts) + r"(?:\n|$)"
    return re.search(wanted, printed.strip("\n"), re.DOTALL) is not None


def differs(line: str, shown: str, printed: str) -> str:
    return f"{line}\nprints\n{printed}\nand not\n{shown}"


def test_every_command_runs_and_prints_what_is_shown(tmp_path: Path) -> None:
    """In one folder, in the README's order, with its network as ``net.yaml`` and the examples."""
    shown = commands()
    if not shown:
        pytest.skip("the README shows no command yet")
    for network in networks()[:1]:
        (tmp_path / "net.yaml").write_text(network, encoding="utf-8")
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    with inside(tmp_path):
        for command in shown:
            done = run_line(command.line)
            printed = done.out + done.err
            if command.output is None:
                assert done.code == 0, f"{command.line}\n{printed}"
            else:
                assert matches(command.output, printed), differs(
                    command.line, command.output, printed
                )


def test_the_two_installations_stand_there_once() -> None:
    lines = [line for line in README.splitlines() if line.startswith("pip install")]
    if not lines:
        pytest.skip("the README does not say yet how to install")
    assert len(lines) == len(set(lines)) == 2


@pytest.mark.parametrize("text", networks())
def test_every_network_of_the_readme_is_one(text: str) -> None:
    done = run("trace", "-", stdin=text)
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize(
    "message", [f.content for f in fences() if f.content.startswith("net.yaml:")]
)
def test_every_message_of_the_readme_is_printed(message: str, tmp_path: Path) -> None:
    """The message's own source line stands in the README's network instead of its line."""
    lines = networks()[0].splitlines()
    number, source = re.findall(r"^ *(\d+) \| (.*\S)", message, re.MULTILINE)[0]
    lines[int(number) - 1] = source
    (tmp_path / "net.yaml").write_text("\n".join(lines), encoding="utf-8")
    with inside(tmp_path):
        done = run("trace", "net.yaml")
    assert (done.code, done.err) == (2, message)


def test_every_example_that_is_named_exists() -> None:
    for name in re.findall(r"configs/([\w-]+\.\w+)", README):
        assert (ROOT / "configs" / name).is_file()


def test_how_this_file_reads_a_readme() -> None:
    sh = "```sh\nbackprop new\nbackprop trace a  # why\n```\n"
    first = Shown("backprop new", None)
    shown = "```text\nx\n…\ny\n```\n"
    assert commands(f"{sh}\n{shown}") == [first, Shown("backprop trace a  # why", "x\n…\ny\n")]
    assert commands(f"{sh}words\n{shown}") == [first, Shown("backprop trace a  # why", None)]
    assert matches("x\n…\ny\n", "x\n1\n2\ny\n")
    assert matches("x\n…\ny\n", "x\ny\n")
    assert matches("1\n2\n", "x\n1\n2\ny\n")
    assert not matches("x\n…\ny\n", "x\n1\n")
    assert not matches("x\ny\n", "x\n1\ny\n")
    assert not matches("x\n", "xy\n")
