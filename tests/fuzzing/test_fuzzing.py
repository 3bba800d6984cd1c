"""A little of the fuzzer in each run, the same cases; ``python -m tests.fuzzing`` has more."""

from __future__ import annotations

import pytest

from backprop_cli import api

from ..pairing import has_turn
from .cases import Case, case, smaller
from .command_lines import every_value
from .enumerating import of_kind
from .kinds import kinds
from .mutating import parts
from .seeds import seeds
from .trees import Pairs, text_of, tree_of

CHUNKS = [range(start, start + 15) for start in range(0, 60, 15)]


@pytest.mark.parametrize("seeds_of_cases", CHUNKS, ids=str)
def test_mutated_networks_end_well(seeds_of_cases: range) -> None:
    for seed in seeds_of_cases:
        found = case(seed)
        came = found.run()
        if came.fault:
            least = smaller(found, came.fault)
            pytest.fail(f"{came.fault}: python -m tests.fuzzing --only --seed {seed}\n{least}")


def test_every_value_of_every_option_ends_well() -> None:
    """On every kind of network; of some a few here, ``--enumerate options`` runs all."""
    for i, text in enumerate(kinds().values()):
        for j, words in enumerate(every_value(text) if has_turn(i, 8) else ()):
            if has_turn(i + j, 251) and "pdf" not in words:
                came = of_kind(text, tuple(words)).run()
                assert (came.fault, came.detail) == ("", ""), (words, text)


WITHOUT_INPUT = (
    ("diagram", "-", "--format", "svg"),
    ("diagram", "-", "--kind", "computation"),
    ("derive", "-", "--format", "html"),
    ("describe", "-", "--as-graph"),
)


def test_a_network_without_its_input_ends_well() -> None:
    """Where only numbers say what is read, the word of a lookup, a picture leads from all."""
    for i, (name, text) in enumerate(kinds().items()):
        tree = Pairs(pair for pair in tree_of(text) if pair[0] != "input")
        for j, words in enumerate(WITHOUT_INPUT):
            if has_turn(i + 5 * j, 12) or name in ("embedding", "words that are unknown"):
                came = Case(words, tree).run()
                assert (came.fault, came.detail) == ("", ""), (words, name)


def test_a_tree_is_written_as_it_was_read() -> None:
    for tree in seeds():
        assert tree_of(text_of(tree)) == tree
    assert any(isinstance(part, Pairs) for part in parts())


def test_most_seeds_are_networks() -> None:
    assert sum(api.loads(text_of(tree), "net.yaml") is not None for tree in seeds()[:40]) == 40
