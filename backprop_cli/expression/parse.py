"""The safe expression parser: text → tree, by a grammar of our own and nothing else.

The text is never given to Python's compiler nor to sympy: what this grammar does not name cannot
happen. Length, number of nodes, depth and constant exponents are bounded before they can cost
anything. An error says the column, counted from 0 inside the expression.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from fractions import Fraction

from msgspec import Struct

from ..problems import nearest
from .bounds import exponent_size, tower
from .indices import FromTo, Index
from .tree import Call, Cases, Compare, Constant, Div, Expr, Name, Neg, Number, Pow, add, mul


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
    ``forbidden`` has the sentence for names that deserve one. ``printed`` reads what pages print:
    ``a(1 - a)`` for a product, ``{z if z > 0; 0 otherwise}``, ``|a|``, and ``f'(z)``.
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
    printed: bool = False


NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
NAME = r"[A-Za-z_][A-Za-z0-9_]*'*"
_TOKEN = (
    r"(?P<space>[ \t\r\n]+)"
    rf"|(?P<number>{NUMBER})"
    rf"|(?P<name>{NAME})"
    r"|(?P<operator>\*\*|[-+*/^@(),\[\]\u2212])"
)
_ARRAY_TOKEN = _TOKEN.replace(r"\[\]", r"\[\]:=")
_PRINTED_TOKEN = _TOKEN.replace(r"\*\*|", r"\*\*|[<>]=?|[{};|]|")
_RELATIONS = ("<", "<=", ">", ">=")
_IN_NUMBERS = "+-.0123456789eE"
CONSTANTS = ("pi", "e")
ANY_NUMBER = 99
"""The most arguments of a function that takes any number."""


ALONG = ("sum", "mean", "max", "min", "softmax", "concat")
"""Functions that may go along one axis of a matrix."""
_LIST = "sum, mean, max, min, softmax; concat(A, B, axis=1)"
SLIDING = ("conv1d", "conv2d", "max_pool2d")
"""Functions that slide a window, and take these by name, with the least of each."""
STEPS = {"stride": 1, "padding": 0, "dilation": 1}
_MOST_STEPS = 999
_CASES = "{z if z > 0; 0 otherwise}"


def along(axis: int) -> Expr:
    """Return what says that a function goes along one axis."""
    return named("axis", axis)


def named(name: str, number: int) -> Expr:
    """Return an argument that is given by its name: axis=1, stride=2."""
    return Compare("==", Constant(name), Number(Fraction(number)))


class _Token(Struct, frozen=True):
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


def parse(text: str, grammar: Grammar) -> Expr:
    """Return the expression's tree; raise ExpressionError where it is not one."""
    limits = grammar.limits
    if len(text) > limits.characters:
        raise ExpressionError(
            f"an expression of {len(text)} characters",
            0,
            1,
            f"at most {limits.characters} characters",
        )
    return _Parser(_tokens(text, grammar), grammar, len(text)).whole()


def _tokens(text: str, grammar: Grammar) -> list[_Token]:
    array, printed = grammar.arrays, grammar.printed
    pattern = re.compile(_ARRAY_TOKEN if array else _PRINTED_TOKEN if printed else _TOKEN)
    tokens, position = [], 0
    while position < len(text):
        match = pattern.match(text, position)
        if match is None:
            raise _foreign(text[position], position, grammar)
        kind = match.lastgroup or ""
        if kind != "space":
            tokens.append(_Token(kind, match.group().replace("\u2212", "-"), position))
        position = match.end()
    for first, second in itertools.pairwise(tokens):
        touching = second.column == first.column + len(first.text)
        factor = printed and first.text != "0"
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


def _untangled(number: str, second: _Token, grammar: Grammar) -> str:
    """Return what ``2z`` or ``1e`` was meant to be."""
    word = second.text
    if word in ("e", "E"):
        return f"write {number}e0 with an exponent, or {number}*e"
    known = word in grammar.names or word in grammar.functions or word in CONSTANTS
    known = known or grammar.open_names
    return f"write {number}*{word}" if second.kind == "name" and known else ""


