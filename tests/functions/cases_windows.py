"""Cases of the rules whose windows slide: strides, paddings, dilations, turned kernels, no bias."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backprop_cli.functions.convolution import Convolution
from backprop_cli.functions.pooling import ChannelMeans, Flatten, MaxPooling, MeanPooling
from backprop_cli.functions.windows import Sliding

from .cases import Array, Case

SLIDINGS = {
    "plain": (Sliding((1, 1), ((0, 0), (0, 0)), (1, 1)), (2, 3)),
    "padded": (Sliding((1, 1), ((1, 1), (0, 2)), (1, 1)), (2, 2)),
    "edges": (Sliding((2, 1), ((1, 1), (1, 1)), (1, 1)), (3, 2)),
    "strided": (Sliding((2, 1), ((0, 0), (1, 1)), (1, 1)), (2, 2)),
    "far": (Sliding((3, 2), ((2, 2), (1, 1)), (1, 1)), (2, 2)),
    "dilated": (Sliding((1, 1), ((1, 1), (2, 2)), (2, 3)), (2, 2)),
    "all": (Sliding((2, 3), ((1, 1), (2, 2)), (3, 2)), (2, 2)),
    "along": (Sliding((2,), ((1, 1),), (2,)), (3,)),
    "single": (Sliding((1,), ((0, 0),), (1,)), (1,)),
}


def drawn(*shape: int) -> Array:
    """Return numbers with two decimals, no two of them near each other."""
    count = int(np.prod(shape))
    return np.random.default_rng(count).permutation(count).reshape(shape) / 20 - count / 40 + 0.01


def window_cases() -> Iterator[Case]:
    """Yield a case for each way that a window slides."""
    for name, (sliding, lengths) in SLIDINGS.items():
        image = (4, 5)[: len(lengths)]
        x = drawn(2, 2, *image)
        for flip in (False, True):
            for filters, bias in ((2, True), (1, False)):
                inputs = (x, drawn(filters, 2, *lengths), *((drawn(filters),) if bias else ()))
                rows = (True, *(False for _ in inputs[1:]), True)
                wanted = tuple(range(len(inputs)))
                title = f"convolution {name} {flip} {filters}"
                yield Case(title, Convolution(sliding, flip), inputs, rows, wanted)
        within = all(
            2 * max(padding) <= length
            for padding, length in zip(sliding.paddings, lengths, strict=True)
        )
        if set(sliding.dilations) == {1} and within:
            for rule in (MaxPooling, MeanPooling):
                pool = rule(sliding, lengths)
                yield Case(f"{pool.name} {name}", pool, (x,), (True, True))
    for rank in (1, 2):
        x = drawn(2, 3, *(4, 2)[:rank])
        yield Case(f"channel means {rank}", ChannelMeans(), (x,), (True, True))
        yield Case(f"flatten {rank}", Flatten(), (x,), (True, True))
