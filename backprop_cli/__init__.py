"""Worked backpropagation: every delta and weight gradient of a network, with its numbers.

In Python: ``backprop_cli.trace("net.yaml").gradient("W1")``; a trace shows itself in a notebook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import (
        CheckedAnswers,
        Derivation,
        Traced,
        check,
        derive,
        load,
        loads,
        merge,
        sweep,
        trace,
    )
    from .graph.names import UnknownName
    from .problems import Refusal

__version__ = "0.1.0"
__all__ = [
    "CheckedAnswers",
    "Derivation",
    "Refusal",
    "Traced",
    "UnknownName",
    "check",
    "derive",
    "load",
    "loads",
    "merge",
    "sweep",
    "trace",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for only then, so that the command line starts at once."""
    if name in __all__:
        from . import api

        return getattr(api, name)
    raise AttributeError(f"module 'backprop_cli' has no attribute '{name}'")


def __dir__() -> list[str]:
    """Return what there is to use, for who completes a name in a notebook."""
    return [*__all__, "__version__"]
