"""``reverse``: from ∂o/∂o = 1 back, each derivative once, of those that are already known."""

from __future__ import annotations

from msgspec import structs

from ...expression.refs import Ref
from ...expression.tree import ONE, Diff, Dots, Expr, Partial, Quantity, add, mul
from ...expression.walking import bind, holds, shown_positions, size
from ...functions.tidying import tidied
from ...graph.names import own_name
from ...passes.paths import Edge
from ...problems import counted
from ...worked.building import section
from ...worked.document import (
    Block,
    Chain,
    Code,
    Equations,
    Line,
    Math,
    Note,
    Text,
)
from ...worked.entry_steps import distinct
from ...worked.graphs.array_values import array_of
from ...worked.graphs.arrays import array_tree, in_quantities, whole_message, with_numbers
from ...worked.graphs.messages import message_name, summed
from ...worked.steps import entry
from . import Mode, Worked
from .counting import reverse_blocks, reverse_data
from .jacobians import by_entry, in_general, named, shapes
from .local import is_long, local_forms, rule_of_edge, simplest
from .subject import Subject, no_influence
from .within import rules_within

MOST_EQUATIONS = 400
"""Equations past which the nodes that are left are not derived any more."""
SHORT = 14
"""Parts of a derivative written in values past which those above it stand by their names."""
BRIEF = 30
"""Parts of a formula that a sentence may hold."""


def work(subject: Subject) -> Worked:
    """Return the derivation, from the output back to what is asked for."""
    order = subject.between(subject.starts())
    blocks: list[Block] = []
    if order[1:]:
        blocks.append(Note(_assurance(subject, order)))
    blocks += derivations(subject, order)
    back = section("reverse", "From the output back", blocks)
    return Worked((back, *reverse_blocks(subject)), reverse_data(subject))


def _assurance(subject: Subject, order: list[int]) -> Line:
    edges = [edge for number in order[1:] for edge in subject.edges(number)]
    brief = (e for e in edges if not is_long(subject.body(e.consumer), BRIEF))
    first = next(brief, edges[0] if edges else None)
    if first is None or not subject.scalar:
        says = "each step uses values of the forward pass and derivatives that are already known"
        return (Text(f"{says}, never others"),)
    partial = subject.partial(first)
    return (
        Text("a local derivative such as "),
        Math(Diff(subject.body(first.consumer), partial.wrt)),
        Text(" holds all other inputs of "),
        Math(Quantity(partial.of)),
        Text(" still; each step uses values of the forward pass and derivatives that are already"),
        Text(" known, never others"),
    )


def derivations(subject: Subject, order: list[int]) -> list[Block]:
    """Return an equation block a node, from the output down."""
    start = Chain((Quantity(subject.ref(subject.output).grad()), ONE))
    blocks: list[Block] = [Equations((start,))]
    known: dict[int, Expr] = {subject.output: ONE}
    count = 0
    for position, number in enumerate(order[1:], 1):
        flat = subject.is_flat(number)
        within = _within(subject, number) if flat else []
        chains = _scalar(subject, number, known) if flat else _whole(subject, number)
        wide = [chain for chain in chains if isinstance(chain.forms[0], Diff)]
        blocks += [Equations(tuple(each)) for each in (within, wide) if each]
        chains = [chain for chain in chains if not isinstance(chain.forms[0], Diff)]
        chains += in_general(subject, number)
        count += len(within) + len(wide) + len(chains)
        if count > MOST_EQUATIONS:
            left = len(order) - position
            more = f"{counted(left, 'more node')}: name those you want, "
            blocks.append(Note((Text(more), Code("--wrt NAME"))))
            break
        blocks.append(Equations(tuple(chains)))
    blocks += shapes(subject, order[1:])
    asked = [ref for ref in subject.wanted if ref.index]
    entries = [chain for ref in asked if (chain := _entry(subject, ref)) is not None]
    blocks += [Equations(tuple(entries))] if entries else []
    blocks += [Note(no_influence(subject, n)) for n in subject.without_influence()[:8]]
    return blocks


# -- single numbers


def _scalar(subject: Subject, number: int, known: dict[int, Expr]) -> list[Chain]:
    """Return a node's local derivatives, then its gradient by the chain rule."""
    edges, target = subject.edges(number), Quantity(subject.ref(number).grad())
    if len(edges) == 1 and edges[0].consumer == subject.output:
        found = direct(subject, edges[0])
        known[number] = simplest(subject, edges[0])
        return [found]
    shown = subject.shown(edges)
    chains = [_local(subject, e) for e in shown if isinstance(e, Edge) and _has_line(subject, e)]
    ruled = add(*(_ruled(subject, e) for e in shown))
    together = add(*(_together(subject, e) for e in shown))
    forms: list[Expr] = [target, ruled, together]
    spelled = _spelled(subject, edges, known)
    if spelled is not None:
        known[number] = spelled
        forms += [spelled] if subject.trace is None else []
    value = None if subject.trace is None else subject.gradient(number)
    chains.append(subject.evaluated(forms, value, own_name(target.ref, subject.graph)))
    return chains


def _within(subject: Subject, number: int) -> list[Chain]:
    """Return what parts of the lines that read a node are differentiated by, before the lines."""
    shown = subject.shown(subject.edges(number))
    return [chain for e in shown if isinstance(e, Edge) for chain in rules_within(subject, e)]


