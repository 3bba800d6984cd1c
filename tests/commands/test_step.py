"""``backprop step`` as a person runs it."""

from __future__ import annotations

import importlib.util
import json
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from unittest import mock

import pytest

from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.expression.refs import Ref
from backprop_cli.functions.optimizers import OPTIMIZERS
from backprop_cli.notation import profile_names
from backprop_cli.passes.trace import backward
from backprop_cli.printing.wrapping import columns

from ..descending import descender
from ..texts import texts
from .running import NAMES, config, printed, refused, run


def rate(name: str) -> tuple[str, ...]:
    return (config(name), "--lr", "0.5")


def test_the_worked_lines_of_the_one_neuron() -> None:
    text = printed("step", config("sigmoid_neuron"), "--round-forward", "2")
    assert "θ ← θ − η·∂C/∂θ" in text
    assert "w¹₁₁ ← w¹₁₁ − η·∂C/∂w¹₁₁ = 2 − 1·0.0532 = 1.9468" in text
    assert "b¹₁ ← b¹₁ − η·∂C/∂b¹₁ = −3 − 1·(−0.0532) = −2.9468" in text
    assert "a¹₁   0.7300   0.7900    0.0600" in text


@pytest.mark.parametrize("steps", ["1", "3"])
@pytest.mark.parametrize("name", NAMES)
def test_every_example_in_every_format(name: str, steps: str) -> None:
    for format_name in (*texts(), "json", "yaml", "svg"):
        arguments = (config(name), "--lr", "0.001", "--steps", steps)
        text = printed("step", *arguments, "--format", format_name)
        assert text.strip()
        assert "nan" not in text.split()


@pytest.mark.parametrize("notation", profile_names())
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_in_every_notation(optimizer: str, notation: str) -> None:
    options = ("--optimizer", optimizer, "--notation", notation, "--clip-norm", "0.1")
    text = printed("step", *rate("mazur"), *options, "--weight-decay", "0.01")
    assert all(columns(line) <= 80 for line in text.splitlines())
    assert "hat " not in text
    assert "-0.0000" not in text


def test_the_rates_letter_is_no_other_letter() -> None:
    text = printed("step", *rate("mazur"), "--optimizer", "adam", "--notation", "goodfellow")
    assert "+ δ)" in text


def test_ascii_has_plain_names() -> None:
    text = run("step", *rate("mazur"), "--steps", "30", encoding="ascii").out
    assert text.isascii()
    assert "*" in text
    text = run("step", *rate("mazur"), "--optimizer", "adam", encoding="ascii").out
    assert "?" not in text


def test_a_hat_is_kept_in_ascii() -> None:
    """m and m̂ are two numbers, so they need two names."""
    done = run("step", config("mazur"), "--optimizer", "adam", "--clip", "0.1", encoding="ascii")
    assert "m_hat = m/(1 - beta[1]^t)" in done.out
    assert "eta*m_hat/(sqrt(v_hat) + epsilon)" in done.out
    assert "?" not in done.out
    assert "√v̂ + ε" in printed("step", config("mazur"), "--optimizer", "adam")


def test_exact_steps() -> None:
    text = printed("step", config("diamond"), "--lr", "1/3", "--exact")
    assert "2 − 1/3·21/2 = −3/2" in text
    assert "7/24" in text


def test_the_json_of_a_step() -> None:
    found = json.loads(printed("step", config("diamond"), "--lr", "1/2", "--format", "json"))
    assert (found["format"], found["version"]) == ("backprop-step", 1)
    assert found["values"] == {"a'": 2 - 0.5 * 10.5, "b'": -1.0}
    assert found["gradients"] == {"a": 10.5, "b": 8.0}
    assert found["updates"] == {"a": -5.25, "b": -4.0}
    assert (found["loss_before"], found["loss_after"]) == (15.0, 0.5 * (-3.25 - 1) * 3.25)


def test_the_json_of_many_steps() -> None:
    arguments = (*rate("xor_batch"), "--steps", "25", "--show", "b1", "--format", "json")
    found = json.loads(printed("step", *arguments))
    assert len(found["losses"]) == 26
    assert found["rows"][0]["shown"] == {"b1[1]": 0.0, "b1[2]": 0.25}
    assert found["rows"][-1]["shown"]["b1[2]"] == found["values"]["b1'"][1]
    assert found["stopped"] is None


