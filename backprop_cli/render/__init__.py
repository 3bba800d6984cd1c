"""Document → text: a file a format, each a visitor over the document's closed set of parts."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from .. import registry
from ..printing.page import WRITTEN

if TYPE_CHECKING:
    from ..printing.mathematics import MathPrinter
    from ..printing.page import Page
    from ..printing.settings import Settings
    from ..spec.profile import Profile
    from ..worked.document import Document


class Format(Struct, frozen=True):
    """One output format: its name, its files' suffixes, its printer and its renderer.

    ``finish`` turns the text that was rendered into bytes, where the file holds no text;
    ``beside`` gives the files that the text refers to, by name; ``takes`` are the options of a page
    that it takes beside those that every document takes.
    Each file in this folder that holds one names it FORMAT; nothing else has to know of it.
    """

    name: str
    suffixes: tuple[str, ...]
    doc: str
    printer: Callable[[Profile, Settings, Page], MathPrinter]
    render: Callable[[Document, MathPrinter, Page], str]
    finish: Callable[[str], bytes] | None = None
    beside: Callable[[Document, MathPrinter, Page], dict[str, str]] | None = None
    takes: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        """Every option of a page that it takes."""
        return (*self.takes, *WRITTEN)

    def finished(self, text: str) -> str | bytes:
        """Return what the file holds, for the text that was rendered."""
        return text if self.finish is None else self.finish(text)


@functools.cache
def formats() -> dict[str, Format]:
    """Return every format by name, importing each file of this folder."""
    return registry.entries(__name__, "FORMAT")


def named(name: str) -> Format | None:
    """Return the format of a name or suffix, importing no more files than it takes to find it."""
    found: Format | None = registry.called(__name__, "FORMAT", name)
    return found


def known_names() -> tuple[str, ...]:
    """Return every word that names a format: names, then suffixes."""
    every = formats().values()
    return (*(e.name for e in every), *(s for e in every for s in e.suffixes))
