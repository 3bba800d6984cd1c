"""Through time: a recurrent layer's equations for vectors at a general step t, and what they mean.

What comes from the step itself and what from step t + 1 stand as two terms; the derivative of a
state by the one before it, whose products are what a gradient is multiplied by on its way back.
"""

from __future__ import annotations

from ..expression.indices import Index, plus
from ..expression.refs import Ref
from ..expression.tree import (
    ONE,
    Add,
    BigSum,
    Call,
    Derivative,
    Dots,
    Expr,
    Hadamard,
    Letter,
    MatMul,
    Name,
    Neg,
    Partial,
    Quantity,
    Transpose,
    add,
)
from ..expression.walking import substitute
from ..functions.delayed import Delayed
from ..functions.entrywise import AtStep, Entrywise
from ..functions.weighted import Weighted
from ..graph.parts import Layer, Loop
from ..mathematics.formulas import without_ones
from ..worked.building import note
from ..worked.document import Block, Chain, Equations, Math, Note, Section, Text, with_layers
from .deriver import Deriver

T = "t"


def time_sections(deriver: Deriver) -> list[Section]:
    """Return a section a recurrent layer."""
    found = []
    for layer in deriver.graph.layers:
        loop = next((e for e in deriver.graph.loops if _owns(layer, e)), None)
        if loop is not None:
            found.append(_section(deriver, layer, loop))
    return found


def step_chain(deriver: Deriver, ref: Ref) -> Chain | None:
    """Return the equation of a gradient at a general step t; None for what is not of steps."""
    number = deriver.graph.number(ref)
    loop = deriver.graph.loop(number)
    if loop is not None:
        return _error(deriver, number, loop)
    readers = [c for c, _ in deriver.writer.consumers.get(number, ())]
    looped = any(deriver.graph.loop(c) is not None for c in readers)
    return _sum(deriver, number) if looped and deriver.is_parameter(ref) else None


def _owns(layer: Layer, loop: Loop) -> bool:
    return any(number in loop for cell in layer.cells for number in cell.parts.values())


def _section(deriver: Deriver, layer: Layer, loop: Loop) -> Section:
    name = f" '{layer.name}'" if layer.name else ""
    title = with_layers(("Through time: layer ", layer.index, name))
    numbers = range(loop.last, loop.first - 1, -1)
    chains = [chain for number in numbers if (chain := _error(deriver, number, loop)) is not None]
    blocks: list[Block] = [Equations(tuple(chains))]
    blocks += _edges(deriver, loop)
    sums = [chain for own in layer.held if (chain := _sum(deriver, own.node)) is not None]
    blocks += [Equations(tuple(sums))] if sums else []
    blocks += _factors(deriver, loop)
    return Section(f"time-{layer.index}", (title,), tuple(blocks))


def _at(deriver: Deriver, number: int, step: Index) -> Ref:
    """Return a quantity's vector at a step; a parameter has none."""
    node = deriver.graph.nodes[number]
    return deriver.at(node.ref, (step,)) if node.axes[:1] == ("step",) else deriver.at(node.ref, ())


def _written(deriver: Deriver, consumer: int, written: Expr, step: Index) -> Expr:
    """Return a rule's formula of whole arrays in the vectors of a step."""
    graph = deriver.graph
    node, rule = graph.nodes[consumer], graph.rule(consumer)
    loop, late = graph.loop(consumer), rule.late_inputs
    refs = {"g": _at(deriver, consumer, step).grad(), "out": _at(deriver, consumer, step)}
    for position, (name, parent) in enumerate(zip(rule.operands, node.parents, strict=False)):
        forth = loop.clock.forth if loop is not None and position in late else 0
        refs[name] = _at(deriver, parent, plus(step, -forth))

    def quantity(leaf: Expr) -> Expr | None:
        return Quantity(refs[leaf.id]) if isinstance(leaf, Name) and leaf.id in refs else None

    return without_ones(substitute(written, quantity))


