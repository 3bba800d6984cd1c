"""Reports for gradebooks and other programs: a file a format."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from ...graph.records import Graph
from ...languages import ENGLISH
from ...printing.numbers import with_comma
from ...problems import refuse
from ..feedback.sheet_document import Feedback, joined, problem_sentence, remark_on
from ..records import Judged
from ..rules.sentences import number
from ..running import CheckedSheet

SUFFIXES = (".csv", ".json", ".xml")
GRADESCOPE = "results.json"
MOODLE, CANVAS = "moodle.csv", "canvas.csv"
LONGEST_RETURNED = 120


class Class(Struct, frozen=True):
    """What a report is of: the network, how much students are told, and in which language.

    ``title`` is the network's name, or that of the folder with a network a student. What programs
    read stays English; tables have 0,5 for 0.5 with ``comma``, and then ``;`` between cells.
    """

    graph: Graph
    feedback: Feedback = "hint"
    language: str = ENGLISH
    title: str = ""
    comma: bool = False

    def figure(self, value: float) -> str:
        """Return a mark as a table has it."""
        return self.figures(number(value))

    def figures(self, text: str) -> str:
        """Return what is said with its numbers as a table has them."""
        return with_comma(text) if self.comma else text

    @property
    def problem_sha256(self) -> str:
        """The fingerprint of the network file, so that marks can be told to be of this problem."""
        import hashlib

        text = self.graph.source.text if self.graph.source is not None else ""
        return hashlib.sha256(text.encode()).hexdigest()


class Totals(Struct, frozen=True):
    """What is known once every sheet has gone by; ``left_out`` are files that are no sheets."""

    most_marks: float = 0.0
    verdicts: dict[str, int] = {}
    problems: int = 0
    left_out: tuple[str, ...] = ()


def _nothing(totals: Totals) -> str:
    return ""


class ReportFile(Struct, frozen=True):
    """A file that is written sheet by sheet: ``piece`` of each, with how many were before it.

    ``head`` and ``foot`` stand around them. With ``apart`` each student's piece is a file of its
    own, called so by the student's word, where there are several.
    """

    name: str
    piece: Callable[[CheckedSheet, int], str]
    head: Callable[[Totals], str] = _nothing
    foot: Callable[[Totals], str] = _nothing
    apart: Callable[[str], str] | None = None


def check_report(path: str) -> None:
    """Refuse a report that cannot be written, before anything is computed for it."""
    place = Path(path)
    if place.suffix.lower() not in SUFFIXES:
        cure = f"use {', '.join(SUFFIXES)}; {GRADESCOPE} is for Gradescope, {MOODLE} and {CANVAS}"
        raise refuse(f"--report {path}: its suffix says no format", None, cure)
    if place.is_dir() or (place.exists() and not place.is_file()):
        raise refuse(f"--report {path}: not a regular file", None, "name a file")
    if not place.parent.is_dir():
        raise refuse(f"--report {path}: there is no folder '{place.parent}'", None, "create it")


def report_files(path: str, of: Class) -> list[ReportFile]:
    """Return the files of a report, by its name: CSV, JSON, Gradescope's or JUnit XML."""
    return _writer(path)(path, of)


def platform_of(path: str) -> str:
    """Return the learning platform that a report is for by its name: ``sheet3.moodle.csv``."""
    place = Path(path)
    words = re.split(r"[^a-z0-9]+", place.stem.lower()) if place.suffix.lower() == ".csv" else ()
    return next((name for name in (MOODLE, CANVAS) if name[: -len(".csv")] in words), "")


def no_identifiers(unknown: int, count: int) -> str:
    """Return what is missing for Moodle to know whose a mark is, and where it is from."""
    rows = "no row has" if unknown == count else f"{unknown} of {count} rows have not"
    cure = "check the folder that 'Download all submissions' makes, NAME_NUMBER_assignsubmission_…"
    return f"{rows} the identifier by which Moodle knows a student: {cure}"


def _writer(path: str) -> Callable[[str, Class], list[ReportFile]]:
    suffix = Path(path).suffix.lower()
    platform = platform_of(path)
    if platform:
        from .gradebooks import canvas_files, moodle_files

        return moodle_files if platform == MOODLE else canvas_files
    if suffix == ".csv":
        from .csv_rows import csv_files

        return csv_files
    if suffix == ".xml":
        from .junit import junit_files

        return junit_files
    if Path(path).name == GRADESCOPE:
        from .gradescope import gradescope_files

        return gradescope_files
    from .json_object import json_files

    return json_files


def told(each: Judged, feedback: Feedback) -> str:
    """Return what a student is told of an answer."""
    if feedback == "none":
        return ""
    if each.answer.parsed.problem is not None:
        return problem_sentence(each)
    sentence = (each.full or each.message) if feedback == "full" else each.message
    return joined(sentence, remark_on(each))


def beside(path: str, addition: str) -> str:
    """Return the name of a file beside ``path``: ``marks.csv`` gives ``marks-summary.csv``."""
    place = Path(path)
    return str(place.with_name(f"{place.stem}-{addition}{place.suffix}"))


def file_word(text: str, longest: int = 50) -> str:
    """Return a student's id as part of a file name: letters, digits, ``.``, ``_`` and ``-``.

    Letters of any script: ``Çağ Öz`` becomes ``Çağ_Öz``. ``../../x`` becomes ``x``: no separators,
    nothing hidden, not too long.
    """
    word = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", text))[:longest].strip("._-")
    return word or "student"


class FileWords:
    """Each student's word in file names, numbered where several students have one."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def of(self, checked: CheckedSheet) -> str:
        """Return the word of one more sheet."""
        sheet = checked.marked.sheet
        word = plain = file_word(sheet.returns or sheet.student, LONGEST_RETURNED)
        count = 1
        while word.lower() in self.taken:
            count += 1
            word = f"{plain}-{count}"
        self.taken.add(word.lower())
        return word
