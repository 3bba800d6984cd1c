"""What is said to be written helps: each cure with something to type in it is typed, and works.

An answer is replaced where the complaint points, or its name is; then nothing is wrong there.
"""

from __future__ import annotations

import re

import pytest

from backprop_cli.problems import Problem

from .reading_sheets import checked_text

SLIPS = (
    "z1: [1, 2, 3]",
    "z1: 0.4",
    "z1: []",
    "z1: {a: 0.3}",
    "dW1: [1, 2]",
    "dW1: 1 2 3 4",
    "dW1: [[1, 2], [3]]",
    "dW1[3,1]: 1",
    "loss[1]: 1",
    "zz1: [1, 2]",
    "deltta1: [1, 2]",
    "losss: 1",
    "loss: 0·5",
    "loss: 0·05",
    "loss: 1.2.3",
    "loss: (1",
    "loss: exp(1",
    "loss: a11",
    "loss: sin",
    "loss: sigmoid",
    "loss: x",
    "loss: W1",
    "loss: z1",
    "loss: W1[1]",
    "loss: hidden.W",
    "loss: 3j",
    "loss: 0x10",
    "loss: 2a11",
    "dW111: 0.5",
    "dw11: 0.5",
    "loss: 1e",
    "loss: 1e-3e",
    "loss: {a: 1}",
    "loss: [1, 2]",
    "loss: sum(W1')",
    "loss: 1e-260",
    "loss: @3",
    "z1: [0.3, 0.4",
    'loss: "0.3',
    "loss: !x 3",
    "loss:0.3\n  z1: [1, 2]",
    "loss = 0.3\n  z1: [1, 2]",
    "loss about 0.3",
    "loss; 0.3",
    "z1: [1, 2]\n  z1: [3, 4]",
    "z1: [1, 2]\n    a1: [3, 4]",
    "z1: [1, 2]\n a1: [3, 4]",
)
"""Lines below ``answers:`` of a 2-2-2 network; where there are several the first is as it should
be, or is what is complained of."""
TOLD = re.compile(r"\b(write|did you mean|such as|call it|or add|begin it in column|is missing)\b")
"""Words behind which stands what is to be typed."""
NUMBER = "0.25"
IN_PLACE = (
    r"did you mean '([^']+)'\?",
    r"an answer is a number such as (\S+),",
    r"(?:name one, such as|add them:) (\w+(?:\(\w+\)|\[[\d,]+\]))",
    r"write (?!it |one )([\w.*+-]+(?:\(\u2026\))?)(?= without| with|, or |$)",
    r", or ([\w.+-]+\*\w+)",
    r"with \*: (\S+)$",
    r"the transpose of \w+ is (\w+\.T)",
)
"""What is typed in the place of what is marked."""
WHOLE = (
    r"write (?:\d+ rows of \d+|a list of \d+): (\[.*\])(?=;|$)",
    r"(write one number|write it without brackets)",
    r"it runs to (\S+)$",
    r"layers go by number: (\w+),",
)
"""What is typed for the whole answer."""


def problems(text: str) -> list[Problem]:
    return [problem for checked in checked_text(text) for problem in checked.problems]


def cured(text: str, problem: Problem) -> list[str]:
    """Return the sheet with each thing done that a cure says; a choice is a number."""
    place, cure = problem.place, problem.cure
    assert place is not None
    lines = text.split("\n")
    line = lines[place.line - 1]
    name, _, answer = line.partition(": ")

    def with_line(*new: str) -> str:
        return "\n".join([*lines[: place.line - 1], *new, *lines[place.line :]])

    def found(patterns: tuple[str, ...]) -> list[str]:
        said = [match[1] for pattern in patterns for match in re.finditer(pattern, cure)]
        said = [re.sub(r"write .*", NUMBER, each) for each in said]
        return [re.sub(r"^W1$", "W1[1,1]", each).replace("\u2026", NUMBER) for each in said]

    column = re.search(r"begin it in column (\d+)", cure)
    missing = re.search(r"a '?([])\"])'? is missing", cure)
    if column is not None:
        return [with_line(" " * (int(column[1]) - 1) + line.lstrip())]
    if missing is not None:
        return [with_line(line + missing[1])]
    if cure == "keep one of them":
        return [with_line()]
    if cure.startswith("write a line for each"):
        return [with_line(f"  {each}") for each in re.findall(r"'([^']+)'", cure)]
    if (one := re.fullmatch(r"write '(\w+: .+)'", cure)) is not None:
        return [with_line(f"  {one[1]}")]
    entries = re.fullmatch(r"(\w+) runs from (\S+) to (\S+)", cure)
    if entries is not None:
        return [with_line(f"  {each}: {answer}") for each in entries.groups()[1:]]
    start, end = place.column - 1, place.column - 1 + max(1, place.width)
    put = [with_line(line[:start] + each + line[end:]) for each in found(IN_PLACE)]
    return put + [with_line(f"{name}: {each}") for each in found(WHOLE)]


@pytest.mark.parametrize("slip", SLIPS)
def test_what_a_complaint_says_to_type_is_read(slip: str) -> None:
    text = f"student: ada\nanswers:\n  {slip}\n"
    first, *_ = problems(text)
    ways = cured(text, first)
    assert ways or TOLD.search(first.cure) is None, (first.message, first.cure)
    for way in ways:
        left = [each.message for each in problems(way)]
        assert not left, (first.message, first.cure, way)