def _whole(deriver: Deriver, consumer: int, position: int) -> Expr | None:
    rule = deriver.graph.rule(consumer).step_rule
    if isinstance(rule, AtStep) and len(set(rule.steps)) < 2:
        return rule.write_share(position, (T,), ())
    return rule.write_whole(position, len(rule.operands))


def _error(deriver: Deriver, number: int, loop: Loop) -> Chain | None:
    """Return ∂C/∂(a vector at t): what comes from step t, then what from the step after it."""
    graph = deriver.graph
    own = _at(deriver, number, T)
    terms: list[Expr] = []
    for consumer, position in deriver.writer.consumers.get(number, ()):
        if consumer not in deriver.writer.reached:
            continue
        if consumer == graph.terms:
            terms.append(Partial(Ref("cost", sample=deriver.cost(own).sample, index=(T,)), own))
            continue
        late = position in graph.rule(consumer).late_inputs
        written = _whole(deriver, consumer, position)
        step = plus(T, loop.clock.forth) if late else T
        if written is None:
            above = _at(deriver, consumer, step)
            terms.append(MatMul((Transpose(Partial(above, own)), Quantity(above.grad()))))
            continue
        terms.append(_written(deriver, consumer, written, step))
    return Chain((Quantity(own.grad()), add(*terms))) if terms else None


def _sum(deriver: Deriver, number: int) -> Chain | None:
    """Return ∂C/∂U = Σ_t δ_t h_{t−1}ᵀ."""
    node, terms = deriver.graph.nodes[number], []
    for consumer, position in deriver.writer.consumers.get(number, ()):
        if consumer not in deriver.writer.reached or consumer in deriver.graph.penalties:
            continue
        loop, rule = deriver.graph.loop(consumer), deriver.graph.rule(consumer)
        late = {start: place for place, start in rule.late_inputs.items() if start is not None}
        written = _whole(deriver, consumer, late.get(position, position))
        if written is None or loop is None:
            return None
        if position in late:
            # The state before the first step is read once.
            terms.append(_written(deriver, consumer, written, loop.clock.first))
        else:
            terms.append(BigSum(T, loop.clock.steps, _written(deriver, consumer, written, T)))
    if not terms:
        return None
    target: Expr = Quantity(node.ref.grad())
    if not deriver.graph.single:
        target = Partial(deriver.cost(node.ref), node.ref)
    return Chain((target, add(*terms)))


def _edges(deriver: Deriver, loop: Loop) -> list[Block]:
    """Return what stands before the first step and after the last."""
    graph, clock = deriver.graph, loop.clock
    states = {
        (parent, start)
        for number in range(loop.first, loop.last + 1)
        for position, start in _starts(deriver, number)
        for parent in (graph.nodes[number].parents[position],)
    }
    notes: list[Block] = []
    steps = f"the steps are computed from 1 to {clock.steps}"
    if clock.reverse:
        steps = f"the steps are computed from {clock.steps} to 1, the later one before the earlier"
    for state, start in sorted(states, key=str):
        before = clock.first - clock.forth
        value: tuple[Text | Math, ...] = (Text(" is zero"),)
        if start is not None:
            value = (Text(" is "), Math(Quantity(graph.nodes[start].ref)))
        at = Math(Quantity(_at(deriver, state, before)))
        notes.append(Note((at, *value, Text(f"; {steps}"))))
    after = clock.steps + 1 - clock.first + clock.forth
    words = f"nothing comes from step {after}: what stands there for the last step is 0"
    notes.append(note(words))
    if clock.truncated:
        notes.append(note(clock.truncated))
    if graph.terms is not None and any(c == graph.terms for c, _ in graph.arrivals[loop.last]):
        cost = Math(Quantity(Ref("cost", index=(T,))))
        said = (Text(" is the loss of step "), Math(Letter(T)), Text(", the sum of its terms"))
        notes.append(Note((cost, *said)))
    return notes


