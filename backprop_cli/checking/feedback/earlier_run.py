"""An earlier run of the same class, from its JSON report: whose marks changed since, and where."""

from __future__ import annotations

import json
import math
from typing import Any

from msgspec import Struct

from ...problems import Place, refuse, shortened
from ...spec.nodes import read_source
from ..rules.sentences import as_object
from ..running import CheckedSheet

LARGEST_REPORT = 512 * 2**20
"""Bytes of a report: a class of ten thousand has a hundred megabytes."""


class Before(Struct, frozen=True):
    """A sheet's marks in an earlier run, and each answer's score and text by its name.

    ``rules`` are those of then, as plain data; None in a report of before they were written.
    """

    score: float
    max_score: float
    answers: dict[str, tuple[float, str]] = {}
    rules: dict[str, Any] | None = None


class MarkChange(Struct, frozen=True):
    """A sheet whose marks are others now: the answers that got others, with their old scores."""

    student: str
    before: Before
    score: float
    max_score: float
    names: tuple[str, ...] = ()
    other_sheet: bool = False


class EarlierRun(Struct, frozen=True):
    """The sheets of an earlier run by student and file."""

    sheets: dict[tuple[str, str], Before]
    problem_sha256: str = ""


class Changes(Struct, frozen=True):
    """What changed since: sheets with other marks, those that are new, those that are gone.

    ``other_rules`` sheets were marked by other rules then; ``other_network`` is of the file.
    """

    changed: tuple[MarkChange, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    same: int
    other_rules: int = 0
    other_network: bool = False


def read_earlier_run(path: str) -> EarlierRun:
    """Return the run of a JSON report; raise Refusal for a file that is none."""
    source = read_source(path, LARGEST_REPORT)
    cure = "give what an earlier --report FILE.json wrote"
    try:
        found = json.loads(source.text)
        if not isinstance(found, dict) or found.get("format") != "backprop-check":
            raise refuse("not a report of 'backprop check'", Place(1, 1), cure, source)
        sheets = {(str(s["student"]), str(s["file"])): _before(s) for s in found["students"]}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError):
        raise refuse("not a report of 'backprop check'", Place(1, 1), cure, source) from None
    return EarlierRun(sheets, str(found.get("problem_sha256", "")))


def _before(student: dict[str, Any]) -> Before:
    answers = {}
    for each in student["answers"]:
        entry = each["entry"]
        name = str(each["quantity"]) + (f"[{','.join(map(str, entry))}]" if entry else "")
        answers[shortened(name, 80)] = (_number(each["score"]), str(each["raw"]))
    marks = (_number(student["score"]), _number(student["max_score"]))
    return Before(*marks, answers, _plain(student["rules"]) if "rules" in student else None)


def _number(score: Any) -> float:
    """Return a mark; raise ValueError for what Python's JSON has and no report: Infinity."""
    found = float(score)
    if not math.isfinite(found):
        raise ValueError(score)
    return found


def _plain(rules: dict[str, Any]) -> dict[str, Any]:
    """Return the rules as JSON has them, without the file that they are from."""
    found: dict[str, Any] = json.loads(json.dumps(rules))
    return {key: value for key, value in found.items() if key != "source"}


class Comparison:
    """What changed since a run, sheet by sheet: ``add`` alone changes it."""

    def __init__(self, run: EarlierRun) -> None:
        self.run, self.left = run, dict(run.sheets)
        self.other_rules = 0
        self.changed: list[MarkChange] = []
        self.new: list[str] = []
        self.same = 0

    def add(self, checked: CheckedSheet) -> None:
        """Compare one sheet."""
        sheet = checked.marked.sheet
        before = self.left.pop((sheet.student, sheet.file), None)
        if before is None:
            self.new.append(sheet.student)
            return
        if before.rules is not None:
            self.other_rules += before.rules != _plain(as_object(sheet.rules))
        now = {j.answer.name: (j.score, j.answer.parsed.raw) for j in checked.marked.judged}
        old, none = before.answers, (0.0, "")
        names = tuple(n for n in {**old, **now} if now.get(n, none)[0] != old.get(n, none)[0])
        marks = (checked.marked.score, checked.marked.max_score)
        if names or marks != (before.score, before.max_score):
            other = any(now[n][1] != old[n][1] for n in now if n in old)
            self.changed.append(MarkChange(sheet.student, before, *marks, names, other))
        else:
            self.same += 1

    def changes(self, problem_sha256: str) -> Changes:
        """Return what changed; the fingerprint is that of the network's file now."""
        gone = tuple(who for who, _ in self.left)
        return Changes(
            tuple(self.changed),
            tuple(self.new),
            gone,
            self.same,
            self.other_rules,
            self.run.problem_sha256 != problem_sha256,
        )
