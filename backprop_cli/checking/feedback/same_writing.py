"""Who wrote the same: what each sheet has is kept in order, on disk where a class is large."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import sqlite3

MOST_LINES = 2_000
"""Lines that are kept in memory."""
CACHE = 256
"""KiB that the file on disk may have in memory."""
MOST_STUDENTS = 8
"""Students of a group whose names are kept."""
_TABLE = "CREATE TABLE line (mark INTEGER, turn INTEGER, sheet INTEGER, student, name, raw)"
_SORTED = "SELECT * FROM line ORDER BY mark, turn"
SheetLine = tuple[int, int, int, str, str, str]


class SameLines(Struct, frozen=True):
    """Sheets, by number, that have the same: ``turn`` is when the second one came.

    ``students`` are the first few; ``several`` says that they are not all one. ``name`` and ``raw``
    are what the second one wrote.
    """

    turn: int
    sheets: array[int]
    students: tuple[str, ...]
    several: bool
    name: str
    raw: str


class SameWriting:
    """What the sheets of a class have, each as a fingerprint: ``add`` alone changes it."""

    def __init__(self) -> None:
        self.lines: list[SheetLine] = []
        self.count = 0
        self.base: sqlite3.Connection | None = None

    def add(self, what: Hashable, sheet: int, student: str, name: str = "", raw: str = "") -> None:
        """Note what a sheet has, which is the same where ``what`` is."""
        self.lines.append((hash(what), self.count, sheet, student, name, raw))
        self.count += 1
        if len(self.lines) >= MOST_LINES:
            self._to_disk()

    def _to_disk(self) -> None:
        """Put the lines into a temporary file, which goes by itself; without SQLite they stay."""
        try:
            import sqlite3  # a part of Python that some leave out; a small class does not need it
        except ImportError:
            return
        if self.base is None:
            self.base = sqlite3.connect("")
            self.base.execute(f"PRAGMA cache_size = -{CACHE}")
            self.base.execute(_TABLE)
        self.base.executemany("INSERT INTO line VALUES (?, ?, ?, ?, ?, ?)", self.lines)
        self.lines.clear()

    def groups(self, most: int | None = None) -> list[SameLines]:
        """Return what at least two sheets have, and at most so many, by when the second came."""
        if self.base is not None:
            self._to_disk()
        lines = iter(sorted(self.lines)) if self.base is None else self.base.execute(_SORTED)
        found = (_group(same) for _, same in itertools.groupby(lines, lambda line: line[0]))
        kept = (each for each in found if 1 < len(each.sheets) <= (most or self.count))
        return sorted(kept, key=lambda group: group.turn)


def _group(lines: Iterator[SheetLine]) -> SameLines:
    sheets, students, several = array("q"), list[str](), False
    turn, name, raw = 0, "", ""
    for count, line in enumerate(lines):
        if count < 2:
            _, turn, _, _, name, raw = line
        sheets.append(line[2])
        several = several or (count > 0 and line[3] != students[0])
        if count < MOST_STUDENTS:
            students.append(line[3])
    return SameLines(turn, sheets, tuple(students), several, name, raw)
