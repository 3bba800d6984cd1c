"""What each kind of operation does to a gradient: one sentence, said where it first happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import structs

from ...expression.refs import Ref
from ...expression.tree import Call, Expr, Neg, Quantity
from ...expression.walking import walk
from ...functions.array_formulas import ONES
from ...functions.formula import Formula, Operation
from ...functions.primitives import Activate, Apply
from ...graph.records import Graph
from ...mathematics.formulas import formula
from ...passes.trace import Trace
from ..building import note
from ..document import Block, Inline, Math, Note, Section, Strong, Text, trees_of
from ..trace.cells import number_of

REMARKS = {
    "addition": ("copies", "each term receives the incoming gradient itself: local gradient 1"),
    "subtraction": (
        "copies",
        "what stands before the minus receives the incoming gradient itself: local gradient 1",
    ),
    "negation": ("turns the sign", "what is subtracted has local gradient −1"),
    "multiplication": (
        "swaps and scales",
        "a factor's local gradient is the product of the others",
    ),
    "division": ("scales", "u/v has local gradients 1/v in u and −u/v² in v"),
    "power": ("scales", "the exponent comes down as a factor, and is one less"),
    "max": ("routes", "the largest receives the whole gradient, the others none; ties share it"),
    "min": ("routes", "the smallest receives the whole gradient, the others none; ties share it"),
    "mean": ("shares", "each of the n entries receives 1/n of the gradient"),
    "dot": ("swaps and scales", "each vector receives the other one times the gradient"),
    "matmul": ("transposes", "of A B with gradient G, A receives G Bᵀ and B receives Aᵀ G"),
    "transpose": ("turns back", "its gradient is transposed too"),
    "slice": ("routes", "pad(G): the stretch receives the gradient, all other entries 0"),
    "concat": ("splits", "part(G, x): each of them receives its own stretch of the gradient"),
    "stack": ("splits", "row(G, k): each of them receives its own row of the gradient"),
    "gather": ("adds up", "scatter(G): each row goes back to where it was taken from, repeats add"),
    "max_pool": (
        "routes",
        "unpool(G, X): the largest of each window receives its gradient, the others none; "
        "ties share it (a layer max_pool2d gives it to the first)",
    ),
    "conv": (
        "slides back",
        "of conv(X, K) with gradient G, K receives conv(X, G), stride and dilation exchanged; "
        "full(G, K) adds up for each entry of X the windows that cover it, which slides K turned "
        "by 180° over G",
    ),
    "entry": (
        "routes",
        "the chosen entry receives the gradient, the others none (e_i is 1 at i, 0 elsewhere)",
    ),
}
"""By the ``gate`` of a primitive: what it does, and what that means for a local gradient."""
NAMES = {
    "matmul": "a matrix product",
    "dot": "a dot product",
    "entry": "choosing an entry",
    "transpose": "a transpose",
    "slice": "choosing a stretch",
    "gather": "taking rows",
    "conv": "a convolution",
    "max_pool": "a window's largest",
}


def gate_notes(graph: Graph) -> list[Block]:
    """Return a remark on each kind of gate, at the first node of the backward pass that has it."""
    seen: set[str] = set()
    notes: list[Block] = []
    reached = graph.reached
    uses = graph.consumers
    for number in range(len(graph.nodes) - 1, -1, -1):
        if number not in reached:
            continue
        node = graph.nodes[number]
        consumers = [c for c, _ in uses.get(number, ()) if c in reached]
        if len(consumers) > 1 and "fork" not in seen:
            seen.add("fork")
            notes.append(_fork(graph, number, consumers))
        if not isinstance(node.rule, Formula):
            continue
        for operation in reversed(node.rule.operations):
            gate = _gate(node.rule, operation)
            if gate == "subtraction" and "addition" in seen:
                continue
            if gate and gate not in seen and any(node.rule.needs[i] for i in operation.inputs):
                seen.add(gate)
                notes.append(_remark(gate, node.ref, len(operation.inputs)))
        if "broadcasting" not in seen and _broadcasts(graph, number):
            seen.add("broadcasting")
            says = (Strong("broadcasting copies"), Text(": what was spread out sums its gradients"))
            notes.append(Note((*says, *_at(node.ref))))
    return notes


def _gate(rule: Formula, operation: Operation) -> str:
    """Return an operation's gate; an addition of −v is a subtraction."""
    gate = str(operation.primitive.gate)
    slot = operation.inputs[-1] - len(rule.needs) + len(rule.slots)
    if gate != "addition" or slot < 0 or len(operation.inputs) != 2:
        return gate
    last = rule.slots[slot]
    if isinstance(last, Expr):
        return "subtraction" if isinstance(last, Neg) else gate
    return "subtraction" if last.primitive.gate == "negation" else gate


