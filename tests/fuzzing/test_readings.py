"""A little of each kind of reading in each run; the smallest files that once were a fault."""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import time
import warnings
from pathlib import Path

import pytest

from backprop_cli import api
from backprop_cli.checking.feedback.earlier_run import read_earlier_run
from backprop_cli.checking.sheets.from_arrays import read_arrays
from backprop_cli.problems import Refusal, Source
from backprop_cli.spec.nodes import compose

from ..checking.reading_sheets import reads
from ..pairing import has_turn
from .reading import Reading, smaller
from .reading_files import part
from .readings import KINDS, kind_of, reading

EACH = 3


@pytest.mark.parametrize("kind", KINDS)
def test_readings_end_well(kind: str) -> None:
    for seed in range(list(KINDS).index(kind), EACH * len(KINDS), len(KINDS)):
        assert kind_of(seed) == kind
        found = reading(seed)
        came = found.outcome()
        if came.fault:
            least = smaller(found, came.fault)
            pytest.fail(f"{came}: python -m tests.fuzzing --reading --seed {seed}\n{least}")


STARTS = (
    *("", "z1 = ", "z1: ", "| z1 | ", "|", "# a", "# ", "- ", "1. ", "answers: {z1: ["),
    *('answers: {"', '{"answers": {"z1": ', "z1,", "student,z1\na,", "<td>z1</td><td>"),
    *("z1 = a", "z1 = ("),
)  # fmt: skip
UNITS = (
    *(" ", "\t", "1", "a", "|", ",", ";", "-", "*", "(", "[", "{", "<", "'", '"', "\\", "#", ":"),
    *("=", "a ", "1 ", "1,", "- ", "**", "\\frac{", "\\begin{pmatrix}", "<p>", "&#", "z1 "),
    *("ab,", "\n", "<a ", "<a b='"),
)  # fmt: skip
TELLING = (" ", "1", "<a ", "[")
"""Those that once took seconds, or minutes."""
SUFFIXES = ("md", "csv", "json", "yaml", "onlinetext.html")
LENGTH = 20_000
"""Signs of a run; what goes through it for each of its signs takes hundreds of times as long."""


