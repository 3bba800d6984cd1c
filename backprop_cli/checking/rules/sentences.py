"""The rules in force, in words: every report says them."""

from __future__ import annotations

import re
from typing import Any

from msgspec import structs

from ...problems import shortened
from ..records import Rules, Sheet

USUAL = "usual rules: 0.1 % or 1 in the last digit; what follows a slip earns its mark"
MOST_ASKED = 12
"""Names that one sentence lists."""
_WORDS = {
    "follow_through_credit": "credit for what follows",
    "tolerances": "tolerances",
    "tolerance": "tolerance",
    "digits": "number of digits",
}


def number(value: float) -> str:
    """Return a mark: at most two decimals, none where it is whole."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def rule_sentences(rules: Rules) -> list[str]:
    """Return what the rules say where they are not the usual ones."""
    said, usual = [], Rules()
    if rules.tolerance != usual.tolerance:
        said.append(f"answers within {_percent(rules.tolerance)} are right")
    for name, tolerance in rules.tolerances.items():
        said.append(f"{shortened(name)} within {_percent(tolerance)} is right")
    if rules.digits is not None:
        many = "decimal is" if rules.digits == 1 else "decimals are"
        said.append(f"{rules.digits} {many} asked for")
    for name, marks in rules.marks.items():
        unit = "mark" if marks == 1 else "marks"
        said.append(f"each entry of {shortened(name)}: {number(marks)} {unit}")
    if rules.follow_through_credit != usual.follow_through_credit:
        credit = number(rules.follow_through_credit)
        said.append(f"a step that follows from an earlier slip earns {credit} of its mark")
    for mistake, credit_ in rules.partial_credit.items():
        said.append(f"{mistake}: {number(credit_)} of the mark")
    if not rules.evidence:
        said.append("what follows earns its mark also on a sheet that does not fit this network")
    if rules.delta_sign != usual.delta_sign:
        said.append(f"delta is taken of {rules.delta_sign.replace('-', ' − ')}")
    if rules.delta_mean != usual.delta_mean:
        said.append(f"delta is taken {rules.delta_mean} the 1/N of the mean")
    if rules.row_vectors:
        said.append("in a weight matrix a row belongs to an input")
    return said


def asked_sentence(rules: Rules) -> str:
    """Return what is asked of every sheet, or nothing where each answer counts."""
    names = [shortened(name) for name in dict.fromkeys(rules.ask)]
    if not names:
        return ""
    if "all" in names:
        return "asked: all that a worksheet asks"
    more = len(names) - MOST_ASKED
    others = f" and {more} more" if more > 0 else ""
    return f"asked: {', '.join(names[:MOST_ASKED])}{others}"


def rules_in_force(rules: Rules) -> str:
    """Return the rules in one sentence: whose they are, and what is not usual in them."""
    said = rule_sentences(rules)
    asked = asked_sentence(rules)
    if not rules.source and not said:
        return f"{USUAL}; {asked}" if asked else USUAL
    said += [asked] if asked else []
    head = f"rules of {rules.source}" if rules.source else "rules"
    return f"{head}: {'; '.join(said) if said else 'the usual ones'}"


def ignored_sentence(sheet: Sheet) -> str:
    """Return which rules a sheet states of itself that do not count, or nothing."""
    if not sheet.ignored:
        return ""
    said = " and ".join(_WORDS[name] for name in sheet.ignored)
    many = len(sheet.ignored) > 1 or "tolerances" in sheet.ignored
    return f"the sheet's own {said} {'do' if many else 'does'} not count"


def late_sentence(sheet: Sheet) -> str:
    """Return that only a part of the marks counts, or nothing."""
    return "" if sheet.credit == 1 else f"late: {_percent(sheet.credit)} of the marks count"


def own_name_sentence(sheet: Sheet) -> str:
    """Return that a sheet calls itself by a name that is none of its student's, or nothing."""
    own, known = (set(name.lower().split()) for name in (sheet.calls_itself, sheet.student))
    another = own and own.isdisjoint(known) and not re.search(r"\d", sheet.calls_itself)
    return f"handed in by {sheet.student}, but calls itself {sheet.calls_itself}" if another else ""


def as_object(rules: Rules) -> dict[str, Any]:
    """Return the rules as plain data."""
    return structs.asdict(rules)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
