"""A document made ready for a printer: its letters, its language, digits enough in each line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..languages import ENGLISH
from ..notation import STANDARD, documents
from .precision import with_digits

if TYPE_CHECKING:
    from ..worked.document import Document
    from .mathematics import MathPrinter


def prepared(document: Document, printer: MathPrinter) -> Document:
    """Return the document as the printer shall draw it; plain names are no notation's letters."""
    if printer.in_letters:
        document = documents.in_notation(document, printer.profile)
    if printer.settings.language != ENGLISH:
        from .translating import translated

        written = printer.profile.facts.written
        document = translated(document, printer.settings.language, written)
    if printer.in_letters and printer.profile.name != STANDARD:
        from .plain_math import letter_in_words
        from .prose import in_own_letters

        language = printer.settings.language
        document = in_own_letters(document, printer.profile, letter_in_words, language)
    if printer.settings.comma:
        from .translating import with_commas

        document = with_commas(document, printer.profile.facts.written)
    return with_digits(document, printer.settings)
