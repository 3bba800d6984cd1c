"""Every equation of a document, checked: all its forms have one value, whatever the letters are.

An equation is a chain of forms, a table's cell with the number beside it or under its heading, or
an ``=`` within a line. What has no number by itself is told by its kind, never passed over.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator

import numpy as np
from msgspec import Struct, field, structs

from backprop_cli.expression.indices import letters_of as letters_of_index
from backprop_cli.expression.indices import plus, scaled
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import (
    Between,
    BigSum,
    Blank,
    Compare,
    Derivative,
    Diff,
    Expr,
    Known,
    LayerNumber,
    Letter,
    Name,
    Number,
    Partial,
    Quantity,
    Signature,
    Tangent,
)
from backprop_cli.expression.walking import children, walk
from backprop_cli.functions.array_formulas import ONES
from backprop_cli.notation.bound import ABOVE
from backprop_cli.notation.refs import refs_in
from backprop_cli.worked.document import Block, Chain, Document, Equations, Section

from .any_units import choices, is_of_any
from .evaluating import Evaluator
from .quantities import Array, Unknown

MOST = 4
"""How many choices of the index letters of one equation are tried: the corners first."""
LOOSE, TIGHT = 2e-5, 1e-9
"""How near two forms are: where a central difference stands in for a derivative, and all others."""
PER_SAMPLE = ("x", "y", "z", "a", "loss_terms", "cost", ABOVE)


class Tally(Struct):
    """What was found: equal signs that hold, what could not be evaluated by kind, and faults."""

    held: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add what another document gave."""
        self.held += other.held
        self.unknown += other.unknown
        self.faults += other.faults


# -- one equation


def checked(chain: Chain, start: Evaluator, half_unit: float = 0.0) -> Tally:
    """Check all forms of an equation at every choice of its letters.

    ``half_unit`` is how far the values of a pass that rounds may be from what they follow from.
    """
    tally = Tally()
    if any(isinstance(n, Blank | Signature | Between) for f in chain.forms for n in walk(f)):
        return tally
    clash = two_meanings(chain)
    if clash:
        tally.unknown[clash] += 1
        return tally
    evaluators = list(settings(chain, start))
    if not evaluators:
        tally.unknown["no admissible index"] += 1
    nodes = {form: [*walk(form)] for form in chain.forms}
    loose = {f for f in nodes if any(isinstance(n, Diff | Tangent) for n in nodes[f])}
    ones = {f for f in nodes if ONES in nodes[f]}
    for evaluator in evaluators:
        found, problems = _values(chain, evaluator)
        tally.held += _compared(chain, found, evaluator, half_unit, tally, loose, ones)
        alone = len(chain.forms) == 2 and is_defined(chain)
        if problems and evaluator is evaluators[0] and not alone:
            tally.unknown.update(set(problems))
    return tally


def _values(chain: Chain, evaluator: Evaluator) -> tuple[list[tuple[Expr, Array]], list[str]]:
    found: list[tuple[Expr, Array]] = []
    problems: list[str] = []
    for position, form in enumerate(chain.forms):
        if position == 0 and is_defined(chain):
            continue
        try:
            with np.errstate(all="ignore"):
                found.append((form, np.asarray(evaluator.value(form), dtype=float)))
        except Unknown as unknown:
            problems.append(": ".join(map(str, unknown.args)))
    return found, problems


def is_defined(chain: Chain) -> bool:
    """Return whether the chain says what its first form shall be: t₁ = …, w ← …, m ← …."""
    return isinstance(chain.forms[0], Name) or chain.relation == "←"


def _compared(
    chain: Chain,
    found: list[tuple[Expr, Array]],
    evaluator: Evaluator,
    half_unit: float,
    tally: Tally,
    loose: set[Expr],
    ones: set[Expr],
) -> int:
    held = 0
    for form, value in found[1:]:
        first, expected = found[0]
        near = LOOSE if form in loose or first in loose else TIGHT
        slack = 0.0
        if half_unit and (is_rounded(first) or is_rounded(found[-1][0])):
            slack = half_unit * (1 + 1e-9)
        if form in ones or first in ones:
            value, expected = np.broadcast_arrays(value, expected)
        if agree(value, expected, near, slack):
            held += 1
            continue
        letters = {**evaluator.indices, "l": evaluator.layer, "sample": evaluator.sample}
        tally.faults.append(
            f"{chain.name}: {value.ravel()} is not {expected.ravel()}\n  {form}\n  {first}\n"
            f"  with {letters}"
        )
    return held


