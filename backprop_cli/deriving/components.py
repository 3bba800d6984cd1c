"""``components``: vectors and matrices written out entry by entry, forward and backward."""

from __future__ import annotations

import math
from collections.abc import Callable

from msgspec import structs

from ..expression.axes import entries, is_matrix
from ..expression.refs import Ref, plain_name
from ..expression.tree import (
    ZERO,
    Add,
    BigSum,
    Call,
    Cases,
    Compare,
    Div,
    Dots,
    Expr,
    Known,
    Matrix,
    Mul,
    Name,
    Number,
    Quantity,
    Transpose,
    add,
)
from ..expression.walking import walk
from ..functions.rules import NoForm
from ..graph.parts import Layer
from ..mathematics.formulas import without_ones
from ..worked.building import note, section
from ..worked.document import Block, Chain, Equations, Section
from ..worked.entry_steps import ending
from ..worked.general_steps import general_share, whole_formula
from ..worked.steps import entry
from . import Style
from .deriver import Deriver
from .entries import batch_note, not_used, with_last
from .forms import activation_forms, name_of, target_of, total_forms
from .index import general
from .local import cost_chain
from .matrices import grid, matrix_of
from .needed import ancestors_of_loss, errors_inward, reaches_loss

EntryForm = Callable[[Ref], Expr]

PAGE = 64
"""Columns that a matrix may take of a page, beside what stands left of it."""
NAMES = 12
"""Columns of them that plain names take, which stand beside numbers."""
TOO_LONG = "where the formulas of a matrix fit no page, its first and its last are written out"


