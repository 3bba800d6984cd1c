"""``algorithm``: forward propagation, error evaluation, backward propagation, as assignments."""

from __future__ import annotations

from ..expression.axes import letters
from ..expression.indices import Index
from ..expression.refs import Ref, plain_name, turned
from ..expression.tree import (
    BigSum,
    Call,
    Derivative,
    Expr,
    Partial,
    Quantity,
    add,
    mul,
)
from ..functions.elementwise import without_ones
from ..graph.records import Layer
from ..worked.document import Block, Chain, Equations, Paragraph, Section, Text
from ..worked.quantities import general_formula
from . import Style
from .deriver import Deriver
from .entries import activation_forms, batch_note, not_used, total_forms, with_last
from .general import DOWN, TOP, UP, L, Letters, output_forms, over_batch, penalty, stated, target_of
from .matrix import matrix_of
from .needed import ancestors_of_loss, errors_needed, reaches_loss


def general(deriver: Deriver) -> list[Section]:
    """Return the three phases for a general layer."""
    if not deriver.is_chain:
        return stated(deriver, [])
    s = Letters(deriver)
    target, start, *_, last = output_forms(deriver, s, sums=False)
    evaluate = [_assign(target, start, last)]
    units = "for all hidden and output units" if s.count > 1 else "for all units"
    linear = " (the outputs are the weighted sums themselves)" if s.output == "identity" else ""
    phases = [
        _phase(
            "Forward propagation",
            f"{units}, in forward order{linear}",
            _forward_general(deriver, s),
        ),
        _phase("Error evaluation", "for all output units", evaluate),
    ]
    if s.count > 1:
        order = "for all hidden units, in reverse order"
        phases.append(_phase("Backward propagation", order, [_backward_general(s)]))
    delta, weight = s.delta(L, "j"), s.ref("W", L, "j", "k")
    product = mul(delta, s.q("a", DOWN, "k"))
    added = penalty(deriver, Quantity(weight)) if deriver.graph.single else None
    parameters = [_assign(s.target(weight), add(product, added) if added else product)]
    if s.bias == "shared":
        parameters.append(_assign(s.target(s.ref("b", L)), BigSum("j", L, delta)))
    elif s.bias != "none":
        parameters.append(_assign(s.target(s.ref("b", L, "j")), delta))
    parameters += [_assign(*chain.forms) for chain in over_batch(deriver, s, weight)]
    when = f"{units}, as soon as their errors are known"
    return [*phases, _phase("Gradients", when, parameters)]


def _forward_general(deriver: Deriver, s: Letters) -> list[Chain]:
    """Return z ← Σ w a + b and a ← σ(z); the output's own function where it is another."""
    z = s.q("z", L, "j")
    total = BigSum("k", DOWN, s.q("W", L, "j", "k") * s.q("a", DOWN, "k"))
    chains = [_assign(z, s.biased(total, L, "j"))]
    name = s.hidden if s.count > 1 else s.output
    top, across = s.q("z", TOP, "j"), deriver.softmax_like(deriver.last)
    same = name == s.output and not across and not s.mixed
    if s.count > 1 and not s.joint_units:
        own = z if name == "identity" else Call(name, (z,))
        chains.append(_assign(s.q("a", L, "j"), own))
    if s.output != "identity" and (not same or s.count == 1):
        last: Expr = Call(s.output, (s.q("z", TOP) if across else top,))
        chains.append(_assign(s.q("a", TOP) if across else s.q("a", TOP, "j"), last))
    if s.count > 1 and not same and not s.joint_units:
        chains[1] = Chain(chains[1].forms, relation="←", ranges=s.inner())
    return chains


def _backward_general(s: Letters) -> Chain:
    """Return δ ← σ′(z) Σ_k w_kj δ_k."""
    z, above = s.q("z", L, "j"), s.ref("z", UP, "k")
    if s.joint_units:
        form: Expr = BigSum("k", UP, s.delta(UP, "k") * Partial(above, z.ref))
    else:
        form = BigSum("k", UP, s.q("W", UP, "k", "j") * s.delta(UP, "k"))
        form = form if s.hidden == "identity" else mul(Derivative(s.hidden, z), form)
    return Chain((s.delta(L, "j"), form), relation="←", ranges=s.inner())


def _assign(target: Expr, value: Expr, *more: Expr) -> Chain:
    return Chain((target, value, *more), relation="←")


def _phase(title: str, when: str, chains: list[Chain]) -> Section:
    blocks: tuple[Block, ...] = (Paragraph((Text(f"{when}:"),)), Equations(tuple(chains)))
    return Section(title.lower().replace(" ", "-"), (Text(title),), blocks)


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
    needed = errors_needed(deriver, wanted)
    for layer in sorted(deriver.graph.layers, key=lambda e: e.z, reverse=True):
        asked = any(ref.part == "a" and ref.layer == layer.index for ref in used)
        spread = deriver.softmax_like(layer) and not deriver.shortened(layer)
        phase = evaluate if deriver.feeds_loss(layer) else backward
        if asked or (spread and layer in needed):
            phase += _from_above(deriver, Ref("a", layer.index, True))
        if layer in needed:
            index = _unit(deriver, Ref("z", layer.index))
            delta = deriver.at(Ref("z", layer.index, True), index)
            phase += _with_values(deriver, delta, deriver.delta(layer, index, by_name=True))
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
    refs = (Ref("z", layer.index), Ref("a", layer.index))
    z, a = (deriver.at(ref, _unit(deriver, ref)) for ref in refs)
    whole = z.whole() if layer.type == "concat" else z
    chains = _with_values(deriver, whole, _general_value(deriver, z))
    if layer.activation == "identity":
        return chains
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
    chains = _with_values(deriver, at, add(form, added[1]) if added is not None else form)
    if not deriver.graph.single:
        chains.append(Chain(tuple(total_forms(deriver, at)), relation="←"))
        if deriver.trace is not None:
            name = plain_name(ref, deriver.graph.in_out)
            chains.append(Chain((Quantity(ref), matrix_of(deriver, ref)), name))
    return chains


def _with_values(deriver: Deriver, ref: Ref, formula: Expr) -> list[Chain]:
    """Return the assignment, and what it gives where there are numbers."""
    number = deriver.general.number(ref)
    node = deriver.graph.nodes[number]
    target = Quantity(ref) if node.per_sample or not ref.gradient else target_of(deriver, ref)
    chain = _assign(target, formula)
    if deriver.trace is None or not (node.per_sample or deriver.graph.single):
        return [chain]
    name, value = plain_name(ref.whole(), deriver.graph.in_out), matrix_of(deriver, ref.whole())
    if ref.is_general:
        return [chain, Chain((Quantity(ref.whole()), value), name)]
    return [_assign(target, formula, value)]


STYLE = Style("algorithm", "the three phases as assignments", general, instance)
