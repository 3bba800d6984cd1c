"""Where a value or a derivative does not exist: the right cause, and the others all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_cli.arithmetic import Arithmetic
from backprop_cli.arithmetic.exact import EXACT
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.functions.losses import LOSSES
from backprop_cli.graph.values import leaf_arrays
from backprop_cli.passes.run import run as run_passes
from backprop_cli.passes.trace import forward
from backprop_cli.problems import Refusal
from tests.passes.other_ways import forward_gradient

from ..commands.running import run
from ..networks import loads

LAYER = (
    "input: [{x}]\ntarget: [1]\nloss: {loss}\nlayers:\n"
    "  - {{activation: {activation}, weights: [[1]], bias: [0]}}\n"
)


def layered(activation: str = "identity", loss: str = "squared_error", x: float = 0) -> str:
    return LAYER.format(activation=activation, loss=loss, x=x)


CAUSES = [
    (layered('{expression: "1/z"}'), "a1 in layer 1 is not defined: it divides by 0"),
    (layered('{expression: "relu(z**-2)"}'), "a1 in layer 1 is not defined: it divides by 0"),
    (layered('{expression: "ln(z)"}'), "a1 in layer 1 is not defined: it takes the logarithm of 0"),
    (layered('{expression: "exp(z)"}', x=800), "a1 in layer 1 overflows"),
    (layered('{expression: "1/z"}', x=1e-310), "a1 in layer 1 overflows"),
    (layered('{expression: "sqrt(z)"}'), "delta1 in layer 1 is not finite: what it goes through"),
    (layered(loss='{expression: "1/a"}'), "it divides by 0"),
    (layered(loss='{expression: "sum(ln(a)) + sum(a)**2"}'), "it takes the logarithm of 0"),
    (layered(x=1e200), "overflows: it is larger than the largest float64"),
]
"""A network at a pole, or past the largest float: what is said of it."""


@pytest.mark.parametrize(("text", "says"), CAUSES)
def test_a_pole_is_no_overflow(text: str, says: str) -> None:
    with pytest.raises(Refusal) as caught:
        run_passes(loads(text))
    message = str(caught.value)
    assert says in message
    assert ("smaller weights or inputs" in message) is ("overflows" in message)


PROBABILITIES = [
    name for name, loss in LOSSES.items() if loss.takes in ("probabilities", "distribution")
]


@pytest.mark.parametrize("loss", PROBABILITIES)
@pytest.mark.parametrize(("bias", "target"), [([0, 1], [1, 0]), ([1, 0], [0, 1])])
@pytest.mark.parametrize("exact", [False, True])
def test_a_probability_of_0_is_no_overflow(
    loss: str, bias: list[int], target: list[int], exact: bool
) -> None:
    text = f"input: [0]\ntarget: {target}\nloss: {loss}\nlayers:\n"
    text += f"  - {{weights: [[1], [1]], bias: {bias}}}\n"
    with pytest.raises(Refusal, match=r"loss_terms is not defined: it (divides by|takes the)"):
        run_passes(loads(text), exact=exact)


LINES: dict[str, list[tuple[float, float]]] = {
    "x/y": [(1, 0), (0, 0), (1e200, 1e-200), (1e-200, 1e200)],
    "1/(x - y)": [(2, 2), (1e-310, 0)],
    "ln(x)*y": [(0, 1), (-1, 1), (1e-300, 1e306), (2, 3)],
    "y + ln(x)": [(0, 1), (-2, 1)],
    "sqrt(x) + y": [(-1, 0), (4, 0), (1e300, 1e308)],
    "exp(x) - exp(y)": [(800, 0), (800, 800), (1, 2)],
    "exp(x)/(1 + exp(y))": [(800, 0), (800, 800), (1, 2)],
    "x*y - x*y": [(1e200, 1e200), (-1e200, 1e200), (1, 2)],
    "x*x*y": [(1e200, 0), (1e200, 1)],
    "cosh(x) + y": [(800, 0)],
    "x**-2 + y": [(0, 1), (1e-200, 1), (2, 1)],
    "(x - 3)**0.5 + y": [(1, 0), (4, 0)],
    "x**y": [(0, -1), (-2, 0.5), (1e200, 2), (2, 3)],
    "sqrt(x)/y": [(-4, 0)],
    "ln(x/y)": [(0, 1), (1, 0)],
}
"""Lines of a graph, and values at poles, past the largest float, and where all is well."""


@pytest.mark.parametrize("line", LINES)
def test_the_cause_is_the_one_that_numpy_raises(line: str) -> None:
    names: dict[str, Any] = {"ln": np.log, "sqrt": np.sqrt, "exp": np.exp, "cosh": np.cosh}
    for x, y in LINES[line]:
        told = ""
        try:
            with np.errstate(all="raise", under="ignore"):
                eval(line, names | {"x": np.float64(x), "y": np.float64(y)})
        except FloatingPointError as error:
            told = str(error)
        graph = loads(f"variables: {{x: {x!r}, y: {y!r}}}\ngraph: {{o: '{line}'}}\n")
        if not told:
            forward(graph, FLOAT64, leaf_arrays(graph, FLOAT64))
            continue
        with pytest.raises(Refusal) as caught:
            forward(graph, FLOAT64, leaf_arrays(graph, FLOAT64))
        overflows = told.startswith("overflow")
        assert ("o overflows" in str(caught.value)) is overflows, (told, str(caught.value))
        assert ("o is not defined: it " in str(caught.value)) is not overflows, (x, y)


UNREAD = [
    ("x", "variables: {x: 0, y: 2}\ngraph: {s: sqrt(x), t: x*y, o: t + y}\n", 2.0),
    ("x", "variables: {x: 0, y: 2}\ngraph: {s: sqrt(x), u: s*3, t: x*y, o: t + y}\n", 2.0),
]
"""A start, a graph whose s has no derivative by it and is read by nothing, and ∂o/∂start."""


@pytest.mark.parametrize("kind", [FLOAT64, EXACT], ids=["float64", "exact"])
@pytest.mark.parametrize(("start", "text", "truth"), UNREAD)
def test_forward_mode_asks_for_what_the_output_needs(
    start: str, text: str, truth: float, kind: Arithmetic
) -> None:
    graph = loads(text)
    number = next(n for n, node in enumerate(graph.nodes) if node.ref.part == start)
    found = forward_gradient(graph, kind, leaf_arrays(graph, kind), number)
    assert float(found) == truth
    needed = loads(text.replace("t + y", "t + s"))
    with pytest.raises(Refusal, match="the derivative of s by x is not finite"):
        forward_gradient(needed, kind, leaf_arrays(needed, kind), number)


POWER = 'variables: {x: -2, y: 3}\ngraph: {z: "x**y"}\n'


@pytest.mark.parametrize("exact", [(), ("--exact",)], ids=["float64", "exact"])
@pytest.mark.parametrize("command", [("trace",), ("derive", "--numbers")], ids=" ".join)
def test_a_derivative_that_exists_is_given_beside_one_that_does_not(
    command: tuple[str, ...], exact: tuple[str, ...]
) -> None:
    """∂(−2)³/∂x = 12, and (−2)**y has none by y: what is asked for and is not there, exits 2."""
    one = run(command[0], "-", *command[1:], *exact, "--wrt", "x", stdin=POWER)
    assert one.code == 0
    assert "= 12" in one.out
    for asked in ((), ("--wrt", "y"), ("--wrt", "x", "--wrt", "y")):
        none = run(command[0], "-", *command[1:], *exact, *asked, stdin=POWER)
        assert none.code == 2
        assert "dy is not finite" in none.err
        assert "--wrt NAME asks for one alone" in none.err


def test_a_gradient_check_of_one_that_exists() -> None:
    assert run("gradcheck", "-", "--wrt", "x", stdin=POWER).code == 0
    assert run("gradcheck", "-", stdin=POWER).code == 2


def test_what_the_asked_gradient_goes_through_is_refused_all_the_same() -> None:
    text = "variables: {x: 0, y: 2}\ngraph: {s: sqrt(x*y), o: s + y}\n"
    with pytest.raises(Refusal, match="is not finite"):
        run_passes(loads(text), asked=(loads(text).nodes[0].ref.grad(),))


@pytest.mark.parametrize("exact", [(), ("--exact",)], ids=["float64", "exact"])
@pytest.mark.filterwarnings("error")
def test_a_power_of_0_shows_no_logarithm_of_0(exact: tuple[str, ...]) -> None:
    """0^y is 0 for every y above 0, so its derivative by y is 0; 0·ln 0 is no number."""
    text = 'variables: {x: 0, y: 2}\ngraph: {z: "x**y"}\n'
    for command in (("trace",), ("derive", "--numbers")):
        done = run(command[0], "-", *command[1:], *exact, stdin=text)
        assert (done.code, done.err) == (0, "")
        assert "ln(0)" not in done.out


def test_the_logarithm_of_e_is_not_written() -> None:
    text = 'variables: {x: 1, y: 2}\ngraph: {f: "e**(x*y)"}\n'
    for command in (("trace",), ("derive",), ("derive", "--numbers")):
        assert "ln(e)" not in run(command[0], "-", *command[1:], stdin=text).out


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("text", ["silu(-1000*x)", "exp(-1000*x)", "ln(1 + exp(-x))", "x**-2"])
def test_no_warning_of_numpys_is_shown(text: str) -> None:
    network = f'variables: {{x: 1}}\ngraph: {{f: "{text}", o: "f*x + mish(-800*x)"}}\n'
    for command in (("trace",), ("derive", "--numbers"), ("worksheet", "--solution")):
        done = run(command[0], "-", *command[1:], stdin=network)
        assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize("rounding", [(), ("--round-forward", "1")])
def test_the_largest_of_several_is_found_though_it_was_rounded(rounding: tuple[str, ...]) -> None:
    """The gate compares the entries themselves, not the value that was written down."""
    text = "variables: {x: [0.28, 0.11], y: 0.33}\ngraph: {m: max(x), n: 'max(m, y)', o: m*2 + n}\n"
    done = run("trace", "-", *rounding, "--format", "json", stdin=text)
    assert (done.code, done.err) == (0, "")
    assert "nan" not in done.out.lower()
    assert "null" not in done.out.split('"gradients"')[-1]


def test_somebodys_own_maximum_stops_no_sheet(tmp_path: Path) -> None:
    network, sheet = tmp_path / "net.yaml", tmp_path / "sheet.yaml"
    network.write_text("variables: {l: [[3, 1], [1, 3]]}\ngraph: {n0: max(l)}\n")
    sheet.write_text("answers:\n  l: [[1, 0], [0, 0]]\n  d(l): [[1, 1], [1, 1]]\n")
    done = run("check", str(network), str(sheet))
    assert done.code in (0, 1)
    assert done.err == ""


def test_a_closed_form_keeps_the_decimals_of_its_table() -> None:
    network = layered("selu", x=1)
    done = run("derive", "-", "--expand", "--wrt", "dW1[1,1]", stdin=network)
    assert done.code == 0
    assert "1.0507" in done.out
    assert "e30" not in done.out
