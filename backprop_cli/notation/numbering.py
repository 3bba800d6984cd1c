"""The numbers that a source gives to the general equations: (BP1) to (BP4), Equation 1 to 4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import structs

from ..expression.tree import Expr
from ..worked.document import Chain, Document, Equations, Section
from .bound import Notation
from .refs import first_ref


def numbers_of(document: Document, notation: Notation) -> dict[str, str]:
    """Return the source's number for each of ours; none where it has none for one of them."""
    found: dict[str, str] = {}
    for chain in _general(document.blocks):
        label = notation.equations.get(_about(chain.forms[0]))
        if label is None:
            return {}
        found[chain.name] = label
    return found if len(set(found.values())) == len(found) else {}


def in_order(equations: Equations, numbers: Mapping[str, str]) -> Equations:
    """Return numbered equations in the order of the source."""
    chains = equations.chains
    ours = [chain for chain in chains if chain.name in numbers]
    if not ours:
        return equations
    others = [chain for chain in chains if chain.name not in numbers]
    return Equations((*sorted(ours, key=lambda chain: numbers[chain.name]), *others))


def renumbered(chain: Chain, numbers: Mapping[str, str]) -> Chain:
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
