"""A Typst source → PDF, by Typst itself: nothing is loaded from anywhere."""

from __future__ import annotations

from typing import Any

from ..problems import refuse
from .metrics import FONTS

INSTALL = "pip install 'backprop-cli[pdf]'"
"""The one command after which there is PDF."""


def pdf_of(source: str) -> bytes:
    """Return the source's pages as PDF; raise Refusal where the extra is not installed.

    Where its layout depends on itself without an end, it is told to be ``settled``.
    """
    try:
        import typst
    except ImportError:
        raise refuse("PDF needs the package typst", None, INSTALL) from None
    folders: Any = [str(FONTS)]
    pages, said = typst.compile_with_warnings(source.encode(), format="pdf", font_paths=folders)
    if any("converge" in warning.message for warning in said):
        settled = {"settled": "yes"}
        pages = typst.compile(source.encode(), format="pdf", font_paths=folders, sys_inputs=settled)
    return bytes(pages)
