"""Command lines drawn from click's own records: each command, option and value can come."""

from __future__ import annotations

import contextlib
import functools
import itertools
import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from backprop_cli import api
from backprop_cli.cli import command_names, group
from backprop_cli.deriving import styles
from backprop_cli.deriving.graphs import modes
from backprop_cli.diagrams import formats as pictures
from backprop_cli.explaining.terms import TERMS
from backprop_cli.functions.losses import LOSS_NAMES
from backprop_cli.functions.optimizers import OPTIMIZERS
from backprop_cli.functions.schedules import SCHEDULES
from backprop_cli.graph.names import known_refs, shown_shape
from backprop_cli.layers import layer_types
from backprop_cli.mathematics.activations import ACTIVATIONS
from backprop_cli.notation import profile_names
from backprop_cli.passes.sweep.grid import varied
from backprop_cli.problems import Refusal
from backprop_cli.render import formats

from ..commands.running import EXAMPLES
from .mutating import NAMES, NUMBERS
from .trees import Tree, text_of

FOLDER = "FOLDER"
"""Stands in a command line for the folder that a run may write to."""
SHEET = f"{FOLDER}/sheet.yaml"
CSV_SHEET = f"{FOLDER}/sheet.csv"
XLSX_SHEET = f"{FOLDER}/sheet.xlsx"
ARRAYS_SHEET = f"{FOLDER}/sheet.npz"
RUBRIC = f"{FOLDER}/rubric.yaml"
NET = f"{FOLDER}/net.yaml"
OTHER = f"{FOLDER}/other.yaml"
ENTRIES = ("", "", "[1]", "[1,1]", "[2]", "[1,1,1]", "[0]", "[9,9]", "'", "[1:2]")
"""What may follow a name."""
SELDOM = "generic activation delta compare local interactive standalone per_sample thickness"
OFTEN = dict.fromkeys(SELDOM.split(), 0.03) | {
    "format_name": 0.5,
    "style": 0.5,
    "kind": 0.4,
    "notation": 0.3,
    "steps": 0.3,
    "wrt": 0.25,
    "numbers": 0.5,
    "mode": 0.2,
    "output": 0.2,
    "of_graph": 0.2,
    "shape": 0.9,
    "sample": 0.05,
    "width": 0.05,
    "heading": 0.05,
    "slides": 0.05,
    "standalone": 0.05,
    "embed": 0.05,
    "dtype": 0.3,
    "rubric": 0.3,
}
LESS_OFTEN = {"new": 1, "schema": 1, "exercise": 2, "gradcheck": 2}
"""Those with little to find, or that cost many times the others (sympy's derivatives)."""
DRAWN = 0.1
"""How often an option is given, where nothing else is said."""


@functools.cache
def commands() -> dict[str, click.Command]:
    """Return the commands by name."""
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in command_names()}
    return {name: command for name, command in found.items() if command is not None}


@functools.cache
def _pools() -> dict[str, tuple[str, ...]]:
    """Return the values of options that are words, by the option's name."""
    suffixes = (*_suffixes(), "json", "json", "svg", "yaml", "dot")
    plain = (*formats(), "json")
    return {
        "style": tuple(styles()),
        "mode": (*modes(), "sideways"),
        "notation": tuple(profile_names()),
        "format_name": plain,
        "activation": tuple(ACTIVATIONS),
        "optimizer": tuple(OPTIMIZERS),
        "loss": LOSS_NAMES,
        "shape": ("2-2-1", "1-1", "3-2-2", "2", "2-2-2-2", "0-1", "a-b", "200-1"),
        "worksheets": plain,
        "solutions": plain,
        "feedback_format": ("html", "md", "tex", "txt", "docx"),
        "template": (*EXAMPLES, "nothing"),
        "settings": tuple(
            f"{k}={v}" for k in ("beta1", "momentum", "epsilon") for v in NUMBERS[:12]
        ),
        "output": tuple(f"{FOLDER}/out.{suffix}" for suffix in suffixes),
        "outputs": tuple(f"{FOLDER}/out.{suffix}" for suffix in suffixes),
        "reports": tuple(
            f"{FOLDER}/{name}"
            for name in ("m.csv", "m.json", "m.xml", "results.json", "moodle.csv")
        ),
        "feedback_dir": (FOLDER,),
        "compare": (f"{FOLDER}/earlier.json",),
        "rubric": (RUBRIC,),
        "like": ("-",),
        "width": ("80mm", "3in", "252pt", "\\columnwidth", "1mm", "10cm", "0", "9" * 30 + "pt"),
        "layer": tuple(layer_types()),
        "schedule": tuple(SCHEDULES),
        "part": ("1/2", "2/2", "3/2", "0/1", "1/1"),
        "language": ("en", "de", "xx"),
    }


