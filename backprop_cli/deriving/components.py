"""``components``: vectors and matrices written out entry by entry, forward and backward."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..expression.refs import Ref, plain_name, turned
from ..expression.tree import (
    Call,
    Dots,
    Expr,
    Known,
    Matrix,
    Number,
    Quantity,
    Transpose,
    add,
)
from ..functions.elementwise import without_ones
from ..graph.records import Layer
from ..worked.document import Chain, Equations, Section, Text
from ..worked.steps import entry
from . import Style
from .deriver import Deriver
from .entries import activation_forms, batch_note, name_of, not_used, total_forms, with_last
from .general import index_equations, stated, target_of
from .matrix import matrix_of
from .needed import ancestors_of_loss, errors_needed, reaches_loss

Form = Callable[[Ref], Expr]


def general(deriver: Deriver) -> list[Section]:
    """Return the four equations by index, which the entries below spell out."""
    return stated(deriver, index_equations(deriver, sums=True))


def instance(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return the steps: the forward pass, then errors, then gradients, entry by entry."""
    forward = [_forward(deriver, layer) for layer in ancestors_of_loss(deriver.graph)]
    used = [ref for ref in wanted if reaches_loss(deriver, ref)]
    first = (Equations(_input(deriver)), *forward)
    sections = [Section("forward", (Text("Forward"),), first)] if used else []
    errors = tuple(_errors(deriver, wanted, used))
    if errors:
        sections.append(Section("errors", (Text("The errors"),), (Equations(errors),)))
    gradients: list[Chain] = []
    for ref in dict.fromkeys(ref.bare().grad() for ref in used):
        if deriver.is_parameter(ref):
            if deriver.graph.single or deriver.layer(ref).z in deriver.writer.reached:
                gradients.extend(_gradient(deriver, ref))
            if not deriver.graph.single:
                gradients.append(_total(deriver, ref))
    if any(ref.part == "x" for ref in used):
        gradients.extend(_vector(deriver, Ref("x", None, True), _from_above))
    if gradients:
        blocks = (Equations(tuple(gradients)),)
        sections.append(Section("gradients", (Text("The gradients"),), blocks))
    return [*with_last(sections, batch_note(deriver)), *not_used(deriver, wanted)]


def _errors(deriver: Deriver, wanted: tuple[Ref, ...], used: list[Ref]) -> Iterator[Chain]:
    """Yield the errors from the loss inward: ∂C/∂a where it is asked for or not a sum, and δ."""
    needed = errors_needed(deriver, wanted)
    for layer in sorted(deriver.graph.layers, key=lambda e: e.z, reverse=True):
        asked = any(ref.part == "a" and ref.layer == layer.index for ref in used)
        spread = deriver.softmax_like(layer) and not deriver.shortened(layer)
        if asked or (spread and layer in needed):
            yield from _vector(deriver, Ref("a", layer.index, True), _from_above)
        if layer in needed:
            yield from _vector(deriver, Ref("z", layer.index, True), _error)


def _from_above(deriver: Deriver, ref: Ref) -> Expr:
    """Return ∂C/∂a_j or ∂C/∂x_j in the quantities above."""
    return activation_forms(deriver, ref)[-1]


def _total(deriver: Deriver, ref: Ref) -> Chain:
    """Return the gradient over the batch, with its numbers."""
    forms = total_forms(deriver, ref)
    if deriver.trace is None:
        return Chain(tuple(forms))
    return Chain((*forms, matrix_of(deriver, ref)), plain_name(ref, deriver.graph.in_out))


def _input(deriver: Deriver) -> tuple[Chain, ...]:
    x = deriver.at(Ref("x"), ())
    if len(deriver.graph.inputs) > 2:
        return tuple(_entries(deriver, Ref("x"), lambda d, ref: Quantity(ref)))
    forms: list[Expr] = [Quantity(x), _shaped(deriver, Ref("x"), Quantity)]
    if deriver.trace is None:
        return (Chain(tuple(forms)),)
    return (Chain((*forms, matrix_of(deriver, x)), "x"),)


def _forward(deriver: Deriver, layer: Layer) -> Equations:
    chains = [*_vector(deriver, Ref("z", layer.index), lambda d, ref: d.writer.value_formula(ref))]
    if layer.activation != "identity":
        chains.extend(_vector(deriver, Ref("a", layer.index), _activated))
    return Equations(tuple(chains))


def _activated(deriver: Deriver, ref: Ref) -> Expr:
    layer = deriver.layer(ref)
    if deriver.softmax_like(layer) or deriver.shares_name(layer):
        return without_ones(deriver.writer.value_formula(ref))
    z = Ref("z", layer.index, False, ref.sample, ref.index)
    return Call(layer.activation, (Quantity(z),))


