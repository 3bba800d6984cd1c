"""An Excel sheet as rows of cells: its first worksheet, nothing else of it.

Formulas are not computed (their last values are read; one without a value is read as it is written,
``=A1*B2``), macros and links to other files are refused,
and what the file unfolds to is bounded; a document type, which XML's bombs need, is refused.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from ...graph.data import BROKEN
from ...problems import Place, Source, refuse, shortened
from .from_csv import MOST_CELLS, CsvCell, CsvRow

LARGEST_UNFOLDED = 4 * 1024 * 1024
MOST_PARTS = 200
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_COLUMN = re.compile(r"(?P<letters>[A-Z]{1,3})(?P<row>[0-9]{1,7})")
_FOREIGN = ("vbaProject", "externalLinks/", "activeX/", "embeddings/")


def xlsx_rows(data: bytes, name: str) -> list[CsvRow]:
    """Return the rows of the first worksheet that hold anything; raise Refusal for what is none."""
    source = Source(shortened(name, 200), "")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if any(mark in part.filename for part in parts for mark in _FOREIGN):
                cure = "save it as a plain .xlsx, or as .csv"
                raise refuse("has macros, or links to other files", None, cure, source)
            if len(parts) > MOST_PARTS or sum(p.file_size for p in parts) > LARGEST_UNFOLDED:
                raise refuse("unfolds to more than a sheet holds", None, "save it as .csv", source)
            names = {part.filename: part for part in parts}
            first = min((n for n in names if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", n)),
                        key=lambda n: int(re.sub(r"\D", "", n)))  # fmt: skip
            strings: list[str] = []
            if "xl/sharedStrings.xml" in names:
                shared = _parsed(archive.read("xl/sharedStrings.xml"), source)
                strings = ["".join(t.text or "" for t in si.iter(f"{_MAIN}t")) for si in shared]
            return _padded(list(_rows(_parsed(archive.read(first), source), strings, source)))
    except (*BROKEN, ElementTree.ParseError, IndexError):
        raise refuse("cannot be read as .xlsx", None, "save it as .csv", source) from None


def _parsed(data: bytes, source: Source) -> ElementTree.Element:
    if any(
        mark in data for mark in (b"<!DOCTYPE", b"<!ENTITY", b"\0")
    ) or not data.lstrip().startswith(b"<"):
        raise refuse("cannot be read as .xlsx", None, "save it as .csv", source)
    return ElementTree.fromstring(data)


def _rows(root: ElementTree.Element, strings: list[str], source: Source) -> Iterator[CsvRow]:
    count = 0
    for row in root.iter(f"{_MAIN}row"):
        cells: dict[int, CsvCell] = {}
        for cell in row.iter(f"{_MAIN}c"):
            match = _COLUMN.fullmatch(cell.get("r", ""))
            if match is None:
                continue
            number = 0
            for letter in match["letters"]:
                number = 26 * number + ord(letter) - 64
            place = Place(int(match["row"]), number)
            kind = cell.get("t", "n")
            cells[number] = CsvCell(_text(cell, kind, strings), place, kind == "n")
        count += max(cells, default=0)
        if count > MOST_CELLS:
            raise refuse(f"more than {MOST_CELLS} cells", None, "split the file", source)
        if any(cell.text.strip() for cell in cells.values()):
            line = next(iter(cells.values())).place.line
            blank = (CsvCell("", Place(line, n)) for n in range(1, max(cells) + 1))
            yield [cells.get(n, empty) for n, empty in enumerate(blank, 1)]


def _padded(rows: list[CsvRow]) -> list[CsvRow]:
    """Return the rows equally long: what is empty at a row's end is not in the file."""
    width = max(map(len, rows), default=0)
    return [
        row + [CsvCell("", Place(row[0].place.line, n)) for n in range(len(row) + 1, width + 1)]
        for row in rows
    ]


def _text(cell: ElementTree.Element, kind: str, strings: list[str]) -> str:
    value = cell.find(f"{_MAIN}v")
    text = "" if value is None else value.text or ""
    formula = cell.find(f"{_MAIN}f")
    if formula is not None and not text:
        return f"={formula.text or ''}"
    if kind == "s":
        return strings[int(text)]
    if kind == "inlineStr":
        return "".join(t.text or "" for t in cell.iter(f"{_MAIN}t"))
    if kind == "n" and text:
        return repr(float(text)) if "." in text or "e" in text.lower() else text
    return text
