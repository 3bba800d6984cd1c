"""What a command reads is not written over: its network, the network's data, a sheet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

import click

from ..problems import Refusal, Source, refuse

WRITTEN = {"outputs": "-o", "output": "-o", "reports": "--report"}
"""The parameters that name files to write, and the option that each is given by."""


class ReadFile(click.types.StringParamType):
    """A file that a command reads, and does not write over."""

    name = "file"


READ = ReadFile()


def check_unread(option: str, output: str) -> None:
    """Refuse to write over a file of the command line that the command reads."""
    context = click.get_current_context(silent=True)
    for parameter in context.command.params if context is not None else ():
        if context is not None and isinstance(parameter.type, ReadFile):
            for name in _names(context, str(parameter.name)):
                _check(option, output, name)


def kept() -> Callable[[Iterable[str | os.PathLike[str]]], None] | None:
    """Return what refuses to write over files that turn out to be read; None if nothing is there.

    These are named by no option: the data of a network, the sheets in a folder.
    """
    context = click.get_current_context(silent=True)
    found = [
        (option, output)
        for name, option in WRITTEN.items()
        for output in (() if context is None else _names(context, name))
        if output != "-" and os.path.exists(output)
    ]

    def check(paths: Iterable[str | os.PathLike[str]]) -> None:
        for path in paths:
            for option, output in found:
                _check(option, output, path)

    return check if found else None


def check_ours(output: str) -> None:
    """Refuse to write a report over a file that nobody named and that is no report of ours.

    In a folder of sheets ``results-ada.json`` may be Ada's.
    """
    if not os.path.exists(output):
        return
    from ..checking.sheets.files import read_source
    from ..checking.sheets.handing_in import REPORT, no_sheet

    try:
        source: Source | None = read_source(output)
    except Refusal as refusal:
        source = refusal.source
    if source is None or no_sheet(source) != REPORT:
        cure = "move it, or let --report name another folder"
        raise refuse(f"--report: {output} is there, and is no report", None, cure)


def _names(context: click.Context, parameter: str) -> tuple[str, ...]:
    given: str | tuple[str, ...] = context.params.get(parameter) or ()
    return (given,) if isinstance(given, str) else given


def _check(option: str, output: str, read: str | os.PathLike[str]) -> None:
    try:
        same = os.path.samefile(read, output)
    except (OSError, ValueError):
        return
    if same:
        raise refuse(f"{option} {output}: the file that is read here", None, "name another file")
