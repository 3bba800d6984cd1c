"""Gradescope's ``results.json``: one submission, a test an answer.

Of several sheets each student gets a file of his own: ``results-s4711.json``.
"""

from __future__ import annotations

from typing import Any

from ...render.json_text import json_text
from ..feedback.sheet_document import marks_sentence, problem_sentences
from ..records import Judged
from ..rules.sentences import ignored_sentence, late_sentence, rules_in_force
from ..running import CheckedSheet
from . import Class, ReportFile, beside, told


def gradescope_files(path: str, of: Class) -> list[ReportFile]:
    """Return the one file, or a file a student."""
    return [
        ReportFile(
            path,
            lambda checked, number: json_text(results(checked, of)),
            apart=lambda word: beside(path, word),
        )
    ]


def results(checked: CheckedSheet, of: Class) -> dict[str, Any]:
    """Return Gradescope's object for one student."""
    marked = checked.marked
    sheet = marked.sheet
    rules = (rules_in_force(sheet.rules), ignored_sentence(sheet), late_sentence(sheet))
    said = [marks_sentence(checked), *rules, *marked.remarks, *problem_sentences(checked)]
    return {
        "score": marked.score,
        "output": "\n".join(filter(None, said)),
        "visibility": "visible",
        "tests": [_test(each, number, of) for number, each in enumerate(marked.judged, 1)],
    }


def _test(each: Judged, number: int, of: Class) -> dict[str, Any]:
    passed = each.verdict in ("right", "follow-through", "undecided")
    return {
        "name": each.answer.name,
        "number": str(number),
        "score": each.score,
        "max_score": each.max_score,
        "status": "passed" if passed else "failed",
        "output": told(each, of.feedback),
        "visibility": "visible",
    }
