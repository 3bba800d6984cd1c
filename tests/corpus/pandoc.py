"""Pandoc: Markdown to Word, to HTML and to PDF; each network's documents in one run."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from pathlib import Path

from .latex import faults_of
from .records import Fault, Made, Reader

OPTIONS = {"docx": (), "html": ("--mathml", "-s"), "pdf": ("--verbose",)}


def _read(suffix: str, documents: list[Made], folder: Path) -> list[Fault]:
    name = f"pandoc {suffix}"
    parts = []
    for document in documents:
        text = document.files["page md"][0].read_text(encoding="utf-8")
        mark = f"```{{=latex}}\n\\clearpage\\typeout{{IN {document.name}}}\n```"
        parts.append(f"{mark}\n\n{text}")
    (folder / "all.md").write_text("\n\n".join(parts), encoding="utf-8")
    call = ["pandoc", "all.md", "-o", f"all.{suffix}", *OPTIONS[suffix]]
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
        f"pandoc {suffix}",
        "page md",
        functools.partial(_lacks, suffix),
        functools.partial(_read, suffix),
    )
    for suffix in OPTIONS
)
