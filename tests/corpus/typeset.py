"""Typst: the pages of ``-o FILE.pdf``, and text for a column of 80 mm."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from ..render.test_typst import MEASURED
from . import ink
from .records import Fault, Made, Reader

MARGIN = 62.36
"""Of a page that the tool lays out, 2.2 cm in points."""
COLUMN = "#set page(width: 120mm, height: 297mm, margin: (x: 20mm, y: 20mm))\n"
SIDE = 56.7


def _pages(documents: list[Made], _: Path) -> list[Fault]:
    return [
        Fault("typst", document.name, True, said)
        for document in documents
        for path in document.files["page pdf"]
        for said in ink.ink_outside(path, MARGIN, MARGIN, ink.HANGING)
    ]


def _column(documents: list[Made], folder: Path) -> list[Fault]:
    import typst

    found = []
    for document in documents:
        text = document.files["narrow typ"][0].read_text(encoding="utf-8")
        try:
            made, warnings = typst.compile_with_warnings((COLUMN + MEASURED + text).encode())
        except typst.TypstError as error:
            found.append(Fault("typst 80mm", document.name, "too wide" in str(error), str(error)))
            continue
        for warning in warnings:
            if "font" not in str(warning):
                found.append(Fault("typst 80mm", document.name, False, str(warning)))
        path = folder / "narrow.pdf"
        path.write_bytes(made)
        for said in ink.ink_outside(path, SIDE, SIDE, ink.HANGING):
            found.append(Fault("typst 80mm", document.name, True, said))
    return found


def _lacks() -> str:
    return ink.lacks() or ("" if importlib.util.find_spec("typst") else "typst")


READERS = (
    Reader("typst", "page pdf", _lacks, _pages),
    Reader("typst 80mm", "narrow typ", _lacks, _column),
)
