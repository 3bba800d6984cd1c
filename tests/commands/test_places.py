"""Where ``-o`` may write: links are followed, what is no file is refused and left as it was."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner

from backprop_cli.cli import group
from backprop_cli.problems import Refusal

CONFIG = str(Path(__file__).parents[2] / "configs" / "sigmoid_neuron.yaml")


def refused(*arguments: str) -> str:
    with pytest.raises(Refusal) as caught:
        CliRunner().invoke(group, arguments, catch_exceptions=False, standalone_mode=False)
    return str(caught.value)


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.md").write_text("old")
    (tmp_path / "link.md").symlink_to("real.md")
    done = CliRunner().invoke(group, ["trace", CONFIG, "-o", str(tmp_path / "link.md")])
    assert done.exit_code == 0
    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "real.md").read_text(encoding="utf-8").startswith("# Sigmoid neuron")


def test_a_pipe_is_refused_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.md"
    os.mkfifo(pipe)
    assert "not a regular file" in refused("trace", CONFIG, "-o", str(pipe))
    assert pipe.is_fifo()


@pytest.mark.parametrize("command", [("new", "mazur"), ("schema",), ("trace", CONFIG)])
def test_a_missing_folder_is_named(command: tuple[str, ...], tmp_path: Path) -> None:
    target = tmp_path / "missing" / "x.json"
    assert "there is no folder" in refused(*command, "-o", str(target))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("trace", CONFIG, "--standalone", "--format", "md"), "--standalone belongs to latex"),
        (("trace", CONFIG, "--wrt", "W1", "--only", "forward"), "leave one of them out"),
        (("trace", CONFIG, "--wrt", "da1/dz1"), "a local derivative"),
        (("derive", CONFIG, "--wrt", "W1[1,1]", "--expand", "--numbers"), "without numbers"),
        (("trace", CONFIG, "-o", "noext"), "no suffix says the format"),
    ],
)
def test_what_contradicts_itself_is_refused(arguments: tuple[str, ...], words: str) -> None:
    assert words in refused(*arguments)


DOCUMENTS = (
    ("trace", CONFIG),
    ("derive", CONFIG),
    ("describe", CONFIG),
    ("diagnose", CONFIG),
    ("gradcheck", CONFIG),
    ("step", CONFIG),
    ("check", CONFIG, "--answer", "a1=0.73"),
    ("worksheet", CONFIG),
)
"""Each command that prints a document."""


@pytest.mark.parametrize("command", DOCUMENTS, ids=lambda command: command[0])
def test_each_file_that_is_named_is_written(command: tuple[str, ...], tmp_path: Path) -> None:
    pytest.importorskip("typst")
    names = [f"notes.{suffix}" for suffix in ("pdf", "md", "html", "tex", "typ", "txt", "json")]
    said = [word for name in names for word in ("-o", str(tmp_path / name))]
    done = CliRunner().invoke(group, [*command, *said])
    assert (done.exit_code, done.output) == (0, "")
    written = {name: (tmp_path / name).read_bytes() for name in names}
    starts = (b"%PDF", b"# ", b"<!DOCTYPE", b"% needs", b"#set table", b"", b"{")
    for start, (name, content) in zip(starts, written.items(), strict=True):
        assert content.startswith(start), name
        assert len(content) > 100, name
    alone = CliRunner().invoke(group, [*command, "--format", "html"]).stdout_bytes
    assert alone == written["notes.html"]


def test_pictures_go_to_several_files_too(tmp_path: Path) -> None:
    files = [tmp_path / f"net.{suffix}" for suffix in ("svg", "gv", "mmd")]
    said = [word for file in files for word in ("-o", str(file))]
    CliRunner().invoke(group, ["diagram", CONFIG, *said], catch_exceptions=False)
    assert all(file.stat().st_size > 100 for file in files)


@pytest.mark.parametrize(
    "command", [("new", "mazur"), ("schema",), ("exercise", "--shape", "2-1")], ids=lambda c: c[0]
)
def test_one_result_goes_to_one_file(command: tuple[str, ...]) -> None:
    assert "give -o once" in refused(*command, "-o", "one.yaml", "-o", "two.yaml")


def test_a_place_is_named_once_and_a_format_belongs_to_one() -> None:
    assert "the same place twice" in refused("trace", CONFIG, "-o", "a.md", "-o", "a.md")
    for command in ("trace", "diagram"):
        words = refused(command, CONFIG, "--format", "svg", "-o", "a.md", "-o", "b.md")
        assert "--format belongs to one -o" in words


def test_without_the_extra_one_command_installs_it(tmp_path: Path) -> None:
    with mock.patch.dict(sys.modules, {"typst": None}):
        said = refused("trace", CONFIG, "-o", str(tmp_path / "a.md"), "-o", str(tmp_path / "a.pdf"))
    assert said.splitlines()[-1].strip() == "pip install 'backprop-cli[pdf]'"
    assert not list(tmp_path.iterdir())


def test_a_deep_network_has_its_exact_values_at_once(tmp_path: Path) -> None:
    layer = "  - {units: 1, activation: sigmoid, weights: [[0.7]], bias: [0.1]}\n"
    head = "input: [0.5]\ntarget: [1]\nloss: half_squared_error\nlayers:\n"
    (tmp_path / "net.yaml").write_text(head + layer * 12)
    done = CliRunner().invoke(group, ["trace", str(tmp_path / "net.yaml"), "--exact"])
    assert done.exit_code == 0
    assert "≈" in done.output