def test_a_network_is_written_and_the_report_still_printed(tmp_path: Path) -> None:
    new, plot, page = (str(tmp_path / name) for name in ("new.yaml", "loss.svg", "page.md"))
    text = printed("step", *rate("mazur"), "--steps", "20", "-o", new, "-o", plot)
    assert "After 20 steps" in text
    assert printed("step", new, "-o", page) == ""
    assert "# Mazur" in Path(page).read_text(encoding="utf-8")
    root = ElementTree.parse(plot).getroot()
    assert root.tag.endswith("svg")
    assert "0.5" in printed("trace", new)


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    whole, half = (str(tmp_path / name) for name in ("whole.yaml", "half.yaml"))
    options = ("--optimizer", "adam", "--batch-size", "3")
    printed("step", *rate("xor_batch"), *options, "--steps", "10", "-o", whole)
    printed("step", *rate("xor_batch"), *options, "--steps", "5", "-o", half)
    text = printed("step", half, "--steps", "5", "-o", half)
    assert "(steps 6 to 10)" in text
    assert Path(whole).read_text(encoding="utf-8") == Path(half).read_text(encoding="utf-8")


def test_ten_single_steps_are_ten_steps(tmp_path: Path) -> None:
    whole, single = (str(tmp_path / name) for name in ("whole.yaml", "single.yaml"))
    options = ("--optimizer", "nesterov", "--clip-norm", "0.02")
    printed("step", *rate("xor_batch"), *options, "--steps", "10", "-o", whole)
    printed("step", *rate("xor_batch"), *options, "-o", single)
    for _ in range(9):
        printed("step", single, "-o", single)
    assert Path(whole).read_text(encoding="utf-8") == Path(single).read_text(encoding="utf-8")


def test_the_network_can_be_piped() -> None:
    text = printed("step", *rate("mazur"), "--format", "yaml")
    done = run("trace", "-", stdin=text)
    assert done.code == 0


def test_an_overflow_ends_with_one_and_names_its_step(tmp_path: Path) -> None:
    new = tmp_path / "new.yaml"
    done = run("step", config("diamond"), "--lr", "10", "--steps", "50", "-o", str(new))
    assert done.code == 1
    assert "step 7: d overflows" in done.err
    assert "stopped at step 7" in done.out
    assert not new.exists()


def test_a_single_step_that_overflows() -> None:
    done = run("step", config("diamond"), "--lr", "1e308")
    assert (done.code, done.out) == (1, "")
    assert "step 1: " in done.err


@pytest.mark.skipif(importlib.util.find_spec("resvg_py") is None, reason="no resvg-py")
def test_a_plot_in_pixels(tmp_path: Path) -> None:
    path = tmp_path / "loss.png"
    printed("step", *rate("mazur"), "--steps", "5", "-o", str(path))
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_page_has_the_plot_in_its_own_colours() -> None:
    page = printed("step", *rate("mazur"), "--steps", "5", "--format", "html")
    start = page.index('<svg xmlns="http://www.w3.org/2000/svg" class="loss-plot"')
    tree = ElementTree.fromstring(page[start : page.index("</svg>", start) + 6])
    svg = "{http://www.w3.org/2000/svg}"
    assert len(list(tree.iter(f"{svg}circle"))) == 6
    (style,) = tree.iter(f"{svg}style")
    rules = (style.text or "").split("}")[:-1]
    assert all(rule.startswith(".loss-plot ") for rule in rules)
    assert "var(--ink)" in (style.text or "")
    for name in ("markdown", "latex"):
        assert "loss-plot" not in printed("step", *rate("mazur"), "--steps", "5", "--format", name)


def test_the_norm_of_a_long_gradient_is_cut_short() -> None:
    short, full = (
        printed("step", *rate("mazur"), "--clip-norm", "0.1", "--format", "latex", *more)
        for more in ((), ("--full",))
    )
    (line,) = [line for line in short.splitlines() if line.strip().startswith("r &")]
    assert line.count("^{2}") == 6
    assert r"\cdots" in line
    (line,) = [line for line in full.splitlines() if line.strip().startswith("r &")]
    assert line.count("^{2}") == 10


def test_a_frozen_parameter_that_is_asked_for_is_said_to_stay() -> None:
    arguments = (*rate("mazur"), "--freeze", "W1", "--show", "W1[1,2]")
    assert "W1 is frozen: no line to show" in printed("step", *arguments)
    assert "no line to show" not in printed("step", *rate("mazur"), "--freeze", "W1")


def test_one_point_is_no_plot() -> None:
    done = run("step", config("diamond"), "--lr", "1e308", "--steps", "5")
    assert done.code == 1
    assert "stopped at step 1" in done.out
    assert "┤" not in done.out


