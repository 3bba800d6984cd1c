"""Pictures that are drawn as SVG at once (a plot, bars): printed, written, or made into pixels."""

from __future__ import annotations

import sys
from pathlib import Path

from ..problems import Refusal, refuse
from . import _output

DRAWN = ("svg", "png")
ZOOM = 2.0
"""Pixels to a unit of the picture, so that small letters stay sharp on any screen."""


def plain_format(format_name: str | None, output: str | None) -> str:
    """Return what ``--format``, else the file's suffix says, without a dot and in small letters."""
    word = format_name
    if word is None and output not in (None, "-"):
        word = Path(output or "").suffix
    return (word or "").lstrip(".").lower()


def also_named(refusal: Refusal, others: tuple[str, ...]) -> Refusal:
    """Return the refusal of a format with what else there is beside the formats of reports."""
    (problem,) = refusal.problems
    if not problem.cure.startswith(("use .", "known: ")):
        return refusal
    head, dot, rest = problem.cure.partition(" .")
    if dot:
        more = ", ".join(f".{other}" for other in others)
        return refuse(problem.message, problem.place, f"{head} {more}, .{rest}", refusal.source)
    cure = problem.cure.replace("known: ", f"known: {', '.join(others)}, ", 1)
    return refuse(problem.message, problem.place, cure, refusal.source)


def emit_drawn(svg: str, format_name: str, output: str | None) -> None:
    """Print or write the picture as SVG or as PNG."""
    if format_name == "svg":
        _output.emit(svg, output)
        return
    if output in (None, "-") and sys.stdout.isatty():
        raise refuse("png is not for a terminal", None, "write it to a file: -o picture.png")
    _output.emit(_pixels(svg), output)


def _pixels(svg: str) -> bytes:
    """Return the picture as PNG; raise Refusal where the extra is not installed."""
    try:
        import resvg_py
    except ImportError:
        cure = "pip install 'backprop-cli[png]', or draw SVG: -o FILE.svg"
        raise refuse("PNG needs the package resvg-py", None, cure) from None
    from ..diagrams.formats.png import has_every_letter
    from ..diagrams.metrics import FILES

    drawn = resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=ZOOM,
        background="#ffffff",
        font_files=[str(path) for path in FILES.values()],
        skip_system_fonts=has_every_letter(svg),
        sans_serif_family="STIXGeneral",
        font_family="STIXGeneral",
    )
    return bytes(drawn)
