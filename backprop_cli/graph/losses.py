"""The loss's part of the graph: target, terms, cost of a sample, reduction, penalties."""

from __future__ import annotations

import math
from typing import Any

from msgspec import structs

from ..expression.indices import Index
from ..expression.refs import Ref
from ..expression.tree import Call, Expr, mul
from ..expression.walking import children, substitute
from ..functions.fused import FUSED
from ..functions.losses import (
    LOSSES,
    SOFTMAX_CROSS_ENTROPY,
    LossTerms,
    loss_terms,
)
from ..functions.operators import Batch, Penalty, Sum, Total
from ..functions.rules import Rule
from ..problems import Refusal, counted
from ..spec.functions import FunctionSpec
from ..spec.records import NetworkSpec, Regularization
from .building import Builder, sized
from .parts import Layer, Node, Shortcut
from .targets import add_target, add_weights

NO_DERIVATIVE = "look for a division by zero, or the root or logarithm of a negative number"
LONGEST_WORK = 50_000
"""Nodes of a loss formula written out, times outputs, past which it is refused."""
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
    place, axes = spec.loss.place, builder.nodes[last.a].axes
    target = add_target(spec, builder, last, single)
    sizes = zip(axes, last.shape, strict=True)
    rule = _rule(spec.loss, math.prod(size for axis, size in sizes if axis != "step"), builder)
    if rule is None:
        return {}
    joint = rule.name in ("expression", "unspecified")
    if joint and len(last.shape) > 1:
        message = f"loss: a formula of all outputs together, and the output is {sized(last.shape)}"
        builder.say(message, place, "write it as one sum over the outputs, such as sum((a - y)**2)")
        return {}
    shape = (1,) if joint else last.shape
    weights = add_weights(spec, builder, last, single)
    plain: Rule = rule
    if weights is not None:
        from ..functions.timed_losses import timed

        rule = timed(rule, ends=builder.lengths != () and not _differ(builder, weights))
        if rule is None:
            message = "loss: steps that count differently, and a loss of one's own"
            builder.say(message, place, f"use one of {', '.join(LOSSES)}")
            return {}
    read = (last.a, target) if weights is None else (last.a, target, weights)
    terms = builder.node(
        Node(Ref("loss_terms"), shape, rule, read, place=place, watched=False, axes=axes)
    )
    if weights is None:
        _shorten(builder, last, plain, terms, target)
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
        "loss_name": rule.letter or rule.name,
        "loss_place": place,
        "loss_cure": _cure(takes, last.activation),
    }


def _differ(builder: Builder, weights: int) -> bool:
    """Return whether steps before the ends of the sequences count differently."""
    given = builder.given[weights]
    rows = () if given is None else given.numbers.reshape(builder.samples, -1)
    return any((row[:end] != 1).any() for row, end in zip(rows, builder.lengths, strict=True))


def _rule(spec: FunctionSpec, units: int, builder: Builder) -> Any:
    """Return the rule of a written loss; report a formula that cannot be one."""
    if spec.expression is not None and _too_long(spec, units):
        message = f"loss: too long a formula for {counted(units, 'output')}"
        cure = "write it as one sum over the outputs, such as sum((a - y)**4)"
        builder.say(message, spec.place, cure)
        return None
    try:
        return loss_rule(spec, units)
    except Refusal as refusal:
        for problem in refusal.problems:
            builder.say(f"loss: {problem.message}", problem.place or spec.place, problem.cure)
    except (TypeError, ValueError, ArithmeticError, RecursionError):
        builder.say("loss: this formula has no real derivative", spec.place, NO_DERIVATIVE)
    return None


def of_one_output(tree: Expr) -> Expr:
    """Return the formula for a single output, over which there is nothing to reduce.

    sum(a), mean(a) and max(a) are then a, so that ``a*sum(y)`` has a derivative term by term.
    """

    def replace(node: Expr) -> Expr | None:
        match node:
            case Call("sum" | "mean" | "max" | "min", (inside,)):
                return of_one_output(inside)
            case Call("dot", (left, right)):
                return mul(of_one_output(left), of_one_output(right))
        return None

    return substitute(tree, replace)


def _too_long(spec: FunctionSpec, units: int) -> bool:
    """Return whether differentiating the formula output by output would take seconds.

    A sum of one term an output is differentiated once, whatever the number of outputs; whether
    the formula is one shows with two outputs already.
    """
    if spec.expression is None or _written_size(spec.expression, units) * units <= LONGEST_WORK:
        return False
    if _written_size(spec.expression, 2) * 2 > LONGEST_WORK:
        return True
    from ..functions.expressions import custom_loss

    try:
        return not isinstance(custom_loss(spec.expression, 2, spec.text), LossTerms)
    except (Refusal, TypeError, ValueError, ArithmeticError, RecursionError):
        return False


def _written_size(tree: Expr, outputs: int) -> int:
    """Return how many nodes the formula has when its reductions are written out."""
    inside = sum(_written_size(child, outputs) for child in children(tree))
    reduces = isinstance(tree, Call) and (
        tree.function in ("sum", "mean", "dot")
        or (tree.function in ("max", "min") and len(tree.arguments) == 1)
    )
    return 1 + inside * (outputs if reduces else 1)


def _cure(takes: str, activation: str) -> str:
    """Return what mends outputs that the loss cannot read."""
    if (takes, activation) in (("probabilities", "sigmoid"), ("distribution", "softmax")):
        logits = "sigmoid_cross_entropy" if takes == "probabilities" else "softmax_cross_entropy"
        return f"the output is saturated: use {logits} after 'activation: identity'"
    return CURES.get(takes, "")


def loss_rule(spec: FunctionSpec, units: int) -> Any:
    """Return the rule of a written loss for a number of outputs."""
    if spec.name == SOFTMAX_CROSS_ENTROPY.name:
        return SOFTMAX_CROSS_ENTROPY
    if spec.name:
        return loss_terms(LOSSES[spec.name], units, spec.settings)
    from ..functions.expressions import UnspecifiedLoss, custom_loss

    if spec.expression is None:
        return UnspecifiedLoss(spec.letter)
    tree = spec.expression if units > 1 else of_one_output(spec.expression)
    return custom_loss(tree, units, spec.text)


def _shorten(builder: Builder, last: Layer, rule: Rule, terms: int, target: int) -> None:
    """Give softmax or sigmoid under its cross-entropy the short way to ∂C/∂z = a − y."""
    used = sum(last.a in node.parents for node in builder.nodes)
    short = FUSED.get((last.activation, rule.name))
    if short is None or used != 1:
        return
    shortcut = Shortcut(terms, short, (last.z, target))
    builder.nodes[last.a] = structs.replace(builder.nodes[last.a], shortcut=shortcut)


def _penalties(spec: NetworkSpec, builder: Builder) -> tuple[int, ...]:
    if spec.regularization is None or spec.regularization == Regularization():
        return ()
    weights: dict[Index | None, list[int]] = {}
    for parameter in builder.parameters:
        if parameter.kind == "weight":
            layer = builder.nodes[parameter.node].ref.layer
            weights.setdefault(layer, []).append(parameter.node)
    l2, l1 = spec.regularization.l2, spec.regularization.l1
    return tuple(
        builder.node(
            Node(
                Ref("penalty", layer),
                (),
                Penalty(l2, l1, len(nodes)),
                tuple(nodes),
                per_sample=False,
            )
        )
        for layer, nodes in weights.items()
    )
