"""Sheets: YAML, JSON, CSV and the command line give the same answers; faults have their place."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from backprop_cli.checking.records import Sheet
from backprop_cli.checking.sheets.names import entry_of
from backprop_cli.checking.sheets.notation_names import NotationNames
from backprop_cli.checking.sheets.reading import read_given, read_mapping, read_sheets, with_blanks
from backprop_cli.expression.refs import Ref
from backprop_cli.graph.names import shown_shape
from backprop_cli.notation import profile, profile_names
from backprop_cli.notation.bound import bound
from backprop_cli.notation.clashes import clashes
from backprop_cli.notation.facts import facts_of

from ..commands.running import NAMES
from .reading_sheets import JSON, LONG, YAML, answers, graph_of, reading, sheet, values

PAIRS = """z1[1],0.3775
z1[2],0.3925
a1[2],"0,597"
"dW2[1,1]",0.0822
"dW2[1,2]",
"dW2[2,1]",-1/44
"dW2[2,2]",2*z1[1]
W1',~
loss,1e-3
"""
WIDE = """student\tz1\ta1[2]\tdW2[1,1]\tdW2[1,2]\tdW2[2,1]\tdW2[2,2]\tW1'\tloss
s1\t[0.3775, 0.3925]\t0,597\t0.0822\t\t-1/44\t2*z1[1]\t\t1e-3
"""
KINDS = {"yaml": YAML, "json": JSON, "csv": LONG}


def written(found: Sheet) -> list[tuple[str, float | None, float]]:
    """Return what a sheet says: name, value and last place of each entry."""
    assert found.problems == ()
    return [(a.name, a.parsed.value, a.parsed.unit) for a in found.answers]


EXPECTED = [
    ("z1[1]", 0.3775, pytest.approx(1e-4)),
    ("z1[2]", 0.3925, pytest.approx(1e-4)),
    ("a1[2]", 0.597, pytest.approx(1e-3)),
    ("dW2[1,1]", 0.0822, pytest.approx(1e-4)),
    ("dW2[1,2]", None, 0),
    ("dW2[2,1]", -1 / 44, 0),
    ("dW2[2,2]", 0.755, 0),
    *((f"W1'[{i},{j}]", None, 0) for i in (1, 2) for j in (1, 2)),
    ("loss", 0.001, pytest.approx(1e-3)),
]


@pytest.mark.parametrize(
    ("text", "suffix"),
    [(YAML, "yaml"), (YAML, "txt"), (JSON, "json"), (JSON, "yaml"), (LONG, "csv"), (PAIRS, "csv"),
     (WIDE, "csv"), ("\ufeff" + LONG, "csv"), (LONG.replace("\n", "\r\n"), "csv")],
)  # fmt: skip
def test_every_kind_of_sheet_gives_the_same_answers(text: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"s1.{suffix}"
    path.write_bytes(text.encode())
    (read,) = read_sheets((str(path),), reading())
    assert written(read.sheet) == EXPECTED
    assert read.sheet.student == "s1"


def test_the_command_line_gives_the_same_answers() -> None:
    read = read_given(
        ("z1=[0.3775, 0.3925]", "a1[2]=0,597", 'dW2=[[0.0822, ~], [-1/44, "2*z1[1]"]]', "W1'=",
         "loss = 1e-3"),
        reading(),
    )  # fmt: skip
    assert written(read.sheet) == EXPECTED


def test_python_gives_the_same_answers() -> None:
    given = {
        "z1": [0.3775, 0.3925],
        "a1[2]": "0,597",
        "dW2": [["0.0822", None], ["-1/44", "2*z1[1]"]],
        "W1'": None,
        "loss": "1e-3",
    }
    assert written(read_mapping(given, reading()).sheet) == EXPECTED


@pytest.mark.parametrize("depth", [80, 5000, None], ids=str)
def test_a_list_of_pythons_may_be_nested_as_deep_as_one_in_a_file(depth: int | None) -> None:
    nested: list[Any] = []
    if depth is None:
        nested.append(nested)
    for _ in range(depth or 0):
        nested = [nested]
    (problem,) = read_mapping({"z1": nested}, reading()).sheet.problems
    assert (problem.message, problem.cure) == ("nested too deep", "at most 64 levels")


@pytest.mark.parametrize("name", NAMES)
def test_every_plain_name_of_every_example_is_read(name: str) -> None:
    """Whole arrays and entries, in the shape and layout in which they are shown."""
    found = reading(name)
    graph = graph_of(name)
    for word, ref in found.plain.words.items():
        shape = shown_shape(graph, ref)
        text = "1"
        for size in reversed(shape):
            text = "[" + ", ".join([text] * size) + "]"
        got = values(f'answers: {{"{word}": {text}}}', name=name)
        entries = list(itertools.product(*(range(1, size + 1) for size in shape)))
        assert len(got) == len(entries)
        for entry, key in zip(entries, got, strict=True):
            inside = f"[{','.join(map(str, entry))}]" if entry else ""
            single = answers(f'answers: {{"{word}{inside}": 1}}', name=name)
            assert list(single) == [key]
            assert entry_of(single[key].ref, graph.in_out) == entry


def test_other_spellings_of_names() -> None:
    text = "answers: {'output.W[1,2]': 1, 'd(hidden.W)[1,1]': 2, 'd(W1[1,2])': 3, dz2: [4, 5]}"
    assert list(values(text)) == ["W2[1,2]", "dW1[1,1]", "dW1[1,2]", "delta2[1]", "delta2[2]"]
    assert list(values("answers: {dloss/dW2: [[1, 2], [3, 4]], a0: [1, 2]}"))[3:] == [
        "dW2[2,2]",
        "x[1]",
        "x[2]",
    ]
    assert list(values('answers: {"hidden.W\'[1,2]": 1, "W2[1,1]\'": 2, "b1′": 3}')) == [
        "W1'[1,2]",
        "W2'[1,1]",
        "b1'",
    ]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("z1_2", "z1[2]"),
        ("z_1_2", "z1[2]"),
        ("a1(2)", "a1[2]"),
        ("delta_1_2", "delta1[2]"),
        ("dW1_1_2", "dW1[1,2]"),
        ("dw1_12", "dW1[1,2]"),
        ("dW1(1,2)", "dW1[1,2]"),
        ("dW1[1][2]", "dW1[1,2]"),
        ("grad_W1[1,2]", "dW1[1,2]"),
        ("∇W1[1,2]", "dW1[1,2]"),
        ("W1.grad[1,2]", "dW1[1,2]"),
        ("W1_new[1,2]", "W1'[1,2]"),
        ("W1[1,2]_neu", "W1'[1,2]"),
        ("W1[1,2]+", "W1'[1,2]"),
        ("Loss", "loss"),
        ("L_total", "loss"),
        ("y_hat[1]", "a2[1]"),
    ],
)
def test_what_can_be_one_quantity_alone_is_read_as_it(written: str, name: str) -> None:
    assert list(values(f"answers: {{'{written}': 0.5}}")) == [name]


@pytest.mark.parametrize(
    ("written", "meant"), [("z12", "z1[2]"), ("W112", "W1[1,2]"), ("delta11", "delta1[1]")]
)
def test_what_could_be_two_is_asked_about(written: str, meant: str) -> None:
    (problem,) = sheet(f"answers: {{{written}: 0.5}}").problems
    assert problem.cure == f"did you mean '{meant}'?"


# -- the letters of a notation


def test_mazurs_names() -> None:
    text = """
