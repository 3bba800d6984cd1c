"""Reading a ``.po`` file of gettext: each msgid with its msgstr."""

from __future__ import annotations

import re

_ENTRY = re.compile(
    r'^msgid((?:\s+"(?:[^"\\\n]|\\.)*")+)\s+msgstr((?:\s+"(?:[^"\\\n]|\\.)*")+)', re.M
)
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_ESCAPES = {r"\n": "\n", r"\t": "\t", r"\"": '"', r"\\": "\\"}


def read(text: str) -> dict[str, str]:
    """Return the entries, the head (whose msgid is empty) left out."""
    found = {_joined(source): _joined(target) for source, target in _ENTRY.findall(text)}
    found.pop("", None)
    return found


def _joined(lines: str) -> str:
    whole = "".join(_STRING.findall(lines))
    return re.sub(r"\\.", lambda match: _ESCAPES[match[0]], whole) if "\\" in whole else whole
