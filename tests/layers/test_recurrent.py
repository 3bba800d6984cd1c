"""Recurrent layers: every gradient of random networks, published examples, speed of the walk."""

from __future__ import annotations

import autograd.numpy as np
import pytest
from autograd import grad

from backprop_cli.api import loads
from backprop_cli.expression.refs import Ref
from backprop_cli.passes.run import run

from ..networks import MANY
from .recurrent_networks import Drawn

CHUNKS = [range(start, start + 25) for start in range(0, MANY, 25)]


@pytest.mark.parametrize("seeds", CHUNKS, ids=str)
def test_gradients_are_autograds(seeds: range) -> None:
    for seed in seeds:
        drawn = Drawn(seed)
        text = drawn.text()
        graph = loads(text)
        trace = run(graph)
        arrays = {"x": drawn.x, **drawn.arrays}
        wanted = grad(drawn.loss)(arrays)
        assert graph.loss is not None
        assert float(trace.values[graph.loss]) == pytest.approx(
            float(drawn.loss(arrays)), rel=1e-12
        )
        assert set(graph.parameters) == set(drawn.arrays), text
        for name, number in {"x": graph.number(Ref("x")), **graph.parameters}.items():
            found = trace.gradients[number]
            truth = wanted[name] * (drawn.samples if name == "x" else 1)
            found = np.zeros(truth.shape) if found is None else found
            assert np.abs(found - truth).max() <= 1e-9 * max(1, np.abs(truth).max()), (name, text)
