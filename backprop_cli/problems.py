"""Problem(place, message, cure): the one way to say that an input is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from msgspec import Struct


class Place(Struct, frozen=True):
    """Where something stands in a file: line and column counted from 1, and how wide it is."""

    line: int
    column: int
    width: int = 1


class Source(Struct, frozen=True):
    """A file that was read: the name the reader knows it by, and its text."""

    name: str
    text: str

    def line(self, number: int) -> str:
        """Return line ``number`` (from 1), or an empty string past the end."""
        lines = self.text.split("\n")
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""


class Problem(Struct, frozen=True):
    """One thing that is wrong with an input, where it stands, and what would mend it."""

    message: str
    place: Place | None = None
    cure: str = ""


class Refusal(Exception):
    """Raised when an input cannot be used; carries every problem found and the file they are in."""

    def __init__(self, problems: Iterable[Problem], source: Source | None = None) -> None:
        self.problems = tuple(problems)
        self.source = source
        super().__init__("; ".join(problem.message for problem in self.problems))

    def __str__(self) -> str:
        return "\n".join(_format(problem, self.source) for problem in self.problems)


def refuse(
    message: str, place: Place | None = None, cure: str = "", source: Source | None = None
) -> Refusal:
    """Return the Refusal that carries this one problem."""
    return Refusal([Problem(message, place, cure)], source)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean X?`` for the known word nearest to ``word``, or the list of all."""
    names = sorted(set(known))
    lowered = {name.lower(): name for name in reversed(names)}
    close = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{lowered[close[0]]}'?"
    return f"known: {', '.join(names)}" if len(names) <= 30 else ""


def printable(text: str) -> str:
    r"""Return the text with control characters spelled out (``\x1b``), safe on a terminal."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def _format(problem: Problem, source: Source | None) -> str:
    place, message, cure = problem.place, printable(problem.message), printable(problem.cure)
    name = printable(source.name) if source else "backprop"
    if place is None or source is None:
        return f"{name}: {message}" + (f"\n  {cure}" if cure else "")
    head = f"{name}:{place.line}:{place.column}: {message}"
    line, start = source.line(place.line).replace("\t", " "), place.column - 1
    if not line.strip():
        return head + (f"\n  {cure}" if cure else "")
    if len(line) > 100:
        cut = max(0, start - 40)
        line, start = line[cut : cut + 100], start - cut
    width = max(1, min(place.width, len(line) - start))
    margin = f"{place.line:>4} | "
    caret = " " * (len(margin) - 2) + "| " + " " * start + "^" * width
    return f"{head}\n{margin}{printable(line)}\n{caret}" + (f" {cure}" if cure else "")
