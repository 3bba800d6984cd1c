r"""How names and numbers look in LaTeX, in one place: macros that a document may define itself."""

from __future__ import annotations

from .words import NAMED

MARKED, VALUE, GRADIENT = r"\backpropmarked", r"\backpropvalue", r"\backpropgradient"
_MACROS = {
    NAMED: (r"\texttt{#1}", "a plain name, as it is typed"),
    MARKED: (r"\boxed{#1}", "a number that others are told apart from"),
    VALUE: ("#1", "a table's value of the forward pass"),
    GRADIENT: ("#1", "a table's gradient"),
}


def macros(body: str) -> list[str]:
    """Return the definitions of what a text uses; one that there is already stays."""
    return [
        rf"\providecommand{{{name}}}[1]{{{look}}}  % {meaning}"
        for name, (look, meaning) in _MACROS.items()
        if name + "{" in body
    ]
