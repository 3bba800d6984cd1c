"""What is said in another language while something runs, and which of it is English still."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Iterable, Iterator
from typing import Any
from unittest import mock

import yaml

from backprop_cli.explaining.lookup import words
from backprop_cli.explaining.tables import file_keys
from backprop_cli.languages.catalogue import Catalogue, SaidText
from backprop_cli.layers import layer_types

from ..commands.running import CONFIGS

PIECE = re.compile("[\ue000-\uf8ff]+")
NUMBER = re.compile(r"(?<![\w\[])[−-]?\d[\d.,]*(?![\w\]])")
WORD = re.compile(r"(?<![\w\[./-])[A-Za-z]?[a-z]{2,}(?![\w\[/_(])")
OWN_NAMES = frozenset(("sympy", "Xavier", "Adam"))
"""Names that are nobody's word, in no file and no table."""


@contextlib.contextmanager
def heard() -> Iterator[dict[str, SaidText]]:
    """Yield each text that was asked for, with what was said for it."""
    found: dict[str, SaidText] = {}

    def said(self: Catalogue, text: str) -> str:
        found[text] = self.found(text)
        return found[text].text

    with mock.patch.object(Catalogue, "said", said):
        yield found


def missing(found: Iterable[SaidText]) -> list[str]:
    """Return what is English still and should not be, as msgids may have it, each once.

    A title that was said in the language before it became one is not.
    """
    found = list(found)
    said = {each.text for each in found if each.used}
    words = (text for each in found for text in (*each.left, *each.titles) if text not in said)
    return list(dict.fromkeys(form_of(text) for text in words if not is_name(text)))


def form_of(text: str) -> str:
    """Return a sentence as a msgid may have it, with holes for mathematics and numbers."""
    return NUMBER.sub("{number}", PIECE.sub("{math}", text))


def is_name(text: str) -> bool:
    """Return whether a text is a name or a piece of a file, which stays as it is."""
    bare = text.strip(" .…")
    return (
        bare in kept()
        or all(part in kept() or not WORD.search(part) for part in bare.split(": "))
        or (len(bare) > 12 and any(bare in name for name in kept()))
        or bare.startswith(("{", "[{"))
        or all(word in kept() for word in WORD.findall(bare))
    )


@functools.cache
def kept() -> frozenset[str]:
    """Return what the examples' files hold, and the names of what tables have."""
    found: set[str] = set(OWN_NAMES)
    for file in CONFIGS.glob("*.yaml"):
        found.update(_words_of(yaml.safe_load(file.read_text(encoding="utf-8"))))
    for kind in layer_types().values():
        found.update(_words_of(yaml.safe_load(kind.example)))
    found.update(word.name for word in words() if word.kind != "word")
    found.update(file_keys())
    found.update(name.replace("_", " ") for name in tuple(found) if "_" in name)
    return frozenset(text.strip(" .") for text in found)


def _words_of(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from _words_of(value)
    elif isinstance(node, list):
        for each in node:
            yield from _words_of(each)
    elif isinstance(node, str):
        yield node
