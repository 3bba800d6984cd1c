"""What is remembered from one sheet to the next: it changes nothing of what is said of either."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.remembered import Noted, Remembered
from backprop_cli.checking.replay import Array, Arrays
from backprop_cli.passes.run import run

from .slip_kinds import Work, kinds
from .students import decimals, exercise, sheet


def three() -> Arrays:
    return [np.array(1.0), np.array(2.0), np.array(3.0)]


def test_what_is_read_is_noted_but_not_what_was_put_in() -> None:
    read: set[int] = set()
    used = Noted(three(), read).copy()
    used[1] = used[0] + used[1:][1]
    assert [float(used[1]), float(used[-1]), float(used[1:][0])] == [4, 3, 4]
    assert read == {0, 2}
    assert len(list(Noted(three(), read))) == 3
    assert read == {0, 1, 2}


def test_a_result_holds_where_what_it_read_is_the_same() -> None:
    calls = []

    def work(used: Arrays) -> Array:
        calls.append(used)
        return used[0] + used[1] if used[0] > 0 else used[0]

    def of(*numbers: float) -> float:
        return float(remembered.get([np.array(n) for n in numbers], work))

    remembered: Remembered[Array] = Remembered()
    assert [of(1, 2, 3), of(1, 2, 4), of(1, 5, 3), of(-1, 2, 3), of(-1, 5, 3)] == [3, 3, 6, -1, -1]
    assert len(calls) == 3


@pytest.mark.parametrize(("sizes", "samples"), [((2, 2, 2), 1), ((2, 3, 1), 2)])
def test_a_sheet_is_judged_among_others_as_it_is_alone(
    sizes: tuple[int, ...], samples: int
) -> None:
    task = exercise(11, sizes, samples)
    graph = loads(task.text())
    done = run(graph)
    among = answer_key(graph, done, task.rate, many=True)
    for seed, kind in enumerate(list(kinds())[::5]):
        pages = Work(task, decimals(4 if seed % 3 else 3), kind, seed % 2, seed).work()
        handed_in = sheet(pages, graph, ("z2", "delta1") if seed % 4 == 1 else ())
        alone = mark_sheet(answer_key(graph, done, task.rate), handed_in)
        assert mark_sheet(among, handed_in) == alone, kind.name
