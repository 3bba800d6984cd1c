"""Document → Jupyter notebook: a cell of Markdown a section, its pictures within."""

from __future__ import annotations

from msgspec import structs

from ..printing.mathematics import MathPrinter
from ..printing.page import Page
from ..worked.document import Document
from . import Format
from .json_text import json_text
from .markdown import markdown_blocks, markdown_printer, words


def render_notebook(document: Document, printer: MathPrinter, page: Page) -> str:
    """Return the document as a notebook of format 4.5."""
    within = structs.replace(page, embed=page.pictures)
    title = (f"# {words(document.title)}",) if document.title else ()
    section = "## " if title else "# "
    cells: list[list[str]] = []
    for block in (*title, *markdown_blocks(document, printer, within)):
        if not cells or block.startswith(section):
            cells.append([])
        cells[-1].append(block)
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"language_info": {"name": "python"}},
        "cells": [
            {
                "cell_type": "markdown",
                "id": f"section-{number}",
                "metadata": {},
                "source": "\n\n".join(parts).splitlines(keepends=True),
            }
            for number, parts in enumerate(cells)
        ],
    }
    return json_text(notebook)


FORMAT = Format(
    "notebook",
    ("ipynb",),
    "a notebook for Jupyter",
    markdown_printer,
    render_notebook,
    takes=("--width",),
)
