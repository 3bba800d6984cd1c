"""Every chain of a derivation's document, checked: all its forms have one value."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import numpy as np

from backprop_cli.expression.indices import distance, letters_of
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import (
    Between,
    BigSum,
    Compare,
    Diff,
    Expr,
    LayerNumber,
    Nabla,
    Name,
    Partial,
    Quantity,
)
from backprop_cli.expression.walking import children, walk
from backprop_cli.notation.refs import refs_in
from backprop_cli.passes.trace import Trace
from backprop_cli.worked.document import Block, Chain, Document, Equations, Section

from .evaluating import Evaluator
from .quantities import Array, Unknown

MOST = 4
"""How many choices of the index letters of one chain are tried."""
LOOSE, TIGHT = 2e-5, 1e-9


def chains_of(document: Document) -> Iterator[Chain]:
    """Yield every chain of the document, in the order in which it is read."""
    yield from _chains(document.blocks)


def _chains(blocks: tuple[Block, ...]) -> Iterator[Chain]:
    for block in blocks:
        match block:
            case Section():
                yield from _chains(block.blocks)
            case Equations(chains):
                yield from chains


def check(chain: Chain, trace: Trace, sample: int = 1) -> int:
    """Assert that all forms of the chain agree; return how many of them had a number."""
    counted = 0
    for evaluator in settings(chain, trace, sample):
        found: list[tuple[Expr, Array]] = []
        for form in chain.forms:
            try:
                found.append((form, np.asarray(evaluator.value(form), dtype=float)))
            except Unknown:
                continue
        for form, value in found[1:]:
            loose = any(isinstance(n, Diff) for f in (form, found[0][0]) for n in walk(f))
            loose = loose or any(isinstance(n, Diff) for n in walk(found[0][0]))
            tolerance = LOOSE if loose or _has_penalty(form) else TIGHT
            expected = found[0][1]
            agree = value.size == expected.size and np.allclose(
                value.ravel(), expected.ravel(), rtol=tolerance, atol=tolerance
            )
            assert agree, (
                f"{chain.name or chain.forms[0]}: {value.ravel()} is not {expected.ravel()}\n"
                f"{form}\nwith {evaluator.indices}, l = {evaluator.layer}"
            )
        counted = max(counted, len(found))
    return counted


def _has_penalty(form: Expr) -> bool:
    return any(isinstance(n, Partial) and n.of.part == "penalty" for n in walk(form))


def settings(chain: Chain, trace: Trace, sample: int) -> Iterator[Evaluator]:
    """Yield an evaluator for each layer, and for some choices of the chain's free letters."""
    for layer in layers(chain, trace):
        start = Evaluator(trace, sample, {"n": sample}, layer)
        bounds: dict[str, int] = {}
        for form in chain.forms:
            _bounds(form, start, frozenset(), bounds)
        letters = sorted(bounds)
        choices = list(itertools.product(*(range(1, bounds[letter] + 1) for letter in letters)))
        if any(isinstance(part, Compare) and part.operator == "!=" for part in chain.ranges):
            choices = [c for c in choices if len(set(c)) == len(c)]
        picked = random.Random(0).sample(choices, min(MOST, len(choices)))
        for choice in picked:
            indices = {"n": sample, **dict(zip(letters, choice, strict=True))}
            yield Evaluator(trace, sample, indices, layer)


def own_biases(trace: Trace) -> list[int]:
    """Return the layers with a bias for each unit, or all where no layer has one."""
    found = [
        layer.index
        for layer in trace.graph.layers
        if "b" in layer.parameters and trace.graph.nodes[layer.parameters["b"]].shape
    ]
    return found or [layer.index for layer in trace.graph.layers]


def layers(chain: Chain, trace: Trace) -> list[int]:
    """Return the layers that l can be: those of the chain's range; [0] where there is no l."""
    general = any(
        "l" in letters_of(ref.layer)
        for form in chain.forms
        for node in walk(form)
        for ref in refs_in(node)
    )
    if not general:
        return [0]
    last = len(trace.graph.layers)
    if chain.name == "4":
        return own_biases(trace)
    for between in chain.ranges:
        if isinstance(between, Between) and between.middle == Name("l"):
            first = between.low.layer if isinstance(between.low, LayerNumber) else 1
            return list(range(first, (last if between.high == Name("L") else last - 1) + 1))
    return list(range(1, last + 1))


def _bounds(
    tree: Expr, evaluator: Evaluator, bound: frozenset[str], bounds: dict[str, int]
) -> None:
    """Collect for each free index letter how far it goes: the least of the shapes it indexes."""
    if isinstance(tree, BigSum):
        bound = bound | {tree.index}
    for ref in refs_in(tree):
        settled = Ref(ref.part, ref.layer)
        if ref.layer is not None:
            settled = evaluator.settled(settled)
        number = evaluator.trace.graph.find(settled.of())
        if number is None:
            continue
        shape = evaluator.trace.graph.nodes[number].shape
        if evaluator.trace.graph.in_out and settled.part == "W":
            shape = shape[::-1]
        for index, size in zip(ref.index, shape, strict=False):
            for letter in set(letters_of(index)) - bound:
                last = size - (distance(index, letter) or 0)
                bounds[letter] = min(bounds.get(letter, last), last)
    for child in children(tree):
        _bounds(child, evaluator, bound, bounds)


def is_derivative(form: Expr) -> bool:
    """Return whether the form names a derivative, so that its chain must have a number."""
    gradient = isinstance(form, Quantity) and form.ref.gradient
    return gradient or isinstance(form, Partial | Nabla)
