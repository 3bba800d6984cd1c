"""Where a command's result goes: a terminal, a pipe or a file; in which format and how wide."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct, structs

from ..languages import ENGLISH
from ..printing.page import TEX_WIDTH, Layout, Page
from ..printing.settings import Settings
from ..problems import Refusal, columns_said, listed, nearest, refuse, shortened
from ..render import known_names, named
from ..spec.profile import Profile
from ..worked.document import Document
from ._options import LAYOUT
from ._unread import check_unread

if TYPE_CHECKING:
    from pathlib import Path

JSON = "json"
_NEEDED = "δ∂′·−→…Σ₁²ⱼ━"


class Destination(Struct, frozen=True):
    """Where one result goes: its format, and its file (None and ``-`` are standard output)."""

    format_name: str
    output: str | None = None
    standalone: bool = False
    embed: bool = False

    @property
    def file(self) -> str | None:
        """The file, where it is one."""
        return None if self.output == "-" else self.output


class Printout(Struct, frozen=True):
    """A document that can be made, and what it is written with."""

    make: Callable[[], Document]
    profile: Profile
    settings: Settings
    in_out: bool = False


Result = str | bytes | Iterable[str]
"""A text, a picture's bytes, or the pieces of JSON."""
OwnFormats = Mapping[str, Callable[[], Result]]
"""What a command makes itself in formats that are no document's: JSON, a network, a picture."""


def places(
    format_name: str | None,
    outputs: tuple[str, ...],
    *,
    standalone: bool = False,
    embed: bool = False,
    others: Mapping[str, str] | None = None,
    spoken: Collection[str] = ("svg", "png"),
    over: Collection[str] = (),
) -> tuple[Destination, ...]:
    """Return where everything goes: each file by its suffix, else one result by ``--format``.

    ``others`` are the command's own formats, by the words that name them; those that are
    ``spoken`` have words, which a language is for. What is ``over`` may replace what was read.
    """
    if format_name is not None and len(outputs) > 1:
        raise refuse("--format belongs to one -o", None, "let the suffixes pick the formats")
    for number, output in enumerate(outputs):
        if output in outputs[:number]:
            message = f"-o {output}: the same place twice"
            raise refuse(message, None, "leave one of them out")
    found = [_place(format_name, output, others or {}) for output in outputs or (None,)]
    for place in found:
        if place.file is not None:
            check_place(place.file, over=place.format_name in over)
    from ..render import formats

    own = {*(others or {}).values(), JSON}
    chosen = {p.format_name: _options_of(p.format_name, own, spoken) for p in found}
    asked = {"--standalone": standalone, "--embed": embed}
    check_options(asked, chosen, lambda: formats().values())
    return tuple(
        Destination(
            p.format_name,
            p.output,
            standalone and "--standalone" in chosen[p.format_name],
            embed,
        )
        for p in found
    )


def _options_of(format_name: str, own: Collection[str], spoken: Collection[str]) -> tuple[str, ...]:
    """Return the options of a page that a format takes; what a command makes itself takes none.

    Only words in it may be of another language.
    """
    if format_name in own:
        return ("--language",) if format_name in spoken else ()
    found = named(format_name)
    return found.options if found is not None else ()


def places_and_report(
    format_name: str | None,
    outputs: tuple[str, ...],
    *,
    standalone: bool,
    embed: bool,
    others: Mapping[str, str],
    over: Collection[str] = (),
) -> tuple[Destination, ...]:
    """Return where everything goes; beside files of the command's own a report is printed."""
    beside = [word for output in outputs if (word := _suffix(output).lower()[1:]) in others]
    if format_name is None and outputs and len(beside) == len(outputs):
        outputs = ("-", *outputs)
    more: dict[str, Any] = {"standalone": standalone, "embed": embed, "others": others}
    return places(format_name, outputs, over=over, **more)


def _place(format_name: str | None, output: str | None, others: Mapping[str, str]) -> Destination:
    word = format_name
    if word is None and output not in (None, "-"):
        word = _suffix(output or "")
    plain = (word or "").lstrip(".").lower()
    if plain in others:
        return Destination(others[plain], output)
    try:
        return Destination(chosen_format(format_name, output), output)
    except Refusal as refusal:
        raise _also_named(refusal, tuple(dict.fromkeys(others.values()))) from None


