"""Networks and what stands beside them, each as a file with something wrong in it."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterable
from pathlib import Path

from backprop_cli import api
from backprop_cli.graph.records import Graph
from backprop_cli.notation.bound import bound
from backprop_cli.notation.facts import facts_of
from backprop_cli.notation.from_file import named_profile
from backprop_cli.passes.run import run
from backprop_cli.passes.sweep.records import merged
from backprop_cli.problems import Refusal
from backprop_cli.worked.sweep.as_json import read_part, sweep_csv

from .cases import PLAIN_RUBRIC, changed
from .damaging import encoded, misspelt, repacked, with_bytes, with_header
from .kinds import kinds
from .mutating import in_a_file, mutated
from .reading import Reading
from .seeds import LONG_GRAPH, seeds
from .sheet_files import as_json, npy, npz
from .trees import Tree, text_of, tree_of

NOTATION = """\
{base: nielsen, letters: {z: s, a: y, output: none, delta: ε, rate: hat eta}, first_layer: 0,
entries: {W: W}}"""
REPORT = """\
{format: backprop-check, version: 1, problem_sha256: x, students: [{student: ada, file: ada.yaml,
score: 1, max_score: 2.5, rules: {tolerance: 0.01, source: a}, answers: [{quantity: z1, entry:
[1, 2], raw: '0.5', score: 1.0}, {quantity: loss, entry: null, raw: '', score: 0}]}]}"""
PART = """\
{network: net.yaml, digest: abc, of: loss, part: [1, 2], axes: [{name: 'W1[1,1]', values:
[-1, 0, 1.5]}, {name: 'b1[1]', values: [0, 2]}], values: [0.5, null, 2e3]}"""


def network(chance: random.Random) -> Reading:
    """A network with mutations of its structure."""
    return Reading({"net.yaml": text_of(mutated(chance)).encode()}, _load)


def misspelt_network(chance: random.Random) -> Reading:
    """A network with slips in its letters, or bytes."""
    text = text_of(chance.choice(seeds()))
    return Reading({"net.yaml": encoded(misspelt(text, chance), chance)}, _load)


def _load(folder: Path) -> Iterable[Refusal]:
    run(api.load(folder / "net.yaml"))
    return ()


def data(chance: random.Random) -> Reading:
    """A network that reads an array from a damaged file."""
    tree, beside = in_a_file(cached_tree(chance.choice(small())), chance)
    files: dict[str, bytes] = {}
    for name, content in beside:
        if name == "w.npy":
            files |= {name: npy(content), "w.npz": npz([("w", content)], chance)}
        else:
            files[name] = str(content).encode()
    files = {name: damaged(name, data, chance) for name, data in files.items()}
    return Reading({"net.yaml": text_of(tree).encode(), **files}, _load)


@functools.cache
def small() -> tuple[str, ...]:
    """Return networks of every kind that are read in no time, the shortest first."""
    return tuple(sorted((text for text in kinds().values() if text != LONG_GRAPH), key=len))


def damaged(name: str, data: bytes, chance: random.Random) -> bytes:
    """Return a file of any suffix, half of the time with something wrong in it."""
    luck = chance.random()
    if luck < 0.5:
        return data if luck < 0.47 else chance.choice(sound())
    if name.endswith((".npz", ".xlsx")) and chance.random() < 0.8:
        return repacked(data, chance)
    if name.endswith(".npy") and data and chance.random() < 0.5:
        return with_header(data, chance)
    if name.endswith((".npz", ".npy", ".xlsx")):
        return with_bytes(data, chance)
    return encoded(misspelt(data.decode(), chance), chance)


@functools.cache
def sound() -> tuple[bytes, ...]:
    """Return sound files of kinds that stand where another is expected."""
    texts = (*small(), PLAIN_RUBRIC, NOTATION, *(as_json(cached_tree(t)) for t in (REPORT, PART)))
    return tuple(text.encode() for text in texts)


def notation(chance: random.Random) -> Reading:
    """A course's letters."""
    network = chance.choice(small())
    text = text_of(slightly(NOTATION, chance)).encode()

    def read(folder: Path) -> Iterable[Refusal]:
        profile = named_profile(str(folder / "course.yaml"))
        if profile is not None:
            bound(profile, facts_of(_graph(network)))
        return ()

    return Reading({"course.yaml": damaged("", text, chance)}, read)


@functools.cache
def _graph(text: str) -> Graph:
    return api.loads(text, "net.yaml")


def part(chance: random.Random) -> Reading:
    """A part of a sweep, beside one that is whole."""
    first, second = as_json(slightly(PART, chance)), PART.replace("[1, 2]", "[2, 2]")
    files = {"1.json": damaged("", first.encode(), chance)}
    if chance.random() < 0.7:
        files["2.json"] = as_json(cached_tree(second)).encode()

    def read(folder: Path) -> Iterable[Refusal]:
        sweep_csv(merged([(name, read_part(str(folder / name))) for name in files]))
        return ()

    return Reading(files, read)


def slightly(text: str, chance: random.Random) -> Tree:
    """Return the tree of a file, most of the time with some mutations."""
    tree = cached_tree(text)
    return changed(tree, chance) if chance.random() < 0.7 else tree


@functools.cache
def cached_tree(text: str) -> Tree:
    """Return the tree of a file that is often asked for."""
    return tree_of(text)
