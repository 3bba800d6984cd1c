"""A CSV file as sheets: a row an answer, or a row a student; ``,`` or ``;`` or tabs between cells.

A row an answer has the columns ``quantity`` and ``answer``, and may have ``entry`` and ``student``;
without a heading it is a name and an answer, or a name with its numbers beside it, or a matrix
below. A row a student has the names as its heading. What stands above a heading is no answer.
"""

from __future__ import annotations

import itertools
import re

from msgspec import Struct

from ...problems import Place, Refusal, Source, counted, line_ends, refuse
from ...spec.nodes import Mapping, Scalar, Sequence, YamlNode

NAME = ("quantity", "name", "question", "größe", "groesse", "bezeichnung", "frage", "aufgabe")
ENTRY = ("entry", "eintrag")
COUNTING = ("", "#", "unit", "neuron", "einheit", "index", "i", "j", "k", "nr", "nr.", "no", "no.")
"""What stands over a column that counts the rows below it."""
ANSWER = ("answer", "value", "submitted", "raw", "result", "antwort", "wert", "ergebnis")
STUDENT = ("student", "student_id", "student id", "id", "studentin", "matrikelnummer")
MOST_ABOVE = 10
"""Rows that may stand above a heading."""
_NUMBER = re.compile(r"[-+\u2212]?(?:[0-9]++(?:[.,][0-9]++)?|[.,][0-9]++)(?:[eE][-+]?[0-9]++)?")
_NAME = re.compile(r"[^\W\d][\w'/()*]*(?:\[[0-9, ]+\])?'?")
SEPARATORS = (";", "\t", ",")
_WORDS = r"[^\W\d_][^\d=*/+]+"
_NAMED_IN_WORDS = ("loss", "cost")
MOST_CELLS = 20_000
NO_COLUMNS = "no column of names and one of answers"
BRACKETED = r"\[(?:[^\[\]\r\n]|\[[^\[\]\r\n]*+\])*+\]|"
"""A name's indices, or an array: its commas separate no cells."""


class CsvCell(Struct, frozen=True):
    """One cell: its text without quotes, and where it stands."""

    text: str
    place: Place
    plain: bool = True


CsvRow = list[CsvCell]
NodePairs = list[tuple[Scalar, YamlNode]]


def compose_csv(source: Source) -> list[Mapping]:
    """Return one tree a student, as a YAML sheet of the same answers gives it.

    Raises Refusal for a file without a column of answers.
    """
    return compose_rows(_rows(source), source)


def compose_rows(rows: list[CsvRow], source: Source) -> list[Mapping]:
    """Return one tree a student of the rows of a CSV file, or of a spreadsheet.

    Rows that begin with no quantity may stand above a table, with or without a heading.
    """
    first: Refusal | None = None
    for above in itertools.count():
        try:
            return _composed(rows[:above], rows[above:], source)
        except Refusal as refusal:
            first = first or refusal
            is_title = above + 1 < len(rows) and not _quantities(rows[above][:1])
            is_none = refusal.problems[0].message == NO_COLUMNS
            if above == MOST_ABOVE or not (is_title and is_none):
                raise first from None
    raise AssertionError("a table has an end")


