"""One network whose answers are checked: opened once, with its numbers, letters and names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from ..files.network import read_network
from ..graph.build import build
from ..graph.data import data_files
from ..graph.records import Graph
from ..notation.bound import Notation
from ..notation.options import chosen_notation
from ..passes.trace import Trace
from .collecting import collecting_seldom
from .marking.answer_key import AnswerKey, answer_key
from .next_step import NextStep, next_step
from .rules.rubric import AskedEntries
from .running import (
    CheckedSheet,
    Overrides,
    apart,
    check_one,
    overrides_of,
    reading_of,
    trace_of,
)
from .sheets.files import Found
from .sheets.reading import read_found
from .sheets.sheet_tree import Reading


class Wishes(Struct, frozen=True):
    """What the command line sets for every network: see ``overrides_of``."""

    tolerances: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    rubric: str | None = None
    every: Callable[[Graph], AskedEntries] = lambda graph: ()
    outside: bool = False


class OpenedExercise(Struct, frozen=True):
    """A network with what its sheets are marked with; ``trace`` is None without numbers.

    ``data_files`` are what the network reads besides.
    """

    graph: Graph
    trace: Trace | None
    step: NextStep | None
    notation: Notation
    reading: Reading
    wanted: Overrides
    data_files: tuple[Path, ...] = ()

    @property
    def subject(self) -> Trace | Graph:
        """What a document is written of: the numbers where there are any."""
        return self.trace or self.graph


def opened(network: str, wishes: Wishes, notation: str | None = None) -> OpenedExercise:
    """Return the exercise of a network's file; raise Refusal for one that is wrong."""
    spec = read_network(network, outside=wishes.outside)
    graph = build(spec)
    letters = chosen_notation(notation, spec.notation, graph)
    trace = trace_of(graph)
    reading = reading_of(graph, trace, None, letters)
    wanted = overrides_of(
        graph,
        wishes.tolerances,
        wishes.asked,
        reading,
        lambda: wishes.every(graph),
        wishes.rubric,
    )
    step = next_step(graph, spec, wanted.rubric.optimizer, wanted.rubric.rate)
    reading.takes(step, row_vectors=wanted.rubric.rules.row_vectors)
    return OpenedExercise(graph, trace, step, letters, reading, wanted, tuple(data_files(spec)))


class CheckedBatch(Struct, frozen=True):
    """Some files' sheets, marked, and the files among them that are no sheets, with why."""

    sheets: tuple[CheckedSheet, ...] = ()
    left_out: tuple[str, ...] = ()


def key_of(exercise: OpenedExercise, *, many: bool) -> AnswerKey:
    """Return what the sheets of an exercise are marked with; ``many`` are worth a preparation."""
    return answer_key(exercise.graph, exercise.trace, exercise.step, many=many)


def checked_files(
    exercise: OpenedExercise, key: AnswerKey, files: Iterable[Found]
) -> Iterator[CheckedBatch]:
    """Yield each file's sheets, marked."""
    with collecting_seldom():
        for file in files:
            sheets, left_out = apart(read_found(file, exercise.reading))
            checked = tuple(check_one(key, read, exercise.wanted) for read in sheets)
            yield CheckedBatch(checked, left_out)
