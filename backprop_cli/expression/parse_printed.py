"""The grammar as pages print it and programs write it: text → tree, products of arrays with it.

``a(1 - a)`` is a product, and so are ``W x``, ``W @ x`` and ``a ⊙ b``, each of its own kind: a
MatMul, a Call of matmul, a Hadamard. ``xᵀ``, ``x.T``, ``x^T`` and ``x'`` are a Transpose,
``[a, b]`` is a Matrix, ``np.outer(a, b)`` and ``a.sum(axis=0)`` are calls.
"""

from __future__ import annotations

from .indices import Index
from .parse import Parser, named
from .tokens import CONSTANTS, TOKEN, ExpressionError, Grammar, Token, tokens_of
from .tree import (
    ONE,
    ZERO,
    Call,
    Cases,
    Compare,
    Div,
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    Transpose,
)

_TOKEN = TOKEN.replace(
    r"\*\*|",
    r"\*\*|\.[*/^]|\.(?=[A-Za-z_])|[<>]=?|(?:(?<=axis)|(?<=axis )|(?<=dim)|(?<=dims))=|"
    r"[{};|:\u2299\u2297\u22a4]|",
)
_RELATIONS = ("<", "<=", ">", ">=")
_CASES = "{z if z > 0; 0 otherwise}"
_RAISED_T = (("T",), ("\u22a4",), ("{", "T", "}"), ("{", "\u22a4", "}"))
_MODULES = ("np", "numpy", "torch", "jnp", "tf", "math", "F")
"""What programs call the functions by: np.exp."""
_SAME = ("astype", "copy", "float", "double", "item", "numpy", "detach", "clone", "conj")
"""Methods that change no number."""
_NEW_AXIS = (("None",), ("np", ".", "newaxis"))
_AROUND = (("", ""), ("{", "}"), ("(", ")"), ("[", "]"), ("{(", ")}"), ("{[", "]}"))
"""Brackets around a layer's number that is raised: W^{[1]}."""
_MINUS_ONE = Neg(ONE)


def parse_printed(text: str, grammar: Grammar) -> Expr:
    """Return the expression's tree; raise ExpressionError where it is not one."""
    tokens = tokens_of(text, grammar, _TOKEN, beside=True)
    return _PrintedParser(tokens, grammar, len(text)).whole()


