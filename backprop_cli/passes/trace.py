"""Forward and backward: the two walks, which know no operation by name, and their Trace.

Under a mean over N samples every per-sample row of a gradient is of that sample's own cost C_i;
what belongs to the whole batch (parameters, the loss) is of the loss itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf, isfinite, sqrt
from typing import Any

import numpy as np
from msgspec import Struct, structs

from ..arithmetic import Arithmetic
from ..arithmetic.floating import FLOAT64, LARGEST, shortest
from ..expression.refs import Ref, plain_name, stored_index
from ..graph.parts import Loop, Node
from ..graph.records import Graph
from ..problems import Refusal, refuse
from .shares import arriving, share

Array = np.ndarray[Any, Any]
Override = Callable[[Node, Array], Array]
BOUNDED = (*LARGEST, "exact")
"""The kinds of number that must stay within a float's range: exact ones within float64's."""


class Trace(Struct, frozen=True):
    """A graph with each node's value and gradient, in one kind of number.

    ``values[i]`` and ``gradients[i]`` have the samples first where the node is per-sample; a
    gradient is None where the loss does not depend on the node, or none was asked for. ``rounded``
    says that numbers were rounded on the way, as with a pocket calculator.
    """

    graph: Graph
    arithmetic: Arithmetic
    values: Sequence[Array]
    gradients: Sequence[Array | None] = ()
    rounded: bool = False

    def array(self, ref: Ref) -> Array:
        """Return a quantity's numbers, or those of an entry, as the reader sees them.

        A single sample has no axis of its own; a gradient that the loss does not depend on is 0.
        What softmax_cross_entropy makes of the scores, p, is none of the graph's own. Raises
        KeyError for what the graph, or a forward pass alone, does not have.
        """
        if ref.part == "p" and ref.layer is None and self.graph.takes_softmax:
            return self._likely(ref)
        number = self.graph.number(ref)
        if number >= len(self.values):
            raise KeyError(ref)
        node, value = self.graph.nodes[number], self.values[number]
        found = self.gradients[number] if ref.gradient else value
        if found is None:
            found = self.arithmetic.array(np.zeros(value.shape, dtype=np.int64))
        at = stored_index(ref, self.graph.in_out) if node.shape else ()
        if node.per_sample and (self.graph.single or ref.sample is not None):
            at = (int(ref.sample or 1) - 1, *at)
        return np.asarray(found[at], dtype=found.dtype) if at else found

    def _likely(self, ref: Ref) -> Array:
        """Return p, or an entry of it."""
        from ..functions.softmax import SOFTMAX
        from ..graph.names import scores_behind

        values, output = list(self.values), self.graph.output
        values[output] = SOFTMAX.forward(self.arithmetic, values[output])
        return Trace(self.graph, self.arithmetic, values).array(scores_behind(ref, self.graph))

    def readable(self) -> Trace:
        """Return float32 as the float64 of the shortest decimals that say each number."""
        if self.arithmetic.name != "float32":
            return self
        values = tuple(map(shortest, self.values))
        gradients = tuple(None if g is None else shortest(g) for g in self.gradients)
        return structs.replace(self, arithmetic=FLOAT64, values=values, gradients=gradients)

    def message(self, consumer: int, position: int) -> Array:
        """Return the share that one consumer sends to its parent at ``position``.

        A node's gradient is the sum of its messages; one sent past a loss by a shortcut is what
        the long way gives.
        """
        gradient = self.gradients[consumer]
        if gradient is None:
            raise ValueError(f"{plain_name(self.graph.nodes[consumer].ref)} sends no gradient")
        return self.share(consumer, position, gradient)

    def share(self, consumer: int, position: int, gradient: Array) -> Array:
        """Return what a consumer sends to its parent at ``position`` for a given gradient."""
        with np.errstate(all="ignore"):
            return share(self.graph, self.arithmetic, consumer, position, gradient, self.values)


def forward(
    graph: Graph,
    arithmetic: Arithmetic,
    leaves: Mapping[int, Array],
    *,
    change: Override | None = None,
    until: int | None = None,
) -> Sequence[Array]:
    """Return each node's value, in order.

    ``change`` replaces a computed value before it is used (rounding); ``until`` stops after that
    node. Raises Refusal where a value is not finite.
    """
    values: list[Array] = []
    plan = graph.plan if until is None else graph.plan[: until + 1]
    finite = arithmetic.name in BOUNDED
    terms = graph.terms if arithmetic.native else None
    looped: dict[int, Array] = {}
    sure: set[int] = set()
    firsts = {loop.first: loop for loop in graph.loops}
    with np.errstate(all="ignore"):
        if change is None and until is None and graph.tape is not None:
            from .tape import taped_values

            taped = taped_values(graph, arithmetic, leaves)
            if taped is not None:
                return taped
        for number, (rule, parents, shape, watched) in enumerate(plan):
            if rule is None:
                values.append(leaves[number])
                continue
            try:
                if number in firsts:
                    from .loops.values import loop_values

                    loop = loop_values(graph, arithmetic, firsts[number], values, change=change)
                    looped |= loop.values
                    sure |= loop.values.keys() if loop.finite else set()
                if number in looped:
                    value = looped[number]
                elif number == terms:
                    value = loss_terms(graph, arithmetic, values, rounded=change is not None)
                else:
                    value = rule.forward(arithmetic, *[values[parent] for parent in parents])
            except ZeroDivisionError:
                why = _fault(graph.nodes[number], arithmetic, values)
                raise _not_finite(graph, arithmetic, graph.nodes[number], None, why=why) from None
            except OverflowError:
                raise _out_of_reach(graph, graph.nodes[number]) from None
            if watched and finite and number not in sure and not all_finite(value):
                raise _first_not_finite(graph, arithmetic, [*values, value])
            if change is not None and number not in looped:
                value = change(graph.nodes[number], value)
            if value.shape != shape:
                message = f"{graph.nodes[number].ref}: shape {value.shape}, not {shape}"
                raise AssertionError(message)
            values.append(value)
    return tuple(values)


def backward(
    graph: Graph,
    arithmetic: Arithmetic,
    values: Sequence[Array],
    *,
    change: Override | None = None,
    needed: frozenset[int] | None = None,
    whole: bool = True,
) -> Trace:
    """Return the Trace: ∂loss/∂(each node), each the sum of the shares of its consumers.

    ``change`` replaces a gradient before it is used (rounding). Raises Refusal where a gradient is
    not finite; with ``needed``, no other leaf's has to be. Not ``whole``, those within a loop
    need not be kept: what leaves it is.
    """
    if graph.loss is None:
        raise refuse("there is no loss to differentiate", None, "add 'loss:'", graph.source)
    sums: list[Array | None] = [None] * len(graph.nodes)
    lasts = {loop.last: loop for loop in graph.loops}
    looped: set[int] = set()
    ready: dict[tuple[int, int], Array | None] = {}
    sure: set[int] = set()
    whole = whole or not arithmetic.native
    with np.errstate(all="ignore"):
        if change is None and graph.tape is not None:
            from .tape import taped_gradients

            taped = taped_gradients(graph, values)
            if taped is not None:
                return Trace(graph, arithmetic, values, taped)
        for number in range(graph.loss, -1, -1):
            if number in looped:
                continue
            if number in lasts:
                loop = lasts[number]
                looped |= set(loop.numbers)
                finite = _through_loop(
                    graph, arithmetic, loop, values, sums, ready, change, whole=whole
                )
                if finite:
                    sure |= set(loop.numbers)
                elif not whole:
                    return backward(graph, arithmetic, values, change=change, needed=needed)
                continue
            try:
                gradient = arriving(graph, arithmetic, number, values, sums, ready=ready)
            except ZeroDivisionError:
                if needed is None or number in needed or number not in graph.given:
                    raise _not_finite(
                        graph, arithmetic, graph.nodes[number], None, of_gradient=True
                    ) from None
                continue
            except OverflowError:
                raise _out_of_reach(graph, graph.nodes[number], of_gradient=True) from None
            if number == graph.loss:
                gradient = arithmetic.array(np.asarray(1))
            if gradient is not None:
                sums[number] = gradient if change is None else change(graph.nodes[number], gradient)
    if arithmetic.name in BOUNDED:
        _check_gradients(graph, arithmetic, values, sums, needed, sure)
    return Trace(graph, arithmetic, values, tuple(sums))


def _through_loop(
    graph: Graph,
    arithmetic: Arithmetic,
    loop: Loop,
    values: Sequence[Array],
    sums: list[Array | None],
    ready: dict[tuple[int, int], Array | None],
    change: Override | None,
    *,
    whole: bool,
) -> bool:
    """Put the gradients of a loop's nodes among the sums; return whether all are surely finite.

    What the loop sends out of itself by matrix products is put among those that are ``ready``.
    """
    from .loops.gradients import loop_gradients

    outside = {
        number: arriving(graph, arithmetic, number, values, sums, past=loop, ready=ready)
        for number in loop.numbers
    }
    if all(gradient is None for gradient in outside.values()):
        return True
    found = loop_gradients(graph, arithmetic, loop, values, outside, change=change, whole=whole)
    for number, gradient in found.gradients.items():
        sums[number] = gradient
    ready |= found.sent
    return found.finite


def loss_terms(
    graph: Graph, arithmetic: Arithmetic, values: Sequence[Array], *, rounded: bool
) -> Array:
    """Return the loss's terms, by the logits where the last activation has a short way past it."""
    number = graph.terms or 0
    inputs = [values[parent] for parent in graph.nodes[number].parents]
    shortcut = graph.nodes[graph.nodes[number].parents[0]].shortcut
    if shortcut is None:
        return graph.rule(number).forward(arithmetic, *inputs)
    z, y = (values[each] for each in shortcut.inputs)
    sure = None if rounded else shortcut.rule.sure_terms(inputs[0], z, y)
    if sure is not None:
        return sure
    long = graph.rule(number).forward(arithmetic, *inputs)
    return shortcut.rule.terms(long, inputs[0], z, y)


