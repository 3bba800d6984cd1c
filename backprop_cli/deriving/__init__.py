"""Graph → Document: the chain rule symbol by symbol, a file a style."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from .. import registry

if TYPE_CHECKING:
    from ..expression.refs import Ref
    from ..worked.document import Chain, Section
    from .deriver import Deriver


class Style(Struct, frozen=True):
    """One way to write a derivation.

    ``general`` states the four equations for a fully connected network; ``instance`` derives the
    wanted quantities of this one, given in the order from the loss inward; ``local`` writes one of
    the local derivatives, where the style has its own way. ``arrays`` says that errors are whole
    arrays, so that what cancels within an entry of δ stands beside the local derivatives.
    """

    name: str
    doc: str
    general: Callable[[Deriver], list[Section]]
    instance: Callable[[Deriver, tuple[Ref, ...]], list[Section]]
    local: Callable[[Chain], Chain] | None = None
    arrays: bool = False


@functools.cache
def styles() -> dict[str, Style]:
    """Return the styles by name: the STYLE of each file in this folder, leibniz first."""
    return registry.entries(__name__, "STYLE", first="leibniz")
