"""``backprop check`` as people use it: what it says, in every format, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

import backprop_cli
from backprop_cli.api import trace
from backprop_cli.checking.feedback.class_tally import marks_of, tally_of
from backprop_cli.checking.feedback.sheet_document import Feedback
from backprop_cli.expression.refs import plain_name

from ..commands.running import NAMES, Done, config, inside, process, refused, run
from ..texts import texts
from .reading_sheets import graph_of, reading

RIGHT = """\
student: ada
answers:
  z1: [0.3775, 0.3925]
  a1: [0.5933, 0.5969]
  delta2: [0.1385, -0.0381]
  delta1: [0.00877, 0.00995]
  loss: 0.298
  W2'[1,1]: 0.3589
"""
WRONG = """\
student: bob
answers:
  z1: [0.3775, 0.3925]
  a1: [0.5933, 0.7777]
  delta2: [0.7414, -0.2171]
  delta1: ~
  dW2[1,1]: 0.5 *
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ada.yaml").write_text(RIGHT, encoding="utf-8")
    (tmp_path / "bob.yaml").write_text(WRONG, encoding="utf-8")
    return tmp_path


def check(*arguments: str, code: int, width: int = 80) -> Done:
    done = run("check", config("mazur"), *arguments, width=width)
    assert done.code == code, done.err + done.out
    assert "Traceback" not in done.err
    return done


def test_a_right_sheet(folder: Path) -> None:
    done = check(str(folder / "ada.yaml"), code=0)
    assert done.err == ""
    assert "Answers of ada" in done.out
    assert "10 right: 10 of 10 marks" in done.out
    assert "What to look at" not in done.out


def test_a_wrong_sheet_helps_without_giving_the_number_away(folder: Path) -> None:
    done = check(str(folder / "bob.yaml"), code=1)
    assert "delta2[1]   0.7414    wrong" in done.out
    assert "delta1" in done.out
    assert "blank" in done.out
    assert "the expression ends too early" not in done.out
    written = check(str(folder / "bob.yaml"), "-o", str(folder / "bob.txt"), code=1)
    told = (folder / "bob.txt").read_text(encoding="utf-8")
    assert "the expression ends too early, at character 5: a value is missing" in told
    assert written.err == done.err
    truths = [*trace(config("mazur")).gradient("z2"), *trace(config("mazur")).value("a1")[1:]]
    assert not any(f"{abs(truth):.3f}" in done.out for truth in map(float, truths))
    place = f"{folder / 'bob.yaml'}:7:17"
    assert done.err.startswith(
        f"{place}: the expression ends too early\n   7 |   dW2[1,1]: 0.5 *\n"
    )
    assert done.err.splitlines()[2].endswith("^ a value is missing after it")


MANY = """\
student: cy
answers:
  z1: [0.0275, 0.0425]
  a1: [0.5069, 0.5106]
  z2: [1.0325, 1.1343]
  a2: [0.7374, 0.7566]
  delta2: [0.1409, -0.0430]
  loss: 0.5
"""


def test_a_hint_has_one_line_for_all_that_follows_and_says_where_to_look(folder: Path) -> None:
    """Without the bias in z1 everything after it is another number."""
    (folder / "cy.yaml").write_text(MANY, encoding="utf-8")
    done = check(str(folder / "cy.yaml"), code=1)
    lines = done.out[done.out.index("What to look at") :].splitlines()[2:]
    assert lines == [
        "z1: Look at the weighted sum again: is every term in it?",
        "loss: not right, and no known mistake gives it: it is made of a2 and y; check",
        "each, and signs",
        "a1, z2, a2, delta2: follow correctly from z1, which is wrong",
    ]


def test_whole_numbers_are_wrong_and_neither_coarse_nor_near(tmp_path: Path) -> None:
    """c = 2 + 3 and d = 2·3."""
    text = "variables: {a: 2, b: 3}\ngraph: {c: a + b, d: a * b, o: c * d}\n"
    (tmp_path / "net.yaml").write_text(text, encoding="utf-8")
    done = run("check", str(tmp_path / "net.yaml"), "--answer", "c=4", "--answer", "d=7")
    assert "c, d: not right, and no known mistake gives it" in done.out
    assert "near" not in done.out
    assert "coarse" not in done.out


