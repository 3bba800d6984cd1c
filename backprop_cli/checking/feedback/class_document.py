"""Many sheets: each student's marks, the commonest mistakes, slips that are alike and unusual."""

from __future__ import annotations

from collections import Counter, defaultdict

from msgspec import Struct

from ...graph.building import counted
from ...graph.records import Graph
from ...passes.trace import Trace
from ...problems import shortened
from ...worked.building import column, paragraph, section
from ...worked.document import Block, Code, Document, Inline, Paragraph, Strong, Table, Text
from ...worked.steps import Writer
from ..mistakes import catalogue
from ..next_step import NextStep
from ..records import Judged, Verdict
from ..rules.sentences import ignored_sentence, late_sentence, number, rules_in_force
from ..running import CheckedSheet
from .class_statistics import UNUSUAL, Rate, copies, histogram, rates, unnamed
from .earlier_run import Changes
from .sheet_document import Feedback, problem_sentences, sheet_document

MOST_ALIKE = 20
MOST_LEFT_OUT = 40
FEWEST_FOR_BARS = 5
"""Sheets from which on a histogram says something."""
LONGEST_BAR = 40
COUNTED = ("right", "follow-through", "wrong", "blank", "unreadable", "undecided")


class Marks(Struct, frozen=True):
    """One student's marks: ``counts`` has how many answers got each verdict."""

    student: str
    file: str
    score: float
    max_score: float
    counts: dict[str, int]
    problems: tuple[str, ...] = ()

    @property
    def percent(self) -> float:
        """The share of the marks, in percent; nothing of nothing is 0."""
        return 100 * self.score / self.max_score if self.max_score else 0.0


class Common(Struct, frozen=True):
    """A mistake, on how many sheets it was found, where it shows, and what it is."""

    mistake: str
    sheets: int
    names: tuple[str, ...]
    title: str


class Alike(Struct, frozen=True):
    """Students who wrote the same unusual wrong values: (name, what was written) pairs."""

    students: tuple[str, ...]
    values: tuple[tuple[str, str], ...]


def marks_of(checked: CheckedSheet) -> Marks:
    """Return one student's marks."""
    marked = checked.marked
    counts: Counter[str] = Counter(each.verdict for each in marked.judged)
    counts["unreadable"] += marked.sheet.lost or (not marked.judged and bool(checked.problems))
    return Marks(
        marked.sheet.student,
        marked.sheet.file,
        marked.score,
        marked.max_score,
        {verdict: counts[verdict] for verdict in COUNTED},
        tuple(problem_sentences(checked)),
    )


def common_mistakes(sheets: list[CheckedSheet]) -> list[Common]:
    """Return the known mistakes by the number of sheets they were found on, most first."""
    found: dict[str, dict[int, list[Judged]]] = defaultdict(lambda: defaultdict(list))
    for number_, checked in enumerate(sheets):
        for each in checked.marked.judged:
            if each.mistake is not None and each.verdict == "wrong":
                found[each.mistake][number_].append(each)
    common, known = [], catalogue()
    for mistake, on in found.items():
        names = Counter(each.answer.name for judged in on.values() for each in judged)
        most = tuple(name for name, _ in names.most_common(3))
        common.append(Common(mistake, len(on), most, known[mistake].title))
    return sorted(common, key=lambda each: (-each.sheets, each.mistake))


def alike_slips(sheets: list[CheckedSheet]) -> list[Alike]:
    """Return the wrong values without a known cause that a few students share, by students."""
    wrote: dict[tuple[str, float], dict[int, str]] = defaultdict(dict)
    for number_, checked in enumerate(sheets):
        for each in checked.marked.judged:
            value = each.answer.parsed.value
            if value is not None and each.rule == "wrong" and _telling(each):
                wrote[each.answer.name, value][number_] = each.answer.parsed.raw
    few = max(3, int(UNUSUAL * len(sheets)))
    groups: dict[tuple[int, ...], list[tuple[str, str]]] = defaultdict(list)
    for (name, _), by in wrote.items():
        if 2 <= len(by) <= few:
            groups[tuple(by)].append((name, next(iter(by.values()))))
    return [
        Alike(tuple(sheets[i].marked.sheet.student for i in who), tuple(values))
        for who, values in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
        if len({sheets[i].marked.sheet.student for i in who}) > 1
    ]


