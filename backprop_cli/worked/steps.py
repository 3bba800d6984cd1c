"""Steps: each entry of a trace as symbol → substituted → value.

A step's formula is written by the rule that computed it, so the page and the numbers cannot
disagree; the substituted form is the same tree with every quantity replaced by its number.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import structs

from ..expression.axes import is_matrix, letters
from ..expression.indices import Index, at, letters_of
from ..expression.refs import Ref, plain_name, stored_index, turned
from ..expression.tree import (
    ONE,
    ZERO,
    Add,
    BigSum,
    Div,
    Dots,
    Expr,
    Known,
    Mul,
    Name,
    Neg,
    Number,
    Quantity,
    add,
    mul,
)
from ..expression.walking import children, expand, shown_positions, substitute, walk
from ..functions.operators import Penalty, summed
from ..functions.rules import Rule, Shape
from ..graph.names import is_probability
from ..graph.parts import ClosedForm, Node, Shortcut
from ..graph.records import Graph
from ..passes.trace import Trace
from .document import Step, read_by
from .reasons import Law, Reason


def entry(trace: Trace, ref: Ref) -> Any:
    """Return one entry's number: ``ref`` has every index, and the sample where it needs one."""
    number = trace.graph.find(ref)
    if number is None:
        if is_probability(ref, trace.graph):
            from .probabilities import probability_at

            return probability_at(trace, int(ref.sample or 1), ref.index)
        raise KeyError(plain_name(ref))
    array = trace.gradients[number] if ref.gradient else trace.values[number]
    if array is None:
        return trace.arithmetic.array(np.zeros(())).item()
    outside = _outside(trace, number, ref)
    if outside is not None:
        return outside
    return array[_position(trace.graph, trace.graph.nodes[number], ref)]


def _outside(trace: Trace, number: int, ref: Ref) -> Any:
    """Return what stands before the first step, the initial state, and after the last, 0.

    None where the entry is at a step of its own.
    """
    loop = trace.graph.loop(number)
    if loop is None or not ref.index or not isinstance(ref.index[0], int):
        return None
    if 1 <= ref.index[0] <= trace.graph.shape_of(number, ref.sample)[0]:
        return None
    zero = trace.arithmetic.array(np.zeros(())).item()
    if ref.gradient:
        return zero
    for reader in range(loop.first, loop.last + 1):
        parents = trace.graph.nodes[reader].parents
        for position, start in trace.graph.rule(reader).late_inputs.items():
            if parents[position] == number and start is not None:
                return trace.values[parents[start]][tuple(int(i) - 1 for i in ref.index[1:])]
    return zero


def _position(graph: Graph, node: Node, ref: Ref) -> tuple[int, ...]:
    index = stored_index(ref, graph.in_out) if node.shape else ()
    if node.per_sample:
        return (int(ref.sample or 1) - 1, *index)
    return index