class _Parser:
    """Recursive descent over the tokens; ``depth`` and ``nodes`` are counted on the way."""

    def __init__(self, tokens: list[_Token], grammar: Grammar, end: int) -> None:
        self.tokens, self.grammar, self.end = tokens, grammar, end
        self.position = self.nodes = self.depth = self.calls = 0

    def whole(self) -> Expr:
        if not self.tokens:
            raise ExpressionError("an empty expression", 0, 1, "write a number or a formula")
        tree = self.sum()
        if self.position < len(self.tokens):
            token = self.tokens[self.position]
            starts = token.kind != "operator" or token.text in "({"
            cure = "an operator or a comma is missing before it" if starts else ""
            if token.text == "[" and self.grammar.indexing:
                cure = "only names have entries: give this part a name of its own"
            raise ExpressionError(
                f"'{token.text}' is not expected here", token.column, len(token.text), cure
            )
        return tree

    # -- the grammar, loosest first

    def sum(self) -> Expr:
        self.enter()
        terms = [self.product()]
        while token := self.take("+", "-"):
            term = self.product()
            terms.append(Neg(term) if token.text == "-" else term)
            self.count()
        self.depth -= 1
        return add(*terms)

    def product(self) -> Expr:
        left, entered, divided = self.signed(), self.depth, False
        while token := self.take("*", "/", "@") or self.side_by_side(divided=divided):
            divided = token.text == "/"
            if token.text == "@" and not self.grammar.matrices:
                cure = "write * for a product of numbers"
                raise ExpressionError("'@' is not expected here", token.column, 1, cure)
            if token.text in "/@":
                # a/b/c stands one level deeper with each division, without any bracket.
                self.enter()
            right = self.signed()
            self.count()
            whole = isinstance(right, Number) and right.value.denominator == 1
            if token.kind == "beside" and isinstance(left, Number) and whole:
                # 0.1385(2) is also how an uncertain last digit is written.
                cure = "an operator or a comma is missing before it"
                raise ExpressionError("'(' is not expected here", token.column, 1, cure)
            if token.text == "@":
                left = Call("matmul", (left, right))
            else:
                left = Div(left, right) if divided else mul(left, right)
        self.depth = entered
        return left

    def side_by_side(self, *, divided: bool) -> _Token | None:
        """Return the product's sign where a factor stands behind another: a(1 - a), 2a, (a)b."""
        if not self.grammar.printed or self.position >= len(self.tokens):
            return None
        before, token = self.tokens[self.position - 1 : self.position + 1]
        grammar = self.grammar
        known = token.text in grammar.names or token.text in (*grammar.functions, *CONSTANTS)
        if not (token.text == "(" or (token.kind == "name" and known)):
            return None
        if before.kind == "operator" and before.text not in (")", "]"):
            return None
        if divided and not self.fraction_before(token):
            cure = "write the product with *, and what is divided by in brackets"
            raise ExpressionError("a/b(c) could be two things", token.column, 1, cure)
        return _Token("beside", "*", token.column)

    def fraction_before(self, token: _Token) -> bool:
        """Return whether a fraction of two numbers and a blank stand before: 1/2 (a - y)."""
        before = self.tokens[max(0, self.position - 4) : self.position]
        kinds = [each.text if each.kind == "operator" else each.kind for each in before]
        apart = token.column > before[-1].column + len(before[-1].text)
        return (
            apart and kinds[-3:] == ["number", "/", "number"] and kinds[:-3] not in (["/"], ["^"])
        )

    def signed(self) -> Expr:
        if token := self.take("-", "+"):
            self.enter()
            operand = self.signed()
            self.depth -= 1
            return Neg(operand) if token.text == "-" else operand
        return self.power()

    def power(self) -> Expr:
        base = self.atom()
        if token := self.take("**", "^"):
            self.enter()
            exponent = self.signed()
            self.depth -= 1
            self.check_exponent(base, exponent, token)
            return Pow(base, exponent)
        return base

    def atom(self) -> Expr:
        self.count()
        token = self.next()
        if token.kind == "number":
            return Number(decimal(token.text, self.grammar.limits, token.column))
        if token.text == "(":
            inside = self.sum()
            self.expect(")", token)
            return inside
        if token.kind == "name":
            named = self.grammar.printed and token.text not in self.grammar.functions
            named = named and token.text in (*self.grammar.names, *CONSTANTS)
            called = self.peek() == "(" and not named
            return self.call(token) if called else self.name(token)
        if token.text == "{":
            return self.cases(token)
        if token.text == "|":
            inside = self.sum()
            self.expect("|", token)
            return Call("abs", (inside,))
        raise ExpressionError(
            f"'{token.text}' is not expected here",
            token.column,
            len(token.text),
            "a value goes here",
        )

    def cases(self, opening: _Token) -> Expr:
        """Return ``{z if z > 0; 0 otherwise}``, whose bracket is read already."""
        self.enter()
        pieces: list[tuple[Compare, Expr]] = []
        while True:
            value = self.sum()
            if self.take("otherwise"):
                break
            self.expect_word("if", f"such as {_CASES}")
            left = self.sum()
            sign = self.next()
            if sign.text not in _RELATIONS:
                message = f"'{sign.text}' is not expected here"
                raise ExpressionError(message, sign.column, len(sign.text), f"such as {_CASES}")
            pieces.append((Compare(sign.text, left, self.sum()), value))
            if not self.take(",", ";"):
                self.expect(";", opening)
        self.expect("}", opening)
        self.depth -= 1
        return Cases(tuple(pieces), value)

    def expect_word(self, word: str, cure: str) -> None:
        token = self.next()
        if token.text != word:
            message = f"'{token.text}' is not expected here"
            raise ExpressionError(message, token.column, len(token.text), cure)

    def name(self, token: _Token) -> Expr:
        grammar, word = self.grammar, token.text
        if word in grammar.names or (grammar.open_names and word not in CONSTANTS):
            return Name(word, self.index(word))
        if word in CONSTANTS:
            return Constant(word)
        if word in grammar.forbidden:
            cure = f"known: {', '.join(sorted((*grammar.names, *CONSTANTS)))}"
            raise ExpressionError(grammar.forbidden[word], token.column, len(word), cure)
        if word in grammar.functions:
            raise ExpressionError(
                f"{word} is a function", token.column, len(word), f"write {word}(…)"
            )
        known = (*grammar.names, *CONSTANTS)
        raise ExpressionError(
            f"'{word}' is not known here", token.column, len(word), nearest(word, known)
        )

    def index(self, word: str) -> tuple[Index, ...]:
        if self.peek() != "[":
            return ()
        opening = self.next()
        if not self.grammar.indexing:
            raise ExpressionError(
                f"{word} has no entries here", opening.column, 1, f"write {word} alone"
            )
        found: list[Index] = []
        while True:
            if self.grammar.arrays and (span := self.span(word)) is not None:
                found.append(span)
                if self.take("]"):
                    return tuple(found)
                self.expect(",", opening)
                continue
            token = self.next()
            if token.kind not in ("number", "name"):
                raise ExpressionError(
                    "a position goes here", token.column, len(token.text), f"such as {word}[1]"
                )
            letter = token.kind == "name" and self.grammar.index_letters
            found.append(token.text if letter else _position(token, word))
            if self.take("]"):
                return tuple(found)
            self.expect(",", opening)

    def span(self, word: str) -> FromTo | None:
        """Return a stretch of positions, 1:3, where one stands here."""
        at = self.position
        texts = [each.text for each in self.tokens[at : at + 2]]
        if ":" not in texts or (texts[0] != ":" and self.tokens[at].kind != "number"):
            return None
        ends: list[int | None] = [None, None]
        start = self.tokens[at]
        if texts[0] != ":":
            ends[0] = _position(self.next(), word)
        self.next()
        if self.position < len(self.tokens) and self.tokens[self.position].kind == "number":
            ends[1] = _position(self.next(), word)
        if ends[0] is not None and ends[1] is not None and ends[0] > ends[1]:
            message = f"from {ends[0]} to {ends[1]} there is no entry"
            cure = f"write {word}[{ends[1]}:{ends[0]}]: both ends are included"
            raise ExpressionError(message, start.column, 1, cure)
        return FromTo(*ends)

    def by_name(self, word: str) -> tuple[str, Expr] | None:
        """Return an argument that is given by its name here, ``axis=1``, ``stride=2``."""
        texts = [each.text for each in self.tokens[self.position : self.position + 2]]
        name = texts[0] if self.grammar.arrays and texts[1:] == ["="] else ""
        if name != "axis" and name not in STEPS:
            return None
        at = self.next()
        self.next()
        token = self.next()
        if name == "axis":
            if token.text not in ("1", "2"):
                cure = "axis=1 goes along the rows' index, down each column; axis=2 along each row"
                raise ExpressionError("an axis is 1 or 2", token.column, len(token.text), cure)
            return name, along(int(token.text))
        if word not in SLIDING:
            cure = f"those that do: {', '.join(SLIDING)}"
            raise ExpressionError(f"{word} takes no {name}", at.column, len(name), cure)
        least = STEPS[name]
        if not token.text.isdigit() or not least <= int(token.text[:9]) <= _MOST_STEPS:
            message = f"{name}: a whole number from {least} on is expected"
            cure = f"such as {name}={max(1, least)}"
            raise ExpressionError(message, token.column, len(token.text), cure)
        return name, named(name, int(token.text))

    def call(self, token: _Token) -> Expr:
        functions, word = self.grammar.functions, token.text
        if word not in functions:
            raise ExpressionError(
                f"there is no function '{word}'", token.column, len(word), nearest(word, functions)
            )
        opening, arguments = self.next(), []
        given: dict[str, Expr] = {}
        self.calls += 1
        if self.calls > self.grammar.limits.calls:
            most = self.grammar.limits.calls
            raise ExpressionError(
                "too many functions inside one another", token.column, len(word), f"at most {most}"
            )
        if not self.take(")"):
            arguments = [self.sum()]
            while self.take(","):
                found = self.by_name(word)
                if found is None and not given:
                    arguments.append(self.sum())
                    continue
                if found is None or found[0] in given:
                    message = "an argument after those that are given by name"
                    message = message if found is None else f"{found[0]} twice"
                    last = self.tokens[self.position - 1]
                    raise ExpressionError(message, last.column, 1, "each once, and those last")
                given[found[0]] = found[1]
            self.expect(")", opening)
        self.calls -= 1
        least, most = functions[word]
        if not least <= len(arguments) <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            wanted = f"at least {least}" if most >= ANY_NUMBER else wanted
            shown = [_called(word, n) for n in range(least, min(most, least + 2) + 1)]
            raise ExpressionError(
                f"{word} takes {wanted} argument{'' if wanted[-2:] in ('1', ' 1') else 's'}, "
                f"not {len(arguments)}",
                token.column,
                len(word),
                "write " + " or ".join(shown),
            )
        if "axis" in given and (word not in ALONG or (len(arguments) > 1 and word != "concat")):
            raise ExpressionError(
                f"{word} goes along no axis", token.column, len(word), f"those that do: {_LIST}"
            )
        return Call(word, (*arguments, *given.values()))

    # -- tokens and bounds

    def peek(self) -> str:
        return self.tokens[self.position].text if self.position < len(self.tokens) else ""

    def next(self) -> _Token:
        if self.position >= len(self.tokens):
            raise ExpressionError(
                "the expression ends too early",
                max(0, self.end - 1),
                1,
                "a value is missing after it",
            )
        self.position += 1
        return self.tokens[self.position - 1]

    def take(self, *texts: str) -> _Token | None:
        return self.next() if self.peek() in texts else None

    def expect(self, text: str, opening: _Token) -> None:
        if not self.take(text):
            raise ExpressionError(
                f"'{opening.text}' is never closed", opening.column, 1, f"a '{text}' is missing"
            )

    def enter(self) -> None:
        self.depth += 1
        if self.depth > self.grammar.limits.depth:
            column = self.tokens[min(self.position, len(self.tokens) - 1)].column
            raise ExpressionError(
                "nested too deep", column, 1, f"at most {self.grammar.limits.depth} levels"
            )

    def count(self) -> None:
        self.nodes += 1
        if self.nodes > self.grammar.limits.nodes:
            column = self.tokens[min(self.position, len(self.tokens) - 1)].column
            raise ExpressionError(
                "too long an expression", column, 1, f"at most {self.grammar.limits.nodes} parts"
            )

    def check_exponent(self, base: Expr, exponent: Expr, token: _Token) -> None:
        power = exponent_size(exponent) * tower(base)
        if power > self.grammar.limits.exponent * (1 + 1e-12):
            raise ExpressionError(
                "too large an exponent",
                token.column,
                len(token.text),
                f"at most {self.grammar.limits.exponent}, nested ones multiplied",
            )


def _called(function: str, arguments: int) -> str:
    """Return ``max(a, b)``."""
    return f"{function}({', '.join('abcdefgh'[:arguments])})"


def _position(token: _Token, word: str) -> int:
    """Return an entry's position, which counts from 1."""
    if not token.text.isdigit() or len(token.text) > 9:
        raise ExpressionError(
            "an entry's position is a whole number",
            token.column,
            len(token.text),
            f"such as {word}[1]",
        )
    if int(token.text) == 0:
        raise ExpressionError("entries count from 1", token.column, 1, f"the first is {word}[1]")
    return int(token.text)
