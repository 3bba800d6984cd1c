"""``mark_sheet``: somebody's sheet against the network, each answer with the rule that decided it.

In this order: every number compared, the known mistakes named among what is wrong, digits cut off
found, the earlier answers named that the others follow from, what shows no working told apart,
and last what is said of each.
"""

from __future__ import annotations

import numpy as np

from .feedback.sentences import FOREIGN_SHEET, sentences
from .marking.answer_key import AnswerKey
from .marking.conventions import compared_by_its_convention
from .marking.markings import Marking, SheetMarkings
from .records import Judged, Marked, Rules, Sheet
from .search.cut_off import with_cut_off
from .search.earlier import with_earlier
from .search.search import Finding, search
from .search.unearned import with_unearned


def mark_sheet(answer_key: AnswerKey, sheet: Sheet, rules: Rules | None = None) -> Marked:
    """Return the sheet marked by these rules, or by its own."""
    rules = sheet.rules if rules is None else rules
    with np.errstate(all="ignore"):
        compared = compared_by_its_convention(answer_key, sheet, rules)
        findings = search(compared)
        findings = with_cut_off(compared, findings)
        findings = with_earlier(compared, findings)
        findings = with_unearned(compared, findings)
    pairs = zip(compared.markings, findings, strict=True)
    remarks = (FOREIGN_SHEET,) if any(each.unearned == "foreign" for each in findings) else ()
    return Marked(sheet, tuple(_judged(compared, *pair) for pair in pairs), remarks)


def _judged(compared: SheetMarkings, marking: Marking, finding: Finding) -> Judged:
    answer_key = compared.answer_key
    given = marking.key in answer_key.graph.given
    most = 0.0 if finding.verdict == "undecided" or given else 1.0
    credit = {"right": most, "follow-through": compared.rules.follow_through_credit}
    message, full = sentences(compared, marking, finding)
    return Judged(
        marking.answer,
        finding.verdict,
        finding.rule,
        marking.truth if answer_key.numbers else None,
        0.0 if finding.unearned else credit.get(finding.verdict, 0.0),
        most,
        finding.mistake,
        finding.also,
        finding.earlier,
        message,
        full,
        marking.answer.parsed.value,
    )
