"""A class's exercises: a network a student, its key, and what else was wished, by file name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct, structs

from ..languages import ENGLISH, said
from ..notation.bound import Notation
from ..notation.options import chosen_notation
from ..printing.page import Page
from ..printing.preparing import prepared
from ..printing.settings import Settings
from ..problems import nearest, refuse, shortened
from ..render import Format, formats, named
from .generating import Exercise
from .worksheet_files import Task, document_of, filled

MOST = 500
"""Exercises of one run."""
YAML = ("yaml", "yml")
_PRINTED = ("text", "markdown", "quarto", "notebook", "latex", "html", "typst", "pdf")


class Beside(Struct, frozen=True):
    """What stands beside each network and its key: worksheets and solutions, by format's name.

    Their words are of the ``language``, and with ``comma`` their numbers 0,5.
    """

    worksheets: str = ""
    solutions: str = ""
    digits: int = 4
    language: str = ENGLISH
    comma: bool = False


def beside(
    worksheets: str | None,
    solutions: str | None,
    digits: int | None,
    language: str,
    *,
    comma: bool = False,
) -> Beside:
    """Return what was wished; raise Refusal for a word that names no format to print."""
    for option, asked in (("--language", language != ENGLISH), ("--decimal-comma", comma)):
        if asked and worksheets is None and solutions is None:
            message = f"{option} is that of worksheets and solutions"
            raise refuse(message, None, "add --worksheets FORMAT, or --solutions FORMAT")
    return Beside(
        _format_name("--worksheets", worksheets),
        _format_name("--solutions", solutions),
        digits or 4,
        language,
        comma,
    )


def files_of(made: Iterable[Exercise], count: int, wished: Beside) -> dict[str, str | bytes]:
    """Return every file's text by its name: ``exercise-01.yaml``, ``exercise-01-key.yaml``, ….

    The key is an answer sheet that ``check`` finds all right.
    """
    width = max(2, len(str(count)))
    files: dict[str, str | bytes] = {}
    for each in made:
        stem = f"exercise-{each.number:0{width}d}"
        # Its name is this program's own, so on paper it is in the language of the words.
        graph = structs.replace(each.graph, name=said(each.graph.name, wished.language))
        letters = chosen_notation(None, each.notation, graph)
        files[f"{stem}.yaml"] = each.text
        blank = Task(graph, letters, digits=wished.digits, language=wished.language)
        key = structs.replace(blank, solution=True)
        files[f"{stem}-key.yaml"] = filled(key, "yaml")
        for what, task, name in (
            ("worksheet", blank, wished.worksheets),
            ("solution", key, wished.solutions),
        ):
            if name in YAML:
                files[f"{stem}-{what}.yaml"] = filled(task, "yaml")
            elif (found := named(name)) is not None:
                drawn = _drawn(task, letters, found, comma=wished.comma)
                files[f"{stem}-{what}.{found.suffixes[0]}"] = drawn
    return files


def check_folder(folder: str, files: Mapping[str, str | bytes], *, force: bool) -> None:
    """Refuse a folder that is none, or in which a file would be replaced by another."""
    path = Path(folder)
    if path.exists() and not path.is_dir():
        cure = "name a folder: -o exercises"
        raise refuse(f"-o {folder}: not a folder, and there are several files", None, cure)
    if not path.parent.is_dir():
        raise refuse(f"-o {folder}: there is no folder '{path.parent}'", None, "create it first")
    for name, text in files.items():
        if not force and _differs(path / name, text):
            cure = "choose another folder, or add --force"
            raise refuse(f"-o {folder}: {name} exists already, and is another", None, cure)


def _differs(path: Path, text: str | bytes) -> bool:
    """Return whether something else stands there already."""
    if not path.exists():
        return False
    try:
        new = text if isinstance(text, bytes) else text.encode()
        return not path.is_file() or path.read_bytes() != new
    except OSError:
        return True


def _drawn(task: Task, letters: Notation, found: Format, *, comma: bool) -> str | bytes:
    """Return a worksheet or a solution in one of the formats, LaTeX as a whole document."""
    sheet = document_of(task)
    page = Page(in_out=task.graph.in_out, standalone=True, pictures=True)
    settings = Settings(task.digits, comma=comma, language=task.language)
    printer = found.printer(letters, settings, page)
    return found.finished(found.render(prepared(sheet, printer), printer, page))


def _format_name(option: str, word: str | None) -> str:
    """Return the format that a word names, ``""`` for none."""
    if word is None:
        return ""
    plain = word.lstrip(".").lower()
    if plain in YAML:
        return YAML[0]
    found = named(plain) if plain.isidentifier() else None
    if found is None or found.name not in _PRINTED:
        suffixes = [s for e in formats().values() if e.name in _PRINTED for s in e.suffixes]
        cure = nearest(plain, (*_PRINTED, *suffixes, *YAML))
        raise refuse(f"{option}: there is no format '{shortened(word)}' to print", None, cure)
    return found.name