def _composed(title: list[CsvRow], rows: list[CsvRow], source: Source) -> list[Mapping]:
    """Return one tree a student of a table; its title says it, if anything, whose it is."""
    if not rows:
        raise refuse("no rows", Place(1, 1), "a heading: quantity,answer", source)
    above, rows = _from_heading(rows)
    heading = [cell.text.strip().lower() for cell in rows[0]]
    student = _column(heading, STUDENT)
    name, answer = _column(heading, NAME), _column(heading, ANSWER)
    if student is None and answer is None and heading[0] == "name" and _quantities(rows[0][1:]):
        student = 0
    if name is not None and answer is not None:
        entry = _column(heading, ENTRY)
        return _long(rows[1:], name, entry, answer, student, source, _whose([*title, *above]))
    if student is not None and rows[1:]:
        return [_wide(rows[0], row, student) for row in rows[1:]]
    if student is not None:
        raise refuse("no answers below the heading", rows[0][0].place, "a row a student", source)
    whose = _named(rows)
    named = whose or _whose(title)
    if whose is None and len(rows[0]) == 2 and (answer is not None or _is_heading(rows[0])):
        column = 1 if answer is None else answer
        return _long(rows[1:], 1 - column, None, column, None, source)
    if answer is None and (name is None or whose is not None):
        table = rows if whose is None else rows[1:]
        two = max(map(len, table)) == 2
        if two and not any(_NUMBER.fullmatch(row[0].text.strip()) for row in table):
            return _long(table, 0, None, 1, None, source, named)
        table = _uncounted(table[1:] if name == 0 and whose is None and len(table) > 1 else table)
        pairs = _laid_out(table) or _in_columns(table)
        if pairs:
            who = "" if named is None else named.text.strip()
            return [_sheet(who, named or table[0][0], pairs)]
    cure = "a heading such as 'quantity,answer', or 'student,z1[1],z1[2]'"
    raise refuse(NO_COLUMNS, rows[0][0].place, cure, source)


def compose_tables(tables: list[list[CsvRow]], source: Source) -> list[Mapping]:
    """Return one tree a student of a spreadsheet's tables; what is no table of answers is none."""
    found: list[Mapping] = []
    refused: list[Refusal] = []
    for rows in tables:
        try:
            found += compose_rows(rows, source)
        except Refusal as refusal:
            if rows and refusal.problems[0].message != NO_COLUMNS:
                raise
            refused.append(refusal)
    if not found:
        raise refused[0]
    return _by_student(found) if len(refused) < len(tables) - 1 else found


def _by_student(sheets: list[Mapping]) -> list[Mapping]:
    """Return the sheets, those of one student as one: each layer may have its own table."""
    whole: dict[str, tuple[Mapping, list[tuple[Scalar, YamlNode]]]] = {}
    for each in sheets:
        who, answers = each.get("student"), each.get("answers")
        name = who.text if isinstance(who, Scalar) else ""
        _, pairs = whole.setdefault(name, (each, []))
        pairs += answers.pairs if isinstance(answers, Mapping) else ()
    return [
        Mapping(
            tuple(
                (key, Mapping(tuple(pairs), value.place) if key.text == "answers" else value)
                for key, value in first.pairs
            ),
            first.place,
        )
        for first, pairs in whole.values()
    ]


def _from_heading(rows: list[CsvRow]) -> tuple[list[CsvRow], list[CsvRow]]:
    """Return the rows above the heading, and those from it on; without one all of them."""
    for number, row in enumerate(rows[:MOST_ABOVE]):
        words = [cell.text.strip().lower() for cell in row]
        if _column(words, NAME) is not None and _column(words, ANSWER) is not None:
            return rows[:number], rows[number:]
    return [], rows


def _whose(above: list[CsvRow]) -> CsvCell | None:
    """Return whose answers they are, where a row above the heading says so: Student: Ada."""
    for row in above:
        if len(row) > 1 and row[0].text.strip().lower().rstrip(": ") in (*STUDENT, "name"):
            return row[1] if row[1].text.strip() else None
    return None


def _named(rows: list[CsvRow]) -> CsvCell | None:
    """Return whose a table is by its first row: Name, Ada Grün; Name, Zahl may be a heading."""
    found = _whose(rows[:1]) if len(rows) > 1 else None
    filled = (sum(bool(cell.text.strip()) for cell in row) for row in rows[1:])
    return found if found is not None and (" " in found.text or max(filled) > 2) else None


def _uncounted(rows: list[CsvRow]) -> list[CsvRow]:
    """Return the rows without a first column that only counts them."""
    counts = [row[0].text.strip() for row in rows]
    if counts[0].lower() in COUNTING and len(counts) > 1:
        counts = counts[1:]
    counted_so = counts == [str(number) for number in range(1, len(counts) + 1)]
    return [row[1:] for row in rows] if counted_so and min(map(len, rows)) > 2 else rows


