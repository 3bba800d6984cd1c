"""Pictures in HTML pages: which, where, of what; other formats leave them out."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from backprop_cli.api import loads, trace
from backprop_cli.notation import profile
from backprop_cli.passes.run import run
from backprop_cli.printing.page import Page
from backprop_cli.printing.settings import Settings
from backprop_cli.worked.document import Block, Document, Picture, Section, Text
from backprop_cli.worked.graphs.pages import MOST_NODES
from backprop_cli.worked.trace.trace_document import trace_document
from backprop_cli.worked.view import View

from ..commands.running import config, printed, refused
from ..diagrams.pictures import SVG, words_of
from ..texts import texts


def pictures(text: str) -> list[ElementTree.Element]:
    """Return the pictures of a page."""
    return [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL)]


def html(*arguments: str) -> str:
    return printed(*arguments, "--format", "html")


def test_each_pass_is_drawn_where_it_begins() -> None:
    text = html("trace", config("mazur"))
    forward, backward = pictures(text)
    assert "a11 = 0.5933" in words_of(forward)
    assert "δ11 = 0.0088" in words_of(backward)
    assert not any("δ" in words for words in words_of(forward))
    assert "a11 = 0.5933" not in words_of(backward)
    first, second = (match.start() for match in re.finditer("<svg", text))
    assert text.index('id="forward-1"') < first < text.index('id="forward-2"')
    assert text.index('id="loss"') < text.index('id="backward-2"') < second
    assert second < text.index('id="backward-1"')


def test_the_backward_pass_is_drawn_where_errors_begin() -> None:
    text = html("derive", config("mazur"), "--numbers", "--style", "components")
    _, second = (match.start() for match in re.finditer("<svg", text))
    assert text.index('id="forward"') < text.index('id="errors"') < second
    assert second < text.index('id="gradients"')


def test_a_graph_is_drawn_too() -> None:
    forward, backward = pictures(html("trace", config("diamond")))
    assert {"5", "6", "o = 15"} <= set(words_of(forward))
    assert {"∂o/∂a = 10.5", "∂o/∂b = 8", "7.5", "2.5"} <= set(words_of(backward))


def test_a_weight_asked_for_has_its_way_drawn() -> None:
    text = html("trace", config("mazur"), "--wrt", "W1[1,2]", "--wrt", "delta1")
    (way,) = pictures(text)
    assert "∂C/∂w112 = 8.7714·10−4" in words_of(way)
    assert not any("w111" in words for words in words_of(way))
    (other,) = pictures(html("derive", config("mazur"), "--wrt", "W2[1,2]"))
    assert "w212" in words_of(other)


def test_symbols_where_there_are_no_numbers() -> None:
    forward, backward = pictures(html("derive", config("symbolic_2443"), "--notation", "standard"))
    assert "w111" in words_of(forward)
    assert "∂C/∂w111" in words_of(backward)
    assert not any("=" in words and "F(" not in words for words in words_of(backward))


def test_the_sample_and_the_notation_asked_for() -> None:
    forward, _ = pictures(html("trace", config("xor_batch"), "--sample", "3"))
    assert "Sample 3 of 4." in words_of(forward)
    forward, *_ = pictures(html("trace", config("mazur"), "--notation", "mazur", "--digits", "6"))
    assert "neth1 = 0.3775" in words_of(forward)
    assert "outh1 = 0.593270" in words_of(forward)


def test_what_cannot_be_read_is_not_drawn() -> None:
    lines = "\n".join(f"  n{i}: n{i - 1} + x" for i in range(1, MOST_NODES + 2))
    graph = loads(f"variables: {{x: 1, n0: 2}}\ngraph:\n{lines}\n")
    assert not pictures(trace(graph).render("html"))
    layers = "".join("  - {weights: [[1]], bias: none}\n" for _ in range(14))
    deep = loads(f"input: [1]\ntarget: [1]\nloss: squared_error\nlayers:\n{layers}")
    assert not pictures(trace(deep).render("html"))


def test_a_wide_network_is_drawn_with_units_left_out() -> None:
    wide = loads(
        "input: [1, 2]\ntarget: [1]\nloss: squared_error\nlayers:\n"
        "  - {units: 40, weights: {init: ones}, bias: none}\n"
        "  - {units: 1, weights: {init: ones}, bias: none}\n"
    )
    forward, backward = pictures(trace(wide).render("html"))
    for picture in (forward, backward):
        assert any(words.startswith("Left out: 35 of the 40 units") for words in words_of(picture))


def test_ids_of_a_page_are_its_own() -> None:
    text = html("trace", config("residual"))
    ids = re.findall(r' id="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    for used in re.findall(r"url\(#([^)]*)\)|aria-labelledby=\"([^\"]*)\"", text):
        for name in " ".join(used).split():
            assert name in ids


def without(part: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the blocks without pictures."""
    return tuple(
        Section(b.id, b.title, without(b.blocks), b.level) if isinstance(b, Section) else b
        for b in part
        if not isinstance(b, Picture)
    )


