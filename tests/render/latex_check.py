"""What every LaTeX formula must keep to, checked without a LaTeX."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}$]", re.DOTALL)
_ENVIRONMENT = re.compile(r"\\(begin|end)\{(\w+\*?)\}")


def check(latex: str) -> None:
    r"""Check braces, ``\left`` and ``\right``, environments, dollars; nothing but ASCII."""
    assert latex.isascii(), [c for c in latex if not c.isascii()]
    depth = 0
    fences = 0
    dollars = 0
    for token in _TOKEN.findall(latex):
        match token:
            case "{":
                depth += 1
            case "}":
                depth -= 1
                assert depth >= 0, latex
            case "$":
                dollars += 1
            case r"\left":
                fences += 1
            case r"\right":
                fences -= 1
                assert fences >= 0, latex
    assert depth == 0, latex
    assert fences == 0, latex
    assert dollars % 2 == 0, latex
    opened: list[str] = []
    for kind, name in _ENVIRONMENT.findall(latex):
        if kind == "begin":
            opened.append(name)
        else:
            assert opened, latex
            assert opened.pop() == name, latex
    assert not opened, latex
    assert not re.search(r"[\^_][\^_]|\^\{[^{}]*\}\^|_\{[^{}]*\}_", latex), latex
