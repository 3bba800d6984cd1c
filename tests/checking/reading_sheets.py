"""Sheets read in a test: of a network, from a text with a suffix."""

from __future__ import annotations

import functools
import json

from backprop_cli.api import load
from backprop_cli.checking.records import Answer, ParsedAnswer, Sheet
from backprop_cli.checking.running import CheckedSheet, Overrides, check_all, reading_of
from backprop_cli.checking.sheets.reading import sheets_of
from backprop_cli.checking.sheets.sheet_tree import Reading, ReadSheet
from backprop_cli.graph.records import Graph
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace
from backprop_cli.problems import Source

from ..commands.running import config
from ..networks import loads

YAML = """
student: s1
answers:
  z1: [0.3775, 0.3925]
  a1[2]: 0,597
  dW2: [[0.0822, ~], [-1/44, 2*z1[1]]]
  W1': ~
  loss: 1e-3
"""
YAML = YAML.replace("2*z1[1]]]", '"2*z1[1]"]]')
JSON = """
{"student": "s1", "answers": {"z1": [0.3775, 0.3925], "a1[2]": "0,597",
 "dW2": [[0.0822, null], ["-1/44", "2*z1[1]"]], "W1'": null, "loss": 1e-3}}
"""
LONG = """student;quantity;entry;answer
s1;z1;;[0.3775, 0.3925]
s1;a1;2;0,597
s1;dW2[1,1];;0.0822
s1;dW2;1,2;
s1;dW2;[2, 1];-1/44
s1;dW2;2,2;2*z1[1]
s1;W1';;
s1;loss;;1e-3
"""
RATE = 0.5


@functools.cache
def graph_of(name: str) -> Graph:
    """Return an example network, or one written out."""
    return loads(name) if "\n" in name else load(config(name))


@functools.cache
def trace_of(name: str) -> Trace:
    return run(graph_of(name))


@functools.cache
def reading(name: str = "mazur", rate: float | None = RATE) -> Reading:
    return reading_of(graph_of(name), trace_of(name), rate)


def reads(text: str, suffix: str = "yaml", name: str = "mazur") -> list[ReadSheet]:
    """Return the sheets of a text."""
    return sheets_of(Source(f"sheet.{suffix}", text), reading(name))


def sheet(text: str, suffix: str = "yaml", name: str = "mazur") -> Sheet:
    """Return the one sheet of a text."""
    (read,) = reads(text, suffix, name)
    return read.sheet


def answers(text: str, suffix: str = "yaml", name: str = "mazur") -> dict[str, Answer]:
    """Return the answers of a sheet that has no fault, by name."""
    found = sheet(text, suffix, name)
    assert found.problems == ()
    return {answer.name: answer for answer in found.answers}


def values(text: str, suffix: str = "yaml", name: str = "mazur") -> dict[str, float | None]:
    """Return what a sheet says of each entry."""
    return {key: answer.parsed.value for key, answer in answers(text, suffix, name).items()}


def one(text: str, key: str = "loss", name: str = "mazur") -> ParsedAnswer:
    """Return how an answer is read that stands in double quotes in a sheet."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    found = sheet(f'answers:\n  {key}: "{escaped}"\n', name=name)
    assert found.problems == ()
    return found.answers[0].parsed


def fault(text: str, key: str = "loss", name: str = "mazur") -> str:
    """Return what is said of an answer that cannot be read: message, column inside it, cure."""
    written = one(text, key, name)
    problem = written.problem
    assert written.value is None
    assert problem is not None
    assert written.place is not None
    assert problem.place is not None
    inner = max(0, problem.place.column - written.place.column - 1)
    return f"{inner}: {problem.message} / {problem.cure}"


def in_json(value: object) -> str:
    """Return a value as JSON, its letters as they are."""
    return json.dumps(value, ensure_ascii=False)


def checked_text(text: str, suffix: str = "yaml", network: str = "mazur") -> list[CheckedSheet]:
    """Return the sheets of a text, marked."""
    reads = sheets_of(Source(f"s.{suffix}", text), reading(network))
    return check_all(graph_of(network), trace_of(network), 0.5, reads, Overrides())
