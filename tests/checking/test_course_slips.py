"""Slips that courses see: each is named on its sheets, worked by plain numpy, and no other is."""

from __future__ import annotations

import functools
import itertools
import re

import pytest

from backprop_cli.api import loads
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import AnswerKey, answer_key
from backprop_cli.checking.mistakes import catalogue
from backprop_cli.checking.records import Judged
from backprop_cli.passes.run import run
from tests.checking.course_slips import CALLED, COURSES, UNNAMED, Page
from tests.checking.mistake_sheets import examples
from tests.checking.students import sheet
from tests.checking.test_mistakes import OF_COURSES
from tests.pairing import has_turn

MOST_EXAMPLES = 2
"""Sheets of one mistake on one network."""


@functools.cache
def key_of(course: str, seed: int) -> AnswerKey:
    """Return the key: a slip changes what is written down, not the network."""
    graph = loads(COURSES[course](Page(seed)))
    return answer_key(graph, run(graph))


def judged(course: str, seed: int, slip: str = "") -> tuple[Page, tuple[Judged, ...]]:
    page, key = Page(seed, slip), key_of(course, seed)
    COURSES[course](page)
    return page, mark_sheet(key, sheet(page.pages, key.graph)).judged


def named(answers: tuple[Judged, ...]) -> set[str]:
    wrong = [each for each in answers if each.verdict == "wrong" and each.mistake]
    return {name for each in wrong for name in (each.mistake or "", *each.also)}


@pytest.mark.parametrize("course", COURSES)
def test_the_slips_of_a_course_are_named_and_honest_work_is_right(course: str) -> None:
    page, honest = judged(course, 0)
    assert {each.verdict for each in honest} <= {"right", "undecided"}
    for slip in page.offered:
        for seed in range(4):
            made, answers = judged(course, seed, slip)
            if made.offered[slip] and any(each.verdict == "wrong" for each in answers):
                found = named(answers)
                assert found & set(CALLED.get(slip, ())) or (slip in UNNAMED and not found), (
                    slip,
                    found,
                )
                break


@pytest.mark.parametrize("course", [name for n, name in enumerate(COURSES) if has_turn(n)])
def test_each_mistake_is_named_on_the_sheet_that_it_makes(course: str) -> None:
    """Its hint gives no number away."""
    key = key_of(course, 0)
    for name in OF_COURSES:
        made = list(itertools.islice(examples(catalogue()[name], key.replay), 12))
        for example in made[:: max(1, len(made) // MOST_EXAMPLES)]:
            found = mark_sheet(key, example.sheet).judged
            assert name in named(found), (name, named(found))
            assert not any(re.search(r"\d\.\d", each.message) for each in found)
