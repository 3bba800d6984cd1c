"""``matrix``: δ = (Wᵀδ) ⊙ σ′(z), outer products, the shapes stated."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..expression.refs import Ref
from ..expression.tree import (
    Add,
    Call,
    Constant,
    Derivative,
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    Nabla,
    Number,
    Quantity,
    Transpose,
    add,
    substitute,
)
from ..graph.names import plain_name
from ..graph.records import Layer
from ..worked.document import (
    Block,
    Chain,
    Code,
    Column,
    Equations,
    Inline,
    Math,
    Section,
    Table,
    Text,
)
from . import Style
from .deriver import Deriver
from .entries import batch_note, layer_heading
from .general import DOWN, TOP, UP, L, Letters, fused, stated, target_of

Array = np.ndarray[Any, Any]
ONES = Constant("ones")


def general(deriver: Deriver) -> list[Section]:
    """Return the four equations of matrices."""
    s, rows = Letters(deriver), deriver.graph.in_out
    nabla, a_top = Nabla(s.cost, s.ref("a", TOP)), s.q("a", TOP)
    if deriver.softmax_like(deriver.last):
        top: Expr = MatMul(
            (Add((Call("diag", (a_top,)), -MatMul((a_top, Transpose(a_top))))), nabla)
        )
    elif s.output == "identity":
        top = nabla
    else:
        top = Hadamard((nabla, Derivative(s.output, s.q("z", TOP))))
    back = product(Transpose(s.q("W", UP)), s.delta(UP), rows)
    hidden = Hadamard((back, Derivative(s.hidden, s.q("z", L))))
    outer = outer_product(s.delta(L), s.q("a", DOWN), rows)
    chains = [
        Chain((s.delta(TOP), top, *fused(deriver, s)), "1"),
        Chain((target_of(deriver, s.ref("W", L)), outer), "3", ranges=s.every()),
        Chain((target_of(deriver, s.ref("b", L)), s.delta(L)), "4", ranges=s.every()),
    ]
    if s.count > 1:
        chains.insert(1, Chain((s.delta(L), hidden), "2", ranges=s.inner()))
    return stated(deriver, chains)


def product(matrix: Expr, vector: Expr, rows: bool) -> Expr:
    """Return Wᵀ δ of columns, δ Wᵀ of rows."""
    return MatMul((vector, matrix)) if rows else MatMul((matrix, vector))


def outer_product(delta: Expr, below: Expr, rows: bool) -> Expr:
    """Return δ aᵀ of columns, aᵀ δ of rows."""
    if rows:
        return MatMul((Transpose(below), delta))
    return MatMul((delta, Transpose(below)))


def instance(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return each layer's error and gradients, from the loss inward, with their shapes."""
    sections = []
    for layer in errors_in_order(deriver, wanted):
        parts = [r for r in wanted if r.layer == layer.index and r.part in layer.parameters]
        chains = [_error(deriver, layer)]
        chains += [_parameter(deriver, layer, Ref(r.part, r.layer, True)) for r in parts]
        blocks: list[Block] = [Equations(tuple(chains)), _shapes(deriver, layer, parts)]
        title = layer_heading(deriver, layer)
        sections.append(Section(f"layer-{layer.index}", (Text(title),), tuple(blocks)))
    if any(ref.part == "x" for ref in wanted):
        dx = deriver.at(Ref("x", None, True), ())
        chain = Chain((Quantity(dx), _from_above(deriver, deriver.graph.input)))
        sections.append(Section("input", (Text("Input"),), (Equations((chain,)),)))
    notes = tuple(batch_note(deriver))
    return [*sections, Section("batch", (Text("Over the batch"),), notes)] if notes else sections


def errors_in_order(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Layer]:
    """Return the layers from the loss down to those that are wanted, each after its consumers."""
    found = [ref.layer for ref in wanted if ref.layer is not None]
    needed = {int(layer) for layer in found}
    if any(ref.part == "x" for ref in wanted):
        needed = {layer.index for layer in deriver.graph.layers}
    reached = deriver.writer.reached
    ordered = sorted(deriver.graph.layers, key=lambda layer: layer.z, reverse=True)
    above: list[Layer] = []
    for layer in ordered:
        below = [e for e in ordered if e.index in needed and _depends(deriver, e, layer)]
        if layer.z in reached and (layer.index in needed or below):
            above.append(layer)
    return above


def _depends(deriver: Deriver, lower: Layer, upper: Layer) -> bool:
    """Return whether the upper layer is computed from the lower one."""
    stack, nodes = [upper.z], deriver.graph.nodes
    while stack:
        number = stack.pop()
        if number == lower.a:
            return True
        stack.extend(parent for parent in nodes[number].parents if parent >= lower.a)
    return False


def _error(deriver: Deriver, layer: Layer) -> Chain:
    delta = Quantity(deriver.at(Ref("z", layer.index, True), ()))
    a = Quantity(deriver.at(Ref("a", layer.index), ()))
    forms: list[Expr] = [delta]
    if deriver.shortened(layer):
        forms.append(a - Quantity(deriver.at(Ref("y"), ())))
    else:
        above = _from_above(deriver, layer.a)
        forms.append(_through_activation(deriver, layer, above))
    return with_numbers(deriver, forms, deriver.at(Ref("z", layer.index, True), ()))


def _through_activation(deriver: Deriver, layer: Layer, above: Expr) -> Expr:
    z = Quantity(deriver.at(Ref("z", layer.index), ()))
    a = Quantity(deriver.at(Ref("a", layer.index), ()))
    if layer.activation == "identity":
        return above
    if deriver.softmax_like(layer):
        jacobian = Add((Call("diag", (a,)), -MatMul((a, Transpose(a)))))
        return MatMul((jacobian, above))
    return Hadamard((above, Derivative(layer.activation, z)))


