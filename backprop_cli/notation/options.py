"""Which notation is written: the one asked for, else the file's own, else the default."""

from __future__ import annotations

from ..graph.records import Graph
from ..problems import nearest, refuse
from ..spec.profile import Profile
from . import facts, profile, profile_names
from .bound import Notation, bound


def chosen_profile(asked: str | None, from_file: Profile | None) -> Profile:
    """Return the profile; raise Refusal with the nearest name where there is none of that name."""
    if asked is None:
        return from_file or profile("standard")
    try:
        return profile(asked)
    except KeyError:
        message = f"--notation: there is no notation '{asked}'"
        raise refuse(message, None, nearest(asked, profile_names())) from None


def chosen_notation(
    asked: str | None, from_file: Profile | None, graph: Graph | None = None
) -> Notation:
    """Return the notation of a network."""
    found = chosen_profile(asked, from_file)
    return bound(found) if graph is None else bound(found, facts.facts_of(graph))
