"""Schedules of the learning rate: by their recurrences, with every optimizer, worked, read."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_cli.arithmetic.exact import EXACT
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.functions.optimizers import ETA, OPTIMIZERS
from backprop_cli.functions.schedules import SCHEDULES, rate_of

from ..commands.running import config, printed, refused
from ..descending import descender

SETTINGS = {
    "constant": {},
    "step": {"factor": "0.5", "every": "2"},
    "exponential": {"factor": "0.8"},
    "cosine": {"steps": "4", "end": "0.01"},
    "inverse_time": {"slowing": "0.5"},
}
STEPS = 6


def by_recurrence(name: str, eta: float) -> list[float]:
    """Return the rates one after the other, each from the one before, as PyTorch goes on."""
    found = [eta]
    for past in range(1, STEPS):
        last = found[-1]
        if name == "step":
            last = last * 0.5 if past % 2 == 0 else last
        elif name == "exponential":
            last *= 0.8
        elif name == "cosine" and past <= 4:
            turn = (1 + math.cos(math.pi * past / 4)) / (1 + math.cos(math.pi * (past - 1) / 4))
            last = turn * (last - 0.01) + 0.01
        elif name == "inverse_time":
            last = 1 / (1 / last + 0.5 / eta)
        found.append(last)
    return found


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_is_its_recurrence(name: str) -> None:
    settings = {key: float(text) for key, text in SETTINGS[name].items()}
    rates = [rate_of(SCHEDULES[name], settings, 0.1, t, FLOAT64) for t in range(1, STEPS + 1)]
    assert rates == pytest.approx(by_recurrence(name, 0.1), rel=1e-12)
    exact = {key: EXACT.number(Fraction(text)) for key, text in SETTINGS[name].items()}
    third = rate_of(SCHEDULES[name], exact, EXACT.number(Fraction("0.1")), 3, EXACT)
    assert float(third) == pytest.approx(rates[2], rel=1e-14)


def arguments(name: str) -> list[str]:
    pairs = (("--set-schedule", f"{key}={text}") for key, text in SETTINGS[name].items())
    return ["--schedule", name, *(word for pair in pairs for word in pair)]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", SCHEDULES)
def test_every_optimizer_takes_each_rate(optimizer: str, name: str) -> None:
    """The same steps are taken by hand: the optimizer at a constant rate, changed before each."""
    pairs = tuple(f"{key}={text}" for key, text in SETTINGS[name].items())
    planned = descender(
        "mazur", optimizer=optimizer, rate="0.1", schedule=name, schedule_settings=pairs
    )
    by_hand = descender("mazur", optimizer=optimizer, rate="0.1")
    for rate in by_recurrence(name, 0.1):
        by_hand.work.numbers[ETA] = rate
        by_hand.step()
        planned.step()
    for number in by_hand.graph.parameters.values():
        assert planned.value(number) == pytest.approx(by_hand.value(number))


@pytest.mark.parametrize("name", [name for name in SCHEDULES if name != "constant"])
def test_the_file_goes_on_where_it_stopped(name: str, tmp_path: Path) -> None:
    whole, half = tmp_path / "whole.yaml", tmp_path / "half.yaml"
    asked = [config("mazur"), "--lr", "0.1", *arguments(name), "--format", "json", "--steps"]
    at_once = json.loads(printed("step", *asked, "6"))
    printed("step", *asked[:-3], "--steps", "3", "-o", str(half))
    assert f"type: {name}" in half.read_text(encoding="utf-8")
    printed("step", str(half), "--steps", "3", "-o", str(whole))
    then: dict[str, Any] = json.loads(printed("trace", str(whole), "--format", "json"))
    for key in ("W1", "b1", "W2", "b2"):
        assert then["values"][key] == pytest.approx(
            np.array(at_once["values"][f"{key}'"]), rel=1e-14
        )


@pytest.mark.parametrize(
    ("line", "rate"),
    [
        ("type: constant", "0.5"),
        ("type: step, every: 2, factor: 1/2", "0.125"),  # cut at steps 3 and 5
        ("type: exponential, factor: 0.8", "0.16384"),  # 0.5·0.8⁵
        ("type: cosine, steps: 10", "0.25"),  # half way: 0.5·(1 + cos π/2)/2
        ("type: inverse_time, slowing: 0.6", "0.125"),  # 0.5/(1 + 5·0.6)
    ],
)
def test_each_schedule_is_worked_in_the_update_lines(line: str, rate: str) -> None:
    """At the sixth step, from a rate of 0.5, against a number worked by hand."""
    from ..commands.running import run

    net = Path(config("mazur")).read_text(encoding="utf-8")
    net += f"schedule: {{{line}}}\noptimizer: {{type: sgd, steps: 5}}\n"
    text = " ".join(run("step", "-", "--digits", "6", stdin=net).out.split())
    letter = "η" if "constant" in line else "ηₜ"
    before, _, after = text.partition(f"w¹₁₁ ← w¹₁₁ − {letter}·∂C/∂w¹₁₁ = 0.15 − {rate}·")
    gradient, _, new = after.split()[:3]
    assert float(gradient) == pytest.approx(0.000438568, abs=5e-7), "as Mazur has it"
    assert float(new) == pytest.approx(0.15 - float(rate) * 0.000438568, abs=1e-6)
    assert "constant" in line or f"= {rate} " in before


def test_the_rate_is_worked_in_the_update_lines() -> None:
    net = Path(config("mazur")).read_text(encoding="utf-8")
    net += "schedule: {type: step, every: 2, factor: 1/2}\noptimizer: {type: sgd, steps: 5}\n"
    from ..commands.running import run

    text = run("step", "-", "--digits", "6", stdin=net).out
    assert "ηₜ = η·γᵏ = 0.5·(1/2)² = 0.125" in text
    assert "w¹₁₁ ← w¹₁₁ − ηₜ·∂C/∂w¹₁₁ = 0.15 − 0.125·" in text
    assert "how often the rate has been cut" in text
    course = run("step", "-", "--steps", "2", stdin=net).out
    assert [line.split()[2] for line in course.splitlines() if line.startswith((" 5", " 6"))] == [
        "0.1250",
        "0.0625",
    ]


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        (("--schedule", "cosin"), ["'cosine'"]),
        (("--schedule", "1/t"), ["'inverse_time'"]),
        (("--schedule", "StepLR"), ["'step'"]),
        (("--schedule", "cosine"), ["has no 'steps'", "--set-schedule steps=10"]),
        (("--schedule", "step", "--set-schedule", "every=2.5"), ["a whole number of steps"]),
        (("--schedule", "step", "--set-schedule", "every"), ["no '='"]),
        (("--schedule", "exponential", "--set-schedule", "gamma=1"), ["no setting 'gamma'"]),
        (("--schedule", "exponential", "--set-schedule", "factor=1"), ["below 1"]),
    ],
)
def test_what_is_wrong_on_the_command_line(words: tuple[str, ...], answers: list[str]) -> None:
    said = refused("step", config("mazur"), *words)
    assert all(answer in said for answer in answers), said


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("schedule: exponential", ""),
        ("schedule: cosine", "cosine needs 'steps'"),
        ("schedule: {type: step}", "'every' is missing"),
        ("schedule: {type: step, every: 1.5}", "a whole number"),
        ("schedule: {factor: 0.5}", "'type' is missing"),
        ("schedule: {type: exponential, gamma: 0.5}", "'factor'"),
        ("schedule: [step]", "'type' is missing"),
        ("schedule: plateau", "no schedule 'plateau'"),
    ],
)
def test_what_is_wrong_in_the_file(line: str, answer: str) -> None:
    from ..commands.running import run

    net = Path(config("mazur")).read_text(encoding="utf-8") + f"{line}\n"
    done = run("step", "-", stdin=net)
    assert done.code == (2 if answer else 0)
    assert answer in done.err


def test_a_change_of_the_input_is_not_written(tmp_path: Path) -> None:
    asked = ("step", config("mazur"), "-o", str(tmp_path / "new.yaml"), "--set")
    assert "change it in the file" in refused(*asked, "x[1]=1")
    printed(*asked, "W1[1,1]=1")
    assert "0.999" in (tmp_path / "new.yaml").read_text(encoding="utf-8")


def test_what_the_network_answers_before_and_after() -> None:
    text = printed("step", config("xor_batch"), "--steps", "3")
    found = json.loads(printed("trace", config("xor_batch"), "--format", "json"))
    rows = text.split("What the network answers")[1].splitlines()[4:8]
    assert [float(row.split()[2]) for row in rows] == pytest.approx(
        [a[0] for a in found["values"]["a2"]], abs=5e-5
    )
    assert [row.split()[1] for row in rows] == ["0", "1", "1", "0"]
    assert "a²⁽¹⁾₁" in printed("step", config("xor_batch")).split("Before and after")[1]
