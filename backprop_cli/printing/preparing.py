"""A document made ready for a printer: in its letters, each line of numbers with digits enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..notation import documents
from .precision import with_digits

if TYPE_CHECKING:
    from ..worked.document import Document
    from .mathematics import MathPrinter


def prepared(document: Document, printer: MathPrinter) -> Document:
    """Return the document as the printer shall draw it; plain names are no notation's letters."""
    if printer.in_letters:
        document = documents.in_notation(document, printer.profile)
    return with_digits(document, printer.settings)
