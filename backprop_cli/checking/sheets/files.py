"""Sheets on disk: found in folders, opened without waiting, read no further than allowed."""

from __future__ import annotations

import os
import stat
import sys
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct, structs

from ...problems import Place, Refusal, Source, refuse, shortened
from ...spec.nodes import NO_NAME, decoded
from .handing_in import of_the_system

HEAD = 4000
"""Bytes of a file that is too large from which its kind is told."""
LARGEST_SHEET = 64 * 1024
"""Bytes; a sheet of answers to a network that is done by hand has a few hundred."""
MOST_SHEETS = 200_000
DEEPEST_FOLDER = 8
LARGEST_BINARY = 512 * 1024
"""Bytes of a file of arrays, or of a spreadsheet, as it stands."""
BINARY = (".npz", ".npy", ".xlsx")
SUFFIXES = (".yaml", ".yml", ".json", ".csv", *BINARY)
"""What is taken for a sheet in a folder."""


class Found(Struct, frozen=True):
    """A file's path; ``linked`` where it is a link that was found in a folder.

    ``folder`` is the folder that was named; ``why`` says why the file is left out; ``alone`` that
    it is the only sheet of its own folder.
    """

    path: str
    linked: bool = False
    folder: str = ""
    why: str = ""
    alone: bool = False

    @property
    def foreign(self) -> bool:
        """Whether it was handed in as a file of a kind that is not read."""
        return bool(self.folder) and not self.path.lower().endswith(SUFFIXES)


def sheet_files(paths: tuple[str, ...]) -> Iterator[Found]:
    """Yield the files named, and those in the folders named, each once, in order.

    What is left out is among them, with its reason. Links to folders are not followed. Raises
    Refusal for a folder without sheets, or with more than MOST_SHEETS.
    """
    seen: set[str] = set()
    for path in paths:
        folder = path != "-" and os.path.isdir(path)
        found = _with_owners(list(_in_folder(path, path, 0))) if folder else [Found(path)]
        if all(each.why or each.foreign for each in found):
            cure = f"sheets end in {', '.join(SUFFIXES)}"
            raise refuse("no sheets in this folder", None, cure, Source(shortened(path, 200), ""))
        for each in found:
            if os.path.abspath(each.path) not in seen:
                seen.add(os.path.abspath(each.path))
                yield each
        if len(seen) > MOST_SHEETS:
            raise refuse(f"more than {MOST_SHEETS} sheets", None, "check one folder at a time")


def _with_owners(found: list[Found]) -> list[Found]:
    """Return the files, those marked that are alone in a folder of their own."""
    count = Counter(os.path.dirname(each.path) for each in found if not each.why)
    return [
        structs.replace(each, alone=count[os.path.dirname(each.path)] == 1)
        if os.path.dirname(each.path) != each.folder.rstrip(os.sep)
        else each
        for each in found
    ]


def _in_folder(folder: str, root: str, depth: int) -> Iterator[Found]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        source = Source(shortened(folder, 200), "")
        raise refuse(f"cannot be read: {reason}", None, "", source) from None
    for entry in entries:
        why = of_the_system(entry.name)
        if why:
            yield Found(entry.path, folder=root, why=why)
        elif entry.is_dir(follow_symlinks=False):
            if depth < DEEPEST_FOLDER:
                yield from _in_folder(entry.path, root, depth + 1)
            else:
                yield Found(entry.path, folder=root, why="too deep in folders")
        elif entry.is_symlink() and os.path.isdir(entry.path):
            yield Found(entry.path, folder=root, why="a link to a folder")
        else:
            yield Found(entry.path, entry.is_symlink(), root)


def read_binary(path: str, *, linked: bool = False) -> bytes:
    """Return the bytes of a spreadsheet or of arrays, as ``read_source`` returns a text."""
    _refuse_link(path, linked)
    data = _bytes(path, LARGEST_BINARY)
    if len(data) > LARGEST_BINARY:
        source = Source(shortened(path, 200), "")
        cure = "keep what is asked for"
        raise refuse(f"larger than {LARGEST_BINARY // 1024} KiB", None, cure, source)
    return data


def _refuse_link(path: str, linked: bool) -> None:
    if linked:
        cure = "hand in the file itself, or name it on the command line"
        source = Source(shortened(path, 200), "")
        raise refuse(
            "a link to another file, which is not followed in a folder", None, cure, source
        )


def read_source(path: str, *, linked: bool = False) -> Source:
    """Return a sheet's name and text; ``-`` is standard input.

    A link in a folder of sheets may show somebody else's file and is refused (``linked``).
    Raises Refusal for what is no readable UTF-8 file of at most LARGEST_SHEET bytes; that of a
    larger one has its beginning, which may show that it is a report. A pipe is
    never waited for, and no more than the limit is read.
    """
    _refuse_link(path, linked)
    if path == "-":
        data, name = sys.stdin.buffer.read(LARGEST_SHEET + 1), "<stdin>"
    else:
        data, name = _bytes(path), path
    if len(data) > LARGEST_SHEET:
        cure = "a sheet has the answers and nothing else"
        source = Source(shortened(name, 200), data[:HEAD].decode("utf-8", "replace"))
        raise refuse(f"larger than {LARGEST_SHEET // 1024} KiB", None, cure, source)
    text = decoded(data, name)
    if not text.strip():
        source = Source(shortened(name, 200), "")
        raise refuse("the sheet is empty", Place(1, 1), "it needs 'answers:'", source)
    return Source(name, text)


def _bytes(path: str, most: int = LARGEST_SHEET) -> bytes:
    source = Source(shortened(path, 200), "")
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except FileNotFoundError:
        raise refuse("no such file", None, "", source) from None
    except ValueError:
        raise refuse(NO_NAME, None, "", source) from None
    except OSError as error:
        raise _unreadable(source, error) from None
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            what = "a folder, not a sheet" if stat.S_ISDIR(mode) else "not a regular file"
            raise refuse(what, None, "give '-' to read standard input", source)
        return _read(handle, most)
    except OSError as error:
        raise _unreadable(source, error) from None
    finally:
        os.close(handle)


def _read(handle: int, most: int) -> bytes:
    """Return what is in the file, at most one byte more than a sheet may have."""
    found = b""
    while len(found) <= most:
        piece = os.read(handle, most + 1 - len(found))
        if not piece:
            break
        found += piece
    return found


def _unreadable(source: Source, error: OSError) -> Refusal:
    reason = error.strerror or str(error)
    return refuse(f"cannot be read: {reason.lower()}", None, "", source)
