"""Notes as students type them, in Markdown or plain text → the tree of a sheet.

A line ``z1 = (0.2, -0.5)``, a bullet ``- $a^1$: 0.2, 0.5``, a row ``| z2[1] | 0.288 |`` of a table
is an answer; the first heading that is a name, or ``Name: …``, says whose it is; other lines are
prose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ...problems import Place, Source
from ...spec.nodes import Mapping, Scalar, YamlNode
from .whose import person_of

SUFFIXES = (".md", ".markdown", ".txt")
_ROW = re.compile(
    r"^\s*+\|?+\s*+(?P<name>[^|]*[^|\s])\s*+\|\s*+(?P<value>(?:[^|]*[^|\s])?+)\s*+(?:\||$)"
)
_BULLET = r"^\s*+(?:[-*+]\s++|\d++[.)]\s++)?+"
_EQUALS = r":=|={1,2}>?|[-~]+>|~=?|[:\u2248\u2243\u2245\u2192\u21d2]"
"""What stands between a name and its value: = : := == => -> ~ ~= ≈ ≃ ≅ → ⇒."""
_LINE = re.compile(
    rf"{_BULLET}(?P<name>[^:=~|>\u2248\u2243\u2245\u2192\u21d2]{{1,60}}?)\s*+(?:{_EQUALS})\s*+"
    r"(?P<value>.*\S)"
)
_BARE = re.compile(
    rf"{_BULLET}(?P<name>\S{{1,60}})\s++(?:(?:is|ist|equals|beträgt)\s++)?+"
    r"(?P<value>[-+\u2212\u2013([]{0,3}[\d.][-\d.,;()\[\]eE+\u2212\u2013\s]*+)$"
)
"""A name and nothing but numbers: ``z1 0.8 0.5``, ``a1 is 0.69``."""
"""No run of blanks is gone through for each of its blanks: they have what is between them whole."""
_WHO = re.compile(r"(?i)^(?:name|student|student id|studierende[r]?|matrikelnummer)$")
_NEARLY = re.compile(r"[A-Za-z]+\d\w*(?:\[[\d, ]+\])?")
_NUMBERS = re.compile(r"[-+([]?\s*[\d.]")
"""What looks like a name, and like its numbers: a name that is none is told, not passed over."""
_HEADING = re.compile(r"^#++\s++(?P<who>.*[^\s#])")
_WORDS = re.compile(r"\\(?:delta|partial|sigma|mathbf|boldsymbol|left|right|cdot|approx)\b")
_GREEK = {"\\delta": "delta", "\\sigma": "sigma", "\\cdot": "*", "\\partial": "d", "\\approx": "="}
_FRACTION = re.compile(r"\\[td]?frac\{((?:[^{}]|\{[^{}]*\})*)\}\{((?:[^{}]|\{[^{}]*\})*)\}")
_MATRIX = re.compile(
    r"\\begin\{(?P<kind>[bpBvV]?matrix)\}(?P<inside>(?:(?!\\begin).)*?)\\end\{(?P=kind)\}"
)
_NEXT = re.compile(
    r"\$?(?:[,;]|(?<=\s)(?:and|und|sowie))\s+(?P<name>\$?[^\s,;:=\u2248|]{1,60})\s*(?::?=|\u2248|:\s)"
)
_AFTER_WORDS = re.compile(r"(?:[^\W\d_]+,? ){1,6}(?P<name>\S+)")
_LAYER = re.compile(r"(?<=[A-Za-z])(?:\^|_)\(?(\d)\)?(?!\d)")


def compose_notes(source: Source, named: Callable[[str], bool]) -> Mapping | None:
    """Return the tree; None where no line is an answer. ``named`` knows the quantities' names."""
    pairs: list[tuple[Scalar, YamlNode]] = []
    student: Scalar | None = None
    for number, line in enumerate(source.lines(), 1):
        heading = _HEADING.match(line)
        if heading is not None and student is None and not named(_name(heading["who"])):
            who = person_of(heading["who"])
            student = Scalar(who, Place(number, line.rindex(who) + 1)) if who else None
        for start, part in () if heading is not None else _parts(line, named):
            match = (_ROW if "|" in line else _LINE).match(part) or _BARE.match(part)
            if match is None:
                continue
            name, value = _known(match["name"], named), _value(match["value"])
            place = Place(number, start + match.start("value") + 1, max(1, len(match["value"])))
            meant = named(name) or (_NEARLY.fullmatch(name) and _NUMBERS.match(value))
            if "|" not in line and _WHO.match(name):
                student = Scalar(value, place)
            elif meant and value:
                at = Place(number, start + match.start("name") + 1, len(match["name"]))
                pairs.append((Scalar(name, at), Scalar(value, place)))
    if not pairs:
        return None
    top = Place(1, 1)
    answers = (Scalar("answers", top), Mapping(tuple(pairs), pairs[0][0].place))
    whose = () if student is None else ((Scalar("student", student.place), student),)
    return Mapping((*whose, answers), top)


def _parts(line: str, named: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
    """Yield the answers of a line, each with its column: ``z1 = 0.1, z2 = 0.3 and loss = 0.2``."""
    starts = [(0, 0)]
    if "|" not in line:
        found = (m for m in _NEXT.finditer(line) if named(_name(m["name"])))
        starts += [(match.start(), match.start("name")) for match in found]
    ends = [before for before, _ in starts[1:]]
    for (_, start), end in zip(starts, [*ends, len(line)], strict=True):
        yield start, line[start:end]


def _known(text: str, named: Callable[[str], bool]) -> str:
    """Return a name as it is known here, without the words before it: ``so we have a1``."""
    name = _name(text)
    said = _AFTER_WORDS.fullmatch(name)
    spellings = (name, name.lower(), *(() if said is None else (said["name"],)))
    return next((each for each in spellings if named(each)), name)


def _name(text: str) -> str:
    """Return a name without what sets it: ``$z^1$`` is z1."""
    found = _plain(_FRACTION.sub(r"\1/\2", text)).strip()
    return re.sub(r"\bd (?=[A-Za-z])", "d", _LAYER.sub(r"\1", found))


def _value(text: str) -> str:
    return _plain(_MATRIX.sub(_rows, text)).strip().rstrip(".,;")


def _rows(match: re.Match[str]) -> str:
    """Return a matrix of LaTeX as a list: of rows, of one number each as one list."""
    rows = [row.split("&") for row in match["inside"].split(r"\\") if row.strip()]
    flat = all(len(row) == 1 for row in rows)
    lists = [", ".join(map(str.strip, row)) for row in rows]
    return f"[{', '.join(lists)}]" if flat else f"[{', '.join(f'[{each}]' for each in lists)}]"


def _plain(text: str) -> str:
    spelled = _WORDS.sub(lambda m: _GREEK.get(m.group(), ""), text)
    return re.sub(r"\*\*|[$`\\{}]", "", spelled)
