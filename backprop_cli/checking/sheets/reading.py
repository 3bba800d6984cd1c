"""Sheets: a file, a folder or the command line → Sheet, every answer as it was written.

A sheet comes from a stranger. Whatever is wrong with one ends in its ``problems``, never in an
exception, so that it does not stop the others.
"""

from __future__ import annotations

import re
from collections import abc
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import structs

from ...expression.refs import Ref
from ...graph.records import Graph
from ...problems import Place, Problem, Refusal, Report, Source, refuse, shortened
from ...spec.nodes import DEEPEST, TOO_DEEP, Mapping, Scalar, YamlNode, compose
from ...spec.reading import is_empty, kind
from ..records import Aspect, ParsedAnswer, Sheet
from .answers import answer_of, entries_of
from .evaluating import SECONDS_A_SHEET, OutOfTime, within
from .files import BINARY, SUFFIXES, Found, read_binary, read_source, sheet_files
from .from_notes import SUFFIXES as NOTES
from .from_notes import compose_notes
from .handing_in import (
    Handed,
    handed_in,
    has_answers,
    is_online_text,
    no_sheet,
    stem_and_suffix,
)
from .lenient import Lost, compose_leniently
from .sheet_tree import (
    KEYS,
    LONGEST_STUDENT,
    NO_ANSWERS,
    Reading,
    ReadSheet,
    fitting,
    has_turned,
    is_name,
    sheet_of,
    stem,
)

_FROM_PYTHON = "<mapping>"
_NO_SLIP = re.compile("nested too deep|too many|alias|inside itself|the tag|second document")
"""What no slip of the pen makes: such a sheet is refused whole."""
_CURES = {
    "keep one network in a file": "keep one sheet in a file",
    "'backprop new' shows examples": NO_ANSWERS,
    "keep large weights in a file beside it: {file: weights.npz, key: W1}": "",
    "keep large weights in a .npz file": "",
}
"""What helps with a sheet where another thing would help with a network."""


NO_LINES = "write a line for each: 'z1 = (0.3775, 0.3925)', 'loss: 0.298'"
_TABLE = "save it as .xlsx or .csv"
_TYPED = "type the answers into text (.txt), a line for each: z1 = (0.3775, 0.3925)"
CURES = {
    **dict.fromkeys((".pdf", ".doc", ".docx", ".odt", ".rtf", ".pages"), _TYPED),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".heic", ".gif", ".webp"), _TYPED),
    ".zip": "unpack it, and name the folder",
    ".ipynb": "save its arrays with np.savez('answers.npz', dW1=dW1, …)",
    ".ods": _TABLE,
    ".xls": _TABLE,
    ".numbers": _TABLE,
}
"""What to do with a file that is no sheet, by its kind, also where it is named itself."""


def read_sheets(paths: tuple[str, ...], reading: Reading) -> Iterator[ReadSheet]:
    """Yield the sheets of the files and folders; a CSV file may hold several students'.

    Raises Refusal for a folder that holds none.
    """
    for found in sheet_files(paths):
        yield from read_found(found, reading)


def read_found(found: Found, reading: Reading) -> list[ReadSheet]:
    """Return the sheets of one file; one that was handed in as a link is not read.

    In a folder a report or a network is left out, and a file of another kind is a broken sheet.
    """
    path = found.path
    if found.why:
        return [ReadSheet(Sheet("", path, ()), left_out=found.why)]
    if found.foreign or stem_and_suffix(path)[1].lower() in CURES:
        return [_handed(_broken(path, _foreign(path)), found)]
    try:
        with within(SECONDS_A_SHEET):
            if path.lower().endswith(BINARY):
                reads = _of_bytes(path, read_binary(path, linked=found.linked), reading)
                return [_handed(read, found) for read in reads] if len(reads) == 1 else reads
            source = read_source(path, linked=found.linked)
            what = no_sheet(source)
            if what and found.folder:
                return [ReadSheet(Sheet("", path, ()), left_out=what)]
            if what:
                return [_broken(path, _misplaced(what, source))]
            reads = sheets_of(source, reading)
            return [_handed(read, found) for read in reads] if len(reads) == 1 else reads
    except Refusal as refusal:
        what = no_sheet(refusal.source) if found.folder and refusal.source is not None else ""
        if what:
            return [ReadSheet(Sheet("", path, ()), left_out=what)]
        return [_handed(_broken(path, refusal), found)]
    except OutOfTime:
        said = f"reading it takes longer than {SECONDS_A_SHEET:g} seconds"
        return [ReadSheet(Sheet(stem(path), path, (), problems=(Problem(said),)))]


