"""Reports that grow sheet by sheet in temporary files, written where they belong at the end."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import IO

import click

from ..checking.reports import FileWords, ReportFile, Totals
from ..checking.running import CheckedSheet
from . import _output
from ._unread import check_ours

PIECE = 1 << 16
"""Characters that are copied at once."""


class Spool:
    """One report while the sheets go by: ``add`` alone changes it."""

    def __init__(self, report: ReportFile, *, alone: bool) -> None:
        import tempfile  # only where something is reported: a sheet on the screen needs none

        self.report, self.count = report, 0
        self.apart = None if alone else report.apart
        self.words = FileWords()
        self.body: IO[str] = tempfile.TemporaryFile(  # noqa: SIM115 (open until it is finished)
            "w+", encoding="utf-8", newline=""
        )

    def add(self, checked: CheckedSheet) -> None:
        """Write one sheet's piece."""
        text = self.report.piece(checked, self.count)
        self.count += 1
        if self.apart is not None:
            place = self.apart(self.words.of(checked))
            check_ours(place)
            _output.emit(text, place)
        else:
            self.body.write(text)

    def pieces(self, totals: Totals) -> Iterator[str]:
        """Yield the whole text."""
        self.body.seek(0)
        body = iter(lambda: self.body.read(PIECE), "")
        yield from itertools.chain([self.report.head(totals)], body, [self.report.foot(totals)])

    def finish(self, totals: Totals) -> None:
        """Write the file, where it is one; on standard output it is JSON."""
        if self.apart is None:
            _output.emit_json_pieces(self.pieces(totals), self.report.name)


def spools(reports: Iterable[ReportFile], *, alone: bool) -> list[Spool]:
    """Return the reports, empty; of a sheet that is ``alone`` none is a file a student.

    They are closed as the command ends.
    """
    made = [Spool(report, alone=alone) for report in reports]
    for spool in made:
        click.get_current_context().call_on_close(spool.body.close)
    return made