def direct(subject: Subject, edge: Edge) -> Chain:
    """Return the gradient of a node that only the output reads: a local derivative itself."""
    number = subject.parent(edge)
    target = Quantity(subject.ref(number).grad())
    value = None if subject.trace is None else subject.gradient(number)
    rule = rule_of_edge(subject, edge)
    return subject.evaluated([target, *local_forms(subject, edge)], value, rule=rule)


def _has_line(subject: Subject, edge: Edge) -> bool:
    """Return whether there is anything to say of a local derivative beyond its name."""
    return not isinstance(subject.local(edge), Partial)


def _local(subject: Subject, edge: Edge) -> Chain:
    """Return ∂c/∂a = ∂(a + b)/∂a = 1, with its rule."""
    forms: list[Expr] = [subject.partial(edge), *local_forms(subject, edge)]
    if edge.consumer == subject.output and len(forms) > 2:
        forms = forms[1:]
    value = None if subject.trace is None else subject.local_number(edge)
    return subject.evaluated(forms, value, rule=rule_of_edge(subject, edge))


def _ruled(subject: Subject, edge: Edge | Dots) -> Expr:
    """Return one term of the chain rule: ∂o/∂c·∂c/∂a; of the output itself, ∂(its formula)/∂a."""
    if isinstance(edge, Dots):
        return edge
    if edge.consumer == subject.output:
        return subject.factor(edge)
    return mul(Quantity(subject.ref(edge.consumer).grad()), subject.factor(edge))


def _together(subject: Subject, edge: Edge | Dots) -> Expr:
    """Return the same term with the local derivative put in."""
    if isinstance(edge, Dots):
        return edge
    local = simplest(subject, edge)
    if edge.consumer == subject.output:
        return _ruled(subject, edge) if isinstance(local, Partial) else local
    return tidied(mul(Quantity(subject.ref(edge.consumer).grad()), local))


def _spelled(subject: Subject, edges: tuple[Edge, ...], known: dict[int, Expr]) -> Expr | None:
    """Return the gradient in values alone, those above it put in; None where that is long."""
    terms: list[Expr] = []
    for edge in edges:
        local = simplest(subject, edge)
        if edge.consumer not in known or isinstance(local, Partial):
            return None
        terms.append(tidied(mul(known[edge.consumer], local)))
    total = add(*terms)
    if size(total) > SHORT or holds(total, Partial):
        return None
    return total


# -- arrays


def _whole(subject: Subject, number: int) -> list[Chain]:
    """Return what each consumer sends back to an array, and their sum."""
    edges, ref = subject.edges(number), subject.ref(number)
    target, name = Quantity(ref.grad()), own_name(ref.grad(), subject.graph)
    if len(edges) == 1:
        chain = _message(subject, edges[0], target, _array(subject, target))
        return [chain if chain.rule else structs.replace(chain, name=name)]
    chains = []
    for edge in edges:
        left = message_name(subject.writer, edge)
        value = None
        if subject.trace is not None:
            value = array_tree(subject.trace.message(edge.consumer, edge.position), subject.view)
        chains.append(_message(subject, edge, left, value))
    shown = shown_positions(len(edges), subject.writer.widest)
    terms = add(*(message_name(subject.writer, edges[i - 1]) for i in shown))
    total = _array(subject, target)
    forms = [target, terms]
    if subject.trace is not None:
        forms += summed(subject.trace, [edges[i - 1] for i in shown], subject.view)
    chains.append(Chain((*forms, *([] if total is None else [total])), name))
    return chains


def _message(subject: Subject, edge: Edge, left: Expr, value: Expr | None) -> Chain:
    formula = message_formula(subject, edge)
    forms = [left, formula]
    if subject.trace is not None:
        put = with_numbers(subject.trace, formula, subject.view)
        forms += [put] if put is not None and not isinstance(formula, Quantity) else []
    forms += [value] if value is not None else []
    return Chain(tuple(distinct(forms)), rule=rule_of_edge(subject, edge))


def message_formula(subject: Subject, edge: Edge) -> Expr:
    """Return what a consumer sends to one of its inputs, for whole arrays."""
    if subject.trace is not None:
        return whole_message(subject.trace, edge.consumer, edge.position)
    graph = subject.graph
    shapes = tuple(graph.nodes[parent].shape for parent in graph.nodes[edge.consumer].parents)
    written = graph.formula(edge.consumer).write_message(edge.position, shapes)
    if edge.consumer == subject.output:
        written = tidied(bind(written, {"g": ONE}))
    return named(subject, edge, in_quantities(graph, edge.consumer, written))


def _array(subject: Subject, target: Quantity) -> Expr | None:
    if subject.trace is None:
        return None
    return array_tree(array_of(subject.trace, target.ref), subject.view)


def _entry(subject: Subject, ref: Ref) -> Chain | None:
    """Return one entry of an array's gradient, by its own formula where there is one."""
    number = subject.graph.number(ref.of())
    if not subject.graph.nodes[number].shape or number not in subject.reached:
        return None
    forms: list[Expr] = [Quantity(ref.grad())]
    entries = by_entry(subject, ref)
    if entries:
        return Chain((*forms, *entries), own_name(ref.grad(), subject.graph))
    try:
        forms.append(tidied(subject.writer.gradient_formula(ref.grad())))
    except ValueError:
        if subject.trace is None:
            return None
    value = None if subject.trace is None else entry(subject.trace, ref.grad())
    return subject.evaluated(forms, value, own_name(ref.grad(), subject.graph))


MODE = Mode("reverse", "from the output back, each derivative once", work)
