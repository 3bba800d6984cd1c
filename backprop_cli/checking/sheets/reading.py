"""Sheets: a file, a folder or the command line → Sheet, every answer as it was written.

A sheet comes from a stranger. Whatever is wrong with one ends in its ``problems``, never in an
exception, so that it does not stop the others.
"""

from __future__ import annotations

import re
from collections import abc
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from ...expression.refs import Ref
from ...graph.names import UnknownName
from ...graph.records import Graph
from ...graph.resolving import resolve
from ...notation import profile, profile_names
from ...notation.bound import Notation, bound
from ...notation.facts import facts_of
from ...problems import Place, Problem, Refusal, Report, Source, nearest, refuse, shortened
from ...spec.nodes import DEEPEST, TOO_DEEP, Mapping, Scalar, YamlNode, compose
from ...spec.reading import TEXT, Key, Reader, is_empty, kind, read_keys, word
from ..next_step import NextStep
from ..records import Aspect, ParsedAnswer, Rules, Sheet
from ..rules.keys import DIGITS, SHEET_RULES
from .answers import AskedNetwork, answer_of, entries_of, read_answers
from .evaluating import SECONDS_A_SHEET, OutOfTime, ValueOf, order_of, with_values, within
from .files import BINARY, SUFFIXES, Found, read_binary, read_source, sheet_files
from .handing_in import handed_in, no_sheet
from .lenient import compose_leniently
from .names import PlainNames, SheetNames

LONGEST_STUDENT = 80
_FROM_PYTHON = "<mapping>"
_NO_ANSWERS = "write 'answers:' and below it 'z1: …', 'a1: …'"
_NO_SLIP = re.compile("nested too deep|too many|alias|inside itself|the tag|second document")
"""What no slip of the pen makes: such a sheet is refused whole."""
_CURES = {
    "keep one network in a file": "keep one sheet in a file",
    "'backprop new' shows examples": _NO_ANSWERS,
    "keep large weights in a file beside it: {file: weights.npz, key: W1}": "",
    "keep large weights in a .npz file": "",
}
"""What helps with a sheet where another thing would help with a network."""


class ReadSheet(Struct, frozen=True):
    """A sheet, and the file it was read from, for showing where something is wrong.

    ``left_out`` says of a file that it is no sheet, and what it is.
    """

    sheet: Sheet
    source: Source | None = None
    left_out: str = ""


class Reading:
    """What is shared by all sheets of one network: its names, its order, its true numbers.

    ``notation`` is what ``names: notation`` means where the sheet does not say; ``mapping`` is what
    whoever marks says that a program's names mean.
    """

    def __init__(
        self,
        graph: Graph,
        truth: ValueOf,
        *,
        step: NextStep | None = None,
        notation: Notation | None = None,
        given: frozenset[float] = frozenset(),
    ) -> None:
        self.graph, self.truth = graph, truth
        self.asked = AskedNetwork(graph, order_of(graph), step, given, {})
        self.notation = notation
        self.tables: dict[str | None, SheetNames] = {}
        self.mapping: abc.Mapping[str, str] = {}
        self.plain = PlainNames(graph, lambda: self.names(None))

    def takes(self, step: NextStep | None) -> None:
        """Ask also for what one step makes of the parameters."""
        self.asked = structs.replace(self.asked, step=step)

    def names(self, notation: str | None) -> SheetNames:
        """Return the names of a notation, drawn once for all sheets."""
        if notation not in self.tables:
            from .notation_names import NotationNames

            letters = self.notation
            if notation is not None or letters is None:
                letters = bound(profile(notation or "standard"), facts_of(self.graph))
            self.tables[notation] = NotationNames(self.graph, letters)
        return self.tables[notation]


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
    if found.foreign:
        return [_handed(_broken(path, _foreign(path)), found)]
    try:
        with within(SECONDS_A_SHEET):
            if path.lower().endswith(BINARY):
                reads = _of_bytes(path, read_binary(path, linked=found.linked), reading)
                return [_handed(read, found) for read in reads] if len(reads) == 1 else reads
            source = read_source(path, linked=found.linked)
            what = no_sheet(source) if found.folder else ""
            if what:
                return [ReadSheet(Sheet("", path, ()), left_out=what)]
            reads = sheets_of(source, reading)
            return [_handed(read, found) for read in reads] if len(reads) == 1 else reads
    except Refusal as refusal:
        return [_handed(_broken(path, refusal), found)]
    except OutOfTime:
        said = f"reading it takes longer than {SECONDS_A_SHEET:g} seconds"
        return [ReadSheet(Sheet(_stem(path), path, (), problems=(Problem(said),)))]


