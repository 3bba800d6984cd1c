"""Every equation on the page is true: all forms of it have one value, in every notation.

Pages of the examples are in ``test_examples.py``. By default random networks and graphs are few:
``PAGE_SEEDS=200`` takes that many of each kind (``PAGE_SEED`` is the first).
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..graph.random_graphs import random_graph
from ..networks import Sizes, network
from ..pairing import ALL
from .capture import NOTATIONS, network_calls, shown
from .counting import counted
from .pages import page
from .truth import Tally
from .unknown import is_nearly_all

SEEDS = int(os.environ.get("PAGE_SEEDS", "4"))
FIRST = int(os.environ.get("PAGE_SEED", "5000"))
CALLS = 6
"""Calls of a random file that are read."""
SMALL = Sizes(layers=4, units=3, samples=3, decimals=2)
"""Random networks: what a page of them takes."""


def tallied(calls: Iterator[tuple[str, ...]] | tuple[tuple[str, ...], ...], start: int) -> Tally:
    """Return what the pages of some calls give: in their own notation, and in others."""
    total = Tally()
    for number, call in enumerate(calls, start):
        made = shown(*call)
        if made is None:
            continue
        one = () if number % 2 else (NOTATIONS[number // 2 % len(NOTATIONS)],)
        for notation in ("", *(NOTATIONS if ALL else one)):
            found = page(made, notation)
            assert not found.faults, (call, notation, found.faults[0])
            total.add(found)
    return total


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_random_networks(seed: int, tmp_path: Path) -> None:
    drawn = network(seed, SMALL)
    is_nearly_all(of_a_file(drawn.text, seed, tmp_path, layered=True))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_random_graphs(seed: int, tmp_path: Path) -> None:
    is_nearly_all(of_a_file(random_graph(seed).text, seed, tmp_path, layered=False))


@pytest.mark.parametrize("power", [1, 2, 3, 4, 5])
def test_powers_of_a_difference(power: int, tmp_path: Path) -> None:
    """(a − y)² is (y − a)² in some letters; an odd power is not."""
    path = tmp_path / "net.yaml"
    path.write_text(
        f"input: [0.5, -1]\ntarget: [0.25]\nloss: {{expression: 'sum((a - y)**{power})'}}\n"
        "layers:\n  - {weights: [[1, 2]], bias: [0.5]}\n",
        encoding="utf-8",
    )
    for call in (("trace", str(path)), ("trace", str(path), "--steps"), ("derive", str(path))):
        made = shown(*call)
        assert made is not None
        for notation in NOTATIONS:
            found = page(made, notation)
            assert not found.faults, (call, notation, found.faults[0])
            counted("values", found.held)


def of_a_file(text: str, seed: int, folder: Path, *, layered: bool) -> Tally:
    """Return what some pages of a random file give."""
    path = folder / f"{seed}.yaml"
    path.write_text(text, encoding="utf-8")
    calls = list(network_calls(str(path), numbers=True, layered=layered))
    return tallied(tuple(random.Random(seed).sample(calls, CALLS)), seed)
