"""Document → PDF: the pages that Typst sets, to be handed out."""

from __future__ import annotations

from msgspec import structs

from ..diagrams.typesetting import pdf_of
from ..printing.mathematics import MathPrinter
from ..printing.page import Page
from ..problems import refuse
from ..worked.document import Document
from . import Format
from .typst import render_typst, typst_printer

LONGEST = 1_000_000
"""Characters that are set: about 120 pages, which take four seconds and half a gigabyte."""


def render_pages(document: Document, printer: MathPrinter, page: Page) -> str:
    """Return the document as a Typst file with pages of its own; refuse what takes too long."""
    text = render_typst(document, printer, structs.replace(page, standalone=True))
    if len(text) > LONGEST:
        message = f"PDF: more than can be set ({len(text):,} characters of at most {LONGEST:,})"
        raise refuse(message, None, "leave something out, or write HTML: -o FILE.html")
    return text


FORMAT = Format(
    "pdf",
    ("pdf",),
    "pages to hand out (extra pdf)",
    typst_printer,
    render_pages,
    pdf_of,
    takes=("--width",),
)