def instance(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return the steps: the forward pass, then errors, then gradients, entry by entry."""
    forward = [_forward(deriver, layer) for layer in ancestors_of_loss(deriver.graph)]
    used = [ref for ref in wanted if reaches_loss(deriver, ref)]
    first = (Equations(_input(deriver)), *forward, _cost(deriver))
    sections = [section("forward", "Forward", first)] if used else []
    errors = tuple(
        chain
        for ref in errors_inward(deriver, wanted)
        for chain in _vector(deriver, ref, _error if deriver.activates(ref) else _from_above)
    )
    if errors:
        sections.append(section("errors", "The errors", (Equations(errors),)))
    gradients: list[Chain] = []
    for ref in dict.fromkeys(ref.bare().grad() for ref in used):
        if deriver.is_parameter(ref):
            reached = deriver.graph.single or deriver.layer(ref).z in deriver.writer.reached
            if reached and not deriver.of_batch(ref):
                gradients += _gradient(deriver, ref)
            if not deriver.graph.single:
                gradients.append(_total(deriver, ref))
    if any(ref.part == "x" for ref in used):
        gradients += _vector(deriver, Ref("x", None, True), _from_above)
    if gradients:
        blocks = (Equations(tuple(gradients)),)
        sections.append(section("gradients", "The gradients", blocks))
    notes = [*_shortened(sections), *batch_note(deriver)]
    return [*with_last(sections, notes), *not_used(deriver, wanted)]


def _shortened(sections: list[Section]) -> list[Block]:
    """Return what is said where entries stand for a matrix of formulas."""
    chains = [c for s in sections for b in s.blocks if isinstance(b, Equations) for c in b.chains]
    alone = any(isinstance(c.forms[0], Quantity) and c.forms[0].ref.index for c in chains)
    return [note(TOO_LONG)] if alone else []


def _from_above(deriver: Deriver, ref: Ref) -> Expr:
    """Return ∂C/∂a_j or ∂C/∂x_j in the quantities above."""
    return activation_forms(deriver, ref)[-1]


def _total(deriver: Deriver, ref: Ref) -> Chain:
    """Return the gradient over the batch, with its numbers."""
    forms = total_forms(deriver, ref)
    if deriver.of_batch(ref):
        forms[1:] = _over_batch(deriver, ref) or forms[1:]
    if deriver.trace is None:
        return Chain(tuple(forms))
    return ending((*forms, matrix_of(deriver, ref)), plain_name(ref, deriver.graph.in_out))


def _over_batch(deriver: Deriver, ref: Ref) -> list[Expr]:
    """Return (1/N) Σ_n of what sample n brings to each entry, and what a penalty adds.

    Nothing where that fits no page.
    """
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
    if each is None:
        return []
    total = deriver.general.averaged(BigSum("n", graph.samples, each), Name("N"))
    added = deriver.penalty(ref)
    return [add(total, added[1]) if added else total]


def _input(deriver: Deriver) -> tuple[Chain, ...]:
    x = deriver.at(Ref("x"), ())
    forms: list[Expr] = [Quantity(x), _names(deriver, Ref("x"))]
    if deriver.trace is None:
        return (Chain(tuple(forms)),)
    return (ending((*forms, matrix_of(deriver, x)), "x"),)


def _forward(deriver: Deriver, layer: Layer) -> Equations:
    parts = [number for cell in layer.cells for number in cell.parts.values() if number != layer.a]
    chains = [chain for number in parts for chain in _part(deriver, number)]
    if layer.activation != "identity":
        chains += _vector(deriver, deriver.ref(layer.a), _activated)
    return Equations(tuple(chains))


def _cost(deriver: Deriver) -> Equations:
    """Return the forward pass's last step: the cost of the sample."""
    chain = cost_chain(deriver)
    if deriver.trace is None:
        return Equations((chain,))
    cost = Ref("cost", sample=deriver.sample)
    return Equations((ending((*chain.forms, _number(deriver, cost))),))


def _part(deriver: Deriver, number: int) -> list[Chain]:
    """Return a value written out; whole, where only a sample's own numbers give it a formula."""
    ref = deriver.ref(number)
    try:
        return _vector(deriver, ref, _value)
    except NoForm:
        return [Chain((Quantity(ref), whole_formula(deriver.graph, number, deriver.sample)))]


def _value(deriver: Deriver, ref: Ref) -> Expr:
    return deriver.writer.value_formula(ref)


def _activated(deriver: Deriver, ref: Ref) -> Expr:
    layer = deriver.layer(ref)
    if deriver.softmax_like(layer) or deriver.shares_name(layer):
        return without_ones(deriver.writer.value_formula(ref))
    return Call(layer.activation, (Quantity(deriver.ref(layer.z, *ref.index)),))


def _error(deriver: Deriver, ref: Ref) -> Expr:
    return deriver.delta(deriver.layer(ref), ref.index, by_name=True)


def _vector(deriver: Deriver, ref: Ref, write: Callable[[Deriver, Ref], Expr]) -> list[Chain]:
    """Return vector = [formulas] = [entries], and the numbers where there are some.

    Formulas that fit no page have lines of their own, the first and the last.
    """
    whole, ended = deriver.at(ref, ()), deriver.graph.is_past_end
    formulas = _shaped(
        deriver,
        ref,
        lambda at: ZERO if at.gradient and ended(at) else write(deriver, at),
        upright=True,
    )
    entries = _names(deriver, ref)
    forms: list[Expr] = [Quantity(whole)]
    if formulas is not None and formulas not in (entries, Transpose(entries)):
        forms.append(formulas)
    forms.append(entries)
    found = [Chain(tuple(forms))]
    if deriver.trace is not None:
        forms.append(_all(deriver, ref, lambda at: _number(deriver, at)))
        found = [ending(forms, plain_name(structs.replace(ref, sample=None)))]
    if formulas is None:
        at = _entries(deriver, ref)
        found += [_alone(deriver, each, write(deriver, each)) for each in (at[0], at[-1])]
    return found


def _alone(deriver: Deriver, ref: Ref, formula: Expr) -> Chain:
    """Return entry = formula, and its number where there is one."""
    own = deriver.is_parameter(ref)
    left = target_of(deriver, ref) if own else Quantity(ref)
    if deriver.trace is None:
        return Chain((left, formula))
    value = deriver.gradient_value(ref) if own else entry(deriver.trace, ref)
    return ending((left, formula, Known(ref, value)), "")


def _entries(deriver: Deriver, ref: Ref) -> list[Ref]:
    """Return the quantity's entries in the order of the array, of any number of axes."""
    shape = deriver.graph.nodes[deriver.general.number(ref)].shape
    numbers = range(1, math.prod(shape) + 1)
    return [deriver.at(ref, index) for index in entries(shape, numbers)]


def _shaped(deriver: Deriver, ref: Ref, form: EntryForm, *, upright: bool = False) -> Expr | None:
    """Return the quantity's entries as a column, of two axes as a matrix of a row a step.

    None where the formulas fit no page.
    """
    shape = deriver.graph.nodes[deriver.general.number(ref)].shape
    if not shape:
        return form(deriver.at(ref, ()))
    if len(shape) == 2:
        rows = _fitting(deriver, shape, lambda i, j: form(deriver.at(ref, (i, j))))
        return None if rows is None else structs.replace(rows, by_step=True)
    at = _entries(deriver, ref)
    return _column(deriver, len(at), lambda j: form(at[j - 1]), upright=upright)


def _all(deriver: Deriver, ref: Ref, form: EntryForm) -> Expr:
    """Return the quantity's entries, each short enough: names, or numbers."""
    shape = deriver.graph.nodes[deriver.general.number(ref)].shape
    if len(shape) == 2:
        rows = grid(deriver, shape, lambda i, j: form(deriver.at(ref, (i, j))))
        return structs.replace(rows, by_step=True)
    shaped = _shaped(deriver, ref, form)
    assert shaped is not None
    return shaped


def _names(deriver: Deriver, ref: Ref) -> Expr:
    return _all(deriver, ref, Quantity)


def _fitting(
    deriver: Deriver, shape: tuple[int, ...], cell: Callable[[int, int], Expr]
) -> Matrix | None:
    """Return the matrix of formulas, or of long ones the corners; None where these fit no page."""
    whole = grid(deriver, shape, cell)
    if fits(deriver, whole):
        return whole
    rows, columns = ((1, 0, size) if size > 2 else tuple(range(1, size + 1)) for size in shape)
    corners = tuple(tuple(cell(i, j) if i and j else Dots(0) for j in columns) for i in rows)
    return Matrix(corners) if fits(deriver, Matrix(corners)) else None


def fits(deriver: Deriver, matrix: Matrix) -> bool:
    """Return whether the matrix fits a page of 80 columns, with the plain names of numbers.

    Where nothing is to be left out, it stands as it is.
    """
    if deriver.view.full:
        return True
    across = zip(*matrix.rows, strict=True)
    room = PAGE if deriver.trace is None else PAGE - NAMES
    return sum(max(map(extent, column)) + 2 for column in across) <= room


def extent(tree: Expr) -> int:
    """Return about how many columns a formula takes on a line of text."""
    return sum(map(_own_extent, walk(tree)))


def _own_extent(node: Expr) -> int:
    match node:
        case Quantity(ref) | Known(ref):
            sample = 0 if ref.sample is None else 3
            error = 5 if ref.gradient and ref.part != "z" else 0
            indices = sum(len(str(i)) for i in ref.index)
            return error + max(1, len(ref.part)) + 1 + sample + indices
        case Add(terms):
            return 3 * (len(terms) - 1)
        case Mul(factors):
            return len(factors) - 1
        case Cases(pieces, _):
            return 12 + 6 * len(pieces)
        case Compare():
            return 3
        case Div():
            return 5
        case Call(function, _):
            return len(function) + 2
        case Number() | Name():
            return 1
        case _:
            return 2


def _number(deriver: Deriver, ref: Ref) -> Expr:
    return Known(ref, entry(deriver.require(), ref))


def _column(
    deriver: Deriver, size: int, form: Callable[[int], Expr], *, upright: bool = False
) -> Expr | None:
    """Return a vector of forms, long ones shortened: a column, or a row for x·W courses.

    None where the formulas fit no page. With ``upright`` a row of long formulas is written as a
    column transposed.
    """
    shown = deriver.view.rows(size)
    cells = [Dots(size) if j == 0 else form(j) for j in shown]
    column = Matrix(tuple((cell,) for cell in cells))
    if not fits(deriver, column):
        return None
    if not deriver.graph.in_out:
        return column
    short = all(isinstance(cell, Quantity | Known | Dots) for cell in cells) or len(cells) == 1
    return Transpose(column) if upright and not short else Matrix((tuple(cells),))


def _gradient(deriver: Deriver, ref: Ref) -> list[Chain]:
    """Return ∂C/∂W as a matrix of δ_j a_k, or ∂C/∂b as a vector of δ_j."""
    number = deriver.general.number(ref)
    shape = deriver.graph.nodes[number].shape

    def write(at: Ref) -> Expr:
        added = deriver.penalty(at) if deriver.graph.single else None
        own = deriver.contribution(at)
        return add(own, added[1]) if added is not None else own

    formulas = _array(deriver, ref, shape, write)
    forms: list[Expr] = [target_of(deriver, ref)]
    forms += [] if formulas is None else [formulas]
    found = []
    if deriver.trace is not None:
        values = _array(deriver, ref, shape, lambda at: Number(deriver.gradient_value(at)))
        assert values is not None
        found = [ending([*forms, values], name_of(deriver, ref))]
    elif formulas is not None:
        found = [Chain(tuple(forms))]
    if formulas is None:
        at = [ref.at(*index) for index in entries(shape, range(1, math.prod(shape) + 1))]
        found += [_alone(deriver, each, write(each)) for each in (at[0], at[-1])]
    return found


def _array(deriver: Deriver, ref: Ref, shape: tuple[int, ...], form: EntryForm) -> Expr | None:
    """Return a parameter's entries, by this course's orientation; None where they fit no page."""
    if not shape:
        return form(ref)
    if len(shape) == 2 and not is_matrix(ref.part, 2):
        rows = _fitting(deriver, shape, lambda i, j: form(ref.at(i, j)))
        return None if rows is None else structs.replace(rows, by_step=True)
    if not is_matrix(ref.part, len(shape)):
        at = list(entries(shape, range(1, math.prod(shape) + 1)))
        return _column(deriver, len(at), lambda j: form(ref.at(*at[j - 1])))
    if deriver.graph.in_out:
        return _fitting(deriver, shape, lambda i, j: form(ref.at(j, i)))
    return _fitting(deriver, shape, lambda i, j: form(ref.at(i, j)))


STYLE = Style("components", "vectors and matrices entry by entry", general, instance, arrays=True)
