"""Computation graphs as files: what has no value is said, attacks end in a sentence."""

from __future__ import annotations

import random
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from backprop_cli import api
from backprop_cli.graph.names import UnknownName
from backprop_cli.graph.resolving import resolve
from backprop_cli.passes.run import run
from backprop_cli.problems import Refusal
from tests.expression.attacks import ATTACKS

from ..commands.running import refused
from .case import Case
from .cases_graphs import OF_NUMBERS
from .test_fuzz import answered

QUICK = settings(
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
GRAPH = """\
name: everything
variables: {a: 2, b: [1, -2], M: [[1, 2], [3, 4]], n: ~, s: 1/3}
functions: [f]
graph:
  c: M @ b + exp(-a)*sigmoid(s)
  d: sum(c**2)/2 - max(b) + dot(b, c)
  g: softmax(c)[1] if else
  e: M[2,1]*min(a, s) + ln(abs(d) + 1)
  o: mean(relu(c)) + e*d
output: o
"""
PIECES = (
    *"[](){}:,-+*/@^&!|>%`\"'#~=.\n\t ",
    *(
        "**",
        "0",
        "-1",
        "1e308",
        ".nan",
        "1/0",
        "9**9**9",
        "a",
        "b",
        "M",
        "c",
        "o",
        "e",
        "pi",
        "f(a)",
    ),
    *(
        "x[0]",
        "b[3]",
        "M[1,1]",
        "sum(",
        "max(b, M)",
        "dot(b, b)",
        "ln(0)",
        "sqrt(-1)",
        "softmax(a)",
    ),
    *("variables", "graph", "output", "functions", "layers", "{file: /etc/passwd}", "é", "\u2028"),
)


@pytest.mark.parametrize("case", OF_NUMBERS, ids=lambda case: case.name)
def test_the_whole_message_about_numbers(case: Case) -> None:
    graph = api.loads(case.text, "net.yaml")
    with pytest.raises(Refusal) as caught:
        run(graph)
    assert str(caught.value) == case.message


def test_the_command_refuses_with_the_place(tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    net.write_text("variables: {a: 0}\ngraph:\n  c: a + 1\n  o: c / a\n")
    message = refused("trace", str(net))
    assert message.startswith(f"{net}:4:3: o is not defined: it divides by 0\n")


# -- strangers


PLACES = (
    "variables: {x: 1, u: 2}\ngraph: {c: %s}\n",
    "variables: {x: 1}\ngraph:\n  c: x + 1\n  d: %s\n",
    "variables: {x: %s}\ngraph: {c: x}\n",
    "variables: {x: [1, %s]}\ngraph: {c: sum(x)}\n",
    "variables: {%s: 1}\ngraph: {c: 1}\n",
    "variables: {x: 1}\ngraph: {%s: x}\n",
    "variables: {x: 1}\nfunctions: [%s]\ngraph: {c: x}\n",
    "variables: {x: 1}\ngraph: {c: x}\noutput: %s\n",
)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda text: repr(text)[:40])
def test_attacks_in_every_place(attack: str) -> None:
    quoted = "'" + attack.replace("'", "''") + "'"
    before = time.process_time()
    for place in PLACES:
        for text in (place.replace("%s", quoted), place.replace("%s", attack)):
            answered(text)
    assert time.process_time() - before < 5


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda text: repr(text)[:40])
def test_an_attack_as_a_line_is_refused_with_its_place_or_is_a_number(attack: str) -> None:
    quoted = "'" + attack.replace("'", "''") + "'"
    try:
        trace = run(api.loads(f"variables: {{x: 1}}\ngraph:\n  c: {quoted}\n"))
    except Refusal as refusal:
        places = [problem.place for problem in refusal.problems]
    else:
        places = []
        assert np.isfinite(float(trace.values[-1]))
    assert None not in places


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda text: repr(text)[:40])
def test_an_attack_as_a_name_is_no_quantity(attack: str) -> None:
    graph = api.loads("variables: {a: [1, 2]}\ngraph: {c: sum(a)}\n")
    with pytest.raises(UnknownName):
        resolve(attack, graph)
    with pytest.raises(UnknownName):
        resolve(f"a[{attack}]", graph)
    with pytest.raises(UnknownName):
        resolve(f"d({attack})", graph)


