"""``forward``: dual numbers, each node's value and its derivative by one start side by side."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...expression.refs import Ref, plain_name, stored_index
from ...expression.tree import (
    ONE,
    ZERO,
    Compare,
    Dots,
    Expr,
    Number,
    Partial,
    Quantity,
    Tangent,
    add,
    mul,
)
from ...expression.walking import substitute, walk
from ...functions.tidying import tidied
from ...passes.forward_mode import tangents
from ...passes.paths import Edge, forward_counts, repeated_forward
from ...problems import refuse
from ...worked.document import (
    Block,
    Chain,
    Code,
    Column,
    Equations,
    Figure,
    Inline,
    Math,
    Note,
    Section,
    Table,
    Text,
)
from ...worked.entry_steps import distinct, evaluated, is_readable
from ...worked.graphs.arrays import array_tree
from . import Mode, Worked
from .counting import comparison, comparison_data, counted
from .jacobians import carried
from .local import simplest
from .subject import Subject, no_influence

Array = np.ndarray[Any, Any]
MOST_LINES = 400
"""Lines of all sweeps together past which the starts that are left are not swept."""
MOST_ROWS = 200
"""Nodes of one sweep past which the table goes on with the output."""
MOST_RULES = 60
MOST_STILL = 4
"""Variables past which it is not said of each that its derivative is 0."""
SHORT = 14
"""Parts of a derivative written in values past which it stands in derivatives alone."""


def work(subject: Subject) -> Worked:
    """Return what each node's derivative is made of, then a sweep for each start."""
    starts = subject.starts()
    if subject.trace is None and any(len(subject.graph.nodes[n].shape) > 1 for n in starts):
        message = "--mode forward: derivatives by a matrix are carried forward in numbers"
        raise refuse(message, None, "add --numbers, or say by what else: --wrt NAME")
    in_letters = subject.scalar or subject.trace is None
    blocks: list[Block] = _rules(subject, starts) if in_letters else []
    lines, done = 0, 0
    data: dict[str, Any] = {}
    sweeps = [(start, index) for start in starts for index in _moved(subject, start)]
    for start, index in sweeps:
        above = subject.between([start])[::-1]
        lines += min(len(above), MOST_ROWS)
        if lines > MOST_LINES and done:
            break
        done += 1
        swept = _Sweep(subject, start, index, above)
        blocks.append(swept.section())
        data[swept.name] = swept.plain()
    notes: list[Block] = [Note(no_influence(subject, n)) for n in subject.without_influence()[:8]]
    if done < len(sweeps):
        left = len(sweeps) - done
        more = f"{left} more start{'s' if left > 1 else ''}: name those you want, "
        notes.append(Note((Text(more), Code("--wrt NAME"))))
    blocks += [Section("left", (Text("Left out"),), tuple(notes))] if notes else []
    moved = [_entry(subject, start, index) for start, index in sweeps]
    each = counted(subject, moved, lambda start: forward_counts(subject.flow, start))
    repeats = repeated_forward(subject.flow, [subject.graph.number(ref) for ref, _ in each])
    blocks += comparison(subject, "forward mode", each, repeats)
    plain = comparison_data(subject, "forward", each, repeats)
    return Worked(tuple(blocks), {"derivatives": data} | plain)


def _moved(subject: Subject, start: int) -> list[tuple[int, ...]]:
    """Return the entries of a start to move, one a sweep: those asked for, else the first."""
    graph, first = subject.graph, (0,) * len(subject.graph.nodes[start].shape)
    asked = [
        stored_index(ref, graph.in_out) if ref.index and first else first
        for ref in subject.wanted
        if graph.number(ref.of()) == start
    ]
    return list(dict.fromkeys(asked)) or [first]


def _entry(subject: Subject, start: int, index: tuple[int, ...]) -> Ref:
    """Return the quantity, or the entry, that is moved."""
    return subject.ref(start).at(*(i + 1 for i in index))


