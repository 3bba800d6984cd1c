"""Gradebooks as learning platforms import them: Moodle's grading worksheet, Canvas's gradebook."""

from __future__ import annotations

from msgspec import Struct

from ...languages import said
from ..feedback.sheet_document import marks_sentence
from ..running import CheckedSheet
from . import Class, ReportFile, Totals
from .csv_rows import lines_of


class Headings(Struct, frozen=True):
    """What a Moodle in one language calls the columns, and a participant before its number."""

    columns: tuple[str, ...]
    participant: str
    handed_in: str


MOODLE = {
    "en": Headings(
        ("Identifier", "Full name", "Status", "Grade", "Maximum Grade", "Feedback comments"),
        "Participant ",
        "Submitted for grading",
    ),
    "de": Headings(
        (
            "ID",
            "Vollst\u00e4ndiger Name",
            "Status",
            "Bewertung",
            "Bestwertung",
            "Feedback als Kommentar",
        ),
        "Teilnehmer/in",
        "Zur Bewertung abgegeben",
    ),
}
"""Moodle finds its columns by the headings of its own language."""
CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


def moodle_files(path: str, of: Class) -> list[ReportFile]:
    """Return the one file; ``Participant 123`` is from the name of the folder handed in.

    What could not be read has no grade: whoever marks gives it.
    """
    headings = MOODLE.get(of.language, MOODLE["en"])

    def row(checked: CheckedSheet) -> tuple[str, ...]:
        marked = checked.marked
        number_of = marked.sheet.identifier
        problems = "; ".join(problem.message for problem in marked.sheet.problems)
        blank = all(each.verdict == "blank" for each in marked.judged)
        unread = problems if blank else ""
        most = marked.max_score
        return (
            f"{headings.participant}{number_of}" if number_of else "",
            marked.sheet.student,
            headings.handed_in,
            of.figure(marked.score) if most else "",
            of.figure(most) if most else "",
            unread or of.figures(said(marks_sentence(checked), of.language)),
        )

    head = lines_of([headings.columns])
    return [ReportFile(path, lambda checked, _: lines_of([row(checked)]), lambda totals: head)]


def canvas_files(path: str, of: Class) -> list[ReportFile]:
    """Return the one file: the second row has the points possible, as Canvas wants it."""
    name = of.title or of.graph.name or "backprop"

    def head(totals: Totals) -> str:
        most = ("    Points Possible", "", "", "", "", of.figure(totals.most_marks))
        return lines_of([(*CANVAS_COLUMNS, name), most])

    def row(checked: CheckedSheet) -> tuple[str, ...]:
        sheet = checked.marked.sheet
        return (sheet.student, sheet.identifier, "", "", "", of.figure(checked.marked.score))

    return [ReportFile(path, lambda checked, _: lines_of([row(checked)]), head)]
