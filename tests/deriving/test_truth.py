"""Every form of every derivation has the value of the gradient that the passes compute."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import sympy

from backprop_cli.api import load
from backprop_cli.arithmetic.symbolic import SYMBOLIC
from backprop_cli.deriving import styles
from backprop_cli.deriving.derive_document import derive_document
from backprop_cli.deriving.expand import expand_document
from backprop_cli.expression.differentiate import to_sympy
from backprop_cli.expression.refs import Ref, plain_name, turned
from backprop_cli.expression.tree import Div, Expr, Nabla, Name, Number, Partial, Quantity
from backprop_cli.expression.walking import substitute, walk
from backprop_cli.functions.fused import FUSED
from backprop_cli.graph.names import shown_shape
from backprop_cli.graph.records import Graph
from backprop_cli.graph.resolving import resolve
from backprop_cli.mathematics.activations import spelled_out
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace, forward
from backprop_cli.problems import Refusal
from backprop_cli.worked.document import Document
from backprop_cli.worked.steps import entry
from backprop_cli.worked.view import View

from ..commands.running import CONFIGS
from ..commands.running import LAYERED as NAMES
from ..networks import MANY, Sizes, loads, network
from ..page.counting import counted
from ..page.evaluating import Evaluator
from ..page.quantities import constants
from ..page.truth import Tally, chains_of, checked

STYLES = tuple(styles())
LOADED = {name: load(CONFIGS / f"{name}.yaml") for name in NAMES}
SINGLE = tuple(name for name, net in LOADED.items() if net.single and len(net.inputs) == 1)
"""Examples of one vector, whose closed forms can be read."""
DRAWN = Sizes(layers=4, units=2, samples=2, decimals=2)
SEEDS = MANY // 15
CLOSEST = 1e-9
LEFT_OPEN = frozenset(
    {
        "what is left out: …",
        "a part: that occurs twice",
        "a derivative of an array by an array",
    }
)
"""Why a form may have no number: terms that a wide sum leaves out, one input joined twice, the
Jacobian of two images, which the matrix style names."""


def config(name: str) -> Graph:
    """Return an example network."""
    return load(CONFIGS / f"{name}.yaml")


def is_derivative(form: Expr) -> bool:
    """Return whether the form names a derivative, so that its chain must have a number."""
    gradient = isinstance(form, Quantity) and form.ref.gradient
    return gradient or isinstance(form, Partial | Nabla)


def all_agree(
    document: Document, trace: Trace, sample: int, left_open: frozenset[str] = LEFT_OPEN
) -> int:
    """Check every chain; return how many say that a derivative is something."""
    derived = 0
    total = Tally()
    for chain in chains_of(document):
        found = checked(chain, Evaluator(trace, sample, names=constants(trace.graph)))
        total.add(found)
        assert not found.faults, found.faults
        # Vectors at a general step t are read by no checker of entries yet.
        assert trace.graph.loops or set(found.unknown) <= left_open, (chain, found.unknown)
        derived += is_derivative(chain.forms[0]) and len(chain.forms) > 1
    counted("derivations", total.held)
    return derived


def derivations(graph: Graph, trace: Trace, sample: int, *names: str) -> Iterator[Document]:
    """Yield the derivation in every style, of general entries and of each with its numbers."""
    wanted = tuple(resolve(name, graph).grad() for name in names)
    for style in styles().values():
        for numbers in (None, trace):
            yield derive_document(
                graph, numbers, style, wanted, View(), sample=sample if numbers else None
            )


@pytest.mark.parametrize("name", NAMES)
def test_examples(name: str) -> None:
    """Derivations of every example, of its first and of its last sample."""
    graph = config(name)
    trace = run(graph)
    for sample in {1, graph.samples}:
        for document in derivations(graph, trace, sample):
            assert all_agree(document, trace, sample) > 2


@pytest.mark.parametrize("name", NAMES)
def test_activations_and_inputs(name: str) -> None:
    """The gradients that are no parameter's: of every a, every z and of x, whole and one entry."""
    graph = config(name)
    trace = run(graph)
    refs = [Ref("x"), *(ref for layer in graph.layers for ref in layer.values)]
    every = [plain_name(ref) for ref in refs]
    ones = [len(shown_shape(graph, ref)) * (1,) for ref in refs]
    one_each = (f"{n}[{','.join(map(str, at))}]" for n, at in zip(every, ones, strict=True))
    for names in (tuple(every), tuple(one_each)):
        for document in derivations(graph, trace, 1, *names):
            assert all_agree(document, trace, 1) >= len(graph.layers)


@pytest.mark.parametrize("start", range(0, SEEDS, 10))
def test_random_networks(start: int) -> None:
    """Networks of any activation, loss, merge, layout, penalty and kind of bias."""
    derived = 0
    for seed in range(start, start + 10):
        graph = loads(network(seed, DRAWN).text)
        trace = run(graph)
        sample = random.Random(seed).randint(1, graph.samples)
        for document in derivations(graph, trace, sample):
            derived += all_agree(document, trace, sample)
    assert derived > 500


