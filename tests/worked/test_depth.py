"""Many layers: the work grows as they do, and the page does not."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_cli.deriving.derivation import Asked, derivation
from backprop_cli.graph.records import Graph
from backprop_cli.passes.health.norms import spectral_norm
from backprop_cli.passes.run import run
from backprop_cli.worked.describe.describe_document import describe_document
from backprop_cli.worked.document import Block, Note, Section
from backprop_cli.worked.trace.options import view_of
from backprop_cli.worked.trace.trace_document import trace_document

from ..networks import loads


def _chain(layers: int) -> Graph:
    one = "  - {activation: tanh, weights: [[0.9]], bias: [0.1]}\n"
    return loads(f"input: [0.5]\ntarget: [0.3]\nloss: half_squared_error\nlayers:\n{one * layers}")


def _lines(run_it: Callable[[], object]) -> int:
    """Return how many lines of the package are executed, loops within a line apart."""
    count = 0

    def seen(frame: Any, event: str, _: object) -> Any:
        nonlocal count
        count += event == "line"
        return seen if "backprop_cli" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(seen)
    try:
        run_it()
    finally:
        sys.settrace(before)
    return count


WORK: dict[str, Callable[[Graph], object]] = {
    "trace": lambda graph: trace_document(run(graph), view_of(graph)),
    "full": lambda graph: trace_document(run(graph), view_of(graph, full=True)),
    "derive": lambda graph: derivation(graph, Asked(full=True)),
    "describe": describe_document,
}


@pytest.mark.parametrize("name", WORK)
def test_the_work_is_linear_in_the_layers(name: str) -> None:
    """Of a straight line the second differences are none; 15 % is far from a square."""
    WORK[name](_chain(2))
    chains = [_chain(count) for count in (52, 65, 78)]
    few, more, most = (_lines(functools.partial(WORK[name], chain)) for chain in chains)
    assert most - more < 1.15 * (more - few)


def _sections(blocks: tuple[Block, ...]) -> list[str]:
    return [block.id for block in blocks if isinstance(block, Section)]


def _notes(blocks: tuple[Block, ...]) -> list[str]:
    said = [block.line for block in blocks if isinstance(block, Note)]
    return ["".join(getattr(each, "text", "") for each in line) for line in said]


def test_of_many_layers_the_first_and_the_last_are_shown() -> None:
    graph = _chain(30)
    trace = run(graph)
    blocks = trace_document(trace, view_of(graph)).blocks
    shown = [name for name in _sections(blocks) if name.startswith("forward")]
    assert shown == [f"forward-{i}" for i in (1, 2, 3, 28, 29, 30)]
    assert sum("layers 4 to 27 are left out" in note for note in _notes(blocks)) == 3
    full = _sections(trace_document(trace, view_of(graph, full=True)).blocks)
    assert [f"gradients-{i}" for i in range(30, 0, -1)] == [n for n in full if "gradients" in n]
    one = _sections(trace_document(trace, view_of(graph, layers=("9",))).blocks)
    assert [name for name in one if "-" in name] == ["forward-9", "backward-9", "gradients-9"]


@pytest.mark.parametrize("style", ["leibniz", "index", "matrix", "components", "function"])
def test_a_derivation_of_many_layers_leaves_the_middle_out(style: str) -> None:
    shown = derivation(_chain(30), Asked(style=style)).document.blocks
    full = derivation(_chain(30), Asked(style=style, full=True)).document.blocks
    assert len(repr(shown)) < 0.6 * len(repr(full))
    assert "are left out" in repr(shown)
    assert "are left out" not in repr(full)


@pytest.mark.parametrize("shape", [(210, 230), (260, 205), (3, 400)])
def test_the_norm_of_a_large_matrix_is_its_largest_singular_value(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(5)
    few = random.standard_normal((shape[0], 2)) @ random.standard_normal((2, shape[1]))
    for matrix in (random.standard_normal(shape), few, 1e180 * few, np.ones(shape), 0 * few):
        whole = np.linalg.svd(matrix, compute_uv=False)[0]
        assert spectral_norm(matrix) == pytest.approx(whole, rel=1e-10)
