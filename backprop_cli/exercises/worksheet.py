"""Worksheet: the problem with blanks as a Document, or its key with every line worked."""

from __future__ import annotations

import re
from typing import Any

from ..expression.axes import dimensions, is_matrix
from ..expression.refs import Ref
from ..expression.tree import ZERO, Blank, Compare, Number
from ..graph.records import Graph
from ..notation.bound import Notation
from ..passes.trace import Trace
from ..problems import counted
from ..worked import document as doc
from ..worked.building import column, note, paragraph, section
from ..worked.document import with_layers
from ..worked.entry_steps import titled
from ..worked.graphs.remarks import with_symbols_said
from ..worked.grids import named_remarks
from ..worked.trace.trace_document import shape_sentence
from ..worked.view import View
from .given_section import given_section
from .questions import Question, Questions, in_order_of_time
from .worksheet_lines import RATE, Guide, WorksheetLines
from .worksheet_tables import ArrayTables

NAME, DATE = 28, 12
"""The blanks for the student's name and the date."""
FORMULA, NARROWEST = 36, 9
_PARTS = {
    "forward": "Forward",
    "loss": "Loss",
    "backward": "Backward",
    "gradients": "Gradients",
    "step": "One step",
}


def worksheet(
    subject: Trace | Graph,
    questions: Questions,
    notation: Notation,
    *,
    digits: int,
    exact: bool = False,
    guide: Guide = "formula",
    solution: bool = False,
    rate: Any = None,
    view: View | None = None,
    brief: bool = False,
) -> doc.Document:
    """Return the worksheet of a network, or with ``solution`` its key.

    A network without numbers is asked for formulas. ``rate`` is the learning rate in the
    arithmetic of the trace, where a parameter is asked after one step. A ``brief`` one has an
    equation and a table for each array, in place of a line for each entry.
    """
    graph = subject.graph if isinstance(subject, Trace) else subject
    symbolic = not isinstance(subject, Trace)
    lines = WorksheetLines(subject, questions.asked, rate)
    width = FORMULA if symbolic else max(NARROWEST, digits + 5)
    blocks: list[doc.Block] = []
    if not solution:
        who, date = doc.Math(Blank(NAME)), doc.Math(Blank(DATE))
        blocks.append(doc.Paragraph((doc.Text("Name: "), who, doc.Text("   Date: "), date)))
    if graph.description:
        blocks.append(paragraph(graph.description))
    shown = View() if view is None else view
    blocks.append(given_section(graph, notation, shown, functions=not brief))
    if any(each.step for each in questions.asked):
        rate_is = Compare("==", RATE, Number(rate))
        blocks.append(doc.Paragraph((doc.Text("The learning rate: "), doc.Math(rate_is))))
    wanted = _asked(graph, questions, None if exact else digits, brief=brief, guide=guide)
    blocks.append(wanted)
    tables = ArrayTables(subject, questions.asked, guide, width, solution) if brief else None
    asking: list[doc.Block] = []
    groups: dict[tuple[str, object], list[Question]] = {}
    for each in questions.asked:
        of_loss = each.part == "loss"
        groups.setdefault((each.part, None if of_loss else each.ref.layer), []).append(each)
    for (part, layer), asked in groups.items():
        chains: list[doc.Chain] = []
        nothing: dict[Ref, None] = {}
        in_lines = [each for each in asked if tables is None or not each.shape]
        for each, ref in in_order_of_time(graph, in_lines):
            line = lines.worked(each, ref) if solution else lines.blank(each, ref, guide, width)
            chains.append(line)
            if (solution or guide != "none") and lines.formula(each, ref) == ZERO:
                nothing[ref.bare()] = None
        heading = _title(graph, part, layer, asked[0])
        name = part if layer is None else f"{part}-{layer}"
        inner = () if tables is None else tables.blocks([each for each in asked if each.shape])
        alone = (doc.Equations(tuple(chains)),) if chains else ()
        why = named_remarks(graph, nothing)
        asking.append(doc.Section(name, (heading,), (*inner, *alone, *why)))
    blocks += with_symbols_said(asking) if not graph.layers else asking
    title = graph.name or graph.words.title
    return doc.Document(f"{title}: solution" if solution else title, tuple(blocks))


