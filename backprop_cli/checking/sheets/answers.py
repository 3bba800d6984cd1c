"""``answers:`` as entries: each name resolved, each array taken apart by its shape."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping

from msgspec import Struct, structs

from ...expression.axes import is_matrix
from ...expression.refs import Ref
from ...graph.building import counted
from ...graph.names import UnknownName, from_shown, shown_shape
from ...graph.records import Graph
from ...problems import Place, Problem, Report, Source, shortened
from ...spec import nodes
from ...spec.nodes import Scalar, Sequence, YamlNode
from ...spec.reading import is_empty, kind
from ..next_step import NextStep
from ..records import LIKELY, Answer, Aspect, ParsedAnswer
from .aspects import name_of
from .listing import readings, two_numbers
from .names import SheetNames
from .parsing import LIMITS, AnswerContext, parse_answer, plain_number

MOST_KNOWN, FEW_ENTRIES = 1000, 200
"""Quantities and entries whose names are kept, and how many entries each may have."""
MOST_SLOPES = 200_000
"""Numbers that the local derivatives of one sheet may have, with those that it does not give."""
MOST_ANSWERS = 10_000
"""Entries of one sheet."""
_ENTRY = re.compile(r"(?P<of>[^\[\]]+)\[ *(?P<first>\d+) *, *(?P<second>\d+) *\](?P<step>'?)")
Position = tuple[int, ...]


class Misshapen(Exception):
    """The value has not the shape of its quantity; carries the Problem."""

    def __init__(self, message: str, place: Place, cure: str) -> None:
        super().__init__(message)
        self.problem = Problem(message, place, cure)


class NamedEntry(Struct, frozen=True):
    """One entry of a quantity, and its plain name; ``past_end``: its sample has no such step."""

    name: str
    ref: Ref
    past_end: bool


class AskedQuantity(Struct, frozen=True):
    """A quantity with its entries, in the shape that it has on sheets.

    ``either_way``: a gradient of weights that may be written transposed as well.
    """

    name: str
    shape: Position
    entries: list[NamedEntry]
    either_way: bool = False


class AskedNetwork(Struct, frozen=True):
    """The network that is asked about: its graph, the order of all, the step that it takes.

    ``given`` are the numbers of the exercise, without their signs; ``known`` remembers quantities.
    With ``row_vectors`` matrices of weights stand transposed on the sheets, and the positions in
    entries' names; with ``as_drawn`` only the matrices do, as the notation's pages have them.
    """

    graph: Graph
    order: Mapping[Ref, int]
    step: NextStep | None = None
    given: frozenset[float] = frozenset()
    known: dict[tuple[Ref, Aspect], AskedQuantity] = {}
    row_vectors: bool = False
    as_drawn: bool = False

    def meant(self, text: str, names: SheetNames) -> tuple[Ref, Aspect]:
        """Return what a name on a sheet means: an entry of a transposed matrix is (from, to)."""
        entry = _ENTRY.fullmatch(text) if self.row_vectors else None
        if entry is not None and self.turns(names.find(entry["of"])[0]):
            text = f"{entry['of']}[{entry['second']},{entry['first']}]{entry['step']}"
        return names.find(text)

    def turns(self, ref: Ref) -> bool:
        """Return whether a quantity is a matrix that sheets write transposed."""
        shape = () if ref.index else shown_shape(self.graph, ref)
        weights = self.graph.kind(ref) == "weight" and is_matrix(ref.part, len(shape))
        return (self.row_vectors or self.as_drawn) and weights

    def quantity(self, ref: Ref, aspect: Aspect) -> AskedQuantity:
        """Return a quantity with its entries in the order of the file; of too many none."""
        found = self.known.get((ref, aspect))
        if found is None:
            found = self._quantity(ref, aspect)
            if len(self.known) < MOST_KNOWN and len(found.entries) <= FEW_ENTRIES:
                self.known[ref, aspect] = found
        return found

    def _quantity(self, ref: Ref, aspect: Aspect) -> AskedQuantity:
        graph = self.graph
        shape = () if ref.index else shown_shape(graph, ref)
        many = math.prod(shape) > MOST_ANSWERS
        entries = [] if many else entries_of(ref, graph)
        if self.turns(ref):
            columns = shape[1]
            entries = [each for start in range(columns) for each in entries[start::columns]]
            shape = shape[::-1]
        return AskedQuantity(
            name_of(ref, aspect, graph),
            shape,
            [NamedEntry(name_of(e, aspect, graph), e, graph.is_past_end(e)) for e in entries],
            ref.gradient and not aspect and graph.kind(ref) == "weight",
        )

    def unasked(self, aspect: Aspect) -> Problem | None:
        """Return why what a name means cannot be asked of this network, if it cannot."""
        if aspect in ("", LIKELY) or isinstance(aspect, Ref):
            return None
        step = self.step
        if step is None:
            cure = "add 'learning_rate:' to the network file"
            return Problem("the network has no learning rate", None, cure)
        if step.plan.batch_size is not None:
            size = counted(step.plan.batch_size, "sample")
            message = f"a step takes {size}, the gradients here are of all"
            return Problem(message, None, "remove 'batch_size' from the optimizer")
        if aspect in step.letters:
            return None
        optimizer = step.plan.optimizer
        kept = " and ".join(optimizer.state)
        cure = f"it keeps {kept}, such as {optimizer.state[0]}(W1)" if kept else "it keeps nothing"
        return Problem(f"{optimizer.name} has no {aspect}", None, cure)


def read_answers(
    node: nodes.Mapping,
    names: SheetNames,
    asked: AskedNetwork,
    report: Report,
    lost: Mapping[Place, Problem],
) -> tuple[list[Answer], int]:
    """Return one Answer an entry, in the order of the sheet, and how many lines are none.

    Formulas have no values yet. A name that is none, and one answered twice, are reported. An array
    of the wrong shape, or one that is ``lost``, makes its entries unreadable, all with the same
    Problem.
    """
    found: dict[tuple[Ref, Aspect], Answer] = {}
    unknown = 0
    said_of: dict[tuple[str, str], list[nodes.Scalar]] = {}
    if not node.pairs:
        report.say("answers: nothing is given", node.place, "write 'z1: …' below it")
    for key, value in node.pairs:
        try:
            ref, aspect = asked.meant(key.text, names)
        except UnknownName as error:
            unknown += 1
            said = lost.get(value.place)
            if said is not None:
                report.say(said.message, said.place, said.cure)
            else:
                report.say(error.problem.message, key.place, error.problem.cure)
            continue
        unasked = asked.unasked(aspect)
        if unasked is not None:
            said_of.setdefault((unasked.message, unasked.cure), []).append(key)
            continue
        problem = lost.get(value.place)
        entries = _answers(value, ref, aspect, names, asked, report.source, problem)
        if len(found) + len(entries) > MOST_ANSWERS:
            message = f"more than {MOST_ANSWERS} answers"
            report.say(message, key.place, "ask for fewer quantities")
            break
        twice = [answer for answer in entries if (answer.ref, aspect) in found]
        if twice:
            message = f"{twice[0].name} is answered twice"
            report.say(message, key.place, "keep one of them")
        for answer in entries:
            found.setdefault((answer.ref, aspect), answer)
    for (message, cure), keys in said_of.items():
        more = counted(len(keys) - 1, "other")
        name = shortened(keys[0].text) + (f" and {more}" if len(keys) > 1 else "")
        report.say(f"{name}: {message}", keys[0].place, cure)
    answers, problem = without_tables(list(found.values()), asked.graph)
    if problem is not None:
        report.say(problem.message, node.place, problem.cure)
    return answers, unknown


def without_tables(answers: list[Answer], graph: Graph) -> tuple[list[Answer], Problem | None]:
    """Return the answers; of local derivatives whose tables are too large none, and why."""
    tables = {(a.ref.bare(), a.aspect) for a in answers if isinstance(a.aspect, Ref)}
    if sum(math.prod(shown_shape(graph, ref)) for ref, _ in tables) <= MOST_SLOPES:
        return answers, None
    kept = [answer for answer in answers if not isinstance(answer.aspect, Ref)]
    message = f"local derivatives that are part of more than {MOST_SLOPES:,} numbers"
    return kept, Problem(message, None, "ask for fewer of them")


def entries_of(ref: Ref, graph: Graph) -> list[Ref]:
    """Return the entries of a quantity, in the order of the file; an entry is its only one."""
    shape = shown_shape(graph, ref)
    if not shape or ref.index:
        return [ref]
    counts = (range(1, size + 1) for size in shape)
    return [from_shown(ref, index, graph) for index in itertools.product(*counts)]


def answer_of(ref: Ref, aspect: Aspect, text: ParsedAnswer, graph: Graph) -> Answer:
    """Return the answer to one entry."""
    return Answer(name_of(ref, aspect, graph), ref, text, aspect)


def _answers(
    value: YamlNode,
    ref: Ref,
    aspect: Aspect,
    names: SheetNames,
    asked: AskedNetwork,
    source: Source | None,
    lost: Problem | None,
) -> list[Answer]:
    quantity = asked.quantity(ref, aspect)
    if not quantity.entries:
        problem = Problem("too many entries to check", value.place, "answer some of them by entry")
        text = ParsedAnswer("", problem=problem, place=value.place)
        return [Answer(quantity.name, ref, text, aspect)]
    try:
        scalars, straight = _scalars(value, quantity, source, lost)
    except Misshapen as wrong:
        problem = wrong.problem
        if lost is None:
            problem = _of_shared_bias(problem, value, ref, quantity.name, asked.graph)
        return _unreadable(value, quantity, aspect, problem)
    found = [
        plain_number(scalar)
        or parse_answer(
            scalar, AnswerContext(asked.graph, names, each.ref, aspect, asked.order, asked.given)
        )
        for each, scalar in zip(quantity.entries, scalars, strict=True)
    ]
    found = _with_doubts(found, scalars)
    if straight:
        found = [structs.replace(each, turned=True) for each in found]
    return [
        Answer(each.name, each.ref, text, aspect)
        for each, text in zip(quantity.entries, found, strict=True)
        if not each.past_end
    ]


def _of_shared_bias(
    problem: Problem, value: YamlNode, ref: Ref, name: str, graph: Graph
) -> Problem:
    """Return what is wrong with a list of biases where the units share one."""
    layer = graph.layer_of(ref)
    shared = graph.kind(ref) == "bias" and not shown_shape(graph, ref) and layer is not None
    if not shared or layer is None or not isinstance(value, Sequence) or len(value.items) < 2:
        return problem
    message = f"{name}: the units of layer {layer.index} share one bias"
    added = "add the shares of the units: one number" if ref.gradient else "write one number"
    return Problem(message, problem.place, added)


def _unreadable(
    value: YamlNode, quantity: AskedQuantity, aspect: Aspect, problem: Problem
) -> list[Answer]:
    """Return the entries of an array that cannot be read, all with the one problem."""
    text = ParsedAnswer(_shown(value), problem=problem, place=value.place)
    return [
        Answer(each.name, each.ref, text, aspect) for each in quantity.entries if not each.past_end
    ]


def _with_doubts(found: list[ParsedAnswer], scalars: list[Scalar]) -> list[ParsedAnswer]:
    """Return the answers, those asked about that a decimal comma may have cut: ``[0,73]``."""
    for number, (first, second) in enumerate(itertools.pairwise(scalars)):
        if _touching(first, second) and first.text.lstrip("+-") == "0" and _decimals(second.text):
            point = f"{first.text}.{second.text}"
            remark = f"read as two numbers; if the comma is a decimal comma, write {point}"
            for index in (number, number + 1):
                found[index] = structs.replace(found[index], remark=remark)
    return found


def _scalars(
    value: YamlNode, wanted: AskedQuantity, source: Source | None, lost: Problem | None
) -> tuple[list[Scalar], bool]:
    """Return the scalars of an array, and whether they stood transposed.

    Of what the list could mean the first reading counts that has the shape, and in which no entry
    seems to be two. Raises Misshapen where none has it, or for what is ``lost``.
    """
    if lost is None and not wanted.shape and isinstance(value, Scalar) and value.text[:1] != "[":
        return [value], False
    wrong = None if lost is None else Misshapen(lost.message, lost.place or value.place, lost.cure)
    text = value if isinstance(value, Scalar) else None
    # A text may be a list, and a formula for every entry; a list of YAML is what it seems to be.
    found = iter(()) if text is None else _readings(value, wanted, source)
    if lost is None:
        others = _readings(value, wanted, source) if text is None else ()
        found = itertools.chain(found, (value,), others)
    elif text is None or not text.plain:
        found = iter(())
    doubtful: tuple[list[Scalar], bool] | None = None
    for reading in found:
        try:
            scalars, straight = _fitted(reading, wanted)
        except Misshapen as error:
            wrong = error if wrong is None or reading is value else wrong
            continue
        if not any(two_numbers(scalar.text) for scalar in scalars):
            return scalars, straight
        doubtful = doubtful or (scalars, straight)
    if doubtful is not None:
        return doubtful
    opened = text is not None and text.text.lstrip().startswith("[") and "]" not in text.text
    if wrong is None or opened:
        wrong = Misshapen("'[' is never closed", value.place, "a ']' is missing")
    raise wrong


def _readings(value: YamlNode, wanted: AskedQuantity, source: Source | None) -> Iterator[YamlNode]:
    """Yield what a list could mean; of one that is too long for its entries nothing."""
    if _may_fit(value, wanted):
        yield from readings(value, [] if source is None else source.lines())


def _may_fit(value: YamlNode, wanted: AskedQuantity) -> bool:
    """Return whether a list is short enough for its entries to be as many as are asked."""
    long = len(value.text) if isinstance(value, Scalar) else value.place.width
    return long <= (1 + math.prod(wanted.shape)) * LIMITS.characters


def _fitted(value: YamlNode, wanted: AskedQuantity) -> tuple[list[Scalar], bool]:
    straight = _turned(value, wanted.shape) if wanted.either_way else None
    scalars = _flat(straight or value, wanted.shape, wanted.shape, wanted.name)
    return scalars, straight is not None


def _shown(value: YamlNode) -> str:
    """Return a value that is no scalar as a few words."""
    return shortened(value.text) if isinstance(value, Scalar) else kind(value)


def _flat(
    value: YamlNode, shape: Position, whole: Position, name: str, at: Position = ()
) -> list[Scalar]:
    """Return the scalars of an array row by row; an axis of one may be left out.

    One formula may stand for every entry, and so may nothing.
    """
    if isinstance(value, nodes.Mapping):
        raise Misshapen(f"{name}: a mapping", value.place, _wanted(whole))
    if isinstance(value, Scalar):
        alone = all(size == 1 for size in shape)
        if alone or is_empty(value) or (shape == whole and _formula(value.text)):
            return [value] * math.prod(shape)
        raise Misshapen(_too_flat(value, name, at), value.place, _wanted(whole))
    if not shape and len(whole) == 1 and len(value.items) == 1:
        return _flat(value.items[0], shape, whole, name, at)
    if not shape:
        message = f"{_row(name, at)} is one number, not a list"
        raise Misshapen(message, value.place, "write it without brackets")
    size = shape[0]
    if size == 1 and len(value.items) != 1:
        return _flat(value, shape[1:], whole, name, (*at, 1))
    if len(value.items) != size:
        raise _wrong_count(value, shape, whole, name, at)
    found: list[Scalar] = []
    for number, item in enumerate(value.items, 1):
        found += _flat(item, shape[1:], whole, name, (*at, number))
    return found


def _touching(first: Scalar, second: Scalar) -> bool:
    """Return whether nothing but a comma stands between two numbers."""
    return (
        first.place.line == second.place.line
        and second.place.column == first.place.column + len(first.text) + 1
    )


def _formula(text: str) -> bool:
    """Return whether a text names something, so that it can be meant for every entry."""
    return any(c.isalpha() for c in text.replace("e", "").replace("E", ""))


def _too_flat(value: Scalar, name: str, at: Position) -> str:
    return f"{_row(name, at)}: '{shortened(value.text)}' where a list is expected"


def _wrong_count(
    value: Sequence, shape: Position, whole: Position, name: str, at: Position
) -> Misshapen:
    """Return what is wrong with a list: the row, how many entries it has and should have."""
    count, size = len(value.items), shape[0]
    what = "row" if len(shape) > 1 else "entr"
    many = ("s" if size != 1 else "") if what == "row" else ("ies" if size != 1 else "y")
    message = f"{_row(name, at)}: {count} where {size} {what}{many} are expected"
    if not at and whole[::-1] == _rows_and_columns(value) != whole:
        return Misshapen(f"{message}: it is transposed", value.place, _wanted(whole))
    scalars = [item.text.strip() for item in value.items if isinstance(item, Scalar)]
    pairs = itertools.pairwise(scalars)
    split = next((pair for pair in pairs if all(map(_whole_digits, pair))), None)
    if size < count == len(scalars) <= 2 * size and split is not None:
        point = ".".join(split)
        cure = f"{_wanted(whole)}; if a comma is a decimal comma, write a point: {point}"
        return Misshapen(message, value.place, cure)
    if any(len(text.split()) > 1 and not _formula(text) for text in scalars):
        return Misshapen(message, value.place, f"{_wanted(whole)}, a comma after each number")
    return Misshapen(message, value.place, _wanted(whole))


def _turned(value: YamlNode, shape: Position) -> Sequence | None:
    """Return a matrix that is written transposed as it is meant; None where it is not."""
    square = len(shape) != 2 or shape[0] == shape[1] or 1 in shape
    if square or not isinstance(value, Sequence) or _rows_and_columns(value) != shape[::-1]:
        return None
    rows = [row.items for row in value.items if isinstance(row, Sequence)]
    columns = zip(*rows, strict=True)
    return Sequence(tuple(Sequence(each, value.place) for each in columns), value.place)


def _rows_and_columns(value: Sequence) -> Position:
    """Return the shape of a list of equally long rows; of anything else nothing."""
    counts = {len(row.items) if isinstance(row, Sequence) else 0 for row in value.items}
    return (len(value.items), *counts) if len(counts) == 1 and 0 not in counts else ()


def _decimals(text: str) -> bool:
    """Return whether a whole number may be what stands behind a comma: 73 of 0,73."""
    return len(text) > 1 and text.isascii() and text.isdigit()


def _whole_digits(text: str) -> bool:
    digits = text.lstrip("+-")
    return digits.isascii() and digits.isdigit() and len(digits) < 20


def _row(name: str, at: Position) -> str:
    """Return the quantity, or the row of it that is meant: ``dW1 row 2``."""
    return f"{name} row {', '.join(map(str, at))}" if at else name


def _wanted(shape: Position) -> str:
    """Return how an array of this shape is written."""
    if not shape:
        return "write one number"
    if len(shape) == 1:
        inside = ", ".join(["…"] * min(shape[0], 3))
        return f"write a list of {shape[0]}: [{inside}]"
    inside = ", ".join(["…"] * min(shape[-1], 3))
    rows = ", ".join([f"[{inside}]"] * min(shape[0], 3))
    return f"write {counted(shape[0], 'row')} of {shape[-1]}: [{rows}]"