def _rules(subject: Subject, starts: list[int]) -> list[Block]:
    """Return ċ = ∂c/∂a·ȧ + ∂c/∂b·ḃ for each node, with the local derivatives put in."""
    between = subject.between(starts)[::-1]
    nodes = [n for n in between if subject.flow.parents[n]]
    chains = []
    for number in nodes[:MOST_RULES]:
        found = subject.flow.parents[number]
        if not subject.scalar:
            found = tuple(edge for edge in found if subject.parent(edge) in between)
        edges = subject.shown(found)
        put = [_term(subject, edge) for edge in edges]
        forms: list[Expr] = [Tangent(subject.ref(number))]
        forms += [add(*(_named(subject, edge) for edge in edges))] if subject.scalar else []
        forms.append(add(*put))
        chains.append(Chain(tuple(distinct(forms))))
    if not chains:
        return []
    first = Math(Tangent(subject.ref(nodes[-1])))
    says = (
        Text(
            "beside its value each node carries its derivative by one start, written with a dot ("
        ),
        first,
        Text("): 1 at the start, 0 for what does not depend on it"),
    )
    blocks: list[Block] = [Note(says), Equations(tuple(chains))]
    if len(nodes) > MOST_RULES:
        blocks.append(Note((Text(f"and {len(nodes) - MOST_RULES} more nodes alike"),)))
    return [Section("rules", (Text("How derivatives are carried forward"),), tuple(blocks))]


def _named(subject: Subject, edge: Edge | Dots) -> Expr:
    """Return one term of a node's derivative: ∂c/∂a·ȧ."""
    if isinstance(edge, Dots):
        return edge
    return mul(subject.factor(edge), Tangent(subject.ref(subject.parent(edge))))


def _term(subject: Subject, edge: Edge | Dots) -> Expr:
    """Return the same with the local derivative put in."""
    if isinstance(edge, Dots):
        return edge
    if not subject.scalar:
        return carried(subject, edge)
    local = simplest(subject, edge)
    if isinstance(local, Partial):
        return _named(subject, edge)
    return tidied(mul(local, Tangent(subject.ref(subject.parent(edge)))))


