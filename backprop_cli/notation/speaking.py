"""A document in a notation: every chain and expression adapted, nothing else touched."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, structs

from ..expression.tree import Expr
from ..worked.document import Chain, Document, Math
from .adapting import adapt, adapt_ranges
from .bound import Notation, bound
from .profile import Profile


def in_notation(document: Document, profile: Profile) -> Document:
    """Return the document with its mathematics rewritten for the notation."""
    notation = profile if isinstance(profile, Notation) else bound(profile)
    changed: Document = _changed(document, notation)
    return changed


def _changed(part: Any, notation: Notation) -> Any:
    if isinstance(part, Chain):
        ranges = adapt_ranges(part.ranges, part.forms, notation)
        return structs.replace(part, forms=adapt(part.forms, notation), ranges=ranges)
    if isinstance(part, Math):
        return Math(adapt((part.expr,), notation)[0])
    if isinstance(part, tuple):
        return tuple(_changed(inner, notation) for inner in part)
    if isinstance(part, Struct) and not isinstance(part, Expr):
        fields = {name: getattr(part, name) for name in part.__struct_fields__}
        new = {name: _changed(value, notation) for name, value in fields.items()}
        if any(new[name] is not value for name, value in fields.items()):
            return structs.replace(part, **new)
    return part