def _laid_out(rows: list[CsvRow]) -> NodePairs:
    """Return names with their numbers beside them, a matrix row by row below; none where so."""
    found: list[tuple[CsvCell, list[CsvRow]]] = []
    for row in rows:
        width = max(number for number, cell in enumerate(row, 1) if cell.text.strip())
        first, more = row[0], row[1:width]
        text = first.text.strip()
        if any(_NAME.fullmatch(cell.text.strip()) for cell in more):
            return []
        if _NAME.fullmatch(text):
            found.append((first, [more] if more else []))
        elif found and (not text or _NUMBER.fullmatch(text)):
            found[-1][1].append(row[:width] if text else more)
        else:
            return []
    if not any(numbers for _, numbers in found):
        return []
    return [(Scalar(n.text.strip(), n.place), _array(n, rows)) for n, rows in found]


def _in_columns(rows: list[CsvRow]) -> NodePairs:
    """Return names with their numbers below them, a column each; none where it is not so."""
    names, *below = rows
    if not _quantities(names):
        return []
    cells = [cell.text.strip() for row in below for cell in row]
    if not any(cells) or not all(_NUMBER.fullmatch(text) for text in cells if text):
        return []
    found: NodePairs = []
    for number, name in enumerate(names):
        column = [row[number] for row in below if number < len(row)]
        filled = [cell for cell in column if cell.text.strip()]
        values = _array(name, [filled] if filled else [])
        found.append((Scalar(name.text.strip(), name.place), values))
    return found


def _array(name: CsvCell, rows: list[CsvRow]) -> YamlNode:
    """Return the numbers of a name: none, one, a list, or a matrix."""
    nodes = [list(map(_value, row)) for row in rows]
    if not nodes:
        return Scalar("", name.place)
    if len(nodes) > 1:
        lines = tuple(Sequence(tuple(row), row[0].place) for row in nodes)
        return Sequence(lines, nodes[0][0].place)
    (row,) = nodes
    return row[0] if len(row) == 1 else Sequence(tuple(row), row[0].place)


def _quantities(cells: CsvRow) -> bool:
    """Return whether cells are names of quantities, one at least with a number in it."""
    texts = [cell.text.strip() for cell in cells]
    named = any(re.search(r"[0-9]", text) or text in _NAMED_IN_WORDS for text in texts)
    return named and all(map(_NAME.fullmatch, texts))


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
    whose: CsvCell | None = None,
) -> list[Mapping]:
    """Return the sheets of rows that each hold one answer, students in their first row's order."""
    sheets: dict[str, list[tuple[Scalar, YamlNode]]] = {}
    first: dict[str, CsvCell] = {}
    for row in rows:
        if len(row) <= max(name, answer, entry or 0, student or 0):
            message = f"{counted(len(row), 'cell')} in this row"
            cure = "write an empty cell for an answer left blank"
            raise refuse(message, row[0].place, cure, source)
        cell = row[student] if student is not None else whose
        who = "" if cell is None else cell.text.strip()
        first.setdefault(who, cell or row[0])
        key = row[name].text.strip()
        inside = row[entry].text.strip("[]() ") if entry is not None else ""
        text = f"{key}[{inside}]" if inside else key
        pair = (Scalar(text, row[name].place), _value(row[answer]))
        sheets.setdefault(who, []).append(pair)
    if not sheets:
        raise refuse("no answers below the heading", Place(1, 1), "a row an answer", source)
    return [_sheet(who, first[who], pairs) for who, pairs in sheets.items()]


def _wide(heading: CsvRow, row: CsvRow, student: int) -> Mapping:
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
        ends = line_ends(found.group())
        width = 1 if ends else max(1, found.end() - position)
        row.append(CsvCell(inner, Place(line, position - start + 1, width), quoted is None))
        count += 1
        if count > MOST_CELLS:
            raise refuse(f"more than {MOST_CELLS} cells", row[-1].place, "split the file", source)
        if ends:
            line, start = line + len(ends), position + ends[-1]
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
    outside = re.sub(r'"[^"]*"|\[[^\[\]]*\]', "", first)
    return next((sign for sign in SEPARATORS if sign in outside), ",")
