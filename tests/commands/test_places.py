"""Where ``-o`` may write: links are followed, what is no file is refused and left as it was."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner

from backprop_cli.cli import command_names, group
from backprop_cli.problems import Refusal

from .running import config, inside, run

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


EVERY = {
    "check": (("NET", "--answer", "a1=0.73"), "md json html"),
    "compare": (("NET", "OTHER"), "md json"),
    "derive": (("NET",), "md ipynb"),
    "describe": (("NET",), "md txt"),
    "diagnose": (("NET",), "md tex"),
    "diagram": (("NET",), "svg gv pdf"),
    "exercise": (("--like", "NET"), "yaml"),
    "explain": (("delta", "NET"), "md typ"),
    "gradcheck": (("NET",), "md json"),
    "merge": (("PART",), "csv svg md"),
    "new": (("mazur",), "yaml"),
    "schema": ((), "json"),
    "step": (("NET", "--steps", "2"), "yaml svg md png"),
    "sweep": (("NET", "--over", "W1[1,1]=0:1:2"), "csv svg json"),
    "trace": (("NET",), "md qmd"),
    "worksheet": (("NET",), "yaml json md"),
}
"""Each command, and suffixes of each kind of file that it writes."""
FORMATS = {"gv": "dot", "ipynb": "notebook"}
LINES = [(name, suffix) for name, (_, said) in EVERY.items() for suffix in said.split()]


def line_of(name: str, network: str, part: str = "nowhere.json") -> list[str]:
    given = {"NET": network, "PART": part, "OTHER": config("mazur")}
    return [name, *(given.get(word, word) for word in EVERY[name][0])]


def not_written(folder: Path) -> dict[str, str]:
    """Return places that no file can be written to, by the words that say so."""
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to("other")
    (folder / "other").symlink_to("link")
    (folder / "folder").mkdir()
    places = {name: folder / name for name in ("pipe", "link", "folder")}
    found = {"pipe": "not a regular file", "link": "not a regular file", "folder": "a directory"}
    return {str(places[name]): said for name, said in found.items()} | {
        "/dev/full": "not a regular file",
        str(folder / "missing" / "x"): "there is no folder",
        str(folder / "pipe" / "x"): "there is no folder",
        str(folder / ("a" * 300)): "file name too long",
    }


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such files")
def test_what_cannot_be_written_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    """The network is nowhere, and nothing says so."""
    assert set(EVERY) == set(command_names())
    for place, said in not_written(tmp_path).items():
        for name, suffix in LINES:
            if name == "exercise" and said == "a directory":  # which it fills
                continue
            format_name = ["--force"] * (name == "new")
            if name not in ("new", "schema", "exercise"):
                format_name = ["--format", FORMATS.get(suffix, suffix)]
            done = run(*line_of(name, "nowhere.yaml"), *format_name, "-o", place)
            assert (done.code, done.out, said in done.err) == (2, "", True), (name, place, done)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "link", "other", "pipe"]
    assert (tmp_path / "pipe").is_fifo()


def test_what_is_read_is_not_written_over(tmp_path: Path) -> None:
    """But by the network that a step writes."""
    text = Path(CONFIG).read_text(encoding="utf-8")
    for name, suffix in LINES:
        path = tmp_path / f"{name}.{suffix}"
        path.write_text(text, encoding="utf-8")
        if name in ("new", "schema"):
            continue
        line = (*line_of(name, str(path), str(path)), "-o", str(path))
        if (name, suffix) == ("step", "yaml"):
            assert run(*line).code == 0
        else:
            assert "the file that is read here" in refused(*line)
            assert path.read_text(encoding="utf-8") == text


WITH_DATA = """input: {file: data.csv}
target: [[1]]
loss: half_squared_error
learning_rate: 1
layers: [{units: 1, weights: {file: data.csv}, bias: [0]}]
"""
SHEET = "name,answer\na1,5\n"


def test_what_no_option_names_is_not_written_over(tmp_path: Path) -> None:
    """The network's data, by each command; a sheet, also one in a folder, but not a report."""
    (tmp_path / "net.yaml").write_text(WITH_DATA, encoding="utf-8")
    (tmp_path / "data.csv").write_text("u,v\n1,2\n", encoding="utf-8")
    (tmp_path / "sheets").mkdir()
    (tmp_path / "sheets" / "ada.csv").write_text(SHEET, encoding="utf-8")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "n.yaml").write_text(Path(CONFIG).read_text("utf-8"), encoding="utf-8")
    (tmp_path / "own" / "n-ada.csv").write_text(SHEET, encoding="utf-8")
    with inside(tmp_path):
        sweep = ("sweep", "net.yaml", "--over", "b1[1]=0:1:2", "--part", "1/1")
        assert run(*sweep, "-o", "part.json").code == 0
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        for name, suffix in LINES:
            if name not in ("new", "schema"):
                line = line_of(name, "net.yaml", "part.json")
                said = [] if name == "exercise" else ["--format", FORMATS.get(suffix, suffix)]
                assert "data.csv: the file that is read" in refused(*line, *said, "-o", "data.csv")
        for read, sheet in (("sheets/ada.csv",) * 2, ("sheets", "sheets/ada.csv")):
            assert "read here" in refused("check", CONFIG, read, "--report", sheet)
        assert "read here" in refused("check", "own", "--report", "own/n-ada.csv")
        assert {path: path.read_bytes() for path in before} == before
        for _ in range(2):
            assert run("check", CONFIG, "sheets", "--report", "sheets/marks.csv").code == 1


def test_nothing_is_printed_beside_what_cannot_be_written(tmp_path: Path) -> None:
    """A full disk is said before the other result is printed."""
    part = str(tmp_path / "part.json")
    assert run(*line_of("sweep", CONFIG), "--part", "1/1", "-o", part).code == 0
    full = OSError(28, "No space left on device")
    with mock.patch("backprop_cli.commands._writing._opened", side_effect=full):
        for name, (_, suffixes) in EVERY.items():
            for suffix in suffixes.split()[: 2 if name == "step" else 1]:
                both = [] if name in ("new", "schema", "exercise") else ["-o", "-"]
                file = str(tmp_path / f"x.{suffix}")
                done = run(*line_of(name, CONFIG, part), *both, "-o", file)
                assert (done.code, done.out) == (2, ""), (name, suffix, done)
                assert "No space left on device" in done.err
        done = run(*line_of("check", CONFIG), "--report", str(tmp_path / "marks.csv"))
        assert (done.code, done.out) == (2, ""), done
    assert [path.name for path in tmp_path.iterdir()] == ["part.json"]


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
