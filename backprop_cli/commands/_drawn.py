"""Pictures that are drawn as SVG at once (a plot, bars): printed, written, or made into pixels."""

from __future__ import annotations

from collections.abc import Callable

from ._output import OwnFormats

DRAWN = {"svg": "svg", "png": "png"}


def drawn(picture: Callable[[], str]) -> OwnFormats:
    """Return the formats that an SVG is written in; raise Refusal where an extra is missing."""

    def in_pixels() -> bytes:
        from ..diagrams.formats.png import pixels

        return pixels(picture())

    return {"svg": picture, "png": in_pixels}