@QUICK
@given(st.lists(st.sampled_from(PIECES), max_size=12))
@example(["(", ")"])
def test_any_pieces_as_a_line(pieces: list[str]) -> None:
    quoted = "'" + "".join(pieces).replace("'", "''") + "'"
    answered(f"variables: {{a: 2, b: [1, 2], M: [[1, 2], [3, 4]]}}\ngraph:\n  o: {quoted}\n")


@QUICK
@given(st.integers(0, 10**6), st.integers(1, 4))
def test_graphs_with_slips(number: int, slips: int) -> None:
    chance, text = random.Random(number), GRAPH
    if number % 2:
        text = text.replace("  g: softmax(c)[1] if else\n", "").replace("n: ~, ", "")
    for _ in range(slips):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((0, 1, 1, 2, 5, 20)))
        piece = chance.choice((*PIECES, text[start:end] * 2, ""))
        text = text[:start] + piece + text[end:]
    answered(text)


@QUICK
@given(st.binary(max_size=200))
def test_any_bytes_below_graph(tmp_path: Path, data: bytes) -> None:
    net = tmp_path / "net.yaml"
    net.write_bytes(b"variables: {a: 2}\ngraph:\n  c: " + data)
    message = "none"
    try:
        run(api.load(net))
    except Refusal as refusal:
        message = str(refusal)
    assert message.strip()


# -- what is read


def test_lines_stand_in_any_order() -> None:
    lines = ["  c: a + b\n", "  d: a * b\n", "  o: 1/2 * c * d\n", "  p: o**2\n"]
    wanted = None
    for seed in range(8):
        random.Random(seed).shuffle(lines)
        text = f"variables: {{a: 2, b: 3}}\ngraph:\n{''.join(lines)}output: o\n"
        trace = run(api.loads(text))
        found = {n.ref.part: float(v) for n, v in zip(trace.graph.nodes, trace.values, strict=True)}
        wanted = wanted or found
        assert found == wanted
        assert [float(g) for g in trace.gradients[:2] if g is not None] == [10.5, 8.0]


def test_what_the_output_does_not_need_has_no_gradient() -> None:
    trace = run(api.loads("variables: {a: 2, b: 3}\ngraph: {c: 2*a, d: c*b}\noutput: c\n"))
    gradients = {n.ref.part: g for n, g in zip(trace.graph.nodes, trace.gradients, strict=True)}
    assert gradients["b"] is None
    assert gradients["d"] is None


def test_a_name_hides_a_constant() -> None:
    assert float(run(api.loads("graph: {c: e + pi}\n")).values[-1]) == np.e + np.pi
    text = "variables: {e: 2}\ngraph: {pi: 3*e, c: e + pi}\n"
    assert float(run(api.loads(text)).values[-1]) == 8


def test_numbers_stay_exact() -> None:
    text = "variables: {a: 0.1, b: 1/3}\ngraph: {c: a + b, d: c - 13/30}\n"
    trace = run(api.loads(text), exact=True)
    assert trace.values[-1].item().value == 0


def test_a_variable_from_a_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", W=np.array([[1.0, 2.0], [3.0, 4.0]]))
    net = tmp_path / "net.yaml"
    net.write_text("variables:\n  W: {file: w.npz, key: W}\ngraph: {c: sum(W)}\n")
    trace = run(api.load(net))
    assert float(trace.values[-1]) == 10
    np.savez(tmp_path / "w.npz", W=np.ones((2, 2, 2)))
    with pytest.raises(Refusal, match="an array with 3 axes"):
        api.load(net)
