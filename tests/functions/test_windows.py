"""Windows on images so large that what is sent back is added up along the image as one row."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from backprop_cli.arithmetic.floating import FLOAT32, FLOAT64, Float64
from backprop_cli.functions import convolution
from backprop_cli.functions.convolution import Convolution
from backprop_cli.functions.windows import Sliding, row_of

PADDINGS = (((0, 0), (0, 0)), ((1, 1), (2, 0)), ((0, 3), (1, 2)))
WAYS = list(itertools.product(PADDINGS, ((1, 1), (2, 1), (2, 3)), ((3, 3), (1, 2), (2, 1)), (1, 2)))


@pytest.mark.parametrize("xp", [FLOAT64, FLOAT32], ids=lambda xp: xp.name)
@pytest.mark.parametrize("flip", [False, True])
def test_what_is_sent_back_is_the_transposed_map(
    xp: Float64, flip: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """g · conv(u) is (what the input gets of g) · u for every u: the map is linear."""
    monkeypatch.setattr(convolution, "BLOCK", 2**14)  # two samples at once, of three
    chance, kind, along = np.random.default_rng(3), np.dtype(xp.name), 0
    for paddings, dilations, lengths, rank in WAYS:
        conv = Convolution(Sliding((1,) * rank, paddings[:rank], dilations[:rank]), flip)
        sizes = (17, 23)[:rank]
        x = chance.standard_normal((3, 2, *sizes), kind)
        W = chance.standard_normal((4, 2, *lengths[:rank]), kind)
        z = conv.forward(xp, x, W)
        g = chance.standard_normal(z.shape, kind)
        sent = conv.share(xp, 0, g, z, x, W)
        assert (sent.dtype, sent.shape) == (kind, x.shape)
        along += row_of(conv.sliding.along(sizes, lengths[:rank])) is not None
        for _ in range(3):
            u = chance.standard_normal(x.shape, kind)
            wanted, scale = np.vdot(g, conv.forward(xp, u, W)), np.vdot(abs(sent), abs(u))
            assert abs(np.vdot(sent, u) - wanted) < 100 * np.finfo(kind).eps * scale
    assert along > len(WAYS) / 2
