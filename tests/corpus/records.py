"""What the corpus is made of: documents as files, what their readers found, and who reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct


class Made(Struct, frozen=True):
    """A document: the command that it is from, and its files by what they are for."""

    name: str
    command: tuple[str, ...]
    files: dict[str, tuple[Path, ...]]


class Fault(Struct, frozen=True):
    """What a reader found of a document: it refused it, or something leaves its page."""

    reader: str
    document: str
    overflow: bool
    words: str


class Row(Struct, frozen=True):
    """What a reader found of a network's documents: how many there are, refused, too wide."""

    reader: str
    counts: tuple[int, int, int]
    faults: tuple[Fault, ...]
    seconds: float


class Reader(Struct, frozen=True):
    """A program that reads documents: the files that it takes, what it lacks, how it reads.

    ``read`` is given the documents that have such files, and a folder to work in.
    """

    name: str
    takes: str
    lacks: Callable[[], str]
    read: Callable[[list[Made], Path], list[Fault]]
