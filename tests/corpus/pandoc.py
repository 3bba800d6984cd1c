"""Pandoc: Markdown to Word, HTML and PDF, Quarto's to its PDF; a network's documents in one run."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from pathlib import Path

from .latex import faults_of
from .records import Fault, Made, Reader

QUARTO = ("documentclass=scrartcl", "classoption=DIV=11", "papersize=letter", "fontsize=11pt")
"""The page that Quarto asks pandoc for."""
TARGETS = {
    "pandoc docx": ("md", "docx", ()),
    "pandoc html": ("md", "html", ("--mathml", "-s")),
    "pandoc pdf": ("md", "pdf", ("--verbose",)),
    "quarto pdf": ("qmd", "pdf", ("--verbose", *(f"--variable={each}" for each in QUARTO))),
}
"""What each reader takes, what it makes of it, and how."""


def _read(
    name: str, source: str, suffix: str, options: tuple[str, ...], made: list[Made], folder: Path
) -> list[Fault]:
    parts = []
    for document in made:
        text = document.files[f"page {source}"][0].read_text(encoding="utf-8")
        mark = f"```{{=latex}}\n\\clearpage\\typeout{{IN {document.name}}}\n```"
        # What a head says is of the whole run: each document begins with a title all the same.
        title = "# Title\n\n" if source == "qmd" else ""
        parts.append(f"{mark}\n\n{title}{text}")
    (folder / "all.md").write_text("\n\n".join(parts), encoding="utf-8")
    call = ["pandoc", "all.md", "-o", f"all.{suffix}", *options]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, errors="replace")
    found = []
    if suffix == "pdf":
        # The last run of LaTeX has all that the ones before it said.
        log = re.split(r"(?m)^\[makePDF\] Run #\d+$", done.stderr)[-1]
        found = faults_of(log, name)
    warned = re.findall(r"(?m)^\[WARNING\] (?!This document format requires)(.*)", done.stderr)
    found += [Fault(name, "", False, said) for said in warned]
    if done.returncode and not found:
        found.append(Fault(name, "", False, done.stderr[-300:]))
    return found


def _lacks(suffix: str) -> str:
    needed = ("pandoc", "pdflatex", "rsvg-convert") if suffix == "pdf" else ("pandoc",)
    return ", ".join(program for program in needed if not shutil.which(program))


READERS = tuple(
    Reader(
        name,
        f"page {source}",
        functools.partial(_lacks, suffix),
        functools.partial(_read, name, source, suffix, options),
    )
    for name, (source, suffix, options) in TARGETS.items()
)
