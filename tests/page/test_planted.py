"""The checker can fail: a document with one fault planted in it is refused, for each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from msgspec import structs

from backprop_cli.expression.indices import Linear
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import (
    Add,
    BigSum,
    Derivative,
    Expr,
    Known,
    MatMul,
    Matrix,
    Mul,
    Neg,
    Number,
    Partial,
    Pow,
    Quantity,
    Tangent,
    Transpose,
)
from backprop_cli.expression.walking import substitute, walk
from backprop_cli.notation.refs import change_refs
from backprop_cli.worked.document import Chain, Document, Equations, Figure, Section, Table

from ..commands.running import config
from .capture import shown
from .pages import document_checked, numbers_of

Change = Callable[[Expr], Expr | None]


def first(kind: type[Expr] | tuple[type[Expr], ...], change: Callable[[Any], Expr]) -> Change:
    """Return the change of every node of a kind."""
    return lambda node: change(node) if isinstance(node, kind) else None


def refused(call: tuple[str, ...], notation: str, plant: Callable[[Any], Any]) -> bool:
    """Return whether the page of a call is true as it is, and refused with a fault planted."""
    made = shown(*call)
    assert made is not None
    trace, half = numbers_of(made)
    written = made.written(notation)
    document = made.spoken(notation)
    assert not document_checked(document, trace, written, made.graph, half).faults
    wrong = planted(document, plant)
    assert wrong is not None, "nowhere to plant it"
    return bool(document_checked(wrong, trace, written, made.graph, half).faults)


def planted(document: Document, plant: Callable[[Any], Any]) -> Document | None:
    """Return the document with the first chain or table changed that the fault can be put in."""

    def within(blocks: tuple[Any, ...]) -> tuple[Any, ...] | None:
        for position, block in enumerate(blocks):
            new: Any = None
            if isinstance(block, Section):
                inner = within(block.blocks)
                new = None if inner is None else structs.replace(block, blocks=inner)
            elif isinstance(block, Equations):
                for i, chain in enumerate(block.chains):
                    changed = plant(chain)
                    if changed is not None and changed != chain:
                        chains = (*block.chains[:i], changed, *block.chains[i + 1 :])
                        new = Equations(chains)
                        break
            elif isinstance(block, Table):
                new = plant(block)
            if new is not None:
                return (*blocks[:position], new, *blocks[position + 1 :])
        return None

    blocks = within(document.blocks)
    return None if blocks is None else structs.replace(document, blocks=blocks)


def in_a_form(position: int, change: Change, least: int = 2) -> Callable[[Any], Any]:
    """Return the fault in one form of the first chain that has it."""

    def plant(part: Any) -> Any:
        if not isinstance(part, Chain) or len(part.forms) < max(least, abs(position) + 1):
            return None
        forms = list(part.forms)
        forms[position] = substitute(forms[position], change)
        return structs.replace(part, forms=tuple(forms))

    return plant


def other_index(ref: Ref) -> Ref:
    """Return the quantity with its two indices exchanged."""
    return structs.replace(ref, index=ref.index[::-1]) if len(ref.index) == 2 else ref


def a_layer_down(ref: Ref) -> Ref:
    """Return a general quantity of the layer below."""
    return structs.replace(ref, layer="l-1") if ref.layer == "l" and ref.part == "a" else ref


def number_off(node: Any) -> Expr:
    return Number(float(node.value) + 1e-6)


DERIVE = ("derive", config("mazur"))
BATCH = ("derive", config("xor_batch"), "--numbers")
FAULTS: dict[str, tuple[tuple[str, ...], str, Callable[[Any], Any]]] = {
    "a sign": (DERIVE, "", in_a_form(1, first(Mul, lambda n: Neg(n)))),
    "a sign that a notation turned": (
        (*DERIVE, "--numbers"),
        "mazur",
        in_a_form(-2, first(Neg, lambda n: n.operand), 3),
    ),
    "a minus of a sum": (
        ("trace", config("mazur"), "--steps"),
        "phi",
        in_a_form(2, first(Add, lambda n: Add((n.terms[0], *map(Neg, n.terms[1:])))), 3),
    ),
    "an index": (
        (*DERIVE, "--style", "index"),
        "bishop",
        in_a_form(1, first(Quantity, lambda n: Quantity(other_index(n.ref)))),
    ),
    "a general layer": (
        (*DERIVE, "--style", "index"),
        "nielsen",
        in_a_form(-1, lambda n: change_refs(n, up) if isinstance(n, Quantity) else None),
    ),
    "a transpose": (
        ("derive", config("softmax_relu"), "--style", "matrix"),
        "",
        in_a_form(1, first(MatMul, lambda n: MatMul(tuple(map(Transpose, n.factors[::-1]))))),
    ),
    "a derivative of a function": (
        ("derive", config("symbolic_2443")),
        "nielsen-fj",
        in_a_form(-1, first(Derivative, lambda n: n.argument)),
    ),
    "an unspecified function's input": (
        ("derive", config("chain_rule")),
        "",
        in_a_form(1, first(Partial, lambda n: Quantity(n.of))),
    ),
    "a power": (
        ("step", config("mazur"), "--lr", "0.1", "--optimizer", "adam"),
        "",
        in_a_form(2, first(Pow, lambda n: n.base), 3),
    ),
    "a tangent": (
        ("derive", config("diamond"), "--mode", "forward"),
        "",
        in_a_form(-1, first(Tangent, lambda n: Neg(n))),
    ),
    "a number": (BATCH, "ng", in_a_form(-1, first(Number, number_off))),
    "a number in a line": (
        BATCH,
        "",
        in_a_form(-2, first(Known, lambda n: Known(n.ref, float(n.value) * 1.00001))),
    ),
    "a closed form": (
        ("derive", config("mazur"), "--wrt", "dx[1]", "--expand"),
        "",
        lambda part: (
            in_a_form(1, first(Add, lambda n: Mul(n.terms)))(part)
            if isinstance(part, Chain) and any(isinstance(n, Quantity) for n in walk(part.forms[0]))
            else None
        ),
    ),
    "a sum's bound": (
        (*DERIVE, "--style", "leibniz"),
        "",
        in_a_form(-1, first(BigSum, lambda n: BigSum(n.index, 1, n.body))),
    ),
}


ABOVE = Linear((("l", 1),), 1)


def up(ref: Ref) -> Ref:
    """Return a general quantity of the layer above."""
    return structs.replace(ref, layer=ABOVE) if ref.layer == "l" else ref


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_refused(fault: str) -> None:
    call, notation, plant = FAULTS[fault]
    assert refused(call, notation, plant)


@pytest.mark.parametrize("heading", ["z1", "delta2", "da1/dz1", "loss_terms"])
def test_a_wrong_cell_is_refused(heading: str) -> None:
    def plant(part: Any) -> Any:
        names = [column.name for column in part.columns] if isinstance(part, Table) else []
        if heading not in names:
            return None
        column = names.index(heading)
        row = list(part.rows[0])
        cell = row[column]
        assert isinstance(cell, Figure)
        row[column] = Figure(float(cell.value) + 1e-6)
        return structs.replace(part, rows=(tuple(row), *part.rows[1:]))

    assert refused(("trace", config("mazur")), "", plant)


@pytest.mark.parametrize("name", ["mazur", "softmax_relu", "shared_and_regularized"])
def test_a_wrong_entry_of_a_matrix_is_refused(name: str) -> None:
    def plant(part: Any) -> Any:
        if isinstance(part, Chain) and part.name == "dW1":
            *forms, matrix = part.forms
            if not isinstance(matrix, Matrix):
                return None
            first_row = list(matrix.rows[0])
            assert isinstance(first_row[0], Number)
            first_row[0] = Number(float(first_row[0].value) + 1e-6)
            wrong = structs.replace(matrix, rows=(tuple(first_row), *matrix.rows[1:]))
            return structs.replace(part, forms=(*forms, wrong))
        if not isinstance(part, Table) or part.columns[0].heading[0:1] == ():
            return None
        said = getattr(part.columns[0].heading[0], "text", "")
        if said != "dW1":
            return None
        row = list(part.rows[0])
        assert isinstance(row[1], Figure)
        row[1] = Figure(float(row[1].value) + 1e-6)
        return structs.replace(part, rows=(tuple(row), *part.rows[1:]))

    assert refused(("trace", config(name)), "", plant)


def test_a_wrong_engine_is_refused() -> None:
    """The page is right, the numbers that it is held to are not: a gradient is another one."""
    made = shown("trace", config("mazur"), "--steps")
    assert made is not None
    assert made.trace is not None
    gradients = list(made.trace.gradients)
    number = made.graph.layers[0].z
    gradient = gradients[number]
    assert gradient is not None
    gradients[number] = np.asarray(gradient) * 1.001
    wrong = structs.replace(made.trace, gradients=tuple(gradients))
    assert document_checked(made.spoken(), wrong, made.notation, made.graph).faults
