"""Honest sheets of convolutions and pools: rounded at every step, right, and nobody accused."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.records import Answer, Sheet
from backprop_cli.expression.refs import plain_name
from backprop_cli.passes.run import run

from ..layers import images
from ..networks import loads
from .mistake_sheets import asked
from .students import decimals, number_written

SHEETS = 40
SMALL = 150
"""How many answers a sheet has at most, so that the whole class is marked in seconds."""


@pytest.mark.parametrize("places", [2, 3, 4])
def test_honest_sheets_are_accepted_and_nobody_is_accused(places: int) -> None:
    """At least 99.5 % right, each number as the rounded ones before it give it."""
    write, right, decided = decimals(places), 0, 0
    for seed in range(SHEETS):
        graph = loads(images.text_of(images.network(seed)))
        key = answer_key(graph, run(graph), 0.5)
        worked = run(graph, round_forward=places, round_backward=places)
        n = len(graph.nodes)
        answers = []
        for ref, step in asked(key.replay, errors=True):
            place, position = key.replay.place(ref, step)
            if place >= 2 * n:
                continue
            array = worked.values[place] if place < n else worked.gradients[place - n]
            assert array is not None
            number = number_written(write(float(np.asarray(array).flat[position])))
            answers.append(Answer(plain_name(ref, graph.in_out), ref, number, step))
        if len(answers) > SMALL:
            continue
        marked = mark_sheet(key, Sheet("", "", tuple(answers)))
        assert not [each for each in marked.judged if each.mistake], seed
        verdicts = [each.verdict for each in marked.judged]
        decided += len(verdicts) - verdicts.count("undecided")
        right += verdicts.count("right")
    assert decided > 1000
    assert right >= 0.995 * decided, f"{right} of {decided}"
