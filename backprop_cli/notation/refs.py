"""The quantities within a tree: found, and renamed."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from ..expression.refs import Ref
from ..expression.tree import BigSum, Diff, Expr, Known, Nabla, Partial, Quantity, Tangent
from ..expression.walking import rebuild, walk


def refs_in(node: Expr) -> tuple[Ref, ...]:
    """Return the quantities that this node names itself, not those below it."""
    match node:
        case Quantity(ref) | Known(ref, _) | Tangent(ref) | Diff(_, ref):
            return (ref,)
        case Partial(of, wrt) | Nabla(of, wrt):
            return (of, wrt)
        case _:
            return ()


def first_ref(tree: Expr) -> Ref | None:
    """Return the quantity that the tree is about: the one it is, or else what ∂ is taken by."""
    if isinstance(tree, Partial | Nabla | Diff):
        return tree.wrt.grad()
    return next((refs[-1] for node in walk(tree) if (refs := refs_in(node))), None)


def change_refs(
    tree: Expr,
    change: Callable[[Ref], Ref],
    count: Callable[[int | str], int | str] = lambda same: same,
) -> Expr:
    """Return the tree with each quantity's ref, and each Σ's count, changed."""

    def within(node: Expr) -> Expr:
        match node:
            case Quantity(ref):
                return Quantity(change(ref))
            case Tangent(ref):
                return Tangent(change(ref))
            case Known(ref, value, extra):
                return Known(change(ref), value, extra)
            case Partial(of, wrt):
                return Partial(change(of), change(wrt))
            case Nabla(of, wrt):
                return Nabla(change(of), change(wrt))
            case Diff(body, wrt):
                return Diff(within(body), change(wrt))
            case BigSum(index, many, body):
                return BigSum(index, count(many), within(body))
            case _:
                return rebuild(node, within)

    return within(tree)


def is_gradient(node: Expr, part: str = "") -> bool:
    """Return whether the leaf is a gradient (of that part), by symbol or by number."""
    if not isinstance(node, Quantity | Known) or not node.ref.gradient:
        return False
    return not part or node.ref.part == part


def with_sample(ref: Ref, letters: dict[str, str]) -> Ref:
    """Return the ref with a general sample's letter as the notation writes it."""
    if not isinstance(ref.sample, str):
        return ref
    return structs.replace(ref, sample=letters.get("sample", ref.sample))
