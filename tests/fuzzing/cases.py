"""One case: a network, an answer sheet and a command line, drawn by one number; made smaller."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator

from msgspec import Struct, structs

from .command_lines import (
    ARRAYS_SHEET,
    CSV_SHEET,
    NET,
    OTHER,
    RUBRIC,
    SHEET,
    XLSX_SHEET,
    drawn,
)
from .mutating import MUTATIONS, in_a_file, misshapen, mutated
from .outcomes import Outcome, outcome
from .trees import Pairs, Tree, Written, at, put, text_of, tree_of, ways

PLAIN_SHEET = "answers: {z1: [1, 2], 'W1[1,1]': 0.5, loss: 1/3, x: a, dW1: ~}\n"
PLAIN_RUBRIC = """\
tolerance: 0.01
marks: {W1: 2, dW1: 1}
tolerances: {loss: 1e-3}
partial_credit: {sign: 0.5}
evidence: true
ask: all
conventions: {delta_mean: with}
late: {students: [sheet], credit: 0.5}
names: {A: z1}
"""


class Case(Struct, frozen=True):
    """A command line on a network, and the files beside it."""

    words: tuple[str, ...]
    tree: Tree
    beside: Pairs = Pairs()

    def run(self, seconds: float = 4) -> Outcome:
        """Return what the command comes to."""
        files = {name: text_of(tree) for name, tree in self.beside}
        return outcome(self.words, text_of(self.tree), files, seconds)

    def relaxed(self, said: str) -> Case | None:
        """Return the case without the option that a sentence refuses, if it is about one."""
        flags = [word for word in self.words if re.search(rf"(?<![\w-]){re.escape(word)}\b", said)]
        for flag in flags:
            if flag.startswith("-") and flag != "-":
                i = self.words.index(flag)
                return structs.replace(self, words=self.words[:i] + self.words[_end(self, i) :])
        return None

    def __str__(self) -> str:
        said = f"{' '.join(map(repr, self.words))}\n{text_of(self.tree)}"
        for name, tree in self.beside:
            if any(name in word for word in (*self.words, text_of(self.tree))):
                said += f"-- {name}\n{text_of(tree)}"
        return said


def _end(found: Case, i: int) -> int:
    return i + 1 + (len(found.words) > i + 1 and not found.words[i + 1].startswith("-"))


def case(seed: int, command: str = "") -> Case:
    """Return the case of a number."""
    chance = random.Random(seed)
    tree = mutated(chance)
    words = tuple(drawn(chance, tree, command))
    beside = Pairs()
    if SHEET in words:
        beside.append(("sheet.yaml", answers(tree, chance)))
    if CSV_SHEET in words:
        beside.append(("sheet.csv", _rows(answers(tree, chance))))
    if XLSX_SHEET in words:
        beside.append(("sheet.xlsx", _rows(answers(tree, chance), chance.choice(("", "", "=")))))
    if ARRAYS_SHEET in words:
        beside.append(("sheet.npz", misshapen(answers(tree, chance), chance)))
    if RUBRIC in words:
        beside.append(("rubric.yaml", changed(tree_of(PLAIN_RUBRIC), chance)))
    if OTHER in words:
        beside.append(("other.yaml", changed(tree, chance)))
    if NET in words and chance.random() < 0.7:
        tree, data = in_a_file(tree, chance)
        beside += data
    return Case(words, tree, beside)


def answers(tree: Tree, chance: random.Random) -> Tree:
    """Return an answer sheet for the network: its key, or a blank, with slips."""
    from ..commands.running import run

    key = ("worksheet", "-", "--format", "yaml", *(("--solution",) * (chance.random() < 0.8)))
    try:
        done = run(*key, stdin=text_of(tree))
        sheet = tree_of(done.out if done.code == 0 else PLAIN_SHEET)
    except Exception:
        sheet = tree_of(PLAIN_SHEET)
    return changed(sheet, chance)


def changed(tree: Tree, chance: random.Random) -> Tree:
    """Return a tree with some mutations."""
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        tree = chance.choice(MUTATIONS)(tree, chance)
    return tree


def _rows(sheet: Tree, before: str = "") -> Tree:
    """Return the sheet as lines of a CSV file; ``before`` each answer an equals sign, say."""
    answers = dict(sheet).get("answers", sheet) if isinstance(sheet, Pairs) else sheet
    pairs = answers if isinstance(answers, Pairs) else [("z1", answers)]
    cells = [(str(name), text_of(value).strip()) for name, value in pairs]
    return Written(
        "\n".join(f'{name},"{before}{value}"' for name, value in [("name", "answer"), *cells])
    )


def smaller(found: Case, fault: str, seconds: float = 20) -> Case:
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
    for name in ("tree", "beside"):
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
