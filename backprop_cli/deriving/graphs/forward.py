"""``forward``: dual numbers, each node's value and its derivative by one start side by side."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...expression.refs import Ref, plain_name, stored_index
from ...expression.tree import (
    ONE,
    ZERO,
    Compare,
    Dots,
    Expr,
    MatMul,
    Matrix,
    Number,
    Partial,
    Quantity,
    Tangent,
    add,
    mul,
)
from ...expression.walking import holds, size, substitute
from ...functions.tidying import tidied, without_zeros
from ...graph.names import own_name
from ...passes.forward_mode import tangents
from ...passes.paths import Edge, forward_counts, repeated_forward
from ...problems import counted
from ...worked.building import column, note, section
from ...worked.document import (
    Block,
    Chain,
    Code,
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
from ...worked.graphs.arrays import array_tree, is_scalar, with_numbers
from . import Mode, Worked
from .counting import comparison, comparison_data, costs
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
LARGEST = 80
LARGEST_ARRAYS = 32
"""Parts of a derivative written in values past which the end has it in derivatives below."""
SHORT = 14
"""Parts of a derivative written in values past which it stands in derivatives alone."""


def work(subject: Subject) -> Worked:
    """Return what each node's derivative is made of, then a sweep for each start."""
    starts = subject.starts()
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
        more = f"{counted(left, 'more start')}: name those you want, "
        notes.append(Note((Text(more), Code("--wrt NAME"))))
    blocks += [section("left", "Left out", notes)] if notes else []
    moved = [_entry(subject, start, index) for start, index in sweeps]
    each = costs(subject, moved, lambda start: forward_counts(subject.flow, start))
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
        forms: list[Expr] = [Tangent(subject.ref(number))]
        if subject.scalar:
            forms.append(add(*(_named(subject, edge) for edge in subject.shown(found))))
        moved = {subject.parent(edge) for edge in found}
        forms.append(_put(subject, number, moved if subject.scalar else moved & set(between)))
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
        blocks.append(note(f"and {len(nodes) - MOST_RULES} more nodes alike"))
    return [section("rules", "How derivatives are carried forward", blocks)]


def _named(subject: Subject, edge: Edge | Dots) -> Expr:
    """Return one term of a node's derivative: ∂c/∂a·ȧ."""
    if isinstance(edge, Dots):
        return edge
    return mul(subject.factor(edge), Tangent(subject.ref(subject.parent(edge))))


def _put(subject: Subject, number: int, moved: set[int]) -> Expr:
    """Return a node's derivative in those of its parents that are moved."""
    if not is_scalar(subject.graph, number):
        return carried(subject, number, frozenset(moved))
    found = tuple(e for e in subject.flow.parents[number] if subject.parent(e) in moved)
    return add(*(_term(subject, edge) for edge in subject.shown(found)))


def _term(subject: Subject, edge: Edge | Dots) -> Expr:
    """Return one term with the local derivative put in."""
    if isinstance(edge, Dots):
        return edge
    local = simplest(subject, edge)
    if isinstance(local, Partial):
        return _named(subject, edge)
    return tidied(mul(local, Tangent(subject.ref(subject.parent(edge)))))


