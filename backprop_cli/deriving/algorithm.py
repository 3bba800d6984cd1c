"""``algorithm``: forward propagation, error evaluation, backward propagation, as assignments."""

from __future__ import annotations

from ..expression.refs import Ref
from ..expression.tree import Between, BigSum, Call, Derivative, Expr, Name, Partial, Quantity, mul
from ..worked.document import Block, Chain, Equations, Paragraph, Section, Text
from ..worked.quantities import general_formula
from . import Style
from .deriver import Deriver
from .entries import batch_note
from .general import DOWN, TOP, UP, L, Letters, stated, target_of
from .matrix import errors_in_order, matrix_of


def general(deriver: Deriver) -> list[Section]:
    """Return the three phases for a general layer."""
    if not deriver.is_chain:
        return stated(deriver, [])
    s = Letters(deriver)
    z, a = s.q("z", L, "j"), s.q("a", L, "j")
    name = s.hidden if s.count > 1 else s.output
    total = BigSum("k", DOWN, s.q("W", L, "j", "k") * s.q("a", DOWN, "k")) + s.q("b", L, "j")
    forward = [_assign(z, total), _assign(a, Call(name, (z,)))]
    z_top = s.ref("z", TOP, "j")
    evaluate = [_assign(s.delta(TOP, "j"), Partial(s.cost, z_top))]
    above = BigSum("k", UP, s.q("W", UP, "k", "j") * s.delta(UP, "k"))
    backward = []
    if s.count > 1:
        backward.append(_assign(s.delta(L, "j"), mul(Derivative(name, z), above)))
    weight = target_of(deriver, s.ref("W", L, "j", "k"))
    parameters = [
        _assign(weight, mul(s.delta(L, "j"), s.q("a", DOWN, "k"))),
        _assign(target_of(deriver, s.ref("b", L, "j")), s.delta(L, "j")),
    ]
    orders = ("in forward order, l = 1, 2, …, L", "in reverse order, l = L, L−1, …, 1")
    return [
        _phase("Forward propagation", f"for all hidden and output units, {orders[0]}", forward),
        _phase("Error evaluation", "for all output units", evaluate),
        _phase("Backward propagation", f"for all units, {orders[1]}", [*backward, *parameters]),
    ]


def _assign(target: Expr, value: Expr, *more: Expr) -> Chain:
    return Chain((target, value, *more), relation="←")


def _phase(title: str, when: str, chains: list[Chain]) -> Section:
    blocks: tuple[Block, ...] = (Paragraph((Text(f"{when}:"),)), Equations(tuple(chains)))
    return Section(title.lower().replace(" ", "-"), (Text(title),), blocks)


def instance(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return the three phases layer by layer for this network."""
    layers = errors_in_order(deriver, wanted)
    forward: list[Chain] = []
    for layer in deriver.graph.layers:
        if layer not in layers:
            continue
        z = deriver.at(Ref("z", layer.index), ("j",))
        a = deriver.at(Ref("a", layer.index), ("j",))
        forward.append(_with_values(deriver, z, general_formula(deriver.graph, z)))
        if layer.activation != "identity" and not deriver.softmax_like(layer):
            written = Call(layer.activation, (Quantity(z),))
            forward.append(_with_values(deriver, a, written))
        elif layer.activation != "identity":
            forward.append(_with_values(deriver, a, deriver.general.value_formula(a)))
    evaluate: list[Chain] = []
    backward: list[Chain] = []
    for layer in layers:
        delta = deriver.at(Ref("z", layer.index, True), ("j",))
        chain = _with_values(deriver, delta, deriver.delta(layer, ("j",), by_name=True))
        (evaluate if deriver.feeds_loss(layer) else backward).append(chain)
    for ref in wanted:
        if ref.part in ("a", "z", "x"):
            continue
        number = deriver.general.number(ref)
        letters = ("j", "k")[: len(deriver.graph.nodes[number].shape)]
        gradient = Ref(ref.part, ref.layer, True, None, letters)
        backward.append(_with_values(deriver, gradient, deriver.contribution(gradient)))
    last = _phase("Backward propagation here", "for the hidden units and all parameters", backward)
    return [
        _phase("Forward propagation here", "in the order of the layers", forward),
        _phase("Error evaluation here", "for the output units", evaluate),
        Section(last.id, last.title, (*last.blocks, *batch_note(deriver))),
    ]


def _with_values(deriver: Deriver, ref: Ref, formula: Expr) -> Chain:
    """Return the assignment, with its range and the values where there are numbers."""
    number = deriver.general.number(ref)
    shape = deriver.graph.nodes[number].shape
    ranges = tuple(
        Between(Name("1"), Name(letter), Name(str(size)))
        for letter, size in zip(ref.index, shape, strict=False)
        if isinstance(letter, str)
    )
    per_sample = deriver.graph.nodes[number].per_sample
    target = Quantity(ref) if per_sample or not ref.gradient else target_of(deriver, ref)
    if deriver.trace is None or not deriver.graph.single:
        return Chain((target, formula), relation="←", ranges=ranges)
    try:
        return Chain((target, formula, matrix_of(deriver, ref.whole())), relation="←")
    except ValueError:
        return Chain((target, formula), relation="←", ranges=ranges)


STYLE = Style("algorithm", "the three phases as assignments", general, instance)
