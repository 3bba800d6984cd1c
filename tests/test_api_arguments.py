"""Arguments of the Python interface: what is none is refused at once, by its name."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import backprop_cli
from backprop_cli.problems import Refusal

from .commands.running import config

FUNCTIONS = ("trace", "derive", "sweep", "check")
GIVEN: dict[str, tuple[Any, ...]] = {
    "trace": (),
    "derive": ("W1",),
    "sweep": ("W1[1,1]=-1:1:3",),
    "check": ({"z1": "[0.3775, 0.3925]"},),
}
NUMBERS: dict[str, tuple[Any, ...]] = {
    "digits": (-1, 18, 2.5, True, None, "4"),
    "round_forward": (-1, 16, 0.5, False, "2"),
    "round_backward": (-1, 16, 0.5, False, "2"),
    "learning_rate": (-1, "x", float("nan"), True, [1], 10**400),
    "tolerance": (-1, float("nan"), float("inf"), True, "0.1"),
    "feedback": ("all", "", None),
    "set": (["W1"], "W1=3"),
    "part": ((1,), (1, 2, 3), (1.0, 2), "1/2"),
}


def arguments() -> Iterator[tuple[str, str]]:
    """Yield each function with each of its arguments that is no switch, nor the network."""
    for function in FUNCTIONS:
        for name, argument in inspect.signature(getattr(backprop_cli, function)).parameters.items():
            by_name = argument.kind is inspect.Parameter.KEYWORD_ONLY
            if by_name and not isinstance(argument.default, bool):
                yield function, name


def refused(function: str, **given: Any) -> str:
    with pytest.raises((TypeError, ValueError, Refusal)) as found:
        getattr(backprop_cli, function)(str(config("mazur")), *GIVEN[function], **given)
    return str(found.value)


@pytest.mark.parametrize(("function", "name"), [*arguments()])
def test_what_is_no_such_argument_is_refused_at_once(function: str, name: str) -> None:
    more = {"numbers": True} if name == "sample" else {}
    for wrong in (object(), *NUMBERS.get(name, ())):
        said = refused(function, **{name: wrong}, **more)
        assert name in said or "PathLike" in said or "'W1[1,1]'" in said, said


@pytest.mark.parametrize("rate", [-1, "x"])
def test_a_graph_has_no_other_rates_than_a_file(rate: Any) -> None:
    graph = backprop_cli.load(config("mazur"))
    for call in (
        lambda: backprop_cli.trace(graph, learning_rate=rate),
        lambda: backprop_cli.check(graph, {"z1": "[1, 2]"}, learning_rate=rate),
    ):
        with pytest.raises(Refusal, match="learning_rate"):
            call()


def test_names_are_texts() -> None:
    traced = backprop_cli.trace(config("mazur"))
    for name in (5, None, ("W1", 1)):
        for call in (traced.value, traced.gradient):
            with pytest.raises(TypeError, match="name: a text is expected"):
                call(name)  # type: ignore[arg-type]


def test_nothing_to_do_is_refused() -> None:
    with pytest.raises(TypeError, match="a sheet is expected"):
        backprop_cli.check(config("mazur"))
    with pytest.raises(TypeError, match="what is varied"):
        backprop_cli.sweep(config("mazur"))
    for parts in ([], [5]):
        with pytest.raises(TypeError, match="parts are expected"):
            backprop_cli.merge(parts)  # type: ignore[arg-type]
    traced = backprop_cli.trace(config("mazur"))
    with pytest.raises(ValueError, match="width"):
        traced.render("text", 0)


def test_numpys_numbers_are_numbers() -> None:
    given: dict[str, Any] = {"digits": np.int64(3), "learning_rate": np.float64(0.5)}
    traced = backprop_cli.trace(config("mazur"), round_forward=4, **given)
    assert traced.value("W1'").shape == (2, 2)
    tolerance: Any = np.float32(0.01)
    assert backprop_cli.check(config("mazur"), *GIVEN["check"], tolerance=tolerance).all_right


def test_a_notebook_completes_what_there_is() -> None:
    assert dir(backprop_cli) == sorted([*backprop_cli.__all__, "__version__"])
    assert all(getattr(backprop_cli, name) for name in dir(backprop_cli))


def test_what_cannot_be_read_is_refused_by_a_name_to_catch() -> None:
    with pytest.raises(backprop_cli.Refusal, match="no such file"):
        backprop_cli.load("nowhere.yaml")
