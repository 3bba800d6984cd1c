"""A little of the fuzzer in each run, the same cases; ``python -m tests.fuzzing`` has more."""

from __future__ import annotations

import pytest

from backprop_cli import api

from .cases import case, smaller
from .command_lines import every_value
from .mutating import parts
from .outcomes import outcome
from .seeds import seeds
from .trees import Pairs, text_of, tree_of

NETWORK = """\
input: [[1, -0.5], [0.25, 2]]
target: [[1], [0]]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {name: h, activation: tanh, weights: [[0.5, -1], [1, 0.25]], bias: [0.1, -0.2]}
  - {activation: sigmoid, weights: [[1, -0.5]], bias: [0.3]}
"""
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
    """One by one, on one network; every thirteenth in a run."""
    as_text = [words for words in every_value() if "pdf" not in words]
    for words in as_text[::13]:
        came = outcome(words, NETWORK)
        assert (came.fault, came.detail) == ("", ""), words


def test_a_tree_is_written_as_it_was_read() -> None:
    for tree in seeds():
        assert tree_of(text_of(tree)) == tree
    assert any(isinstance(part, Pairs) for part in parts())


def test_most_seeds_are_networks() -> None:
    assert sum(api.loads(text_of(tree), "net.yaml") is not None for tree in seeds()[:40]) == 40
