"""Trace → Document: the sections of ``trace``, in the order in which the passes run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from ...expression.refs import plain_name
from ...expression.tree import ZERO, Quantity
from ...graph.names import probability_ref
from ...graph.records import Graph
from ...passes.noise import noise_sizes
from ...passes.trace import Trace
from ..building import note, paragraph, section
from ..document import Block, Code, Document, Equations, Math, Note, Section, Step, Text
from ..entry_steps import left_out, needed_entries, worked_chain
from ..given import given_sections
from ..grids import named_remarks
from ..pages import pages_of
from ..steps import Writer
from ..view import View
from .forward import layers_left_out
from .pictures import pictured, way_of


def trace_document(
    trace: Trace, view: View, conventions: tuple[str, ...] = (), before: Trace | None = None
) -> Document:
    """Return the document of a trace for one reader's view.

    ``conventions`` are sentences about how the numbers were made (rounding), said at the top.
    ``before`` is the trace of the network as its file has it, where some of it was changed.
    """
    graph = trace.graph
    opening: list[Block] = [paragraph(shape_sentence(graph))]
    opening += [note(sentence) for sentence in conventions]
    if graph.mixed and view.only != "forward":
        from ..touching import touching_notes

        opening += touching_notes(graph)
    if before is not None:
        from ..comparison.changed import changed_section

        opening.append(changed_section(before, trace, view.wrt))
    if view.wrt:
        blocks = [*opening, *wrt_sections(trace, view)]
    else:
        in_lines = view.steps or not all_short(trace)
        worked = step_sections if in_lines else pages_of(graph).tables
        opening += [layers_left_out(view)] if in_lines and view.between else []
        brief = view.brief and not in_lines
        if brief:
            from .briefly import given_briefly, left_out_note

            opening.append(left_out_note())
        given = given_briefly(trace, view) if brief else given_sections(graph)
        given = given if view.begins else []
        pages = pictured(worked(trace, view), trace, shown_sample(view))
        blocks = [*opening, *given, *pages, *_nested(graph)]
    if view.pairs:
        from .pairs import pair_sections

        blocks += pair_sections(trace, view)
    brief = view.brief and not view.wrt
    document = Document(graph.name or graph.words.title, tuple(blocks), brief, noise_sizes(trace))
    if not view.why:
        return document
    from ..why import with_reasons

    return with_reasons(document, graph, trace)


def _nested(graph: Graph) -> list[Block]:
    """Return where to see the operations one by one, where a line of a graph has several."""
    if graph.layers:
        return []
    from ...functions.formula import Formula

    lines = (node.rule for node in graph.nodes)
    operations = (line.operations for line in lines if isinstance(line, Formula))
    kinds = ({operation.primitive.name for operation in line} for line in operations)
    if all(len(each) < 2 for each in kinds):
        return []
    words = Text("a line of several operations is one node here; each is one with ")
    return [Note((words, Code("--as-graph operations")))]


def shown_sample(view: View) -> int:
    """Return the sample that pictures show: the first of those that are asked for."""
    return view.samples[0] if view.samples else 1


def all_short(trace: Trace) -> bool:
    """Return whether every number fits a table's cell: closed forms such as 1/(1+e^-1) do not."""
    if trace.arithmetic.name != "exact":
        return True
    return all(
        isinstance(number.value, Fraction)
        for array in (*trace.values, *trace.gradients)
        if array is not None
        for number in array.ravel()
    )


def step_sections(trace: Trace, view: View) -> list[Block]:
    """Return one worked line an entry, in the order in which they are computed."""
    writer = Writer(trace, view.widest_sum, nested=view.most_products)
    more = left_out(writer, view)
    sections: list[Block] = []
    for name, title, steps in needed_entries(writer, view):
        blocks: list[Block] = [Equations(tuple(map(worked_chain, steps)))]
        blocks += zero_notes(trace.graph, steps)
        if more.get(name):
            blocks.append(note(f"{more[name]} more lines: --full shows all"))
        if steps:
            sections.append(Section(name, (title,), tuple(blocks)))
    return sections


def wrt_sections(trace: Trace, view: View) -> list[Block]:
    """Return, for each name asked for, what it needs: the values it uses, then the chain to it."""
    from .grid_sections import chosen_grids
    from .likely import probability_section, reads_probabilities
    from .path import path_steps

    writer = Writer(trace, view.widest_sum, nested=view.most_products)
    blocks: list[Block] = []
    for ref in view.wrt:
        name = plain_name(ref, trace.graph.in_out)
        inner = way_of(trace, ref, int(ref.sample or shown_sample(view)))
        named = [ref]
        if reads_probabilities(trace.graph, ref):
            named.insert(0, probability_ref(ref.of()))
            inner.append(probability_section(writer, ref, view))
        inner += chosen_grids(writer, ref, view)
        for title, steps in path_steps(writer, ref, view):
            if not steps:
                continue
            lines = Equations(tuple(map(worked_chain, steps)))
            notes = zero_notes(trace.graph, steps)
            inner.append(section(f"{name}-{title}", title, (lines, *notes), 3))
        letters = [part for each in named for part in (Text(", "), Math(Quantity(each)))][1:]
        names = ", ".join(plain_name(each, trace.graph.in_out) for each in named)
        blocks.append(Section(name, (*letters, Text(f"  {names}")), tuple(inner)))
    return blocks


def zero_notes(graph: Graph, steps: Iterable[Step]) -> Iterator[Note]:
    """Yield why, of each quantity of which a line says 0 and no more.

    A number of a network's graph, y⁽²⁾₂, that is given as 0 has no reason.
    """
    zeros = dict.fromkeys(step.target.bare() for step in steps if step.formula == ZERO)
    return named_remarks(graph, (ref for ref in zeros if graph.find(ref) is not None))


def shape_sentence(graph: Graph) -> str:
    """Return the subject in a line: ``2 → 2 sigmoid → 2 sigmoid, half_squared_error``."""
    return pages_of(graph).sentence(graph)
