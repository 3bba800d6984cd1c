"""The steps that a student is shown at ``full``: how an answer is worked out, and from what."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from ...expression.refs import Ref
from ...expression.tree import ONE, Add, Expr, Number, Partial, Quantity, add
from ...expression.walking import substitute, walk
from ...graph.names import probability_ref
from ...mathematics.formulas import without_ones
from ...passes.descent.descender import Descender
from ...passes.descent.records import Overflowed, StepRecord
from ...passes.local import local_derivative, positions
from ...worked.descent.step_document import entry_chains
from ...worked.document import Chain
from ...worked.entry_steps import evaluated, worked_chain
from ...worked.steps import Writer, entry
from ...worked.trace.likely import probability_chain
from ..next_step import NextStep
from ..records import LIKELY, Answer
from ..sheets.aspects import slope_entry

MOST_BEFORE = 3
"""How many steps before an answer's own are shown, where the sheet has none of them."""


class Working:
    """Writes the steps of one sheet, each once; ``answered`` are the entries that it answers."""

    def __init__(self, writer: Writer, step: NextStep | None, answered: frozenset[Ref]) -> None:
        self.writer, self.step, self.answered = writer, step, answered
        self.shown: set[Ref] = set()
        self.record: StepRecord | None = None

    def chains(self, answer: Answer) -> Iterator[Chain]:
        """Yield what works an answer out: what it needs that was not asked, then its own step."""
        if not self.has_numbers:
            if self._is_computed(answer.ref):
                yield self._formula(answer)
        elif isinstance(answer.aspect, Ref):
            yield self._slope(answer, answer.aspect)
        elif answer.aspect == LIKELY:
            yield probability_chain(self.writer, answer.ref)
        elif answer.aspect:
            yield from self._after_step(answer, answer.aspect)
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
        if answer.aspect == LIKELY:
            ref = probability_ref(ref)
        written = writer.gradient_formula(ref) if ref.gradient else writer.value_formula(ref)
        return Chain((Quantity(ref), written), answer.name)

    def _slope(self, answer: Answer, of: Ref) -> Chain:
        """Return ∂a/∂z by its formula: what comes back for an error of 1 at a."""
        writer, wrt = self.writer, answer.ref
        graph, of = writer.graph, slope_entry(wrt, of)
        found = float(local_derivative(writer.trace, of, wrt))
        consumer, one = graph.number(of), Quantity(of.grad())
        where = positions(graph, of, wrt)
        forms: list[Expr] = [Partial(of, wrt)]
        put: Expr | None = None
        if len(where) == 1 and graph.nodes[consumer].shortcut is None:
            total = writer.share(consumer, where[0], wrt.index, wrt.sample)
            terms = total.terms if isinstance(total, Add) else (total,)
            own = [term for term in terms if one in walk(term)]
            if own:
                formula = substitute(add(*own), lambda node: ONE if node == one else None)
                forms.append(without_ones(formula))
                put = writer.numbers(forms[-1])
        return evaluated(forms, put, found, answer.name)

    def _after_step(self, answer: Answer, letter: str) -> Iterator[Chain]:
        """Yield what the optimizer does, with its numbers, up to what was asked."""
        graph, trace, step = self.writer.graph, self.writer.trace, self.step
        if step is None:
            raise AssertionError("nothing is asked after a step where there is none")
        if self.record is None:
            try:
                self.record = Descender(graph, step.plan, step.standing).recorded()
            except Overflowed:  # where the step leads no number holds
                return
        number = graph.number(answer.ref)
        own = (p for p in self.record.parameters if graph.number(p.ref) == number)
        parameter = next(own, None)
        if parameter is None:
            kept = Number(float(entry(trace, answer.ref)))
            yield Chain((Quantity(answer.ref), kept), answer.name)
            return
        chains = entry_chains(graph, step.plan, self.record, parameter, answer.ref)
        before = len(chains) - len(step.letters)
        if before < 0:
            yield from chains
            return
        needed = step.needed(letter)
        yield from chains[:before]
        for each, chain in zip(step.letters, chains[before:], strict=True):
            if each in needed:
                yield structs.replace(chain, name=answer.name) if each == letter else chain
