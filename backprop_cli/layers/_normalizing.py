"""What the normalizing layers share: their keys, and z = γ ⊙ xhat + β at the end."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from ..expression.axes import Axes
from ..expression.tree import Expr, as_expr
from ..functions.averaging import Mean, RootMeanSquare, Variance
from ..functions.normalizing import Divide, ScaleShift, Standardize, Straightened, root_of
from ..functions.rules import Rule, Shape
from ..graph.building import Builder, Inputs, Lowered
from ..graph.parts import ClosedForm, Parameter
from ..problems import Report, counted
from ..spec.arrays import ARRAY, ArraySpec
from ..spec.nodes import Scalar, YamlNode
from ..spec.numbers import FROM_ZERO, WrittenNumber, exact_number
from ..spec.reading import Key, Reader
from ..spec.records import LayerSpec


class Without(Struct, frozen=True):
    """``scale: none``: the layer has none."""


Held = ArraySpec | Without | None


class Normalization(Struct, frozen=True):
    """The keys of a normalizing layer."""

    epsilon: WrittenNumber | None = None
    scale: Held = None
    shift: Held = None


def _read_held(node: YamlNode, what: str, report: Report) -> ArraySpec | Without | None:
    if isinstance(node, Scalar) and node.text == "none":
        return Without()
    return ARRAY.read(node, what, report)


_HELD = Reader(_read_held, {"anyOf": [{"const": "none"}, *ARRAY.schema["anyOf"]]})
_ONE_EACH = "a list, one number for all, or none"
EPSILON = Key(FROM_ZERO, "ε, what is added under the root (default 1e-5)", also=("eps",))
SCALE = Key(_HELD, f"γ: {_ONE_EACH}", also=("gamma", "weight", "weights"))
SHIFT = Key(_HELD, f"β: {_ONE_EACH}", also=("beta", "bias"))
KEYS = {"epsilon": EPSILON, "scale": SCALE, "shift": SHIFT}


def epsilon_of(own: Normalization) -> Expr:
    """Return ε, exactly as it was written."""
    text = "1e-5" if own.epsilon is None else own.epsilon.text
    return as_expr(exact_number(text))


def one_input(layer: LayerSpec, inputs: Inputs, builder: Builder) -> bool:
    """Return whether the layer reads one other; report where it reads several."""
    if len(inputs.nodes) == 1:
        return True
    place, cure = layer.sources[0].place, "join them first with 'type: concat' or 'type: add'"
    kind = layer.type.name
    builder.say(f"{kind} has one input, not {len(inputs.nodes)}", place, cure)
    return False


def several(layer: LayerSpec, count: int, builder: Builder, cure: str) -> bool:
    """Return whether there is more than one number to take a variance of; report where not."""
    if count > 1:
        return True
    message = f"{layer.type.name}: {counted(count, 'value')} to average over, which has no variance"
    builder.say(message, layer.place, cure)
    return False


def standardized(
    builder: Builder, x: int, over: tuple[int, ...], samples: int, epsilon: Expr, axes: Axes
) -> tuple[dict[str, int], ClosedForm]:
    """Return the nodes mean, var, xhat over these axes (and the samples), and the short way."""
    node = builder.nodes[x]
    kept = tuple(size for axis, size in enumerate(node.shape) if axis not in over)
    alone = samples == 0

    def apply(part: str, rule: Rule, parents: tuple[int, ...]) -> int:
        return builder.apply(part, rule, parents, kept, axes, per_sample=alone)

    mean = apply("mean", Mean(over, samples), (x,))
    var = apply("var", Variance(over, samples), (x, mean))
    rule = Standardize(over, samples, epsilon)
    xhat = builder.apply("xhat", rule, (x, mean, var), node.shape, node.axes)
    closed = Straightened(over, samples, root_of(epsilon))
    return {"mean": mean, "var": var, "xhat": xhat}, ClosedForm(xhat, closed, (xhat, var))


def divided(builder: Builder, x: int, epsilon: Expr) -> tuple[dict[str, int], ClosedForm]:
    """Return the nodes rms, xhat of the last axis, and the short way."""
    node = builder.nodes[x]
    over = (len(node.shape) - 1,)
    rule = RootMeanSquare(over, 0, epsilon)
    rms = builder.apply("rms", rule, (x,), node.shape[:-1], node.axes[:-1])
    xhat = builder.apply("xhat", Divide(over), (x, rms), node.shape, node.axes)
    closed = Straightened(over, centred=False)
    return {"rms": rms, "xhat": xhat}, ClosedForm(xhat, closed, (xhat, rms))


def scaled(
    builder: Builder, own: Normalization, parts: dict[str, int], axis: int, **more: Any
) -> Lowered:
    """Return the layer with z = γ ⊙ xhat + β at its end, a γ and a β a position along ``axis``."""
    xhat = builder.nodes[parts["xhat"]]
    shape: Shape = (xhat.shape[axis],)
    held: list[Parameter] = []
    for part, key, spec in (("gamma", "scale", own.scale), ("beta", "shift", own.shift)):
        if not isinstance(spec, Without):
            kind: Any = key
            held.append(builder.parameter(part, shape, spec, kind, key, (xhat.axes[axis],)))
    having = [parameter.part for parameter in held]
    rule = ScaleShift(axis, "gamma" in having, "beta" in having)
    read = (parts["xhat"], *(parameter.node for parameter in held))
    z = builder.apply("z", rule, read, xhat.shape, xhat.axes)
    return Lowered({**parts, "z": z}, tuple(held), **more)
