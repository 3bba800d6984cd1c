"""A network file written anew: numbers in place, everything else as it was, loadable again."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_cli.files import state_file
from backprop_cli.files.network import parse_network, read_network
from backprop_cli.files.state_file import MOST_INLINE, new_file
from backprop_cli.problems import Refusal, Source
from backprop_cli.spec.numbers import number_float
from backprop_cli.spec.rewriting import WrittenValue, number_text, rewritten

from ..descending import of_spec

BODY = "input: [1, 2]\ntarget: [3]\nloss: squared_error\nlearning_rate: 0.1\n"


def written(text: str, path: Path, **options: Any) -> str:
    """Return the file after a step; what it says when read again has been compared."""
    spec = parse_network(Source(str(path), text))
    found = of_spec(spec, **options)
    found.step()
    return new_file(spec, found, path.parent / "new.yaml").text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_as_what_it_was(value: float) -> None:
    text = number_text(value)
    assert number_float(text) == value
    assert not text.startswith("-0") or value != 0


def test_only_the_numbers_change(tmp_path: Path) -> None:
    text = f"""\
# a comment at the top
{BODY}layers:
  # the only layer
  - weights: [[0.5,   # first
               0.25]] # second
    name: out         # keys in this order
    bias: 0           # a number for every unit
"""
    new = written(text, tmp_path / "net.yaml")
    assert [line.partition("#")[2] for line in new.splitlines()] == [
        line.partition("#")[2] for line in text.splitlines()
    ]
    kept = text.splitlines()
    changed = [old for old, now in zip(kept, new.splitlines(), strict=True) if old != now]
    assert len(changed) == 3


@pytest.mark.parametrize(
    "layer",
    [
        "{weights: {init: uniform}, bias: {init: zeros}, units: 1}",
        "{weights: [[1/3, sqrt(2)/2]], bias: 1e-3}",
        "{units: 1, weights: [['0.5', \"0.25\"]], shared_bias: 0.5}",
        "{weights: [[0.5, 0.25]], bias: [0.5]}",
        "{weights: [[0.5, 0.25]], bias: none}",
        "\n      weights:\n        - [0.5, 0.25]\n      bias:\n        - 0.5",
        "\n      weights:\n        -\n          - 0.5\n          - 0.25\n      bias: {init: ones}",
    ],
)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("ending", ["\n", "", "\n\n# the end\n"])
def test_what_it_came_from_does_not_matter(
    layer: str, optimizer: str, ending: str, tmp_path: Path
) -> None:
    text = f"{BODY}layers:\n    - {layer}{ending}"
    new = written(text, tmp_path / "net.yaml", optimizer=optimizer)
    again = of_spec(parse_network(Source(str(tmp_path / "new.yaml"), new)))
    assert again.plan.optimizer.name == optimizer
    assert again.steps == (1 if optimizer == "adam" else 0)


def test_a_file_written_as_json_stays_json(tmp_path: Path) -> None:
    text = (
        '{"input": [1, 2], "target": [1], "loss": "squared_error",\n'
        ' "layers": [{"weights": [[0.5, 0.25]], "bias": [0]}]}\n'
    )
    new = written(text, tmp_path / "net.yaml", rate="0.1")
    import json

    assert json.loads(new)["learning_rate"] == 0.1


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    text = f"{BODY}layers: [{{weights: [[0.5, 0.25]], bias: [0]}}]\n".replace("\n", "\r\n")
    new = written(text, tmp_path / "net.yaml", optimizer="adam")
    assert new.count("\n") == new.count("\r\n")


def test_an_alias_gets_its_own_numbers(tmp_path: Path) -> None:
    text = (
        "input: [1, 2]\ntarget: [1, 0]\nloss: squared_error\nlearning_rate: 0.1\n"
        "layers:\n  - weights: &w [[0.5, 0.25], [1, 2]]\n    bias: &b [0, 0]\n"
        "  - weights: *w\n    bias: *b\n"
    )
    new = written(text, tmp_path / "net.yaml")
    assert "*w" not in new


def test_what_an_alias_makes_impossible_is_refused(tmp_path: Path) -> None:
    text = (
        "input: &x [1, 2]\ntarget: [1]\nloss: squared_error\nlearning_rate: 0.1\n"
        "layers:\n  - &l {units: 2, weights: [[0.5, 0.25], [1, 2]], bias: [0, 0]}\n  - *l\n"
        "  - {weights: [[1, 2]], bias: none}\n"
    )
    with pytest.raises(Refusal, match=r"cannot be put(.|\n)*alias"):
        written(text, tmp_path / "net.yaml")


def test_an_alias_is_blamed_only_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A parameter that stands under no key of the file's is another reason."""
    monkeypatch.setattr(state_file, "_where", lambda *_: (("layers", 0, "gains"), ()))
    for text, blamed in (
        (f"{BODY}layers: [{{weights: [[0.5, 0.25]], bias: [0]}}]\n", False),
        (f"{BODY}layers: [{{weights: [[&w 0.5, *w]], bias: [0]}}]\n", True),
    ):
        with pytest.raises(Refusal, match="cannot be put") as refused:
            written(text, tmp_path / "net.yaml")
        assert ("an alias (*name)" in str(refused.value)) is blamed


