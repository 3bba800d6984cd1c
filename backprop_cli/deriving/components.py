"""``components``: vectors and matrices written out entry by entry, forward and backward."""

from __future__ import annotations

from collections.abc import Callable

from ..expression.refs import Ref
from ..expression.tree import Call, Dots, Expr, Known, Matrix, Number, Quantity
from ..graph.names import plain_name
from ..graph.records import Layer
from ..worked.document import Block, Chain, Equations, Section, Text
from ..worked.steps import entry
from ..worked.view import View
from . import Style
from .deriver import Deriver
from .entries import batch_note
from .general import index_equations, stated, target_of
from .matrix import errors_in_order

Form = Callable[[Ref], Expr]


def general(deriver: Deriver) -> list[Section]:
    """Return the four equations by index, which the entries below spell out."""
    return stated(deriver, index_equations(deriver, sums=True))


def instance(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return the steps: the forward pass, then errors, then gradients, entry by entry."""
    layers = errors_in_order(deriver, wanted)
    names = {layer.index for layer in layers}
    forward = [_forward(deriver, layer) for layer in deriver.graph.layers if layer.index in names]
    errors = tuple(_vector(deriver, Ref("z", layer.index, True), _error) for layer in layers)
    parameters = [ref for ref in wanted if ref.part not in ("a", "z", "x")]
    gradients = [_gradient(deriver, Ref(ref.part, ref.layer, True)) for ref in parameters]
    sections = [
        Section("forward", (Text("Forward"),), (Equations(_input(deriver)), *forward)),
        Section("errors", (Text("The errors"),), (Equations(errors),)),
    ]
    if gradients:
        blocks: tuple[Block, ...] = (Equations(tuple(gradients)), *batch_note(deriver))
        sections.append(Section("gradients", (Text("The gradients"),), blocks))
    return sections


def _input(deriver: Deriver) -> tuple[Chain, ...]:
    x = deriver.at(Ref("x"), ())
    size = deriver.graph.nodes[deriver.graph.input].shape[0]
    entries = _column(deriver, size, lambda j: Quantity(deriver.at(Ref("x"), (j,))))
    return (Chain((Quantity(x), entries)),)


def _forward(deriver: Deriver, layer: Layer) -> Equations:
    z, a = Ref("z", layer.index), Ref("a", layer.index)
    chains = [_vector(deriver, z, lambda d, ref, _: d.writer.value_formula(ref))]
    if layer.activation != "identity":
        chains.append(_vector(deriver, a, _activated))
    return Equations(tuple(chains))


def _activated(deriver: Deriver, ref: Ref, layer: Layer) -> Expr:
    if deriver.softmax_like(layer):
        return deriver.writer.value_formula(ref)
    z = Ref("z", layer.index, False, ref.sample, ref.index)
    return Call(layer.activation, (Quantity(z),))


def _error(deriver: Deriver, ref: Ref, layer: Layer) -> Expr:
    return deriver.delta(layer, ref.index, by_name=True)


def _vector(deriver: Deriver, ref: Ref, write: Callable[[Deriver, Ref, Layer], Expr]) -> Chain:
    """Return vector = [formulas] = [entries], and the numbers where there are some."""
    layer = deriver.layer(ref)
    whole = deriver.at(ref, ())
    at = [deriver.at(ref, (unit,)) for unit in range(1, layer.units + 1)]
    formulas = _column(deriver, layer.units, lambda j: write(deriver, at[j - 1], layer))
    entries = _column(deriver, layer.units, lambda j: Quantity(at[j - 1]))
    forms: list[Expr] = [Quantity(whole), formulas, entries]
    if deriver.trace is not None:
        forms.append(_column(deriver, layer.units, lambda j: _number(deriver, at[j - 1])))
    return Chain(tuple(forms), plain_name(ref) if deriver.trace is not None else "")


def _number(deriver: Deriver, ref: Ref) -> Expr:
    return Known(ref, entry(deriver.require(), ref))


def _column(deriver: Deriver, size: int, form: Callable[[int], Expr]) -> Expr:
    """Return a vector of forms, long ones shortened: a column, or a row for x·W courses."""
    shown = View().rows(size)
    cells = [Dots(size) if j == 0 else form(j) for j in shown]
    if deriver.graph.in_out:
        return Matrix((tuple(cells),))
    return Matrix(tuple((cell,) for cell in cells))


def _gradient(deriver: Deriver, ref: Ref) -> Chain:
    """Return ∂C/∂W as a matrix of δ_j a_k, or ∂C/∂b as a vector of δ_j."""
    number = deriver.general.number(ref)
    shape = deriver.graph.nodes[number].shape
    forms: list[Expr] = [target_of(deriver, ref), _array(deriver, ref, shape, deriver.contribution)]
    if deriver.trace is not None:

        def value(entry_ref: Ref) -> Expr:
            return Number(deriver.value_of(deriver.numbers(deriver.contribution(entry_ref))))

        forms.append(_array(deriver, ref, shape, value))
    return Chain(tuple(forms), plain_name(ref) if deriver.trace is not None else "")


def _array(deriver: Deriver, ref: Ref, shape: tuple[int, ...], form: Form) -> Expr:
    if not shape:
        return form(ref)
    if len(shape) == 1:
        return _column(deriver, shape[0], lambda j: form(ref.at(j)))
    view, in_out = View(), deriver.graph.in_out
    rows = []
    for row in view.rows(shape[0]):
        cells: list[Expr] = []
        for column in view.columns(shape[1]):
            if row == 0 or column == 0:
                cells.append(Dots(0))
            else:
                cells.append(form(ref.at(*((column, row) if in_out else (row, column)))))
        rows.append(tuple(cells))
    return Matrix(tuple(rows))


STYLE = Style("components", "vectors and matrices entry by entry", general, instance)
