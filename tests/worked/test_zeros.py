"""Why an error is 0, held against the numbers: the slope, what comes back, what a weight reads."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.expression.refs import Ref
from backprop_cli.passes.run import run as run_network
from backprop_cli.passes.trace import Trace
from backprop_cli.worked.document import Text
from backprop_cli.worked.zeros import NO_ERROR, NO_INPUT, NOTHING, OFF, zero_reason

NET = """input: [1, 2, 0]
target: [1]
loss: half_squared_error
weights_layout: {layout}
layers:
  - {{units: 3, activation: {activation}, weights: {first}, bias: [0, 0, 0]}}
  - {{units: 1, weights: {second}, bias: [0]}}
"""
FIRST = np.array([[1, -1, 2], [1, 1, 1], [1, 2, 1]])
SECOND = np.array([[1, 0, 1]])


@pytest.mark.parametrize("layout", ["out_in", "in_out"])
@pytest.mark.parametrize("activation", ["relu", "hard_tanh", "tanh"])
def test_each_zero_has_the_reason_that_it_has(activation: str, layout: str) -> None:
    turned = layout == "in_out"
    first, second = ((w.T if turned else w).tolist() for w in (FIRST, SECOND))
    net = NET.format(activation=activation, layout=layout, first=first, second=second)
    trace = run_network(loads(net))
    z = FIRST @ [1, 2, 0]
    slope = {"relu": z > 0, "hard_tanh": abs(z) < 1, "tanh": z < 99}[activation]
    for j in range(3):
        delta = slope[j] * SECOND[0, j] != 0
        wanted = "" if delta else OFF if not slope[j] else NOTHING
        assert said(trace, Ref("z", 1, True, index=(j + 1,))).endswith(wanted)
        for k, x in enumerate((1, 2, 0)):
            wanted = NO_ERROR if not delta else NO_INPUT if x == 0 else ""
            assert said(trace, Ref("W", 1, True, index=(j + 1, k + 1))) == wanted


def said(trace: Trace, ref: Ref) -> str:
    line = zero_reason(trace, ref)
    return "" if line is None else "".join(p.text for p in line if isinstance(p, Text))
