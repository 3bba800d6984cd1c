"""Graph → Document: the chain rule symbol by symbol, a file a style."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from ..expression.refs import Ref
    from ..worked.document import Section
    from .deriver import Deriver


class Style(Struct, frozen=True):
    """One way to write a derivation.

    ``general`` states the four equations for a fully connected network; ``instance`` derives the
    wanted quantities of this one, given in the order from the loss inward.
    """

    name: str
    doc: str
    general: Callable[[Deriver], list[Section]]
    instance: Callable[[Deriver, tuple[Ref, ...]], list[Section]]


@functools.cache
def styles() -> dict[str, Style]:
    """Return the styles by name: the STYLE of each file in this folder, leibniz first."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found: dict[str, Style] = {m.STYLE.name: m.STYLE for m in modules if hasattr(m, "STYLE")}
    return {"leibniz": found["leibniz"], **found}
