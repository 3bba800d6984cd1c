"""A CSV file as sheets: a row an answer, or a row a student; ``,`` or ``;`` or tabs between cells.

A row an answer has the columns ``quantity`` and ``answer``, and may have ``entry`` and ``student``;
without a heading it is a name and an answer. A row a student has the names as its heading.
"""

from __future__ import annotations

import re

from msgspec import Struct

from ...graph.building import counted
from ...problems import Place, Source, refuse
from ...spec.nodes import Mapping, Scalar, YamlNode

NAME = ("quantity", "name", "question", "größe", "groesse", "bezeichnung", "frage")
ENTRY = ("entry", "eintrag")
ANSWER = ("answer", "value", "submitted", "raw", "antwort", "wert", "ergebnis")
STUDENT = ("student", "student_id", "student id", "id", "studentin", "matrikelnummer")
SEPARATORS = (";", "\t", ",")
_WORDS = r"[^\W\d_][^\d=*/+]+"
_NAMED_IN_WORDS = ("loss", "cost")
MOST_CELLS = 20_000
BRACKETED = r"\[(?:[^\[\]\r\n]|\[[^\[\]\r\n]*+\])*+\]|"
"""A name's indices, or an array: its commas separate no cells."""


class CsvCell(Struct, frozen=True):
    """One cell: its text without quotes, and where it stands."""

    text: str
    place: Place
    plain: bool = True


CsvRow = list[CsvCell]


def compose_csv(source: Source) -> list[Mapping]:
    """Return one tree a student, as a YAML sheet of the same answers gives it.

    Raises Refusal for a file without a column of answers.
    """
    return compose_rows(_rows(source), source)


def compose_rows(rows: list[CsvRow], source: Source) -> list[Mapping]:
    """Return one tree a student of the rows of a CSV file, or of a spreadsheet."""
    if not rows:
        raise refuse("no rows", Place(1, 1), "a heading: quantity,answer", source)
    heading = [cell.text.strip().lower() for cell in rows[0]]
    student = _column(heading, STUDENT)
    name, answer = _column(heading, NAME), _column(heading, ANSWER)
    if name is not None and answer is not None:
        entry = _column(heading, ENTRY)
        return _long(rows[1:], name, entry, answer, student, source)
    if student is not None and rows[1:]:
        return [_wide(rows[0], row, student, source) for row in rows[1:]]
    if student is not None:
        raise refuse("no answers below the heading", rows[0][0].place, "a row a student", source)
    if len(rows[0]) == 2 and (answer is not None or _is_heading(rows[0])):
        column = 1 if answer is None else answer
        return _long(rows[1:], 1 - column, None, column, None, source)
    if name is not None or answer is not None or len(rows[0]) != 2:
        cure = "a heading such as 'quantity,answer', or 'student,z1[1],z1[2]'"
        raise refuse("no column of names and one of answers", rows[0][0].place, cure, source)
    return _long(rows, 0, None, 1, None, source)


def _is_heading(row: CsvRow) -> bool:
    """Return whether two cells are words, in whatever language, and no name with its answer."""
    words = [cell.text.strip() for cell in row]
    return all(re.fullmatch(_WORDS, word) for word in words) and words[0] not in _NAMED_IN_WORDS


def numbers_of(source: Source) -> list[list[str]]:
    """Return the cells of a file that is nothing but numbers, with decimal points; else no rows."""
    rows = [[cell.text.strip() for cell in row] for row in _rows(source)]
    if _separator(source.text) != ",":
        rows = [[text.replace(",", ".") for text in row] for row in rows]
    return rows if all(re.match(r"[-+.]?[0-9]", text) for row in rows for text in row) else []


def _column(heading: list[str], words: tuple[str, ...]) -> int | None:
    return next((i for i, text in enumerate(heading) if text in words), None)


