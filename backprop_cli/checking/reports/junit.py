"""JUnit XML: a test suite a student, a test case an answer, a failure's type the mistake's id."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ...problems import printable, shortened
from ..feedback.sheet_document import problem_sentences
from ..records import Judged
from ..rules.sentences import rules_in_force
from ..running import CheckedSheet
from . import Class, ReportFile, Totals, told

_ELEMENT = {"wrong": "failure", "unreadable": "error", "blank": "skipped"}


def junit_files(path: str, of: Class) -> list[ReportFile]:
    """Return the one file."""

    def piece(checked: CheckedSheet, number: int) -> str:
        suite = _suite(checked, of)
        indent(suite, level=1)
        return f"  {tostring(suite, 'unicode').rstrip()}\n"

    return [ReportFile(path, piece, _head, lambda totals: "</testsuites>\n")]


def _head(totals: Totals) -> str:
    verdicts, problems = totals.verdicts, totals.problems
    counts = {
        "tests": sum(verdicts.values()) + problems,
        "failures": verdicts.get("wrong", 0),
        "errors": verdicts.get("unreadable", 0) + problems,
        "skipped": verdicts.get("blank", 0),
    }
    said = " ".join(f'{name}="{count}"' for name, count in counts.items())
    head = f'<testsuites name="backprop check" {said}>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n'


def _suite(checked: CheckedSheet, of: Class) -> Element:
    sheet = checked.marked.sheet
    suite = Element("testsuite", name=_safe(sheet.student or "answers"))
    properties = SubElement(suite, "properties")
    SubElement(properties, "property", name="rules", value=_safe(rules_in_force(sheet.rules)))
    for each in checked.marked.judged:
        _case(suite, each, sheet.file, of)
    for sentence in problem_sentences(checked):
        case = SubElement(suite, "testcase", classname=_safe(sheet.file), name="sheet", time="0")
        SubElement(case, "error", type="unreadable", message=_safe(sentence))
    found = [child.tag for case in suite for child in case]
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(found.count("failure")))
    suite.set("errors", str(found.count("error")))
    suite.set("skipped", str(found.count("skipped")))
    suite.set("time", "0")
    return suite


def _case(suite: Element, each: Judged, file: str, of: Class) -> None:
    case = SubElement(
        suite,
        "testcase",
        classname=_safe(file or "answers"),
        name=_safe(each.answer.name),
        time="0",
    )
    tag = _ELEMENT.get(each.verdict)
    if tag is None:
        return
    message = _safe(told(each, of.feedback) or each.verdict)
    child = SubElement(case, tag, message=message)
    if tag != "skipped":
        child.set("type", each.mistake or each.rule)
        child.text = _safe(f"{each.answer.name} = {shortened(each.answer.parsed.raw, 200)}")


def _safe(text: str) -> str:
    """Return the text without what XML 1.0 cannot hold: control characters are spelled out."""
    return printable(text)
