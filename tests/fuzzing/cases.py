"""One case: a network, an answer sheet and a command line, drawn by one number; made smaller."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from msgspec import Struct, structs

from .command_lines import SHEET, drawn
from .mutating import MUTATIONS, filled, is_array, mutated
from .outcomes import Outcome, outcome
from .seeds import seeds
from .trees import Pairs, Tree, at, put, text_of, tree_of, ways

PLAIN_SHEET = "answers: {z1: [1, 2], 'W1[1,1]': 0.5, loss: 1/3, x: a, dW1: ~}\n"


class Case(Struct, frozen=True):
    """A command line on a network, and the answers that ``check`` reads."""

    words: tuple[str, ...]
    tree: Tree
    sheet: Tree = ""

    def run(self, seconds: float = 4) -> Outcome:
        """Return what the command comes to."""
        sheet = text_of(self.sheet) if self.sheet else ""
        return outcome(self.words, text_of(self.tree), sheet, seconds)

    def __str__(self) -> str:
        said = f"{' '.join(map(repr, self.words))}\n{text_of(self.tree)}"
        return said + (f"-- sheet\n{text_of(self.sheet)}" if SHEET in self.words else "")


def case(seed: int, command: str = "") -> Case:
    """Return the case of a number."""
    chance = random.Random(seed)
    tree = mutated(chance)
    words = tuple(drawn(chance, text_of(tree), command))
    sheet = _answers(tree, chance) if SHEET in words else ""
    return Case(words, tree, sheet)


def _answers(tree: Tree, chance: random.Random) -> Tree:
    """Return an answer sheet for the network: its key, or a blank, with slips."""
    from ..commands.running import run

    key = ("worksheet", "-", "--format", "yaml", *(("--solution",) * (chance.random() < 0.8)))
    try:
        done = run(*key, stdin=text_of(tree))
        sheet = tree_of(done.out if done.code == 0 else PLAIN_SHEET)
    except Exception:
        sheet = tree_of(PLAIN_SHEET)
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        sheet = chance.choice(MUTATIONS)(sheet, chance)
    return sheet


EDGES = ("0", "1e300", "-1e300", "5e-324", "-1e154", "1e-200", "800", "-40", "1/3")
WHOLE = (
    ("trace", "-"),
    ("trace", "-", "--exact", "--steps"),
    ("derive", "-", "--numbers"),
    ("derive", "-", "--numbers", "--as-graph", "operations", "--mode", "forward"),
    ("gradcheck", "-"),
    ("diagnose", "-", "--full"),
    ("step", "-", "--lr", "0.1", "--steps", "3"),
    ("step", "-", "--lr", "0.1", "--optimizer", "adam", "--significant", "3"),
    ("diagram", "-", "--kind", "computation", "--local-gradients", "--format", "svg"),
    ("diagram", "-"),
    ("trace", "-", "--as-graph", "--format", "latex"),
    ("worksheet", "-", "--solution"),
    ("check", "-", SHEET, "--feedback", "full"),
    ("trace", "-", "--round-forward", "2", "--format", "json"),
)


def edges(seed: int) -> Iterator[tuple[int, Case]]:
    """Yield each array of each seed made of each edge number, under each command, shuffled."""
    changed = [
        put(tree, way, filled(at(tree, way), number))
        for tree in dict.fromkeys(map(text_of, seeds()))
        for tree in [tree_of(tree)]
        for way in ways(tree)
        if is_array(at(tree, way)) and not is_array(at(tree, way[:-1]))
        for number in EDGES
    ]
    chance = random.Random(seed)
    every = [(tree, words) for tree in changed for words in WHOLE]
    for i, (tree, words) in enumerate(chance.sample(every, len(every))):
        yield i, Case(words, tree, _answers(tree, chance) if SHEET in words else "")


def smaller(found: Case, fault: str, seconds: float = 60) -> Case:
    """Return a case of the same fault from which nothing more can be left out."""
    end = time.process_time() + seconds
    changed = True
    while changed:
        changed = False
        for candidate in _candidates(found):
            if time.process_time() > end:
                return found
            if candidate.run().fault == fault:
                found, changed = candidate, True
                break
    return found


def _candidates(found: Case) -> Iterator[Case]:
    """Yield cases with one word or part less, or a part that is plainer."""
    words = found.words
    for width in (2, 1):
        for i in range(1, len(words) - width + 1):
            if width == 1 or words[i].startswith("-"):
                yield structs.replace(found, words=words[:i] + words[i + width :])
    for name in ("tree", "sheet"):
        tree = getattr(found, name)
        for new in _plainer(tree):
            yield structs.replace(found, **{name: new})


def _plainer(tree: Tree) -> Iterator[Tree]:
    every = sorted((way for way in ways(tree) if way), key=lambda way: (len(way), way))
    for way in every:
        yield put(tree, way, None)
    for way in every:
        part = at(tree, way)
        if isinstance(part, list) and not isinstance(part, Pairs) and len(part) == 1:
            yield put(tree, way, part[0])
        if isinstance(part, str) and part not in ("1", "") and not part.isalpha():
            yield put(tree, way, "1")
