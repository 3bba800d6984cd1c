"""Lectures: everything of a document on slides, uncovered a step at a time."""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..commands.running import config, printed, run
from ..typesetting import needs_latex, opened, typeset
from .browser import CHROMIUM, Browser, browser
from .latex_check import check

LECTURES = (
    ("trace", "mazur", "--only", "backward"),
    ("derive", "softmax_relu", "--numbers", "--style", "matrix", "--wrt", "W1"),
    ("trace", "image", "--only", "backward", "--layer", "1"),
)
"""Worked tables, matrices, and grids with tables as wide as there are: each as short as may be."""


@needs_latex
def test_beamer_holds_every_slide(tmp_path: Path) -> None:
    """One run for all lectures: no error, nothing beyond a slide's sides, nothing below it."""
    bodies = []
    for command, name, *options in LECTURES:
        page = printed(command, config(name), *options, "--slides", "--format", "latex")
        check(page)
        start, text = opened(page)
        # A frame that began with braces would have them for its subtitle.
        assert not re.findall(r"(?m)^\\begin\{frame\}(?!\[t\]\{.*\}\{\}$)", text)
        bodies.append((name, text))
    assert sum(text.count("\\pause") for _, text in bodies) > 20
    typeset(start, bodies, tmp_path)


def test_slides_leave_nothing_out() -> None:
    """Every number and every equation of the page is on a slide."""
    for command, name, *options in LECTURES:
        call = (command, config(name), *options, "--format", "html")
        page, slides = printed(*call), printed(*call, "--slides")
        for found in (r"<td\b", '<div class="target"', "<aside>", "<table"):
            assert len(re.findall(found, slides)) == len(re.findall(found, page)), found
        # A picture may be in fewer parts, or more, than in the room of a page.
        assert ("<svg" in slides) == ("<svg" in page)


@pytest.mark.parametrize("format_name", ["latex", "html"])
def test_each_picture_begins_what_it_shows(format_name: str) -> None:
    """What is given comes after the forward pass, at once, and before the gradients."""
    call = ("derive", config("xor_batch"), "--numbers", "--slides", "--format", format_name)
    page = printed(*call)
    shown = r"\{Given\}|>Given<|\{Layer 2|>Layer 2|\\begin\{tikzpicture\}|<svg"
    kinds = [re.sub(r"[^a-z]|begin", "", found.lower()) for found in re.findall(shown, page)]
    order = [kind for kind, _ in itertools.groupby(kinds)]
    picture = "svg" if format_name == "html" else "tikzpicture"
    assert order[:4] == [picture, "given", "layer", picture]
    given = re.search(r"\{Given\}(.*?)\\end\{frame\}", page, re.S)
    assert given is None or r"\pause" not in given[1]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser that shows all of these, if there is one."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with browser(1280, 720) as opened:
        yield opened


def test_arrow_keys_uncover_a_step_at_a_time(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "slides.html"
    assert (
        run("trace", config("mazur"), "--only", "backward", "--slides", "-o", str(path)).code == 0
    )
    covered = "document.querySelectorAll('.slide:not(.away) .covered').length"
    away = "document.querySelectorAll('.slide.away').length"
    chromium.open(path)
    count = chromium.value("document.querySelectorAll('.slide').length")
    assert chromium.value(away) == count - 1
    chromium.press("ArrowRight")
    before = chromium.value(covered)
    assert before > 3
    chromium.press("ArrowRight")
    assert chromium.value(covered) == before - 1
    chromium.press("End")
    assert chromium.value(covered) == 0
    chromium.press("ArrowLeft")
    assert chromium.value(covered) == 1
    assert chromium.complaints() == []


def test_each_step_is_printed_on_one_page(chromium: Browser, tmp_path: Path) -> None:
    """A picture is on the page of its heading."""
    path = tmp_path / "slides.html"
    call = ("trace", config("softmax_relu"), "--only", "forward", "--slides", "-o", str(path))
    assert run(*call).code == 0
    chromium.open(path, scripts=False)
    paper = chromium.call("Page.printToPDF", preferCSSPageSize=True)["data"]
    assert path.read_text().count('class="step"') == 14
    assert base64.b64decode(paper).count(b"/Type /Page\n") == 14


_LOOKED = """(() => {
  const parts = [...document.querySelectorAll(".step:not(:has(tr)), tbody tr")];
  const seen = new Set(), over = [];
  const press = (key) => document.dispatchEvent(new KeyboardEvent("keydown", { key }));
  press("Home");
  for (let at = 0; at <= parts.length + 40; at += 1, press("ArrowRight")) {
    const { scrollHeight, scrollWidth } = document.documentElement;
    const zoom = Math.min(...parts.map((part) => part.closest(".slide").style.zoom || 1));
    if (scrollHeight > innerHeight || scrollWidth > innerWidth || zoom < 0.7) over.push(at);
    const shown = parts.filter((part) => part.offsetParent && !part.closest(".covered"));
    shown.forEach((part) => seen.add(part));
  }
  return [parts.length - seen.size, over.length];
})()"""


def test_what_is_higher_than_a_slide_is_shown_in_parts_that_fit(
    chromium: Browser, tmp_path: Path
) -> None:
    """Tables are cut between rows, pictures in parts: nothing is cut off, none is left out."""
    calls = (("describe", "three_two_one"), ("derive", "image", "--wrt", "b1"))
    for command, name, *options in calls:
        path = tmp_path / f"{name}.html"
        assert run(command, config(name), *options, "--slides", "-o", str(path)).code == 0
        chromium.open(path)
        assert chromium.value(_LOOKED) == [0, 0], name
