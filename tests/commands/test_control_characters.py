"""No name of a file's or a sheet's reaches a terminal or a page with control characters in it."""

from __future__ import annotations

import pytest

from backprop_cli.diagrams.formats import formats as pictures

from ..fuzzing.command_lines import FOLDER, OTHER, SHEET
from ..fuzzing.outcomes import outcome
from ..texts import texts

BAD = r"a\u001b[31m\u0007\u202eb\rc\u0085d\u2028e<b>&'\"{x}$_#%\\input"
HEAD = f'name: "{BAD}"\ndescription: "{BAD}"\nlearning_rate: 1\n'
LAYERS = (
    f"{HEAD}input: [1]\ntarget: [1]\nloss: squared_error\nlayers: [{{weights: [[1]], bias: [0]}}]\n"
)
GRAPH = f"{HEAD}variables: {{a: 1}}\ngraph: {{o: a*2}}\n"
ANSWERS = f'student: "{BAD}"\nanswers: {{z1: [1], "{BAD}": 1, o: "{BAD}"}}\n'
COMMANDS = ("trace", "derive", "describe", "diagnose", "gradcheck", "step", "worksheet", "check")
MORE = {
    "check": ("-", SHEET),
    "compare": ("-", OTHER),
    "explain": ("delta", "-"),
    "sweep": ("-", "--over", "{varied}=0:2:3"),
}
"""What those take that do not take a network alone."""
PLACES = ("n.yaml", "n.svg", "n.html")


def clean(text: str, *words: str) -> None:
    other = text.replace("learning_rate: 1", "learning_rate: 2").replace("[1]", "[3]")
    came = outcome(words, text, {"sheet.yaml": ANSWERS, "other.yaml": other})
    assert (came.fault, came.detail) == ("", ""), words


@pytest.mark.parametrize("text", [LAYERS, GRAPH], ids=["layers", "graph"])
@pytest.mark.parametrize("name", [*texts(), "json"])
def test_no_command_prints_them(name: str, text: str) -> None:
    varied = "a" if text is GRAPH else "W1[1,1]"
    for command in dict.fromkeys((*COMMANDS, *MORE)):
        words = [word.format(varied=varied) for word in MORE.get(command, ("-",))]
        clean(text, command, *words, "--format", name)


@pytest.mark.parametrize("text", [LAYERS, GRAPH], ids=["layers", "graph"])
def test_no_picture_and_no_file_has_them(text: str) -> None:
    for name, entry in pictures().items():
        if not entry.binary:
            clean(text, "diagram", "-", "--format", name)
    for place in PLACES:
        clean(text, "step", "-", "--steps", "3", "-o", f"{FOLDER}/{place}")
    clean(text, "trace", "-", "--interactive", "-o", f"{FOLDER}/n.html")
    reports = [("--report", f"{FOLDER}/{file}") for file in ("m.csv", "m.json", "m.xml")]
    told = ("--feedback-dir", f"{FOLDER}/told", *(word for pair in reports for word in pair))
    clean(text, "check", "-", SHEET, *told)


def test_a_layers_name_is_a_word() -> None:
    named = LAYERS.replace("{weights", f'{{name: "{BAD}", weights')
    for command in COMMANDS[:-1]:
        clean(named, command, "-")
