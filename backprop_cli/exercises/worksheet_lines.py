"""One line of a worksheet: a quantity, how it is found, and a blank or its number."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import structs

from ..checking.records import LIKELY
from ..expression.indices import Index
from ..expression.refs import Ref
from ..expression.tree import ONE, Blank, Call, Derivative, Expr, Name, Number, Quantity, mul
from ..expression.walking import holds, substitute
from ..graph.names import probability_ref
from ..graph.parts import Layer
from ..graph.records import Graph
from ..mathematics.activations import ACTIVATIONS, defaults
from ..mathematics.formulas import without_ones
from ..passes.trace import Trace
from ..spec.functions import CALLABLE
from ..worked.document import Chain
from ..worked.entry_steps import evaluated
from ..worked.steps import Writer, entry
from ..worked.trace.cells import settled
from ..worked.trace.likely import probability_chain
from ..worked.view import USUAL
from .questions import Question

Guide = Literal["none", "formula", "numbers"]
"""How much a line tells: nothing, the formula, or also the places of its numbers."""
RATE = Name("eta")
PLACE = 6
"""The width of a blank for one number of a sum."""


class WorksheetLines:
    """Writes the lines of one network: ``rate`` is the learning rate, where there is one.

    ``asked`` are the questions: what they ask for is named in later formulas, not written out.
    ``general`` lines are of a general entry, sums over an index letter.
    """

    def __init__(
        self,
        subject: Trace | Graph,
        asked: tuple[Question, ...],
        rate: Any = None,
        *,
        general: bool = False,
    ) -> None:
        self.trace = subject if isinstance(subject, Trace) else None
        self.graph = subject.graph if isinstance(subject, Trace) else subject
        self.writer = Writer(subject, USUAL.terms, general=general)
        self.rate = rate
        self.asked = {each.ref.whole() for each in asked if not each.aspect}

    def blank(self, each: Question, ref: Ref, guide: Guide, width: int) -> Chain:
        """Return the line with a blank at its end; a formula that is a number is the answer."""
        forms: list[Expr] = [each.symbol(ref)]
        formula = None if guide == "none" else self.formula(each, ref)
        if formula is not None and not holds(formula, Quantity):
            formula = None
        if formula is not None:
            forms.append(formula)
        if formula is not None and guide == "numbers" and not isinstance(formula, Quantity):
            forms.append(_with_places(formula))
        relation = "←" if each.step else "="
        return Chain((*forms, Blank(width)), each.name_of(ref, self.graph), relation=relation)

    def worked(self, each: Question, ref: Ref) -> Chain:
        """Return the line with its formula, the numbers put in, and the value."""
        if each.aspect == LIKELY and self.trace is not None:
            return probability_chain(self.writer, ref)
        short = self.formula(each, ref)
        long = short if each.aspect == LIKELY else self.spelled(ref, each.step)
        name = each.name_of(ref, self.graph)
        relation = "←" if each.step else "="
        if self.trace is None:
            form = long if long is not None else short
            return Chain((each.symbol(ref), *_some(form)), name, relation=relation)
        put = None if long is None else self.numbers(settled(self.trace, self.numbers(long)))
        forms = (Quantity(ref), *_some(short))
        return evaluated(forms, put, self.answer(each, ref), name, relation=relation)

    def formula(self, each: Question, ref: Ref) -> Expr | None:
        """Return the formula of what is asked of an entry."""
        if each.aspect == LIKELY:
            return self.writer.value_formula(probability_ref(ref))
        return self.short(ref, each.step)

    def answer(self, each: Question, ref: Ref) -> Any:
        """Return the entry's number; of a network without numbers, its formula."""
        step = each.step
        if each.aspect == LIKELY:
            formula = self.formula(each, ref)
            return formula if self.trace is None else entry(self.trace, probability_ref(ref))
        if self.trace is None:
            named = self._is_answer(ref) and not ref.gradient and self._has_a_name(ref)
            formula = self.short(ref, step) if named else self.spelled(ref, step)
            if formula is None:
                raise ValueError(f"{ref} has no formula")
            return formula
        if step:
            return entry(self.trace, ref) - self.rate * entry(self.trace, ref.grad())
        return entry(self.trace, ref)

    def numbers(self, formula: Expr) -> Expr:
        """Return the formula with its numbers, the learning rate's among them."""
        put = self.writer.numbers(formula)
        return substitute(put, lambda node: Number(self.rate) if node == RATE else None)

    # -- formulas

    def short(self, ref: Ref, step: bool) -> Expr | None:
        """Return the formula with functions by name: σ(z), σ′(z)."""
        layer = self._layer(ref)
        named = layer is not None and layer.activation in ACTIVATIONS
        if step or layer is None or not named or layer.activation == "identity":
            return self.spelled(ref, step)
        at = self.graph.nodes[layer.a].ref, self.graph.nodes[layer.z].ref
        a, z = (structs.replace(each, sample=ref.sample, index=ref.index) for each in at)
        if ref == a:
            return Call(layer.activation, (Quantity(z),))
        if ref == z.grad() and not self.graph.has_shortcut(layer):
            return mul(self._error(a.grad()), Derivative(layer.activation, Quantity(z)))
        return self.spelled(ref, step)

    def spelled(self, ref: Ref, step: bool) -> Expr | None:
        """Return the formula written out; None where no entry has one of its own."""
        if step:
            return Quantity(ref) - RATE * Quantity(ref.grad())
        try:
            if not ref.gradient:
                return self._value(ref)
            tree = self.writer.gradient_formula(ref)
        except (ValueError, KeyError, AttributeError):
            return None
        layer = self._layer(ref)
        if layer is None and self.graph.terms is None:
            one = Quantity(self.graph.nodes[self.graph.output].ref.grad())
            return without_ones(substitute(tree, lambda node: ONE if node == one else None))
        if layer is None or self.graph.find(ref) != layer.z:
            return tree
        return substitute(tree, lambda node: self._inner(node, ref.layer))

    def _value(self, ref: Ref) -> Expr:
        """Return a value's formula; the loss down to outputs and targets."""
        tree = self.writer.value_formula(ref)
        loss = self.graph.loss_nodes
        if self.graph.find(ref) not in loss:
            return tree

        def change(node: Expr) -> Expr | None:
            inside = isinstance(node, Quantity) and self.graph.find(node.ref) in loss
            inside = inside and isinstance(node, Quantity) and node.ref != ref
            return self._value(node.ref) if inside and isinstance(node, Quantity) else None

        return substitute(tree, change)

    def _inner(self, node: Expr, layer: Index | None) -> Expr | None:
        """Return ∂C/∂a of the layer as the sum that it is, unless it is asked for itself."""
        if not isinstance(node, Quantity) or not node.ref.gradient:
            return None
        if not self._is_answer(node.ref) or node.ref.layer != layer:
            return None
        return self._error(node.ref)

    def _is_answer(self, ref: Ref) -> bool:
        """Return whether the quantity is a layer's answer, or the gradient of one."""
        return (
            ref.part not in self.graph.words.inputs and self.graph.find(ref) in self.graph.answers
        )

    def _error(self, ref: Ref) -> Expr:
        if structs.replace(ref.whole(), sample=None) in self.asked:
            return Quantity(ref)
        try:
            return self.writer.gradient_formula(ref)
        except (ValueError, KeyError, AttributeError):
            return Quantity(ref)

    def _layer(self, ref: Ref) -> Layer | None:
        return self.graph.layer_of(ref)

    def _has_a_name(self, ref: Ref) -> bool:
        """Return whether the activation's name alone says it: its settings are the usual ones."""
        layer = self._layer(ref)
        if layer is None or layer.activation not in CALLABLE:
            return False
        rule = self.graph.rule(layer.a)
        return bool(getattr(rule, "settings", None) == defaults(ACTIVATIONS[layer.activation]))


def _with_places(formula: Expr) -> Expr:
    """Return the formula with a blank for each quantity."""
    return substitute(formula, lambda node: Blank(PLACE) if isinstance(node, Quantity) else None)


def _some(form: Expr | None) -> tuple[Expr, ...]:
    return () if form is None else (form,)
