"""Worksheets: what is given stands there, what is asked does not; keys are right."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import yaml
from rich.cells import cell_len

from backprop_cli.api import check, load, loads
from backprop_cli.exercises import worksheet_files
from backprop_cli.exercises.formulas import Untypable, typed
from backprop_cli.exercises.questions import (
    MOST_ENTRIES,
    MOST_IN_TABLES,
    in_order_of_time,
    usual_questions,
)
from backprop_cli.exercises.worksheet_lines import WorksheetLines
from backprop_cli.expression.tree import Derivative, Name
from backprop_cli.notation import profile_names
from backprop_cli.notation.refs import every_ref
from backprop_cli.passes.run import run as run_passes

from ..commands.running import EXAMPLES, NAMES, config, printed, refused, run
from ..layers.test_contract import EXAMPLES as LAYER_EXAMPLES

VECTORS = """\
name: Vectors
variables: {W: [[1, -2], [3, 0.5]], x: [2, 1], y: [1, 1]}
graph:
  z: W @ x
  a: sigmoid(z)
  o: 1/2 * sum((a - y)**2)
"""
STEP = """\
input: [1, -2]
target: [1]
loss: half_squared_error
learning_rate: 1/2
layers:
  - activation: sigmoid
    weights: [[2, -3]]
    bias: [-3]
"""
MANY_PIXELS = """\
input: [[1, 2, 0, 1, 2], [0, 1, 1, 2, 0], [1, 0, 2, 1, 1], [2, 1, 0, 0, 1], [1, 1, 2, 0, 1]]
target: [1, 0]
loss: softmax_cross_entropy
seed: 3
layers:
  - {type: conv2d, filters: 2, kernel: 2, weights: {init: he_normal}, activation: relu,
     bias: [0, 0.1]}
  - {type: avg_pool2d, window: 2}
  - {type: flatten}
  - {units: 2, weights: {init: he_normal}, bias: [0, 0.2]}
"""
LINES = re.compile(r"^  (\S+) .*= _+$", re.MULTILINE)


def key(network: str, folder: Path, *options: str, suffix: str = "yaml") -> Path:
    """Write a network's key, and return its path."""
    path = folder / f"key.{suffix}"
    assert printed("worksheet", network, "--solution", "-o", str(path), *options) == ""
    return path


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("suffix", "digits"), [("yaml", "2"), ("yaml", "4"), ("json", "7")])
def test_a_sheet_filled_in_with_the_solution_is_all_right(
    name: str, suffix: str, digits: str, tmp_path: Path
) -> None:
    path = key(config(name), tmp_path, "--digits", digits, suffix=suffix)
    marked = check(config(name), path)
    assert marked.all_right
    asked = sum(each.size for each in usual_questions(load(config(name))).asked)
    assert len(marked.marked[0].judged) == asked


