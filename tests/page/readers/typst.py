"""Typst's mathematics as items."""

from __future__ import annotations

import re

from .grammar import (
    Big,
    Digits,
    Frac,
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

_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|#box\([^()]*\([^()]*\)\)|\d+(?:\.\d+)?|[A-Za-z](?:[A-Za-z.]*[A-Za-z])?'
    r"|\\,|<=|>=|!=|:=|<-|->|.",
    re.DOTALL,
)
_SIGNS = {
    **{sign: sign for sign in "+,:<>=&;/"},
    r"\,": ",",
    "-": "−",
    "'": "′",
    "<=": "≤",
    ">=": "≥",
    "!=": "≠",
    "->": "→",
    "approx": "≈",
    "equiv": "≡",
    ":=": "≡",
    "thin": "gap",
    "dot.op": "·",
    "dot.o": "⊙",
    "partial": "∂",
    "nabla": "∇",
}
_ACCENTS = ("hat", "macron", "tilde", "dot")
_LETTERS = ("cal", "bold", "upright", "op")
_CALLS = ("frac", "sqrt", "abs", "mat", "cases", *_ACCENTS, *_LETTERS)


def read(text: str) -> Row:
    """Return the items of a formula."""
    reader = _Typst(text)
    row = reader.row()
    if reader.at < len(reader.tokens):
        raise MisreadError(f"{text}: {reader.tokens[reader.at]!r} closes nothing")
    return row


_PARENTHESES = {"paren.l": "(", "paren.r": ")"}
_ANGLES = {"⟨": "langle", "⟩": "rangle"}


class _Typst:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.tokens = [_PARENTHESES.get(t, t) for t in _TOKEN.findall(text) if t != "quad"]

    def space(self) -> None:
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1

    def row(self) -> Row:
        """Return the items up to a closing parenthesis, which is left to be read."""
        items: list[Item] = []
        self.space()
        while self.at < len(self.tokens) and self.tokens[self.at] not in (")", "]"):
            items += self.items()
            self.space()
        return tuple(items)

    def parenthesised(self) -> Row:
        if self.tokens[self.at : self.at + 1] != ["("]:
            raise MisreadError(f"{self.text}: no parenthesis at token {self.at}")
        self.at += 1
        row = self.row()
        if self.tokens[self.at : self.at + 1] != [")"]:
            raise MisreadError(f"{self.text}: not closed")
        self.at += 1
        return row

    def items(self) -> list[Item]:
        token = self.tokens[self.at]
        if token == "(":
            return [Group("()", self.parenthesised())]
        self.at += 1
        if token[0].isdigit():
            return [Digits(token)]
        if token[0] == '"':
            return [Letter(re.sub(r"\\(.)", r"\1", token[1:-1]))]
        if token in _SIGNS:
            return [Sign(_SIGNS[token])]
        if token in ("^", "_"):
            return [Script("sup" if token == "^" else "sub", self.parenthesised())]
        if token == "[":
            row = self.row()
            self.at += 1
            return [Group("[]", row)]
        if token.startswith("#box"):
            return [Letter("blank")]
        if token == "sum":
            return [self.big()]
        if token in _CALLS and self.tokens[self.at : self.at + 1] == ["("]:
            return [self.call(token)]
        if token in _ANGLES:
            return [Letter(_ANGLES[token])]
        if token[0].isalpha():
            return [Letter(token)]
        raise MisreadError(f"{self.text}: what is {token!r}?")

    def big(self) -> Item:
        scripts: dict[str, Row] = {"sup": ()}
        while self.tokens[self.at] in ("^", "_"):
            (script,) = self.items()
            if not isinstance(script, Script):
                raise MisreadError(f"{self.text}: a sum without bounds")
            scripts[script.place] = script.row
        return Big(scripts["sub"], scripts["sup"])

    def call(self, name: str) -> Item:
        """Return what a function of Typst's draws."""
        arguments = split(self.parenthesised(), ",")
        if name == "mat":
            rows = self.matrix(arguments)
            return Table("matrix", rows)
        if name == "cases":
            return Table("cases", tuple(map(self.case, arguments)))
        if name == "frac":
            top, bottom = arguments
            return Frac(top, bottom)
        (argument,) = arguments
        if name == "sqrt":
            return Root(argument)
        if name == "abs":
            return Group("||", argument)
        (letter,) = argument
        if not isinstance(letter, Letter | Digits):
            raise MisreadError(f"{self.text}: {name} of {letter}")
        return Letter(letter.text if name in ("upright", "op") else f"{name} {letter.text}")

    def matrix(self, arguments: list[Row]) -> tuple[tuple[Row, ...], ...]:
        delimiter = (*(Letter(c) for c in ("delim",)), Sign(":"), Letter("["))
        if arguments[0] != delimiter:
            raise MisreadError(f"{self.text}: a matrix without brackets")
        rows: list[list[Row]] = [[]]
        for argument in arguments[1:]:
            first, *others = split(argument, ";")
            rows[-1].append(first)
            rows += [[other] for other in others]
        return tuple(map(tuple, rows))

    def case(self, row: Row) -> tuple[Row, ...]:
        value, condition = split(row, "&")
        if condition == (Letter("otherwise"),):
            return (value,)
        if condition[:1] != (Letter("if "),):
            raise MisreadError(f"{self.text}: no case says {condition[:1]}")
        return (value, condition[1:])
