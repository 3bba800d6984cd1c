"""How far off a program's arrays are, each by its largest deviation: for whoever debugs it."""

from __future__ import annotations

from collections.abc import Iterable

from ...worked.building import column, section
from ...worked.document import Code, Section, Table, Text
from ..records import Judged, Sheet
from ..sheets.files import ARRAYS


def deviations(sheet: Sheet, judged: Iterable[Judged]) -> Section | None:
    """Return the largest deviation of each array of a program's file; None for other sheets.

    Relatively it is to the largest number that is right, as ``allclose`` of programs has it.
    """
    if not sheet.file.lower().endswith(ARRAYS):
        return None
    arrays: dict[str, list[tuple[float, str, float]]] = {}
    for each in judged:
        if each.value is not None and each.truth is not None:
            name = each.answer.name
            gap = (abs(each.value - each.truth), name, abs(each.truth))
            arrays.setdefault(name.partition("[")[0], []).append(gap)
    rows = []
    for name, gaps in arrays.items():
        largest, at, _ = max(gaps)
        size = max(truth for _, _, truth in gaps)
        relative = f"{largest / size:.2g}" if size else ""
        cells = (Code(name), Text(f"{largest:.2g}"), Text(relative), Code(at))
        rows.append(cells)
    heads = (column("array"), column("off by", "figure"), column("relatively", "figure"))
    table = Table((*heads, column("largest at")), tuple(rows))
    return section("deviations", "The largest deviations", (table,)) if rows else None
