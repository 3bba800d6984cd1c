"""The sum over pairs of steps beside the recursion: what the loss at t owes to the state at k."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from ...expression.indices import Index, plus
from ...expression.refs import Ref, plain_name
from ...expression.tree import (
    BigSum,
    Call,
    Derivative,
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    Number,
    Partial,
    Quantity,
    Transpose,
    add,
)
from ...graph.parts import Layer
from ...graph.records import Graph
from ...passes.pairs import Recurrence, StepPairs, pairs_of, recurrences
from ...passes.trace import Trace
from ...problems import refuse
from ..building import column, note
from ..document import (
    Block,
    Chain,
    Column,
    Equations,
    Figure,
    Inline,
    Math,
    Section,
    Table,
    Text,
    with_layers,
)
from ..entry_steps import evaluated, positions, titled
from ..steps import entry
from ..view import View

MOST_WEIGHTS = 4
"""Up to how many entries of ∂C/∂U are written as a sum over all pairs."""
MOST_STEPS = 6
"""Up to how many steps the pairs are written, unless all is asked for."""


def pair_sections(trace: Trace, view: View) -> list[Block]:
    """Return a section a recurrent layer, with the numbers of each pair of steps."""
    shown = (own for own in chosen_recurrences(trace.graph) if view.shows(own.layer.index))
    return [_section(trace, own, view) for own in shown]


def chosen_recurrences(graph: Graph) -> list[Recurrence]:
    """Return the layers that have a sum over pairs; refuse a network without one."""
    found = recurrences(graph)
    if not found:
        message = "--pairs: no layer here is h = φ(W x + U h + b) under the loss of its steps"
        cure = "it takes one of type recurrent, with no other that remembers above it"
        raise refuse(message, None, f"{cure}; 'derive' and 'diagnose' have gates too")
    return found


def pairs_title(layer: Layer) -> Text:
    """Return the heading of a layer's section."""
    return with_layers(("Pairs of steps: layer ", *titled(layer)))


def _section(trace: Trace, own: Recurrence, view: View) -> Section:
    graph = trace.graph
    blocks = pair_equations(graph, own)
    for sample in view.shown_samples(graph.samples):
        pairs = pairs_of(trace, own, sample)
        if len(pairs.order) > MOST_STEPS and not view.full:
            said = f"{len(pairs.order)} steps have too many pairs for a page: --full shows them"
            blocks.append(note(said))
            continue
        of_sample = None if graph.single else sample
        blocks.append(Equations(_jacobians(trace, own, pairs, of_sample)))
        blocks.append(_table(trace, own, pairs, of_sample))
        blocks.append(Equations(_sums(trace, own, pairs, of_sample)))
    return Section(f"pairs-{own.layer.index}", (pairs_title(own.layer),), tuple(blocks))


def _at(graph: Graph, number: int, sample: Index | None, *index: Index) -> Ref:
    return structs.replace(graph.nodes[number].ref, sample=sample, index=index)


def _loss_at(step: Index, sample: Index | None) -> Ref:
    return Ref("cost", sample=sample, index=(step,))


def pair_equations(graph: Graph, own: Recurrence) -> list[Block]:
    """Return ∂h_t/∂h_k, what C_t owes to z_k, and each gradient as a sum over pairs of steps."""
    n = None if graph.single else "n"
    h_t, h_k, z_t, z_k = (_at(graph, node, n, step) for node in (own.h, own.z) for step in "tk")
    before = _at(graph, own.h, n, plus("t", -own.loop.clock.forth))
    name = graph.rule(own.h).name
    weights: Expr = Quantity(graph.nodes[own.weights].ref)
    weights = Transpose(weights) if graph.in_out else weights
    one = MatMul((Call("diag", (Derivative(name, Quantity(z_t)),)), weights))
    many = MatMul((Partial(h_t, before), Partial(before, h_k)))
    pair, at_t = Partial(_loss_at("t", n), z_k), Partial(_loss_at("t", n), h_t)
    back = (at_t, Partial(h_t, h_k)) if graph.in_out else (Transpose(Partial(h_t, h_k)), at_t)
    slope = Derivative(name, Quantity(z_k))
    total = BigSum("t", own.loop.clock.steps, pair)
    chains = [
        Chain((Partial(h_t, before), one)),
        Chain((Partial(h_t, h_k), many)),
        Chain((pair, Hadamard((slope, MatMul(back))))),
        Chain((Quantity(z_k.grad()), total)),
        *(_over_pairs(graph, own, number, pair) for number in own.layer.parameters.values()),
    ]
    words = "what the loss of a step owes to the state there and at each step before; to a later "
    words += "state it owes nothing"
    cut = own.loop.clock.truncate is not None
    words += ", and nothing across a cut" if cut else ""
    return [Equations(tuple(chain for chain in chains if chain is not None)), note(words)]