def _is_worked(tree: Expr) -> bool:
    """Return whether a formula has numbers for all of its quantities, and short ones."""
    left = holds(tree, Quantity | Tangent | Partial)
    return not left and is_readable(tree)


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
        seed = self._seeded()
        self.spelled: dict[int, Expr] = {} if seed is None else {start: seed}
        self.made: dict[int, Expr] = {}

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
        arrays = bool(self.values) and not self.subject.scalar
        blocks += self._arrays() if arrays else [self._table()]
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

    def _seeded(self) -> Expr | None:
        """Return the start's own derivative: 1, of an array 1 in the entry that is moved, else 0.

        None of an array so large that the entry is not shown.
        """
        seed = self._zeros(self.start)
        seed[self.index] = ONE.value
        tree = array_tree(seed, self.subject.view)
        hidden = holds(tree, Dots)
        return None if hidden else tree

    def _zeros(self, number: int) -> Array:
        return np.full(self.subject.graph.nodes[number].shape, ZERO.value, dtype=object)

    def _seed(self) -> list[Block]:
        """Return ȧ = 1, and that the other variables stay: ḃ = 0."""
        still = [leaf for leaf in self.subject.graph.given if leaf in self.subject.reached]
        still = [leaf for leaf in still if leaf != self.start]
        moved = self.spelled.get(self.start)
        whole = Chain((Tangent(self.subject.ref(self.start)), moved or ONE))
        chains = [whole if moved is not None else Chain((Tangent(self.by), ONE))]
        if 0 < len(still) <= MOST_STILL:
            nodes = self.subject.graph.nodes
            for shape in dict.fromkeys(nodes[leaf].shape for leaf in still):
                alike = [leaf for leaf in still if nodes[leaf].shape == shape]
                refs = [Tangent(self.subject.ref(leaf)) for leaf in alike]
                chains.append(Chain((*refs, ZERO)))
        blocks: list[Block] = [Equations(tuple(chains))]
        if len(still) > MOST_STILL:
            said = f"the derivatives of the {len(still)} other variables are 0"
            blocks.append(note(said))
        return blocks

    def _table(self) -> Table:
        """Return a line a node: formula, value, derivative's formula, its value."""
        with_numbers = bool(self.values)
        columns = [column("node"), column("formula", "work")]
        columns += [column("value", "figure")] if with_numbers else []
        columns += [column("derivative", "work")]
        columns += [column("value", "figure")] if with_numbers else []
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
        put = _put(subject, number, {self.start, *self.above})
        self.made[number] = put
        if self.values:
            worked = self._in_numbers(put)
            return put, worked if worked != put else None
        total = self._spelled_out(put)
        if total is None or size(total) > (LARGEST if subject.scalar else LARGEST_ARRAYS):
            return put, None
        self.spelled[number] = total
        return put, total if total != put and size(total) <= SHORT else None

    def _spelled_out(self, put: Expr) -> Expr | None:
        """Return a derivative in values alone; None where one of those below is too long."""

        def spelled(node: Expr) -> Expr | None:
            if not isinstance(node, Tangent):
                return None
            number = self.subject.graph.number(node.ref)
            if number != self.start and number not in self.above:
                return array_tree(self._zeros(number), self.subject.view)
            found = self.spelled.get(number)
            if found is None or self.subject.ref(number) == node.ref:
                return found
            return self._entry_of(found, node.ref, number)

        total = tidied(without_zeros(substitute(put, spelled)))
        return None if holds(total, Tangent | Dots) else total

    def _entry_of(self, tree: Expr, ref: Ref, number: int) -> Expr | None:
        """Return an entry of a derivative: of a seed as it is, of a vector eᵢᵀ times it."""
        shape = self.subject.graph.nodes[number].shape
        if len(ref.index) != len(shape) or not all(isinstance(i, int) for i in ref.index):
            return None
        where = stored_index(ref, False)
        if isinstance(tree, Matrix):
            return tree.rows[where[0]][where[1] if len(where) > 1 else 0]
        row = np.full((1, *shape), ZERO.value, dtype=object)
        row[0, where[0]] = ONE.value
        return MatMul((array_tree(row, self.subject.view), tree)) if len(shape) == 1 else None

    def _in_numbers(self, tree: Expr) -> Expr | None:
        """Return the derivative's formula with every number put in."""

        def number(node: Expr) -> Expr | None:
            if not isinstance(node, Tangent):
                return None
            return Number(self.values[self.subject.graph.number(node.ref)][()])

        put = self.subject.substituted(tree)
        found = substitute(put if put is not None else tree, number)
        return found if _is_worked(found) else None

    def _arrays(self) -> list[Block]:
        """Return a line a node of arrays: its derivative's formula, in numbers, its value."""
        subject, trace = self.subject, self.subject.numbers
        chains = []
        for number in dict.fromkeys((*self.above[:MOST_ROWS], *self.above[-1:])):
            put = _put(subject, number, {self.start, *self.above})
            forms: list[Expr] = [Tangent(subject.ref(number)), put]
            worked = with_numbers(trace, put, subject.view, self.values)
            forms += [worked] if worked is not None and _is_worked(worked) else []
            value = array_tree(self.values[number], subject.view)
            chains.append(Chain(tuple(distinct([*forms, value]))))
        return [Equations(tuple(chains))]

    def _end(self) -> Chain:
        """Return ∂o/∂a = ȯ = its number, or what it is in values and local derivatives."""
        subject, output = self.subject, self.subject.output
        forms: list[Expr] = [Quantity(self.by.grad()), Tangent(subject.ref(output))]
        name = own_name(self.by.grad(), subject.graph)
        if self.values:
            return evaluated(forms, None, self.values[output][()], name)
        return Chain((*forms, self.spelled.get(output, self.made[output])), name)

    def _other_entries(self, name: str) -> list[Block]:
        """Return that each entry of an array takes a sweep of its own."""
        entries = math.prod(self.subject.graph.nodes[self.start].shape)
        if entries < 2:
            return []
        whole = self.subject.name(self.start)
        says = f" of the {entries} entries of {whole}; each takes a sweep of its own: "
        return [Note((Text("this is one"), Text(says), Code(f"--wrt {name}")))]


MODE = Mode("forward", "dual numbers: value and derivative side by side, a sweep a start", work)
