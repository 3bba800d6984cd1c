"""Wrong formulas on a network without numbers: what they give at random points is searched."""

from __future__ import annotations

from msgspec import structs

from ..marking.answer_key import AnswerKey
from ..marking.marker import compared
from ..marking.symbolic import value_at
from ..records import ParsedAnswer, Rules, Sheet
from .search import Finding, search

POINTS = 2
"""Points at which a formula must be the same mistake."""


def with_formulas(
    key: AnswerKey, sheet: Sheet, rules: Rules, findings: list[Finding]
) -> list[Finding]:
    """Return the findings, wrong formulas with the mistake that they are at each point."""
    wrong = [n for n, each in enumerate(findings) if each.verdict == "wrong" and not each.mistake]
    if key.numbers or not wrong or key.at_points is None:
        return findings
    found = list(findings)
    tried = [_at_point(key, sheet, rules, point) for point in range(POINTS)]
    for number in wrong:
        first, *others = (each[number] for each in tried)
        same = all((o.mistake, o.term) == (first.mistake, first.term) for o in others)
        if same and first.mistake is not None and first.verdict == "wrong":
            found[number] = structs.replace(first, earlier=())
    return found


def _at_point(key: AnswerKey, sheet: Sheet, rules: Rules, point: int) -> list[Finding]:
    """Return what is found of the numbers that the formulas have at one point."""
    points = key.at_points
    if points is None:
        raise AssertionError("there are points where it is looked for")
    truth = tuple(array[point] for array in points.arrays)
    there = AnswerKey(structs.replace(key.replay, truth=truth))
    answers = []
    for answer in sheet.answers:
        tree = answer.parsed.tree
        value = None if tree is None else value_at(tree, key.replay, points, point)
        parsed = ParsedAnswer(answer.parsed.raw, value=value)
        answers.append(structs.replace(answer, parsed=parsed))
    return search(compared(there, structs.replace(sheet, answers=tuple(answers)), rules))
