"""A gradient of weights written as its transpose, where that is no square: read as it is meant."""

from __future__ import annotations

from ..marking.markings import SheetMarkings
from .search import Finding

OUTER = "outer-transposed"


def with_transposed(sheet: SheetMarkings, findings: list[Finding]) -> list[Finding]:
    """Return the findings; numbers that are right but stand in a δᵀ for δ aᵀ have this mistake."""
    return [
        Finding("wrong", "diagnosed", OUTER)
        if marking.answer.parsed.turned and finding.verdict in ("right", "follow-through")
        else finding
        for marking, finding in zip(sheet.markings, findings, strict=True)
    ]
