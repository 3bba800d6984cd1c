"""Reading: what the sheets of one network share; from a tree of YAML to a Sheet by its keys."""

from __future__ import annotations

from collections import abc
from collections.abc import Iterable
from typing import Any

from msgspec import Struct, structs

from ...graph.names import UnknownName
from ...graph.records import Graph
from ...notation import profile, profile_names
from ...notation.bound import Notation, bound
from ...notation.facts import facts_of
from ...problems import Refusal, Report, Source, nearest, shortened
from ...spec.nodes import Mapping, Scalar, YamlNode
from ...spec.reading import TEXT, Key, Reader, is_empty, kind, read_keys, word
from ..next_step import NextStep
from ..records import Answer, Rules, Sheet
from ..rules.keys import DIGITS, SHEET_RULES
from .answers import AskedNetwork, read_answers
from .evaluating import ValueOf, order_of, with_values
from .handing_in import stem_and_suffix
from .lenient import Lost
from .names import DrawnNames, PlainNames, SheetNames

LONGEST_STUDENT = 80
CLOSE = 1e-3
"""How far, relatively, a number may be off that says how its matrix stands."""
NO_ANSWERS = "write 'answers:' and below it 'z1: …', 'a1: …'"


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
        self.tables: dict[str | None, DrawnNames] = {}
        self.mapping: abc.Mapping[str, str] = {}
        self.plain = PlainNames(graph, lambda: self.names(None))

    def takes(self, step: NextStep | None, *, row_vectors: bool = False) -> None:
        """Ask also for what one step makes of the parameters; say how matrices are written."""
        self.asked = structs.replace(self.asked, step=step, row_vectors=row_vectors, known={})

    def orders(self, names: SheetNames) -> tuple[AskedNetwork, ...]:
        """Return how matrices of weights may stand, first as the pages have them.

        Where whoever marks says how, only so.
        """
        letters = self.notation if names is self.plain else None
        drawn = names.turns_weights if letters is None else letters.turns_weights
        if self.asked.row_vectors or not drawn:
            return (self.asked,)
        return structs.replace(self.asked, as_drawn=True, known={}), self.asked

    def names(self, notation: str | None) -> DrawnNames:
        """Return the names of a notation, drawn once for all sheets."""
        if notation not in self.tables:
            from .notation_names import NotationNames

            letters = self.notation
            if notation is not None or letters is None:
                letters = bound(profile(notation or "standard"), facts_of(self.graph))
            self.tables[notation] = NotationNames(self.graph, letters)
        return self.tables[notation]


def stem(path: str) -> str:
    """Return whose a sheet is, by its file's name, where it does not say."""
    return "stdin" if path in ("-", "<stdin>") else stem_and_suffix(path)[0][:LONGEST_STUDENT]


# -- the keys of a sheet


def _read_mapping(node: YamlNode, what: str, report: Report) -> Mapping | None:
    if isinstance(node, Mapping):
        return node
    report.say(f"{what}: a mapping is expected, not {kind(node)}", node.place, NO_ANSWERS)
    return None


_MAPPING: Reader[Mapping] = Reader(_read_mapping, {"type": "object"})
KEYS = {
    "student": Key(TEXT, "who wrote it", also=("name", "id")),
    "answers": Key(_MAPPING, "the answers by name", required=True, empty=NO_ANSWERS),
    "names": Key(word("plain", "notation"), "whose letters the names are"),
    "notation": Key(TEXT, "the notation that the names are of"),
    "digits": Key(DIGITS, "the decimals asked for", also=("decimals",)),
    "rules": Key(_MAPPING, "how it asks to be judged: it counts where a rubric allows it"),
}
"""What a sheet may say."""
_MAY_BE_EMPTY = ("student", "names", "notation", "digits", "rules")


