"""Other spellings of plain names, as people and programs have them: z1_2, grad_W1, W1_new, y_hat.

Each stands for one name alone. z12 does not: it is unit 2 of layer 1, or layer 12.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_NAME = r"(?P<name>(?:d|delta|\u03b4)?_?[A-Za-z]+?_?[0-9]+|(?:delta|\u03b4)_?[0-9]+)"
_ANY = r"(?P<name>[A-Za-z][A-Za-z0-9_.]*?)"
_ENTRY = r"(?P<entry>(?:\[[0-9, ]+\])*)"
_MORE = _ENTRY.replace("entry", "more")
_AT = r"(?P<first>[0-9]+)(?:[_.](?P<second>[0-9]+))?"
_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern), made)
    for pattern, made in (
        (
            r"(?P<name>d?_?[Ww]_?[0-9])_(?P<first>[1-9])(?P<second>[1-9])",
            lambda m: f"{_plain(m).replace('w', 'W')}{_entry(m['first'], m['second'])}",
        ),
        (rf"{_NAME}[_.]{_AT}", lambda m: f"{_plain(m)}{_entry(m['first'], m['second'])}"),
        (
            rf"{_NAME}\((?P<first>[0-9]+)(?:, ?(?P<second>[0-9]+))?\)",
            lambda m: f"{_plain(m)}{_entry(m['first'], m['second'])}",
        ),
        (
            rf"{_NAME}\[(?P<first>[0-9]+)\]\[(?P<second>[0-9]+)\]",
            lambda m: f"{_plain(m)}{_entry(m['first'], m['second'])}",
        ),
        (
            rf"(?:(?:[Gg]rad(?:ient)?|nabla)[_ ]?(?:of )?|\u2207[_ ]?){_ANY}{_ENTRY}",
            lambda m: f"d{_plain(m)}{m['entry']}",
        ),
        (
            rf"{_ANY}{_ENTRY}[_.]grad{_MORE}",
            lambda m: f"d{_plain(m)}{m['entry']}{m['more']}",
        ),
        (rf"d(?:loss|[LCEJ])_d{_ANY}{_ENTRY}", lambda m: f"d{_plain(m)}{m['entry']}"),
        (
            rf"{_NAME}{_ENTRY}(?:[_ ^]?(?:new|neu)|\^?\+){_MORE}",
            lambda m: f"{_plain(m)}'{m['entry']}{m['more']}",
        ),
        (
            r"(?i:loss|(?:total|overall)[_ ]loss|verlust|kosten|fehler|[LEJC]_?(?:total|ges))",
            lambda m: "loss",
        ),
    )
)
_OUTPUT = re.compile(r"(?P<name>y_?hat|\u0177|\\hat\{?y\}?)(?P<entry>(?:\[[0-9, ]+\])?)")


def respelled(text: str, layers: int) -> str:
    """Return the plain name that another spelling stands for, or nothing."""
    match = _OUTPUT.fullmatch(text)
    if match is not None:
        return f"a{layers}{match['entry']}"
    for pattern, made in _PATTERNS:
        match = pattern.fullmatch(text)
        if match is not None:
            return made(match)
    return ""


def entries(text: str) -> Iterator[str]:
    """Yield which entries z12 may be: z1[2]; dW111 may be dW1[1,1]."""
    if re.fullmatch(r"[A-Za-z]+[0-9]{1,3}", text):
        yield f"{text[:-1]}[{text[-1]}]"
        if text[-2].isdigit():
            yield f"{text[:-2]}[{text[-2]},{text[-1]}]"


def _plain(match: re.Match[str]) -> str:
    """Return the name without the underscores before its numbers; a layer's own name keeps them."""
    name = match["name"]
    return name if "." in name else name.replace("_", "").replace("\u03b4", "delta")


def _entry(first: str, second: str | None) -> str:
    return f"[{first},{second}]" if second else f"[{first}]"
