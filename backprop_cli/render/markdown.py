"""Document → Markdown with dollar LaTeX, as GitHub, Obsidian and Jupyter draw it."""

from __future__ import annotations

import math
import re
from base64 import b64encode
from urllib.parse import quote

from msgspec import structs

from ..printing.drawn import Drawn
from ..printing.latex.lines import boxed
from ..printing.latex.width import DISPLAY, lines_of
from ..printing.latex.words import beside_width, formula, upright
from ..printing.markdown_math import InlineMarkdownMath, MarkdownMath, name_beside, word_in_math
from ..printing.mathematics import MathPrinter
from ..printing.page import ASCII, Page
from ..printing.settings import Settings
from ..problems import printable
from ..spec.profile import Profile
from ..worked.document import (
    WHY,
    Block,
    Chain,
    Code,
    Document,
    Equations,
    Figure,
    Inline,
    Line,
    Math,
    Note,
    Paragraph,
    Picture,
    Section,
    Strong,
    Table,
    Text,
)
from . import Format
from .chains import approximate, label
from .latex.equations import TALLEST, Cut, rows_of
from .markdown_tables import MarkdownTable
from .pictures import picture_files, picture_name, svgs_of

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~&@^]|-(?=-)|(?<=-)-|:(?=//)|(?i:(?<=www))\.)")
"""What has a meaning in Markdown: pandoc makes a dash of two hyphens, GitHub a link of ``www.``."""
_ROOM = 34.0
"""The width of a line in em: of GitHub's page, and of an article."""
_MOST_LINES = 6
"""Lines of one display: a reader of Markdown can neither break one nor read an endless one."""
_HIGHEST = 24.0
"""And how many lines of text these are high: a page has room for it and a picture above it."""
_SURE = 0.93
"""The part of a line that is left to closed forms, whose widths are estimated less surely."""
_MARKS = ".,;:?!"
"""What ends a sentence or a part of one: it stands after the dollar of a word's mathematics."""
_PATH = re.compile(r"(?=.{9,}/|.*/.{9}|.{21})[\w./-]+")
"""A word that may be longer than a line, such as a path: readers of Markdown cut none."""
_JOINT = re.compile(r"(?<=[/_.])(?=\w)")
"""Where it may be cut all the same."""
_BETWEEN = re.compile(r"(?<!\\)\$\$(?!\$)")
"""Where one formula ends and the next begins without a space: they are one."""
_STARTS = re.compile(r"^(?:([-+=])|(\d+)([.)]))")


def render_markdown(document: Document, printer: MathPrinter, page: Page) -> str:
    """Return the document as Markdown."""
    title = f"{'#' * page.layout.heading} {words(document.title)}" if document.title else ""
    parts = filter(None, (title, *markdown_blocks(document, printer, page)))
    return "\n\n".join(parts) + "\n"


def markdown_blocks(document: Document, printer: MathPrinter, page: Page) -> tuple[str, ...]:
    """Return what stands under the title, a text for each block that says something."""
    return tuple(filter(None, map(_MarkdownWriter(printer, page).block, document.blocks)))


def _display(rows: list[str]) -> str:
    r"""Return one display; ``\\\\`` survives at the end of a line alone."""
    inner = " \\\\\n".join(rows).replace("\\\\ ", "\\\\\n")
    if len(rows) > 1 or "&" in rows[0]:
        inner = f"\\begin{{aligned}}\n{inner}\n\\end{{aligned}}"
    return f"$$\n{inner}\n$$"


class _MarkdownWriter:
    """The visitor: a piece of Markdown for each block; its mathematics is always MarkdownMath."""

    def __init__(self, printer: MathPrinter, page: Page) -> None:
        width = page.layout.width
        self.room = _ROOM if width is None else width.points / 10 - 0.5
        self.page, self.pictures = page, 0
        own = (printer.profile, printer.settings)
        self.printer = printer if isinstance(printer, MarkdownMath) else MarkdownMath(*own)
        self.within = InlineMarkdownMath(*own)

    def block(self, block: Block) -> str:
        match block:
            case Paragraph(parts):
                return _first(self.line(parts))
            case Note():
                return f"> {_first(self.line(block.marked(self.printer.settings.said(WHY))))}"
            case Equations(chains):
                return self.equations(chains)
            case Table():
                return MarkdownTable(block, self.printer, self.within, self.room, self.line).text()
            case Picture():
                return self.picture(block)
            case Section():
                inner = [self.block(part) for part in block.blocks]
                title = "#" * block.level + " " + self.line(block.title)
                return "\n\n".join([title, *(part for part in inner if part)])

    def picture(self, picture: Picture) -> str:
        """Return the picture as a link to its file, or within the text; without either, nothing."""
        if not (self.page.embed or self.page.stem):
            return ""
        links = []
        for drawn in svgs_of(picture, self.printer, self.page):
            self.pictures += 1
            place = quote(picture_name(self.page.stem, self.pictures))
            if self.page.embed:
                place = f"data:image/svg+xml;base64,{b64encode(drawn.svg.encode()).decode()}"
            links.append(f"![{words(drawn.said)}]({place})")
        return "\n\n".join(links)

    # -- lines

    def line(self, parts: Line) -> str:
        text = "".join(self.inline(part) for part in parts)
        return _BETWEEN.sub(" ", text)

    def inline(self, part: Inline) -> str:
        match part:
            case Text(text):
                return words(text)
            case Strong(text):
                return f"**{words(text)}**" if text.strip() else ""
            case Code(text):
                return ", ".join(map(code, text.split(", ")))
            case Math(expr):
                return f"${self.within.draw(expr)}$"
            case Figure(value, marked):
                return f"${boxed(self.printer.number(value), marked)}$"

    # -- equations

    def equations(self, chains: tuple[Chain, ...]) -> str:
        """Return displays of a few lines each, aligned at the first relation."""
        displays: list[list[str]] = []
        used, widths = 0.0, [0.0, 0.0, 0.0]
        for chain in chains:
            rows, heights, columns = self.chain(chain)
            used += sum(heights)
            widths = list(map(max, widths, columns))
            few = displays and len(displays[-1]) + len(rows) <= _MOST_LINES
            fits = sum(widths) <= max(self.room, sum(columns))
            if few and fits and used <= _HIGHEST:
                displays[-1] += rows
            else:
                displays += _cut(rows, heights)
                used, widths = sum(heights), columns
        return "\n\n".join(map(_display, displays))

    def chain(self, chain: Chain) -> tuple[list[str], list[float], list[float]]:
        """Return the chain in lines no wider than the page, its name beside the last.

        And how many lines of text each is high; how wide its left side, its right and its name.
        An exact value whose closed form has no room is shown by its decimals.
        """
        part = label(chain)
        name = Drawn("")
        if part is not None:
            code = isinstance(part, Code)
            name = name_beside(part.text) if code else Drawn(upright(part.text, own=True))
        beside = beside_width(part) + 2.8 if part is not None else 0.0
        room = self.room - beside
        margin = min(self.printer.visit(chain.forms[0]).width[DISPLAY], room / 2)
        bare = structs.replace(chain, name="", rule=None)
        printer = self.printer
        drawn = rows_of(bare, printer, room, margin, Cut.FOLDED)
        heights = [lines_of(row.tall) for row in drawn]
        widest = max(row.width for row in drawn)
        if self.printer.settings.exact and (
            margin + widest > _SURE * room or sum(heights) > TALLEST
        ):
            printer, bare = printer.with_settings(printer.settings.rounded), approximate(bare)
            drawn = rows_of(bare, printer, room, margin, Cut.FOLDED)
        if margin + max(row.width for row in drawn) > room:
            drawn = rows_of(bare, printer.compacted(), room, margin, Cut.FOLDED)
        if margin + max(row.width for row in drawn) > room:
            drawn = rows_of(bare, printer, room, margin, Cut.BLOCKS)
        heights = [lines_of(row.tall) for row in drawn]
        rows = [row.text for row in drawn]
        if name.text:
            rows[-1] += rf" &&\qquad {name}"
        widest = max(row.width for row in drawn)
        return rows, heights, [margin, widest, beside]


def _cut(rows: list[str], heights: list[float]) -> list[list[str]]:
    """Return a chain's lines in as many displays as keep each within a page."""
    found: list[list[str]] = []
    used = math.inf
    for row, height in zip(rows, heights, strict=True):
        if used + height > _HIGHEST:
            found.append([])
            used = 0.0
        found[-1].append(row)
        used += height
    return found


def words(text: str) -> str:
    """Return words on one line of which Markdown reads nothing as markup."""
    return " ".join(map(_word, printable(re.sub(r"\s+", " ", text)).split(" ")))


def _word(word: str) -> str:
    """Return a word: its bars as code, its mathematics between dollars, else as it is."""
    if word.startswith("█"):
        return f"`{word.replace('█', '#')}`"
    core = word.rstrip(_MARKS)
    if core.endswith(")") and core.count(")") > core.count("("):
        core = core.removesuffix(")").rstrip(_MARKS)
    opening = "(" if core.startswith("(") and core.count("(") > core.count(")") else ""
    drawn = word_in_math(core.removeprefix(opening))
    if drawn is not None:
        return f"{opening}${drawn}${word[len(core) :]}"
    typed = _SPECIAL.sub(r"\\\1", "".join(map(_typed, word)))
    return _JOINT.sub("&#8203;", typed) if _PATH.fullmatch(word) else typed


def _typed(character: str) -> str:
    """Return a sign of mathematics within a word that is no formula, as it would be typed."""
    return character if formula(character) is None else character.translate(ASCII)


def code(text: str) -> str:
    """Return the name as code, between more backticks than stand in it.

    Code takes each character as it is, and LaTeX has no letter for ≈: such an answer is words.
    """
    plain = printable(re.sub(r"\s+", " ", text))
    if any(formula(character) is not None for character in plain):
        return words(plain)
    if not plain:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", plain)), default=0) + 1)
    gap = " " if "`" in (plain[0], plain[-1]) else ""
    return f"{fence}{gap}{plain}{gap}{fence}"


def _first(text: str) -> str:
    """Return a block's text, so that its first word begins no list and underlines no title."""
    return _STARTS.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", text)


def markdown_printer(profile: Profile, settings: Settings, page: Page) -> MathPrinter:
    """Return LaTeX mathematics that Markdown leaves alone."""
    return MarkdownMath(profile, settings)


FORMAT = Format(
    "markdown",
    ("md",),
    "with dollar LaTeX mathematics",
    markdown_printer,
    render_markdown,
    beside=picture_files,
    takes=("--width", "--heading-level", "--embed"),
)
