"""Other spellings of plain names, as people and programs have them: z1_2, grad_W1, W1_new, y_hat.

Each stands for one name alone. z12 does not: it is unit 2 of layer 1, or layer 12.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAME = r"(?P<name>(?:d|delta|\u03b4)?_?[A-Za-z]+?_?[0-9]+|(?:delta|\u03b4)_?[0-9]+)"
_ANY = r"(?P<name>[A-Za-z][A-Za-z0-9_.]*?)"
_ENTRY = r"(?P<entry>(?:\[[0-9, ]+\])*)"
_MORE = _ENTRY.replace("entry", "more")
_AT = r"(?P<first>[0-9]+)(?:[_.](?P<second>[0-9]+))?"
_PATTERNS = tuple(
    (re.compile(pattern), form)
    for pattern, form in (
        (r"(?P<name>d?_?[Ww]_?[0-9])_(?P<first>[1-9])(?P<second>[1-9])", "{matrix}{at}"),
        (rf"{_NAME}[_.]{_AT}", "{plain}{at}"),
        (rf"{_NAME}\((?P<first>[0-9]+)(?:, ?(?P<second>[0-9]+))?\)", "{plain}{at}"),
        (rf"{_NAME}\[(?P<first>[0-9]+)\]\[(?P<second>[0-9]+)\]", "{plain}{at}"),
        (
            rf"(?:(?:[Gg]rad(?:ient)?|nabla)[_ ]?(?:of )?|\u2207[_ ]?){_ANY}{_ENTRY}",
            "d{plain}{entry}",
        ),
        (rf"{_ANY}{_ENTRY}[_.]grad{_MORE}", "d{plain}{entry}{more}"),
        (rf"d(?:loss|[LCEJ])_d{_ANY}{_ENTRY}", "d{plain}{entry}"),
        (rf"{_NAME}{_ENTRY}(?:[_ ^]?(?:new|neu)|\^?\+){_MORE}", "{plain}'{entry}{more}"),
        (
            r"(?i:loss|(?:total|overall)[_ ]loss|verlust|kosten|fehler|[LEJC]_?(?:total|ges))",
            "loss",
        ),
    )
)
"""What is written, and the plain name that it stands for."""
_OUTPUT = re.compile(r"(?P<name>y_?hat|\u0177|\\hat\{?y\}?)(?P<entry>(?:\[[0-9, ]+\])?)")


def respelled(text: str, layers: int) -> str:
    """Return the plain name that another spelling stands for, or nothing."""
    match = _OUTPUT.fullmatch(text)
    if match is not None:
        return f"a{layers}{match['entry']}"
    for pattern, form in _PATTERNS:
        match = pattern.fullmatch(text)
        if match is not None:
            return form.format(**_parts(match.groupdict(default="")))
    return ""


def entries(text: str) -> Iterator[str]:
    """Yield which entries z12 may be: z1[2]; dW111 may be dW1[1,1]."""
    if re.fullmatch(r"[A-Za-z]+[0-9]{1,3}", text):
        yield f"{text[:-1]}[{text[-1]}]"
        if text[-2].isdigit():
            yield f"{text[:-2]}[{text[-2]},{text[-1]}]"


def _parts(found: dict[str, str]) -> dict[str, str]:
    """Return what was found, and the name without the underscores before its numbers.

    A layer's own name keeps them.
    """
    name, at = found.get("name", ""), ",".join(filter(None, map(found.get, ("first", "second"))))
    plain = name if "." in name else name.replace("_", "").replace("\u03b4", "delta")
    return found | {"plain": plain, "matrix": plain.replace("w", "W"), "at": f"[{at}]"}
