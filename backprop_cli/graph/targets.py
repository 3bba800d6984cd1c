"""The target: numbers, classes or a file, checked against the output's shape and the loss."""

from __future__ import annotations

import math

import numpy as np
from msgspec import structs

from ..expression.refs import Ref
from ..functions.losses import CATEGORICAL
from ..problems import Place, counted, shortened
from ..spec.arrays import FileData, WrittenArray
from ..spec.data import NO_CLASS, BlankArray, ClassTarget
from ..spec.numbers import number_float
from ..spec.records import NetworkSpec
from .building import Builder, sized
from .parts import Given, Layer, Node

MOST_ROWS = 8
"""Rows of a target that a message writes out."""


def add_target(spec: NetworkSpec, builder: Builder, last: Layer, single: bool) -> int:
    """Add the target's leaf, shaped as the output, and return its node; a misfit is reported.

    Where a step has no target (``~``) zeros stand.
    """
    shape, axes = last.shape, builder.nodes[last.a].axes
    node = Node(Ref("y"), shape, wants_gradient=False, place=spec.place, watched=False, axes=axes)
    given = spec.target
    wanted = shape if single else (builder.samples, *shape)
    if given is None:
        return builder.leaf(node, None)
    node = structs.replace(node, place=given.place)
    if isinstance(given, BlankArray):
        _check_shape(builder, _in_full(given.shape, wanted, axes), wanted, given.place, single)
        return builder.leaf(node, None)
    if isinstance(given, ClassTarget):
        return builder.leaf(node, _one_hot(spec, builder, given, wanted, len(shape)))
    if isinstance(given, WrittenArray):
        if _are_classes(spec, given, wanted):
            said = "{class: " + _listed(given.texts) + "}"
            message = "target: classes by their numbers, where the output has a value for each"
            builder.say(message, given.place, f"write {said}; classes count from 0")
            return builder.leaf(node, None)
        texts = given.texts.reshape(_in_full(given.texts.shape, wanted, axes))
        column = wanted == (texts.size, 1) and texts.size <= MOST_ROWS
        rows = f"[{', '.join(f'[{text}]' for text in texts.flat)}]" if column else ""
        _check_shape(builder, texts.shape, wanted, given.place, single, rows)
        _check_range(spec, builder, given)
        return builder.leaf(node, Given(texts=texts))
    if not isinstance(given, FileData):
        raise TypeError("a target is written, a class, or a file")
    return builder.leaf(node, _loaded(builder, given, wanted, single))


def _in_full(
    found: tuple[int, ...], wanted: tuple[int, ...], axes: tuple[str, ...]
) -> tuple[int, ...]:
    """Return the shape with the axis of an image's one channel, which may be left out."""
    first = len(wanted) - len(axes)
    left_out = wanted[:first] + wanted[first + 1 :]
    channel = axes[0] in ("channel", "filter") and wanted[first] == 1
    return wanted if channel and len(axes) > 1 and found == left_out else found


def _loaded(
    builder: Builder, given: FileData, wanted: tuple[int, ...], single: bool
) -> Given | None:
    loaded = builder.load(given)
    if loaded is None:
        return None
    array = loaded.texts if loaded.floats is None else loaded.floats
    if array is not None and array.size == np.prod(wanted) and array.ndim < 3 >= len(wanted):
        array = array.reshape(wanted)
    _check_shape(builder, array.shape if array is not None else (), wanted, given.place, single)
    return Given(texts=array) if loaded.floats is None else Given(floats=array)


def _one_hot(
    spec: NetworkSpec, builder: Builder, given: ClassTarget, wanted: tuple[int, ...], rank: int
) -> Given | None:
    units, rows = wanted[-1], math.prod(wanted[:-1])
    single = len(wanted) == 1
    name = spec.loss.name if spec.loss else ""
    if name not in CATEGORICAL:
        cure = "use cross_entropy or softmax_cross_entropy, or write the target as numbers"
        builder.say(f"target: a class is not a target of {name or 'this loss'}", given.place, cure)
        return None
    if single and not given.single:
        cure = f"write {{class: {given.classes[0]}}}"
        builder.say("target: a list of classes for one sample", given.place, cure)
        return None
    if len(given.classes) != rows or given.single != single:
        found, each = counted(len(given.classes), "class"), "sample" if rank == 1 else "row"
        message = f"target: {found} for {counted(rows, each)}"
        cure = f"a list with one class for each row of the {'input' if rank == 1 else 'output'}"
        builder.say(message, given.place, cure)
        return None
    for chosen, place in zip(given.classes, given.places, strict=True):
        if chosen == NO_CLASS and rank == 1:
            builder.say("target: a sample without a class", place, "give it one")
            return None
        if chosen >= units:
            message = f"target: class {chosen}, but the classes are 0 to {units - 1}"
            cure = "classes count from 0; there is one for each output"
            builder.say(message, place, cure)
            return None
    texts = np.full((rows, units), "0", dtype=object)
    for row, chosen in enumerate(given.classes):
        texts[row, chosen] = "0" if chosen == NO_CLASS else "1"
    return Given(texts=texts.reshape(wanted))


