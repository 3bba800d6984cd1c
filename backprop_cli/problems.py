"""Problem(place, message, cure): the one way to say that an input is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from msgspec import Struct

MOST_PROBLEMS = 100
"""How many problems are looked for in one file; reading stops there."""
MOST_SHOWN = 20
"""How many problems are printed; past that only their number is."""
WIDEST_LINE = 100
"""How much of a source line is shown; a longer one is cut around the caret."""
_BREAK = "\r\n|[\n\r\x85\u2028\u2029]"
"""What YAML counts as the end of a line."""


class Place(Struct, frozen=True, gc=False):
    """Where something stands in a file: line and column counted from 1, and how wide it is."""

    line: int
    column: int
    width: int = 1


class Source(Struct, frozen=True):
    """A file that was read: the name the reader knows it by, and its text.

    ``outside`` lets it name data files that lie outside of its folder.
    """

    name: str
    text: str
    outside: bool = False

    def lines(self) -> list[str]:
        """Return the text's lines, as YAML counts them."""
        return re.split(_BREAK, self.text)


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
        lines = self.source.lines() if self.source else []
        shown = [_format(problem, self.source, lines) for problem in self.problems[:MOST_SHOWN]]
        more = len(self.problems) - len(shown)
        if more:
            shown.append(f"… and {more} more problem{'s' if more > 1 else ''}")
        return "\n".join(shown)


class Report:
    """The problems found while a file is read; past MOST_PROBLEMS reading stops."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def say(self, message: str, place: Place | None, cure: str = "") -> None:
        """Add one problem."""
        self.problems.append(Problem(message, place, cure))
        if len(self.problems) >= MOST_PROBLEMS:
            raise Refusal(self.problems, self.source)


def refuse(
    message: str, place: Place | None = None, cure: str = "", source: Source | None = None
) -> Refusal:
    """Return the Refusal that carries this one problem."""
    return Refusal([Problem(message, place, cure)], source)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems in the order of the file, each once."""
    return sorted(
        dict.fromkeys(problems),
        key=lambda p: (p.place.line, p.place.column) if p.place else (0, 0),
    )


_NEAR = 0.7
"""How much of two spellings must agree, where their letters differ: xy is not y."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the cure for an unknown word: what it is called here, or the list of all.

    What others call something comes first, then the spelling that is nearest, if it is near.
    """
    from .synonyms import meant

    names = sorted(set(known))
    if cure := meant(word, names):
        return cure
    if close := _close(word, names):
        return f"did you mean '{close}'?"
    return f"known: {', '.join(names)}" if 0 < len(names) <= 45 else ""


def nearest_name(word: str, known: Iterable[str]) -> str:
    """Return what an unknown word is called here, or nothing."""
    from .synonyms import answered

    names = sorted(set(known))
    found = answered(word, names) or _close(word, names)
    return found if found in names else ""


def _close(word: str, names: list[str]) -> str:
    """Return the name whose spelling is nearest, if it is near."""
    import difflib

    lowered = {name.lower(): name for name in reversed(names)}
    wanted = word.lower()[:80]
    for close in difflib.get_close_matches(wanted, lowered, cutoff=0.6):
        alike = difflib.SequenceMatcher(None, wanted, close).ratio() >= _NEAR
        begins = close.startswith(wanted) or wanted.startswith(close)
        long = min(len(wanted), len(close)) > 2 and (begins or len(wanted) == len(close))
        if alike or long or set(wanted) == set(close):
            return lowered[close]
    return ""


def printable(text: str) -> str:
    r"""Return the text with control characters spelled out (``\x1b``), safe on a terminal."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def shortened(text: str, longest: int = 40) -> str:
    """Return the text, cut with ``…`` where it is longer."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _format(problem: Problem, source: Source | None, lines: list[str]) -> str:
    place, cure = problem.place, printable(problem.cure)
    message = printable(shortened(problem.message, 600))
    name = printable(source.name) if source else "backprop"
    if place is None or source is None:
        return f"{name}: {message}" + (f"\n  {cure}" if cure else "")
    head = f"{name}:{place.line}:{place.column}: {message}"
    line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    if not line.strip():
        return head + (f"\n  {cure}" if cure else "")
    before, marked, after = _cut(line.replace("\t", " "), place)
    margin = f"{place.line:>4} | "
    blank = " " * (len(margin) - 2) + "| "
    caret = " " * _columns(before) + "^" * max(1, _columns(marked))
    return f"{head}\n{margin}{before}{marked}{after}\n{blank}{caret}" + (f" {cure}" if cure else "")


def _cut(line: str, place: Place) -> tuple[str, str, str]:
    """Return what stands before, under and after the caret; a long line is cut around it."""
    start = min(place.column - 1, len(line))
    end = min(start + max(1, place.width), len(line))
    first, last = 0, len(line)
    if len(line) > WIDEST_LINE:
        first = max(0, min(start - 40, len(line) - WIDEST_LINE))
        last = min(len(line), first + WIDEST_LINE)
        end = min(end, last)
    before = ("…" if first else "") + printable(line[first:start])
    after = printable(line[end:last]) + ("…" if last < len(line) else "")
    return before, printable(line[start:end]), after


def _columns(text: str) -> int:
    """Return how many columns of a terminal the text takes: wide letters two, accents none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
