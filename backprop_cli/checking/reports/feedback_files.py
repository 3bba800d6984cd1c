"""A file a student with what he is told: ``s4711.feedback.html``."""

from __future__ import annotations

from pathlib import Path

from ...problems import nearest, refuse
from ...worked.document import Document
from ..feedback.sheet_document import Feedback, sheet_document
from ..running import CheckedSheet
from ..sheets.handing_in import FEEDBACK

FORMATS = {"html": "html", "md": "markdown", "pdf": "pdf", "tex": "latex", "txt": "text"}
"""Suffixes of feedback files, and the format that each is written in."""


def check_folder(folder: str, suffix: str) -> None:
    """Refuse a folder that cannot be written to, and a suffix that says no format."""
    if suffix not in FORMATS:
        cure = nearest(suffix, FORMATS)
        raise refuse(f"--feedback-format: there is no format '{suffix}'", None, cure)
    place = Path(folder)
    if place.exists() and not place.is_dir():
        raise refuse(f"--feedback-dir {folder}: not a folder", None, "name a folder")
    if not place.parent.is_dir():
        cure = "create it first"
        raise refuse(f"--feedback-dir {folder}: there is no folder '{place.parent}'", None, cure)


def feedback_of(checked: CheckedSheet, feedback: Feedback) -> Document:
    """Return what one student is told."""
    from ...worked.steps import Writer

    if checked.subject is None:
        raise AssertionError("a sheet that was checked has its network")
    return sheet_document(checked, Writer(checked.subject), feedback, checked.step)


def feedback_name(word: str, suffix: str) -> str:
    """Return the name of a student's file."""
    return f"{word}{FEEDBACK}.{suffix}"
