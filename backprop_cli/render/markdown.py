"""Document → Markdown with dollar LaTeX, as GitHub, Obsidian and Jupyter draw it."""

from __future__ import annotations

import math
import re
from base64 import b64encode
from collections.abc import Iterable
from itertools import accumulate, pairwise
from urllib.parse import quote

from msgspec import structs

from ..expression.tree import Compare, Expr
from ..printing.drawn import Drawn
from ..printing.latex.lines import boxed, line_width
from ..printing.latex.printer import DEEPEST
from ..printing.latex.width import DISPLAY, INLINE, lines_of, text_width
from ..printing.latex.words import beside_width, upright
from ..printing.markdown_math import InlineMarkdownMath, MarkdownMath, name_beside, word_in_math
from ..printing.mathematics import MathPrinter
from ..printing.page import Page
from ..printing.settings import Settings
from ..problems import printable
from ..spec.profile import Profile
from ..worked.document import (
    WHY,
    Block,
    Chain,
    Code,
    Column,
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
from .chains import approximate, column_figures, label, leading
from .latex.equations import TALLEST, rows_of
from .pictures import picture_files, picture_name, svgs_of

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~&@^]|-(?=-)|(?<=-)-)")
"""What has a meaning in Markdown; of two hyphens pandoc makes a dash."""
_ROOM = 34.0
"""The width of a line in em: of GitHub's page, and of an article."""
_COLUMNS = 72
"""From this length of a row on, pandoc shares the page out among a table's columns."""
_DASHES = 4
"""How many signs below a heading, the colon among them, stand for an em of its column."""
_GAP, _CLEARANCE = 1.2, 0.5
"""The space between two columns in em, and what estimated widths may be off by."""
_MOST_LINES = 6
"""Lines of one display: a reader of Markdown can neither break one nor read an endless one."""
_HIGHEST = 30.0
"""And how many lines of text these are high: no display is cut by the end of a page."""
_SURE = 0.93
"""The part of a line that is left to closed forms, whose widths are estimated less surely."""
_MARKS = ".,;:?!"
"""What ends a sentence or a part of one: it stands after the dollar of a word's mathematics."""
_BETWEEN = re.compile(r"(?<!\\)\$\$(?!\$)")
"""Where one formula ends and the next begins without a space: they are one."""
_GLUED = (r"\hspace", r"\quad", "/")
"""Before these TeX breaks no line within a formula."""
_SPACE = re.compile(r"^ *\\(quad|hspace\{2pt\}) ")
"""What a piece begins with that needs no space before it at the start of a line."""
_SIGN = 0.75
"""How much wider than a letter a sign between two numbers is."""
_FORMULA = re.compile(r"\$[^$]*\$")
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
                return self.table(block)
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
        drawn = rows_of(bare, printer, room, margin, fold=True)
        heights = [lines_of(row.tall) for row in drawn]
        widest = max(row.width for row in drawn)
        if self.printer.settings.exact and (
            margin + widest > _SURE * room or sum(heights) > TALLEST
        ):
            printer, bare = printer.with_settings(printer.settings.rounded), approximate(bare)
            drawn = rows_of(bare, printer, room, margin, fold=True)
        if margin + max(row.width for row in drawn) > room:
            drawn = rows_of(bare, printer.compacted(), room, margin, fold=True)
        heights = [lines_of(row.tall) for row in drawn]
        rows = [row.text for row in drawn]
        if name.text:
            rows[-1] += rf" &&\qquad {name}"
        widest = max(row.width for row in drawn)
        return rows, heights, [margin, widest, beside]

    # -- tables

    def table(self, table: Table) -> str:
        """Return the table; one that no cut makes fit in several, which its first column leads."""
        every = range(len(table.columns))
        heads = [self.heading(column) for column in table.columns]
        shares = [0.5] * len(heads)
        groups = [(list(every), shares, self.rows(table, every, [math.inf] * len(heads)))]
        cells = [heads, *groups[0][-1]]
        columns = (
            [_FORMULA.sub("", cell) for cell in column] for column in zip(*cells, strict=True)
        )
        natural = sum(text_width(max(each, key=len), typewriter=True) + _GAP for each in columns)
        if natural > self.room or any(len(_row(row)) > _COLUMNS for row in cells):
            levels = [self.levels(table, number) for number in every]
            groups = []
            for group in self.groups(table, [widths[-1] for widths in levels]):
                shares = self.shares([levels[number] for number in group])
                groups.append((group, shares, self.rows(table, group, shares)))
        parts = [self.line(table.caption)] if table.caption else []
        for group, shares, rows in groups:
            marks = [_mark(table.columns[i], share) for i, share in zip(group, shares, strict=True)]
            parts.append("\n".join(map(_row, [[heads[i] for i in group], marks, *rows])))
        return "\n\n".join(parts)

    def rows(self, table: Table, numbers: Iterable[int], widths: list[float]) -> list[list[str]]:
        """Return the cells of some columns by rows, no piece of a formula wider than its column."""
        columns = [self.column(table, i, room) for i, room in zip(numbers, widths, strict=True)]
        return [list(row) for row in zip(*columns, strict=True)]

    def groups(self, table: Table, least: list[float]) -> list[list[int]]:
        """Return the columns in as few groups as there is room for, and these as even as may be.

        Those that say which row it is lead each; the value of a formula, in a column without a
        heading, follows it.
        """
        bare = [width - _CLEARANCE / 2 for width in least]
        room = self.room + _CLEARANCE
        if sum(bare) + _GAP * (len(bare) - 1) <= room:
            return [list(range(len(bare)))]
        lead = leading(table)
        units = [list(range(lead))]
        for number, column in enumerate(table.columns[lead:], lead):
            if column.heading or len(units) == 1:
                units.append([number])
            else:
                units[-1].append(number)
        every = (_packed(units, bare, share * room) for share in (0.6, 0.7, 0.8, 0.9))
        whole = _packed(units, bare, room)
        return next((groups for groups in every if len(groups) == len(whole)), whole)

    def shares(self, levels: list[list[float]]) -> list[float]:
        """Return a wide table's columns in em: its terms whole, then a share of what they wish.

        Where there is no room for that, what a line's end cannot break; for that, what no cut can.
        """
        room = self.room - _GAP * (len(levels) - 1)
        steps = list(pairwise(zip(*levels, strict=True)))
        high, low = next((step for step in steps if sum(step[1]) <= room), steps[-1])
        wish = sum(high) - sum(low)
        share = min(1.0, max(0.0, (room - sum(low)) / wish)) if wish else 0.0
        return [a + share * (b - a) for a, b in zip(low, high, strict=True)]

    def levels(self, table: Table, number: int) -> list[float]:
        """Return how wide a column is with nothing broken, and with more and more of it."""
        every = [row[number] for row in table.rows]
        figures = self.figures(table, number)
        if figures:
            every = [cell for cell in every if not isinstance(cell, Figure)]
        cells = [(Text("...") if cell is None else cell,) for cell in every]
        column = table.columns[number]
        lines: list[Line] = [(*_headed(column), Code(column.name)), *cells]
        parts = [part for line in lines for part in line]
        whole = max(line_width(line, self.within) for line in lines)
        pieces = [max(map(broken, parts)) for broken in (self.terms, self.unbroken, self.narrowest)]
        words = [self.unbroken(part) for part in parts if isinstance(part, Text)]
        widths = [max([whole, *words]), *pieces]
        least = max((figure.width[INLINE] for figure in figures), default=0.0)
        return [max(width, least) + _CLEARANCE for width in accumulate(widths, min)]

    def terms(self, part: Inline) -> float:
        """Return how wide the widest term of a formula is, or piece of anything else."""
        if not isinstance(part, Math):
            return self.unbroken(part)
        return self.widest(part.expr, _relations(part.expr))

    def unbroken(self, part: Inline) -> float:
        """Return how wide the widest piece is that the end of a line cannot break."""
        match part:
            case Text(text) | Strong(text):
                return max(map(_word_width, text.split()), default=0.0)
            case Code(text):
                return max((text_width(w, typewriter=True) for w in text.split()), default=0.0)
            case Math(expr):
                flat = not self.within.visit(expr).tall
                return self.widest(expr, DEEPEST if flat else _relations(expr))
        return line_width((part,), self.within)

    def widest(self, expr: Expr, depth: int) -> float:
        """Return how wide the widest piece of a formula is that no space begins, and no stroke.

        A sign stands at the end of its line: the first piece has one that it does not begin with.
        """
        widths: list[float] = []
        for piece in self.within.pieces(expr, depth):
            glued = bool(widths) and piece.text.lstrip().startswith(_GLUED)
            widths.append(piece.width[INLINE] + (widths.pop() if glued else 0.0))
        if len(widths) > 1:
            widths[0] += _SIGN
        return max(widths)

    def narrowest(self, part: Inline) -> float:
        """Return how wide the widest piece is of which no cut makes two."""
        if not isinstance(part, Math):
            return self.unbroken(part)
        pieces = self.within.pieces(part.expr, DEEPEST)
        return max(piece.width[INLINE] for piece in pieces) + _CLEARANCE

    def heading(self, column: Column) -> str:
        parts = (self.line(_headed(column)), code(column.name).replace("|", r"\|"))
        return " ".join(part for part in parts if part)

    def column(self, table: Table, number: int, room: float) -> list[str]:
        """Return a column's cells; its numbers have the same decimals, so that they align."""
        figures = iter(self.figures(table, number))
        return [
            f"${boxed(drawn, c.marked)}$"
            if isinstance(c, Figure) and (drawn := next(figures, None)) is not None
            else self.cell(c, room)
            for c in (row[number] for row in table.rows)
        ]

    def figures(self, table: Table, number: int) -> list[Drawn]:
        """Return a column's numbers as they are drawn below each other; of exact ones none."""
        found = column_figures(table, number, self.printer.settings) or ()
        return [self.printer.figure(figure) for figure in found]

    def cell(self, cell: Inline | None, room: float) -> str:
        if isinstance(cell, Code):
            return self.inline(cell).replace("|", r"\|")
        if isinstance(cell, Math) and self.unbroken(cell) > room:
            first, *more = self.within.lines(cell.expr, room - _CLEARANCE)
            return " ".join([f"${first}$", *(f"${{}}{_SPACE.sub('', m.text)}$" for m in more)])
        return "…" if cell is None else self.inline(cell)


