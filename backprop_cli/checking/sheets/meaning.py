"""A formula's names → the quantities of the entry that is asked for, one of whole arrays too."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction

from msgspec import Struct, structs

from ...expression.indices import Index
from ...expression.refs import Ref, plain_name
from ...expression.tokens import ExpressionError
from ...expression.tree import Call, Expr, Name, Number, Quantity
from ...graph.names import from_shown, is_probability, probability_ref, shown_shape
from ...graph.records import Graph
from ..records import Aspect
from .evaluating import before
from .laid_out import (
    EACH_WITH_EACH,
    LayOut,
    Shape,
    Signs,
    Spread,
    fitted,
    size,
    styles,
    transposed,
)
from .names import SheetNames, entry_of

SAMPLES = ("N", "m")
"""What stands for the number of samples."""


def _not_turned(_: Ref) -> bool:
    return False


class AnswerContext(Struct, frozen=True):
    """What an answer is to: the network, the names it may use, the entry, the order of all.

    ``given`` are the numbers of the exercise, without their signs. Matrices of weights stand
    transposed on the sheet with ``turned``; with ``course`` a sign between arrays is a product of
    matrices before it is one entry by entry.
    """

    graph: Graph
    names: SheetNames
    ref: Ref
    aspect: Aspect
    order: Mapping[Ref, int]
    given: frozenset[float] = frozenset()
    turns: Callable[[Ref], bool] = _not_turned
    course: bool = False


class EntryFormula(Struct, frozen=True):
    """An entry's formula; ``turned``: it is of a matrix that was written transposed."""

    tree: Expr
    turned: bool = False


def meant(tree: Expr, text: str, question: AnswerContext) -> EntryFormula:
    """Return the formula of the entry that is asked for, by the first reading that has its shape.

    A name is a whole array; one number may be meant for every entry.
    """
    graph, asked = question.graph, question.ref
    lone: Spread | None = None
    fault: ExpressionError | None = None
    batch = asked.sample is not None and not graph.single
    for style in styles(course=question.course, batch=batch):
        shape, position = _asked(question, by_sample=style.by_sample)
        read = LayOut(text, style, lambda node, style: _quantity(node, text, question, style))
        try:
            laid = read.of(tree)
        except ExpressionError as error:
            fault = fault or error
            continue
        if (fit := fitted(laid, shape)) is not None:
            return EntryFormula(fit.at(position))
        if not laid.shape and not read.met:
            return EntryFormula(laid.at(()))
        weights = asked.gradient and not question.aspect and graph.kind(asked) == "weight"
        if weights and len(shape) == 2 and laid.shape == shape[::-1]:
            return EntryFormula(laid.at(position[::-1]), turned=True)
        if not laid.shape and style.star != "number":
            lone = lone or laid
        fault = fault or _misfit(laid, shape, read, question)
    if lone is not None:
        return EntryFormula(lone.at(()))
    raise fault or _fault(text, "", "no formula", "")


def _asked(question: AnswerContext, *, by_sample: bool) -> tuple[Shape, Shape]:
    """Return the shape of what is asked, as the sheet writes it, and where in it the entry is."""
    asked, graph = question.ref, question.graph
    whole = asked.bare().of()
    if by_sample:
        asked, whole = structs.replace(asked, sample=None), structs.replace(whole, sample=1)
    shape = shown_shape(graph, whole)
    position = tuple(i - 1 for i in entry_of(asked, graph.in_out))
    if len(shape) != len(position):
        return (), ()
    return (shape[::-1], position[::-1]) if question.turns(asked.bare()) else (shape, position)


