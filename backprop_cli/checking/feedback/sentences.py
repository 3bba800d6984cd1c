"""What is said of one answer: a sentence that helps, and the whole one."""

from __future__ import annotations

from ...expression.refs import plain_name
from ...problems import counted
from ..marking.comparing import direct
from ..marking.conventions import usual_factor
from ..marking.markings import (
    Marking,
    SheetMarkings,
    factor_of,
    nearly,
    off_beyond_coarseness,
)
from ..marking.symbolic import quantities
from ..mistakes import catalogue
from ..records import STEPPED
from ..replay import Replay
from ..search.search import Finding
from ..sheets.aspects import name_of

SHARED = "right, with the 1/N of the mean in it already: the gradients agree with that"
FLIPPED = "right, with delta taken of (y − a): the gradients have the usual sign"
PRECISION = (
    "cannot be told at this precision: the step is smaller than the last digit that was written"
)
WRONG = "not right, and no known mistake gives it"
NEARLY = "not right, but near: off by a few units of the last digit; go on with more digits"
WRONG_FORMULA = "not right: the formula gives another number where the network has other numbers"
NO_FORMULA = "not right: this network has no numbers, a formula of its quantities is asked for"
GIVEN = "given, not asked: it earns no mark"
UNDECIDED = "could not be decided: the formula has no number here, and could not be compared"
UNEARNED = "no mark: the same number stands in nearly all answers, which shows no working"
FOREIGN = "no mark: it follows from answers that do not fit the numbers given here"
ACCIDENT = "no mark: the number is right, but answers that it is made of are not"
FOREIGN_SHEET = (
    "Most answers that come from the given numbers fit them in no way: another exercise's, or "
    "guessed? What is made of them earns no mark."
)
CONSTANT_SHEET = (
    "The same number stands in nearly all answers, which shows no working: it earns no mark."
)
NO_MARK = {"constant": UNEARNED, "foreign": FOREIGN, "accident": ACCIDENT}
Said = tuple[str, str]
"""The sentence that does not give the number away, and the whole one, ``""`` where they are one."""


FOLLOWS = "follows"
FOLLOW = "follow"
MOST_ROOTS = 4
"""How many wrong answers one sentence names."""
NOT_ASKED = "not asked: it earns no mark"
MANY_NOT_ASKED = "not asked: they earn no marks"


def sentences(
    sheet: SheetMarkings, marking: Marking, finding: Finding, *, asked: bool = True
) -> Said:
    """Return what is said of an answer."""
    said = _said(sheet, marking, finding)
    if asked or said[0].startswith(GIVEN):
        return said
    hint, full = said
    return (f"{NOT_ASKED}; {hint}" if hint else NOT_ASKED, f"{NOT_ASKED}; {full}" if full else "")


def _said(sheet: SheetMarkings, marking: Marking, finding: Finding) -> Said:
    if marking.key in sheet.answer_key.graph.given and finding.verdict not in (
        "blank",
        "unreadable",
    ):
        return (_given(sheet, marking, finding), "")
    if finding.unearned is not None:
        return (NO_MARK[finding.unearned], "")
    match finding.rule:
        case "unreadable":
            problem = marking.answer.parsed.problem
            return ("" if problem is None else problem.message, "")
        case "imprecise":
            return (_imprecise(sheet, marking), "")
        case "follow-through":
            return _follows(sheet.answer_key.replay, finding)
        case "diagnosed":
            target = sheet.answer_key.graph.target is not None
            return _diagnosed(finding, marking.answer.name, with_target=target)
        case "precision":
            return (PRECISION, "")
        case "undecided":
            return (UNDECIDED, "")
        case "wrong":
            return (NEARLY if nearly(marking, sheet.units) else _wrong(sheet, marking), "")
        case "symbolic" if finding.verdict == "wrong":
            tree = marking.answer.parsed.tree
            formula = tree is not None and next(quantities(tree), None) is not None
            return (WRONG_FORMULA if formula else NO_FORMULA, "")
    if finding.mistake is not None:
        mistake = catalogue()[finding.mistake]
        hint = mistake.hint[:1].lower() + mistake.hint[1:]
        return (f"right, but: {hint}", mistake.says.format(entry=marking.answer.name))
    usual = usual_factor(sheet.answer_key, sheet.rules)
    if sheet.factor == usual:
        return ("", "")
    factor = factor_of(marking.answer, sheet.factor) / factor_of(marking.answer, usual)
    if factor == 1 or finding.verdict != "right" or not marking.truth:
        return ("", "")
    return (FLIPPED if factor == -1 else SHARED, "")


