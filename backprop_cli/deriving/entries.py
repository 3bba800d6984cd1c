"""Derivations quantity by quantity: each error once, in the order from the loss inward."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, structs

from ..expression.refs import Ref, plain_name
from ..expression.tree import (
    ONE,
    BigSum,
    Call,
    Derivative,
    Diff,
    Div,
    Expr,
    Mul,
    Name,
    Number,
    Partial,
    Quantity,
    add,
    mul,
)
from ..expression.walking import substitute, walk
from ..functions.elementwise import without_ones
from ..graph.records import Layer
from ..worked.document import (
    Block,
    Chain,
    Equations,
    Note,
    Section,
    Text,
    with_layers,
)
from ..worked.entries import positions
from ..worked.forward import settled
from ..worked.quantities import general_formula
from ..worked.steps import entry
from .deriver import Deriver
from .general import target_of
from .needed import reaches_loss, unneeded


class Derived(Struct, frozen=True):
    """One quantity's derivation, and the errors it reads."""

    ref: Ref
    chain: Chain
    uses: tuple[Ref, ...]


Make = Callable[[Deriver, Ref], Chain]
Local = Callable[[Deriver, Ref], list[Chain]]


def derivation_sections(
    deriver: Deriver, wanted: tuple[Ref, ...], make: Make, local: Local | None = None
) -> list[Section]:
    """Return a section a layer: every quantity wanted, after the errors that it reads.

    ``local`` gives what stands before a quantity: the numbers of the factors of its chain.
    """
    ordered: dict[Ref, Derived] = {}
    for ref in wanted:
        for target in targets(deriver, ref) if reaches_loss(deriver, ref) else ():
            _collect(deriver, target, make, ordered)
    sections: dict[int | None, list[Chain]] = {}
    for derived in ordered.values():
        where = None if derived.ref.part == "x" else deriver.layer(derived.ref).index
        chains = sections.setdefault(where, [])
        if local is not None and deriver.trace is not None:
            chains += local(deriver, derived.ref)
        layer = deriver.layers.get(int(derived.ref.layer or 0))
        if deriver.graph.single or layer is None or layer.z in deriver.writer.reached:
            chains.append(derived.chain)
        if not deriver.graph.single and deriver.is_parameter(derived.ref):
            chains.append(total_chain(deriver, derived.ref))
    found = []
    for index, chains in sections.items():
        layers = deriver.layers
        title = Text("Input") if index is None else layer_heading(deriver, layers[index])
        found.append(Section(_identifier(title), (title,), (Equations(tuple(chains)),)))
    return [*with_last(found, batch_note(deriver)), *not_used(deriver, wanted)]