class _Sweep:
    """One start's sweep: which nodes depend on it, and their derivatives."""

    def __init__(
        self, subject: Subject, start: int, index: tuple[int, ...], above: list[int]
    ) -> None:
        self.subject, self.start, self.index = subject, start, index
        self.above = [n for n in above if n != start]
        self.values: tuple[Array, ...] = ()
        if subject.trace is not None:
            trace = subject.trace
            leaves = {leaf: trace.values[leaf] for leaf in subject.graph.given}
            _, self.values = tangents(subject.graph, trace.arithmetic, leaves, start, self.index)
        self.spelled: dict[int, Expr] = {start: ONE}

    @property
    def by(self) -> Ref:
        """The quantity, or the entry, that the derivatives are by."""
        return _entry(self.subject, self.start, self.index)

    @property
    def name(self) -> str:
        """The plain name of what the derivatives are by."""
        return plain_name(self.by, self.subject.graph.in_out)

    def section(self) -> Section:
        """Return the sweep: its seed, a line a node, and what it ends in."""
        name = self.name
        blocks = self._seed()
        blocks.append(self._arrays() if self.values and not self.subject.scalar else self._table())
        blocks.append(Equations((self._end(),)))
        blocks += self._other_entries(name)
        title = (Text("Derivatives by "), Math(Quantity(self.by)))
        return Section(f"forward-{name}", title, tuple(blocks))

    def plain(self) -> dict[str, Any]:
        """Return the derivatives as plain data: nothing without numbers."""
        if not self.values:
            return {}
        numbers = (self.start, *self.above)
        return {
            self.subject.name(n): np.asarray(self.values[n], dtype=np.float64).tolist()
            for n in numbers
        }

    def _seed(self) -> list[Block]:
        """Return ȧ = 1, and that the other variables stay: ḃ = 0."""
        still = [leaf for leaf in self.subject.graph.given if leaf in self.subject.reached]
        still = [leaf for leaf in still if leaf != self.start]
        chains = [Chain((Tangent(self.by), ONE))]
        if 0 < len(still) <= MOST_STILL:
            nodes = self.subject.graph.nodes
            for shape in dict.fromkeys(nodes[leaf].shape for leaf in still):
                alike = [leaf for leaf in still if nodes[leaf].shape == shape]
                refs = [Tangent(self.subject.ref(leaf)) for leaf in alike]
                chains.append(Chain((*refs, ZERO)))
        blocks: list[Block] = [Equations(tuple(chains))]
        if len(still) > MOST_STILL:
            said = f"the derivatives of the {len(still)} other variables are 0"
            blocks.append(Note((Text(said),)))
        return blocks

    def _table(self) -> Table:
        """Return a line a node: formula, value, derivative's formula, its value."""
        with_numbers = bool(self.values)
        columns = [Column((Text("node"),), kind="label"), Column((Text("formula"),), kind="work")]
        columns += [Column((Text("value"),))] if with_numbers else []
        columns += [Column((Text("derivative"),), kind="work")]
        columns += [Column((Text("value"),))] if with_numbers else []
        rows: list[tuple[Inline | None, ...]] = [self._row(n) for n in self.above[:MOST_ROWS]]
        if len(self.above) > MOST_ROWS:
            rows += [(None,) * len(columns), self._row(self.above[-1])]
        return Table(tuple(columns), tuple(rows))

    def _row(self, number: int) -> tuple[Inline | None, ...]:
        subject = self.subject
        quantity = Quantity(subject.ref(number))
        formula, put, worked = subject.body(number), *self._carried(number)
        target = Tangent(quantity.ref)
        derivative = Compare("==", target, put if worked is None else Compare("==", put, worked))
        if not self.values:
            return (Math(quantity), Math(formula), Math(derivative))
        value = Figure(subject.numbers.values[number][()])
        return (
            Math(quantity),
            Math(formula),
            value,
            Math(derivative),
            Figure(self.values[number][()]),
        )

    def _carried(self, number: int) -> tuple[Expr, Expr | None]:
        """Return a node's derivative in those below it, then in numbers (or in values alone)."""
        subject = self.subject
        known = {self.start, *self.above}
        edges = tuple(e for e in subject.flow.parents[number] if subject.parent(e) in known)
        put = add(*(_term(subject, edge) for edge in subject.shown(edges)))
        if self.values:
            worked = self._in_numbers(put)
            return put, worked if worked != put else None
        if len(edges) > subject.writer.widest or not subject.scalar:
            return put, None
        spelled = [
            tidied(mul(simplest(subject, e), self.spelled[subject.parent(e)]))
            for e in edges
            if subject.parent(e) in self.spelled
        ]
        total = add(*spelled) if len(spelled) == len(edges) else put
        readable = not any(isinstance(n, Partial | Tangent) for n in walk(total))
        if len(spelled) == len(edges) and sum(1 for _ in walk(total)) <= SHORT and readable:
            self.spelled[number] = total
            return put, total if total != put else None
        return put, None

    def _in_numbers(self, tree: Expr) -> Expr | None:
        """Return the derivative's formula with every number put in."""

        def number(node: Expr) -> Expr | None:
            if not isinstance(node, Tangent):
                return None
            return Number(self.values[self.subject.graph.number(node.ref)][()])

        put = self.subject.substituted(tree)
        found = substitute(put if put is not None else tree, number)
        leftover = any(isinstance(n, Quantity | Tangent | Partial) for n in walk(found))
        return None if leftover or not is_readable(found) else found

    def _arrays(self) -> Equations:
        """Return a line a node of arrays: the derivative of each entry by the one that is moved."""
        chains = []
        for number in dict.fromkeys((*self.above[:MOST_ROWS], *self.above[-1:])):
            value = array_tree(self.values[number], self.subject.view)
            chains.append(Chain((Tangent(self.subject.ref(number)), value)))
        return Equations(tuple(chains))

    def _end(self) -> Chain:
        """Return ∂o/∂a = ȯ = its number."""
        subject, output = self.subject, self.subject.output
        forms: list[Expr] = [Quantity(self.by.grad()), Tangent(subject.ref(output))]
        name = plain_name(self.by.grad(), subject.graph.in_out)
        if not self.values:
            if output in self.spelled:
                forms.append(self.spelled[output])
            return Chain(tuple(forms), name)
        return evaluated(forms, None, self.values[output][()], name)

    def _other_entries(self, name: str) -> list[Block]:
        """Return that each entry of an array takes a sweep of its own."""
        size = int(np.prod(self.subject.graph.nodes[self.start].shape, dtype=int))
        if size < 2:
            return []
        whole = self.subject.name(self.start)
        says = f" of the {size} entries of {whole}; each takes a sweep of its own: "
        return [Note((Text("this is one"), Text(says), Code(f"--wrt {name}")))]


MODE = Mode("forward", "dual numbers: value and derivative side by side, a sweep a start", work)
