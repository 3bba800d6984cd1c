"""What is said in another language while something runs, and which of it is English still."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest import mock

from backprop_cli.languages import catalogue_of
from backprop_cli.languages.catalogue import Catalogue, Found


@contextlib.contextmanager
def heard() -> Iterator[dict[str, Found]]:
    """Yield each text that was asked for, with what was said for it."""
    found: dict[str, Found] = {}

    def said(self: Catalogue, text: str) -> str:
        found[text] = self.found(text)
        return found[text].text

    with mock.patch.object(Catalogue, "said", said):
        yield found


__all__ = ["catalogue_of", "heard"]
