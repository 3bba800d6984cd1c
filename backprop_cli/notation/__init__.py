"""Notation profiles: which letters, indices and signs a course writes with, as data."""

from __future__ import annotations


def profile_names() -> tuple[str, ...]:
    """Return the names of the packaged profiles."""
    return ("standard",)
