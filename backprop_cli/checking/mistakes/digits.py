"""Mistakes in single numbers: their digits, or one product of a sum."""

from __future__ import annotations

from collections.abc import Iterator

from ..marking.comparing import RoundingHabit
from ..replay import Array
from ._records import Mistake, mistake
from ._site import Site

DECIMALS = (1, 2, 3)


@mistake(
    "rounded-too-early",
    "an intermediate rounded too early",
    "With how many digits did you go on? Keep two more than you are asked for.",
    "{entry} comes out when what it is computed from is rounded to fewer digits than were asked.",
    rank=60,
)
def rounded_too_early(at: Site) -> Iterator[Array]:
    """Numbers are rounded to one, two or three decimals before the step uses them."""
    step = at.replay.at[at.key]
    given = at.graph.given
    reads = [key for key in dict.fromkeys(step.reads) if key not in given]
    if not reads or at.kind == "update":
        return
    for decimals in DECIMALS:
        used, habit = at.used.copy(), RoundingHabit(decimals, False)
        for key in reads:
            used[key] = habit.rounded(used[key])
        yield step.compute(used)


truncated = Mistake(
    "truncated",
    "digits cut off, not rounded",
    "The last digit is cut off: look at the digit behind it, and round.",
    "{entry} has its further digits cut off; rounded, the last one would be larger.",
    rank=5,
)
decimal_point = Mistake(
    "decimal-point",
    "the decimal point in another place",
    "The digits are right. Count the zeros again.",
    "{entry} has the right digits with the decimal point in another place.",
    rank=55,
)
slip = Mistake(
    "slip",
    "a slip in one term",
    "The formula is right; check each product of the sum, and its sign.",
    "{entry} is right but for one term: {term}.",
    rank=70,
)

MISTAKES = (rounded_too_early, truncated, decimal_point, slip)
