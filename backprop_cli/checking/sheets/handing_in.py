"""Files as they are handed in: whose they are, by the platform's names, and what is no sheet."""

from __future__ import annotations

import os
import re
from pathlib import PurePath

from msgspec import Struct

from ...problems import Source

FEEDBACK = ".feedback"
"""What stands before the suffix of a feedback file, which is never read as a sheet."""
REPORT = "a report"
LONGEST = 80
_MOODLE = re.compile(r"(?P<who>.+)_(?P<id>\d+)_(?P<plugin>assignsubmission_(?:file|onlinetext))_?")
_MOODLE_FILE = re.compile(rf"{_MOODLE.pattern}(?P<rest>.*)")
"""The same where no folders were asked for."""
_NUMBERED = re.compile(r"(?P<who>[^\W\d_].*)_(?P<id>\d{4,})")
"""``Anna Muster_1234567``, as Moodle calls a folder, or one that was renamed."""
_NAMELESS = ("participant", "teilnehmer", "teilnehmerin", "teilnehmer_in", "teilnehmer in")
"""What stands for a name where students are anonymous: with the number it tells them apart."""
_CANVAS = re.compile(r"(?P<who>[^\W_]+)(?:_LATE)?_(?P<id>\d+)_\d+_.+")
_BLACKBOARD = re.compile(r".+_(?P<who>[^_]+)_attempt_\d{4}(?:-\d+)+(?:_.*)?")
_GRADESCOPE = re.compile(r"submission_(?P<id>\d+)")
_SYSTEM = ("Thumbs.db", "desktop.ini", "__MACOSX")
_GRADEBOOKS = (
    "student,file,quantity,entry,submitted,expected",
    "student;file;quantity;entry;submitted;expected",
    "student,file,score,max_score",
    "student;file;score;max_score",
    "Identifier,Full name,",
    "ID,Vollst\u00e4ndiger Name,",
    "Student,ID,SIS User ID,",
)
_NETWORK = re.compile(r"^(layers|graph|variables)[ \t]*:", re.MULTILINE)
_RUBRIC = re.compile(
    r"^(marks|ask|partial_credit|sheet_rules|conventions|late|evidence|tolerances)[ \t]*:",
    re.MULTILINE,
)
_ANSWERS = re.compile(r"^answers[ \t]*:", re.MULTILINE)


class Handed(Struct, frozen=True):
    """Who handed a file in: a name, and the number that the platform has for him.

    ``returns`` begins the name by which the platform takes a file for him back.
    """

    student: str
    identifier: str = ""
    returns: str = ""


def handed_in(path: str, folder: str, alone: bool) -> Handed | None:
    """Return who handed a file in, as a learning platform names folders and files.

    In a folder of its own (``alone``) it is that folder's name; None where only the file's own
    name says anything.
    """
    flat = os.path.dirname(path) == folder.rstrip(os.sep)
    inner = PurePath(path).relative_to(folder).parts[:-1] if folder and not flat else ()
    stem = stem_and_suffix(path)[0]
    for part in reversed(inner):
        for pattern in (_MOODLE, _GRADESCOPE, _NUMBERED):
            match = pattern.fullmatch(part)
            if match is not None:
                return _handed(match, stem)
    for pattern in (_MOODLE_FILE, _CANVAS, _BLACKBOARD):
        match = pattern.fullmatch(stem)
        if match is not None:
            return _handed(match, stem if pattern is _CANVAS else match.groupdict().get("rest"))
    return Handed(inner[0][:LONGEST]) if inner and alone else None


def stem_and_suffix(path: str) -> tuple[str, str]:
    """Return a file's name in two: ``s1``, ``.yaml``; where a dot is first or last, no suffix."""
    name = os.path.basename(path)
    dot = name.rfind(".")
    return (name[:dot], name[dot:]) if 0 < dot < len(name) - 1 else (name, "")


def _handed(match: re.Match[str], own: str | None) -> Handed:
    """Return who it is; ``own`` is what a file is called that is his.

    Moodle finds the number behind the first underscore, Canvas in the name that it gave.
    """
    named = match.groupdict()
    number = named.get("id") or ""
    who = (named.get("who") or number).strip()
    name = re.sub(r"[^\w.-]+|_", "-", who)[:LONGEST]
    returns = f"{name}_{number}" if number and name != number else ""
    if "plugin" in named:
        returns += f"_{named['plugin']}_{own or 'answers'}"
    elif match.re is _CANVAS:
        returns = own or ""
    who = f"{who} {number}" if who.lower() in _NAMELESS else who
    return Handed(who[:LONGEST], number, returns)


def is_online_text(path: str) -> bool:
    """Return whether a file is what Moodle saves of its own field: ``onlinetext.html``."""
    return re.search(r"onlinetext[^/\\]*\.html?$", path.lower()) is not None


def of_the_system(name: str) -> str:
    """Return why a file or folder is left out unread, or nothing."""
    if name in _SYSTEM or name.startswith("~$"):
        return "the system's own"
    if name.startswith("."):
        return "hidden"
    if name.lower().endswith(".xml"):
        return REPORT
    if FEEDBACK in PurePath(name).suffixes[-2:-1]:
        return "feedback"
    return ""


def has_answers(source: Source) -> bool:
    """Return whether a text says ``answers:``, as a sheet in YAML does."""
    return _ANSWERS.search(source.text) is not None


def kind_of(source: Source) -> str:
    """Return what a text is that is plainly a network or a sheet, or nothing."""
    if has_answers(source):
        return "a sheet of answers"
    return "a network" if _NETWORK.search(source.text) else ""


def no_sheet(source: Source) -> str:
    """Return what a text in a folder of sheets is, where it is plainly none, or nothing."""
    suffix, text = stem_and_suffix(source.name)[1].lower(), source.text
    if suffix == ".csv":
        return REPORT if text.lstrip("\ufeff").startswith(_GRADEBOOKS) else ""
    if suffix == ".json":
        head = text[:4000]
        ours = re.match(r'\s*\{\s*"format"\s*:\s*"backprop-', head)
        gradescope = '"tests"' in head and '"visibility"' in head and '"answers"' not in head
        return REPORT if ours or gradescope else ""
    if _ANSWERS.search(text):
        return ""
    if _NETWORK.search(text):
        return "a network"
    return "a rubric" if _RUBRIC.search(text) else ""