def _of_bytes(path: str, data: bytes, reading: Reading) -> list[ReadSheet]:
    """Return the sheets of a spreadsheet, or of a file of arrays."""
    if path.lower().endswith(".xlsx"):
        from .from_csv import compose_tables
        from .from_xlsx import xlsx_rows

        source = Source(path, "")
        trees = compose_tables(xlsx_rows(data, path), source)
        return [sheet_of(tree, source, reading) for tree in trees]
    from .from_arrays import read_arrays

    return [_of_arrays(read_arrays(data, path), path, reading)]


def _of_arrays(arrays: dict[str, Any], path: str, reading: Reading) -> ReadSheet:
    """Return the sheet of a program's arrays."""
    from .from_arrays import PARAMETERS, answers_of, are_given, turned_throughout

    first, *other = reading.orders(reading.plain)
    rows = not other and turned_throughout(arrays, reading.plain, first, reading.mapping)
    if rows:
        first = structs.replace(first, as_drawn=True, known={})
    found = answers_of(arrays, reading.plain, first, reading.mapping)
    if bool(other) and has_turned(found[0], first):
        rows = True
        filed = answers_of(arrays, reading.plain, other[0], reading.mapping)
        fit = [fitting(each[0], first, reading.truth) for each in (found, filed)]
        rows = fit[0] >= fit[1]
        found = found if rows else filed
    answers, problems, lost = found
    if are_given(answers, reading.graph, reading.truth):
        answers, problems, lost = [], [PARAMETERS], len(answers)
    sheet = Sheet(
        stem(path), path, tuple(answers), problems=tuple(problems), lost=lost, row_vectors=rows
    )
    return ReadSheet(sheet, Source(path, ""))


def _foreign(path: str) -> Refusal:
    _, suffix = stem_and_suffix(path)
    what = f"a {suffix} file is not read" if suffix else "a file without a suffix is not read"
    cure = CURES.get(suffix.lower(), f"sheets end in {', '.join(SUFFIXES)}")
    return refuse(what, None, cure, Source(shortened(path, 200), ""))


def _misplaced(what: str, source: Source) -> Refusal:
    """Return what is wrong with a file that was named as a sheet, and where it belongs."""
    cure = {
        "a network": f"the network first: 'backprop worksheet {source.name} -o sheet.yaml' makes a"
        " sheet to fill in",
        "a rubric": f"give it with --rules {source.name}",
    }.get(what, "name what was handed in")
    return refuse(f"{what}, where a sheet of answers is expected", Place(1, 1), cure, source)


def _handed(read: ReadSheet, found: Found) -> ReadSheet:
    """Return the sheet with who handed it in, where it does not say so itself."""
    who = handed_in(found.path, found.folder, found.alone)
    if found.who and (who is None or not who.identifier):
        who = Handed(found.who)
    if who is None:
        return read
    own = read.sheet.student
    sheet = structs.replace(read.sheet, identifier=who.identifier, returns=who.returns)
    if own == stem(found.path):
        sheet = structs.replace(sheet, student=who.student)
    elif who.identifier and " " in who.student and own != who.student:
        # The mark goes to whom the platform knows by name; what a sheet says is somebody's word.
        sheet = structs.replace(sheet, student=who.student, calls_itself=own)
    return structs.replace(read, sheet=sheet)


def sheets_of(source: Source, reading: Reading) -> list[ReadSheet]:
    """Return the sheets of a text, by its name's suffix: JSON, CSV, or else YAML."""
    suffix = stem_and_suffix(source.name)[1].lower()
    try:
        if suffix == ".csv":
            return _of_csv(source, reading)
        if suffix == ".json":
            return [_of_json(source, reading)]
        online = is_online_text(source.name)
        if online:
            from .from_html import text_of

            source = Source(source.name, text_of(source.text))
        if online or (suffix in NOTES and not has_answers(source)):
            tree = compose_notes(source, lambda name: is_name(name, reading))
            if tree is None:
                raise refuse("no line of it is an answer", Place(1, 1), NO_LINES, source)
            return [sheet_of(tree, source, reading)]
        twice = Report(source)
        node = _composed(source, twice)
        below = node.get("answers") if isinstance(node, Mapping) else node
        if isinstance(below, Scalar) and not is_empty(below):
            node = _of_text(below, source, reading)
        return [_with(sheet_of(node, source, reading), twice.problems)]
    except Refusal as refusal:
        saved = (
            None
            if suffix in NOTES or is_online_text(source.name)
            else _saved(source, refusal, reading)
        )
        return [saved or _broken(source.name, refusal)]


