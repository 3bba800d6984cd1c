"""Honest sheets of attention, worked in plain numpy and rounded: right, and nobody is accused."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.passes.run import run

from .students import Pages, Rounding, sheet
from .test_honest import ROUNDINGS

EACH = 25
Array = np.ndarray[Any, Any]


class Task:
    """One head over three positions of two values, answers of two; everything on one page."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)

        def numbers(rows: int, columns: int) -> Array:
            return np.array(
                [[round(chance.uniform(-1.5, 1.5), 1) for _ in range(columns)] for _ in range(rows)]
            )

        self.x, self.y = numbers(3, 2), numbers(3, 2)
        self.W = {letter: numbers(2, 2) for letter in "qkvo"}
        self.causal = seed % 3 == 0

    def text(self) -> str:
        """Return the network file."""
        keys = {"query": "q", "key": "k", "value": "v", "output": "o"}
        weights = ", ".join(f"{key}: {self.W[letter].tolist()}" for key, letter in keys.items())
        return (
            f"input: {self.x.tolist()}\ntarget: {self.y.tolist()}\nloss: half_squared_error\n"
            f"layers: [{{type: attention, causal: {str(self.causal).lower()}, {weights}}}]\n"
        )

    def worked(self, rounding: Rounding) -> Pages:
        """Return every quantity, each from what was written down before."""
        pages: Pages = {}

        def write(name: str, values: Array) -> Array:
            texts = [rounding(float(value)) for value in values.ravel()]
            places = [tuple(i + 1 for i in at) for at in np.ndindex(values.shape)]
            pages[f"{name}"] = list(zip(places, texts, strict=True))
            return np.array([float(text) for text in texts]).reshape(values.shape)

        x, W, root = self.x, self.W, np.sqrt(2.0)
        q, k, v = (write(f"{letter}1", x @ W[letter].T) for letter in "qkv")
        s = write("s1", q @ k.T / root)
        e = np.exp(s) * (np.tri(3) if self.causal else 1.0)
        p = write("p1", e / e.sum(axis=1, keepdims=True))
        z = write("z1", p @ v)
        o = write("o1", z @ W["o"].T)
        do = write("do1", o - self.y)
        dz = write("delta1", do @ W["o"])
        dp = write("dp1", dz @ v.T)
        ds = write("ds1", p * (dp - (dp * p).sum(axis=1, keepdims=True)))
        dv, dk, dq = (
            write(name, array)
            for name, array in (("dv1", p.T @ dz), ("dk1", ds.T @ q / root), ("dq1", ds @ k / root))
        )
        for letter, g, read in (("q", dq, x), ("k", dk, x), ("v", dv, x), ("o", do, z)):
            write(f"dW{letter}1", g.T @ read)
        return pages


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_honest_sheets_are_accepted_and_nobody_is_accused(rounding: str) -> None:
    right = decided = 0
    for seed in range(EACH):
        task = Task(seed)
        graph = loads(task.text())
        marked = mark_sheet(
            answer_key(graph, run(graph), 0.5), sheet(task.worked(ROUNDINGS[rounding]), graph)
        )
        accused = [each for each in marked.judged if each.mistake]
        assert not accused, (seed, accused)
        verdicts = [each.verdict for each in marked.judged]
        decided += len(verdicts) - verdicts.count("undecided")
        right += verdicts.count("right")
    assert right >= 0.995 * decided, f"{right} of {decided}"
