r"""LaTeX mathematics that survives Markdown: GitHub reads Markdown inside the dollars too.

There ``\,`` loses its backslash, and so does ``\\`` within a line; ``}_{`` twice is emphasis,
``[1](2)`` a link, ``<z`` a tag, and ``|`` ends a table's cell. What is written instead means the
same to KaTeX and to MathJax.
"""

from __future__ import annotations

from .drawn import Drawn
from .latex.printer import LatexMath

_LETTERS = {r"\,": r"\thinspace", "<": r"\lt", ">": r"\gt"}


class MarkdownMath(LatexMath):
    r"""LaTeX with subscripts first (``z_{j}^{1}``) and no command that is not a word."""

    line_end = r"\cr"

    def script_text(self, base: str, below: str, above: str) -> str:
        """Return the letter with its scripts; an underscore follows a letter or stands alone."""
        mark = "_ " if base.endswith("}") else "_"
        raised = above.replace("](", "]{}(")
        return base + (f"{mark}{{{below}}}" if below else "") + (f"^{{{raised}}}" if above else "")

    def gap(self) -> Drawn:
        return Drawn(r" \thinspace ")

    def relation(self, operator: str) -> Drawn:
        """Return the relation's command; signs that could open a tag have one too."""
        known = _LETTERS.get(operator)
        return super().relation(operator) if known is None else Drawn(known)

    def operator_name(self, name: str) -> str:
        """Return an upright name; an underscore in it is a space."""
        return rf"\operatorname{{{name.replace('_', chr(92) + ' ')}}}"
