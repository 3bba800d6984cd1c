"""``python -m tests.corpus katex beamer --only mazur``: who refuses what, and what is too wide."""

from __future__ import annotations

import argparse
import functools
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from pathlib import Path

from . import formulas, latex, notebooks, pandoc, pictures, screens, typeset
from .documents import commands, explained, made, prepare
from .networks import networks
from .records import Fault, Made, Row

READERS = {
    reader.name: reader
    for module in (latex, formulas, pandoc, notebooks, typeset, screens, pictures)
    for reader in module.READERS
}
WORDS = "explain"
"""The name of what is explained without a network, beside the networks' names."""
MADE = "made"
"""The row of the commands themselves."""


def main() -> None:
    """Run what was asked for; print a row an example and reader with its faults, then the sums."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("part", nargs="*", help=", ".join(READERS), choices=[[], *READERS])
    parser.add_argument("--only", action="append", help="these examples alone")
    parser.add_argument("--command", help="the documents of one command")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, help="a folder to leave the files in")
    parser.add_argument(
        "--all", action="store_true", help="every fault, not a document's first alone"
    )
    chosen = parser.parse_args()
    wanted = chosen.part or list(READERS)
    here = [name for name in wanted if not READERS[name].lacks()]
    for name in wanted:
        if name not in here:
            print(f"left out: {name} needs {READERS[name].lacks()}")
    names = chosen.only or [*networks(), WORDS]
    print(f"{'':32}documents, failures, overflows", flush=True)
    sums: Counter[tuple[str, int]] = Counter()
    with ProcessPoolExecutor(chosen.jobs) as pool:
        ask = functools.partial(_told, chosen.all, here, chosen.command or "", chosen.keep)
        for row in chain.from_iterable(pool.map(ask, names)):
            sums.update({(row.reader, place): n for place, n in enumerate(row.counts)})
    for reader in (MADE, *here):
        print(_line("together", reader, [sums[reader, place] for place in range(3)]))


def _line(name: str, reader: str, counts: Iterable[int]) -> str:
    return f"{name:18} {reader:14}" + "".join(f"{n:6}" for n in counts)


def _told(
    every: bool, readers: Iterable[str], command: str, keep: Path | None, name: str
) -> list[Row]:
    """Print each row when its reader is done, and every fault or each document's first."""
    rows = []
    for row in read(name, readers, command, keep):
        said = [f"{_line(name, row.reader, row.counts)}  {row.seconds:4.0f} s"]
        documents: set[str] = set()
        for fault in row.faults:
            if every or fault.document not in documents:
                said.append(f"  {fault.document}: {fault.words[:400]}")
            documents.add(fault.document)
        print("\n".join(said), flush=True)
        rows.append(row)
    return rows


def read(
    name: str, readers: Iterable[str], command: str = "", keep: Path | None = None
) -> Iterator[Row]:
    """Yield what each reader found of a network's documents; first, what making them came to."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep / name if keep else Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        began = time.time()
        if name == WORDS:
            words = explained()
        else:
            net = folder / f"{name}.yaml"
            net.write_text(networks()[name], encoding="utf-8")
            prepare(str(net), folder)
            words = commands(str(net), folder)
        kinds = {READERS[reader].takes.partition(" ")[0] for reader in readers}
        if "picture" in kinds:
            kinds.add("page")
        documents, faults = made((w for w in words if command in ("", w[0])), kinds, folder)
        yield _row(MADE, documents, faults, began)
        for reader in readers:
            began = time.time()
            taken = [
                document for document in documents if document.files.get(READERS[reader].takes)
            ]
            found = READERS[reader].read(taken, folder) if taken else []
            yield _row(reader, taken, found, began)


def _row(reader: str, documents: list[Made], found: list[Fault], began: float) -> Row:
    over = sum(fault.overflow for fault in found)
    counts = (len(documents), len(found) - over, over)
    return Row(reader, counts, tuple(found), time.time() - began)


if __name__ == "__main__":
    main()
