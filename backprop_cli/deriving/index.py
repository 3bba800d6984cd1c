"""``index``: sums with Σ over units, each derivative of a weighted sum spelled out."""

from __future__ import annotations

from ..expression.refs import Ref
from ..worked.document import Chain, Section
from . import Style
from .deriver import Deriver
from .entries import activation_forms, derivation_sections, error_forms, numbered, parameter_forms
from .general import index_equations, stated


def general(deriver: Deriver) -> list[Section]:
    """Return the four equations by index."""
    return stated(deriver, index_equations(deriver, sums=True))


def instance(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return the derivations of this network's quantities."""
    return derivation_sections(deriver, wanted, _chain)


def _chain(deriver: Deriver, ref: Ref) -> Chain:
    if ref.part == "z":
        return numbered(deriver, error_forms(deriver, ref, sums=True), ref)
    if ref.part in ("a", "x"):
        return numbered(deriver, activation_forms(deriver, ref), ref)
    return numbered(deriver, parameter_forms(deriver, ref, sums=True), ref)


STYLE = Style("index", "sums with Σ over units", general, instance)
