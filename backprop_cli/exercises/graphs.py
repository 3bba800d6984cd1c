"""Exercises on computation graphs: a few lines of sums, products and squares, with forks."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from ..graph.records import Graph
from ..passes.run import run
from ..problems import refuse
from .generating import ALIKE, Exercise, made, made_by
from .lengths import length, number_text
from .random_networks import Chance

FEWEST_NODES, MOST_NODES = 2, 12
LARGEST = 200
"""How large a value or a gradient may be."""
VALUES = tuple(map(Fraction, (2, -1, 3, -2, 1, 4, -3, 5)))
CANDIDATES, PATIENCE = 16, 20_000
VARIABLES, NODES = "abcf", "pqrstuvwghkm"
_DrawnLine = tuple[str, Callable[..., Fraction]]
_PAIRS: tuple[_DrawnLine, ...] = (
    ("{} + {}", lambda u, v: u + v),
    ("{} - {}", lambda u, v: u - v),
    ("{} * {}", lambda u, v: u * v),
    ("{} * {}", lambda u, v: u * v),
    ("2 * {} + {}", lambda u, v: 2 * u + v),
)
_SINGLES: tuple[_DrawnLine, ...] = (("{}**2", lambda u: u * u), ("3 * {}", lambda u: 3 * u))
"""Lines by their texts, and what they give: so that a 0 is thrown away at once."""


def graph_exercise(
    nodes: int, seed: int, number: int = 1, notation: Any = "", salt: int = 0
) -> Exercise:
    """Return a computation graph with so many lines, all its values and gradients whole numbers.

    Each variable and line reaches the output, at least one by two paths. Raises Refusal for a
    number of lines that cannot be.
    """
    if not FEWEST_NODES <= nodes <= MOST_NODES:
        cure = f"take {FEWEST_NODES} to {MOST_NODES}"
        raise refuse(f"--nodes {nodes}: not a graph to be worked by hand", None, cure)
    chance = Chance(f"graph of {nodes} nodes seed {seed} number {number} salt {salt}")
    told = made_by(f"--graph --nodes {nodes} --seed {seed}", number)
    best, least, found = None, float("inf"), 0
    for _ in range(PATIENCE):
        body = _body(chance, nodes)
        if body is None:
            continue
        head = f"{told}name: Exercise {number}\n"
        new = made(number, head + body, notation)
        points = _points(new.graph)
        if points is None:
            continue
        found += 1
        if points < least:
            best, least = new, points
        if found == CANDIDATES:
            break
    if best is None:
        raise refuse(f"no graph of {nodes} nodes was found with seed {seed}", None, "take another")
    return best


def _body(chance: Chance, nodes: int) -> str | None:
    """Return variables and lines, or None where not everything could be brought together."""
    count = 2 if nodes < 5 else 3 if nodes < 8 else 4
    names = list(VARIABLES[:count])
    values: list[Fraction] = []
    for drawn in chance.shuffled(VALUES):
        if drawn not in values and -drawn not in values:
            values.append(drawn)
    uses = dict.fromkeys(names, 0)
    known = dict(zip(names, values, strict=False))
    lines = []
    for position in range(nodes):
        name = NODES[position]
        unused = [other for other in uses if not uses[other]]
        left = nodes - position - 1
        if len(unused) > left + 2:
            return None
        must = len(unused) > left + 1 or not left
        (text, rule), operands = _line(chance, list(uses), unused, must=must)
        if not left and set(unused) - set(operands):
            return None
        value = rule(*(known[operand] for operand in operands))
        if not 0 < abs(value) <= LARGEST:
            return None
        known[name] = value
        for operand in operands:
            uses[operand] += 1
        uses[name] = 0
        lines.append(f"  {name}: {text.format(*operands)}\n")
    products = sum(" * " in line and "2 * " not in line for line in lines)
    if max(uses.values()) < 2 or products < max(1, nodes // 4):
        return None
    given = ", ".join(f"{n}: {number_text(v)}" for n, v in zip(names, values, strict=False))
    return f"variables: {{{given}}}\ngraph:\n{''.join(lines)}"


def _line(
    chance: Chance, names: list[str], unused: list[str], *, must: bool
) -> tuple[_DrawnLine, list[str]]:
    """Return one line and its operands: unused ones where they ``must`` go in."""
    waiting = chance.shuffled(unused)
    if must and len(waiting) > 1:
        operands = waiting[:2]
    else:
        first = waiting[0] if waiting else chance.of(names)
        if chance.of(range(5)) == 0:
            return chance.of(_SINGLES), [first]
        operands = [first, chance.of([name for name in names if name != first])]
    operands = chance.shuffled(operands)
    return chance.of(_PAIRS), operands


def _points(graph: Graph) -> float | None:
    """Return the characters of all values and gradients; None where one is 0 or large."""
    trace = run(graph)
    arrays: list[Any] = [trace.values, trace.gradients]
    values, gradients = (np.array([float(v) for v in array]) for array in arrays)
    both = np.concatenate([values, gradients])
    if (both == 0).any() or (abs(both) > LARGEST).any():
        return None
    points = float(sum(length(Fraction(int(value))) for value in both))
    seen = gradients[:-1].tolist()
    alike = len(seen) - len(set(map(abs, seen)))
    return points + ALIKE * alike + 2 * int((abs(both) > 30).sum())
