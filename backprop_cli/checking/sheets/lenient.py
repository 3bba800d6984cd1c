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

    The value of an answer that is lost is its text.
    """
    pairs: NodePairs = []
    for block in _blocks(source.text.splitlines(), 0):
        first = block.lines[0]
        if re.match(r"answers[ \t]*:[ \t]*(#.*)?$", first):
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
    try:
        tree = compose(Source(source.name, block.text))
    except Refusal as refusal:
        problem = refusal.problems[0]
    else:
        if isinstance(tree, Mapping):
            return list(tree.pairs)
        problem = _without_name(tree, named)
    if named is None:
        lost.nameless.append(problem)
        return []
    line, name = block.start + 1, named["name"]
    column, value = named.start("value") + 1, named["value"].strip()
    width = max(1, len(block.lines[0]) - named.start("value"))
    place = Place(line, column, width)
    lost.why[place] = problem
    key = Scalar(
        name.strip("\"'" if name[0] in "\"'" else ""), Place(line, named.start("name") + 1)
    )
    return [(key, Scalar(value, place, plain=False))]


def _without_name(tree: YamlNode, named: re.Match[str] | None) -> Problem:
    """Return what is wrong with a block that is no name with an answer."""
    if named is None:
        cure = "write 'z1: …', a name, a colon, a space and the answer"
        return Problem("no answer with its name", tree.place, cure)
    what = "no space after the colon" if named["sign"] == ":" else "no colon after the name"
    value = shortened(" ".join(named["value"].split()), 30)
    return Problem(what, tree.place, f"write '{named['name']}: {value}'")


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


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
