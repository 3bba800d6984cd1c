"""The README: each command it shows runs, and prints what the README says that it prints."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from msgspec import Struct

import backprop_cli
from backprop_cli.cli import command_names

from .commands.running import ROOT, inside, run, run_line

README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Fence(Struct, frozen=True):
    """A fenced block."""

    language: str
    content: str


class Shown(Struct, frozen=True):
    """A command line of the README, and what it is said to print, if that is shown."""

    line: str
    output: str | None


def fences(text: str = README) -> list[Fence]:
    """Return the fenced blocks."""
    return [Fence(match[1], match[2]) for match in FENCE.finditer(text)]


def commands(text: str = README) -> list[Shown]:
    """Return the command lines; in a console, each after a ``$``, with what follows it."""
    found: list[Shown] = []
    for block in fences(text):
        if block.language == "sh":
            lines = [line for line in block.content.splitlines() if line.startswith("backprop")]
            found += [Shown(line, None) for line in lines]
        elif block.language == "console":
            for part in re.split(r"(?m)^\$ ", block.content)[1:]:
                line, _, output = part.partition("\n")
                found.append(Shown(line, output or None))
    return found


def files() -> dict[str, str]:
    """Return the files that the README shows, by the names in their first lines: ``# net.yaml``."""
    shown = [fence.content for fence in fences() if fence.language == "yaml"]
    names = [re.match(r"# (\S+)\n", content) for content in shown]
    return {name[1]: content for name, content in zip(names, shown, strict=True) if name}


def networks() -> list[str]:
    """Return the network files of the README."""
    kinds = re.compile(r"^(layers|graph):", re.MULTILINE)
    return [name for name, content in files().items() if kinds.search(content)]


def matches(shown: str, printed: str) -> bool:
    """Return whether the shown lines are the printed ones.

    A line ``…`` stands for lines that are left out, one or more.
    """
    lines = shown.strip("\n").splitlines()
    wanted = "".join(r"(?:.*\n)+" if line == "…" else re.escape(line) + r"\n" for line in lines)
    return re.fullmatch(wanted, printed.strip("\n") + "\n") is not None


def differs(line: str, shown: str, printed: str) -> str:
    return f"{line}\nprints\n{printed}\nand not\n{shown}"


def test_every_command_runs_and_prints_what_is_shown(tmp_path: Path) -> None:
    """In one folder, in the README's order, with the files that it shows and the examples."""
    shown = commands()
    assert shown
    for name, content in files().items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    with inside(tmp_path):
        for command in shown:
            done = run_line(command.line)
            printed = done.out + done.err
            if command.output is None:
                assert done.code == 0, f"{command.line}\n{printed}"
            else:
                assert done.code == (1 if "wrong" in command.output else 0), command.line
                assert matches(command.output, printed), differs(
                    command.line, command.output, printed
                )


def test_the_two_installations_stand_there_once() -> None:
    lines = [line for line in README.splitlines() if line.startswith("pip install")]
    assert len(lines) == len(set(lines)) == 2


@pytest.mark.parametrize("name", networks())
def test_every_network_of_the_readme_is_one(name: str) -> None:
    done = run("trace", "-", stdin=files()[name])
    assert (done.code, done.err) == (0, "")


def test_every_file_of_the_readme_has_a_name() -> None:
    assert len(files()) == sum(fence.language == "yaml" for fence in fences())
    assert {"net.yaml", "graph.yaml", "sheet.yaml"} <= set(files())


@pytest.mark.parametrize(
    "message", [f.content for f in fences() if f.content.startswith("net.yaml:")]
)
def test_every_message_of_the_readme_is_printed(message: str, tmp_path: Path) -> None:
    """The message's own source line stands in the README's network instead of its line."""
    lines = files()["net.yaml"].splitlines()
    number, source = re.findall(r"^ *(\d+) \| (.*\S)", message, re.MULTILINE)[0]
    lines[int(number) - 1] = source
    (tmp_path / "net.yaml").write_text("\n".join(lines), encoding="utf-8")
    with inside(tmp_path):
        done = run("trace", "net.yaml")
    assert (done.code, done.err) == (2, message)


def test_every_command_is_shown() -> None:
    assert {command.line.split()[1] for command in commands()} == set(command_names())


def test_what_it_says_of_python_runs(tmp_path: Path) -> None:
    """Each block of Python runs beside the README's files, each name that it speaks of is read."""
    blocks = [fence.content for fence in fences() if fence.language == "python"]
    for name, content in files().items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    with inside(tmp_path):
        for block in blocks:
            names: dict[str, object] = {}
            exec(compile(block, "README.md", "exec"), names)
            traced = names["traced"]
            assert isinstance(traced, backprop_cli.Traced)
            for name in re.findall(r'"([^"]+)"', block.split("# any name:")[1].splitlines()[0]):
                assert traced.value(name).size
    assert {name for block in blocks for name in re.findall(r"backprop_cli\.(\w+)\(", block)} == {
        "trace",
        "derive",
        "check",
    }


def test_every_example_that_is_named_exists() -> None:
    for name in re.findall(r"configs/([\w-]+\.\w+)", README):
        assert (ROOT / "configs" / name).is_file()


def test_every_place_of_the_package_that_is_named_exists() -> None:
    places = re.findall(r"`((?:\w+/)+(?:\w+\.py)?)`", README)
    missing = [
        p for p in places if not any((r / p).exists() for r in (ROOT, ROOT / "backprop_cli"))
    ]
    assert len(places) > 10
    assert not missing


def test_how_this_file_reads_a_readme() -> None:
    sh = "```sh\nbackprop new\nbackprop trace a  # why\npip install .\n```\n"
    assert commands(sh) == [Shown("backprop new", None), Shown("backprop trace a  # why", None)]
    console = "```console\n$ backprop new\n$ backprop trace a\nx\n…\ny\n```\n"
    assert commands(console) == [
        Shown("backprop new", None),
        Shown("backprop trace a", "x\n…\ny\n"),
    ]
    assert matches("x\n…\ny\n", "x\n1\n2\ny\n")
    assert not matches("x\n…\ny\n", "x\ny\n")
    assert matches("…\n1\n2\n…\n", "x\n1\n2\ny\n")
    assert not matches("1\n2\n", "x\n1\n2\n")
    assert not matches("1\n2\n", "1\n2\ny\n")
    assert not matches("x\n…\ny\n", "x\n1\n")
    assert not matches("x\ny\n", "x\n1\ny\n")
    assert not matches("x\n", "xy\n")
