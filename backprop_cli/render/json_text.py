"""Plain data → JSON, indented."""

from __future__ import annotations

import msgspec


def json_text(value: object) -> str:
    """Return the value as JSON, indented."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