def _first_not_finite(graph: Graph, arithmetic: Arithmetic, values: list[Array]) -> Refusal:
    """Say which value was the first that is not finite."""
    for node, value in zip(graph.nodes, values, strict=False):
        if not all_finite(value):
            return _not_finite(graph, arithmetic, node, value, why=_fault(node, arithmetic, values))
    raise AssertionError("every value is finite")


def _fault(node: Node, arithmetic: Arithmetic, values: list[Array]) -> str:
    """Return why a line has no value, where its rule can tell and has all that it reads."""
    if node.rule is None or any(parent >= len(values) for parent in node.parents):
        return ""
    return node.rule.fault(arithmetic, *(values[p] for p in node.parents))


def _check_gradients(
    graph: Graph,
    arithmetic: Arithmetic,
    values: Sequence[Array],
    sums: list[Array | None],
    needed: frozenset[int] | None,
    sure: set[int],
) -> None:
    """Refuse gradients that are not finite, naming the first in the order of the pass.

    Every one is looked at, or is ``sure`` to be: a gate that is shut and a way past the loss keep
    some from the leaves.
    """
    seen = None
    for number in range(len(graph.nodes) - 1, -1, -1):
        total = sums[number]
        if total is None or total is seen or number in sure:
            continue
        if all_finite(total):
            seen = total
            continue
        if needed is None or number in needed or number not in graph.given:
            pole = _is_pole(graph, arithmetic, number, values)
            raise _not_finite(
                graph, arithmetic, graph.nodes[number], total, of_gradient=True, pole=pole
            )


