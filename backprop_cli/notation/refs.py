"""The quantities within a tree: found, and renamed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import structs

from ..expression.indices import Index, letters_of
from ..expression.refs import Ref
from ..expression.tree import BigSum, Diff, Expr, Known, Nabla, Partial, Quantity, Tangent
from ..expression.walking import rebuild, walk

_OWN: dict[type[Expr], Callable[[Any], tuple[Ref, ...]]] = {
    **dict.fromkeys((Quantity, Known, Tangent), lambda node: (node.ref,)),
    **dict.fromkeys((Partial, Nabla), lambda node: (node.of, node.wrt)),
    Diff: lambda node: (node.wrt,),
}
"""The quantities that a kind of node names itself."""
SECOND = "m"
"""The letter of a sum over the samples where n is one of them."""


def refs_in(node: Expr) -> tuple[Ref, ...]:
    """Return the quantities that this node names itself, not those below it."""
    own = _OWN.get(type(node))
    return own(node) if own is not None else ()


def every_ref(tree: Expr) -> tuple[Ref, ...]:
    """Return the quantities that the tree names, in the order in which it is read."""
    return tuple(ref for node in walk(tree) for ref in refs_in(node))


def first_ref(tree: Expr) -> Ref | None:
    """Return the quantity that the tree is about: the one it is, or else what ∂ is taken by."""
    if isinstance(tree, Partial | Nabla | Diff):
        return tree.wrt.grad()
    return next((refs[-1] for node in walk(tree) if (refs := refs_in(node))), None)


def own_refs_changed(node: Expr, change: Callable[[Ref], Ref]) -> Expr:
    """Return the node with the refs that it names itself changed, and nothing below it."""
    if type(node) not in _OWN:
        return node
    match node:
        case Quantity(ref) | Known(ref, _) | Tangent(ref):
            other = change(ref)
            return node if other is ref else structs.replace(node, ref=other)
        case Partial(of, wrt) | Nabla(of, wrt):
            return structs.replace(node, of=change(of), wrt=change(wrt))
        case Diff(_, wrt):
            return structs.replace(node, wrt=change(wrt))
    return node


def change_refs(
    tree: Expr,
    change: Callable[[Ref], Ref],
    count: Callable[[Index], Index] = lambda same: same,
) -> Expr:
    """Return the tree with each quantity's ref, and each Σ's count, changed."""

    def within(node: Expr) -> Expr:
        own = own_refs_changed(node, change)
        if isinstance(own, BigSum):
            counted = count(own.count)
            own = own if counted is own.count else structs.replace(own, count=counted)
        return rebuild(own, within)

    return within(tree)


def is_gradient(node: Expr, part: str = "") -> bool:
    """Return whether the leaf is a gradient (of that part), by symbol or by number."""
    if not isinstance(node, Quantity | Known) or not node.ref.gradient:
        return False
    return not part or node.ref.part == part


def with_sample(ref: Ref, letters: dict[str, str]) -> Ref:
    """Return the ref with a general sample's letter as the notation writes it."""
    if not letters_of(ref.sample):
        return ref
    return structs.replace(ref, sample=sample_letter(str(ref.sample), letters))


def sample_letter(letter: str, letters: dict[str, str]) -> str:
    """Return a general sample's letter as the notation writes it: n is its own.

    That of a sum beside a sample that is free is a letter that it uses for nothing else.
    """
    if letter != SECOND:
        return letters.get("sample", letter)
    taken = {letters.get(role) for role in ("sample", "samples", "layer", "layers")}
    return next(other for other in (letter, "s", "u", "v") if other not in taken)
