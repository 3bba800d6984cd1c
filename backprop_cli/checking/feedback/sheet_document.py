"""One marked sheet as a Document: the table, a sentence for what is not right, the worked step."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from msgspec import Struct, structs

from ...expression.refs import Ref
from ...expression.tokens import plain_number
from ...expression.tree import Partial, Quantity
from ...graph.names import probability_ref
from ...problems import shortened
from ...worked import document as doc
from ...worked.building import column, lettered, note, paragraph, section
from ...worked.steps import Writer
from ..next_step import NextStep
from ..records import LIKELY, Answer, Judged, Verdict
from ..rules.sentences import ignored_sentence, late_sentence, number, rules_in_force
from ..running import CheckedSheet
from ..sheets.aspects import slope_entry
from ..sheets.parsing import DECIMAL_COMMA
from .deviations import deviations
from .sentences import FOLLOW, FOLLOWS, MANY_NOT_ASKED, NOT_ASKED, follow_sentence
from .worked_steps import Working

Feedback = Literal["none", "hint", "full"]
MOST_WORKED = 60
"""How many steps are worked out at ``full``."""
MOST_ALIKE = 2
"""Entries up to which all are worked out that one mistake is in."""
_LONGEST_LIST = 60
"""Characters of a list of names, which a line holds; of a longer one, what they are entries of."""
MOST_DIGITS, SHORT_DIGITS = 10, 6
"""Digits of a number that nobody writes by hand, and how many are shown of it."""
LONGEST_SHOWN = 24
WORDS: dict[Verdict, str] = {
    "right": "right",
    "follow-through": "follows through",
    "wrong": "wrong",
    "blank": "blank",
    "unreadable": "unreadable",
    "undecided": "cannot be told",
}
_TONES: dict[Verdict, str] = {"right": "right", "follow-through": "follows", "wrong": "wrong"}
_COUNTED: dict[Verdict, str] = {
    "right": "right",
    "follow-through": "right after an earlier slip",
    "wrong": "wrong",
    "blank": "blank",
    "unreadable": "unreadable",
    "undecided": "undecided",
}


class AnswerRow(Struct, frozen=True):
    """Answers that are shown as one: entries of a quantity that are all blank, or misshapen."""

    name: str
    judged: tuple[Judged, ...]

    @property
    def first(self) -> Judged:
        """The one that stands for all."""
        return self.judged[0]


def sheet_document(
    checked: CheckedSheet,
    writer: Writer,
    feedback: Feedback = "hint",
    step: NextStep | None = None,
    *,
    pointed: bool = False,
) -> doc.Document:
    """Return the document for one student.

    ``none`` gives the marks alone, ``hint`` a table and a sentence for each answer that is not
    right, which does not give the number away, ``full`` the worked step as well. What could not be
    read is not said again where it is ``pointed`` at elsewhere.
    """
    marked = checked.marked
    student = marked.sheet.student
    title = f"Answers of {student}" if student else "Answers"
    blocks: list[doc.Block] = []
    if writer.graph.name:
        blocks.append(paragraph(writer.graph.name))
    blocks.append(paragraph(marks_sentence(checked)))
    if feedback == "none":
        return doc.Document(title, tuple(blocks))
    blocks += [note(sentence) for sentence in marked.remarks]
    sheet = marked.sheet
    said = (rules_in_force(sheet.rules), ignored_sentence(sheet), late_sentence(sheet))
    blocks += [paragraph(sentence) for sentence in said if sentence]
    rows = rows_of(marked.judged)
    if rows:
        blocks.append(_table(rows))
    answered = frozenset(each.answer.ref for each in marked.judged if not each.answer.aspect)
    working = Working(writer, step, answered)
    remarks = [_said(row, feedback, pointed=pointed) for row in rows]
    if _all_with_commas(rows):
        remarks = [structs.replace(e, remark="") if _is_comma(e) else e for e in remarks]
    remarks = [*_said_once(rows, remarks), *_not_asked(rows)]
    inner = [block for group in _worked_at_most(remarks, working) for block in group]
    inner += () if pointed else map(paragraph, problem_sentences(checked))
    if inner:
        blocks.append(section("remarks", "What to look at", inner))
    off = deviations(sheet, marked.judged) if feedback == "full" else None
    if off is not None:
        blocks.append(off)
    return doc.Document(title, tuple(blocks))


def marks_sentence(checked: CheckedSheet) -> str:
    """Return ``5 right, 1 wrong: 5 of 6 marks``."""
    marked = checked.marked
    counts = Counter(each.verdict for each in marked.counted)
    counts["unreadable"] += marked.sheet.lost
    parts = [f"{counts[v]} {word}" for v, word in _COUNTED.items() if counts[v]]
    more = len(marked.judged) - len(marked.counted)
    parts += [f"{more} not asked"] if more else []
    marks = f"{number(marked.score)} of {number(marked.max_score)} marks"
    return f"{', '.join(parts)}: {marks}" if parts else f"no answers: {marks}"


def rows_of(judged: tuple[Judged, ...]) -> list[AnswerRow]:
    """Return the answers a row each; blank or misshapen arrays in one."""
    rows: list[list[Judged]] = []
    for each in judged:
        if rows and _together(rows[-1][0], each):
            rows[-1].append(each)
        else:
            rows.append([each])
    return [
        AnswerRow(first.answer.name if not others else _whole(first.answer), (first, *others))
        for first, *others in rows
    ]


def _together(one: Judged, other: Judged) -> bool:
    if _whole(one.answer) != _whole(other.answer) or one.verdict != other.verdict:
        return False
    if one.verdict == "blank":
        return True
    problem = one.answer.parsed.problem
    return problem is not None and problem is other.answer.parsed.problem


def _whole(answer: Answer) -> str:
    return answer.name.partition("[")[0]


def _table(rows: list[AnswerRow]) -> doc.Table:
    columns = map(column, ("quantity", "name", "answer", "verdict"))
    return doc.Table(tuple(columns), tuple(map(_cells, rows)))


def _cells(row: AnswerRow) -> tuple[doc.Inline, ...]:
    answer, verdict = row.first.answer, row.first.verdict
    ref = answer.ref if len(row.judged) == 1 else answer.ref.whole()
    symbol: doc.Inline = doc.Math(Quantity(ref))
    if isinstance(answer.aspect, Ref):
        symbol = doc.Math(Partial(slope_entry(ref, answer.aspect), ref))
    elif answer.aspect == LIKELY:
        symbol = doc.Math(Quantity(probability_ref(ref)))
    elif answer.aspect:
        symbol = doc.Text("after the step")
    raw = shown_raw(answer.parsed.raw)
    shown = doc.Code(shortened(raw, LONGEST_SHOWN)) if raw else doc.Text("")
    tone = _TONES.get(verdict, "")
    said = f"{WORDS[verdict]}, no mark" if _unpaid(row.first) else WORDS[verdict]
    word = (doc.Strong if verdict == "wrong" else doc.Text)(said, tone=tone)
    return (symbol, doc.Code(row.name), shown, word)


def shown_raw(raw: str) -> str:
    """Return an answer as it was written; in short what a program prints with all its digits."""
    text = " ".join(raw.split())
    digits = sum(character.isdigit() for character in text.lstrip("-+0."))
    if digits <= MOST_DIGITS or not plain_number(text):
        return text
    return f"{float(text):.{SHORT_DIGITS}g}"


def _unpaid(each: Judged) -> bool:
    """Return whether an answer that is not wrong earns nothing: why is said below."""
    return each.verdict in _TONES and each.verdict != "wrong" and each.max_score > each.score == 0


# -- what is said of each


class RowSentence(Struct, frozen=True):
    """What is said of a row, or of several, and the answers that are to be worked out.

    ``once`` says that one known mistake is in all of them, ``remark`` how they were read.
    """

    said: str = ""
    names: list[str] = []
    worked: list[Answer] = []
    once: bool = False
    remark: str = ""


def _said(row: AnswerRow, feedback: Feedback, *, pointed: bool) -> RowSentence:
    """Return what is said of a row: nothing where there is nothing to say."""
    each = row.first
    sentence = _but_asked((feedback == "full" and each.full) or each.message)
    if each.answer.parsed.problem is not None:
        sentence = "" if pointed else problem_sentence(each)
    worked: list[Answer] = []
    if feedback == "full" and each.verdict in ("wrong", "blank", "unreadable"):
        worked = [judged.answer for judged in row.judged]
    if worked and not sentence:
        sentence = (
            "left blank; this is how it goes" if each.verdict == "blank" else WORDS[each.verdict]
        )
    return RowSentence(sentence, [row.name], worked, each.mistake is not None, remark_on(each))


def _all_with_commas(rows: list[AnswerRow]) -> bool:
    """Return whether several numbers have decimal commas, and all are right: none is in doubt."""
    found = [row.first for row in rows if row.first.answer.parsed.remark == DECIMAL_COMMA]
    return len(found) > 1 and all(each.verdict == "right" for each in found)


def _is_comma(said: RowSentence) -> bool:
    return said.remark == DECIMAL_COMMA


def _but_asked(sentence: str) -> str:
    """Return what is said of an answer, without that it was not asked: one line says it of all."""
    return sentence.removeprefix(NOT_ASKED).removeprefix("; ")


def _not_asked(rows: list[AnswerRow]) -> list[RowSentence]:
    names = [row.name for row in rows if row.first.message.startswith(NOT_ASKED)]
    said = MANY_NOT_ASKED if len(names) > 1 else NOT_ASKED
    return [RowSentence(said, _whole_names(names, rows))] if names else []


def _said_once(rows: list[AnswerRow], remarks: list[RowSentence]) -> list[RowSentence]:
    """Return what is said of many once: what differs in its own name alone; what follows last.

    So it is with how answers were read, which else stands behind what is said of them.
    """
    found: dict[str, RowSentence] = {}
    follows: dict[str, list[AnswerRow]] = {}
    read = Counter(each.remark for each in remarks)
    for row, each in zip(rows, remarks, strict=True):
        said = joined(each.said, each.remark if read[each.remark] == 1 else "")
        if _only_follows(row.first, said):
            follows.setdefault(said.removeprefix(_but_asked(row.first.message)), []).append(row)
        elif said:
            pattern = said.replace(row.name, "{}") if _begins(said, row.name) else said
            one = found.get(pattern, RowSentence(said, once=each.once))
            names, worked = [*one.names, row.name], [*one.worked, *each.worked]
            found[pattern] = structs.replace(one, names=names, worked=worked)
    once = [_of_whole(each, rows) for each in found.values()]
    once += [_what_follows(rows, some, after) for after, some in follows.items()]
    for remark, count in read.items():
        if remark and count > 1:
            own = (name for each in remarks if each.remark == remark for name in each.names)
            once.append(RowSentence(remark, _quantities(list(own))))
    return once


def _only_follows(each: Judged, said: str) -> bool:
    """Return whether nothing is to be said of an answer but what it follows from."""
    return each.rule == "follow-through" and bool(each.earlier) and said.startswith(FOLLOWS)


def _what_follows(rows: list[AnswerRow], some: list[AnswerRow], after: str) -> RowSentence:
    """Return the one sentence for answers that follow from wrong ones, and what is said after."""
    roots = list(dict.fromkeys(name for row in some for name in row.first.earlier))
    names, verb = _whole_names([row.name for row in some], rows), FOLLOW
    if _is_long(names):
        names = _quantities(names)
        verb = f"{len(some)} answers {FOLLOW}"
    elif len(names) == 1:
        verb = FOLLOWS
    return RowSentence(follow_sentence(tuple(_whole_names(roots, rows)), verb) + after, names)


def _of_whole(group: RowSentence, rows: list[AnswerRow]) -> RowSentence:
    """Return the sentence of some entries as that of their quantity, where they are all of it."""
    if len(group.names) == 1:
        return group
    names, name = _whole_names(group.names, rows), group.names[0]
    if not _begins(group.said, name):
        return structs.replace(group, names=_firsts(names) if _is_long(names) else names)
    said, others = group.said.replace(name, names[0]), names[1:]
    if others:
        listed = ", ".join(others)
        if _is_long(others):
            listed = f"{len(others)} more entries of {', '.join(_quantities(others))}"
        said = joined(said, f"the same holds of {listed}.")
    return structs.replace(group, said=said, names=names[:1])


def _is_long(names: list[str]) -> bool:
    return len(", ".join(names)) > _LONGEST_LIST


def _quantities(names: list[str]) -> list[str]:
    """Return what the names are entries of."""
    return list(dict.fromkeys(map(_quantity, names)))


def _firsts(names: list[str]) -> list[str]:
    """Return the first name of each quantity, with dots where there are more of it."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_quantity(name), []).append(name)
    return [f"{first} …" if more else first for first, *more in groups.values()]


