"""HTML: MathML of each kind of node, pages that need nothing else and cannot be broken into."""

from __future__ import annotations

import re
from contextlib import suppress
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from backprop_cli.notation import profile
from backprop_cli.notation.bound import bound
from backprop_cli.printing.settings import Settings

from ..commands.running import EXAMPLES, config, printed, run
from ..page.readers import mathml
from ..page.readers.grammar import MisreadError
from ..pairing import has_turn
from .browser import CHROMIUM, browser
from .documents import Case, cases_of
from .hostile import WORDS, hostile_document
from .kinds import KINDS, drawn, every_kind
from .latex_check import check

HOSTILE = Case("hostile", hostile_document, bound(profile("standard")), Settings())
VOID = {"meta", "br", "wbr"}
SHAPES = {"path", "rect", "circle", "polyline"}
"""What a picture is drawn of, in tags that close themselves."""


class Page(HTMLParser):
    """Reads a page: its elements balanced, its ids, its text, and what it would load or run."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "img", "iframe", "object", "embed", "a", "form")
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert name not in ("src", "href", "style"), name
            if name == "id":
                assert value
                self.ids.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag == "mspace" or (tag in SHAPES and "svg" in self.open)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)


def test_every_kind_of_node_is_well_formed() -> None:
    assert set(KINDS) == every_kind()
    for markup in drawn("html").values():
        assert mathml.read(markup)


def test_gradients_and_values_are_told_apart() -> None:
    markup = drawn("html")
    assert '<mrow class="gradient"><mfrac>' in markup["Mul"]
    assert '<mrow class="value"><mo form="prefix">−</mo>' in markup["Known"]
    assert "class" not in markup["Quantity"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_page_of_an_example_is_whole_and_by_itself(name: str) -> None:
    for turn, case in enumerate(cases_of(name), len(name)):
        if has_turn(turn, 6):
            check_page(case.rendered("html"))


def test_a_page_of_hostile_words_is_whole_and_by_itself() -> None:
    check_page(HOSTILE.rendered("html"))


def check_page(text: str) -> None:
    """Check that nothing of a page is fetched from elsewhere, broken or there twice."""
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", found) for found in page.ids)
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert 'name="viewport"' in text
    assert "<title></title>" not in text
    piece = ""
    for formula in re.findall(r"<math.*?</math>", text, re.DOTALL):
        assert ' alttext="' in formula.partition(">")[0], formula
        piece += formula
        with suppress(MisreadError):
            assert mathml.read(piece)
            piece = ""
    assert not piece, "a formula's last line closes what its first ones opened"


def test_each_formula_has_its_latex_and_pieces_make_the_whole() -> None:
    """What ``alttext`` says, piece after piece, is what the LaTeX page prints."""
    mazur = next(case for case in cases_of("mazur") if case.name.endswith("trace"))
    text = mazur.rendered("html")
    found = [unescape(said) for said in re.findall(r'<math[^>]* alttext="([^"]*)"', text)]
    assert len(found) > 100
    for said in found:
        check(said.replace(r"\left", "").replace(r"\right", ""))
    together = re.sub(r"\s", "", " ".join(found))
    latex = mazur.rendered("latex")
    lines = re.findall(r"(?m)^  (.*?)(?: &&.*| \\\\.*)?$", latex)
    lines = [line for line in lines if "&=" in line and "bmatrix" not in line]
    wanted = [re.sub(r"[\s&]", "", line) for line in lines]
    assert len(wanted) > 15
    assert all(line in together for line in wanted)


def test_what_is_wide_is_printed_whole() -> None:
    page = HOSTILE.rendered("html")
    screen, paper = page.split("@media print")
    for selector in re.findall(r"(?m)^(\.picture\S* svg) \{ m(?:in|ax)-width", screen):
        assert re.search(rf"{re.escape(selector)}[ ,]", paper), selector


def test_reasons_are_printed_and_on_slides_open() -> None:
    call = ("derive", config("mazur"), "--why", "--wrt", "b2", "--format", "html")
    page, slides = printed(*call), printed(*call, "--slides")
    assert page.count("<details><summary>Why?") == slides.count("<details open><summary>Why?") > 2
    assert "details::details-content" in page.split("@media print")[1]


_SET = """(() => {
  const box = (part) => part.getBoundingClientRect();
  const wrong = [];
  for (const forms of document.querySelectorAll(".forms")) {
    const parts = [...forms.querySelectorAll(".form")];
    const room = forms.clientWidth;
    if (forms.scrollWidth > room + 1 && parts.every((part) =>
      [...part.querySelectorAll("math")].every((math) => box(math).width < room)))
      wrong.push(["wide", forms.textContent]);
    const signs = parts.map((part) => box(part.querySelector("mo")));
    parts.slice(1).forEach((part, number) => {
      const [before, now] = [parts[number], part].map(box);
      const [first, sign] = [signs[0], signs[number + 1]];
      if (now.top < before.bottom && now.left < before.right - 40)
        wrong.push(["touch", part.textContent]);
      const begins = sign.left - first.left;
      if (now.top > before.top && now.left < before.right && Math.abs(begins) > 1 && begins < 20)
        wrong.push(["askew", part.textContent, begins]);
      const last = box([...parts[number].querySelectorAll("math")].at(-1)).right;
      if (sign.left > last && sign.left - last < 4) wrong.push(["near", part.textContent]);
    });
  }
  return [document.querySelectorAll(".run").length, wrong];
})()"""


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_formulas_wrap_on_a_telephone_with_their_signs_below_each_other(tmp_path: Path) -> None:
    """None but a fraction or a matrix is wider than the page; lines stand apart, signs in line."""
    path = tmp_path / "page.html"
    assert run("trace", config("xor_batch"), "-o", str(path)).code == 0
    with browser(1280, 800) as page:
        for width in (1280, 390):
            page.call(
                "Emulation.setDeviceMetricsOverride",
                width=width,
                height=800,
                deviceScaleFactor=1,
                mobile=False,
            )
            page.open(path, scripts=False)
            page.call("Emulation.setScriptExecutionDisabled", value=False)
            runs, wrong = page.value(_SET)
            assert runs > 4
            assert not wrong, wrong[:3]


def test_hostile_words_are_read_as_they_are() -> None:
    page = Page(HOSTILE.rendered("html"))
    text = "".join(page.words)
    for word in WORDS:
        plain = word.replace("\n", r"\n").replace("\t", r"\t").replace("\x1b", r"\x1b")
        assert plain in text, word


def test_decimal_points_stand_in_line() -> None:
    """What is hidden behind a number makes up for the digits that it has not."""
    mazur = next(case for case in cases_of("mazur") if "trace" in case.name)
    text = mazur.rendered("html")
    summary = text.partition('id="summary"')[2]
    rows = re.findall(r"<tr>(.*?)</tr>", summary, re.DOTALL)[1:]
    shown = [ElementTree.fromstring(f"<tr>{row}</tr>")[-1] for row in rows]
    tails = {len("".join(cell.itertext()).partition(".")[2]) for cell in shown}
    assert len(rows) == 10
    assert len(tails) == 1
