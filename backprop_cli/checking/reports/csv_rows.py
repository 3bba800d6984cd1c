"""CSV: a row an answer; beside it a summary, a row a student."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from ...expression.tokens import plain_number
from ...graph.records import Graph
from ...problems import printable
from ..feedback.class_tally import marks_of
from ..records import Judged
from ..rules.sentences import rules_in_force
from ..running import CheckedSheet
from ..sheets.names import entry_of, quantity_name
from . import Class, ReportFile, beside, told

COLUMNS = (
    "student",
    "file",
    "quantity",
    "entry",
    "submitted",
    "expected",
    "status",
    "score",
    "max_score",
    "mistake",
    "message",
)
SUMMARY = (
    "student",
    "file",
    "score",
    "max_score",
    "percent",
    "right",
    "follow_through",
    "wrong",
    "blank",
    "unreadable",
    "problems",
    "rules",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_files(path: str, of: Class) -> list[ReportFile]:
    """Return the answers, and the summary beside them; with decimal commas ``;`` separates."""
    between = ";" if of.comma else ","
    return [
        ReportFile(
            path,
            lambda checked, _: lines_of(_rows(checked, of), between=between),
            lambda totals: lines_of([COLUMNS], between=between),
        ),
        ReportFile(
            beside(path, "summary"),
            lambda checked, _: lines_of([_summary(checked, of)], between=between),
            lambda totals: lines_of([SUMMARY], between=between),
        ),
    ]


def cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: numbers stay, ``=cmd`` gets a ``'``.

    Control characters are spelled out.
    """
    shown = printable(text)
    if shown.startswith(_FORMULA) and not plain_number(shown.replace(",", ".", 1)):
        return "'" + shown
    return shown


def lines_of(rows: Iterable[tuple[str, ...]], *, between: str = ",") -> str:
    """Return rows as CSV has them."""
    out = io.StringIO()
    csv.writer(out, delimiter=between, lineterminator="\n").writerows(
        tuple(map(cell, row)) for row in rows
    )
    return out.getvalue()


def _rows(checked: CheckedSheet, of: Class) -> Iterable[tuple[str, ...]]:
    sheet = checked.marked.sheet
    for each in checked.marked.judged:
        yield (sheet.student, sheet.file, *_answer(each, of, checked.graph or of.graph))
    if sheet.lost or not checked.marked.judged:
        said = "; ".join(problem.message for problem in sheet.problems)
        most = of.figure(checked.marked.unknown)
        yield (sheet.student, sheet.file, "", "", "", "", "unreadable", "0", most, "", said)


def _answer(each: Judged, of: Class, graph: Graph) -> tuple[str, ...]:
    answer = each.answer
    return (
        quantity_name(answer.ref, answer.aspect, graph),
        ",".join(map(str, entry_of(answer.ref, graph.in_out))),
        of.figures(answer.parsed.raw) if plain_number(answer.parsed.raw) else answer.parsed.raw,
        "" if each.truth is None else of.figures(f"{each.truth + 0.0:.15g}"),
        each.verdict,
        of.figure(each.score),
        of.figure(each.max_score),
        each.mistake or "",
        of.figures(told(each, "full" if of.feedback == "full" else "hint")),
    )


def _summary(checked: CheckedSheet, of: Class) -> tuple[str, ...]:
    marks = marks_of(checked)
    counts = marks.counts
    return (
        marks.student,
        marks.file,
        of.figure(marks.score),
        of.figure(marks.max_score),
        of.figures(f"{marks.percent:.1f}"),
        str(counts["right"]),
        str(counts["follow-through"]),
        str(counts["wrong"]),
        str(counts["blank"]),
        str(counts["unreadable"]),
        "; ".join(marks.problems),
        of.figures(rules_in_force(checked.marked.sheet.rules)),
    )
