"""Marking side by side: some files of a class to each process, what comes back in the order given.

A file's sheets are marked by nothing but themselves and the network, so that the number of
processes changes nothing.
"""

from __future__ import annotations

import functools
import multiprocessing
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor

from msgspec import Struct, structs

from .exercise import CheckedBatch, OpenedExercise, Wishes, checked_files, key_of, opened
from .marking.answer_key import AnswerKey
from .records import Judged
from .running import CheckedSheet
from .sheets.files import Found

FILES = 16
"""Files that a process is given at once."""
AHEAD = 3
"""How many times as many as there are processes are given out before the first comes back."""


class Portion(Struct, frozen=True):
    """Files that answer one network; ``many`` where it has many sheets."""

    network: str
    files: tuple[Found, ...]
    many: bool = False


def side_by_side(
    work: Iterable[Portion], wishes: Wishes, notation: str | None, jobs: int
) -> Iterator[tuple[Portion, CheckedBatch]]:
    """Yield each portion with what comes of it, in order, marked by so many processes."""
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else None)
    waiting: deque[tuple[Portion, Future[CheckedBatch]]] = deque()
    with ProcessPoolExecutor(jobs, context, _quiet) as pool:
        try:
            for each in work:
                waiting.append((each, pool.submit(_marked, each, wishes, notation)))
                if len(waiting) >= AHEAD * jobs:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise


def in_pieces(files: Iterable[Found], network: str, *, many: bool) -> Iterator[Portion]:
    """Yield the files of a network, some at a time."""
    piece: list[Found] = []
    for file in files:
        piece.append(file)
        if len(piece) == FILES:
            yield Portion(network, tuple(piece), many)
            piece = []
    if piece:
        yield Portion(network, tuple(piece), many)


def _quiet() -> None:
    """Let Ctrl-C end a process without a word: the first one says it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@functools.lru_cache(maxsize=1)
def _opened(
    network: str, wishes: Wishes, notation: str | None, many: bool
) -> tuple[OpenedExercise, AnswerKey]:
    exercise = opened(network, wishes, notation)
    return exercise, key_of(exercise, many=many)


def _marked(work: Portion, wishes: Wishes, notation: str | None) -> CheckedBatch:
    """Return the files of one portion, marked; this runs in a process of its own."""
    exercise, key = _opened(work.network, wishes, notation, work.many)
    done = list(checked_files(exercise, key, work.files))
    return CheckedBatch(
        tuple(_light(each) for batch in done for each in batch.sheets),
        tuple(said for batch in done for said in batch.left_out),
    )


def _light(checked: CheckedSheet) -> CheckedSheet:
    """Return the sheet without the trees of its formulas, which nobody reads any more."""
    marked = checked.marked
    judged = tuple(map(_without_tree, marked.judged))
    sheet = structs.replace(marked.sheet, answers=tuple(each.answer for each in judged))
    return structs.replace(checked, marked=structs.replace(marked, sheet=sheet, judged=judged))


def _without_tree(judged: Judged) -> Judged:
    parsed = structs.replace(judged.answer.parsed, tree=None, nearby=(), working=())
    return structs.replace(judged, answer=structs.replace(judged.answer, parsed=parsed))
