"""The safe expression parser: text → tree, by a grammar of our own and nothing else.

The text is never given to Python's compiler nor to sympy: what this grammar does not name cannot
happen. Length, number of nodes, depth and constant exponents are bounded before they can cost
anything. An error says the column, counted from 0 inside the expression.
"""

from __future__ import annotations

from fractions import Fraction

from ..problems import nearest
from .bounds import exponent_size, tower
from .indices import FromTo, Index
from .tokens import (
    ANY_NUMBER,
    ARRAY_TOKEN,
    CONSTANTS,
    TOKEN,
    ExpressionError,
    Grammar,
    Token,
    decimal,
    tokens_of,
)
from .tree import Call, Compare, Constant, Div, Expr, Name, Neg, Number, Pow, add, mul

ALONG = ("sum", "mean", "max", "min", "softmax", "concat")
"""Functions that may go along one axis of a matrix."""
_LIST = "sum, mean, max, min, softmax; concat(A, B, axis=1)"
SLIDING = ("conv1d", "conv2d", "max_pool2d")
"""Functions that slide a window, and take these by name, with the least of each."""
STEPS = {"stride": 1, "padding": 0, "dilation": 1}
_MOST_STEPS = 999


def along(axis: int) -> Expr:
    """Return what says that a function goes along one axis."""
    return named("axis", axis)


def named(name: str, number: int) -> Expr:
    """Return an argument that is given by its name: axis=1, stride=2."""
    return Compare("==", Constant(name), Number(Fraction(number)))


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
    pattern = ARRAY_TOKEN if grammar.arrays else TOKEN
    return Parser(tokens_of(text, grammar, pattern), grammar, len(text)).whole()


class Parser:
    """Recursive descent over the tokens; ``depth`` and ``nodes`` are counted on the way."""

    products: tuple[str, ...] = ("*", "/", "@")

    def __init__(self, tokens: list[Token], grammar: Grammar, end: int) -> None:
        self.tokens, self.grammar, self.end = tokens, grammar, end
        self.position = self.nodes = self.depth = self.calls = 0

    def whole(self) -> Expr:
        """Return the tree of all tokens."""
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
        """Return terms, added or subtracted."""
        self.enter()
        terms = [self.product()]
        while token := self.take("+", "-"):
            term = self.product()
            terms.append(Neg(term) if token.text == "-" else term)
            self.count()
        self.depth -= 1
        return add(*terms)

    def product(self) -> Expr:
        """Return factors, multiplied or divided."""
        left, entered, divided = self.signed(), self.depth, False
        while token := self.take(*self.products) or self.side_by_side(divided=divided):
            divided = token.text in ("/", "./")
            if token.text == "@" and not self.grammar.matrices:
                cure = "write * for a product of numbers"
                raise ExpressionError("'@' is not expected here", token.column, 1, cure)
            if token.kind == "operator" and token.text != "*":
                # a/b/c stands one level deeper with each division, without any bracket.
                self.enter()
            right = self.signed()
            self.count()
            left = self.joined(token, left, right)
        self.depth = entered
        return left

    def side_by_side(self, *, divided: bool) -> Token | None:
        """Return a product's sign where none is written and one is meant; here it never is."""
        return None

    def joined(self, sign: Token, left: Expr, right: Expr) -> Expr:
        """Return what a product's sign makes of its two sides."""
        if sign.text == "@":
            return Call("matmul", (left, right))
        return Div(left, right) if sign.text == "/" else mul(left, right)

    def signed(self) -> Expr:
        """Return what has signs before it."""
        if token := self.take("-", "+"):
            self.enter()
            operand = self.signed()
            self.depth -= 1
            return Neg(operand) if token.text == "-" else operand
        return self.power()

    def power(self) -> Expr:
        """Return what may be raised to a power."""
        base = self.atom()
        if token := self.take("**", "^"):
            self.enter()
            exponent = self.signed()
            self.depth -= 1
            self.check_exponent(base, exponent, token)
            return Pow(base, exponent)
        return base

    def atom(self) -> Expr:
        """Return a number, a name, a call, or what stands in brackets."""
        self.count()
        token = self.next()
        if token.kind == "number":
            return Number(decimal(token.text, self.grammar.limits, token.column))
        if token.text == "(":
            inside = self.sum()
            self.expect(")", token)
            return inside
        if token.kind == "name":
            return self.call(token) if self.peek() == "(" else self.name(token)
        raise ExpressionError(
            f"'{token.text}' is not expected here",
            token.column,
            len(token.text),
            "a value goes here",
        )

    def name(self, token: Token) -> Expr:
        """Return a name with its index, or a constant."""
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
        """Return the positions in brackets behind a name."""
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

    def argument(self) -> Expr:
        """Return what may stand as an argument of a function."""
        return self.sum()

    def call(self, token: Token, *first: Expr) -> Expr:
        """Return a call; ``first`` is what stands before a method."""
        functions, word = self.grammar.functions, token.text
        if word not in functions:
            raise ExpressionError(
                f"there is no function '{word}'", token.column, len(word), nearest(word, functions)
            )
        opening, arguments = self.next(), list(first)
        given: dict[str, Expr] = {}
        self.calls += 1
        if self.calls > self.grammar.limits.calls:
            most = self.grammar.limits.calls
            raise ExpressionError(
                "too many functions inside one another", token.column, len(word), f"at most {most}"
            )
        if not self.take(")"):
            while True:
                found = self.by_name(word) if arguments else None
                if found is None and not given:
                    arguments.append(self.argument())
                elif found is None or found[0] in given:
                    message = "an argument after those that are given by name"
                    message = message if found is None else f"{found[0]} twice"
                    last = self.tokens[self.position - 1]
                    raise ExpressionError(message, last.column, 1, "each once, and those last")
                else:
                    given[found[0]] = found[1]
                if not self.take(","):
                    break
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
        """Return the text of the token that comes."""
        return self.tokens[self.position].text if self.position < len(self.tokens) else ""

    def next(self) -> Token:
        """Return the token that comes, and go past it."""
        if self.position >= len(self.tokens):
            raise ExpressionError(
                "the expression ends too early",
                max(0, self.end - 1),
                1,
                "a value is missing after it",
            )
        self.position += 1
        return self.tokens[self.position - 1]

    def take(self, *texts: str) -> Token | None:
        """Return the token that comes where it is one of these, and go past it."""
        return self.next() if self.peek() in texts else None

    def expect(self, text: str, opening: Token) -> None:
        """Go past the bracket that closes."""
        if not self.take(text):
            raise ExpressionError(
                f"'{opening.text}' is never closed", opening.column, 1, f"a '{text}' is missing"
            )

    def enter(self) -> None:
        """Count a level deeper."""
        self.depth += 1
        if self.depth > self.grammar.limits.depth:
            column = self.tokens[min(self.position, len(self.tokens) - 1)].column
            raise ExpressionError(
                "nested too deep", column, 1, f"at most {self.grammar.limits.depth} levels"
            )

    def count(self) -> None:
        """Count a part more."""
        self.nodes += 1
        if self.nodes > self.grammar.limits.nodes:
            column = self.tokens[min(self.position, len(self.tokens) - 1)].column
            raise ExpressionError(
                "too long an expression", column, 1, f"at most {self.grammar.limits.nodes} parts"
            )

    def check_exponent(self, base: Expr, exponent: Expr, token: Token) -> None:
        """Refuse a power that is too large to compute."""
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


def _position(token: Token, word: str) -> int:
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
