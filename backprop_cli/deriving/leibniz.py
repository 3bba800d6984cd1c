"""``leibniz``: products of ∂'s along the chain, then what each of them is."""

from __future__ import annotations

from ..expression.refs import Ref
from ..expression.tree import Expr, Number, Partial, Quantity, mul
from ..graph.names import plain_name
from ..worked.document import Chain, Section
from . import Style
from .deriver import Deriver
from .entries import (
    activation_forms,
    derivation_sections,
    distinct,
    error_forms,
    numbered,
    parameter_forms,
)
from .general import index_equations, stated


def general(deriver: Deriver) -> list[Section]:
    """Return the four equations as products of partial derivatives."""
    return stated(deriver, index_equations(deriver, sums=False))


def instance(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return the derivations of this network's quantities."""
    return derivation_sections(deriver, wanted, _chain)


def _chain(deriver: Deriver, ref: Ref) -> Chain:
    if ref.part in ("a", "x"):
        return numbered(deriver, activation_forms(deriver, ref), ref)
    if ref.part == "z":
        return numbered(deriver, error_forms(deriver, ref, sums=False), ref)
    return _parameter(deriver, ref)


def _parameter(deriver: Deriver, ref: Ref) -> Chain:
    """Return ∂C/∂w = ∂C/∂a · ∂a/∂z · ∂z/∂w = δ · ∂z/∂w = δ a, with the factors' numbers."""
    forms = parameter_forms(deriver, ref, sums=False)
    layer = deriver.layer(ref)
    if not ref.index:
        return numbered(deriver, forms, ref)
    z = deriver.at(Ref("z", layer.index), ref.index[:1])
    local = Partial(z, ref.of())
    product = forms[1]
    simple = layer.activation == "identity" or deriver.softmax_like(layer)
    factored = deriver.feeds_loss(layer) and not simple
    if factored:
        a = Ref("a", layer.index, False, z.sample, z.index)
        product = mul(Partial(deriver.cost(), a), Partial(a, z), local)
    shown: list[Expr] = [forms[0], product, mul(Quantity(z.grad()), local), *forms[2:]]
    letters = any(isinstance(i, str) for i in ref.index)
    if deriver.trace is None or letters:
        return Chain(tuple(distinct(shown)))
    value = Number(deriver.value_of(deriver.numbers(forms[-1])))
    name = plain_name(ref, deriver.graph.in_out)
    return Chain((*distinct(shown), deriver.numbers(product), value), name)


STYLE = Style("leibniz", "products of ∂'s along the chain", general, instance)
