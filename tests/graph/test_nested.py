"""Each function that a line may name inside each other one: every command, both kinds of number."""

from __future__ import annotations

from typing import Any

import pytest

from backprop_cli.expression.tree import Call, Expr, Name
from backprop_cli.mathematics.activations import ALIASES, spelled_out
from backprop_cli.passes.run import run as run_passes
from backprop_cli.spec.graph import FUNCTIONS

from ..commands.running import run
from ..functions.in_mpmath import MP, value
from ..networks import loads
from ..pairing import has_turn, paired

NAMES = [
    name
    for name, (least, _) in FUNCTIONS.items()
    if least == 1 and name not in ("softmax", "sum", "mean", "max", "min", "transpose")
]
AT = 0.3


def defined(outer: str) -> list[str]:
    """Return the functions whose value at 0.3 the outer one can take."""
    found = []
    for inner in NAMES:
        low = value(spelled_out(Call(inner, (Name("a"),))), a=AT)
        if outer not in ("ln", "log", "sqrt") or low > 0:
            found.append(inner)
    return found


def text_of(outer: str) -> str:
    """Return a graph with a line for each inner function, and their sum."""
    inner = defined(outer)
    lines = [f"  p{i}: {outer}({name}(a))" for i, name in enumerate(inner)]
    total = " + ".join(f"p{i}" for i in range(len(inner)))
    return "\n".join([f"variables: {{a: {AT}}}", "graph:", *lines, f"  o: {total}", ""])


def slope(tree: Expr) -> Any:
    """Return the derivative by a tiny central difference in 400 digits."""
    step = MP.mpf(10) ** -60
    plain = spelled_out(tree)
    up, down = (value(plain, a=MP.mpf(AT) + move) for move in (step, -step))
    return (up - down) / (2 * step)


@pytest.mark.parametrize(("turn", "outer"), list(enumerate(NAMES)))
def test_value_and_gradient_of_every_pair(turn: int, outer: str) -> None:
    """Every function within every other, one kind of number for one pair, the other for the next.

    ``PAGE=each`` asks both of every pair.
    """
    graph = loads(text_of(outer))
    for exact in (False, True):
        trace = run_passes(graph, exact=exact)
        for i, inner in enumerate(defined(outer)):
            if not has_turn(i + turn + exact, 2):
                continue
            tree = Call(outer, (Call(inner, (Name("a"),)),))
            number = next(n for n, node in enumerate(graph.nodes) if node.ref.part == f"p{i}")
            truth = float(value(spelled_out(tree), a=AT))
            assert float(trace.values[number]) == pytest.approx(truth, rel=1e-13), inner
            message = trace.message(number, 0)
            assert float(message) == pytest.approx(float(slope(tree)), rel=1e-12, abs=1e-30), inner


OUTER = [name for name in NAMES if name not in ALIASES]
COMMANDS = (("trace", "--exact"), ("derive", "--numbers"), ("worksheet", "--solution"), ("trace",))


@pytest.mark.parametrize(("outer", "command"), list(paired(OUTER, COMMANDS)))
def test_every_command_knows_every_pair(outer: str, command: tuple[str, ...]) -> None:
    """Each function around all others, in one command after the other."""
    done = run(command[0], "-", *command[1:], stdin=text_of(outer))
    assert (done.code, done.err) == (0, ""), done.err


REDUCED = ("mean(x)", "sum(x)", "max(x)", "min(x)", "dot(x, y)", "x[2]", "sum(A@x)", "mean(x*y)")
AROUND = ("exp({})", "({})**2", "1/({})", "abs({})", "{} + sum(x)", "mean(x*({}))", "max({}, 1)")
SEEN_AS = (
    ("trace",),
    ("trace", "--exact"),
    ("derive", "--numbers"),
    ("derive", "--mode", "forward", "--numbers"),
    ("derive", "--mode", "paths", "--numbers"),
    ("worksheet", "--solution"),
)


@pytest.mark.parametrize(("turn", "around"), list(enumerate(AROUND)))
def test_arrays_made_one_number_within_a_formula(turn: int, around: str) -> None:
    """A sum, mean or entry of an array within a formula is worked in every command."""
    given = "variables: {x: [1, 2, 3], y: [0.5, -1, 2], A: [[1, 2, 3], [0, 1, 0]]}\n"
    for first, inside in enumerate(REDUCED, turn):
        text = f"{given}graph:\n  m: {around.format(inside)}\n  o: m + sum(x*m)\n"
        for number, (command, *options) in enumerate(SEEN_AS, first):
            if not has_turn(number, 2):
                continue
            done = run(command, "-", *options, stdin=text)
            assert (done.code, done.err) == (0, ""), text
