"""``function``: compositions: the derivative of an outer function, taken at an inner one."""

from __future__ import annotations

from msgspec import structs

from ..expression.axes import letters
from ..expression.indices import Linear
from ..expression.refs import Ref
from ..expression.tree import BigSum, Call, Derivative, Expr, Partial, Quantity, add, mul
from ..expression.walking import bind, substitute
from ..graph.parts import Layer
from ..mathematics.formulas import without_ones
from ..worked.building import note, section
from ..worked.document import Chain, Equations, Section
from ..worked.general_steps import whole_formula
from . import Style
from .deriver import Deriver
from .entries import derivation_sections
from .forms import (
    activation_forms,
    gradient_forms,
    numbered,
    says_more,
    target_of,
    with_errors,
)
from .general import stated
from .matrix import layer_sum
from .needed import ancestors_of_loss

DEEPEST = 4
"""How many functions within each other are written as one formula."""


def general(deriver: Deriver) -> list[Section]:
    """Return the four equations, each activation applied to its weighted sum."""
    return [composition(deriver), *stated(deriver, _general)]


def _general(deriver: Deriver, ref: Ref) -> list[Expr]:
    """Return δ as ∂_jC(a)·σ′(Σ w a + b), or σ′(Σ w a + b)·Σ_k w_kj δ_k; a parameter's gradient."""
    layer = deriver.activates(ref)
    if layer is None:
        first, *_, last = gradient_forms(deriver, ref, general=True)
        return [first, last]
    joint, a = deriver.softmax_like(layer), deriver.ref(layer.a, *ref.index)
    slope = deriver.slope(layer, ref.index)
    if deriver.is_affine(layer):
        slope = Derivative(layer.activation, deriver.weighted_sum(layer, ref.index))
    if not deriver.feeds_loss(layer):
        form = deriver.error_below(layer, ref.index)
        if joint:
            form = with_errors(deriver, deriver.through_consumers(layer.a, a, down_to=ref.of()))
        elif layer.activation != "identity":
            form = mul(slope, form)
        return [Quantity(ref), form]
    output = Quantity(a.whole())
    form = Derivative("loss", output, ref.index)
    if joint:
        each = mul(Derivative("loss", output, ("i",)), Partial(a.at("i"), ref.of()))
        form = BigSum("i", layer.units, each)
    elif layer.activation != "identity":
        form = mul(form, slope)
    forms = [Quantity(ref), form]
    if deriver.graph.has_shortcut(layer) and (ref.index or says_more(deriver, layer)):
        forms += deriver.collapse(layer, ref.index)
        forms.append(deriver.delta(layer, ref.index, by_name=False))
    return forms


def composition(deriver: Deriver) -> Section:
    """Return the cost as functions of functions, from the outside in."""
    output, target = Quantity(deriver.ref(deriver.last.a)), Quantity(deriver.at(Ref("y"), ()))
    cost = Quantity(Ref("cost", sample=deriver.sample))
    forms: list[Expr] = [cost, Call("loss", (output, target))]
    dense = deriver.is_chain and deriver.is_affine(deriver.last)
    whole = nested(deriver, deriver.graph.layers, Ref("x")) if dense else None
    if whole is not None:
        forms.append(Call("loss", (whole, target)))
    chains = [Chain(tuple(forms))]
    for layer in reversed(ancestors_of_loss(deriver.graph)):
        chains += _layer(deriver, layer)
    said = note(
        "the cost is a function of a function of a function: the derivative of each outer "
        "one is taken at the value of its inner one, and the derivatives are multiplied"
    )
    return section("composition", "The composition", (Equations(tuple(chains)), said))


def nested(deriver: Deriver, layers: tuple[Layer, ...], start: Ref) -> Expr | None:
    """Return σ(W² σ(W¹ x + b¹) + b²), these layers put around what the first of them reads.

    None where that is too deep to read, or two functions share a name.
    """
    if len(layers) > DEEPEST or any(map(deriver.shares_name, layers)):
        return None
    tree: Expr = Quantity(deriver.at(start, ()))
    for layer in layers:
        tree = layer_sum(deriver, layer, tree)
        if layer.activation != "identity":
            tree = Call(layer.activation, (tree,))
    return tree


