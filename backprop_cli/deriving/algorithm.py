"""``algorithm``: forward propagation, error evaluation, backward propagation, as assignments."""

from __future__ import annotations

import functools

from msgspec import structs

from ..expression.axes import letters
from ..expression.indices import Index
from ..expression.refs import Ref, plain_name, turned
from ..expression.tree import (
    Call,
    Expr,
    Quantity,
    add,
)
from ..graph.parts import Layer
from ..mathematics.formulas import without_ones
from ..worked.building import paragraph, section
from ..worked.document import Block, Chain, Equations, Section
from ..worked.entry_steps import ending
from ..worked.general_steps import general_formula, whole_formula
from . import Style
from .deriver import Deriver
from .entries import batch_note, not_used, with_last
from .forms import activation_forms, gradient_forms, target_of, total_forms
from .general import INNER, General, general_equations, not_stated, over_batch
from .matrices import matrix_of
from .needed import ancestors_of_loss, errors_inward, reaches_loss


def general(deriver: Deriver) -> list[Section]:
    """Return the three phases for a general layer."""
    write = functools.partial(gradient_forms, general=True)
    equations = general_equations(deriver, write)
    if equations is None:
        return not_stated(deriver)
    seen, found = equations
    several = bool(seen.hidden)
    target, start, *_, last = found[0].forms
    units = "for all hidden and output units" if several else "for all units"
    identity = seen.output.layer.activation == "identity"
    linear = " (the outputs are the weighted sums themselves)" if identity else ""
    phases = [
        _phase(
            "Forward propagation",
            f"{units}, in forward order{linear}",
            _forward_general(seen),
        ),
        _phase("Error evaluation", "for all output units", [_assign(target, start, last)]),
    ]
    if several:
        order = "for all hidden units, in reverse order"
        back = found[1]
        backward = Chain((back.forms[0], back.forms[-1]), relation="←", ranges=back.ranges)
        phases.append(_phase("Backward propagation", order, [backward]))
    own = found[2 if several else 1 :]
    parameters = [_assign(chain.forms[0], chain.forms[-1]) for chain in own]
    parameters += [_assign(*chain.forms) for chain in over_batch(seen)]
    when = f"{units}, as soon as their errors are known"
    return [*phases, _phase("Gradients", when, parameters)]


def _forward_general(seen: General) -> list[Chain]:
    """Return z ← Σ w a + b and a ← σ(z); the output's own function where it is another."""
    every, top = seen.every[0], seen.output
    chains = [_assign(*every.value(number)) for number in (*every.inner(), every.layer.z)]
    same = False
    for hidden in seen.hidden[:1]:
        if not hidden.deriver.softmax_like(hidden.layer):
            alike = hidden.layer.activation == top.layer.activation
            same = alike and not top.deriver.softmax_like(top.layer)
            ranges = () if same else INNER
            chains.append(Chain(hidden.activated(), relation="←", ranges=ranges))
    if top.layer.activation != "identity" and not same:
        chains.append(_assign(*top.activated()))
    return chains


def _assign(target: Expr, value: Expr, *more: Expr) -> Chain:
    return Chain((target, value, *more), relation="←")


def _phase(title: str, when: str, chains: list[Chain]) -> Section:
    blocks: tuple[Block, ...] = (paragraph(f"{when}:"), Equations(tuple(chains)))
    return section(title.lower().replace(" ", "-"), title, blocks)