STEP = "step(t) is 1 above 0, 0 below, 1/2 at 0"
"""Said where a maximum or minimum of two is first met."""


def with_symbols_said(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks; what is first to write step(t) or 𝟏 in its equations says what it is."""
    left: dict[str, Note] = {"step": note(STEP)}
    left["ones"] = Note((Math(ONES), Text(" has a 1 in every entry")))
    found: list[Block] = []
    for block in blocks:
        inner = block.blocks if isinstance(block, Section) else (block,)
        used = {_symbol(n) for part in inner for tree in trees_of(part) for n in walk(tree)}
        notes = tuple(left.pop(each) for each in tuple(left) if each in used)
        if isinstance(block, Section):
            found.append(structs.replace(block, blocks=(*inner, *notes)))
        else:
            found += [block, *notes]
    return found


def _symbol(node: Expr) -> str:
    """Return which of the symbols that are said a part of a formula is."""
    if isinstance(node, Call):
        return node.function
    return "ones" if node == ONES else ""


def _remark(gate: str, ref: Ref, inputs: int) -> Note:
    verb, meaning = REMARKS[gate]
    meaning += f"; {STEP}" if gate in ("max", "min") and inputs > 1 else ""
    return Note((Strong(f"{NAMES.get(gate, gate)} {verb}"), Text(f": {meaning}"), *_at(ref)))


def _at(ref: Ref) -> tuple[Inline, ...]:
    return (Text(" (first in "), Math(Quantity(ref)), Text(")"))


def _fork(graph: Graph, number: int, consumers: list[int]) -> Note:
    users: list[Inline] = []
    for position, consumer in enumerate(dict.fromkeys(consumers)):
        users.append(
            Text(" and " if position == len(consumers) - 1 else ", ") if position else Text("")
        )
        users.append(Math(Quantity(graph.nodes[consumer].ref)))
        if position == 3 and len(consumers) > 4:
            users.append(Text(f" and {len(consumers) - 4} more"))
            break
    what = Math(Quantity(graph.nodes[number].ref))
    says = Text(", and the messages that come back are added")
    return Note((Strong("a fork sums"), Text(": "), what, Text(" is used by "), *users, says))


def _broadcasts(graph: Graph, number: int) -> bool:
    """Return whether an array is spread over a larger one within the node's formula."""
    node = graph.nodes[number]
    if not isinstance(node.rule, Formula):
        return False
    shapes = tuple(graph.nodes[parent].shape for parent in node.parents)
    if not any(shapes):
        return False
    every = node.rule.shapes_of(shapes)
    count = len(node.parents)
    return any(
        operation.primitive.gate in ("addition", "multiplication", "division")
        and operation.primitive.name != "sum"
        and any(every[i] != every[count + slot] and node.rule.needs[i] for i in operation.inputs)
        for slot, operation in enumerate(node.rule.slots)
        if not isinstance(operation, Expr)
    )


def kink_notes(trace: Trace) -> list[Block]:
    """Return which derivative is used at each kink that a value of the graph stands on."""
    found: dict[str, list[Ref]] = {}
    for node in trace.graph.nodes:
        rule = node.rule
        if not isinstance(rule, Formula) or not any(_kinks(o.primitive) for o in rule.operations):
            continue
        values = rule.values(trace.arithmetic, *(trace.values[p] for p in node.parents))
        for operation in rule.operations:
            for at, says in _kinks(operation.primitive):
                hit = values[operation.inputs[0]] == number_of(trace, formula(at))
                if bool(np.asarray(hit).any()):
                    found.setdefault(says, []).append(node.ref)
    return [_kink_note(says, list(dict.fromkeys(refs))) for says, refs in found.items()]


def _kink_note(says: str, refs: list[Ref]) -> Note:
    names: list[Inline] = []
    for position, ref in enumerate(refs[:8]):
        names += [Text(", "), Math(Quantity(ref))] if position else [Math(Quantity(ref))]
    more = f" and {len(refs) - 8} more" if len(refs) > 8 else ""
    verb = "is" if len(refs) == 1 else "are"
    said = f"{more} {verb} computed at a kink; the derivative used: {says}"
    return Note((*names, Text(said)))


def _kinks(primitive: Any) -> list[tuple[str, str]]:
    """Return a primitive's kinks: where, and the convention there."""
    if isinstance(primitive, Activate):
        return [(kink.at, kink.says) for kink in primitive.rule.activation.kinks]
    if isinstance(primitive, Apply) and primitive.kink:
        return [("0", primitive.kink)]
    return []
