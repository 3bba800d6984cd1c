"""The loss's part of the graph: target, terms, cost of a sample, reduction, penalties."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import structs

from ..expression.refs import Ref
from ..functions.expressions import UnspecifiedLoss, custom_loss
from ..functions.losses import (
    CATEGORICAL,
    LOSSES,
    SOFTMAX_CROSS_ENTROPY,
    LossTerms,
    loss_terms,
)
from ..functions.operators import Batch, Penalty, Sum, Total
from ..problems import Place
from ..spec.arrays import FileData, WrittenArray
from ..spec.data import Blank, ClassTarget
from ..spec.functions import FunctionSpec
from ..spec.network import NetworkSpec, Regularization
from .building import Builder, counted, sized
from .records import Given, Layer, Node, Shortcut

Array = np.ndarray[Any, Any]
NO_DERIVATIVE = "look for a division by zero, or the root or logarithm of a negative number"
CURES = {
    "probabilities": "end with 'activation: sigmoid', or use sigmoid_cross_entropy on logits",
    "distribution": "end with 'activation: softmax', or use softmax_cross_entropy on logits",
    "signs": "targets of hinge are -1 and 1",
}


def add_loss(
    spec: NetworkSpec, builder: Builder, last: Layer, samples: int, single: bool
) -> dict[str, Any]:
    """Add the loss's nodes and return the Graph's fields that name them."""
    if spec.loss is None:
        return {}
    units, place = last.units, spec.loss.place
    target = _target(spec, builder, units, samples, single)
    try:
        rule = loss_rule(spec.loss, units)
    except (TypeError, ValueError, ArithmeticError, RecursionError):
        builder.say("loss: this formula has no real derivative", place, NO_DERIVATIVE)
        return {}
    width = units if rule.name not in ("expression", "unspecified") else 1
    terms = builder.node(
        Node(Ref("loss_terms"), (width,), rule, (last.a, target), place=place, watched=False)
    )
    _shorten(builder, last, rule, terms, target)
    cost = builder.node(Node(Ref("cost"), (), Total(), (terms,), place=place, watched=False))
    batch = Batch(samples, spec.reduction == "mean")
    data = Node(Ref("data_loss"), (), batch, (cost,), per_sample=False, place=place)
    data_loss = builder.node(data)
    penalties = _penalties(spec, builder)
    loss = data_loss
    if penalties:
        parents = (data_loss, *penalties)
        loss = builder.node(Node(Ref("loss"), (), Sum(), parents, per_sample=False, place=place))
    else:
        builder.nodes[data_loss] = structs.replace(data, ref=Ref("loss"))
    takes = rule.loss.takes if isinstance(rule, LossTerms) else ""
    return {
        "target": target,
        "terms": terms,
        "cost": cost,
        "data_loss": data_loss,
        "penalties": penalties,
        "loss": loss,
        "loss_name": rule.name,
        "loss_place": place,
        "loss_cure": _cure(takes, last.activation),
    }


def _cure(takes: str, activation: str) -> str:
    """Return what mends outputs that the loss cannot read."""
    if (takes, activation) in (("probabilities", "sigmoid"), ("distribution", "softmax")):
        logits = "sigmoid_cross_entropy" if takes == "probabilities" else "softmax_cross_entropy"
        return f"the output is saturated: use {logits} after 'activation: identity'"
    return CURES.get(takes, "")


def loss_rule(spec: FunctionSpec, units: int) -> Any:
    """Return the rule of a written loss for a number of outputs."""
    if spec.letter:
        return UnspecifiedLoss(spec.letter)
    if spec.expression is not None:
        return custom_loss(spec.expression, units, spec.text)
    if spec.name == SOFTMAX_CROSS_ENTROPY.name:
        return SOFTMAX_CROSS_ENTROPY
    return loss_terms(LOSSES[spec.name], units, spec.settings)


def _shorten(builder: Builder, last: Layer, rule: Any, terms: int, target: int) -> None:
    """Give softmax or sigmoid under its cross-entropy the short way to ∂C/∂z = a − y."""
    used = sum(last.a in node.parents for node in builder.nodes)
    pair = (last.activation, rule.name)
    if used != 1:
        return
    if pair in (("softmax", "cross_entropy"), ("softmax", "kl_divergence")):
        short: Any = SOFTMAX_CROSS_ENTROPY
    elif pair == ("sigmoid", "binary_cross_entropy"):
        short = loss_terms(LOSSES["sigmoid_cross_entropy"], last.units)
    else:
        return
    shortcut = Shortcut(terms, short, (last.z, target))
    builder.nodes[last.a] = structs.replace(builder.nodes[last.a], shortcut=shortcut)


def _penalties(spec: NetworkSpec, builder: Builder) -> tuple[int, ...]:
    if spec.regularization is None or spec.regularization == Regularization():
        return ()
    rule = Penalty(spec.regularization.l2, spec.regularization.l1)
    weights = [i for i, node in enumerate(builder.nodes) if node.rule is None and is_weight(node)]
    return tuple(
        builder.node(
            Node(Ref("penalty", builder.nodes[i].ref.layer), (), rule, (i,), per_sample=False)
        )
        for i in weights
    )


def is_weight(node: Node) -> bool:
    """Return whether regularization counts the leaf: a parameter that is no bias."""
    return not node.per_sample and len(node.shape) > 1


def _target(spec: NetworkSpec, builder: Builder, units: int, samples: int, single: bool) -> int:
    node = Node(Ref("y"), (units,), wants_gradient=False, place=spec.place, watched=False)
    given = spec.target
    wanted = (units,) if single else (samples, units)
    if given is None:
        return builder.leaf(node, None)
    node = structs.replace(node, place=given.place)
    if isinstance(given, Blank):
        _check_shape(builder, given.shape, wanted, given.place, single)
        return builder.leaf(node, None)
    if isinstance(given, ClassTarget):
        return builder.leaf(node, _one_hot(spec, builder, given, wanted))
    if isinstance(given, WrittenArray):
        _check_shape(builder, given.texts.shape, wanted, given.place, single)
        return builder.leaf(node, Given(texts=given.texts))
    if not isinstance(given, FileData):
        raise TypeError("a target is written, a class, or a file")
    return builder.leaf(node, _loaded(builder, given, wanted, single))


def _loaded(
    builder: Builder, given: FileData, wanted: tuple[int, ...], single: bool
) -> Given | None:
    loaded = builder.load(given)
    if loaded is None:
        return None
    array = loaded.texts if loaded.floats is None else loaded.floats
    if array is not None and array.size == np.prod(wanted) and array.ndim < 3:
        array = array.reshape(wanted)
    _check_shape(builder, array.shape if array is not None else (), wanted, given.place, single)
    return Given(texts=array) if loaded.floats is None else Given(floats=array)


def _one_hot(
    spec: NetworkSpec, builder: Builder, given: ClassTarget, wanted: tuple[int, ...]
) -> Given | None:
    units, single = wanted[-1], len(wanted) == 1
    name = spec.loss.name if spec.loss else ""
    if name not in CATEGORICAL:
        cure = "use cross_entropy or softmax_cross_entropy, or write the target as numbers"
        builder.say(f"target: a class is not a target of {name or 'this loss'}", given.place, cure)
        return None
    samples = 1 if single else wanted[0]
    if single and not given.single:
        cure = f"write {{class: {given.classes[0]}}}"
        builder.say("target: a list of classes for one sample", given.place, cure)
        return None
    if len(given.classes) != samples or given.single != single:
        found = counted(len(given.classes), "class")
        message = f"target: {found} for {counted(samples, 'sample')}"
        builder.say(message, given.place, "a list with one class for each row of the input")
        return None
    for chosen, place in zip(given.classes, given.places, strict=True):
        if chosen >= units:
            message = f"target: class {chosen}, but the classes are 0 to {units - 1}"
            cure = "classes count from 0; there is one for each output"
            builder.say(message, place, cure)
            return None
    texts = np.full((samples, units), "0", dtype=object)
    texts[np.arange(samples), list(given.classes)] = "1"
    return Given(texts=texts.reshape(wanted))


def _check_shape(
    builder: Builder,
    found: tuple[int, ...],
    wanted: tuple[int, ...],
    place: Place,
    single: bool,
) -> None:
    if found == wanted:
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
        builder.say(message, place, "write a list of rows, one a sample, such as [[0], [1]]")