def _of_bytes(path: str, data: bytes, reading: Reading) -> list[ReadSheet]:
    """Return the sheets of a spreadsheet, or of a file of arrays."""
    if path.lower().endswith(".xlsx"):
        from .from_csv import compose_rows
        from .from_xlsx import xlsx_rows

        source = Source(path, "")
        trees = compose_rows(xlsx_rows(data, path), source)
        return [_sheet(tree, source, reading) for tree in trees]
    from .from_arrays import read_arrays

    return [_of_arrays(read_arrays(data, path), path, reading)]


def _of_arrays(arrays: dict[str, Any], path: str, reading: Reading) -> ReadSheet:
    """Return the sheet of a program's arrays."""
    from .from_arrays import answers_of

    answers, problems = answers_of(arrays, reading.plain, reading.asked, reading.mapping)
    return ReadSheet(Sheet(_stem(path), path, tuple(answers), problems=tuple(problems)))


def _foreign(path: str) -> Refusal:
    suffix = Path(path).suffix
    what = f"a {suffix} file is not read" if suffix else "a file without a suffix is not read"
    cure = f"sheets end in {', '.join(SUFFIXES)}"
    return refuse(what, None, cure, Source(shortened(path, 200), ""))


def _handed(read: ReadSheet, found: Found) -> ReadSheet:
    """Return the sheet with who handed it in, where it does not say so itself."""
    who = handed_in(found.path, found.folder, found.alone)
    if who is None:
        return read
    sheet = structs.replace(read.sheet, identifier=who.identifier)
    if sheet.student == _stem(found.path):
        sheet = structs.replace(sheet, student=who.student)
    return structs.replace(read, sheet=sheet)


def sheets_of(source: Source, reading: Reading) -> list[ReadSheet]:
    """Return the sheets of a text, by its name's suffix: JSON, CSV, or else YAML."""
    suffix = Path(source.name).suffix.lower()
    try:
        if suffix == ".csv":
            from .from_csv import compose_csv

            return [_sheet(tree, source, reading) for tree in compose_csv(source)]
        if suffix == ".json":
            from .from_arrays import dumped
            from .from_json import compose_json

            tree = compose_json(source)
            arrays = dumped(tree)
            if arrays is not None:
                return [_of_arrays(arrays, source.name, reading)]
            return [_sheet(tree, source, reading)]
        return [_sheet(_composed(source), source, reading)]
    except Refusal as refusal:
        return [_saved(source, refusal, reading) or _broken(source.name, refusal)]


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
        pairs.append((Scalar(name.strip(), Place(number, 1, len(name))), _value(value, place)))
    source = Source("--answer", "\n".join(lines))
    place = Place(1, 1)
    tree = Mapping(((Scalar("answers", place), Mapping(tuple(pairs), place)),), place)
    read = _sheet(tree, source, reading)
    if read.sheet.problems:
        raise Refusal(read.sheet.problems, source)
    return structs.replace(read, sheet=structs.replace(read.sheet, student="", file=""))


def read_mapping(answers: abc.Mapping[str, Any], reading: Reading) -> ReadSheet:
    """Return the sheet of a mapping from Python: answers by name, or all keys of a sheet."""
    from .from_json import compose_json

    whole = answers if "answers" in answers else {"answers": answers}
    try:
        source = _as_json(whole)
        read = _sheet(compose_json(source), source, reading)
    except Refusal as refusal:
        read = _broken(_FROM_PYTHON, refusal)
    named = "student" in whole
    sheet = structs.replace(read.sheet, student=read.sheet.student if named else "", file="")
    return structs.replace(read, sheet=sheet)


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


def _value(text: str, place: Place) -> YamlNode:
    """Return what stands after ``=``: a list where it begins with a bracket."""
    if not text.strip().startswith("["):
        return Scalar(text, place)
    from .from_csv import CsvCell, cell_node

    return cell_node(CsvCell(text, place), Source("--answer", text))


def _composed(source: Source) -> YamlNode:
    if not re.search(r"^[^\S\n]*[^#\s]", source.text, re.MULTILINE):
        raise Refusal([Problem("nothing but comments", Place(1, 1), _NO_ANSWERS)], source)
    return compose(source)


def _saved(source: Source, refusal: Refusal, reading: Reading) -> ReadSheet | None:
    """Return what can be read of YAML with a slip in it; None where that is nothing."""
    said = refusal.problems[0].message
    if Path(source.name).suffix.lower() in (".csv", ".json") or _NO_SLIP.search(said):
        return None
    report = Report(source)
    tree = compose_leniently(source, report)
    if tree is None or not report.problems:
        return None
    read = _sheet(tree, source, reading)
    if not read.sheet.answers:
        return None
    problems = (*_cured(report.problems), *read.sheet.problems)
    return structs.replace(read, sheet=structs.replace(read.sheet, problems=problems))