def _long(
    rows: list[CsvRow],
    name: int,
    entry: int | None,
    answer: int,
    student: int | None,
    source: Source,
) -> list[Mapping]:
    """Return the sheets of rows that each hold one answer, students in their first row's order."""
    sheets: dict[str, list[tuple[Scalar, YamlNode]]] = {}
    first: dict[str, CsvCell] = {}
    for row in rows:
        if len(row) <= max(name, answer, entry or 0, student or 0):
            message = f"{counted(len(row), 'cell')} in this row"
            cure = "write an empty cell for an answer left blank"
            raise refuse(message, row[0].place, cure, source)
        who = row[student].text.strip() if student is not None else ""
        first.setdefault(who, row[student] if student is not None else row[0])
        key = row[name].text.strip()
        inside = row[entry].text.strip("[]() ") if entry is not None else ""
        text = f"{key}[{inside}]" if inside else key
        pair = (Scalar(text, row[name].place), _value(row[answer]))
        sheets.setdefault(who, []).append(pair)
    if not sheets:
        raise refuse("no answers below the heading", Place(1, 1), "a row an answer", source)
    return [_sheet(who, first[who], pairs) for who, pairs in sheets.items()]


def _wide(heading: CsvRow, row: CsvRow, student: int, source: Source) -> Mapping:
    """Return the sheet of one student's row; cells that are left out are blank."""
    pairs: list[tuple[Scalar, YamlNode]] = []
    for number, cell in enumerate(heading):
        if number != student and cell.text.strip():
            value = row[number] if number < len(row) else CsvCell("", row[-1].place)
            pairs.append((Scalar(cell.text.strip(), cell.place), _value(value)))
    who = row[student] if student < len(row) else CsvCell("", row[0].place)
    return _sheet(who.text.strip(), who, pairs)


def _sheet(who: str, cell: CsvCell, pairs: list[tuple[Scalar, YamlNode]]) -> Mapping:
    answers = Mapping(tuple(pairs), pairs[0][0].place if pairs else cell.place)
    found: list[tuple[Scalar, YamlNode]] = [(Scalar("answers", cell.place), answers)]
    if who:
        found.insert(0, (Scalar("student", cell.place), Scalar(who, cell.place, False)))
    return Mapping(tuple(found), cell.place)


def _value(cell: CsvCell) -> Scalar:
    return Scalar(cell.text if cell.text.strip() else "", cell.place, cell.plain)


def _rows(source: Source) -> list[CsvRow]:
    """Return the rows that hold anything."""
    text = source.text
    separator = _separator(text)
    cell = re.compile(rf'[ \t]*"((?:[^"]|"")*)"[ \t]*(?={re.escape(separator)}|[\r\n]|\Z)')
    inside = BRACKETED if separator == "," else ""
    bare = re.compile(rf"(?:{inside}[^{re.escape(separator)}\r\n])*")
    rows: list[CsvRow] = []
    row: CsvRow = []
    position, line, start, count = 0, 1, 0, 0
    while True:
        if separator == "\t":
            quoted = re.compile(r'"((?:[^"]|"")*)"(?=[\t\r\n]|\Z)').match(text, position)
        else:
            quoted = cell.match(text, position)
        found = quoted or bare.match(text, position)
        if found is None:
            raise AssertionError("a bare cell may be empty")
        inner = quoted[1].replace('""', '"') if quoted else found.group()
        width = max(1, found.end() - position)
        row.append(CsvCell(inner, Place(line, position - start + 1, width), quoted is None))
        count += 1
        if count > MOST_CELLS:
            raise refuse(f"more than {MOST_CELLS} cells", row[-1].place, "split the file", source)
        line += found.group().count("\n")
        if "\n" in found.group():
            start = position + found.group().rindex("\n") + 1
        position = found.end()
        ending = text[position : position + 1]
        if ending == separator:
            position += 1
            continue
        if any(each.text.strip() for each in row):
            rows.append(row)
        row = []
        if not ending:
            return rows
        position += 2 if text[position : position + 2] == "\r\n" else 1
        line, start = line + 1, position


def _separator(text: str) -> str:
    """Return what separates the cells: the sign that stands in the first line, ``;`` before ``,``.

    In ``z1;0,73`` the comma belongs to the number.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside = re.sub(r'"[^"]*"|\[[^\]]*\]', "", first)
    return next((sign for sign in SEPARATORS if sign in outside), ",")
