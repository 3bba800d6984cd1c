"""``type: dense``: z = W x + b, then the activation."""

from __future__ import annotations

import math

from msgspec import Struct

from ..functions.operators import Affine
from ..graph.building import Builder, Inputs, Lowered, shape_of
from ..graph.parts import Given
from ..problems import Place, Report, counted
from ..spec.arrays import ARRAY, ArraySpec, FileData, WrittenArray
from ..spec.nodes import Scalar, Sequence, YamlNode
from ..spec.numbers import NUMBER, WrittenNumber
from ..spec.reading import COUNT, Key, Reader
from ..spec.records import LayerSpec
from . import LayerType

NO_BIAS = "write 'none' for a layer without a bias"


class NoBias(Struct, frozen=True):
    """``bias: none``."""

    place: Place


class Dense(Struct, frozen=True):
    """The keys of a dense layer."""

    units: int | None = None
    weights: ArraySpec | None = None
    bias: ArraySpec | NoBias | None = None
    shared_bias: WrittenNumber | None = None


def _read_bias(node: YamlNode, what: str, report: Report) -> ArraySpec | NoBias | None:
    if isinstance(node, Scalar) and node.text.lower() in ("none", "no", "false"):
        if node.text == "none":
            return NoBias(node.place)
        report.say(f"{what}: '{node.text}' is not a number", node.place, NO_BIAS)
        return None
    if isinstance(node, Sequence) and any(isinstance(item, Sequence) for item in node.items):
        cure = "one number for each unit, such as [1, 2]"
        report.say(f"{what}: a flat list is expected", node.place, cure)
        return None
    return ARRAY.read(node, what, report)


def lower(layer: LayerSpec, own: Dense, inputs: Inputs, builder: Builder) -> Lowered | None:
    """Return the affine node and its parameters."""
    if len(inputs.nodes) != 1:
        builder.say(
            f"a dense layer has one input, not {len(inputs.nodes)}",
            layer.sources[0].place,
            "join them first with 'type: concat' or 'type: add'",
        )
        return None
    (*leading, width), in_out = inputs.shapes[0], builder.in_out
    weights: ArraySpec | Given | None = own.weights
    if isinstance(own.weights, FileData):
        weights = builder.load(own.weights)
    units, fits = _units(layer, own, shape_of(weights), inputs, builder)
    if units is None:
        return None
    shape = (width, units) if in_out else (units, width)
    parameters = [builder.parameter("W", shape, weights if fits else None, "weight", "weights")]
    if own.shared_bias is not None:
        if own.bias is not None:
            place = own.shared_bias.place
            builder.say("both 'bias' and 'shared_bias'", place, "keep one of the two")
        parameters.append(builder.parameter("b", (), own.shared_bias, "bias", "shared_bias"))
    elif not isinstance(own.bias, NoBias):
        parameters.append(builder.parameter("b", (units,), own.bias, "bias", "bias"))
    nodes = (inputs.nodes[0], *(parameter.node for parameter in parameters))
    axes = (*builder.nodes[nodes[0]].axes[:-1], "unit")
    z = builder.apply("z", Affine(in_out=in_out), nodes, (*leading, units), axes)
    return Lowered({"z": z}, tuple(parameters))


def _units(
    layer: LayerSpec,
    own: Dense,
    shape: tuple[int, ...] | None,
    inputs: Inputs,
    builder: Builder,
) -> tuple[int | None, bool]:
    """Return how many units there are, and whether weights of this shape fit; report misfits.

    Where weights do not fit, only ``units`` says how many there are: what comes after this layer
    is then checked too, and else left alone, so that one slip is not reported twice.
    """
    place = layer.place if own.weights is None else own.weights.place
    if shape is not None and len(shape) != 2:
        found = "a list" if len(shape) == 1 else "one number"
        if len(shape) > 2:
            found = f"lists nested {len(shape)} deep"
        cure = "a list of rows, such as [[1, 2]]"
        builder.say(f"weights: {found} where a matrix is expected", place, cure)
        return own.units, False
    if shape is None:
        units = own.units if own.units is not None else _units_of_bias(own)
        # A data file that could not be read has been reported; it may have said the units.
        if units is None and not isinstance(own.weights, FileData):
            what = f"{builder.title(layer)}: the number of units is not known"
            builder.say(what, layer.place, "add 'units:'")
        return units, True
    width, in_out = inputs.shapes[0][-1], builder.in_out
    given_units, given_width = shape[::-1] if in_out else shape
    columns, rows = ("row", "column") if in_out else ("column", "row")
    if given_width != width:
        cure = f"give {counted(width, columns)}, or an input of {counted(given_width, 'value')}"
        if (given_width, given_units) == (own.units, width):
            other = "out_in" if in_out else "in_out"
            cure = f"exchange rows and columns, or say 'weights_layout: {other}'"
        elif given_width == math.prod(inputs.shapes[0]):
            cure = "put 'type: flatten' before this layer: a row of the image"
        builder.say(
            f"weights: {counted(given_width, columns)}, but this layer receives "
            f"{counted(width, 'value')} (from {inputs.names})",
            place,
            cure,
        )
        return own.units, False
    if own.units is not None and given_units != own.units:
        builder.say(
            f"weights: {counted(given_units, rows)}, but 'units' says {own.units}",
            place,
            f"give {counted(own.units, rows)}, or units: {given_units}",
        )
        return None, False
    return given_units, True


def _units_of_bias(own: Dense) -> int | None:
    if isinstance(own.bias, WrittenArray) and own.bias.texts.ndim == 1:
        return len(own.bias.texts)
    return None


TYPE = LayerType(
    "dense",
    "every unit receives every value: z = W x + b",
    {
        "units": Key(
            COUNT,
            "how many units (may be left out when the weights say it)",
            also=("neurons", "nodes", "size", "width", "n", "out_features"),
        ),
        "weights": Key(
            ARRAY,
            "W: weights[j][k] goes from unit k below to unit j",
            also=("w", "kernel", "matrix"),
            empty="give numbers, or leave it out and say 'units:'",
        ),
        "bias": Key(
            Reader(_read_bias, {"anyOf": [{"const": "none"}, *ARRAY.schema["anyOf"]]}),
            "b: a list, one number for every unit, or none",
            also=("b", "biases", "threshold", "offset"),
            empty=f"{NO_BIAS}, or leave it out",
        ),
        "shared_bias": Key(NUMBER, "one bias used by every unit: its gradient is the sum"),
    },
    Dense,
    lower,
    """\
input: [[1, -2], [0.5, 3]]
target: [[1], [0]]
loss: binary_cross_entropy
learning_rate: 0.1
layers:
  - {name: hidden, activation: relu, weights: [[0.5, -1], [1, 0.25]], bias: [0.1, -0.2]}
  - {activation: sigmoid, weights: [[1, -0.5]], shared_bias: 0.3}
""",
)