def test_data_files_are_found_from_the_new_place(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "old" / "d.csv").write_text("a,b,c\n1,2,3\n4,5,6\n", encoding="utf-8")
    path = tmp_path / "old" / "net.yaml"
    path.write_text(
        "input: {file: d.csv, columns: [a, b]}\ntarget: {file: d.csv, columns: [c]}\n"
        "loss: huber\nlearning_rate: 0.1\nlayers: [{weights: [[0.5, 0.25]], bias: none}]\n",
        encoding="utf-8",
    )
    spec = read_network(str(path))
    found = of_spec(spec)
    found.step()
    text = new_file(spec, found, tmp_path / "other" / "new.yaml").text
    assert text.count("../old/d.csv") == 2


def test_many_numbers_go_to_a_file_beside(tmp_path: Path) -> None:
    units = MOST_INLINE // 2 + 1
    text = f"{BODY}layers:\n  - units: {units}\n    weights: {{init: normal}}\n    bias: 0\n"
    text += "  - {units: 1, weights: {init: zeros}, bias: none}\n"
    spec = parse_network(Source(str(tmp_path / "net.yaml"), text))
    found = of_spec(spec, optimizer="adam")
    found.step()
    made = new_file(spec, found, tmp_path / "new.yaml")
    assert made.beside == "new.npz"
    assert set(made.arrays) == {"W1", "m.W1", "v.W1"}
    np.savez(tmp_path / "new.npz", **{str(k): a for k, a in made.arrays.items()})  # type: ignore[arg-type]
    assert new_file(spec, found, tmp_path / "new.yaml").beside == "new-new.npz"
    (tmp_path / "new.yaml").write_text(made.text, encoding="utf-8")
    assert new_file(spec, found, tmp_path / "new.yaml").beside == "new.npz"
    again = of_spec(parse_network(Source(str(tmp_path / "new.yaml"), made.text)))
    found.step()
    again.step()
    assert np.array_equal(again.work.theta, found.work.theta)


def test_another_optimizer_replaces_what_was_kept(tmp_path: Path) -> None:
    text = f"{BODY}optimizer:\n  type: adam # once\n  beta1: 0.8\n"
    text += "layers: [{weights: [[1, 2]], bias: 0}]\n"
    first = written(text, tmp_path / "net.yaml")
    assert "beta1: 0.8" in first
    assert "# once" in first
    second = written(first, tmp_path / "net.yaml", optimizer="momentum")
    spec = parse_network(Source("net.yaml", second))
    assert spec.optimizer is not None
    assert (spec.optimizer.type, set(spec.optimizer.state)) == ("momentum", {"v"})
    assert "beta1" not in second


def test_a_written_number_that_says_the_same_stays() -> None:
    source = Source("net.yaml", "learning_rate: 1/2   # half\n")
    assert rewritten(source, {"learning_rate": WrittenValue("0.5")}) == source.text
    assert math.isclose(number_float("1/2"), 0.5)
