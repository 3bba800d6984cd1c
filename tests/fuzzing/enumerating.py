"""Cases by enumeration: options on kinds of networks, calls and layers in one another, numbers.

Whole products would take days, and most of them try nothing new. Of each, all pairs are met:

- ``options``: every option of every command on every kind of network, its values by turns, each
  on every sixth kind and more; of all that they name, of each network every sixth name;
- ``numbers``: every function, operator, loss and layer at every number, the commands by turns;
- ``arrays``: every array and scalar of every seed that a formula reads, made of every number;
- ``calls``: every activation and elementary function inside every other, in a line or in two;
- ``layers``: every layer type after every other on every kind of input.
"""

from __future__ import annotations

import functools
import random
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import cycle, groupby, product
from pathlib import Path

from backprop_cli.mathematics.activations import ACTIVATIONS
from backprop_cli.mathematics.elementary import WRITABLE
from backprop_cli.problems import Refusal

from ..commands.running import run
from ..layers.test_after_each_other import INPUTS, TYPES, unaimed
from ..layers.test_after_each_other import text_of as layers_of
from .cases import Case, answers
from .command_lines import FOLDER, NET, PARTS, SHEET, every_value, placed
from .edge_numbers import COMMANDS, NETWORKS
from .kinds import kinds
from .mutating import filled, is_array
from .seeds import seeds
from .trees import Pairs, Written, at, put, text_of, tree_of, ways

WITHOUT = ("new", "schema", "exercise")
"""Commands that take no network: run once."""


EVERY = 6
"""Of an option's values one is tried on a network, and of many every sixth."""
Made = Callable[[], Case]
"""A case that is made when it is run: its sheet is the work of a command."""


def options() -> Iterator[Made]:
    """Yield every command with every option on every kind of network, the values by turns."""
    for i, kind in enumerate(kinds().values()):
        text = text_of(tree_of(kind))
        for (name, *_), alike in groupby(every_value(text), key=_option):
            lines = list(alike)
            if i == 0 or name not in WITHOUT or "--like" in lines[0]:
                few = min(len(lines), EVERY)
                for words in lines[i % few :: few]:
                    yield functools.partial(of_kind, text, tuple(words))


def _option(words: list[str]) -> list[str]:
    """Return a command line's command and the option that it tries."""
    flags = [word for word in words if word.startswith("--")]
    return [words[0], *flags[-1:]]


def of_kind(text: str, words: tuple[str, ...]) -> Case:
    """Return a command line on a network, with the files that other commands write of it."""
    return Case(words, tree_of(text), _beside(text))


@functools.cache
def _beside(text: str) -> Pairs:
    """Return the files that commands read beside the network: what other commands wrote of it."""
    tree = tree_of(text)
    beside = Pairs([("sheet.yaml", answers(tree, random.Random(1)))])
    beside.append(("other.yaml", Written(text.replace("0.5", "0.75").replace("1", "2", 1))))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "net.yaml").write_text(text, encoding="utf-8")
        (folder / "sheet.yaml").write_text(text_of(beside[0][1]), encoding="utf-8")
        over = next(words for words in every_value(text) if words[0] == "sweep")[2:]
        lines = [
            ["sweep", NET, *over, "--part", f"{i}/2", "-o", part] for i, part in enumerate(PARTS, 1)
        ]
        lines.append(["check", NET, SHEET, "--report", f"{FOLDER}/earlier.json"])
        for words in lines:
            run(*placed(words, folder))
            path = folder / words[-1].removeprefix(f"{FOLDER}/")
            content = path.read_text(encoding="utf-8") if path.is_file() else "{}"
            beside.append((path.name, Written(content.replace(name, FOLDER))))
    return beside


def numbers() -> Iterator[Made]:
    """Yield each function, operator, loss and layer at each number of the edge."""
    return _worked(NETWORKS, COMMANDS)


