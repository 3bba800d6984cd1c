"""The corpus: it knows every command, makes documents, and its readers find what is wrong."""

from __future__ import annotations

from pathlib import Path

from backprop_cli.registry import entry
from backprop_cli.render import formats

from ..commands.running import config, run
from . import latex
from .__main__ import READERS, read
from .documents import ASIDE, DRAWINGS, PAGES, commands, explained, prepare
from .networks import networks
from .records import Made

OTHERS = {"new", "schema"}
"""Commands that write a network, or a schema."""
ALIKE = {
    "what is read": "allow-outside set set-optimizer schedule set-schedule clip clip-norm freeze"
    " batch-size sample seed rules tolerance answer ask of optimizer jobs dtype shape activation"
    " loss batch allow-dead graph nodes layer",
    "how numbers are written": "digits round-forward round-backward",
    "less, or more, of the same": "full layer only show pass step",
    "letters and words": "notation no-names no-title heading-level",
    "where it goes": "format output embed force report part",
    "data, and no document": "per-sample",
}
"""Options by what they change, whose documents are made as without them."""
SAID_ELSEWHERE = {"terminal": "columns of a screen", "text": "columns of a screen"}
"""Formats that no reader of the corpus takes."""
TRIED = tuple(
    words
    for name in ("mazur", "multiply")
    for words in (*commands(config(name), Path("others")), *explained())
)


def test_every_command_that_prints_a_document_is_in_the_corpus() -> None:
    folder = Path(config("mazur")).parents[1] / "backprop_cli" / "commands"
    every = {path.stem for path in folder.glob("[a-z]*.py")}
    assert {words[0] for words in TRIED} | OTHERS == every
    assert len(networks()) > 30


def test_every_option_that_makes_another_document_is_in_the_corpus() -> None:
    every = {
        option
        for name in {words[0] for words in TRIED}
        for parameter in entry("backprop_cli.commands", name, "command").params
        for option in parameter.opts
        if option.startswith("--")
    }
    pages = [options for kinds in (PAGES, DRAWINGS) for options, _ in kinds.values()]
    tried = {word for words in (*TRIED, *pages, *ASIDE.values()) for word in words}
    alike = {f"--{option}" for options in ALIKE.values() for option in options.split()}
    assert every - tried - alike == set()
    assert alike <= every


def test_every_format_of_documents_has_a_reader() -> None:
    taken = {suffix for _, suffixes in PAGES.values() for suffix in suffixes}
    unread = {name for name, each in formats().items() if not taken & set(each.suffixes)}
    assert unread == set(SAID_ELSEWHERE)


def test_a_class_hands_in_what_is_right_wrong_missing_and_unreadable(tmp_path: Path) -> None:
    prepare(config("mazur"), tmp_path)
    told = run("check", config("mazur"), str(tmp_path / "class"), "--format", "json")
    for verdict in ("right", "follow-through", "wrong", "blank", "unreadable"):
        assert f'"{verdict}"' in told.out
    assert [path.name for path in tmp_path.glob("part-*.json")]
    assert (tmp_path / "before.json").exists()


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
    "jupyter": ("ipynb", "{}", False),
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
