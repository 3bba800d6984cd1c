"""Every document that the examples give: what each renderer is tested on."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from backprop_cli.deriving import styles
from backprop_cli.deriving.derive_document import derive_document
from backprop_cli.deriving.graphs import Mode, modes
from backprop_cli.deriving.graphs.graph_document import derived
from backprop_cli.files.network import read_network
from backprop_cli.graph.build import build
from backprop_cli.graph.records import Graph
from backprop_cli.notation import profile, profile_names
from backprop_cli.notation.bound import Notation, bound
from backprop_cli.notation.documents import in_notation
from backprop_cli.notation.facts import facts_of
from backprop_cli.notation.notation_table import notation_sections
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace
from backprop_cli.printing.page import Page
from backprop_cli.printing.settings import Settings
from backprop_cli.problems import Refusal
from backprop_cli.render import named
from backprop_cli.spec.profile import Profile
from backprop_cli.worked.describe.describe_document import describe_document
from backprop_cli.worked.document import Document
from backprop_cli.worked.trace.trace_document import trace_document
from backprop_cli.worked.view import View

from ..commands.running import CONFIGS, EXAMPLES
from ..pairing import LONG, has_turn


class Case(Struct, frozen=True):
    """How a document is made, the notation that it is written in, and how its numbers are shown."""

    name: str
    document: Callable[[], Document]
    notation: Notation
    settings: Settings

    def rendered(
        self, format_name: str, *, standalone: bool = False, pictures: bool = False
    ) -> str:
        """Return the document's text in a format."""
        found = named(format_name)
        assert found is not None
        page = Page(standalone=standalone, pictures=pictures)
        printer = found.printer(self.notation, self.settings, page)
        return found.render(in_notation(self.document(), self.notation), printer, page)


def cases(notation: str = "", *, exact: bool = True) -> tuple[Case, ...]:
    """Return the descriptions, traces and derivations of every example, in a notation.

    ``""`` is the example's own. Exact traces, which take their time, can be left out. Those of long
    examples take turns, others in another notation, and so do exact traces.
    """
    turn = len(notation)
    return tuple(
        case
        for name in EXAMPLES
        for number, case in enumerate(cases_of(name, notation, exact=exact), turn)
        if has_turn(number, 4 if name in LONG else 2 if case.settings.exact else 1)
    )


@functools.cache
def cases_of(name: str, notation: str = "", *, exact: bool = True) -> tuple[Case, ...]:
    """Return those of one example."""
    path = CONFIGS / f"{name}.yaml"
    written, graph, documents = _made(path, exact)
    letters = bound(_chosen(notation or written or "standard"), facts_of(graph))
    return tuple(
        Case(f"{name} {notation} {kind}", document, letters, settings)
        for kind, document, settings in documents
    )


@functools.cache
def pages(format_name: str) -> dict[str, str]:
    """Return the text of every fifth in a format, by its name."""
    turns = enumerate(cases(), len(format_name))
    return {case.name: case.rendered(format_name) for turn, case in turns if has_turn(turn, 5)}


def every_notation() -> tuple[str, ...]:
    """Return the names of all packaged notations."""
    return profile_names()


@functools.cache
def _made(
    path: Path, exact: bool
) -> tuple[Profile | None, Graph, tuple[tuple[str, Callable[[], Document], Settings], ...]]:
    """Return an example's own notation, its graph and what makes its documents, without letters."""
    spec = read_network(str(path))
    graph = build(spec)
    kinds = (False, True) if exact else (False,)
    made = ((name, functools.cache(make), settings) for name, make, settings in _all(graph, kinds))
    return spec.notation, graph, tuple(made)


def _chosen(notation: Profile | str) -> Profile:
    return profile(notation) if isinstance(notation, str) else notation


def _all(
    graph: Graph, kinds: tuple[bool, ...]
) -> Iterator[tuple[str, Callable[[], Document], Settings]]:
    table = notation_sections(graph, bound(profile("standard"), facts_of(graph)))
    yield "describe", functools.partial(describe_document, graph, table), Settings()
    for name, make in _derivations(graph, None):
        yield name, make, Settings()
    for exact in kinds:
        try:
            trace = run(graph, exact=exact)
        except Refusal:
            continue
        settings = Settings(exact=exact)
        for steps in (False, True):
            words = f"trace{' steps' if steps else ''}{' exact' if exact else ''}"
            yield words, functools.partial(trace_document, trace, View(steps=steps)), settings
        if not exact:
            for name, make in _derivations(graph, trace):
                yield f"{name} numbers", make, settings


def _derivations(graph: Graph, trace: Trace | None) -> Iterator[tuple[str, Callable[[], Document]]]:
    """Yield what makes the derivation in every style, of a computation graph in every mode."""
    if graph.layered:
        for style in styles().values():
            make = functools.partial(derive_document, graph, trace, style, (), View())
            yield f"derive {style.name}", make
        return
    for mode in modes().values():
        yield f"derive {mode.name}", functools.partial(_in_mode, graph, trace, mode)


def _in_mode(graph: Graph, trace: Trace | None, mode: Mode) -> Document:
    return derived(graph, trace, mode, (), View())[0]
