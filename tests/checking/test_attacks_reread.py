"""What this program writes and reads again, changed by a stranger in between: parts and reports."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..commands.running import config, refused, run
from ..fuzzing.outcomes import outcome
from .test_attacks_files import EVERY, canary, harmless

__all__ = ["canary"]
MAZUR = config("mazur")
ODD: tuple[Any, ...] = (*EVERY, None, True, -1, 10**400, 1e308, [], {}, [[]], ["x"] * 9, "0", "")
"""What may stand where another value stood."""


def places(tree: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each part of what JSON holds, of a list to its first entry."""
    yield way
    for key in tree if isinstance(tree, dict) else range(isinstance(tree, list) and tree != []):
        yield from places(tree[key], (*way, key))


def changed(tree: Any, way: tuple[Any, ...], new: Any) -> str:
    """Return the tree as JSON, with another part there."""
    copy = {"": json.loads(json.dumps(tree))}
    at: Any = copy
    *above, last = ("", *way)
    for key in above:
        at = at[key]
    at[last] = new
    return json.dumps(copy[""])


def test_parts_of_a_sweep(canary: Path) -> None:
    """Each attack in one place of a part, and in each place some of them."""
    for i in (1, 2):
        over = ("--over", "W1[1,1]=0:1:4", "--part", f"{i}/2", "-o", f"{i}.json")
        assert run("sweep", MAZUR, *over, "--allow-outside").code == 0
    part = json.loads(Path("1.json").read_text(encoding="utf-8"))
    every = list(places(part))
    for i, new in enumerate((*ODD[::8], *ODD[-12:], 2.5)):
        text = changed(part, every[i % len(every)], new).replace(str(MAZUR), "FOLDER/net.yaml")
        text = changed(part, ("axes", 0, "values", 0), 2.5) if new == 2.5 else text
        files = {"1.json": text, "2.json": Path("2.json").read_text(encoding="utf-8")}
        came = outcome(["merge", "FOLDER/1.json", "FOLDER/2.json"], "", files)
        assert (came.fault, came.detail) == ("", ""), text
        harmless(came.refused, canary)


def test_reports_of_an_earlier_run(canary: Path) -> None:
    Path("ada.yaml").write_text("answers: {z1: [0.3775, 1], loss: 1}", encoding="utf-8")
    sheet = ("check", MAZUR, "ada.yaml")
    run(*sheet, "--report", "m.json")
    report = json.loads(Path("m.json").read_text(encoding="utf-8"))
    every = list(places(report))
    for i, new in enumerate((*ODD[1::8], 10**400)):
        Path("old.json").write_text(changed(report, every[i % len(every)], new), encoding="utf-8")
        done = run(*sheet, "--compare", "old.json", "--format", ("text", "html")[i % 2])
        assert done.code in (1, 2), (done.err, every[i % len(every)], new)
        harmless(done.out + done.err, canary)


def test_a_report_may_be_larger_than_a_network(canary: Path) -> None:
    Path("ada.yaml").write_text("answers: {loss: 1}", encoding="utf-8")
    run("check", MAZUR, "ada.yaml", "--report", "m.json")
    report = Path("m.json").read_text(encoding="utf-8")
    Path("m.json").write_text(report + " " * 9 * 2**20, encoding="utf-8")
    assert run("check", MAZUR, "ada.yaml", "--compare", "m.json").code == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files")
@pytest.mark.parametrize(
    "words",
    [
        ("trace", "pipe.yaml"),
        ("merge", "pipe.yaml"),
        ("compare", MAZUR, "pipe.yaml"),
        ("check", MAZUR, MAZUR, "--compare", "pipe.yaml"),
        ("check", MAZUR, MAZUR, "--rules", "pipe.yaml"),
        ("trace", MAZUR, "-o", "pipe.yaml", "--format", "text"),
    ],
    ids=lambda words: " ".join(words[:1] + words[2:]),
)
def test_a_pipe_is_not_waited_for(canary: Path, words: tuple[str, ...]) -> None:
    os.mkfifo("pipe.yaml")
    signal.alarm(20)
    try:
        assert "not a regular file" in refused(*words)
    finally:
        signal.alarm(0)


def test_a_language_is_no_file(canary: Path) -> None:
    for name in ("../de", "/etc/passwd", "de.po", "DE\0", *EVERY[::9]):
        harmless(refused("trace", MAZUR, "--language", name), canary)


@pytest.mark.parametrize("suffix", ["html", "tex"])
def test_files_told_to_students(canary: Path, suffix: str) -> None:
    """Names and answers of strangers in a file each: within the folder, and nothing done there."""
    Path("sheets").mkdir()
    for i, text in enumerate(EVERY):
        sheet = {"student": text, "answers": {"z1[1]": text, text: 1}}
        if i % 2 == ("html", "tex").index(suffix) and i % 5:
            Path(f"sheets/{i}.json").write_text(json.dumps(sheet), encoding="utf-8")
    told = ("--feedback", "full", "--feedback-dir", "told", "--feedback-format", suffix)
    harmless(run("check", MAZUR, "sheets", *told).err, canary)
    pages = [path.read_text(encoding="utf-8") for path in Path("told").iterdir()]
    assert len(pages) >= len(EVERY) // 3
    assert {path.name for path in Path().iterdir()} == {"canary", "sheets", "told"}
    for page in pages:
        harmless(page.replace("root:", ""), canary)
        assert suffix != "html" or "<script>alert" not in page
        assert suffix != "tex" or "\\input{/etc" not in page
