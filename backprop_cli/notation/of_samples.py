"""What a notation of batches says beside one sample's equations: W_i, (1/n) Σ_i W_i, x⁽ⁱ⁾."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from ..expression.refs import Ref
from ..expression.tree import ONE, BigSum, Div, Expr, Matrix, Mul, Name, Partial, Quantity
from ..expression.walking import substitute
from ..worked.document import Block, Chain, Equations
from .bound import BATCH, GIVEN, SHARES, Notation
from .costs import SAMPLES
from .refs import change_refs, first_ref


def averaged(term: Expr, notation: Notation) -> Expr:
    """Return (1/n) Σ_i of what sample i brings."""
    total = BigSum(notation.sample_letter, SAMPLES, term)
    return Mul((Div(ONE, Name(notation.letters.get("samples", "N"))), total))


def with_batch_cost(block: Equations, notation: Notation) -> Equations:
    """Return the cost of a sample with that of all: J(θ) = (1/n) Σ_i C_i."""
    if not notation.shares or not notation.facts.single or notation.facts.penalized:
        return block
    cost = block.chains[0].forms[0]
    return Equations((*block.chains, Chain((Quantity(Ref(BATCH)), averaged(cost, notation)))))


def with_shares(blocks: Sequence[Block], notation: Notation) -> tuple[Block, ...]:
    """Return the general equations, a sample's gradients named: W_i = ∂C_i/∂w, and averaged."""
    if not notation.shares or notation.facts.penalized:
        return tuple(blocks)
    own: dict[str, Chain] = {}
    totals: dict[str, Chain] = {}
    for block in blocks:
        for chain in block.chains if isinstance(block, Equations) else ():
            ref = first_ref(chain.forms[0])
            if ref is not None and ref.part in notation.shares:
                (own if chain.name else totals)[ref.part] = chain
    if not own:
        return tuple(blocks)
    named = [_named(part, chain, notation) for part, chain in own.items()]
    total = [
        _put_in(part, totals[part], notation) if part in totals else _total(part, chain, notation)
        for part, chain in own.items()
    ]
    kept = tuple(_without_totals(block) for block in blocks)
    at = max(i for i, block in enumerate(kept) if isinstance(block, Equations)) + 1
    return (*kept[:at], Equations((*named, *total)), *kept[at:])


def _without_totals(block: Block) -> Block:
    if not isinstance(block, Equations):
        return block
    return Equations(tuple(chain for chain in block.chains if chain.name))


def _named(part: str, chain: Chain, notation: Notation) -> Chain:
    return Chain((_share(part, chain, notation), chain.forms[0]), ranges=chain.ranges)


def _share(part: str, chain: Chain, notation: Notation) -> Quantity:
    """Return W_i, which is of the entry that the chain is about, though it says the sample only."""
    ref = first_ref(chain.forms[0])
    assert ref is not None
    return Quantity(Ref(SHARES + part, ref.layer, False, notation.sample_letter, ref.index))


def _put_in(part: str, total: Chain, notation: Notation) -> Chain:
    """Return the gradient over the batch, W_i put in for ∂C_i/∂w."""
    share = _share(part, total, notation)
    forms = (
        substitute(f, lambda n: share if isinstance(n, Partial) else None) for f in total.forms
    )
    return structs.replace(total, forms=tuple(forms))


def _total(part: str, chain: Chain, notation: Notation) -> Chain:
    ref = first_ref(chain.forms[0])
    assert ref is not None
    left = Partial(Ref(BATCH), ref.of())
    return Chain((left, averaged(_share(part, chain, notation), notation)), ranges=chain.ranges)


def input_as_activation(chain: Chain) -> Chain:
    """Return a¹ = z¹ = x⁽ⁱ⁾, entry by entry, for a¹ = (its entries)."""
    forms = chain.forms
    whole = forms[0].ref if isinstance(forms[0], Quantity) else None
    if whole is None or not _is_input(whole, forms):
        return chain
    before = tuple(_renamed(form, Ref("z", 0)) for form in forms[:2])
    given = _renamed(forms[1], Ref(GIVEN))
    return structs.replace(chain, forms=(*forms[:2], *before, given, *forms[2:]))


def _is_input(ref: Ref, forms: tuple[Expr, ...]) -> bool:
    return ref.part == "x" and not ref.gradient and len(forms) > 1 and isinstance(forms[1], Matrix)


def _renamed(tree: Expr, to: Ref) -> Expr:
    def change(ref: Ref) -> Ref:
        return structs.replace(ref, part=to.part, layer=to.layer) if ref.part == "x" else ref

    return change_refs(tree, change)
