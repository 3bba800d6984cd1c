"""``type: dropout``: some values set to 0, the others divided by 1 − rate."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct

from ..expression.tree import as_expr
from ..functions.dropping import Dropped
from ..functions.elementwise import bound_to
from ..graph.building import Builder, Inputs, Lowered
from ..graph.parts import Given
from ..mathematics.activations import ACTIVATIONS
from ..problems import Report
from ..spec.arrays import ARRAY, ArraySpec, Init
from ..spec.nodes import YamlNode
from ..spec.numbers import NUMBER, WrittenNumber, exact_number, number_float
from ..spec.reading import Key, Reader, word
from ..spec.records import LayerSpec
from . import LayerType
from ._normalizing import one_input

KEPT = "1 keeps a value, 0 drops it"


class Dropout(Struct, frozen=True):
    """The keys of a dropout."""

    rate: WrittenNumber | None = None
    mask: ArraySpec | None = None
    mode: str = "train"


def _read_rate(node: YamlNode, what: str, report: Report) -> WrittenNumber | None:
    number = NUMBER.read(node, what, report)
    if number is None:
        return None
    if not 0 <= number_float(number.text) < 1:
        message = f"{what}: a number from 0 and below 1 is expected, not '{number.text}'"
        report.say(message, node.place, "0.2 drops a fifth of the values")
        return None
    return number


def lower(layer: LayerSpec, own: Dropout, inputs: Inputs, builder: Builder) -> Lowered | None:
    """Return what the mask keeps; where nothing is dropped, the input itself."""
    if not one_input(layer, inputs, builder):
        return None
    (x,), (shape,) = inputs.nodes, inputs.shapes
    axes = builder.nodes[x].axes
    rate = "0.5" if own.rate is None else own.rate.text
    if own.mode == "eval":
        if own.mask is not None:
            cure = "remove it, or say 'mode: train'"
            builder.say("mask: 'mode: eval' drops nothing", own.mask.place, cure)
        passed = builder.apply("z", bound_to(ACTIVATIONS["identity"]), (x,), shape, axes)
        return Lowered({"z": passed})
    spec: Any = own.mask
    if isinstance(own.mask, Init):
        cure = "give 0 and 1, or leave it out: it is then drawn from 'seed'"
        builder.say("mask: no scheme draws a mask", own.mask.place, cure)
        spec = None
    elif own.mask is None:
        full = (builder.samples, *shape) if not builder.single else shape
        random = np.random.default_rng([builder.seed, builder.layer, *b"mask"])
        kept = random.random(full) >= number_float(rate)
        spec = Given(texts=np.where(kept, "1", "0").astype(object))
    mask = builder.constant("mask", shape, spec, "mask", axes, per_sample=True)
    _check_mask(builder.given[mask.node], own, layer, builder)
    rule = Dropped(as_expr(exact_number(rate)))
    z = builder.apply("z", rule, (x, mask.node), shape, axes)
    return Lowered({"z": z}, constants=(mask,))


def _check_mask(given: Given | None, own: Dropout, layer: LayerSpec, builder: Builder) -> None:
    """Report an entry that is neither 0 nor 1."""
    texts = None if given is None else given.texts if given.floats is None else given.floats
    place = layer.place if own.mask is None else own.mask.place
    for position, text in [] if texts is None else np.ndenumerate(texts):
        value = number_float(text) if isinstance(text, str) else float(text)
        if value not in (0.0, 1.0):
            entry = ",".join(str(i + 1) for i in position)
            builder.say(f"mask[{entry}]: {text} is neither 0 nor 1", place, KEPT)
            return


EXAMPLE = """\
input: [[1, -2], [0.5, 3]]
target: [[1], [0]]
loss: half_squared_error
learning_rate: 0.1
seed: 7
layers:
  - {activation: tanh, weights: [[0.5, -1], [1, 0.25], [1, 1]], bias: [0.1, -0.2, 0]}
  - {name: drop, type: dropout, rate: 0.4, mask: [[1, 0, 1], [1, 1, 0]]}
  - {name: drawn, type: dropout, rate: 0.25}
  - {units: 1, weights: [[1, -2, 0.5]], bias: [0.3], activation: sigmoid}
"""

TYPE = LayerType(
    "dropout",
    "some values dropped, the others divided by 1 − rate",
    {
        "rate": Key(
            Reader(_read_rate, NUMBER.schema),
            "how much is dropped, from 0 and below 1 (default 0.5)",
            also=("p", "drop", "probability"),
        ),
        "mask": Key(ARRAY, f"{KEPT}; in a batch a row a sample (default: drawn from 'seed')"),
        "mode": Key(word("train", "eval"), "train, or eval: everything passes as it is"),
    },
    Dropout,
    lower,
    EXAMPLE,
    meanings={"mask": "1 where a value is kept, 0 where it is dropped"},
)
