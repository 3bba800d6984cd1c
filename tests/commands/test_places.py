"""Where ``-o`` may write: links are followed, what is no file is refused and left as it was."""

from __future__ import annotations

import os
from pathlib import Path

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
        (("trace", CONFIG, "--standalone", "--format", "md"), "--standalone belongs to LaTeX"),
        (("trace", CONFIG, "--wrt", "W1", "--only", "forward"), "leave one of them out"),
        (("trace", CONFIG, "--wrt", "da1/dz1"), "a local derivative"),
        (("derive", CONFIG, "--wrt", "W1[1,1]", "--expand", "--numbers"), "without numbers"),
        (("trace", CONFIG, "-o", "noext"), "no suffix says the format"),
    ],
)
def test_what_contradicts_itself_is_refused(arguments: tuple[str, ...], words: str) -> None:
    assert words in refused(*arguments)


def test_a_deep_network_has_its_exact_values_at_once(tmp_path: Path) -> None:
    layer = "  - {units: 1, activation: sigmoid, weights: [[0.7]], bias: [0.1]}\n"
    head = "input: [0.5]\ntarget: [1]\nloss: half_squared_error\nlayers:\n"
    (tmp_path / "net.yaml").write_text(head + layer * 12)
    done = CliRunner().invoke(group, ["trace", str(tmp_path / "net.yaml"), "--exact"])
    assert done.exit_code == 0
    assert "≈" in done.output
