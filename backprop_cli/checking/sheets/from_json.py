"""A JSON sheet as the tree that YAML gives: every number as it was written, each with its place.

No library keeps both: ``0.050`` would lose its last zero, which says how finely it was rounded.
"""

from __future__ import annotations

import re

from ...problems import Place, Refusal, Source, line_ends, refuse, shortened
from ...spec.nodes import DEEPEST, TOO_DEEP, Mapping, Scalar, Sequence, YamlNode

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r'|(?P<string>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*")'
    r"|(?P<word>[-+.\w\u2212]+)"
    r"|(?P<sign>[\[\]{},:])"
)
_ESCAPE = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|(["\\/bfnrt]))')
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def compose_json(source: Source) -> YamlNode:
    """Return the source's JSON value as a tree; raise Refusal where it is not JSON.

    A number is kept as any word is, so that one that is no JSON (``.5``) is read all the same.
    """
    return _JsonReader(source).whole()


class _JsonToken:
    __slots__ = ("kind", "place", "text")

    def __init__(self, kind: str, text: str, place: Place) -> None:
        self.kind, self.text, self.place = kind, text, place


class _JsonReader:
    """Recursive descent, one token ahead."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.position, self.line, self.start = 0, 1, 0
        self.ahead = self.scan()

    def scan(self) -> _JsonToken:
        text = self.source.text
        while self.position < len(text):
            match = _TOKEN.match(text, self.position)
            place = Place(self.line, self.position - self.start + 1)
            if match is None:
                raise self.foreign(text[self.position], place)
            self.position, kind = match.end(), match.lastgroup or ""
            ends = line_ends(match.group()) if kind in ("space", "string") else []
            if ends:
                self.line, self.start = self.line + len(ends), match.start() + ends[-1]
            if kind != "space":
                width = match.end() - match.start()
                return _JsonToken(kind, match.group(), Place(place.line, place.column, width))
        return _JsonToken("end", "", Place(self.line, max(1, self.position - self.start)))

    def take(self) -> _JsonToken:
        token, self.ahead = self.ahead, self.scan()
        return token

    def whole(self) -> YamlNode:
        tree = self.value(0)
        if self.ahead.kind != "end":
            cure = "a sheet is one object: { … }"
            raise self.refuse(f"'{shortened(self.ahead.text)}' after the end", self.ahead, cure)
        return tree

    def value(self, depth: int) -> YamlNode:
        token = self.ahead
        if depth > DEEPEST:
            raise self.refuse(TOO_DEEP, token, f"at most {DEEPEST} levels")
        if token.kind == "string":
            self.take()
            return Scalar(unescaped(token.text[1:-1]), token.place, False)
        if token.kind == "word":
            self.take()
            return Scalar(token.text, token.place)
        if token.text == "[":
            return self.sequence(depth)
        if token.text == "{":
            return self.mapping(depth)
        said = f"not '{token.text}'" if token.text else "but the file ends"
        raise self.refuse(f"a value is expected here, {said}", token, "a number, or null for none")

    def sequence(self, depth: int) -> Sequence:
        opening, items = self.take(), []
        while self.ahead.text != "]":
            items.append(self.value(depth + 1))
            if not self.more("]", opening):
                break
        end = self.take().place
        start = opening.place
        width = end.column - start.column + 1 if end.line == start.line else 1
        return Sequence(tuple(items), Place(start.line, start.column, width))

    def mapping(self, depth: int) -> Mapping:
        opening = self.take()
        pairs: list[tuple[Scalar, YamlNode]] = []
        seen: set[str] = set()
        while self.ahead.text != "}":
            token = self.take()
            if token.kind != "string":
                raise self.refuse("a key in quotes is expected here", token, 'write "z1": …')
            key = Scalar(unescaped(token.text[1:-1]), token.place, False)
            if key.text in seen:
                message = f"the key '{shortened(key.text)}' is given twice"
                raise self.refuse(message, token, "keep one of them")
            seen.add(key.text)
            if self.ahead.text != ":":
                raise self.refuse("a ':' is missing before this", self.ahead, "put it in")
            self.take()
            pairs.append((key, self.value(depth + 1)))
            if not self.more("}", opening):
                break
        self.take()
        return Mapping(tuple(pairs), opening.place)

    def more(self, closing: str, opening: _JsonToken) -> bool:
        """Return whether another entry follows: a comma was there, and more than the end."""
        if self.ahead.text == closing:
            return False
        if self.ahead.kind == "end":
            cure = f"a '{closing}' is missing"
            raise self.refuse(f"'{opening.text}' is never closed", opening, cure)
        if self.ahead.text != ",":
            raise self.refuse(f"a ',' or a '{closing}' is missing before this", self.ahead, "")
        self.take()
        return True

    def foreign(self, character: str, place: Place) -> Refusal:
        if character == '"':
            return refuse("this quote is never closed", place, 'a " is missing', self.source)
        message = f"{character!r} is no part of JSON"
        return refuse(message, place, "texts and names stand in double quotes", self.source)

    def refuse(self, message: str, token: _JsonToken, cure: str) -> Refusal:
        return refuse(message, token.place, cure, self.source)


def unescaped(text: str) -> str:
    r"""Return a JSON string's characters; half of a pair (``\ud800`` alone) becomes U+FFFD."""
    if "\\" not in text:
        return text
    found = _ESCAPE.sub(
        lambda m: chr(int(m[1], 16)) if m[1] else _ESCAPED.get(m[2], m[2]),
        text,
    )
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
