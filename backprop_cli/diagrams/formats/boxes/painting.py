"""The drawing on a canvas of characters: boxes, lines with their heads, what is written there."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from ....printing.styled import Styled, cell_len
from ...scene import Scene
from .. import Pen
from .._canvas import LEFT, RIGHT, Canvas
from .._labels import said, text_printer
from .layout import ARROW, Drawing, Item
from .routing import APART

OUTLINES = {"input": "blue", "target": "blue", "parameter": "green", "cost": "magenta"}


def painted(scene: Scene, drawing: Drawing, pen: Pen) -> list[list[Styled]]:
    """Return the drawing's lines, what stands over its columns first."""
    canvas = Canvas(ascii_only=pen.page.ascii_only)
    widths = drawing.widths
    starts = [0]
    for width, channel in zip(widths, drawing.channels, strict=False):
        starts.append(starts[-1] + width + channel.width)
    heads = [
        textwrap.wrap(_head(scene, column, pen), width)
        for column, width in zip(drawing.columns, widths, strict=True)
    ]
    top = max(map(len, heads), default=0)
    for x, width, head in zip(starts, widths, heads, strict=True):
        for row, text in enumerate(head):
            place = x + (width - cell_len(text)) // 2
            canvas.write(place, top - len(head) + row, text, "dim")
    for number, column in enumerate(drawing.columns):
        for item in column:
            leaves = number < len(drawing.channels) and item.key in drawing.channels[number].leaving
            _item(canvas, item, (starts[number], widths[number]), top, leaves=leaves)
    for number in range(len(drawing.channels)):
        start = starts[number] + widths[number]
        _channel(canvas, drawing, number, (start, starts[number + 1]), top, scene)
    return canvas.lines()


def _head(scene: Scene, column: Sequence[Item], pen: Pen) -> str:
    """Return what stands over a column; over names that only lead on from above, nothing."""
    nodes = [item.node for item in column if item.node is not None and (item.border or item.pins)]
    printer = text_printer(pen)
    captions = (label for label in scene.captions if label.role == "quiet")
    return next((said(c, printer) for c in captions for n in nodes if abs(c.x - n.x) < 1), "")


def _item(canvas: Canvas, item: Item, column: tuple[int, int], top: int, *, leaves: bool) -> None:
    """Draw a box with its lines, a bare name, or a line that passes."""
    (left, width), y = column, top + item.top
    if item.node is None:
        rows = sorted({item.pins[0].row, item.out})
        canvas.upright(f"lane {item.key}", left, y + rows[0], y + rows[-1], "dim")
        for row, end in ((rows[-1], left), (item.out, left + width - 1)):
            canvas.touch(f"lane {item.key}", end, y + row, LEFT if end == left else RIGHT, "dim")
        canvas.level(f"lane {item.key}", y + item.out, left, left + width - 1, "dim")
        return
    if not item.border:
        for row, (text, style) in enumerate(item.lines):
            middle = left + (width - cell_len(text)) // 2
            canvas.write(middle, y + row, text, style)
            if leaves and middle + cell_len(text) < left + width - 1:
                name, begin, end = f"stub {item.key}", middle + cell_len(text) + 1, left + width - 1
                canvas.level(name, y + item.out, begin, end, "dim")
                canvas.touch(name, begin, y + item.out, LEFT, "dim")
                canvas.touch(name, end, y + item.out, RIGHT, "dim")
        return
    square = item.node.kind in ("parameter", "operation")
    style = OUTLINES.get(item.node.kind, "")
    canvas.box(f"box {item.key}", (left, y, width, item.height), style, square=square)
    first = y + 1 + (item.height - 2 - len(item.lines)) // 2
    for row, (text, look) in enumerate(item.lines):
        canvas.write(left + 2, first + row, text, look)


def _channel(
    canvas: Canvas,
    drawing: Drawing,
    number: int,
    ends: tuple[int, int],
    top: int,
    scene: Scene,
) -> None:
    """Draw the lines between two columns, with their heads and what is written at them."""
    channel = drawing.channels[number]
    start, end = ends
    backward = scene.passes == "backward"
    style = "red" if backward else "dim"
    for net in channel.nets:
        name = f"net {number} {net.name}"
        track = start + 1 + APART * channel.places.get(net.name, 0)
        if net.straight:
            canvas.level(name, top + net.left[0], start, end - 1, style)
            canvas.touch(name, start, top + net.left[0], LEFT, style)
            canvas.touch(name, end - 1, top + net.left[0], RIGHT, style)
            continue
        canvas.upright(name, track, top + net.top, top + net.bottom, style)
        for row in net.left:
            canvas.level(name, top + row, start, track, style)
            canvas.touch(name, start, top + row, LEFT, style)
        for row in net.right:
            canvas.level(name, top + row, track, end - 1, style)
            canvas.touch(name, end - 1, top + row, RIGHT, style)
    ascii_only = canvas.ascii_only
    for item in drawing.columns[number]:
        y = top + item.top + item.out
        if item.border and item.key in channel.leaving:
            canvas.touch(f"box {item.key}", start - 1, y, RIGHT)
            if backward:
                canvas.write(start, y, "<" if ascii_only else "←", style)
    for item in drawing.columns[number + 1]:
        for pin in item.pins:
            y = top + item.top + pin.row
            if item.border and backward:
                canvas.touch(f"box {item.key}", end, y, LEFT)
            elif item.border:
                canvas.write(end - 1, y, ">" if ascii_only else "→", style)
            for row, words in ((y - len(pin.above), pin.above), (y + 1, pin.below)):
                for offset, (text, look) in enumerate(words):
                    middle = end - ARROW - channel.words + (channel.words - cell_len(text)) // 2
                    canvas.write(middle, row + offset, text, look)
