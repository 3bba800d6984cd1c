"""The pipeline in Python: ``load`` a network file, ``trace`` or ``derive`` it, look at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct, structs

from ..expression.refs import Ref
from ..files.network import parse_network, read_network
from ..graph.build import build
from ..graph.layer_names import gradient_of
from ..graph.names import UnknownName
from ..graph.records import Graph
from ..graph.resolving import (
    derivative_parts,
    is_loss,
    resolve,
    resolve_number,
    resolve_step,
    scores_of,
)
from ..languages import ENGLISH, known
from ..notation.bound import bound
from ..notation.facts import facts_of
from ..notation.options import chosen_profile
from ..passes.local import local_derivative
from ..passes.run import run
from ..passes.trace import Trace
from ..printing.page import Page
from ..printing.preparing import prepared
from ..printing.settings import Settings
from ..problems import Refusal as Refusal
from ..problems import Source, shortened
from ..render import named
from ..spec.profile import Profile
from ..spec.records import NetworkSpec
from ..worked.document import Document
from ..worked.trace.options import changed, view_of
from ..worked.trace.trace_document import trace_document
from . import arguments

if TYPE_CHECKING:
    from ..checking.feedback.sheet_document import Feedback
    from ..checking.next_step import NextStep
    from ..checking.records import Marked
    from ..checking.running import CheckedSheet
    from ..passes.sweep.records import Swept

Array = np.ndarray[Any, Any]
MOST_COLUMNS = 100_000
"""The widest page of text."""


class Shown(Struct, frozen=True):
    """Something worked that shows itself: as text, in a notebook, in any of the formats."""

    graph: Graph
    settings: Settings
    notation: Profile

    def document(self) -> Document:
        """Return the worked document, in no letters yet."""
        raise ValueError("nothing was worked")

    def render(self, format_name: str = "text", width: int = 80, *, language: str = ENGLISH) -> str:
        """Return it in one of the formats: text, markdown, latex, html, typst; in a language."""
        arguments.text("format", format_name, "'markdown'")
        arguments.whole("width", width, 1, MOST_COLUMNS)
        found = named(format_name)
        if found is None:
            raise ValueError(f"there is no format '{format_name}'")
        if language not in known():
            raise ValueError(f"there are no words in '{language}', but in {', '.join(known())}")
        letters = bound(self.notation, facts_of(self.graph))
        page = Page(width, in_out=self.graph.in_out)
        settings = structs.replace(self.settings, language=language)
        drawing = found.printer(letters, settings, page)
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

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.graph!r}: print() shows it>"


class Descent(Struct, frozen=True):
    """What is known of a step of descent: the network file, a rate, decimals to round to."""

    spec: NetworkSpec | None = None
    rate: str | None = None
    roundings: tuple[int | None, int | None] = (None, None)

    def stepped(self, trace: Trace) -> Trace:
        """Return the trace with the parameters after one step, as ``backprop step`` makes it.

        Without a network file it is θ − η ∂loss/∂θ. Raises UnknownName where no rate is known.
        """
        from ..functions.optimizers import OPTIMIZERS
        from ..passes.descent.descender import Descender
        from ..passes.descent.plan import Options, Plan, Standing, plan_of, standing_of

        graph, arithmetic = trace.graph, trace.arithmetic
        if self.rate is None and (self.spec is None or self.spec.learning_rate is None):
            raise UnknownName("after one step: no learning rate", "trace(…, learning_rate=0.1)")
        plan, standing = Plan(OPTIMIZERS["sgd"], self.rate or "", {"weight_decay": "0"}), Standing()
        if self.spec is not None:
            plan = plan_of(graph, self.spec, Options(rate=self.rate))
            standing = standing_of(graph, self.spec, plan, arithmetic)
        forward, backward = self.roundings
        descender = Descender(
            graph, plan, standing, arithmetic, round_forward=forward, round_backward=backward
        )
        descender.step()
        moved = (descender.leaves.get(n, value) for n, value in enumerate(trace.values))
        return structs.replace(trace, values=tuple(moved))


class Traced(Shown, frozen=True, kw_only=True):
    """A traced network: numbers by name, and the worked tables."""

    trace: Trace
    descent: Descent

    def value(self, name: str) -> Array:
        """Return what a name means: ``z1``, ``dW1[1,2]``, ``delta1``, ``W1'``, ``da1/dz1``.

        ``p`` (``p[2]``) is what softmax_cross_entropy makes of the scores, their softmax.

        A single sample has no axis of its own; an entry has the shape (). A local derivative is
        the slope at each entry where it is taken entry by entry (σ′), else it has the shape of A,
        then that of B. Raises UnknownName, a KeyError, with the nearest name.
        """
        arguments.text("name", name, "'dW1[1,2]'")
        parts = derivative_parts(name)
        if parts is not None and not is_loss(parts[0], self.graph):
            return local_derivative(self.trace, *(resolve(part, self.graph) for part in parts))
        if scores_of(name, self.graph) != name:
            return self.trace.array(resolve_number(name, self.graph)).copy()
        ref, step = resolve_step(name, self.graph)
        return self.descent.stepped(self.trace).array(ref) if step else self._array(ref, name)

    def gradient(self, name: str) -> Array:
        """Return ∂loss/∂(name), of the shape of ``value(name)``: ``gradient("W1[1,2]")``.

        What is a gradient already is taken for itself: ``gradient("delta1")`` is that of z1.
        """
        arguments.text("name", name, "'W1[1,2]'")
        ref = resolve(name, self.graph)
        return self._array(gradient_of(ref, name, self.graph), name)

    def document(self) -> Document:
        """Return the worked tables."""
        only = "" if self.graph.loss else "forward"
        return trace_document(self.trace, view_of(self.graph, only=only))

    def _array(self, ref: Ref, name: str) -> Array:
        graph, number = self.graph, self.graph.find(ref)
        if number is None or number >= len(self.trace.values):
            raise UnknownName(f"'{shortened(name)}': it has no numbers")
        if ref.gradient and graph.loss is None:
            raise UnknownName(f"'{shortened(name)}': the network has no loss to differentiate")
        if ref.gradient and not graph.nodes[number].wants_gradient:
            message = f"'{shortened(name)}': no gradient is taken with respect to the target"
            raise UnknownName(message, "that of the output has one: d(a…)")
        return self.trace.array(ref).copy()


class CheckedAnswers(Shown, frozen=True, kw_only=True):
    """Somebody's sheets, marked: each answer with its verdict, and the document."""

    trace: Trace | None
    sheets: tuple[CheckedSheet, ...]
    step: NextStep | None = None
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
        from ..checking.feedback.class_document import checked_document

        return checked_document(self.sheets, self.trace or self.graph, self.feedback, self.step)


