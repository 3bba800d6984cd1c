"""``answers:`` as entries: each name resolved, each array taken apart by its shape."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping

from msgspec import Struct, structs

from ...expression.axes import is_matrix
from ...expression.refs import Ref
from ...graph.names import UnknownName, from_shown, shown_shape
from ...graph.records import Graph
from ...problems import Place, Problem, Report, Source, counted, shortened
from ...spec import nodes
from ...spec.nodes import Scalar, Sequence, YamlNode
from ...spec.reading import kind
from ..next_step import NextStep
from ..records import LIKELY, Answer, Aspect, ParsedAnswer
from .aspects import name_of
from .laid_out import TOO_LONG
from .meaning import AnswerContext
from .names import SheetNames
from .parsing import parse_answer, plain_number
from .shaping import AskedQuantity, Misshapen, NamedEntry, scalars_of

MOST_KNOWN, FEW_ENTRIES = 1000, 200
"""Quantities and entries whose names are kept, and how many entries each may have."""
MOST_SLOPES = 200_000
"""Numbers that the local derivatives of one sheet may have, with those that it does not give."""
MOST_ANSWERS = 10_000
"""Entries of one sheet."""
_ENTRY = re.compile(r"(?P<of>[^\[\]]+)\[ *(?P<first>\d+) *, *(?P<second>\d+) *\](?P<step>'?)")


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
    """Return one Answer an entry, in the order of the sheet, and how many lost lines have no name.

    Formulas have no values yet. A name that is none asks for nothing; it and one answered twice are
    reported. An array of the wrong shape, or one that is ``lost``, makes its entries unreadable,
    all with the same Problem.
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
            said = lost.get(value.place)
            if said is not None:
                unknown += 1
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
        scalars, straight = scalars_of(value, quantity, source, lost)
    except Misshapen as wrong:
        problem = wrong.problem
        if lost is None:
            problem = _of_shared_bias(problem, value, ref, quantity.name, asked.graph)
        return _unreadable(value, quantity, aspect, problem)
    found: list[ParsedAnswer] = []
    for each, scalar in zip(quantity.entries, scalars, strict=True):
        if found and scalar is scalars[len(found) - 1] and _too_long(found[-1]):
            found.append(found[-1])
            continue
        question = AnswerContext(
            asked.graph, names, each.ref, aspect, asked.order, asked.given, asked.turns
        )
        found.append(plain_number(scalar) or parse_answer(scalar, question))
    found = _with_doubts(found, scalars)
    if straight:
        found = [structs.replace(each, turned=True) for each in found]
    return [
        Answer(each.name, each.ref, text, aspect)
        for each, text in zip(quantity.entries, found, strict=True)
        if not each.past_end
    ]


def _too_long(answer: ParsedAnswer) -> bool:
    """Return whether a formula is too long for any entry of its quantity."""
    return answer.problem is not None and answer.problem.message == TOO_LONG


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


def _shown(value: YamlNode) -> str:
    """Return a value that is no scalar as a few words."""
    return shortened(value.text) if isinstance(value, Scalar) else kind(value)


def _touching(first: Scalar, second: Scalar) -> bool:
    """Return whether nothing but a comma stands between two numbers."""
    return (
        first.place.line == second.place.line
        and second.place.column == first.place.column + len(first.text) + 1
    )


def _decimals(text: str) -> bool:
    """Return whether a whole number may be what stands behind a comma: 73 of 0,73."""
    return len(text) > 1 and text.isascii() and text.isdigit()
