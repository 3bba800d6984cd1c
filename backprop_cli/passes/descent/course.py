"""Many steps of a descent: the loss on the way, and chosen parameters at chosen steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...arithmetic.floating import plain
from ...functions.optimizers import ETA
from .descender import Descender
from .records import Course, CourseRow, Overflowed
from .watching import Watched, seen

MOST_ROWS = 20
"""Rows of the table of losses, unless all are asked for."""
_ROUND = tuple(digit * 10**power for power in range(9) for digit in (1, 2, 5))


def shown_steps(steps: int, *, full: bool = False) -> tuple[int, ...]:
    """Return after how many of the steps the table has a row: 0, round numbers, the last."""
    if full or steps < MOST_ROWS:
        return tuple(range(steps + 1))
    apart = next(size for size in _ROUND if steps <= size * 12)
    return tuple(sorted({*range(0, steps, apart), steps}))


def course(
    descender: Descender,
    steps: int,
    watched: tuple[Watched, ...] = (),
    *,
    full: bool = False,
    tell: Callable[[int], None] | None = None,
) -> Course:
    """Take the steps and return their course; an overflow ends it, and is kept.

    ``watched`` has a number in each row; ``tell`` hears after each step how many have
    been taken.
    """
    wanted = set(shown_steps(steps, full=full))
    batched = descender.plan.batch_size is not None
    losses: list[float] = []
    rows: list[CourseRow] = []
    first = descender.steps
    stopped: Overflowed | None = None
    before: Sequence[Any] = descender.whole()
    after: Sequence[Any] = ()
    try:
        for taken in range(steps):
            shown: tuple[Any, ...] | None = None
            whole: Any = None
            if taken in wanted:
                shown = seen(descender, watched)
                whole = descender.loss() if batched else None
            loss = descender.step()
            losses.append(float(plain(loss)))
            if shown is not None:
                total = plain(loss if whole is None else whole)
                own = plain(loss) if batched else None
                rate = descender.work.numbers[ETA]
                rows.append(CourseRow(first + taken, total, shown, own, rate))
            if tell is not None:
                tell(taken + 1)
        after = descender.whole()
        final = after[descender.graph.loss if descender.graph.loss is not None else -1]
        rows.append(CourseRow(first + steps, plain(final), seen(descender, watched)))
        if not batched:
            losses.append(float(plain(final)))
    except Overflowed as overflow:
        stopped = overflow
    return Course(first, tuple(losses), tuple(rows), stopped, before, after)
