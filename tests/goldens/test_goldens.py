"""Every output is what was read and accepted; ``python -m tests.goldens.corpus`` accepts anew.

A golden shows that something changed, not that it is true: the numbers have their oracles in the
tests of the passes and of the worked steps.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ..commands.running import NAMES, config, printed
from ..pairing import has_turn
from .corpus import FOLDER, WIDTH, Golden, corpus

CORPUS = corpus()
LARGEST = 1_700_000
ROUNDING = re.compile(r"\d\.\d(e-1[5-9]|\s*\\cdot 10\^\{-1[5-9]\})")
AGREED = re.compile(r"agree(\s+exactly|:\s+they\s+differ\s+by\s+at\s+most\s+\$?…\$?)")
"""Two ways to one number differ by a rounding or not at all: processors and numpy's versions do."""
"""A difference that is rounding alone, whose size is the processor's."""


@pytest.mark.parametrize("golden", CORPUS, ids=[golden.path for golden in CORPUS])
def test_as_it_was_accepted(golden: Golden) -> None:
    assert golden.file.is_file(), "python -m tests.goldens.corpus"
    found, wanted = golden.output(), golden.file.read_text(encoding="utf-8")
    if golden.file.suffix == ".json":
        agrees(json.loads(found), json.loads(wanted))
    else:
        assert settled(found) == settled(wanted)


def settled(text: str) -> str:
    """Return the text without what the last digit of a float decides."""
    return AGREED.sub("agree", ROUNDING.sub("…", text))


def agrees(found: Any, wanted: Any) -> None:
    """Check two JSON values, floats to twelve digits: processors differ in the last ones."""
    assert type(found) is type(wanted)
    if isinstance(wanted, dict):
        assert list(found) == list(wanted)
        for key, value in wanted.items():
            agrees(found[key], value)
    elif isinstance(wanted, list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            agrees(one, other)
    elif isinstance(wanted, float):
        assert found == pytest.approx(wanted, rel=1e-12, abs=1e-15)
    elif isinstance(wanted, str):
        assert settled(found) == settled(wanted)
    else:
        assert found == wanted


def test_no_file_is_left_over() -> None:
    kept = {path for path in FOLDER.rglob("*") if path.is_file()}
    assert kept == {golden.file for golden in CORPUS}


def test_the_corpus_stays_small() -> None:
    assert sum(golden.file.stat().st_size for golden in CORPUS) < LARGEST


@pytest.mark.parametrize("name", NAMES)
def test_the_terminals_lines_are_those_of_the_text(name: str) -> None:
    text = (FOLDER / name / "trace.txt").read_text(encoding="utf-8")
    shown = printed("trace", config(name), "--format", "terminal", width=WIDTH)
    assert settled(shown) == settled(text)


@pytest.mark.parametrize("name", NAMES)
def test_written_to_a_file_as_it_is_printed(name: str, tmp_path: Path) -> None:
    """In one format after another; but for pictures, which Markdown has beside its file."""
    for turn, suffix in enumerate(("txt", "md", "json"), NAMES.index(name)):
        if not has_turn(turn):
            continue
        target = tmp_path / f"out.{suffix}"
        assert printed("trace", config(name), "-o", str(target), width=WIDTH) == ""
        text = printed("trace", config(name), "--format", suffix, width=WIDTH)
        written = target.read_bytes().decode()
        assert re.sub(r"!\[.*\]\(.*\)\n\n", "", written) == text
