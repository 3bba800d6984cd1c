"""Gradebooks as learning platforms import them: Moodle's grading worksheet, Canvas's gradebook."""

from __future__ import annotations

from ...languages import said
from ..feedback.sheet_document import marks_sentence
from ..rules.sentences import number
from ..running import CheckedSheet
from . import Class, ReportFile, Totals
from .csv_rows import lines_of

MOODLE_COLUMNS = (
    "Identifier",
    "Full name",
    "Status",
    "Grade",
    "Maximum Grade",
    "Feedback comments",
)
CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


def moodle_files(path: str, of: Class) -> list[ReportFile]:
    """Return the one file; ``Participant 123`` is from the name of the folder handed in."""

    def row(checked: CheckedSheet) -> tuple[str, ...]:
        marked = checked.marked
        number_of = marked.sheet.identifier
        problems = "; ".join(problem.message for problem in marked.sheet.problems)
        blank = all(each.verdict == "blank" for each in marked.judged)
        unread = problems if blank else ""
        return (
            f"Participant {number_of}" if number_of else "",
            marked.sheet.student,
            "Submitted for grading",
            number(marked.score),
            number(marked.max_score),
            unread or said(marks_sentence(checked), of.language),
        )

    head = lines_of([MOODLE_COLUMNS])
    return [ReportFile(path, lambda checked, _: lines_of([row(checked)]), lambda totals: head)]


def canvas_files(path: str, of: Class) -> list[ReportFile]:
    """Return the one file: the second row has the points possible, as Canvas wants it."""
    name = of.title or of.graph.name or "backprop"

    def head(totals: Totals) -> str:
        most = ("    Points Possible", "", "", "", "", number(totals.most_marks))
        return lines_of([(*CANVAS_COLUMNS, name), most])

    def row(checked: CheckedSheet) -> tuple[str, ...]:
        sheet = checked.marked.sheet
        return (sheet.student, sheet.identifier, "", "", "", number(checked.marked.score))

    return [ReportFile(path, lambda checked, _: lines_of([row(checked)]), head)]