def _misfit(laid: Spread, wanted: Shape, read: LayOut, question: AnswerContext) -> ExpressionError:
    """Return the error for a formula whose shape is not what is asked for, or that comes later."""
    shape, text = laid.shape, read.text
    try:
        laid.at((0,) * len(shape))
    except ExpressionError as error:
        return error
    alone = next((n for n, s in read.met.items() if s == shape), "")
    if not wanted and alone:
        example = ",".join("1" for _ in shape)
        cure = f"name one, such as {alone}[{example}], or add them: sum({alone})"
        return _fault(text, alone, f"{alone} has {size(shape)}", cure)
    name = plain_name(question.ref.bare(), question.graph.in_out)
    message = f"it has {size(shape)}, and {name} has {size(wanted)}"
    cure = read.shapes()
    if len(shape) == 1 and len(wanted) == 2:
        cure = f"{cure}; {EACH_WITH_EACH}"
    return read.fault(message if wanted else f"it has {size(shape)}, not one", cure)


def _quantity(node: Expr, text: str, question: AnswerContext, style: Signs) -> Spread:
    """Return what a name with its index means, a whole array without; each entry must come before.

    ``d(a1[2])`` is a gradient.
    """
    gradient = isinstance(node, Call)
    name = node.arguments[0] if isinstance(node, Call) else node
    assert isinstance(name, Name)
    graph, word, index = question.graph, name.id, name.index
    if word in SAMPLES and word not in question.names.words:
        return Spread((), lambda _: Number(Fraction(graph.samples)))
    whole = question.names.words[word]
    if gradient and whole.part == "y":
        raise _fault(text, word, "no gradient is taken with respect to the target", "")
    likely = is_probability(whole, graph)
    if likely and gradient:
        raise _fault(text, word, "no gradient is taken with respect to p", "d(…) of the scores is")
    whole = graph.nodes[graph.output].ref if likely else whole
    whole = whole.grad() if gradient else whole
    if style.by_sample and not index and _has_rows(whole, graph) and whole.sample is None:
        whole = structs.replace(whole, sample=question.ref.sample)

    def earlier(ref: Ref) -> Expr:
        ref = probability_ref(ref) if likely else ref
        if before(ref, question.ref, question.aspect, graph, question.order):
            return Quantity(ref)
        same = ref == question.ref
        name = plain_name(ref, graph.in_out)
        asked = plain_name(question.ref, graph.in_out)
        message = f"{name} is what is asked here" if same else f"{name} comes after {asked}"
        raise _fault(text, word, message, "use what is given and what comes before")

    shape = () if whole.index else shown_shape(graph, whole)
    if index:
        entry = _entry(whole, word, index, text, graph)
        return Spread((), lambda _: earlier(entry))
    if not shape:
        return Spread((), lambda _: earlier(whole))
    laid = Spread(shape, lambda p: earlier(from_shown(whole, tuple(i + 1 for i in p), graph)))
    return transposed(laid) if question.turns(whole) else laid


def _entry(whole: Ref, word: str, index: tuple[Index, ...], text: str, graph: Graph) -> Ref:
    shape = () if whole.index else shown_shape(graph, whole)
    last = ",".join(map(str, shape))
    cure = f"it runs to {word}[{last}]" if shape else f"write {word} without brackets"
    if len(index) != len(shape) or not all(isinstance(i, int) for i in index):
        shown = ",".join(map(str, index))
        raise _fault(text, word, f"{word}[{shown}] is no entry of {word}", cure)
    numbers = tuple(int(i) for i in index)
    if any(not 1 <= i <= size for i, size in zip(numbers, shape, strict=True)):
        shown = ",".join(map(str, index))
        raise _fault(text, word, f"{word}[{shown}] is outside {word}", cure)
    return from_shown(whole, numbers, graph)


def _has_rows(whole: Ref, graph: Graph) -> bool:
    number = graph.find(whole)
    return number is not None and graph.nodes[number].per_sample


def _fault(text: str, word: str, message: str, cure: str) -> ExpressionError:
    """Return the error at the word's first place in the text."""
    found = re.search(rf"(?<![A-Za-z0-9_]){re.escape(word)}(?![A-Za-z0-9_])", text)
    return ExpressionError(message, found.start() if found else 0, len(word), cure)
