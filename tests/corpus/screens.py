"""Chromium: pages at two widths, with scripts and without, slides, and all of it printed."""

from __future__ import annotations

import base64
from pathlib import Path

from ..render.browser import CHROMIUM, Browser, browser
from . import ink
from .records import Fault, Made, Reader

SIZES = ((1280, 800), (400, 800))
MARGIN = 51.02
"""Of printed pages, 18 mm in points."""
WIDE = """(() => {
  const found = [];
  const over = document.documentElement.scrollWidth - innerWidth;
  if (over > 1) found.push(`the page is ${over} px too wide`);
  const whole = "svg, mfrac, mtable, table.matrix";
  for (const box of document.querySelectorAll("body *")) {
    const room = box.clientWidth;
    if (box.scrollWidth <= room + 1 || room <= 1 || box.closest("svg, code")) continue;
    const look = getComputedStyle(box).overflowX;
    if (look !== "auto" && look !== "scroll" && look !== "hidden") continue;
    const parts = [...box.querySelectorAll(whole)];
    if (parts.some((part) => part.getBoundingClientRect().width > 0.85 * room)) continue;
    found.push(`${box.tagName}.${box.className} ${box.scrollWidth} of ${room} px: ` +
      box.textContent.trim().slice(0, 120));
  }
  return found;
})()"""
"""Boxes that scroll, but for those of which one picture, fraction or matrix is as wide as they are.

It stands after a sign, and indented.
"""
SMALL = 0.5
"""How much smaller a slide may be made to fit."""
STEPS = """(() => {
  const found = {};
  for (let before = "", state = "start"; state !== before; before = state) {
    const slide = document.querySelector(".slide:not(.away)");
    const place = document.getElementById("slides-place").textContent;
    const high = document.documentElement.scrollHeight - innerHeight;
    const wide = document.documentElement.scrollWidth - innerWidth;
    const scrolls = [...slide.querySelectorAll(".scroll")].some(
      (box) => box.clientWidth && box.scrollWidth > box.clientWidth + 1);
    const zoom = slide.style.zoom;
    if (high > 1 || wide > 1 || scrolls || zoom < %s)
      found[place] ??= `${place}: ${high} px too high, ${wide} too wide, at ${zoom}: ` +
        slide.textContent.trim().slice(0, 120);
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
    const now = document.querySelector(".slide:not(.away)");
    state = `${[...document.querySelectorAll(".slide")].indexOf(now)} ` +
      now.querySelectorAll(".covered").length;
  }
  return Object.values(found);
})()"""
"""Through all slides by the key: what leaves the window, or has become too small to be read."""


def _screen(documents: list[Made], _: Path) -> list[Fault]:
    found = []
    with browser() as page:
        for width, height in SIZES:
            page.call(
                "Emulation.setDeviceMetricsOverride",
                width=width,
                height=height,
                deviceScaleFactor=1,
                mobile=False,
            )
            for document in documents:
                for path in document.files["page html"]:
                    # A page without a script is the same where they are turned off.
                    scripted = "<script" in path.read_text(encoding="utf-8")
                    for scripts in (True, False) if scripted else (False,):
                        found += _looked(page, path, document, width, scripts)
    return found


def _looked(page: Browser, path: Path, document: Made, width: int, scripts: bool) -> list[Fault]:
    page.open(path, scripts=scripts)
    wrong = [Fault("chromium", document.name, False, said) for said in page.complaints()]
    page.call("Emulation.setScriptExecutionDisabled", value=False)
    where = f"{width} px{'' if scripts else ', no script'}"
    over = [f"{where}: {said}" for said in page.value(WIDE)]
    return wrong + [Fault("chromium", document.name, True, said) for said in over]


def _slides(documents: list[Made], _: Path) -> list[Fault]:
    found = []
    with browser(1280, 720) as page:
        for document in documents:
            for path in document.files["slides html"]:
                page.open(path)
                over = page.value(STEPS % SMALL)
                found += [Fault("slides", document.name, False, said) for said in page.complaints()]
                found += [Fault("slides", document.name, True, said) for said in over]
    return found


def _printed(name: str, kind: str, margin: float) -> Reader:
    def read(documents: list[Made], folder: Path) -> list[Fault]:
        found = []
        paper = folder / f"{kind}.pdf"
        with browser() as page:
            for document in documents:
                for path in document.files[kind]:
                    page.open(path)
                    data = page.call("Page.printToPDF", preferCSSPageSize=True)["data"]
                    paper.write_bytes(base64.b64decode(data))
                    for said in ink.ink_outside(paper, margin, margin):
                        found.append(Fault(name, document.name, True, said))
        return found

    return Reader(name, kind, _lacks, read)


def _lacks() -> str:
    return ink.lacks() if CHROMIUM else "chromium"


READERS = (
    Reader("chromium", "page html", _lacks, _screen),
    Reader("slides", "slides html", _lacks, _slides),
    _printed("print", "page html", MARGIN),
    _printed("print slides", "slides html", 12),
)
