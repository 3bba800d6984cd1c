"""A sheet whose YAML has a slip: what can be read of it, line by line, and what is wrong where.

Each key at the left, and each answer below ``answers:``, is read alone; one that cannot be is a
problem, and the others are read as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from ...problems import Problem, Refusal, Report, Source, shortened
from ...spec.nodes import Mapping, Scalar, YamlNode, compose

MOST_BLOCKS = 2_000
"""Answers of a sheet that are read one by one."""
_TOUCHING = re.compile(r"""(?P<name>["']?[^\s:"']+["']?):(?P<value>\S.*)""", re.DOTALL)
NodePairs = list[tuple[Scalar, YamlNode]]


class TextBlock(Struct, frozen=True):
    """A key with what belongs to it: from which line on (counted from 0), and its lines."""

    start: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The block with its lines where they are in the file."""
        return "\n" * self.start + "\n".join(self.lines)


def compose_leniently(source: Source, report: Report) -> Mapping | None:
    """Return the tree of what can be read, the rest reported; None where there is nothing."""
    pairs: NodePairs = []
    for block in _blocks(source.text.splitlines(), 0):
        first = block.lines[0]
        if re.match(r"answers[ \t]*:[ \t]*(#.*)?$", first):
            inner = _answers(block, source, report)
            if inner is not None:
                pairs.append(inner)
        else:
            pairs += _alone(block, source, report)
    kept = {key.text: (key, value) for key, value in reversed(pairs)}
    if "answers" not in kept:
        return None
    return Mapping(tuple(reversed(kept.values())), kept["answers"][0].place)


def _answers(block: TextBlock, source: Source, report: Report) -> tuple[Scalar, Mapping] | None:
    found: NodePairs = []
    margin = next((_margin(line) for line in block.lines[1:] if _says(line)), 0)
    for each in _blocks(list(block.lines[1:]), margin, block.start + 1):
        found += _alone(each, source, report)
    tree = compose(Source(source.name, "\n" * block.start + "answers: {}"))
    if not isinstance(tree, Mapping) or not found:
        return None
    key = tree.pairs[0][0]
    return key, Mapping(tuple(found), found[0][0].place)


def _alone(block: TextBlock, source: Source, report: Report) -> NodePairs:
    """Return the pairs of a block that is read by itself; what is wrong with it is reported."""
    try:
        tree = compose(Source(source.name, block.text))
    except Refusal as refusal:
        report.problems += refusal.problems
        return []
    if isinstance(tree, Mapping):
        return list(tree.pairs)
    touching = _TOUCHING.fullmatch(tree.text) if isinstance(tree, Scalar) else None
    if touching is not None:
        name, value = touching["name"], shortened(" ".join(touching["value"].split()), 30)
        cure = f"write '{name}: {value}'"
        report.problems.append(Problem("no space after the colon", tree.place, cure))
    else:
        cure = "write 'z1: …', a name, a colon, a space and the answer"
        report.problems.append(Problem("no answer with its name", tree.place, cure))
    return []


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