@pytest.mark.parametrize("text", [VECTORS, STEP])
def test_arrays_of_a_graph_and_one_step_have_keys_too(text: str, tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    net.write_text(text, encoding="utf-8")
    names = ("--blank", "W1'", "--blank", "b1'[1]") if text is STEP else ()
    assert check(net, key(str(net), tmp_path, *names)).all_right
    assert check(net, key(str(net), tmp_path, *names, "--exact")).all_right


def test_the_step_is_told_its_rate(tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    net.write_text(STEP, encoding="utf-8")
    text = printed("worksheet", str(net), "--blank", "W1'")
    assert "η = 1/2" in text or "η = 0.5" in text
    assert "← w¹₁₁ − η·∂C/∂w¹₁₁ = ____" in text
    net.write_text(STEP.replace("learning_rate: 1/2\n", ""), encoding="utf-8")
    assert "no learning rate" in refused("worksheet", str(net), "--blank", "W1'")


@pytest.mark.parametrize("name", ["sigmoid_neuron", "three_two_one", "diamond"])
def test_exact_keys_are_right(name: str, tmp_path: Path) -> None:
    assert check(config(name), key(config(name), tmp_path, "--exact")).all_right


@pytest.mark.parametrize("name", NAMES)
def test_a_sheet_to_fill_in_is_blank(name: str, tmp_path: Path) -> None:
    for suffix in ("yaml", "json"):
        path = tmp_path / f"sheet.{suffix}"
        assert printed("worksheet", config(name), "-o", str(path)) == ""
        verdicts = {each.verdict for each in check(config(name), path).marked[0].judged}
        assert verdicts == {"blank"}
    sheet = yaml.safe_load((tmp_path / "sheet.yaml").read_text(encoding="utf-8"))
    assert sheet == json.loads((tmp_path / "sheet.json").read_text(encoding="utf-8"))
    assert sheet["digits"] == 4


SYMBOLIC = {
    "sigmoid": ("sigmoid", "sigmoid", "half_squared_error", "[0.25, 1]"),
    "relu": ("relu", "tanh", "squared_error", "[0.25, 1]"),
    "softmax": ("tanh", "softmax", "cross_entropy", "[0, 1]"),
    "softmax under squares": ("relu", "softmax", "mean_squared_error", "[0, 1]"),
    "leaky": ("leaky_relu", "hard_tanh", "huber", "[0.25, 5]"),
    "elu": ("elu", "identity", "absolute_error", "[0.25, 1]"),
    "gates": ("hard_sigmoid", "softsign", "log_cosh", "[0.25, 1]"),
    "logits": ("silu", "identity", "sigmoid_cross_entropy", "[0, 1]"),
    "all logits": ("softplus", "identity", "softmax_cross_entropy", "[0, 1]"),
    "probabilities": ("mish", "sigmoid", "binary_cross_entropy", "[0.25, 1]"),
    "signs": ("selu", "tanh", "hinge", "[-1, 1]"),
    "divergence": ("gelu", "softmax", "kl_divergence", "[0.25, 0.75]"),
}


@pytest.mark.parametrize("kind", SYMBOLIC)
def test_formulas_asked_for_have_the_right_values(kind: str, tmp_path: Path) -> None:
    hidden, last, loss, target = SYMBOLIC[kind]
    layers = (
        (hidden, "[[0.5, -1], [0.75, 0.25]]", "[0.1, -0.3]"),
        (last, "[[1, -0.5], [0.3, 0.2]]", "[0.2, 0.4]"),
    )
    numbers = f"input: [0.6, -1.2]\ntarget: {target}\nloss: {loss}\nlayers:\n"
    symbols = f"input: [~, ~]\nloss: {loss}\nlayers:\n"
    for activation, weights, bias in layers:
        numbers += f"  - activation: {activation}\n    weights: {weights}\n    bias: {bias}\n"
        symbols += f"  - activation: {activation}\n    units: 2\n"
    (tmp_path / "symbols.yaml").write_text(symbols, encoding="utf-8")
    (tmp_path / "numbers.yaml").write_text(numbers, encoding="utf-8")
    path = key(str(tmp_path / "symbols.yaml"), tmp_path)
    assert "W1[1,1]*x[1]" in path.read_text(encoding="utf-8")
    marked = check(tmp_path / "numbers.yaml", path)
    wrong = [each for each in marked.marked[0].judged if each.verdict != "right"]
    assert not wrong
    assert marked.all_right
    assert check(tmp_path / "symbols.yaml", path).all_right


def test_what_has_no_words_in_a_sheet_is_said() -> None:
    with pytest.raises(Untypable):
        typed(Derivative("F", Name("z")))
    assert "--format markdown" in refused(
        "worksheet", config("symbolic_2443"), "--solution", "--format", "yaml"
    )


# -- on paper


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("options", [(), ("--solution",), ("--guide", "none")])
def test_every_format_draws_every_example(name: str, options: tuple[str, ...]) -> None:
    for form in ("text", "markdown", "latex", "html", "typst"):
        text = printed("worksheet", config(name), "--format", form, *options)
        assert "Given" in text
        if form == "text":
            assert all(cell_len(line) <= 80 for line in text.splitlines())


@pytest.mark.parametrize("notation", profile_names())
def test_every_notation_has_worksheets(notation: str) -> None:
    for name in ("mazur", "xor_batch", "softmax_relu", "diamond"):
        for extra in ((), ("--solution",)):
            text = printed("worksheet", config(name), "--notation", notation, *extra)
            assert all(part in text for part in ("Given", "What is asked", "Forward", "Backward"))
            assert ("____" in text) is not bool(extra)


def test_a_given_fraction_stays_a_fraction() -> None:
    network = "variables: {a: 1/3, b: 0.25, c: 2/7}\ngraph: {o: a*b + c}\n"
    text = run("worksheet", "-", stdin=network).out
    given = text[text.index("Given") : text.index("What is asked")]
    assert "a = 1/3" in given
    assert "b = 0.25" in given
    assert "c = 2/7" in given


@pytest.mark.parametrize("name", ["mazur", "xor_batch", "diamond", "bishop"])
def test_there_is_a_line_for_each_answer_and_no_answer(name: str) -> None:
    text = printed("worksheet", config(name), "--guide", "none", width=200)
    graph = load(config(name))
    asked = usual_questions(graph).asked
    names = [each.name_of(ref, graph) for each in asked for ref in each.entries(graph)]
    lined = LINES.findall(text)
    assert sorted(lined) == sorted(names)
    solved = printed("worksheet", config(name), "--solution", width=200)
    results = [line.rpartition("= ")[2] for line in solved.splitlines() if line.startswith("  d")]
    assert not [r for r in results if len(r) > 4 and r in text]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_asked_before_what_it_is_worked_from(name: str) -> None:
    """A formula reads only lines above it: through time step after step, and back from the last."""
    graph = load(config(name))
    asked = in_order_of_time(graph, usual_questions(graph).asked)
    lines = WorksheetLines(graph, tuple(each for each, _ in asked))
    below = {ref for _, ref in asked}
    for each, ref in asked:
        below.discard(ref)
        formula = lines.short(ref, each.step)
        read = set() if formula is None else set(every_ref(formula))
        assert not read & below, (each.name_of(ref, graph), read & below)


def test_numbers_have_places_where_that_is_asked() -> None:
    text = printed("worksheet", config("mazur"), "--guide", "numbers", width=200)
    assert "z¹₁ = w¹₁₁·x₁ + w¹₁₂·x₂ + b¹ = ______·______ + ______·______ + ______ = ____" in text
    assert "δ²₁ = (a²₁ − y₁)·σ′(z²₁) = (______ − ______)·σ′(______) = ____" in text


def test_given_numbers_are_shown_whole_whatever_digits_are_asked() -> None:
    text = (
        "input: [0.12345, 1/3]\ntarget: [1]\nloss: squared_error\nlayers:\n"
        "  - {weights: [[sqrt(2)/2, 1e-3]], bias: [0.5]}\n"
    )
    shown = run("worksheet", "-", "--digits", "2", stdin=text).out
    assert "0.12345" in shown
    assert "1/3" in shown
    assert "√2/2" in shown or "√(2)/2" in shown
    assert "0.001" in shown


def test_what_is_named_is_asked_and_nothing_else(tmp_path: Path) -> None:
    names = ("dW1[1,2]", "delta1[2,1]", "hidden.W[1,1]".replace("hidden.W", "d(hidden.W)"))
    options = [part for name in names for part in ("--blank", name)]
    path = key(config("xor_batch"), tmp_path, *options)
    sheet = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert list(sheet["answers"]) == ["dW1[1,2]", "delta1[2,1]", "dW1[1,1]"]
    assert check(config("xor_batch"), path).all_right


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("dW9", "the layers are 1 to 2"),
        ("delta", "did you mean"),
        ("x", "it is given"),
        ("W1", "did you mean 'dW1'?"),
        ("dW1[3,3]", "outside dW1"),
        ("dW1[0,1]", "entries count from 1"),
        ("da1/dz1", "a worksheet does not ask for it"),
        ("dy", "no gradient is taken"),
        ("z" * 500, "a name of 500 characters"),
    ],
)
def test_what_cannot_be_asked_is_refused(name: str, says: str) -> None:
    said = refused("worksheet", config("mazur"), "--blank", name, "--blank", "z1")
    assert says in said


