"""What a layer on images shows in place of a table of entries: grids, and two entries worked."""

from __future__ import annotations

import numpy as np
from msgspec import structs

from ...expression.refs import Ref, plain_name
from ...expression.tree import Quantity
from ...graph.parts import Layer
from ...problems import counted
from ..document import Block, Code, Equations, Math, Note, Step, Text
from ..entry_steps import positions, worked_chain
from ..grids import examples, grid, is_grid, of_sample, used_grids
from ..steps import Writer
from ..view import View
from .briefly import briefly_worked
from .choosing import teaching

MOST_MARKED = 1000
"""Products of a sum over windows of which all that they read is marked."""


def _worked(writer: Writer, steps: list[Step], view: View) -> Equations:
    """Return the steps worked; in corners their numbers alone, the formula being said above."""
    short = view.corners or view.brief
    chains = (briefly_worked(writer.trace, step) if short else worked_chain(step) for step in steps)
    return Equations(tuple(chains))


def _wanted(
    writer: Writer, ref: Ref, view: View, above: Ref | None = None, after: Ref | None = None
) -> list[Ref]:
    """Return the entries that are worked: two, or with ``--full`` all.

    ``above`` is worked at the same ones before it, ``after`` behind it.
    """
    if view.full:
        return [ref.at(*index) for index in positions(writer.graph, ref, view)]
    usual = examples(writer.graph.nodes[writer.number(ref)].shape, view)
    return teaching(writer, [ref.at(*index) for index in usual], above, after)


def _read(writer: Writer, step: Step, view: View) -> list[Block]:
    """Return the grids that a step reads, its own windows and weights marked."""
    every = Writer(writer.trace, nested=MOST_MARKED).step(step.target)
    found = used_grids(writer, every, view)
    words = (
        Text("what "),
        Math(Quantity(step.target)),
        Text(" reads: what is marked; of a grid without marks all"),
    )
    return [structs.replace(each, caption=words) if not i else each for i, each in enumerate(found)]


def _mark(step: Step, view: View) -> list[Ref]:
    """Return what is marked in the grid that the step is an entry of: not in corners alone."""
    return [] if view.corners else [step.target]


def _left_out(writer: Writer, ref: Ref, shown: int, view: View) -> list[Block]:
    """Return how every entry is worked, where not all are."""
    shape = writer.graph.nodes[writer.number(ref)].shape
    if shown >= int(np.prod(shape)) or view.full or view.corners or view.brief:
        return []
    line = (Code("--steps"), Text(" works the other entries line by line"))
    return [Note(line)]


def forward_grids(writer: Writer, layer: Layer, sample: int, view: View) -> list[Block]:
    """Return what a window reads, two entries worked, z and a as grids."""
    nodes = writer.graph.nodes
    z, a = (of_sample(nodes[number].ref, writer, sample) for number in (layer.z, layer.a))
    active = layer.activation != "identity"
    wanted = _wanted(writer, z, view, after=a if active else None)
    steps = [writer.step(ref) for ref in wanted]
    shown = active and not view.corners
    after = [writer.step(a.at(*step.target.index)) for step in steps] if shown else []
    blocks = [*_read(writer, steps[0], view), _worked(writer, [*steps, *after], view)]
    blocks.append(grid(writer, z, view, _mark(steps[0], view)))
    if shown:
        blocks.append(grid(writer, a, view))
    return [*blocks, *_left_out(writer, z, len(steps), view)]


def backward_grids(writer: Writer, layer: Layer, sample: int, view: View) -> list[Block]:
    """Return the windows that an entry is in, two entries worked, ∂C/∂a and δ as grids."""
    nodes = writer.graph.nodes
    z, a = (of_sample(nodes[number].ref, writer, sample).grad() for number in (layer.z, layer.a))
    shortcut = writer.graph.has_shortcut(layer)
    same = layer.activation == "identity" and not shortcut
    wanted = _wanted(writer, z, view, None if shortcut else a)
    above = [] if shortcut else [writer.step(a.at(*ref.index)) for ref in wanted]
    steps = [] if same or (above and view.corners) else [writer.step(ref) for ref in wanted]
    blocks: list[Block] = []
    if above and any(ref.gradient for ref in above[0].uses) and not view.corners:
        blocks += _read(writer, above[0], view)
    blocks.append(_worked(writer, [*above, *steps], view))
    if above and (same or not view.corners):
        blocks.append(grid(writer, a, view, _mark(above[0], view)))
    if not same:
        blocks.append(grid(writer, z, view))
    return [*blocks, *_left_out(writer, z, len(wanted), view)]


def input_grids(writer: Writer, sample: int, view: View) -> list[Block]:
    """Return the windows that a value of the input is in, two entries worked, ∂C/∂x as a grid."""
    x = of_sample(Ref("x"), writer, sample).grad()
    steps = [writer.step(ref) for ref in _wanted(writer, x, view)]
    blocks = [
        *([] if view.corners else _read(writer, steps[0], view)),
        _worked(writer, steps, view),
    ]
    blocks.append(grid(writer, x, view, _mark(steps[0], view)))
    return [*blocks, *_left_out(writer, x, len(steps), view)]


def gradient_grids(writer: Writer, ref: Ref, view: View) -> list[Block]:
    """Return what a weight's gradient reads, two entries worked, ∂C/∂W as a grid."""
    steps = [writer.step(each) for each in _wanted(writer, ref, view)]
    first = steps[0]
    blocks = [
        *([] if view.corners else _read(writer, first, view)),
        _worked(writer, steps, view),
    ]
    blocks.append(grid(writer, ref, view, _mark(first, view)))
    name = plain_name(ref.of())
    shape = writer.graph.nodes[writer.number(ref)].shape
    if len(steps) < int(np.prod(shape)) and not (view.corners or view.brief):
        example = f"--wrt {name}[{','.join('1' for _ in shape)}]"
        blocks.append(Note((Code(example), Text(" works one entry line by line"))))
    return blocks


def chosen_grids(writer: Writer, ref: Ref, view: View) -> list[Block]:
    """Return, for one entry of an image or a kernel, what it reads, and the windows it is in."""
    if not ref.index or not ref.gradient or not is_grid(writer.graph, ref):
        return []
    step = Writer(writer.trace).step(ref)
    return [*_covered(writer, ref), *_read(writer, step, view)]


def _covered(writer: Writer, ref: Ref) -> list[Block]:
    """Return which windows cover an entry."""
    graph, found = writer.graph, []
    index = tuple(int(i) for i in ref.index)
    for consumer, position in graph.consumers.get(writer.number(ref), ()):
        windows = graph.rule(consumer).covering(position, index, writer.shapes(consumer))
        if windows:
            places = ", ".join(f"({', '.join(map(str, window))})" for window in windows)
            count = counted(len(windows), "window")
            out = Quantity(graph.nodes[consumer].ref)
            line = (Math(Quantity(ref.of())), Text(f" is in {count} of "), Math(out))
            found.append(Note((*line, Text(f": {places}"))))
    return list(found)
