"""What once hung: each exact or symbolic step ends within its bounds, and Ctrl-C ends any."""

from __future__ import annotations

import resource
import subprocess
import sys
from unittest import mock

import pytest

from ..pairing import has_turn
from .running import ROOT, config, run

SECONDS, MEMORY = 60, 2 * 10**9
"""Processor time and memory of one command for all networks: several times what they take."""
LAYER = "weights: [[1]], bias: [0]"


def layered(activation: str = "sigmoid", loss: str = "squared_error", x: str = "1") -> str:
    layer = f"{{activation: {activation}, {LAYER}}}"
    return f"input: [{x}]\ntarget: [1]\nloss: {loss}\nlayers:\n  - {layer}\n"


def graph(line: str, **variables: object) -> str:
    given = ", ".join(f"{name}: {value}" for name, value in variables.items())
    return f'variables: {{{given}}}\ngraph: {{o: "{line}"}}\nlearning_rate: 1\n'


POWERS = (
    "189**0.987654321",
    "exp(0.987654321*ln(189))",
    "exp(ln(189)*0.99*0.97*0.93*0.91*0.89)",
    "exp(0.99*ln(exp(0.97*ln(exp(0.93*ln(exp(0.91*ln(189))))))))",
    "((189**0.999)**0.997)**0.991",
    "189**(1/997)*189**(1/991)*189**(1/983)",
    "189**(990/997)*189**(980/991)*189**(970/983)*189**(960/977)",
    "exp(40*ln(exp(40*ln(exp(40*ln(exp(40*ln(1.01))))))))/1e300",
    "sqrt(sqrt(sqrt(sqrt(189**0.123456789))))",
    "(1e300 + 1)**0.123",
    "cos(pi/1048576)",
    "tan(1 - 1e-3*pi)",
)
"""Constants whose closed form sympy would take without end to find."""
FIVE_ROOTS = "+".join(f"sqrt({n})" for n in (2, 3, 5, 7, 11))
CROSSED = "+".join(f"sqrt({a * b})" for a in (2, 3, 5, 7, 11) for b in (2, 3, 5, 7, 11) if a < b)
HIDDEN_ZERO = f"({FIVE_ROOTS})**2 - 28 - 2*({CROSSED})"
NETWORKS = {
    **{f"{text}*z": layered(f'{{expression: "z*{text}"}}') for text in POWERS},
    **{f"loss {text}": layered(loss=f'{{expression: "a**2*{text}"}}') for text in POWERS[:6]},
    **{f"number {text}": layered(x=f'"{text}"') for text in POWERS},
    "(189*z)**0.98": layered('{expression: "(189*sigmoid(z))**0.987654321"}'),
    "189**(z + 0.98)": layered('{expression: "189**(z/100 + 0.987654321)"}'),
    **{f"line {text}": graph(f"z*{text}", z=0.3) for text in POWERS},
    "tower": graph("z + 1/exp(exp(exp(20)))", z=0.3),
    "hidden zero": graph(f"abs({HIDDEN_ZERO} + 0*z) + exp({HIDDEN_ZERO})", z=1),
    "e to 10^7": graph("exp(z)*2", z=10**7),
    "e to -10^7": graph("exp(-z) + 1", z=10**7),
    "e to 10^30": graph("exp(-z) + 1", z="1e30"),
    "power of a power": graph("(z**100)**0.999999", z="1e3"),
    "one-unit softmax": (
        "input: [0.1, 0.2, 0.3, 0.4, 0.5]\ntarget: [1]\nloss: cross_entropy\nlayers:\n"
        "  - {activation: tanh, weights: [[0.11, 0.23, 0.31, 0.47, 0.59],"
        " [0.21, 0.33, -0.41, 0.57, -0.69]], bias: [0.1, 0.2]}\n"
        "  - {activation: softmax, weights: [[0.7, -0.3]], bias: [0.25]}\n"
    ),
}
COMMANDS = (
    ("trace",),
    ("trace", "--exact"),
    ("trace", "--exact", "--round-forward", "2"),
    ("derive", "--numbers"),
    ("gradcheck",),
    ("step", "--exact", "--lr", "1"),
)


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_network_takes_long(command: tuple[str, ...]) -> None:
    """Each in turn is answered, or refused with what to leave out, in a process of bounded time."""
    program = (
        "import sys\nfrom tests.commands.test_budgets import NETWORKS, outcome\n"
        "for name in sys.stdin.read().splitlines():\n"
        "    print(name, outcome(sys.argv[1:], NETWORKS[name]), flush=True)\n"
    )
    names = [n for turn, n in enumerate(NETWORKS, COMMANDS.index(command)) if has_turn(turn)]
    done = subprocess.run(
        [sys.executable, "-c", program, *command],
        input="\n".join(names),
        capture_output=True,
        text=True,
        cwd=ROOT,
        preexec_fn=_bounded,
        check=False,
    )
    ended = done.stdout.splitlines()
    assert done.returncode == 0, f"after {ended[-1:]}: {done.stderr[-500:]}"
    assert [line for line in ended if not line.endswith(" ends well")] == []
    assert len(ended) == len(names)


def outcome(command: list[str], text: str) -> str:
    """Return that a command answered or refused in words, or what it did instead."""
    done = run(command[0], "-", *command[1:], stdin=text)
    diverged = "keeps the steps short" in done.err
    said = "Traceback" not in done.err and len(done.err.splitlines()) < 8
    return "ends well" if said and (done.code in (0, 2) or diverged) else repr(done)[:300]


def test_ctrl_c_is_one_line_and_exit_code_130() -> None:
    with mock.patch("backprop_cli.passes.run.forward", side_effect=KeyboardInterrupt):
        done = run("trace", config("mazur"))
    assert done.code == 130
    assert done.err.strip() == "backprop: interrupted"


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_ctrl_c_while_something_is_waited_for() -> None:
    program = (
        "import os, signal, threading\nfrom backprop_cli.cli import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT)).start()\nmain()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, "trace", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as waiting:
        assert waiting.stderr is not None
        said = waiting.stderr.read().decode()
    assert waiting.returncode == 130
    assert said.strip() == "backprop: interrupted"
