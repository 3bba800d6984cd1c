"""The corpus: it knows every command, makes documents, and its readers find what is wrong."""

from __future__ import annotations

from pathlib import Path

from ..commands.running import config
from . import latex
from .__main__ import READERS, read
from .documents import commands, explained
from .networks import networks
from .records import Made

OTHERS = {"exercise", "merge", "new", "schema"}
"""Commands that write a network, a schema or other commands' documents."""


def test_every_command_that_prints_a_document_is_in_the_corpus(tmp_path: Path) -> None:
    folder = Path(config("mazur")).parents[1] / "backprop_cli" / "commands"
    every = {path.stem for path in folder.glob("[a-z]*.py")}
    tried = {words[0] for words in (*commands(config("mazur"), tmp_path), *explained())}
    assert tried | OTHERS == every
    assert len(networks()) > 30


def test_a_small_document_is_read_by_what_is_fast() -> None:
    here = [name for name in ("dot", "typst 80mm", "resvg") if not READERS[name].lacks()]
    rows = list(read("multiply", here, "diagram"))
    assert [row.reader for row in rows] == ["made", *here]
    for row in rows:
        assert row.faults == ()
        assert row.counts[0] > 1 or row.reader == "typst 80mm"


PLANTED = {
    "dot": ("gv", "digraph { a -> }", False),
    "resvg": ("svg", "<svg", False),
    "typst 80mm": ("typ", "#box(width: 110mm, height: 1mm, fill: black)", True),
}
"""What each of the fast ones must find: a file, and whether it is too wide."""


def test_what_is_too_wide_or_refused_is_found(tmp_path: Path) -> None:
    for name, (suffix, text, wide) in PLANTED.items():
        reader, path = READERS[name], tmp_path / f"wrong.{suffix}"
        path.write_text(text, encoding="utf-8")
        document = Made(name, (), {reader.takes: (path,)})
        found = [] if reader.lacks() else reader.read([document], tmp_path)
        assert reader.lacks() or [fault.overflow for fault in found] == [wide], name
    log = "IN one\nOverfull \\hbox (0.4pt too wide)\nOverfull \\hbox (0.6pt too wide)\nIN two\n! No"
    told = [(fault.document, fault.overflow) for fault in latex.faults_of(log, "article")]
    assert told == [("one", True), ("two", False)]
