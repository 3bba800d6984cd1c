"""``type: embedding``: a row of a table for each word, chosen by its number."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct, structs

from ..functions.lookup import Lookup
from ..graph.building import Builder, Inputs, Lowered
from ..graph.parts import Given
from ..problems import Place, counted
from ..spec.arrays import ARRAY, ArraySpec, FileData, WrittenArray
from ..spec.numbers import number_float
from ..spec.reading import COUNT, Key, word
from ..spec.records import LayerSpec
from . import LayerType


class Embedding(Struct, frozen=True):
    """The keys of an embedding."""

    words: int | None = None
    units: int | None = None
    weights: ArraySpec | None = None
    pool: Any = "none"


def lower(layer: LayerSpec, own: Embedding, inputs: Inputs, builder: Builder) -> Lowered | None:
    """Return the rows of the words, or what they are pooled to."""
    x = inputs.nodes[0]
    if len(inputs.nodes) != 1 or builder.nodes[x].ref.layer is not None:
        place = layer.sources[0].place if layer.sources else layer.place
        cure = "let it read the input: 'from: input', one number a word"
        builder.say("an embedding reads numbers of words, not what a layer computes", place, cure)
        return None
    if len(inputs.shapes[0]) != 1:
        cure = "a sample is one list, a number a word"
        builder.say("an embedding reads a list of words", layer.place, cure)
        return None
    weights: ArraySpec | Given | None = own.weights
    if isinstance(own.weights, FileData):
        weights = builder.load(own.weights)
    size = _size(layer, own, weights, builder)
    if size is None:
        return None
    words, units = size
    builder.nodes[x] = structs.replace(builder.nodes[x], wants_gradient=False)
    _check_words(builder.given[x], words, builder.nodes[x].place or layer.place, builder)
    table = builder.parameter("E", size, weights, "table", "weights", ("word", "unit"))
    steps = inputs.shapes[0]
    shape, axes = ((*steps, units), ("step", "unit")) if own.pool == "none" else ((units,), ())
    z = builder.apply("z", Lookup(own.pool), (x, table.node), shape, axes)
    return Lowered({"z": z}, (table,))


def _size(
    layer: LayerSpec, own: Embedding, weights: ArraySpec | Given | None, builder: Builder
) -> tuple[int, int] | None:
    """Return how many words and units there are; report what says neither or does not fit."""
    array: Any = None
    if isinstance(weights, Given):
        array = weights.texts if weights.floats is None else weights.floats
    elif isinstance(weights, WrittenArray):
        array = weights.texts
    place = layer.place if own.weights is None else own.weights.place
    if array is not None and array.ndim != 2:
        builder.say("weights: a row a word is expected", place, "such as [[0.1, 0.2], [0.3, 0.4]]")
        return None
    if array is None:
        if own.words is None or own.units is None:
            if not isinstance(own.weights, FileData):
                missing = " and ".join(
                    f"'{key}:'" for key in ("words", "units") if getattr(own, key) is None
                )
                what = f"{builder.title(layer)}: the size of the table is not known"
                builder.say(what, layer.place, f"add {missing}, or 'weights:'")
            return None
        return own.words, own.units
    for key, said, found in (
        ("words", own.words, array.shape[0]),
        ("units", own.units, array.shape[1]),
    ):
        if said is not None and said != found:
            what = "row" if key == "words" else "column"
            message = f"weights: {counted(found, what)}, but '{key}' says {said}"
            builder.say(message, place, f"give {counted(said, what)}, or {key}: {found}")
            return None
    return int(array.shape[0]), int(array.shape[1])


def _check_words(given: Given | None, words: int, place: Place, builder: Builder) -> None:
    """Report a number that is no word's."""
    texts = None if given is None else given.texts if given.floats is None else given.floats
    for position, text in [] if texts is None else np.ndenumerate(texts):
        value = number_float(text) if isinstance(text, str) else float(text)
        entry = ",".join(str(i + 1) for i in position)
        if value != int(value):
            message = f"input[{entry}]: {text} is no whole number"
            builder.say(message, place, "an embedding reads the numbers of words, from 0")
            return
        if not 0 <= value < words:
            message = f"input[{entry}]: there is no word {text}"
            cure = f"{counted(words, 'word')} are counted from 0 to {words - 1}"
            builder.say(message, place, cure)
            return


EXAMPLE = """\
input: [2, 0, 2]
target: [1]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {type: embedding, weights: [[0.5, -1], [1, 0.25], [-0.3, 2], [0.4, 0.1]], pool: mean}
  - {units: 1, weights: [[1, -2]], bias: [0.3], activation: sigmoid}
"""

TYPE = LayerType(
    "embedding",
    "a row of a table for each word",
    {
        "words": Key(
            COUNT,
            "how many words there are (may be left out when the weights say it)",
            also=("vocabulary", "num_embeddings", "vocab"),
        ),
        "units": Key(
            COUNT,
            "how long a row is (may be left out when the weights say it)",
            also=("dimension", "embedding_dim", "size", "dim"),
        ),
        "weights": Key(ARRAY, "E: a row a word", also=("table", "matrix", "w")),
        "pool": Key(
            word("none", "mean", "sum"), "none: a row a word; mean or sum: one row of them all"
        ),
    },
    Embedding,
    lower,
    EXAMPLE,
    sample_rank=1,
)
