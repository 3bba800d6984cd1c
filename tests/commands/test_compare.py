"""Two networks side by side, and one before and after a change."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_cli.api import loads, trace
from backprop_cli.problems import Place, Source
from backprop_cli.spec.differing import FileDifference, differing
from backprop_cli.spec.nodes import Mapping, Scalar, compose

from .running import config, printed, refused

MAZUR = Path(config("mazur")).read_text(encoding="utf-8")


@pytest.fixture
def other(tmp_path: Path) -> str:
    """Return Mazur's network with another activation, another weight and a number respelled."""
    text = MAZUR.replace("activation: sigmoid", "activation: tanh", 1).replace("0.40,", "-0.4,")
    path = tmp_path / "other.yaml"
    path.write_text(text.replace("0.05,", "1/20,").replace("name: Mazur", "name: My"), "utf-8")
    return str(path)


def test_the_files_and_every_number_side_by_side(other: str) -> None:
    found = json.loads(printed("compare", config("mazur"), other, "--format", "json"))
    keys = [(d["key"], d["one"], d["other"]) for d in found["differences"]]
    assert keys == [
        ("layers[1].activation", "sigmoid", "tanh"),
        ("layers[2].weights[1,1]", "0.40", "-0.4"),
    ]
    both = trace(config("mazur")), trace(other)
    for kind in ("values", "gradients"):
        rows: list[dict[str, Any]] = found[kind]
        names = {row["name"] for row in rows}
        assert {"values": "a2[1]", "gradients": "dW1[1,2]"}[kind] in names
        for row in rows:
            one, two = (float(each.value(row["name"])) for each in both)
            assert (row["one"], row["other"]) == (one, two)
            assert row["change"] == two - one
    largest: dict[str, float] = {}
    for row in found["gradients"]:
        largest.setdefault(row["name"].partition("[")[0], abs(row["change"]))
    assert list(largest.values()) == sorted(largest.values(), reverse=True)


def test_the_page_and_what_is_alike(other: str, tmp_path: Path) -> None:
    text = printed("compare", config("mazur"), other, width=120)
    assert "layers[1].activation     sigmoid" in text
    assert "2 → 2 tanh → 2 sigmoid" in text
    same = tmp_path / "same.yaml"
    same.write_text(MAZUR.replace("0.05", "0.050"), encoding="utf-8")
    text = printed("compare", config("mazur"), str(same))
    assert "nothing that changes a number" in text
    assert text.count("all the same") == 2


def test_other_shapes_layouts_and_no_numbers(tmp_path: Path) -> None:
    text = printed("compare", config("mazur"), config("xor_batch"))
    assert "note: of another shape: x (2 against 4 × 2)" in text
    assert "each with its most different entry" in text
    apart = printed("compare", config("scalar_rnn"), config("diamond"))
    assert apart.count("nothing has the same name and shape in both") == 2
    assert "all the same" not in apart
    turned = tmp_path / "turned.yaml"
    swapped = MAZUR.replace("[[0.15, 0.20], [0.25, 0.30]]", "[[0.15, 0.25], [0.20, 0.30]]")
    swapped = swapped.replace("[[0.40, 0.45], [0.50, 0.55]]", "[[0.40, 0.50], [0.45, 0.55]]")
    turned.write_text(swapped + "weights_layout: in_out\n", encoding="utf-8")
    assert printed("compare", config("mazur"), str(turned)).count("all the same") == 2
    blank = tmp_path / "blank.yaml"
    blank.write_text(
        MAZUR.replace("weights: [[0.40, 0.45], [0.50, 0.55]]", "units: 2"), encoding="utf-8"
    )
    assert "only the files are compared" in printed("compare", config("mazur"), str(blank))
    assert "twice" in refused("compare", config("mazur"), config("mazur"))


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("{a: 1}", "{a: 1.0}", []),
        ("{a: 1/2}", "{a: 0.5}", []),
        ("{a: [1, 2]}", "{a: [1, 3]}", [FileDifference("a[2]", "2", "3")]),
        ("{a: [1, 2]}", "{a: [1]}", [FileDifference("a", "[1, 2]", "[1]")]),
        ("{a: {type: x}}", "{a: x}", [FileDifference("a", "{type: x}", "x")]),
        ("{l: [{u: 1}]}", "{l: [{u: 1}, {u: 2}]}", [FileDifference("l[2]", "", "{u: 2}")]),
        ("{name: a}", "{name: b}", []),
        ("{l: [{name: a}]}", "{l: [{name: b}]}", [FileDifference("l[1].name", "a", "b")]),
    ],
)
def test_what_files_say_differently(one: str, other: str, found: list[FileDifference]) -> None:
    trees = (compose(Source("", text)) for text in (one, other))
    assert differing(*trees) == found


def test_files_of_many_keys_take_no_time() -> None:
    place = Place(1, 1)
    pairs = tuple((Scalar(f"n{i}", place), Scalar(str(i), place)) for i in range(20_000))
    before = time.process_time()
    found = differing(Mapping(pairs, place), Mapping(pairs[:-1], place))
    assert time.process_time() - before < 1
    assert found == [FileDifference("n19999", "19999", "")]


def test_a_change_shows_before_and_after() -> None:
    text = printed("trace", config("mazur"), "--set", "W2=[[0, 1], [2, 3]]", "--wrt", "W1[1,2]")
    assert "Before and after the change" in text
    changed = loads(MAZUR.replace("[[0.40, 0.45], [0.50, 0.55]]", "[[0, 1], [2, 3]]"))
    values = [float(trace(each).value("dW1[1,2]")) for each in (config("mazur"), changed)]
    row = next(line for line in text.splitlines() if line.strip().startswith("dW1[1,2]"))
    assert np.array(row.replace("−", "-").split()[2:4], dtype=float) == pytest.approx(
        values, rel=1e-3
    )
    assert "Before and after" not in printed("trace", config("mazur"))


@pytest.mark.parametrize("name", ["b1[1]=0", "b1=0", "b1=[0, 0]"])
def test_a_bias_may_be_set_whole(name: str) -> None:
    found = printed("trace", config("xor_batch"), "--set", name, "--format", "json")
    assert json.loads(found)["values"]["b1"][0] == 0


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    paths = [tmp_path / folder / "week" / "net.yaml" for folder in ("ada", "ben")]
    for path, rate in zip(paths, ("0.5", "0.25"), strict=True):
        path.parent.mkdir(parents=True)
        path.write_text(MAZUR.replace("learning_rate: 0.5", f"learning_rate: {rate}"), "utf-8")
    out = printed("compare", *map(str, paths))
    assert out.startswith("ada/week/net.yaml and ben/week/net.yaml\n")
    assert str(tmp_path) not in out
