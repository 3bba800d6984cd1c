"""The pipeline in Python: ``load`` a network file, ``trace`` or ``derive`` it, look at it."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct

from .graph.build import build
from .graph.names import resolve
from .graph.records import Graph
from .notation import profile
from .notation.bound import bound
from .notation.facts import facts_of
from .passes.run import run
from .passes.trace import Trace
from .printing.mathematics import Settings
from .printing.page import Page
from .printing.preparing import prepared
from .problems import Source, nearest, refuse
from .render import named
from .spec.network import parse_network, read_network
from .spec.numbers import number_float
from .worked.arranging import trace_document
from .worked.choosing import view_of
from .worked.document import Document
from .worked.view import View

if TYPE_CHECKING:
    from .checking.records import Marked
    from .checking.running import Checked
    from .checking.showing import Feedback

Array = np.ndarray[Any, Any]


class Shown(Struct, frozen=True):
    """Something worked that shows itself: as text, in a notebook, in any of the formats."""

    graph: Graph
    settings: Settings
    notation: str

    def document(self) -> Document:
        """Return the worked document, in no letters yet."""
        raise ValueError("nothing was worked")

    def render(self, format_name: str = "text", width: int = 80) -> str:
        """Return it in one of the formats: text, markdown, latex, html, typst."""
        found = named(format_name)
        if found is None:
            raise ValueError(f"there is no format '{format_name}'")
        letters = bound(profile(self.notation), facts_of(self.graph))
        page = Page(width, in_out=self.graph.in_out)
        drawing = found.printer(letters, self.settings, page)
        return found.render(prepared(self.document(), drawing), drawing, page)

    def text(self, width: int = 80) -> str:
        """Return it as plain text."""
        return self.render("text", width)

    def markdown(self) -> str:
        """Return it as Markdown with LaTeX mathematics."""
        return self.render("markdown")

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def __str__(self) -> str:
        return self.text()


class Traced(Shown, frozen=True, kw_only=True):
    """A traced network: numbers by name, and the worked tables."""

    trace: Trace

    def value(self, name: str) -> Array:
        """Return a value by its plain name (``z1``), a single sample without the sample's axis."""
        return self._array(name, self.trace.values)

    def gradient(self, name: str) -> Array:
        """Return ∂loss/∂(name): ``gradient("W1")``; δ of layer 1 is ``gradient("z1")``."""
        return self._array(name, self.trace.gradients)

    def document(self) -> Document:
        """Return the worked tables."""
        return trace_document(self.trace, View())

    def _array(self, name: str, arrays: tuple[Array | None, ...]) -> Array:
        graph = self.graph
        number = graph.find(resolve(name, graph))
        if number is None:
            raise KeyError(name)
        array = arrays[number]
        if array is None:
            return np.zeros(self.trace.values[number].shape)
        return array[0] if graph.single and graph.nodes[number].per_sample else array


class CheckedAnswers(Shown, frozen=True, kw_only=True):
    """Somebody's sheets, marked: each answer with its verdict, and the document."""

    trace: Trace | None
    sheets: tuple[Checked, ...]
    rate: float | None = None
    feedback: Feedback = "hint"

    @property
    def marked(self) -> tuple[Marked, ...]:
        """Each sheet with its answers judged."""
        return tuple(sheet.marked for sheet in self.sheets)

    @property
    def all_right(self) -> bool:
        """Whether every answer of every sheet is right."""
        return all(sheet.all_right for sheet in self.sheets)

    def document(self) -> Document:
        """Return what one student is shown, or of several sheets what the grader is."""
        from .checking.classes import checked_document

        return checked_document(self.sheets, self.trace or self.graph, self.feedback, self.rate)


class Derivation(Shown, frozen=True, kw_only=True):
    """A derivation of gradients, in one of the styles."""

    derived: Document

    def document(self) -> Document:
        """Return the derivation."""
        return self.derived


def load(path: str | PathLike[str]) -> Graph:
    """Return the graph of a network file; raise Refusal with every problem found in it."""
    return build(read_network(fspath(path)))


def loads(text: str, name: str = "<text>") -> Graph:
    """Return the graph of a network written as YAML text."""
    return build(parse_network(Source(name, text)))


def trace(
    network: Graph | str | PathLike[str],
    *,
    exact: bool = False,
    digits: int = 4,
    round_forward: int | None = None,
    round_backward: int | None = None,
    notation: str = "standard",
) -> Traced:
    """Return every value and gradient of a network, in float64 or exactly."""
    graph = network if isinstance(network, Graph) else load(network)
    done = run(graph, exact=exact, round_forward=round_forward, round_backward=round_backward)
    return Traced(graph, Settings(digits, exact), notation, trace=done)


def derive(
    network: Graph | str | PathLike[str],
    *wrt: str,
    style: str = "leibniz",
    mode: str | None = None,
    numbers: bool = False,
    exact: bool = False,
    digits: int = 4,
    notation: str = "standard",
) -> Derivation:
    """Return the derivation of the named gradients (none: the whole backward pass).

    ``mode`` is ``reverse`` (the default), ``forward`` or ``paths``; with the latter two a network
    of layers is derived as its computation graph.
    """
    from .deriving import styles
    from .deriving.arranging import derive_document
    from .deriving.graphs import arranging as nodes

    graph = network if isinstance(network, Graph) else load(network)
    if style not in styles():
        raise refuse(f"there is no style '{style}'", None, nearest(style, styles()))
    way = nodes.mode_named(mode)
    nodes.check_style(graph, mode, style)
    through = nodes.is_through_graph(graph, mode)
    notes: tuple[str, ...] = ()
    if through and graph.layered:
        graph, wrt = nodes.as_nodes(graph, wrt)
        notes = (nodes.SEEN_AS_GRAPH,)
    wanted = view_of(graph, wrt=wrt).wrt
    done = run(graph, exact=exact) if numbers else None
    if through:
        document = nodes.derived(graph, done, way, wanted, notes).document
    else:
        document = derive_document(graph, done, styles()[style], wanted)
    return Derivation(graph, Settings(digits, exact), notation, derived=document)


def check(
    network: Graph | str | PathLike[str],
    *sheets: str | PathLike[str] | Mapping[str, Any],
    tolerance: float | None = None,
    feedback: Feedback = "hint",
    learning_rate: float | None = None,
    digits: int = 4,
    notation: str = "standard",
) -> CheckedAnswers:
    """Return the sheets marked: files, folders of them, or mappings such as ``{"z1": [1]}``.

    In a mapping an answer is best a text, which keeps its decimals. ``learning_rate`` is needed
    for answers after one step (``W1'``) and is the network file's where that is given by name.
    """
    from .checking.reading import read_mapping, read_sheets
    from .checking.running import Wishes, check_all, reading_of, trace_of

    rate = learning_rate
    if isinstance(network, Graph):
        graph = network
    else:
        spec = read_network(fspath(network))
        graph = build(spec)
        if rate is None and spec.learning_rate is not None:
            rate = number_float(spec.learning_rate.text)
    done = trace_of(graph)
    letters = bound(profile(notation), facts_of(graph))
    reading = reading_of(graph, done, rate, letters)
    reads = [
        read
        for sheet in sheets
        for read in (
            [read_mapping(sheet, reading)]
            if isinstance(sheet, Mapping)
            else read_sheets((fspath(sheet),), reading)
        )
    ]
    checked = tuple(check_all(graph, done, rate, reads, Wishes(tolerance)))
    return CheckedAnswers(
        graph, Settings(digits), notation, trace=done, sheets=checked, rate=rate, feedback=feedback
    )
