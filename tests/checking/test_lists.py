"""Lists as people write them: each way of writing a list gives its numbers, in every shape."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable

import pytest

from .reading_sheets import checked_text, reads, sheet

SQUARE, ROW = [[-0.5, 1.25], [0.0, 2.0]], [-0.5, 1.25]
THREE = "three_two_one"


def _comma(number: float) -> str:
    return f"{number:g}".replace(".", ",")


def _point(number: float) -> str:
    return f"{number:g}"


Written = Callable[[float], str]
VECTORS: dict[str, Callable[[list[float], Written], str]] = {
    "brackets": lambda v, w: f"[{', '.join(map(w, v))}]",
    "semicolons": lambda v, w: f"[{'; '.join(map(w, v))}]",
    "tight": lambda v, w: f"[{';'.join(map(w, v))}]",
    "bars": lambda v, w: f"({' | '.join(map(w, v))})",
    "blanks": lambda v, w: f"[{' '.join(map(w, v))}]",
    "bare": lambda v, w: ", ".join(map(w, v)),
    "bare blanks": lambda v, w: " ".join(map(w, v)),
    "bare semicolons": lambda v, w: "; ".join(map(w, v)),
    "column": lambda v, w: f"({', '.join(map(w, v))})^T",
    "chain": lambda v, w: f"W1 x + b1 = [{', '.join(map(w, v))}]",
}
MATRICES: dict[str, Callable[[list[list[float]], Written], str]] = {
    "rows": lambda m, w: f"[{', '.join(VECTORS['brackets'](r, w) for r in m)}]",
    "rows of semicolons": lambda m, w: f"[{', '.join(VECTORS['semicolons'](r, w) for r in m)}]",
    "rows of blanks": lambda m, w: f"[{' '.join(VECTORS['blanks'](r, w) for r in m)}]",
    "matlab": lambda m, w: f"[{'; '.join(VECTORS['bare blanks'](r, w) for r in m)}]",
    "matlab with commas": lambda m, w: f"[{'; '.join(VECTORS['bare'](r, w) for r in m)}]",
}


def _written(name: str, text: str, door: str) -> list[float | None]:
    if door == "json":
        found = sheet(json.dumps({"answers": {name: text}}), "json")
    elif door == "csv":
        found = sheet(f"quantity;answer\n{name};{json.dumps(text)}\n", "csv")
    else:
        found = sheet(f"answers:\n  {name}: {json.dumps(text) if door == 'quoted' else text}\n")
    assert not found.problems
    return [answer.parsed.value for answer in found.answers]


@pytest.mark.parametrize("door", ["yaml", "quoted", "csv", "json"])
@pytest.mark.parametrize("written", [_comma, _point])
def test_a_list_is_read_however_it_is_written(written: Written, door: str) -> None:
    """``-0,5`` keeps its comma and ``1,25`` is no two entries, wherever the list stands."""
    for how, write in VECTORS.items():
        assert _written("z1", write(ROW, written), door) == ROW, (how, write(ROW, written))
    for how, rows in MATRICES.items():
        found = _written("dW1", rows(SQUARE, written), door)
        assert found == list(itertools.chain(*SQUARE)), (how, rows(SQUARE, written))


def test_a_list_of_formulas_is_read_with_their_commas() -> None:
    """YAML ends a list at the first bracket of ``W2[1,2]``; the entries are read all the same."""
    for text in (
        "delta1: [0, delta2[1]*W2[1,2]]",
        "delta1: [max(0, a1[1]), 1 - a1[2]]",
        "dW1: [[0, 0], [delta1[2], 2delta1[2]]]",
        "dW1:\n    - [0, 0]\n    - [2*delta1[2], delta1[1]*W1[1,2]]",
        "dW1: [[0, delta1[1]],\n        [1, delta1[2]]]",
    ):
        found = sheet(f"answers:\n  {text}\n  loss: 0.3\n")
        values = [answer.parsed.value for answer in found.answers]
        assert len(values) in (3, 5)
        assert None not in values, (text, [a.parsed.problem for a in found.answers])
        assert not found.problems


ANSWERS = ("z1: [0.3775, 0.3925]", "a1: [0.5933, 0.5969]", "loss: 0.2984", "delta2[1]: 0.1385")
MARGINS = {"left": -1, "right": 1, "far": 3}


@pytest.mark.parametrize("slip", [*MARGINS, "tab", "twice", "all tabs", "the heading"])
def test_what_stands_at_another_margin_or_twice_is_read_and_said(slip: str) -> None:
    """No mark is lost by where a line begins: the numbers are there."""
    for number in range(len(ANSWERS)):
        lines = [f"  {line}" for line in ANSWERS]
        heading = " answers:" if slip == "the heading" else "answers:"
        if slip in MARGINS:
            lines[number] = " " * (2 + MARGINS[slip]) + ANSWERS[number]
        elif slip == "tab":
            lines[number] = "\t" + ANSWERS[number]
        elif slip == "all tabs":
            lines = ["\t" + line for line in ANSWERS]
        elif slip == "twice":
            lines.append(lines[number])
        text = "\n".join(("student: ada", heading, *lines, ""))
        (checked,) = checked_text(text)
        assert (checked.marked.score, checked.marked.max_score) == (6, 6), text
        assert checked.marked.sheet.student == "ada"
        (read,) = reads(text)
        kept = slip in MARGINS and number == 0
        assert len(read.sheet.problems) == 1 or kept, (text, read.sheet.problems)


def test_of_a_key_given_twice_in_any_way_the_first_counts() -> None:
    for text in (
        "answers: {loss: 0.2984, z1: [0.3775, 0.3925], loss: 0.5}",
        "loss: 0.2984\nloss: 0.5\n",
        "student: a\nstudent: b\nanswers:\n  loss: 0.2984\n",
    ):
        (checked,) = checked_text(text)
        assert checked.marked.judged[0].verdict == "right"
        assert [problem.cure for problem in checked.problems] == ["keep one of them"]


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("½·0,5²", 0.125),
        ("0.5(0.25)", 0.125),
        ("0,5*(1 - 0,25)", 0.375),
        ("1/2 (1 - 0,5)²", 0.125),
        ("-(1-0.5)(0.25)", -0.125),
        ("2sqrt(4)", 4),
        ("2 sqrt(0,25) 2", None),
        ("what is it (roughly) = 0.5", 0.5),
        ("0x1", None),
        ("1/2(3)", None),
        ("0.5 0.25", None),
        ("max(0,5)", 5),
    ],
)
def test_products_without_a_sign_and_decimal_commas(raw: str, value: float | None) -> None:
    (answer,) = sheet(json.dumps({"answers": {"loss": raw}}), "json").answers
    assert answer.parsed.value == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    "heading",
    ["", "Größe;Wert\n", "quantity;answer\n", "Was;Zahl\n", "Wert;Größe\n", "Nom;Valeur\n"],
)
def test_no_heading_of_a_table_costs_a_mark(heading: str) -> None:
    rows = [("z1[1]", "0,3775"), ("loss", "0,2984")]
    turned = [row[::-1] if heading.startswith("Wert") else row for row in rows]
    text = heading + "".join(f"{first};{second}\n" for first, second in turned)
    (checked,) = checked_text(text, "csv")
    assert (checked.marked.score, checked.marked.max_score) == (2, 2)
    assert checked.all_right


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_of_numbers_alone_is_told_by_its_shape(separator: str) -> None:
    """As an array out of a program is: the one gradient that is three by two."""
    rows = [[0.5, -1.25], [2.0, 0.0], [1.2345678901e-3, 4.0]]
    text = "".join(separator.join(f"{number:.18e}" for number in row) + "\n" for row in rows)
    found = sheet(text, "csv", THREE)
    values = [answer.parsed.value for answer in found.answers if answer.name.startswith("dW1")]
    assert values == list(itertools.chain(*rows))
    assert not found.problems


def test_what_is_no_name_is_said_and_asks_for_nothing() -> None:
    (checked,) = checked_text("answers: {loss: 0.2984, foo: [1, 2, 3], bar: 7}")
    assert (checked.marked.score, checked.marked.max_score) == (1, 1)
    assert [p.message[:17] for p in checked.problems] == ["there is no 'foo'", "there is no 'bar'"]
