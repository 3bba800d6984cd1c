"""An Excel file as rows of cells, a worksheet after the other, nothing else of it.

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
_SHEET = f"{_MAIN}sheet"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_WORKSHEET = re.compile(r"xl/worksheets/sheet\d+\.xml")
_FOREIGN = ("vbaProject", "externalLinks/", "activeX/", "embeddings/")


def xlsx_rows(data: bytes, name: str) -> list[list[CsvRow]]:
    """Return the rows that hold anything of each worksheet, in the order in which they are shown.

    Raises Refusal for what is none.
    """
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
            strings: list[str] = []
            if "xl/sharedStrings.xml" in names:
                shared = _parsed(archive.read("xl/sharedStrings.xml"), source)
                strings = ["".join(t.text or "" for t in si.iter(f"{_MAIN}t")) for si in shared]
            sheets = [
                _padded(list(_rows(_parsed(archive.read(each), source), strings, source)))
                for each in _worksheets(archive, source)
            ]
    except (*BROKEN, ElementTree.ParseError, IndexError):
        raise refuse("cannot be read as .xlsx", None, "save it as .csv", source) from None
    if sum(len(row) for rows in sheets for row in rows) > MOST_CELLS:
        raise refuse(f"more than {MOST_CELLS} cells", None, "split the file", source)
    return sheets


def _worksheets(archive: zipfile.ZipFile, source: Source) -> list[str]:
    """Return the files of the worksheets as they are shown: the first need not be sheet1.xml."""
    there = {name for name in archive.namelist() if _WORKSHEET.fullmatch(name)}
    numbered = sorted(there, key=lambda name: int(re.sub(r"\D", "", name)))
    book, relations = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
    if not {book, relations} <= set(archive.namelist()):
        return numbered[:1] if numbered else _none()
    at = {
        each.get("Id"): "xl/" + each.get("Target", "").removeprefix("/xl/")
        for each in _parsed(archive.read(relations), source)
    }
    shown = [at.get(each.get(_ID)) for each in _parsed(archive.read(book), source).iter(_SHEET)]
    return [name for name in shown if name in there] or numbered or _none()


def _none() -> list[str]:
    raise ValueError("no worksheet")


def _parsed(data: bytes, source: Source) -> ElementTree.Element:
    if any(
        mark in data for mark in (b"<!DOCTYPE", b"<!ENTITY", b"\0")
    ) or not data.lstrip().startswith(b"<"):
        raise refuse("cannot be read as .xlsx", None, "save it as .csv", source)
    return ElementTree.fromstring(data)


def _rows(root: ElementTree.Element, strings: list[str], source: Source) -> Iterator[CsvRow]:
    count, merged = 0, _merged(root)
    down: dict[int, tuple[str, int]] = {}
    for row in root.iter(f"{_MAIN}row"):
        cells: dict[int, CsvCell] = {}
        for cell in row.iter(f"{_MAIN}c"):
            match = _COLUMN.fullmatch(cell.get("r", ""))
            if match is None:
                continue
            number = _number(match["letters"])
            place = Place(int(match["row"]), number)
            kind = cell.get("t", "n")
            cells[number] = CsvCell(_text(cell, kind, strings), place, kind == "n")
            if (place.line, number) in merged:
                down[number] = (cells[number].text, merged[place.line, number])
        line = next((cell.place.line for cell in cells.values()), 0)
        for number, (text, _) in down.items() if line else ():
            if not (number in cells and cells[number].text):
                cells[number] = CsvCell(text, Place(line, number))
        down = {number: each for number, each in down.items() if each[1] > line}
        count += max(cells, default=0)
        if count > MOST_CELLS:
            raise refuse(f"more than {MOST_CELLS} cells", None, "split the file", source)
        if any(cell.text.strip() for cell in cells.values()):
            blank = (CsvCell("", Place(line, n)) for n in range(1, max(cells) + 1))
            yield [cells.get(n, empty) for n, empty in enumerate(blank, 1)]


def _merged(root: ElementTree.Element) -> dict[tuple[int, int], int]:
    """Return of each cell that reaches over rows below it up to which: what it says holds there."""
    found = {}
    for each in root.iter(f"{_MAIN}mergeCell"):
        first, _, last = each.get("ref", "").partition(":")
        top, bottom = _COLUMN.fullmatch(first), _COLUMN.fullmatch(last)
        if top is not None and bottom is not None and top["letters"] == bottom["letters"]:
            found[int(top["row"]), _number(top["letters"])] = int(bottom["row"])
    return found


def _number(letters: str) -> int:
    """Return a column's number: A is 1, AA 27."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number


def _padded(rows: list[CsvRow]) -> list[CsvRow]:
    """Return the rows equally long, without empty columns before them.

    What is empty at a row's end is not in the file.
    """
    width = max(map(len, rows), default=0)
    starts = (next(n for n, cell in enumerate(row) if cell.text.strip()) for row in rows)
    start = min(starts, default=0)
    return [
        row[start:]
        + [CsvCell("", Place(row[0].place.line, n)) for n in range(len(row) + 1, width + 1)]
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