def _suffixes() -> list[str]:
    return [suffix for entry in formats().values() for suffix in entry.suffixes]


@functools.cache
def _picture_formats() -> tuple[str, ...]:
    return tuple(name for name, entry in pictures.formats().items() if not entry.binary)


def drawn(chance: random.Random, tree: Tree, name: str = "") -> list[str]:
    """Return a command line for the network, by itself or one of the named command."""
    weights = [LESS_OFTEN.get(each, 6) for each in commands()]
    name = name or chance.choices(list(commands()), weights)[0]
    names = functools.cache(lambda: names_of(text_of(tree)))
    words = [name]
    network = NET if chance.random() < 0.2 else "-"
    for parameter in commands()[name].params:
        if isinstance(parameter, click.Argument):
            words += _argument(parameter, chance, network)
        elif isinstance(parameter, click.Option):
            often = OFTEN.get(str(parameter.name), DRAWN)
            while chance.random() < often:
                words += _option(name, parameter, names, chance)
                if not parameter.multiple:
                    break
    if name == "step" and chance.random() < 0.7 and "--lr" not in words:
        words += ["--lr", "0.1"]
    return words


def names_of(text: str) -> tuple[str, ...]:
    """Return names that the network has; of what cannot be read, some names."""
    try:
        graph = api.loads(text, "net.yaml")
    except Refusal:
        return NAMES[:20]
    found = []
    for name, ref in known_refs(graph).items():
        ones = ",".join("1" for _ in shown_shape(graph, ref))
        found += [name, f"{name}[{ones}]" if ones else name]
    return tuple(found)


def _argument(parameter: click.Argument, chance: random.Random, network: str = "-") -> list[str]:
    if parameter.name == "sheets":
        sheets = [[SHEET], [SHEET], [SHEET], [CSV_SHEET], [CSV_SHEET, SHEET], [FOLDER]]
        return chance.choice([*sheets, [XLSX_SHEET], [ARRAYS_SHEET], [ARRAYS_SHEET, XLSX_SHEET]])
    if parameter.name == "template":
        return [chance.choice(_pools()["template"])]
    if parameter.name == "name":
        return [
            chance.choice(
                (
                    *(term.name for term in TERMS),
                    *ACTIVATIONS,
                    *LOSS_NAMES,
                    *OPTIMIZERS,
                    *layer_types(),
                )
            )
        ]
    if parameter.name == "other":
        return [chance.choice((OTHER, OTHER, OTHER, network))]
    return [network] if parameter.required or chance.random() < 0.8 else []


def _option(
    command: str, option: click.Option, names: Callable[[], Sequence[str]], chance: random.Random
) -> list[str]:
    flag = max(option.opts, key=len)
    if option.is_flag:
        return [flag]
    if isinstance(option.type, click.IntRange) and option.type.min == 1 and option.type.max == 4:
        return [flag, chance.choice("1234")]
    return [flag, _value(command, option, names, chance)]


def _value(
    command: str, option: click.Option, names: Callable[[], Sequence[str]], chance: random.Random
) -> str:
    kind = option.type
    if option.name == "jobs":
        return "1"
    if isinstance(kind, click.Choice):
        return str(chance.choice(list(kind.choices)))
    if isinstance(kind, click.IntRange | click.types.IntParamType):
        usual = ("0", "1", "1", "1", "2", "3", "4", "5", "7", "12", "15")
        return chance.choice(usual if chance.random() < 0.98 else ("-1", "40", "10000000"))
    if isinstance(kind, click.FloatRange | click.types.FloatParamType):
        rates = ("1e-9", "0.1", "1e-3", "1e-6", "1e3")
        return chance.choice((*rates, *rates, "1e300", "-1", "0", "nan", "inf"))
    pool: Sequence[str] | None = _pools().get(str(option.name))
    if command == "diagram" and option.name == "format_name":
        pool = _picture_formats()
    if pool is not None:
        return chance.choice(pool)
    known = names()
    name = chance.choice((*known, "loss"))
    if chance.random() < 0.3:
        name = chance.choice((f"d({name})", f"d{name}", f"delta{name[1:]}", chance.choice(NAMES)))
    if chance.random() < 0.15:
        name += chance.choice(ENTRIES)
    if option.name == "over" and chance.random() < 0.8:
        return f"{name}={chance.choice(NUMBERS)}:{chance.choice(NUMBERS)}:{chance.choice('12359')}"
    if "=" in str(option.metavar):
        return f"{name}={chance.choice(NUMBERS)}"
    if option.metavar in ("RATE", "λ", "C"):
        return chance.choice(NUMBERS)
    if chance.random() < 0.1:
        return chance.choice((f"{name}/{chance.choice(known or ('x',))}", "all", ""))
    return name


