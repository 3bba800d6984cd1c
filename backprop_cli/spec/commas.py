"""Decimal commas: in YAML they part a list's numbers, and a mapping's keys."""

from __future__ import annotations

import re

from msgspec import structs

from ..problems import Problem, Source

_PAIR = r"-?[0-9]+,[0-9]+"
_LIST = re.compile(rf"\[\s*{_PAIR}(?:,\s+{_PAIR})+\s*\]")
"""Numbers of which every second comma has a space behind it: [0,5, 1,2]."""
_BEFORE = re.compile(r"(?:(?<![0-9])|(?=-))-?[0-9]++,\Z")
"""A number before a comma; begun at its first sign, so that its digits are gone through once."""


def with_points(problems: list[Problem], source: Source) -> list[Problem]:
    """Return the problems, those that a decimal comma may have made with the cure for it."""
    lines = source.lines()
    found = [_of_a_key(problem, lines) for problem in problems]
    lists = _LIST.search(source.text)
    if found == problems and lists is not None:
        pointed = re.sub(rf"({_PAIR})", lambda pair: pair[0].replace(",", "."), lists[0])
        found[0] = _cured(found[0], f"the commas in {lists[0]} are decimal commas", pointed)
    return found


def _of_a_key(problem: Problem, lines: list[str]) -> Problem:
    """Return a problem with a key of digits that stands behind a number and a comma."""
    if problem.place is None or problem.place.line > len(lines):
        return problem
    line, at = lines[problem.place.line - 1], problem.place.column - 1
    digits = re.match(r"[0-9]+(?=\s*[,}\n]|$)", line[at:])
    before = _BEFORE.search(line[:at])
    if digits is None or before is None:
        return problem
    number = before[0] + digits[0]
    return _cured(problem, f"{number} is one number", number.replace(",", "."))


def _cured(problem: Problem, condition: str, pointed: str) -> Problem:
    cure = f"{problem.cure}; if {condition}, write {pointed}".removeprefix("; ")
    return structs.replace(problem, cure=cure)