def is_rounded(form: Expr) -> bool:
    """Return whether a form is a quantity that a pass rounds: z, a and all gradients."""
    return isinstance(form, Quantity | Number | Known)


def agree(value: Array, expected: Array, near: float, slack: float = 0.0) -> bool:
    """Return whether two values are the same number, or the same matrix the same way round."""
    if value.size != expected.size:
        return not value.any() and not expected.any()  # ẋ = ẏ = 0, whatever their shapes
    if value.ndim == expected.ndim == 2 and value.shape != expected.shape:
        return False
    if value.size == 1:
        one, other = float(value.item()), float(expected.item())
        return one == other or abs(one - other) <= max(slack, near * max(1.0, abs(other)))
    scale = float(np.max(np.abs(expected), initial=0.0))
    if not np.isfinite(scale):
        return bool(np.array_equal(value.ravel(), expected.ravel(), equal_nan=True))
    return np.allclose(
        value.ravel(), expected.ravel(), rtol=near, atol=max(slack, near * max(1.0, scale))
    )


# -- letters


def letters_of(tree: Expr, bound: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Yield each free letter of a tree with what it counts: ``unit`` or ``sample``."""
    if isinstance(tree, BigSum):
        bound = bound | {tree.index}
    for ref in refs_in(tree):
        for index in (*ref.index, ref.sample):
            for letter in letters_of_index(index):
                if letter not in bound:
                    yield letter, "sample" if index is ref.sample else "unit"
    if isinstance(tree, Derivative):
        yield from ((i, "unit") for i in tree.index if isinstance(i, str) and i not in bound)
    for child in children(tree):
        yield from letters_of(child, bound)


def two_meanings(chain: Chain) -> str:
    """Return what is wrong with the letters, so that there is nothing to evaluate; or nothing."""
    meant: dict[str, set[str]] = {}
    for form in chain.forms:
        for node in walk(form):
            for ref in refs_in(node):
                for index in ref.index:
                    for letter in letters_of_index(index):
                        meant.setdefault(letter, set()).add("unit")
                if isinstance(ref.sample, str):
                    meant.setdefault(ref.sample, set()).add("sample")
    if any(len(what) > 1 for what in meant.values()) or any(map(_shadows, chain.forms)):
        return "a letter of two meanings"
    free = [{letter for letter, _ in letters_of(form)} for form in chain.forms]
    if chain.relation == "=" and any(letters - free[0] for letters in free[1:]):
        return "a free letter that the target lacks"
    return ""


def _shadows(tree: Expr, bound: frozenset[str] = frozenset()) -> bool:
    """Return whether a sum runs over the letter of a sum around it."""
    if isinstance(tree, BigSum):
        if tree.index in bound:
            return True
        bound = bound | {tree.index}
    return any(_shadows(child, bound) for child in children(tree))


def settings(chain: Chain, start: Evaluator) -> Iterator[Evaluator]:
    """Yield an evaluator for each layer, and for some choices of the chain's free letters."""
    graph = start.trace.graph
    bare = any(
        ref.sample is None and ref.part in PER_SAMPLE and ref.part not in ("cost",)
        for form in chain.forms
        for node in walk(form)
        for ref in refs_in(node)
    )
    several = bare and not start.pinned and not any(map(_has_numbers, chain.forms))
    samples = sorted({1, graph.samples}) if several else [start.sample]
    for layer, sample in itertools.product(layers(chain, start), samples):
        at = structs.replace(start, layer=layer, sample=sample)
        for choice in _choices(chain, at):
            yield structs.replace(at, indices={**start.indices, **choice})


def _has_numbers(form: Expr) -> bool:
    return any(isinstance(node, Known) for node in walk(form))


def _choices(chain: Chain, at: Evaluator) -> list[dict[str, int]]:
    """Return the choices that are tried: the corners, and some between."""
    bounds: dict[str, int] = {}
    for form in chain.forms:
        _bounds(form, at, frozenset(), bounds)
    for letter in at.indices:
        bounds.pop(letter, None)
    letters = sorted(bounds)
    stretches = dict.fromkeys(letters, 1) | {
        r.middle.index: int(r.low.value)
        for r in chain.ranges
        if isinstance(r, Between) and isinstance(r.middle, Letter) and isinstance(r.low, Number)
    }
    every = list(itertools.product(*(range(stretches[x], bounds[x] + 1) for x in letters)))
    unequal = next((r for r in chain.ranges if isinstance(r, Compare) and r.operator == "!="), None)
    if unequal is not None:
        named = [str(s.index) for s in (unequal.left, unequal.right) if isinstance(s, Letter)]
        pair = [letters.index(x) for x in named if x in letters]
        every = [c for c in every if len({c[i] for i in pair}) == len(pair) == 2]
    every = [c for c in every if not _starts_outside(chain, at, dict(zip(letters, c, strict=True)))]
    if is_of_any(chain):
        own = choices(chain, at.trace.graph)
        letters += own[0] if own else ()
        every = [(*c, *each.values()) for c in every for each in own]
    if len(every) > MOST:
        between = random.Random(0).sample(every[1:-1], MOST - 2)
        every = [every[0], every[-1], *between]
    return [dict(zip(letters, choice, strict=True)) for choice in every]


def _starts_outside(chain: Chain, at: Evaluator, choice: dict[str, int]) -> bool:
    """Return whether the chain is about a derivative by what stands before the first step."""
    first, own = chain.forms[0], structs.replace(at, indices={**at.indices, **choice})
    return isinstance(first, Partial) and not first.of.gradient and own.is_outside(first.wrt)


def _bounds(
    tree: Expr, evaluator: Evaluator, bound: frozenset[str], bounds: dict[str, int]
) -> None:
    """Collect for each free letter how far it goes: the least of the shapes that it indexes."""
    if isinstance(tree, BigSum):
        bound = bound | {tree.index}
    graph = evaluator.trace.graph
    for ref in refs_in(tree):
        if isinstance(ref.sample, str) and ref.sample not in bound:
            bounds[ref.sample] = graph.samples
        try:
            number, _ = evaluator.place(evaluator.settled(Ref(ref.part, ref.layer)))
        except Unknown:
            continue
        shape = graph.nodes[number].shape
        shape = shape[::-1] if graph.in_out and ref.part == "W" else shape
        for index, size in zip(ref.index, shape, strict=False):
            for letter in set(letters_of_index(index)) - bound:
                above = plus(index, scaled(letter, -1))
                last = max(1, size - (above if isinstance(above, int) else 0))
                bounds[letter] = min(bounds.get(letter, last), last)
    for child in children(tree):
        _bounds(child, evaluator, bound, bounds)


def layers(chain: Chain, start: Evaluator) -> list[int]:
    """Return the layers that l can be: those of the chain's range; [0] where there is no l."""
    graph = start.trace.graph
    general = [
        ref
        for form in chain.forms
        for node in walk(form)
        for ref in refs_in(node)
        if "l" in letters_of_index(ref.layer)
    ]
    if not general:
        return [0]
    # Where no layer is written there is no range: what speaks of l + 1 is not about the last one.
    last = len(graph.layers) - any(ref.layer == plus("l", 1) for ref in general)
    first = 1
    letters = start.notation.letters if start.notation is not None else {}
    for between in chain.ranges:
        if isinstance(between, Between) and between.middle == Name(letters.get("layer", "l")):
            first = between.low.layer if isinstance(between.low, LayerNumber) else 1
            last = _last(between.high, letters.get("layers", "L"), len(graph.layers))
    found = list(range(first, last + 1))
    if any(ref.part == "b" and (ref.gradient or ref.index or len(chain.ranges)) for ref in general):
        found = [layer for layer in found if _has_own_bias(start, layer, general)] or found
    return found


def _last(high: Expr, letter: str, count: int) -> int:
    """Return the layer that L, L − 1 or L − 2 is."""
    less = sum(1 for node in walk(high) if isinstance(node, Number) and node.value == 1)
    if not any(node == Name(letter) for node in walk(high)):
        raise Unknown("a range's end", str(high))
    return count - less


def _has_own_bias(start: Evaluator, layer: int, general: list[Ref]) -> bool:
    biases = [ref for ref in general if ref.part == "b"]
    at = structs.replace(start, layer=layer)
    for ref in biases:
        number = at.trace.graph.find(at.settled(Ref("b", ref.layer)))
        if number is None or not at.trace.graph.nodes[number].shape:
            return False
    return True


# -- documents


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


def flattened(tree: Expr) -> tuple[Expr, ...]:
    """Return the forms of an equation that stands in one tree: a = b = c."""
    if isinstance(tree, Compare) and tree.operator in ("==", "≈"):
        return (*flattened(tree.left), *flattened(tree.right))
    return (tree,)


def is_equation(tree: Expr) -> bool:
    """Return whether the tree is an equation by itself."""
    return isinstance(tree, Compare) and tree.operator in ("==", "≈")