class Writer:
    """Writes the steps of one trace, or the formulas alone of a graph without numbers.

    ``widest`` bounds the terms of a written sum, ``nested`` those of sums within sums; ``general``
    keeps sums as Σ over an index letter.
    """

    def __init__(
        self,
        subject: Trace | Graph,
        widest: int = 10**9,
        *,
        nested: int | None = None,
        general: bool = False,
    ) -> None:
        self._trace = subject if isinstance(subject, Trace) else None
        self.graph = subject.graph if isinstance(subject, Trace) else subject
        self.widest, self.nested, self.general = widest, nested, general
        self.consumers, self.reached = self.graph.told, self.graph.reached

    @property
    def trace(self) -> Trace:
        """The numbers; a network without them has formulas only."""
        if self._trace is None:
            raise ValueError("this network has no numbers")
        return self._trace

    # -- one step

    def step(self, ref: Ref) -> Step:
        """Return the step of an entry: a value's, or a gradient's."""
        formula = self.gradient_formula(ref) if ref.gradient else self.value_formula(ref)
        return self.finished(ref, formula, self.reason(ref), entry(self.trace, ref))

    def finished(self, ref: Ref, formula: Expr, rule: Reason, value: Any) -> Step:
        """Return the step of a formula: its numbers put in, the quantities it uses named."""
        name = plain_name(ref, self.graph.in_out)
        return Step(name, ref, rule, read_by(formula), formula, self.numbers(formula), value)

    def numbers(self, formula: Expr) -> Expr:
        """Return the formula with each quantity replaced by its number."""
        return substitute(
            formula,
            lambda node: (
                Known(node.ref, entry(self.trace, node.ref)) if isinstance(node, Quantity) else None
            ),
        )

    def reason(self, ref: Ref) -> Reason:
        """Return the rule by which the entry follows."""
        if is_probability(ref, self.graph):
            return Reason(Law.OPERATION, "softmax")
        node = self.graph.nodes[self.number(ref)]
        if not ref.gradient:
            return Reason(Law.OPERATION, node.rule.name) if node.rule else Reason(Law.GIVEN)
        number = self.number(ref)
        layer = self.graph.owners.get(number)
        if layer is not None and number == layer.z:
            fused = self.graph.has_shortcut(layer)
            return Reason(Law.SHORTCUT if fused else Law.CHAIN)
        if layer is not None and number in layer.parameters.values():
            outer = is_matrix(ref.part, len(node.shape))
            return Reason(Law.OUTER if outer else Law.USES)
        return Reason(Law.OUTPUT if number == self.graph.loss else Law.CONSUMERS)

    def number(self, ref: Ref) -> int:
        """Return the node of a quantity."""
        return self.graph.number(ref)

    # -- formulas

    def value_formula(self, ref: Ref) -> Expr:
        """Return the formula of a value's entry, in the quantities it is computed from."""
        if is_probability(ref, self.graph) and self.graph.terms is not None:
            term = self.in_scores(self.graph.terms, ref.index, ref.sample)
            from .probabilities import softmax_in

            return softmax_in(term)
        number = self.number(ref)
        node = self.graph.nodes[number]
        if node.rule is None:
            return Number(entry(self.trace, ref))
        if node.rule.name == "batch" and self.graph.single:
            return self.value_formula(Ref("cost"))
        if node.rule.name == "penalty":
            return self.penalty_formula(number)
        formula = self.in_scores(number, ref.index if node.shape else (), ref.sample)
        return self._with_named(formula, number)

    def in_scores(self, number: int, index: tuple[Index, ...], sample: Index | None) -> Expr:
        """Return a value's formula as its rule writes it, the softmax of scores written out."""
        rule = self.graph.settled_rule(number, sample)
        return self.named(rule.write(index, self.shapes(number, sample)), number, sample)

    def _with_named(self, formula: Expr, number: int) -> Expr:
        """Return a node's formula with p_k in the place of the softmax that it takes itself."""
        if not self.takes_softmax(number):
            return formula
        from .probabilities import with_named

        return with_named(formula)

    def takes_softmax(self, number: int) -> bool:
        """Return whether a node is a loss's term that takes the softmax of scores itself."""
        return number == self.graph.terms and self.graph.takes_softmax

    def penalty_formula(self, number: int) -> Expr:
        """Return a layer's penalty: entry by entry of each of its weights, row by row."""
        node, rule = self.graph.nodes[number], self.graph.rule(number)
        if not isinstance(rule, Penalty):
            raise TypeError(f"{rule.name} is no penalty")
        parts = enumerate(node.parents)
        return add(*(self._penalty_of(number, rule, k, weight) for k, weight in parts))

    def _penalty_of(self, number: int, rule: Penalty, k: int, weight: int) -> Expr:
        node, in_out = self.graph.nodes[weight], self.graph.in_out
        if self.general:
            own = letters(node.axes)
            sizes = turned(node.ref.part, node.shape, in_out)
            return summed(self.named(rule.write_of(k, own), number, None), own, sizes)
        shown = shown_positions(int(np.prod(node.shape)), self.widest)
        terms: list[Expr] = []
        for before, position in zip((0, *shown), shown, strict=False):
            if position != before + 1:
                terms.append(Dots(position - before - 1))
            index = tuple(int(i) + 1 for i in np.unravel_index(position - 1, node.shape))
            index = turned(node.ref.part, index, in_out)
            terms.append(self.named(rule.write_of(k, index), number, None))
        return add(*terms)

    def gradient_formula(self, ref: Ref) -> Expr:
        """Return the formula of a gradient's entry: the sum of its consumers' shares."""
        number = self.number(ref)
        node = self.graph.nodes[number]
        if number == self.graph.loss:
            return ONE
        if not node.wants_gradient:
            return ZERO
        index = ref.index if node.shape else ()
        shares: list[Expr] = []
        edges = self.arriving(number)
        shown = shown_positions(len(edges), self.widest)
        for before, place in zip((0, *shown), shown, strict=False):
            if place != before + 1:
                shares.append(Dots(place - before - 1))
            consumer, position = edges[place - 1]
            if self.adds_samples(consumer, number):
                shares.append(self.batch_share(consumer, position, index))
            else:
                shares.append(self.share(consumer, position, index, ref.sample))
        # The last step has none after it that would send it something.
        found = [share for share in shares if share != ZERO]
        return add(*found)

    def arriving(self, number: int) -> list[tuple[int, int]]:
        """Return the edges along which a share comes back to a node."""
        return [each for each in self.consumers.get(number, ()) if each[0] in self.reached]

    def adds_samples(self, consumer: int, number: int) -> bool:
        """Return whether what a consumer sends to a node is added up over the samples."""
        nodes = self.graph.nodes
        several = self.graph.samples > 1
        return several and nodes[consumer].per_sample and not nodes[number].per_sample

    def batch_share(self, consumer: int, position: int, index: tuple[Index, ...]) -> Expr:
        """Return (1/N) Σ_n of a consumer's share, sample by sample."""
        if self.graph.rule(consumer).over_samples:
            return self.averaged(self.share(consumer, position, index, None))
        samples = range(1, self.graph.samples + 1)
        shown = expand(BigSum("n", len(samples), Name("share", ("n",))), {}, self.widest)
        total = substitute(
            shown,
            lambda node: (
                self.share(consumer, position, index, node.index[0])
                if isinstance(node, Name)
                else None
            ),
        )
        if isinstance(total, Add):
            total = add(*([term for term in total.terms if term != ZERO] or [ZERO]))
        return ZERO if total == ZERO else self.averaged(total)

    def averaged(self, total: Expr, count: Expr | None = None) -> Expr:
        """Return (1/N) of what the samples add up to, under a mean; a minus stands before it."""
        if not self.graph.mean:
            return total
        part = Div(ONE, count or Number(Fraction(self.graph.samples)))
        return Neg(Mul((part, total.operand))) if isinstance(total, Neg) else Mul((part, total))

    def share(
        self, consumer: int, position: int, index: tuple[Index, ...], sample: Index | None
    ) -> Expr:
        """Return the formula of what one consumer sends back to one entry of its parent."""
        node = self.graph.nodes[consumer]
        if node.rule is None:
            raise ValueError("a leaf has no share to send")
        if node.shortcut is not None:
            return self.named(self.shortcut(node.shortcut, index, sample), consumer, sample)
        written = self.written_share(consumer, position, index, sample)
        if consumer == self.graph.loss == self.graph.output:
            from ..functions.tidying import tidied

            written = tidied(bind_gradient(written))
        if node.rule.name == "identity":
            written = Name("g", index)
        if node.rule.name == "softmax_cross_entropy" and self.targets_add_up(sample):
            written = substitute(written, _without_target_sum)
        if not node.per_sample and self.graph.nodes[node.parents[position]].per_sample:
            written = self.of_row(written, consumer)
        found = self.named(written, consumer, sample)
        return self._with_named(found, consumer)

    def of_row(self, written: Expr, consumer: int) -> Expr:
        """Return what one of the whole batch sends to a sample, as that sample's row counts it.

        Under a mean over N samples that is N times the share: what is divided by N no longer is.
        """
        if not self.graph.mean or self.graph.samples == 1 or consumer in self.graph.loss_nodes:
            return written
        return times(written, self.graph.samples)

    def written_share(
        self, consumer: int, position: int, index: tuple[Index, ...], sample: Index | None
    ) -> Expr:
        """Return a share as its rule writes it: of one entry by the numbers, where they decide."""
        rule = self.graph.settled_rule(consumer, sample)
        shapes = self.shapes(consumer, sample)
        open_ended = any(letters_of(i) for i in (*index, sample) if i is not None)
        if self._trace is None or self.general or open_ended:
            return rule.write_share(position, index, shapes)
        row, nodes = int(sample or 1) - 1, self.graph.nodes
        inputs = (
            self.trace.values[p][row] if nodes[p].per_sample else self.trace.values[p]
            for p in nodes[consumer].parents
        )
        return rule.write_share_of(position, index, shapes, *inputs)

    def shortcut(self, shortcut: Shortcut, index: tuple[Index, ...], sample: Index | None) -> Expr:
        """Return a − y, or a Σy − y where the targets of the sample do not add up to one."""
        if self.targets_add_up(sample):
            return Name("out", index) - Name("y", index)
        shape = self.graph.nodes[shortcut.inputs[1]].shape
        return shortcut.rule.write_share(0, index, (shape, shape))

    def targets_add_up(self, sample: Index | None) -> bool:
        """Return whether a sample's targets add up to one exactly; without numbers, they shall."""
        if self.graph.target is None:
            return False
        rows = self._targets()
        if rows is None:
            return True
        every = self.general or not isinstance(sample, int | None)
        chosen = rows if every else rows[int(sample or 1) - 1][None]
        return bool((chosen.sum(axis=-1) == 1).all())

    def target_sum(self, sample: Index | None) -> Any:
        """Return what a sample's targets add up to; None where they have no numbers."""
        rows = self._targets()
        return None if rows is None else rows[int(sample or 1) - 1].sum()

    def _targets(self) -> Any:
        """Return the targets, a row a sample; None where they have no numbers."""
        number = self.graph.target
        if number is None:
            return None
        if self._trace is not None:
            return self.trace.values[number]
        given = self.graph.given[number]
        shape = (self.graph.samples, *self.graph.nodes[number].shape)
        return None if given is None else given.numbers.reshape(shape)

    def shapes(self, number: int, sample: Index | None = None) -> tuple[Shape, ...]:
        """Return the shapes of a node's inputs, then its own: of a sample, as far as it goes."""
        every = (*self.graph.nodes[number].parents, number)
        return tuple(self.graph.shape_of(each, sample) for each in every)

    def named(self, written: Expr, number: int, sample: Index | None) -> Expr:
        """Return a rule's formula with its operands turned into this node's quantities."""
        node = self.graph.nodes[number]
        rule: Rule | None = node.rule
        if rule is not None and isinstance(sample, int):
            rule = rule.of_sample(sample)
        operands = () if rule is None else rule.operands
        refs = {
            name: self.graph.nodes[parent].ref
            for name, parent in zip(operands, node.parents, strict=False)
        }
        if node.shortcut is not None:
            refs["y"] = self.graph.nodes[node.shortcut.inputs[1]].ref
        refs |= {"out": node.ref, "g": node.ref.grad()}
        return self.in_quantities(written, refs, sample, rule)

    def closed_formula(
        self, closed: ClosedForm, index: tuple[Index, ...], sample: Index | None
    ) -> Expr:
        """Return the closed form of one entry's gradient, straight from a later one."""
        nodes = self.graph.nodes
        shapes = (*(nodes[number].shape for number in closed.inputs), nodes[closed.source].shape)
        written = closed.rule.write_share(0, index, shapes)
        read = (nodes[number].ref for number in closed.inputs)
        refs = dict(zip(closed.rule.operands, read, strict=True))
        return self.in_quantities(written, refs | {"g": nodes[closed.source].ref.grad()}, sample)

    def in_quantities(
        self,
        written: Expr,
        refs: dict[str, Ref],
        sample: Index | None,
        rule: Rule | None = None,
    ) -> Expr:
        """Return a formula in operands as one in quantities, of this sample where they have one."""

        def quantity(leaf: Expr) -> Expr | None:
            if not isinstance(leaf, Name):
                return None
            ref = refs[leaf.id]
            number = self.number(ref)
            of_sample = self.graph.nodes[number].per_sample
            if number == self.graph.cost:
                return Quantity(Ref("cost", sample=leaf.index[0] if leaf.index else None))
            index, where = leaf.index, sample
            if of_sample and len(index) > len(self.graph.nodes[number].shape):
                where, index = index[0], index[1:]
            where = where if of_sample and not self.graph.single else ref.sample
            return Quantity(structs.replace(ref, sample=where, index=index or ref.index))

        formula = apart(written) if self.general else expand(written, {}, self.widest, self.nested)
        return substitute(formula if rule is None else rule.placed(formula), quantity)

    # -- parts of a step that tables show by themselves

    def slope(self, layer_a: int, index: tuple[Index, ...], sample: Index | None) -> Step:
        """Return the step of σ′(z): the local derivative ∂a/∂z of one unit."""
        node = self.graph.nodes[layer_a]
        rule = self.graph.rule(layer_a)
        written = rule.write_slope(index)
        if written is None:
            raise ValueError(f"{rule.name} has no slope of one unit")
        formula = self.named(written, layer_a, sample)
        z, a = (self.trace.values[i] for i in (node.parents[0], layer_a))
        row = int(sample or 1) - 1
        position: Any = (slice(row, row + 1), *(int(i) - 1 for i in index))
        with np.errstate(all="ignore"):
            value = np.asarray(rule.slope(self.trace.arithmetic, z[position], a[position]))
        value = np.asarray(value, dtype=a.dtype)
        of_sample = None if self.graph.single else sample
        ref = structs.replace(node.ref, sample=of_sample, index=index)
        return self.finished(ref, formula, Reason(Law.FUNCTION, rule.name), value.ravel()[0])


