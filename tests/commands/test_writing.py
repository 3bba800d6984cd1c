"""Files: in the format of their suffix, whole or not at all; and ``new`` and ``schema``."""

from __future__ import annotations

import json
from pathlib import Path
from unittest import mock

import pytest

from .running import ALL, CONFIGS, config, printed, refused

MAZUR = config("mazur")
START = {".md": "# Mazur", ".txt": "Mazur", ".json": "{", ".MD": "# Mazur"}


@pytest.mark.parametrize("suffix", START)
def test_the_suffix_picks_the_format(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{suffix}"
    assert printed("trace", MAZUR, "-o", str(path)) == ""
    assert path.read_text(encoding="utf-8").startswith(START[suffix])
    beside = (
        {f"out-picture-{number}.svg" for number in (1, 2)} if suffix.lower() == ".md" else set()
    )
    assert {each.name for each in tmp_path.iterdir()} == {path.name, *beside}


def test_format_overrides_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    printed("trace", MAZUR, "-o", str(path), "--format", "markdown")
    assert path.read_text(encoding="utf-8").startswith("# Mazur")


def test_a_format_makes_any_suffix_possible(tmp_path: Path) -> None:
    path = tmp_path / "out"
    printed("trace", MAZUR, "-o", str(path), "--format", "md")
    assert path.read_text(encoding="utf-8").startswith("# Mazur")


def test_a_dash_is_standard_output() -> None:
    assert printed("trace", MAZUR, "-o", "-") == printed("trace", MAZUR)


def test_a_file_is_unicode_wherever_the_screen_is_not(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    printed("trace", MAZUR, "-o", str(path), encoding="ascii")
    assert path.read_text(encoding="utf-8") == printed("trace", MAZUR)


def test_a_replaced_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "out.md"
    path.write_text("before", encoding="utf-8")
    path.chmod(0o640)
    printed("trace", MAZUR, "-o", str(path))
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.read_text(encoding="utf-8").startswith("# Mazur")


@pytest.mark.parametrize("step", ["replace", "chmod"])
def test_what_fails_leaves_the_old_file_as_it_was(step: str, tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("before", encoding="utf-8")
    with mock.patch.object(Path, step, side_effect=OSError(28, "No space left on device")):
        message = refused("trace", MAZUR, "-o", str(path))
    assert "No space left on device" in message
    assert path.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ALL)
def test_new_gives_an_example_as_it_is(name: str) -> None:
    text = (CONFIGS / f"{name}.yaml").read_text(encoding="utf-8")
    assert printed("new", name) == text
    assert printed("new", f"{name}.yaml") == text


def test_new_lists_every_example_with_its_title() -> None:
    lines = [line for line in printed("new").splitlines() if not line.startswith(" ")]
    assert [line.split()[0] for line in lines] == list(ALL)
    assert all(len(line.split(maxsplit=1)) == 2 for line in lines)


def test_schema_is_json_and_says_which_draft(tmp_path: Path) -> None:
    text = printed("schema")
    assert "2020-12" in json.loads(text)["$schema"]
    path = tmp_path / "backprop.schema.json"
    printed("schema", "-o", str(path))
    assert path.read_text(encoding="utf-8") == text