def test_full_feedback_works_the_step_out(folder: Path) -> None:
    done = check(str(folder / "bob.yaml"), "--feedback", "full", "--digits", "6", code=1)
    assert "0.138499" in done.out
    assert "delta1[1]" in done.out
    assert "0.008771" in done.out


def test_no_feedback_gives_the_marks_alone(folder: Path) -> None:
    done = check(str(folder / "bob.yaml"), "--feedback", "none", code=1)
    assert "marks" in done.out
    assert "z1" not in done.out
    assert done.err == ""
    table = check(str(folder), "--feedback", "none", code=1)
    assert "ada" in table.out
    assert "mistake" not in table.out


@pytest.mark.parametrize("feedback", get_args(Feedback))
@pytest.mark.parametrize("name", [*texts(), "json"])
def test_every_format(name: str, feedback: str, folder: Path) -> None:
    for target in (folder / "bob.yaml", folder):
        done = check(str(target), "--format", name, "--feedback", feedback, code=1)
        assert "bob" in done.out
    suffix = {"terminal": "txt", "text": "txt", "markdown": "md", "latex": "tex"}.get(name, name)
    suffix = {"typst": "typ"}.get(suffix, suffix)
    path = folder / f"out.{suffix}"
    assert check(str(folder / "bob.yaml"), "-o", str(path), code=1).out == ""
    assert "bob" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_nothing_is_wider_than_the_terminal(width: int, folder: Path) -> None:
    for target in (folder / "bob.yaml", folder):
        for feedback in get_args(Feedback):
            done = check(str(target), "--feedback", feedback, code=1, width=width)
            long = [line for line in done.out.splitlines() if len(line) > width]
            assert width == 40 or not long


def test_a_terminal_without_unicode(folder: Path) -> None:
    done = run("check", config("mazur"), str(folder / "bob.yaml"), encoding="ascii")
    assert done.code == 1
    assert done.out.isascii()


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_checked_with_its_own_numbers(name: str, tmp_path: Path) -> None:
    """What the forward and backward pass give is right, to six decimals, in every example."""
    done = trace(config(name))
    graph = done.graph
    lines = ["answers:"]
    names = [plain_name(ref) for layer in graph.layers for ref in layer.values]
    for word in [*names, *graph.parameters]:
        for array, key in ((done.value(word), word), (done.gradient(word), f"d({word})")):
            lines.append(f"  {key}: {json.dumps(array.round(6).tolist())}")
    path = tmp_path / "s.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = run("check", config(name), str(path))
    assert (found.code, found.err) == (0, ""), found.out


@pytest.mark.parametrize("name", NAMES)
def test_every_blank_of_every_example_is_worked_out(name: str, tmp_path: Path) -> None:
    """Values, gradients and parameters, each with its step, in the letters of a notation."""
    words = reading(name, 0.1).plain.words
    wanted = [*words, *(f"{parameter}'" for parameter in graph_of(name).parameters)]
    unique = {(reading(name, 0.1).plain.find(word)): word for word in wanted}
    lines = [f'  "{word}": ~' for word in unique.values()]
    path = tmp_path / "s.yaml"
    path.write_text("answers:\n" + "\n".join(lines) + "\n", encoding="utf-8")
    found = backprop_cli.check(graph_of(name), path, feedback="full", learning_rate=0.1)
    assert found.sheets[0].problems == ()
    for format_name in ("text", "latex"):
        assert "blank" in found.render(format_name)
    assert found.marked[0].score == 0


def test_answers_on_the_command_line() -> None:
    done = check("--answer", "z1[1]=0.3775", "--answer", "a1[1]=sigmoid(z1[1])", code=0)
    assert "2 right: 2 of 2 marks" in done.out
    check("--answer", "z1[1]=0.40", code=1)
    check("--answer", "z1=[0.3775, 0,3925]", code=0)
    check("--answer", "z1=[0.3775, 0, 3925]", code=1)


def test_standard_input(folder: Path) -> None:
    done = run("check", config("mazur"), "-", stdin=RIGHT)
    assert (done.code, "ada" in done.out) == (0, True)
    network = Path(config("mazur")).read_text(encoding="utf-8")
    done = run("check", "-", str(folder / "ada.yaml"), stdin=network)
    assert done.code == 0
    assert "only one" in refused("check", "-", "-") or "standard input" in refused(
        "check", "-", "-"
    )


