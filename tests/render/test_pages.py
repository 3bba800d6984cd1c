"""Whole outputs: no line wider than the page, figures aligned, no zero that is none."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from backprop_cli.notation import profile
from backprop_cli.passes.run import run
from backprop_cli.printing.page import Page
from backprop_cli.printing.settings import Settings
from backprop_cli.printing.wrapping import columns
from backprop_cli.problems import Refusal
from backprop_cli.render.terminal import render_text, text_printer
from backprop_cli.worked.trace.trace_document import trace_document
from backprop_cli.worked.view import View

from ..commands.running import EXAMPLES, LAYERED, NAMES, config, printed
from ..networks import loads, network
from ..worked.quantities import MODEST

CALLS: tuple[list[str], ...] = (
    [],
    ["--steps"],
    ["--exact"],
    ["--round-forward", "2"],
    ["--digits", "1"],
    ["--full"],
)
WIDTHS = (80, 120)
MINUS_ZERO = re.compile(r"(?<![\w.)])[-−]0(?:\.0+)?(?![\d.])(?!e)")


def check_page(text: str, width: int) -> None:
    """Check what holds for every text output."""
    for line in text.splitlines():
        assert columns(line) <= width, line
        assert line == line.rstrip()
        assert not MINUS_ZERO.search(line), line
    assert text.endswith("\n")
    assert "\n\n\n" not in text
    assert "\t" not in text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("call", CALLS, ids=" ".join)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_trace_fits_its_page(name: str, call: list[str], encoding: str) -> None:
    widths = WIDTHS[:1] if call == ["--exact"] else WIDTHS  # exact values take their time
    for width in widths:
        text = printed("trace", config(name), *call, width=width, encoding=encoding)
        check_page(text, width)


NARROW = (
    ("describe",),
    ("trace",),
    ("trace", "--steps", "--why"),
    ("derive",),
    ("derive", "--mode", "paths", "--numbers", "--wrt", "{}"),
    ("diagnose",),
    ("gradcheck",),
    ("step", "--lr", "0.1", "--optimizer", "adam"),
    ("worksheet",),
)


@pytest.mark.parametrize(("name", "start"), [("diamond", "a"), ("softmax_relu", "W1[1,2]")])
@pytest.mark.parametrize("call", NARROW, ids=" ".join)
def test_forty_columns_are_enough(name: str, start: str, call: tuple[str, ...]) -> None:
    options = [option.format(start) for option in call[1:]]
    text = printed(call[0], config(name), *options, width=40)
    assert [line for line in text.splitlines() if columns(line) > 40] == []
    words = " ".join(text.split()).replace("━", "").split()
    wide = " ".join(printed(call[0], config(name), *options, width=200).split())
    whole = {word for word in words if word.isalpha() and len(word) > 3}
    assert whole <= set(re.findall(r"[^\W\d_]+", wide))


def test_a_batch_in_matrices_is_broken_between_its_factors() -> None:
    text = printed("trace", config("xor_batch"), width=40)
    assert [line for line in text.splitlines() if columns(line) > 40] == []


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_description_fits_its_page(name: str, width: int) -> None:
    check_page(printed("describe", config(name), width=width), width)


@settings(max_examples=15)
@given(st.integers(0, 10_000_000), st.sampled_from(WIDTHS), st.booleans(), st.booleans())
def test_random_networks_fit_their_page(
    seed: int, width: int, steps: bool, ascii_only: bool
) -> None:
    try:
        trace = run(loads(network(seed, MODEST).text))
    except Refusal as refusal:
        if "overflows" in str(refusal):
            reject()
        raise
    page = Page(width, ascii_only, in_out=trace.graph.in_out)
    printer = text_printer(profile("standard"), Settings(), page)
    text = render_text(trace_document(trace, View(steps=steps)), printer, page)
    check_page(text, width)
    assert text.isascii() or not ascii_only


def tables(text: str) -> list[tuple[str, list[str]]]:
    """Return (heading line, rows) of every table of a text output."""
    lines = text.splitlines()
    found = []
    for number, line in enumerate(lines):
        if line and set(line) == {"─"}:
            rows = []
            for row in lines[number + 1 :]:
                if not row or row.startswith("━"):
                    break
                rows.append(row)
            found.append((lines[number - 1], rows))
    return found


@pytest.mark.parametrize("name", LAYERED)
@pytest.mark.parametrize("width", WIDTHS)
def test_decimal_points_of_a_column_are_aligned(name: str, width: int) -> None:
    """The columns z, a, da, the slope, delta, dx and the summary's: from their heading on."""
    seen = 0
    for heading, rows in tables(printed("trace", config(name), width=width)):
        for match in re.finditer(r"\S+", heading):
            if not re.fullmatch(r"z\d|a\d|da\d|da\d/dz\d|delta\d|dx|loss_terms|value", match[0]):
                continue
            places = set()
            for row in rows:
                cell = re.match(r" ?[−\d][\d.]*(?=\s|e|$)", row[match.start() :])
                if cell and "." in cell[0]:
                    places.add(cell[0].index("."))
            assert len(places) <= 1, (heading, rows)
            seen += len(places)
    assert seen


def test_a_table_too_wide_for_the_page_is_cut_in_two_and_loses_nothing() -> None:
    graph = loads(
        "input: [1, 2, 3, 4]\ntarget: [0, 1, 0, 0]\nloss: squared_error\nlayers:\n"
        "  - {units: 4, weights: {init: xavier_normal}, bias: 0, activation: gelu}\n"
        "  - {units: 4, weights: {init: xavier_normal}, bias: 0, activation: gelu}\n"
    )
    trace = run(graph)
    document = trace_document(trace, View())
    texts = {}
    for width in (60, 80, 2000):
        page = Page(width)
        printer = text_printer(profile("standard"), Settings(), page)
        texts[width] = render_text(document, printer, page)
    figures = re.compile(r"−?\d+\.\d+(?:e-?\d+)?")
    wide = set(figures.findall(texts[2000]))
    for width in (60, 80):
        check_page(texts[width], width)
        assert set(figures.findall(texts[width])) == wide


@pytest.mark.parametrize("digits", range(18))
def test_any_number_of_digits(digits: int) -> None:
    text = printed("trace", config("mazur"), "--digits", str(digits), width=200)
    check_page(text, 200)
    for line in text.splitlines():
        decimals = [len(d) for d in re.findall(r"(?<![\w.])\d+\.(\d+)(?!e)(?![\d.])", line)]
        assert max(decimals, default=0) <= max(digits, 3) + 4  # what the line needs to hold
        # A column of one form has as many as its smallest number needs, up to six; before a row
        # of products stands a factor, with what these need.
        last = re.search(r"\d\.(\d+)$", line)
        assert last is None or len(last[1]) <= max(digits + 2, 6)


def test_control_characters_of_a_name_are_spelled_out() -> None:
    graph = loads(
        'name: "a\\e[31mred [bold]"\ninput: [1]\ntarget: [1]\nloss: squared_error\n'
        "layers:\n  - {weights: [[1]], bias: none}\n"
    )
    page = Page(80)
    printer = text_printer(profile("standard"), Settings(), page)
    text = render_text(trace_document(run(graph), View()), printer, page)
    assert "\x1b" not in text
    assert text.startswith("a\\x1b[31mred [bold]\n")
