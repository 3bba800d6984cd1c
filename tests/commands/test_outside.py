"""A network reads data files of its own folder, and others only where it is allowed to."""

from __future__ import annotations

import os
from pathlib import Path

import click
import numpy as np
import pytest

from backprop_cli import api
from backprop_cli.cli import command_names, group
from backprop_cli.problems import Refusal

from .running import printed, refused, run

SECRET = "4711,12\nsecret,13\n"
NET = """\
input: {file: %s}
target: [[1]]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {weights: {init: ones}, bias: none, units: 1}
"""
GRAPH = "variables:\n  x: {file: %s}\ngraph: {o: sum(x*x)}\n"
WEIGHTS = "input: [1, 2]\nlayers: [{weights: {file: %s}, bias: none}]\n"
BIAS = "input: [1, 2]\nlayers: [{weights: [[1, 2]], bias: {file: %s}}]\n"
TARGET = NET.replace("{file: %s}", "[[1, 2]]").replace("[[1]]", "{file: %s}")
STATE = (
    NET.replace("{file: %s}", "[[1, 2]]")
    + "optimizer: {type: adam, state: {m: {W1: {file: %s}}}}\n"
)
HELD = (NET, GRAPH, WEIGHTS, BIAS, TARGET)
WAYS = ("../%s", "{folder}/%s", "link-%s", "linked/%s", "inner/../../%s", "inner/../linked/%s")
COMMANDS = (
    *("trace", "derive", "describe", "diagnose", "gradcheck", "diagram", "step", "worksheet"),
    *("check", "explain", "compare", "sweep"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a network's folder, with files beside it, and ways to them from in it."""
    inside = tmp_path / "mine"
    (inside / "inner").mkdir(parents=True)
    (tmp_path / "secret.csv").write_text(SECRET, encoding="utf-8")
    (tmp_path / "plain.csv").write_text("1,2\n", encoding="utf-8")
    np.save(tmp_path / "plain.npy", [[1.0, 2]])
    (inside / "linked").symlink_to(tmp_path)
    for name in ("secret.csv", "plain.csv", "plain.npy"):
        (inside / f"link-{name}").symlink_to(tmp_path / name)
    return inside


def words(command: str, net: Path) -> list[str]:
    """Return the command line that reads the network."""
    if command == "explain":
        return [command, "W1", str(net)]
    more = {
        "check": ["--answer", "z1=1"],
        "compare": [str(net.with_name("other.yaml"))],
        "sweep": ["--over", "W1[1,1]=0:1:2"],
    }
    return [command, str(net), *more.get(command, [])]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_out_is_refused(folder: Path, way: str) -> None:
    """Whatever is there: its lines are not printed, nor whether it is there."""
    net = folder / "net.yaml"
    said = set()
    for name in ("secret.csv", "plain.csv", "plain.npy", "nothing.csv"):
        if name == "nothing.csv" and way.startswith("link-"):
            continue
        path = way.format(folder=folder.parent) % name
        net.write_text(NET % path, encoding="utf-8")
        found = refused("trace", str(net))
        assert "outside of the network's folder" in found
        assert "--allow-outside" in found
        assert "4711" not in found
        said.add(found.split("\n")[0].rpartition(": ")[2])
    assert len(said) == 1


@pytest.mark.parametrize("held", HELD, ids=["input", "graph", "weights", "bias", "target"])
def test_wherever_the_file_stands(folder: Path, held: str) -> None:
    net = folder / "net.yaml"
    net.write_text(held % "../plain.csv", encoding="utf-8")
    assert "outside of the network's folder" in refused("describe", str(net))
    with pytest.raises(Refusal, match="outside of the network's folder"):
        api.load(net)
    done = run("describe", str(net), "--allow-outside")
    assert "outside of" not in done.err


def test_an_optimizer_s_state_too(folder: Path) -> None:
    net = folder / "net.yaml"
    net.write_text(STATE % "../plain.csv", encoding="utf-8")
    assert "outside of the network's folder" in refused("step", str(net))
    assert "outside of" not in run("step", str(net), "--allow-outside").err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_may_be_allowed_to(folder: Path, command: str) -> None:
    net = folder / "net.yaml"
    for each in (net, net.with_name("other.yaml")):
        each.write_text(NET % "../plain.csv", encoding="utf-8")
    assert "outside of the network's folder" in refused(*words(command, net))
    done = run(*words(command, net), "--allow-outside")
    assert done.code in (0, 1)
    assert "outside" not in done.err


def test_merge_may_be_allowed_to(folder: Path) -> None:
    net, part = folder / "net.yaml", folder / "part.json"
    net.write_text(NET % "../plain.csv", encoding="utf-8")
    assert run(*words("sweep", net), "--allow-outside", "--part", "1/1", "-o", str(part)).code == 0
    assert "outside of the network's folder" in refused("merge", str(part))
    assert "2 points" in printed("merge", str(part), "--allow-outside")


def test_no_command_takes_the_option_and_is_not_here() -> None:
    with click.Context(group) as context:
        found = {name: group.get_command(context, name) for name in command_names()}
    taking = {
        name
        for name, command in found.items()
        if command is not None and any("--allow-outside" in p.opts for p in command.params)
    }
    assert taking == {*COMMANDS, "merge"}


def test_python_may_allow_it(folder: Path) -> None:
    net = folder / "net.yaml"
    net.write_text(NET % "../plain.csv", encoding="utf-8")
    assert api.load(net, allow_outside=True).samples == 1


def test_what_lies_below_is_inside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the network is named: from in its folder, through a link, on standard input."""
    text = NET % "inner/d.csv"
    (folder / "inner" / "d.csv").write_text("1,2\n", encoding="utf-8")
    (folder / "net.yaml").write_text(text, encoding="utf-8")
    (folder.parent / "other").symlink_to(folder)
    monkeypatch.chdir(folder)
    for name in ("net.yaml", "./net.yaml", str(folder.parent / "other" / "net.yaml")):
        assert printed("trace", name)
    assert run("trace", "-", stdin=text).code == 0
    assert run("trace", "-", stdin=NET % "../plain.csv").code == 2
    assert os.getcwd() == str(folder)
