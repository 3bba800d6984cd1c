"""Only what one gradient needs: the forward values it reads, then the chain from the loss to it."""

from __future__ import annotations

from ...expression.refs import Ref
from ...expression.tree import Number
from ..document import Step
from ..entry_steps import entry_steps
from ..reasons import Law, Reason
from ..steps import Writer, entry
from ..view import View

MOST_PRODUCTS = 400
"""Products of a chosen entry's sum over windows that are written, where the image is not large."""


def path_steps(writer: Writer, ref: Ref, view: View) -> list[tuple[str, list[Step]]]:
    """Return (title, steps): the values that are read, then every gradient up to ``ref``.

    Each gradient comes after those it is computed from, so the loss's own derivative is first.
    """
    if not ref.gradient:
        return [("From the outputs", entry_steps(writer, ref, view))]
    most = None if view.corners else MOST_PRODUCTS
    chosen = Writer(writer.trace, writer.widest, nested=most)
    targets = [chosen.step(ref)] if ref.index else entry_steps(writer, ref, view)
    ordered: dict[str, Step] = {}
    for target in targets:
        _collect(writer, target, ordered)
    read = dict.fromkeys(use for step in ordered.values() for use in step.uses if not use.gradient)
    known = [_known(writer, use) for use in read]
    return [
        ("Given, or known from the forward pass", known),
        ("From the loss", list(ordered.values())),
    ]


def _collect(writer: Writer, step: Step, ordered: dict[str, Step]) -> None:
    """Add the step after the gradients it uses; a loop, since deep networks are many steps."""
    stack = [(step, False)]
    while stack:
        current, ready = stack.pop()
        if current.id in ordered:
            continue
        if ready:
            ordered[current.id] = current
            continue
        stack.append((current, True))
        stack.extend((writer.step(use), False) for use in reversed(current.uses) if use.gradient)


def _known(writer: Writer, ref: Ref) -> Step:
    value = entry(writer.trace, ref)
    return writer.finished(ref, Number(value), Reason(Law.KNOWN), value)
