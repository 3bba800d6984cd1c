"""What a row of printed mathematics says, whatever format it was read from.

A reader turns text into a row of items; here the row is read as a person reads it: powers before
products, products before ⊙, that before sums, a function's name before the parentheses behind it.
What a person could read in two ways is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from . import values
from .values import Value


class Item(Struct, frozen=True):
    """One thing on a line."""


Row = tuple[Item, ...]


class Letter(Item, frozen=True):
    """A letter or a word."""

    text: str


class Digits(Item, frozen=True):
    """A number without sign."""

    text: str


class Sign(Item, frozen=True):
    """A sign: ``+ − · ⊙ / ′ ∂ ∇ , < ≤ = ≠ ≥ > ≈ ≡ : →``, ``gap`` and ``apply``."""

    text: str


class Group(Item, frozen=True):
    """What stands in parentheses ``()``, brackets ``[]`` or bars ``||``."""

    mark: str
    row: Row


class Script(Item, frozen=True):
    """What is raised or lowered behind the item before it."""

    place: Literal["sub", "sup"]
    row: Row


class Frac(Item, frozen=True):
    """A stacked fraction."""

    top: Row
    bottom: Row


class Root(Item, frozen=True):
    """A root."""

    row: Row


class Big(Item, frozen=True):
    """Σ with what stands below it and above it."""

    low: Row
    high: Row


class Table(Item, frozen=True):
    """A matrix, or cases: value and condition row by row, the last one without condition."""

    kind: Literal["matrix", "cases"]
    rows: tuple[tuple[Row, ...], ...]


RELATIONS = ("<", "≤", "=", "≠", "≥", ">", "≈", "≡", ":", "→")
TRANSPOSED = (Letter("T"),)


class MisreadError(AssertionError):
    """What is printed cannot be read, or can be read in two ways."""


class Terms(Struct, frozen=True):
    """What a reader knows of a formula: its symbols' numbers and its functions' names, by row.

    ``letters`` says that a bare letter may be a factor before parentheses (``a(1 − a)``), as a
    notation's may; else it is read as a function. ``beside`` is what a format that writes no
    sign or gap before parentheses means by them.
    """

    symbols: Mapping[Row, Value]
    functions: Mapping[Row, str]
    letters: bool = True
    beside: Literal["product", "call", "neither"] = "call"
    longest: int = 12


def value(row: Row, terms: Terms) -> Value:
    """Return the value that a row of items says."""
    return _Line(row, terms).whole()


def spelled(row: Row) -> str:
    """Return a row in one line, as the name of a symbol or a function."""
    parts: list[str] = []
    for item in row:
        match item:
            case Letter(text) | Digits(text) | Sign(text):
                parts.append("" if text == "gap" else text)
            case Script(place, inner):
                parts.append(f"{'_' if place == 'sub' else '^'}{{{spelled(inner)}}}")
            case Group(mark, inner):
                parts.append(mark[0] + spelled(inner) + mark[1])
            case _:
                raise MisreadError(f"no name: {item}")
    return "".join(parts)


def is_symbol(row: Row) -> bool:
    """Return whether a row is one symbol: a letter with a d before it, scripts, an argument."""
    left = list(row)
    if left[:1] == [Sign("∂")]:  # d(f)[1], a gradient's plain name
        return all(isinstance(item, Group) for item in left[1:])
    if left[:1] == [Letter("d")] and isinstance(left[1:2][0] if left[1:] else None, Letter):
        left.pop(0)
    if left and isinstance(left[0], Letter):
        left.pop(0)
        while left and isinstance(left[0], Script):
            left.pop(0)
        while left and isinstance(left[0], Group) and len(left[0].row) <= 3:
            left.pop(0)
        return not left
    return False


class _Line:
    def __init__(self, row: Row, terms: Terms) -> None:
        self.row, self.terms, self.at = row, terms, 0

    def peek(self, ahead: int = 0) -> Item | None:
        place = self.at + ahead
        return self.row[place] if place < len(self.row) else None

    def take(self, *signs: str) -> str:
        item = self.peek()
        if isinstance(item, Sign) and item.text in signs:
            self.at += 1
            return item.text
        return ""

    def fault(self, what: str) -> MisreadError:
        return MisreadError(f"{what} at item {self.at} of {self.row}")

    def inner(self, row: Row) -> Value:
        return value(row, self.terms)

    def whole(self) -> Value:
        found, signs = [self.sum()], list[str]()
        while sign := self.take(*RELATIONS):
            signs.append(sign)
            found.append(self.sum())
        if self.at < len(self.row):
            raise self.fault("left over")
        return values.related(signs, found) if signs else found[0]

    def sum(self) -> Value:
        negative = self.take("−")
        total = self.entrywise()
        total = -total if negative else total
        while sign := self.take("+", "−"):
            term = self.entrywise()
            total = values.plus(total, term if sign == "+" else -term)
        return total

    def entrywise(self) -> Value:
        total = self.product()
        while self.take("⊙"):
            total = total * self.product()
        return total

    def product(self) -> Value:
        total, divided = self.factor(), False
        while True:
            if self.take("/"):
                total, divided = values.over(total, self.factor()), True
                continue
            if self.take("·"):
                total, divided = values.times(total, self.factor()), False
                continue
            beside = self.terms.beside == "product" and isinstance(self.peek(), Group)
            if not (self.take("gap") or beside):
                return total
            if divided:
                raise self.fault("is what stands beside a denominator below the line?")
            total = values.times(total, self.factor())

    def factor(self) -> Value:
        base = self.operator() or self.atom()
        if isinstance(base, tuple):
            return base[0]
        while isinstance(script := self.peek(), Script):
            if script.place == "sub":
                raise self.fault("a subscript of no symbol")
            self.at += 1
            raised = script.row == TRANSPOSED
            base = values.transposed(base) if raised else values.power(base, self.inner(script.row))
        return base

    def operator(self) -> tuple[Value] | None:
        """Return the value of what begins with an operator: Σ, ∂ or ∇."""
        item = self.peek()
        if isinstance(item, Sign) and self.longest(self.terms.symbols):
            return None
        if isinstance(item, Big):
            self.at += 1
            self.take("gap")
            low = spelled(item.low).removesuffix("=1")
            return (values.summed(low, spelled(item.high), self.entrywise()),)
        if self.take("∂"):
            below = self.peek()
            self.take_gap()
            if isinstance(below, Script) and below.place == "sub":
                self.at += 1
                self.take_gap()
                return (self.called(f"∂{spelled(below.row)} "),)
            top = values.differential(self.atom())
            if self.peek() == Sign("/") and self.differential(self.at + 1):
                self.take("/")
                return (values.over(top, self.d()),)
            return (top,)
        if self.take("∇"):
            below = self.peek()
            if not isinstance(below, Script) or below.place != "sub":
                raise self.fault("∇ without a variable")
            self.at += 1
            self.take_gap()
            return (values.applied("∇", self.atom(), self.inner(below.row)),)
        return None

    def take_gap(self) -> None:
        self.take("gap")

    def atom(self) -> Value:
        item = self.peek()
        match item:
            case Letter():
                return self.named()
            case Sign() if self.longest(self.terms.symbols):
                name = self.row[self.at : self.at + self.longest(self.terms.symbols)]
                self.at += len(name)
                return self.terms.symbols[name]
            case Digits(text):
                self.at += 1
                return float(text)
            case Group("()", row):
                self.at += 1
                return self.inner(row)
            case Group("||", row):
                self.at += 1
                return values.absolute(self.inner(row))
            case Frac(top, bottom):
                self.at += 1
                return values.over(self.inner(top), self.inner(bottom))
            case Root(row):
                self.at += 1
                return values.root(self.inner(row))
            case Table("matrix", rows):
                self.at += 1
                return values.matrix([[self.inner(entry) for entry in row] for row in rows])
            case Table("cases", rows):
                self.at += 1
                parts = [self.inner(part) for row in rows for part in row]
                return values.applied("cases", *parts)
        raise self.fault("nothing that has a value")

    def longest(self, table: Mapping[Row, object]) -> int:
        """Return how many of the next items are the longest name in a table."""
        for count in range(min(self.terms.longest, len(self.row) - self.at), 0, -1):
            if self.row[self.at : self.at + count] in table:
                return count
        return 0

    def named(self) -> Value:
        """Return the value of a symbol, or of a function with its arguments."""
        if self.is_quotient():
            top = self.d()
            self.take("/")
            return values.over(top, self.d())
        size = self.longest(self.terms.symbols)
        function = self.longest(self.terms.functions)
        if function and function >= size and self.is_call(function):
            return self.called("")
        if not size and self.is_slope():
            return self.slope()
        if not size:
            raise self.fault("unknown")
        name = self.row[self.at : self.at + size]
        self.at += size
        bare = len(name) == 1 and not self.terms.letters
        if isinstance(self.peek(), Group) and (self.terms.beside != "product" or bare):
            return self.applied(spelled(name))
        return self.terms.symbols[name]

    def differential(self, at: int) -> int:
        """Return how many items from a word on are a d before a known name."""
        word = self.row[at] if at < len(self.row) else None
        if isinstance(word, Letter) and word.text.startswith("d"):
            name = Letter(word.text[1:])
            for count in range(self.terms.longest, 0, -1):
                if (name, *self.row[at + 1 : at + count]) in self.terms.symbols:
                    return count
        return 0

    def is_quotient(self) -> bool:
        """Return whether a quotient stands here of two names with a d before each."""
        top = self.differential(self.at)
        after = self.at + top
        return (
            top > 0
            and self.row[after : after + 1] == (Sign("/"),)
            and (self.differential(after + 1) > 0)
        )

    def d(self) -> Value:
        """Return the differential of a name with a d before it."""
        size = self.differential(self.at)
        word = self.row[self.at]
        name = (Letter(word.text[1:]), *self.row[self.at + 1 : self.at + size])  # type: ignore[attr-defined]
        self.at += size
        return values.differential(self.terms.symbols[name])

    def is_slope(self) -> bool:
        """Return whether a function's call stands here with a d before it: ``df(u)/du``."""
        word = self.row[self.at]
        called = isinstance(word, Letter) and word.text.startswith("d") and self.is_call(1)
        return called and (Letter(word.text[1:]),) in self.terms.functions  # type: ignore[attr-defined]

    def slope(self) -> Value:
        """Return the quotient of a call's differential and a name's."""
        word = self.row[self.at]
        self.row = (*self.row[: self.at], Letter(word.text[1:]), *self.row[self.at + 1 :])  # type: ignore[attr-defined]
        top = values.differential(self.called(""))
        self.take("/")
        return values.over(top, self.d())

    def is_call(self, size: int) -> bool:
        after = self.at + size
        while after < len(self.row) and self.row[after] in (Sign("′"), Sign("apply")):
            after += 1
        return after < len(self.row) and isinstance(self.row[after], Group)

    def called(self, before: str) -> Value:
        """Return the value of the function that stands here, of the arguments behind it."""
        size = self.longest(self.terms.functions)
        if not size:
            raise self.fault("no function")
        name = self.terms.functions[self.row[self.at : self.at + size]]
        self.at += size
        while self.take("′"):
            name += "′"
        return self.applied(before + name, known=True)

    def applied(self, name: str, *, known: bool = False) -> Value:
        explicit = self.take("apply")
        if self.terms.beside == "neither" and not explicit:
            raise self.fault("parentheses beside a name")
        group = self.peek()
        if not isinstance(group, Group) or group.mark != "()":
            raise self.fault("no arguments")
        self.at += 1
        name = name if known else f"call of {name}"
        return values.applied(name, *(self.inner(part) for part in split(group.row, ",")))


def split(row: Row, mark: str) -> list[Row]:
    """Return the parts of a row between its signs of one kind."""
    parts: list[Row] = [()]
    for item in row:
        if item == Sign(mark):
            parts.append(())
        else:
            parts[-1] = (*parts[-1], item)
    return parts
