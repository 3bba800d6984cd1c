"""``judge``: somebody's sheet against the network, each answer with the rule that decided it."""

from __future__ import annotations

import numpy as np

from ..graph.records import Graph
from ..passes.trace import Trace
from .feedback.sentences import find_cut, name_earlier, say
from .marking.marker import AnswerKey, Item, Walk, is_delta
from .mistakes import Network
from .records import Judged, Marked, Rules, Sheet
from .replay import replay_of
from .search.search import Diagnosis


def answer_key(graph: Graph, trace: Trace | None, rate: float | None = None) -> AnswerKey:
    """Return what every sheet of this network shares: do this once for a class.

    ``rate`` is the learning rate, for answers such as ``W1'``. Without a trace (a symbolic network)
    formulas alone can be judged.
    """
    replay = replay_of(graph, trace, rate)
    return AnswerKey(replay, Network.of(replay), {}, {}, [], trace is not None)


def judge(
    graph: Graph,
    trace: Trace | None,
    sheet: Sheet,
    rules: Rules | None = None,
    *,
    rate: float | None = None,
) -> Marked:
    """Return the sheet judged. For many sheets: ``prepared`` once, then ``judged`` for each."""
    return mark_sheet(answer_key(graph, trace, rate), sheet, rules)


def mark_sheet(problem: AnswerKey, sheet: Sheet, rules: Rules | None = None) -> Marked:
    """Return the sheet judged by these rules, or by its own."""
    rules = sheet.rules if rules is None else rules
    with np.errstate(all="ignore"):
        walk = _walked(problem, sheet, rules)
        Diagnosis(walk, problem.network).run()
        find_cut(walk)
        name_earlier(walk)
    say(walk)
    return Marked(sheet, tuple(_result(item, rules, problem) for item in walk.items))


def _walked(problem: AnswerKey, sheet: Sheet, rules: Rules) -> Walk:
    """Return the sheet decided, δ read as somebody else defines it where it is so throughout.

    Of (y − a), or with the 1/N of a mean over the batch in it already: both are right where the
    gradients of the parameters are.
    """
    walk = Walk(problem, sheet, rules)
    walk.run()
    for factor in _factors(problem, walk):
        other = Walk(problem, sheet, rules, factor)
        other.run()
        if _better(other, walk):
            return other
    return walk


def _factors(problem: AnswerKey, walk: Walk) -> list[float]:
    """Return by which factors each δ of the sheet may differ from the true one."""
    deltas = [item for item in walk.items if is_delta(item.answer)]
    ratios = [i.truth / i.figure.value for i in deltas if i.figure and i.truth and i.figure.value]
    graph = problem.graph
    samples = float(graph.samples) if graph.mean else 1.0
    found = [-1.0] if ratios and all(ratio < 0 for ratio in ratios) else []
    if samples > 1:
        found += [
            factor
            for factor in (samples, -samples)
            if ratios and all(0.7 < ratio / factor < 1.4 for ratio in ratios)
        ]
    return found


def _better(other: Walk, walk: Walk) -> bool:
    """Return whether a reading of δ explains more, and the parameters' gradients speak for it."""
    sums = [(a, b) for a, b in zip(walk.items, other.items, strict=True) if _is_sum(b)]
    kept = any(after.verdict == "right" and other.moves(after) for _, after in sums)
    lost = any(before.accepted and not after.accepted for before, after in sums)
    more = sum(item.accepted for item in other.items) > sum(i.accepted for i in walk.items)
    return kept and more and not lost


def _is_sum(item: Item) -> bool:
    """Whether the answer is a parameter's gradient, or the parameter after one step."""
    return item.answer.step or (item.answer.ref.gradient and item.answer.ref.part in ("W", "b"))


def _result(item: Item, rules: Rules, problem: AnswerKey) -> Judged:
    most = 0.0 if item.verdict == "undecided" or item.key in problem.graph.given else 1.0
    credit = {"right": most, "follow-through": rules.follow_through_credit}
    return Judged(
        item.answer,
        item.verdict,
        item.rule,
        item.truth if problem.numbers else None,
        credit.get(item.verdict, 0.0),
        most,
        item.mistake,
        item.also,
        item.earlier,
        item.message,
        item.full,
        item.answer.parsed.value,
    )