def _are_classes(spec: NetworkSpec, given: WrittenArray, wanted: tuple[int, ...]) -> bool:
    """Return whether a target that does not fit is one whole number for each row of the output."""
    texts = given.texts
    if spec.loss is None or spec.loss.name not in CATEGORICAL or texts.shape == wanted:
        return False
    rows = wanted[:-1] or (1,)
    whole = all(text.isascii() and text.isdigit() and len(text) < 9 for text in texts.flat)
    return whole and texts.shape in (rows, (*rows, 1)) and max(map(int, texts.flat)) < wanted[-1]


def _listed(texts: np.ndarray) -> str:
    """Return the numbers as a list, or the one there is."""
    flat = [str(int(text)) for text in texts.flat]
    return flat[0] if len(flat) == 1 else shortened(f"[{', '.join(flat)}]")


def _check_range(spec: NetworkSpec, builder: Builder, given: WrittenArray) -> None:
    """Report a target whose logarithm the loss would take, or of one minus which."""
    name = spec.loss.name if spec.loss else ""
    if name not in ("binary_cross_entropy", "kl_divergence"):
        return
    highest = 1 if name == "binary_cross_entropy" else math.inf
    for text in given.texts.ravel().tolist():
        if not 0 <= number_float(text) <= highest:
            wanted = "from 0 to 1" if highest == 1 else "from 0"
            message = f"target: {name} takes numbers {wanted}, not {shortened(text)}"
            builder.say(message, given.place, "a target of this loss is a probability")
            return


def _check_shape(
    builder: Builder,
    found: tuple[int, ...],
    wanted: tuple[int, ...],
    place: Place,
    single: bool,
    rows: str = "",
) -> None:
    """Report a shape that is not the output's; ``rows`` are the numbers as they are to be."""
    if found == wanted:
        return
    if len(wanted) > (1 if single else 2):
        message = f"target: {sized(found)}, but the output is {sized(wanted)}"
        cure = f"give {sized(wanted)}: it is shaped as the output"
        if found in (wanted[:-2] + wanted[-1:], (wanted[-1],)) and builder.loops:
            cure += "; of the last step alone, write output: last in the layer that remembers"
        elif len(wanted) == (3 if single else 4) and len(found) == len(wanted) - 2:
            cure += "; to answer with a vector, put 'type: flatten' before the first dense layer"
        builder.say(message, place, cure)
        return
    output = counted(wanted[-1], "value")
    if single and len(found) == 1:
        message = f"target: {sized(found)}, but the output has {output}"
        builder.say(message, place, f"give {output}")
    elif single:
        message = f"target: a batch of {counted(found[0], 'row')}, but the input is one sample"
        builder.say(message, place, f"write one list of {output}")
    elif len(found) == 2 and found[0] != wanted[0]:
        samples = counted(wanted[0], "sample")
        message = f"target: {counted(found[0], 'row')}, but the input has {samples}"
        builder.say(message, place, "one row for each sample")
    elif len(found) == 2:
        message = f"target: rows of {counted(found[1], 'value')}, but the output has {output}"
        builder.say(message, place, f"give rows of {output}")
    else:
        message = f"target: one list, but the input is a batch of {counted(wanted[0], 'sample')}"
        such = "such as [[0], [1]]"
        cure = f"write a list of rows, one a sample{f': {rows}' if rows else f', {such}'}"
        builder.say(message, place, cure)


def add_weights(spec: NetworkSpec, builder: Builder, last: Layer, single: bool) -> int | None:
    """Add the weight of each step in the loss, and return its node; None where each counts once.

    A step without a target counts nothing; under a mean over time the others count alike.
    """
    axes, given = builder.nodes[last.a].axes, spec.target
    mean, place = spec.over_time == "mean", spec.place
    missing: tuple[tuple[int, ...], ...] = ()
    lead = last.shape[:1] if single else (builder.samples, *last.shape[:1])
    if isinstance(given, WrittenArray):
        missing, place = given.missing, given.place
    elif isinstance(given, ClassTarget) and NO_CLASS in given.classes:
        places = [i for i, chosen in enumerate(given.classes) if chosen == NO_CLASS]
        missing = tuple(tuple(map(int, np.unravel_index(i, lead))) for i in places)
    if "step" not in axes[:1]:
        if missing:
            cure = "a target may be left out at steps of a sequence only"
            builder.say("target: nothing is given here", place, cure)
        if mean:
            cure = "the output has no steps: remove it"
            builder.say("over_time: mean, and the loss is of one step", spec.place, cure)
        return None
    if not missing and not mean and not builder.lengths:
        return None
    counts = np.ones(lead, dtype=bool)
    if builder.lengths:
        counts = np.arange(last.shape[0]) < np.array(builder.lengths)[:, None]
    for where in missing:
        if len(where) != counts.ndim:
            builder.say("target: nothing is given here", place, "leave out whole steps only")
            return None
        if all(i < steps for i, steps in zip(where, counts.shape, strict=True)):  # else said before
            counts[where] = False
    if not counts.any(axis=-1).all():
        builder.say("target: a sequence without any target", place, "give one step a target")
        return None
    totals = np.broadcast_to(counts.sum(axis=-1, keepdims=True), counts.shape)
    texts = np.full(counts.shape, "0", dtype=object)
    texts[counts] = [f"1/{n}" if mean and n > 1 else "1" for n in totals[counts].tolist()]
    node = Node(
        Ref("m"),
        last.shape[:1],
        wants_gradient=False,
        place=place,
        watched=False,
        axes=("step",),
    )
    return builder.leaf(node, Given(texts=texts))
