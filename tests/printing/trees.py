"""Random expression trees, as formulas have them, for tests of how they are drawn."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from backprop_cli.expression.tree import (
    Call,
    Div,
    Expr,
    Name,
    Neg,
    Number,
    Pow,
    add,
    mul,
)

NAMES = ("a", "b", "z", "y")
FUNCTIONS = ("exp", "sin", "tanh", "sqrt", "ln", "cosh")


def numbers() -> st.SearchStrategy[Expr]:
    """Whole and short decimal numbers, also negative."""
    return st.builds(
        lambda top, bottom: Number(Fraction(top, bottom)),
        st.integers(-9, 9),
        st.sampled_from([1, 1, 2, 4, 5]),
    )


def leaves() -> st.SearchStrategy[Expr]:
    """A number or a name."""
    return st.one_of(numbers(), st.sampled_from(NAMES).map(Name))


def _larger(children: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    several = st.lists(children, min_size=2, max_size=3)
    return st.one_of(
        several.map(lambda terms: add(*terms)),
        several.map(lambda factors: mul(*factors)),
        children.map(Neg),
        st.builds(Div, children, children),
        st.builds(Pow, children, st.integers(0, 3).map(lambda n: Number(Fraction(n)))),
        st.builds(Pow, children, children),
        st.builds(lambda f, x: Call(f, (x,)), st.sampled_from(FUNCTIONS), children),
        st.builds(lambda x, y: Call("max", (x, y)), children, children),
    )


def trees(most: int = 12) -> st.SearchStrategy[Expr]:
    """Any tree of sums, products, signs, quotients, powers and functions."""
    return st.recursive(leaves(), _larger, max_leaves=most)
