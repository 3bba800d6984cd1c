"""Random trees of every kind of node, as the documents have them."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import (
    Add,
    BigSum,
    Call,
    Cases,
    Compare,
    Constant,
    Derivative,
    Diff,
    Div,
    Expr,
    Hadamard,
    Known,
    MatMul,
    Matrix,
    Mul,
    Nabla,
    Name,
    Neg,
    Number,
    Partial,
    Pow,
    Quantity,
    Tangent,
    Transpose,
    add,
    mul,
)

Trees = st.SearchStrategy[Expr]
INDICES = ("j", "k", 1, 2)
FUNCTIONS = ("exp", "ln", "log", "sqrt", "abs", "tanh", "sigmoid", "relu", "leaky_relu")
WHOLE = tuple(Ref(part, layer) for part, layer in (("W", 2), ("a", 1), ("z", 2), ("b", 2)))


def refs() -> st.SearchStrategy[Ref]:
    """Quantities of a network of two layers, entries of them, and their gradients."""
    index = st.sampled_from(INDICES)
    layer = st.sampled_from((1, 2, "l", "l-1", "L"))
    unit = st.builds(
        lambda part, at, i: Ref(part, at, index=(i,)), st.sampled_from("zab"), layer, index
    )
    weight = st.builds(lambda at, i, k: Ref("W", at, index=(i, k)), layer, index, index)
    given = st.builds(lambda part, i: Ref(part, index=(i,)), st.sampled_from("xy"), index)
    return st.one_of(unit, weight, given, st.just(Ref("loss")))


def numbers() -> Trees:
    """Whole and short decimal numbers, also negative, tiny and nought."""
    short = st.builds(Fraction, st.integers(-9, 9), st.sampled_from([1, 1, 2, 4, 5]))
    return st.one_of(short, st.sampled_from([-6.4903, 4.3857e-5, -2.5e-7, 1.25e9])).map(Number)


def leaves() -> Trees:
    """A number, a quantity, a gradient, ∂ of one by another, a constant."""
    known = st.builds(lambda ref, number: Known(ref, number.value), refs(), numbers())
    partial = st.builds(Partial, refs(), refs().filter(lambda ref: ref.part != "loss"))
    gradients = refs().filter(lambda ref: ref.part != "loss").map(Ref.grad)
    return st.one_of(
        numbers(),
        known,
        refs().map(Quantity),
        gradients.map(Quantity),
        partial,
        refs().map(Tangent),
        st.sampled_from([Constant("pi"), Name("m"), Name("eta"), Name("hat v")]),
    )


def larger(children: Trees) -> Trees:
    """Return trees of one node more."""
    several = st.lists(children, min_size=2, max_size=3)
    condition = st.builds(Compare, st.sampled_from(["<", "<=", ">", "=="]), children, children)
    return st.one_of(
        several.map(lambda terms: add(*terms)),
        several.map(lambda factors: mul(*factors)),
        several.map(lambda terms: Add(tuple(terms))),
        several.map(lambda factors: Mul(tuple(factors))),
        children.map(Neg),
        st.builds(Div, children, children),
        st.builds(Pow, children, children),
        st.builds(lambda base, n: Pow(base, Number(Fraction(n))), children, st.integers(0, 3)),
        st.builds(lambda f, x: Call(f, (x,)), st.sampled_from(FUNCTIONS), children),
        st.builds(
            lambda f, x, y: Call(f, (x, y)),
            st.sampled_from(("max", "xlogy", "xdivy")),
            children,
            children,
        ),
        st.builds(Derivative, st.sampled_from(("sigmoid", "tanh")), children),
        st.builds(
            lambda x, index: Derivative("loss", x, index),
            children,
            st.sampled_from((("j",), (1, 1), (2, 12))),
        ),
        st.builds(BigSum, st.just("k"), st.sampled_from((3, "l", "l+1")), children),
        st.builds(Diff, children, refs().filter(lambda ref: ref.part != "loss")),
        st.builds(lambda c, x, y: Cases(((c, x),), y), condition, children, children),
    )


def scalars(most: int = 10) -> Trees:
    """Any tree of numbers."""
    return st.recursive(leaves(), larger, max_leaves=most)


def arrays(most: int = 6) -> Trees:
    """Any tree of matrices and vectors, entry by entry and in products."""
    few = scalars(2)
    rows = st.lists(st.tuples(few, few), min_size=1, max_size=2).map(tuple)
    whole = st.sampled_from(WHOLE)
    base = st.one_of(
        whole.map(Quantity),
        st.builds(Nabla, st.just(Ref("loss")), whole),
        rows.map(Matrix),
        whole.map(lambda ref: Derivative("sigmoid", Quantity(ref))),
    )

    def wider(children: Trees) -> Trees:
        several = st.lists(children, min_size=2, max_size=3).map(tuple)
        return st.one_of(
            several.map(MatMul),
            several.map(Hadamard),
            several.map(Add),
            children.map(Transpose),
            children.map(Neg),
            st.builds(lambda x, y: Mul((x, y)), few, children),
        )

    return st.recursive(base, wider, max_leaves=most)