def _is_pole(graph: Graph, arithmetic: Arithmetic, number: int, values: Sequence[Array]) -> bool:
    """Return whether something that reads a node has no finite derivative in it."""
    trace = Trace(graph, arithmetic, values)
    edges = (
        (consumer, position)
        for consumer, node in enumerate(graph.nodes)
        for position, parent in enumerate(node.parents)
        if parent == number and node.rule is not None
    )
    with np.errstate(all="ignore"):
        for consumer, position in edges:
            one = arithmetic.array(np.ones(values[consumer].shape))
            if not all_finite(trace.share(consumer, position, one)):
                return True
    return False


def norm(array: Array) -> float:
    """Return ‖a‖; inf where numpy has no quick way to tell, or it is too large for one."""
    if array.dtype == object or not array.flags.c_contiguous:
        return inf
    square = float(np.vdot(array, array))
    return sqrt(square) if isfinite(square) else inf


def all_finite(array: Array) -> bool:
    """Return whether every entry is finite; a sum tells, unless it overflows.

    An exact number counts as infinite where float64 has none: past 1.8e308.
    """
    if array.dtype == object:
        return bool(np.isfinite(array.astype(np.float64)).all())
    if array.flags.c_contiguous:
        told = np.vdot(array, array)
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            told = array.sum()
    return isfinite(told) or bool(np.isfinite(array).all())


def _out_of_reach(graph: Graph, node: Node, *, of_gradient: bool = False) -> Refusal:
    """Say which exact value has a logarithm too large to be held to any number of digits."""
    what = plain_name(node.ref.grad() if of_gradient else node.ref)
    cure = "without --exact a value below 1e-323 is 0, and one above 1.8e308 is refused"
    message = f"{what} is too large or too small to be worked out exactly"
    return refuse(message, node.place, cure, graph.source)


def _not_finite(
    graph: Graph,
    arithmetic: Arithmetic,
    node: Node,
    value: Array | None,
    *,
    of_gradient: bool = False,
    pole: bool = True,
    why: str = "",
) -> Refusal:
    """Say which value is not finite, in which layer, and what would mend it."""
    layer = graph.layer_of(node.ref)
    of_loss = graph.loss_place if node.ref.part in graph.words.terms else None
    place = layer.place if layer else of_loss or node.place
    what = plain_name(node.ref.grad() if of_gradient else node.ref)
    where = f" in layer {layer.title}" if layer else ""
    cure = "the formula must be defined for the values it gets"
    if of_gradient and pole:
        how = "is not finite: what it goes through has no finite derivative there"
        cure = "the formula must have a derivative at the values it gets"
        if node.rule is None and layer is None and len(graph.given) > 1:
            cure = "others may exist: --wrt NAME asks for one alone"
    elif why:
        how = f"is not defined: {why}"
    elif value is None:
        how = "is not defined: a division by zero or the logarithm of a number that is not above 0"
    else:
        kind = arithmetic.name if arithmetic.native else "float64"
        lost = bool(np.isnan(value.astype(np.float64)).any())  # ∞ − ∞, ∞/∞, 0·∞
        which = "overflows on the way: a number in it is" if lost else "overflows: it is"
        how = f"{which} larger than the largest {kind}, {LARGEST[kind]}"
        cure = f"smaller {graph.words.numbers} keep it finite"
    if node.ref.part in ("loss_terms", "cost", "loss") or (of_gradient and node.ref.part == "a"):
        place = graph.loss_place or place
        cure = graph.loss_cure or cure
    return refuse(f"{what}{where} {how}", place, cure, graph.source)