def _quantity(name: str) -> str:
    """Return what a name is an entry of."""
    return name.partition("[")[0]


def _begins(said: str, name: str) -> bool:
    """Return whether a sentence begins with what it is about."""
    return said.startswith((f"{name} ", f"{name}: "))


def _whole_names(names: list[str], rows: list[AnswerRow]) -> list[str]:
    """Return the names, of a quantity whose entries are all there the quantity's."""
    entries: dict[str, set[str]] = {}
    for row in rows:
        entries.setdefault(_quantity(row.name), set()).add(row.name)
    there = set(names)
    whole = {each for each, own in entries.items() if len(own) > 1 and own <= there}
    shortest = (_quantity(name) if _quantity(name) in whole else name for name in names)
    return list(dict.fromkeys(shortest))


def remark_on(each: Judged) -> str:
    """Return the word on how an answer was read: what it was, or may have been meant to be."""
    text = each.answer.parsed
    told = each.verdict != "right" or "," in text.raw or text.working
    return text.remark if told else ""


def joined(sentence: str, remark: str) -> str:
    """Return a sentence and a word after it: each may be empty."""
    if not sentence or not remark:
        return sentence or remark
    end = "" if sentence.endswith((".", "?")) else "."
    return f"{sentence}{end} {remark[:1].upper()}{remark[1:]}"


