"""General equations: for each entry they say what the entry's own step says."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_cli.expression.indices import Index, at
from backprop_cli.expression.refs import Ref, turned
from backprop_cli.expression.tree import BigSum, Call, Expr, Name, Number, Partial, Quantity, add
from backprop_cli.expression.walking import rebuild, substitute, walk
from backprop_cli.graph.names import known_refs
from backprop_cli.graph.resolving import resolve
from backprop_cli.passes.trace import Trace
from backprop_cli.worked.general_steps import general_formula
from backprop_cli.worked.steps import Writer

from ..commands.running import LAYERED
from .quantities import example, number, number_of, random_trace, same


def settled(tree: Expr, letters: dict[str, int], samples: int) -> Expr:
    """Return a general formula for given letters, each of its sums written out."""

    def index(position: Index) -> Index:
        return at(position, letters)

    def change(node: Expr) -> Expr:
        match node:
            case BigSum(letter, count, body):
                assert letter not in letters, "a sum runs over a letter that is in use"
                assert isinstance(count, int)
                every = range(1, count + 1)
                return add(*(settled(body, {**letters, letter: i}, samples) for i in every))
            case Quantity(ref):
                sample = letters.get(ref.sample) if isinstance(ref.sample, str) else None
                where = ref.sample if sample is None else sample
                positions = tuple(map(index, ref.index))
                return Quantity(Ref(ref.part, ref.layer, ref.gradient, where, positions))
            case Name("N"):
                return Number(Fraction(samples))
            case _:
                return rebuild(node, change)

    return change(tree)


def in_sample(tree: Expr, trace: Trace, sample: int) -> Expr:
    """Return the tree with the sample put in wherever the batch has rows."""

    def change(node: Expr) -> Expr | None:
        if not isinstance(node, Quantity) or node.ref.sample is not None or trace.graph.single:
            return None
        found = trace.graph.find(node.ref)
        if found is None or not trace.graph.nodes[found].per_sample:
            return None
        ref = node.ref
        return Quantity(Ref(ref.part, ref.layer, ref.gradient, sample, ref.index))

    return substitute(tree, change)


def holds_for_every_entry(trace: Trace) -> None:
    graph, writer = trace.graph, Writer(trace)
    for name in known_refs(graph):
        plain = resolve(name, graph)
        for ref in (plain, plain.grad()):
            found = graph.find(ref)
            if name in ("y", "loss", "loss_terms", "x") and not (name == "x" and ref.gradient):
                continue
            if found is None or (not ref.gradient and graph.nodes[found].rule is None):
                continue
            if ref.gradient and trace.gradients[found] is None:
                continue
            node = graph.nodes[found]
            target = graph.general(ref)
            letters = [str(letter) for letter in target.index]
            general = general_formula(trace, target)
            if any(isinstance(n, Partial) for n in walk(general)) or is_named_whole(general):
                continue  # each entry has a formula of its own
            shape = turned(ref.part, node.shape, graph.in_out)
            for positions in itertools.product(*(range(1, size + 1) for size in shape)):
                places = dict(zip(letters, positions, strict=True))
                places |= {str(target.sample): graph.samples} if target.sample is not None else {}
                tree = settled(general, places, graph.samples)
                sample = graph.samples if node.per_sample and not graph.single else None
                tree = in_sample(tree, trace, graph.samples)
                step = writer.step(Ref(ref.part, ref.layer, ref.gradient, sample, positions))
                scale = max(
                    (abs(number_of(trace, n.ref)) for n in walk(tree) if isinstance(n, Quantity)),
                    default=0.0,
                )
                assert same(number(trace, tree), float(step.value), scale**2), (step.id, general)


def is_named_whole(tree: Expr) -> bool:
    return isinstance(tree, Call) and tree.function in ("concat", "flatten")


@pytest.mark.parametrize("name", LAYERED)
def test_for_every_entry_of_the_examples(name: str) -> None:
    holds_for_every_entry(example(name))


@settings(max_examples=25)
@given(st.integers(0, 10_000_000))
def test_for_every_entry_of_random_networks(seed: int) -> None:
    holds_for_every_entry(random_trace(seed))