def _telling(each: Judged) -> bool:
    """Return whether a number has the digits to be somebody's own: two that count, or more."""
    text = each.answer.parsed
    if text.value is None or text.unit == 0:
        return True
    return abs(text.value) >= 9.5 * text.unit


def class_document(
    sheets: list[CheckedSheet],
    title: str,
    feedback: Feedback = "hint",
    left_out: tuple[str, ...] = (),
    since: Changes | None = None,
) -> Document:
    """Return the document for the grader; with feedback ``none`` the marks alone.

    ``left_out`` are files of the folder that are no sheets, ``since`` what an earlier run had.
    """
    rows = [marks_of(checked) for checked in sheets]
    blocks: list[Block] = [paragraph(_sentence(rows))]
    blocks += [paragraph(sentence) for sentence in _rules_of(sheets)]
    blocks.append(_marks_table(rows))
    if since is not None:
        blocks.append(section("changes", "Since the earlier run", _changes(since)))
    if feedback == "none":
        return Document(title or "Sheets", tuple(blocks))
    percents = [row.percent for row in rows if row.max_score]
    if len(percents) >= FEWEST_FOR_BARS:
        blocks.append(section("histogram", "How the marks lie", (_histogram(percents),)))
    if len(sheets) > 1:
        blocks.append(section("rates", "By quantity", (_rates_table(rates(sheets)),)))
    common = common_mistakes(sheets)
    if common:
        blocks.append(section("mistakes", "Commonest mistakes", _common_table(common, sheets)))
    alike = [*map(_copies_paragraph, _copied(sheets)), *map(_alike_paragraph, alike_slips(sheets))]
    if alike:
        lines = alike[:MOST_ALIKE]
        if len(alike) > MOST_ALIKE:
            lines.append(paragraph(f"… and {len(alike) - MOST_ALIKE} more"))
        blocks.append(section("alike", "The same unusual values", lines))
    blocks += _remarks(sheets, rows)
    if left_out:
        said = [Paragraph((Code(_end(each)),)) for each in left_out[:MOST_LEFT_OUT]]
        if len(left_out) > MOST_LEFT_OUT:
            said.append(paragraph(f"… and {len(left_out) - MOST_LEFT_OUT} more"))
        blocks.append(section("left-out", "Files left out: they are no sheets", said))
    return Document(title or "Sheets", tuple(blocks))


def _copied(sheets: list[CheckedSheet]) -> list[tuple[str, ...]]:
    """Return whose sheets are copies; several of one student's are none."""
    found = [tuple(sheets[n].marked.sheet.student for n in group) for group in copies(sheets)]
    return [who for who in found if len(set(who)) > 1]


def _copies_paragraph(who: tuple[str, ...]) -> Paragraph:
    names = ", ".join(shortened(student, 32) for student in who[:8])
    return Paragraph((Strong(names), Text(": the same answers throughout, the wrong ones too")))


def _histogram(percents: list[float]) -> Table:
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


def _sentence(rows: list[Marks]) -> str:
    from statistics import median

    broken = sum(1 for row in rows if row.problems)
    percents = [row.percent for row in rows if row.max_score]
    sentence = counted(len(rows), "sheet")
    sentence += f", median {median(percents):.0f} %" if percents else ""
    return sentence + (f", {broken} with something that cannot be read" if broken else "")