def test_options_that_contradict_are_refused() -> None:
    net = config("mazur")
    for options, says in (
        (("--guide", "none", "--solution"), "every line worked"),
        (("--guide", "none", "--format", "yaml"), "no lines"),
        (("--standalone", "--format", "yaml"), "--standalone belongs to latex"),
        (("--format", "docx"), "there is no format 'docx'"),
    ):
        assert says in refused("worksheet", net, *options)
    assert "no numbers" in refused("worksheet", config("symbolic_2443"), "--exact")
    assert "what is asked" in refused("worksheet", config("symbolic_2443"), "--guide", "formula")


def test_of_a_large_network_only_what_is_short_is_asked() -> None:
    text = (
        "input: {file: x.csv}\n" * 0
        + "input: ["
        + ", ".join(["1"] * 40)
        + "]\ntarget: [1]\nloss: squared_error\nseed: 1\nlayers:\n"
        + "  - {units: 30, activation: relu, weights: {init: he_normal}, bias: 0}\n"
        + "  - {units: 1, weights: {init: he_normal}, bias: 0}\n"
    )
    asked = usual_questions(loads(text))
    assert [each.name for each in asked.asked] == ["z2", "loss", "delta2", "db2"]
    assert "dW1" in {each.name for each in asked.left_out}
    shown = run("worksheet", "-", stdin=text).out
    assert "dW1 (1,200 numbers)" in shown
    assert "W1 (30 × 40)" in shown
    assert len(shown.splitlines()) < 80


