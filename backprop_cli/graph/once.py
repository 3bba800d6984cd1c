"""What is found out of a graph once, and kept with it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

from .records import Graph

T = TypeVar("T")


def once(make: Callable[[Graph], T]) -> Callable[[Graph], T]:
    """Return the function with what it finds kept with the graph, as its cached properties are."""
    key = f"{make.__module__}.{make.__qualname__}"

    @functools.wraps(make)
    def found(graph: Graph) -> T:
        kept = graph.__dict__
        if key not in kept:
            kept[key] = make(graph)
        result: T = kept[key]
        return result

    return found
