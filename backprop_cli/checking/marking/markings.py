"""Marking: what one answer's number decides by itself and by the answers before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from ..records import Acceptance, Answer, Rules, Verdict
from .answer_key import AnswerKey
from .comparing import Rounded, RoundingHabit, whole
from .scenario import Scenario

NEAR = 4.0
"""Units of the last place within which an answer is a miss by rounding, and no mistake is named."""
NEAREST = 0.02
"""The part of the number within which that may be."""
COARSE = 0.05
"""A 0, however it is written, is a wrong answer to what is larger: not only a coarse one."""
FINE = ("right", "undecided")


class Marking(Struct, frozen=True):
    """One answer, where it stands (``index`` in the sheet), its number, and what is decided.

    ``computed`` has what its step gives in each scenario, from the accepted answers first;
    ``carried`` the wrong answers that it follows from, where it does from some of them only;
    ``cut`` says that its last digit is cut off, not rounded.
    """

    answer: Answer
    index: int
    key: int
    position: int
    truth: float
    number: Rounded | None = None
    verdict: Verdict = "wrong"
    rule: Acceptance = "wrong"
    computed: tuple[float, ...] = ()
    carried: tuple[Marking, ...] = ()
    cut: bool = False

    def decided(self, verdict: Verdict, rule: Acceptance) -> Marking:
        """Return the marking with its verdict."""
        return structs.replace(self, verdict=verdict, rule=rule)

    @property
    def open(self) -> bool:
        """Whether it has a number, and nothing has been decided."""
        return self.number is not None and self.rule == "wrong"

    @property
    def accepted(self) -> bool:
        """Whether it is right or follows from what came before."""
        return self.verdict in ("right", "follow-through")

    @property
    def right_value(self) -> float:
        """What the answer would be, computed from the accepted ones before it."""
        return self.computed[0] if self.computed else self.truth


WrongAt = Mapping[int, Sequence[Marking]]
"""The numbers that are not right, by the quantity that they are of."""


class SheetMarkings(Struct, frozen=True):
    """A sheet with its numbers compared.

    ``factor`` is by what its δ are multiplied to be read as ours. The scenarios are the arrays with
    the accepted answers in them, with every answer, and with those only that are not right; without
    a wrong answer the last two are not needed. ``units`` is by how many units of its last place a
    number may be off that is computed from rounded ones.
    """

    answer_key: AnswerKey
    rules: Rules
    factor: float
    markings: tuple[Marking, ...]
    wrong_at: WrongAt
    accepted: Scenario
    as_written: Scenario | None
    only_wrong: Scenario | None
    habits: tuple[RoundingHabit, ...]
    units: float


def is_delta(answer: Answer) -> bool:
    """Return whether the answer is a δ: ∂C/∂z."""
    return answer.ref.part == "z" and answer.ref.gradient


def factor_of(answer: Answer, factor: float) -> float:
    """Return by what an answer is multiplied on a sheet whose δ have this factor.

    The 1/N of a mean is in every gradient of a sample, the sign in δ alone.
    """
    ref = answer.ref
    shared = ref.gradient and ref.part in ("z", "a", "x") and abs(factor) != 1
    return factor if is_delta(answer) else abs(factor) if shared else 1.0


def nearly(marking: Marking, units: float) -> bool:
    """Whether the answer is off by a few units of its last place: rounding, not a mistake.

    Never between whole numbers, nor where it is off by more than 2 %.
    """
    s = marking.number
    if s is None or s.unit <= 0 or whole(s, marking.truth):
        return False
    numbers = (marking.truth, *marking.computed)
    return any(abs(s.value - c) <= min(NEAR * units * s.unit, NEAREST * abs(c)) for c in numbers)


def off_beyond_coarseness(marking: Marking) -> bool:
    """Whether a number too coarse to be compared is another one all the same."""
    s = marking.number
    if s is None:
        return False
    least = s.unit / 2 if s.value else min(s.unit, COARSE)
    return whole(s, marking.truth) or abs(s.value - marking.truth) > least
