"""``components``: vectors and matrices written out entry by entry, forward and backward."""

from __future__ import annotations

import math
from collections.abc import Callable

from msgspec import structs

from ..expression.axes import entries, is_matrix
from ..expression.refs import Ref, plain_name
from ..expression.tree import (
    BigSum,
    Call,
    Dots,
    Expr,
    Known,
    Matrix,
    Name,
    Number,
    Quantity,
    Transpose,
    add,
)
from ..expression.walking import walk
from ..functions.rules import NoForm
from ..graph.records import Layer
from ..mathematics.formulas import without_ones
from ..worked.document import Chain, Equations, Section, Text
from ..worked.entry_steps import ending
from ..worked.general_steps import general_share, whole_formula
from ..worked.steps import entry
from . import Style
from .deriver import Deriver
from .entries import batch_note, not_used, with_last
from .forms import activation_forms, name_of, target_of, total_forms
from .index import general
from .matrix import grid, matrix_of
from .needed import ancestors_of_loss, errors_inward, reaches_loss

Form = Callable[[Ref], Expr]

MOST_READ = 20
"""Quantities that the formulas in a row of a matrix may read and still fit a page."""


def instance(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return the steps: the forward pass, then errors, then gradients, entry by entry."""
    forward = [_forward(deriver, layer) for layer in ancestors_of_loss(deriver.graph)]
    used = [ref for ref in wanted if reaches_loss(deriver, ref)]
    first = (Equations(_input(deriver)), *forward)
    sections = [Section("forward", (Text("Forward"),), first)] if used else []
    errors = tuple(
        _vector(deriver, ref, _error if deriver.activates(ref) else _from_above)
        for ref in errors_inward(deriver, wanted)
    )
    if errors:
        sections.append(Section("errors", (Text("The errors"),), (Equations(errors),)))
    gradients: list[Chain] = []
    for ref in dict.fromkeys(ref.bare().grad() for ref in used):
        if deriver.is_parameter(ref):
            reached = deriver.graph.single or deriver.layer(ref).z in deriver.writer.reached
            if reached and not deriver.of_batch(ref):
                gradients.append(_gradient(deriver, ref))
            if not deriver.graph.single:
                gradients.append(_total(deriver, ref))
    if any(ref.part == "x" for ref in used):
        gradients.append(_vector(deriver, Ref("x", None, True), _from_above))
    if gradients:
        blocks = (Equations(tuple(gradients)),)
        sections.append(Section("gradients", (Text("The gradients"),), blocks))
    return [*with_last(sections, batch_note(deriver)), *not_used(deriver, wanted)]


def _from_above(deriver: Deriver, ref: Ref) -> Expr:
    """Return ∂C/∂a_j or ∂C/∂x_j in the quantities above."""
    return activation_forms(deriver, ref)[-1]


def _total(deriver: Deriver, ref: Ref) -> Chain:
    """Return the gradient over the batch, with its numbers."""
    forms = total_forms(deriver, ref)
    if deriver.of_batch(ref):
        forms[1:] = [_over_batch(deriver, ref)]
    if deriver.trace is None:
        return Chain(tuple(forms))
    return ending((*forms, matrix_of(deriver, ref)), plain_name(ref, deriver.graph.in_out))


def _over_batch(deriver: Deriver, ref: Ref) -> Expr:
    """Return (1/N) Σ_n of what sample n brings to each entry, and what a penalty adds."""
    graph, number = deriver.graph, deriver.general.number(ref)
    readers = [
        edge
        for edge in deriver.writer.consumers.get(number, ())
        if edge[0] in deriver.writer.reached and graph.nodes[edge[0]].per_sample
    ]

    def brought(at: Ref) -> Expr:
        one = structs.replace(at, sample="n")
        return without_ones(add(*(general_share(deriver.general, *edge, one) for edge in readers)))

    each = _array(deriver, ref.of(), graph.nodes[number].shape, brought)
    total = deriver.general.averaged(BigSum("n", graph.samples, each), Name("N"))
    added = deriver.penalty(ref)
    return add(total, added[1]) if added else total


def _input(deriver: Deriver) -> tuple[Chain, ...]:
    x = deriver.at(Ref("x"), ())
    forms: list[Expr] = [Quantity(x), _shaped(deriver, Ref("x"), Quantity)]
    if deriver.trace is None:
        return (Chain(tuple(forms)),)
    return (ending((*forms, matrix_of(deriver, x)), "x"),)


def _forward(deriver: Deriver, layer: Layer) -> Equations:
    parts = [number for cell in layer.cells for number in cell.parts.values() if number != layer.a]
    chains = [_part(deriver, number) for number in parts]
    if layer.activation != "identity":
        chains.append(_vector(deriver, deriver.ref(layer.a), _activated))
    return Equations(tuple(chains))


def _part(deriver: Deriver, number: int) -> Chain:
    """Return a value written out; whole, where only a sample's own numbers give it a formula."""
    ref = deriver.ref(number)
    try:
        return _vector(deriver, ref, _value)
    except NoForm:
        return Chain((Quantity(ref), whole_formula(deriver.graph, number, deriver.sample)))


def _value(deriver: Deriver, ref: Ref) -> Expr:
    return deriver.writer.value_formula(ref)


def _activated(deriver: Deriver, ref: Ref) -> Expr:
    layer = deriver.layer(ref)
    if deriver.softmax_like(layer) or deriver.shares_name(layer):
        return without_ones(deriver.writer.value_formula(ref))
    return Call(layer.activation, (Quantity(deriver.ref(layer.z, *ref.index)),))


def _error(deriver: Deriver, ref: Ref) -> Expr:
    return deriver.delta(deriver.layer(ref), ref.index, by_name=True)


def _vector(deriver: Deriver, ref: Ref, write: Callable[[Deriver, Ref], Expr]) -> Chain:
    """Return vector = [formulas] = [entries], and the numbers where there are some."""
    whole = deriver.at(ref, ())
    formulas = _shaped(deriver, ref, lambda at: write(deriver, at), upright=True)
    entries = _shaped(deriver, ref, Quantity)
    forms: list[Expr] = [Quantity(whole)]
    if formulas not in (entries, Transpose(entries)):
        forms.append(formulas)
    forms.append(entries)
    if deriver.trace is None:
        return Chain(tuple(forms))
    forms.append(_shaped(deriver, ref, lambda at: _number(deriver, at)))
    return ending(forms, plain_name(structs.replace(ref, sample=None)))


def _entries(deriver: Deriver, ref: Ref) -> list[Ref]:
    """Return the quantity's entries in the order of the array, of any number of axes."""
    shape = deriver.graph.nodes[deriver.general.number(ref)].shape
    numbers = range(1, math.prod(shape) + 1)
    return [deriver.at(ref, index) for index in entries(shape, numbers)]


def _shaped(deriver: Deriver, ref: Ref, form: Form, *, upright: bool = False) -> Expr:
    """Return the quantity's entries as a column, of two axes as a matrix of a row a step."""
    shape = deriver.graph.nodes[deriver.general.number(ref)].shape
    if not shape:
        return form(deriver.at(ref, ()))
    if len(shape) == 2:
        rows = _fitting(deriver, shape, lambda i, j: form(deriver.at(ref, (i, j))))
        return structs.replace(rows, by_step=True)
    at = _entries(deriver, ref)
    return _column(deriver, len(at), lambda j: form(at[j - 1]), upright=upright)


def _fitting(deriver: Deriver, shape: tuple[int, ...], cell: Callable[[int, int], Expr]) -> Matrix:
    """Return the matrix of formulas; of long ones, which fit no page, the corners."""
    read = sum(isinstance(node, Quantity | Known) for node in walk(cell(1, 1)))
    if deriver.view.full or read * shape[1] <= MOST_READ:
        return grid(deriver, shape, cell)
    rows, columns = ((1, 0, size) if size > 2 else tuple(range(1, size + 1)) for size in shape)
    return Matrix(tuple(tuple(cell(i, j) if i and j else Dots(0) for j in columns) for i in rows))


def _number(deriver: Deriver, ref: Ref) -> Expr:
    return Known(ref, entry(deriver.require(), ref))


def _column(
    deriver: Deriver, size: int, form: Callable[[int], Expr], *, upright: bool = False
) -> Expr:
    """Return a vector of forms, long ones shortened: a column, or a row for x·W courses.

    With ``upright`` a row of long formulas is written as a column transposed.
    """
    shown = deriver.view.rows(size)
    cells = [Dots(size) if j == 0 else form(j) for j in shown]
    column = Matrix(tuple((cell,) for cell in cells))
    if not deriver.graph.in_out:
        return column
    short = all(isinstance(cell, Quantity | Known | Dots) for cell in cells) or len(cells) == 1
    return Transpose(column) if upright and not short else Matrix((tuple(cells),))


def _gradient(deriver: Deriver, ref: Ref) -> Chain:
    """Return ∂C/∂W as a matrix of δ_j a_k, or ∂C/∂b as a vector of δ_j."""
    number = deriver.general.number(ref)
    shape = deriver.graph.nodes[number].shape

    def write(at: Ref) -> Expr:
        added = deriver.penalty(at) if deriver.graph.single else None
        own = deriver.contribution(at)
        return add(own, added[1]) if added is not None else own

    forms: list[Expr] = [target_of(deriver, ref), _array(deriver, ref, shape, write)]
    if deriver.trace is not None:

        def value(entry_ref: Ref) -> Expr:
            return Number(deriver.gradient_value(entry_ref))

        forms.append(_array(deriver, ref, shape, value))
        return ending(forms, name_of(deriver, ref))
    return Chain(tuple(forms))


def _array(deriver: Deriver, ref: Ref, shape: tuple[int, ...], form: Form) -> Expr:
    if not shape:
        return form(ref)
    if len(shape) == 2 and not is_matrix(ref.part, 2):
        rows = _fitting(deriver, shape, lambda i, j: form(ref.at(i, j)))
        return structs.replace(rows, by_step=True)
    if not is_matrix(ref.part, len(shape)):
        at = list(entries(shape, range(1, math.prod(shape) + 1)))
        return _column(deriver, len(at), lambda j: form(ref.at(*at[j - 1])))
    if deriver.graph.in_out:
        return _fitting(deriver, shape, lambda i, j: form(ref.at(j, i)))
    return _fitting(deriver, shape, lambda i, j: form(ref.at(i, j)))


STYLE = Style("components", "vectors and matrices entry by entry", general, instance)
