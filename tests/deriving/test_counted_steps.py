"""Steps that count differently, end, or are cut off: every style's numbers are the trace's."""

from __future__ import annotations

import pytest

from backprop_cli.api import loads
from backprop_cli.deriving import styles
from backprop_cli.deriving.derive_document import derive_document
from backprop_cli.expression.tree import Matrix, Number
from backprop_cli.passes.run import run
from backprop_cli.worked.view import View

from ..page.evaluating import Evaluator
from ..page.quantities import constants
from ..page.truth import chains_of, checked

DENSE = "{activation: tanh, weights: [[0.5, -1], [1, 0.25]], bias: [0.1, 0.2]}"
MEMORY = DENSE.replace("{", "{type: rnn, recurrent_weights: [[1, -1], [0.5, 2]], ")
LOGITS = DENSE.replace("tanh", "identity")
SEQUENCE = "input: [[1, -0.5], [0.25, 2], [-1, 0.5]]\ntarget: [[1, 0], ~, [0, 1]]\nloss: %s\n"
BATCH = """\
input: [[[1, -0.5], [0.25, 2]], [[1, 0.5], [0.5, -2]]]
target: [[[1, 0], [0, 1]], [[0, 1], [1, 0]]]
loss: %s
lengths: [2, 1]
"""
SQUARE, LIKELY, HALF = "squared_error", "softmax_cross_entropy", "half_squared_error"
MEAN = "over_time: mean\n"
HEAD = "sample_shape: [%d, 2]\nlayers:\n  - %s\n"
CUT = MEMORY.replace("type: rnn", "type: rnn, truncate: 1")
CASES = {
    "a mean over time, a step without a target": SEQUENCE % SQUARE + MEAN + HEAD % (3, DENSE),
    "of logits": SEQUENCE % LIKELY + MEAN + HEAD % (3, LOGITS),
    "a step without a target, the output a state": SEQUENCE % HALF + HEAD % (3, MEMORY),
    "sequences that end": BATCH % SQUARE + HEAD % (2, DENSE),
    "truncated": SEQUENCE % HALF + HEAD % (3, CUT),
}


@pytest.mark.parametrize("name", CASES)
def test_numbers(name: str) -> None:
    """Each chain that ends in numbers has the same value in all its forms."""
    graph = loads(CASES[name])
    trace, held = run(graph), 0
    for style in styles().values():
        page = derive_document(graph, trace, style, (), View(), sample=graph.samples)
        for chain in chains_of(page):
            if isinstance(chain.forms[-1], Number | Matrix):
                own = Evaluator(trace, graph.samples, names=constants(graph))
                found = checked(chain, own)
                assert not found.faults, found.faults
                held += found.held
    assert held > 50