def test_without_the_extra_a_plot_in_pixels_says_what_to_install(tmp_path: Path) -> None:
    with mock.patch.dict(sys.modules, {"resvg_py": None}):
        said = run("step", *rate("mazur"), "-o", str(tmp_path / "loss.png")).err
    assert "pip install 'backprop-cli[png]'" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "add 'learning_rate: 0.1' to the file, or --lr 0.1"),
        (("--lr", "fast"), "--lr: 'fast' is not a number"),
        (("--lr", "-1"), "--lr: a number from 0 is expected"),
        (("--lr", "1", "--optimizer", "adm"), "did you mean 'adam'?"),
        (("--lr", "1", "--set-optimizer", "momentum"), "no '='"),
        (("--lr", "1", "--set-optimizer", "lr=1"), "use --lr"),
        (("--lr", "1", "--set-optimizer", "mu=1"), "sgd has no setting 'mu'"),
        (("--lr", "1", "--clip", "1", "--clip-norm", "1"), "leave one of them out"),
        (("--lr", "1", "--clip", "0"), "--clip: a number above 0 is expected"),
        (("--lr", "1", "--freeze", "c"), "--freeze: c is no parameter"),
        (("--lr", "1", "--freeze", "a", "--freeze", "b"), "every parameter is frozen"),
        (("--lr", "1", "--batch-size", "2"), "there is 1 sample"),
        (("--lr", "1", "-o", "net.doc"), "use .yaml, .svg, .png, .html"),
        (("--lr", "1", "--format", "md", "-o", "a.md", "-o", "b.md"), "one -o"),
        (("--lr", "1", "--standalone"), "--standalone belongs to latex"),
        (("--lr", "1", "-o", "nowhere/new.yaml"), "there is no folder 'nowhere'"),
    ],
)
def test_what_is_refused(options: tuple[str, ...], said: str) -> None:
    assert said in refused("step", config("diamond"), *options)


def test_what_is_shown_is_what_there_is_after_as_many_steps() -> None:
    """Each column of a course is the state, the value or the gradient after so many steps alone."""
    names = ("m(W1[1,1])", "v(b2)", "a2[2]", "dW2[1,2]", "delta1[1]", "W2[1,1]", "cost")
    options = ("--optimizer", "adam", "--lr", "0.1", "--format", "json")
    wish = [part for name in names for part in ("--show", name)]
    course = json.loads(printed("step", config("mazur"), "--steps", "3", *wish, *options))
    for row in course["rows"]:
        descent = descender("mazur", rate="0.1", optimizer="adam")
        for _ in range(row["step"]):
            descent.step()
        trace = backward(descent.graph, FLOAT64, descent.whole())
        state = descent.standing().state
        wanted = [state["m"]["W1"][0, 0], state["v"]["b2"], *(trace.array(r).item() for r in REFS)]
        assert [row["shown"][name] for name in names] == pytest.approx([float(w) for w in wanted])
    single = json.loads(printed("step", config("mazur"), *wish, *options))
    first, second = (row["shown"] for row in course["rows"][:2])
    assert single["shown"] == {n: [first[n], second[n]] for n in single["shown"]}
    assert list(single["shown"]) == ["a2[2]", "dW2[1,2]", "delta1[1]", "cost"]


REFS = (
    Ref("a", 2, index=(2,)),
    Ref("W", 2, index=(1, 2)).grad(),
    Ref("z", 1, index=(1,)).grad(),
    Ref("W", 2, index=(1, 1)),
    Ref("cost"),
)


@pytest.mark.parametrize(
    ("name", "optimizer", "says"),
    [
        ("s(W1)", "adam", "adam keeps no s\n  it keeps m and v, such as m(W1)"),
        ("m(W1)", "sgd", "sgd keeps no m\n  --optimizer adam keeps m and v"),
        ("m(a1)", "adam", "m is kept for each parameter, and a1 is none"),
        ("W1x", "adam", "did you mean 'W1'?"),
    ],
)
def test_what_no_step_has_is_not_shown(name: str, optimizer: str, says: str) -> None:
    options = ("--optimizer", optimizer, "--lr", "0.1", "--show", name)
    assert says in refused("step", config("mazur"), *options)


@pytest.mark.parametrize("exact", [(), ("--exact",)])
def test_no_epsilon_and_no_gradient_is_told_so(exact: tuple[str, ...]) -> None:
    net = "input: [0, 1]\ntarget: [1]\nloss: half_squared_error\nlearning_rate: 1\n"
    net += "layers: [{units: 1, weights: [[1, 2]], bias: [0]}]\n"
    adam = ("--optimizer", "adam", "--set-optimizer", "epsilon=0")
    done = run("step", "-", *adam, *exact, stdin=net)
    assert done.code == 1
    assert "keeps the divisor from 0" in done.err
