"""Where a command's result goes: a terminal, a pipe or a file; in which format and how wide."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from ..notation.profile import Profile
from ..problems import nearest, refuse
from ..render.mathematics import MathPrinter, Settings
from ..worked.document import Document

FORMATS = {
    "terminal": "terminal",
    "text": "text",
    "txt": "text",
    "markdown": "markdown",
    "md": "markdown",
    "json": "json",
}
"""Every word ``--format`` takes, and every suffix ``-o`` knows, with the format it means."""
_NEEDED = "δ∂′·−→…Σ₁²ⱼ━"


def chosen_format(format_name: str | None, output: str | None) -> str:
    """Return the format asked for: by ``--format``, else by the file's suffix, else by the place.

    On a terminal it is ``terminal``, anywhere else ``text``.
    """
    if format_name is not None:
        if format_name.lstrip(".") not in FORMATS:
            message = f"--format: there is no format '{format_name}'"
            raise refuse(message, None, nearest(format_name, FORMATS))
        return FORMATS[format_name.lstrip(".")]
    if output is not None and output != "-":
        suffix = Path(output).suffix.lstrip(".").lower()
        if suffix not in FORMATS:
            known = ", ".join(f".{name}" for name in ("md", "json", "txt"))
            message = f"-o {output}: the suffix '.{suffix}' says no format"
            raise refuse(message, None, f"use {known}, or add --format")
        return FORMATS[suffix]
    return "terminal" if sys.stdout.isatty() else "text"


def width() -> int:
    """Return how many columns there are: the terminal's, ``COLUMNS``, or 80."""
    return max(40, shutil.get_terminal_size((80, 24)).columns)


def unicode_output(output: str | None) -> bool:
    """Return whether what is printed can hold the Unicode that the mathematics needs."""
    if output is not None and output != "-":
        return True
    encoding = sys.stdout.encoding or "ascii"
    try:
        _NEEDED.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def printer(
    format_name: str, profile: Profile, settings: Settings, output: str | None, *, in_out: bool
) -> MathPrinter:
    """Return the printer of mathematics that the format draws with."""
    from ..render.latex_math import LatexMath
    from ..render.plain_math import AsciiMath, UnicodeMath

    if format_name == "markdown":
        return LatexMath(profile, settings)
    if unicode_output(output):
        return UnicodeMath(profile, settings)
    return AsciiMath(profile, settings, in_out)


def emit_document(
    document: Document, drawing: MathPrinter, format_name: str, output: str | None
) -> None:
    """Print or write the document."""
    from ..render.plain_math import AsciiMath

    ascii_only = isinstance(drawing, AsciiMath)
    if format_name == "terminal" and output in (None, "-") and not ascii_only:
        from ..render.terminal import print_terminal

        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        print_terminal(document, drawing, sys.stdout, width(), colour=colour)
        return
    if format_name == "markdown":
        from ..render.markdown import render_markdown

        emit(render_markdown(document, drawing), output)
        return
    from ..render.terminal import render_text

    emit(render_text(document, drawing, width(), ascii_only=ascii_only), output)


def emit(text: str, output: str | None) -> None:
    """Print the text, or write it to the file whole or not at all."""
    if output is None or output == "-":
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
        return
    path = Path(output)
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent or Path(), prefix=".backprop-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            _keep_mode(path, temporary)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise refuse(f"-o {output}: {error.strerror}") from None


def _keep_mode(path: Path, temporary: str) -> None:
    """Give the new file the mode of the one it replaces, or the usual one."""
    if path.exists():
        mode = path.stat().st_mode & 0o777
    else:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    Path(temporary).chmod(mode)
