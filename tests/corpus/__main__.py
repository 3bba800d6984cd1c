"""``python -m tests.corpus katex beamer --only mazur``: who refuses what, and what is too wide."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from . import formulas, latex, pandoc, pictures, screens, typeset
from .documents import commands, explained, made, prepare
from .networks import networks
from .records import Fault, Made, Reader

READERS = {
    reader.name: reader
    for module in (latex, formulas, pandoc, typeset, screens, pictures)
    for reader in module.READERS
}
WORDS = "explain"
"""The name of what is explained without a network, beside the networks' names."""
Counts = dict[str, tuple[int, int, int]]


def main() -> None:
    """Run what was asked for; print a row an example with its faults, then the sums."""
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
    print(f"{'documents, failures, overflows':24}", *(f"{name:>14}" for name in here))
    sums: Counter[tuple[str, int]] = Counter()
    with ProcessPoolExecutor(chosen.jobs) as pool:
        asked = {
            pool.submit(read, name, here, chosen.command or "", chosen.keep): name for name in names
        }
        for done in as_completed(asked):
            counts, found, seconds = done.result()
            for reader in here:
                sums.update({(reader, place): n for place, n in enumerate(counts[reader])})
            cells = ["{} {} {}".format(*counts[reader]) for reader in here]
            print(
                f"{asked[done]:24}",
                *(f"{cell:>14}" for cell in cells),
                f"{seconds:.0f} s",
                flush=True,
            )
            told: set[tuple[str, str]] = set()
            for fault in found:
                if chosen.all or (fault.reader, fault.document) not in told:
                    print(f"  {fault.reader}, {fault.document}: {fault.words[:400]}", flush=True)
                told.add((fault.reader, fault.document))
    cells = [" ".join(str(sums[reader, place]) for place in range(3)) for reader in here]
    print(f"{'together':24}", *(f"{cell:>14}" for cell in cells))


def read(
    name: str, readers: Iterable[str], command: str = "", keep: Path | None = None
) -> tuple[Counts, list[Fault], float]:
    """Return how many documents of a network each reader was given, refused and found too wide."""
    began = time.time()
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep / name if keep else Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if name == WORDS:
            every = explained()
        else:
            net = folder / f"{name}.yaml"
            net.write_text(networks()[name], encoding="utf-8")
            prepare(str(net), folder)
            every = commands(str(net), folder)
        kinds = {READERS[reader].takes.partition(" ")[0] for reader in readers}
        if "picture" in kinds:
            kinds.add("page")
        documents, faults = made((w for w in every if command in ("", w[0])), kinds, folder)
        counts = {}
        for reader in readers:
            entry = READERS[reader]
            counts[reader], found = _counted(entry, documents, folder)
            faults += found
    return counts, faults, time.time() - began


def _counted(
    reader: Reader, documents: list[Made], folder: Path
) -> tuple[tuple[int, int, int], list[Fault]]:
    taken = [document for document in documents if document.files.get(reader.takes)]
    found = reader.read(taken, folder) if taken else []
    over = sum(fault.overflow for fault in found)
    return (len(taken), len(found) - over, over), found


if __name__ == "__main__":
    main()
