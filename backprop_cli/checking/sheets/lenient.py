"""A sheet whose YAML has a slip: what can be read of it, line by line, and what is wrong where.

Each key at the left, and each answer below ``answers:``, is read alone; one that cannot be is a
problem, and the others are read as they stand. An answer that is lost so has its name, and counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from ...problems import Place, Problem, Refusal, Source, shortened
from ...spec.nodes import Mapping, Scalar, YamlNode, compose

MOST_BLOCKS = 2_000
"""Answers of a sheet that are read one by one."""
_NAMED = re.compile(
    r"""[ ]*(?P<name>["']?[^\s:=\[\]"']+'?(?:\[[\d, =a-z]*\])?'?["']?)[ ]*"""
    r"(?P<sign>[:=])(?P<value>.*)",
    re.DOTALL,
)
_OWN = re.compile(
    r"""[ ]*["']?[A-Za-z\u0370-\u03ff\u2202][^\s:=\[\]"'{},]*'?"""
    r"""(?:\[[\d, =a-z]*\])?'?["']?[ ]*:\s"""
)
"""A line of an answer of its own."""
_HEAD = re.compile(r"[ ]*answers[ ]*:[ \t]*(?:#.*)?$")
NodePairs = list[tuple[Scalar, YamlNode]]


class TextBlock(Struct, frozen=True):
    """A key with what belongs to it: from which line on (counted from 0), and its lines."""

    start: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The block with its lines where they are in the file."""
        return "\n" * self.start + "\n".join(self.lines)


class Lost(Struct, frozen=True):
    """What a slip of YAML makes unreadable: why, by the place of the value; lines without a name.

    Both are filled while the sheet is read.
    """

    why: dict[Place, Problem] = {}
    nameless: list[Problem] = []


def compose_leniently(source: Source, lost: Lost) -> Mapping | None:
    """Return the tree of the sheet, what cannot be read in ``lost``; None where nothing is there.

    The value of an answer that is lost is its text; a plain one where YAML ends inside of it.
    """
    pairs: NodePairs = []
    for block in _blocks(list(map(_unindented, source.lines())), 0):
        first = block.lines[0]
        if _HEAD.match(first):
            inner = _answers(block, source, lost)
            if inner is not None:
                pairs.append(inner)
        else:
            pairs += _alone(block, source, lost)
    kept = {key.text: (key, value) for key, value in reversed(pairs)}
    if not kept:
        return None
    found = tuple(reversed(kept.values()))
    return Mapping(found, found[0][0].place)


def _answers(block: TextBlock, source: Source, lost: Lost) -> tuple[Scalar, Mapping] | None:
    found: NodePairs = []
    margin = next((_margin(line) for line in block.lines[1:] if _says(line)), 0)
    for each in _blocks(list(block.lines[1:]), margin, block.start + 1):
        found += _alone(each, source, lost)
    tree = compose(Source(source.name, "\n" * block.start + "answers: {}"))
    if not isinstance(tree, Mapping) or not found:
        return None
    key = tree.pairs[0][0]
    return key, Mapping(tuple(found), found[0][0].place)


def _alone(block: TextBlock, source: Source, lost: Lost) -> NodePairs:
    """Return the pairs of a block that is read by itself; one that cannot be is lost."""
    named = _NAMED.fullmatch("\n".join(block.lines))
    cut = False
    try:
        tree = compose(Source(source.name, block.text))
    except Refusal as refusal:
        problem = refusal.problems[0]
        cut = True
        parts = _apart(block)
        if len(parts) > 1:
            return [pair for part in parts for pair in _alone(part, source, lost)]
    else:
        if isinstance(tree, Mapping):
            return list(tree.pairs)
        problem = _without_name(tree, named)
    if named is None:
        lost.nameless.append(problem)
        return []
    line, name = block.start + 1, named["name"]
    value = named["value"].strip()
    start = named.end("value") - len(named["value"].lstrip())
    width = max(1, len(block.lines[0]) - start)
    place = Place(line, start + 1, width)
    lost.why[place] = problem
    key = Scalar(
        name.strip("\"'" if name[0] in "\"'" else ""), Place(line, named.start("name") + 1)
    )
    return [(key, Scalar(value, place, plain=cut))]


def _without_name(tree: YamlNode, named: re.Match[str] | None) -> Problem:
    """Return what is wrong with a block that is no name with an answer."""
    if named is None:
        cure = "write 'z1: …', a name, a colon, a space and the answer"
        return Problem("no answer with its name", tree.place, cure)
    what = "no space after the colon" if named["sign"] == ":" else "no colon after the name"
    value = shortened(" ".join(named["value"].split()), 30)
    return Problem(what, tree.place, f"write '{named['name']}: {value}'")


def _apart(block: TextBlock) -> list[TextBlock]:
    """Return a block's lines that each begin with a name, with what follows: one is indented."""
    starts = [0, *(n for n, line in enumerate(block.lines) if n and _OWN.match(line))]
    ends = [*starts[1:], len(block.lines)]
    return [
        TextBlock(block.start + first, block.lines[first:last])
        for first, last in zip(starts, ends, strict=True)
    ]


def _blocks(lines: list[str], margin: int, start: int = 0) -> Iterator[TextBlock]:
    """Yield the lines from one that stands at the margin (or left of it) to before the next."""
    own: list[str] = []
    begins = count = 0
    for number, line in enumerate(lines):
        if _says(line) and _margin(line) <= margin:
            if own:
                yield TextBlock(start + begins, tuple(own))
                count += 1
            if count > MOST_BLOCKS:
                return
            own, begins = [line], number
        elif own:
            own.append(line)
    if own:
        yield TextBlock(start + begins, tuple(own))


def _unindented(line: str) -> str:
    """Return the line with spaces for the tabs before it, ``answers:`` at the left."""
    text = line.lstrip(" \t")
    return text if _HEAD.match(text) else " " * (len(line) - len(text)) + text


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
