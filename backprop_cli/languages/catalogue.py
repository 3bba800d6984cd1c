"""Catalogue: a language's sentences, found by their English whole, by its form, or in parts.

A msgid with holes, ``Layer {number} (output)``, stands for every sentence of that form; what is in
the holes is looked up in its turn, and kept where it is a name, a formula or a number. A hole whose
name begins with ``number`` or ``count`` holds digits alone, ``name`` a word, ``names`` a list of
them; these are kept as they are, and so is all in a hole ``code``, ``formula`` or ``title``. Of
several forms that fit, that with the most letters of its own is taken, before it those that leave
nothing in English.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from msgspec import Struct, structs

PIECE = "\ue000-\uf8ff"
"""Characters that stand for mathematics, names and figures within a line of words."""
_HOLE = re.compile(r"\{(\w+)\}")
_NUMBER = rf"(?:[−+-]?\d[\d.,/·×e−+-]*|[{PIECE}])"
_HOLDS = {"number": _NUMBER, "count": _NUMBER, "names": r"\S+(?:, \S+)*", "name": r"\S+"}
"""What is in a hole whose name begins so; anything in others."""
_KEPT = ("name", "code", "formula", "title")
_WORD = re.compile(r"(?<![\w\[./-])[A-Za-z]?[a-z]{2,}(?![\w\[/_(])")
_POINTS = re.compile(rf"([\s:;,.…{PIECE}]*)(.*?)([\s:;,.…{PIECE}]*)", re.S)
_BRACKETS = re.compile(rf"([\s:;,.…(“\"{PIECE}]*)(.*?)([\s:;,.…)”\"?{PIECE}]*)", re.S)
_SENTENCES = re.compile(r"(?<=[^.][.?!])( +)(?=[^a-z ])")
_JOINTS = tuple(
    re.compile(pattern)
    for pattern in (r"(; )", r"(: )", rf"([{PIECE}]+)", r"( [–→·] |[,.] )", r"( \(|\) |\)$)")
)
"""Where a sentence that is in no catalogue may be taken apart, the widest joints first."""
GLUE = 8
"""A form with fewer letters of its own is taken only where all in its holes is known, or names."""


class SentenceForm(Struct, frozen=True, eq=False):
    """A msgid with holes: its longest piece of words, how many letters it has, how it begins."""

    msgid: str
    msgstr: str
    key: str
    letters: int
    lead: str


class SaidText(Struct, frozen=True):
    """What is said for a text, which of its words are English still, which msgids were used.

    ``titles`` are words that were kept as names.
    """

    text: str
    left: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()

    @property
    def names_left(self) -> bool:
        """Whether all that is left are single words, as names are."""
        return all(len(_WORD.findall(text)) <= 1 for text in self.left)


class Catalogue:
    """Answers what a text is in the language."""

    def __init__(self, entries: dict[str, str]) -> None:
        self.entries = {**_without_points(entries), **entries}
        forms = [_form(msgid, msgstr) for msgid, msgstr in self.entries.items() if "{" in msgid]
        self.forms = sorted(forms, key=lambda form: (-form.letters, -len(form.msgid)))
        self.known: dict[str, SaidText] = {}

    def said(self, text: str) -> str:
        """Return the text in the language."""
        return self.found(text).text

    def found(self, text: str) -> SaidText:
        """Return what is said for it, with what could not be said."""
        known = self.known.get(text)
        if known is None:
            known = self.known[text] = self._sought(text)
        return known

    def _sought(self, text: str) -> SaidText:
        """Return the text as it is whole, else the first way that leaves no English, else any."""
        exact = self.entries.get(text)
        if exact is not None:
            return SaidText(exact, used=(text,))
        if not _WORD.search(text):
            return SaidText(text)
        best: SaidText | None = None
        for way in (self._by_form, self._trimmed, self._turned, self._in_parts):
            found = way(text)
            if found is not None and not found.left:
                return found
            if found is not None and (best is None or len(found.left) < len(best.left)):
                best = found
        return best or SaidText(text, (text,))

    def _by_form(self, text: str) -> SaidText | None:
        best: SaidText | None = None
        for form in self.forms:
            if form.key not in text or not text.startswith(form.lead):
                continue
            match = _pattern(form.msgid).fullmatch(text)
            if match is None:
                continue
            inside = {name: self._held(name, value) for name, value in match.groupdict().items()}
            said = form.msgstr.format(**{name: each.text for name, each in inside.items()})
            found = _with_all(said, inside.values(), form.msgid)
            if not found.left:
                return found
            if form.letters >= GLUE or found.names_left:
                best = best or found
        return best

    def _held(self, hole: str, text: str) -> SaidText:
        """Return what is in a hole: kept as it is, or said."""
        if not hole.startswith(_KEPT):
            return self.found(text)
        return SaidText(text, titles=(text,) if hole.startswith("title") else ())

    def _trimmed(self, text: str) -> SaidText | None:
        """Return what stands between spaces, points and parentheses in the language."""
        for edges in (_POINTS, _BRACKETS):
            match = edges.fullmatch(text)
            if match is not None and match[2] and (match[1] or match[3]):
                inner = self.found(match[2])
                if inner.left != (match[2],):
                    return structs.replace(inner, text=f"{match[1]}{inner.text}{match[3]}")
        return None if match is None or match[2] == text else SaidText(text, (match[2],))

    def _turned(self, text: str) -> SaidText | None:
        """Return a sentence that is known with a small first letter, or a large one."""
        first = text[0]
        if not first.isalpha() or text[1:2].isupper():
            return None
        other = first.swapcase() + text[1:]
        exact = self.entries.get(other)
        inner = SaidText(exact, used=(other,)) if exact is not None else self._by_form(other)
        if inner is None:
            return None
        said = inner.text[:1].upper() + inner.text[1:] if first.isupper() else inner.text
        return structs.replace(inner, text=said)

    def _in_parts(self, text: str) -> SaidText | None:
        """Return the sentences one by one; a sentence by its parts, if all of them are known."""
        sentences = self._joined(_SENTENCES.split(text))
        if sentences is not None:
            return sentences
        best: SaidText | None = None
        for joint in _JOINTS:
            found = self._joined(joint.split(text))
            if found is not None and not found.left:
                return found
            if found is not None and found.names_left:
                best = best or found
        return best

    def _joined(self, parts: list[str]) -> SaidText | None:
        """Return parts and what stands between them, by turns, the parts said one by one."""
        if len(parts) < 3:
            return None
        found = [
            self.found(part) if number % 2 == 0 and part else SaidText(part)
            for number, part in enumerate(parts)
        ]
        return _with_all("".join(each.text for each in found), found)


def _with_all(said: str, parts: Iterable[SaidText], *used: str) -> SaidText:
    """Return what is said of several parts, with what is left in them and what was used."""
    found = list(parts)
    return SaidText(
        said,
        tuple(word for each in found for word in each.left),
        (*used, *(word for each in found for word in each.used)),
        tuple(word for each in found for word in each.titles),
    )


def _without_points(entries: dict[str, str]) -> dict[str, str]:
    """Return the sentences without the point at their end, as they stand where one follows."""
    return {
        msgid[:-1]: msgstr[:-1]
        for msgid, msgstr in entries.items()
        if msgid[-1:] == msgstr[-1:] == "."
    }


def _form(msgid: str, msgstr: str) -> SentenceForm:
    pieces = _HOLE.split(msgid)[::2]
    letters = sum(character.isalpha() for piece in pieces for character in piece)
    return SentenceForm(msgid, msgstr, max(pieces, key=len), letters, pieces[0])


@functools.cache
def _pattern(msgid: str) -> re.Pattern[str]:
    """Return what matches every sentence of the form."""
    made, seen = "", set()
    for number, piece in enumerate(_HOLE.split(msgid)):
        if number % 2 == 0:
            made += re.escape(piece)
        elif piece in seen:
            made += f"(?P={piece})"
        else:
            seen.add(piece)
            inner = next((held for start, held in _HOLDS.items() if piece.startswith(start)), ".+?")
            made += f"(?P<{piece}>{inner})"
    return re.compile(made, re.S)
