"""What takes too long is stopped: an answer, a sheet, whatever it is that takes the time."""

from __future__ import annotations

import contextlib
import time

import pytest

from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.running import Overrides, check_one
from backprop_cli.checking.sheets.evaluating import OutOfTime, within
from backprop_cli.checking.sheets.sheet_tree import ReadSheet

from .reading_sheets import RATE, graph_of, sheet, trace_of


def spin(inner: contextlib.AbstractContextManager[None] | None = None) -> None:
    """Go on for ever, after something that ends."""
    with inner or contextlib.nullcontext():
        pass
    while True:
        pass


def test_what_takes_too_long_is_stopped() -> None:
    begin = time.perf_counter()
    with pytest.raises(OutOfTime), within(10.0), within(0.05):
        spin()
    assert time.perf_counter() - begin < 5


def test_the_outer_limit_holds_inside_and_afterwards() -> None:
    with pytest.raises(OutOfTime), within(0.1):
        spin(within(10.0))
    with within(0.05):
        pass
    begin = time.process_time()
    while time.process_time() - begin < 0.2:
        pass


def test_waiting_for_others_is_not_counted() -> None:
    """A machine that does something else meanwhile takes nobody's marks."""
    with within(0.02):
        time.sleep(0.1)


def test_an_answer_that_takes_too_long_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    from backprop_cli.checking.sheets import parsing

    monkeypatch.setattr(parsing, "parse_printed", lambda *_: spin())
    monkeypatch.setattr(parsing, "SECONDS_AN_ANSWER", 0.05)
    found = sheet("answers: {loss: 1 + 1, b1: 0.35}")
    problem = found.answers[0].parsed.problem
    assert problem is not None
    assert problem.message == "it takes over 0.05 seconds to read"
    assert found.answers[1].parsed.value == 0.35


def test_a_sheet_that_takes_too_long_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    from backprop_cli.checking import running

    monkeypatch.setattr(running, "mark_sheet", lambda *_: spin())
    monkeypatch.setattr(running, "SECONDS_A_SHEET", 0.05)
    problem = answer_key(graph_of("mazur"), trace_of("mazur"), RATE)
    found = check_one(problem, ReadSheet(sheet("answers: {loss: 1}")), Overrides())
    assert [p.message for p in found.problems] == ["checking it takes longer than 0.05 seconds"]
    assert found.marked.judged == ()