def instance(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return the three phases layer by layer for this network."""
    used = [ref for ref in wanted if reaches_loss(deriver, ref)]
    if not used:
        return not_used(deriver, wanted)
    forward: list[Chain] = []
    for layer in ancestors_of_loss(deriver.graph):
        forward += _forward(deriver, layer)
    evaluate: list[Chain] = []
    backward: list[Chain] = []
    for ref in errors_inward(deriver, wanted):
        phase = evaluate if deriver.feeds_loss(deriver.layer(ref)) else backward
        own = deriver.activates(ref)
        if own is None:
            phase += _from_above(deriver, ref)
            continue
        delta = deriver.at(ref, _unit(deriver, ref))
        phase += _with_values(deriver, delta, deriver.delta(own, delta.index, by_name=True))
    for ref in dict.fromkeys(ref.bare().grad() for ref in used):
        if deriver.is_parameter(ref):
            backward += _parameter(deriver, ref)
    if any(ref.part == "x" for ref in used):
        backward += _from_above(deriver, Ref("x", None, True))
    sections = [
        _phase("Forward propagation here", "in the order of the layers, for every unit", forward)
    ]
    if evaluate:
        sections.append(_phase("Error evaluation here", "for every output unit", evaluate))
    if backward:
        words = "for every hidden unit and every parameter, from the loss inward"
        sections.append(_phase("Backward propagation here", words, backward))
    return [*with_last(sections, batch_note(deriver)), *not_used(deriver, wanted)]


def _unit(deriver: Deriver, ref: Ref) -> tuple[Index, ...]:
    """Return the index letters of a general entry; what has one unit has no letter but a 1."""
    shape = deriver.graph.nodes[deriver.general.number(ref)].shape
    sizes = turned(ref.part, shape, deriver.graph.in_out)
    own = zip(letters(deriver.graph.axes(ref)), sizes, strict=True)
    return tuple(letter if size > 1 else 1 for letter, size in own)


def _forward(deriver: Deriver, layer: Layer) -> list[Chain]:
    parts = [number for cell in layer.cells for number in cell.parts.values()]
    *inner, z, a = (deriver.ref(n, *_unit(deriver, deriver.ref(n))) for n in parts)
    chains: list[Chain] = []
    for each in (*inner, z):
        value = _general_value(deriver, each)
        number = deriver.graph.number(each)
        whole = value == without_ones(whole_formula(deriver.graph, number, each.sample))
        chains += _with_values(deriver, each.whole() if whole else each, value)
    if layer.activation == "identity":
        return chains + _with_values(deriver, a, without_ones(deriver.general.value_formula(a)))
    if deriver.softmax_like(layer) or deriver.shares_name(layer):
        return chains + _with_values(deriver, a, without_ones(deriver.general.value_formula(a)))
    return chains + _with_values(deriver, a, Call(layer.activation, (Quantity(z),)))


def _general_value(deriver: Deriver, ref: Ref) -> Expr:
    return without_ones(general_formula(deriver.graph, ref))


def _from_above(deriver: Deriver, ref: Ref) -> list[Chain]:
    """Return the assignment of ∂C/∂a or ∂C/∂x."""
    at = deriver.at(ref, _unit(deriver, ref))
    return _with_values(deriver, at, activation_forms(deriver, at)[-1])


def _parameter(deriver: Deriver, ref: Ref) -> list[Chain]:
    """Return the assignment of a parameter's gradient, in a batch also over the samples."""
    at = ref.at(*_unit(deriver, ref))
    form = deriver.contribution(at)
    added = deriver.penalty(at) if deriver.graph.single else None
    formula = add(form, added[1]) if added is not None else form
    chains = [] if deriver.of_batch(at) else _with_values(deriver, at, formula)
    if not deriver.graph.single:
        forms = total_forms(deriver, at)
        if deriver.of_batch(at):
            forms[1:] = [without_ones(general_formula(deriver.trace or deriver.graph, at.grad()))]
        chains.append(Chain(tuple(forms), relation="←"))
        if deriver.trace is not None:
            name = plain_name(ref, deriver.graph.in_out)
            chains.append(ending((Quantity(ref), matrix_of(deriver, ref)), name))
    return chains


def _with_values(deriver: Deriver, ref: Ref, formula: Expr) -> list[Chain]:
    """Return the assignment, and what it gives where there are numbers."""
    own = ref.gradient and deriver.is_parameter(ref)
    target = target_of(deriver, ref) if own else Quantity(ref)
    chain = _assign(target, formula)
    if deriver.trace is None or (own and not deriver.graph.single):
        return [chain]
    name, value = plain_name(ref.whole(), deriver.graph.in_out), matrix_of(deriver, ref.whole())
    if ref.is_general:
        return [chain, ending((Quantity(ref.whole()), value), name)]
    return [structs.replace(ending((target, formula, value)), relation="←")]


STYLE = Style("algorithm", "the three phases as assignments", general, instance)
