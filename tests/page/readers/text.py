"""Mathematics on one line, in Unicode or in ASCII, as items."""

from __future__ import annotations

import math
import re
import unicodedata

from backprop_cli.diagrams.lettering import SMALL, runs
from backprop_cli.printing.drawn import Drawn

from .grammar import (
    Big,
    Digits,
    Group,
    Item,
    Letter,
    MisreadError,
    Root,
    Row,
    Script,
    Sign,
    Table,
    split,
)

_ANGLES = {"⟨": "⟩", "‹": "›"}
_PAIRS = {"(": ")", "[": "]", "{": "}", "|": "|"}
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?(e-?[0-9]+)?")
_SIGNS = {
    "*": "·",
    "-": "−",
    "'": "′",
    "<=": "≤",
    ">=": "≥",
    "!=": "≠",
    "->": "→",
    ":=": "≡",
    ".*": "⊙",
}
_SIGN = re.compile(r"<=|>=|!=|:=|->|\.\*|[-+−·*/⊙′'∂∇,:<>≤≥=≠≈≡→]")
_SPACES = re.compile(r" +")
_BEFORE = {"+", "−", "·", "⊙", "/", ",", ":", "<", "≤", "=", "≠", "≥", ">", "≈", "≡", "→"}
"""Signs beside which a space is no gap between factors."""


def _place(character: str) -> str:
    """Return ``sub`` or ``sup`` for a character that is lowered or raised by itself."""
    kind = unicodedata.decomposition(character).partition(" ")[0]
    return {"<sub>": "sub", "<super>": "sup"}.get(kind, "")


def read(text: str) -> Row:
    """Return the items of a line of Unicode."""
    return _read(text, ascii_only=False)


def read_ascii(text: str) -> Row:
    """Return the items of a line of ASCII, where a name has its indices in brackets."""
    if not text.isascii():
        raise MisreadError(f"not ASCII: {text}")
    return _read(text, ascii_only=True)


def read_runs(drawn: Drawn) -> Row:
    """Return the items of a picture's label, whose runs say what is raised and lowered."""
    text, around = "", [0.0]
    for run in runs(drawn):
        depth = round(math.log(run.scale) / math.log(SMALL))
        while depth < len(around) - 1 or (depth and around[-1] != run.rise and len(around) > depth):
            around.pop()
            text += ")"
        if depth == len(around):
            text += "^(" if run.rise > around[-1] else "_("
            around.append(run.rise)
        text += run.text
    return _read(text + ")" * (len(around) - 1), ascii_only=False)


def _read(text: str, *, ascii_only: bool) -> Row:
    reader = _Text(_apart(text), ascii_only=ascii_only)
    row = reader.row("")
    if reader.at < len(reader.text):
        raise MisreadError(f"{text}: not closed as it was opened")
    return row


def _apart(text: str) -> str:
    """Return the text with each accent behind its letter, and ≠ as the one sign that it is."""
    return unicodedata.normalize("NFD", text).replace("=\u0338", "≠")