def test_the_letters_of_a_notation(folder: Path) -> None:
    done = check(str(folder / "ada.yaml"), "--notation", "mazur", code=0)
    assert "net" in done.out
    (folder / "m.yaml").write_text(
        "names: notation\nanswers: {net_h1: 0.3775, w5': 0.3589}", encoding="utf-8"
    )
    check(str(folder / "m.yaml"), "--notation", "mazur", code=0)
    check(str(folder / "m.yaml"), code=1)


def test_tolerances_are_set_on_the_command_line(folder: Path) -> None:
    answers = ("--answer", "z1[1]=0.37900", "--answer", "loss=0.30000")
    check(*answers, code=1)
    assert "answers within 1 % are right" in check(*answers, "--tolerance", "0.01", code=0).out
    one = check(*answers, "--tolerance", "loss=0.01", code=1)
    assert "1 right, 1 wrong" in one.out
    check(*answers, "--tolerance", "loss=0.01", "--tolerance", "z1=1/100", code=0)


def test_what_is_asked_counts_where_it_is_not_answered(folder: Path) -> None:
    done = check(str(folder / "ada.yaml"), "--ask", "z2", "--ask", "z1", code=1)
    assert "2 right, 2 blank, 8 not asked: 2 of 4 marks" in done.out
    assert "loss, W2'[1,1]: not asked: they earn no marks" in " ".join(done.out.split())
    every = check(str(folder / "ada.yaml"), "--ask", "all", code=1)
    assert "9 of 23 marks" in every.out


def test_a_broken_sheet_is_a_row_beside_good_ones(folder: Path) -> None:
    (folder / "cut.yaml").write_text("answers: {z1: [0.37", encoding="utf-8")
    (folder / "dee.json").write_text('{"answers": {"loss": 0.298}}', encoding="utf-8")
    done = check(str(folder), code=1)
    rows = [line.split() for line in done.out.splitlines() if " " in line]
    assert ["ada", "10/10", "100", "10", "0", "0", "0", "0"] in rows
    assert ["dee", "1/1", "100", "1", "0", "0", "0", "0"] in rows
    assert ["cut", *["–"] * 7] in rows
    assert "cut.yaml: line 1, column" in done.out
    assert "2 with something that cannot be read" in done.out
    (folder / "bob.yaml").unlink()
    rows = [line.split() for line in check(str(folder), code=1).out.splitlines()]
    assert ["student", "marks", "%", "right", "follows", "wrong", "unread"] in rows


def test_a_class(folder: Path) -> None:
    """Marks, the commonest mistakes, and the values that two students strangely share."""
    (folder / "bob.yaml").unlink()
    for number in range(30):
        text = RIGHT.replace("ada", f"s{number}")
        if number % 3 == 0:
            text = text.replace("[0.1385, -0.0381]", "[0.7414, -0.2171]")
        if number in (4, 7):
            text = text.replace("0.298", "0.1743")
        (folder / f"s{number}.yaml").write_text(text, encoding="utf-8")
    done = check(str(folder), code=1)
    assert "31 sheets" in done.out
    assert "no-sigma-prime-output" in done.out
    assert "s4, s7: loss = 0.1743" in done.out
    found = backprop_cli.check(config("mazur"), folder)
    common = tally_of(found.sheets).common_mistakes()
    assert (common[0].mistake, common[0].sheets) == ("no-sigma-prime-output", 10)
    assert common[0].names[0] in ("delta2[1]", "delta2[2]")
    (alike,) = tally_of(found.sheets).alike_slips()
    assert alike.students == ("s4", "s7")
    marks = {row.student: row for row in map(marks_of, found.sheets)}
    assert marks["s4"].counts["wrong"] == 1
    assert marks["ada"].percent == 100


def test_a_slip_that_many_share_is_not_strange(folder: Path) -> None:
    for number in range(30):
        loss = "0.1743" if number < 8 else "0.298"
        text = RIGHT.replace("ada", f"s{number}").replace("0.298", loss)
        (folder / f"s{number}.yaml").write_text(text, encoding="utf-8")
    assert tally_of(backprop_cli.check(config("mazur"), folder).sheets).alike_slips() == []


