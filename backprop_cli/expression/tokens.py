"""What an expression is written in: its numbers, names and signs, each with its column, bounded."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from fractions import Fraction

from msgspec import Struct


class Limits(Struct, frozen=True):
    """What one expression may take.

    ``depth`` bounds the tree, ``calls`` how deep functions stand in one another; ``digits`` and
    ``magnitude`` the length and the exponent of one number.
    """

    characters: int = 2000
    nodes: int = 1000
    depth: int = 50
    exponent: int = 100
    digits: int = 40
    magnitude: int = 300
    calls: int = 50


class ExpressionError(Exception):
    """The expression cannot be read: what is wrong, where (from 0), how wide, and the cure."""

    def __init__(self, message: str, column: int, width: int = 1, cure: str = "") -> None:
        super().__init__(message)
        self.message, self.column, self.width, self.cure = message, column, width, cure


class Grammar(Struct, frozen=True):
    """What an expression may name: variables, functions with their numbers of arguments.

    ``open_names`` lets every name be a variable; ``indexing`` allows ``x[1]``, and
    ``index_letters`` ``x[j]``; ``matrices`` allows ``@``, ``arrays`` ``x[1:3]`` and ``axis=1``;
    ``forbidden`` has the sentence for names that deserve one.
    """

    names: Collection[str] = ()
    functions: dict[str, tuple[int, int]] = {}
    limits: Limits = Limits()
    open_names: bool = False
    indexing: bool = False
    index_letters: bool = True
    matrices: bool = True
    arrays: bool = False
    forbidden: dict[str, str] = {}


NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
NAME = r"[A-Za-z_][A-Za-z0-9_]*'*"
TOKEN = (
    r"(?P<space>[ \t\r\n]+)"
    rf"|(?P<number>{NUMBER})"
    rf"|(?P<name>{NAME})"
    r"|(?P<operator>\*\*|[-+*/^@(),\[\]\u2212])"
)
ARRAY_TOKEN = TOKEN.replace(r"\[\]", r"\[\]:=")
_IN_NUMBERS = "+-.0123456789eE"
CONSTANTS = ("pi", "e")
ANY_NUMBER = 99
"""The most arguments of a function that takes any number."""


class Token(Struct, frozen=True):
    """A number, a name, or a sign, and where it stands."""

    kind: str
    text: str
    column: int


def plain_number(text: str) -> bool:
    """Return whether the text is one decimal number in ASCII, such as ``-1.5e-3``."""
    if text.strip(_IN_NUMBERS):
        return False
    try:
        float(text)
    except ValueError:
        return False
    return True


def decimal(text: str, limits: Limits, column: int = 0) -> Fraction:
    """Return the fraction that a decimal says: ``0.15`` is 3/20."""
    if len(text) > limits.digits:
        raise ExpressionError(
            f"a number of {len(text)} characters",
            column,
            len(text),
            f"at most {limits.digits} characters",
        )
    _, _, power = text.lower().partition("e")
    if power and (len(power) > 5 or abs(int(power)) > limits.magnitude):
        raise ExpressionError(
            f"{text} is too large or too small to compute with",
            column,
            len(text),
            f"exponents from -{limits.magnitude} to {limits.magnitude}",
        )
    return Fraction(text)


def tokens_of(text: str, grammar: Grammar, signs: str, *, beside: bool = False) -> list[Token]:
    """Return the text's tokens; with ``beside`` a number may touch the name that it multiplies."""
    pattern = re.compile(signs)
    tokens, position = [], 0
    while position < len(text):
        match = pattern.match(text, position)
        if match is None:
            raise _foreign(text[position], position, grammar)
        kind = match.lastgroup or ""
        if kind != "space":
            tokens.append(Token(kind, match.group().replace("\u2212", "-"), position))
        position = match.end()
    for first, second in itertools.pairwise(tokens):
        touching = second.column == first.column + len(first.text)
        factor = beside and first.text != "0"
        factor = factor and (second.text in grammar.names or second.text in grammar.functions)
        if first.kind == "number" and second.kind in ("number", "name") and touching and not factor:
            joined = first.text + second.text
            cure = _untangled(first.text, second, grammar)
            raise ExpressionError(f"{joined} is not a number", first.column, len(joined), cure)
    return tokens


def _foreign(character: str, column: int, grammar: Grammar) -> ExpressionError:
    """Return the error for a character that no expression has."""
    signs = f"+ - * / **{' @' if grammar.matrices else ''} ( )"
    signs += " [ ]" if grammar.indexing else ""
    cure = f"an expression has numbers, names, {signs} and commas"
    if character == "#":
        cure = "remove it"
    elif character.isdigit():
        cure = "write numbers with the digits 0 to 9"
    return ExpressionError(f"{character!r} is not part of an expression", column, 1, cure)


def _untangled(number: str, second: Token, grammar: Grammar) -> str:
    """Return what ``2z`` or ``1e`` was meant to be."""
    word = second.text
    if word in ("e", "E") and "e" not in number.lower():
        return f"write {number}e0 with an exponent, or {number}*e"
    known = word in grammar.names or word in grammar.functions or word in CONSTANTS
    known = known or grammar.open_names
    return f"write {number}*{word}" if second.kind == "name" and known else ""
