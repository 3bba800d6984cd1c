"""What is wrong with a text that is not YAML, in plain words: libyaml's complaints translated.

libyaml says what its grammar expected ("did not find expected key"), at the point where it gave
up; who wrote the file needs to know what he forgot, and where he forgot it.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from msgspec import Struct

from ..problems import Place, Refusal, Source, refuse


class _Complaint(Struct, frozen=True):
    """One complaint: the text, where reading stopped, and where what it belongs to began."""

    lines: list[str]
    stopped: Place
    began: Place
    problem: str
    context: str

    def at(self, place: Place) -> str:
        """Return the character at a place, or an empty string past the end of its line."""
        line = self.line(place)
        return line[place.column - 1 : place.column]

    def line(self, place: Place) -> str:
        """Return the line of a place."""
        return self.lines[place.line - 1] if 0 < place.line <= len(self.lines) else ""


SyntaxMessage = tuple[str, Place, str]
"""A message, its place and its cure."""


def not_yaml(error: yaml.YAMLError, source: Source) -> Refusal:
    """Return what to tell the reader for an error of the YAML parser."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return _unreadable(error, source)
    stopped = error.problem_mark or error.context_mark
    began = error.context_mark or stopped
    lines = source.lines()
    site = _Complaint(
        lines,
        _place(stopped, lines),
        _place(began, lines),
        str(error.problem or ""),
        str(error.context or ""),
    )
    for pattern, explain in _KNOWN:
        if re.search(pattern, site.problem):
            message, place, cure = explain(site)
            return refuse(message, place, cure, source)
    message = " ".join(part for part in (site.problem, site.context) if part)
    return refuse(f"not YAML: {message}", site.stopped, "", source)


def _place(mark: Any, lines: list[str]) -> Place:
    """Return the place of a mark; libyaml says the end of a text to be a line below its last."""
    if mark and mark.line >= len(lines):
        return Place(len(lines), len(lines[-1]) + 1)
    return Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)


def _unreadable(error: yaml.YAMLError, source: Source) -> Refusal:
    """Return the refusal of a character that YAML does not allow at all."""
    position = getattr(error, "position", None) or 0
    before = Source("", source.text[:position]).lines()
    place = Place(len(before), len(before[-1]) + 1)
    code = ord(source.text[position]) if position < len(source.text) else 0
    return refuse(f"the control character U+{code:04X}", place, "remove it", source)


def _unclosed(site: _Complaint) -> SyntaxMessage:
    """Explain a flow list or mapping that goes on with something unexpected."""
    closing = "]" if "]" in site.problem else "}"
    opening = "[" if closing == "]" else "{"
    if site.stopped.line == site.began.line and site.at(site.stopped):
        return f"a ',' or a '{closing}' is missing before this", site.stopped, "put it in"
    return f"'{opening}' is never closed", site.began, f"a '{closing}' or a ',' is missing"


_BRACKET = re.compile(r"""(?<![^\[{,:\s])(?:'[^']*'|"[^"]*")|[\[\]{}]""")


def _last_open(lines: list[str]) -> Place | None:
    """Return the last bracket that nothing closes; those in quotes are text."""
    opened: list[Place] = []
    for number, line in enumerate(lines, 1):
        for found in _BRACKET.finditer(line):
            if found[0] in "[{":
                opened.append(Place(number, found.start() + 1))
            elif found[0] in "]}" and opened:
                opened.pop()
    return opened[-1] if opened else None


def _no_value(site: _Complaint) -> SyntaxMessage:
    """Explain a flow list in which a value is missing."""
    rest = [site.line(site.stopped)[site.stopped.column - 1 :], *site.lines[site.stopped.line :]]
    opened = None if any(map(str.strip, rest)) else _last_open(site.lines)
    if opened is not None:
        closing = "]" if site.at(opened) == "[" else "}"
        return f"'{site.at(opened)}' is never closed", opened, f"a '{closing}' is missing"
    following = re.match(r"\s*([\w.]+)", site.line(site.stopped)[site.stopped.column :])
    if site.at(site.stopped) == "-" and following:
        cure = f"write -{following[1]}, without a space"
        return "a '-' by itself is no value", site.stopped, cure
    return "a value is missing before this", site.stopped, "write it, or remove the comma"


