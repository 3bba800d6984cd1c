"""A part too high for its place, in slices: by what lines lead to, by rows, or grid by grid.

What a slice only starts from was drawn in full before: it is drawn with its value alone, or, where
it is a grid, with its name. So each line is drawn, and each quantity whole once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from msgspec import structs

from .cells import GridPart, GridRange, regridded
from .chain import GridBlock, GridChain
from .columns import in_columns
from .grid import PAD, GridParts, sized
from .network import Parts
from .scene import DrawnEdge, DrawnNode, Label
from .splitting import Content

T = TypeVar("T")
GridItem = tuple[str, GridPart]
"""A node's id, and one of its grids or a part of it."""


def sliced(
    part: Content,
    fits: Callable[[Content], bool],
    whole: Content,
    named: Callable[[DrawnNode], Label],
) -> list[Content]:
    """Return the part in slices that fit; ``named`` gives the name of a node."""
    reached = {edge.target for edge in whole.edges}
    if isinstance(part, GridParts):
        return _by_rows(part, fits)
    if isinstance(part, GridChain):
        return _by_grids(part, fits, reached, named)
    return _by_lines(part, fits, reached)


def _greedy(items: Sequence[T], fits: Callable[[Sequence[T]], bool]) -> list[Sequence[T]]:
    """Return runs of items, each as long as it fits, of one at least."""
    found, first = [], 0
    while first < len(items):
        low, high = 1, len(items) - first
        reach = 2
        while low < high:
            count = min(reach, (low + high + 1) // 2)
            if fits(items[first : first + count]):
                low, reach = count, 2 * reach
            else:
                high = count - 1
        found.append(items[first : first + low])
        first += low
    return found


# -- units and operations


def _by_lines(parts: Parts, fits: Callable[[Content], bool], reached: set[str]) -> list[Content]:
    """Return slices of as many lines as fit, in the order of what they lead to."""
    place = {node.id: (node.column, node.row) for node in parts.nodes}
    joined = {end for edge in parts.edges for end in (edge.source, edge.target)}
    items: list[DrawnEdge | DrawnNode] = [*parts.edges]
    items += [n for n in parts.nodes if n.id not in joined and n.kind != "ellipsis"]
    items.sort(
        key=lambda item: (
            (place[item.target], place[item.source])
            if isinstance(item, DrawnEdge)
            else (place[item.id], (0, 0))
        )
    )
    runs = _greedy(items, lambda run: fits(_with_lines(parts, run, reached)))
    return [_with_lines(parts, run, reached) for run in runs] or [parts]


def _with_lines(parts: Parts, items: Sequence[DrawnEdge | DrawnNode], reached: set[str]) -> Parts:
    """Return the lines with both of their ends, and the dots that stand under such an end."""
    edges = [item for item in items if isinstance(item, DrawnEdge)]
    targets = {item.target if isinstance(item, DrawnEdge) else item.id for item in items}
    ends = targets | {edge.source for edge in edges}
    nodes: list[DrawnNode] = []
    before: dict[int, bool] = {}
    for node in sorted(parts.nodes, key=lambda node: (node.column, node.row)):
        if node.id in ends:
            only_read = node.id in reached and node.id not in targets
            nodes.append(_with_value(node) if only_read else node)
        elif node.kind == "ellipsis" and before.get(node.column, True):
            nodes.append(node)
        if node.kind != "ellipsis":
            before[node.column] = node.id in ends
    kept = sorted({node.column for node in nodes})
    column = {old: new for new, old in enumerate(kept)}
    last = {c: max(n.row for n in parts.nodes if n.column == c) for c in kept}
    ended = {n.column for n in nodes if n.row == last[n.column] and n.id in targets}
    found = in_columns(parts, nodes, edges, column, headed=column, footed=ended)
    return structs.replace(found, under=[stack for stack in parts.under if _is_of(stack, nodes)])


def _is_of(stack: tuple[Label, ...], nodes: Iterable[DrawnNode]) -> bool:
    """Return whether a formula under the picture is that of one of the nodes."""
    name = stack[0].line[0]
    return any(node.label is not None and node.label.line[:1] == (name,) for node in nodes)


def _with_value(node: DrawnNode) -> DrawnNode:
    """Return a unit with no more than what is read of it."""
    values = [label for label in node.above if label.role == "forward"]
    return structs.replace(node, above=tuple(values[-1:]), below=())


# -- boxes in rows


def _by_rows(parts: GridParts, fits: Callable[[Content], bool]) -> list[Content]:
    """Return slices of rows that fit, from the bottom up, two at least; then what is under."""
    body = structs.replace(parts, under=[])
    rows = sorted({node.row for node in parts.nodes})
    found: list[Content] = []
    first = 0
    while first < len(rows) - 1:
        end = first + 1
        while end < len(rows) - 1 and fits(_of_rows(body, rows[first], rows[end + 1])):
            end += 1
        found.append(_of_rows(body, rows[first], rows[end]))
        first = end
    if not found:
        found.append(body)
    runs = _greedy(parts.under, lambda run: fits(_only_under(parts, run)))
    if parts.under and len(runs) == 1:
        together = structs.replace(found[-1], under=parts.under)
        if fits(together):
            return [*found[:-1], together]
    return [*found, *(_only_under(parts, run) for run in runs)]


def _only_under(parts: GridParts, stacks: Sequence[tuple[Label, ...]]) -> GridParts:
    return structs.replace(parts, nodes=[], edges=[], rows={}, under=list(stacks))


def _without_gradients(node: DrawnNode) -> DrawnNode:
    """Return a box with no more than what is read of it."""
    if not node.boxed:
        return node
    return sized(structs.replace(node, below=(), width=0.0, height=0.0))


def _of_rows(parts: GridParts, first: int, last: int) -> GridParts:
    """Return the rows with the lines that end in them, and what these begin at."""
    row = {node.id: node.row for node in parts.nodes}
    low = min(row.values())

    def belongs(edge: DrawnEdge) -> bool:
        top = max(row[edge.source], row[edge.target])
        return first < top <= last or top == first == low

    edges = [edge for edge in parts.edges if belongs(edge)]
    ends = {end for edge in edges for end in (edge.source, edge.target)}
    nodes = [
        _without_gradients(n) if n.row <= first != low else n
        for n in parts.nodes
        if first <= n.row <= last or n.id in ends
    ]
    drawn = {node.row for node in nodes}
    rows = {at: stack for at, stack in parts.rows.items() if at in drawn}
    return structs.replace(parts, nodes=nodes, edges=edges, rows=rows)


# -- grids


def _by_grids(
    chain: GridChain,
    fits: Callable[[Content], bool],
    reached: set[str],
    named: Callable[[DrawnNode], Label],
) -> list[Content]:
    """Return slices with as many grids as fit, what is left out of each by its name."""

    def only(run: Sequence[GridItem]) -> GridChain:
        return _with_grids(chain, run, named, reached, alone=True)

    start = min(block.column for block in chain.blocks)
    items: list[GridItem] = []
    for block in sorted(chain.blocks, key=lambda block: block.column):
        if block.column == start and block.first.id in reached:
            continue
        own = (*block.held, block.first, *([block.second] if block.second else []))
        for node in own:
            for number in range(len(node.grids)):
                items += _cut(node, number, lambda part: fits(only([part])))

    def slices(run: Sequence[GridItem]) -> GridChain:
        linked = _with_grids(chain, run, named, reached)
        alone = only(run)
        return alone if not fits(linked) and fits(alone) else linked

    found = [slices(run) for run in _greedy(items, lambda run: fits(slices(run)))]
    drawn = {edge.id for part in found for edge in part.edges}
    read = {n.id for b in chain.blocks if b.column == start for n in (b.first, b.second) if n}
    if any(edge.id not in drawn and edge.target not in read & reached for edge in chain.edges):
        found.append(_with_grids(chain, (), named, reached))
    return list(found)


def _cut(node: DrawnNode, number: int, fits: Callable[[GridItem], bool]) -> list[GridItem]:
    """Return a grid, in as many runs of columns and of rows as it must have to fit, if it can."""
    rows, columns = len(node.grids[number].rows), len(node.grids[number].rows[0])

    def item(down: GridRange, across: GridRange) -> GridItem:
        return node.id, (number, down, across)

    whole = item((0, rows), (0, columns))
    if fits(whole):
        return [whole]
    wide = next((w for w in range(columns, 0, -1) if fits(item((0, 1), (0, w)))), 0)
    high = next((h for h in range(rows, 0, -1) if fits(item((0, h), (0, wide)))), 0) if wide else 0
    if not high:
        return [whole]
    return [item(d, a) for d in _runs(rows, high) for a in _runs(columns, wide)]


def _runs(count: int, most: int) -> list[GridRange]:
    """Return stretches of about one length, none longer than ``most``."""
    number = -(-count // most)
    return [(count * k // number, count * (k + 1) // number) for k in range(number)]


def _with_grids(
    chain: GridChain,
    run: Sequence[GridItem],
    named: Callable[[DrawnNode], Label],
    reached: set[str],
    *,
    alone: bool = False,
) -> GridChain:
    """Return the chain with these grids in full; ``alone`` has no other blocks than theirs."""
    shown: dict[str, list[GridPart]] = {}
    for name, part in run:
        shown.setdefault(name, []).append(part)
    owner = {n.id: b for b in chain.blocks for n in (b.first, *([b.second] if b.second else []))}
    onward = {e.source for e in chain.edges if owner.get(e.source) is not owner[e.target]}
    start = min(block.column for block in chain.blocks)

    def drawn(node: DrawnNode) -> DrawnNode:
        if node.id in shown:
            return regridded(node, shown[node.id])
        return _named(node, named(node)) if node.grids else node

    blocks = []
    for block in chain.blocks:
        held = tuple(drawn(node) for node in block.held if node.id in shown)
        own = [block.first, *([block.second] if block.second else [])]
        if alone and not held and not any(node.id in shown for node in own):
            continue
        is_read = block.column == start and block.first.id in reached
        needed = onward if is_read else {block.first.id}
        first, *second = map(drawn, [n for n in own if n.id in needed or n.id in shown] or own[:1])
        blocks.append(
            structs.replace(block, first=first, second=second[0] if second else None, held=held)
        )
    nodes = [n for b in blocks for n in (b.first, *b.held, *([b.second] if b.second else []))]
    ends = {node.id for node in nodes}
    edges = [edge for edge in chain.edges if {edge.source, edge.target} <= ends]
    return structs.replace(chain, blocks=_closed_up(blocks), edges=edges)


def _closed_up(blocks: Sequence[GridBlock]) -> list[GridBlock]:
    """Return the blocks in columns that follow one another."""
    columns = sorted({block.column for block in blocks})
    return [structs.replace(block, column=columns.index(block.column)) for block in blocks]


def _named(node: DrawnNode, label: Label) -> DrawnNode:
    """Return a quantity as a box with its name."""
    wide, high = label.width + 2 * PAD, label.height + PAD
    label = structs.replace(label, x=wide / 2, y=high / 2)
    return structs.replace(
        node, label=label, grids=(), boxed=True, x=wide / 2, y=high / 2, width=wide, height=high
    )
