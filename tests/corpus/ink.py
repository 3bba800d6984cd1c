"""Where a PDF has ink: its pages are painted small and grey, what leaves the text is told."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np

FINE = 2
"""Dots a point."""
HANGING = 2.5
"""How far the tail of a letter such as j may hang out of its line, in points."""


def lacks() -> str:
    """Return what is missing to see ink, or nothing."""
    return "" if shutil.which("pdftoppm") else "pdftoppm"


def ink_outside(pdf: Path, left: float, right: float, hanging: float = 0.75) -> list[str]:
    """Return the pages, from 1, with ink outside of the margins, given in points."""
    call = ["pdftoppm", "-r", str(72 * FINE), "-gray", str(pdf)]
    found, page = [], 0
    with subprocess.Popen(call, stdout=subprocess.PIPE) as painting:
        assert painting.stdout is not None
        while painting.stdout.readline():
            page += 1
            wide, high = map(int, painting.stdout.readline().split())
            painting.stdout.readline()
            dots = np.frombuffer(painting.stdout.read(wide * high), np.uint8)
            grey = dots.reshape(high, wide)
            dark = np.flatnonzero((grey < 200).any(axis=0))
            if len(dark):
                first, last, width = dark[0] / FINE, (dark[-1] + 1) / FINE, wide / FINE
                if first < left - hanging or last > width - right + hanging:
                    found.append(f"page {page}: ink from {first:g} to {last:g} of {width:g} pt")
    assert painting.returncode == 0, pdf
    return found
