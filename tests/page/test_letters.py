"""Every equation's letters: bound, with one meaning, in the order and the numbering of its page."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ..commands.running import config
from ..graph.random_graphs import random_graph
from ..networks import Sizes, network
from .capture import NOTATIONS, Shown, every_call, network_calls, shown
from .letters import chains, faults

CALLS = tuple(every_call())
SIZES = Sizes(layers=4, units=3, samples=2, decimals=1)
counted = {"equations": 0}


def assert_sound(page: Shown, name: str) -> None:
    document, notation = page.spoken(name), page.written(name)
    counted["equations"] += sum(1 for _ in chains(document))
    found = faults(document, notation)
    assert not found, (page.call, name, found[:3])


@pytest.mark.parametrize("call", CALLS, ids=lambda call: " ".join(call).replace(config(""), ""))
def test_every_page_of_the_examples(call: tuple[str, ...]) -> None:
    page = shown(*call)
    for name in NOTATIONS if page is not None else ():
        assert page is not None
        assert_sound(page, name)


@pytest.mark.parametrize("name", NOTATIONS)
@given(seed=st.integers(0, 10**6), which=st.integers(0, 10**6))
@settings(max_examples=12, deadline=None)
def test_random_networks(name: str, seed: int, which: int) -> None:
    calls = list(network_calls("-", numbers=True, layered=True))
    page = shown(*calls[which % len(calls)], stdin=network(seed, SIZES).text)
    if page is not None:
        assert_sound(page, name)


@pytest.mark.parametrize("name", NOTATIONS)
@given(seed=st.integers(0, 10**6), which=st.integers(0, 10**6))
@settings(max_examples=8, deadline=None)
def test_random_graphs(name: str, seed: int, which: int) -> None:
    calls = list(network_calls("-", numbers=True, layered=False))
    page = shown(*calls[which % len(calls)], stdin=random_graph(seed).text)
    if page is not None:
        assert_sound(page, name)
