"""Which notation is written: the one asked for, else the file's own, else the default."""

from __future__ import annotations

from ..graph.records import Graph
from ..problems import refuse
from ..spec.profile import Profile
from . import facts, profile
from .bound import Notation, bound


def chosen_profile(asked: str | None, from_file: Profile | None) -> Profile:
    """Return the profile; raise Refusal with the nearest name where there is none of that name."""
    if asked is None:
        return from_file or profile("standard")
    from .from_file import meant, named_profile

    found = named_profile(asked)
    if found is None:
        raise refuse(f"--notation: there is no notation '{asked}'", None, meant(asked))
    return found


def chosen_notation(
    asked: str | None, from_file: Profile | None, graph: Graph | None = None
) -> Notation:
    """Return the notation of a network."""
    found = chosen_profile(asked, from_file)
    return bound(found) if graph is None else bound(found, facts.facts_of(graph))
