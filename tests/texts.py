"""The formats whose files are text, which can be read back."""

from __future__ import annotations

from backprop_cli.render import Format, formats


def texts() -> dict[str, Format]:
    """Return them by name: PDF is set by another program."""
    return {name: entry for name, entry in formats().items() if entry.finish is None}
