"""What ``check`` does for one network, for a folder with one a student, and for each student."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from ..checking.exercise import (
    CheckedBatch,
    OpenedExercise,
    Wishes,
    checked_files,
    key_of,
    opened,
)
from ..checking.marking.answer_key import FEW_SHEETS
from ..checking.running import CheckedSheet, check_one
from ..checking.sheets.files import sheet_files
from ..checking.sheets.reading import read_given
from ..exercises.questions import usually_asked
from ..problems import Source, refuse
from ._options import outside_allowed
from ._progress import progress
from ._unread import kept

if TYPE_CHECKING:
    from ..checking.jobs import Portion
    from ..checking.reports import Class
    from ..notation.bound import Notation
    from ..printing.settings import Settings

OF_MANY = (".csv", ".xlsx")
"""Files that may hold a whole class."""


class Checking(Struct, frozen=True):
    """Sheets as they are marked, one by one, and the network, of several the first.

    ``left_out`` grows with the files that are none.
    """

    exercise: OpenedExercise
    sheets: Iterator[CheckedSheet]
    left_out: list[str]


def wishes_of(tolerances: tuple[str, ...], asked: tuple[str, ...], rubric: str | None) -> Wishes:
    """Return what the command line sets for every network."""
    return Wishes(tolerances, asked, rubric, usually_asked, outside_allowed())


def one_network(
    network: str,
    sheets: tuple[str, ...],
    answers: tuple[str, ...],
    wishes: Wishes,
    notation: str | None,
    jobs: int,
) -> Checking:
    """Return the sheets of one network, marked as they are asked for."""
    exercise, check = opened(network, wishes, notation), kept()
    if check is not None:
        check(exercise.data_files)
    given = [read_given(answers, exercise.reading)] if answers else []
    count, tables = _counted(sheets)
    many = count > FEW_SHEETS or tables
    left: list[str] = []

    def batches() -> Iterator[CheckedBatch]:
        key = key_of(exercise, many=many)
        files = sheet_files(sheets)
        yield CheckedBatch(tuple(check_one(key, read, exercise.wanted) for read in given))
        if jobs > 1 and count > 1:
            from ..checking.jobs import in_pieces, side_by_side

            work = in_pieces(files, network, many=many)
            for _, batch in side_by_side(work, wishes, notation, jobs):
                yield batch
        else:
            yield from checked_files(exercise, key, files)

    def marked() -> Iterator[CheckedSheet]:
        done = 0
        with progress("sheets", count) as tell:
            for batch in batches():
                left.extend(batch.left_out)
                for each in batch.sheets:
                    if check is not None:
                        check([each.marked.sheet.file])
                    yield structs.replace(each, subject=exercise.subject, step=exercise.step)
                    done += 1
                    if tell is not None:
                        tell(done)

    return Checking(exercise, marked(), left)


def _counted(sheets: tuple[str, ...]) -> tuple[int, bool]:
    """Return how many files there are, and whether one may hold a whole class.

    They are looked for again when they are read: so many paths are not kept.
    """
    count, tables = 0, False
    for file in sheet_files(sheets):
        count += 1
        tables = tables or file.path.lower().endswith(OF_MANY)
    return count, tables


def own_networks(
    folder: str, sheets: tuple[str, ...], wishes: Wishes, notation: str | None, jobs: int
) -> Checking:
    """Return the sheets of a folder with a network a student, marked as they are asked for."""
    from ..checking.jobs import Portion
    from ..checking.sheets.own_networks import paired

    pairs = paired(folder, sheets)
    if not pairs.networks:
        cure = "call them as their network: exercise-01-ada.yaml"
        raise refuse("no sheet answers a network here", None, cure, Source(folder, ""))
    left = list(pairs.left_out)
    work = [Portion(each.network, each.sheets) for each in pairs.networks]
    first, check = opened(work[0].network, wishes, notation), kept()
    if check is not None:
        check([each.network for each in work])

    def marked() -> Iterator[CheckedSheet]:
        with progress("networks", len(work)) as tell:
            for count, (exercise, batch) in enumerate(_of_each(work, wishes, notation, jobs), 1):
                left.extend(batch.left_out)
                if check is not None:
                    check((*exercise.data_files, *(s.marked.sheet.file for s in batch.sheets)))
                for each in batch.sheets:
                    yield structs.replace(
                        each, graph=exercise.graph, subject=exercise.subject, step=exercise.step
                    )
                if tell is not None:
                    tell(count)

    return Checking(first, marked(), left)


def _of_each(
    work: Iterable[Portion], wishes: Wishes, notation: str | None, jobs: int
) -> Iterator[tuple[OpenedExercise, CheckedBatch]]:
    """Yield each network, opened, with its sheets."""
    if jobs > 1:
        from ..checking.jobs import side_by_side

        for each, batch in side_by_side(work, wishes, notation, jobs):
            yield opened(each.network, wishes, notation), batch
        return
    for each in work:
        exercise = opened(each.network, wishes, notation)
        for batch in checked_files(exercise, key_of(exercise, many=False), each.files):
            yield exercise, batch


WriteFeedback = Callable[[CheckedSheet, str], None]


def feedback_writer(
    of: Class, folder: str, suffix: str, notation: Notation, settings: Settings
) -> WriteFeedback:
    """Return what writes a student's file into the folder, called by the student's word."""
    from ..checking.reports.feedback_files import FORMATS, feedback_name, feedback_of
    from ..notation.bound import bound
    from ..notation.facts import facts_of
    from ..printing.page import Page
    from ..printing.preparing import prepared
    from ..render import named
    from . import _output

    format_name = FORMATS[suffix]
    found = named(format_name)
    if found is None:
        raise AssertionError(format_name)
    Path(folder).mkdir(exist_ok=True)

    def write(checked: CheckedSheet, word: str) -> None:
        document = feedback_of(checked, of.feedback)
        graph = checked.graph or of.graph
        letters = notation if checked.graph is None else bound(notation, facts_of(graph))
        page = Page(in_out=graph.in_out, standalone=format_name == "latex", pictures=True)
        drawing = found.printer(letters, settings, page)
        content = found.finished(found.render(prepared(document, drawing), drawing, page))
        _output.emit(content, str(Path(folder) / feedback_name(word, suffix)))

    return write
