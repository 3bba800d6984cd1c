"""Document → a lecture in beamer: a frame holds what fits, and is uncovered a step at a time."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from msgspec import structs

from ...diagrams.formats.tikz import UNIT, LineMath, definitions, points_of, tikzpicture
from ...diagrams.splitting import Room
from ...printing.latex.lines import line, line_width
from ...printing.latex.words import words
from ...printing.mathematics import MathPrinter
from ...worked.document import (
    WHY,
    Block,
    Document,
    Equations,
    Line,
    Note,
    Paragraph,
    Picture,
    Plotted,
    Section,
    Table,
)
from ..lecture import GIVEN, parted
from ..pictures import scenes_for
from .document import babel
from .equations import PagePiece, apart
from .pictures import plot, shrunk
from .tables import tabulars

T = TypeVar("T")
ROOM, TALL = 37.0, 15.4
"""A frame's width in em and its height in lines, below its title."""
_SURE = 0.6
"""Of a frame's height what an estimate of it is surely not wrong by."""
_PAUSE = "\n\\pause\n"
_SHARES = (0.5, 0.6, 0.7, 0.8, 0.9)
_PICTURE_WIDTH, _PICTURE_HEIGHT, _LINE = 390.0, 182.0, 14.0
"""How wide and high a picture may be, and what of it counts as a line of text, in points."""
_READABLE, _OVERVIEW = 4.5, 3.0
"""Points of letters that are read on a screen, and from which the whole is shown before its parts.

A frame is 128 mm by 72 mm large, and shown much larger.
"""
_PREAMBLE = r"""\documentclass[10pt,aspectratio=169,fleqn]{beamer}
\usepackage{amsmath,amssymb,tikz}
\usetikzlibrary{arrows.meta}
% How the slides look: their theme, their colours, their letters.
\usetheme{default}
\usefonttheme[onlymath]{serif}
\definecolor{bp-title}{HTML}{1F5A86}
\setbeamercolor{frametitle}{fg=bp-title}
\setbeamercolor{title}{fg=bp-title}
\setbeamertemplate{navigation symbols}{}
\setbeamertemplate{footline}[frame number]
\setlength{\mathindent}{0pt}
\appto\normalsize{\abovedisplayskip=4pt\belowdisplayskip=4pt\relax}
\appto\small{\abovedisplayskip=4pt\belowdisplayskip=4pt\relax}
"""


def render_slides(document: Document, printer: MathPrinter) -> str:
    """Return the lecture: a frame for the title, then each section's frames."""
    opening, sections = parted(document)
    frames = []
    if document.title:
        said = [part for block in opening for part in _pieces(block, printer)]
        frames += _frames(rf"\Large {words(document.title)}", said)
    for title, section in _sections(sections, printer):
        own = [block for block in section.blocks if not isinstance(block, Section)]
        pieces = [part for block in own for part in _pieces(block, printer)]
        frames += _frames(title, pieces, "\n" if section.id == GIVEN else _PAUSE)
    body = "\n\n".join(frames)
    looks = definitions(body)
    preamble = f"{_PREAMBLE}{babel(printer.settings.language)}".rstrip("\n")
    return f"{preamble}\n{looks}\\begin{{document}}\n\n{body}\n\n\\end{{document}}\n"


def _sections(blocks: Iterable[Block], printer: MathPrinter) -> Iterator[tuple[str, Section]]:
    """Yield each section after its title, then those within it."""
    for section in blocks:
        if isinstance(section, Section):
            yield line(section.title, printer), section
            yield from _sections(section.blocks, printer)


def _frames(title: str, pieces: list[PagePiece], between: str = _PAUSE) -> list[str]:
    """Return frames of one title, each no fuller than it can be."""
    return [
        "\n".join(
            [
                # Braces at its beginning would be the frame's subtitle.
                rf"\begin{{frame}}[t]{{{title}}}{{}}",
                between.join(_held(piece, len(group) == 1) for piece in group),
                r"\end{frame}",
            ]
        )
        for group in _even(functools.partial(_grouped, pieces))
    ]


def _grouped(pieces: list[PagePiece], most: float) -> list[list[PagePiece]]:
    """Return the pieces in groups that are no higher."""
    groups: list[list[PagePiece]] = []
    for piece in pieces:
        last = groups[-1] if groups else []
        if last and sum(part.height for part in last) + piece.height <= most:
            last.append(piece)
        else:
            groups.append([piece])
    return groups


def _even(cut: Callable[[float], list[T]], most: float = TALL) -> list[T]:
    """Return what ``cut`` makes of a height, in as many parts, but none nearly empty."""
    whole = cut(most)
    lower = (cut(share * most) for share in _SHARES) if len(whole) > 1 else ()
    return next((parts for parts in lower if len(parts) == len(whole)), whole)


def _held(piece: PagePiece, alone: bool) -> str:
    """Return what a piece is set as, made smaller where it is higher than a frame.

    One that may be, since its height is but an estimate, is measured by LaTeX.
    """
    surely = _SURE * TALL if alone else TALL
    return piece.text if piece.height <= surely else shrunk(piece.text, "0.78")


def _pieces(block: Block, printer: MathPrinter) -> list[PagePiece]:
    """Return the steps in which a block is uncovered."""
    match block:
        case Paragraph(parts):
            return [_words(parts, printer)]
        case Note():
            said = _words(block.marked(printer.settings.said(WHY)), printer)
            return [PagePiece(f"{{\\small {said.text}\\par}}", said.height)]
        case Equations():
            return apart(block, printer, ROOM, TALL)
        case Table():
            cut = functools.partial(tabulars, block, printer, ROOM)
            return _even(cut, TALL - 4.0)
        case Picture():
            return _picture(block, printer)
    return []


def _words(parts: Line, printer: MathPrinter) -> PagePiece:
    lines = math.ceil(line_width(parts, printer) / ROOM)
    return PagePiece(f"\\noindent {line(parts, printer)}\\par", 1.1 * lines + 0.5)


def _picture(picture: Picture, printer: MathPrinter) -> list[PagePiece]:
    """Return a picture, as large as a frame holds."""
    if isinstance(picture.subject, Plotted):
        curve = f"\\resizebox{{!}}{{{_PICTURE_HEIGHT:g}pt}}{{%\n{plot(picture.subject)}}}"
        text = f"\\begin{{center}}{curve}\\end{{center}}"
        return [PagePiece(text, _PICTURE_HEIGHT / _LINE + 0.5)]
    found = []
    room = Room.of(_PICTURE_WIDTH, points_of, _PICTURE_HEIGHT)
    room = structs.replace(room, readable=_READABLE, overview=_OVERVIEW)
    for scene in scenes_for(picture, printer, room):
        drawn = tikzpicture(scene, LineMath(printer.profile, printer.settings))
        wide, high = UNIT * scene.width, UNIT * scene.height
        scale = min(1.0, _PICTURE_WIDTH / wide, _PICTURE_HEIGHT / high)
        fitted = f"\\resizebox{{{scale * wide:.1f}pt}}{{!}}{{%\n{drawn}}}"
        text = f"\\begin{{center}}{fitted}\\end{{center}}"
        found.append(PagePiece(text, scale * high / _LINE + 0.5))
    return found
