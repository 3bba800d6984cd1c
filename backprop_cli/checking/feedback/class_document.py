"""A class for whoever marks it: marks, the commonest mistakes, slips that are alike and unusual."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ...graph.records import Graph
from ...passes.trace import Trace
from ...problems import counted, shortened
from ...worked.building import column, lettered, paragraph, section
from ...worked.document import Block, Code, Document, Inline, Paragraph, Strong, Table, Text
from ...worked.steps import Writer
from ..next_step import NextStep
from ..records import Verdict
from ..rules.sentences import number
from ..running import CheckedSheet
from .class_tally import MOST_ROWS, Alike, ClassTally, Marks, Rate, tally_of
from .sheet_document import Feedback, sheet_document, shown_raw

if TYPE_CHECKING:
    from .earlier_run import Changes

MOST_ALIKE = 20
MOST_LEFT_OUT = 40
MOST_OF_A_REASON = 10
BINS = 10
FEWEST_FOR_BARS = 5
"""Sheets from which on a histogram says something."""
LONGEST_BAR = 40


def class_document(
    tally: ClassTally,
    title: str,
    feedback: Feedback = "hint",
    left_out: tuple[str, ...] = (),
    since: Changes | None = None,
    *,
    asked: bool = False,
    missed: Sequence[str] = (),
) -> Document:
    """Return the document for the grader; with feedback ``none`` the marks alone.

    ``left_out`` are files of the folder that are no sheets, ``since`` what an earlier run had; of
    every sheet the same is ``asked``, or what each answers counts; ``missed`` are late, and no
    sheet is theirs.
    """
    blocks: list[Block] = [paragraph(_sentence(tally))]
    blocks += [paragraph(sentence) for sentence in _rules_of(tally)]
    if missed:
        names = ", ".join(map(shortened, missed))
        blocks.append(paragraph(f"late by the rubric, but no sheet has this name: {names}"))
    if not asked and tally.least_marks < tally.most_marks:
        marks = f"{number(tally.least_marks)} to {number(tally.most_marks)}"
        cure = "--ask all asks the same of each"
        blocks.append(paragraph(f"out of {marks} marks, by what each sheet answers: {cure}"))
    blocks.append(_marks_table(tally))
    if tally.count > MOST_ROWS:
        more = f"… and {tally.count - MOST_ROWS} more: --report marks.csv has every sheet"
        blocks.append(paragraph(more))
    if since is not None:
        blocks.append(section("changes", "Since the earlier run", _changes(since)))
    if feedback == "none":
        return Document(title or "Sheets", tuple(blocks))
    if len(tally.percents) >= FEWEST_FOR_BARS:
        blocks.append(section("histogram", "How the marks lie", (_histogram(tally.percents),)))
    if tally.count > 1:
        blocks.append(section("rates", "By quantity", (_rates_table(tally.rates()),)))
    if tally.common_mistakes():
        blocks.append(section("mistakes", "Commonest mistakes", _common_table(tally)))
    alike = [*map(_copies_paragraph, tally.copies()), *map(_alike_paragraph, tally.alike_slips())]
    if alike:
        blocks.append(section("alike", "The same unusual values", _at_most(alike, MOST_ALIKE)))
    blocks += _remarks(tally)
    if left_out:
        said = _at_most(_left_out(left_out), MOST_LEFT_OUT)
        blocks.append(section("left-out", "Files left out: they are no sheets", said))
    return Document(title or "Sheets", tuple(blocks))


def _left_out(files: tuple[str, ...]) -> list[Block]:
    """Return a line a file; many that are left out for one reason share one."""
    by_reason: dict[str, list[str]] = {}
    for each in files:
        by_reason.setdefault(each.rpartition(": ")[2], []).append(each)
    blocks: list[Block] = []
    for alike in by_reason.values():
        shown = alike if len(alike) <= MOST_OF_A_REASON else alike[:1]
        blocks += [Paragraph((Code(_end(each)),)) for each in shown]
        if shown is not alike:
            blocks.append(paragraph(f"… and {len(alike) - 1} more for this reason"))
    return blocks


def _at_most(blocks: Sequence[Block], most: int) -> list[Block]:
    """Return the first paragraphs, and how many more there are."""
    more = len(blocks) - most
    return [*blocks[:most], *([paragraph(f"… and {more} more")] if more > 0 else ())]


def _copies_paragraph(who: tuple[str, ...]) -> Paragraph:
    names = ", ".join(shortened(student, 32) for student in who[:8])
    return Paragraph((Strong(names), Text(": the same answers throughout, the wrong ones too")))


def histogram(percents: Iterable[float]) -> list[int]:
    """Return how many sheets have 0 to 9 %, 10 to 19 %, …, 90 to 100 % of the marks."""
    found = [0] * BINS
    for percent in percents:
        found[min(BINS - 1, int(percent * BINS / 100))] += 1
    return found


def _histogram(percents: Iterable[float]) -> Table:
    counts = histogram(percents)
    scale = max(1.0, max(counts) / LONGEST_BAR)
    rows = tuple(
        (
            Text(f"{10 * n}–{10 * n + 9 if n < 9 else 100} %"),
            Text(str(count)),
            Code("#" * max(round(count / scale), 1 if count else 0)),
        )
        for n, count in enumerate(counts)
    )
    return Table((column("marks"), column("sheets", "figure"), column("")), rows)


def _rates_table(found: list[Rate]) -> Table:
    shown: dict[Verdict, str] = {"right": "right", "follow-through": "follows", "wrong": "wrong"}
    seldom: dict[Verdict, str] = {
        "blank": "blank", "unreadable": "unread", "undecided": "untold"
    }  # fmt: skip
    shown |= {key: head for key, head in seldom.items() if any(r.counts.get(key) for r in found)}
    columns = (
        column("quantity"),
        *(column(f"{head} %", "figure") for head in shown.values()),
        column("mostly"),
    )
    rows = tuple(
        (
            Code(rate.quantity),
            *(Text(f"{100 * rate.counts.get(key, 0) / rate.total:.0f}") for key in shown),
            Code(rate.mistake) if rate.mistake else Text(""),
        )
        for rate in found
    )
    return Table(columns, rows)


def _changes(since: Changes) -> list[Block]:
    """Return the sheets whose marks are others, and who is new or gone."""
    found: list[Block] = []
    if since.other_network:
        found.append(paragraph("the network's file is another one than then"))
    if since.other_rules:
        found.append(paragraph(f"{counted(since.other_rules, 'sheet')} marked by other rules then"))
    if since.changed:
        heads = (column("student"), column("before", "figure"), column("now", "figure"))
        rows = tuple(
            (
                Code(shortened(each.student, 32)),
                Text(f"{number(each.before.score)}/{number(each.before.max_score)}"),
                Text(f"{number(each.score)}/{number(each.max_score)}"),
                Text(", ".join(each.names[:4]) + (" …" if len(each.names) > 4 else "")),
                Text("another sheet" if each.other_sheet else ""),
            )
            for each in since.changed
        )
        found.append(Table((*heads, column("answers", "prose"), column("")), rows))
    found.append(paragraph(f"{counted(since.same, 'sheet')} with the same marks"))
    for word, who in (("new", since.new), ("not there any more", since.gone)):
        if who:
            names = ", ".join(shortened(student, 32) for student in who[:12])
            found.append(paragraph(f"{word}: {names}{' …' if len(who) > 12 else ''}"))
    return found


def _sentence(tally: ClassTally) -> str:
    from statistics import median

    sentence = counted(tally.count, "sheet")
    sentence += f", median {median(tally.percents):.0f} %" if tally.percents else ""
    broken = tally.broken
    return sentence + (f", {broken} with something that cannot be read" if broken else "")


def _rules_of(tally: ClassTally) -> list[str]:
    """Return the rules in force, and on how many sheets others count, or are stated and do not."""
    (most, _), *others = tally.forces.most_common()
    said = [most]
    said += [f"{counted(count, 'sheet')}: {rules}" for rules, count in others[:MOST_ALIKE]]
    ignored = tally.ignored.most_common()
    said += [f"{counted(n, 'sheet')}: {each}" for each, n in ignored if each]
    return said


def _marks_table(tally: ClassTally) -> Table:
    heads = {"right": "right", "follow-through": "follows", "wrong": "wrong"}
    seldom = {"blank": "blank", "unreadable": "unread"}
    heads |= {key: head for key, head in seldom.items() if key in tally.shown}
    shown = list(heads)
    columns = (
        column("student"),
        *(column(head, "figure") for head in ("marks", "%", *heads.values())),
    )
    return Table(columns, tuple(_marks_row(row, shown) for row in tally.rows))


def _marks_row(row: Marks, verdicts: list[str]) -> tuple[Inline, ...]:
    marks = f"{number(row.score)}/{number(row.max_score)}"
    cells = [Text(str(row.counts[verdict])) for verdict in verdicts]
    student = Code(shortened(row.student, 32))
    if not row.max_score:
        return (student, *(Text("–") for _ in range(2 + len(cells))))
    return (student, Text(marks), Text(f"{row.percent:.0f}"), *cells)


def _common_table(tally: ClassTally) -> tuple[Table]:
    columns = (
        column("mistake"),
        column("sheets", "figure"),
        column("mostly at"),
        column("what it is", "prose"),
    )
    rows: list[tuple[Inline, ...]] = [
        (Code(each.mistake), Text(str(each.sheets)), Code(each.names[0]), lettered(each.title))
        for each in tally.common_mistakes()
    ]
    count, names = tally.unnamed()
    if count:
        rows.append((Text("none known"), Text(str(count)), Code(names[0]), Text("wrong otherwise")))
    return (Table(columns, tuple(rows)),)


def _alike_paragraph(each: Alike) -> Block:
    names = ", ".join(shortened(student, 32) for student in each.students[:8])
    values = ", ".join(f"{name} = {shortened(shown_raw(raw), 24)}" for name, raw in each.values[:8])
    return Paragraph((Strong(names), Text(": "), Code(values)))


def _remarks(tally: ClassTally) -> list[Block]:
    """Return what is to be said of single sheets: what cannot be read, rules of their own."""
    lines: list[Block] = [
        Paragraph((Code(shortened(student, 32)), Text(f": {count} sheets have this name")))
        for student, count in tally.namesakes()
    ]
    lines += [Paragraph((Code(_end(where)), Text(f": {text}"))) for where, text in tally.remarks]
    if tally.more_remarks:
        lines.append(paragraph(f"… and {tally.more_remarks} more"))
    return [section("sheets", "Single sheets", lines)] if lines else []


def checked_document(
    sheets: tuple[CheckedSheet, ...],
    subject: Trace | Graph,
    feedback: Feedback,
    step: NextStep | None,
) -> Document:
    """Return what one student is shown, or of several sheets what the grader is."""
    writer = Writer(subject)
    if len(sheets) == 1:
        return sheet_document(sheets[0], writer, feedback, step)
    return class_document(tally_of(sheets), writer.graph.name, feedback)


def _end(text: str) -> str:
    return text if len(text) <= 60 else "…" + text[-59:]