def test_a_file_cannot_write_into_the_sheet(tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    nasty = '"x\\nanswers: {z1: [9]}\\n# \\e[2J"'
    net.write_text(f"name: {nasty}\n" + STEP, encoding="utf-8")
    path = key(str(net), tmp_path)
    text = path.read_text(encoding="utf-8")
    assert text.count("answers:") == text.count("\nanswers:") + text.split("\n")[0].count("answers")
    assert "\x1b" not in text
    assert check(net, path).all_right


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_sets_worksheets_within_the_margins(tmp_path: Path) -> None:
    body = []
    for name in ("mazur", "xor_batch", "softmax_relu", "diamond"):
        for extra in (("--guide", "numbers"), ("--solution",)):
            body.append(printed("worksheet", config(name), "--format", "latex", *extra))
    head = "\\documentclass{article}\n\\usepackage{amsmath,amssymb}\n\\begin{document}\n"
    together = head + "\n\\newpage\n".join(body) + "\n\\end{document}\n"
    (tmp_path / "sheets.tex").write_text(together, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "sheets.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    log = done.stdout.decode("latin-1")
    assert done.returncode == 0, log[-2000:]
    assert "Overfull" not in log


def test_a_formula_that_is_a_number_is_not_given_away() -> None:
    """o = 2u + s: ∂o/∂u is 2, so that "= 2 = ____" would ask for nothing."""
    text = "variables: {u: 3, s: 1}\ngraph: {o: 2*u + s}\n"
    done = run("worksheet", "-", "--format", "text", stdin=text)
    lines = {line.split()[0]: line for line in done.out.splitlines() if line.endswith("____")}
    assert lines["d(u)"].count("=") == lines["d(s)"].count("=") == 1
    assert lines["o"].count("=") == 2


BATCH = """\
input: [[1, 2, 3], [0, 1, 0]]
target: [[1, 0], [0, 1]]
loss: half_squared_error
seed: 1
layers:
  - {units: 6, weights: {init: xavier_uniform}, bias: {init: zeros}, activation: tanh}
  - {units: 6, weights: {init: xavier_uniform}, bias: {init: zeros}, activation: softmax}
  - {units: 2, weights: {init: xavier_uniform}, bias: {init: zeros}, activation: sigmoid}
"""


@pytest.mark.parametrize("text", [f"weights_layout: in_out\n{BATCH}", "self_attention"])
def test_many_arrays_are_a_table_each(text: str) -> None:
    network = config(text) if text == "self_attention" else "-"
    graph = load(network) if network != "-" else loads(text)
    asked = usual_questions(graph, None, MOST_IN_TABLES).asked
    size = sum(each.size for each in asked)
    assert size > MOST_ENTRIES

    def sheet(*options: str) -> str:
        return run("worksheet", network, *options, stdin=text, width=100).out

    brief = sheet().split("What is asked")[1]
    assert (
        len(re.findall("_{5,}", brief))
        == size
        == len(re.findall("_{5,}", sheet("--guide", "none"))) - 2
    )
    assert all(re.search(rf"^  {each.name} ", brief, re.MULTILINE) for each in asked)
    assert "--full has a line for each number" in re.sub(r"\s+", " ", brief)
    assert len(brief) < len(sheet("--full"))
    figures = re.findall(r"−?[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?", sheet("--solution"))
    shown = np.array([float(figure.replace("−", "-")) for figure in figures])
    wanted = run_passes(graph)
    for value in np.concatenate([np.ravel(wanted.array(each.ref)) for each in asked]):
        assert np.abs(shown - value).min() <= 0.5e-4


@pytest.mark.parametrize("name", sorted(name for name in LAYER_EXAMPLES if "," not in name))
def test_every_layer_type_can_be_asked_in_tables(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worksheet_files, "MOST_ENTRIES", 0)
    graph = loads(LAYER_EXAMPLES[name])
    values = [each.name for each in usual_questions(graph).asked if not each.ref.gradient]
    text = run("worksheet", "-", stdin=LAYER_EXAMPLES[name]).out
    for value in values:
        assert re.search(rf"^  {value}(\[\S+)? .*= ", text, re.MULTILINE), value


def test_a_table_has_the_letters_of_its_equation() -> None:
    text = run("worksheet", "-", stdin=MANY_PIXELS).out
    assert "∂C/∂w¹_fkuv = " in text
    assert "∂C/∂w¹_fku1" in text


def test_a_graph_asks_by_the_names_of_its_trace() -> None:
    graph = "variables: {x: 2, y: 3}\ngraph: {z: x * y}\n"
    for command in (("worksheet", "-"), ("trace", "-")):
        text = run(*command, stdin=graph).out
        assert "d(x)" in text
        assert not re.search(r"\bdx\b", text)


MASKED = """\
input: [[1, 0.5], [2, -1]]
target: [[1, 0], [0.5, 0.5]]
loss: half_squared_error
layers: [{type: attention, causal: true, query: [[1, 0.5]], key: [[0.5, -1]], value: [[1, 0], [0.5, 2]], output: none}]
"""  # noqa: E501


def test_many_lines_of_a_graph_are_asked_for_only_in_full() -> None:
    """The first of each pass, as its trace shows them; the sheet to fill in says so too."""
    for option, shown in (((), True), (("--full",), False)):
        with mock.patch("backprop_cli.exercises.questions.MOST_LINES", 2):
            page = printed("worksheet", config("sigmoid_circuit"), *option)
            sheet = printed("worksheet", config("sigmoid_circuit"), *option, "--format", "yaml")
        assert ("Not asked, being many:" in page) is shown
        assert ("more lines; --full asks for them." in " ".join(sheet.split())) is shown
        assert (sheet.count("~") < 8) is shown


def test_what_is_0_for_a_reason_has_it(tmp_path: Path) -> None:
    """A masked key's line has no formula; a sheet without any formula says nothing of it."""
    net, why = tmp_path / "net.yaml", "a key that comes after its query has p = 0"
    net.write_text(MASKED, encoding="utf-8")
    asked = ("worksheet", str(net), "--blank", "ds1")
    assert why in printed(*asked)
    assert why in printed(*asked, "--solution")
    assert why not in printed(*asked, "--guide", "none")
    assert why in printed("trace", str(net), "--wrt", "ds1[1,2]")
