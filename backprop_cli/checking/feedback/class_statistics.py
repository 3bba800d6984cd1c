"""What a class did, in numbers: a histogram of marks, rates by quantity, sheets that are copies."""

from __future__ import annotations

from collections import Counter, defaultdict

from msgspec import Struct

from ..records import Judged, Verdict
from ..running import CheckedSheet

BINS = 10
FEWEST_COPIED = 6
"""Answers that two sheets must share for them to be copies of one another."""
UNUSUAL = 0.1
"""A wrong value that more than a tenth of the class wrote (and more than three) is no clue."""


class Rate(Struct, frozen=True):
    """How a quantity was answered: entries by their verdict, and its commonest mistake."""

    quantity: str
    counts: dict[Verdict, int]
    mistake: str = ""

    @property
    def total(self) -> int:
        """Entries asked, over all sheets."""
        return sum(self.counts.values())


def histogram(percents: list[float]) -> list[int]:
    """Return how many sheets have 0 to 9 %, 10 to 19 %, …, 90 to 100 % of the marks."""
    found = [0] * BINS
    for percent in percents:
        found[min(BINS - 1, int(percent * BINS / 100))] += 1
    return found


def rates(sheets: list[CheckedSheet]) -> list[Rate]:
    """Return each quantity's rates, in the order of the sheets."""
    counts: dict[str, Counter[Verdict]] = {}
    mistakes: dict[str, Counter[str]] = defaultdict(Counter)
    for checked in sheets:
        for each in checked.marked.judged:
            name = each.answer.name.partition("[")[0]
            counts.setdefault(name, Counter())[each.verdict] += 1
            if each.mistake is not None and each.verdict == "wrong":
                mistakes[name][each.mistake] += 1
    return [
        Rate(name, dict(count), next((m for m, _ in mistakes[name].most_common(1)), ""))
        for name, count in counts.items()
    ]


def copies(sheets: list[CheckedSheet]) -> list[tuple[int, ...]]:
    """Return the groups of a few sheets that answer the same, letter for letter, wrong ones too."""
    groups: dict[tuple[tuple[str, str], ...], list[int]] = defaultdict(list)
    for number, checked in enumerate(sheets):
        judged = checked.marked.judged
        written = tuple((j.answer.name, " ".join(j.answer.parsed.raw.split())) for j in judged)
        if len(written) >= FEWEST_COPIED and any(map(_wrong, judged)):
            groups[written].append(number)
    few = max(3, int(UNUSUAL * len(sheets)))
    return [tuple(group) for group in groups.values() if 2 <= len(group) <= few]


def unnamed(sheets: list[CheckedSheet]) -> tuple[int, tuple[str, ...]]:
    """Return on how many sheets a wrong answer has no known mistake, and where mostly."""
    names: Counter[str] = Counter()
    count = 0
    for checked in sheets:
        here = [j for j in checked.marked.judged if _wrong(j) and j.mistake is None]
        names.update(j.answer.name for j in here)
        count += bool(here)
    return count, tuple(name for name, _ in names.most_common(3))


def _wrong(each: Judged) -> bool:
    return each.verdict == "wrong"
