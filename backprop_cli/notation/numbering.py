"""The numbers that a source gives to the general equations: (BP1) to (BP4), Equation 1 to 4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import structs

from ..expression.tree import Expr
from ..worked.document import (
    Block,
    Chain,
    Cited,
    Equations,
    Paragraph,
    Section,
    Text,
    with_layers,
)
from .bound import Notation
from .refs import first_ref


def with_numbers(blocks: tuple[Block, ...], notation: Notation) -> tuple[Block, ...]:
    """Return the blocks with the source's numbers of the general equations, where it has all."""
    numbers = _numbers_of(blocks, notation)
    return tuple(_numbered(block, numbers) for block in blocks) if numbers else blocks


def _numbered(part: Any, numbers: dict[str, str]) -> Any:
    """Return the part with the source's numbers."""
    if isinstance(part, tuple):
        return tuple(_numbered(inner, numbers) for inner in part)
    if isinstance(part, Equations):
        chains = _in_order(part, numbers).chains
        return Equations(tuple(_renumbered(chain, numbers) for chain in chains))
    if isinstance(part, Section):
        return structs.replace(part, blocks=_numbered(part.blocks, numbers))
    if isinstance(part, Paragraph):
        return structs.replace(part, line=_numbered(part.line, numbers))
    if isinstance(part, Text) and any(isinstance(piece, Cited) for piece in part.pieces):
        cited = [piece.number for piece in part.pieces if isinstance(piece, Cited)]
        ours = sorted(numbers.get(number, number) for number in cited)
        each = iter(ours)
        said = with_layers(tuple(next(each) if isinstance(p, Cited) else p for p in part.pieces))
        return structs.replace(said, cites=tuple(ours))
    return part


def _numbers_of(blocks: tuple[Block, ...], notation: Notation) -> dict[str, str]:
    """Return the source's number for each of ours; none where it has none for one of them."""
    found: dict[str, str] = {}
    for chain in _general(blocks):
        label = notation.equations.get(_about(chain.forms[0]))
        if label is None:
            return {}
        found[chain.name] = label
    return found if len(set(found.values())) == len(found) else {}


def _in_order(equations: Equations, numbers: Mapping[str, str]) -> Equations:
    """Return numbered equations in the order of the source."""
    chains = equations.chains
    ours = [chain for chain in chains if chain.name in numbers]
    if not ours:
        return equations
    others = [chain for chain in chains if chain.name not in numbers]
    return Equations((*sorted(ours, key=lambda chain: numbers[chain.name]), *others))


def _renumbered(chain: Chain, numbers: Mapping[str, str]) -> Chain:
    """Return a chain with the source's number."""
    return structs.replace(chain, name=numbers.get(chain.name, chain.name))


def _about(form: Expr) -> str:
    """Return what an equation is of: the output's error, a hidden one, a parameter's gradient."""
    ref = first_ref(form)
    if ref is None or ref.part != "z":
        return ref.part if ref is not None else ""
    return "output" if ref.layer == "L" else "hidden"


def _general(part: Any) -> Iterator[Chain]:
    if isinstance(part, Section):
        yield from _general(part.blocks)
    elif isinstance(part, tuple):
        for inner in part:
            yield from _general(inner)
    elif isinstance(part, Equations):
        yield from (chain for chain in part.chains if chain.name.isdigit())
