"""What ``check`` does for one network, for a folder with one a student, and for each student."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from ..checking.exercise import OpenedExercise, Wishes, checked_sheets, opened
from ..checking.running import CheckedSheet, apart
from ..checking.sheets.reading import read_found, read_given, read_sheets
from ..checking.sheets.sheet_tree import ReadSheet
from ..exercises.questions import usually_asked
from ..problems import Source, refuse
from ._options import outside_allowed
from ._progress import progress

if TYPE_CHECKING:
    from ..checking.reports import Class
    from ..notation.bound import Notation
    from ..printing.settings import Settings
    from ..worked.document import Document


class Done(Struct, frozen=True):
    """Every sheet, marked, the files left out, and the network, of several the first."""

    exercise: OpenedExercise
    sheets: list[CheckedSheet]
    left_out: tuple[str, ...] = ()


def wishes_of(tolerances: tuple[str, ...], asked: tuple[str, ...], rubric: str | None) -> Wishes:
    """Return what the command line sets for every network."""
    return Wishes(tolerances, asked, rubric, usually_asked, outside_allowed())


def one_network(
    network: str,
    sheets: tuple[str, ...],
    answers: tuple[str, ...],
    wishes: Wishes,
    notation: str | None,
) -> Done:
    """Return the sheets of one network, marked."""
    exercise = opened(network, wishes, notation)
    given = [read_given(answers, exercise.reading)] if answers else []
    reads, left = apart([*given, *read_sheets(sheets, exercise.reading)])
    found: list[CheckedSheet] = []
    with progress("sheets", len(reads)) as tell:
        for checked in _marked(exercise, reads):
            found.append(checked)
            if tell is not None:
                tell(len(found))
    return Done(exercise, found, left)


def own_networks(
    folder: str, sheets: tuple[str, ...], wishes: Wishes, notation: str | None
) -> Done:
    """Return the sheets of a folder with a network a student, marked."""
    from ..checking.sheets.own_networks import paired

    pairs = paired(folder, sheets)
    if not pairs.networks:
        cure = "call them as their network: exercise-01-ada.yaml"
        raise refuse("no sheet answers a network here", None, cure, Source(folder, ""))
    first: OpenedExercise | None = None
    found: list[CheckedSheet] = []
    left = list(pairs.left_out)
    with progress("networks", len(pairs.networks)) as tell:
        for count, each in enumerate(pairs.networks, 1):
            exercise = opened(each.network, wishes, notation)
            first = first or exercise
            files = (read_found(sheet, exercise.reading) for sheet in each.sheets)
            reads, out = apart(read for file in files for read in file)
            left += out
            for checked in _marked(exercise, reads):
                found.append(structs.replace(checked, graph=exercise.graph))
            if tell is not None:
                tell(count)
    if first is None:
        raise AssertionError("a folder without networks was refused")
    return Done(first, found, tuple(left))


def _marked(exercise: OpenedExercise, reads: list[ReadSheet]) -> Iterable[CheckedSheet]:
    for checked in checked_sheets(exercise, reads):
        yield structs.replace(checked, subject=exercise.subject, step=exercise.step)


def write_feedback(
    of: Class, folder: str, suffix: str, notation: Notation, settings: Settings
) -> None:
    """Write a file a student into the folder."""
    from ..checking.reports.feedback_files import feedback_files
    from ..notation.bound import bound
    from ..notation.facts import facts_of
    from ..printing.page import Page
    from ..printing.preparing import prepared
    from ..render import named
    from . import _output

    def draw(document: Document, format_name: str, checked: CheckedSheet) -> str | bytes:
        found = named(format_name)
        if found is None:
            raise AssertionError(format_name)
        graph = checked.graph or of.graph
        letters = notation if checked.graph is None else bound(notation, facts_of(graph))
        page = Page(in_out=graph.in_out, standalone=format_name == "latex", pictures=True)
        drawing = found.printer(letters, settings, page)
        return found.finished(found.render(prepared(document, drawing), drawing, page))

    Path(folder).mkdir(exist_ok=True)
    for name, content in feedback_files(of.sheets, suffix, of.feedback, draw):
        _output.emit(content, str(Path(folder) / name))
