"""``--expand``: one gradient in inputs and parameters only, common subexpressions named.

The passes are run on symbols, so the tree is what the rules compute, written out. Its length is
counted before anything is drawn; sympy only finds the common subexpressions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic.floating import FLOAT64
from ..arithmetic.symbolic import SYMBOLIC
from ..expression.differentiate import from_sympy, to_sympy
from ..expression.evaluate import evaluate
from ..expression.refs import Ref, plain_name, stored_index, turned
from ..expression.tree import Expr, Name, Quantity
from ..expression.walking import children
from ..functions.expressions import UnspecifiedLoss
from ..graph.records import Graph
from ..mathematics.activations import spelled_out
from ..passes.trace import backward, forward
from ..problems import refuse
from ..worked.building import note, paragraph, section
from ..worked.document import Chain, Document, Equations, Section
from ..worked.trace.trace_document import shape_sentence

Array = np.ndarray[Any, Any]
TRIALS = 8
"""Draws of numbers by which a part is known to be a quantity of the network."""
LONGEST = 4000
"""Operations of an expanded form past which it is refused."""


def expand_document(graph: Graph, wanted: tuple[Ref, ...]) -> Document:
    """Return the closed forms of the wanted entries; raise Refusal where one is absurdly long."""
    leaves, gradients = _symbolic_gradients(graph)
    tried = _trials(graph, leaves)
    sections = []
    for ref in wanted:
        if not ref.index and graph.nodes[_number(graph, ref)].shape:
            names = _example(graph, ref)
            raise refuse(
                f"--expand: {plain_name(ref.of())} has many entries",
                None,
                f"name one: --wrt {names}",
            )
        sections.append(_section(graph, ref, gradients, tried))
    return Document(graph.name or "Closed form", (paragraph(shape_sentence(graph)), *sections))


def _number(graph: Graph, ref: Ref) -> int:
    number = graph.find(ref)
    if number is None:
        raise KeyError(plain_name(ref))
    return number


def _example(graph: Graph, ref: Ref) -> str:
    shape = graph.nodes[_number(graph, ref)].shape
    return f"{plain_name(ref.of())}[{','.join('1' for _ in shape)}]"


def _symbolic_gradients(graph: Graph) -> tuple[dict[int, Array], Sequence[Array | None]]:
    """Return the leaves as trees, and every gradient as trees in these."""
    if graph.samples > 1:
        message = "--expand writes out one sample, and this network has a batch"
        cure = "leave one row under 'input' and 'target'"
        if graph.mixed:
            message += " whose samples touch each other"
            cure = "derive without --expand: its closed form is the long way put together"
        raise refuse(message, None, cure)
    terms = graph.terms
    rule = None if terms is None else graph.nodes[terms].rule
    if isinstance(rule, UnspecifiedLoss):
        message = f"--expand: the loss {rule.letter} has no formula"
        raise refuse(message, graph.loss_place, "name one, such as half_squared_error")
    for layer in graph.layers:
        activation = getattr(graph.nodes[layer.a].rule, "activation", None)
        if activation is not None and activation.letter == activation.name:
            message = f"--expand: the activation {layer.activation} has no formula"
            raise refuse(message, layer.place, "name one, such as sigmoid")
    leaves = {}
    for number in graph.given:
        node = graph.nodes[number]
        shape = (1, *node.shape) if node.per_sample else node.shape
        given = graph.given[number]
        if number == graph.input and not node.wants_gradient and given is not None:
            leaves[number] = given.numbers.reshape(shape)
            continue
        leaves[number] = _symbols(node.ref, shape, node.per_sample, graph.in_out)
    values = forward(graph, SYMBOLIC, leaves)
    return leaves, backward(graph, SYMBOLIC, values).gradients


class Tried(Struct, frozen=True):
    """The passes on numbers drawn for the leaves: what each leaf is, and what each result is of."""

    leaves: dict[Expr, float]
    results: dict[Ref, float]


def _named(tried: list[Tried], values: Array) -> Ref | None:
    """Return the first quantity that has the value each time: of a kink on both of its sides."""
    wanted, refs = values.tolist(), tried[0].results
    return next((r for r in refs if all(map(_alike, (t.results[r] for t in tried), wanted))), None)


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))


def _trials(graph: Graph, leaves: dict[int, Array]) -> list[Tried]:
    """Return both passes a few times, on numbers that no two quantities share by chance."""
    drawn = np.random.default_rng(0)
    with np.errstate(all="ignore"):
        return [_tried(graph, leaves, drawn) for _ in range(TRIALS)]


def _tried(graph: Graph, leaves: dict[int, Array], drawn: np.random.Generator) -> Tried:
    numbers: dict[Expr, float] = {}
    arrays: dict[int, Array] = {}
    for number, leaf in leaves.items():
        if not isinstance(leaf.flat[0], Expr):
            arrays[number] = leaf
            continue
        arrays[number] = values = np.asarray(drawn.normal(size=leaf.shape))
        numbers.update(zip(leaf.flat, map(float, values.flat), strict=True))
    trace = backward(graph, FLOAT64, forward(graph, FLOAT64, arrays))
    found: dict[Ref, float] = {}
    refs = [ref for layer in graph.layers for ref in (*layer.values[:-2], *layer.values[:-3:-1])]
    for ref in (*refs, *(each.grad() for each in refs)):
        number = _number(graph, ref)
        array = trace.gradients[number] if ref.gradient else trace.values[number]
        if array is None or number in leaves:
            continue
        for position in np.ndindex(array.shape):
            found[ref.at(*(i + 1 for i in position[1:]))] = float(array[position])
    return Tried(numbers, found)


def _symbols(ref: Ref, shape: tuple[int, ...], per_sample: bool, in_out: bool) -> Array:
    result = np.empty(shape, dtype=object)
    for position in np.ndindex(shape):
        index = position[1:] if per_sample else position
        index = turned(ref.part, index, in_out)
        result[position] = Quantity(ref.at(*(i + 1 for i in index)))
    return result


def _section(
    graph: Graph, ref: Ref, gradients: Sequence[Array | None], tried: list[Tried]
) -> Section:
    number = _number(graph, ref)
    array, node = gradients[number], graph.nodes[number]
    name = plain_name(ref, graph.in_out)
    if array is None:
        zero = f"the loss does not depend on {plain_name(ref.of())}: it is 0"
        return section(name, name, [note(zero)])
    index = stored_index(ref, graph.in_out) if node.shape else ()
    tree: Expr = array[(0, *index) if node.per_sample else index]
    length = written_length(tree)
    if length > LONGEST:
        style = f"--wrt '{plain_name(ref.of(), graph.in_out)}' --style index"
        raise refuse(
            f"--expand: {name} would be {length:,} operations long, more than {LONGEST:,}",
            None,
            f"{style} says it step by step; --expand is for gradients nearer to the loss",
        )
    chains, shared = _with_common_parts(ref, tree, tried)
    said = f"written out, {name} has {length:,} operations; " + (
        f"{shared} subexpression{'s are' if shared != 1 else ' is'} named"
        if shared
        else "no part of it occurs twice"
    )
    return section(name, name, (note(said), Equations(chains)))


def written_length(tree: Expr) -> int:
    """Return how many operations the tree has when it is written out, shared parts as often."""
    known: dict[int, int] = {}
    stack = [(tree, False)]
    while stack:
        node, ready = stack.pop()
        if id(node) in known:
            continue
        below = children(node)
        if ready or not below:
            inner = sum(known[id(child)] for child in below)
            known[id(node)] = inner + max(len(below) - 1, 1 if below else 0)
            continue
        stack.append((node, True))
        stack.extend((child, False) for child in below)
    return known[id(tree)]


def _with_common_parts(ref: Ref, tree: Expr, tried: list[Tried]) -> tuple[tuple[Chain, ...], int]:
    import sympy

    names: dict[Any, Expr] = {}
    converted = to_sympy(spelled_out(tree), names)
    letters = (sympy.Symbol(f"t_{i}") for i in range(1, 10_000))
    replaced, (final,) = sympy.cse([converted], symbols=letters)
    replaced, final = _without_signs(replaced, final)
    known = {leaf: np.array([each.leaves[leaf] for each in tried]) for leaf in tried[0].leaves}
    chains, unnamed = list[Chain](), 0
    for symbol, part in replaced:
        written = from_sympy(part, names, decimals=True)
        values = _values(written, known)
        own = None if values is None else _named(tried, values)
        unnamed += own is None
        names[symbol] = named = Name("t", (unnamed,)) if own is None else Quantity(own)
        if values is not None:
            known[named] = values
        chains.append(Chain((named, written)))
    chains.append(Chain((Quantity(ref), from_sympy(final, names, decimals=True))))
    return tuple(chains), len(replaced)


def _values(part: Expr, known: dict[Expr, Array]) -> Array | None:
    """Return a part's number in each draw; None where it has none in one."""
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(evaluate(part, known, FLOAT64))
    except (KeyError, ZeroDivisionError, OverflowError):
        return None
    return np.broadcast_to(found, TRIALS) if np.isfinite(found).all() else None


def _without_signs(replaced: list[tuple[Any, Any]], final: Any) -> tuple[list[Any], Any]:
    """Return the parts without those that only name −t of another: a sign is no subexpression."""
    signs: dict[Any, Any] = {}
    kept = []
    for symbol, part in replaced:
        settled = part.xreplace(signs)
        if settled.is_Symbol or (-settled).is_Symbol:
            signs[symbol] = settled
        else:
            kept.append((symbol, settled))
    numbered = {s: type(s)(f"t_{i}") for i, (s, _) in enumerate(kept, 1)}
    renamed = [(numbered[s], part.xreplace(numbered)) for s, part in kept]
    return renamed, final.xreplace(signs).xreplace(numbered)