def _of_csv(source: Source, reading: Reading) -> list[ReadSheet]:
    """Return the sheets of rows; rows of numbers alone are one array, called as the file is."""
    from .from_csv import compose_csv, numbers_of

    array = None
    if rows := numbers_of(source):
        from .from_arrays import numbers_in

        array = numbers_in(rows)
    if array is None:
        return [sheet_of(tree, source, reading) for tree in compose_csv(source)]
    read = _of_arrays({stem(source.name): array}, source.name, reading)
    said = [structs.replace(p, place=Place(1, 1)) for p in read.sheet.problems]
    return [ReadSheet(structs.replace(read.sheet, problems=tuple(said)), source)]


def read_given(answers: tuple[str, ...], reading: Reading) -> ReadSheet:
    """Return the sheet of ``--answer NAME=VALUE`` options; raise Refusal where one is no such."""
    pairs: list[tuple[Scalar, YamlNode]] = []
    lines = []
    for number, text in enumerate(answers, 1):
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            cure = "write --answer dW1[1,2]=0.106"
            raise Refusal([Problem(f"--answer {shortened(text)}: no 'NAME=VALUE'", None, cure)])
        lines.append(text)
        place = Place(number, len(name) + 2, max(1, len(value)))
        pairs.append((Scalar(name.strip(), Place(number, 1, len(name))), Scalar(value, place)))
    source = Source("--answer", "\n".join(lines))
    place = Place(1, 1)
    tree = Mapping(((Scalar("answers", place), Mapping(tuple(pairs), place)),), place)
    read = sheet_of(tree, source, reading)
    if read.sheet.problems:
        raise Refusal(read.sheet.problems, source)
    return structs.replace(read, sheet=structs.replace(read.sheet, student="", file=""))


def read_mapping(answers: abc.Mapping[str, Any], reading: Reading) -> ReadSheet:
    """Return the sheet of a mapping from Python: answers by name, or all keys of a sheet."""
    whole = answers if "answers" in answers else {"answers": answers}
    try:
        source = _as_json(whole)
        read = _of_json(source, reading)
    except Refusal as refusal:
        read = _broken(_FROM_PYTHON, refusal)
    named = "student" in whole
    sheet = structs.replace(read.sheet, student=read.sheet.student if named else "", file="")
    return structs.replace(read, sheet=sheet)


def _arrays_in(tree: YamlNode, reading: Reading) -> dict[str, Any] | None:
    """Return a program's arrays; below ``answers`` where some are called as only programs do."""
    from .from_arrays import dumped

    below = tree.get("answers") if isinstance(tree, Mapping) else None
    if not isinstance(tree, Mapping) or not isinstance(below, Mapping):
        return dumped(tree, KEYS)
    if any(key.text not in ("answers", "student") for key, _ in tree.pairs):
        return None
    plain = all(is_name(key.text, reading) for key, _ in below.pairs)
    if plain or all(isinstance(value, Scalar) for _, value in below.pairs):
        return None
    return dumped(below)


def _of_json(source: Source, reading: Reading) -> ReadSheet:
    """Return the sheet of a JSON text: answers as people write them, or a program's arrays."""
    from .from_json import compose_json

    tree = compose_json(source)
    arrays = _arrays_in(tree, reading)
    if arrays is None:
        return sheet_of(tree, source, reading)
    read = _of_arrays(arrays, source.name, reading)
    student = tree.get("student") if isinstance(tree, Mapping) else None
    if not isinstance(student, Scalar) or not student.text.strip():
        return read
    named = shortened(student.text.strip(), LONGEST_STUDENT)
    return structs.replace(read, sheet=structs.replace(read.sheet, student=named))


