"""Derivations quantity by quantity: each error once, in the order from the loss inward."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from ..expression.refs import Ref
from ..expression.tree import (
    ONE,
    BigSum,
    Call,
    Diff,
    Expr,
    Number,
    Partial,
    Quantity,
    mul,
    substitute,
    walk,
)
from ..graph.names import plain_name
from ..graph.records import Layer
from ..worked.document import Block, Chain, Equations, Note, Section, Text
from ..worked.entries import positions
from ..worked.quantities import general_formula
from ..worked.view import View
from .deriver import Deriver
from .general import target_of

LETTERS = ("j", "k")


class Derived(Struct, frozen=True):
    """One quantity's derivation, and the errors it reads."""

    ref: Ref
    chain: Chain
    uses: tuple[Ref, ...]


Make = Callable[[Deriver, Ref], Chain]


def derivation_sections(deriver: Deriver, wanted: tuple[Ref, ...], make: Make) -> list[Section]:
    """Return a section a layer: every quantity wanted, after the errors that it reads."""
    ordered: dict[Ref, Derived] = {}
    for ref in wanted:
        for target in targets(deriver, ref):
            _collect(deriver, target, make, ordered)
    sections: dict[str, list[Chain]] = {}
    for derived in ordered.values():
        sections.setdefault(_title(deriver, derived.ref), []).append(derived.chain)
    found = []
    for title, chains in sections.items():
        blocks: list[Block] = [Equations(tuple(chains))]
        found.append(Section(_identifier(title), (Text(title),), tuple(blocks)))
    if found and batch_note(deriver):
        last = found[-1]
        blocks = [*last.blocks, *batch_note(deriver)]
        found[-1] = Section(last.id, last.title, tuple(blocks), last.level)
    return found


def targets(deriver: Deriver, ref: Ref) -> list[Ref]:
    """Return the entries to derive: the one asked for, a general one, or (with numbers) all."""
    number = deriver.general.number(ref)
    per_sample = deriver.graph.nodes[number].per_sample
    sample = deriver.sample if per_sample else None
    if ref.index:
        return [Ref(ref.part, ref.layer, True, ref.sample or sample, ref.index)]
    if deriver.trace is None:
        shape = deriver.graph.nodes[number].shape
        return [Ref(ref.part, ref.layer, True, sample, LETTERS[: len(shape)])]
    entries = positions(deriver.graph, ref, View())
    return [Ref(ref.part, ref.layer, True, sample, index) for index in entries]


def _collect(deriver: Deriver, ref: Ref, make: Make, ordered: dict[Ref, Derived]) -> None:
    stack: list[tuple[Ref, Derived | None]] = [(ref, None)]
    while stack:
        current, derived = stack.pop()
        if current in ordered:
            continue
        if derived is not None:
            ordered[current] = derived
            continue
        fresh = Derived(current, chain := make(deriver, current), errors_used(chain, current))
        stack.append((current, fresh))
        stack.extend((use, None) for use in reversed(fresh.uses) if use not in ordered)


def errors_used(chain: Chain, ref: Ref) -> tuple[Ref, ...]:
    """Return the errors δ that a derivation reads, each for its general unit where it is one."""
    found: dict[Ref, None] = {}
    for form in chain.forms[1:]:
        for node in walk(form):
            if isinstance(node, Quantity) and node.ref.gradient and node.ref.part == "z":
                used = node.ref
                letters = any(isinstance(i, str) for i in used.index)
                used = used.at(*LETTERS[: len(used.index)]) if letters else used
                if used != ref:
                    found[used] = None
    return tuple(found)


def _title(deriver: Deriver, ref: Ref) -> str:
    if ref.part == "x":
        return "Input"
    return layer_heading(deriver, deriver.layer(ref))


def layer_heading(deriver: Deriver, layer: Layer) -> str:
    """Return ``Layer 2 'hidden'``, and that it is the output where its name does not say so."""
    name = f" '{layer.name}'" if layer.name else ""
    place = " (output)" if layer is deriver.last and layer.name != "output" else ""
    return f"Layer {layer.index}{name}{place}"


def _identifier(title: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in title.lower()).strip("-")


def batch_note(deriver: Deriver) -> list[Block]:
    """Return what is done with the samples' gradients, in a batch."""
    graph = deriver.graph
    if graph.single:
        return []
    word = "mean" if graph.mean else "sum"
    text = f"δ is of one sample's own cost; the gradient of the loss is the {word} over the samples"
    parameter = next(iter(graph.parameters.values()), None)
    if parameter is None or deriver.trace is not None:
        return [Note((Text(text),))]
    node = graph.nodes[parameter]
    ref = Ref(node.ref.part, node.ref.layer, True, None, LETTERS[: len(node.shape)])
    total = general_formula(graph, ref)
    return [Note((Text(text),)), Equations((Chain((Quantity(ref), total)),))]


# -- the forms of each kind of quantity


