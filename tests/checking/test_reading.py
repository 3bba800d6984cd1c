"""Sheets: YAML, JSON, CSV and the command line give the same answers; faults have their place."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from backprop_cli.checking.names import entry_of
from backprop_cli.checking.names_notation import NotationNames
from backprop_cli.checking.reading import KEYS, read_given, read_mapping, read_sheets, with_blanks
from backprop_cli.checking.records import Rules, Sheet
from backprop_cli.expression.refs import Ref
from backprop_cli.graph.names import shown_shape
from backprop_cli.notation import profile, profile_names
from backprop_cli.notation.bound import bound
from backprop_cli.notation.clashes import clashes
from backprop_cli.notation.facts import facts_of
from backprop_cli.problems import Refusal

from ..commands.running import NAMES
from .reading_sheets import answers, graph_of, reading, reads, sheet, values

YAML = """
student: s1
answers:
  z1: [0.3775, 0.3925]
  a1[2]: 0,597
  dW2: [[0.0822, ~], [-1/44, 2*z1[1]]]
  W1': ~
  loss: 1e-3
"""
YAML = YAML.replace("2*z1[1]]]", '"2*z1[1]"]]')
JSON = """
{"student": "s1", "answers": {"z1": [0.3775, 0.3925], "a1[2]": "0,597",
 "dW2": [[0.0822, null], ["-1/44", "2*z1[1]"]], "W1'": null, "loss": 1e-3}}
