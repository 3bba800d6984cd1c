"""Document → Quarto: Markdown whose title stands in its head, for a page, a PDF, slides."""

from __future__ import annotations

import json

from ..printing.mathematics import MathPrinter
from ..printing.page import Page
from ..worked.document import Document
from . import Format
from .markdown import markdown_blocks, markdown_printer, words
from .pictures import picture_files


def render_quarto(document: Document, printer: MathPrinter, page: Page) -> str:
    """Return the document as Quarto reads it: the words of its head as Markdown too."""
    title = json.dumps(words(document.title), ensure_ascii=False)
    head = (f"---\ntitle: {title}\n---",) if document.title else ()
    return "\n\n".join((*head, *markdown_blocks(document, printer, page))) + "\n"


FORMAT = Format(
    "quarto",
    ("qmd",),
    "Markdown for Quarto",
    markdown_printer,
    render_quarto,
    beside=picture_files,
    takes=("--width", "--heading-level", "--embed"),
)