def error_forms(deriver: Deriver, ref: Ref, *, sums: bool) -> list[Expr]:
    """Return the forms of δ = ∂C/∂z: the chain rule, its local partials, simplified."""
    layer = deriver.layer(ref)
    z, index = ref.of(), ref.index
    a = Ref("a", layer.index, False, z.sample, index)
    forms: list[Expr] = [Quantity(ref), Partial(deriver.cost(), z)]
    if deriver.shortened(layer) or deriver.softmax_like(layer):
        if deriver.softmax_like(layer):
            above = a.at("i")
            product = mul(Partial(deriver.cost(), above), Partial(above, z))
            forms.append(BigSum("i", layer.units, product))
        else:
            forms.append(mul(Partial(deriver.cost(), a), Partial(a, z)))
        return [*forms, deriver.delta(layer, index, by_name=True)]
    if deriver.feeds_loss(layer):
        if layer.activation == "identity":
            forms.append(Partial(deriver.cost(), a))
        else:
            forms.append(mul(Partial(deriver.cost(), a), Partial(a, z)))
            forms.append(mul(Partial(deriver.cost(), a), deriver.slope(layer, index)))
    else:
        forms.append(deriver.through_consumers(layer.a, a, down_to=z))
        spelled = spelled_sum(deriver, ref) if sums else None
        if spelled is not None:
            forms.append(spelled)
        if layer.activation != "identity":
            forms.append(deriver.delta(layer, index, by_name=True))
    forms.append(deriver.delta(layer, index, by_name=False))
    return forms


def spelled_sum(deriver: Deriver, ref: Ref) -> Expr | None:
    """Return Σ_k δ_k ∂(Σ_p w_kp σ(z_p) + b_k)/∂z_j, where one dense layer stands above."""
    layer = deriver.layer(ref)
    consumers = [c for c, _ in deriver.writer.consumers.get(layer.a, ())]
    above = next((e for e in deriver.graph.layers if [e.z] == consumers), None)
    if above is None or above.type != "dense":
        return None
    body = deriver.weighted_sum(above, ("k",))

    def activation(node: Expr) -> Expr:
        if isinstance(node, Quantity) and (node.ref.part, node.ref.layer) == ("a", layer.index):
            z = Ref("z", layer.index, False, node.ref.sample, node.ref.index)
            return Call(layer.activation, (Quantity(z),))
        return node

    if layer.activation not in ("identity", "softmax"):
        body = substitute(body, lambda n: activation(n) if isinstance(n, Quantity) else None)
    delta = Quantity(deriver.at(Ref("z", above.index, True), ("k",)))
    return BigSum("k", above.units, mul(delta, Diff(body, ref.of())))


def parameter_forms(deriver: Deriver, ref: Ref, *, sums: bool) -> list[Expr]:
    """Return the forms of ∂C/∂w of one sample: ∂C/∂z · ∂z/∂w = δ · ∂(Σ …)/∂w = δ a."""
    layer = deriver.layer(ref)
    parameter = ref.of()
    forms: list[Expr] = [target_of(deriver, ref)]
    if ref.index or deriver.graph.nodes[deriver.general.number(ref)].shape:
        z = deriver.at(Ref("z", layer.index), ref.index[:1])
        forms.append(mul(Partial(deriver.cost(), z), Partial(z, parameter)))
        if sums:
            body = deriver.weighted_sum(layer, ref.index[:1])
            forms.append(mul(Quantity(z.grad()), Diff(body, parameter)))
        elif ref.part == "b":
            forms.append(mul(Quantity(z.grad()), ONE))
    else:
        z = deriver.at(Ref("z", layer.index), ("j",))
        product = mul(Partial(deriver.cost(), z), Partial(z, parameter))
        forms.append(BigSum("j", layer.units, product))
    forms.append(deriver.contribution(ref))
    return forms


def activation_forms(deriver: Deriver, ref: Ref) -> list[Expr]:
    """Return the forms of ∂C/∂a or ∂C/∂x: the sum over what reads it."""
    number = deriver.general.number(ref)
    forms: list[Expr] = [Quantity(ref), deriver.through_consumers(number, ref.of())]
    letters = any(isinstance(i, str) for i in ref.index)
    letter = deriver.loss_is_unspecified() and ref.part == "a"
    if letter and deriver.feeds_loss(deriver.layer(ref)):
        return forms[:1]
    subject = deriver.trace or deriver.graph
    forms.append(general_formula(subject, ref) if letters else deriver.writer.gradient_formula(ref))
    return forms


def numbered(deriver: Deriver, forms: list[Expr], ref: Ref) -> Chain:
    """Return the chain with the last form's numbers and the value, where there are numbers."""
    name = plain_name(ref, deriver.graph.in_out)
    letters = any(isinstance(i, str) for i in ref.index)
    if deriver.trace is None or letters:
        return Chain(tuple(distinct(forms)))
    value = Number(deriver.value_of(deriver.numbers(forms[-1])))
    return Chain((*distinct(forms), deriver.numbers(forms[-1]), value), name)


def distinct(forms: list[Expr]) -> list[Expr]:
    """Return the forms without one that repeats the form before it."""
    kept: list[Expr] = []
    for form in forms:
        if not kept or kept[-1] != form:
            kept.append(form)
    return kept