def _also_named(refusal: Refusal, others: tuple[str, ...]) -> Refusal:
    """Return the refusal of a format with what else there is beside the formats of reports."""
    (problem,) = refusal.problems
    if not others or not problem.cure.startswith(("use .", "known: ")):
        return refusal
    head, dot, rest = problem.cure.partition(" .")
    if dot:
        more = ", ".join(f".{other}" for other in others)
        return refuse(problem.message, problem.place, f"{head} {more}, .{rest}", refusal.source)
    cure = problem.cure.replace("known: ", f"known: {', '.join(others)}, ", 1)
    return refuse(problem.message, problem.place, cure, refusal.source)


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
        suffix = _suffix(output).lstrip(".").lower()
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


def _path(output: str) -> Path:
    from pathlib import Path  # imported only here: most results are printed

    return Path(output)


def _suffix(output: str) -> str:
    return _path(output).suffix


def check_place(output: str, *, over: bool = False) -> Path:
    """Return the file to write, links followed; refuse what is none before anything is computed.

    What the command reads is not written over, unless it may be.
    """
    path = _path(output)
    try:
        is_folder = path.is_dir()
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise refuse(f"-o {shortened(output, 200)}: {said}") from None
    if is_folder:
        raise refuse(f"-o {path}: a directory", None, f"name a file in it: -o {path / 'trace.md'}")
    if not path.parent.is_dir():
        raise refuse(f"-o {path}: there is no folder '{path.parent}'", None, "create it first")
    if path.is_symlink():
        path = _path(os.path.realpath(path))
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise refuse(f"-o {output}: not a regular file", None, "leave -o out to print")
    if not over:
        check_unread("-o", output)
    return path


def _name_of(word: str) -> str | None:
    if word == JSON:
        return JSON
    found = named(word) if word.isidentifier() else None
    return found.name if found is not None else None


def _suffixes() -> list[str]:
    from ..render import formats

    return [suffix for entry in formats().values() for suffix in entry.suffixes]


def page_for(output: str | None, *, in_out: bool = False, standalone: bool = False) -> Page:
    """Return what the place can hold: its width, its encoding, whether it has colour."""
    to_file = output is not None and output != "-"
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    colour = not to_file and sys.stdout.isatty() and not plain
    return Page(
        max(40, _columns()),
        not to_file and not _holds(_NEEDED),
        colour,
        standalone,
        in_out,
        True,
        layout(),
    )


def layout() -> Layout:
    """Return what was said of the page on the command line."""
    import click

    context = click.get_current_context(silent=True)
    return Layout(**(context.meta.get(LAYOUT, {}) if context is not None else {}))


class _Taking(Protocol):
    """A format of documents or pictures."""

    @property
    def name(self) -> str: ...
    @property
    def options(self) -> tuple[str, ...]: ...


def check_options(
    more: Mapping[str, bool],
    chosen: Mapping[str, tuple[str, ...]],
    known: Callable[[], Iterable[_Taking]],
) -> None:
    """Refuse an option of the page that none of the chosen formats takes, saying which do.

    ``more`` are options beside those of the layout, ``known`` gives every format.
    """
    said = layout()
    wide = said.width
    if said.slides and wide is not None:
        raise refuse("--slides have a width of their own", None, "leave --width out")
    asked = {
        "--width": wide is not None,
        TEX_WIDTH: wide is not None and wide.relative,
        "--slides": said.slides,
        "--decimal-comma": said.comma,
        "--language": said.language != ENGLISH,
        "--no-title": not said.title,
        "--no-names": not said.names,
        "--heading-level": said.heading > 1,
        **more,
    }
    for option, given in asked.items():
        if given and not any(option in options for options in chosen.values()):
            having = [each.name for each in known() if option in each.options]
            message = f"{option} belongs to {listed(having)}, not to {listed(sorted(chosen))}"
            raise refuse(message, None, f"leave it out, or add --format {having[0]}")


