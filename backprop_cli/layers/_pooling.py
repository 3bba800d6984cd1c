"""What the pooling layers share: their keys, and the node that they become."""

from __future__ import annotations

import functools

from ..functions.pooling import Pooling
from ..graph.building import Builder, Inputs, Lowered
from ..spec.reading import Key
from ..spec.records import LayerSpec
from . import LayerType
from ._windows import ONE, Sizes, Steps, axes, image, sizes, sliding, step_keys, windows


class Pool(Steps, frozen=True):
    """The keys of a pooling layer; a stride that is left out is the window's size."""

    window: Sizes = ONE


def lower(
    rule: type[Pooling], rank: int, layer: LayerSpec, own: Pool, inputs: Inputs, builder: Builder
) -> Lowered | None:
    """Return the pooled image."""
    shape = image(layer, rank, inputs, builder)
    if shape is None or own.window is ONE:
        return None
    lengths = own.window.each(rank)
    strides = own.window if own.stride is ONE else own.stride
    if any(2 * p > k for p, k in zip(own.padding.each(rank), lengths, strict=True)):
        cure = f"at most {min(lengths) // 2}"
        builder.say("padding: more than half of the window", own.padding.place, cure)
        return None
    steps = Steps(strides, own.padding)
    moves = sliding(lengths, shape[1:], steps, "window", own.window.place, builder)
    if moves is None:
        return None
    out = (shape[0], *windows(moves.along(shape[1:], lengths)))
    named = axes(rank, builder.nodes[inputs.nodes[0]].axes[0])
    z = builder.apply("z", rule(moves, lengths), inputs.nodes, out, named)
    return Lowered({"z": z})


def pooling(name: str, rule: type[Pooling], rank: int, doc: str) -> LayerType:
    """Return the layer type that pools along so many axes."""
    both = ", or [rows, columns]" if rank == 2 else ""
    return LayerType(
        f"{name}{rank}d",
        doc,
        {
            "window": Key(
                sizes(rank),
                f"the window's size: a number{both}",
                required=True,
                also=("kernel", "kernel_size", "pool_size", "size"),
            ),
            **step_keys(rank, "the window's size"),
        },
        Pool,
        functools.partial(lower, rule, rank),
        _example(f"{name}{rank}d", rank),
        sample_rank=rank + 1,
        sample_axes=axes(rank, "channel"),
        one_channel=True,
    )


def _example(name: str, rank: int) -> str:
    if rank == 1:
        return f"""\
input: [[1, 3, 2, -1, 0.5], [0, -2, 1, 4, -0.5]]
target: [1, 0]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {{type: {name}, window: 3, stride: 1, activation: tanh}}
  - {{type: flatten}}
  - {{units: 2, weights: [[1, -1, 0.5, 0.2, 0, 1], [0.5, 2, 1, -1, 0.3, 0]], bias: none}}
"""
    return f"""\
input: [[[1, 3, 2], [4, 6, 5], [0, -1, 2.5]], [[-1, 0.5, 0], [2, 1, -3], [1.5, 0.2, 3]]]
target: [[[1, 0], [0, 1]], [[0, 0], [1, 1]]]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {{name: filters, type: conv2d, weights: [[[[1]], [[-0.5]]], [[[0.5]], [[1]]]], bias: [0, 1]}}
  - {{type: {name}, window: 2, stride: 1, activation: tanh}}
"""
