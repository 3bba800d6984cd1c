"""Honest sheets are accepted and nobody is accused; a wrong number is never called right.

Every sheet is worked by a student of plain numpy. ``HONEST_SHEETS=10000`` checks more of them.
"""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Iterator

import pytest
from msgspec import structs

from backprop_cli.api import loads
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import AnswerKey, answer_key
from backprop_cli.checking.records import Marked, Sheet
from backprop_cli.passes.run import run
from tests.checking.students import (
    Pages,
    Rounding,
    Student,
    decimals,
    dropped,
    exercise,
    number_written,
    sheet,
    significant,
)

SHEETS = int(os.environ.get("HONEST_SHEETS", "250"))
ROUNDINGS: dict[str, Rounding] = {
    "2 decimals": decimals(2),
    "3 decimals": decimals(3),
    "4 decimals": decimals(4),
    "3 decimals, zeros dropped": dropped(3),
    "3 significant figures": significant(3),
}
SHAPES = (
    ((2, 2, 2), 1, False),
    ((3, 4, 2), 1, False),
    ((2, 2, 2), 3, False),
    ((2, 3, 3), 1, True),
    ((2, 2, 1), 4, False),
    ((3, 3, 2, 2), 1, False),
)
A_SHARE = len(ROUNDINGS)


def cases(rounding: str, count: int) -> Iterator[tuple[int, AnswerKey, Pages]]:
    """Yield (seed, problem, pages): three sheets of each network, the last with blanks."""
    for seed in range(count):
        sizes, samples, classes = SHAPES[seed % len(SHAPES)]
        task = exercise(seed, sizes, samples, classes)
        graph = loads(task.text())
        problem = answer_key(graph, run(graph), task.rate)
        with contextlib.suppress(ArithmeticError):
            yield seed, problem, Student(task, ROUNDINGS[rounding]).work()


def some_blank(seed: int, pages: Pages) -> tuple[str, ...]:
    """Return what is left blank: nothing on every other sheet, else half of the quantities."""
    chance = random.Random(seed)
    return tuple(name for name in pages if seed % 2 and chance.random() < 0.5)


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_honest_sheets_are_accepted_and_nobody_is_accused(rounding: str) -> None:
    """At least 99.5 % right; what a step hides at the precision is neither right nor wrong."""
    right = decided = 0
    for seed, problem, pages in cases(rounding, SHEETS // A_SHARE):
        marked = mark_sheet(problem, sheet(pages, problem.graph, some_blank(seed, pages)))
        accused = [each for each in marked.judged if each.mistake]
        assert not accused, (seed, accused)
        verdicts = [each.verdict for each in marked.judged]
        decided += len(verdicts) - verdicts.count("undecided")
        right += verdicts.count("right")
    assert right >= 0.995 * decided, f"{right} of {decided}"


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_one_wrong_entry_that_nothing_explains_is_never_called_right(rounding: str) -> None:
    """A number far from the truth and from what follows: wrong, and the rest stays right."""
    for seed, problem, pages in cases(rounding, SHEETS // A_SHARE):
        chance = random.Random(1000 + seed)
        handed_in = sheet(pages, problem.graph, some_blank(seed, pages))
        number = spoiled(handed_in, chance)
        if number is None:
            continue
        wrong, at = number
        marked = mark_sheet(problem, wrong)
        found = marked.judged[at]
        assert found.verdict == "wrong", (seed, found)
        assert before_is_right(marked, at, handed_in, problem), (seed, found)


def spoiled(handed_in: Sheet, chance: random.Random) -> tuple[Sheet, int] | None:
    """Return the sheet with one entry wrong, far beyond its last digit, and which one."""
    answers = list(handed_in.answers)
    if not answers:
        return None
    at = chance.randrange(len(answers))
    written = answers[at].parsed
    value = written.value or 0.0
    places = max(0, len(written.raw.lower().partition("e")[0].partition(".")[2]))
    factor = chance.choice((0.37, 0.71, 1.43, 2.7, -0.63, -1.31))
    raw = f"{value * factor + chance.choice((-1, 1)) * 23 * written.unit:.{places}f}"
    far = abs(float(raw) - value) > max(12 * written.unit, 0.2 * abs(value))
    if "e" in written.raw.lower() or not far:
        return None
    answers[at] = structs.replace(answers[at], parsed=number_written(raw))
    return structs.replace(handed_in, answers=tuple(answers)), at


def before_is_right(marked: Marked, at: int, handed_in: Sheet, problem: AnswerKey) -> bool:
    """Whether what was decided before the wrong entry is what it is without it."""
    alone = mark_sheet(problem, handed_in)
    step = problem.place(handed_in.answers[at])[0]
    turn = {each.key: i for i, each in enumerate(problem.replay.order)}
    return all(
        one.verdict == other.verdict
        for one, other in zip(marked.judged, alone.judged, strict=True)
        if turn[problem.place(one.answer)[0]] < turn[step]
    )
