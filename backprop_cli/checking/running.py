"""A network and its sheets, checked: what the command and the Python function share."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from msgspec import Struct, structs

from ..expression.refs import Ref, plain_name
from ..graph.names import UnknownName
from ..graph.records import Graph
from ..graph.resolving import resolve
from ..notation.bound import Notation
from ..passes.run import check_numbers, run
from ..passes.trace import Trace
from ..problems import Problem, Refusal, Source, in_order, refuse, shortened
from ..worked.steps import entry
from .collecting import collecting_seldom
from .mark_sheet import mark_sheet
from .marking.answer_key import FEW_SHEETS, AnswerKey, answer_key
from .next_step import NextStep, as_step
from .records import Aspect, Marked, Sheet
from .rules.rubric import AskedEntries, Rubric, read_rubric
from .sheets.answers import entries_of
from .sheets.evaluating import SECONDS_A_SHEET, OutOfTime, within
from .sheets.reading import with_blanks
from .sheets.sheet_tree import Reading, ReadSheet

MOST_GIVEN = 1_000
"""Entries past which nobody writes an array's numbers into a formula."""


class CheckedSheet(Struct, frozen=True):
    """One sheet, marked; ``source`` is its text where something in it could not be read.

    ``graph`` is its own network, where each student has one; ``subject`` what is written of it, and
    ``step`` how its parameters are moved.
    """

    marked: Marked
    source: Source | None = None
    graph: Graph | None = None
    subject: Trace | Graph | None = None
    step: NextStep | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read, in the order of the sheet, each once."""
        sheet = self.marked.sheet
        unread = [a.parsed.problem for a in sheet.answers if a.parsed.problem is not None]
        return tuple(in_order((*sheet.problems, *unread)))

    @property
    def all_right(self) -> bool:
        """Whether nothing is wrong, unread or left blank."""
        verdicts = {each.verdict for each in self.marked.judged}
        return not self.problems and bool(verdicts) and verdicts <= {"right", "undecided"}


class Overrides(Struct, frozen=True):
    """What whoever marks sets: a rubric, and what the command line says over it and over sheets.

    ``asked`` are the entries that count, ``ask`` what they were called.
    """

    tolerance: float | None = None
    tolerances: dict[str, float] = {}
    asked: AskedEntries = ()
    ask: tuple[str, ...] = ()
    rubric: Rubric = Rubric()

    @property
    def asks(self) -> bool:
        """Whether the same is asked of every sheet."""
        return bool(self.asked) or self.rubric.asked is not None

    def ruled(self, sheet: Sheet, graph: Graph) -> Sheet:
        """Return a sheet with the rules in force, and a blank for what is asked and not there."""
        sheet = self.rubric.ruled(sheet)
        rules = sheet.rules
        if self.tolerance is not None:
            rules = structs.replace(rules, tolerance=self.tolerance, tolerances={})
        if self.tolerances:
            rules = structs.replace(rules, tolerances={**rules.tolerances, **self.tolerances})
        if self.ask:
            rules = structs.replace(rules, ask=self.ask)
        if sheet.row_vectors:
            rules = structs.replace(rules, row_vectors=True)
        asked = self.asked or self.rubric.asked
        if asked is None:
            return structs.replace(sheet, rules=rules)
        sheet = with_blanks(sheet, list(asked), graph)
        entries = (
            (entry, aspect)
            for ref, aspect in asked
            for entry in entries_of(ref, graph)
            if not graph.is_past_end(entry)
        )
        return structs.replace(sheet, rules=rules, asked=frozenset(entries))


def trace_of(graph: Graph) -> Trace | None:
    """Return the network's numbers: without a loss those forward; None where some are missing.

    Raises Refusal where they do not fit together.
    """
    if graph.symbolic:
        _check_formulas(graph)
        return None
    return run(graph, only_forward=graph.loss is None)


def _check_formulas(graph: Graph) -> None:
    """Refuse functions that are letters only: formulas are compared by their numbers."""
    try:
        check_numbers(graph, only_forward=graph.loss is None)
    except Refusal as refusal:
        letters = [p for p in refusal.problems if p.message.endswith("has no formula")]
        if letters:
            raise Refusal(letters, refusal.source) from None


def reading_of(
    graph: Graph,
    trace: Trace | None,
    step: NextStep | float | None,
    notation: Notation | None = None,
) -> Reading:
    """Return how sheets of this network are read; ``notation`` is theirs unless they name one."""

    def truth(ref: Ref) -> float | None:
        return None if trace is None else float(entry(trace, ref))

    given = frozenset() if trace is None else _given_numbers(graph, trace)
    return Reading(graph, truth, step=as_step(step), notation=notation, given=given)


def _given_numbers(graph: Graph, trace: Trace) -> frozenset[float]:
    """Return the numbers that the exercise gives, without their signs; of large arrays none."""
    leaves = (np.asarray(trace.values[leaf], dtype=np.float64) for leaf in graph.given)
    small = (leaf for leaf in leaves if leaf.size <= MOST_GIVEN)
    return frozenset(number for leaf in small for number in np.abs(leaf).ravel().tolist())


def overrides_of(
    graph: Graph,
    tolerances: tuple[str, ...],
    asked: tuple[str, ...],
    reading: Reading,
    every: Callable[[], AskedEntries],
    rubric: str | None = None,
) -> Overrides:
    """Return what ``--tolerance T``, ``--tolerance NAME=T``, ``--ask`` and ``--rules`` say.

    ``every`` is what ``--ask all`` asks.
    """
    general: float | None = None
    single: dict[str, float] = {}
    for text in tolerances:
        name, equals, value = text.rpartition("=")
        if equals:
            single[_whole_name(name.strip(), graph)] = _tolerance(value, text)
        else:
            general = _tolerance(text, text)
    refs: dict[tuple[Ref, Aspect], None] = {}
    for name in asked:
        try:
            refs |= dict.fromkeys(every() if name == "all" else [reading.plain.find(name)])
        except UnknownName as unknown:
            raise unknown.refusal("--ask") from None
    marker = Rubric() if rubric is None else read_rubric(rubric, reading.plain, every)
    reading.mapping = marker.names
    return Overrides(general, single, tuple(refs), asked, marker)


def _whole_name(name: str, graph: Graph) -> str:
    try:
        return plain_name(resolve(name, graph), graph.in_out)
    except UnknownName as unknown:
        raise unknown.refusal("--tolerance") from None


def _tolerance(text: str, option: str) -> float:
    from ..expression.tokens import ExpressionError
    from ..spec.numbers import number_float

    try:
        value = number_float(text.strip())
    except ExpressionError:
        value = -1.0
    if not 0 <= value < 1:
        cure = "give a number from 0 to 1, such as 0.01 for 1 %"
        raise refuse(f"--tolerance {shortened(option)}: no such tolerance", None, cure)
    return value


def check_all(
    graph: Graph,
    trace: Trace | None,
    step: NextStep | float | None,
    reads: Iterable[ReadSheet],
    wanted: Overrides,
) -> list[CheckedSheet]:
    """Return every sheet, marked, in the order read."""
    found = list(reads)
    problem = answer_key(graph, trace, step, many=len(found) > FEW_SHEETS)
    with collecting_seldom():
        return [check_one(problem, read, wanted) for read in found]


def apart(reads: Iterable[ReadSheet]) -> tuple[list[ReadSheet], tuple[str, ...]]:
    """Return the sheets, and the files that are none, each with what it is."""
    sheets: list[ReadSheet] = []
    left: list[str] = []
    for read in reads:
        if read.left_out:
            left.append(f"{read.sheet.file}: {read.left_out}")
        else:
            sheets.append(read)
    return sheets, tuple(left)


def check_one(problem: AnswerKey, read: ReadSheet, wanted: Overrides) -> CheckedSheet:
    """Return one sheet, marked; one that takes too long is a row with its problem."""
    sheet = wanted.ruled(read.sheet, problem.graph)
    try:
        with within(SECONDS_A_SHEET):
            marked = mark_sheet(problem, sheet)
    except OutOfTime:
        said = Problem(f"checking it takes longer than {SECONDS_A_SHEET:g} seconds")
        sheet = structs.replace(sheet, answers=(), problems=(*sheet.problems, said))
        marked = Marked(sheet, ())
    checked = CheckedSheet(marked, read.source)
    return checked if checked.problems else CheckedSheet(marked)