PLACE = re.compile(r"!\[([^\]]*)\]\(([^)]*)\)")


def test_markdown_has_its_pictures_beside_it_or_within(tmp_path: Path) -> None:
    page = tmp_path / "my notes.md"
    step = ("step", config("mazur"), "--lr", "0.5", "--steps", "4")
    for command in (("trace", config("mazur")), ("derive", config("diamond"))):
        assert not printed(*command, "-o", str(page))
        beside = PLACE.findall(page.read_text(encoding="utf-8"))
        assert len(beside) == 2
        for said, place in beside:
            assert said
            svg = (tmp_path / unquote(place)).read_text(encoding="utf-8")
            assert ElementTree.fromstring(svg).tag == f"{SVG}svg"
        assert "![" not in printed(*command, "--format", "markdown")
    commands: tuple[tuple[str, ...], ...] = (("trace", config("mazur")), step)
    for each in commands:
        within = PLACE.findall(printed(*each, "--format", "md", "--embed"))
        for _, place in within:
            _, data = place.split("base64,")
            assert b64decode(data).startswith(b"<svg")
        assert within
    assert "--embed belongs to markdown and quarto" in refused(*step, "--embed")


def test_latex_and_typst_have_their_pictures_within() -> None:
    for command in (("trace", config("mazur")), ("step", config("mazur"), "--lr", "1")):
        latex = printed(*command, "--steps", *("4",) * (command[0] == "step"), "--format", "latex")
        assert latex.isascii()
        assert latex.startswith("% needs \\usepackage{amsmath,amssymb,tikz} and \\usetikzlib")
        assert latex.count("\\begin{tikzpicture}") == (5 if command[0] == "trace" else 1)
    assert "tikz" not in printed("describe", config("mazur"), "--format", "latex")


@pytest.mark.parametrize("name", [name for name in texts() if name != "html"])
def test_other_formats_are_as_if_there_were_none(name: str, tmp_path: Path) -> None:
    graph = loads(Path(config("mazur")).read_text(encoding="utf-8"))
    document = trace_document(run(graph), View())
    bare = Document(document.title, without(document.blocks))
    assert bare.blocks != document.blocks
    page = Page()
    entry = texts()[name]
    printer = entry.printer(profile("standard"), Settings(), page)
    assert entry.render(document, printer, page) == entry.render(bare, printer, page)


def test_a_picture_at_the_start_takes_no_line_of_a_text() -> None:
    graph = loads(Path(config("mazur")).read_text(encoding="utf-8"))
    picture = Picture(run(graph), "forward")
    document = Document("t", (Section("a", (Text("A"),), (picture,)), picture))
    page = Page()
    entry = texts()["text"]
    printer = entry.printer(profile("standard"), Settings(), page)
    assert entry.render(document, printer, page).count("\n") == 3


@pytest.mark.parametrize("name", ["skip_gram", "image"])
def test_who_cannot_see_a_picture_is_told_what_is_left_out(name: str) -> None:
    page = printed("trace", config(name), "--format", "html")
    told = " ".join(re.findall(r"<desc[^>]*>(.*?)</desc>", page))
    drawn = re.sub(r"<[^>]*>", " ", page)
    for note in ("Left out: 3 of the 8 units", "A dot: the largest of a window", "Part 1 of 2."):
        assert (note in told) == (note in drawn), note
    assert re.search("Left out|A dot", told)
