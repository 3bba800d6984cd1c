"""What a derivation needs: which errors, from the loss down to what is wanted."""

from __future__ import annotations

from ..expression.refs import Ref
from ..graph.parts import Layer
from ..graph.records import Graph
from ..worked.document import Code, Line, Text
from .deriver import Deriver


def reaches_loss(deriver: Deriver, ref: Ref) -> bool:
    """Return whether the loss depends on the quantity."""
    return deriver.general.number(ref) in deriver.writer.reached


def errors_needed(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Layer]:
    """Return the layers whose δ is used, from the loss down, each after its consumers."""
    own = {layer.z: layer for layer in deriver.graph.layers}
    return [own[n] for n in sorted(_used(deriver, wanted), reverse=True) if n in own]


def errors_inward(deriver: Deriver, wanted: tuple[Ref, ...], *, entries: bool = True) -> list[Ref]:
    """Return the gradients of values to derive, from the loss inward: those used or asked for.

    ∂C/∂a is a step of its own where it is asked for, in ``entries`` where each δ needs all, else
    of a state, to which two steps send something.
    """
    needed = errors_needed(deriver, wanted)
    found = _used(deriver, wanted)
    found |= {
        deriver.general.number(ref)
        for ref in wanted
        if reaches_loss(deriver, ref) and not deriver.activates(ref)
    }
    if entries:
        apart = (e for e in needed if deriver.softmax_like(e) and not deriver.graph.has_shortcut(e))
        found |= {layer.a for layer in apart}
    else:
        found |= {layer.a for layer in needed if deriver.graph.loop(layer.a) is not None}
    inside = [n for n in sorted(found, reverse=True) if n in deriver.owners]
    refs = [deriver.graph.nodes[n].ref for n in inside]
    return [ref.grad() for ref in refs if not deriver.is_parameter(ref)]


def _used(deriver: Deriver, wanted: tuple[Ref, ...]) -> set[int]:
    """Return the nodes whose gradients those of what is wanted are made of."""
    own = {layer.z: layer for layer in deriver.graph.layers}
    stack = [node for ref in wanted for node in _readers(deriver, ref)]
    found: set[int] = set()
    while stack:
        node = stack.pop()
        if node in found:
            continue
        found.add(node)
        if node not in own:
            stack += _consumers(deriver, node)
        elif not deriver.graph.has_shortcut(own[node]):
            stack += _consumers(deriver, own[node].a)
    return found


def _readers(deriver: Deriver, ref: Ref) -> list[int]:
    """Return the nodes whose δ the gradient of a quantity is made of."""
    number = deriver.general.number(ref)
    if number not in deriver.writer.reached:
        return []
    errors = {layer.z for layer in deriver.graph.layers}
    return [number] if number in errors else _consumers(deriver, number)


def _consumers(deriver: Deriver, number: int) -> list[int]:
    consumers = deriver.writer.consumers.get(number, ())
    return [consumer for consumer, _ in consumers if consumer in deriver.writer.reached]


def ancestors_of_loss(graph: Graph) -> list[Layer]:
    """Return the layers that the loss is computed from, in the order of the forward pass."""
    found = graph.reached
    return sorted((e for e in graph.layers if e.z in found), key=lambda layer: layer.z)


def unneeded(name: str) -> Line:
    """Return what is said of a quantity that the loss does not depend on."""
    return (Text("the loss does not depend on "), Code(name), Text(": its gradient is 0"))
