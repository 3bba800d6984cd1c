"""A class's sheets to a network: right, with gaps, hard to read, and with known mistakes."""

from __future__ import annotations

import itertools
import json
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from backprop_cli.api import load
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.mistakes import catalogue
from backprop_cli.passes.run import run as passed

from ..checking.mistake_sheets import Example, examples

LONG = "Maximiliane-Theodora Freifrau von Hohenlohe-Schillingsfürst, Gruppe 12"
ODD = r"Żółć <b>O’Brien</b> & Söhne #1_{50%} ~^\ $x_1$ [a](b) *c* `d` ü–"
"""Names: a long one, and one of all that is markup somewhere."""
HARD = (
    "'0,25'",
    "'about 3'",
    "'≈ 3·10⁻³'",
    "'<b>x</b> & 5 % of $x_1$ #3_{2}'",
    "'1/0'",
    "'((('",
    "'∂C/∂w = 0.5*0.2 + 0.25*(1 − 0.25) + 0.125*(1 − 0.125) = 0.396875'",
    "'siehe Rückseite'",
)
"""Answers that are read with a remark, or not at all."""
MISTAKES = 2
"""How many sheets hold a known mistake: others of each network's."""
_NUMBER = re.compile(r"(?<=[\[ ])-?\d+(?:\.\d+)?(?:e-?\d+)?(?=[,\]\n])")


def write_class(net: str, key: str, folder: Path) -> None:
    """Write into the folder what a class hands in, by the text of the network's key."""
    folder.mkdir(exist_ok=True)
    head, middle, rest = key.partition("answers:")

    def handed_in(file: str, student: str, change: Callable[[re.Match[str]], str]) -> None:
        named = head.replace("student: key", f"student: {json.dumps(student)}")
        (folder / file).write_text(named + middle + _NUMBER.sub(change, rest), encoding="utf-8")

    hard = itertools.cycle(HARD)
    handed_in("right.yaml", "Ada", lambda number: number[0])
    handed_in("signs.yaml", ODD, spoilt)
    handed_in("gaps.yaml", LONG, lambda number: "~" if number.start() % 3 else number[0])
    handed_in("hard.yaml", "", lambda number: number[0] if number.start() % 2 else next(hard))
    (folder / "broken.yaml").write_text("answers: [z1: {", encoding="utf-8")
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    for example in itertools.islice(_mistaken(net), MISTAKES):
        answers = {each.name: each.parsed.raw for each in example.sheet.answers}
        sheet = json.dumps({"student": example.mistake, "answers": answers})
        (folder / f"{example.mistake}.json").write_text(sheet, encoding="utf-8")


def spoilt(number: re.Match[str]) -> str:
    """Return a number with its sign turned, if it ends with 5 or more."""
    turned = number[0].removeprefix("-") if number[0].startswith("-") else f"-{number[0]}"
    return turned if number[0][-1] in "56789" else number[0]


def _mistaken(net: str) -> Iterator[Example]:
    """Yield a sheet of each known mistake that can be made there, beginning somewhere."""
    graph = load(net)
    if graph.symbolic or graph.loss is None:
        return
    replay = answer_key(graph, passed(graph), 0.5).replay
    known = list(catalogue().values())
    first = zlib.crc32(Path(net).stem.encode()) % len(known)
    for mistake in (*known[first:], *known[:first]):
        yield from itertools.islice(examples(mistake, replay), 1)
