"""LaTeX: an article of one column and of two, and slides; each network's documents in one run."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from ..typesetting import BEGIN, COMMAND, END, opened
from .records import Fault, Made, Reader

TOLERATED = 0.5
"""How many points a line may be too wide."""
_PAGE_SIZE = re.compile(r"(?m)^\\setlength\{\\(textwidth|oddsidemargin)\}.*\n")


def _article(opening: str) -> str:
    return opening


def _handout(opening: str) -> str:
    """Return slides of which each is a page: what is uncovered later has its place all the same."""
    return opening.replace("[10pt,", "[handout,10pt,")


def _two_columns(opening: str) -> str:
    return _PAGE_SIZE.sub("", opening.replace("{article}", "[twocolumn]{article}"))


def faults_of(log: str, reader: str) -> list[Fault]:
    """Return the errors, the missing letters and what is too wide or high, by document."""
    found, within = [], ""
    for line in log.splitlines():
        if line.startswith("IN "):
            within = line[3:]
        wide = re.match(r"Overfull \\[hv]box \(([\d.]+)pt", line)
        if wide and float(wide[1]) > TOLERATED:
            found.append(Fault(reader, within, True, line))
        elif line.startswith(("! ", "Missing character")):
            found.append(Fault(reader, within, False, line))
    return found


def _read(
    name: str, kind: str, change: Callable[[str], str], documents: list[Made], folder: Path
) -> list[Fault]:
    opening, bodies = "", []
    packages: dict[str, None] = {}
    for document in documents:
        for path in document.files[kind]:
            text = path.read_text(encoding="ascii")
            start, body = opened(text) if BEGIN in text else ("", text)
            opening = max(opening, start, key=len)
            # What a document loads, or a picture says that it needs.
            needed = "\n".join(re.findall(r"(?m)^(?:% needs )?\\use.*$", start or text))
            packages |= dict.fromkeys(re.findall(r"\\use\w+(?:\[.*?\])?\{.*?\}", needed))
            new = "" if "{beamer}" in start else "\\clearpage\n"
            bodies.append(f"\\typeout{{IN {document.name}}}\n{new}{body}\n")
    path = folder / f"{name}.tex"
    loaded = "\n".join([*packages, BEGIN])
    path.write_text(change(opening) + loaded + "".join(bodies) + END, encoding="ascii")
    call = [part for part in COMMAND if part != "-halt-on-error"]
    long = {**os.environ, "max_print_line": "1000"}
    subprocess.run([*call, "-draftmode", name], cwd=folder, capture_output=True, env=long)
    return faults_of(path.with_suffix(".log").read_text(encoding="latin-1"), name)


def _lacks() -> str:
    return "" if shutil.which("pdflatex") else "pdflatex"


def _reader(name: str, kind: str, change: Callable[[str], str] = _article) -> Reader:
    return Reader(name, kind, _lacks, functools.partial(_read, name, kind, change))


READERS = (
    _reader("article", "page tex"),
    _reader("columns", "column tex", _two_columns),
    _reader("beamer", "slides tex", _handout),
)
