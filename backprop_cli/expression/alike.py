"""Expressions that differ in their names alone are parsed once: ``n1*2 + b`` is ``n2*2 + b``."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import structs

from .parse import parse
from .tokens import NAME, NUMBER, ExpressionError, Grammar
from .tree import Expr, Name
from .walking import substitute, walk

_WORD = re.compile(f"{NUMBER}|({NAME})")


def operand_names(count: int) -> tuple[str, ...]:
    """Return what stands for so many names, x1, x2 …, in order of appearance."""
    return tuple(f"x{i}" for i in range(1, count + 1))


_PLACES = dict.fromkeys(operand_names(1000))
"""As many as an expression has room for."""
_IN_ORDER = (*_PLACES,)


class ParsedAlike:
    """Parses expressions, with ``x1``, ``x2`` … for their names; ``change`` is made to each tree.

    A tree is one object for all expressions that differ in their names alone.
    """

    def __init__(self, grammar: Grammar, change: Callable[[Expr], Expr]) -> None:
        self.grammar, self.change = grammar, change
        self.within = structs.replace(grammar, names=_PLACES)
        self.known: dict[str, Expr] = {}

    def parse(self, text: str) -> tuple[Expr, tuple[str, ...]]:
        """Return an expression's tree and its names; raise ExpressionError where it is not one."""
        found: dict[str, str] = {}
        names, plain = self.grammar.names, len(text) <= self.grammar.limits.characters

        def place(match: re.Match[str]) -> str:
            nonlocal plain
            word = match.group(1)
            if word in names and len(found) < len(_IN_ORDER):
                return found.setdefault(word, _IN_ORDER[len(found)])
            plain = plain and word not in _PLACES
            return match.group()

        tree = self._parsed(_WORD.sub(place, text))
        if plain and tree is not None:
            return tree, tuple(found)
        # As it was written: what is wrong stands at a column of its own.
        return placed(self.change(parse(text, self.grammar)))

    def _parsed(self, text: str) -> Expr | None:
        """Return the tree of a text in placeholders; None where it is not an expression."""
        if text not in self.known:
            try:
                self.known[text] = self.change(parse(text, self.within))
            except ExpressionError:
                return None
        return self.known[text]


def placed(tree: Expr) -> tuple[Expr, tuple[str, ...]]:
    """Return a tree with ``x1``, ``x2`` … for its names, and these in order of appearance."""
    names = tuple(dict.fromkeys(node.id for node in walk(tree) if isinstance(node, Name)))
    at = dict(zip(names, operand_names(len(names)), strict=True))
    put = substitute(tree, lambda n: Name(at[n.id], n.index) if isinstance(n, Name) else None)
    return put, names
