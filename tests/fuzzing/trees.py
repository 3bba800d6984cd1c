"""Network files as trees of mappings, lists and words, written as they were: ``1e-3`` stays so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

Tree = Any
"""A list of (key, value) pairs, wrapped in Pairs; a list; or a word."""
PLAIN = re.compile(r"[A-Za-z0-9_.~+-][A-Za-z0-9_.+*/()' ^-]*")


class Pairs(list[tuple[str, Any]]):
    """A mapping, whose keys may come twice."""


class Written(str):
    """What is written without quotes, whatever it is: an anchor, a tag, a slip."""


def tree_of(text: str) -> Tree:
    """Return the file's tree, each scalar the word that stands there."""
    return _tree(yaml.compose(text, Loader=yaml.SafeLoader))


def _tree(node: yaml.Node | None) -> Tree:
    if isinstance(node, yaml.MappingNode):
        return Pairs((str(key.value), _tree(value)) for key, value in node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_tree(each) for each in node.value]
    return "" if node is None else str(node.value)


def text_of(tree: Tree) -> str:
    """Return the tree as a file: its first level a line each, flow style below."""
    if isinstance(tree, Pairs) and tree:
        return "".join(f"{written(key)}: {written(value)}\n" for key, value in tree)
    return f"{written(tree)}\n"


def written(tree: Tree) -> str:
    """Return the part in flow style."""
    if isinstance(tree, Pairs):
        return "{" + ", ".join(f"{written(key)}: {written(value)}" for key, value in tree) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(written, tree)) + "]"
    word = str(tree)
    if isinstance(tree, Written) or PLAIN.fullmatch(word):
        return word if isinstance(tree, Written) else word.rstrip()
    if not word.isprintable():
        return json.dumps(word)
    return "'" + word.replace("'", "''") + "'"


Way = tuple[int, ...]
"""Where a part of a tree is: the position at each level."""


def ways(tree: Tree, way: Way = ()) -> Iterator[Way]:
    """Yield the way to each part of the tree, the whole first."""
    yield way
    if isinstance(tree, list):
        for i, child in enumerate(tree):
            yield from ways(child[1] if isinstance(tree, Pairs) else child, (*way, i))


def at(tree: Tree, way: Way) -> Tree:
    """Return the part at the end of the way."""
    for i in way:
        tree = tree[i][1] if isinstance(tree, Pairs) else tree[i]
    return tree


def put(tree: Tree, way: Way, new: Tree) -> Tree:
    """Return the tree with another part there; ``None`` takes it out."""
    if not way:
        return "" if new is None else new
    i, *rest = way
    kind = type(tree)
    child = tree[i][1] if kind is Pairs else tree[i]
    if rest or new is not None:
        part = put(child, tuple(rest), new)
        between = [(tree[i][0], part) if kind is Pairs else part]
    else:
        between = []
    return kind([*tree[:i], *between, *tree[i + 1 :]])
