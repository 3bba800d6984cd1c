"""Gradebooks as learning platforms import them: Moodle's grading worksheet, Canvas's gradebook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from ..feedback.sheet_document import marks_sentence
from ..rules.sentences import number
from . import Class, Files
from .csv_rows import cell

MOODLE_COLUMNS = (
    "Identifier",
    "Full name",
    "Status",
    "Grade",
    "Maximum Grade",
    "Feedback comments",
)
CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


def moodle_files(path: str, of: Class) -> Files:
    """Return the one file; ``Participant 123`` is from the name of the folder handed in."""
    rows = []
    for checked in of.sheets:
        marked = checked.marked
        number_of = marked.sheet.identifier
        rows.append(
            (
                f"Participant {number_of}" if number_of else "",
                marked.sheet.student,
                "Submitted for grading",
                number(marked.score),
                number(marked.max_score),
                marks_sentence(checked),
            )
        )
    return [(path, _text(MOODLE_COLUMNS, rows))]


def canvas_files(path: str, of: Class) -> Files:
    """Return the one file: the second row has the points possible, as Canvas wants it."""
    name = of.graph.name or "backprop"
    most = max((checked.marked.max_score for checked in of.sheets), default=0.0)
    rows = [("    Points Possible", "", "", "", "", number(most))]
    for checked in of.sheets:
        sheet = checked.marked.sheet
        rows.append((sheet.student, sheet.identifier, "", "", "", number(checked.marked.score)))
    return [(path, _text((*CANVAS_COLUMNS, name), rows))]


def _text(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(cell, columns))
    writer.writerows(tuple(map(cell, row)) for row in rows)
    return out.getvalue()