def _cut(rows: list[str], heights: list[float]) -> list[list[str]]:
    """Return a chain's lines in as many displays as keep each within a page."""
    found: list[list[str]] = []
    used = math.inf
    for row, height in zip(rows, heights, strict=True):
        if used + height > TALLEST:
            found.append([])
            used = 0.0
        found[-1].append(row)
        used += height
    return found


def _packed(units: list[list[int]], least: list[float], room: float) -> list[list[int]]:
    """Return the units of columns in groups that the room holds, each after the first unit."""
    first, *others = units
    groups: list[list[int]] = []
    for unit in others:
        wider = [*(groups[-1] if groups else first), *unit]
        if groups and sum(least[number] + _GAP for number in wider) - _GAP > room:
            groups.append([*first, *unit])
        else:
            groups[-1:] = [wider]
    return groups


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
    return _SPECIAL.sub(r"\\\1", word)


def code(text: str) -> str:
    """Return the name as code, between more backticks than stand in it."""
    plain = printable(re.sub(r"\s+", " ", text))
    if not plain:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", plain)), default=0) + 1)
    gap = " " if "`" in (plain[0], plain[-1]) else ""
    return f"{fence}{gap}{plain}{gap}{fence}"


def _word_width(word: str) -> float:
    """Return how wide a word is set: its bars are names, its signs have a formula's space."""
    return text_width(word, typewriter=word.startswith("█")) + _SIGN * word.count("×")


def _first(text: str) -> str:
    """Return a block's text, so that its first word begins no list and underlines no title."""
    return _STARTS.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", text)


def _relations(expr: Expr) -> int:
    """Return how many relations stand in a formula, each before the next."""
    return 1 + _relations(expr.right) if isinstance(expr, Compare) else 0


def _mark(column: Column, share: float) -> str:
    """Return how a column is set, in signs for its width: pandoc shares a page out by them."""
    dashes = "-" * max(2, round(_DASHES * share) - 1)
    return f"{dashes}:" if column.kind == "figure" else f":{dashes}"


def _headed(column: Column) -> Line:
    """Return a heading, or the equation of it and the number that it stands for."""
    match column.heading, column.value:
        case (Math(name),), Math(value):
            return (Math(Compare("==", name, value)),)
    return column.heading


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


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
