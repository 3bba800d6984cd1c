"""Every command over every example, in all that it can be asked for: the calls of one run each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from backprop_cli.checking.mistakes import catalogue
from backprop_cli.explaining.lookup import words
from backprop_cli.explaining.tables import file_keys
from backprop_cli.layers import layer_types
from backprop_cli.mathematics.activations import ACTIVATIONS

from ..commands.running import ALL, CONFIGS, LARGE

Call = tuple[str, ...]
TRACES: tuple[Call, ...] = (
    (),
    ("--steps", "--why"),
    ("--why",),
    ("--pairs",),
    ("--as-graph", "operations"),
    ("--as-graph", "--why"),
    ("--exact", "--steps"),
    ("--round-forward", "2", "--round-backward", "3"),
    ("--only", "gradients", "--full"),
    ("--sample", "1"),
    ("--layer", "1"),
    ("--wrt", "W1"),
    ("--wrt", "W1[1,1]"),
    ("--set", "W1=0.5"),
    ("--set", "W1[1,1]=0.3", "--only", "gradients"),
    ("--interactive", "--format", "html"),
    ("--slides", "--format", "html"),
)
DERIVATIONS: tuple[Call, ...] = (
    (),
    ("--why",),
    ("--style", "index", "--why"),
    ("--style", "index", "--induction"),
    ("--style", "matrix"),
    ("--style", "leibniz"),
    ("--induction",),
    ("--numbers",),
    ("--numbers", "--sample", "1", "--round-forward", "2"),
    ("--wrt", "W1[1,1]"),
    ("--wrt", "W1[1,1]", "--expand"),
    ("--wrt", "W1[1,1]", "--numbers"),
    ("--as-graph", "--numbers", "--why"),
    ("--mode", "forward", "--wrt", "W1[1,1]", "--numbers"),
    ("--mode", "forward", "--numbers"),
    ("--mode", "paths", "--wrt", "W1[1,1]", "--numbers"),
    ("--mode", "paths", "--numbers"),
    ("--mode", "reverse", "--numbers", "--as-graph"),
    ("--full",),
    ("--pairs",),
)
STEPS: tuple[Call, ...] = (
    ("--lr", "0.1"),
    ("--lr", "0.1", "--freeze", "b1", "--weight-decay", "0.01", "--show", "b1"),
    *(("--lr", "0.1", "--optimizer", name) for name in ("momentum", "nesterov", "rmsprop")),
    *(("--lr", "0.1", "--optimizer", name, "--steps", "3") for name in ("adam", "adamw")),
    ("--lr", "0.1", "--optimizer", "adam", "--weight-decay", "0.1"),
    ("--lr", "0.1", "--optimizer", "adamw", "--weight-decay", "0.1"),
    *(("--lr", "0.1", "--schedule", name, "--steps", "4") for name in ("step", "cosine")),
    *(("--lr", "0.1", "--schedule", name) for name in ("exponential", "inverse_time", "step")),
    ("--lr", "0.1", "--clip-norm", "0.01"),
    ("--lr", "0.1", "--clip", "0.01", "--exact"),
    ("--lr", "0.1", "--clip", "100"),
    ("--lr", "0.1", "--steps", "30", "--batch-size", "1", "--show", "W1[1,1]"),
    ("--lr", "0.1", "--steps", "5", "--format", "html"),
    ("--lr", "0.1", "--batch-size", "1"),
    ("--lr", "0.1", "--set", "W1[1,1]=0.3"),
    ("--lr", "0.1", "--round-forward", "2", "--round-backward", "2"),
)
OTHERS: tuple[Call, ...] = (
    ("sweep", "--over", "W1[1,1]=-1:1:5"),
    ("sweep", "--over", "W1[1,1]=-1:1:5", "--over", "W1[1,2]=0,1,2", "--steps", "3", "--lr", "0.1"),
    ("sweep", "--over", "W1[1,1]=-1:1:5", "--over", "W1[1,2]=0,1,2", "--format", "html"),
    ("sweep", "--over", "a=1:2:5", "--steps", "3", "--lr", "0.1"),
    ("describe",),
    ("describe", "--as-graph"),
    ("describe", "--notation", "nielsen"),
    ("describe", "--notation", "mazur"),
    ("diagnose",),
    ("diagnose", "--full"),
    ("diagnose", "--sample", "1"),
    ("diagnose", "--format", "svg"),
    ("gradcheck",),
    ("gradcheck", "--full"),
    ("gradcheck", "--wrt", "W1", "--tolerance", "1e-14"),
    ("gradcheck", "--wrt", "W1[1,1]", "--delta", "0.01"),
    ("gradcheck", "--wrt", "x[1]", "--delta", "0.01"),
    ("worksheet",),
    ("worksheet", "--solution"),
    ("worksheet", "--guide", "numbers"),
    ("worksheet", "--guide", "none"),
    ("worksheet", "--exact"),
    ("worksheet", "--blank", "dW1", "--blank", "W1'"),
    ("worksheet", "--blank", "x", "--blank", "loss"),
    ("diagram",),
    ("diagram", "--format", "words"),
    ("diagram", "--format", "words", "--pass", "forward"),
    ("diagram", "--format", "words", "--pass", "backward"),
    ("diagram", "--format", "words", "--kind", "computation", "--local-gradients"),
    ("diagram", "--kind", "computation"),
    ("diagram", "--format", "words", "--kind", "weights-as-nodes"),
    ("diagram", "--format", "words", "--kind", "unrolled"),
    ("diagram", "--format", "words", "--kind", "rolled"),
    ("diagram", "--format", "words", "--kind", "cell"),
    ("diagram", "--format", "words", "--kind", "cell", "--step", "2"),
    ("diagram", "--format", "words", "--kind", "grids"),
    ("diagram", "--format", "words", "--focus", "W1[1,1]"),
    ("diagram", "--format", "words", "--focus", "z1[1,1,1]"),
    ("diagram", "--format", "words", "--sample", "1", "--thickness", "weight"),
    ("diagram", "--format", "words", "--sample", "1", "--thickness", "gradient"),
    ("diagram", "--format", "words", "--generic"),
)
"""Commands with their options; the network's file comes between."""
OF_LAYERS: tuple[Call, ...] = (
    ("describe",),
    ("trace",),
    ("trace", "--steps", "--why"),
    ("trace", "--full"),
    ("derive", "--why"),
    *(("derive", "--style", style) for style in ("matrix", "components", "function", "algorithm")),
    ("worksheet",),
    ("diagnose", "--full"),
    ("diagram", "--format", "words"),
)
"""What is asked of a network of each layer type."""
SHAPES = (
    ("--shape", "2-2-1", "--activation", "relu"),
    ("--shape", "2-3-2", "--activation", "relu,softmax", "--batch", "2"),
    ("--shape", "2-2-1", "--activation", "relu", "--allow-dead"),
    ("--graph", "--nodes", "6"),
    ("--layer", "lstm", "--shape", "1-1-1"),
    ("--layer", "gru", "--shape", "1-1-1"),
)
MOST_OF_LARGE = 8
"""How many calls of a command a large example is in."""