def _cured(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield problems of YAML with the cure that helps with a sheet."""
    for problem in problems:
        yield structs.replace(problem, cure=_CURES.get(problem.cure, problem.cure))


def _broken(path: str, refusal: Refusal) -> ReadSheet:
    """Return the row of a sheet that cannot be read."""
    problems = tuple(_cured(refusal.problems))
    return ReadSheet(Sheet(_stem(path), path, (), problems=problems), refusal.source)


def _stem(path: str) -> str:
    return "stdin" if path in ("-", "<stdin>") else Path(path).stem[:LONGEST_STUDENT]


# -- the keys of a sheet


def _read_mapping(node: YamlNode, what: str, report: Report) -> Mapping | None:
    if isinstance(node, Mapping):
        return node
    report.say(f"{what}: a mapping is expected, not {kind(node)}", node.place, _NO_ANSWERS)
    return None


_MAPPING: Reader[Mapping] = Reader(_read_mapping, {"type": "object"})
KEYS = {
    "student": Key(TEXT, "who wrote it", also=("name", "id")),
    "answers": Key(_MAPPING, "the answers by name", required=True, empty=_NO_ANSWERS),
    "names": Key(word("plain", "notation"), "whose letters the names are"),
    "notation": Key(TEXT, "the notation that the names are of"),
    "digits": Key(DIGITS, "the decimals asked for", also=("decimals",)),
    "rules": Key(_MAPPING, "how it asks to be judged: it counts where a rubric allows it"),
}
"""What a sheet may say."""
_MAY_BE_EMPTY = ("student", "names", "notation", "digits", "rules")


def _sheet(tree: YamlNode, source: Source, reading: Reading) -> ReadSheet:
    """Return the sheet of a tree; what is wrong with it is in its problems."""
    report = Report(source)
    student = _stem(source.name)
    try:
        if not isinstance(tree, Mapping):
            report.say(f"a mapping is expected, not {kind(tree)}", tree.place, _NO_ANSWERS)
            return ReadSheet(
                Sheet(student, source.name, (), problems=tuple(report.problems)), source
            )
        pairs = [p for p in tree.pairs if not (p[0].text in _MAY_BE_EMPTY and is_empty(p[1]))]
        who = tree.get("student")
        if isinstance(who, Scalar) and who.text.strip() and not is_empty(who):
            student = shortened(who.text.strip(), LONGEST_STUDENT)
        values = read_keys(Mapping(tuple(pairs), tree.place), KEYS, "a sheet", report)
        _say_where_names_belong(tree, report, reading)
        own = _own_rules(values, report, reading)
        names = _names(values, tree, report, reading)
        answers = []
        if values.get("answers") is not None and names is not None:
            answers = read_answers(values["answers"], names, reading.asked, report)
    except Refusal as refusal:
        return ReadSheet(Sheet(student, source.name, (), problems=refusal.problems), source)
    found = with_values(answers, reading.truth, reading.graph, reading.asked.order)
    sheet = Sheet(student, source.name, tuple(found), Rules(), tuple(report.problems), own)
    return ReadSheet(sheet, source)


def _say_where_names_belong(tree: Mapping, report: Report, reading: Reading) -> None:
    """Change what is said of a quantity that stands beside ``answers``, not below it."""
    names = {key.place for key, _ in tree.pairs if _is_name(key.text, reading)}
    report.problems[:] = [
        structs.replace(problem, cure="indent it below 'answers:'")
        if problem.place in names and "there is no key" in problem.message
        else problem
        for problem in report.problems
    ]


def _is_name(text: str, reading: Reading) -> bool:
    if text in KEYS:
        return False
    try:
        resolve(text, reading.graph)
    except UnknownName:
        return False
    return True


def _own_rules(values: dict[str, Any], report: Report, reading: Reading) -> dict[str, Any]:
    """Return the rules that a sheet states of itself: they count where whoever marks allows it."""
    node = values.get("rules")
    found = {} if node is None else read_keys(node, SHEET_RULES, "rules", report)
    given = {name: value for name, value in found.items() if value is not None}
    if values.get("digits") is not None:
        given.setdefault("digits", values["digits"])
    for name in given.get("tolerances", ()):
        if not _is_name(name, reading):
            message = f"tolerances: there is no '{shortened(name)}' in this network"
            report.say(message, node.place if node else None, "use plain names: {dW1: 0.01}")
    return given


def _names(
    values: dict[str, Any], tree: Mapping, report: Report, reading: Reading
) -> SheetNames | None:
    """Return how the sheet's names are read; None where it does not say it rightly."""
    chosen = values.get("notation")
    if chosen is not None and chosen not in profile_names():
        node = tree.get("notation")
        message = f"notation: there is no notation '{shortened(chosen)}'"
        report.say(message, node.place if node else None, nearest(chosen, profile_names()))
        return None
    if values.get("names") == "notation":
        return reading.names(chosen)
    if "names" in values and values["names"] is None:
        return None
    if chosen is not None:
        node = tree.get("notation")
        cure = "add 'names: notation', or leave 'notation' out"
        message = "notation: the names of this sheet are the plain ones"
        report.say(message, node.place if node else None, cure)
    return reading.plain