def _given(sheet: SheetMarkings, marking: Marking, finding: Finding) -> str:
    """Return that a quantity is given and earns no mark, and what may have been meant by it."""
    graph, ref = sheet.answer_key.graph, marking.answer.ref
    if finding.verdict == "right" or marking.key not in graph.parameter_nodes:
        return GIVEN
    replay = sheet.answer_key.replay
    beside = [each for each in sheet.markings if each.key == marking.key and each.number]
    if len(beside) > 1:
        ref = graph.nodes[marking.key].ref
    gradient = plain_name(ref.grad(), graph.in_out)
    right, near = replay.truth[replay.gradient(marking.key)].ravel(), sheet.rules.tolerance
    if all(m.number and direct(m.number, float(right[m.position]), near) for m in beside):
        return f"{GIVEN}; right as {gradient}: call it so"
    meant = f"its gradient is {gradient}"
    if sheet.answer_key.replay.rate is not None:
        meant += f", after one step it is {name_of(ref, STEPPED, graph)}"
    return f"{GIVEN}; {meant}"


def _imprecise(sheet: SheetMarkings, marking: Marking) -> str:
    s, digits = marking.number, sheet.rules.digits
    if off_beyond_coarseness(marking):
        return _wrong(sheet, marking)
    cure = "2 decimals or 2 significant digits" if digits is None else counted(digits, "decimal")
    if s is not None and s.digits == 0:
        cure = "1 digit that is not 0"
    return f"too coarse to be called right: give at least {cure}"


def _wrong(sheet: SheetMarkings, marking: Marking) -> str:
    """Return where to look: at what the step is made of."""
    replay = sheet.answer_key.replay
    names = list(dict.fromkeys(_name(replay, key) for key in sheet.answer_key.sources(marking.key)))
    if not names:
        return f"{WRONG}: go through the step again"
    if len(names) > MOST_ROOTS:
        return f"{WRONG}: it is made of {', '.join(names[:MOST_ROOTS])} and others; check each"
    if len(names) == 1:
        return f"{WRONG}: it is made of {names[0]}"
    return f"{WRONG}: it is made of {', '.join(names[:-1])} and {names[-1]}; check each, and signs"


def _name(replay: Replay, key: int) -> str:
    ref = replay.graph.nodes[replay.node_of(key)].ref
    gradient = replay.kind_of(key) == "gradient"
    return name_of(ref.grad() if gradient else ref, replay.aspect_of(key), replay.graph)


def _follows(replay: Replay, finding: Finding) -> Said:
    said = follow_sentence(finding.earlier)
    if finding.both_from is not None and finding.earlier:
        whole = finding.earlier[0].partition("[")[0]
        said = f"as {whole}: what both are made of, {_name(replay, finding.both_from)}, is wrong"
    if finding.mistake is None:
        return (said, "")
    return (said, f"{said}: {catalogue()[finding.mistake].title}")


def follow_sentence(earlier: tuple[str, ...], verb: str = FOLLOWS) -> str:
    """Return from which wrong answers something follows; of several it begins with FOLLOW."""
    if not earlier:
        return f"{verb} correctly from an earlier answer that is wrong"
    first, last = earlier[:MOST_ROOTS], ""
    if len(earlier) > MOST_ROOTS:
        last = " and others"
    elif len(first) > 1:
        first, last = first[:-1], f" and {first[-1]}"
    are = "are" if len(earlier) > 1 else "is"
    return f"{verb} correctly from {', '.join(first)}{last}, which {are} wrong"


def _diagnosed(finding: Finding, name: str, *, with_target: bool) -> Said:
    found = [catalogue()[each] for each in (finding.mistake, *finding.also) if each]
    words = [mistake.words(with_target=with_target) for mistake in found]
    term = [finding.term or found[0].such_as, *(mistake.such_as for mistake in found[1:])]
    hints = [hint.format(entry=name, term=t) for (hint, _), t in zip(words, term, strict=True)]
    says = [said.format(entry=name, term=t) for (_, said), t in zip(words, term, strict=True)]
    if finding.both:
        return (f"Two things at once. {' And: '.join(hints)}", " And: ".join(says))
    return (" Or: ".join(hints), " Or: ".join(says))
