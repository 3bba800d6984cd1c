"""PDF: the SVG on a page of its own size, its text still text."""

from __future__ import annotations

import json

from ...problems import printable
from ..lettering import RunMath
from ..scene import Drawable
from ..typesetting import pdf_of
from . import Pen, PictureFormat
from .svg import svg_text

POINT = 0.75
"""A pixel of the scene, in points."""


def draw_pdf(picture: Drawable, pen: Pen) -> bytes:
    """Return the picture as PDF; raise Refusal where the extra is not installed."""
    width, height = (f"{length * POINT:.2f}pt" for length in (picture.width, picture.height))
    printer = RunMath(pen.notation, pen.settings)
    title, said, svg = (
        json.dumps(text, ensure_ascii=False)
        for text in (
            printable(picture.title),
            picture.description,
            svg_text(picture, printer, settled=True),
        )
    )
    source = (
        f"#set document(title: {title}, date: none)\n"
        f"#set page(width: {width}, height: {height}, margin: 0pt)\n"
        f'#image(bytes({svg}), format: "svg", width: {width}, height: {height}, alt: {said})\n'
    )
    return pdf_of(source)


FORMAT = PictureFormat(
    "pdf", ("pdf",), "a page for print (needs the extra pdf)", draw_pdf, binary=True
)
