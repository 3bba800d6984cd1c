"""LaTeX's mathematics, also as Markdown writes it, as items."""

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
)

_TOKEN = re.compile(r":=|\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
_SIGNS = {
    **{sign: sign for sign in "+,:<>=/"},
    "-": "−",
    "'": "′",
    r"\cdot": "·",
    r"\odot": "⊙",
    r"\partial": "∂",
    r"\nabla": "∇",
    r"\le": "≤",
    r"\ge": "≥",
    r"\ne": "≠",
    r"\lt": "<",
    r"\gt": ">",
    r"\approx": "≈",
    r"\equiv": "≡",
    ":=": "≡",
    r"\to": "→",
    r"\,": "gap",
    r"\hspace": "gap",
}
_LETTERS = tuple(
    rf"\{command}"
    for command in (
        *"operatorname text mathbb mathbf boldsymbol mathcal mathsf mathtt texttt".split(),  # noqa: SIM905
        "backpropname",
    )
)
_ACCENTS = (r"\hat", r"\bar", r"\tilde", r"\dot")
_GROUPS = {"(": ("()", ")"), r"\lvert": ("||", r"\rvert"), "[": ("[]", "]")}
_LINE_END = ("\\\\", r"\cr")


def read(text: str) -> Row:
    """Return the items of a formula."""
    reader = _Latex(text)
    row = reader.row(())
    if reader.at < len(reader.tokens):
        raise MisreadError(f"{text}: {reader.tokens[reader.at]!r} closes nothing")
    return row


class _Latex:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.tokens: list[str] = [t for t in _TOKEN.findall(text) if not t.isspace()]

    def next(self) -> str:
        if self.at >= len(self.tokens):
            raise MisreadError(f"{self.text}: ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def expect(self, *tokens: str) -> None:
        for token in tokens:
            if (found := self.next()) != token:
                raise MisreadError(f"{self.text}: {token!r} is wanted, not {found!r}")

    def row(self, stops: tuple[str, ...]) -> Row:
        """Return the items up to a stop, which is left to be read."""
        items: list[Item] = []
        while self.at < len(self.tokens) and self.tokens[self.at] not in stops:
            if self.tokens[self.at] in (
                "}",
                ")",
                "]",
                r"\right",
                r"\bigr",
                "&",
                r"\end",
                *_LINE_END,
            ):
                break
            items += self.items()
        return tuple(items)

    def argument(self) -> Row:
        """Return a group in braces, or else one token."""
        if self.tokens[self.at : self.at + 1] == ["{"]:
            self.next()
            row = self.row(("}",))
            self.expect("}")
            return row
        return tuple(self.items())

    def name(self) -> str:
        """Return the words of a group in braces as they stand."""
        self.expect("{")
        words, depth = "", 1
        while True:
            token = self.next()
            depth += {"{": 1, "}": -1}.get(token, 0)
            if not depth:
                return words
            words += token.removeprefix("\\")

    def items(self) -> list[Item]:
        token = self.next()
        if token == "{":
            row = self.row(("}",))
            self.expect("}")
            return list(row)
        if token[0].isdigit():
            return [Digits(token)]
        if token == r"\scriptstyle":
            return []
        if token == r"\hspace":
            self.name()
        if token in _SIGNS:
            return [Sign(_SIGNS[token])]
        if token in ("^", "_"):
            return [Script("sup" if token == "^" else "sub", self.argument())]
        if token in ("(", "[", r"\left", r"\bigl"):
            return [self.group(token)]
        if token == r"\frac":
            return [Frac(self.argument(), self.argument())]
        if token == r"\sqrt":
            return [Root(self.argument())]
        if token == r"\sum":
            self.expect("_")
            low = self.argument()
            if self.tokens[self.at : self.at + 1] != ["^"]:
                return [Big(low, ())]
            self.expect("^")
            return [Big(low, self.argument())]
        if token in _LETTERS:
            return [Letter(self.name())]
        if token in _ACCENTS:
            (inner,) = self.argument()
            if not isinstance(inner, Letter):
                raise MisreadError(f"{self.text}: {token} over {inner}")
            return [Letter(f"{token[1:]} {inner.text}")]
        if token == r"\begin":
            return self.table()
        if token == r"\underline":
            self.expect("{", r"\hspace")
            self.name()
            if self.tokens[self.at] == r"\rule":
                self.next(), self.name(), self.name()
            self.expect("}")
            return [Letter("blank")]
        if token.isalpha() or (token[0] == "\\" and token[1:].isalpha()):
            return [Letter(token.removeprefix("\\"))]
        raise MisreadError(f"{self.text}: what is {token!r}?")

    def group(self, token: str) -> Item:
        grows = token in (r"\left", r"\bigl")
        opening = self.next() if grows else token
        if self.tokens[self.at : self.at + 3] == [r"\begin", "{", "s"]:
            (table,) = self.items()
            self.expect(r"\right", "]")
            return table
        mark, closing = _GROUPS[opening]
        row = self.row((closing,))
        if grows:
            self.expect({r"\left": r"\right", r"\bigl": r"\bigr"}[token])
        self.expect(closing)
        return Group(mark, row)

    def table(self) -> list[Item]:
        """Return a table; what is set in aligned lines is one row of items."""
        name = self.name()
        rows: list[tuple[Row, ...]] = []
        cells: list[Row] = []
        while True:
            words = "".join(self.tokens[self.at : self.at + 12])
            if words.startswith(r"\text{otherwise}"):
                self.items()
            elif words.startswith(r"\text{if}"):
                self.items()
                cells.append(self.row(()))
            else:
                cells.append(self.row(()))
            token = self.next()
            if token in _LINE_END or token == r"\end":
                rows.append(tuple(cells))
                cells = []
            if token == r"\end":
                break
        if self.name() != name or name not in ("bmatrix", "smallmatrix", "cases", "aligned"):
            raise MisreadError(f"{self.text}: {name} is not closed")
        if name == "aligned":
            return [item for cells in rows for cell in cells for item in cell]
        return [Table("cases" if name == "cases" else "matrix", tuple(rows))]
