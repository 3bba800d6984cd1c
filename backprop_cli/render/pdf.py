"""Document → PDF: the pages that Typst sets, to be handed out."""

from __future__ import annotations

from msgspec import structs

from ..diagrams.typesetting import pdf_of
from ..printing.mathematics import MathPrinter
from ..printing.page import Page
from ..worked.document import Document
from . import Format
from .typst import render_typst, typst_printer


def render_pages(document: Document, printer: MathPrinter, page: Page) -> str:
    """Return the document as a Typst file with pages of its own."""
    return render_typst(document, printer, structs.replace(page, standalone=True))


FORMAT = Format(
    "pdf",
    ("pdf",),
    "pages to hand out (extra pdf)",
    typst_printer,
    render_pages,
    pdf_of,
    takes=("--width",),
)
