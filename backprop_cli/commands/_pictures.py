"""Where a picture goes: which format, and whether the place can hold it."""

from __future__ import annotations

import sys
from pathlib import Path

from ..diagrams.formats import PictureFormat, formats, known_names, named
from ..problems import nearest, refuse

FIRST = ("boxes", "words")
"""What is printed where neither --format nor -o says anything: the first that there is."""


def chosen_picture(format_name: str | None, output: str | None, *, plot: bool) -> PictureFormat:
    """Return the format asked for: by ``--format``, else by the file's suffix, else the terminal's.

    ``plot`` says that a function is plotted, which some formats cannot.
    """
    if format_name is not None:
        found = named(format_name.lstrip(".").lower())
        if found is None:
            message = f"--format: there is no format of pictures '{format_name}'"
            raise refuse(message, None, nearest(format_name, known_names()))
    elif output is not None and output != "-":
        found = _by_suffix(output)
    else:
        known = [entry for name in FIRST if (entry := named(name)) is not None]
        found = next(entry for entry in known if entry.plots or not plot)
    if plot and not found.plots:
        message = f"{found.name} draws networks, not plots of functions"
        raise refuse(message, None, "take svg, png or pdf")
    if found.binary and output in (None, "-") and sys.stdout.isatty():
        message = f"{found.name} is not for a terminal"
        raise refuse(message, None, f"write it to a file: -o picture.{found.suffixes[0]}")
    return found


def numbered_files(output: str | None, count: int) -> list[str | None]:
    """Return a file for each part of a picture: fig-1.svg, fig-2.svg for fig.svg."""
    if count == 1 or output in (None, "-"):
        return [output] * count
    path = Path(output or "")
    return [str(path.with_stem(f"{path.stem}-{number}")) for number in range(1, count + 1)]


def check_widths(thickness: str | None, chosen: PictureFormat) -> None:
    """Refuse ``--thickness`` for a format whose lines all have one width."""
    if thickness and not chosen.widths:
        message = f"--thickness: the lines of {chosen.name} all have one width"
        raise refuse(message, None, "draw it to a file: -o FILE.svg, or add --format svg")


def _by_suffix(output: str) -> PictureFormat:
    suffix = Path(output).suffix.lstrip(".").lower()
    known = ", ".join(f".{name}" for entry in formats().values() for name in entry.suffixes)
    if not suffix:
        raise refuse(f"-o {output}: no suffix says the format", None, f"add one: {known}")
    found = next((e for e in formats().values() if suffix in e.suffixes), None)
    if found is None:
        message = f"-o {output}: the suffix '.{suffix}' says no format of pictures"
        raise refuse(message, None, f"use {known}, or add --format")
    return found