def calls(name: str) -> Iterator[Call]:
    """Yield every call for one example."""
    file = str(CONFIGS / f"{name}.yaml")
    each = [("trace", file, *options) for options in TRACES]
    each += [("derive", file, *options) for options in DERIVATIONS]
    each += [("step", file, *options) for options in STEPS]
    each += [(command, file, *options) for command, *options in OTHERS]
    yield from each if name not in LARGE else each[::MOST_OF_LARGE]
    others = [other for other in ALL if other not in LARGE]
    if name in others:
        second = others[(others.index(name) + 1) % len(others)]
        yield "compare", file, str(CONFIGS / f"{second}.yaml")
        yield "compare", file, file, "--full"


def layers(folder: Path) -> Iterator[Call]:
    """Yield the calls for a network of each layer type."""
    for name, kind in layer_types().items():
        file = folder / f"{name}.yaml"
        file.write_text(kind.example, encoding="utf-8")
        for command, *options in OF_LAYERS:
            yield command, str(file), *options


def explanations(name: str | None = None) -> Iterator[Call]:
    """Yield a call for each word that is explained, on one network or on none, and for each key."""
    of = () if name is None else (str(CONFIGS / f"{name}.yaml"),)
    for word in dict.fromkeys([*(word.name for word in words()), *sorted(file_keys())]):
        yield "explain", word, *of


def exercises(folder: Path) -> Iterator[Call]:
    """Yield calls that make exercises, and those that ask of them."""
    for number, shape in enumerate(SHAPES):
        into = str(folder / f"class-{number}")
        yield (
            "exercise",
            *shape,
            "--count",
            "2",
            "--worksheets",
            "md",
            "--solutions",
            "md",
            "-o",
            into,
        )


def plots() -> Iterator[Call]:
    """Yield a call for each activation's plot."""
    for name in ACTIVATIONS:
        yield "diagram", "--activation", name, "--format", "words"
    yield "diagram", "--generic"


def sentences() -> Iterator[str]:
    """Yield what tables hold: the mistakes' titles, causes and hints."""
    for mistake in catalogue().values():
        for with_target in (True, False):
            yield from mistake.words(with_target=with_target)
        yield mistake.title
