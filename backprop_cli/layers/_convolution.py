"""What ``conv1d`` and ``conv2d`` share: their keys, and the node that they become."""

from __future__ import annotations

import functools

from msgspec import structs

from ..expression.axes import dimensions
from ..functions.convolution import Convolution
from ..functions.rules import Shape
from ..graph.building import Builder, Inputs, Lowered, shape_of, sized
from ..graph.parts import Given
from ..problems import Report, counted
from ..spec.arrays import ARRAY, ArraySpec, FileData, WrittenArray
from ..spec.nodes import Scalar, Sequence, YamlNode
from ..spec.reading import COUNT, FLAG, Key, Reader
from ..spec.records import LayerSpec
from . import LayerType
from ._windows import Sizes, Steps, axes, image, sizes, sliding, step_keys, windows
from .dense import NO_BIAS, NoBias


class Kernels(Steps, frozen=True):
    """The keys of a convolution."""

    filters: int | None = None
    kernel: Sizes | None = None
    weights: ArraySpec | None = None
    bias: ArraySpec | NoBias | None = None
    flip: bool = False


def _read_bias(node: YamlNode, what: str, report: Report) -> ArraySpec | NoBias | None:
    if isinstance(node, Scalar) and node.text == "none":
        return NoBias(node.place)
    if isinstance(node, Sequence) and any(isinstance(item, Sequence) for item in node.items):
        cure = "one number for each filter, such as [1, 2]"
        report.say(f"{what}: a flat list is expected", node.place, cure)
        return None
    return ARRAY.read(node, what, report)


def lower(
    rank: int, layer: LayerSpec, own: Kernels, inputs: Inputs, builder: Builder
) -> Lowered | None:
    """Return the convolution with its kernels and biases."""
    shape = image(layer, rank, inputs, builder)
    if shape is None:
        return None
    weights: ArraySpec | Given | None = own.weights
    if isinstance(own.weights, FileData):
        weights = builder.load(own.weights)
        if weights is None:
            return None
    weights = _nested(weights, own, shape[0], rank)
    kernels = _kernels(layer, own, shape_of(weights), shape, rank, builder)
    if kernels is None:
        return None
    filters, *lengths = kernels
    place = next((e.place for e in (own.kernel, own.weights) if e is not None), layer.place)
    moves = sliding(tuple(lengths), shape[1:], own, "kernel", place, builder)
    if moves is None:
        return None
    names = ("kernel row", "kernel column") if rank == 2 else ("kernel position",)
    W = builder.parameter(
        "W",
        (filters, shape[0], *lengths),
        weights,
        "weight",
        "weights",
        ("filter", "channel", *names),
    )
    parameters = [W]
    if not isinstance(own.bias, NoBias):
        b = builder.parameter("b", (filters,), own.bias, "bias", "bias", ("filter",))
        parameters.append(b)
    nodes = (inputs.nodes[0], *(parameter.node for parameter in parameters))
    out = (filters, *windows(moves.along(shape[1:], tuple(lengths))))
    z = builder.apply("z", Convolution(moves, own.flip), nodes, out, axes(rank, "filter"))
    return Lowered({"z": z}, tuple(parameters))


def _nested(
    weights: ArraySpec | Given | None, own: Kernels, channels: int, rank: int
) -> ArraySpec | Given | None:
    """Return weights of one filter and one channel, written as the kernel alone, in full."""
    shape = shape_of(weights)
    if shape is None or len(shape) != rank or channels != 1 or own.filters not in (None, 1):
        return weights
    if isinstance(weights, WrittenArray):
        return structs.replace(weights, texts=weights.texts.reshape(1, 1, *shape))
    if isinstance(weights, Given):
        held = (weights.texts, weights.floats)
        texts, floats = (a if a is None else a.reshape(1, 1, *shape) for a in held)
        return Given(texts, floats)
    return weights


