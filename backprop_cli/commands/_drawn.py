"""Pictures that are drawn as SVG at once (a plot, bars): printed, written, or made into pixels."""

from __future__ import annotations

from ..problems import refuse

DRAWN = {"svg": "svg", "png": "png"}
ZOOM = 2.0
"""Pixels to a unit of the picture, so that small letters stay sharp on any screen."""


def png_of(svg: str) -> bytes:
    """Return the picture as PNG; raise Refusal where the extra is not installed."""
    try:
        import resvg_py
    except ImportError:
        cure = "pip install 'backprop-cli[png]', or draw SVG: -o FILE.svg"
        raise refuse("PNG needs the package resvg-py", None, cure) from None
    from ..diagrams.formats.png import has_every_letter
    from ..diagrams.metrics import FILES

    pixels = resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=ZOOM,
        background="#ffffff",
        font_files=[str(path) for path in FILES.values()],
        skip_system_fonts=has_every_letter(svg),
        sans_serif_family="STIXGeneral",
        font_family="STIXGeneral",
    )
    return bytes(pixels)
