"""Layer types: a file each, with its keys, its shape and the nodes it becomes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ..expression.axes import Axes
from ..registry import entries, known

if TYPE_CHECKING:
    from ..graph.building import Builder, Inputs, Lowered
    from ..spec.reading import Key
    from ..spec.records import LayerSpec

INNER = "inner values"
"""What the parts of a layer are called that have no name of their own."""


class LayerType(Struct, frozen=True):
    """One type: its own keys, the record they fill, how it becomes nodes, and an example file.

    ``lower`` returns None after reporting what does not fit. ``sample_rank`` is how many axes one
    sample has, for a type that is particular about it, and ``sample_axes`` what they count, where
    that is not what so many usually do. With ``one_channel`` the first axis may be left out of a
    sample that has one channel. ``also`` has its other names. ``meanings`` says what its inner
    parts and its constants are; ``mixes_steps`` that a step of its answer reads other steps.
    """

    name: str
    doc: str
    keys: dict[str, Key]
    record: type[Struct]
    lower: Callable[[LayerSpec, Any, Inputs, Builder], Lowered | None]
    example: str
    sample_rank: int | None = None
    meanings: dict[str, str] = {}
    sample_axes: Axes = ()
    one_channel: bool = False
    also: tuple[str, ...] = ()
    mixes_steps: bool = False


def words_for(kind: str, part: str) -> str:
    """Return what a part of a layer is called: queries, scores; else an inner value."""
    found = layer_type(kind)
    return INNER if found is None else found.meanings.get(part, INNER)


def layer_type(name: str) -> LayerType | None:
    """Return the type of a name, its own or another, importing no more than it takes; or None."""
    own: LayerType | None = known(__name__, name, "TYPE")
    return own or next((each for each in layer_types().values() if name in each.also), None)


@functools.cache
def layer_types() -> dict[str, LayerType]:
    """Return the layer types by name: the TYPE of each file in this folder, dense first."""
    return entries(__name__, "TYPE", first="dense")
