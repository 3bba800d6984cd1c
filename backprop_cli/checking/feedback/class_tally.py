"""What a class did, counted while its sheets go by: none of them is kept, however many they are."""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable

from msgspec import Struct

from ...problems import nearest_name
from ..mistakes import catalogue
from ..records import Judged, Verdict
from ..rules.sentences import ignored_sentence, late_sentence, own_name_sentence, rules_in_force
from ..running import CheckedSheet
from .same_writing import SameLines, SameWriting
from .sheet_document import problem_sentences

FEWEST_COPIED = 6
"""Answers that two sheets must share for them to be copies of one another."""
OF_THE_PEN = frozenset(
    ("digits-exchanged", "neighbour-copied", "entries-exchanged", "minus", "slip", "decimal-point")
)
"""Slips that nobody makes twice at the same entry; other mistakes many make, and carry on alike."""
UNUSUAL = 0.1
"""A wrong value that more than a tenth of the class wrote (and more than three) is no clue."""
MOST_ROWS = 1000
"""Rows of a table that somebody still reads; a report has them all."""
MOST_REMARKS = 200
COUNTED = ("right", "follow-through", "wrong", "blank", "unreadable", "undecided")


class Marks(Struct, frozen=True):
    """One student's marks: ``counts`` has how many answers got each verdict."""

    student: str
    file: str
    score: float
    max_score: float
    counts: dict[str, int]
    problems: tuple[str, ...] = ()

    @property
    def percent(self) -> float:
        """The share of the marks, in percent; nothing of nothing is 0."""
        return 100 * self.score / self.max_score if self.max_score else 0.0


class Common(Struct, frozen=True):
    """A mistake, on how many sheets it was found, where it shows, and what it is."""

    mistake: str
    sheets: int
    names: tuple[str, ...]
    title: str


class Alike(Struct, frozen=True):
    """Students, the first few, who wrote the same unusual wrong values, each with its name."""

    students: tuple[str, ...]
    values: tuple[tuple[str, str], ...]


class Rate(Struct, frozen=True):
    """How a quantity was answered: entries by their verdict, and its commonest mistake."""

    quantity: str
    counts: dict[Verdict, int]
    mistake: str = ""

    @property
    def total(self) -> int:
        """Entries asked, over all sheets."""
        return sum(self.counts.values())