"""
LONG = """student;quantity;entry;answer
s1;z1;;[0.3775, 0.3925]
s1;a1;2;0,597
s1;dW2[1,1];;0.0822
s1;dW2;1,2;
s1;dW2;[2, 1];-1/44
s1;dW2;2,2;2*z1[1]
s1;W1';;
s1;loss;;1e-3
"""
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
    return [(a.name, a.written.value, a.written.unit) for a in found.answers]


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
    from backprop_cli.render.mathematics import Settings
    from backprop_cli.render.plain_math import UnicodeMath

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
    assert unread.written.problem is not None
    assert "could be" in unread.written.problem.message


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
    assert sheet("answers: {z1: '[0.37, 1'}").answers[0].written.problem is not None


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
        ("z1: [0.1 0.2]", "z1: 1 where 2 entries are expected", "a comma after each number"),
        ("z1: [1]", "z1: 1 where 2 entries are expected", "write a list of 2: […, …]"),
        ("z1: [0,3775, 0,3925]", "z1: 4 where 2", "if a comma is a decimal comma, write a point: "
         "0.3775"),
        ("z1: 0.5", "z1: '0.5' where a list is expected", "write a list of 2: […, …]"),
        ("loss: [1]", "loss is one number, not a list", "write it without brackets"),
        ("dW1: [[1, 2], [3]]", "dW1 row 2: 1 where 2 ent", "write 2 rows of 2: [[…, …], […, …]]"),
        ("dW1: [[1, 2]]", "dW1: 1 where 2 rows are expected", "write 2 rows of 2"),
        ("dW1: [1, 2]", "dW1 row 1: '1' where a list is expected", "write 2 rows of 2"),
        ("dW1: {a: 1}", "dW1: a mapping", "write 2 rows of 2"),
        ("z1: [[1, 2], 3]", "z1 row 1 is one number, not a list", "write it without brackets"),
        ("loss: {class: 2}", "loss: a mapping", "write one number"),
    ],
)  # fmt: skip
def test_a_wrong_shape_is_explained(text: str, message: str, cure: str) -> None:
    found = sheet(f"answers:\n  {text}\n")
    assert found.problems == ()
    problems = {answer.written.problem for answer in found.answers}
    (problem,) = problems
    assert problem is not None
    assert message in problem.message
    assert cure in problem.cure
    assert problem.place is not None
    assert problem.place.line == 2
    assert {answer.written.value for answer in found.answers} == {None}


def test_a_comma_that_may_be_a_decimal_one_is_asked_about() -> None:
    found = answers("answers: {z1: [0,73]}")
    assert [a.written.value for a in found.values()] == [0, 73]
    asked = "read as two numbers; if the comma is a decimal comma, write 0.73"
    assert {a.written.remark for a in found.values()} == {asked}
    cell = answers("quantity;answer\nz1; [0,73]\n", "csv")
    assert {a.written.remark for a in cell.values()} == {asked}
    spaced = answers("answers: {z1: [0, 73], dW1: [[0.1,2],[3,0.4]]}")
    assert {a.written.remark for a in spaced.values()} == {""}


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
    full = with_blanks(found, [(Ref("W", 1, True), False)], graph_of("mazur"))
    assert [a.name for a in full.answers[3:]] == ["dW1[1,1]", "dW1[2,1]", "dW1[2,2]"]
    assert all(a.written.value is None for a in full.answers[3:])


# -- the sheet itself


def test_rules_are_read() -> None:
    found = sheet(
        "student: 7\ndigits: 3\nrules: {tolerance: 1e-2, tolerances: {dW1: 0.05},"
        " follow_through_credit: 1/2}\nanswers: {loss: 1}"
    )
    assert found.student == "7"
    assert found.rules == Rules(0.01, {"dW1": 0.05}, 3, 0.5)
    assert sheet("answers: {loss: 1}").rules == Rules()


def test_keys_left_empty_are_left_out() -> None:
    keys = "\n".join(f"{key}:" for key in KEYS if key != "answers")
    found = sheet(f"{keys}\nanswers: {{loss: 1}}")
    assert (found.problems, found.student, len(found.answers)) == ((), "sheet", 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("anwsers: {loss: 1}", "1:1 a sheet: there is no key 'anwsers' / did you mean 'answers'?"),
        ("answers: {lss: 1}", "1:11 there is no 'lss' in this network / did you mean 'loss'?"),
        ("z1: [1, 2]\nanswers: {loss: 1}", "1:1 a sheet: there is no key 'z1' / indent it below"),
        ("answers: [1]", "1:10 answers: a mapping is expected, not a list / write 'answers:'"),
        ("answers:", "1:1 answers: nothing is given / write 'answers:'"),
        ("3", "1:1 a mapping is expected, not '3' / write 'answers:'"),
        ("answers: {loss: 1, loss: 2}", "1:20 the key 'loss' is given twice (first in line 1)"),
        ("answers: {a0: [1, 2], x: [1, 2]}", "1:23 x[1] is answered twice / keep one of them"),
        ("answers: {da1/dz1: 1}", "1:11 'da1/dz1': local derivatives are not checked / ask for"),
        ("answers: {delta1': 1}", "1:11 'delta1'': only parameters are followed through a step"),
        ("answers: {z1: [1, 2]\n", "'{' is never closed"),
        ("# nothing", "1:1 nothing but comments / write 'answers:'"),
        ("answers: {loss: 1}\n---\nb: 2", "2:1 a second document / keep one sheet in a file"),
        ("digits: 2.5\nanswers: {loss: 1}", "1:9 digits: a whole number from 0 to 15 is expected"),
        ("rules: {tolerance: 2}\nanswers: {loss: 1}", "1:20 tolerance: 2 is not between 0 and 0.1"),
        ("rules: {toleranz: 2}\nanswers: {loss: 1}", "1:9 rules: there is no key 'toleranz' / did"),
        ("rules: {tolerances: {q: 0.1}}\nanswers: {loss: 1}", "tolerances: there is no 'q' in"),
        ("names: mine\nanswers: {loss: 1}", "1:8 names: 'mine' is not one of its values"),
        ("notation: mazurr\nanswers: {loss: 1}", "1:11 notation: there is no notation 'mazurr' / "
         "did you mean 'mazur'?"),
        ("notation: mazur\nanswers: {loss: 1}", "1:11 notation: the names of this sheet are"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_sheet_has_its_place(text: str, said: str) -> None:
    found = sheet(text).problems
    assert found
    shown = [
        f"{p.place.line}:{p.place.column} {p.message} / {p.cure}" if p.place else p.message
        for p in found
    ]
    assert any(said in each for each in shown), shown


def test_a_step_needs_a_learning_rate() -> None:
    from backprop_cli.checking.reading import sheets_of
    from backprop_cli.problems import Source

    (read,) = sheets_of(Source("s.yaml", 'answers: {"W1\'": ~}'), reading("mazur", None))
    (problem,) = read.sheet.problems
    assert problem.message == "W1': the network has no learning rate"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"answers": {"z1": [1, 2}}', "1:25 a ',' or a ']' is missing before this"),
        ('{"answers": {"z1": [1, 2]}', "1:1 '{' is never closed"),
        ('{"answers": {z1: 1}}', "1:14 a key in quotes is expected here"),
        ('{"answers" {}}', "1:12 a ':' is missing before this"),
        ('{"answers": {}} 1', "1:17 '1' after the end"),
        ('{"answers": {"a": 1, "a": 2}}', "1:22 the key 'a' is given twice"),
        ('{"answers": "x', "1:13 this quote is never closed"),
        ('{"answers": {"loss": }}', "1:22 a value is expected here, not '}'"),
        ('{"answers": {"loss": 1}, \n "x": (2)}', "2:7 '(' is no part of JSON"),
        ("[" * 100, "nested too deep"),
        ("", "1:1 a value is expected here, but the file ends"),
    ],
)
def test_what_is_no_json_has_its_place(text: str, said: str) -> None:
    (problem,) = sheet(text, "json").problems
    where = f"{problem.place.line}:{problem.place.column} " if problem.place else ""
    assert said in where + problem.message


def test_json_keeps_what_was_written() -> None:
    text = '{"student": "\\ud83d\\ude00\\n\\u00e9\\/", "answers": {"loss": 0.050, "z1[1]": .5}}'
    found = sheet(text, "json")
    assert found.student == "😀\né/"
    assert [a.written.raw for a in found.answers] == ["0.050", ".5"]
    assert sheet('{"student": "\\ud800", "answers": {"loss": 1}}', "json").student == "\ufffd"


# -- CSV, files, folders


def test_a_csv_file_of_several_students() -> None:
    found = reads("student,quantity,answer\na,loss,1\nb,loss,2\na,b1,3\n", "csv")
    assert [(r.sheet.student, len(r.sheet.answers)) for r in found] == [("a", 2), ("b", 1)]
    wide = reads('student,loss,b1\na,1,3\nb,2\n"c, d",,\n', "csv")
    assert [(r.sheet.student, [a.written.value for a in r.sheet.answers]) for r in wide] == [
        ("a", [1, 3]),
        ("b", [2, None]),
        ("c, d", [None, None]),
    ]


def test_a_quoted_cell_may_have_anything() -> None:
    found = reads('student,quantity,answer\n"a ""b""\n;","loss"," 1 "\n', "csv")
    assert found[0].sheet.student == 'a "b"\n;'
    assert found[0].sheet.answers[0].written.value == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b,c\n1,2,3\n", "1:1 no column of names and one of answers"),
        ("quantity,answer\n", "1:1 no answers below the heading"),
        ("quantity,answer\nloss\n", "2:1 1 cell in this row"),
        ("quantity,answer\nloss,1\nlos,2\n", "3:1 there is no 'los' in this network"),
        ('quantity,answer\nz1,"[1, 2"\n', "2:5 '[' is never closed"),
    ],
)
def test_what_is_wrong_with_a_csv_file_has_its_place(text: str, said: str) -> None:
    (problem,) = sheet(text, "csv").problems
    assert problem.place is not None
    assert said in f"{problem.place.line}:{problem.place.column} {problem.message}"


def test_folders_are_read_in_order_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("c.yaml", "a.json", "b/d.csv", ".hidden.yaml", "notes.txt"):
        text = {"json": JSON, "csv": LONG}.get(name.rpartition(".")[2], YAML)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    paths = (str(tmp_path), str(tmp_path / "c.yaml"))
    found = [read.sheet.file for read in read_sheets(paths, reading())]
    assert [Path(name).name for name in found] == ["a.json", "d.csv", "c.yaml"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refusal, match="no sheets in this folder"):
        list(read_sheets((str(tmp_path / "empty"),), reading()))


def test_a_student_is_named_by_the_sheet_or_its_file(tmp_path: Path) -> None:
    path = tmp_path / "s9.yaml"
    path.write_text("answers: {loss: 1}", encoding="utf-8")
    (read,) = read_sheets((str(path),), reading())
    assert read.sheet.student == "s9"
    path.write_text(f"student: {'x' * 300}\nanswers: {{loss: 1}}", encoding="utf-8")
    (read,) = read_sheets((str(path),), reading())
    assert len(read.sheet.student) == 80