def _rules_of(sheets: list[CheckedSheet]) -> list[str]:
    """Return the rules in force, and on how many sheets others count, or are stated and do not."""
    forces = Counter(rules_in_force(each.marked.sheet.rules) for each in sheets)
    (most, _), *others = forces.most_common()
    said = [most]
    said += [f"{counted(count, 'sheet')}: {rules}" for rules, count in others[:MOST_ALIKE]]
    ignored = Counter(ignored_sentence(each.marked.sheet) for each in sheets)
    said += [f"{counted(n, 'sheet')}: {each}" for each, n in ignored.most_common() if each]
    return said


def _marks_table(rows: list[Marks]) -> Table:
    heads = {"right": "right", "follow-through": "follows", "wrong": "wrong"}
    seldom = {"blank": "blank", "unreadable": "unread"}
    heads |= {key: head for key, head in seldom.items() if any(row.counts[key] for row in rows)}
    shown = list(heads)
    columns = (
        column("student"),
        *(column(head, "figure") for head in ("marks", "%", *heads.values())),
    )
    return Table(columns, tuple(_marks_row(row, shown) for row in rows))


def _marks_row(row: Marks, verdicts: list[str]) -> tuple[Inline, ...]:
    marks = f"{number(row.score)}/{number(row.max_score)}"
    cells = [Text(str(row.counts[verdict])) for verdict in verdicts]
    student = Code(shortened(row.student, 32))
    if not row.max_score:
        return (student, *(Text("–") for _ in range(2 + len(cells))))
    return (student, Text(marks), Text(f"{row.percent:.0f}"), *cells)


def _common_table(common: list[Common], sheets: list[CheckedSheet]) -> tuple[Table]:
    columns = (
        column("mistake"),
        column("sheets", "figure"),
        column("mostly at"),
        column("what it is", "prose"),
    )
    rows: list[tuple[Inline, ...]] = [
        (Code(each.mistake), Text(str(each.sheets)), Code(each.names[0]), Text(each.title))
        for each in common
    ]
    count, names = unnamed(sheets)
    if count:
        rows.append((Text("none known"), Text(str(count)), Code(names[0]), Text("wrong otherwise")))
    return (Table(columns, tuple(rows)),)


def _alike_paragraph(each: Alike) -> Block:
    names = ", ".join(shortened(student, 32) for student in each.students[:8])
    values = ", ".join(f"{name} = {shortened(raw, 24)}" for name, raw in each.values[:8])
    return Paragraph((Strong(names), Text(": "), Code(values)))


def _remarks(sheets: list[CheckedSheet], rows: list[Marks]) -> list[Block]:
    """Return what is to be said of single sheets: what cannot be read, rules of their own."""
    lines: list[Block] = [
        Paragraph((Code(shortened(student, 32)), Text(f": {count} sheets have this name")))
        for student, count in Counter(row.student for row in rows).items()
        if count > 1
    ]
    for checked, row in zip(sheets, rows, strict=True):
        said = [*row.problems, *checked.marked.remarks]
        said += [late for late in (late_sentence(checked.marked.sheet),) if late]
        if said:
            text = "; ".join(said[:3]) + (f"; and {len(said) - 3} more" if len(said) > 3 else "")
            lines.append(Paragraph((Code(_where(row)), Text(f": {text}"))))
    return [section("sheets", "Single sheets", lines)] if lines else []


def checked_document(
    sheets: tuple[CheckedSheet, ...],
    subject: Trace | Graph,
    feedback: Feedback,
    step: NextStep | None,
    left_out: tuple[str, ...] = (),
    since: Changes | None = None,
) -> Document:
    """Return what one student is shown, or of several sheets what the grader is."""
    writer = Writer(subject)
    if len(sheets) == 1 and not left_out and since is None:
        return sheet_document(sheets[0], writer, feedback, step)
    return class_document(list(sheets), writer.graph.name, feedback, left_out, since)


def _where(row: Marks) -> str:
    """Return a sheet's file, the end of a long path; without one whose it is."""
    where = row.file or row.student
    return _end(where)


def _end(text: str) -> str:
    return text if len(text) <= 60 else "…" + text[-59:]
