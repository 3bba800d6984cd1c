"""JSON: ``backprop-check``, every answer with its verdict, the rule that decided and the truth."""

from __future__ import annotations

from typing import Any

from ...graph.records import Graph
from ...render.json_text import json_text
from ..records import Judged
from ..rules.sentences import as_object
from ..running import CheckedSheet
from ..sheets.names import entry_of, quantity_name
from . import Class, Files, told


def json_files(path: str, of: Class) -> Files:
    """Return the one file."""
    return [(path, json_text(check_object(of)))]


def check_object(of: Class) -> dict[str, Any]:
    """Return the report as plain lists, numbers and texts."""
    return {
        "format": "backprop-check",
        "version": 1,
        "problem_sha256": of.problem_sha256,
        "students": [_student(checked, of) for checked in of.sheets],
        "left_out": list(of.left_out),
    }


def _student(checked: CheckedSheet, of: Class) -> dict[str, Any]:
    marked = checked.marked
    return {
        "student": marked.sheet.student,
        "file": marked.sheet.file,
        "identifier": marked.sheet.identifier,
        "score": marked.score,
        "max_score": marked.max_score,
        "remarks": list(marked.remarks),
        "rules": as_object(marked.sheet.rules),
        "credit": marked.sheet.credit,
        "answers": [_answer(each, of, checked.graph or of.graph) for each in marked.judged],
        "problems": [
            {
                "message": problem.message,
                "line": None if problem.place is None else problem.place.line,
                "column": None if problem.place is None else problem.place.column,
                "cure": problem.cure,
            }
            for problem in marked.sheet.problems
        ],
    }


def _answer(each: Judged, of: Class, graph: Graph) -> dict[str, Any]:
    answer, parsed = each.answer, each.answer.parsed
    entry = entry_of(answer.ref, graph.in_out)
    return {
        "quantity": quantity_name(answer.ref, answer.aspect, graph),
        "entry": list(entry) if entry else None,
        "raw": parsed.raw,
        "value": parsed.value if each.value is None else each.value,
        "truth": each.truth,
        "unit": parsed.unit,
        "verdict": each.verdict,
        "rule": each.rule,
        "mistake": each.mistake,
        "also": list(each.also),
        "message": told(each, "full" if of.feedback == "full" else "hint"),
        "earlier": list(each.earlier),
        "score": each.score,
        "max_score": each.max_score,
    }
