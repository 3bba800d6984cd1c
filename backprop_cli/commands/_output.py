"""Where a command's result goes: a terminal, a pipe or a file; in which format and how wide."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from ..printing.page import Page
from ..printing.settings import Settings
from ..problems import nearest, refuse, shortened
from ..render import Format, known_names, named
from ..spec.profile import Profile
from ..worked.document import Document

JSON = "json"
_NEEDED = "δ∂′·−→…Σ₁²ⱼ━"


def chosen_format(format_name: str | None, output: str | None) -> str:
    """Return the format asked for: by ``--format``, else by the file's suffix, else by the place.

    On a terminal it is ``terminal``, anywhere else ``text``.
    """
    if format_name is not None:
        word = format_name.lstrip(".").lower()
        found = _name_of(word)
        if found is None:
            message = f"--format: there is no format '{format_name}'"
            raise refuse(message, None, nearest(word, (*known_names(), JSON)))
        return found
    if output is not None and output != "-":
        check_place(Path(output))
        suffix = Path(output).suffix.lstrip(".").lower()
        found = _name_of(suffix)
        if not suffix:
            raise refuse(f"-o {output}: no suffix says the format", None, "add one, or --format")
        if found is None:
            known = ", ".join(f".{name}" for name in (*_suffixes(), JSON))
            message = f"-o {output}: the suffix '.{suffix}' says no format"
            cure = f"use {known}, or add --format"
            if suffix == "pdf":
                cure = "write -o notes.tex or notes.typ, and typeset that; diagram writes .pdf"
            raise refuse(message, None, cure)
        return found
    return "terminal" if sys.stdout.isatty() else "text"


def check_place(path: Path) -> None:
    """Refuse what cannot be written before anything is computed for it."""
    try:
        is_folder = path.is_dir()
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise refuse(f"-o {shortened(str(path), 200)}: {said}") from None
    if is_folder:
        raise refuse(f"-o {path}: a directory", None, f"name a file in it: -o {path / 'trace.md'}")
    if not path.parent.is_dir():
        raise refuse(f"-o {path}: there is no folder '{path.parent}'", None, "create it first")


def _name_of(word: str) -> str | None:
    if word == JSON:
        return JSON
    found = named(word) if word.isidentifier() else None
    return found.name if found is not None else None


def _suffixes() -> list[str]:
    from ..render import formats

    return [suffix for entry in formats().values() for suffix in entry.suffixes]


def check_standalone(standalone: bool, format_name: str) -> None:
    """Refuse ``--standalone`` for a format that is always a whole document."""
    if standalone and format_name != "latex":
        message = f"--standalone belongs to LaTeX, not to {format_name}"
        raise refuse(message, None, "add --format latex, or -o FILE.tex")


def page_for(output: str | None, *, in_out: bool = False, standalone: bool = False) -> Page:
    """Return what the place can hold: its width, its encoding, whether it has colour."""
    to_file = output is not None and output != "-"
    colour = not to_file and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return Page(
        max(40, _columns()), not to_file and not _holds(_NEEDED), colour, standalone, in_out
    )


def _columns() -> int:
    """Return the width that COLUMNS says, else the terminal's, else 80.

    As ``shutil.get_terminal_size``, whose module would cost a twentieth of a whole trace.
    """
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said) > 0:
        return int(said)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (AttributeError, ValueError, OSError):
        return 80


def emit_document(
    make: Callable[[], Document],
    format_name: str,
    profile: Profile,
    settings: Settings,
    page: Page,
    output: str | None,
) -> None:
    """Print or write the document in one of the formats, its mathematics in the notation.

    In ASCII quantities have their plain names, which are no notation's.
    """
    found: Format | None = named(format_name)
    if found is None:
        raise AssertionError(format_name)
    from ..printing.preparing import prepared

    drawing = found.printer(profile, settings, page)
    emit(found.render(prepared(make(), drawing), drawing, page), output)


def emit(text: str | bytes, output: str | None) -> None:
    """Print the text (or the bytes of a picture), or write it to the file whole or not at all."""
    if output is None or output == "-":
        _print(text)
        return
    import tempfile

    path = _target(output)
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent or Path(), prefix=".backprop-")
        try:
            data = text if isinstance(text, bytes) else text.encode("utf-8")
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            _keep_mode(path, temporary)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise refuse(f"-o {output}: {error.strerror}") from None


def _target(output: str) -> Path:
    """Return the file to write, links followed; what is there and no regular file is refused."""
    path = Path(output)
    check_place(path)
    if path.is_symlink():
        path = Path(os.path.realpath(path))
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise refuse(f"-o {output}: not a regular file", None, "leave -o out to print")
    return path


def emit_object(value: object, output: str | None) -> None:
    """Print or write plain data as JSON."""
    from ..render.json_text import json_text

    emit_json(json_text(value), output)


def emit_json(text: str, output: str | None) -> None:
    """Print or write JSON; where the place holds ASCII only, other characters are escaped."""
    to_file = output is not None and output != "-"
    emit(text if to_file or _holds(text) else "".join(map(_escaped, text)), output)


def _escaped(character: str) -> str:
    import json

    return character if character.isascii() else json.dumps(character)[1:-1]


def _print(text: str | bytes) -> None:
    """Write to standard output, in ASCII spellings where it holds no more; a closed pipe is fine.

    What still cannot be encoded (a letter of somebody's name) becomes a question mark.
    """
    if isinstance(text, bytes):
        _print_bytes(text)
        return
    encoding = sys.stdout.encoding or "utf-8"
    if not _holds(text):
        from ..printing.page import ASCII

        text = text.translate(ASCII).encode(encoding, "replace").decode(encoding)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_bytes(data: bytes) -> None:
    """Write bytes to standard output as they are; a closed pipe is fine."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _holds(text: str) -> bool:
    """Return whether standard output can encode the text."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _keep_mode(path: Path, temporary: str) -> None:
    """Give the new file the mode of the one it replaces, or the usual one."""
    if path.exists():
        mode = path.stat().st_mode & 0o777
    else:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    Path(temporary).chmod(mode)
