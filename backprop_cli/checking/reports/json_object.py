"""JSON: ``backprop-check``, every answer with its verdict, the rule that decided and the truth."""

from __future__ import annotations

from textwrap import indent
from typing import Any

from ...graph.records import Graph
from ...render.json_text import json_text
from ..records import Judged
from ..rules.sentences import as_object
from ..running import CheckedSheet
from ..sheets.names import entry_of, quantity_name
from . import Class, ReportFile, Totals, told


def json_files(path: str, of: Class) -> list[ReportFile]:
    """Return the one file: format, version, problem_sha256, students, left_out."""
    told_first = {"format": "backprop-check", "version": 1, "problem_sha256": of.problem_sha256}

    def piece(checked: CheckedSheet, number: int) -> str:
        text = indent(json_text(_student(checked, of)).rstrip("\n"), "    ")
        return f",\n{text}" if number else f"\n{text}"

    def head(totals: Totals) -> str:
        return json_text(told_first).rstrip("\n}") + ',\n  "students": ['

    def foot(totals: Totals) -> str:
        left = json_text({"left_out": list(totals.left_out)})
        return f"\n  ],\n{left.removeprefix('{').lstrip(chr(10))}"

    return [ReportFile(path, piece, head, foot)]


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