def _columns() -> int:
    """Return the width that COLUMNS says, else the terminal's, else 80.

    As ``shutil.get_terminal_size``, whose module would cost a twentieth of a whole trace.
    """
    said = columns_said()
    if said:
        return said
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (AttributeError, ValueError, OSError):
        return 80


def emit_all(
    where: Iterable[Destination],
    report: Printout | None,
    made: OwnFormats | None = None,
    more: Mapping[str | None, Result] | None = None,
) -> None:
    """Draw every result, then write them, and print last: what cannot be written prints nothing.

    ``more`` are results that are drawn already, by file.
    """
    found = [(name, each, "") for name, each in (more or {}).items()]
    with _writing():
        for place in where:
            results = results_at(place, report, made or {})
            found += [(name, each, place.format_name) for name, each in results.items()]
    for output, result, format_name in sorted(found, key=lambda each: each[0] in (None, "-")):
        if isinstance(result, bytes):
            emit(result, output)
            continue
        pieces = (result,) if isinstance(result, str) else result
        (emit_json_pieces if format_name == JSON else emit_pieces)(pieces, output)


def _writing() -> AbstractContextManager[None]:
    """Say on a terminal, where it takes long, that pages are being written."""
    if not sys.stderr.isatty():
        return nullcontext()
    from ._progress import waiting

    return waiting("writing the pages")


def results_at(
    place: Destination, report: Printout | None, made: OwnFormats
) -> dict[str | None, Result]:
    """Return what goes to a place, by file: what the command makes itself, else the document."""
    if place.format_name in made:
        return {place.output: made[place.format_name]()}
    if report is None:
        raise AssertionError(place.format_name)
    return dict(rendered(place, report))


def rendered(place: Destination, report: Printout) -> dict[str | None, str | bytes]:
    """Return the document in the place's format, its mathematics in the notation, by file.

    In ASCII quantities have their plain names, which are no notation's.
    """
    found = named(place.format_name)
    if found is None:
        raise AssertionError(place.format_name)
    check_binary(place, binary=found.finish is not None)
    from ..printing.laying_out import laid_out
    from ..printing.preparing import prepared

    page = page_for(place.output, in_out=report.in_out, standalone=place.standalone)
    stem = os.path.splitext(os.path.basename(place.file or ""))[0]
    page = structs.replace(page, stem=stem, embed=place.embed)
    asked = page.layout
    settings = structs.replace(report.settings, comma=asked.comma, language=asked.language)
    drawing = found.printer(report.profile, settings, page)
    document = prepared(laid_out(report.make(), page.layout), drawing)
    text = found.render(document, drawing, page)
    if found.finish is not None:
        return {place.output: found.finish(text)}
    results: dict[str | None, str | bytes] = {}
    if found.beside is not None and place.file is not None:
        folder = _path(place.file).parent
        beside = found.beside(document, drawing, page)
        results |= {str(folder / name): content for name, content in beside.items()}
    return results | {place.output: text}


def check_binary(place: Destination, *, binary: bool) -> None:
    """Refuse to print on a terminal what is no text."""
    if binary and place.file is None and sys.stdout.isatty():
        name = place.format_name
        raise refuse(f"{name} is not for a terminal", None, f"write it to a file: -o file.{name}")


def emit(text: str | bytes, output: str | None) -> None:
    """Print the text (or the bytes of a picture), or write it to the file whole or not at all."""
    emit_pieces((text,), output)


def emit_pieces(pieces: Iterable[str | bytes], output: str | None) -> None:
    """Print pieces one after the other, or write them to the file all or none."""
    if output is None or output == "-":
        for piece in pieces:
            _print(piece)
        return
    from ._writing import write

    try:
        write(
            check_place(output, over=True),
            (p if isinstance(p, bytes) else p.encode("utf-8") for p in pieces),
        )
    except OSError as error:
        raise refuse(f"-o {output}: {error.strerror}") from None


def emit_json_pieces(pieces: Iterable[str], output: str | None) -> None:
    """Print or write the pieces of JSON one after the other.

    Where the place holds ASCII only, other characters are escaped.
    """
    held = output is not None and output != "-"
    escaped = (p if held or _holds(p) else "".join(map(_escaped, p)) for p in pieces)
    emit_pieces(escaped, output)


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