def sheet_of(
    tree: YamlNode, source: Source, reading: Reading, lost: Lost | None = None
) -> ReadSheet:
    """Return the sheet of a tree; what is wrong with it is in its problems.

    ``lost`` is what a slip of YAML took from it.
    """
    lost = lost or Lost()
    report = Report(source)
    student = stem(source.name)
    try:
        if not isinstance(tree, Mapping):
            report.say(f"a mapping is expected, not {kind(tree)}", tree.place, NO_ANSWERS)
            return ReadSheet(
                Sheet(student, source.name, (), problems=tuple(report.problems)), source
            )
        tree = _without_lost_keys(_with_answers(tree, reading), lost, report)
        pairs = [p for p in tree.pairs if not (p[0].text in _MAY_BE_EMPTY and is_empty(p[1]))]
        who = tree.get("student")
        if isinstance(who, Scalar) and who.text.strip() and not is_empty(who):
            student = shortened(who.text.strip(), LONGEST_STUDENT)
        values = read_keys(Mapping(tuple(pairs), tree.place), KEYS, "a sheet", report)
        own = _own_rules(values, report, reading)
        names = _names(values, tree, report, reading)
        answers: list[Answer] = []
        unknown, rows = len(lost.nameless), False
        report.problems += lost.nameless
        if values.get("answers") is not None and names is not None:
            found, more, rows = _in_order(values["answers"], names, reading, report, lost)
            answers += found
            unknown += more
    except Refusal as refusal:
        return ReadSheet(Sheet(student, source.name, (), problems=refusal.problems), source)
    found = with_values(answers, reading.truth, reading.graph, reading.asked.order)
    sheet = Sheet(
        student,
        source.name,
        tuple(found),
        Rules(),
        tuple(report.problems),
        own,
        lost=unknown,
        row_vectors=rows,
    )
    return ReadSheet(sheet, source)


def _in_order(
    node: Mapping, names: SheetNames, reading: Reading, report: Report, lost: Lost
) -> tuple[list[Answer], int, bool]:
    """Return the answers, how many lines are none, and whether matrices are read transposed.

    Where pages show them so, but more numbers are right as the network's file has them, as there.
    """
    first, *other = reading.orders(names)
    before = list(report.problems)
    answers, unknown = read_answers(node, names, first, report, lost.why)
    if not other or not has_turned(answers, first):
        return answers, unknown, False
    again = Report(report.source)
    again.problems += before
    found = read_answers(node, names, other[0], again, lost.why)
    if fitting(found[0], first, reading.truth) <= fitting(answers, first, reading.truth):
        return answers, unknown, found[0] != answers
    report.problems[:] = again.problems
    return *found, False


def has_turned(answers: Iterable[Answer], asked: AskedNetwork) -> bool:
    """Return whether an answer is of a whole matrix that pages show transposed."""
    return any(asked.turns(answer.ref.bare()) for answer in answers)


def fitting(answers: Iterable[Answer], asked: AskedNetwork, truth: ValueOf) -> int:
    """Return how many numbers of matrices that pages show transposed are right as they are read."""
    found = 0
    for answer in answers:
        value, unit = answer.parsed.value, answer.parsed.unit
        if value is None or answer.aspect or not asked.turns(answer.ref.bare()):
            continue
        true = None if answer.parsed.turned else truth(answer.ref)
        found += true is not None and abs(value - true) <= max(unit, CLOSE * abs(true))
    return found


def _with_answers(tree: Mapping, reading: Reading) -> Mapping:
    """Return the sheet with the answers that stand beside ``answers:`` (or without it) below it."""
    below = tree.get("answers")
    stray = [pair for pair in tree.pairs if is_name(pair[0].text, reading)]
    if not stray or not (below is None or isinstance(below, Mapping) or is_empty(below)):
        return tree
    own: tuple[tuple[Scalar, YamlNode], ...] = ()
    if isinstance(below, Mapping):
        own = below.pairs
    else:
        stray = [pair for pair in tree.pairs if not _is_key(pair[0].text)]
    rest = [pair for pair in tree.pairs if pair not in stray and pair[0].text != "answers"]
    place = stray[0][0].place
    answers = Mapping((*own, *stray), place if below is None else below.place)
    return Mapping((*rest, (Scalar("answers", place), answers)), tree.place)


def _is_key(text: str) -> bool:
    """Return whether a word is a key of a sheet, or is meant to be one."""
    return text in KEYS or nearest(text, KEYS).startswith("did you mean")


def _without_lost_keys(tree: Mapping, lost: Lost, report: Report) -> Mapping:
    """Return the sheet without the keys that a slip of YAML makes unreadable, which are said."""
    for _, value in tree.pairs:
        if value.place in lost.why:
            report.problems.append(lost.why[value.place])
    return Mapping(tuple(p for p in tree.pairs if p[1].place not in lost.why), tree.place)


def is_name(text: str, reading: Reading) -> bool:
    """Return whether a key of a sheet is no key but a quantity."""
    if text in KEYS or any(text.lower() in key.also for key in KEYS.values()):
        return False
    try:
        reading.plain.find(text)
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
        if not is_name(name, reading):
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
