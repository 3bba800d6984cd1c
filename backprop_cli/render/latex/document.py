"""Document → LaTeX: a fragment or an article; amsmath and amssymb, for pictures TikZ."""

from __future__ import annotations

from ...printing.latex.lines import line, line_width
from ...printing.latex.printer import LatexMath
from ...printing.latex.width import text_width
from ...printing.latex.words import words
from ...printing.mathematics import MathPrinter
from ...printing.page import Page
from ...printing.settings import Settings
from ...spec.profile import Profile
from ...worked.document import Block, Document, Equations, Note, Paragraph, Picture, Section, Table
from .. import Format
from .equations import equations
from .pictures import LIBRARY, PACKAGES, picture
from .tables import table

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
_HEADINGS = ("section", "subsection", "subsubsection", "paragraph")


def render_latex(document: Document, printer: MathPrinter, page: Page) -> str:
    """Return the document as a fragment, or as an article that compiles by itself."""
    writer = _LatexWriter(printer, page)
    body = "\n\n".join(part for part in map(writer.block, document.blocks) if part)
    drawn = r"\begin{tikzpicture}" in body
    packages = f"\\usepackage{{{PACKAGES if drawn else 'amsmath,amssymb'}}}"
    if page.standalone:
        title = f"\\title{{{words(document.title)}}}\n\\author{{}}\n\\date{{}}\n"
        packages += f"\n{LIBRARY}" if drawn else ""
        start = f"\\documentclass{{article}}\n{packages}\n{_PREAMBLE}{title}"
        return f"{start}\\begin{{document}}\n\\maketitle\n\n{body}\n\n\\end{{document}}\n"
    needs = f"% needs {packages}{f' and {LIBRARY}' if drawn else ''}\n"
    title = _ragged(text_width(document.title), writer.room) + words(document.title)
    return f"{needs}\\section*{{{title}}}\n\n{body}\n"


class _LatexWriter:
    """The visitor: a piece of LaTeX a block; an article has its title above the sections."""

    def __init__(self, printer: MathPrinter, page: Page) -> None:
        self.printer, self.pictures = printer, page.pictures
        self.room = ARTICLE_ROOM if page.standalone else FRAGMENT_ROOM
        self.top = 2 if page.standalone else 1

    def block(self, block: Block) -> str:
        match block:
            case Paragraph(parts):
                return self.paragraph(line(parts, self.printer), line_width(parts, self.printer))
            case Note():
                inner = line(block.marked, self.printer)
                return f"\\begin{{quote}}\\small\\raggedright\n{inner}\n\\end{{quote}}"
            case Equations():
                return equations(block, self.printer, self.room)
            case Table():
                return table(block, self.printer, self.room)
            case Picture():
                return picture(block, self.printer) if self.pictures else ""
            case Section():
                return self.section(block)

    def paragraph(self, text: str, width: float) -> str:
        """Return the paragraph; one of several lines may stretch rather than leave the page."""
        text = f"\\noindent {text}"
        if width <= self.room:
            return text
        return f"\\begin{{sloppypar}}\n{text}\n\\end{{sloppypar}}"

    def section(self, section: Section) -> str:
        command = _HEADINGS[min(max(section.level - self.top, 0), len(_HEADINGS) - 1)]
        title = line(section.title, self.printer)
        ragged = _ragged(line_width(section.title, self.printer), self.room)
        heading = f"\\{command}*{{{ragged}{title}}}"
        inner = (self.block(part) for part in section.blocks)
        return "\n\n".join([heading, *(part for part in inner if part)])


def _ragged(width: float, room: float) -> str:
    """Return what lets a long heading end its lines where it can."""
    return r"\raggedright " if width > room / 2 else ""


def latex_printer(profile: Profile, settings: Settings, page: Page) -> MathPrinter:
    """Return LaTeX mathematics."""
    return LatexMath(profile, settings)


FORMAT = Format(
    "latex", ("tex",), "a fragment for amsmath and amssymb", latex_printer, render_latex
)
