"""Each command that makes a document of a network, and its files for each kind of reader."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from backprop_cli.api import load
from backprop_cli.deriving import styles
from backprop_cli.deriving.graphs import modes
from backprop_cli.explaining.lookup import words as named
from backprop_cli.graph.records import Graph

from ..commands.running import CONFIGS, run
from .records import Fault, Made

Words = tuple[str, ...]
COLUMN = ("--width", "\\columnwidth")
PAGES: dict[str, tuple[Words, Words]] = {
    "page": (("--standalone",), ("tex", "md", "html", "pdf")),
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
KINDS = ("network", "weights-as-nodes", "computation", "grids", "rolled", "unrolled", "cell")
WORDS = ("delta", "chain rule", "vanishing gradient", "batch")
"""What is explained in the numbers of each network."""


def commands(net: str, others: Path) -> Iterator[Words]:
    """Yield the commands that print a document of a network; one may refuse it."""
    graph = load(net)
    yield ("describe", net)
    if graph.layered:
        styled = [("--style", name) for name in styles()]
    else:
        styled = [("--mode", name) for name in modes()]
    for option in styled:
        yield ("derive", net, *option)
        yield ("derive", net, *option, "--numbers")
    yield ("derive", net, "--why", "--numbers", "--exact")
    for look in ((), ("--steps", "--why"), ("--exact",), ("--as-graph",), ("--significant", "12")):
        yield ("trace", net, *look)
    rate = ("--lr", "0.1")
    yield ("step", net, *rate, "--optimizer", "adam", "--weight-decay", "0.01")
    yield ("step", net, *rate, "--steps", "20")
    entry = _entry(graph)
    yield ("sweep", net, "--over", f"{entry}=-1:1:21", *rate, "--steps", "5")
    yield ("sweep", net, "--over", f"{entry}=-1:1:7", "--over", f"{entry}=-1:1:5")
    yield from (("diagnose", net), ("diagnose", net, "--full"), ("gradcheck", net))
    yield ("gradcheck", net, "--wrt", entry, "--delta", "0.01")
    yield ("compare", net, str(others / "stepped.yaml"))
    yield ("compare", net, str(CONFIGS / "mazur.yaml"), "--full")
    yield from (("explain", word, net) for word in (*WORDS, f"d{entry}"))
    for task in (net, str(others / "exercise.yaml")):
        yield ("worksheet", task)
        yield ("worksheet", task, "--solution")
    yield ("worksheet", net, "--guide", "numbers", "--solution", "--exact")
    sheets = [str(others / f"{name}.yaml") for name in ("right", "wrong")]
    yield ("check", net, sheets[1], "--feedback", "full")
    yield ("check", net, *sheets)
    yield from (("diagram", net, "--kind", kind) for kind in KINDS)
    yield ("diagram", net, "--generic")


def explained() -> Iterator[Words]:
    """Yield the commands that explain all that has a name, of no network."""
    yield ("explain",)
    yield from (("explain", name) for name in sorted({word.name for word in named()}))


def _entry(graph: Graph) -> str:
    """Return the name of the first number that can be changed."""
    name, node = next(iter(graph.parameters.items()), (graph.nodes[0].ref.part, 0))
    shape = graph.nodes[node].shape
    return f"{name}[{','.join('1' * len(shape))}]" if shape else name


def prepare(net: str, folder: Path) -> None:
    """Write the network after a step, one to practise on, a sheet that is right, and one wrong."""
    run("step", net, "--lr", "0.1", "-o", str(folder / "stepped.yaml"))
    run("exercise", "--like", net, "--seed", "1", "-o", str(folder / "exercise.yaml"))
    right = folder / "right.yaml"
    if run("worksheet", net, "--solution", "-o", str(right)).code == 0:
        text = right.read_text(encoding="utf-8")
        head, answers, rest = text.partition("answers:")
        wrong = re.sub(r"(?<=[\[ ])(-?)(\d\.\d+)(?=[,\]\n])", _spoilt, rest, count=0)
        (folder / "wrong.yaml").write_text(head.replace("key", "Ada") + answers + wrong, "utf-8")


def _spoilt(number: re.Match[str]) -> str:
    """Return a number with its sign turned, if it ends with 5 or more."""
    return f"{'' if number[1] else '-'}{number[2]}" if number[2][-1] in "56789" else number[0]


def made(
    every: Iterable[Words], kinds: Collection[str], folder: Path
) -> tuple[list[Made], list[Fault]]:
    """Run the commands for the kinds of pages: to be refused is no fault, to break is one."""
    found, faults = [], []
    for number, words in enumerate(every):
        said = "-".join(re.sub("[^a-z0-9]", "", Path(word).stem) for word in words)
        name = f"{number:03}-{said}"[:60]
        files: dict[str, tuple[Path, ...]] = {}
        drawn = words[0] == "diagram"
        for kind, (options, suffixes) in (DRAWINGS if drawn else PAGES).items():
            if kind not in kinds:
                continue
            for together in ((suffix,) for suffix in suffixes) if drawn else (suffixes,):
                paths = [folder / f"{name}-{kind}.{suffix}" for suffix in together]
                outputs = [part for path in paths for part in ("-o", str(path))]
                done = run(*words, *options, *outputs)
                if "Traceback" in done.err:
                    faults.append(Fault("command", name, False, done.err.splitlines()[-1]))
            for suffix in suffixes:
                files[f"{kind} {suffix}"] = tuple(sorted(folder.glob(f"{name}-{kind}*.{suffix}")))
            beside = tuple(sorted(folder.glob(f"{name}-{kind}-picture-*.svg")))
            files["picture svg"] = files.get("picture svg", ()) + beside
        files = {kind: paths for kind, paths in files.items() if paths}
        if files:
            found.append(Made(name, words, files))
    return found, faults