class Derivation(Shown, frozen=True, kw_only=True):
    """A derivation of gradients, in one of the styles."""

    derived: Document

    def document(self) -> Document:
        """Return the derivation."""
        return self.derived


def load(path: str | PathLike[str], *, allow_outside: bool = False) -> Graph:
    """Return the graph of a network file; raise Refusal with every problem found in it.

    With ``allow_outside`` its data files may lie outside of its folder.
    """
    return build(read_network(fspath(path), outside=allow_outside))


def loads(text: str, name: str = "<text>") -> Graph:
    """Return the graph of a network written as YAML text."""
    return build(parse_network(Source(name, text)))


def _opened(network: Graph | str | PathLike[str]) -> tuple[Graph, NetworkSpec | None]:
    """Return the graph, and what the file says where the network is given by its name."""
    if isinstance(network, Graph):
        return network, None
    if not isinstance(network, str | PathLike):
        raise TypeError(
            f"a network file's name or a graph is expected, not a {type(network).__name__}: "
            "loads() makes a graph of YAML text"
        )
    spec = read_network(fspath(network))
    return build(spec), spec


def _as_text(value: Any) -> str:
    """Return numbers as a file has them: ``[[0.5, 1/3], [1, 2]]``."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_as_text, value))}]"
    return str(value)


def _letters(notation: str | None, spec: NetworkSpec | None) -> Profile:
    if notation is not None:
        arguments.text("notation", notation, "'bishop'")
    return chosen_profile(notation, None if spec is None else spec.notation)


def trace(
    network: Graph | str | PathLike[str],
    *,
    exact: bool = False,
    digits: int = 4,
    round_forward: int | None = None,
    round_backward: int | None = None,
    learning_rate: float | str | None = None,
    notation: str | None = None,
    set: Mapping[str, Any] | None = None,  # noqa: A002, the option's own name
) -> Traced:
    """Return every value and gradient of a network, in float64 or exactly.

    ``set={"W1[1,2]": 0.3, "x": [1, 2]}`` asks "what if", as ``--set`` does: an entry, or a whole
    array, of what is given. A number, a text such as ``"1/3"``, or lists or arrays of them.
    ``learning_rate`` is for values after one step (``W1'``); where it or ``notation`` is left out
    it is the file's, if the network is given by its file's name.
    """
    arguments.decimals(digits, round_forward, round_backward)
    rate = arguments.rate(learning_rate)
    graph, spec = _opened(network)
    if set is not None:
        arguments.changes(set)
        graph = changed(graph, tuple(f"{name}={_as_text(value)}" for name, value in set.items()))
    done = run(
        graph,
        exact=exact,
        round_forward=round_forward,
        round_backward=round_backward,
        only_forward=graph.loss is None,
    )
    descent = Descent(spec, rate, (round_forward, round_backward))
    letters = _letters(notation, spec)
    return Traced(graph, Settings(digits, exact), letters, trace=done, descent=descent)


def derive(
    network: Graph | str | PathLike[str],
    *wrt: str,
    style: str = "leibniz",
    mode: str | None = None,
    numbers: bool = False,
    expand: bool = False,
    sample: int | None = None,
    exact: bool = False,
    round_forward: int | None = None,
    round_backward: int | None = None,
    why: bool = False,
    induction: bool = False,
    digits: int = 4,
    notation: str | None = None,
) -> Derivation:
    """Return the derivation of the named gradients (none: the whole backward pass).

    ``why`` puts beside each step why it is as it is, ``induction`` tells the general equations as
    base and step.
    ``mode`` is ``reverse`` (the default), ``forward`` or ``paths``; with the latter two a network
    of layers is derived as its computation graph.
    """
    from ..deriving.derivation import Asked, derivation

    arguments.decimals(digits, round_forward, round_backward)
    arguments.text("style", style, "'matrix'")
    for name in wrt:
        arguments.text("what is derived", name, "'W1[1,2]'")
    if mode is not None:
        arguments.text("mode", mode, "'forward'")
    graph, spec = _opened(network)
    asked = Asked(
        wrt=wrt,
        style=style,
        mode=mode,
        numbers=numbers,
        expand=expand,
        sample=sample,
        exact=exact,
        round_forward=round_forward,
        round_backward=round_backward,
        why=why,
        induction=induction,
    )
    if sample is not None and numbers:
        arguments.whole("sample", sample, 1, graph.samples)
    done = derivation(graph, asked)
    letters = _letters(notation, spec)
    return Derivation(done.graph, Settings(digits, exact), letters, derived=done.document)


def sweep(
    network: str | PathLike[str],
    *over: str,
    of: str | None = None,
    part: tuple[int, int] = (1, 1),
) -> Swept:
    """Return a number (the loss) over a grid: ``sweep("net.yaml", "W1[1,1]=-3:3:61").array``.

    ``part=(3, 16)`` computes one part of it, in any process on any machine; ``merge`` puts the
    parts together.
    """
    from ..passes.sweep.run_sweep import run_sweep

    for axis in over or (None,):
        arguments.text("what is varied", axis, "'W1[1,1]=-3:3:61'")
    if of is not None:
        arguments.text("of", of, "'dW1[1,1]'")
    arguments.pair("part", part)
    return run_sweep(read_network(fspath(network)), over, of, part)


def merge(parts: Iterable[Swept]) -> Swept:
    """Return the whole sweep of which these are all the parts, in any order."""
    from ..passes.sweep.records import Swept, merged

    parts = tuple(parts)
    if not parts or not all(isinstance(part, Swept) for part in parts):
        raise TypeError("merge: parts are expected, as sweep(…, part=(1, 2)) returns them")
    return merged([(f"part {number}", part) for number, part in enumerate(parts, 1)])


def check(
    network: Graph | str | PathLike[str],
    *sheets: str | PathLike[str] | Mapping[str, Any],
    tolerance: float | None = None,
    rules: str | PathLike[str] | None = None,
    feedback: Feedback = "hint",
    learning_rate: float | None = None,
    digits: int = 4,
    notation: str | None = None,
) -> CheckedAnswers:
    """Return the sheets marked: files, folders of them, or mappings such as ``{"z1": [1]}``.

    In a mapping an answer is best a text, which keeps its decimals. ``rules`` is a rubric file, as
    that of ``backprop check --rules``. ``learning_rate`` is needed
    for answers after one step (``W1'``) and is the network file's where that is given by name.
    """
    from ..checking.feedback.sheet_document import Feedback
    from ..checking.next_step import next_step
    from ..checking.rules.rubric import Rubric, read_rubric
    from ..checking.running import Overrides, apart, check_all, reading_of, trace_of
    from ..checking.sheets.reading import read_mapping, read_sheets
    from ..exercises.questions import usually_asked

    if not sheets:
        raise TypeError('check: a sheet is expected: a file, a folder, or {"z1": "[0.38, 0.39]"}')
    arguments.decimals(digits)
    arguments.one_of("feedback", feedback, Feedback)
    if tolerance is not None:
        arguments.tolerance(tolerance)
    own_rate = arguments.rate(learning_rate)
    graph, spec = _opened(network)
    letters = _letters(notation, spec)
    done = trace_of(graph)
    reading = reading_of(graph, done, None, bound(letters, facts_of(graph)))
    marker = Rubric()
    if rules is not None:
        marker = read_rubric(fspath(rules), reading.plain, lambda: usually_asked(graph))
    rate = marker.rate if own_rate is None else own_rate
    step = next_step(graph, spec, marker.optimizer, rate)
    reading.takes(step, row_vectors=marker.rules.row_vectors)
    reading.mapping = marker.names
    reads = [
        read
        for sheet in sheets
        for read in (
            [read_mapping(sheet, reading)]
            if isinstance(sheet, Mapping)
            else read_sheets((fspath(sheet),), reading)
        )
    ]
    found, _ = apart(reads)
    checked = tuple(check_all(graph, done, step, found, Overrides(tolerance, rubric=marker)))
    return CheckedAnswers(
        graph, Settings(digits), letters, trace=done, sheets=checked, step=step, feedback=feedback
    )
