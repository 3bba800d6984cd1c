"""Activations as files write them: by name, by settings, by a formula, by a letter alone."""

from __future__ import annotations

from typing import Any

from ..functions.elementwise import bound_to
from ..functions.softmax import SOFTMAX
from ..mathematics.activations import ACTIVATIONS, Activation
from ..spec.functions import FunctionSpec
from ..spec.records import LayerSpec
from .building import Builder
from .losses import NO_DERIVATIVE


def activation(
    layer: LayerSpec, builder: Builder, spec: FunctionSpec | None, default: str = "identity"
) -> Any:
    """Return an activation of the layer as a rule; report a formula without a derivative."""
    try:
        return bound_to(ACTIVATIONS[default]) if spec is None else activation_rule(spec)
    except (TypeError, ValueError, ArithmeticError, RecursionError):
        # sympy left the real formulas: the root of a negative number, a division by zero.
        place = spec.place if spec else layer.place
        builder.say("activation: this formula has no real derivative", place, NO_DERIVATIVE)
        return None


def activation_rule(spec: FunctionSpec) -> Any:
    """Return the rule of a written activation."""
    if spec.name == "softmax":
        return SOFTMAX
    return bound_to(_entry(spec), spec.settings)


def _entry(spec: FunctionSpec) -> Activation:
    """Return the table's entry of a name, or one made of a formula or a letter."""
    if spec.name:
        return ACTIVATIONS[spec.name]
    from ..functions.expressions import custom_activation, unspecified_activation

    if spec.expression is not None:
        return custom_activation(spec.expression)
    return unspecified_activation(spec.letter)
