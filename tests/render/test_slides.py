"""Lectures: everything of a document on slides, uncovered a step at a time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ..commands.running import config, printed, run
from ..typesetting import needs_latex, opened, typeset
from .browser import CHROMIUM, browser
from .latex_check import check

LECTURES = (
    ("trace", "mazur"),
    ("derive", "softmax_relu", "--numbers", "--style", "matrix"),
    ("trace", "image", "--only", "backward"),
)


@needs_latex
def test_beamer_holds_every_slide(tmp_path: Path) -> None:
    """One run for all lectures: no error, nothing beyond a slide's sides, nothing below it."""
    bodies = []
    for command, name, *options in LECTURES:
        page = printed(command, config(name), *options, "--slides", "--format", "latex")
        check(page)
        start, text = opened(page)
        bodies.append((name, text))
    assert sum(text.count("\\pause") for _, text in bodies) > 40
    typeset(start, bodies, tmp_path)


def test_slides_leave_nothing_out() -> None:
    """Every number and every equation of the page is on a slide."""
    for command, name, *options in LECTURES:
        call = (command, config(name), *options, "--format", "html")
        page, slides = printed(*call), printed(*call, "--slides")
        for found in (r"<td\b", '<div class="target"', "<aside>", "<table", "<svg"):
            assert len(re.findall(found, slides)) == len(re.findall(found, page)), found


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_arrow_keys_uncover_a_step_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "slides.html"
    assert run("trace", config("mazur"), "--slides", "-o", str(path)).code == 0
    covered = "document.querySelectorAll('.slide:not(.away) .covered').length"
    away = "document.querySelectorAll('.slide.away').length"
    with browser() as chromium:
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
