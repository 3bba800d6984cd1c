"""``paths``: every path from a start to the output, its local derivatives multiplied, all added."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from ...expression.tree import ONE, Dots, Expr, Name, Number, Partial, Quantity, add, mul
from ...expression.walking import shown_positions, size, substitute
from ...functions.tidying import tidied
from ...graph.names import own_name
from ...passes.paths import Path, listed, path_counts, path_message, repeated
from ...worked.building import column, note, section
from ...worked.document import (
    Block,
    Chain,
    Column,
    Equations,
    Inline,
    Math,
    Note,
    Paragraph,
    Section,
    Table,
    Text,
)
from ...worked.entry_steps import distinct, evaluated
from ...worked.graphs.array_values import array_of
from ...worked.graphs.arrays import array_tree
from . import Mode, Worked
from .counting import comparison, comparison_data, costs, plain_integer
from .local import is_long, simplest
from .reverse import derivations, direct, message_formula
from .subject import Subject, no_influence

MOST_PATHS = 64
"""Paths from one start past which they are counted, not listed."""
MOST_EDGES = 1_000
"""Edges on the paths of all starts together past which further starts are only counted: a long path
makes a long line, so lines would bound nothing."""
MOST_STARTS = 60
LONGEST_LABEL = 28
SHORT_SUM = 8
"""Edges of all paths together up to which the sum names each local derivative."""
LONGEST_FACTOR = 24
"""Parts of a local derivative past which it stands in a product by its name."""
LARGEST_FORMULA = 60
"""Parts of a product past which it is not written out."""


def work(subject: Subject) -> Worked:
    """Return how many paths there are, each start's paths and their sum, and what it all costs."""
    starts = subject.starts()
    counts = {n: subject.flow.paths[n] for n in starts}
    blocks: list[Block] = _numbers_of_paths(subject, counts)
    edges = 0
    staged: list[int] = []
    data: dict[str, Any] = {}
    for start in starts:
        entry: dict[str, Any] = {"count": plain_integer(counts[start])}
        more = subject.flow.lengths[start]
        if counts[start] > MOST_PATHS or edges + more > MOST_EDGES:
            staged.append(start)
        else:
            edges += more
            paths = listed(subject.flow, start, MOST_PATHS)
            blocks.append(_section(subject, start, paths))
            entry["listed"] = [_names(subject, start, path) for path in paths]
        data[subject.name(start)] = entry
    blocks += _staged(subject, staged, counts)
    refs = [subject.ref(start) for start in starts]
    each = costs(subject, refs, lambda start: path_counts(subject.flow, start))
    repeats = repeated(subject.flow, [subject.graph.number(ref) for ref, _ in each])
    blocks += comparison(subject, "path by path", each, repeats)
    notes = [Note(no_influence(subject, n)) for n in subject.without_influence()[:8]]
    blocks += [section("unused", "Without influence", notes)] if notes else []
    return Worked(tuple(blocks), {"paths": data} | comparison_data(subject, "paths", each, repeats))


def _numbers_of_paths(subject: Subject, counts: dict[int, int]) -> list[Block]:
    """Return how many paths lead from each start to the output."""
    if not counts:
        return []
    columns = (
        column("from"),
        Column((Text("paths to "), Math(Quantity(subject.ref(subject.output))))),
    )
    rows: list[tuple[Inline | None, ...]] = [
        (Math(Quantity(subject.ref(n))), Text(str(count)))
        for n, count in list(counts.items())[:MOST_STARTS]
    ]
    blocks: list[Block] = [Table(columns, tuple(rows))]
    if len(counts) > MOST_STARTS:
        blocks.append(note(f"and {len(counts) - MOST_STARTS} more starts"))
    return [section("numbers", "How many paths", blocks)]


def _section(subject: Subject, start: int, paths: tuple[Path, ...]) -> Section:
    """Return each path with its product, and the sum of them."""
    ref = subject.ref(start)
    if len(paths) > 1:
        chains = [_chain(subject, start, path, number) for number, path in enumerate(paths, 1)]
        chains.append(_sum(subject, start, paths))
    elif len(paths[0]) == 1 and _is_scalar(subject, start, paths[0]):
        label = _label(subject, start, paths[0], 1)
        chains = [structs.replace(direct(subject, paths[0][0]), name=label)]
    else:
        only = _chain(subject, start, paths[0], 1)
        chains = [structs.replace(only, forms=(Quantity(ref.grad()), *only.forms[1:]))]
    name = own_name(ref.grad(), subject.graph)
    title = (Text("Paths from "), Math(Quantity(ref)))
    ways = tuple(_way(subject, start, path, number) for number, path in enumerate(paths, 1))
    long = any(_label(subject, start, path, 1) == _numbered(1) for path in paths)
    told = ways if long and len(paths) > 1 else ()
    return Section(f"paths-{name}", title, (*told, Equations(tuple(chains))))


def _way(subject: Subject, start: int, path: Path, number: int) -> Paragraph:
    """Return which node influences which: path 1: w → a → C."""
    nodes = (start, *(edge.consumer for edge in path))
    along = (part for n in nodes for part in (Text(" → "), Math(Quantity(subject.ref(n)))))
    return Paragraph((Text(f"{_numbered(number)}: "), *list(along)[1:]))


def _names(subject: Subject, start: int, path: Path) -> list[str]:
    """Return the names of the nodes along a path."""
    return [subject.name(start), *(subject.name(edge.consumer) for edge in path)]


