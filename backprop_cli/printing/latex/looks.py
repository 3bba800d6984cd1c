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
FITTED = r"\backpropfitted"
_SHRINKING = (
    "% A picture, smaller by no more than a share where it then fits on the rest of a page:",
    r"\providecommand{\backpropfitted}[2]{\par\setbox0\hbox{#2}%",
    r"  \dimen0=\pagegoal\advance\dimen0-\pagetotal\advance\dimen0-2\baselineskip",
    r"  \dimen2=\ht0\advance\dimen2\dp0\relax",
    r"  \ifinner\else\ifdim\pagegoal<\maxdimen",
    r"  \ifdim\dimen2>\dimen0\ifdim#1\dimen2<\dimen0\relax",
    r"    \setbox0\hbox{\resizebox*{!}{\dimen0}{\box0}}",
    r"  \fi\fi\fi\fi",
    r"  \begin{center}\box0\end{center}}",
)
"""Only in the page itself: within a box nothing is known of what is left of it."""


def macros(body: str) -> list[str]:
    """Return the definitions of what a text uses; one that there is already stays."""
    looks = [
        rf"\providecommand{{{name}}}[1]{{{look}}}  % {meaning}"
        for name, (look, meaning) in _MACROS.items()
        if name + "{" in body
    ]
    return [*looks, *(_SHRINKING if FITTED + "{" in body else ())]
