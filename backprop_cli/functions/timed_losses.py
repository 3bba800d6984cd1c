"""Losses of sequences whose steps count differently: m_t times the term of each step.

m_t is 0 where a step has no target, 1 where it has one; under a mean over time it is 1 over the
number of steps that have one. Past the end of a sequence it is 0 too; where that is all it is for,
it is not written (``ends``), since what is past an end is not shown.
"""

from __future__ import annotations

from ..arithmetic import Arithmetic
from ..expression.indices import Index
from ..expression.tree import Expr, Name, mul
from .losses import LossTerms, SoftmaxCrossEntropy
from .rules import Array, Rule, Shape


class TimedTerms(LossTerms, frozen=True):
    """m_t times the term of a loss of the table."""

    ends: bool = False

    operands = tuple("aym")

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the weighted terms."""
        return LossTerms.forward(self, xp, *inputs[:2]) * _spread(inputs)

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g m_t ∂term/∂a."""
        return LossTerms.share(self, xp, k, g * _spread(inputs), out, *inputs[:2])

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return m_t times the term."""
        return _counted(self.ends, index, LossTerms.write(self, index, shapes))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return m_t times the derivative."""
        return _counted(self.ends, index, LossTerms.write_share(self, k, index, shapes))


class TimedSoftmaxCrossEntropy(SoftmaxCrossEntropy, frozen=True):
    """m_t times the terms −y_k ln softmax(a)_k."""

    ends: bool = False

    operands = tuple("aym")

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the weighted terms."""
        return SoftmaxCrossEntropy.forward(self, xp, *inputs[:2]) * _spread(inputs)

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return the share of each step times its weight."""
        return SoftmaxCrossEntropy.share(self, xp, k, g * _spread(inputs), out, *inputs[:2])

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return m_t times the term."""
        return _counted(self.ends, index, SoftmaxCrossEntropy.write(self, index, shapes))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return m_t (softmax(a)_j Σ_k y_k − y_j)."""
        return _counted(self.ends, index, SoftmaxCrossEntropy.write_share(self, k, index, shapes))


def timed(rule: Rule, *, ends: bool) -> Rule | None:
    """Return the loss with a weight for each step; None for a loss of another form.

    ``ends`` says that the weights are 1 but past the ends of sequences.
    """
    if isinstance(rule, SoftmaxCrossEntropy):
        return TimedSoftmaxCrossEntropy(ends)
    if isinstance(rule, LossTerms):
        of = (rule.loss, rule.settings, rule.term, rule.derivative, rule.bound)
        return TimedTerms(*of, ends)
    return None


def _counted(ends: bool, index: tuple[Index, ...], term: Expr) -> Expr:
    """Return m_t times what a step's entry has."""
    return term if ends else mul(Name("m", index[:1]), term)


def _spread(inputs: tuple[Array, ...]) -> Array:
    """Return each step's weight, shaped to multiply every output of the step."""
    a, m = inputs[0], inputs[2]
    return m.reshape(m.shape + (1,) * (a.ndim - m.ndim))