def _as_json(whole: abc.Mapping[str, Any]) -> Source:
    """Return the mapping as a JSON file has it; refuse a list that stands in itself."""
    import json

    try:
        text = json.dumps(whole, default=_as_list, ensure_ascii=False, indent=2)
    except (RecursionError, ValueError):
        raise refuse(TOO_DEEP, None, f"at most {DEEPEST} levels") from None
    return Source(_FROM_PYTHON, text)


def _as_list(value: Any) -> Any:
    """Return an array or a number of numpy's as JSON has it; anything else as its text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def with_blanks(sheet: Sheet, refs: list[tuple[Ref, Aspect]], graph: Graph) -> Sheet:
    """Return the sheet with each entry of what is asked; those it does not answer are blank."""
    answered = {(answer.ref, answer.aspect) for answer in sheet.answers}
    blank = tuple(
        answer_of(entry, aspect, ParsedAnswer(""), graph)
        for ref, aspect in refs
        for entry in entries_of(ref, graph)
        if (entry, aspect) not in answered and not graph.is_past_end(entry)
    )
    return structs.replace(sheet, answers=sheet.answers + blank)


def _with(read: ReadSheet, problems: Iterable[Problem]) -> ReadSheet:
    """Return the sheet with more that is wrong with it, each place once."""
    said = {problem.place for problem in read.sheet.problems}
    more = (problem for problem in problems if problem.place not in said)
    sheet = structs.replace(read.sheet, problems=(*more, *read.sheet.problems))
    return structs.replace(read, sheet=sheet)


def _composed(source: Source, twice: Report) -> YamlNode:
    if not re.search(r"^[^\S\n]*[^#\s]", source.text, re.MULTILINE):
        raise Refusal([Problem("nothing but comments", Place(1, 1), NO_ANSWERS)], source)
    return compose(source, twice)


def _of_text(text: Scalar, source: Source, reading: Reading) -> YamlNode:
    """Return the tree of answers that are one text to YAML: no colon makes a mapping of z1 = 1.

    Where each line is an answer they are read as notes are; else a Refusal has it told line by
    line.
    """
    tree = compose_notes(source, lambda name: is_name(name, reading))
    below = None if tree is None else tree.get("answers")
    lines = [line for line in source.lines() if line.strip() and line.lstrip()[0] != "#"]
    heads = sum(re.match(r"\s*(answers|student|name|id)\s*:", line) is not None for line in lines)
    if tree is not None and isinstance(below, Mapping) and len(below.pairs) + heads == len(lines):
        return tree
    said = f"a mapping is expected, not {kind(text)}"
    raise Refusal([Problem(said, text.place, NO_LINES if heads else NO_ANSWERS)], source)


def _saved(source: Source, refusal: Refusal, reading: Reading) -> ReadSheet | None:
    """Return what can be read of YAML with a slip in it; None where that is nothing."""
    said = refusal.problems[0].message
    if stem_and_suffix(source.name)[1].lower() in (".csv", ".json") or _NO_SLIP.search(said):
        return None
    lost = Lost({}, [])
    tree = compose_leniently(source, lost)
    if tree is None:
        return None
    cured = Lost(
        dict(zip(lost.why, _cured(lost.why.values()), strict=True)), list(_cured(lost.nameless))
    )
    read = sheet_of(tree, source, reading, cured)
    if not (lost.why or lost.nameless):
        read = _with(read, (_beside(each, tree) for each in _cured(refusal.problems)))
    return read if read.sheet.answers else None


def _beside(problem: Problem, tree: Mapping) -> Problem:
    """Return what is wrong with a line's margin with the cure that keeps it among the answers."""
    below = tree.get("answers")
    others = [key.place for key, _ in below.pairs] if isinstance(below, Mapping) else []
    others = [each for each in others if problem.place and each.line != problem.place.line]
    if not others or "indented" not in problem.message:
        return problem
    cure = f"begin it in column {others[0].column}, as line {others[0].line} does"
    return structs.replace(problem, cure=cure)


def _cured(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield problems of YAML with the cure that helps with a sheet."""
    for problem in problems:
        yield structs.replace(problem, cure=_CURES.get(problem.cure, problem.cure))


def _broken(path: str, refusal: Refusal) -> ReadSheet:
    """Return the row of a sheet that cannot be read."""
    problems = tuple(_cured(refusal.problems))
    return ReadSheet(Sheet(stem(path), path, (), problems=problems), refusal.source)