def problem_sentence(each: Judged) -> str:
    """Return what is wrong with an answer that could not be read, and where in it."""
    text = each.answer.parsed
    if text.problem is None:
        return each.message
    sentence = text.problem.message
    place, whole = text.problem.place, text.place
    if place is not None and whole is not None and place != whole and place.line == whole.line:
        quote = 1 if whole.width == len(text.raw) + 2 else 0
        at = place.column - whole.column + 1 - quote
        sentence += f", at character {at}" if at > 0 else ""
    return f"{sentence}: {text.problem.cure}" if text.problem.cure else sentence


def _worked_at_most(said: list[RowSentence], working: Working) -> list[list[doc.Block]]:
    """Return the blocks of each sentence: what one mistake made of many is worked out once."""
    left, found = MOST_WORKED, []
    for group in said:
        worked = group.worked
        if group.once and len(worked) > MOST_ALIKE:
            worked = worked[:1]
            once = f"worked out at {worked[0].name}; the others go alike."
            group = structs.replace(group, said=joined(group.said, once))
        blocks: list[doc.Block] = [doc.Paragraph(_named(", ".join(group.names), group.said))]
        chains = tuple(chain for each in worked[: max(0, left)] for chain in working.chains(each))
        left -= len(worked)
        if chains:
            blocks.append(doc.Equations(chains))
        found.append(blocks)
    return found


def _named(names: str, said: str) -> doc.Line:
    """Return the sentence behind the names it is about, unless it begins with them."""
    if _begins(said, names):
        return (doc.Code(names), lettered(said.removeprefix(names)))
    return (doc.Code(names), doc.Text(": "), lettered(said))


def problem_sentences(checked: CheckedSheet) -> list[str]:
    """Return what is wrong with the sheet itself, with the line and column."""
    said = []
    for problem in checked.marked.sheet.problems:
        place = problem.place
        where = f"line {place.line}, column {place.column}: " if place is not None else ""
        cure = f": {problem.cure}" if problem.cure else ""
        said.append(where + shortened(problem.message, 300) + cure)
    return said
