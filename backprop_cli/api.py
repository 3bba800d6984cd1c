"""The pipeline in Python: ``load`` a network file, ``trace`` it, look at the result."""

from __future__ import annotations

from os import PathLike, fspath
from typing import Any

import numpy as np
from msgspec import Struct

from .graph.build import build
from .graph.names import resolve
from .graph.records import Graph
from .notation import profile
from .notation.bound import Notation, bound
from .notation.facts import facts_of
from .notation.speaking import in_notation
from .passes.run import run
from .passes.trace import Trace
from .problems import Source
from .render import Page
from .render.latex_math import LatexMath
from .render.markdown import render_markdown
from .render.mathematics import Settings
from .render.plain_math import UnicodeMath
from .render.terminal import render_text
from .spec.network import parse_network, read_network
from .worked.arranging import trace_document
from .worked.document import Document
from .worked.view import View

Array = np.ndarray[Any, Any]


class Traced(Struct, frozen=True):
    """A traced network: numbers by name, and the worked document as text or in a notebook."""

    trace: Trace
    settings: Settings = Settings()
    notation: str = "standard"

    def value(self, name: str) -> Array:
        """Return a value by its plain name (``z1``), a single sample without the sample's axis."""
        return self._array(name, self.trace.values)

    def gradient(self, name: str) -> Array:
        """Return ∂loss/∂(name): ``gradient("W1")``; δ of layer 1 is ``gradient("z1")``."""
        return self._array(name, self.trace.gradients)

    def text(self, width: int = 80) -> str:
        """Return the worked tables as plain text."""
        drawing = UnicodeMath(self._bound(), self.settings)
        return render_text(self._document(), drawing, Page(width))

    def markdown(self) -> str:
        """Return the worked tables as Markdown with LaTeX mathematics."""
        drawing = LatexMath(self._bound(), self.settings)
        return render_markdown(self._document(), drawing, Page())

    def _bound(self) -> Notation:
        return bound(profile(self.notation), facts_of(self.trace.graph))

    def _document(self) -> Document:
        return in_notation(trace_document(self.trace, View()), self._bound())

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def __str__(self) -> str:
        return self.text()

    def _array(self, name: str, arrays: tuple[Array | None, ...]) -> Array:
        graph = self.trace.graph
        number = graph.find(resolve(name, graph))
        if number is None:
            raise KeyError(name)
        array = arrays[number]
        if array is None:
            return np.zeros(self.trace.values[number].shape)
        return array[0] if graph.single and graph.nodes[number].per_sample else array


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
) -> Traced:
    """Return every value and gradient of a network, in float64 or exactly."""
    graph = network if isinstance(network, Graph) else load(network)
    done = run(graph, exact=exact, round_forward=round_forward, round_backward=round_backward)
    return Traced(done, Settings(digits, exact))
