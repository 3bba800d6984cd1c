"""``leibniz``: products of ∂'s along the chain, then what each of them is."""

from __future__ import annotations

import functools

from msgspec import structs

from ..expression.refs import Ref, plain_name
from ..expression.tree import Expr, Mul, Partial, Quantity, add, mul
from ..graph.parts import Layer
from ..worked.document import Chain, Section
from ..worked.entry_steps import evaluated
from ..worked.trace.cells import settled
from . import Style
from .deriver import Deriver
from .entries import derivation_sections
from .forms import activation_forms, gradient_forms, numbered, parameter_forms, target_of
from .general import stated


def general(deriver: Deriver) -> list[Section]:
    """Return the four equations as products of partial derivatives."""
    return stated(deriver, functools.partial(gradient_forms, general=True))


def instance(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return the derivations of this network's quantities."""
    asked = {ref for ref in wanted if ref.index}

    def local(deriver: Deriver, ref: Ref) -> list[Chain]:
        if deriver.activates(ref) is not None:
            return _factors(deriver, ref)
        one = structs.replace(ref.grad(), sample=None)
        apart = deriver.graph.kind(ref) == "weight" and deriver.is_affine(deriver.layer(ref))
        if not apart or one not in asked:
            return []
        return [_weight_factor(deriver, ref), *_whole_way(deriver, ref)]

    return derivation_sections(deriver, wanted, _chain, local)


def _factors(deriver: Deriver, ref: Ref) -> list[Chain]:
    """Return ∂C/∂a_j at the output, and ∂a_j/∂z_j, with their numbers."""
    layer = deriver.layer(ref)
    if deriver.graph.has_shortcut(layer) or deriver.softmax_like(layer):
        return []
    a = deriver.ref(layer.a, *ref.index)
    found = []
    if deriver.feeds_loss(layer) and layer.activation != "identity":
        found.append(numbered(deriver, activation_forms(deriver, a.grad()), a.grad()))
    if layer.activation != "identity":
        z = ref.of()
        written = deriver.slope_written(layer, ref.index)
        found.append(_worked(deriver, Partial(a, z), written))
    return found


def _weight_factor(deriver: Deriver, ref: Ref) -> Chain:
    """Return ∂z_j/∂w_jk = a_k with its number."""
    z = deriver.ref(deriver.layer(ref).z, *ref.index[:1])
    local = Partial(z, ref.of())
    return _worked(deriver, local, deriver.local(local))


def _whole_way(deriver: Deriver, ref: Ref) -> list[Chain]:
    """Return ∂C/∂w = ∂C/∂a · ∂a/∂z · ∂z/∂w with its three numbers, where three factors they are."""
    if deriver.trace is None or not deriver.is_parameter(ref) or not ref.index:
        return []
    layer = deriver.layer(ref)
    if not deriver.is_affine(layer) or deriver.graph.penalties:
        return []
    product = _product(deriver, ref, layer)
    if not isinstance(product, Mul) or len(product.factors) < 3:
        return []
    value = deriver.gradient_value(ref.grad())
    return [evaluated((target_of(deriver, ref), product), deriver.numbers(product), value)]


def _worked(deriver: Deriver, local: Partial, written: Expr) -> Chain:
    """Return a local derivative, its formula, the formula's numbers and the value."""
    put = settled(deriver.require(), deriver.numbers(written))
    in_out = deriver.graph.in_out
    name = f"d{plain_name(local.of, in_out)}/d{plain_name(local.wrt, in_out)}"
    return evaluated((local, written), put, deriver.partial_value(local), name)


def _chain(deriver: Deriver, ref: Ref) -> Chain:
    if deriver.is_parameter(ref):
        return _parameter(deriver, ref)
    return numbered(deriver, gradient_forms(deriver, ref), ref)


def _parameter(deriver: Deriver, ref: Ref) -> Chain:
    """Return ∂C/∂w = ∂C/∂a · ∂a/∂z · ∂z/∂w = δ · ∂z/∂w = δ a, with its numbers."""
    forms = parameter_forms(deriver, ref)
    layer = deriver.layer(ref)
    plain = not ref.index or layer.z not in deriver.writer.reached
    if plain or not deriver.is_affine(layer):
        return numbered(deriver, forms, ref)
    z = deriver.ref(layer.z, *ref.index[:1])
    local, product = Partial(z, ref.of()), _product(deriver, ref, layer)
    start: list[Expr] = [product, mul(Quantity(z.grad()), local)]
    added = deriver.penalty(ref) if deriver.graph.single else None
    if added is not None:
        start = [add(product, added[0]), add(start[1], added[1])]
    shown: list[Expr] = [forms[0], *start, *forms[2:]]
    return numbered(deriver, shown, ref)


def _product(deriver: Deriver, ref: Ref, layer: Layer) -> Expr:
    """Return ∂C/∂z · ∂z/∂w, at the output ∂C/∂a · ∂a/∂z · ∂z/∂w."""
    z = deriver.ref(layer.z, *ref.index[:1])
    local = Partial(z, ref.of())
    simple = layer.activation == "identity" or deriver.softmax_like(layer)
    if not deriver.feeds_loss(layer) or simple:
        return mul(Partial(deriver.cost(z), z), local)
    a = deriver.ref(layer.a, *z.index)
    return mul(Partial(deriver.cost(a), a), Partial(a, z), local)


STYLE = Style("leibniz", "products of ∂'s along the chain", general, instance)
