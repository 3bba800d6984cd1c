"""Every optimizer, by enumeration: its written update is the computed one, and PyTorch's."""

from __future__ import annotations

import importlib.util
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_cli.arithmetic.exact import EXACT
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.expression.tree import Name
from backprop_cli.expression.walking import walk
from backprop_cli.functions.optimizers import (
    ETA,
    OPTIMIZERS,
    THETA,
    G,
    Optimizer,
    T,
    Work,
    assigned,
)
from backprop_cli.passes.descent.descender import Descender

from ..descending import descender
from .pytorch import CASES, CLIPS, RATES, STEPS, by_torch
from .pytorch_values import STORED

NAMES = tuple(OPTIMIZERS)
NUMBERS = st.floats(-1e3, 1e3).map(lambda x: round(x, 6))


def numbers_of(entry: Optimizer, step: int) -> dict[Name, float]:
    numbers = {s.letter: float(s.default) for s in entry.settings}
    return {**numbers, ETA: 0.1, T: float(step)}


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40)
@given(data=st.data())
def test_the_written_update_is_the_computed_one_to_the_last_bit(name: str, data: Any) -> None:
    entry, step = OPTIMIZERS[name], data.draw(st.integers(1, 50))
    draw = st.lists(NUMBERS, min_size=5, max_size=5).map(np.array)
    theta, g = data.draw(draw), data.draw(draw)
    state = {letter: np.abs(data.draw(draw)) for letter in entry.state}
    numbers = numbers_of(entry, step)
    arrays = {THETA: theta, G: g, **{Name(letter): a for letter, a in state.items()}}
    wanted = assigned(entry, FLOAT64, numbers, arrays)
    work = Work(
        theta.copy(),
        g.copy(),
        {letter: a.copy() for letter, a in state.items()},
        (np.empty(5), np.empty(5)),
        numbers,
    )
    entry.update(work)
    assert (work.theta == wanted[THETA]).all()
    for letter, kept in work.state.items():
        assert (kept == wanted[Name(letter)]).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_exact_update_is_the_same_number(name: str) -> None:
    entry = OPTIMIZERS[name]
    floats = {THETA: 0.5, G: -0.25, **{Name(letter): 0.0 for letter in entry.state}}
    exact: dict[Name, Any] = {s.letter: EXACT.number(s.default) for s in entry.settings}
    exact |= {ETA: EXACT.number(Fraction(1, 10)), T: EXACT.number(1)}
    found = assigned(
        entry, EXACT, exact, {k: EXACT.array(np.array([v])) for k, v in floats.items()}
    )
    wanted = assigned(
        entry, FLOAT64, numbers_of(entry, 1), {k: np.array([v]) for k, v in floats.items()}
    )
    for target, value in wanted.items():
        assert float(found[target][0]) == pytest.approx(value[0], rel=1e-13)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_everything_that_it_uses(name: str) -> None:
    entry = OPTIMIZERS[name]
    assert entry.name == name
    assert entry.doc
    assert entry.setting("weight_decay") is not None
    assert bool(entry.convention) == bool(entry.state)
    known = {THETA, G, ETA, T, *(s.letter for s in entry.settings)}
    known |= {Name(letter) for letter in entry.state}
    for assignment in entry.assignments:
        used = {node for node in walk(assignment.formula) if isinstance(node, Name)}
        assert used <= known
        known.add(assignment.target)
    assert entry.assignments[-1].target == THETA
    assert {a.target.id for a in entry.assignments} >= set(entry.state)


def after(case: str, **more: Any) -> Descender:
    name, chosen = CASES[case]
    changes = tuple(f"{key}={value!r}" for key, value in chosen.items())
    found = descender(
        "xor_batch", optimizer=name, settings=changes, rate=str(RATES.get(name, 0.1)), **more
    )
    for _ in range(STEPS):
        found.step()
    return found


def agree(found: Descender, wanted: dict[str, Any]) -> None:
    for name, number in found.graph.parameters.items():
        assert np.allclose(found.value(number), wanted[name], rtol=0, atol=1e-12), name


@pytest.mark.parametrize("case", CASES)
def test_fifty_steps_are_those_that_pytorch_took(case: str) -> None:
    agree(after(case), STORED[case])


def test_the_stored_cases_are_all_there() -> None:
    assert set(STORED) == set(CASES)
    assert {name for name, _ in CASES.values()} == set(OPTIMIZERS)


torch_only = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch is not installed"
)


@torch_only
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip[0] or "unclipped")
@pytest.mark.parametrize("case", CASES)
def test_fifty_steps_are_pytorchs(case: str, clip: tuple[str, float]) -> None:
    more = {clip[0]: repr(clip[1])} if clip[0] else {}
    agree(after(case, **more), by_torch(case, clip))


@torch_only
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("batch", [1, 2])
def test_mini_batches_are_pytorchs(case: str, batch: int) -> None:
    agree(after(case, batch_size=batch), by_torch(case, batch=batch))
