"""δ as somebody else defines it: of (y − a), or with the 1/N of a mean over the batch in it.

Both are right where they are so throughout the sheet and the gradients of the parameters are right.
"""

from __future__ import annotations

from ...graph.records import Graph
from ..records import Rules, Sheet
from .answer_key import AnswerKey
from .marker import compared, moves
from .markings import Marking, SheetMarkings, is_delta


def compared_by_its_convention(answer_key: AnswerKey, sheet: Sheet, rules: Rules) -> SheetMarkings:
    """Return the sheet compared, its δ read as it defines them."""
    usual = usual_factor(answer_key, rules)
    found = compared(answer_key, sheet, rules, usual)
    for factor in _factors(answer_key, found):
        if not _allowed(factor, rules):
            continue
        other = compared(answer_key, sheet, rules, usual * factor)
        if _better(answer_key, other, found):
            return other
    return found


def usual_factor(answer_key: AnswerKey, rules: Rules) -> float:
    """Return by what δ is multiplied where the rules say how it is defined: else by 1."""
    graph = answer_key.graph
    samples = float(graph.samples) if graph.mean and rules.delta_mean == "with" else 1.0
    return -samples if rules.delta_sign == "y-a" else samples


def _allowed(factor: float, rules: Rules) -> bool:
    """Return whether the rules leave it open that δ differs by this factor."""
    return (factor > 0 or rules.delta_sign == "either") and (
        abs(factor) == 1 or rules.delta_mean == "either"
    )


def _factors(answer_key: AnswerKey, found: SheetMarkings) -> list[float]:
    """Return by which factors each δ of the sheet may differ from the true one."""
    deltas = [m for m in found.markings if is_delta(m.answer)]
    ratios = [m.truth / m.number.value for m in deltas if m.number and m.truth and m.number.value]
    graph = answer_key.graph
    samples = float(graph.samples) if graph.mean else 1.0
    factors = [-1.0] if ratios and all(ratio < 0 for ratio in ratios) else []
    if samples > 1:
        factors += [
            factor
            for factor in (samples, -samples)
            if ratios and all(0.7 < ratio / factor < 1.4 for ratio in ratios)
        ]
    return factors


def _better(answer_key: AnswerKey, other: SheetMarkings, found: SheetMarkings) -> bool:
    """Return whether a reading of δ explains more, and the parameters' gradients speak for it."""
    pairs = list(zip(found.markings, other.markings, strict=True))
    graph = answer_key.replay.graph
    sums = [(a, b) for a, b in pairs if _is_sum(b, graph)]
    kept = any(after.verdict == "right" and moves(answer_key, after) for _, after in sums)
    lost = any(before.accepted and not after.accepted for before, after in sums)
    more = sum(b.accepted for _, b in pairs) > sum(a.accepted for a, _ in pairs)
    return kept and more and not lost


def _is_sum(marking: Marking, graph: Graph) -> bool:
    """Whether the answer is a parameter's gradient, or the parameter after one step."""
    ref = marking.answer.ref
    return marking.answer.step or (ref.gradient and graph.kind(ref) is not None)
