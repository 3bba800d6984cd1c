"""Problem(place, message, cure): the one way to say that an input is wrong."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence

from msgspec import Struct

MOST_PROBLEMS = 100
"""How many problems are looked for in one file; reading stops there."""
MOST_SHOWN = 20
"""How many problems are printed; past that only their number is."""
WIDEST_LINE = 100
"""How much of a source line is shown; a longer one is cut around the caret."""
WIDEST = 10_000
"""Columns of the widest page: what COLUMNS says is no number that memory is asked for."""
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


def line_ends(text: str) -> list[int]:
    """Return behind which characters a line of the text ends, as YAML counts lines."""
    return [found.end() for found in re.finditer(_BREAK, text)]


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
        return self.within(None)

    def within(self, width: int | None) -> str:
        """Return what is said, no line wider than that many columns where it can be helped."""
        lines = self.source.lines() if self.source else []
        told = self.problems[:MOST_SHOWN]
        shown = [_format(problem, self.source, lines, width) for problem in told]
        more = len(self.problems) - len(shown)
        if more:
            shown.append(f"… and {counted(more, 'more problem')}")
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
    from .synonyms.lookup import meant

    names = sorted(set(known))
    if cure := meant(word, names):
        return cure
    if close := _close(word, names):
        return f"did you mean '{close}'?"
    return f"known: {', '.join(names)}" if 0 < len(names) <= 45 else ""


def sentence_on(word: str, known: Iterable[str]) -> str:
    """Return what is to be written for another program's word that is no word here, or nothing."""
    from .synonyms.lookup import answered

    says = answered(word, sorted(set(known)))
    return says if " " in says else ""


def nearest_name(word: str, known: Iterable[str]) -> str:
    """Return what an unknown word is called here, or nothing."""
    from .synonyms.lookup import answered

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


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them: a, b and c."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def counted(number: int, what: str) -> str:
    """Return ``1 value``, ``2 values``, ``2 classes``."""
    ending = "" if number == 1 else "es" if what.endswith("s") else "s"
    return f"{number} {what}{ending}"


def complain(said: Refusal | str) -> None:
    """Print a complaint on standard error, no wider than the terminal that shows it."""
    width = complaint_width()
    if isinstance(said, Refusal):
        text = said.within(width)
    else:
        text = "\n".join(wrapped(line, width) for line in said.split("\n"))
    encoding = sys.stderr.encoding or "utf-8"
    with contextlib.suppress(OSError):
        print(text.encode(encoding, "replace").decode(encoding), file=sys.stderr)


def complaint_width() -> int | None:
    """Return how many columns the terminal of standard error has; of a file or a pipe, none."""
    try:
        if not sys.stderr.isatty():
            return None
        columns = os.get_terminal_size(sys.stderr.fileno()).columns
        return max(40, columns_said() or columns or 80)
    except (AttributeError, ValueError, OSError):
        return None


def columns_said() -> int:
    """Return the width that COLUMNS says, at most ``WIDEST``; 0 where it says none."""
    said = os.environ.get("COLUMNS", "")
    if not said.isdecimal():
        return 0
    return WIDEST if len(said) > len(str(WIDEST)) else min(int(said), WIDEST)


def wrapped(text: str, width: int | None, lead: str = "") -> str:
    """Return the text in lines, those after the first indented by two more than it.

    No word is broken, nor what is there to be copied: what stands in quotes, braces or brackets.
    ``lead`` stands before the text, and is kept whole.
    """
    if width is None:
        return lead + text
    indent = " " * (len(lead + text) - len((lead + text).lstrip()))
    first, *rest = _pieces(text[len(indent) :] if not lead else text)
    lines = [(lead or indent) + first]
    for piece in rest:
        if _columns(lines[-1]) + 1 + _columns(piece) <= width:
            lines[-1] += f" {piece}"
        else:
            lines.append(f"{indent}  {piece}")
    return "\n".join(lines)


def _pieces(text: str) -> list[str]:
    """Return what is kept together: words; YAML such as ``bias: [0, 0]``; what is in quotes."""
    found, start, depth, quote = [], 0, 0, ""
    for place, sign in enumerate(text):
        before, after = text[max(0, place - 1) : place], text[place + 1 : place + 2]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"" and before in ("", *" ([{=") and sign in text[place + 1 :]:
            quote = sign
        elif sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
        elif sign == " " and depth <= 0 and not (before == ":" and after in ("{", "[")):
            found.append(text[start:place])
            start, depth = place + 1, 0
    rest = text[start:]
    return [*found, *(rest.split(" ") if depth > 0 or quote else [rest])]


def _format(
    problem: Problem, source: Source | None, lines: list[str], width: int | None = None
) -> str:
    place, cure = problem.place, printable(problem.cure)
    message = printable(shortened(problem.message, 600))
    name = printable(source.name) if source else "backprop"
    below = "\n" + wrapped(f"  {cure}", width) if cure else ""
    if place is None or source is None:
        return wrapped(message, width, f"{name}: ") + below
    head = wrapped(message, width, f"{name}:{place.line}:{place.column}: ")
    line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    if not line.strip():
        return head + below
    margin = f"{place.line:>4} | "
    widest = WIDEST_LINE if width is None else min(WIDEST_LINE, width - len(margin) - 2)
    before, marked, after = _cut(line.replace("\t", " "), place, widest)
    blank = " " * (len(margin) - 2) + "| "
    caret = " " * _columns(before) + "^" * max(1, _columns(marked))
    pointed = f"{head}\n{margin}{before}{marked}{after}\n{blank}{caret}"
    if width is not None and len(blank) + len(caret) + 1 + _columns(cure) > width:
        return pointed + below
    return pointed + (f" {cure}" if cure else "")


def _cut(line: str, place: Place, widest: int) -> tuple[str, str, str]:
    """Return what stands before, under and after the caret; a long line is cut around it."""
    start = min(place.column - 1, len(line))
    end = min(start + max(1, place.width), len(line))
    first, last = 0, len(line)
    if len(line) > widest:
        first = max(0, min(start - widest * 2 // 5, len(line) - widest))
        last = min(len(line), first + widest)
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
