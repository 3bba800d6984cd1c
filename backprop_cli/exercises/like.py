"""An exercise like a network that there is: the same layers or lines, with other short numbers.

The file stays as it is written, but for what its comments say of its numbers. These are drawn
anew, and the best drawing's rows again one by one, until no unit is dead and no error 0, as far
as that can be; of such drawings the shortest to work by hand is taken.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ..graph.build import build
from ..graph.records import Graph
from ..notation.from_file import written
from ..passes.run import run
from ..problems import Refusal, Source, refuse
from ..spec.arrays import WrittenArray
from ..spec.beside import folder_of
from ..spec.records import NetworkSpec
from ..spec.rewriting import Replacement, rewritten
from .claims import without_claims
from .fitness import Fitness, fitness
from .generating import Exercise, graph_of, made, made_by
from .like_targets import target_like
from .random_networks import Chance
from .slots import Slot, SlotRows, changes, drawn, possible, slots_of, with_other_rows

ENOUGH, PATIENCE, STALE = 12, 300, 80
"""Fit drawings that are compared, how many are made at most, and after how many more without a
better one it stays at errors that are 0."""
EACH_COMPARED = 1_000
"""Drawings that there can be for each that is compared: of few the best is in every exercise."""
FRESH = 4
"""Every so manieth drawing is a new one; the others are the best one with another row."""
_OF_ANOTHER = re.compile(r"^(Exercise \d+, after )+")
MOST_VALUES = 400
"""Values and gradients of a network that somebody works by hand."""


def exercise_like(
    spec: NetworkSpec, name: str, seed: int, number: int = 1, notation: Any = "", salt: int = 0
) -> Exercise:
    """Return the network with other numbers; raise Refusal where none are found.

    ``name`` is the file's; or, beginning with ``--``, the options that the network is made by.
    """
    options = name if name.startswith("--") else f"--like {name}"
    graph = _checked(spec, options)
    chance = Chance(f"like {name} {spec.source.text} seed {seed} number {number} salt {salt}")
    source = _on_its_own(spec, notation)
    best = _best(spec, source, graph, chance)
    if best is None:
        message = f"no numbers were found for {options} with seed {seed}"
        raise refuse(message, None, "take another seed, or a smaller network")
    title, text = f"Exercise {number}", best
    if spec.name and options != name:
        title += f", after {_OF_ANOTHER.sub('', spec.name)}"
    if spec.name:
        text = rewritten(Source("exercise.yaml", text), {"name": Replacement(title)})
    else:
        text = f"name: {title}\n{text}"
    return made(
        number,
        made_by(f"{options} --seed {seed}", number) + text,
        "" if spec.notation else notation,
    )


def _on_its_own(spec: NetworkSpec, notation: Any) -> Source:
    """Return the file without what its comments say of its numbers, its notation written in it."""
    text = without_claims(spec.source.text)
    if spec.notation is not None and (notation or spec.notation.file):
        put = notation or written(spec.notation.file, folder_of(spec.source))
        text = rewritten(Source(spec.source.name, text), {"notation": Replacement(put)})
    return Source("exercise.yaml", text)


def _checked(spec: NetworkSpec, options: str) -> Graph:
    """Return the network; refuse one without numbers to draw anew, or too large for a hand."""
    layered = spec.graph is None
    if layered and (not isinstance(spec.input, WrittenArray) or spec.target is None):
        message = f"{options}: input and target have no numbers in the file"
        raise refuse(message, None, "write them out")
    graph = build(spec)
    if not layered and graph.symbolic:
        message = f"{options}: the graph has variables or functions without numbers"
        raise refuse(message, None, "give each variable its number, each function its formula")
    values = sum(graph.samples * int(np.prod(node.shape)) for node in graph.nodes)
    if values > MOST_VALUES:
        message = f"{options}: {values} values, more than {MOST_VALUES}"
        smaller = "network" if layered else "graph"
        raise refuse(message, None, f"take a smaller {smaller}: nobody works this one by hand")
    return graph


def _best(spec: NetworkSpec, source: Source, graph: Graph, chance: Chance) -> str | None:
    """Return the file with the best of the numbers that are drawn, None where none are fit."""
    slots, free = slots_of(spec, graph), _chosen_among(spec, graph)
    enough = min(ENOUGH, 1 + possible(slots) // EACH_COMPARED)
    best: tuple[SlotRows, str, Fitness] | None = None
    fit = fresh = stale = 0
    always: frozenset[tuple[int, int]] | None = None
    for attempt in range(PATIENCE):
        new = best is None or attempt % FRESH == 0
        drawing = (
            with_other_rows(slots, best[0], chance) if best and not new else drawn(slots, chance)
        )
        text = _filled(spec, source, slots, drawing, chance)
        found = fitness(graph_of(text), free)
        if found is None:
            continue
        always = found.nothing if always is None else always & found.nothing
        fit, fresh, stale = fit + 1, fresh + new, stale + 1
        if best is None or found.rank(always) < best[2].rank(always):
            same = best and (found.nothing, found.sharp) == (best[2].nothing, best[2].sharp)
            stale = stale if same else 0
            best = drawing, text, found
        known = fresh if best[2].nothing else fit  # what is 0 in every one shows in new ones
        good = not any(best[2].rank(always)[:2])
        if (known >= enough and good) or stale >= STALE:
            break
    return None if best is None else best[1]


def _chosen_among(spec: NetworkSpec, graph: Graph) -> frozenset[int]:
    """Return the parameters of which a one-hot input, or a word's number, chooses some."""
    slot = next((each for each in slots_of(spec, graph) if each.path == ("input",)), None)
    if slot is None or not slot.chooses:
        return frozenset()
    readers = (node for node in graph.nodes if graph.input in node.parents)
    return frozenset(parent for node in readers for parent in node.parents)


def _filled(
    spec: NetworkSpec, source: Source, slots: tuple[Slot, ...], drawing: SlotRows, chance: Chance
) -> str:
    """Return the file with other numbers, its target short of the output by a little."""
    text = rewritten(source, changes(slots, drawing))
    if spec.graph is not None:
        return text
    try:
        outputs = run(graph_of(text), only_forward=True)
    except Refusal:
        return text
    target = {"target": target_like(spec, outputs, chance)}
    return rewritten(Source("exercise.yaml", text), target)
