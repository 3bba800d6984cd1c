"""``matrix``: δ = (Wᵀδ) ⊙ σ′(z), outer products, the shapes stated."""

from __future__ import annotations

from msgspec import structs

from ..expression.indices import letters_of
from ..expression.refs import Ref, plain_name
from ..expression.tree import (
    Add,
    BigSum,
    Call,
    Constant,
    Derivative,
    Expr,
    Hadamard,
    Letter,
    MatMul,
    Nabla,
    Name,
    Number,
    Partial,
    Quantity,
    Transpose,
    add,
    mul,
)
from ..expression.walking import bind, walk
from ..functions.losses import LossTerms
from ..graph.parts import Layer
from ..mathematics.formulas import without_ones
from ..worked.building import column, note, section
from ..worked.document import (
    Block,
    Chain,
    Code,
    Equations,
    Inline,
    Math,
    Section,
    Table,
    shape_of,
)
from ..worked.entry_steps import ending
from ..worked.stacked import StackedSamples, is_linear, stacks
from . import Style
from .deriver import Deriver
from .entries import batch_note, layer_heading, not_used, with_last
from .forms import name_of, says_more, target_of, total_forms
from .general import EVERY, INNER, general_layers, stated
from .matrices import matrix_of, value_of, with_numbers
from .needed import errors_inward, reaches_loss
from .through_time import step_chain

ONES = Constant("ones")
SAID = {
    "part": "part(δ, a): the entries of δ that belong to a, which were joined end to end",
    "head": "head(q, h): the columns of q that belong to head h; p with the index h is its p",
}
"""What functions of whole arrays mean."""
OF_ROWS = "M 𝟏 𝟏ᵀ has each row's sum at every place of the row: so of each row p ⊙ (g − Σ p g)"


def general(deriver: Deriver) -> list[Section]:
    """Return the pass forward and the four equations, of matrices."""
    return [*_forward(deriver), *stated(deriver, _general, whole=True)]


def _forward(deriver: Deriver) -> list[Section]:
    """Return z = W a + b and a = σ(z) of a general layer, where all are weighted sums."""
    if not deriver.is_chain or not all(map(deriver.is_affine, deriver.graph.layers)):
        return []
    seen = general_layers(deriver)
    every, top, below = seen.every[0], seen.output, seen.hidden[:1]
    z, (start,) = every.deriver.ref(every.layer.z), every.layer.input_nodes
    formula = layer_sum(every.deriver, every.layer, Quantity(every.deriver.ref(start)))
    same = any(each.layer.activation == top.layer.activation for each in below)
    last = () if same else ((top, ()),)
    bends = (*((each, EVERY if same else INNER) for each in below), *last)
    chains = [Chain((Quantity(z), formula), ranges=EVERY)]
    chains += [Chain(each.activated(whole=True), ranges=ranges) for each, ranges in bends]
    return [section("forward", "Forward propagation", (Equations(tuple(chains)),))]


def layer_sum(deriver: Deriver, layer: Layer, read: Expr) -> Expr:
    """Return W a + b; a bias that all units share is b·𝟏."""
    weight, *bias = (deriver.graph.nodes[parameter.node] for parameter in layer.held)
    tree = product(Quantity(weight.ref), read, deriver.graph.in_out)
    for node in bias:
        tree = tree + (Quantity(node.ref) if node.shape else mul(Quantity(node.ref), ONES))
    return tree


def _general(deriver: Deriver, ref: Ref) -> list[Expr]:
    """Return δ as ∇C ⊙ σ′(z) or (Wᵀδ) ⊙ σ′(z), and a parameter's gradient."""
    layer = deriver.activates(ref)
    if layer is None:
        return _of_head(deriver, _forms(deriver, ref))
    if deriver.feeds_loss(layer) and not deriver.reads_itself(layer):
        nabla = Nabla(deriver.cost(deriver.ref(layer.a)), deriver.ref(layer.a))
        forms = [Quantity(ref), _through_activation(deriver, layer, nabla)]
        simple = deriver.graph.has_shortcut(layer) and says_more(deriver, layer)
        return [*forms, *_error(deriver, layer)] if simple else forms
    above = _from_above(deriver, layer.a)
    if not deriver.softmax_like(layer):
        return [Quantity(ref), _through_activation(deriver, layer, above)]
    rows, jacobian = deriver.graph.in_out, Partial(deriver.ref(layer.a), ref.of())
    return [Quantity(ref), product(jacobian if rows else Transpose(jacobian), above, rows)]