class _Text:
    def __init__(self, text: str, *, ascii_only: bool) -> None:
        self.text, self.at, self.ascii_only = text, 0, ascii_only

    def row(self, closing: str) -> Row:
        """Return the items up to what closes them, which is left to be read."""
        items: list[Item] = []
        while self.at < len(self.text) and self.text[self.at] != closing:
            if self.text[self.at] in ")]};" or self.words_follow():
                break
            items += self.items(items)
        return _without_gaps(items)

    def words_follow(self) -> bool:
        return bool(re.match(r" (if |otherwise)", self.text[self.at :]))

    def items(self, before: list[Item]) -> list[Item]:
        """Return the next items."""
        rest = self.text[self.at :]
        character = rest[0]
        if found := _SPACES.match(rest):
            self.at += found.end()
            return [Sign("gap")]
        if found := _NUMBER.match(rest):
            self.at += found.end()
            return [Digits(found[0])]
        if character in "½¼¾":
            self.at += 1
            return [Digits(str(unicodedata.numeric(character)))]
        if place := _place(character):
            return [Script("sub" if place == "sub" else "sup", self.shifted(place))]
        if character in "^_" and before and not rest.startswith("__"):
            return self.marked()
        if character == "√":
            self.at += 1
            return [Root(self.one())]
        if self.ascii_only and (found := re.match(r"d(?=[(\[])", rest)):
            return self.differential()
        if self.ascii_only and (found := re.match(r"(sqrt|grad)(?=\()", rest)):
            return self.spelled_out(found[0])
        if rest.startswith("abs("):
            return self.spelled_out("abs")
        if self.ascii_only and (found := re.match(r"(sum|Σ)_(\w+)", rest)):
            self.at += found.end()
            return [_sum((Letter(found[2]),))]
        if character == "Σ":
            self.at += 1
            (below,) = self.items([Letter("Σ")])
            if not isinstance(below, Script):
                raise MisreadError(f"{self.text}: Σ without an index")
            return [_sum(below.row)]
        if found := _SIGN.match(rest):
            self.at += found.end()
            return [Sign(_SIGNS.get(found[0], found[0]))]
        if self.ascii_only and character == "[" and before and isinstance(before[-1], Group):
            return [self.bracketed()]
        if character in _PAIRS:
            return [self.group()]
        return self.angled() if character in _ANGLES else self.word()

    def angled(self) -> list[Item]:
        """Return a step in time between angles."""
        closing = _ANGLES[self.text[self.at]]
        inside, _, _ = self.text[self.at + 1 :].partition(closing)
        self.at += len(inside) + 2
        row = _read(inside, ascii_only=self.ascii_only)
        return [Letter("langle"), *row, Letter("rangle")]

    def shifted(self, place: str) -> Row:
        """Return a run of characters that are raised, or lowered, by themselves."""
        plain = ""
        while self.at < len(self.text) and (
            _place(self.text[self.at]) == place
            or (
                self.text[self.at] == ","
                and self.at + 1 < len(self.text)
                and _place(self.text[self.at + 1]) == place
            )
        ):
            plain += unicodedata.normalize("NFKD", self.text[self.at])
            self.at += 1
        return _Text(plain, ascii_only=False).script()

    def script(self) -> Row:
        """Return an index: digits, and letters one by one."""
        items: list[Item] = []
        for token in re.findall(r"\d+|.", self.text):
            if token.isdigit():
                items.append(Digits(token))
            elif token.isalpha() or token in "()[]":
                items.append(Letter(token))
            else:
                items.append(Sign(_SIGNS.get(token, token)))
        return tuple(items)

    def marked(self) -> list[Item]:
        """Return what stands behind a caret or an underscore: parentheses, or one word."""
        place = "sup" if self.text[self.at] == "^" else "sub"
        self.at += 1
        row = self.one()
        return [Script("sub" if place == "sub" else "sup", row)]

    def one(self) -> Row:
        """Return what is in the parentheses that follow, or else one number or word."""
        character = self.text[self.at : self.at + 1]
        if found := re.match(r"\((\[[^\]]*\](\(\w+\))?)\)", self.text[self.at :]):
            self.at += found.end()
            return _Text(found[1], ascii_only=False).script()
        if character in _ANGLES:
            return tuple(self.angled())
        if character == "(":
            group = self.group()
            return group.row if isinstance(group, Group) else (group,)
        if character == "[":
            return (self.bracketed(),)
        found = re.match(_NUMBER.pattern + r"|[^\W\d][\w\u0300-\u036f]*", self.text[self.at :])
        if found is None:
            raise MisreadError(f"{self.text}: nothing behind a mark at {self.at}")
        self.at += found.end()
        return _read(found[0], ascii_only=self.ascii_only)

    def bracketed(self) -> Group:
        """Return what is in brackets, as an index has it."""
        end = self.text.index("]", self.at)
        inner = _Text(self.text[self.at + 1 : end], ascii_only=self.ascii_only).script()
        self.at = end + 1
        return Group("[]", inner)

    def group(self) -> Item:
        """Return parentheses, bars, a matrix in brackets, or cases in braces."""
        opening = self.text[self.at]
        closing = _PAIRS[opening]
        self.at += 1
        if opening == "[":
            return self.matrix()
        if opening == "{":
            return self.cases()
        row = self.row(closing)
        self.close(closing)
        return Group(opening + closing, row)

    def close(self, closing: str) -> None:
        if self.text[self.at : self.at + 1] != closing:
            raise MisreadError(f"{self.text}: {closing!r} is wanted at {self.at}")
        self.at += 1

    def matrix(self) -> Item:
        end, depth = self.at, 1
        while depth:
            depth += {"[": 1, "]": -1}.get(self.text[end], 0)
            end += 1
        inner = self.text[self.at : end - 1]
        self.at = end
        rows = [re.split(" {2,}", row) for row in inner.split("; ")]
        if any(len(row) != len(rows[0]) for row in rows):
            raise MisreadError(f"{self.text}: rows of different lengths")
        read_rows = (tuple(_read(e, ascii_only=self.ascii_only) for e in row) for row in rows)
        return Table("matrix", tuple(read_rows))

    def cases(self) -> Item:
        rows: list[tuple[Row, ...]] = []
        while True:
            value = self.row("}")
            if self.text.startswith(" if ", self.at):
                self.at += 4
                rows.append((value, self.row("}")))
            elif self.text.startswith(" otherwise", self.at):
                self.at += len(" otherwise")
                rows.append((value,))
            else:
                raise MisreadError(f"{self.text}: no case at {self.at}")
            if self.text.startswith("; ", self.at):
                self.at += 2
                continue
            self.close("}")
            return Table("cases", tuple(rows))

    def differential(self) -> list[Item]:
        """Return ``d(…)``, ``d[j]C``."""
        self.at += 1
        if self.text[self.at] == "[":
            below = self.bracketed().row
            narrow = all(len(item.text) == 1 for item in below if isinstance(item, Digits | Letter))
            if narrow:  # d[1,2]C is what ∂₁₂C is on paper
                below = tuple(item for item in below if item != Sign(","))
            return [Sign("∂"), Script("sub", below)]
        return [Sign("∂")]

    def spelled_out(self, name: str) -> list[Item]:
        """Return ``sqrt(…)``, ``abs(…)``, ``grad(C, a)``."""
        self.at += len(name)
        group = self.group()
        if not isinstance(group, Group):
            raise MisreadError(f"{self.text}: {name} of nothing")
        if name == "sqrt":
            return [Root(group.row)]
        if name == "abs":
            return [Group("||", group.row)]
        of, wrt = split(group.row, ",")
        return [Sign("∇"), Script("sub", wrt), *of]

    def word(self) -> list[Item]:
        """Return a word; in ASCII with its indices, a d before a name apart."""
        rest = self.text[self.at :]
        pattern = r"\w+(\[[^\]]*\])?" if self.ascii_only else r"_+|…|𝟏|[^\W\d]"
        found = re.match(pattern + r"|\.\.\.", rest)
        if found is None:
            raise MisreadError(f"{self.text}: what is {rest[0]!r}?")
        end = found.end()
        if not self.ascii_only and found[0].isalpha():
            while end < len(rest) and self.belongs(rest, end):
                end += 1
        self.at += end
        return [Letter(rest[:end])]

    def belongs(self, rest: str, place: int) -> bool:
        """Return whether a character belongs to the word before it."""
        character = rest[place]
        if unicodedata.combining(character):
            return True
        if character == "_":
            return rest[place + 1 : place + 2].isalnum()
        return character.isalnum() and not _place(character)


def _sum(index: Row) -> Item:
    return Big(index, ())


def _without_gaps(items: list[Item]) -> Row:
    """Return the items, spaces left out beside signs and at the ends."""
    kept: list[Item] = []
    for number, item in enumerate(items):
        if item == Sign("gap"):
            after = items[number + 1] if number + 1 < len(items) else None
            beside = (kept[-1] if kept else None, after)
            if any(b is None or (isinstance(b, Sign) and b.text in _BEFORE) for b in beside):
                continue
        kept.append(item)
    return tuple(kept)
