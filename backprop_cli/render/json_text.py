"""Plain data → JSON, indented."""

from __future__ import annotations

import re

import msgspec

_UNSEEN = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Characters that JSON allows and a terminal obeys, or does not show."""


def json_text(value: object) -> str:
    """Return the value as JSON, indented; what cannot be seen is escaped."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
