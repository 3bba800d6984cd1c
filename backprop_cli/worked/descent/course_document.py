"""Many steps of descent: the rule, and a table of the loss and of chosen parameters."""

from __future__ import annotations

from ...expression.refs import Ref
from ...expression.tree import Call, Expr, Quantity
from ...functions.schedules import ETA_T
from ...graph.records import Graph
from ...passes.descent.plan import Plan
from ...passes.descent.records import Course
from ...passes.descent.watching import Watched
from ...problems import counted
from ..building import column, note, paragraph, section
from ..document import (
    Block,
    Column,
    Document,
    Figure,
    Inline,
    Math,
    Note,
    Paragraph,
    Picture,
    Section,
    Strong,
    Table,
    Text,
    ValueCurve,
)
from ..entry_steps import figure
from ..trace.trace_document import shape_sentence
from .answers import answers
from .rule import is_altered, rule_section
from .step_document import frozen_sentences


def course_document(
    graph: Graph,
    plan: Plan,
    course: Course,
    watched: tuple[Watched, ...],
    plot: ValueCurve,
    conventions: tuple[str, ...] = (),
) -> Document:
    """Return the document of a descent's course; ``watched`` is what else it shows.

    Formats that draw have the plot below the table.
    """
    blocks: list[Block] = [paragraph(shape_sentence(graph))]
    said = [*conventions, *frozen_sentences(graph, plan), *_clipping_sentences(plan)]
    if plan.batch_size is not None:
        what = f"{plan.batch_size} samples" if plan.batch_size > 1 else "one sample"
        said.append(f"each step uses the next {what} of {graph.samples}, in the file's order")
    blocks += [note(sentence) for sentence in said]
    blocks += [rule_section(plan, None), _course_section(graph, plan, course, watched, plot)]
    if course.after:
        blocks += answers(graph, course.before, course.after)
    return Document(graph.name or "Network", tuple(blocks))


def _clipping_sentences(plan: Plan) -> list[str]:
    if not is_altered(plan) or not plan.clip_norm:
        return []
    return [
        f"κ = min(1, {plan.clip_norm}/(r + 1e-6)) at each step, r the norm of the whole gradient"
    ]


def _course_section(
    graph: Graph, plan: Plan, course: Course, watched: tuple[Watched, ...], plot: ValueCurve
) -> Section:
    loss = graph.nodes[graph.end].ref
    columns = [column("step", "figure"), Column((Math(Quantity(loss)),))]
    if plan.batch_size is not None:
        columns.append(column("on the next samples", "figure"))
    if plan.schedule is not None:
        columns.append(Column((Math(ETA_T),)))
    columns += [Column((Math(_heading(each)),)) for each in watched]
    rows: list[tuple[Inline | None, ...]] = []
    for row in course.rows:
        cells: list[Inline | None] = [Figure(row.step), figure(row.loss)]
        if plan.batch_size is not None:
            cells.append(Text("") if row.batch_loss is None else figure(row.batch_loss))
        if plan.schedule is not None:
            cells.append(Text("") if row.rate is None else figure(row.rate))
        rows.append((*cells, *map(figure, row.shown)))
    blocks: list[Block] = [Picture(plot)] if len(plot.values) > 1 else []
    blocks.append(Table(tuple(columns), tuple(rows)))
    if course.stopped is not None:
        blocks.append(Note((Strong(f"stopped at step {course.stopped.step}"), _why(course))))
    else:
        blocks.insert(0, _summary(course, loss))
    return section("descent", "The descent", blocks)


def _heading(watched: Watched) -> Expr:
    """Return what stands over the column: a quantity, or the state that is kept of it."""
    quantity = Quantity(watched.ref)
    return Call(watched.letter, (quantity,)) if watched.letter else quantity


def _why(course: Course) -> Inline:
    return Text(f": {course.stopped.what}" if course.stopped is not None else "")


def _summary(course: Course, loss: Ref) -> Paragraph:
    first, last = course.rows[0], course.rows[-1]
    steps = last.step - first.step
    count = counted(steps, "step")
    since = f" (steps {first.step + 1} to {last.step})" if first.step else ""
    return Paragraph(
        (
            Text(f"After {count}{since} "),
            Math(Quantity(loss)),
            Text(" has gone from "),
            figure(first.loss),
            Text(" to "),
            figure(last.loss),
        )
    )