def sheet_head(
    graph: Graph, questions: Questions, digits: int | None, *, solution: bool
) -> list[str]:
    """Return the lines that stand above a sheet to fill in."""
    title = graph.name or "Answers"
    lines = [f"{title}{': solution' if solution else ''}", shape_sentence(graph)]
    if not solution:
        lines.append("Put an answer in the place of each ~.")
        lines.append(_how(digits, graph))
        letters = _without_formula(graph)
        if letters:
            given = "'backprop check' takes it once the network's file has formulas for"
            lines.append(f"{given} {', '.join(letters)}.")
    if questions.left_out:
        lines.append(_left_out(questions))
    if questions.layers:
        lines.append("".join(map(str, _no_layers(questions.layers))))
    if questions.lines:
        lines.append(_no_lines(questions.lines))
    return lines


def _without_formula(graph: Graph) -> list[str]:
    """Return the functions that are letters only: formulas are compared by their numbers."""
    rules = [node.rule for node in graph.nodes if node.rule is not None]
    letters = (letter for rule in rules for letter in (rule.letter, *rule.unspecified))
    return list(dict.fromkeys(filter(None, letters)))


def _how(digits: int | None, graph: Graph) -> str:
    """Return how finely the answers are wanted."""
    if graph.symbolic:
        example = graph.words.formula
        return f"Answers are formulas of what is given and what comes before, such as {example}."
    if digits is None:
        return "Give exact numbers, such as 3/8 or exp(-1)."
    return (
        f"Give numbers to {counted(digits, 'decimal')}, very small ones with more (4.4e-6); "
        "exact ones such as 3/8, and formulas of what comes before, are fine too."
    )


def _asked(
    graph: Graph, questions: Questions, digits: int | None, *, brief: bool, guide: Guide
) -> doc.Section:
    columns = (
        column("quantity"),
        column("name"),
        column("meaning", "prose"),
        column("numbers", "figure"),
    )
    rows: list[tuple[doc.Inline | None, ...]] = [
        (
            doc.Math(each.symbol(each.ref)),
            doc.Code(each.name),
            _counted_by_notation(each.meaning),
            doc.Text(
                dimensions(each.shape, "1"),
                turned=dimensions(each.shape[::-1])
                if is_matrix(each.ref.part, len(each.shape))
                else "",
            ),
        )
        for each in questions.asked
    ]
    blocks: list[doc.Block] = [paragraph(_how(digits, graph))]
    if not brief or guide == "none":  # an array's equation has its quantity and name
        blocks.append(doc.Table(columns, tuple(rows)))
    if brief:
        said = doc.Text("each array has its equation and one table: "), doc.Code("--full")
        blocks.append(doc.Note((*said, doc.Text(" has a line for each number"))))
    if questions.left_out:
        blocks.append(note(_left_out(questions)))
    if questions.layers:
        blocks.append(doc.Note((with_layers(_no_layers(questions.layers)),)))
    if questions.lines:
        blocks.append(note(_no_lines(questions.lines)))
    return section("asked", "What is asked", blocks)


def _counted_by_notation(meaning: str) -> doc.Text:
    """Return a quantity's meaning, its layer to be counted from where the notation's letters do."""
    pieces = re.split(r"(?<=\blayer )([0-9]+)", meaning)
    return with_layers(tuple(int(p) if p.isdecimal() else p for p in pieces))


def _no_layers(layers: range) -> tuple[str | int, ...]:
    first, last = layers[0], layers[-1]
    return "Not asked, being many: layers ", first, " to ", last, "; --full asks for them."


def _no_lines(count: int) -> str:
    return f"Not asked, being many: {count} more lines; --full asks for them."


def _left_out(questions: Questions) -> str:
    names = ", ".join(f"{each.name} ({each.size:,} numbers)" for each in questions.left_out)
    return f"Not asked, being large: {names}; --blank NAME asks for one, or for an entry of it."


def _title(graph: Graph, part: str, layer: object, first: Question) -> doc.Text:
    found = next((each for each in graph.layers if each.index == layer), None)
    if found is not None:
        return with_layers((f"{_PARTS[part]}: layer ", *titled(found)))
    of_input = part == "backward" and first.ref.part in graph.words.inputs
    return doc.Text(f"{_PARTS[part]}: input" if of_input else _PARTS[part])