def test_one_students_two_sheets_are_named_and_not_held_against_him(folder: Path) -> None:
    for name in ("one.yaml", "two.yaml"):
        text = RIGHT.replace("ada", "eve").replace("0.298", "0.1743")
        (folder / name).write_text(text, encoding="utf-8")
    done = check(str(folder), code=1)
    assert "eve: 2 sheets have this name" in done.out
    assert "The same unusual values" not in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no answers to check"),
        (("--answer", "z1"), "--answer z1: no 'NAME=VALUE'"),
        (("--answer", "=1"), "no 'NAME=VALUE'"),
        (("--answer", "q=1"), "--answer:1:1: there is no 'q' in this network"),
        (("--answer", "loss=1", "--tolerance", "x"), "--tolerance x: no such tolerance"),
        (("--answer", "loss=1", "--tolerance", "-1"), "--tolerance -1: no such tolerance"),
        (("--answer", "loss=1", "--tolerance", "q=0.1"), "--tolerance: there is no 'q'"),
        (("--answer", "loss=1", "--ask", "lss"), "--ask: there is no 'lss' in this network"),
        (("--answer", "loss=1", "--report", "marks.doc"), "its suffix says no format"),
        (("--answer", "loss=1", "--report", "no/where.csv"), "there is no folder 'no'"),
        (("--answer", "loss=1", "--notation", "mazurr"), "did you mean 'mazur'?"),
        (("--answer", "loss=1", "--format", "doc"), "there is no format 'doc'"),
        (("--answer", "loss=1", "--feedback", "some"), "'some'"),
    ],
)
def test_a_wrong_command_line_exits_with_2(arguments: tuple[str, ...], said: str) -> None:
    assert said in refused("check", config("mazur"), *arguments)


def test_a_wrong_network_exits_with_2(folder: Path) -> None:
    (folder / "net.yaml").write_text("layers: 3", encoding="utf-8")
    assert "net.yaml:1:" in refused("check", str(folder / "net.yaml"), "--answer", "loss=1")


def test_a_folder_without_sheets_exits_with_2(tmp_path: Path) -> None:
    assert "no sheets in this folder" in refused("check", config("mazur"), str(tmp_path))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("check net.yaml nowhere.yaml", "nowhere.yaml: no such file | sheet.yaml"),
        ("check net.yaml sheet.yaml nofolder", "nofolder: no such file | there are: net.yaml"),
        ("check net.yaml z1=0.5", "z1=0.5: no such file | write --answer z1=0.5"),
        (
            "check net.yaml net.yaml",
            "a network, where a sheet of answers is expected | the network",
        ),
        ("check net.yaml rubric.yaml", "a rubric, where a sheet of answers | --rules rubric.yaml"),
        ("check sheet.yaml net.yaml", "a sheet of answers, where the network | check NET sheet"),
        ("check rubric.yaml sheet.yaml", "a rubric, where the network is | SHEET --rules rubric"),
        ("check net.yaml sheet.yaml --rules net.yaml", "a network, where a rubric is | digits: 4"),
        ("check net.yaml sheet.yaml --rules sheet.yaml", "a sheet of answers, where a rubric |"),
        (
            "check keys varianten",
            "no network in this folder | first: backprop check varianten keys",
        ),
        ("check keys net.yaml", "no network in this folder | first: backprop check net.yaml keys"),
        ("exercise net.yaml", "'net.yaml' is too much here | write --like net.yaml"),
        ("exercise 2-2-1", "'2-2-1' is too much here | write --shape 2-2-1"),
    ],
)
def test_what_is_named_in_the_wrong_place_is_told_alone(
    line: str, said: str, tmp_path: Path
) -> None:
    """Nothing but the sentence and its cure is printed: no report of no answers before it."""
    (tmp_path / "varianten").mkdir()
    (tmp_path / "keys").mkdir()
    net = Path(config("mazur")).read_text("utf-8")
    for name in ("net.yaml", "varianten/exercise-01.yaml"):
        (tmp_path / name).write_text(net, encoding="utf-8")
    for name in ("sheet.yaml", "keys/exercise-01-key.yaml"):
        (tmp_path / name).write_text("answers: {z1: [0.3775, 0.3925]}", encoding="utf-8")
    (tmp_path / "rubric.yaml").write_text("marks: {z1: 2}", encoding="utf-8")
    with inside(tmp_path):
        done = run(*line.split(), width=200)
        assert (done.out, done.code > 0) == ("", True)
        for part in said.split(" | "):
            assert part.strip(" |") in " ".join(done.err.split())
        right = run("check", "varianten", "keys")
    assert (right.code, "2 right" in right.out) == (0, True)


