"""A layer of gates and states, step by step: its equations, each step's lines, a table of all."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import structs

from ...expression.refs import Ref, plain_name
from ...expression.tree import Call, Expr, Quantity
from ...functions.elementwise import Elementwise
from ...graph.parts import Layer, Loop
from ...graph.records import Graph
from ..building import column, section
from ..document import (
    Block,
    Chain,
    Code,
    Column,
    Equations,
    Figure,
    Inline,
    Math,
    Note,
    Table,
    Text,
)
from ..entry_steps import distinct, ordered_entries, worked_chain
from ..general_steps import general_formula
from ..steps import Writer, entry
from ..view import View
from .briefly import side_by_side


def own_refs(layer: Layer, *, gradient: bool = False) -> list[Ref]:
    """Return what the layer computes in order, or the gradients of that from the loss inward."""
    if not gradient:
        return list(layer.values)
    return [ref.grad() for ref in reversed(layer.values)]


def equations(writer: Writer, refs: Iterable[Ref]) -> Equations:
    """Return the general equation of each quantity, at step t."""
    chains = []
    for ref in refs:
        unit = "k" if ref.gradient else "j"
        general = writer.graph.general(ref, unit)
        forms: list[Expr] = [Quantity(general)]
        rule = writer.graph.rule(writer.graph.number(general)) if not ref.gradient else None
        if isinstance(rule, Elementwise) and rule.name not in ("identity", "expression"):
            (before,) = writer.graph.nodes[writer.graph.number(general)].parents
            below = writer.graph.nodes[before].ref
            z = structs.replace(below, sample=general.sample, index=general.index)
            forms.append(Call(rule.name, (Quantity(z),)))
        forms.append(general_formula(writer.trace, general))
        chains.append(Chain(tuple(distinct(forms))))
    return Equations(tuple(chains))


def step_sections(
    writer: Writer, layer: Layer, view: View, loop: Loop, *, gradient: bool = False
) -> list[Block]:
    """Return a section a step, in the order of the pass; those in the middle are left out."""
    graph = writer.graph
    before, after = apart(graph, layer, loop)
    found: list[Block] = []
    for refs in (before, None, after) if not gradient else (after, None, before):
        if refs is not None:
            own = [ref.grad() for ref in reversed(refs)] if gradient else refs
            lines = tuple(map(worked_chain, map(writer.step, ordered_entries(writer, own, view))))
            found += [Equations(lines)] if lines else []
            continue
        inside = [
            ref for ref in own_refs(layer, gradient=gradient) if graph.number(ref.of()) in loop
        ]
        order = list(loop.clock.order())
        if gradient:
            order.reverse()
        entries = list(ordered_entries(writer, inside, view))
        shown = (min(2, len(order)),) if view.brief else view.rows(len(order))
        for place in filter(None, shown):
            t = order[place - 1] + 1
            own = [ref for ref in entries if ref.index[0] == t]
            # A step that comes after another one has all there is in it.
            own = [ref for ref in own if set(ref.index[1:]) == {1}] if view.brief else own
            lines = tuple(worked_chain(writer.step(ref)) for ref in own)
            name = f"{'backward' if gradient else 'forward'}-{layer.index}-{t}"
            found.append(section(name, f"Step {t}", (Equations(lines),), 3))
        left = len(order) - len([row for row in view.rows(len(order)) if row])
        if left and not view.brief:
            words = Text(f"{left} steps between these are left out: ")
            found.append(Note((words, Code("--full"), Text(" shows all"))))
    return found


def apart(graph: Graph, layer: Layer, loop: Loop) -> tuple[list[Ref], list[Ref]]:
    """Return what the layer computes before its loop, and after it."""
    refs = list(layer.values)
    inside = [i for i, ref in enumerate(refs) if graph.number(ref) in loop]
    return refs[: inside[0]], refs[inside[-1] + 1 :]


def table_of_steps(writer: Writer, layer: Layer, sample: int, view: View, loop: Loop) -> Table:
    """Return the values of gates and states, a row an entry."""
    graph, of_sample = writer.graph, None if writer.graph.single else sample
    before = {of for cell in layer.cells for of, after in cell.activated if of != after}
    refs = [ref for ref in layer.values if ref.part not in before and graph.number(ref) in loop]
    columns = [column("step,unit")]
    columns += [Column((Math(Quantity(graph.general(ref))),), plain_name(ref)) for ref in refs]
    rows: list[tuple[Inline | None, ...]] = []
    for index in view.entries(graph.shape_of(loop.last, sample)):
        if not index:
            rows.append((None,) * len(columns))
            continue
        own = [structs.replace(ref, sample=of_sample, index=index) for ref in refs]
        cells = (Figure(entry(writer.trace, ref)) for ref in own)
        rows.append((Text(",".join(map(str, index))), *cells))
    caption = () if graph.single else (Text(f"sample {sample}"),)
    return Table(tuple(columns), tuple(rows), caption)


def tables_of_steps(
    writer: Writer, layer: Layer, view: View, loop: Loop, *, gradient: bool = False
) -> list[Block]:
    """Return all that the loop computes, a row a step, the arrays side by side."""
    refs = own_refs(layer, gradient=gradient)
    return side_by_side(
        writer, [ref for ref in refs if writer.graph.number(ref.of()) in loop], view
    )
