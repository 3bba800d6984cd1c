"""What layers with windows share: how sizes are written, and the checks of image and window."""

from __future__ import annotations

from msgspec import Struct

from ..functions.rules import Shape
from ..functions.windows import Slide, Sliding
from ..graph.building import Builder, Inputs, sized
from ..problems import Place, Report, counted
from ..spec.nodes import Scalar, Sequence, YamlNode
from ..spec.reading import COUNT, Key, Reader, kind, whole_number
from ..spec.records import LayerSpec


class Sizes(Struct, frozen=True):
    """A number for every axis, or one for each; ``same`` is padding that keeps the size."""

    values: Shape
    place: Place
    same: bool = False

    def each(self, rank: int) -> Shape:
        """Return one number for each axis."""
        return self.values * rank if len(self.values) == 1 else self.values


_FROM_ZERO = whole_number(r"[0-9]{1,7}", "from 0", "such as 0 or 1", 0)


def sizes(rank: int, *, from_zero: bool = False, same: bool = False) -> Reader[Sizes]:
    """Return the reader of a number, or of a list of one for each of ``rank`` axes."""
    number = _FROM_ZERO if from_zero else COUNT
    each = "[1, 2]" if rank == 2 else "[1]"
    words = ", or same" if same else ""

    def read(node: YamlNode, what: str, report: Report) -> Sizes | None:
        if same and isinstance(node, Scalar) and node.text == "same":
            return Sizes((0,), node.place, same=True)
        if same and isinstance(node, Scalar) and not node.text.lstrip("-").isdigit():
            cure = f"such as 0 or {each}{words}"
            cure = f"'valid' is 0 here; {cure}" if node.text == "valid" else cure
            message = f"{what}: a number or 'same' is expected, not {kind(node)}"
            report.say(message, node.place, cure)
            return None
        items = node.items if isinstance(node, Sequence) else (node,)
        if isinstance(node, Sequence) and len(items) not in (1, rank):
            axes = "rows and columns" if rank == 2 else "one axis"
            message = f"{what}: {counted(len(items), 'number')} for {axes}"
            report.say(message, node.place, f"one number, or {each}")
            return None
        found = [number.read(item, what, report) for item in items]
        values = tuple(value for value in found if value is not None)
        return Sizes(values, node.place) if len(values) == len(found) else None

    one = number.schema
    listed = {"type": "array", "items": one, "minItems": 1, "maxItems": rank}
    return Reader(read, {"anyOf": [one, listed, *([{"const": "same"}] if same else [])]})


def axes(rank: int, *before: str) -> tuple[str, ...]:
    """Return the names of an image's axes, those of its rows and columns (or positions) last."""
    return (*before, *(("row", "column") if rank == 2 else ("position",)))


def image_words(rank: int) -> str:
    """Return what a layer of so many axes reads, in words."""
    return "an image (channels × rows × columns)" if rank == 2 else "channels × positions"


def one_input(layer: LayerSpec, inputs: Inputs, builder: Builder) -> Shape | None:
    """Return the shape of the one input; report where there are several."""
    if len(inputs.nodes) == 1:
        return inputs.shapes[0]
    message = f"{layer.type.name} has one input, not {len(inputs.nodes)}"
    cure = "join them first with 'type: concat' or 'type: add'"
    builder.say(message, layer.sources[0].place, cure)
    return None


def image(layer: LayerSpec, rank: int, inputs: Inputs, builder: Builder) -> Shape | None:
    """Return the shape of the one image that the layer reads; report what is none."""
    name = layer.type.name
    shape = one_input(layer, inputs, builder)
    if shape is None:
        return None
    if len(shape) == rank + 1:
        return shape
    place = layer.sources[0].place if layer.sources else layer.place
    message = f"{name} takes {image_words(rank)}, not {sized(shape)} (from {inputs.names})"
    nested = "[[[1, 2], [3, 4]]]" if rank == 2 else "[[1, 2, 3]]"
    cure = f"put it before what makes a vector of it, or nest the input as {nested}"
    if len(shape) > 1:
        cure = f"use {name[:-2]}{len(shape) - 1}d for {sized(shape)}"
    builder.say(message, place, cure)
    return None


ONE = Sizes((1,), Place(0, 0))
NOTHING = Sizes((0,), Place(0, 0))


class Steps(Struct, frozen=True):
    """How a window moves: the keys ``stride``, ``padding``, ``dilation``."""

    stride: Sizes = ONE
    padding: Sizes = NOTHING
    dilation: Sizes = ONE


def sliding(
    lengths: Shape, sizes: Shape, steps: Steps, what: str, place: Place, builder: Builder
) -> Sliding | None:
    """Return how a window of these lengths slides over an image; report where it does not fit."""
    rank = len(lengths)
    strides, dilations = steps.stride.each(rank), steps.dilation.each(rank)
    reaches = tuple(d * (k - 1) + 1 for k, d in zip(lengths, dilations, strict=True))
    paddings = tuple((p, p) for p in steps.padding.each(rank))
    if steps.padding.same:
        if set(strides) != {1}:
            message = "padding: 'same' keeps the size, which a stride above 1 does not"
            builder.say(message, steps.padding.place, "give the padding as a number, or stride: 1")
            return None
        paddings = tuple(((r - 1) // 2, r - 1 - (r - 1) // 2) for r in reaches)
    names = ("rows", "columns") if rank == 2 else ("values",)
    for name, size, reach, (before, after) in zip(names, sizes, reaches, paddings, strict=True):
        if reach > size + before + after:
            spans = f"spans {reach} {name}" if dilations != (1,) * rank else f"has {reach} {name}"
            padded = "the padded image" if before or after else "the image"
            message = f"the {what} {spans}, {padded} {size + before + after}"
            more = -(-(reach - size) // 2)
            builder.say(message, place, f"a smaller {what}, or padding: {more}")
            return None
    return Sliding(strides, paddings, dilations)


def windows(slides: tuple[Slide, ...]) -> Shape:
    """Return how many windows there are along each axis."""
    return tuple(slide.windows for slide in slides)


def step_keys(rank: int, stride: str, *, same: bool = False) -> dict[str, Key]:
    """Return the keys ``stride`` and ``padding``."""
    both = ", or [rows, columns]" if rank == 2 else ""
    keep = "; same keeps the size" if same else ""
    return {
        "stride": Key(
            sizes(rank),
            f"how far the window moves on: a number{both} (default {stride})",
            also=("strides", "step"),
        ),
        "padding": Key(
            sizes(rank, from_zero=True, same=same),
            f"how many zeros stand before and after: a number{both} (default 0){keep}",
            also=("pad", "p"),
        ),
    }
