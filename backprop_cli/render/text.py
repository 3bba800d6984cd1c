"""Document → plain text: the terminal's lines without colour."""

from __future__ import annotations

from msgspec import structs

from ..printing.mathematics import MathPrinter
from ..printing.page import Page
from ..worked.document import Document
from . import Format
from .terminal import render_text, text_printer


def render_plain(document: Document, printer: MathPrinter, page: Page) -> str:
    """Return the document's lines without colour."""
    return render_text(document, printer, structs.replace(page, colour=False))


FORMAT = Format("text", ("txt",), "the same without colour", text_printer, render_plain)
