"""What the formats of text share: a label as a line of text, and names that a language takes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...printing.plain_math import AsciiMath, UnicodeMath
from ...problems import printable
from ...worked.document import Figure, Math
from ..scene import DrawnNode, Label, Scene
from . import Pen

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def text_printer(pen: Pen) -> UnicodeMath:
    """Return mathematics on a line of Unicode, or of ASCII where the place holds no more."""
    if pen.page.ascii_only:
        return AsciiMath(pen.notation, pen.settings, pen.page.in_out)
    return UnicodeMath(pen.notation, pen.settings)


def said(label: Label, printer: UnicodeMath) -> str:
    """Return the label on one line of text."""
    return "".join(
        printer.draw(part.expr)
        if isinstance(part, Math)
        else printer.number(part.value).text
        if isinstance(part, Figure)
        else printable(part.text)
        for part in label.line
    )


def names_of(ids: Iterable[str]) -> dict[str, str]:
    """Return a name of ASCII letters, digits and underscores for each id, none of them a keyword.

    A name has a digit or ends in an underscore, which no keyword of DOT or Mermaid does.
    """
    found: dict[str, str] = {}
    used: set[str] = set()
    for number, own in enumerate(ids, 1):
        name = own if _PLAIN.fullmatch(own) else f"node{number}"
        while name in used or not any(c.isdigit() or c == "_" for c in name):
            name += "_"
        used.add(name)
        found[own] = name
    return found


def name_of(node: DrawnNode, printer: UnicodeMath) -> str:
    """Return a node's name: of ``c = a + b`` the c, of a bare ``×`` what it makes."""
    text = said(node.label, printer) if node.label is not None else ""
    bare = node.kind == "operation" and " = " not in text
    return (node.title if bare and node.title else text).partition(" = ")[0]


def lines_of(node: DrawnNode) -> list[Label]:
    """Return what a node says, from top to bottom; its name once, where a value has it before it.

    What ``a = 0.5`` says need not be said again by ``a``.
    """
    values = [*node.above, *node.below]
    if node.boxed and node.label is not None:
        return [node.label, *values]
    if node.label is None:
        return values
    if any(value.line[:1] == node.label.line for value in values):
        return values
    return [*node.above, node.label, *node.below]


def asides(scene: Scene) -> list[Label]:
    """Return what stands beside the picture and says something: shared biases, notes."""
    return [*(label for label in scene.captions if label.role != "quiet"), *scene.notes]
