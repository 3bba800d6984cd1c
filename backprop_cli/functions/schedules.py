"""Schedules: the learning rate η_t of each step, one entry each; the first step has η itself.

t is the number of the step, from 1. ``k`` is a whole number that grows with it: how often the rate
has been cut, or how far it has come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from msgspec import Struct

from ..arithmetic import Arithmetic
from ..expression.evaluate import evaluate
from ..expression.tree import ONE, Call, Constant, Div, Expr, Name, Number, Pow
from .optimizers import ETA, Setting, T

ETA_T, K = Name("eta", ("t",)), Name("k")
_GAMMA, _END, _SLOWING = Name("gamma"), Name("eta", ("end",)), Name("d")
_EVERY, _STEPS = Name("s"), Name("S")
_TWO = Number(Fraction(2))
_PAST = T - ONE


class Schedule(Struct, frozen=True):
    """One schedule: η_t by the rate η, the settings, t and k.

    ``required`` settings have no default.

    ``count`` is k of a step, by the settings' numbers and the steps before it, ``counts`` says what
    it is.
    """

    name: str
    doc: str
    settings: tuple[Setting, ...]
    rate: Expr
    required: tuple[str, ...] = ()
    count: Callable[[Mapping[str, float], int], int] | None = None
    counts: str = ""
    also: tuple[str, ...] = ()

    def setting(self, name: str) -> Setting | None:
        """Return the setting of a name."""
        return next((s for s in self.settings if s.name == name), None)

    def k(self, settings: Mapping[str, float], step: int) -> int | None:
        """Return k of a step, where the schedule has one."""
        return None if self.count is None else self.count(settings, step - 1)


def rate_of(
    schedule: Schedule,
    settings: Mapping[str, Any],
    rate: Any,
    step: int,
    arithmetic: Arithmetic,
) -> Any:
    """Return η_t in one kind of number; the settings and η are given in it."""
    numbers: dict[Any, Any] = {ETA: rate, T: _whole(step, arithmetic)}
    for setting in schedule.settings:
        numbers[setting.letter] = settings[setting.name]
    plain = {name: float(value) for name, value in settings.items()}
    count = schedule.k(plain, step)
    if count is not None:
        numbers[K] = _whole(count, arithmetic)
    kind: Any = arithmetic
    return evaluate(schedule.rate, numbers, kind)


def _whole(value: int, arithmetic: Any) -> Any:
    return float(value) if arithmetic.native else arithmetic.number(value)


def _setting(
    name: str, letter: Name, default: str, doc: str, *, below_one: bool = False
) -> Setting:
    return Setting(name, letter, Fraction(default), doc, below_one)


_FACTOR = "what the rate is multiplied by"
_TABLE = (
    Schedule("constant", "the same rate at every step", (), ETA),
    Schedule(
        "step",
        "the rate is cut by a factor every so many steps",
        (
            _setting("factor", _GAMMA, "0.1", f"{_FACTOR} each time", below_one=True),
            _setting("every", _EVERY, "0", "after how many steps it is cut"),
        ),
        ETA * Pow(_GAMMA, K),
        ("every",),
        lambda settings, past: past // max(1, int(settings["every"])),
        "how often the rate has been cut",
        ("piecewise", "staircase", "step_decay", "steplr", "multistep"),
    ),
    Schedule(
        "exponential",
        "the rate shrinks by the same factor at every step",
        (_setting("factor", _GAMMA, "0.9", f"{_FACTOR} at each step", below_one=True),),
        ETA * Pow(_GAMMA, _PAST),
        also=("exponential_decay", "exponentiallr", "exp"),
    ),
    Schedule(
        "cosine",
        "the rate falls along half a cosine to its end, and stays there",
        (
            _setting("steps", _STEPS, "0", "over how many steps it falls"),
            _setting("end", _END, "0", "the rate at the end"),
        ),
        _END + Div((ETA - _END) * (ONE + Call("cos", (Div(Constant("pi") * K, _STEPS),))), _TWO),
        ("steps",),
        lambda settings, past: min(past, int(settings["steps"])),
        "the steps before this one, at most all of them",
        ("cosine_annealing", "cosineannealinglr", "cosine_decay"),
    ),
    Schedule(
        "inverse_time",
        "the rate is divided by 1 + (t − 1)·d: by t, where d is 1",
        (_setting("slowing", _SLOWING, "1", "how fast it falls"),),
        Div(ETA, ONE + _PAST * _SLOWING),
        also=("1/t", "inverse", "inverse_time_decay", "time_based", "hyperbolic"),
    ),
)
SCHEDULES: dict[str, Schedule] = {entry.name: entry for entry in _TABLE}
"""Every schedule by name."""
