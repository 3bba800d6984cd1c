"""A document in another language: its headings, rules and notes said, nothing else touched."""

from __future__ import annotations

from msgspec import structs

from ..languages import ENGLISH, said
from ..worked.document import (
    KEPT,
    Block,
    Chain,
    Document,
    Equations,
    Inline,
    Line,
    Note,
    Paragraph,
    Picture,
    Plotted,
    PlotWords,
    Section,
    Strong,
    Table,
    Text,
)
from .numbers import with_comma

FIRST = 0xE000
"""The first of the characters that stand for a line's mathematics while its words are sought."""


def translated(
    document: Document, language: str, written: frozenset[str] = frozenset()
) -> Document:
    """Return the document in the language, but for what its network's author has written."""
    if language == ENGLISH:
        return document
    own = next((words for words in written if words and document.title.startswith(words)), "")
    title = document.title.replace(own, chr(FIRST), 1) if own else document.title
    title = said(title, language).replace(chr(FIRST), own)
    blocks = (
        block if _is_written(block, written) else _said(block, language)
        for block in document.blocks
    )
    return structs.replace(document, title=title, blocks=tuple(blocks))


def _is_written(block: Block, written: frozenset[str]) -> bool:
    match block:
        case Paragraph((Text(text),)):
            return text in written
    return False


def said_line(line: Line, language: str) -> Line:
    """Return a line in the language, its mathematics where that has it."""
    if language == ENGLISH:
        return line
    others: list[Inline] = []
    cites: tuple[str, ...] = ()
    sentence = ""
    lettered = any(isinstance(part, Text) and part.lettered for part in line)
    for part in line:
        if isinstance(part, Text) and not part.tone:
            sentence += part.text
            cites += part.cites
        else:
            sentence += chr(FIRST + len(others))
            others.append(_own(part, language))
    found: list[Inline] = []
    words = ""
    for character in said(sentence, language):
        place = ord(character) - FIRST
        if not 0 <= place < len(others):
            words += character
            continue
        found += [Text(words, lettered=lettered)] if words else []
        words = ""
        found.append(others[place])
    last = Text(words, cites=() if found else cites, lettered=lettered)
    return tuple([*found, last] if words else found)


def _own(part: Inline, language: str) -> Inline:
    """Return a piece with a look of its own, said by itself."""
    if isinstance(part, Text | Strong) and part.tone != KEPT:
        return structs.replace(part, text=said(part.text, language))
    return part


def _said(block: Block, language: str) -> Block:
    match block:
        case Paragraph(line) | Note(line):
            return structs.replace(block, line=said_line(line, language))
        case Equations(chains):
            return Equations(tuple(_said_chain(chain, language) for chain in chains))
        case Table(columns, rows, caption):
            headed = tuple(
                structs.replace(column, heading=said_line(column.heading, language))
                for column in columns
            )
            cells = tuple(tuple(_said_cell(cell, language) for cell in row) for row in rows)
            return Table(headed, cells, said_line(caption, language))
        case Picture(subject) if isinstance(subject, Plotted):
            return Picture(said_plot(subject, language))
        case Section(title=title, blocks=blocks):
            inner = tuple(_said(each, language) for each in blocks)
            return structs.replace(block, title=said_line(title, language), blocks=inner)
    return block


def _said_cell(cell: Inline | None, language: str) -> Inline | None:
    return None if cell is None else _own(cell, language)


def _said_chain(chain: Chain, language: str) -> Chain:
    rule = chain.rule
    if rule is not None:
        rule = structs.replace(rule, said=said(str(rule), language))
    name = said(chain.name, language) if " " in chain.name else chain.name
    return structs.replace(chain, name=name, rule=rule)


def with_commas(document: Document, written: frozenset[str] = frozenset()) -> Document:
    """Return the document with 0,1 for 0.1 in its words, but for those of its author."""
    blocks = (each if _is_written(each, written) else _commas(each) for each in document.blocks)
    return structs.replace(document, blocks=tuple(blocks))


def _commas(block: Block) -> Block:
    match block:
        case Paragraph(line) | Note(line):
            return structs.replace(block, line=_line_comma(line))
        case Table(rows=rows, caption=caption):
            cells = tuple(tuple(map(_comma, row)) for row in rows)
            return structs.replace(block, rows=cells, caption=_line_comma(caption))
        case Picture(subject) if isinstance(subject, Plotted):
            return Picture(said_plot(subject, ENGLISH, comma=True))
        case Section(blocks=blocks):
            return structs.replace(block, blocks=tuple(map(_commas, blocks)))
    return block


def _line_comma(line: Line) -> Line:
    return tuple(part for part in map(_comma, line) if part is not None)


def _comma(part: Inline | None) -> Inline | None:
    if isinstance(part, Text | Strong) and part.tone != KEPT:
        return structs.replace(part, text=with_comma(part.text))
    return part


def said_plot(plot: Plotted, language: str, *, comma: bool = False) -> Plotted:
    """Return a curve or a heat map with its words in the language, its numbers as 0,1."""
    if comma:
        plot = structs.replace(plot, words=structs.replace(plot.words, point=","))
    if language == ENGLISH:
        return plot
    words = {
        name: said(getattr(plot, name), language)
        for name in ("across", "up", "of", "title")
        if hasattr(plot, name)
    }
    around = structs.asdict(plot.words)
    around |= {name: said(text, language) for name, text in around.items() if name != "point"}
    return structs.replace(plot, **words, words=PlotWords(**around))