names: notation
notation: mazur
answers:
  net_h1: 0.3775
  out_o: [0.75, 0.77]
  E_total: 0.298
  w5: out_h1/2 + w_6
  w5': 0.36
  delta_o1: 0.138
  δ_h2: 0.01
  ∂E_total/∂w_5: 0.08
  dw6: 0.083
  b_2: 0.6
  target_o1: 0.01
"""
    found = values(text)
    assert list(found) == [
        "z1[1]", "a2[1]", "a2[2]", "loss", "W2[1,1]", "W2'[1,1]", "delta2[1]", "delta1[2]",
        "dW2[1,1]", "dW2[1,2]", "b2", "y[1]",
    ]  # fmt: skip
    assert found["W2[1,1]"] == pytest.approx(1 / (1 + 2.718281828459045**-0.3775) / 2 + 0.45)


@pytest.mark.parametrize("name", ["mazur", "xor_batch", "softmax_relu", "three_two_one", "diamond"])
@pytest.mark.parametrize("letters", profile_names())
def test_what_stands_on_the_screen_is_what_it_means(letters: str, name: str) -> None:
    """Each drawn name finds its own quantity, or is refused as one that could be two."""
    from backprop_cli.expression.tree import Quantity
    from backprop_cli.printing.plain_math import UnicodeMath
    from backprop_cli.printing.settings import Settings

    graph = graph_of(name)
    notation = bound(profile(letters), facts_of(graph))
    names = NotationNames(graph, notation)
    printer = UnicodeMath(notation, Settings())
    drawn_alike = {ref for pair in clashes(notation) for ref in pair}
    tried = 0
    for refs in names.exact.values():
        for ref in refs:
            drawn = printer.draw(Quantity(ref))
            found, _ = names.find(drawn)
            tried += 1
            assert printer.draw(Quantity(found)) == drawn
            assert found == ref or shown_shape(graph, ref) or ref in drawn_alike
    assert tried >= 10


def test_a_name_that_could_be_two_is_refused() -> None:
    """Without a comma w_1112 is w_1,12 or w_11,2."""
    row = f"[{', '.join(['0.1'] * 12)}]"
    wide = f"""
