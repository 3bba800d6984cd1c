"""Where a PDF has ink: its pages are painted small and grey, what leaves the text is told."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np

FINE = 72
"""Dots an inch: one a point."""


def lacks() -> str:
    """Return what is missing to see ink, or nothing."""
    return "" if shutil.which("pdftoppm") else "pdftoppm"


def ink_outside(pdf: Path, left: float, right: float) -> list[str]:
    """Return the pages, from 1, with ink outside of the margins, given in points."""
    call = ["pdftoppm", "-r", str(FINE), "-gray", str(pdf)]
    data = subprocess.run(call, capture_output=True, check=True).stdout
    found, page = [], 0
    while data:
        page += 1
        _, size, _, rest = data.split(b"\n", 3)
        width, height = map(int, size.split())
        grey = np.frombuffer(rest, np.uint8, width * height).reshape(height, width)
        data = rest[width * height :]
        dark = np.flatnonzero((grey < 200).any(axis=0))
        if len(dark) and (dark[0] < left - 1.5 or dark[-1] + 1 > width - right + 1.5):
            found.append(f"page {page}: ink from {dark[0]} to {dark[-1] + 1} of {width} pt")
    return found
