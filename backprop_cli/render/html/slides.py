"""Document → a page that presents itself: a slide a section, uncovered a step at a time.

Without a script it reads whole, and on paper each step has a page.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from msgspec import structs

from ...diagrams.splitting import Room
from ...printing.mathematics import MathPrinter
from ...worked.document import Block, Document, Equations, Picture, Section
from ..lecture import GIVEN, parted
from .lines import line, text
from .page import HtmlWriter, html_page

_CONTROLS = """<div class="controls" id="slides-controls" role="group" aria-label="{}" hidden>
<button type="button" id="slides-back" aria-label="{}">←</button>
<output id="slides-place"></output>
<button type="button" id="slides-on" aria-label="{}">→</button>
<button type="button" id="slides-full">{}</button>
</div>"""
_ROOM = Room(760.0, height=400.0, readable=5.0)
"""A picture's room: made as large as the slide, its letters are read from the back row."""
_NAMES = ("Slides", "Back", "On", "Full screen")


def render_slides(document: Document, printer: MathPrinter) -> str:
    """Return the page of slides."""
    script, style = (_asset(suffix) for suffix in ("js", "css"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    writer = HtmlWriter(printer, _ROOM, opened=True)
    opening, sections = parted(document)
    heading = f"<h1>{text(document.title)}</h1>" if document.title else ""
    slides = [_slide(heading, opening, writer)] if heading or opening else []
    for section in sections:
        slides += _slides(section, writer)
    controls = _CONTROLS.format(*map(printer.settings.said, _NAMES))
    language = printer.settings.language
    body = "\n".join([*slides, controls, f"<script>{script}</script>"])
    return html_page(document.title, body, language, policy=policy, style=style, headed=False)


def _slides(section: Section, writer: HtmlWriter) -> list[str]:
    """Return the section's slide, and one for each section within it."""
    heading = f'<h2 id="{writer.id_of(section.id)}">{line(section.title, writer.printer)}</h2>'
    writer.gradients = section.id.startswith("gradients")
    own = tuple(block for block in section.blocks if not isinstance(block, Section))
    found = [_slide(heading, own, writer, whole=section.id == GIVEN)] if own else []
    for inner in section.blocks:
        if isinstance(inner, Section):
            found += _slides(structs.replace(inner, level=section.level), writer)
    return found


def _slide(
    heading: str, blocks: tuple[Block, ...], writer: HtmlWriter, *, whole: bool = False
) -> str:
    steps = [part for block in blocks for part in _steps(block, writer, whole=whole)]
    inner = "\n".join(f'<div class="step">{step}</div>' for step in steps)
    return f'<section class="slide">\n{heading}\n{inner}\n</section>'


def _steps(block: Block, writer: HtmlWriter, *, whole: bool) -> list[str]:
    """Return a block in the steps in which it is uncovered: an equation a step, or a picture.

    ``whole`` shows equations at once.
    """
    if isinstance(block, Equations) and not whole:
        return [writer.block(Equations((chain,))) for chain in block.chains]
    if isinstance(block, Picture):
        return writer.figures(block)
    return [found] if (found := writer.block(block)) else []


def _asset(suffix: str) -> str:
    return (Path(__file__).parent / f"slides.{suffix}").read_text(encoding="utf-8")
