"""The steps that a student is shown at ``full``: how an answer is worked out, and from what."""

from __future__ import annotations

from collections.abc import Iterator

from ...expression.refs import Ref
from ...expression.tree import Expr, Known, Name, Neg, Number, Quantity, add, mul
from ...worked.document import Chain
from ...worked.entry_steps import worked_chain
from ...worked.steps import Writer, entry
from ..records import Answer

MOST_BEFORE = 3
"""How many steps before an answer's own are shown, where the sheet has none of them."""


class Working:
    """Writes the steps of one sheet, each once; ``answered`` are the entries that it answers."""

    def __init__(self, writer: Writer, rate: float | None, answered: frozenset[Ref]) -> None:
        self.writer, self.rate, self.answered = writer, rate, answered
        self.shown: set[Ref] = set()

    def chains(self, answer: Answer) -> Iterator[Chain]:
        """Yield what works an answer out: what it needs that was not asked, then its own step."""
        if not self.has_numbers:
            if self._is_computed(answer.ref):
                yield self._formula(answer)
        elif answer.step:
            yield self._update(answer)
        else:
            step = self.writer.step(answer.ref)
            before = [ref for ref in step.uses if self._to_be_shown(ref)]
            for ref in before[:MOST_BEFORE]:
                self.shown.add(ref)
                yield worked_chain(self.writer.step(ref))
            self.shown.add(answer.ref)
            yield worked_chain(step)

    @property
    def has_numbers(self) -> bool:
        """Whether the network has numbers to put into a formula."""
        try:
            return bool(self.writer.trace.values)
        except ValueError:
            return False

    def _to_be_shown(self, ref: Ref) -> bool:
        """Return whether a quantity that a step uses is computed, unanswered and not yet shown."""
        return ref not in self.answered and ref not in self.shown and self._is_computed(ref)

    def _is_computed(self, ref: Ref) -> bool:
        return ref.gradient or self.writer.graph.find(ref) not in self.writer.graph.given

    def _formula(self, answer: Answer) -> Chain:
        """Return an entry's formula alone."""
        ref, writer = answer.ref, self.writer
        written = writer.gradient_formula(ref) if ref.gradient else writer.value_formula(ref)
        return Chain((Quantity(ref), written), answer.name)

    def _update(self, answer: Answer) -> Chain:
        """Return W ← W − η ∂C/∂W, with its numbers and its value."""
        ref, rate = answer.ref, self.rate or 0.0
        old, gradient = (float(entry(self.writer.trace, r)) for r in (ref, ref.grad()))
        formula = add(Quantity(ref), Neg(mul(Name("eta"), Quantity(ref.grad()))))
        product: Expr = mul(Number(rate), Known(ref.grad(), gradient))
        numbers = add(Known(ref, old), Neg(product))
        forms = (Quantity(ref), formula, numbers, Number(old - rate * gradient))
        return Chain(forms, answer.name, relation="←")
