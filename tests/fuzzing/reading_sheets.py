"""What ``check`` reads, with something wrong in it: sheets, folders of them, rubrics, reports."""

from __future__ import annotations

import functools
import random
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct, structs

from backprop_cli.checking.exercise import OpenedExercise, Wishes, key_of, opened
from backprop_cli.checking.feedback.earlier_run import Comparison, read_earlier_run
from backprop_cli.checking.marking.answer_key import AnswerKey
from backprop_cli.checking.rules.rubric import read_rubric
from backprop_cli.checking.running import CheckedSheet, Overrides, check_one
from backprop_cli.checking.sheets.files import Found
from backprop_cli.checking.sheets.own_networks import paired
from backprop_cli.checking.sheets.reading import read_found, read_sheets, sheets_of
from backprop_cli.checking.sheets.sheet_tree import ReadSheet
from backprop_cli.exercises.questions import usually_asked
from backprop_cli.exercises.worksheet_files import Task, filled
from backprop_cli.problems import Refusal, Source

from .cases import PLAIN_RUBRIC, changed
from .damaging import misspelt
from .outcomes import OF_A_SHEET
from .reading import SECONDS, Reading
from .reading_files import REPORT, damaged, slightly, small
from .sheet_files import BINARY, TEXTS, as_json
from .trees import Tree, text_of, tree_of

MARKED = 0.04
"""Of how many sheets the mistakes are looked for, which may take as long as in ``check``."""
FILES = (
    *(
        "exercise-01.yaml",
        "exercise-01-ada.yaml",
        "exercise-01/bob.csv",
        "ada.feedback.md",
        "a.zip",
    ),
    *("Anna M_1234567_assignsubmission_file_/s.yaml", "mo_123_456_ada.yaml", ".hidden", "x.ipynb"),
    *(
        "submission_99/ada.txt",
        "ex_bob_attempt_2024-01-02_a.yaml",
        "exercise-01-key.yaml",
        "Thumbs.db",
    ),
    *("Teilnehmer_77_assignsubmission_onlinetext_/onlinetext.html", "A B_12345/ada", "m.xml"),
)


class Exercise(Struct, frozen=True):
    """A network whose answers are checked, with its key and its sheets."""

    opened: OpenedExercise
    key: AnswerKey
    sheets: tuple[Tree, ...]


@functools.cache
def exercise(number: int) -> Exercise | None:
    """Return one of the small networks as an exercise; None for one that is none."""
    text = small()[number]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "net.yaml")
        path.write_text(text, encoding="utf-8")
        try:
            found = opened(str(path), Wishes(every=usually_asked))
            task = Task(found.graph, found.notation, found.step)
            solved = structs.replace(task, solution=True)
            sheets = tuple(tree_of(filled(each, "yaml")) for each in (solved, solved, task))
        except Refusal:
            return None
    return Exercise(found, key_of(found, many=False), sheets)


def _number(chance: random.Random) -> int:
    """Return which network: the shorter, the more often."""
    return int(len(small()) * chance.random() ** 2)


def _exercise(chance: random.Random) -> Exercise:
    found = exercise(_number(chance))
    return _exercise(chance) if found is None else found


def sheet(name: str) -> Callable[[random.Random], Reading]:
    """Return what draws a sheet in the format of a file so called."""

    def draw(chance: random.Random) -> Reading:
        of = _exercise(chance)
        tree = chance.choice(of.sheets)
        tree = changed(tree, chance) if chance.random() < 0.6 else tree
        if name in TEXTS:
            data = TEXTS[name](tree, chance).encode("utf-8", "surrogatepass")
        else:
            data = BINARY[name](tree, chance)
        marked = chance.random() < MARKED
        seconds = OF_A_SHEET if marked else SECONDS
        files = {name: damaged(name, data, chance)}

        def read(folder: Path) -> Iterable[Refusal]:
            reads = read_found(Found(str(folder / name)), of.opened.reading)
            return _told(reads, of, of.opened.wanted if marked else None)

        return Reading(files, read, seconds)

    return draw


def _told(
    reads: list[ReadSheet], of: Exercise, wanted: Overrides | None = None
) -> Iterable[Refusal]:
    """Yield what is said of sheets, once they are marked where ``wanted`` says how."""
    for read in reads:
        checked = check_one(of.key, read, wanted) if wanted is not None else None
        unread = [a.parsed.problem for a in read.sheet.answers if a.parsed.problem is not None]
        found = checked.problems if checked is not None else (*read.sheet.problems, *unread)
        if found:
            yield Refusal(found, read.source)


def folder(chance: random.Random) -> Reading:
    """A folder of sheets and whatever else, as platforms call them."""
    of, files = _exercise(chance), {"exercise-01.yaml": chance.choice(small()).encode()}
    text = text_of(chance.choice(of.sheets)).encode()
    for name in chance.sample(FILES, 3):
        *above, last = Path(name).parts
        last = misspelt(last, chance) if chance.random() < 0.4 else last
        last = last.encode("utf-8", "replace").decode()[:60].replace("/", "").replace("\0", "")
        path = "/".join((*above, last if last.strip(".") else "a"))
        files[path] = damaged(name, text, chance)

    def read(folder: Path) -> Iterable[Refusal]:
        for pair in paired(str(folder)).networks:
            for each in pair.sheets:
                yield from _told(read_found(each, of.opened.reading), of)
        yield from _told(list(read_sheets((str(folder),), of.opened.reading)), of)

    return Reading(files, read)


def rubric(chance: random.Random) -> Reading:
    """A rubric; of some the network and one sheet that is marked by it."""
    number, marked = _number(chance), chance.random() < MARKED
    of = exercise(number) or _exercise(chance)
    text = text_of(slightly(PLAIN_RUBRIC, chance)).encode()
    files = {"r.yaml": damaged("", text, chance)}
    if marked:
        files |= {"net.yaml": small()[number].encode(), "ada.yaml": text_of(of.sheets[0]).encode()}

    def read(folder: Path) -> Iterable[Refusal]:
        path = str(folder / "r.yaml")
        if not marked:
            read_rubric(path, of.opened.reading.plain, lambda: usually_asked(of.opened.graph))
            return ()
        found = opened(str(folder / "net.yaml"), Wishes(every=usually_asked, rubric=path))
        key = key_of(found, many=False)
        for each in read_found(Found(str(folder / "ada.yaml")), found.reading):
            check_one(key, each, found.wanted)
        return ()

    return Reading(files, read, OF_A_SHEET if marked else SECONDS)


def earlier(chance: random.Random) -> Reading:
    """An earlier report, and a sheet that is compared with it."""
    text = as_json(slightly(REPORT, chance)).encode()

    def read(folder: Path) -> Iterable[Refusal]:
        found = Comparison(read_earlier_run(str(folder / "earlier.json")))
        found.add(_checked())
        found.changes("x")
        return ()

    return Reading({"earlier.json": damaged("", text, chance)}, read)


@functools.cache
def _checked() -> CheckedSheet:
    of = _exercise(random.Random(0))
    (read,) = sheets_of(Source("ada.yaml", "student: ada\nanswers: {loss: 1}"), of.opened.reading)
    return check_one(of.key, read, of.opened.wanted)
