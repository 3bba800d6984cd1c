"""How many equations each rule of the page has checked in this run, said at its end."""

from __future__ import annotations

from collections import Counter

COUNTED: Counter[str] = Counter()
"""Equations by the rule that checked them, in this process."""


def counted(rule: str, equations: int = 1) -> None:
    """Add to what a rule has checked: ``counted("values", 12)``."""
    COUNTED[rule] += equations
