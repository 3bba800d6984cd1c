"""A smoke run of the benchmark's functions: they run and agree; no time is asserted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from backprop_cli.cli import command_names

from ..commands.running import config, run
from .bench import json_memory, large_trace, memory, passes, passes_memory, reading
from .bench_attention import Case as AttentionCase
from .bench_attention import passes as attention_passes
from .bench_derive import derivations
from .bench_growth import GROWING, WITHOUT, Growth, arguments, growth
from .bench_images import Image, convolution
from .bench_large import deep, library, long_graph, wide
from .bench_recurrent import Case as RecurrentCase
from .bench_recurrent import long_page
from .bench_recurrent import passes as recurrent_passes
from .measuring import Times, grown, in_units, interleaved, line
from .passes import SMALL_CASE, Case
from .starting import imported_by, start

TINY = Case((6, 5, 3), 4, True)


def test_the_commands_start() -> None:
    report = start(1, False)
    assert report[0].startswith("backprop --help : import click")
    assert all("aim" in text for text in report)


def test_the_three_ways_of_the_passes_agree() -> None:
    assert passes(TINY, 1, 1, 1.15, None)
    assert passes(SMALL_CASE, 1, 1, None, 0.5)


def test_the_three_ways_of_a_convolution_agree() -> None:
    assert convolution(1, Image(samples=2, channels=2, size=6, filters=3, kernel=3))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_large_trace_is_measured() -> None:
    report = large_trace(1, TINY)
    assert "memory beyond imports" in report[1]
    assert "aim" in json_memory(4)
    assert "aim" in passes_memory(TINY)
    assert "aim" in reading(1, 10)


def test_what_is_imported_is_found() -> None:
    assert "click" in imported_by("--help")
    assert not any(name.startswith("numpy") for name in imported_by("--help"))
    assert "numpy" in imported_by("trace", config("mazur"))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_counted() -> None:
    few, many = memory("x = None"), memory("x = bytearray(30_000_000)")
    assert 25_000_000 < many - few < 35_000_000


def test_ratios_and_units() -> None:
    fast, slow = Times((1.0, 2.0, 9.0)), Times((2.0, 4.0, 4.0))
    assert (fast.least, fast.median) == (1.0, 2.0)
    assert line("x", fast, slow, 0.5).endswith("aim ≤ 0.5  met")
    assert line("x", slow, fast, 0.5).endswith("MISSED")
    assert [in_units(t) for t in (2.0, 0.0312, 4.5e-6)] == ["2 s", "31.2 ms", "4.5 µs"]


def test_growth_is_a_power() -> None:
    times = {str(n): Times((n**2 / 1e3,)) for n in (10, 20, 40)}
    assert "  2.000" in grown("x", (10, 20, 40), times)
    assert grown("x", (10, 20, 40), times).endswith("MISSED")


def test_commands_are_called_on_what_grows(tmp_path: Path) -> None:
    assert set(WITHOUT) < set(command_names())
    for command in ("check", "compare", "explain", "step", "sweep"):
        path = tmp_path / "net.yaml"
        path.write_text(GROWING["depth"][0](2), encoding="utf-8")
        assert run(*arguments(command, path)).code == 0


def test_growth_is_fitted(tmp_path: Path) -> None:
    assert not growth("describe", "steps", (3,), tmp_path).refused
    quadratic = Growth("trace", "depth", (1, 2, 4), (1.0, 4.0, 16.0), 0.0)
    assert quadratic.power == pytest.approx(2)
    assert str(quadratic).endswith("MISSED")
    assert Growth("trace", "depth", (1, 2), (0.10, 0.11), 0.1).power is None


def test_small_sizes_of_large_things_are_measured() -> None:
    report = [*library(1, 1), *derivations(1, (1, 2)), *deep(1, (2, 3))]
    assert all("aim" in text for text in (*report, *wide(1, 3), long_graph(1, 10)[0]))


def test_turns_are_taken() -> None:
    calls: list[str] = []
    interleaved({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 2)
    assert calls == ["a", "b", "a", "b", "b", "a"]


def test_attention_by_hand_agrees() -> None:
    assert attention_passes(AttentionCase(positions=5, width=4, heads=2, samples=2), 1)


def test_an_lstm_by_hand_agrees() -> None:
    assert recurrent_passes(RecurrentCase(units=3, inputs=2, steps=5, samples=2), 1)
    assert long_page(20, 1)