def _over_pairs(graph: Graph, own: Recurrence, number: int, pair: Partial) -> Chain | None:
    """Return ∂C/∂W = Σ_t Σ_k (∂C_t/∂z_k) x_kᵀ, of U with h_{k−1}ᵀ, of b alone; None of h₀."""
    parents = graph.nodes[own.z].parents
    if number not in parents or number == own.start:
        return None
    n = None if graph.single else "n"
    place, owed = parents.index(number), BigSum("k", own.loop.clock.steps, pair)
    if graph.nodes[number].axes != ("unit",):
        step = plus("k", -own.loop.clock.forth) if number == own.weights else "k"
        read = Quantity(_at(graph, parents[place - 1], n, step))
        outer = (Transpose(read), pair) if graph.in_out else (pair, Transpose(read))
        owed = structs.replace(owed, body=MatMul(outer))
    parameter = graph.nodes[number].ref
    target: Expr = Quantity(parameter.grad())
    target = target if graph.single else Partial(Ref("cost", sample=n), parameter)
    return Chain((target, BigSum("t", own.loop.clock.steps, owed)))


def _matrix(array: Any) -> Matrix:
    return Matrix(tuple(tuple(Number(entry) for entry in row) for row in array.tolist()))


def _jacobians(
    trace: Trace, own: Recurrence, pairs: StepPairs, sample: Index | None
) -> tuple[Chain, ...]:
    """Return ∂h_t/∂h_k of every pair, as a product of the one that is nearer, with its numbers."""
    chains = []
    for (t, k), product in pairs.products.items():
        after = pairs.order[pairs.order.index(k) + 1]
        h_t, h_k = _at(trace.graph, own.h, sample, t), _at(trace.graph, own.h, sample, k)
        forms: list[Expr] = [Partial(h_t, h_k)]
        if after == t:
            column = Matrix(tuple((Number(each),) for each in pairs.slopes[t].tolist()))
            weights: Expr = _matrix(trace.values[own.weights])
            weights = Transpose(weights) if trace.graph.in_out else weights
            forms.append(MatMul((Call("diag", (column,)), weights)))
        else:
            between = _at(trace.graph, own.h, sample, after)
            forms.append(MatMul((Partial(h_t, between), Partial(between, h_k))))
            forms.append(MatMul((_matrix(pairs.products[t, after]), _matrix(pairs.single[after]))))
        chains.append(Chain((*forms, _matrix(product))))
    return tuple(chains)


def _table(trace: Trace, own: Recurrence, pairs: StepPairs, sample: Index | None) -> Table:
    """Return ∂C_t/∂z_k, a row a pair."""
    units = range(1, own.layer.units + 1)
    columns = [column("loss at step"), column("state at step", "figure")]
    for j in units:
        columns.append(
            Column((Math(Partial(_loss_at("t", sample), _at(trace.graph, own.z, sample, "k", j))),))
        )
    rows: list[tuple[Inline | None, ...]] = [
        (Text(str(t)), Text(str(k)), *(Figure(each) for each in error.tolist()))
        for (t, k), error in pairs.errors.items()
    ]
    caption = () if sample is None else (Text(f"sample {sample}"),)
    return Table(tuple(columns), tuple(rows), caption)


def _sums(
    trace: Trace, own: Recurrence, pairs: StepPairs, sample: Index | None
) -> tuple[Chain, ...]:
    """Return each δ as the sum over the losses that owe to it; the recursion gives the same."""
    chains = []
    gradient = trace.gradients[own.z]
    row = 0 if sample is None else int(sample) - 1
    for k in pairs.order[::-1]:
        for j in range(1, own.layer.units + 1):
            ref = _at(trace.graph, own.z, sample, k, j).grad()
            terms = [(t, error[j - 1]) for (t, at), error in pairs.errors.items() if at == k]
            letters = add(*(Partial(_loss_at(t, sample), ref.of().at(k, j)) for t, _ in terms))
            numbers = add(*(Number(value) for _, value in terms))
            value = numbers if gradient is None else gradient[row, k - 1, j - 1]
            name = plain_name(ref, trace.graph.in_out)
            chains.append(evaluated((Quantity(ref), letters), numbers, value, name))
    if trace.graph.single and own.layer.units**2 <= MOST_WEIGHTS:
        chains += _weight_sums(trace, own, pairs)
    return tuple(chains)


def _weight_sums(trace: Trace, own: Recurrence, pairs: StepPairs) -> list[Chain]:
    """Return each entry of ∂C/∂U as the sum over all pairs."""
    graph, chains = trace.graph, []
    weights = graph.nodes[own.weights].ref
    first, forth = pairs.order[0], own.loop.clock.forth
    for index in positions(graph, weights, View(full=True)):
        j, i = index[::-1] if graph.in_out else index
        letters: list[Expr] = []
        numbers: list[Expr] = []
        for (t, k), error in pairs.errors.items():
            if k == first and own.start is None:
                continue
            before = _at(trace.graph, own.h, None, k - forth, i)
            if k == first:
                before = _at(trace.graph, own.start or 0, None, i)
            letters.append(
                Partial(_loss_at(t, None), _at(trace.graph, own.z, None, k, j)) * Quantity(before)
            )
            numbers.append(Number(error[j - 1]) * Number(entry(trace, before)))
        ref = weights.at(*index).grad()
        if letters:
            name = plain_name(ref, graph.in_out)
            value = entry(trace, ref)
            chains.append(evaluated((Quantity(ref), add(*letters)), add(*numbers), value, name))
    return chains
