"""A document in a notation: every chain and expression adapted, nothing else touched."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from ..expression.refs import Ref, plain_name, turned
from ..expression.tree import Expr, Known, Matrix, Partial, Quantity
from ..expression.walking import walk
from ..spec.profile import Profile
from ..worked.document import (
    Block,
    Chain,
    Document,
    Equations,
    Math,
    Section,
    Text,
    is_number,
    with_inner,
)
from .adapting import adapt, adapt_ranges
from .bound import Notation, bound
from .costs import as_functions
from .legend import of_indices, of_numbers, with_meanings
from .refs import first_ref


def in_notation(document: Document, profile: Profile) -> Document:
    """Return the document with its mathematics rewritten for the notation."""
    notation = profile if isinstance(profile, Notation) else bound(profile)
    blocks = with_meanings(document.blocks, notation, of_numbers)
    if notation.equations:
        from .numbering import with_numbers

        blocks = with_numbers(blocks, notation)
    blocks = with_meanings(_changed(blocks, notation), notation, of_indices, once=document.brief)
    return structs.replace(document, blocks=blocks)


def _changed(part: Any, notation: Notation, about: Ref | None = None) -> Any:
    """Return the part rewritten; labels beside a weight's equation are read with it."""
    if isinstance(part, Section):
        about = _weight_of(part)
        if part.id == "given" and notation.units is not None:
            in_out = notation.facts.in_out
            blocks = tuple(_entry_by_entry(block, in_out=in_out) for block in part.blocks)
            part = structs.replace(part, blocks=blocks)
        inner = _changed(part.blocks, notation, about)
        return structs.replace(
            part,
            title=_changed(part.title, notation, about),
            blocks=_stated(part.id, inner, notation),
        )
    if isinstance(part, Chain):
        ranges = adapt_ranges(part.ranges, part.forms, notation)
        forms, name = adapt(part.forms, notation), part.name
        if notation.turns_weights and not is_number(name):
            from .orientation import is_turned

            name = "" if is_turned(part.forms) else name
        relation = _relation(part, notation)
        changed = structs.replace(part, forms=forms, ranges=ranges, name=name, relation=relation)
        if not notation.data_of_sample:
            return changed
        from .of_samples import input_as_activation

        return input_as_activation(changed)
    if isinstance(part, Math):
        return Math(adapt((part.expr,), notation, about)[0])
    if isinstance(part, Text):
        if part.turned and notation.turns_weights:
            return Text(part.turned, lettered=part.lettered)
        if not part.pieces:
            return part
        numbers = (notation.layer_number(p) if isinstance(p, int) else p for p in part.pieces)
        return structs.replace(part, text="".join(map(str, numbers)), pieces=())
    return with_inner(part, lambda inner: _changed(inner, notation, about))


def _relation(chain: Chain, notation: Notation) -> str:
    """Return what stands before the first form: the sign of a definition where it is one."""
    target = chain.target
    if chain.relation != "=" or target is None or target.layer is None:
        return chain.relation
    if target.gradient:
        own = notation.has_own_letter(target)
        return notation.delta_definition if own and _is_derivative(chain.forms[1:2]) else "="
    return notation.definition if _defines(chain, target, notation) else "="


def _is_derivative(forms: tuple[Expr, ...]) -> bool:
    """Return whether the form is a derivative of the cost as a whole: ∂C/∂z, not a product."""
    return any(isinstance(form, Partial) and form.of.part in ("cost", "loss") for form in forms)


def _defines(chain: Chain, target: Ref, notation: Notation) -> bool:
    """Return whether the chain says by a formula in letters what a value of the pass forward is."""
    kind = notation.facts.kinds.get(target.part, target.part)
    return kind in ("z", "a") and not any(
        isinstance(node, Known) for form in chain.forms[1:] for node in walk(form)
    )


def _stated(section: str, blocks: tuple[Block, ...], notation: Notation) -> tuple[Block, ...]:
    """Return a section's blocks with what the notation states beside them of costs, of samples."""
    if section not in ("general", "cost"):
        return blocks
    from .of_samples import with_batch_cost, with_shares

    if section == "general":
        return with_shares(blocks, notation)
    first, *rest = blocks
    if not isinstance(first, Equations):
        return blocks
    stated = with_batch_cost(first, notation).chains
    functions = (structs.replace(c, forms=as_functions(c.forms, notation)) for c in stated)
    return (Equations(tuple(functions)), *rest)


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