PARTS = (f"{FOLDER}/one.json", f"{FOLDER}/two.json")
GIVEN_TO = {
    "check": ("-", SHEET),
    "compare": ("-", OTHER),
    "merge": PARTS,
    "exercise": ("--shape", "2-1", "--seed", "3"),
    "step": ("-", "--steps", "2"),
    "sweep": ("-", "--over", "{name}=-1:1:3"),
    "new": ("mazur",),
    "schema": (),
    "explain": ("backpropagation", "-"),
}
"""What stands first in a command line, of others the network alone."""


ENDS = {
    "IntRange": ("0", "1", "2", "15"),
    "IntParamType": ("0", "1", "2", "15"),
    "FloatRange": ("1e-9", "0.1", "1e300"),
    "FloatParamType": ("1e-9", "0.1", "1e300"),
}
"""The values of options that are numbers, by the name of their type."""


def every_value(text: str) -> Iterator[list[str]]:
    """Yield each command with each of its options, and each value that it can have.

    Options of names have some of each length that the network has.
    """
    known = names_of(text)
    of_a_kind = {_kind(name): name for name in (*known, *(f"d({name})" for name in known))}
    names = tuple(of_a_kind.values())
    for name, command in commands().items():
        first = [name, *(w.format(name=_varied(text)) for w in GIVEN_TO.get(name, ("-",)))]
        yield first
        for option in command.params:
            if not isinstance(option, click.Option):
                continue
            flag = max(option.opts, key=len)
            if option.is_flag:
                yield [*first, flag]
                continue
            for value in _values(name, option, names):
                yield [*first, flag, value]


@functools.cache
def _varied(text: str) -> str:
    """Return an entry that a sweep takes of the network, if there is one."""
    with contextlib.suppress(Refusal):
        graph = api.loads(text, "net.yaml")
        for name in names_of(text):
            with contextlib.suppress(Refusal):
                varied(graph, name)
                return name
    return "W1[1,1]"


def _kind(name: str) -> str:
    """Return what a name has in common with those of other layers: ``a1[2]`` with ``a2[1]``."""
    return re.sub(r"\d", "1", name)


def _values(command: str, option: click.Option, names: Sequence[str]) -> Sequence[str]:
    """Return values that are like all that the option can have."""
    kind = option.type
    if isinstance(kind, click.Choice):
        return [str(value) for value in kind.choices]
    if option.name == "jobs":
        return ("1",)
    if type(kind).__name__ in ENDS:
        return ENDS[type(kind).__name__]
    if option.name == "settings":
        return [f"{key}=0.5" for key in ("beta1", "momentum", "epsilon")]
    if command == "diagram" and option.name == "format_name":
        return _picture_formats()
    if option.name in _pools():
        return _pools()[option.name]
    if option.name == "over":
        return _turned(names, ("0.5:2:3", "-1e300:1e300:2"))
    if "=" in str(option.metavar):
        return _turned(names, ("-0.5", "1/3", "1e300"))
    return ("0", "1/3", "1e300") if option.metavar in ("RATE", "λ", "C") else names


def _turned(names: Sequence[str], values: Sequence[str]) -> list[str]:
    """Return each name with one of the values, which take turns."""
    return [f"{name}={value}" for name, value in zip(names, itertools.cycle(values), strict=False)]


def placed(words: Sequence[str], folder: Path) -> list[str]:
    """Return the command line with its folder in it."""
    return [word.replace(FOLDER, str(folder)) for word in words]
