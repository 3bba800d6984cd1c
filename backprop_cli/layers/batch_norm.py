"""``type: batch_norm``: each unit centred and divided by its deviation over the batch."""

from __future__ import annotations

import math

from ..functions.normalizing import Standardize
from ..graph.building import Builder, Inputs, Lowered
from ..graph.parts import Given, Parameter
from ..problems import Place
from ..spec.arrays import ARRAY, ArraySpec
from ..spec.numbers import number_float
from ..spec.reading import Key, word
from ..spec.records import LayerSpec
from . import LayerType
from ._normalizing import (
    KEYS,
    Normalization,
    epsilon_of,
    one_input,
    scaled,
    several,
    standardized,
)

RUNNING = "what was averaged in training"


class BatchNormalization(Normalization, frozen=True):
    """The keys of a batch normalization."""

    mode: str = "train"
    running_mean: ArraySpec | None = None
    running_var: ArraySpec | None = None


def lower(
    layer: LayerSpec, own: BatchNormalization, inputs: Inputs, builder: Builder
) -> Lowered | None:
    """Return mean, var and xhat of the batch (or with the running ones), and z."""
    if not one_input(layer, inputs, builder):
        return None
    (x,), (shape,) = inputs.nodes, inputs.shapes
    axes = builder.nodes[x].axes
    axis = len(shape) - 1 if axes[-1] == "unit" else 0
    over = tuple(i for i in range(len(shape)) if i != axis)
    if own.mode == "eval":
        return _evaluated(layer, own, x, axis, over, builder)
    for key, spec in (("running_mean", own.running_mean), ("running_var", own.running_var)):
        if spec is not None:
            cure = "remove it, or say 'mode: eval'"
            builder.say(f"{key}: the batch's own is used in training", spec.place, cure)
    count = builder.samples * math.prod(shape[i] for i in over)
    cure = "give two samples or more, or 'mode: eval' with running_mean and running_var"
    if not several(layer, count, builder, cure):
        return None
    parts, closed = standardized(builder, x, over, builder.samples, epsilon_of(own), (axes[axis],))
    return scaled(builder, own, parts, axis, closed=closed)


def _evaluated(
    layer: LayerSpec,
    own: BatchNormalization,
    x: int,
    axis: int,
    over: tuple[int, ...],
    builder: Builder,
) -> Lowered | None:
    node = builder.nodes[x]
    shape, axes = (node.shape[axis],), (node.axes[axis],)
    constants: list[Parameter] = []
    for part, key, spec in (
        ("mean", "running_mean", own.running_mean),
        ("var", "running_var", own.running_var),
    ):
        if spec is None:
            message = f"{builder.title(layer)}: 'mode: eval' needs '{key}'"
            builder.say(message, layer.place, f"give {RUNNING}, a number for each unit")
        constants.append(builder.constant(part, shape, spec, key, axes))
    if own.running_mean is None or own.running_var is None:
        return None
    _check_variance(builder.given[constants[1].node], own.running_var.place, builder)
    rule = Standardize(over, max(1, builder.samples), epsilon_of(own))
    read = (x, *(constant.node for constant in constants))
    parts = {"xhat": builder.apply("xhat", rule, read, node.shape, node.axes)}
    return scaled(builder, own, parts, axis, constants=tuple(constants))


def _check_variance(given: Given | None, place: Place, builder: Builder) -> None:
    """Report a variance below 0."""
    if given is None:
        return
    texts = given.texts if given.texts is not None else given.floats
    for position, text in enumerate([] if texts is None else texts.ravel().tolist(), 1):
        value = number_float(text) if isinstance(text, str) else float(text)
        if value < 0:
            message = f"running_var[{position}]: {text} is no variance"
            builder.say(message, place, "a mean of squares is never negative")
            return


EXAMPLE = """\
input: [[1, -2], [0.5, 3], [2, 1]]
target: [[1], [0], [1]]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {activation: tanh, weights: [[0.5, -1], [1, 0.25]], bias: [0.1, -0.2]}
  - {name: norm, type: batch_norm, scale: [1, 2], shift: [0, 0.5], activation: sigmoid}
  - {units: 1, weights: [[1, -2]], bias: none}
"""

TYPE = LayerType(
    "batch_norm",
    "mean 0 and variance 1 over the batch, unit by unit, then z = γ ⊙ xhat + β",
    {
        **KEYS,
        "mode": Key(word("train", "eval"), "train: the batch's mean and variance; eval: given"),
        "running_mean": Key(ARRAY, f"eval: the means, {RUNNING}"),
        "running_var": Key(ARRAY, f"eval: the variances, {RUNNING}"),
    },
    BatchNormalization,
    lower,
    EXAMPLE,
    meanings={
        "mean": "means over the batch",
        "var": "variances over the batch",
        "xhat": "normalized values",
    },
    mixes_steps=True,
)
