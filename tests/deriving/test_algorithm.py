"""What the three phases read is given, or assigned before: an algorithm can be followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from backprop_cli.deriving.derivation import Asked, derivation
from backprop_cli.expression.refs import Ref
from backprop_cli.graph.records import Graph
from backprop_cli.worked.document import Block, Chain, Equations, Section

from ..layers.test_contract import EXAMPLES
from ..networks import loads


def _assignments(blocks: tuple[Block, ...]) -> list[Chain]:
    found: list[Chain] = []
    for block in blocks:
        if isinstance(block, Section):
            found += _assignments(block.blocks) if block.id.endswith("-here") else []
        elif isinstance(block, Equations):
            found += [chain for chain in block.chains if chain.relation == "←"]
    return found


def _bare(ref: Ref) -> Ref:
    return Ref(ref.part, ref.layer, ref.gradient)


def _in_one_loop(graph: Graph, one: Ref, other: Ref) -> bool:
    """Return whether a state reads the step before, or its gradient the step after."""
    numbers = {graph.number(one.of()), graph.number(other.of())}
    return any(all(number in loop for number in numbers) for loop in graph.loops)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_what_is_read_was_assigned(name: str, tmp_path: Path) -> None:
    graph = loads(EXAMPLES[name])
    chains = _assignments(derivation(graph, Asked(style="algorithm")).document.blocks)
    given = {_bare(graph.nodes[number].ref) for number in graph.given}
    targets = {_bare(chain.target) for chain in chains if chain.target is not None}
    known = set(given)
    for chain in chains:
        own = chain.target  # none of a sample's own part of a parameter's gradient
        for ref in map(_bare, chain.uses):
            later = own is not None and ref in targets and _in_one_loop(graph, ref, own)
            assert ref in known or later or (own and ref == _bare(own)), (chain.forms[0], ref)
        known |= set() if own is None else {_bare(own)}
    assert known > given
