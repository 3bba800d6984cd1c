"""The parts of a layer on the way to its z: an equation, a table, one entry worked for each."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import structs

from ...expression.refs import Ref, plain_name
from ...expression.tree import Quantity
from ...functions.rules import NoForm
from ...graph.records import Graph
from ...passes.trace import Trace
from ..document import (
    Block,
    Chain,
    Code,
    Equations,
    Note,
    Text,
)
from ..entry_steps import entry_steps, worked_chain
from ..general_steps import general_formula, whole_formula
from ..steps import Writer
from ..view import View
from .briefly import beside, first_step

ROWS = 2
"""Axes from which on a part is shown as a table, with one entry worked."""


def part_blocks(writer: Writer, refs: Iterable[Ref], view: View) -> list[Block]:
    """Return, of what no table of a layer shows, a worked line an entry, or its rows as a table."""
    found: list[Block] = []
    several = False
    for ref in refs:
        shape = writer.graph.nodes[writer.number(ref)].shape
        if len(shape) < ROWS:
            found += line_by_line(writer, (ref,), view)
            continue
        found += _table_blocks(writer, ref, view)
        several = True
    if several:
        said = (Text("of each table one entry is worked: "), Code("--steps"), Text(" works all"))
        found.append(Note(said))
    return found


def _table_blocks(writer: Writer, ref: Ref, view: View) -> list[Block]:
    trace = writer.trace
    first = first_step(writer, ref, view.shown_samples(trace.graph.samples)[0])
    equations = (*general_chain(trace, ref), worked_chain(first))
    caption = (Code(plain_name(ref)),)
    return [Equations(equations), structs.replace(beside(writer, [ref], view), caption=caption)]


def general_chain(subject: Trace | Graph, ref: Ref) -> tuple[Chain, ...]:
    """Return the equation of a general entry; of a value without one, its operation by name."""
    writer = Writer(subject, general=True)
    graph = writer.graph
    target = graph.general(ref)
    try:
        formula = writer.gradient_formula(target) if ref.gradient else writer.value_formula(target)
    except NoForm:
        if ref.gradient:
            return ()
        whole = whole_formula(graph, writer.number(ref), target.sample)
        return (Chain((Quantity(target.whole()), whole)),)
    return (Chain((Quantity(target), formula)),)


def line_by_line(writer: Writer, refs: Iterable[Ref], view: View) -> list[Block]:
    """Return a worked line an entry of what no table of a layer shows, the equation before them."""
    found: list[Block] = []
    for ref in refs:
        steps = entry_steps(writer, ref, view)
        general = _equation_of(writer, ref) if len(steps) > 1 else ()
        found += [Equations(general)] if general else []
        found.append(Equations(tuple(map(worked_chain, steps))))
    return found


def _equation_of(writer: Writer, ref: Ref) -> tuple[Chain, ...]:
    """Return the quantity's equation for a general entry, where there is one."""
    graph = writer.graph
    general = graph.general(ref)
    formula = general_formula(writer.trace, general)
    named = whole_formula(graph, graph.number(ref.of()), general.sample)
    whole = not ref.gradient and formula == named
    return () if whole else (Chain((Quantity(general), formula)),)
