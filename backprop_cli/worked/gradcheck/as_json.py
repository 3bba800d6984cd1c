"""GradientCheck and Meaning as plain data, for JSON."""

from __future__ import annotations

from typing import Any

from ...expression.refs import plain_name
from ...graph.records import Graph
from ...passes.differences.delta import Meaning
from ...passes.differences.gradient_check import Checked, Estimate, GradientCheck
from ...passes.differences.kinks import CrossedKink


def gradcheck_object(check: GradientCheck) -> dict[str, Any]:
    """Return the whole check, each entry by its plain name."""
    graph = check.graph
    worst = check.worst
    return {
        **_head(graph),
        "passed": check.passed,
        "tolerance": check.tolerance,
        "rounding": check.floor,
        "loss": check.loss,
        "worst": None if worst is None else plain_name(worst.ref.grad(), graph.in_out),
        "largest_relative_error": None if worst is None else worst.error,
        "checked": {
            plain_name(ref.grad(), graph.in_out): {"entries": checked, "of": total}
            for ref, (checked, total) in check.counts.items()
        },
        "seed": check.seed if check.sampled else None,
        "entries": [_entry(entry, graph) for entry in check.entries],
    }


def meaning_object(meaning: Meaning) -> dict[str, Any]:
    """Return the changes foretold and made."""
    graph = meaning.graph
    return {
        **_head(graph),
        "delta": {
            "name": plain_name(meaning.ref, graph.in_out),
            "value": meaning.value,
            "gradient": meaning.gradient,
            "of": plain_name(meaning.of),
            "cost": meaning.cost,
            "rounding": meaning.rounding,
            "changes": [
                {
                    "by": change.by,
                    "foretold": change.foretold,
                    "cost": change.cost,
                    "actual": change.actual,
                    "missed": change.missed,
                }
                for change in meaning.changes
            ],
            "kinks": [_kink(kink, graph) for kink in meaning.kinks],
        },
    }


def _head(graph: Graph) -> dict[str, Any]:
    return {"format": "backprop-gradcheck", "version": 1, "name": graph.name}


def _entry(entry: Checked, graph: Graph) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": plain_name(entry.ref.grad(), graph.in_out),
        "value": entry.value,
        "backpropagation": entry.gradient,
        **{name: _estimate(estimate) for name, estimate in entry.estimates.items()},
        "verdict": entry.verdict,
    }
    if entry.kinks:
        found["kinks"] = [_kink(kink, graph) for kink in entry.kinks]
        found["from_left"], found["from_right"] = entry.sides or (None, None)
    return found


def _estimate(estimate: Estimate) -> dict[str, Any]:
    if estimate.value is None:
        return {"verdict": estimate.verdict, "reason": estimate.reason}
    found: dict[str, Any] = {
        "verdict": estimate.verdict,
        "derivative": estimate.value,
        "relative_error": estimate.error,
    }
    if estimate.uncertainty:
        found["uncertainty"] = estimate.uncertainty
    if estimate.step:
        found["step"] = estimate.step
    return found


def _kink(kink: CrossedKink, graph: Graph) -> dict[str, Any]:
    name = plain_name(kink.ref, graph.in_out)
    return {"name": name, "function": kink.rule, "distance": kink.distance}