def _kernels(
    layer: LayerSpec,
    own: Kernels,
    found: Shape | None,
    shape: Shape,
    rank: int,
    builder: Builder,
) -> Shape | None:
    """Return the number of filters and the kernel's lengths; report what does not fit."""
    title, place = builder.title(layer), layer.place if own.weights is None else own.weights.place
    if found is None:
        if own.kernel is None:
            cure = f"add 'kernel: {'[3, 3]' if rank == 2 else '3'}'"
            builder.say(f"{title}: the size of the kernel is not known", layer.place, cure)
            return None
        filters = own.filters or (1 if own.weights is None else None)
        if filters is None:
            builder.say(f"{title}: how many filters is not known", layer.place, "add 'filters: 1'")
            return None
        return (filters, *own.kernel.each(rank))
    rows = "rows × columns" if rank == 2 else "positions"
    if found == ():
        if own.kernel is None:
            cure = f"add 'kernel: {'[3, 3]' if rank == 2 else '3'}'"
            builder.say(f"{title}: the size of the kernel is not known", layer.place, cure)
            return None
        return (own.filters or 1, *own.kernel.each(rank))
    if len(found) != rank + 2:
        message = f"weights: {sized(found)}, where filters × channels × {rows} are expected"
        cure = f"nest them {rank + 2} deep"
        if len(found) == rank:
            cure += ": a kernel alone is one of one filter and one channel"
        builder.say(message, place, cure)
        return None
    filters, channels, *lengths = found
    if channels != shape[0]:
        builder.say(
            f"weights: kernels of {counted(channels, 'channel')}, but this layer receives "
            f"{counted(shape[0], 'channel')}",
            place,
            f"give each filter {counted(shape[0], 'kernel')}, one a channel",
        )
        return None
    if own.filters is not None and own.filters != filters:
        message = f"weights: {counted(filters, 'filter')}, but 'filters' says {own.filters}"
        builder.say(message, place, f"give {counted(own.filters, 'filter')}, or filters: {filters}")
        return None
    if own.kernel is not None and own.kernel.each(rank) != tuple(lengths):
        wanted = dimensions(own.kernel.each(rank))
        has = dimensions(lengths)
        message = f"weights: kernels of {has}, but 'kernel' says {wanted}"
        builder.say(message, place, f"give kernels of {wanted}, or leave 'kernel' out")
        return None
    return found[:1] + found[2:]


def convolution(rank: int, doc: str, example: str) -> LayerType:
    """Return the layer type that convolves along so many axes."""
    both = ", or [rows, columns]" if rank == 2 else ""
    nested = "rows, columns" if rank == 2 else "positions"
    return LayerType(
        f"conv{rank}d",
        doc,
        {
            "filters": Key(
                COUNT,
                "how many filters (may be left out when the weights say it)",
                also=("units", "out_channels", "channels", "features"),
            ),
            "kernel": Key(
                sizes(rank),
                f"the kernel's size: a number{both} (may be left out when the weights say it)",
                also=("kernel_size", "size", "window"),
            ),
            "weights": Key(
                ARRAY,
                f"W: (filters, channels, {nested}); of one filter and one channel ({nested})",
                also=("w", "kernels"),
                empty="give numbers, or leave it out and say 'kernel:'",
            ),
            "bias": Key(
                Reader(_read_bias, {"anyOf": [{"const": "none"}, *ARRAY.schema["anyOf"]]}),
                "b: a list, one number for every filter, or none",
                also=("b", "biases", "offset"),
                empty=f"{NO_BIAS}, or leave it out",
            ),
            **step_keys(rank, "1", same=True),
            "dilation": Key(
                sizes(rank), f"how far the kernel's places are apart: a number{both} (default 1)"
            ),
            "flip": Key(
                FLAG, "true: the kernel turned by 180°, as mathematics defines convolution"
            ),
        },
        Kernels,
        functools.partial(lower, rank),
        example,
        sample_rank=rank + 1,
        sample_axes=axes(rank, "channel"),
        one_channel=True,
    )