class ClassTally:
    """The counts of a class, sheet by sheet: ``add`` alone changes them."""

    def __init__(self) -> None:
        self.count = 0
        self.percents = array("d")
        self.rows: list[Marks] = []
        self.shown: set[str] = set()
        self.least_marks, self.most_marks = math.inf, 0.0
        self.verdicts: Counter[str] = Counter()
        self.broken = self.problems = 0
        self.forces: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()
        self.remarks: list[tuple[str, str]] = []
        self.late: set[str] = set()
        self.more_remarks = 0
        self.all_right = True
        self._on_sheets: Counter[str] = Counter()
        self._at: dict[str, Counter[str]] = defaultdict(Counter)
        self._rates: dict[str, Counter[Verdict]] = {}
        self._mistakes: dict[str, Counter[str]] = defaultdict(Counter)
        self._unnamed: Counter[str] = Counter()
        self._unnamed_sheets = 0
        self._students, self._values, self._pages = (SameWriting() for _ in range(3))

    def add(self, checked: CheckedSheet) -> None:
        """Count one sheet."""
        marked, number = checked.marked, self.count
        sheet, row = marked.sheet, marks_of(checked)
        self.count += 1
        self._students.add(sheet.student, number, sheet.student)
        if row.max_score:
            self.percents.append(row.percent)
            self.least_marks = min(self.least_marks, row.max_score)
        if len(self.rows) < MOST_ROWS:
            self.rows.append(row)
        self.shown |= {verdict for verdict, count in row.counts.items() if count}
        self.most_marks = max(self.most_marks, row.max_score)
        self.broken += bool(row.problems or row.counts["unreadable"])
        self.problems += len(row.problems)
        self.forces[rules_in_force(sheet.rules)] += 1
        self.ignored[ignored_sentence(sheet)] += 1
        self.all_right = self.all_right and checked.all_right
        of_it = filter(None, (late_sentence(sheet), own_name_sentence(sheet)))
        said = [*row.problems, *marked.remarks, *of_it]
        if said:
            text = "; ".join(said[:3]) + (f"; and {len(said) - 3} more" if len(said) > 3 else "")
            self.remark(row.file or row.student, text)
        self.late.add(sheet.late)
        self._count(marked.judged, number, sheet.student, worked=not marked.remarks)

    def remark(self, where: str, text: str) -> None:
        """Keep what is to be said of single sheets, of so many."""
        if len(self.remarks) < MOST_REMARKS:
            self.remarks.append((where, text))
        else:
            self.more_remarks += 1

    def missed(self, late: tuple[str, ...]) -> list[str]:
        """Return whom the rubric calls late and no sheet is of, with the name that may be meant."""
        known = [row.student for row in self.rows]
        names = [name for name in late if name not in self.late]
        near = [nearest_name(name, known) for name in names]
        return [f"{a} ({b}?)" if b else a for a, b in zip(names, near, strict=True)]

    def _count(
        self, judged: tuple[Judged, ...], number: int, student: str, *, worked: bool
    ) -> None:
        """Count each answer; mistakes only on a sheet that shows work on this network."""
        here: set[str] = set()
        nameless = False
        for each in judged:
            name = each.answer.name
            quantity = name.partition("[")[0]
            self.verdicts[each.verdict] += 1
            self._rates.setdefault(quantity, Counter())[each.verdict] += 1
            if each.verdict != "wrong":
                continue
            if not worked:
                nameless = True
            elif each.mistake is not None:
                here.add(each.mistake)
                self._at[each.mistake][name] += 1
                self._mistakes[quantity][each.mistake] += 1
            else:
                nameless = True
                self._unnamed[name] += 1
            value = each.answer.parsed.value
            if value is not None and each.rule == "wrong" and _telling(each):
                self._values.add((name, value), number, student, name, each.answer.parsed.raw)
        self._on_sheets.update(here)
        self._unnamed_sheets += nameless and worked
        own = nameless or len(here) > 1 or not here.isdisjoint(OF_THE_PEN)
        if len(judged) >= FEWEST_COPIED and own:
            self._pages.add(tuple(map(_written, judged)), number, student)

    def common_mistakes(self) -> list[Common]:
        """Return the known mistakes by the number of sheets they were found on, most first."""
        known = catalogue()
        found = [
            Common(mistake, count, _mostly(self._at[mistake]), known[mistake].title)
            for mistake, count in self._on_sheets.items()
        ]
        return sorted(found, key=lambda each: (-each.sheets, each.mistake))

    def unnamed(self) -> tuple[int, tuple[str, ...]]:
        """Return on how many sheets a wrong answer has no known mistake, and where mostly."""
        return self._unnamed_sheets, _mostly(self._unnamed)

    def rates(self) -> list[Rate]:
        """Return each quantity's rates, in the order of the sheets."""
        return [
            Rate(name, dict(counts), next(iter(_mostly(self._mistakes[name])), ""))
            for name, counts in self._rates.items()
        ]

    def alike_slips(self) -> list[Alike]:
        """Return the wrong values without a known cause that a few students share, by students."""
        groups: dict[bytes, list[SameLines]] = defaultdict(list)
        for group in self._values.groups(self._few):
            groups[group.sheets.tobytes()].append(group)
        found = sorted(groups.values(), key=lambda each: (-len(each), each[0].sheets))
        return [
            Alike(first.students, tuple((each.name, each.raw) for each in (first, *others)))
            for first, *others in found
            if first.several
        ]

    @property
    def _few(self) -> int:
        """How many sheets may have the same for it to be a clue."""
        return max(3, int(UNUSUAL * self.count))

    def copies(self) -> list[tuple[str, ...]]:
        """Return whose sheets answer the same, letter for letter, wrong ones too.

        Several of one student's are none, nor are those with one known mistake carried on alike.
        """
        return [each.students for each in self._pages.groups(self._few) if each.several]

    def namesakes(self) -> list[tuple[str, int]]:
        """Return the students that several sheets name, and how many."""
        found = sorted(self._students.groups(), key=lambda each: each.sheets[0])
        return [(each.students[0], len(each.sheets)) for each in found]


def tally_of(sheets: Iterable[CheckedSheet]) -> ClassTally:
    """Return the counts of sheets."""
    tally = ClassTally()
    for checked in sheets:
        tally.add(checked)
    return tally


def marks_of(checked: CheckedSheet) -> Marks:
    """Return one student's marks."""
    marked = checked.marked
    counts: Counter[str] = Counter(each.verdict for each in marked.counted)
    counts["unreadable"] += marked.sheet.lost or (not marked.judged and bool(checked.problems))
    return Marks(
        marked.sheet.student,
        marked.sheet.file,
        marked.score,
        marked.max_score,
        {verdict: counts[verdict] for verdict in COUNTED},
        tuple(problem_sentences(checked)),
    )


def _mostly(names: Counter[str]) -> tuple[str, ...]:
    return tuple(name for name, _ in names.most_common(3))


def _written(each: Judged) -> tuple[str, str]:
    return each.answer.name, " ".join(each.answer.parsed.raw.split())


def _telling(each: Judged) -> bool:
    """Return whether a number has the digits to be somebody's own: two that count, or more."""
    text = each.answer.parsed
    if text.value is None or text.unit == 0:
        return True
    return abs(text.value) >= 9.5 * text.unit
