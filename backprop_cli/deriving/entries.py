"""Derivations quantity by quantity: each error once, in the order from the loss inward."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct, structs

from ..expression.refs import Ref, plain_name
from ..expression.tree import (
    Quantity,
)
from ..expression.walking import walk
from ..graph.parts import Layer, Loop
from ..mathematics.formulas import without_ones
from ..worked.building import section
from ..worked.document import (
    Block,
    Chain,
    Code,
    Equations,
    Line,
    Math,
    Note,
    Section,
    Text,
    with_layers,
)
from ..worked.entry_steps import distinct, evaluated, positions
from ..worked.general_steps import general_formula
from ..worked.steps import entry
from ..worked.touching import touching_notes
from ..worked.trace.paths import closed_chain, own_edges
from .deriver import Deriver
from .forms import total_forms
from .needed import reaches_loss, unneeded


class EntryDerivation(Struct, frozen=True):
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
    ordered: dict[Ref, EntryDerivation] = {}
    for ref in wanted:
        for target in targets(deriver, ref) if reaches_loss(deriver, ref) else ():
            _collect(deriver, target, make, ordered)
    found_in_turn = list(ordered.values())
    if deriver.graph.loops:
        found_in_turn.sort(key=lambda derived: _inward(deriver, derived.ref))
    sections: dict[Text, list[Chain]] = {}
    closing: dict[Text, Chain] = {}
    for derived in found_in_turn:
        layer = deriver.owner(derived.ref)
        chains = sections.setdefault(_title(deriver, layer), [])
        if local is not None and deriver.trace is not None:
            chains += local(deriver, derived.ref)
        whole = deriver.is_parameter(derived.ref) and deriver.of_batch(derived.ref)
        reached = deriver.graph.single or layer is None or layer.z in deriver.writer.reached
        if reached and not whole:
            chains.append(derived.chain)
        if not deriver.graph.single and deriver.is_parameter(derived.ref):
            chains.append(total_chain(deriver, derived.ref))
        if layer is not None and _meets_paths(deriver, layer, derived.ref):
            below = deriver.graph.nodes[layer.input_nodes[0]].ref
            title = _title(deriver, deriver.owner(below))
            closing[title] = closed_chain(deriver.general, layer, "j")
    for title in closing.keys() & sections.keys():
        sections[title] = [*_with_closed(sections[title], closing[title])]
    found = [
        Section(_identifier(title), (title,), (Equations(tuple(chains)),))
        for title, chains in sections.items()
    ]
    return [*with_last(found, batch_note(deriver)), *not_used(deriver, wanted)]


def _with_closed(chains: list[Chain], closing: Chain) -> Iterator[Chain]:
    """Yield the chains, the closed form at the end of the one that ends in the paths' sum."""
    paths, short = closing.forms[-2:]
    for chain in chains:
        if chain.forms[-1] == paths:
            yield structs.replace(chain, forms=(*chain.forms, short))
        else:
            yield chain
    if all(chain.forms[-1] != paths for chain in chains):
        yield closing


def _inward(deriver: Deriver, ref: Ref) -> tuple[int, bool, int, int]:
    """Return the place of a gradient where steps follow each other.

    The last layer first, in it the last step, in that what is computed last, then its parameters
    as they were asked for. At a general step errors read each other in a circle.
    """
    layer, parameter = deriver.owner(ref), deriver.is_parameter(ref)
    depth = 1 if layer is None else -layer.index
    if parameter:
        return depth, True, 0, 0
    number = deriver.general.number(ref)
    loop, step = deriver.graph.loop(number), ref.index[0] if ref.index else None
    if loop is not None:
        return depth, False, -loop.clock.forth * step if isinstance(step, int) else 0, -number
    after = any(each.last < number and _owns(deriver, layer, each) for each in deriver.graph.loops)
    steps = max(each.clock.steps for each in deriver.graph.loops)
    return depth, False, -steps - 1 if after else steps + 1, -number


def _owns(deriver: Deriver, layer: Layer | None, loop: Loop) -> bool:
    return layer is not None and deriver.owners.get(loop.first) is layer


def _title(deriver: Deriver, layer: Layer | None) -> Text:
    return Text("Input") if layer is None else layer_heading(deriver, layer)


def _meets_paths(deriver: Deriver, layer: Layer, ref: Ref) -> bool:
    """Return whether this is the last gradient on the paths of a layer that has a closed form."""
    closed = layer.closed
    return closed is not None and deriver.general.number(ref) == min(
        edge[0] for edge in own_edges(deriver.general, layer)
    )


def not_used(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return the section that names what the loss does not depend on, if there is such a thing."""
    names = [
        plain_name(ref.of(), deriver.graph.in_out)
        for ref in wanted
        if not reaches_loss(deriver, ref)
    ]
    notes = tuple(Note(unneeded(name)) for name in names)
    return [section("unused", "Without influence", notes)] if notes else []


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


def _collect(deriver: Deriver, ref: Ref, make: Make, ordered: dict[Ref, EntryDerivation]) -> None:
    stack: list[tuple[Ref, EntryDerivation | None]] = [(ref, None)]
    begun: set[Ref] = set()
    while stack:
        current, derived = stack.pop()
        if derived is not None:
            ordered[current] = derived
            continue
        if current in ordered or current in begun:
            # Of a general step the errors of the step after it read each other in a circle.
            continue
        begun.add(current)
        fresh = EntryDerivation(
            current, chain := make(deriver, current), errors_used(deriver, chain, current)
        )
        stack.append((current, fresh))
        stack.extend((use, None) for use in reversed(fresh.uses) if use not in ordered)


def _is_given(deriver: Deriver, ref: Ref) -> bool:
    """Return whether ∂C/∂a is the loss's own, which the local derivatives say or leave open."""
    layer = deriver.answers(ref)
    if layer is None or not deriver.feeds_loss(layer):
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
                if used.sample is not None:
                    used = structs.replace(used, sample=deriver.sample)
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
    if graph.mixed:
        return touching_notes(graph)
    word = "mean" if graph.mean else "sum"
    error = Math(Quantity(deriver.ref(deriver.last.z).grad()))
    line: Line = (error, Text(" is, like every error, of one sample's own cost"))
    if deriver.trace is not None:
        other = 2 if deriver.sample == 1 else 1
        line += (Text(f", here of sample {deriver.sample} ("), Code(f"--sample {other}"))
        line += (Text(" derives another's)"),)
    return [Note((*line, Text(f"; the gradient of the loss is the {word} over the samples")))]


def total_chain(deriver: Deriver, ref: Ref) -> Chain:
    """Return the gradient over the batch, with the samples' contributions and their numbers."""
    forms = total_forms(deriver, ref)
    if deriver.trace is None or ref.is_general:
        forms.append(without_ones(general_formula(deriver.trace or deriver.graph, ref.grad())))
        return Chain(tuple(distinct(forms)))
    formula = without_ones(deriver.writer.gradient_formula(ref.grad()))
    name = plain_name(ref.grad(), deriver.graph.in_out)
    value = entry(deriver.trace, ref.grad())
    return evaluated([*forms, formula], deriver.numbers(formula), value, name)
