"""Every document that the examples give: what each renderer is tested on."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from backprop_cli.deriving import styles
from backprop_cli.deriving.arranging import derive_document
from backprop_cli.deriving.graphs import modes
from backprop_cli.deriving.graphs.arranging import derived
from backprop_cli.graph.build import build
from backprop_cli.graph.records import Graph
from backprop_cli.notation import profile, profile_names
from backprop_cli.notation.bound import Notation, bound
from backprop_cli.notation.facts import facts_of
from backprop_cli.notation.profile import Profile
from backprop_cli.notation.speaking import in_notation
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace
from backprop_cli.printing.mathematics import Settings
from backprop_cli.printing.page import Page
from backprop_cli.problems import Refusal
from backprop_cli.render import named
from backprop_cli.spec.network import read_network
from backprop_cli.worked.arranging import trace_document
from backprop_cli.worked.describing import describe_document
from backprop_cli.worked.document import Document
from backprop_cli.worked.view import View

CONFIGS = Path(__file__).parents[2] / "configs"


class Case(Struct, frozen=True):
    """A document, the notation that it is written in, and how its numbers are shown."""

    name: str
    document: Document
    notation: Notation
    settings: Settings

    def rendered(self, format_name: str, *, standalone: bool = False) -> str:
        """Return the document's text in a format."""
        found = named(format_name)
        assert found is not None
        page = Page(standalone=standalone)
        printer = found.printer(self.notation, self.settings, page)
        return found.render(in_notation(self.document, self.notation), printer, page)


@functools.cache
def cases(notation: str = "", *, exact: bool = True) -> tuple[Case, ...]:
    """Return the descriptions, traces and derivations of every example, in a notation.

    ``""`` is the example's own. Exact traces, which take their time, can be left out.
    """
    return tuple(_cases(notation, exact=exact))


def every_notation() -> tuple[str, ...]:
    """Return the names of all packaged notations."""
    return profile_names()


def _cases(notation: str, *, exact: bool) -> Iterator[Case]:
    for path in sorted(CONFIGS.glob("*.yaml")):
        written, graph, documents = _made(path, exact)
        chosen = _chosen(notation or written or "standard")
        letters = bound(chosen, facts_of(graph))
        for name, document, settings in documents:
            yield Case(f"{path.stem} {notation} {name}", document, letters, settings)


@functools.cache
def _made(
    path: Path, exact: bool
) -> tuple[Profile | None, Graph, tuple[tuple[str, Document, Settings], ...]]:
    """Return an example's own notation, its graph and its documents, which know no letters."""
    spec = read_network(str(path))
    graph = build(spec)
    kinds = (False, True) if exact else (False,)
    return spec.notation, graph, tuple(_documents(graph, kinds))


def _chosen(notation: Profile | str) -> Profile:
    return profile(notation) if isinstance(notation, str) else notation


def _documents(graph: Graph, kinds: tuple[bool, ...]) -> Iterator[tuple[str, Document, Settings]]:
    yield "describe", describe_document(graph), Settings()
    for name, document in _derivations(graph, None):
        yield name, document, Settings()
    for exact in kinds:
        try:
            trace = run(graph, exact=exact)
        except Refusal:
            continue
        settings = Settings(exact=exact)
        for steps in (False, True):
            words = f"trace{' steps' if steps else ''}{' exact' if exact else ''}"
            yield words, trace_document(trace, View(steps=steps)), settings
        if not exact:
            for name, document in _derivations(graph, trace):
                yield f"{name} numbers", document, settings


def _derivations(graph: Graph, trace: Trace | None) -> Iterator[tuple[str, Document]]:
    """Yield the derivation in every style, of a computation graph in every mode."""
    if graph.layered:
        for style in styles().values():
            yield f"derive {style.name}", derive_document(graph, trace, style, ())
        return
    for mode in modes().values():
        yield f"derive {mode.name}", derived(graph, trace, mode, ()).document