EDGES = ("0", "1e300", "-1e300", "5e-324", "-1e154", "1e-200", "800", "-40", "1/3")
WHOLE = (
    ("trace", "-"),
    ("trace", "-", "--exact", "--steps"),
    ("derive", "-", "--numbers"),
    ("derive", "-", "--numbers", "--as-graph", "operations", "--mode", "forward"),
    ("gradcheck", "-"),
    ("diagnose", "-", "--full"),
    ("step", "-", "--lr", "0.1", "--steps", "3"),
    ("step", "-", "--lr", "0.1", "--optimizer", "adam", "--significant", "3"),
    ("trace", "-", "--dtype", "float32"),
    ("step", "-", "--lr", "0.1", "--optimizer", "adam", "--steps", "3", "--dtype", "float32"),
    ("diagram", "-", "--kind", "computation", "--local-gradients", "--format", "svg"),
    ("diagram", "-"),
    ("trace", "-", "--as-graph", "--format", "latex"),
    ("worksheet", "-", "--solution"),
    ("check", "-", SHEET, "--feedback", "full"),
    ("trace", "-", "--round-forward", "2", "--format", "json"),
    ("describe", "-"),
    ("explain", "backpropagation", "-", "--format", "html"),
    ("derive", "-", "--style", "index"),
)
"""Commands that take turns: a number of them that has no factor in common with 6 and 9."""


def arrays() -> Iterator[Made]:
    """Yield each array of each seed made of each edge number."""
    return _worked(_arrays(), WHOLE)


def _arrays() -> Iterator[str]:
    for tree in map(tree_of, dict.fromkeys(map(text_of, seeds()))):
        lines = text_of(dict(tree).get("graph", ""))
        for way in ways(tree):
            variable = len(way) == 2 and tree[way[0]][0] == "variables"
            if variable and not re.search(rf"\b{at(tree, way[:1])[way[1]][0]}\b", lines):
                continue
            if variable or (is_array(at(tree, way)) and not is_array(at(tree, way[:-1]))):
                for number in EDGES:
                    yield text_of(put(tree, way, filled(at(tree, way), number)))


def _worked(texts: Iterable[str], commands: Sequence[tuple[str, ...]]) -> Iterator[Made]:
    """Yield each network under a command, which take turns."""
    for text, words in zip(texts, cycle(commands), strict=False):
        yield functools.partial(_case, text, words)


def _case(text: str, words: tuple[str, ...]) -> Case:
    tree = tree_of(text)
    sheet = [("sheet.yaml", answers(tree, random.Random(1)))] * (SHEET in words)
    return Case(words, tree, Pairs(sheet))


CALLED = (
    ("trace", "-"),
    ("trace", "-", "--exact"),
    ("derive", "-", "--numbers", "--as-graph", "operations"),
    ("gradcheck", "-"),
    ("diagram", "-", "--local-gradients"),
    ("check", "-", SHEET, "--feedback", "full"),
)


def calls() -> Iterator[Made]:
    """Yield every activation and elementary function inside every other."""
    names = [name for name in (*ACTIVATIONS, *WRITABLE) if name != "softmax"]
    for i, (outer, inner) in enumerate(product(names, names)):
        lines = f"h: '{inner}(t)', o: '{outer}(h)*t'" if i % 2 else f"o: '{outer}({inner}(t))'"
        text = f"variables: {{t: 0.5}}\ngraph: {{{lines}}}\n"
        for words in CALLED:
            yield functools.partial(_case, text, words)


def layers() -> Iterator[Made]:
    """Yield every layer type after every other, on every kind of input: taken, or refused."""
    for pair, words in zip(product(TYPES, TYPES, INPUTS), cycle(WHOLE), strict=False):
        yield functools.partial(_layered, pair, words)


def _layered(pair: tuple[str, str, str], words: tuple[str, ...]) -> Case:
    try:
        return _case(layers_of(*pair), words)
    except Refusal:
        return _case(unaimed(*pair), words)


ENUMERATED: dict[str, Callable[[], Iterator[Made]]] = {
    "options": options,
    "numbers": numbers,
    "arrays": arrays,
    "calls": calls,
    "layers": layers,
}
"""What ``--enumerate`` takes."""