def test_a_long_run_of_anything_is_read_at_once() -> None:
    for i, (suffix, start, unit) in enumerate(itertools.product(SUFFIXES, STARTS, UNITS)):
        if has_turn(i, 97) or (unit in TELLING and has_turn(i, 17)):
            begin = time.process_time()
            reads(start + unit * (LENGTH // len(unit)) + "x", suffix)
            assert time.process_time() - begin < 0.4, (suffix, start, unit)


@pytest.mark.parametrize("rest", [", q]", "x, q]", ", {a: 1}]", ", 1,5, 2,5]", "]\nloss", "\n"])
def test_a_long_number_in_a_network_is_read_at_once(rest: str) -> None:
    begin = time.process_time()
    with pytest.raises(Refusal):
        api.loads(f"input: [{'1' * 3 * LENGTH}{rest}\n", "net.yaml")
    assert time.process_time() - begin < 0.4


@pytest.mark.parametrize("between", ["\r", "\r\n", "\n", "\r\r", " \r \n", "\x85", "\u2028"])
def test_lines_are_counted_as_they_are_shown(between: str) -> None:
    """As an editor counts them, and the complaint that shows one of them."""
    blank = between.isascii()  # in JSON the others stand in texts alone, and these do not
    text = f'{{"z1":{between}"1" "a1"' if blank else f'{{"z1": "{between}" "a1"'
    for each, suffix in ((text, "json"), (f"z1,1{between}\nq9,x", "csv")):
        (read,) = reads(each, suffix)
        (problem,) = read.sheet.problems
        assert read.source is not None
        lines, place = read.source.lines(), problem.place
        assert place is not None
        assert place.line == len(lines)
        assert 0 < place.column <= len(lines[place.line - 1]) + 1


@pytest.mark.parametrize(
    "text", ["g: {h: ']',", "g: {h: ',", "g: {h: [']', 1,", "g: [", "g: [1, ", "- {"]
)
def test_a_text_that_ends_too_early_is_pointed_at_where_it_began(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        compose(Source("net.yaml", text))
    (problem,) = caught.value.problems
    assert "never closed" in problem.message
    assert problem.place is not None
    assert text[problem.place.column - 1] in "[{'"


@pytest.mark.parametrize(
    "cell",
    [
        "1 +\n (2",
        "\n\n x y",
        "[1,\n x y]",
        "[1,\n\n (2]",
        "1\r\n\r\n+ (",
        "\n[",
        "[1, 1\n1]",
        "[1, 1\r1]",
    ],
)
@pytest.mark.parametrize("name", ["loss", "z1", "z1[1]"])
def test_what_is_wrong_in_a_cell_of_several_lines_is_within_it(cell: str, name: str) -> None:
    (read,) = reads(f'quantity,answer\n{name},"{cell}"', "csv")
    unread = [each.parsed.problem for each in read.sheet.answers]
    for problem in (*read.sheet.problems, *(each for each in unread if each is not None)):
        assert problem.place is not None
        assert read.source is not None
        line = read.source.lines()[problem.place.line - 1]
        assert problem.place.column <= len(line) + 1


@pytest.mark.parametrize("text", ["---", "--- ", "---\n", "---\n...", "--- # a", "''", "# a\n---"])
def test_a_text_of_nothing_has_its_place_in_it(text: str) -> None:
    source = Source("net.yaml", text)
    tree, lines = compose(source), source.lines()
    assert 0 < tree.place.line <= len(lines)
    assert tree.place.column <= len(lines[tree.place.line - 1]) + 1


@pytest.mark.parametrize(
    "begun", ["<![ ", "<![CDA", "<![if x]>", "<!", "<!-", "<?", "</", "&#", "<a b='"]
)
def test_a_page_with_a_declaration_that_is_none(begun: str) -> None:
    (read,) = reads(f"<p>z1 = [0.3775, 1]</p>{begun}", "onlinetext.html")
    assert len(read.sheet.answers) == 2


def whole(**changes: object) -> bytes:
    """Return a part of a sweep that has nothing in it."""
    axes = [{"name": "W", "values": [0, 1]}]
    plain = {"network": "n", "digest": "d", "of": "loss", "part": [1, 1], "axes": axes}
    return json.dumps({**plain, "values": [], **changes}).encode()


AXES = [{"name": "W", "values": [0, 1]}] * 70


@pytest.mark.parametrize("changes", [{"part": [1, 10**18]}, {"part": [2, 3], "axes": AXES}])
def test_parts_of_what_no_sweep_is(changes: dict[str, object]) -> None:
    """As many parts, or points, as no memory lists."""
    read = part(random.Random(0)).read
    came = Reading({"1.json": whole(**changes), "2.json": whole(part=[2, 2])}, read).outcome()
    assert (came.code, came.fault) == (2, "")


@pytest.mark.parametrize("score", ["Infinity", "NaN", "1e999"])
def test_a_report_has_no_marks_that_are_no_numbers(score: str, tmp_path: Path) -> None:
    text = f'"student": "s", "file": "f", "score": {score}, "max_score": 1, "answers": []'
    head = '"format": "backprop-check", "students": '
    (tmp_path / "e.json").write_text(f"{{{head}[{{{text}}}]}}", encoding="utf-8")
    with pytest.raises(Refusal, match="not a report"):
        read_earlier_run(str(tmp_path / "e.json"))


@pytest.mark.parametrize("descr", ["<a1", "<f4"])
def test_what_numpy_says_of_old_headers_is_not_shown(descr: str, tmp_path: Path) -> None:
    """Files of Python 2, and types that numpy gives up: read or refused, in our words."""
    head = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,), }} \n ".encode()
    data = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + b"\0\0\x80?"
    (tmp_path / "x.npy").write_bytes(data)
    net = tmp_path / "net.yaml"
    net.write_text("input: {file: x.npy}\nlayers: [{units: 1}]\n", encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for read in (lambda: read_arrays(data, "x.npy"), lambda: api.load(net)):
            with contextlib.suppress(Refusal):
                read()
