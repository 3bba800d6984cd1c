"""JUnit XML: a test suite a student, a test case an answer, a failure's type the mistake's id."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ...problems import printable, shortened
from ..feedback.sheet_document import problem_sentences
from ..records import Judged
from ..rules.sentences import rules_in_force
from ..running import CheckedSheet
from . import Class, Files, told

_COUNTS = ("tests", "failures", "errors", "skipped")
_ELEMENT = {"wrong": "failure", "unreadable": "error", "blank": "skipped"}


def junit_files(path: str, of: Class) -> Files:
    """Return the one file."""
    root = Element("testsuites", name="backprop check")
    suites = [_suite(root, checked, of) for checked in of.sheets]
    for count in _COUNTS:
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    indent(root)
    return [(path, '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, "unicode") + "\n")]


def _suite(root: Element, checked: CheckedSheet, of: Class) -> Element:
    sheet = checked.marked.sheet
    suite = SubElement(root, "testsuite", name=_safe(sheet.student or "answers"))
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
