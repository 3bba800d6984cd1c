"""Every activation under every loss that it can stand under, and how such exercises are made."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import yaml

from backprop_cli.exercises.generating import Exercise, exercise
from backprop_cli.exercises.outline import Outline, outline_of
from backprop_cli.functions.losses import LOSSES
from backprop_cli.mathematics.activations import ACTIVATIONS
from backprop_cli.problems import Refusal

Array = np.ndarray[Any, Any]
LOSS_NAMES = (*LOSSES, "softmax_cross_entropy")
LAYERS = (*ACTIVATIONS, "relu,softmax", "relu,sigmoid", "tanh,identity", "leaky_relu,hard_sigmoid")
SHAPES = ("2-2-1", "1-2-2", "3-2-2", "2-3-2", "2-1-2", "2-2-2-2")
SMOOTH = ("sigmoid", "tanh", "softsign", "softmax")


def outlines(activation: str) -> list[Outline]:
    """Return outlines of every third loss that fits, in turn; each third of them is a batch."""
    every = _every(activation)
    return every if "softmax" in activation else every[LAYERS.index(activation) % 3 :: 3]


def _every(activation: str) -> list[Outline]:
    found = []
    for number, loss in enumerate(LOSS_NAMES):
        shape = SHAPES[(number + LAYERS.index(activation)) % len(SHAPES)]
        batch = 3 if number % 9 // 3 == 1 else None
        try:
            found.append(outline_of(shape, activation, loss, batch=batch))
        except Refusal:
            continue
    return found


@functools.cache
def made(outline: Outline, seed: int = 1) -> Exercise:
    """Return an exercise, made once for all tests."""
    return exercise(outline, seed)


def plain(text: str) -> dict[str, Any]:
    """Return the mapping of a file, its fractions as floats, for an oracle."""
    mapping: dict[str, Any] = _numbers(yaml.safe_load(text))
    return mapping


def _numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_numbers(inner) for inner in value]
    if isinstance(value, str) and value.lstrip("-").replace("/", "").isdigit():
        top, _, bottom = value.partition("/")
        return int(top) / int(bottom or 1)
    return float(value) if isinstance(value, int) else value