def _from_above(deriver: Deriver, number: int) -> Expr:
    """Return ∂C/∂(node) as matrices: the sum of its consumers' shares."""
    node = deriver.graph.nodes[number]
    parts: list[Expr] = []
    for consumer, position in deriver.writer.consumers.get(number, ()):
        if consumer not in deriver.writer.reached:
            continue
        if consumer == deriver.graph.terms:
            parts.append(Nabla(deriver.cost(), deriver.at(node.ref, ())))
            continue
        parts.append(_share(deriver, consumer, position))
    return add(*parts) if parts else Number(0)


def _share(deriver: Deriver, consumer: int, position: int) -> Expr:
    """Return one consumer's share as its rule writes it whole, in this network's quantities."""
    rule: Any = deriver.graph.nodes[consumer].rule
    count = len(deriver.graph.nodes[consumer].parents)
    return deriver.named(rule.write_whole(position, count), consumer)


def _parameter(deriver: Deriver, layer: Layer, ref: Ref) -> Chain:
    number = deriver.general.number(ref)
    if not deriver.graph.nodes[number].shape:
        delta = Quantity(deriver.at(Ref("z", layer.index, True), ()))
        return with_numbers(
            deriver, [target_of(deriver, ref), MatMul((Transpose(ONES), delta))], ref
        )
    parts = [
        _share(deriver, consumer, position)
        for consumer, position in deriver.writer.consumers.get(number, ())
        if deriver.graph.nodes[consumer].per_sample and consumer in deriver.writer.reached
    ]
    return with_numbers(deriver, [target_of(deriver, ref), add(*parts)], ref)


def with_numbers(deriver: Deriver, forms: list[Expr], ref: Ref) -> Chain:
    """Return the chain with each vector and matrix as numbers, where there are numbers."""
    if deriver.trace is None:
        return Chain(tuple(forms))
    name, value = plain_name(ref, deriver.graph.in_out), value_of(deriver, ref)
    try:
        substituted = substitute(forms[-1], lambda node: _as_matrix(deriver, node))
    except ValueError:
        return Chain((*forms, value), name)
    return Chain((*forms, substituted, value), name)


def value_of(deriver: Deriver, ref: Ref) -> Expr:
    """Return a gradient's numbers; of a parameter in a batch, what the sample contributes."""
    number = deriver.general.number(ref)
    node = deriver.graph.nodes[number]
    if deriver.graph.single or node.per_sample:
        return matrix_of(deriver, ref)
    in_out = deriver.graph.in_out
    values = np.empty(node.shape, dtype=object)
    for position in np.ndindex(node.shape):
        index = tuple(i + 1 for i in position)
        entry = ref.at(*(index[::-1] if in_out and len(index) == 2 else index))
        values[position] = deriver.value_of(deriver.numbers(deriver.contribution(entry)))
    return as_matrix(deriver, values)


def _as_matrix(deriver: Deriver, node: Expr) -> Expr | None:
    """Return a quantity's numbers as a vector or a matrix; σ′(z) as its vector."""
    match node:
        case Quantity(ref):
            return matrix_of(deriver, ref)
        case Nabla(_, wrt):
            return matrix_of(deriver, wrt.grad())
        case Constant("ones"):
            raise ValueError("a vector of ones has the shape of what stands beside it")
        case Derivative(_, Quantity(z)):
            layer = deriver.layers[int(z.layer or 0)]
            values = [deriver.slope_value(z.at(unit + 1)) for unit in range(layer.units)]
            return column(deriver, values)
    return None


def matrix_of(deriver: Deriver, ref: Ref) -> Expr:
    """Return a whole quantity's numbers."""
    trace = deriver.require()
    number = deriver.general.number(ref)
    array = trace.gradients[number] if ref.gradient else trace.values[number]
    if array is None:
        raise ValueError(plain_name(ref))
    if deriver.graph.nodes[number].per_sample:
        array = array[int(ref.sample or 1) - 1]
    return as_matrix(deriver, np.asarray(array))


def as_matrix(deriver: Deriver, values: Array) -> Expr:
    """Return an array of numbers as a matrix, a vector, or one number."""
    if values.ndim == 2:
        return Matrix(tuple(tuple(Number(v) for v in row) for row in values))
    return column(deriver, list(values.ravel()))


def column(deriver: Deriver, values: list[Any]) -> Expr:
    """Return a vector: a column, or a row in courses that write x·W."""
    numbers = [Number(value) for value in values]
    if len(numbers) == 1:
        return numbers[0]
    if deriver.graph.in_out:
        return Matrix((tuple(numbers),))
    return Matrix(tuple((number,) for number in numbers))


def _shapes(deriver: Deriver, layer: Layer, parts: list[Ref]) -> Table:
    """Return the shapes of what stands in the layer's equations."""
    rows: list[tuple[Inline | None, ...]] = []
    quantities = [Ref("z", layer.index, True), *(Ref(r.part, r.layer, True) for r in parts)]
    for ref in quantities:
        shape = deriver.graph.nodes[deriver.general.number(ref)].shape
        words = " × ".join(map(str, shape)) or "one number"
        whole = Quantity(Ref(ref.part, ref.layer, True))
        rows.append((Math(whole), Code(plain_name(ref)), Text(words)))
    columns = tuple(Column((Text(t),), kind="label") for t in ("quantity", "name", "shape"))
    return Table(columns, tuple(rows))


STYLE = Style("matrix", "δ = (Wᵀδ) ⊙ σ′(z), outer products, shapes", general, instance)
