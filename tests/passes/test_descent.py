"""Descent: what a step leaves alone, clips and decays, where it stops, and that it goes on."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_cli.files.network import read_network
from backprop_cli.files.state_file import new_file
from backprop_cli.functions.optimizers import OPTIMIZERS
from backprop_cli.passes.descent.course import MOST_ROWS, course, shown_steps
from backprop_cli.passes.descent.records import Overflowed
from backprop_cli.passes.run import run
from backprop_cli.problems import Refusal

from ..commands.running import NAMES
from ..descending import descender, of_spec, of_text

LINEAR = """\
input: [[1, 2], [3, 4], [5, 6]]
target: [[1], [0], [2]]
loss: squared_error
learning_rate: 0.01
layers: [{weights: [[0.5, -0.25]], bias: 0.125}]
"""


def values(found: Any) -> dict[str, Any]:
    return {name: found.value(number).tolist() for name, number in found.graph.parameters.items()}


@pytest.mark.parametrize("name", NAMES)
def test_a_step_of_sgd_is_the_gradient_times_the_rate(name: str) -> None:
    found = descender(name, rate="0.25")
    trace = run(found.graph)
    found.step()
    for number in found.graph.parameters.values():
        slope = trace.gradients[number]
        moved = 0.0 if slope is None else 0.25 * slope
        assert np.array_equal(found.value(number), trace.values[number] - moved)


def test_the_trace_and_its_arrays_are_left_alone() -> None:
    found = descender("mazur")
    before = values(descender("mazur"))
    record = found.recorded()
    assert {p.name: p.old.tolist() for p in record.parameters} == before
    found.step()
    assert {p.name: p.old.tolist() for p in record.parameters} == before


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_what_is_frozen_stays_and_the_rest_moves_as_if_it_were_no_parameter(optimizer: str) -> None:
    found = descender("mazur", optimizer=optimizer, freeze=("b1", "output.b", "W1[1,2]"))
    before = values(found)
    for _ in range(5):
        found.step()
    after = values(found)
    assert (after["b1"], after["b2"]) == (before["b1"], before["b2"])
    assert after["W1"][0][1] == 0.2
    assert after["W1"][0][0] != 0.15
    assert after["W2"] != before["W2"]


def test_a_layer_is_frozen_by_its_name_and_an_entry_in_the_files_layout() -> None:
    found = descender("mazur", freeze=("hidden",))
    found.step()
    assert values(found)["W1"] == [[0.15, 0.2], [0.25, 0.3]]
    found = descender("three_two_one", freeze=("W1[3,2]",))
    found.step()
    kept = np.array(values(found)["W1"]) == np.array([[0.5, -0.6], [0.1, -0.2], [0.1, 0.7]])
    assert kept.tolist() == [[False, False], [False, False], [False, True]]


@pytest.mark.parametrize("clip", ["0.01", "0.05", "10"])
def test_clipping_by_norm_shortens_and_does_not_turn(clip: str) -> None:
    record = descender("mazur", clip_norm=clip).recorded()
    raw = np.concatenate([p.gradient.ravel() for p in record.parameters])
    used = np.concatenate([p.used.ravel() for p in record.parameters])
    norm = float(np.linalg.norm(raw))
    assert record.norm == pytest.approx(norm, rel=1e-14)
    factor = min(1.0, float(clip) / (norm + 1e-6))
    assert used == pytest.approx(raw * factor, rel=1e-14)


def test_a_frozen_gradient_does_not_count_for_the_norm() -> None:
    record = descender("mazur", clip_norm="1", freeze=("b1", "b2", "W2[1,1]")).recorded()
    free = [p.gradient.copy() for p in record.parameters]
    free[1][0, 0] = 0
    assert record.norm == pytest.approx(np.linalg.norm(np.concatenate([f.ravel() for f in free])))


@given(most=st.floats(1e-6, 1.0))
@settings(max_examples=25)
def test_clipping_by_value_cuts_off(most: float) -> None:
    record = descender("xor_batch", clip=repr(most)).recorded()
    for parameter in record.parameters:
        assert np.array_equal(parameter.used, np.clip(parameter.gradient, -most, most))


def test_weight_decay_pulls_to_zero() -> None:
    record = descender("mazur", weight_decay="0.5").recorded()
    for parameter in record.parameters:
        wanted = parameter.old - 0.5 * (parameter.gradient + 0.5 * parameter.old)
        assert parameter.new == pytest.approx(wanted, rel=1e-15)


def test_mini_batches_follow_each_other_and_the_last_is_smaller() -> None:
    found = of_text(LINEAR, batch_size=2)
    seen = []
    for _ in range(4):
        found.step()
        seen.append(found.samples)
    assert seen == [(0, 2), (2, 3), (0, 2), (2, 3)]


def test_a_mini_batch_is_a_network_of_those_samples() -> None:
    found = of_text(LINEAR, batch_size=2)
    alone = of_text(LINEAR.replace(", [5, 6]]", "]").replace(", [2]]", "]"))
    assert float(found.step()) == float(alone.step())
    assert values(found) == values(alone)
    last = of_text(
        LINEAR.replace("[[1, 2], [3, 4], [5, 6]]", "[[5, 6]]").replace("[[1], [0], [2]]", "[[2]]")
    )
    last.work.theta[...] = found.work.theta
    found.step()
    last.step()
    assert values(found) == values(last)


def test_a_linear_network_comes_to_the_least_squares() -> None:
    text = LINEAR.replace("0.01\n", "0.02\n")
    found = of_text(text)
    for _ in range(8000):
        found.step()
    x = np.array([[1, 2, 1], [3, 4, 1], [5, 6, 1.0]])
    residual = x @ np.linalg.lstsq(x, np.array([1, 0, 2.0]), rcond=None)[0] - [1, 0, 2]
    assert float(found.loss()) == pytest.approx(float(residual @ residual) / 3, rel=1e-9)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov"])
def test_exact_steps_are_the_same_numbers(optimizer: str) -> None:
    exact = descender("diamond", optimizer=optimizer, rate="1/100", exact=True)
    floats = descender("diamond", optimizer=optimizer, rate="1/100")
    for _ in range(3):
        exact.step()
        floats.step()
    for number in exact.graph.parameters.values():
        assert float(exact.value(number)) == pytest.approx(float(floats.value(number)), rel=1e-14)


# -- where it stops


def test_an_overflow_says_its_step() -> None:
    found = descender("diamond", rate="10")

    def fall() -> None:
        for _ in range(100):
            found.step()

    with pytest.raises(Overflowed) as caught:
        fall()
    assert caught.value.step in (found.steps, found.steps + 1)
    assert "overflows" in str(caught.value)


def test_a_course_ends_where_it_overflows_and_keeps_what_was() -> None:
    found = course(descender("diamond", rate="10"), 50)
    assert found.stopped is not None
    assert all(math.isfinite(loss) for loss in found.losses)
    assert len(found.losses) <= found.stopped.step + 1


def test_what_overflows_in_the_file_is_refused_and_no_step() -> None:
    text = LINEAR.replace("[[0.5, -0.25]]", "[[1e200, 1]]")
    with pytest.raises(Refusal, match="overflows"):
        of_text(text).step()


def test_the_state_may_overflow_too() -> None:
    text = LINEAR.replace("[[0.5, -0.25]]", "[[1e100, 1]]").replace("squared_error", "huber")
    found = of_text(text.replace("[1, 2]", "[1e160, 2]"), optimizer="rmsprop", rate="1e-3")
    with pytest.raises(Overflowed, match="v of W1 overflows"):
        found.step()


# -- many steps


@given(steps=st.integers(1, 200_000))
def test_the_rows_begin_and_end_and_are_few(steps: int) -> None:
    rows = shown_steps(steps)
    assert (rows[0], rows[-1]) == (0, steps)
    assert len(rows) <= MOST_ROWS
    assert list(rows) == sorted(set(rows))


def test_a_course_has_the_loss_of_each_step() -> None:
    found = course(descender("xor_batch"), 30)
    again = descender("xor_batch")
    losses = []
    for _ in range(30):
        losses.append(float(again.loss()))
        again.step()
    assert list(found.losses) == [*losses, float(again.loss())]
    assert [row.loss for row in found.rows] == [found.losses[row.step] for row in found.rows]


# -- on through a file


@pytest.mark.parametrize("batch", [None, 3])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", ["mazur", "xor_batch", "diamond", "shared_and_regularized"])
def test_five_steps_and_five_through_the_file_are_ten(
    name: str, optimizer: str, batch: int | None, tmp_path: Path
) -> None:
    options = {"optimizer": optimizer, "rate": "0.05", "weight_decay": "0.01", "clip_norm": "0.1"}
    size = batch if name == "xor_batch" else None
    whole = descender(name, batch_size=size, **options)
    half = descender(name, batch_size=size, **options)
    spec = read_network(str(Path(__file__).parents[2] / "configs" / f"{name}.yaml"))
    for _ in range(10):
        whole.step()
    for _ in range(5):
        half.step()
    path = tmp_path / "new.yaml"
    path.write_text(new_file(spec, half, path).text, encoding="utf-8")
    again = of_spec(read_network(str(path)))
    assert again.steps == 5
    for _ in range(5):
        again.step()
    assert values(again) == values(whole)
    assert again.standing().steps == whole.standing().steps
    assert again.samples == whole.samples
