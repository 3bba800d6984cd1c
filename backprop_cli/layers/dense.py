"""``type: dense``: z = W x + b, then the activation."""

from __future__ import annotations

from msgspec import Struct

from ..functions.operators import Affine
from ..graph.building import Builder, Inputs, counted
from ..problems import Place
from ..spec.arrays import ARRAY, ArraySpec, WrittenArray
from ..spec.network import LayerSpec
from ..spec.nodes import Scalar, Sequence, YamlNode
from ..spec.numbers import NUMBER, WrittenNumber
from ..spec.reading import COUNT, Key, Reader, Report
from . import LayerType, Lowered


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
    if isinstance(node, Scalar) and node.text == "none":
        return NoBias(node.place)
    if isinstance(node, Sequence) and any(isinstance(item, Sequence) for item in node.items):
        report.say(f"{what}: a flat list is expected", node.place, "one number for each unit")
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
    width, in_out = inputs.shapes[0][0], builder.in_out
    units = own.units
    written = own.weights if isinstance(own.weights, WrittenArray) else None
    if written is not None and written.texts.ndim != 2:
        found = "a list" if written.texts.ndim else "one number"
        builder.say(
            f"weights: {found} where a matrix is expected",
            written.place,
            "a list of rows, such as [[1, 2]]",
        )
        return None
    if written is not None:
        given_units = written.texts.shape[1 if in_out else 0]
        given_width = written.texts.shape[0 if in_out else 1]
        columns, rows = ("row", "column") if in_out else ("column", "row")
        if given_width != width:
            builder.say(
                f"weights: {counted(given_width, columns)}, but this layer receives "
                f"{counted(width, 'value')} (from {inputs.names})",
                written.place,
                f"give {counted(width, columns)}, or an input of {counted(given_width, 'value')}",
            )
            return None
        if units is not None and given_units != units:
            builder.say(
                f"weights: {counted(given_units, rows)}, but 'units' says {units}",
                written.place,
                f"give {counted(units, rows)}, or units: {given_units}",
            )
            return None
        units = given_units
    if units is None:
        units = _units_of_bias(own)
    if units is None:
        builder.say(
            f"{builder.title(layer)}: the number of units is not known", layer.place, "add 'units:'"
        )
        return None
    shape = (width, units) if in_out else (units, width)
    parameters = {"W": builder.parameter("W", shape, own.weights)}
    if own.shared_bias is not None:
        if own.bias is not None:
            builder.say(
                "both 'bias' and 'shared_bias'", own.shared_bias.place, "keep one of the two"
            )
            return None
        parameters["b"] = builder.parameter("b", (), own.shared_bias)
    elif not isinstance(own.bias, NoBias):
        parameters["b"] = builder.parameter("b", (units,), own.bias)
    rule = Affine(in_out=in_out)
    z = builder.apply("z", rule, (inputs.nodes[0], *parameters.values()), (units,))
    return Lowered(z, parameters)


def _units_of_bias(own: Dense) -> int | None:
    if isinstance(own.bias, WrittenArray) and own.bias.texts.ndim == 1:
        return len(own.bias.texts)
    return None


TYPE = LayerType(
    "dense",
    "every unit receives every value: z = W x + b",
    {
        "units": Key(COUNT, "how many units (may be left out when the weights say it)"),
        "weights": Key(ARRAY, "W: weights[j][k] goes from unit k below to unit j"),
        "bias": Key(
            Reader(_read_bias, {"anyOf": [ARRAY.schema, {"const": "none"}]}),
            "b: a list, one number for every unit, or none",
        ),
        "shared_bias": Key(NUMBER, "one bias used by every unit: its gradient is the sum"),
    },
    Dense,
    lower,
)
