"""Whatever numbers a network's file gives stand under Given, on every page that works with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import Struct, structs

from backprop_cli.api import loads
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Quantity
from backprop_cli.worked.given import given_sections

from ..layers.test_contract import EXAMPLES

STARTS = "type: lstm, initial: {h: [1], c: [0.5]}, weights: [[1], [1], [1], [1]], bias: none"
EXTRA = {
    "states before the first step": f"""\
input: [[1], [2]]
target: [[0], ~]
loss: squared_error
layers:
  - {{{STARTS}, recurrent_weights: [[1], [1], [1], [1]]}}
"""
}
NETWORKS = EXAMPLES | EXTRA


def quantities(part: Any) -> Iterator[Ref]:
    """Yield every quantity that stands somewhere in blocks."""
    if isinstance(part, Quantity):
        yield part.ref
    elif isinstance(part, Struct):
        for each in structs.astuple(part):
            yield from quantities(each)
    elif isinstance(part, tuple | list):
        for each in part:
            yield from quantities(each)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_given_number(name: str) -> None:
    """The data, the parameters, masks, statistics, states, how much steps count."""
    graph = loads(NETWORKS[name])
    shown = {structs.replace(r, sample=None, index=()) for r in quantities(given_sections(graph))}
    own = (graph.nodes[leaf].ref for leaf, given in graph.given.items() if given is not None)
    assert set(own) <= shown