def _misaligned(site: _Complaint) -> SyntaxMessage:
    """Explain a line that is indented unlike its neighbours, or a bracket too many."""
    if site.at(site.stopped) in "]}" and site.at(site.stopped):
        return f"a '{site.at(site.stopped)}' too many", site.stopped, "remove it"
    if site.at(site.stopped) in (",", "'", '"'):
        cure = "put the whole value in quotes or in brackets"
        return f"'{site.at(site.stopped)}' does not continue this value", site.stopped, cure
    column = site.began.column + (2 if "'-'" in site.problem else 0)
    if site.stopped.column == column:
        cure = "write 'key: value', with a space after the colon"
        return "a key is expected here", site.stopped, cure
    cure = f"begin it in column {column}, as line {site.began.line} does"
    return "this line is indented unlike the lines it belongs to", site.stopped, cure


def _no_key(site: _Complaint) -> SyntaxMessage:
    """Explain a line that is neither a key with a value nor part of one."""
    return _keyless(site.line(site.began), site.began.line, site.began.column)


def _keyless(line: str, number: int, column: int) -> SyntaxMessage:
    text = line[column - 1 :].rstrip()
    place = Place(number, column, max(1, len(text)))
    match = re.match(r"([A-Za-z_]+)\s*(?:=\s*|:)?", text)
    if match and not text[: match.end()].endswith(": "):
        rest = text[match.end() :].strip()
        return "no 'key: value'", place, f"write {match[1]}: {rest}".rstrip()
    return "no 'key: value'", place, "write a key, a colon, a space and the value"


def _second_colon(site: _Complaint) -> SyntaxMessage:
    """Explain a colon inside a plain value: often the line above is where the slip is."""
    line = site.line(site.stopped)
    before = line[: site.stopped.column - 1]
    above = site.stopped.line - 1
    while above > 0 and not site.lines[above - 1].partition("#")[0].strip():
        above -= 1
    if re.fullmatch(r"\s*(- )?[A-Za-z_]+", before) and above > 0:
        previous = site.lines[above - 1].partition(" #")[0].rstrip()
        start = len(previous) - len(previous.lstrip(" -")) + 1
        if not re.search(r":(\s|$)", previous):
            return _keyless(previous, above, start)
        column = len(before) - len(before.lstrip()) + 1
        if column > start:
            cure = f"begin it in column {start}, as line {above} does"
            place = Place(site.stopped.line, column)
            return "this line is indented unlike the lines it belongs to", place, cure
    cure = "put a text with ': ' in quotes"
    return "a second ': ' in one value", site.stopped, cure


def _bad_start(site: _Complaint) -> SyntaxMessage:
    """Explain a character that begins nothing."""
    character = site.at(site.stopped)
    if character == "\t":
        return "a tab", site.stopped, "indent with spaces"
    return f"a value cannot begin with {character}", site.stopped, "put it in quotes"


def _open_quote(site: _Complaint) -> SyntaxMessage:
    """Explain a quoted text that never ends."""
    quote = site.at(site.began)
    return "this quote is never closed", site.began, f"a {quote} is missing"


def _escape(site: _Complaint) -> SyntaxMessage:
    """Explain a backslash in double quotes."""
    cure = "use single quotes, or write \\\\ for a backslash"
    return "a backslash that means nothing in double quotes", site.stopped, cure


def _star(site: _Complaint) -> SyntaxMessage:
    """Explain a lone * or &."""
    sign = "*" if "alias" in site.context else "&"
    return f"{sign} without a name", site.stopped, "put the text in quotes"


def _dash(site: _Complaint) -> SyntaxMessage:
    """Explain a list entry beside its key."""
    cure = "begin the list on a line of its own, or write it as [1, 2]"
    return "a '- ' cannot stand here", site.stopped, cure


def _outside(site: _Complaint) -> SyntaxMessage:
    """Explain a text after the end of what came before."""
    cure = "a file is one mapping: begin each top-level key in column 1"
    return "this does not belong to what stands above it", site.stopped, cure


_KNOWN = (
    (r"expected ',' or '[\]}]'", _unclosed),
    (r"expected node content", _no_value),
    (r"expected key|expected '-' indicator|expected <block end>", _misaligned),
    (r"could not find expected ':'", _no_key),
    (r"mapping values are not allowed", _second_colon),
    (r"cannot start any token|found a tab character", _bad_start),
    (r"unexpected end of stream|found unexpected document indicator", _open_quote),
    (r"unknown escape character", _escape),
    (r"alphabetic or numeric character", _star),
    (r"block sequence entries are not allowed", _dash),
    (r"expected '?<document start>", _outside),
)