def bind_gradient(written: Expr) -> Expr:
    """Return a share with 1 for the gradient, which is that of the output."""
    return substitute(written, lambda n: ONE if isinstance(n, Name) and n.id == "g" else None)


def times(product: Expr, count: int) -> Expr:
    """Return a product so many times: what is divided in it is divided by so much less."""
    factors = list(product.factors) if isinstance(product, Mul) else [product]
    for position, factor in enumerate(factors):
        match factor:
            case Div(Number(Fraction() as top), Number(Fraction() as bottom)):
                left = bottom / count
                factors[position] = Number(top) if left == 1 else Div(Number(top), Number(left))
                kept = [each for each in factors if each != ONE]
                return mul(*kept) if kept else ONE
    return mul(Number(Fraction(count)), *factors)


def apart(tree: Expr) -> Expr:
    """Return a general formula whose sums run over other letters than its own free indices."""
    free = _free_letters(tree)

    def change(node: Expr) -> Expr | None:
        if not isinstance(node, BigSum) or node.index not in free:
            return None
        taken = free | _letters(node)
        letter = next(letter for letter in "kjimn" if letter not in taken)
        return BigSum(letter, node.count, substitute(node.body, renaming(node.index, letter)))

    return substitute(tree, change)


def renaming(old: str, new: str) -> Callable[[Expr], Expr | None]:
    """Return the substitution of one index letter for another."""

    def change(node: Expr) -> Expr | None:
        if not isinstance(node, Name):
            return None
        return Name(node.id, tuple(at(i, {old: new}) for i in node.index))

    return change


def _letters(tree: Expr) -> set[str]:
    """Return every index letter of the tree."""
    names = (node for node in walk(tree) if isinstance(node, Name))
    return {letter for name in names for i in name.index for letter in letters_of(i)}


def _free_letters(tree: Expr) -> set[str]:
    """Return the index letters that no sum around them runs over."""
    if isinstance(tree, BigSum):
        return _free_letters(tree.body) - {tree.index}
    if isinstance(tree, Name):
        return {letter for i in tree.index for letter in letters_of(i)}
    return set().union(*map(_free_letters, children(tree)))


def _without_target_sum(node: Expr) -> Expr | None:
    """Return a product without its factor Σ_k y_k, where that is 1; None for any other node."""
    if not isinstance(node, Mul) or not isinstance(node.factors[-1], BigSum):
        return None
    last = node.factors[-1].body
    return mul(*node.factors[:-1]) if isinstance(last, Name) and last.id == "y" else None
