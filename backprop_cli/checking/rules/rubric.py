"""A rubric file → Rubric: how answers are marked, what is asked, whose marks are cut."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from ...expression.refs import Ref
from ...graph.names import UnknownName
from ...problems import Place, Refusal, Report, refuse, shortened
from ...spec.nodes import Mapping, YamlNode, compose, read_source
from ...spec.optimizer import OptimizerSpec
from ...spec.reading import kind, read_keys
from ..records import Aspect, Rules, Sheet
from ..sheets.aspects import name_of
from ..sheets.handing_in import kind_of
from ..sheets.names import PlainNames
from .keys import KEYS

AskedEntries = tuple[tuple[Ref, Aspect], ...]
"""Quantities, or entries, and what of each is asked."""
EXAMPLE = "such as 'digits: 4' and below it 'marks: {delta1: 2}'"
_PLAIN = ("tolerance", "digits", "follow_through_credit", "partial_credit", "evidence")


class Rubric(Struct, frozen=True):
    """The marker's rules.

    ``allowed`` are the rules that a sheet may state of itself; ``asked`` is what counts, None where
    each answered entry does; ``late`` and ``late_credit`` whose marks count in part; ``secret``
    makes numbers of names, none where it is empty; ``names`` is what a program's names mean;
    ``optimizer`` and ``rate`` hold over the network's.
    """

    rules: Rules = Rules()
    allowed: tuple[str, ...] = ()
    asked: AskedEntries | None = None
    late: tuple[str, ...] = ()
    late_credit: float = 1.0
    secret: str = ""
    names: dict[str, str] = {}
    optimizer: OptimizerSpec | None = None
    rate: str | None = None

    def ruled(self, sheet: Sheet) -> Sheet:
        """Return the sheet with the rules in force; of its own those that are allowed."""
        own = {name: value for name, value in sheet.own.items() if name in self.allowed}
        ignored = tuple(name for name in sheet.own if name not in self.allowed)
        rules = structs.replace(self.rules, **own) if own else self.rules
        names = {spelled(name) for name in self._names(sheet)} if self.late else ()
        late = next((name for name in self.late if spelled(name) in names), "")
        credit = self.late_credit if late else 1.0
        found = structs.replace(sheet, rules=rules, ignored=ignored, credit=credit, late=late)
        if not self.secret:
            return found
        who = self.alias(sheet.student)
        return structs.replace(found, student=who, file=who, returns="", calls_itself="")

    @staticmethod
    def _names(sheet: Sheet) -> tuple[str, ...]:
        """Return what a marker may call a sheet: its own name alone the student could choose."""
        names = sheet.student, sheet.identifier, sheet.calls_itself, Path(sheet.file).stem
        return tuple(filter(None, names))

    def alias(self, student: str) -> str:
        """Return the number that stands for a student: the same one in every run."""
        import hashlib

        text = f"{self.secret}\n{student}"
        return hashlib.sha256(text.encode()).hexdigest()[:8]


def spelled(name: str) -> str:
    """Return a name as it is compared: capitals, blanks and how accents are stored do not count."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def read_rubric(path: str, plain: PlainNames, every: Callable[[], AskedEntries]) -> Rubric:
    """Return the rubric of a file; ``every`` is what ``ask: all`` asks.

    Raises Refusal with all that is wrong in it.
    """
    source = read_source(path)
    report = Report(source)
    other = kind_of(source)
    if other:
        message = f"{other}, where a rubric is expected"
        raise refuse(message, Place(1, 1), EXAMPLE, source)
    tree = compose(source)
    if not isinstance(tree, Mapping):
        report.say(f"a mapping is expected, not {kind(tree)}", tree.place, EXAMPLE)
        raise Refusal(report.problems, source)
    values = {k: v for k, v in read_keys(tree, KEYS, "a rubric", report).items() if v is not None}
    rubric = _rubric(values, tree, plain, every, report)
    if report.problems:
        raise Refusal(report.problems, source)
    rules = structs.replace(rubric.rules, source=shortened(Path(path).name, 60))
    return structs.replace(rubric, rules=rules)


def _rubric(
    values: dict[str, Any],
    tree: Mapping,
    plain: PlainNames,
    every: Callable[[], AskedEntries],
    report: Report,
) -> Rubric:
    found = {name: values[name] for name in _PLAIN if name in values}
    for name in ("tolerances", "marks"):
        if name in values:
            found[name] = _by_plain_name(values[name], tree.get(name), plain, report)
    conventions = values.get("conventions") or {}
    found |= {name: value for name, value in conventions.items() if value is not None}
    asked: AskedEntries | None = None
    if "ask" in values:
        found["ask"] = values["ask"]
        asked = _asked(values["ask"], tree.get("ask"), plain, every, report)
    late = values.get("late") or {}
    return Rubric(
        Rules(**found),
        values.get("sheet_rules", ()),
        asked,
        late.get("students") or (),
        1.0 if late.get("credit") is None else late["credit"],
        values.get("anonymous", "").strip(),
        _checked_names(values.get("names", {}), tree.get("names"), plain, report),
        values.get("optimizer"),
        values["learning_rate"].text if "learning_rate" in values else None,
    )


def _by_plain_name(
    read: dict[str, float], node: YamlNode | None, plain: PlainNames, report: Report
) -> dict[str, float]:
    """Return the numbers by the names that answers have, whatever the file calls them."""
    places = {k.text: k.place for k, _ in node.pairs} if isinstance(node, Mapping) else {}
    found = {}
    for name, value in read.items():
        ref = _find(name, places.get(name), plain, report)
        if ref is not None:
            found[name_of(*ref, plain.graph)] = value
    return found


def _checked_names(
    read: dict[str, str], node: YamlNode | None, plain: PlainNames, report: Report
) -> dict[str, str]:
    places = {k.text: v.place for k, v in node.pairs} if isinstance(node, Mapping) else {}
    for name, meant in read.items():
        _find(meant, places.get(name), plain, report)
    return read


def _asked(
    texts: tuple[str, ...],
    node: YamlNode | None,
    plain: PlainNames,
    every: Callable[[], AskedEntries],
    report: Report,
) -> AskedEntries:
    found: dict[tuple[Ref, Aspect], None] = {}
    for text in texts:
        if text == "all":
            found |= dict.fromkeys(every())
            continue
        ref = _find(text, None if node is None else node.place, plain, report)
        if ref is not None:
            found[ref] = None
    return tuple(found)


def _find(
    name: str, place: Place | None, plain: PlainNames, report: Report
) -> tuple[Ref, Aspect] | None:
    try:
        return plain.find(name)
    except UnknownName as unknown:
        cure = unknown.problem.cure.partition(", or add 'names: notation'")[0]
        report.say(unknown.problem.message, place, cure)  # a sheet's names may be a notation's
        return None
