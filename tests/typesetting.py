"""Many documents set by one run of pdflatex, which is asked for errors and for what is too wide."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

BEGIN, END = "\\begin{document}\n", "\\end{document}\n"
COMMAND = ("pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape")
needs_latex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")


def opened(document: str) -> tuple[str, str]:
    """Return what stands before a document's text, and the text with the looks that it uses."""
    opening, _, text = document.partition(BEGIN)
    looks = [line for line in opening.splitlines() if line.startswith(("\\provide", "  \\"))]
    return opening, "\n".join([*looks, text.replace(END, "")])


def typeset(opening: str, texts: Iterable[tuple[str, str]], folder: Path) -> None:
    """Set the texts, each with its name; assert that there is no error and nothing overfull."""
    bodies = (f"\\typeout{{IN {name.replace('_', '-')}}}\n{text}\n" for name, text in texts)
    (folder / "all.tex").write_text(opening + BEGIN + "".join(bodies) + END, encoding="ascii")
    call = (*COMMAND, "-draftmode", "all")
    done = subprocess.run(call, cwd=folder, capture_output=True, check=False, timeout=240)
    log = (folder / "all.log").read_text(encoding="latin-1")
    found, within = [], ""
    for line in log.splitlines():
        if line.startswith("IN "):
            within = line
        elif line.startswith(("Overfull", "! ")):
            found.append(f"{within}: {line}")
    assert not found, found[:5]
    assert done.returncode == 0, log[-2000:]
