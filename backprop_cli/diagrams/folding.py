"""What is wide made narrow: a label in lines, a vector entry under entry, a formula by its letter.

A formula that is named by its letter stands under the picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from msgspec import structs

from ..expression.tree import Add, Expr, Matrix, Neg
from ..worked.document import Inline, Line, Math, Text
from .cells import regridded
from .chain import GridChain
from .computation import TALL
from .grid import GridParts, sized
from .lettering import Letterer
from .scene import DrawnNode, Label
from .splitting import Content

EQUALS = (Text(" = "), Text(" ≈ "))
"""What a label is broken before."""
WIDTHS = (math.inf, 180.0, 145.0, 120.0, 84.0, 60.0, 44.0)
"""Widths, in pixels, past which labels are broken: one after the other until a picture fits."""
LONG = 120.0
"""Above it the channels of a quantity stand side by side."""
WIDEST = 440.0
"""Of a formula under a picture."""
LineMeasure = Callable[[Sequence[Inline]], float]


def folded(content: Content, letterer: Letterer, most: float) -> Content:
    """Return the content with its labels in lines no wider than ``most``, where they break."""

    def lines(labels: Iterable[Label]) -> tuple[Label, ...]:
        return tuple(line for label in labels for line in broken(label, letterer, most))

    if isinstance(content, GridChain):
        return _narrow_chain(content, most)
    edges = [
        structs.replace(edge, above=lines(edge.above), below=lines(edge.below))
        for edge in content.edges
    ]
    nodes, formulas = [], []
    for node in content.nodes:
        above, below = lines(node.above), lines(node.below)
        if node.boxed and node.label is not None:
            first, *more = broken(node.label, letterer, most)
            node = structs.replace(node, label=first, above=(*more, *above), below=below)
            nodes.append(sized(structs.replace(node, width=0.0, height=0.0)))
            continue
        formulas += [node.label] if _is_wide(node, most) and node.label else []
        nodes.append(structs.replace(_lettered(node, letterer, most), above=above, below=below))
    if isinstance(content, GridParts):
        under = [lines(stack) for stack in content.under]
        rows = {row: lines(stack) for row, stack in content.rows.items()}
        return structs.replace(content, nodes=nodes, edges=edges, under=under, rows=rows)
    under = [*content.under, *(broken(each, letterer, WIDEST) for each in formulas)]
    footers = {column: lines(stack) for column, stack in content.footers.items()}
    return structs.replace(content, nodes=nodes, edges=edges, under=under, footers=footers)


def _is_wide(node: DrawnNode, most: float) -> bool:
    """Return whether a node is an operation whose formula is too wide to stand in it."""
    named = node.label is not None and node.label.line[1:2] == EQUALS[:1]
    return node.kind == "operation" and named and node.width > most + 18


def _lettered(node: DrawnNode, letterer: Letterer, most: float) -> DrawnNode:
    """Return an operation with its letter in place of a formula that is too wide."""
    if not _is_wide(node, most) or node.label is None:
        return node
    label = letterer.label(node.label.line[:1], node.label.role, node.label.size)
    return structs.replace(node, label=label, width=max(TALL, label.width + 18))


def _narrow_chain(chain: GridChain, most: float) -> GridChain:
    """Return the chain with parameters over one another, and channels where it is narrower yet."""
    if most > LONG:
        return structs.replace(chain, stacked=most < math.inf)
    blocks = [
        structs.replace(
            block,
            first=regridded(block.first),
            second=None if block.second is None else regridded(block.second),
            held=tuple(map(regridded, block.held)),
        )
        for block in chain.blocks
    ]
    return structs.replace(chain, blocks=blocks, stacked=True)


def broken(label: Label, letterer: Letterer, most: float) -> tuple[Label, ...]:
    """Return a label in lines: before its number or a dot, within a long vector or sum."""
    if label.width <= most:
        return (label,)

    def width(line: Sequence[Inline]) -> float:
        return letterer.label(_stripped(line), label.role, label.size).width

    found: list[list[Inline]] = [[]]
    for piece in _pieces(label.line, width, most):
        if found[-1] and width([*found[-1], *piece]) > most:
            found.append([])
        found[-1] += piece
    return tuple(letterer.label(_stripped(line), label.role, label.size) for line in found)


def _pieces(line: Line, width: LineMeasure, most: float) -> list[list[Inline]]:
    """Return what a label consists of that is not broken."""
    found: list[list[Inline]] = [[]]
    for part in line:
        starts = part in EQUALS or (isinstance(part, Text) and part.text.startswith(" · "))
        if starts and found[-1]:
            found.append([])
        if isinstance(part, Math) and width([*found[-1], part]) > most:
            first, *others = _pieces_of(part.expr)
            found[-1] += first
            found += others
        else:
            found[-1].append(part)
    return found


def _pieces_of(expr: Expr) -> list[list[Inline]]:
    """Return an array entry by entry, a sum term by term; else the whole."""
    if isinstance(expr, Add):
        return [[Math(expr.terms[0])], *map(_added, expr.terms[1:])]
    if not isinstance(expr, Matrix):
        return [[Math(expr)]]
    rows = [row for row in expr.rows if row]
    found: list[list[Inline]] = []
    for row in rows:
        found += [[Text("  "), Math(entry)] for entry in row]
        found[-1].append(Text(";" if row is not rows[-1] else "]"))
    found[0][0] = Text("[")
    return found


def _added(term: Expr) -> list[Inline]:
    """Return a term with its sign before it."""
    if isinstance(term, Neg):
        return [Text(" − "), Math(term.operand)]
    return [Text(" + "), Math(term)]


def _stripped(line: Sequence[Inline]) -> Line:
    first, *rest = line
    return (Text(first.text.lstrip()) if isinstance(first, Text) else first, *rest)
