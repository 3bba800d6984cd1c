"""``exercise`` on the command line: one file, or a folder with keys for a class."""

from __future__ import annotations

from pathlib import Path

import pytest

from backprop_cli.api import check

from ..commands.running import printed, refused, run

RELU = ("exercise", "--shape", "2-2-1", "--activation", "relu", "--seed", "7")
GRAPH = ("exercise", "--graph", "--seed", "7")


@pytest.mark.parametrize("options", [RELU, GRAPH, (*RELU, "--batch", "2")])
def test_what_it_writes_loads_everywhere(options: tuple[str, ...], tmp_path: Path) -> None:
    net = str(tmp_path / "net.yaml")
    assert printed(*options, "-o", net) == ""
    for command in (("trace",), ("trace", "--exact"), ("worksheet",)):
        assert printed(command[0], net, *command[1:])
    if "--graph" not in options:
        assert printed("derive", net)
        assert printed("describe", net)


@pytest.mark.parametrize("options", [RELU, GRAPH])
def test_a_class_gets_networks_keys_and_solutions(options: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / "class"
    words = ("--count", "3", "--solutions", "md", "--worksheets", "yaml", "-o", str(folder))
    assert printed(*options, *words) == ""
    names = sorted(path.name for path in folder.iterdir())
    kinds = ("-key.yaml", "-solution.md", "-worksheet.yaml", ".yaml")
    assert names == sorted(f"exercise-0{i}{kind}" for i in (1, 2, 3) for kind in kinds)
    texts = set()
    for number in (1, 2, 3):
        net = folder / f"exercise-0{number}.yaml"
        texts.add(net.read_text(encoding="utf-8").partition("name: ")[2][12:])
        assert check(net, folder / f"exercise-0{number}-key.yaml").all_right
        sheet = folder / f"exercise-0{number}-worksheet.yaml"
        assert {j.verdict for j in check(net, sheet).marked[0].judged} == {"blank"}
    assert len(texts) == 3
    assert (folder / "exercise-01.yaml").read_text(encoding="utf-8") == printed(*options)


def test_a_class_gets_pages_to_hand_out_with_decimal_commas(tmp_path: Path) -> None:
    pytest.importorskip("typst")
    made = (
        "exercise",
        "--shape",
        "2-1",
        "--activation",
        "tanh",
        "--count",
        "1",
        "--solutions",
        "md",
    )
    words = (*made, "--worksheets", "pdf", "--decimal-comma", "-o", str(tmp_path))
    assert printed(*words) == ""
    assert (tmp_path / "exercise-01-worksheet.pdf").read_bytes().startswith(b"%PDF-")
    assert "{,}" in (tmp_path / "exercise-01-solution.md").read_text(encoding="utf-8")
    assert printed(*words) == ""


def test_files_that_are_there_are_not_replaced_by_others(tmp_path: Path) -> None:
    words = (*RELU, "--count", "1", "-o", str(tmp_path))
    assert printed(*words) == ""
    assert printed(*words) == ""
    (tmp_path / "exercise-01.yaml").write_text("mine", encoding="utf-8")
    assert "exercise-01.yaml exists already" in refused(*words)
    assert (tmp_path / "exercise-01.yaml").read_text(encoding="utf-8") == "mine"
    assert printed(*words, "--force") == ""
    assert (tmp_path / "exercise-01.yaml").read_text(encoding="utf-8") == printed(*RELU)


def test_a_folder_gets_the_key_without_a_count(tmp_path: Path) -> None:
    assert printed(*RELU, "-o", str(tmp_path)) == ""
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["exercise-01-key.yaml", "exercise-01.yaml"]


def test_the_notation_is_written_into_the_file() -> None:
    for options in (RELU, GRAPH):
        text = printed(*options, "--notation", "nielsen")
        assert "notation: nielsen\n" in text
        assert run("trace", "-", stdin=text).code == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "there is no --shape"),
        (("--shape", "2-2-1", "--nodes", "3"), "--nodes belongs to computation graphs"),
        (("--graph", "--shape", "2-2-1", "--loss", "hinge"), "--shape, --loss: a computation"),
        (("--graph", "--nodes", "1"), "take 2 to 12"),
        (("--shape", "2-2-1", "--count", "3"), "name a folder"),
        (("--shape", "2-2-1", "--count", "0", "-o", "d"), "take 1 to 500"),
        (("--shape", "2-2-1", "--count", "2", "-o", "no/such"), "there is no folder 'no'"),
        (("--shape", "2-2-1", "--solutions", "md"), "add --count N and -o DIR"),
        (("--shape", "2-2-1", "--force"), "add --count N and -o DIR"),
        (("--shape", "2-2-1", "--count", "2", "-o", "d", "--solutions", "pdff"), "no format"),
        (("--shape", "2-2-1", "--decimal-comma"), "add --count N and -o DIR"),
        (
            ("--shape", "2-1", "--count", "1", "-o", "d", "--decimal-comma"),
            "--decimal-comma is that",
        ),
        (("--shape", "2-2-1", "--count", "2", "-o", "d", "--worksheets", "json"), "no format"),
        (("--shape", "2-2-1", "--notation", "nilsen"), "did you mean 'nielsen'?"),
        (("--shape", "2-2-1", "--loss", "hing", "--activation", "rel"), "did you mean 'hinge'?"),
        (("--shape", "12-12-4", "--batch", "9"), "take at most 3 samples"),
    ],
)
def test_what_cannot_be_is_refused(options: tuple[str, ...], says: str) -> None:
    assert says in refused("exercise", *options)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d").write_text("", encoding="utf-8")
    assert "not a folder" in refused(*RELU, "--count", "2", "-o", str(tmp_path / "d"))
