"""Each command that makes a document of a network, and its files for each kind of reader."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from backprop_cli.api import load
from backprop_cli.deriving import styles
from backprop_cli.deriving.graphs import modes
from backprop_cli.explaining.lookup import words as named
from backprop_cli.graph.records import Graph
from backprop_cli.mathematics.activations import ACTIVATIONS

from ..commands.running import CONFIGS, run
from .classes import write_class
from .records import Fault, Made

Words = tuple[str, ...]
COLUMN = ("--width", "\\columnwidth")
PAGES: dict[str, tuple[Words, Words]] = {
    "page": (("--standalone",), ("tex", "md", "qmd", "ipynb", "html", "pdf")),
    "column": (("--standalone", *COLUMN), ("tex",)),
    "narrow": (("--width", "80mm"), ("typ",)),
    "slides": (("--slides",), ("tex", "html")),
}
"""The options of each kind of page, and the suffixes of its files."""
DRAWINGS: dict[str, tuple[Words, Words]] = {
    "page": (("--width", "165mm"), ("tex",)),
    "column": (COLUMN, ("tex",)),
    "picture": ((), ("svg", "gv", "mmd")),
}
"""Those of pictures."""
PLAYED: dict[str, tuple[Words, Words]] = {"page": ((), ("html",))}
"""Those of a page to step through."""
ASIDE = {"--feedback-dir": ("--feedback-format",), "-o": ("--worksheets", "--solutions")}
"""What a command ends with whose documents go into a folder, and what says their format."""
KINDS = ("network", "weights-as-nodes", "computation", "grids", "rolled", "unrolled", "cell")
WORDS = ("delta", "chain rule", "vanishing gradient", "batch")
"""What is explained in the numbers of each network."""


def commands(net: str, others: Path) -> Iterator[Words]:
    """Yield the commands that print a document of a network; one may refuse it."""
    graph = load(net)
    yield ("describe", net)
    yield ("describe", net, "--as-graph", "operations", "--full")
    if graph.layered:
        styled = [("--style", name) for name in styles()]
    else:
        styled = [("--mode", name) for name in modes()]
    for option in styled:
        yield ("derive", net, *option)
        yield ("derive", net, *option, "--numbers")
    entry, _ = _entries(graph)
    yield ("derive", net, "--why", "--numbers", "--exact")
    yield ("derive", net, "--wrt", entry, "--expand")
    yield ("derive", net, "--style", "index", "--induction")
    yield ("derive", net, "--pairs")
    yield ("trace", net, "--pairs", "--only", "gradients")
    yield ("trace", net, "--interactive")
    for look in ((), ("--steps", "--why"), ("--exact",), ("--as-graph",), ("--significant", "12")):
        yield ("trace", net, *look)
    rate = ("--lr", "0.1")
    yield ("step", net, *rate, "--optimizer", "adam", "--weight-decay", "0.01")
    yield ("step", net, *rate, "--steps", "20")
    yield ("sweep", net, "--over", f"{entry}=-1:1:21", *rate, "--steps", "5")
    yield ("merge", *(str(others / f"part-{number}.json") for number in (1, 2)))
    yield from (("diagnose", net), ("diagnose", net, "--full"), ("gradcheck", net))
    yield ("gradcheck", net, "--wrt", entry, "--delta", "0.01")
    yield ("compare", net, str(others / "stepped.yaml"))
    yield ("compare", net, str(CONFIGS / "mazur.yaml"), "--full")
    yield from (("explain", word, net) for word in (*WORDS, f"d{entry}"))
    for task in (net, str(others / "exercise.yaml")):
        yield ("worksheet", task)
        yield ("worksheet", task, "--solution")
    yield ("worksheet", net, "--guide", "numbers", "--exact", "--blank", entry)
    german = ("--language", "de", "--decimal-comma")
    yield ("exercise", "--like", net, "--count", "1", "--seed", "2", *german, "-o")
    sheets = str(others / "class")
    yield ("check", net, f"{sheets}/signs.yaml", "--feedback", "full")
    yield ("check", net, sheets, "--compare", str(others / "before.json"))
    yield ("check", net, sheets, "--feedback", "full", *german, "--feedback-dir")
    yield from (("diagram", net, "--kind", kind) for kind in KINDS)
    yield ("diagram", net, "--generic")
    yield ("diagram", net, "--kind", "computation", "--local-gradients", "--gates")
    yield ("diagram", net, "--focus", entry, "--faded", "--thickness", "gradient")
    yield ("diagram", net, "--focus", entry, "--local")


def explained() -> Iterator[Words]:
    """Yield the commands that explain all that has a name, of no network."""
    yield ("explain",)
    yield from (("explain", name) for name in sorted({word.name for word in named()}))
    plotted = (name for name in ACTIVATIONS if name != "softmax")
    yield from (("diagram", "--activation", name) for name in plotted)


def _entries(graph: Graph) -> tuple[str, str]:
    """Return the names of the first number that can be changed, and of the last."""
    given = {node.ref.part: n for n, node in enumerate(graph.nodes) if not node.parents}
    numbers = graph.parameters or given
    (first, *_, last) = (*numbers, *numbers)
    sizes = [graph.nodes[numbers[name]].shape for name in (first, last)]
    ends = ([1 for _ in sizes[0]], sizes[1])
    return _named(first, ends[0]), _named(last, ends[1])


def _named(name: str, place: Sequence[int]) -> str:
    return f"{name}[{','.join(map(str, place))}]" if place else name


def prepare(net: str, folder: Path) -> None:
    """Write the network after a step, one to practise on, a class's sheets and a sweep's parts."""
    run("step", net, "--lr", "0.1", "-o", str(folder / "stepped.yaml"))
    run("exercise", "--like", net, "--seed", "1", "-o", str(folder / "exercise.yaml"))
    first, last = _entries(load(net))
    grid = ("--over", f"{first}=-1:1:7", "--over", f"{last}=-1:1:5")
    for number in (1, 2):
        part = str(folder / f"part-{number}.json")
        run("sweep", net, *grid, "--part", f"{number}/2", "-o", part)
    key = run("worksheet", net, "--solution", "--format", "yaml")
    if key.code == 0:
        sheets = folder / "class"
        write_class(net, key.out, sheets)
        before = ("--tolerance", "0.1", "--report", str(folder / "before.json"))
        run("check", net, str(sheets / "signs.yaml"), str(sheets / "gaps.yaml"), *before)


def made(
    every: Iterable[Words], kinds: Collection[str], folder: Path
) -> tuple[list[Made], list[Fault]]:
    """Run the commands for the kinds of pages: to be refused is no fault, to break is one."""
    found: list[Made] = []
    faults: list[Fault] = []
    for number, words in enumerate(every):
        said = "-".join(_plain(Path(word).stem) for word in words)
        name = f"{number:03}-{said}"[:60]
        if words[-1] not in ASIDE:
            found += _paged(name, words, kinds, folder, faults)
        elif "page" in kinds:
            found += _aside(name, words, folder, faults)
    return found, faults


def _paged(
    name: str, words: Words, kinds: Collection[str], folder: Path, faults: list[Fault]
) -> Iterator[Made]:
    """Yield a command's document, in files for each kind of page."""
    files: dict[str, tuple[Path, ...]] = {}
    drawn = words[0] == "diagram"
    pages = DRAWINGS if drawn else PLAYED if "--interactive" in words else PAGES
    for kind, (options, suffixes) in pages.items():
        if kind not in kinds:
            continue
        for together in ((suffix,) for suffix in suffixes) if drawn else (suffixes,):
            paths = [folder / f"{name}-{kind}.{suffix}" for suffix in together]
            outputs = [part for path in paths for part in ("-o", str(path))]
            _tried(name, (*words, *options, *outputs), faults)
        for suffix in suffixes:
            files[f"{kind} {suffix}"] = tuple(sorted(folder.glob(f"{name}-{kind}*.{suffix}")))
        beside = tuple(sorted(folder.glob(f"{name}-{kind}-picture-*.svg")))
        files["picture svg"] = files.get("picture svg", ()) + beside
    files = {kind: paths for kind, paths in files.items() if paths}
    if files:
        yield Made(name, words, files)


def _aside(name: str, words: Words, folder: Path, faults: list[Fault]) -> Iterator[Made]:
    """Yield the documents that a command writes into a folder: a student's, or a worksheet."""
    files: dict[str, dict[str, tuple[Path, ...]]] = {}
    for suffix in PAGES["page"][1]:
        place = folder / f"{name}-{suffix}"
        formats = [part for option in ASIDE[words[-1]] for part in (option, suffix)]
        _tried(name, (*words, str(place), *formats), faults)
        for path in sorted(place.glob(f"*.{suffix}")):
            stem = _plain(path.name.partition(".")[0])
            files.setdefault(f"{name}-{stem}", {})[f"page {suffix}"] = (path,)
    return (Made(each, words, of_each) for each, of_each in files.items())


def _plain(word: str) -> str:
    return re.sub("[^a-z0-9]", "", word)


def _tried(name: str, words: Words, faults: list[Fault]) -> None:
    """Run a command; remember as a fault that it broke."""
    done = run(*words)
    if "Traceback" in done.err:
        faults.append(Fault("command", name, False, done.err.splitlines()[-1]))