def _error(deriver: Deriver, ref: Ref) -> Expr:
    return deriver.delta(deriver.layer(ref), ref.index, by_name=True)


def _vector(deriver: Deriver, ref: Ref, write: Callable[[Deriver, Ref], Expr]) -> list[Chain]:
    """Return vector = [formulas] = [entries], and the numbers where there are some.

    Of more axes than a matrix has each entry is a line.
    """
    if len(deriver.graph.axes(ref)) > 2:
        return _entries(deriver, ref, write)
    formulas = _shaped(deriver, ref, lambda one: write(deriver, one), upright=True)
    entries = _shaped(deriver, ref, Quantity)
    forms: list[Expr] = [Quantity(deriver.at(ref, ()))]
    if formulas not in (entries, Transpose(entries)):
        forms.append(formulas)
    forms.append(entries)
    if deriver.trace is None:
        return [Chain(tuple(forms))]
    forms.append(_shaped(deriver, ref, lambda one: _number(deriver, one)))
    return [Chain(tuple(forms), plain_name(ref))]


def _entries(deriver: Deriver, ref: Ref, write: Callable[[Deriver, Ref], Expr]) -> list[Chain]:
    """Return entry = formula, and its number, of each shown entry."""
    shape = deriver.graph.nodes[deriver.general.number(ref)].shape
    chains = []
    for index in filter(None, deriver.view.entries(shape)):
        one = deriver.at(ref, index)
        formula = write(deriver, one)
        forms: list[Expr] = [Quantity(one)] + ([] if formula == Quantity(one) else [formula])
        forms += [] if deriver.trace is None else [_number(deriver, one)]
        if len(forms) > 1:
            chains.append(Chain(tuple(forms), plain_name(one) if deriver.trace else ""))
    return chains


def _number(deriver: Deriver, ref: Ref) -> Expr:
    return Known(ref, entry(deriver.require(), ref))


def _shaped(
    deriver: Deriver, ref: Ref, form: Callable[[Ref], Expr], *, upright: bool = False
) -> Expr:
    """Return the quantity's entries as a vector, or as a matrix of a row a step."""
    shape = deriver.graph.nodes[deriver.general.number(ref)].shape
    if len(shape) == 1:
        at = [deriver.at(ref, (unit,)) for unit in range(1, shape[0] + 1)]
        return _column(deriver, len(at), lambda j: form(at[j - 1]), upright=upright)
    view = deriver.view
    rows = tuple(
        tuple(form(deriver.at(ref, (i, j))) if i and j else Dots(0) for j in view.columns(shape[1]))
        for i in view.rows(shape[0])
    )
    return Matrix(rows, by_step=True)


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


def _gradient(deriver: Deriver, ref: Ref) -> list[Chain]:
    """Return ∂C/∂W as a matrix of δ_j a_k, ∂C/∂b as a vector of δ_j; of more axes, by entry."""
    number = deriver.general.number(ref)
    shape = deriver.graph.nodes[number].shape

    def write(at: Ref) -> Expr:
        added = deriver.penalty(at) if deriver.graph.single else None
        own = deriver.contribution(at)
        return add(own, added[1]) if added is not None else own

    def value(entry_ref: Ref) -> Expr:
        return Number(deriver.gradient_value(entry_ref))

    if len(shape) > 2:
        shown = (ref.at(*index) for index in filter(None, deriver.view.entries(shape)))
        return [_gradient_chain(deriver, at, write(at), value) for at in shown]
    whole = _array(deriver, ref, shape, write)
    return [_gradient_chain(deriver, ref, whole, lambda at: _array(deriver, at, shape, value))]


def _gradient_chain(deriver: Deriver, ref: Ref, written: Expr, value: Form) -> Chain:
    forms = (target_of(deriver, ref), written)
    if deriver.trace is None:
        return Chain(forms)
    return Chain((*forms, value(ref)), name_of(deriver, ref))


def _array(deriver: Deriver, ref: Ref, shape: tuple[int, ...], form: Form) -> Expr:
    if not shape:
        return form(ref)
    if len(shape) == 1:
        return _column(deriver, shape[0], lambda j: form(ref.at(j)))
    view, in_out = deriver.view, deriver.graph.in_out
    rows = []
    for row in view.rows(shape[0]):
        cells: list[Expr] = []
        for column in view.columns(shape[1]):
            if row == 0 or column == 0:
                cells.append(Dots(0))
            else:
                cells.append(form(ref.at(*turned(ref.part, (row, column), in_out))))
        rows.append(tuple(cells))
    return Matrix(tuple(rows))


STYLE = Style("components", "vectors and matrices entry by entry", general, instance)
