"""A reading: files that a stranger hands in, what reads them, and what comes of it."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from msgspec import Struct, structs

from backprop_cli.problems import Refusal

from .outcomes import COLUMNS, CONTROL, Outcome, bounded

SECONDS = 2
"""Processor time of a reading: the ordinary ones take a thousandth."""
MOST = 50
"""Sheets of a class whose sentences are looked at: thousands may have the same."""
QUICK = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where files cost least, for a thousand of them a second."""
Read = Callable[[Path], Iterable[Refusal]]


class Reading(Struct, frozen=True):
    """Files by their names, and what reads them in their folder: nothing, or what is said."""

    files: Mapping[str, bytes]
    read: Read
    seconds: float = SECONDS

    def outcome(self) -> Outcome:
        """Return the kind of what is wrong with what comes of it, or nothing."""
        with tempfile.TemporaryDirectory(prefix="fuzz", dir=QUICK) as name:
            folder = Path(name)
            for path, content in self.files.items():
                with contextlib.suppress(OSError):  # a file where a folder is, say
                    (folder / path).parent.mkdir(parents=True, exist_ok=True)
                    (folder / path).write_bytes(content)
            came = bounded(lambda: _said(self.read, folder), self.seconds)
        return came if isinstance(came, Outcome) else _judged(came)

    def __str__(self) -> str:
        return "\n".join(f"-- {name}\n{data!r}" for name, data in self.files.items())


def _said(read: Read, folder: Path) -> list[tuple[Refusal, str]]:
    try:
        said = list(read(folder))
    except Refusal as refusal:
        said = [refusal]
    return [(each, each.within(COLUMNS)) for each in said[:MOST]]


def _judged(said: list[tuple[Refusal, str]]) -> Outcome:
    """Return whether each sentence has words, no control characters, and a place in its text."""
    for refusal, text in said:
        if not refusal.problems or not all(each.message.strip() for each in refusal.problems):
            return Outcome(2, "refused without a sentence", text[:300])
        if (found := CONTROL.search(text)) is not None:
            return Outcome(2, f"control character {found[0]!r}", repr(text[:600]))
        lines = refusal.source.lines() if refusal.source is not None else [""]
        for problem in refusal.problems if lines != [""] else ():
            place = problem.place
            if place is None and problem.message.startswith("larger than"):
                continue  # the text is its beginning
            if place is None:
                return Outcome(2, "a text's fault without a place", problem.message)
            inside = 0 < place.line <= len(lines)
            if not inside or not 0 < place.column <= len(lines[place.line - 1]) + 1:
                return Outcome(2, "a place outside of the text", f"{place} {problem.message}")
    return Outcome(2 if said else 0)


def smaller(found: Reading, fault: str, seconds: float = 20) -> Reading:
    """Return a reading of the same fault, from whose files no piece can be taken out any more."""
    end = time.process_time() + seconds
    for name, whole in found.files.items():
        size = len(whole) // 2
        while size:
            start = 0
            while start < len(found.files[name]) and time.process_time() < end:
                data = found.files[name]
                less = {**found.files, name: data[:start] + data[start + size :]}
                candidate = structs.replace(found, files=less)
                if candidate.outcome().fault == fault:
                    found = candidate
                else:
                    start += size
            size //= 2
    return found
