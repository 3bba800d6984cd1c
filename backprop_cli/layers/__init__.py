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
    """One type: its own keys, the record they fill, and how it becomes nodes.

    ``lower`` returns None after reporting what does not fit.
    """

    name: str
    doc: str
    keys: dict[str, Key]
    record: type[Struct]
    lower: Callable[[LayerSpec, Any, Inputs, Builder], Lowered | None]


@functools.cache
def layer_types() -> dict[str, LayerType]:
    """Return the layer types by name: the TYPE of each file in this folder, dense first."""
    names = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_"))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found: dict[str, LayerType] = {m.TYPE.name: m.TYPE for m in modules}
    return {"dense": found["dense"], **found}
