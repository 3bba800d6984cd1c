"""``function``: compositions: the derivative of an outer function, taken at an inner one."""

from __future__ import annotations

from ..expression.refs import Ref
from ..expression.tree import (
    BigSum,
    Call,
    Derivative,
    Expr,
    Partial,
    Quantity,
    mul,
    substitute,
)
from ..graph.records import Layer
from ..worked.document import Chain, Equations, Note, Section, Text
from . import Style
from .deriver import Deriver
from .entries import activation_forms, derivation_sections, numbered
from .general import DOWN, TOP, UP, L, Letters, fused, stated, target_of


def general(deriver: Deriver) -> list[Section]:
    """Return the four equations, each activation applied to its weighted sum."""
    s = Letters(deriver)
    top = s.weighted(TOP, "L-1", "j")
    inner, above = (
        s.weighted(L, DOWN, "j"),
        BigSum("k", UP, s.q("W", UP, "k", "j") * s.delta(UP, "k")),
    )
    cost = Derivative("loss", s.q("a", TOP), ("j",))
    if deriver.softmax_like(deriver.last):
        each = Partial(s.ref("a", TOP, "i"), s.ref("z", TOP, "j"))
        outer: Expr = Derivative("loss", s.q("a", TOP), ("i",))
        output: Expr = BigSum("i", TOP, mul(outer, each))
    else:
        output = cost if s.output == "identity" else mul(cost, Derivative(s.output, top))
    chains = [
        Chain((s.delta(TOP, "j"), output, *fused(deriver, s, "j")), "1"),
        Chain(
            (
                target_of(deriver, s.ref("W", L, "j", "k")),
                mul(s.delta(L, "j"), s.q("a", DOWN, "k")),
            ),
            "3",
            ranges=s.every(),
        ),
        Chain((target_of(deriver, s.ref("b", L, "j")), s.delta(L, "j")), "4", ranges=s.every()),
    ]
    if s.count > 1:
        hidden = above if s.hidden == "identity" else mul(Derivative(s.hidden, inner), above)
        chains.insert(1, Chain((s.delta(L, "j"), hidden), "2", ranges=s.inner()))
    return [composition(deriver), *stated(deriver, chains)]


def composition(deriver: Deriver) -> Section:
    """Return the cost as functions of functions, from the outside in."""
    chains = [Chain((Quantity(deriver.cost()), Call("loss", outer_arguments(deriver))))]
    for layer in reversed(deriver.graph.layers):
        a = deriver.at(Ref("a", layer.index), ("j",))
        z = deriver.at(Ref("z", layer.index), ("j",))
        applied = (deriver.at(Ref("z", layer.index), ()),) if deriver.softmax_like(layer) else (z,)
        if layer.activation != "identity":
            written = Call(layer.activation, tuple(map(Quantity, applied)))
            chains.append(Chain((Quantity(a), written)))
        if layer.type == "dense":
            chains.append(Chain((Quantity(z), deriver.weighted_sum(layer, ("j",)))))
    note = Note(
        (
            Text(
                "the cost is a function of a function of a function: the derivative of each outer "
                "one is taken at the value of its inner one, and the derivatives are multiplied"
            ),
        )
    )
    return Section("composition", (Text("The composition"),), (Equations(tuple(chains)), note))


def outer_arguments(deriver: Deriver) -> tuple[Expr, ...]:
    """Return what the cost is a function of: the outputs and the targets."""
    return (
        Quantity(deriver.at(Ref("a", deriver.last.index), ())),
        Quantity(deriver.at(Ref("y"), ())),
    )


def instance(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return the derivations of this network's quantities."""
    return derivation_sections(deriver, wanted, _chain)


def _chain(deriver: Deriver, ref: Ref) -> Chain:
    layer = deriver.layers.get(int(ref.layer or 0))
    if layer is None or ref.part == "a":
        return numbered(deriver, activation_forms(deriver, ref), ref)
    if ref.part != "z":
        return numbered(deriver, _parameter(deriver, ref, layer), ref)
    if deriver.shortened(layer) or deriver.softmax_like(layer):
        return numbered(
            deriver, [Quantity(ref), deriver.delta(layer, ref.index, by_name=True)], ref
        )
    return numbered(deriver, _error(deriver, ref, layer), ref)


def _error(deriver: Deriver, ref: Ref, layer: Layer) -> list[Expr]:
    """Return δ with the activation's derivative at the weighted sum, then at z."""
    forms: list[Expr] = [Quantity(ref)]
    slope: Expr = deriver.slope(layer, ref.index)
    below = deriver.error_below(layer, ref.index)
    if deriver.feeds_loss(layer):
        a = Quantity(deriver.at(Ref("a", layer.index), ()))
        outer: Expr = Derivative("loss", a, ref.index)
    else:
        outer = below
    if layer.activation == "identity":
        return [*forms, outer, deriver.delta(layer, ref.index, by_name=False)]
    if layer.type == "dense":
        spelled = Derivative(layer.activation, deriver.weighted_sum(layer, ref.index))
        forms.append(mul(outer, spelled))
    forms.append(mul(outer, slope))
    return [*forms, deriver.delta(layer, ref.index, by_name=False)]


def _parameter(deriver: Deriver, ref: Ref, layer: Layer) -> list[Expr]:
    """Return ∂C/∂w = δ times the inner function's value: σ(z) of the layer below."""
    simple = deriver.contribution(ref)
    below = {e.index: e for e in deriver.graph.layers if e.a in layer.input_nodes}

    def spelled(node: Expr) -> Expr | None:
        if isinstance(node, Quantity) and node.ref.part == "a" and node.ref.layer in below:
            under = below[int(node.ref.layer)]
            if under.activation not in ("identity", "softmax"):
                z = Ref("z", under.index, False, node.ref.sample, node.ref.index)
                return Call(under.activation, (Quantity(z),))
        return None

    return [target_of(deriver, ref), substitute(simple, spelled), simple]


STYLE = Style("function", "derivatives of outer functions at inner ones", general, instance)
