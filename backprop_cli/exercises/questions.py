"""What a worksheet asks for: the usual quantities, or those that were named."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from itertools import groupby

from msgspec import Struct

from ..checking.next_step import NextStep
from ..checking.records import LIKELY, STEPPED, Aspect
from ..checking.sheets.answers import entries_of
from ..checking.sheets.aspects import name_of
from ..checking.sheets.names import PlainNames
from ..expression.refs import Ref, plain_name
from ..expression.tree import Expr, Quantity
from ..graph.layer_names import ADDED
from ..graph.names import UnknownName, probability_ref, shown_shape
from ..graph.parts import Layer, Loop
from ..graph.records import Graph
from ..layers import INNER, words_for
from ..notation.notation_table import KINDS
from ..problems import Problem, Refusal, nearest, refuse, shortened
from ..worked.entry_steps import titled
from ..worked.pages import pages_of
from ..worked.view import MOST_LINES, View

MOST_ENTRIES = 160
"""Past so many blanks, quantities of more than LARGE entries are left out."""
MOST_IN_TABLES = 600
"""The same of a sheet whose arrays are a table each."""
LARGE = 12
MOST_BLANKS = 2_000
"""Blanks of one sheet, whatever was named."""


class Question(Struct, frozen=True):
    """One quantity, or one entry, that is asked: its plain name, what it is, its shape.

    ``part`` is ``forward``, ``loss``, ``backward`` or ``gradients``; ``aspect`` asks for the
    parameter after one step, or for the probabilities in place of the scores.
    """

    name: str
    ref: Ref
    meaning: str
    part: str
    shape: tuple[int, ...] = ()
    aspect: Aspect = ""

    def entries(self, graph: Graph) -> list[Ref]:
        """Return the entries, in the order of the file."""
        return entries_of(self.ref, graph)

    def name_of(self, ref: Ref, graph: Graph) -> str:
        """Return the plain name of one of its entries."""
        return name_of(ref, self.aspect, graph)

    @property
    def step(self) -> bool:
        """Whether it is the parameter after one step."""
        return self.aspect == STEPPED

    def symbol(self, ref: Ref) -> Expr:
        """Return how it, or one of its entries, is written."""
        return Quantity(probability_ref(ref) if self.aspect == LIKELY else ref)

    @property
    def size(self) -> int:
        """How many blanks it takes."""
        return math.prod(self.shape)


class Questions(Struct, frozen=True):
    """What is asked, in the order in which it is computed, and what was too large to ask.

    ``layers`` are those in the middle of many, of which nothing is asked, ``lines`` how many lines
    and gradients of a long graph.
    """

    asked: tuple[Question, ...]
    left_out: tuple[Question, ...] = ()
    layers: range = range(0)
    lines: int = 0


def usual_questions(graph: Graph, view: View | None = None, most: int = MOST_ENTRIES) -> Questions:
    """Return the usual: z, a, p, the loss, each δ and each parameter's gradient.

    Of a computation graph each line and each gradient. What the loss does not depend on is not
    asked for; of a network of more than ``most`` entries only what is short, of many layers and
    lines those that the view shows.
    """
    layers = range(0) if view is None else view.between
    wanted = (ref for ref in pages_of(graph).asked(graph) if ref.layer not in layers)
    every = [question(ref, graph) for ref in wanted]
    if graph.takes_softmax:
        first = next(i for i, each in enumerate(every) if each.part == "loss")
        every.insert(first, question(graph.nodes[graph.output].ref, graph, LIKELY))
    before = len(every)
    if view is not None and not view.full and graph.words.picture == "computation":
        there = [each for each in every if not each.ref.gradient]
        back = [each for each in every if each.ref.gradient]
        every = [*there[:MOST_LINES], *back[:MOST_LINES]]
    lines = before - len(every)
    if sum(each.size for each in every) <= most:
        return Questions(tuple(every), (), layers, lines)
    kept = tuple(each for each in every if each.size <= LARGE)
    return Questions(kept, tuple(each for each in every if each.size > LARGE), layers, lines)


def usually_asked(graph: Graph) -> tuple[tuple[Ref, Aspect], ...]:
    """Return the usual quantities, whether or not a worksheet has room for them."""
    found = usual_questions(graph)
    return tuple((each.ref, each.aspect) for each in (*found.asked, *found.left_out))


def named_questions(graph: Graph, names: tuple[str, ...], step: NextStep | None) -> Questions:
    """Return what was named; raise Refusal for names that are none, given, or too large."""
    problems: list[Problem] = []
    found: dict[tuple[Ref, Aspect], Question] = {}
    plain = PlainNames(graph)
    for name in names:
        try:
            ref, aspect = plain.find(name)
        except UnknownName as unknown:
            problems.append(unknown.of("--blank"))
            continue
        problem = _unasked(name, ref, aspect, graph, step)
        if problem is not None:
            problems.append(problem)
            continue
        found[ref, aspect] = question(ref, graph, aspect)
    if problems:
        raise Refusal(problems)
    size = sum(each.size for each in found.values())
    if size > MOST_BLANKS:
        cure = "name entries, such as --blank dW1[1,2]"
        raise refuse(f"--blank: {size:,} blanks, more than a sheet holds", None, cure)
    return Questions(tuple(found.values()))


def in_order_of_time(graph: Graph, asked: Iterable[Question]) -> list[tuple[Question, Ref]]:
    """Return the entries of questions as they are worked: through time a step after the other.

    What is computed step by step needs all of a step before it goes on, or back, to the next.
    """
    pairs = [(each, ref) for each in asked for ref in each.entries(graph)]
    shown = [(each, ref) for each, ref in pairs if not graph.is_past_end(ref)]
    found: list[tuple[Question, Ref]] = []
    for loop, together in groupby(shown, key=lambda pair: _loop_of(graph, pair[1])):
        some = list(together)
        found += some if loop is None else sorted(some, key=partial(_when, loop))
    return found


def _when(loop: Loop, pair: tuple[Question, Ref]) -> tuple[int, int]:
    """Return the sample, and how late its step comes: of gradients the last step is first."""
    ref = pair[1]
    (step, *_), sample = ref.index, ref.sample
    assert isinstance(step, int)
    turn = -loop.clock.forth if ref.gradient else loop.clock.forth
    return sample if isinstance(sample, int) else 0, turn * step


def _loop_of(graph: Graph, ref: Ref) -> Loop | None:
    number = graph.find(ref)
    return None if number is None or not ref.index else graph.loop(number)


def question(ref: Ref, graph: Graph, aspect: Aspect = "") -> Question:
    """Return the question for a quantity or an entry."""
    shape = () if ref.index else shown_shape(graph, ref)
    part = {STEPPED: "step", LIKELY: "loss"}.get(str(aspect)) or _part(ref, graph)
    meaning = _meaning(ref, graph, aspect)
    return Question(name_of(ref, aspect, graph), ref, meaning, part, shape, aspect)


def _unasked(
    name: str, ref: Ref, aspect: Aspect, graph: Graph, step: NextStep | None
) -> Problem | None:
    """Return why a quantity cannot be asked for, if it cannot."""
    said = f"--blank {shortened(name)}"
    if isinstance(aspect, Ref) or aspect not in ("", STEPPED, LIKELY):
        cure = "'backprop check' reads it where a sheet has it"
        return Problem(f"{said}: a worksheet does not ask for it", None, cure)
    if aspect == STEPPED and step is None:
        cure = "add 'learning_rate: 0.5' to the network file"
        return Problem(f"{said}: no learning rate is given", None, cure)
    if aspect == STEPPED and step is not None and not step.plain:
        cure = "'backprop step' works it out"
        message = f"{said}: a worksheet has the steps of plain descent only"
        return Problem(message, None, cure)
    if aspect:
        return None
    if ref.gradient:
        cure = "add 'loss: half_squared_error'"
        return Problem(f"{said}: the network has no loss", None, cure) if not graph.loss else None
    number = graph.find(ref)
    if number is None:
        return Problem(f"{said}: this network has no such quantity", None, "")
    if graph.nodes[number].rule is None:
        names = [each.name for each in usual_questions(graph).asked]
        cure = nearest(f"d{name}", names)
        return Problem(f"{said}: it is given, there is nothing to ask", None, cure)
    return None


def _part(ref: Ref, graph: Graph) -> str:
    if not ref.gradient:
        return "loss" if ref.part in ("loss", "loss_terms", *ADDED) else "forward"
    return "backward" if graph.kind(ref) is None else "gradients"


def _meaning(ref: Ref, graph: Graph, aspect: Aspect) -> str:
    """Return what the quantity is, in words."""
    layer = graph.layer_of(ref)
    if aspect == LIKELY:
        return f"the probabilities: the softmax of {plain_name(ref.whole(), graph.in_out)}"
    if aspect:
        return f"{_parameter(ref, graph, layer)} after one step"
    if layer is None and ref.part not in (*graph.words.inputs, *graph.words.terms):
        value = f"the value of {ref.part}"
        return f"how the output changes with {ref.part}" if ref.gradient else value
    cost = "the loss" if graph.single else "the loss of each sample"
    cost = "the sum of all samples' losses" if graph.find(ref.of()) in graph.mixed else cost
    if ref.gradient:
        match ref.part:
            case "z":
                return f"errors of {_of(layer)}: how {cost} changes with each z"
            case "a":
                return f"how {cost} changes with each activation of {_of(layer)}"
            case "x":
                return f"how {cost} changes with each input"
        said = _said(layer, ref.part)
        if said:
            return f"how {cost} changes with the {said} of {_of(layer)}"
        return f"gradient: how the loss changes with {_parameter(ref, graph, layer)}"
    words = _words(layer, ref.part)
    match ref.part:
        case _ if words != INNER:
            return f"{words} of {_of(layer)}"
        case "z":
            return f"pre-activations of {_of(layer)}"
        case "a":
            return f"activations of {_of(layer)}"
        case "loss_terms":
            return "each output's share of the loss"
        case "cost":
            return cost
        case "penalty":
            return f"the penalty on the weights of {_of(layer)}"
    if layer is not None:
        return f"{words} of {_of(layer)}"
    over = "averaged" if graph.mean else "added up"
    meaning = "the loss" if graph.single else f"the loss, {over} over the samples"
    return f"{meaning}, without penalties" if ref.part == "data_loss" else meaning


def _words(layer: Layer | None, part: str) -> str:
    """Return what a part of a layer is called."""
    return INNER if layer is None else _said(layer, part) or words_for(layer.type, part)


def _said(layer: Layer | None, part: str) -> str:
    """Return what a layer's own words for one of its inner parts are, the article left out."""
    cells = () if layer is None or len(layer.cells[-1].activated) < 2 else layer.cells
    found = (cell.says[part] for cell in cells if part in cell.says)
    return next(found, "").removeprefix("the ").partition(":")[0]


def _parameter(ref: Ref, graph: Graph, layer: Layer | None) -> str:
    if layer is None:
        return ref.part
    number = graph.number(ref)
    kinds = {each.node: each.kind for each in layer.held}
    what = KINDS[kinds[number]] if number in kinds else words_for(layer.type, ref.part)
    says = next((each.says for each in layer.held if each.node == number and each.says), "")
    if says:
        return says if says.startswith("the ") else f"the {says}"
    if kinds.get(number) == "table":
        what = "table"
    if kinds.get(number) == "bias" and not graph.nodes[number].shape:
        what = "shared bias"
    return f"the {what} of {_of(layer)}"


def _of(layer: Layer | None) -> str:
    return "the layer" if layer is None else "layer " + "".join(map(str, titled(layer)))
