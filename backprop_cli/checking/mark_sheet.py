"""``mark_sheet``: somebody's sheet against the network, each answer with the rule that decided it.

In this order: every number compared, the known mistakes named among what is wrong, digits cut off
found, the earlier answers named that the others follow from, what shows no working told apart,
and last what is said of each and what it earns.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .feedback.sentences import CONSTANT_SHEET, FOREIGN_SHEET, sentences
from .marking.answer_key import AnswerKey
from .marking.conventions import compared_by_its_convention, usual_factor
from .marking.markings import Marking, SheetMarkings, factor_of
from .records import Judged, Marked, Rules, Sheet
from .search.cut_off import with_cut_off
from .search.earlier import with_earlier
from .search.formulas import with_formulas
from .search.search import PLAINLY_RIGHT, Finding, search
from .search.transposed import with_transposed
from .search.unearned import ELSEWHERE, with_unearned


def mark_sheet(answer_key: AnswerKey, sheet: Sheet, rules: Rules | None = None) -> Marked:
    """Return the sheet marked by these rules, or by those that it came with."""
    rules = sheet.rules if rules is None else rules
    answer_key = answer_key.asking(sheet)
    with np.errstate(all="ignore"):
        compared = compared_by_its_convention(answer_key, sheet, rules)
        findings = search(compared)
        findings = with_cut_off(compared, findings)
        findings = with_earlier(compared, findings)
        findings = with_unearned(compared, findings)
        findings = with_transposed(compared, findings)
        findings = with_formulas(answer_key, sheet, rules, findings)
    usual = usual_factor(answer_key, rules)
    pairs = zip(compared.markings, findings, strict=True)
    judged = tuple([_judged(compared, sheet, usual, *pair) for pair in pairs])
    return Marked(sheet, judged, tuple(_remarks(findings)))


def _remarks(findings: list[Finding]) -> Iterator[str]:
    """Yield what is said of a sheet that shows no working on this network."""
    why = {each.unearned for each in findings}
    if "constant" in why:
        yield CONSTANT_SHEET
    if not why.isdisjoint(ELSEWHERE):
        yield FOREIGN_SHEET


def _judged(
    compared: SheetMarkings, sheet: Sheet, usual: float, marking: Marking, finding: Finding
) -> Judged:
    answer_key, answer, rules = compared.answer_key, marking.answer, compared.rules
    most = rules.of(rules.marks, answer.name, 1.0) if rules.marks else 1.0
    asked = sheet.asked is None or (answer.ref, answer.aspect) in sheet.asked
    given = marking.key in answer_key.graph.given
    if finding.verdict == "undecided" or given or not asked:
        most = 0.0
    message = full = ""
    plain = PLAINLY_RIGHT.get(finding.rule) is finding
    if given or not asked or compared.factor != usual or not plain:
        message, full = sentences(compared, marking, finding, asked=asked)
    factor = 1.0 if usual == 1 else factor_of(answer, usual)
    return Judged(
        answer,
        finding.verdict,
        finding.rule,
        marking.truth / factor if answer_key.numbers else None,
        most * _share(finding, rules),
        most,
        finding.mistake,
        finding.also,
        finding.earlier,
        message,
        full,
        answer.parsed.value,
    )


def _share(finding: Finding, rules: Rules) -> float:
    """Return which part of its marks an answer earns."""
    if finding.unearned is not None:
        return 0.0
    match finding.verdict:
        case "right":
            return 1.0
        case "follow-through":
            return rules.follow_through_credit
        case "wrong" if finding.mistake is not None:
            return rules.partial_credit.get(finding.mistake, 0.0)
    return 0.0
