"""Every document that a command prints, as the trees that it is made of, in any notation.

A command is run in this process as a person runs it, up to what it hands over to be put into
letters: this is kept, with the network and the passes that it is about.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any
from unittest import mock

import click
from msgspec import Struct

from backprop_cli.api import load
from backprop_cli.cli import command_names, group
from backprop_cli.deriving import styles
from backprop_cli.deriving.graphs import modes
from backprop_cli.graph.records import Graph
from backprop_cli.notation import documents as speaking
from backprop_cli.notation import facts, profile, profile_names
from backprop_cli.notation.bound import Notation, bound
from backprop_cli.passes import run as running
from backprop_cli.passes.trace import Trace
from backprop_cli.worked.document import Document

from ..commands.running import EXAMPLES, NAMES, config, run
from ..pairing import ALL, LONG, has_turn

NOTATIONS = profile_names()


def notations_for(position: int) -> tuple[str, ...]:
    """Return the default notation and one more, another one for the next page; or all."""
    others = [name for name in NOTATIONS if name != "standard"]
    return NOTATIONS if ALL else ("standard", others[position % len(others)])


class Shown(Struct, frozen=True, eq=False):
    """What one call prints: the document before letters, its notation, its network and passes.

    ``trace`` is the command's own, or one of the network's numbers; None for a symbolic network.
    """

    call: tuple[str, ...]
    document: Document
    notation: Notation
    graph: Graph
    trace: Trace | None

    def written(self, notation: str = "") -> Notation:
        """Return a notation by name, bound to the network; ``""`` is the one of the call."""
        return bound(profile(notation), facts.facts_of(self.graph)) if notation else self.notation

    def spoken(self, notation: str = "") -> Document:
        """Return the document in the letters of a notation."""
        return _spoken(self, notation)


def forget_spoken() -> None:
    """Forget the documents in notations: before another rule writes them, and after it."""
    _spoken.cache_clear()


@functools.lru_cache(maxsize=4)
def _spoken(page: Shown, notation: str) -> Document:
    """Return the document in a notation, which one rule after the other asks for."""
    return speaking.in_notation(page.document, page.written(notation))


@functools.cache
def shown(*call: str, stdin: str = "") -> Shown | None:
    """Run ``backprop CALL`` and return what it prints, or None where it refuses or has no trees."""
    documents: list[tuple[Document, Notation]] = []
    graphs: list[Graph] = []
    traces: list[Trace] = []

    def in_notation(document: Document, chosen: Any) -> Document:
        letters = chosen if isinstance(chosen, Notation) else bound(chosen)
        documents.append((document, letters))
        return Document("", ())  # what follows is text, which nobody reads here

    def facts_of(graph: Graph) -> Any:
        found = know(graph)  # which asks for the network that a graph was made from
        graphs.append(graph)
        return found

    def traced(*args: Any, **options: Any) -> Trace:
        traces.append(start(*args, **options))
        return traces[-1]

    know, start = facts.facts_of, running.run
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(speaking, "in_notation", in_notation))
        stack.enter_context(mock.patch.object(facts, "facts_of", facts_of))
        stack.enter_context(mock.patch.object(running, "run", traced))
        done = run(*call, stdin=stdin)
    if done.code == 2 or not documents or not graphs:
        return None
    graph = graphs[-1]
    trace = next((t for t in reversed(traces) if t.graph is graph), None)
    if trace is None and not graph.symbolic:
        trace = running.run(graph)
    return Shown(call, *documents[-1], graph, trace)


def calls_of(name: str) -> Iterator[tuple[str, ...]]:
    """Yield the calls of every command that shows mathematics of an example network.

    Those of layers take turns: every eighth, of long examples every twelfth, of those without
    numbers, which are few, every sixth.
    """
    graph, numbers = load(config(name)), name in NAMES
    every = 12 if name in LONG else (8 if numbers else 6) if graph.layered else 1
    calls = network_calls(config(name), numbers=numbers, layered=graph.layered)
    for turn, call in enumerate(calls, EXAMPLES.index(name)):
        if has_turn(turn, every):
            yield call


def network_calls(net: str, *, numbers: bool, layered: bool) -> Iterator[tuple[str, ...]]:
    """Yield the calls for a network file; those that need numbers or layers where it has them."""
    chosen = tuple(styles()) if layered else ()
    yield ("describe", net)
    for style in chosen:
        yield ("derive", net, "--style", style)
        yield ("derive", net, "--style", style, "--wrt", "x", "--wrt", "a1")
    for mode in modes():
        yield ("derive", net, "--mode", mode)
    yield ("worksheet", net)
    if not numbers:
        return
    yield from traces(net)
    for style in chosen:
        yield ("derive", net, "--style", style, "--numbers")
    for mode in modes():
        yield ("derive", net, "--mode", mode, "--numbers")
    if layered:
        yield ("derive", net, "--wrt", "dx[1]", "--expand")
    yield ("worksheet", net, "--solution")
    yield ("check", net, "--answer", "loss=0.123456", "--feedback", "full")
    for rest in ((), ("--optimizer", "adam"), ("--steps", "3")):
        yield ("step", net, "--lr", "0.1", *rest)
    yield ("gradcheck", net)
    yield ("diagnose", net, "--full")


def traces(net: str) -> Iterator[tuple[str, ...]]:
    """Yield the calls of ``trace``."""
    for rest in (
        (),
        ("--full",),
        ("--steps",),
        ("--exact",),
        ("--exact", "--steps"),
        ("--round-forward", "2", "--round-backward", "3"),
        ("--as-graph",),
        ("--as-graph", "operations"),
    ):
        yield ("trace", net, *rest)


EXERCISES = tuple(
    ("exercise", "--shape", shape, "--activation", activation, "--seed", seed)
    for shape, activation, seed in (
        ("2-2-1", "relu", "7"),
        ("3-2", "sigmoid", "1"),
        ("1-1-1", "tanh", "3"),
    )
)


def every_call() -> Iterator[tuple[str, ...]]:
    """Yield every call that the page is checked on: all commands on all examples."""
    for name in EXAMPLES:
        yield from calls_of(name)
    yield from EXERCISES


def commands_with_mathematics() -> set[str]:
    """Return the subcommands that take ``--notation``, and so print mathematics."""
    with click.Context(group) as context:
        found = {name: group.get_command(context, name) for name in command_names()}
    return {
        name
        for name, command in found.items()
        if command is not None and any(p.name == "notation" for p in command.params)
    }
