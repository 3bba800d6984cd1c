"""Larger networks than the examples: wide, long, of an image, of many lines, of a batch."""

from __future__ import annotations

import random

from ..commands.running import ALL, CONFIGS

CELL = (
    "  - {type: lstm, units: 2, weights: {init: xavier_normal}, bias: 0.1, output: last,"
    " recurrent_weights: {init: xavier_normal}}\n"
)


def networks() -> dict[str, str]:
    """Return the text of each example and each larger network, by its name."""
    examples = {name: (CONFIGS / f"{name}.yaml").read_text(encoding="utf-8") for name in ALL}
    return examples | {
        "wide_100": _dense([0.05, 0.1], [0.01, 0.99], "half_squared_error", (100, 2)),
        "lstm_30": _headed(_rows(30, 2), [1], "half_squared_error", 0.05, CELL + _layer(1, "")),
        "image_28": _image(),
        "graph_300": _graph(300),
        "batch_16": _dense(_rows(16, 4), _rows(16, 3), "squared_error", (8, 6, 3)),
    }


def _rows(height: int, width: int) -> list[list[float]]:
    draw = random.Random(height)
    return [[round(draw.uniform(-1, 1), 2) for _ in range(width)] for _ in range(height)]


def _headed(inputs: object, target: object, loss: str, rate: float, layers: str) -> str:
    return (
        f"input: {inputs}\ntarget: {target}\nloss: {loss}\nlearning_rate: {rate}\nseed: 1\n"
        f"layers:\n{layers}"
    )


def _layer(units: int, activation: str = "sigmoid") -> str:
    known = f", activation: {activation}" if activation else ""
    return f"  - {{units: {units}, weights: {{init: xavier_normal}}, bias: 0.1{known}}}\n"


def _dense(inputs: object, target: object, loss: str, units: tuple[int, ...]) -> str:
    return _headed(inputs, target, loss, 0.5, "".join(map(_layer, units)))


def _image() -> str:
    layers = (
        "  - {type: conv2d, filters: 2, kernel: 5, weights: {init: he_normal}, bias: 0.1,"
        " activation: relu}\n  - {type: max_pool2d, window: 2}\n  - {type: flatten}\n"
        + _layer(10, "softmax")
    )
    return _headed(_rows(28, 28), "{class: 3}", "cross_entropy", 0.1, layers)


def _graph(lines: int) -> str:
    """Return a graph whose every line reads the one before it, and one further back."""
    draw = random.Random(lines)
    names, graph = ["x", "y", "w"], ""
    forms = ("{} + {}", "{}*{}", "tanh({}) - {}", "sigmoid({})*{}", "sin({}) + {}/2")
    for number in range(1, lines + 1):
        form = draw.choice(forms)
        graph += f"  t{number}: {form.format(names[-1], draw.choice(names[-8:-1]))}\n"
        names.append(f"t{number}")
    return (
        f"variables: {{x: 0.5, y: -1, w: 2}}\nparameters: [w]\nlearning_rate: 0.1\ngraph:\n{graph}"
    )