def through_softmax(a: Expr, above: Expr, rows: bool) -> Expr:
    """Return (diag(a) − a aᵀ) g of columns, g (diag(a) − aᵀ a) of rows."""
    square = MatMul((Transpose(a), a) if rows else (a, Transpose(a)))
    return product(Add((Call("diag", (a,)), -square)), above, rows)


def product(matrix: Expr, vector: Expr, rows: bool) -> Expr:
    """Return Wᵀ δ of columns, δ Wᵀ of rows."""
    return MatMul((vector, matrix)) if rows else MatMul((matrix, vector))


def instance(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return each layer's error and gradients, from the loss inward, with their shapes."""
    sections = []
    errors = errors_inward(deriver, wanted, entries=False)
    used = [ref for ref in wanted if reaches_loss(deriver, ref)]
    for layer in sorted(deriver.graph.layers, key=lambda e: e.z, reverse=True):
        own = [ref for ref in used if ref.layer == layer.index]
        refs = [ref for ref in errors if deriver.layer(ref) is layer]
        parts = dict.fromkeys(r.part for r in own if r.part in layer.parameters)
        refs += [Ref(part, layer.index, True) for part in parts]
        if refs:
            sections.append(_section(deriver, layer, refs))
    if any(ref.part == "x" for ref in used):
        chain = _chain(deriver, Ref("x", None, True))
        sections.append(section("input", "Input", (Equations((chain,)),)))
    stacked = _batch(deriver, used) if stacks(deriver.graph) else []
    return [*with_last(sections, batch_note(deriver)), *stacked, *not_used(deriver, wanted)]


def _batch(deriver: Deriver, used: list[Ref]) -> list[Section]:
    """Return all samples at once: a matrix a layer, a row a sample, and the wanted gradients."""
    graph, wanted = deriver.graph, {ref.bare() for ref in used}
    stacked = StackedSamples(deriver.trace or graph, deriver.view)
    lowest = min((int(ref.layer or 1) for ref in wanted), default=1)
    chains = [chain for layer in graph.layers for chain in stacked.forward(layer)]
    for layer in reversed(graph.layers[lowest - 1 :]):
        error = stacked.error(layer)
        if error is None:
            return []
        chains.append(error)
        parts = [p for p in layer.parameters if Ref(p, layer.index, True) in wanted]
        chains += [stacked.gradient(layer, part) for part in parts]
    shown = dict.fromkeys(ref for chain in chains for ref in stacked.read(chain))
    columns = (column("matrix"), column("shape"))
    rows = tuple((Math(Quantity(ref)), stacked.shape(ref)) for ref in shown)
    blocks: list[Block] = [Equations(tuple(chains)), Table(columns, rows)]
    return [section("batch", "All samples at once, a row each", blocks)]


def _section(deriver: Deriver, layer: Layer, refs: list[Ref]) -> Section:
    """Return a layer's quantities, and their shapes."""
    chains: list[Chain] = []
    for ref in refs:
        reached = deriver.graph.single or layer.z in deriver.writer.reached
        of_batch = ref.part in layer.parameters and deriver.of_batch(ref)
        if reached and not of_batch:
            chains += _chains(deriver, ref)
        if not deriver.graph.single and ref.part in layer.parameters:
            chains.append(_total(deriver, ref))
    title = layer_heading(deriver, layer)
    blocks: list[Block] = [Equations(tuple(chains)), _shapes(deriver, refs)]
    blocks += [note(words) for words in _said(chains)]
    return Section(f"layer-{layer.index}", (title,), tuple(blocks))


def _said(chains: list[Chain]) -> list[str]:
    """Return what is said beside the equations of what they write in words or ones."""
    used = [n for c in chains for f in c.forms for n in walk(f)]
    found = [words for name, words in SAID.items() if any(_is_call(n, name) for n in used)]
    summed = any(isinstance(n, MatMul) and n.by_step and ONES in n.factors for n in used)
    return [*found, *([OF_ROWS] if summed else [])]


def _is_call(node: Expr, function: str) -> bool:
    return isinstance(node, Call) and node.function == function


def _chains(deriver: Deriver, ref: Ref) -> list[Chain]:
    """Return the chain of one gradient; of a recurrent layer's at step t, and its numbers."""
    of_step = step_chain(deriver, ref)
    if of_step is None:
        forms = _forms(deriver, ref)
        if forms == (of_head := _of_head(deriver, forms)):
            return [_chain(deriver, ref)]
        of_step = Chain(tuple(of_head))
        if _is_apart(of_head[0]):
            return [of_step]
    if deriver.trace is None:
        return [of_step]
    at = deriver.at(ref, ())
    target = target_of(deriver, ref) if deriver.is_parameter(ref) else Quantity(at)
    return [of_step, ending((target, value_of(deriver, at)), name_of(deriver, at))]


def _chain(deriver: Deriver, ref: Ref) -> Chain:
    """Return the chain of one gradient as vectors and matrices."""
    return with_numbers(deriver, _forms(deriver, ref), deriver.at(ref, ()))


def _is_apart(target: Expr) -> bool:
    """Return whether it is of one head of an array that has an axis of heads."""
    return isinstance(target, Quantity) and target.ref.index == ("h",)


def _of_head(deriver: Deriver, forms: list[Expr]) -> list[Expr]:
    """Return the forms, the first of head h too where the others are."""
    used = [n for form in forms[1:] for n in walk(form)]
    apart = any(isinstance(n, Quantity) and "h" in n.ref.index for n in used)
    if not apart and not any(_is_call(n, "head") for n in used):
        return forms
    (target, *others) = forms
    assert isinstance(target, Quantity)
    rank = len(deriver.graph.nodes[deriver.general.number(target.ref)].shape)
    at = Quantity(target.ref.at("h")) if rank > 2 else Call("head", (target, Letter("h")))
    return [at, *others]


def _forms(deriver: Deriver, ref: Ref) -> list[Expr]:
    """Return the forms of one gradient as vectors and matrices."""
    number, layer = deriver.general.number(ref), deriver.answers(ref)
    if deriver.is_parameter(ref):
        return [target_of(deriver, ref), _parameter(deriver, ref, number)]
    at = deriver.at(ref, ())
    forms: list[Expr] = [Quantity(at)]
    if (activated := deriver.activates(ref)) is not None:
        return [*forms, *_error(deriver, activated)]
    if layer is None or not deriver.feeds_loss(layer) or deriver.reads_itself(layer):
        forms.append(_from_above(deriver, number))
    elif (written := _loss_whole(deriver)) is not None:
        forms.append(written)
    elif deriver.trace is None:
        forms.append(Nabla(deriver.cost(at.of()), at.of()))
    return forms


def _total(deriver: Deriver, ref: Ref) -> Chain:
    """Return the gradient over the batch, with its numbers."""
    forms = total_forms(deriver, ref)
    if deriver.of_batch(ref):
        forms = [forms[0], _from_above(deriver, deriver.general.number(ref))]
    if deriver.trace is None:
        return Chain(tuple(forms))
    name = plain_name(ref, deriver.graph.in_out)
    return ending((*forms, matrix_of(deriver, ref)), name)


def _error(deriver: Deriver, layer: Layer) -> list[Expr]:
    a = Quantity(deriver.ref(layer.a))
    if deriver.graph.has_shortcut(layer) and _adds_up(deriver, layer):
        return [a - Quantity(deriver.at(Ref("y"), ()))]
    vector = len(layer.shape) == 1
    if vector and deriver.graph.has_shortcut(layer) and not letters_of(deriver.sample):
        total = deriver.general.target_sum(deriver.sample)
        if total is not None:
            return [mul(Number(total), a) - Quantity(deriver.at(Ref("y"), ()))]
    if not deriver.feeds_loss(layer) or deriver.reads_itself(layer):
        return [_through_activation(deriver, layer, _from_above(deriver, layer.a))]
    nabla = Nabla(deriver.cost(a.ref), a.ref)
    forms = [_through_activation(deriver, layer, nabla)]
    written = _loss_whole(deriver)
    if written is not None:
        forms.append(_through_activation(deriver, layer, written))
    return forms


def _adds_up(deriver: Deriver, layer: Layer) -> bool:
    return not deriver.softmax_like(layer) or deriver.general.targets_add_up(deriver.sample)


def _loss_whole(deriver: Deriver) -> Expr | None:
    """Return ∂C/∂a of vectors, 2(a − y), where the loss's derivative is linear in them.

    Where steps count differently, or sequences end, it is diag(m) times that: a row a step.
    """
    terms = deriver.graph.terms
    rule = deriver.graph.rule(terms) if terms is not None else None
    if not isinstance(rule, LossTerms):
        return None
    vectors = {
        "a": Quantity(deriver.ref(deriver.last.a)),
        "y": Quantity(deriver.at(Ref("y"), ())),
    }
    linear = without_ones(rule.derivative)
    if not is_linear(linear):
        return None
    whole = bind(linear, dict(vectors))
    if "m" not in rule.operands:
        return whole
    return MatMul((Call("diag", (Quantity(deriver.at(Ref("m"), ())),)), whole))


def _through_activation(deriver: Deriver, layer: Layer, above: Expr) -> Expr:
    z, a = Quantity(deriver.ref(layer.z)), Quantity(deriver.ref(layer.a))
    if layer.activation == "identity":
        return above
    if deriver.softmax_like(layer) and len(layer.shape) > 1:
        return product(Transpose(Partial(a.ref, z.ref)), above, deriver.graph.in_out)
    if deriver.softmax_like(layer):
        return through_softmax(a, above, deriver.graph.in_out)
    return Hadamard((above, Derivative(layer.activation, z)))


def _from_above(deriver: Deriver, number: int) -> Expr:
    """Return ∂C/∂(node) as matrices: the sum of its consumers' shares."""
    parts: list[Expr] = []
    for consumer, position in deriver.writer.consumers.get(number, ()):
        if consumer not in deriver.writer.reached:
            continue
        if consumer == deriver.graph.terms:
            parts.append(_of_loss(deriver, number))
            continue
        parts.append(_share(deriver, consumer, position))
    return add(*parts) if parts else Number(0)


def _of_loss(deriver: Deriver, number: int) -> Expr:
    """Return what the loss itself sends: ∇C, where nothing else reads the node; else its share."""
    at = deriver.at(deriver.graph.nodes[number].ref, ())
    if deriver.graph.loop(number) is None:
        return Nabla(deriver.cost(at), at)
    written = _loss_whole(deriver)
    if written is not None:
        return written
    terms = deriver.at(Ref("loss_terms"), ())
    return product(Transpose(Partial(terms, at)), ONES, deriver.graph.in_out)


def _share(deriver: Deriver, consumer: int, position: int) -> Expr:
    """Return one consumer's share as its rule writes it whole, in this network's quantities.

    Where the rule has no such form, the Jacobian is named, transposed: (∂z/∂x)ᵀ δ.
    """
    node, graph = deriver.graph.nodes[consumer], deriver.graph
    written = _written_whole(deriver, consumer, position)
    below = graph.nodes[node.parents[position]]
    over = deriver.of_batch(below.ref) and deriver.general.adds_samples(
        consumer, node.parents[position]
    )
    if written is not None:
        share = deriver.general.named(written, consumer, "n" if over else deriver.sample)
        share = without_ones(share)
    else:
        at = structs.replace(node.ref, sample="n") if over else deriver.at(node.ref, ())
        jacobian = Partial(at, deriver.at(below.ref, ()))
        back = Quantity(at.grad())
        factors = (back, jacobian) if graph.in_out else (Transpose(jacobian), back)
        share = MatMul(factors) if node.shape else mul(back, jacobian)
    if over:
        return deriver.general.averaged(BigSum("n", graph.samples, share), Name("N"))
    crossing = below.per_sample and not node.per_sample and graph.mean
    return mul(Name("N"), share) if crossing else share


def _written_whole(deriver: Deriver, consumer: int, position: int) -> Expr | None:
    """Return the rule's share of vectors; of a sequence of matrices whose rows are its steps."""
    graph = deriver.graph
    node, rule = graph.nodes[consumer], graph.rule(consumer)
    if len(node.shape) < 2:
        return rule.write_whole(position, len(node.parents))
    alone = graph.loop(consumer) is None and node.axes[-2:-1] in (("step",), ("query",))
    return rule.write_rows(position, deriver.general.shapes(consumer)) if alone else None


def _parameter(deriver: Deriver, ref: Ref, number: int) -> Expr:
    """Return one sample's share of a parameter's gradient, and what a penalty adds."""
    layer = deriver.layer(ref)
    shared = not deriver.graph.nodes[number].shape and len(layer.shape) == 1
    if shared and deriver.adds_up_errors(number, layer):
        delta = Quantity(deriver.ref(layer.z).grad())
        return product(Transpose(ONES), delta, deriver.graph.in_out)
    parts = [
        _share(deriver, consumer, position)
        for consumer, position in deriver.writer.consumers.get(number, ())
        if deriver.graph.nodes[consumer].per_sample and consumer in deriver.writer.reached
    ]
    added = deriver.penalty(ref) if deriver.graph.single else None
    parts += [added[1]] if added else []
    return add(*parts) if parts else Number(0)


def _shapes(deriver: Deriver, refs: list[Ref]) -> Table:
    """Return the shapes of what stands in the layer's equations."""
    rows: list[tuple[Inline | None, ...]] = []
    for ref in refs:
        shape = deriver.graph.nodes[deriver.general.number(ref)].shape
        name = plain_name(ref)
        rows.append((Math(Quantity(ref)), Code(name), shape_of(ref, name, shape, "one number")))
    columns = tuple(column(t) for t in ("quantity", "name", "shape"))
    return Table(columns, tuple(rows))


STYLE = Style("matrix", "δ = (Wᵀδ) ⊙ σ′(z), outer products, shapes", general, instance, arrays=True)
