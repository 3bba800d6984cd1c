"""Computation graph → Document: its derivatives node by node, a file a mode."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from ...worked.document import Block
    from .subject import Subject


class Worked(Struct, frozen=True):
    """What a mode found: the blocks to show, and plain data for JSON beside their equations."""

    blocks: tuple[Block, ...]
    data: dict[str, Any] = {}


class Mode(Struct, frozen=True):
    """One way through a computation graph: its name, a line about it, and what it derives."""

    name: str
    doc: str
    work: Callable[[Subject], Worked]


@functools.cache
def modes() -> dict[str, Mode]:
    """Return the modes by name: the MODE of each file in this folder, reverse first."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found: dict[str, Mode] = {m.MODE.name: m.MODE for m in modules if hasattr(m, "MODE")}
    return {"reverse": found["reverse"], **found}