def _label(subject: Subject, start: int, path: Path, number: int) -> str:
    text = " → ".join(_names(subject, start, path))
    return text if len(text) <= LONGEST_LABEL else _numbered(number)


def _numbered(number: int) -> str:
    return f"path {number}"


def _chain(subject: Subject, start: int, path: Path, number: int) -> Chain:
    """Return a path's product: in partials, each of them put in, with numbers, its value."""
    label = _label(subject, start, path, number)
    if not _is_scalar(subject, start, path):
        return _array_chain(subject, path, _letter(subject, number), label)
    product = _product(subject, path, short=True)
    forms = distinct([_letter(subject, number), _named(subject, path), product])
    if subject.trace is None:
        return Chain(tuple(forms), label)
    numbers = subject.substituted(_product(subject, path))
    return evaluated(forms, numbers, path_message(subject.trace, path)[()], label)


def _letter(subject: Subject, number: int) -> Expr:
    """Return what a path's product is called: P₁, or another letter where the graph has a P."""
    parts = {node.ref.part.rstrip("0123456789_") for node in subject.graph.nodes}
    return Name(next((each for each in "PQRSTUV" if each not in parts), "path"), (number,))


def _is_scalar(subject: Subject, start: int, path: Path) -> bool:
    return all(subject.is_flat(n) for n in (start, *(e.consumer for e in path[:-1])))


def _named(subject: Subject, path: Path) -> Expr:
    """Return ∂o/∂c·∂c/∂a."""
    return mul(*(subject.factor(edge) for edge in reversed(path)))


def _product(subject: Subject, path: Path, short: bool = False) -> Expr:
    """Return the same with the local derivatives put in; with ``short``, not the long ones."""
    chosen = []
    for edge in path:
        local = simplest(subject, edge)
        is_named = isinstance(local, Partial) or (short and is_long(local, LONGEST_FACTOR))
        chosen.append(subject.factor(edge) if is_named else local)
    return tidied(mul(*reversed(chosen)))


def _array_chain(subject: Subject, path: Path, letter: Expr, label: str) -> Chain:
    """Return what one path brings back to an array."""
    formula = _composed(subject, path)
    forms: list[Expr] = [letter, _named(subject, path)]
    forms += [formula] if formula is not None else []
    if subject.trace is not None:
        forms.append(array_tree(path_message(subject.trace, path), subject.view))
    return Chain(tuple(distinct(forms)), label)


def _composed(subject: Subject, path: Path) -> Expr | None:
    """Return the message down a path for whole arrays; None where it is too long to read."""
    above: Expr = ONE
    for edge in reversed(path):
        formula = message_formula(subject, edge)
        if edge.consumer != subject.output:
            formula = _with(formula, Quantity(subject.ref(edge.consumer).grad()), above)
        above = tidied(formula)
        if size(above) > LARGEST_FORMULA:
            return None
    return above


def _with(tree: Expr, quantity: Quantity, value: Expr) -> Expr:
    """Return the tree with a quantity replaced."""
    return substitute(tree, lambda node: value if node == quantity else None)


def _sum(subject: Subject, start: int, paths: tuple[Path, ...]) -> Chain:
    """Return ∂o/∂a as the sum of the paths' products."""
    target = Quantity(subject.ref(start).grad())
    name = own_name(target.ref, subject.graph)
    shown = shown_positions(len(paths), subject.writer.widest)
    letters: list[Expr] = []
    values: list[Expr] = []
    for before, position in zip((0, *shown), shown, strict=False):
        gap = [Dots(position - before - 1)] if position != before + 1 else []
        letters += [*gap, _letter(subject, position)]
        if subject.trace is not None:
            values += [*gap, Number(path_message(subject.trace, paths[position - 1])[()])]
    forms: list[Expr] = [target, add(*letters)]
    if sum(map(len, paths)) <= SHORT_SUM:
        forms.append(add(*(_named(subject, path) for path in paths)))
        if subject.trace is None and all(_is_scalar(subject, start, path) for path in paths):
            forms.append(add(*(_product(subject, path) for path in paths)))
    if subject.trace is None:
        return Chain(tuple(distinct(forms)), name)
    if not all(_is_scalar(subject, start, path) for path in paths):
        return Chain((*forms, array_tree(array_of(subject.trace, target.ref), subject.view)), name)
    return evaluated(forms, add(*values), subject.gradient(start), name)


def _staged(subject: Subject, starts: list[int], counts: dict[int, int]) -> list[Block]:
    """Return, for starts with too many paths to list, the derivation node by node."""
    if not starts:
        return []
    first = starts[0]
    count, others = counts[first], len(starts) - 1
    said = f"{count} path{'s lead' if count > 1 else ' leads'} from {subject.name(first)} to "
    said += subject.name(subject.output)
    if others:
        have = "s have their" if others > 1 else " has its"
        said += f"; {others} more start{have} paths left out"
    limit = f"; at most {MOST_PATHS} of a start are listed, and {MOST_EDGES} edges of all. "
    paragraph = Paragraph((Text(said + limit), Text(_INSTEAD)))
    blocks = derivations(subject, subject.between(starts))
    return [section("staged", "Too many to list", (paragraph, *blocks))]


_INSTEAD = (
    "Node by node each derivative is worked once, since all paths through a node share what lies "
    "behind it:"
)


MODE = Mode("paths", "every path from a start to the output, and their sum", work)