def not_used(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return the section that names what the loss does not depend on, if there is such a thing."""
    names = [
        plain_name(ref.of(), deriver.graph.in_out)
        for ref in wanted
        if not reaches_loss(deriver, ref)
    ]
    notes = tuple(Note(unneeded(name)) for name in names)
    return [Section("unused", (Text("Without influence"),), notes)] if notes else []


def with_last(sections: list[Section], blocks: list[Block]) -> list[Section]:
    """Return the sections with the blocks at the end of the last one."""
    if not sections or not blocks:
        return sections
    last = sections[-1]
    return [
        *sections[:-1],
        Section(last.id, last.title, (*last.blocks, *blocks), last.level),
    ]


def targets(deriver: Deriver, ref: Ref) -> list[Ref]:
    """Return the entries to derive: the one asked for, a general one, or (with numbers) all."""
    number = deriver.general.number(ref)
    per_sample = deriver.graph.nodes[number].per_sample
    sample = deriver.sample if per_sample else None
    if ref.index:
        return [structs.replace(ref.grad(), sample=ref.sample or sample)]
    if deriver.trace is None:
        return [deriver.graph.general(structs.replace(ref.grad(), sample=sample))]
    entries = positions(deriver.graph, ref, deriver.view)
    return [structs.replace(ref.grad(), sample=sample, index=index) for index in entries]


def _collect(deriver: Deriver, ref: Ref, make: Make, ordered: dict[Ref, Derived]) -> None:
    stack: list[tuple[Ref, Derived | None]] = [(ref, None)]
    while stack:
        current, derived = stack.pop()
        if current in ordered:
            continue
        if derived is not None:
            ordered[current] = derived
            continue
        fresh = Derived(
            current, chain := make(deriver, current), errors_used(deriver, chain, current)
        )
        stack.append((current, fresh))
        stack.extend((use, None) for use in reversed(fresh.uses) if use not in ordered)


def _is_given(deriver: Deriver, ref: Ref) -> bool:
    """Return whether ∂C/∂a is the loss's own, which the local derivatives say or leave open."""
    if ref.part != "a" or not deriver.feeds_loss(deriver.layer(ref)):
        return False
    letters = ref.is_general
    return deriver.loss_is_unspecified() or (deriver.loss_is_joint() and letters)


def errors_used(deriver: Deriver, chain: Chain, ref: Ref) -> tuple[Ref, ...]:
    """Return the errors ∂C/∂z and ∂C/∂a that a derivation reads, each for its general unit."""
    found: dict[Ref, None] = {}
    for form in chain.forms[1:]:
        for node in walk(form):
            if isinstance(node, Quantity) and deriver.is_error(node.ref):
                used = node.ref
                letters = used.is_general
                used = deriver.graph.general(used) if letters else used
                if used != ref and not _is_given(deriver, used):
                    found[used] = None
    return tuple(found)


def layer_heading(deriver: Deriver, layer: Layer) -> Text:
    """Return ``Layer 2 'hidden'``, and that it is the output where its name does not say so."""
    name = f" '{layer.name}'" if layer.name else ""
    place = " (output)" if layer is deriver.last and layer.name != "output" else ""
    return with_layers(("Layer ", layer.index, f"{name}{place}"))


def _identifier(title: Text) -> str:
    return "".join(c if c.isalnum() else "-" for c in title.text.lower()).strip("-")


def batch_note(deriver: Deriver) -> list[Block]:
    """Return what is done with the samples' gradients, in a batch."""
    graph = deriver.graph
    if graph.single:
        return []
    word = "mean" if graph.mean else "sum"
    which = f", here of sample {deriver.sample}," if deriver.trace is not None else ""
    text = f"δ is of one sample's own cost{which} and the same for each; "
    return [Note((Text(f"{text}the gradient of the loss is the {word} over the samples"),))]


def total_forms(deriver: Deriver, ref: Ref) -> list[Expr]:
    """Return a parameter's gradient over the batch: (1/N) Σ_n ∂C_n/∂w, and what a penalty adds."""
    graph = deriver.graph
    each: Expr = Partial(Ref("cost", sample="n"), ref.of())
    total: Expr = BigSum("n", graph.samples, each)
    if graph.mean:
        total = Mul((Div(ONE, Name("N")), total))
    added = deriver.penalty(ref)
    forms: list[Expr] = [Quantity(ref.grad()), add(total, added[1]) if added else total]
    return forms


def total_chain(deriver: Deriver, ref: Ref) -> Chain:
    """Return the gradient over the batch, with the samples' contributions and their numbers."""
    forms = total_forms(deriver, ref)
    letters = ref.is_general
    if deriver.trace is None or letters:
        forms.append(without_ones(general_formula(deriver.trace or deriver.graph, ref.grad())))
        return Chain(tuple(distinct(forms)))
    formula = without_ones(deriver.writer.gradient_formula(ref.grad()))
    value = Number(entry(deriver.trace, ref.grad()))
    name = plain_name(ref.grad(), deriver.graph.in_out)
    return Chain((*distinct([*forms, formula]), deriver.numbers(formula), value), name)


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
    elif layer.activation == "softmax":
        return None
    delta = Quantity(deriver.at(Ref("z", above.index, True), ("k",)))
    return BigSum("k", above.units, mul(delta, Diff(body, ref.of())))


def parameter_forms(deriver: Deriver, ref: Ref, *, sums: bool) -> list[Expr]:
    """Return the forms of ∂C/∂w of one sample: ∂C/∂z · ∂z/∂w = δ · ∂(Σ …)/∂w = δ a."""
    layer = deriver.layer(ref)
    parameter = ref.of()
    if (only := penalty_forms(deriver, ref)) is not None:
        return only
    forms: list[Expr] = [target_of(deriver, ref)]
    if not deriver.is_affine(layer):
        chain = deriver.through_consumers(deriver.general.number(ref), ref.of())
        added = deriver.penalty(ref) if deriver.graph.single else None
        if added is None:
            return [*forms, chain, deriver.contribution(ref)]
        return [*forms, add(chain, added[0]), add(deriver.contribution(ref), added[1])]
    if ref.index or deriver.graph.nodes[deriver.general.number(ref)].shape:
        z = deriver.at(Ref("z", layer.index), ref.index[:1])
        forms.append(mul(Partial(deriver.cost(), z), Partial(z, parameter)))
        if sums:
            body = deriver.weighted_sum(layer, ref.index[:1])
            forms.append(mul(Quantity(z.grad()), Diff(body, parameter)))
        if ref.part == "b":
            forms.append(mul(Quantity(z.grad()), ONE))
        added = deriver.penalty(ref) if deriver.graph.single else None
        if added is not None:
            shown = [add(form, added[min(i, 1)]) for i, form in enumerate(forms[1:])]
            return [forms[0], *shown, add(deriver.contribution(ref), added[1])]
    else:
        z = deriver.at(Ref("z", layer.index), ("j",))
        product = mul(Partial(deriver.cost(), z), Partial(z, parameter))
        forms.append(BigSum("j", layer.units, product))
    forms.append(deriver.contribution(ref))
    return forms


def penalty_forms(deriver: Deriver, ref: Ref) -> list[Expr] | None:
    """Return the forms of a weight's gradient where only the penalty reads the weight."""
    added = deriver.penalty(ref)
    if added is None or deriver.layer(ref).z in deriver.writer.reached:
        return None
    return [Quantity(ref), *added]


def activation_forms(deriver: Deriver, ref: Ref) -> list[Expr]:
    """Return the forms of ∂C/∂a or ∂C/∂x: the sum over what reads it."""
    number = deriver.general.number(ref)
    letters = ref.is_general
    left_open = deriver.loss_is_unspecified() or (deriver.loss_is_joint() and letters)
    if ref.part == "a" and left_open and deriver.feeds_loss(deriver.layer(ref)):
        whole = Quantity(deriver.at(Ref("a", ref.layer), ()))
        return [Quantity(ref), Derivative("loss", whole, ref.index)]
    forms: list[Expr] = [Quantity(ref)]
    if ref.part == "x" or not deriver.feeds_loss(deriver.layer(ref)):
        forms.append(deriver.through_consumers(number, ref.of()))
    subject = deriver.trace or deriver.graph
    simple = general_formula(subject, ref) if letters else deriver.writer.gradient_formula(ref)
    return [*forms, without_ones(simple)]


def name_of(deriver: Deriver, ref: Ref) -> str:
    """Return the plain name of what a chain derives; one sample's share of a batch has none."""
    shared = not deriver.graph.single and deriver.is_parameter(ref)
    return "" if shared else plain_name(ref, deriver.graph.in_out)


def numbered(deriver: Deriver, forms: list[Expr], ref: Ref) -> Chain:
    """Return the chain with the last form's numbers and the value, where there are numbers."""
    name = name_of(deriver, ref)
    letters = ref.is_general
    if deriver.trace is None or letters:
        return Chain(tuple(distinct(forms)))
    substituted = deriver.numbers(forms[-1])
    value = Number(deriver.gradient_value(ref))
    return Chain((*distinct(forms), settled(deriver.trace, substituted), value), name)


def distinct(forms: list[Expr]) -> list[Expr]:
    """Return the forms without one that repeats the form before it."""
    kept: list[Expr] = []
    for form in forms:
        if not kept or kept[-1] != form:
            kept.append(form)
    return kept