def _layer(deriver: Deriver, layer: Layer) -> list[Chain]:
    """Return a = σ(z) and z, its weighted sum or what it merges, and what it is made of inside."""
    parts = [number for cell in layer.cells for number in cell.parts.values()]
    across = deriver.softmax_like(layer)
    own_index = deriver.graph.general(deriver.graph.nodes[layer.z].ref).index
    index = () if across else own_index
    z, a = (Quantity(deriver.ref(number, *index)) for number in (layer.z, layer.a))
    chains = []
    if layer.activation != "identity":
        own: Expr = Call(layer.activation, (z,))
        if deriver.shares_name(layer):
            own = bind(without_ones(deriver.elementwise(layer).value), {"z": z})
        chains.append(Chain((a, own)))
    if deriver.is_affine(layer):
        inner = deriver.weighted_sum(layer, own_index)
        return [*chains, Chain((Quantity(deriver.ref(layer.z, *own_index)), inner))]
    return [*chains, *(_value(deriver, number) for number in reversed(parts[:-1]))]


def _value(deriver: Deriver, number: int) -> Chain:
    """Return a value's formula; of the whole, where no entry has one that holds of all."""
    ref = deriver.ref(number, *letters(deriver.graph.nodes[number].axes))
    try:
        return Chain((Quantity(ref), without_ones(deriver.general.value_formula(ref))))
    except ValueError:
        whole = whole_formula(deriver.graph, number, ref.sample)
        return Chain((Quantity(ref.whole()), whole))


def instance(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return the derivations of this network's quantities."""
    return derivation_sections(deriver, wanted, _chain)


def _chain(deriver: Deriver, ref: Ref) -> Chain:
    if deriver.is_parameter(ref):
        return numbered(deriver, _parameter(deriver, ref, deriver.layer(ref)), ref)
    layer = deriver.activates(ref)
    if layer is None:
        return numbered(deriver, _from_above(deriver, ref), ref)
    if deriver.graph.has_shortcut(layer):
        return numbered(deriver, _general(deriver, ref), ref)
    if deriver.softmax_like(layer):
        return numbered(
            deriver, [Quantity(ref), deriver.delta(layer, ref.index, by_name=True)], ref
        )
    return numbered(deriver, _error(deriver, ref, layer), ref)


def _from_above(deriver: Deriver, ref: Ref) -> list[Expr]:
    """Return ∂C/∂a: the outer function's derivative at a, or the sum of what reads it."""
    forms = activation_forms(deriver, ref)
    simple = [forms[0], forms[-1]]
    layer = deriver.answers(ref)
    if layer is not None and deriver.feeds_loss(layer):
        a = Quantity(deriver.at(ref.of(), ()))
        simple.insert(1, Derivative("loss", a, ref.index))
    return simple


def _error(deriver: Deriver, ref: Ref, layer: Layer) -> list[Expr]:
    """Return δ with the activation's derivative at the weighted sum, then at z."""
    slope: Expr = deriver.slope(layer, ref.index)
    outer = deriver.error_below(layer, ref.index)
    if deriver.feeds_loss(layer):
        a = Quantity(deriver.ref(layer.a))
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

    def spelled(node: Expr) -> Expr | None:
        if not isinstance(node, Quantity) or node.ref.gradient:
            return None
        under = deriver.answers(node.ref)
        if under is None or under.a not in layer.input_nodes or deriver.softmax_like(under):
            return None
        if under.activation == "identity" or deriver.shares_name(under):
            return None
        if any(isinstance(i, Linear) for i in node.ref.index):
            return None  # where that is outside of an image a is 0, and no function of a z
        return Call(under.activation, (Quantity(deriver.ref(under.z, *node.ref.index)),))

    return [target_of(deriver, ref), substitute(simple, spelled), simple]


def _of_functions(chain: Chain) -> Chain:
    """Return ∂_kC(a) for ∂C/∂a_k, and a known σ′(z) without ∂a/∂z before it."""
    match chain.forms:
        case (Partial(), Derivative() as slope, known, *rest):
            return structs.replace(chain, forms=(slope, known, *rest))
        case (Partial(Ref(part="cost" | "loss"), a), *rest):
            own = Derivative("loss", Quantity(a.whole()), a.index)
            return structs.replace(chain, forms=(own, *rest))
    return chain


STYLE = Style(
    "function", "derivatives of outer functions at inner ones", general, instance, _of_functions
)
