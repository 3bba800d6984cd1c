"""Every equation on the page is true: all forms of it have one value, in every notation.

By default each call is read in its own notation, every other one in one more that goes round;
random networks and graphs are few. ``PAGE=all`` reads every call in every notation,
``PAGE_SEEDS=200`` that many random files of each kind (``PAGE_SEED`` is the first).
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..commands.running import EXAMPLES
from ..graph.random_graphs import random_graph
from ..networks import Sizes, network
from .capture import EXERCISES, NOTATIONS, calls_of, network_calls, shown
from .counting import counted
from .pages import page
from .truth import Tally

ALL = os.environ.get("PAGE") == "all"
SEEDS = int(os.environ.get("PAGE_SEEDS", "6"))
FIRST = int(os.environ.get("PAGE_SEED", "5000"))
CALLS = 6
"""Calls of a random file that are read."""
SMALL = Sizes(layers=4, units=3, samples=3, decimals=2)
"""Random networks: what a page of them takes."""

LEFT_OUT = "what is left out: …"
MOST_UNKNOWN = {
    LEFT_OUT: 0.02,
    "a part: that occurs twice": 0.01,
    # What the letters of some notations make unclear.
    "a letter of two meanings": 0.05,
    "a free letter that the target lacks": 0.02,
    "no admissible index": 0.01,
    # Of arrays in a graph: paths multiply derivatives that have four indices, and e₁ is a unit
    # vector as long as its surroundings.
    "a derivative of an array by an array": 0.05,
    "a product of derivatives of arrays": 0.05,
    "a name: e": 0.05,
    "a name: mu": 0.02,
    "a name: P": 0.02,
}
"""How much of what is checked may have no value, by its kind: nothing of any other kind."""


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


def is_nearly_all(tally: Tally) -> None:
    """Assert that hardly anything could not be evaluated, and count what could."""
    counted("values", tally.held)
    for kind, count in tally.unknown.items():
        assert count <= max(2, MOST_UNKNOWN.get(kind, 0) * tally.held), (kind, tally.unknown)
        assert kind in MOST_UNKNOWN, tally.unknown


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_page_of_an_example(name: str) -> None:
    tally = tallied(calls_of(name), EXAMPLES.index(name))
    assert tally.held > 30
    is_nearly_all(tally)


def test_exercises() -> None:
    is_nearly_all(tallied(EXERCISES, 0))


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
