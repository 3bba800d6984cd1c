"""Layer types: a file each, with its keys, its shape and the nodes it becomes."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from ..graph.building import Builder, Inputs, Lowered
    from ..spec.network import LayerSpec
    from ..spec.reading import Key


class LayerType(Struct, frozen=True):
    """One type: its own keys, the record they fill, how it becomes nodes, and an example file.

    ``lower`` returns None after reporting what does not fit. ``sample_rank`` is how many axes one
    sample has, for a type that is particular about it.
    """

    name: str
    doc: str
    keys: dict[str, Key]
    record: type[Struct]
    lower: Callable[[LayerSpec, Any, Inputs, Builder], Lowered | None]
    example: str
    sample_rank: int | None = None


@functools.cache
def layer_types() -> dict[str, LayerType]:
    """Return the layer types by name: the TYPE of each file in this folder, dense first."""
    found: dict[str, LayerType] = {module.TYPE.name: module.TYPE for module in _modules()}
    return {"dense": found["dense"], **found}


def _modules() -> list[Any]:
    names = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_"))
    return [importlib.import_module(f"{__name__}.{name}") for name in names]
