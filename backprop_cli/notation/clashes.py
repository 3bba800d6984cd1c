"""Two quantities with the same symbol: found by naming every quantity of a network."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from msgspec import structs

from ..expression.indices import Index
from ..expression.refs import Ref
from .bound import Notation, bound
from .facts import Facts, Parameter
from .profile import Profile, Symbol


def _dense(widths: tuple[int, ...], *, batch: bool = False) -> Facts:
    """Return the facts of dense layers of these widths, all with one activation."""
    count = len(widths) - 1
    parameters = [
        Parameter(part, layer, shape)
        for layer in range(1, count + 1)
        for part, shape in (("W", (widths[layer], widths[layer - 1])), ("b", (widths[layer],)))
    ]
    return Facts(
        known=True,
        widths=widths,
        inputs=((), *((layer - 1,) for layer in range(1, count + 1))),
        activations=("", *("sigmoid",) * count),
        parameters=tuple(parameters),
        samples=2 if batch else 1,
        single=not batch,
        penalized=tuple(range(1, count + 1)) if batch else (),
    )


TYPICAL = (_dense((2, 1)), _dense((2, 2, 2)), _dense((2, 2, 2, 2), batch=True))
"""Networks on which every profile of a user is tried: a neuron, one and two hidden layers."""


def every_ref(facts: Facts) -> Iterator[tuple[Ref, Ref]]:
    """Yield each quantity and each entry, with the quantity that it is the same as.

    An entry of what has one entry only is the whole of it, and a linear output is its own z.
    """
    wholes = [(Ref("x"), facts.widths[:1]), (Ref("y"), facts.widths[-1:])]
    wholes += [(Ref("loss_terms"), facts.widths[-1:]), (Ref("loss"), ())]
    for layer in range(1, facts.count + 1):
        wholes += [(Ref(part, layer), (facts.widths[layer],)) for part in ("z", "a")]
    wholes += [(Ref(p.part, p.layer), p.shape) for p in facts.parameters]
    wholes += [(Ref("penalty", layer), ()) for layer in facts.penalized]
    wholes += [(Ref("data_loss"), ())] if facts.penalized else []
    wholes += [] if facts.single else [(Ref("cost"), ())]
    for whole, shape in wholes:
        linear = facts.is_linear_output and whole == Ref("a", facts.count)
        for ref, same in _entries(whole, shape, facts):
            same = structs.replace(same, part="z") if linear else same
            yield ref, same
            if whole.part in ("x", "z", "a", "W", "b"):
                yield ref.grad(), same.grad()


def _entries(whole: Ref, shape: tuple[int, ...], facts: Facts) -> Iterator[tuple[Ref, Ref]]:
    """Yield the whole and its entries, in a batch of each sample."""
    samples: list[Index | None] = [None]
    if not facts.single and whole.part in ("x", "y", "z", "a", "loss_terms", "cost"):
        samples += range(1, facts.samples + 1)
    for sample in samples:
        at = structs.replace(whole, sample=sample)
        if sample is not None or whole.part != "cost":
            yield at, at
        if sample is None and not facts.single and samples != [None]:
            continue
        for index in itertools.product(*(range(1, size + 1) for size in shape)):
            if index:
                kept = tuple(i for i, size in zip(index, shape, strict=True) if size > 1)
                yield at.at(*index), at.at(*kept)


def clashes(notation: Notation) -> list[tuple[Ref, Ref]]:
    """Return the pairs of different quantities that would be drawn alike."""
    seen: dict[tuple[object, ...], Ref] = {}
    found = []
    for ref, same in every_ref(notation.facts):
        drawn = _drawn(ref, notation)
        before = seen.setdefault(drawn, same)
        if before != same:
            found.append((before, same))
    return found


def _drawn(ref: Ref, notation: Notation) -> tuple[object, ...]:
    symbol: Symbol = notation.symbol(ref)
    below = ref.gradient and not notation.has_own_letter(ref)
    cost = notation.symbol(notation.cost_of(ref)) if below else None
    head = (symbol.prefix, symbol.accent, symbol.letter.partition("_")[0], symbol.argument)
    tail = symbol.letter.partition("_")[2] + symbol.lowered()
    return (cost, *head, symbol.raised(), tail)


def first_clash(profile: Profile) -> tuple[Ref, Ref] | None:
    """Return two quantities that a profile would draw alike in some usual network."""
    for facts in TYPICAL:
        found = clashes(bound(profile, facts))
        if found:
            return found[0]
    return None
