"""Computation graph → Document: its derivatives node by node, a file a mode."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ... import registry

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
    return registry.entries(__name__, "MODE", first="reverse")
