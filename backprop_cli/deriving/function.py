"""``function``: compositions: the derivative of an outer function, taken at an inner one."""

from __future__ import annotations

from ..expression.refs import Ref
from ..expression.tree import BigSum, Call, Derivative, Expr, Partial, Quantity, add, mul
from ..expression.walking import bind, substitute
from ..functions.elementwise import without_ones
from ..graph.records import Layer
from ..worked.document import Chain, Equations, Note, Section, Text
from ..worked.quantities import general_formula
from . import Style
from .deriver import Deriver
from .entries import activation_forms, derivation_sections, numbered
from .general import DOWN, TOP, UNDER_TOP, UP, L, Letters, fused, penalty, stated, target_of
from .local import sampled
from .matrix import ONES, product
from .needed import ancestors_of_loss

DEEPEST = 4
"""How many functions within each other are written as one formula."""


def general(deriver: Deriver) -> list[Section]:
    """Return the four equations, each activation applied to its weighted sum."""
    s = Letters(deriver)
    chains = [Chain((s.delta(TOP, "j"), _output(deriver, s), *fused(deriver, s, "j")), "1")]
    if s.count > 1:
        chains.append(Chain((s.delta(L, "j"), _hidden(s)), "2", ranges=s.inner()))
    weight = s.ref("W", L, "j", "k")
    product = mul(s.delta(L, "j"), s.q("a", DOWN, "k"))
    added = penalty(deriver, Quantity(weight)) if deriver.graph.single else None
    forms = (s.target(weight), add(product, added) if added is not None else product)
    chains.append(Chain(forms, "3", ranges=s.every()))
    if s.bias == "shared":
        total = BigSum("j", L, s.delta(L, "j"))
        chains.append(Chain((s.target(s.ref("b", L)), total), "4", ranges=s.every()))
    elif s.bias != "none":
        bias = s.target(s.ref("b", L, "j"))
        chains.append(Chain((bias, s.delta(L, "j")), "4", ranges=s.every()))
    return [composition(deriver), *stated(deriver, chains)]


def _output(deriver: Deriver, s: Letters) -> Expr:
    """Return ∂_jC(a)·σ′(Σ w a + b)."""
    a = s.q("a", TOP)
    if deriver.softmax_like(deriver.last):
        each = Partial(s.ref("a", TOP, "i"), s.ref("z", TOP, "j"))
        return BigSum("i", TOP, mul(Derivative("loss", a, ("i",)), each))
    cost = Derivative("loss", a, ("j",))
    if s.output == "identity":
        return cost
    return mul(cost, Derivative(s.output, s.weighted(TOP, UNDER_TOP, "j")))


def _hidden(s: Letters) -> Expr:
    """Return σ′(Σ w a + b)·Σ_k w_kj δ_k."""
    above = BigSum("k", UP, s.q("W", UP, "k", "j") * s.delta(UP, "k"))
    if s.joint_units:
        local = Partial(s.ref("z", UP, "k"), s.ref("z", L, "j"))
        return BigSum("k", UP, mul(s.delta(UP, "k"), local))
    if s.hidden == "identity":
        return above
    return mul(Derivative(s.hidden, s.weighted(L, DOWN, "j")), above)


def composition(deriver: Deriver) -> Section:
    """Return the cost as functions of functions, from the outside in."""
    output, target = Quantity(_whole(deriver, "a", deriver.last)), Quantity(_general(deriver, "y"))
    cost = Quantity(Ref("cost", sample=deriver.general_sample))
    forms: list[Expr] = [cost, Call("loss", (output, target))]
    nested = _nested(deriver) if deriver.is_chain else None
    if nested is not None:
        forms.append(Call("loss", (nested, target)))
    chains = [Chain(tuple(forms))]
    for layer in reversed(ancestors_of_loss(deriver.graph)):
        chains += _layer(deriver, layer)
    note = Note(
        (
            Text(
                "the cost is a function of a function of a function: the derivative of each outer "
                "one is taken at the value of its inner one, and the derivatives are multiplied"
            ),
        )
    )
    title = (Text("The composition"),)
    return Section("composition", title, (Equations(tuple(chains)), note))


def _nested(deriver: Deriver) -> Expr | None:
    """Return σ(W² σ(W¹ x + b¹) + b²); None where it is too deep to read, or two share a name."""
    layers = deriver.graph.layers
    if len(layers) > DEEPEST or any(map(deriver.shares_name, layers)):
        return None
    tree: Expr = Quantity(_general(deriver, "x"))
    for layer in layers:
        bias = layer.parameters.get("b")
        weight = Quantity(Ref("W", layer.index))
        tree = product(weight, tree, deriver.graph.in_out)
        if bias is not None:
            own = Quantity(Ref("b", layer.index))
            shared = not deriver.graph.nodes[bias].shape
            tree = tree + (mul(own, ONES) if shared else own)
        if layer.activation != "identity":
            tree = Call(layer.activation, (tree,))
    return tree