class _PrintedParser(Parser):
    """What is read more than in a network's file."""

    products = ("*", "/", "@", ".*", "./", "\u2299", "\u2297")

    def joined(self, sign: Token, left: Expr, right: Expr) -> Expr:
        """Return what a product's sign makes of its two sides; shapes say later what that is."""
        if sign.kind == "beside":
            whole = isinstance(right, Number) and right.value.denominator == 1
            if isinstance(left, Number) and whole:
                # 0.1385(2) is also how an uncertain last digit is written.
                cure = "an operator or a comma is missing before it"
                raise ExpressionError("'(' is not expected here", sign.column, 1, cure)
            return MatMul((left, right))
        match sign.text:
            case "@":
                return Call("matmul", (left, right))
            case ".*" | "\u2299":
                return Hadamard((left, right))
            case "\u2297":
                return Call("outer", (left, right))
            case "/" | "./":
                return Div(left, right)
            case _:
                # Brackets stay: W*(a*b) is another product than W*a*b.
                return Mul((*left.factors, right) if isinstance(left, Mul) else (left, right))

    def side_by_side(self, *, divided: bool) -> Token | None:
        """Return the product's sign where a factor stands behind another: a(1 - a), 2a, (a)b."""
        if self.position >= len(self.tokens):
            return None
        before, token = self.tokens[self.position - 1 : self.position + 1]
        if not (token.text == "(" or (token.kind == "name" and self.known(token.text))):
            return None
        if before.kind == "operator" and before.text not in (")", "]", "}", "\u22a4"):
            return None
        if divided and not self.fraction_before(token):
            cure = "write the product with *, and what is divided by in brackets"
            raise ExpressionError("a/b(c) could be two things", token.column, 1, cure)
        return Token("beside", "*", token.column)

    def known(self, word: str) -> bool:
        """Return whether a word is a name, a function, or a module of one."""
        grammar = self.grammar
        at_dot = word in _MODULES and self.ahead(1) == "."
        words = (word, word.rstrip("'"))
        return (
            at_dot
            or any(w in grammar.names or w in CONSTANTS for w in words)
            or (word in grammar.functions)
        )

    def ahead(self, count: int) -> str:
        """Return the text of a token further on."""
        at = self.position + count
        return self.tokens[at].text if at < len(self.tokens) else ""

    def fraction_before(self, token: Token) -> bool:
        """Return whether a fraction of two numbers and a blank stand before: 1/2 (a - y)."""
        before = self.tokens[max(0, self.position - 4) : self.position]
        kinds = [each.text if each.kind == "operator" else each.kind for each in before]
        apart = token.column > before[-1].column + len(before[-1].text)
        return (
            apart and kinds[-3:] == ["number", "/", "number"] and kinds[:-3] not in (["/"], ["^"])
        )

    def power(self) -> Expr:
        base = self.atom()
        while self.peek() in (".", "\u22a4") or self.with_axis():
            if self.peek() == "[":
                base = self.reshaped(base)
            else:
                base = Transpose(base) if self.next().text == "\u22a4" else self.method(base)
        if token := self.take("**", "^", ".^"):
            if token.text == "^" and self.raised_t():
                return Transpose(base)
            self.enter()
            exponent = self.signed()
            self.depth -= 1
            self.check_exponent(base, exponent, token)
            return Pow(base, exponent)
        return base

    def raised_t(self) -> bool:
        """Take the T of a transpose where one stands here."""
        return "T" not in self.grammar.names and any(map(self.takes, _RAISED_T))

    def takes(self, texts: tuple[str, ...]) -> bool:
        """Take these tokens where they stand here."""
        here = tuple(self.ahead(count) for count in range(len(texts)))
        self.position += len(texts) if here == texts else 0
        return here == texts

    def method(self, base: Expr) -> Expr:
        """Return ``.T``, ``.sum(axis=0)``, ``.dot(b)`` of what stands before."""
        token = self.next()
        word = token.text
        if word == "T":
            return Transpose(base)
        if self.peek() == "(" and word in _SAME:
            self.skipped()
            return base
        if self.peek() == "(" and word in self.grammar.functions:
            return self.call(token, base)
        message = f"'.{word}' is not known here"
        raise ExpressionError(message, token.column - 1, len(word) + 1, "W.T is the transpose of W")

    def skipped(self) -> None:
        """Go past the brackets of a method whose arguments change no number."""
        opening = self.next()
        while self.peek() not in (")", ""):
            self.next()
        self.expect(")", opening)

    def atom(self) -> Expr:
        token = self.tokens[self.position] if self.position < len(self.tokens) else None
        if token is None or token.kind == "number":
            return super().atom()
        self.count()
        self.position += 1
        if token.kind == "name":
            return self.word(token)
        match token.text:
            case "(":
                inside = self.argument()
                self.expect(")", token)
                return inside
            case "{":
                return self.cases(token)
            case "[":
                return self.literal(token)
            case "|":
                inside = self.sum()
                self.expect("|", token)
                return Call("abs", (inside,))
        self.position -= 1
        return super().atom()

    def word(self, token: Token) -> Expr:
        """Return a name, also with a prime for its transpose, or a call, also of a module's."""
        word, names = token.text, self.grammar.names
        if self.peek() == "." and word in _MODULES and word not in names:
            self.next()
            token = self.next()
            word = token.text
        elif self.peek() == "." and word not in names and word not in CONSTANTS:
            dot = self.next()
            signs = "+ - * / ** @ ( ) [ ]"
            cure = f"an expression has numbers, names, {signs} and commas"
            raise ExpressionError("'.' is not part of an expression", dot.column, 1, cure)
        word = self.in_layer(word)
        if self.peek() == "(" and word.lower() in self.grammar.functions and word not in names:
            word = word.lower()
        token = Token(token.kind, word, token.column)
        stands = word not in self.grammar.functions and (word in names or word in CONSTANTS)
        if self.peek() == "(" and not stands:
            return self.call(token)
        bare = word.rstrip("'")
        if word == f"{bare}'" and bare in names and word not in self.grammar.forbidden:
            return Transpose(Name(bare, self.index(bare)))
        return self.name(token)

    def in_layer(self, word: str) -> str:
        """Return W1 for ``W^1``, ``W^{(1)}`` or ``W^[1]``, where W alone is no name."""
        names = self.grammar.names
        if word in names or self.peek() != "^":
            return word
        for opened, closed in _AROUND:
            number = self.ahead(1 + len(opened))
            layered = word + number
            if layered in names and self.takes(("^", *opened, number, *closed)):
                return layered
        return word

    def index(self, word: str) -> tuple[Index, ...]:
        """Return an entry's position; what puts a vector up as a column is none."""
        return () if self.with_axis() else super().index(word)

    def with_axis(self) -> bool:
        """Return whether ``[:, None]`` or ``[None, :]`` stands here."""
        return self.peek() == "[" and self.ahead(1) in (":", "None", "np")

    def reshaped(self, base: Expr) -> Expr:
        """Return ``x[:, None]``, a column, or ``x[None, :]``, a row."""
        opening = self.tokens[self.position]
        for axis in _NEW_AXIS:
            if self.takes(("[", ":", ",", *axis, "]")):
                return Call("reshape", (base, _MINUS_ONE, ONE))
            if self.takes(("[", *axis, ",", ":", "]")):
                return Call("reshape", (base, ONE, _MINUS_ONE))
        cure = "such as W[1,2]; x[:, None] is a column, x[None, :] a row"
        raise ExpressionError("a position goes here", opening.column + 1, 1, cure)

    def argument(self) -> Expr:
        """Return a sum, or 1 where a comparison holds and else 0: (z > 0)."""
        left = self.sum()
        if (sign := self.take(*_RELATIONS)) is None:
            return left
        return Cases(((Compare(sign.text, left, self.sum()), ONE),), ZERO)

    def by_name(self, word: str) -> tuple[str, Expr] | None:
        """Return ``axis=0``, ``dim=0`` or ``keepdims=True`` where one stands here."""
        name = self.peek()
        if name not in ("axis", "dim", "keepdims", "keepdim") or self.ahead(1) != "=":
            return None
        self.position += 2
        sign = self.take("-")
        token = self.next()
        if name.startswith("keep"):
            return "keepdims", named("keepdims", int(token.text == "True"))
        if token.text not in ("0", "1", "2"):
            cure = "axis=0 goes down the rows, axis=1 along each"
            raise ExpressionError("an axis is 0 or 1", token.column, len(token.text), cure)
        return "axis", named("axis", -int(token.text) if sign else int(token.text))

    def literal(self, opening: Token) -> Expr:
        """Return ``[a, b]``, a column, or ``[[a, b], [c, d]]``, rows; its bracket is read."""
        self.enter()
        rows: list[tuple[Expr, ...]] = []
        while True:
            if inner := self.take("["):
                row = [self.sum()]
                while self.take(","):
                    row.append(self.sum())
                self.expect("]", inner)
                rows.append(tuple(row))
            else:
                rows.append((self.sum(),))
            if not self.take(",", ";"):
                break
        self.expect("]", opening)
        self.depth -= 1
        if len({len(row) for row in rows}) > 1:
            width = self.tokens[self.position - 1].column - opening.column + 1
            raise ExpressionError("rows of different lengths", opening.column, width, "")
        return Matrix(tuple(rows))

    def cases(self, opening: Token) -> Expr:
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
        """Take a word that must stand here."""
        token = self.next()
        if token.text != word:
            message = f"'{token.text}' is not expected here"
            raise ExpressionError(message, token.column, len(token.text), cure)