def _starts(deriver: Deriver, number: int) -> list[tuple[int, int | None]]:
    parents = deriver.graph.nodes[number].parents
    late = deriver.graph.rule(number).late_inputs
    return [(p, None if start is None else parents[start]) for p, start in late.items()]


def _factors(deriver: Deriver, loop: Loop) -> list[Block]:
    """Return the derivative of a state by the one before it, and the product over the steps."""
    graph = deriver.graph
    blocks: list[Block] = []
    for number in range(loop.first, loop.last + 1):
        rule = graph.rule(number)
        if not isinstance(rule, Delayed):
            continue
        own = graph.nodes[number].parents
        if isinstance(rule.rule, Entrywise):
            itself = [p for p in rule.late_inputs if own[p] == number]
            for position in itself:
                blocks += _along_state(deriver, number, position, loop)
        elif isinstance(rule.rule, Weighted) and len(rule.rule.terms) == 2:
            blocks += _through_weights(deriver, number, loop)
    return blocks


def _along_state(deriver: Deriver, number: int, position: int, loop: Loop) -> list[Block]:
    """Return ∂c_t/∂c_{t−1} = diag(f_t), what the sum leaves of a gradient on the state's way."""
    written = _whole(deriver, number, position)
    if written is None:
        return []
    kept = _written(deriver, number, _without_gradient(written), T)
    before = plus(T, -loop.clock.forth)
    partial = Partial(_at(deriver, number, T), _at(deriver, number, before))
    chain = Chain((partial, Call("diag", (kept,))))
    words = (
        Text(" with the gates as they are: the state is a sum, and where "),
        Math(kept),
        Text(" is 1 the gradient goes back as it is, however many the steps"),
    )
    return [Equations((chain,)), Note((Math(partial), *words))]


def _without_gradient(tree: Expr) -> Expr:
    """Return a ⊙ product without its factor g."""
    match tree:
        case Hadamard(factors):
            rest = tuple(f for f in factors if f != Name("g"))
            return rest[0] if len(rest) == 1 else Hadamard(rest)
        case Neg(operand):
            return Neg(_without_gradient(operand))
        case Add(terms):
            return add(*map(_without_gradient, terms))
        case Name("g"):
            return ONE
    return tree


def _through_weights(deriver: Deriver, number: int, loop: Loop) -> list[Block]:
    """Return ∂h_t/∂h_{t−1} = diag(φ′(z_t)) U and the product, where h = φ(z) is the whole state."""
    graph = deriver.graph
    rule, parents = graph.rule(number), graph.nodes[number].parents
    (late,) = rule.late_inputs
    state = parents[late]
    bend = graph.nodes[state]
    if bend.parents != (number,) or bend.rule is None or bend.rule.name == "softmax":
        return []
    weights = graph.nodes[parents[late + 1]].ref
    before = plus(T, -loop.clock.forth)
    partial = Partial(_at(deriver, state, T), _at(deriver, state, before))
    slope = Derivative(bend.rule.name, Quantity(_at(deriver, number, T)))
    matrix: Expr = Quantity(weights)
    matrix = Transpose(matrix) if graph.in_out else matrix
    factors = (matrix,) if bend.rule.name == "identity" else (Call("diag", (slope,)), matrix)
    one = Chain((partial, MatMul(factors) if len(factors) > 1 else factors[0]))
    first, last = _at(deriver, state, "k"), _at(deriver, state, plus("k", loop.clock.forth))
    many = Partial(_at(deriver, state, T), first)
    chain = Chain((many, MatMul((partial, Dots(0), Partial(last, first)))))
    words = (
        *(Text("a gradient on its way from step "), Math(Letter(T)), Text(" back to step ")),
        *(Math(Letter("k")), Text(" is multiplied by this product: it vanishes where the ")),
        Text("factors shrink it, and explodes where they stretch it"),
    )
    return [Equations((one, chain)), Note(words)]
