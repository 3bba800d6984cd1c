"""Notes as students type them, in Markdown or plain text → the tree of a sheet.

A line ``z1 = (0.2, -0.5)``, a bullet ``- $a^1$: 0.2, 0.5``, a row ``| z2[1] | 0.288 |`` of a table
is an answer; the first heading, or ``Name: …``, says whose it is; other lines are prose.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ...problems import Place, Source
from ...spec.nodes import Mapping, Scalar, YamlNode

SUFFIXES = (".md", ".markdown", ".txt")
_ROW = re.compile(r"^\s*\|?\s*(?P<name>[^|]+?)\s*\|\s*(?P<value>[^|]*?)\s*(?:\||$)")
_LINE = re.compile(
    r"^\s*(?:[-*+]\s+|\d+[.)]\s+)?(?P<name>[^:=\u2248|]{1,60}?)\s*(?::=|[:=\u2248])\s*(?P<value>.+?)\s*$"
)
_WHO = re.compile(r"(?i)^(?:name|student|student id|studierende[r]?|matrikelnummer)$")
_NEARLY = re.compile(r"[A-Za-z]+\d\w*(?:\[[\d, ]+\])?")
_NUMBERS = re.compile(r"[-+([]?\s*[\d.]")
"""What looks like a name, and like its numbers: a name that is none is told, not passed over."""
_HEADING = re.compile(r"^#+\s+(?P<who>.+?)\s*#*$")
_WORDS = re.compile(r"\\(?:delta|partial|sigma|mathbf|boldsymbol|left|right|cdot|approx)\b")
_GREEK = {"\\delta": "delta", "\\sigma": "sigma", "\\cdot": "*", "\\partial": "d", "\\approx": "="}
_LAYER = re.compile(r"(?<=[A-Za-z])(?:\^|_)\(?(\d)\)?(?!\d)")


def compose_notes(source: Source, named: Callable[[str], bool]) -> Mapping | None:
    """Return the tree; None where no line is an answer. ``named`` knows the quantities' names."""
    pairs: list[tuple[Scalar, YamlNode]] = []
    student: Scalar | None = None
    for number, line in enumerate(source.lines(), 1):
        heading = _HEADING.match(line)
        if heading is not None and student is None and not named(_name(heading["who"])):
            student = Scalar(heading["who"], Place(number, heading.start("who") + 1))
        match = (_ROW if "|" in line else _LINE).match(line)
        if heading is not None or match is None:
            continue
        name, value = _name(match["name"]), _value(match["value"])
        place = Place(number, match.start("value") + 1, max(1, len(match["value"])))
        name = name if named(name) else name.lower() if named(name.lower()) else name
        meant = named(name) or (_NEARLY.fullmatch(name) and _NUMBERS.match(value))
        if "|" not in line and _WHO.match(name):
            student = Scalar(value, place)
        elif meant and value:
            key = Scalar(name, Place(number, match.start("name") + 1, len(match["name"])))
            pairs.append((key, Scalar(value, place)))
    if not pairs:
        return None
    top = Place(1, 1)
    answers = (Scalar("answers", top), Mapping(tuple(pairs), pairs[0][0].place))
    who = () if student is None else ((Scalar("student", student.place), student),)
    return Mapping((*who, answers), top)


def _name(text: str) -> str:
    """Return a name without what sets it: ``$z^1$`` is z1."""
    found = _plain(text).strip()
    return _LAYER.sub(r"\1", found)


def _value(text: str) -> str:
    return _plain(text).strip().rstrip(".,;")


def _plain(text: str) -> str:
    spelled = _WORDS.sub(lambda m: _GREEK.get(m.group(), ""), text)
    return re.sub(r"\*\*|[$`\\{}]", "", spelled)
