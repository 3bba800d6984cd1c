"""Picture → file: a file a format, found by its name, each drawing the same scene."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from ... import registry
from ..splitting import PIXELS, TEXT_HEIGHT, DrawnSize, Room, natural

if TYPE_CHECKING:
    from ...notation.bound import Notation
    from ...printing.page import Page
    from ...printing.settings import Settings
    from ..scene import Drawable


class Pen(Struct, frozen=True):
    """What a picture is written with: the letters, the numbers' look, the place it must fit.

    A picture is as wide as was asked for; one in ``parts`` has letters of one size, so a part may
    be narrower.
    """

    notation: Notation
    settings: Settings
    page: Page
    parts: bool = False

    def share(self, picture: Drawable) -> float:
        """Return how much of the width asked for it takes; none is higher than a page's text."""
        wide = self.page.layout.width
        if wide is None:
            return 1.0
        width = wide.points * PIXELS
        share = TEXT_HEIGHT / (width * picture.height / picture.width)
        return min(1.0, share, picture.width / width if self.parts else 1.0)


class PictureFormat(Struct, frozen=True):
    """One format of pictures: its name, its files' suffixes and how it draws.

    Text formats return str, others bytes. ``plots`` says whether it draws plots of functions too,
    ``widths`` whether its lines have different widths, ``takes`` the options of a page that it
    takes beside a decimal comma and a language. ``sizes`` says how many points letters of so many
    pixels have, ``draw_pages`` draws a picture's parts as pages of one file.
    Each file in this folder that holds one names it FORMAT; nothing else has to know of it.
    """

    name: str
    suffixes: tuple[str, ...]
    doc: str
    draw: Callable[[Drawable, Pen], str | bytes]
    plots: bool = True
    widths: bool = True
    binary: bool = False
    takes: tuple[str, ...] = ()
    sizes: DrawnSize = natural
    draw_pages: Callable[[Sequence[Drawable], Pen], bytes] | None = None

    def room(self, page: Page) -> Room | None:
        """Return the width that was asked for, in which the picture must be readable."""
        wide = page.layout.width if "--width" in self.takes else None
        return None if wide is None else Room.of(wide.points, self.sizes)

    @property
    def options(self) -> tuple[str, ...]:
        """Every option of a page that it takes."""
        return (*self.takes, "--decimal-comma", "--language")


@functools.cache
def formats() -> dict[str, PictureFormat]:
    """Return every format by name, importing each file of this folder."""
    return registry.entries(__name__, "FORMAT")


def named(name: str) -> PictureFormat | None:
    """Return the format of a name or suffix, importing no more files than it takes to find it."""
    found: PictureFormat | None = registry.called(__name__, "FORMAT", name)
    return found


def known_names() -> tuple[str, ...]:
    """Return every word that names a format: names, then suffixes."""
    every = formats().values()
    return tuple(dict.fromkeys((*(e.name for e in every), *(s for e in every for s in e.suffixes))))
