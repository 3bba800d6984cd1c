"""``index``: sums with Σ over units, each derivative of a weighted sum spelled out."""

from __future__ import annotations

import functools

from ..expression.refs import Ref
from ..worked.document import Chain, Section
from . import Style
from .deriver import Deriver
from .entries import derivation_sections
from .forms import gradient_forms, numbered
from .general import stated


def general(deriver: Deriver) -> list[Section]:
    """Return the four equations by index."""
    return stated(deriver, functools.partial(gradient_forms, sums=True, general=True))


def instance(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return the derivations of this network's quantities."""
    return derivation_sections(deriver, wanted, _chain)


def _chain(deriver: Deriver, ref: Ref) -> Chain:
    return numbered(deriver, gradient_forms(deriver, ref, sums=True), ref)


STYLE = Style("index", "sums with Σ over units", general, instance)