input: {row}
target: {row}
loss: half_squared_error
layers:
  - {{weights: [{", ".join([row] * 12)}], bias: none}}
"""
    assert list(values("names: notation\nanswers: {'w^1_1,12': 1}", name=wide)) == ["W1[1,12]"]
    assert list(values("names: notation\nanswers: {'w^1_{11,2}': 1}", name=wide)) == ["W1[11,2]"]
    (problem,) = sheet("names: notation\nanswers: {w1_112: 1}", name=wide).problems
    assert problem.message == "'w1_112' could be W1[1,12] or W1[11,2]"
    (unread,) = sheet("names: notation\nanswers: {C: 2*w1112}", name=wide).answers
    assert unread.parsed.problem is not None
    assert "could be" in unread.parsed.problem.message


def test_marks_may_be_left_out_and_not_put_in() -> None:
    """a_1 is no a^(1): what is lowered on the screen is not raised on the sheet."""
    text = "names: notation\nnotation: bishop\nanswers: "
    assert list(values(text + "{a1: [1, 2], z1_2: 3, 'w^(1)_12': 4, z(1)1: 2*w1_12}")) == [
        "z1[1]", "z1[2]", "a1[2]", "W1[1,2]", "a1[1]",
    ]  # fmt: skip
    (problem,) = sheet(text + "{a_1: [1, 2]}").problems
    assert problem.message == "there is no 'a_1' in the notation 'bishop'"


def test_a_list_in_quotes_is_a_list() -> None:
    assert list(values("answers: {z1: '[0.37, 1/3]'}").values()) == [0.37, 1 / 3]
    assert sheet("answers: {z1: '[0.37, 1'}").answers[0].parsed.problem is not None


def test_a_plain_name_is_told_how_it_is_written_here() -> None:
    found = sheet("names: notation\nnotation: mazur\nanswers: {z1: [1, 2]}")
    (problem,) = found.problems
    assert problem.message == "there is no 'z1' in the notation 'mazur'"
    assert problem.cure == "z1 is written net_h here"


# -- shapes


@pytest.mark.parametrize(
    ("text", "message", "cure"),
    [
        ("z1: [1, 2, 3]", "z1: 3 where 2 entries are expected", "write a list of 2: […, …]"),
        ("z1: [0.1 0.2 0.3]", "z1: 1 where 2 entries are", "a comma after each number"),
        ("z1: [1]", "z1: 1 where 2 entries are expected", "write a list of 2: […, …]"),
        ("z1: [0, 3775, 0, 3925]", "z1: 4 where 2", "if a comma is a decimal comma, write a point: "
         "0.3775"),
        ("z1: 0.5", "z1: '0.5' where a list is expected", "write a list of 2: […, …]"),
        ("loss: [1]", "loss is one number, not a list", "write it without brackets"),
        ("dW1: [[1, 2], [3]]", "dW1 row 2: 1 where 2 ent", "write 2 rows of 2: [[…, …], […, …]]"),
        ("dW1: [[1, 2]]", "dW1: 1 where 2 rows are expected", "write 2 rows of 2"),
        ("dW1: [1, 2]", "dW1 row 1: '1' where a list is expected", "write 2 rows of 2"),
        ("dW1: [[1], [2], [3]]", "dW1: 3 where 2 rows are expected", "write 2 rows of 2"),
        ("db2: [0.1, 0.2]", "db2: the units of layer 2 share one bias", "add the shares"),
        ("b2': [0.1, 0.2]", "b2': the units of layer 2 share one bias", "write one number"),
        ("dW1: {a: 1}", "dW1: a mapping", "write 2 rows of 2"),
        ("z1: [[1, 2], 3]", "z1 row 1 is one number, not a list", "write it without brackets"),
        ("loss: {class: 2}", "loss: a mapping", "write one number"),
    ],
)  # fmt: skip
def test_a_wrong_shape_is_explained(text: str, message: str, cure: str) -> None:
    found = sheet(f"answers:\n  {text}\n")
    assert found.problems == ()
    problems = {answer.parsed.problem for answer in found.answers}
    (problem,) = problems
    assert problem is not None
    assert message in problem.message
    assert cure in problem.cure
    assert problem.place is not None
    assert problem.place.line == 2
    assert {answer.parsed.value for answer in found.answers} == {None}


def test_decimal_commas_in_a_list_are_read_where_nothing_else_fits() -> None:
    found = values("answers: {z1: [0,3775, -0,39], dW1: [[1,5, 2],[-3, 0,4]], a1: [1e0,5, 2]}")
    assert list(found.values())[:6] == [0.3775, -0.39, 1.5, 2, -3, 0.4]
    assert found["a1[1]"] is None


def test_a_gradient_of_the_other_shape_is_read_as_its_transpose() -> None:
    """Of what is no gradient of weights, or fits neither way, it is said and nothing is read."""
    text = (
        "answers: {dW2: [[1], [2], [3]], dW1: [[1, 2, 3], [4, 5, 6]], W1': [[1, 2, 3], [4, 5, 6]]}"
    )
    found = sheet(text, name="three_two_one")
    first = {a.name: a.parsed for a in found.answers if a.name.startswith("dW1")}
    assert all(each.turned and each.problem is None for each in first.values())
    assert [first[f"dW1[{j},1]"].value for j in (1, 2, 3)] == [1, 2, 3]
    others = {a.name[:2]: a.parsed.problem for a in found.answers if a.name not in first}
    said = {name: problem.message for name, problem in others.items() if problem is not None}
    assert said["W1"] == "W1': 2 where 3 rows are expected: it is transposed"
    assert "transposed" not in said["dW"]


def test_a_comma_that_may_be_a_decimal_one_is_asked_about() -> None:
    found = answers("answers: {z1: [0,73]}")
    assert [a.parsed.value for a in found.values()] == [0, 73]
    asked = "read as two numbers; if the comma is a decimal comma, write 0.73"
    assert {a.parsed.remark for a in found.values()} == {asked}
    cell = answers("quantity;answer\nz1; [0,73]\n", "csv")
    assert {a.parsed.remark for a in cell.values()} == {asked}
    spaced = answers("answers: {z1: [0, 73], dW1: [[0.1,2],[3,0.4]]}")
    assert {a.parsed.remark for a in spaced.values()} == {""}


def test_a_batch_has_a_row_a_sample() -> None:
    rows = "[[1], [2], [3], [4]]"
    assert list(values(f"answers: {{z2: {rows}}}", name="xor_batch")) == [
        f"z2[{i},1]" for i in range(1, 5)
    ]
    flat = values("answers: {z2: [1, 2, 3, 4]}", name="xor_batch")
    assert flat == values(f"answers: {{z2: {rows}}}", name="xor_batch")


def test_an_axis_of_one_may_be_left_out() -> None:
    expected = {"dW1[1,1]": 1.0, "dW1[1,2]": 2.0}
    for text in ("[1, 2]", "[[1, 2]]"):
        assert values(f"answers: {{dW1: {text}}}", name="sigmoid_neuron") == expected
    for text in ("3", "[3]"):
        assert values(f"answers: {{delta1: {text}}}", name="sigmoid_neuron") == {"delta1[1]": 3.0}


def test_blanks_are_kept_and_added() -> None:
    found = sheet("answers: {z1: ~, 'dW1[1,2]': 3}")
    assert [a.name for a in found.answers] == ["z1[1]", "z1[2]", "dW1[1,2]"]
    full = with_blanks(found, [(Ref("W", 1, True), "")], graph_of("mazur"))
    assert [a.name for a in full.answers[3:]] == ["dW1[1,1]", "dW1[2,1]", "dW1[2,2]"]
    assert all(a.parsed.value is None for a in full.answers[3:])