def test_formulas_of_a_network_without_numbers(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(
        "input: [~]\ntarget: [~]\nloss: half_squared_error\n"
        "layers: [{units: 1, activation: tanh}]\n",
        encoding="utf-8",
    )
    arguments = ("check", str(tmp_path / "net.yaml"), "--answer", "z1=W1*x + b1", "--answer")
    assert run(*arguments, "a1=1 - 2/(1 + exp(2*z1))").code == 0
    done = run(*arguments, "dW1=(a1 - y)*(1 - a1)*x", "--feedback", "full")
    assert done.code == 1
    assert "dW1[1,1]  ∂C/∂w" in done.out


def test_functions_that_are_letters_are_refused(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(
        "input: [~]\ntarget: [~]\nloss: half_squared_error\n"
        "layers: [{units: 1, activation: {function: F}}]\n",
        encoding="utf-8",
    )
    said = refused("check", str(tmp_path / "net.yaml"), "--answer", "z1=W1*x + b1")
    assert "has no formula" in said
    assert "has no numbers" not in said


def test_without_a_loss_the_forward_pass_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(
        "input: [1, 2]\nlayers: [{weights: [[1, 2]], bias: none, activation: tanh}]\n",
        encoding="utf-8",
    )
    assert run("check", str(path), "--answer", "z1=5").code == 0
    said = refused("check", str(path), "--answer", "dW1=[[1, 2]]")
    assert "the network has no loss to differentiate" in said


def test_a_computation_graph(tmp_path: Path) -> None:
    """∂o/∂a of o = (a + b)ab/2 at (2, 3) is b(2a + b)/2 = 10.5, ∂o/∂b is a(a + 2b)/2 = 8."""
    answers = ("c=5", "d=6", "o=15", "d(a)=10.5", "db=8", "d(d)=c/2", "d(o)=1")
    options = [part for answer in answers for part in ("--answer", answer)]
    done = run("check", config("diamond"), *options)
    assert (done.code, done.err) == (0, ""), done.out


def test_python(folder: Path) -> None:
    found = backprop_cli.check(config("mazur"), {"z1": ["0.378", "0.393"], "W1'": None})
    assert found.marked[0].score == 2
    assert not found.all_right
    assert "z1[1]" in str(found)
    assert "z1[1]" in found._repr_markdown_()
    several = backprop_cli.check(config("mazur"), folder / "ada.yaml", str(folder), feedback="full")
    assert [m.sheet.student for m in several.marked] == ["ada", "ada", "bob"]
    graph = backprop_cli.load(config("mazur"))
    after = backprop_cli.check(graph, {"W2'[1,1]": "0.3589"}, learning_rate=0.5)
    assert after.all_right
    broken = backprop_cli.check(graph, {"W2'[1,1]": "0.3589"})
    assert broken.sheets[0].problems


def test_start_up_imports_no_more_than_it_needs(folder: Path) -> None:
    """No sympy, no XML, no processes and no report for one sheet of numbers."""
    program = (
        "import sys; sys.argv[1:] = sys.argv[1:]\nfrom backprop_cli.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "not_needed = 'sympy xml hashlib autograd multiprocessing tempfile json'.split()\n"
        "print([m for m in not_needed if m in sys.modules])"
    )
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-c", program, "check", config("mazur"), str(folder / "ada.yaml")],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_as_a_process(folder: Path) -> None:
    with inside(folder):
        done = process("check", config("mazur"), "bob.yaml", code=1)
    assert "delta2[1]" in done.stdout.decode()
    assert done.stderr.decode().startswith("bob.yaml:7:")


def test_the_benchmark_runs() -> None:
    """No time is asserted: its sheets are read and judged."""
    from ..benchmarks.bench_check import NAMES as QUANTITIES
    from ..benchmarks.bench_check import classroom

    report = classroom(3, 1)
    assert report[0].startswith("3 sheets, 69 answers")
    assert len(QUANTITIES) == 11
