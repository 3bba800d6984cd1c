"""The values of answers that are formulas, from the student's own earlier answers or the truth."""

from __future__ import annotations

import contextlib
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import FrameType

import numpy as np
from msgspec import structs

from ...arithmetic.floating import FLOAT64
from ...expression.evaluate import evaluate
from ...expression.refs import Ref
from ...expression.tree import Expr, Quantity
from ...expression.walking import walk
from ...graph.names import is_probability, probability_ref
from ...graph.records import Graph
from ...problems import Problem
from ..records import LIKELY, Answer, Aspect, ParsedAnswer

SECONDS_AN_ANSWER = 2.0
SECONDS_A_SHEET = 10.0
DOUBT = 0.02
"""How far, relatively, what was worked out may be from the result that stands behind it."""
ValueOf = Callable[[Ref], float | None]
"""A quantity's true number, or None where the network has none."""


class OutOfTime(Exception):
    """What was begun took more than its time."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise OutOfTime where the block computes for longer; one within another keeps the nearer end.

    What this process computes counts, not what it waits for: no judgement hangs on what else runs.
    Outside of the main thread, and where there is no such timer, it is noticed at the end only.
    """
    timed = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not timed:
        start = time.process_time()
        yield
        if time.process_time() - start > seconds:
            raise OutOfTime
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise OutOfTime

    handler = signal.signal(signal.SIGVTALRM, stop)
    left, _ = signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    start = time.process_time() if left else 0.0
    if 0 < left < seconds:
        signal.setitimer(signal.ITIMER_VIRTUAL, left)
    try:
        yield
    finally:
        remaining = max(1e-6, left - (time.process_time() - start)) if left else 0.0
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, handler)
        if remaining:
            signal.setitimer(signal.ITIMER_VIRTUAL, remaining)


def order_of(graph: Graph) -> dict[Ref, int]:
    """Return when each quantity is computed: values forward, then gradients backward."""
    last = 2 * len(graph.nodes)
    order: dict[Ref, int] = {}
    for number, node in enumerate(graph.nodes):
        order.setdefault(node.ref, number)
        order.setdefault(node.ref.grad(), last - number)
    return order


def moment(ref: Ref, graph: Graph, order: Mapping[Ref, int]) -> tuple[int, int, int]:
    """Return when an entry is computed; in a loop by its step, backward from the last one."""
    turn = order.get(ref.bare(), len(order))
    number = graph.find(ref.of() if ref.gradient else ref)
    loop = None if number is None else graph.loop(number)
    if loop is None or not ref.index:
        return turn, 0, turn
    step = loop.clock.order().index(int(ref.index[0]) - 1)
    if ref.gradient:
        return 2 * len(graph.nodes) - loop.last, loop.clock.steps - step, turn
    return loop.first, step, turn


def before(ref: Ref, asked: Ref, aspect: Aspect, graph: Graph, order: Mapping[Ref, int]) -> bool:
    """Return whether a quantity may be used where another is asked: it is given, or earlier.

    Of the same quantity an earlier entry may be used.
    """
    if is_probability(ref, graph):
        scores = graph.nodes[graph.output].ref
        if aspect == LIKELY:
            return _position(ref) < _position(asked)
        return bool(aspect) or order[scores] < order.get(asked.bare(), len(order))
    if aspect == LIKELY or isinstance(aspect, Ref):
        return not ref.gradient
    if ref == asked and not aspect:
        return False
    if aspect or (not ref.gradient and graph.find(ref) in graph.given):
        return True
    first, second = (moment(r, graph, order) for r in (ref, asked))
    if first != second:
        return first < second
    return _position(ref) < _position(asked)


def _position(ref: Ref) -> tuple[int, ...]:
    return (int(ref.sample or 0), *(int(i) for i in ref.index))


def with_values(
    answers: list[Answer], truth: ValueOf, graph: Graph, order: Mapping[Ref, int]
) -> list[Answer]:
    """Return the answers, formulas with their values: earlier answers mean the student's own.

    Where a quantity of the formula has no number the answer stays a formula.
    """
    if all(each.parsed.settled for each in answers):
        return answers
    own: dict[Ref, float] = {}
    found = list(answers)

    def known(ref: Ref) -> float | None:
        return own[ref] if ref in own else truth(ref)

    turn = sorted(range(len(answers)), key=lambda i: _turn(answers[i], graph, order))
    for number in turn:
        answer = answers[number]
        text = answer.parsed
        if text.tree is not None and text.value is None:
            text = valued(text, known)
            found[number] = structs.replace(answer, parsed=text)
        if text.working and text.value is not None:
            text = _with_doubt(text, text.value, known)
            found[number] = structs.replace(answer, parsed=text)
        if text.value is not None and answer.aspect in ("", LIKELY):
            likely = answer.aspect == LIKELY
            own[probability_ref(answer.ref) if likely else answer.ref] = text.value
    return found


def _turn(
    answer: Answer, graph: Graph, order: Mapping[Ref, int]
) -> tuple[bool, tuple[int, int, int], bool, tuple[int, ...]]:
    when, likely = moment(answer.ref, graph, order), answer.aspect == LIKELY
    return (bool(answer.aspect) and not likely, when, likely, _position(answer.ref))


def valued(text: ParsedAnswer, value: ValueOf) -> ParsedAnswer:
    """Return a formula's answer with its value, or with what is wrong with it."""
    if text.tree is None:
        return text
    leaves: dict[Expr, float] = {}
    for node in walk(text.tree):
        if isinstance(node, Quantity):
            number = value(node.ref)
            if number is None:
                return text
            leaves[node] = number
    try:
        with within(SECONDS_AN_ANSWER), np.errstate(all="ignore"):
            result = float(evaluate(text.tree, leaves, FLOAT64))
    except (ArithmeticError, ValueError, RecursionError):
        result = math.nan
    except OutOfTime:
        cure = "write the number, or a shorter formula"
        said = f"it takes longer than {SECONDS_AN_ANSWER:g} seconds"
        return structs.replace(text, tree=None, problem=Problem(said, text.place, cure))
    if not math.isfinite(result):
        said = "it has no finite value"
        cure = "it divides by 0, overflows, or takes the root or logarithm of a negative number"
        return structs.replace(text, tree=None, problem=Problem(said, text.place, cure))
    return structs.replace(text, value=result, unit=_unit(text, result, leaves))


def _with_doubt(text: ParsedAnswer, result: float, value: ValueOf) -> ParsedAnswer:
    """Return the answer with a word where its working is clearly another number than its result."""
    for tree in text.working:
        found = valued(ParsedAnswer(text.raw, tree=tree), value).value
        if found is not None and abs(found - result) > max(2 * text.unit, DOUBT * abs(result)):
            return structs.replace(text, remark="what stands before the last = is another number")
    return text


def _unit(text: ParsedAnswer, result: float, leaves: Mapping[Expr, float]) -> float:
    """Return the last place of a formula of rounded numbers: what half units in them make of it."""
    total = 0.0
    for tree in text.nearby:
        try:
            with np.errstate(all="ignore"):
                total += abs(float(evaluate(tree, leaves, FLOAT64)) - result)
        except (ArithmeticError, ValueError):
            return 0.0
    return total if math.isfinite(total) else 0.0
