"""Document → LaTeX: a fragment or an article; amsmath and amssymb, for pictures TikZ."""

from __future__ import annotations

import re
from itertools import zip_longest

from ...diagrams.formats.tikz import definitions
from ...printing.latex.lines import line, line_width
from ...printing.latex.printer import LatexMath
from ...printing.latex.width import text_width
from ...printing.latex.words import words
from ...printing.mathematics import MathPrinter
from ...printing.page import TEX_WIDTH, Page
from ...printing.settings import Settings
from ...spec.profile import Profile
from ...worked.document import (
    WHY,
    Block,
    Document,
    Equations,
    Note,
    Paragraph,
    Picture,
    Section,
    Table,
)
from .. import Format
from .equations import equations
from .pictures import LIBRARY, PACKAGES, picture
from .tables import table

_CLEARANCE = 0.5
"""What estimated widths may be off by, in em."""
_TOGETHER = 3
"""No more formulas than these are kept with the table under them."""
FRAGMENT_ROOM, ARTICLE_ROOM = 34.0, 46.0
"""The width of a line in em: of an article as LaTeX sets it, and of the page laid out here."""

_PREAMBLE = r"""\setlength{\textwidth}{165mm}
\setlength{\oddsidemargin}{\dimexpr(\paperwidth-\textwidth)/2-1in\relax}
\setlength{\textheight}{240mm}
\setlength{\topmargin}{\dimexpr(\paperheight-\textheight)/2-1in-\headheight-\headsep\relax}
\setlength{\parindent}{0pt}
\setlength{\parskip}{\medskipamount}
\raggedbottom
"""
_BABEL = {"de": "ngerman"}
"""What babel calls a language."""
_HEADINGS = ("section", "subsection", "subsubsection", "paragraph")


def render_latex(document: Document, printer: MathPrinter, page: Page) -> str:
    """Return the document as a fragment, as an article that compiles by itself, or as slides."""
    if page.layout.slides:
        from .slides import render_slides

        return render_slides(document, printer)
    room = room_of(page)
    writer = LatexWriter(printer, room, page)
    body = writer.blocks(document.blocks)
    drawn = r"\begin{tikzpicture}" in body
    looks = definitions(body)
    squeezed = ",graphicx" if r"\resizebox" in body else ""
    packages = f"\\usepackage{{{PACKAGES if drawn else f'amsmath,amssymb{squeezed}'}}}"
    if page.standalone:
        title = f"\\title{{{words(document.title)}}}\n\\author{{}}\n\\date{{}}\n"
        shown = "\\maketitle\n\n" if document.title else ""
        packages += f"\n{LIBRARY}" if drawn else ""
        preamble = _PREAMBLE if room == ARTICLE_ROOM else _narrow(_PREAMBLE, room)
        packages += babel(printer.settings.language)
        start = f"\\documentclass{{article}}\n{packages}\n{looks}{preamble}{title}"
        return f"{start}\\begin{{document}}\n{shown}{body}\n\n\\end{{document}}\n"
    needs = f"% needs {packages}{f' and {LIBRARY}' if drawn else ''}\n{looks}"
    if not document.title:
        return f"{needs}{body}\n"
    command = _HEADINGS[min(page.layout.heading, len(_HEADINGS)) - 1]
    title = _ragged(text_width(document.title), room) + words(document.title)
    return f"{needs}\\{command}*{{{title}}}\n\n{body}\n"


def room_of(page: Page) -> float:
    """Return how wide a line may be, in em of ten point type."""
    width = page.layout.width
    if width is None:
        return ARTICLE_ROOM if page.standalone else FRAGMENT_ROOM
    return width.points / 10 - _CLEARANCE


def _narrow(preamble: str, room: float) -> str:
    return preamble.replace("{165mm}", f"{{{(room + _CLEARANCE) * 10:.1f}pt}}")


class LatexWriter:
    """The visitor: a piece of LaTeX a block; an article has its title above the sections."""

    def __init__(self, printer: MathPrinter, room: float, page: Page) -> None:
        self.printer, self.room, self.pictures = printer, room, page.pictures
        self.top = 2 if page.standalone else 1
        self.gradients = False

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        """Return what the blocks are set as, one after the other."""
        parts, lead = [], ""
        for block, after in zip_longest(blocks, blocks[1:]):
            drawn = self.block(block, lead)
            lead = f"{drawn}\n\n" if drawn and _leads(block, after) else ""
            parts += [drawn] if drawn and not lead else []
        return "\n\n".join(parts)

    def block(self, block: Block, lead: str = "") -> str:
        """Return what one block is set as; what leads to a table is set with it."""
        match block:
            case Paragraph(parts):
                return self.paragraph(line(parts, self.printer), line_width(parts, self.printer))
            case Note():
                inner = line(block.marked(self.printer.settings.said(WHY)), self.printer)
                return f"\\begin{{quote}}\\small\\raggedright\n{inner}\n\\end{{quote}}"
            case Equations():
                return equations(block, self.printer, self.room)
            case Table():
                return table(block, self.printer, self.room, lead, gradients=self.gradients)
            case Picture():
                return picture(block, self.printer, self.room) if self.pictures else ""
            case Section():
                return self.section(block)

    def paragraph(self, text: str, width: float) -> str:
        """Return the paragraph; one of several lines may stretch rather than leave the page."""
        text = f"\\noindent {text}"
        if width <= self.room:
            return text
        return f"\\begin{{sloppypar}}\n{text}\n\\end{{sloppypar}}"

    def section(self, section: Section) -> str:
        """Return the heading and what stands under it."""
        command = _HEADINGS[min(max(section.level - self.top, 0), len(_HEADINGS) - 1)]
        title = line(section.title, self.printer)
        ragged = _ragged(line_width(section.title, self.printer), self.room)
        heading = f"\\{command}*{{{ragged}{title}}}"
        outer, self.gradients = self.gradients, section.id.startswith("gradients")
        inner = self.blocks(section.blocks)
        self.gradients = outer
        return "\n\n".join(filter(None, (heading, inner)))


def babel(language: str) -> str:
    """Return what hyphenates another language, where that is installed."""
    name = _BABEL.get(language)
    if name is None:
        return ""
    package = rf"\usepackage[{name},shorthands=off]{{babel}}"
    return f"\n\\IfFileExists{{{name}.ldf}}{{{package}}}{{}}"


def _leads(block: Block, after: Block | None) -> bool:
    """Return whether a block is a few lines that stand on the page of the table after it."""
    if not isinstance(after, Table):
        return False
    few = isinstance(block, Equations) and len(block.chains) <= _TOGETHER
    return few or isinstance(block, Paragraph)


def _ragged(width: float, room: float) -> str:
    """Return what lets a long heading end its lines where it can."""
    return r"\raggedright " if width > room / 2 else ""


def latex_printer(profile: Profile, settings: Settings, page: Page) -> MathPrinter:
    """Return LaTeX mathematics; labels begin with the file's name, so that no two are one."""
    printer = LatexMath(profile, settings)
    if not page.layout.slides:
        printer.labels = re.sub(r"[^A-Za-z0-9]+", "-", page.stem).strip("-") or "backprop"
    return printer


FORMAT = Format(
    "latex",
    ("tex",),
    "a fragment for amsmath and amssymb",
    latex_printer,
    render_latex,
    takes=("--standalone", "--width", TEX_WIDTH, "--heading-level", "--slides"),
)