@pytest.mark.parametrize("name", NAMES)
def test_values(name: str) -> None:
    """With numbers a chain ends in the gradient that the passes gave, under its plain name."""
    graph = config(name)
    trace = run(graph)
    for style in ("leibniz", "function", "index"):
        found = {}
        for chain in chains_of(derive_document(graph, trace, styles()[style], (), View())):
            first, last = chain.forms[0], chain.forms[-1]
            if not isinstance(first, Quantity) or not first.ref.gradient:
                continue
            if chain.name and isinstance(last, Number):
                assert float(last.value) == pytest.approx(float(entry(trace, first.ref)), abs=1e-12)
                found[first.ref.whole()] = True
        parameters = {graph.nodes[number].ref.grad() for number in graph.parameters.values()}
        assert parameters <= set(found)


# -- closed forms


def closed_value(document: Document, trace: Trace) -> Any:
    """Return the value of an expanded form: its named parts one after the other, then the whole."""
    parts: dict[Expr, Expr] = {}
    value = np.zeros(())
    for chain in chains_of(document):
        target, form = chain.forms
        form = substitute(form, lambda node: parts.get(node))
        value = Evaluator(trace).value(form)
        if isinstance(target, Name) or (isinstance(target, Quantity) and not target.ref.gradient):
            parts[target] = Number(float(value))
    return value


@pytest.mark.parametrize("name", SINGLE)
def test_closed_forms(name: str) -> None:
    """``--expand`` gives every entry of every gradient in inputs and parameters only."""
    graph = config(name)
    trace = run(graph)
    given = (graph.number(Ref("x")), *graph.parameters.values())
    for number in (each for each in given if graph.nodes[each].wants_gradient):
        node = graph.nodes[number]
        shape, part = node.shape, node.ref.part
        for position in list(np.ndindex(shape))[-1:]:
            index = tuple(i + 1 for i in position)
            index = turned(part, index, graph.in_out)
            ref = node.ref.grad().at(*index)
            try:
                document = expand_document(graph, (ref,))
            except Refusal:
                assert len(graph.inputs) > 1, part
                continue
            expected = entry(trace, ref)
            assert float(closed_value(document, trace)) == pytest.approx(expected, abs=CLOSEST)
            leaves = (n for c in chains_of(document) for n in walk(c.forms[1]))
            named = {"x", "y", *(graph.nodes[n].ref.part for n in graph.parameters.values())}
            above = {c.forms[0] for c in chains_of(document)}
            read = {n.ref.part for n in leaves if isinstance(n, Quantity) and n not in above}
            assert read <= named


def expanded_cost(graph: Graph) -> Expr:
    """Return the cost of a single sample as one formula in inputs and parameters."""
    leaves = {}
    for number in graph.given:
        node = graph.nodes[number]
        values = np.empty((1, *node.shape) if node.per_sample else node.shape, dtype=object)
        for position in np.ndindex(values.shape):
            index = position[1:] if node.per_sample else position
            index = index[::-1] if graph.in_out and node.ref.part == "W" else index
            values[position] = Quantity(node.ref.at(*(i + 1 for i in index)))
        leaves[number] = values
    assert graph.loss is not None
    cost: Expr = forward(graph, SYMBOLIC, leaves)[graph.loss].item()
    return cost


@pytest.mark.parametrize("name", ["sigmoid_neuron", "tanh_neuron", "mazur", "three_two_one"])
def test_against_sympy(name: str) -> None:
    """The derivative of the expanded cost, as sympy takes it, is what the derivation ends in."""
    graph = config(name)
    trace = run(graph)
    names: dict[Any, Expr] = {}
    cost = to_sympy(spelled_out(expanded_cost(graph)), names)
    symbols = {node.ref: symbol for symbol, node in names.items() if isinstance(node, Quantity)}
    numbers = {symbol: sympy.Float(float(entry(trace, ref)), 30) for ref, symbol in symbols.items()}
    document = derive_document(graph, trace, styles()["leibniz"], (), View())
    compared = 0
    for chain in chains_of(document):
        first, last = chain.forms[0], chain.forms[-1]
        if not isinstance(first, Quantity) or not first.ref.gradient:
            continue
        if first.ref.of() in symbols and isinstance(last, Number):
            derivative = sympy.diff(cost, symbols[first.ref.of()]).xreplace(numbers)
            assert float(derivative) == pytest.approx(float(last.value), abs=CLOSEST)
            compared += 1
    assert compared == sum(
        int(np.prod(graph.nodes[number].shape)) for number in graph.parameters.values()
    )


@pytest.mark.parametrize(("activation", "loss"), FUSED)
def test_what_cancels_is_seen_to_cancel(activation: str, loss: str) -> None:
    """In every style the line that ends in a − y has the quotient whose denominator goes."""
    layer = f"{{units: 2, activation: {activation}}}"
    graph = loads(f"input: [1]\ntarget: [~, ~]\nloss: {loss}\nlayers: [{layer}]")
    a, y = (Quantity(Ref(part, layer, index=("j",))) for part, layer in (("a", 1), ("y", None)))
    for style in STYLES:
        for wanted in ((), (Ref("W", 1, True),)):
            chains = chains_of(derive_document(graph, None, styles()[style], wanted, View()))
            ends = (
                node for c in chains if c.forms[-1] == a - y for f in c.forms for node in walk(f)
            )
            assert style == "algorithm" or any(isinstance(node, Div) for node in ends), style
