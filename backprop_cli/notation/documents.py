"""A document in a notation: every chain and expression adapted, nothing else touched."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, structs

from ..expression.refs import Ref, plain_name, turned
from ..expression.tree import Expr, Matrix, Quantity
from ..spec.profile import Profile
from ..worked.document import Block, Chain, Document, Equations, Math, Picture, Section, Text
from .adapting import adapt, adapt_ranges
from .bound import Notation, bound
from .orientation import is_turned
from .refs import first_ref

_AS_THEY_ARE = (str, int, float, Ref, Expr, Picture, type(None))
"""What no notation changes where it stands by itself."""


def in_notation(document: Document, profile: Profile) -> Document:
    """Return the document with its mathematics rewritten for the notation."""
    notation = profile if isinstance(profile, Notation) else bound(profile)
    changed: Document = _changed(document, notation)
    return changed


def _changed(part: Any, notation: Notation, about: Ref | None = None) -> Any:
    """Return the part rewritten; labels beside a weight's equation are read with it."""
    if isinstance(part, _AS_THEY_ARE):
        return part
    if isinstance(part, Section):
        about = _weight_of(part)
        if part.id == "given" and notation.units is not None:
            in_out = notation.facts.in_out
            blocks = tuple(_entry_by_entry(block, in_out=in_out) for block in part.blocks)
            part = structs.replace(part, blocks=blocks)
    if isinstance(part, Chain):
        ranges = adapt_ranges(part.ranges, part.forms, notation)
        forms, name = adapt(part.forms, notation), part.name
        if not name.isdigit() and is_turned(part.forms, notation):
            name = ""
        return structs.replace(part, forms=forms, ranges=ranges, name=name)
    if isinstance(part, Math):
        return Math(adapt((part.expr,), notation, about)[0])
    if isinstance(part, Text) and part.turned and notation.turns_weights:
        return Text(part.turned)
    if isinstance(part, Text) and part.pieces:
        numbers = (notation.layer_number(p) if isinstance(p, int) else p for p in part.pieces)
        return Text("".join(map(str, numbers)))
    if isinstance(part, tuple):
        return tuple(_changed(inner, notation, about) for inner in part)
    if isinstance(part, Struct):
        fields = {name: getattr(part, name) for name in part.__struct_fields__}
        new = {name: _changed(value, notation, about) for name, value in fields.items()}
        if any(new[name] is not value for name, value in fields.items()):
            return structs.replace(part, **new)
    return part


def _entry_by_entry(block: Block, *, in_out: bool) -> Block:
    """Return given parameters one by one, where each has a letter of its own."""
    if not isinstance(block, Equations):
        return block
    found = (chain for each in block.chains for chain in _entries(each, in_out=in_out))
    return Equations(tuple(found))


def _entries(chain: Chain, *, in_out: bool) -> list[Chain]:
    target, last = chain.target, chain.forms[-1]
    if target is None or target.part not in ("W", "b") or not isinstance(last, Matrix):
        return [chain]
    weights = target.part == "W"
    found = []
    for i, row in enumerate(last.rows, 1):
        for j, number in enumerate(row, 1):
            index = turned(target.part, (i, j), in_out) if weights else (max(i, j),)
            entry = target.at(*index)
            found.append(Chain((Quantity(entry), number), plain_name(entry, in_out)))
    return found


def _weight_of(section: Section) -> Ref | None:
    """Return the weight (or bias) whose gradient the section's first equation gives, if it does."""
    first = next((b for b in section.blocks if isinstance(b, Equations) and b.chains), None)
    target = first_ref(first.chains[0].forms[0]) if first is not None else None
    weights = target is not None and target.gradient and target.part in ("W", "b")
    return target if weights else None