def _layer(deriver: Deriver, layer: Layer) -> list[Chain]:
    """Return a = σ(z) and z, its weighted sum or what it merges."""
    across = deriver.softmax_like(layer)
    index = () if across else ("j",)
    z, a = (Quantity(_whole(deriver, part, layer).at(*index)) for part in ("z", "a"))
    chains = []
    if layer.activation != "identity":
        own: Expr = Call(layer.activation, (z,))
        if deriver.shares_name(layer):
            own = bind(without_ones(deriver.elementwise(layer).value), {"z": z})
        chains.append(Chain((a, own)))
    zj = _whole(deriver, "z", layer).at("j")
    if deriver.is_affine(layer):
        inner = sampled(deriver, deriver.weighted_sum(layer, ("j",)))
        return [*chains, Chain((Quantity(zj), inner))]
    whole = layer.type == "concat"
    target = zj.whole() if whole else zj
    return [*chains, Chain((Quantity(target), without_ones(general_formula(deriver.graph, zj))))]


def _general(deriver: Deriver, part: str) -> Ref:
    return Ref(part, sample=deriver.general_sample)


def _whole(deriver: Deriver, part: str, layer: Layer) -> Ref:
    return Ref(part, layer.index, sample=deriver.general_sample)


def instance(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return the derivations of this network's quantities."""
    return derivation_sections(deriver, wanted, _chain)


def _chain(deriver: Deriver, ref: Ref) -> Chain:
    layer = deriver.layers.get(int(ref.layer or 0))
    if layer is None or ref.part == "a":
        return numbered(deriver, _from_above(deriver, ref), ref)
    if ref.part != "z":
        return numbered(deriver, _parameter(deriver, ref, layer), ref)
    if deriver.shortened(layer) or deriver.softmax_like(layer):
        return numbered(
            deriver, [Quantity(ref), deriver.delta(layer, ref.index, by_name=True)], ref
        )
    return numbered(deriver, _error(deriver, ref, layer), ref)


def _from_above(deriver: Deriver, ref: Ref) -> list[Expr]:
    """Return ∂C/∂a: the outer function's derivative at a, or the sum of what reads it."""
    forms = activation_forms(deriver, ref)
    simple = [forms[0], forms[-1]]
    if ref.part == "a" and deriver.feeds_loss(deriver.layer(ref)):
        a = Quantity(deriver.at(ref.of(), ()))
        simple.insert(1, Derivative("loss", a, ref.index))
    return simple


def _error(deriver: Deriver, ref: Ref, layer: Layer) -> list[Expr]:
    """Return δ with the activation's derivative at the weighted sum, then at z."""
    slope: Expr = deriver.slope(layer, ref.index)
    outer = deriver.error_below(layer, ref.index)
    if deriver.feeds_loss(layer):
        a = Quantity(deriver.at(Ref("a", layer.index), ()))
        outer = Derivative("loss", a, ref.index)
    forms: list[Expr] = [Quantity(ref)]
    if layer.activation == "identity":
        return [*forms, outer, deriver.delta(layer, ref.index, by_name=False)]
    slopes: list[Expr] = [slope]
    if deriver.is_affine(layer) and isinstance(slope, Derivative):
        slopes.insert(0, Derivative(layer.activation, deriver.weighted_sum(layer, ref.index)))
    above = deriver.feeds_loss(layer)
    forms += [mul(outer, one) if above else mul(one, outer) for one in slopes]
    return [*forms, deriver.delta(layer, ref.index, by_name=False)]


def _parameter(deriver: Deriver, ref: Ref, layer: Layer) -> list[Expr]:
    """Return ∂C/∂w = δ times the inner function's value: σ(z) of the layer below."""
    added = deriver.penalty(ref) if deriver.graph.single else None
    simple = deriver.contribution(ref)
    simple = add(simple, added[1]) if added is not None else simple
    below = {e.index: e for e in deriver.graph.layers if e.a in layer.input_nodes}

    def spelled(node: Expr) -> Expr | None:
        if isinstance(node, Quantity) and node.ref.part == "a" and node.ref.layer in below:
            under = below[int(node.ref.layer)]
            named = under.activation not in ("identity", "softmax")
            if named and not deriver.shares_name(under):
                z = Ref("z", under.index, False, node.ref.sample, node.ref.index)
                return Call(under.activation, (Quantity(z),))
        return None

    return [target_of(deriver, ref), substitute(simple, spelled), simple]


STYLE = Style("function", "derivatives of outer functions at inner ones", general, instance)
