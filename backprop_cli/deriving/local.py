"""The local derivatives: each operation's own, derived by sympy, its rule named."""

from __future__ import annotations

from ..expression.axes import letters
from ..expression.differentiate import differentiate
from ..expression.indices import Index, distance
from ..expression.refs import Ref
from ..expression.tree import (
    ONE,
    Between,
    BigSum,
    Call,
    Cases,
    Compare,
    Derivative,
    Diff,
    Div,
    Expr,
    Letter,
    Mul,
    Name,
    Neg,
    Number,
    Partial,
    Quantity,
    add,
    mul,
)
from ..expression.walking import bind, substitute
from ..functions.attention import Pairs
from ..functions.expressions import ExpressionLoss
from ..functions.fused import FUSED
from ..functions.losses import LossTerms
from ..functions.operators import summed
from ..functions.rules import NoForm, indexed
from ..functions.softmax import Softmax
from ..graph.parts import Layer
from ..graph.records import Graph
from ..mathematics.formulas import without_ones
from ..worked.building import section
from ..worked.document import Block, Chain, Equations, Section
from ..worked.entry_steps import distinct
from ..worked.general_steps import general_formula, whole_formula
from ..worked.reasons import Law, Reason
from ..worked.trace.likely import probability_rule
from ..worked.trace.loss import steps_counted
from . import Style
from .deriver import Deriver
from .differentiating import rule_of
from .forms import error_forms
from .needed import errors_needed, reaches_loss
from .turning import spoken, turned_chains

J, K = ("j",), ("j", "k")


def local_section(deriver: Deriver, wanted: tuple[Ref, ...], style: Style) -> list[Section]:
    """Return the section of the local derivatives that are used, each kind once; or none."""
    used = tuple(ref for ref in wanted if reaches_loss(deriver, ref))
    needed = errors_needed(deriver, used)
    chains = loss_chains(deriver, needed, used)
    seen: list[tuple[str, Expr | None, bool]] = []
    for layer in sorted(needed, key=lambda layer: layer.z):
        same = layer.activation == "identity"
        if same and (layer.a == layer.z or deriver.graph.has_shortcut(layer)):
            continue
        formula = getattr(deriver.graph.rule(layer.a), "value", None)
        kind = (layer.activation, None if same else formula, same and layer is deriver.last)
        if kind not in seen:
            seen.append(kind)
            chains += activation_chains(deriver, layer)
    merges = {layer.type: layer for layer in needed if layer.type in ("add", "multiply")}
    chains += [chain for layer in merges.values() for chain in merge_chains(deriver, layer)]
    chains += affine_chains(deriver, needed, used)
    inner = {deriver.kind(layer): inner_nodes(deriver, layer) for layer in needed}
    looped = {deriver.kind(layer): looped_nodes(deriver, layer) for layer in needed}
    for numbers in looped.values():
        within = frozenset(numbers) | {layer.a for layer in needed}
        chains += [c for n in numbers for c in partial_chains(deriver, n, within)]
    for numbers in sorted(inner.values()):
        chains += inner_chains(deriver, numbers)
    chains += collapse_chain(deriver) if style.arrays and deriver.last in needed else []
    chains += turned_chains(deriver, needed, used)
    if not chains:
        return []
    if style.local is not None:
        chains = [style.local(chain) for chain in chains]
    inside = [number for each in looped.values() for number in each]
    others = sorted((each for each in needed if _slides(deriver, each)), key=lambda each: each.z)
    unsaid = {deriver.kind(each): each.z for each in others if not _is_said(deriver, each, chains)}
    computed = tuple(value_chain(deriver, number) for number in (*inside, *unsaid.values()))
    steps = (Equations(computed),) if computed else ()
    blocks = (*steps, Equations(tuple(chains)), *spoken(deriver, needed, used))
    return [section("local", "Local derivatives", blocks)]


def _slides(deriver: Deriver, layer: Layer) -> bool:
    """Return whether a layer reads windows, of images or along a sequence."""
    shapes = deriver.general.shapes(layer.z)
    return bool(deriver.graph.rule(layer.z).covering(0, tuple(1 for _ in shapes[0]), shapes))


def _is_said(deriver: Deriver, layer: Layer, chains: list[Chain]) -> bool:
    """Return whether what a layer computes stands in a chain: its z, or a derivative of it."""
    z = deriver.graph.nodes[layer.z].ref
    firsts = (chain.forms[0] for chain in chains)
    refs = (
        first.of if isinstance(first, Partial) else first.ref
        for first in firsts
        if isinstance(first, Partial | Quantity)
    )
    kinds = {ref.part for ref in refs if isinstance(ref, Ref) and ref.layer in (z.layer, "l")}
    return z.part in kinds


def cost_chain(deriver: Deriver) -> Chain:
    """Return C_n as the loss writes it, of the sample that is derived."""
    graph = deriver.graph
    if graph.terms is None:
        raise ValueError("this network has no loss of layers")
    sample = deriver.sample
    cost = Quantity(Ref("cost", sample=sample))
    rule = graph.rule(graph.terms)
    if deriver.loss_is_unspecified():
        forms = (
            Quantity(deriver.ref(deriver.last.a)),
            Quantity(Ref("y", sample=sample)),
        )
        written: Expr = Call("loss", forms)
    elif isinstance(rule, ExpressionLoss):
        written = deriver.named(rule.cost, graph.terms)
    else:
        shape = deriver.last.shape
        free = graph.general(Ref("loss_terms"), "k").index
        sizes = list(zip(free, shape, strict=True))
        index = tuple(letter if size > 1 else 1 for letter, size in sizes)
        of = Ref("loss_terms", sample=sample, index=index)
        term = without_ones(deriver.general.value_formula(of))
        counted = [(str(letter), size) for letter, size in sizes if size > 1]
        written = summed(term, tuple(c for c, _ in counted), tuple(n for _, n in counted))
    return Chain((cost, written))


def cost_section(deriver: Deriver) -> list[Section]:
    """Return the section that says what the cost is: of a sample, of the batch, with penalties."""
    graph = deriver.graph
    if graph.terms is None:
        return []
    cost = Quantity(Ref("cost", sample=deriver.sample))
    chains = [cost_chain(deriver)]
    if graph.takes_softmax:
        scores = graph.general(graph.nodes[graph.output].ref, "k")
        own = deriver.at(scores, scores.index)
        chains.insert(0, probability_rule(deriver.general, own))
    if not graph.single:
        total: Expr = BigSum("n", graph.samples, cost)
        chains.append(
            Chain((Quantity(Ref("loss")), *_with_penalties(deriver, _mean(deriver, total))))
        )
        if graph.mixed and graph.mean:
            chains.append(Chain((Quantity(graph.total), total)))
    elif graph.penalties:
        chains.append(
            Chain((Quantity(Ref("loss")), *_with_penalties(deriver, Quantity(Ref("data_loss")))))
        )
    for number in graph.penalties:
        ref = graph.nodes[number].ref
        chains.append(Chain((Quantity(ref), without_ones(deriver.general.value_formula(ref)))))
    blocks: list[Block] = [Equations(tuple(chains)), *steps_counted(graph)]
    return [section("cost", "The cost", blocks)]


def _mean(deriver: Deriver, total: Expr) -> Expr:
    return Mul((Div(ONE, Name("N")), total)) if deriver.graph.mean else total


def _with_penalties(deriver: Deriver, total: Expr) -> tuple[Expr, ...]:
    graph = deriver.graph
    return (add(total, *(Quantity(graph.nodes[number].ref) for number in graph.penalties)),)


def index_of(deriver: Deriver, number: int, unit: str) -> tuple[str, ...]:
    """Return a letter for each axis of what a node computes, ``unit`` for its units."""
    return letters(deriver.graph.nodes[number].axes, unit)


def activation_chains(deriver: Deriver, layer: Layer) -> list[Chain]:
    """Return a = σ(z) with its formula, and σ′(z) as sympy has it and as it is taught; or a = z."""
    own = index_of(deriver, layer.z, "j")
    z, a = deriver.ref(layer.z, *own), deriver.ref(layer.a, *own)
    if layer.activation == "identity":
        return [Chain((Quantity(a), Quantity(z)))]
    if deriver.softmax_like(layer):
        return softmax_chains(deriver, layer.z, layer.a)
    rule = deriver.elementwise(layer)
    if rule.letter:
        applied = Call(layer.activation, (Quantity(z),))
        return [
            Chain((Quantity(a), applied)),
            Chain((Partial(a, z), Derivative(layer.activation, Quantity(z)))),
        ]
    formula = without_ones(rule.value)
    value = bind(formula, {"z": Quantity(z)})
    named = Call(layer.activation, (Quantity(z),))
    forms = [Quantity(a), named, value] if value != named else [Quantity(a), value]
    taught = deriver.named(rule.write_slope(own), layer.a)
    steps: list[Expr] = [Partial(a, z), Derivative(layer.activation, Quantity(z))]
    if deriver.shares_name(layer):
        forms, steps = [Quantity(a), value], [Partial(a, z)]
    chains = [Chain(tuple(forms))]
    if not isinstance(rule.value, Cases):
        derived = bind(differentiate(formula, Name("z")), {"z": Quantity(z)})
        if derived != taught:
            steps.append(derived)
        in_z = bind(without_ones(rule.derivative), {"a": named, "z": Quantity(z)})
        if in_z not in (derived, taught) and not deriver.shares_name(layer):
            steps.append(in_z)
    chains.append(Chain((*steps, taught), rule=rule_of(formula, "z", alone=True)))
    return chains


def value_chain(deriver: Deriver, number: int) -> Chain:
    """Return a value's general formula; where an entry has none, that of the whole."""
    ref = deriver.at(deriver.graph.nodes[number].ref, ())
    at, whole = deriver.graph.general(ref), whole_formula(deriver.graph, number, deriver.sample)
    formula = without_ones(general_formula(deriver.graph, at))
    return Chain((Quantity(ref if formula == whole else at), formula))


def inner_nodes(deriver: Deriver, layer: Layer) -> list[int]:
    """Return what a layer computes that is said by no weighted sum and no activation's name.

    Of a normalization all on the way to its z, of attention what pairs queries and keys.
    """
    parts = [n for cell in layer.cells for n in cell.parts.values() if n <= layer.z]
    if layer.closed is not None:
        return parts
    pairing = any(isinstance(deriver.graph.rule(n), Pairs) for n in parts)
    return [n for n in parts if isinstance(deriver.graph.rule(n), Pairs | Softmax) and pairing]


def looped_nodes(deriver: Deriver, layer: Layer) -> list[int]:
    """Return what a layer that remembers computes at each step: gates, states, what it hands on."""
    parts = [n for cell in layer.cells for n in cell.parts.values()]
    looped = any(deriver.graph.loop(n) is not None for n in parts)
    said = set() if layer.a == layer.z else {layer.a}
    return sorted({*parts} - said) if looped else []


def inner_chains(deriver: Deriver, numbers: list[int]) -> list[Chain]:
    """Return what a layer computes on the way to its z, each with its local derivatives."""
    graph = deriver.graph
    chains = []
    for number in numbers:
        parents = graph.nodes[number].parents
        if isinstance(graph.rule(number), Softmax):
            chains += softmax_chains(deriver, parents[0], number)
            continue
        chains += [value_chain(deriver, number), *partial_chains(deriver, number)]
    return chains


def partial_chains(
    deriver: Deriver, number: int, among: frozenset[int] | None = None
) -> list[Chain]:
    """Return a value's local derivatives by what it reads; with ``among`` only by these nodes."""
    graph = deriver.graph
    chains = []
    for position, parent in enumerate(graph.nodes[number].parents):
        below = graph.general(deriver.at(graph.nodes[parent].ref, ()))
        if not graph.nodes[parent].wants_gradient or (among is not None and parent not in among):
            continue
        try:
            _, index = deriver.outputs(number, position, below.index)[0]
            shape = graph.nodes[number].shape
            above = deriver.at(graph.nodes[number].ref, index[-len(shape) :])
            local = Partial(above if shape else above.whole(), below)
            ranges = _steps(graph, above, below)
            chains.append(Chain((local, deriver.local(local)), ranges=ranges))
        except NoForm:
            continue
    return chains


def _steps(graph: Graph, above: Ref, below: Ref) -> tuple[Expr, ...]:
    """Return of which steps a derivative holds, where what is read is one of another step."""
    if not below.index or graph.axes(below)[:1] != ("step",):
        return ()
    t, apart = below.index[0], distance(above.index[0], below.index[0]) if above.index else None
    if not apart or not isinstance(t, str):
        return ()
    last = graph.nodes[graph.number(below.of())].shape[0]
    first, last = max(1, 1 - apart), min(last, last - apart)
    return (Between(Number(first), Letter(t), Number(last)),)


def softmax_chains(deriver: Deriver, before: int, after: int) -> list[Chain]:
    """Return softmax's formula and its two kinds of partial derivative."""
    a, z = deriver.ref(after), deriver.ref(before)
    *row, _ = index_of(deriver, before, "j")
    j, k = (*row, "j"), (*row, "k")
    aj, ak = Quantity(a.at(*j)), Quantity(a.at(*k))
    one = 1 - aj
    try:
        value = Chain((aj, deriver.general.value_formula(a.at(*j))))
    except NoForm:
        value = Chain((Quantity(a), whole_formula(deriver.graph, after, deriver.sample)))
    slope = Chain((Partial(a.at(*j), z.at(*j)), aj * one), rule=Reason(Law.QUOTIENT))
    chains = [value, slope]
    if deriver.graph.nodes[after].shape[-1] > 1:
        other = Partial(a.at(*j), z.at(*k))
        apart = Compare("!=", Letter("j"), Letter("k"))
        chains.append(Chain((other, Neg(aj * ak)), ranges=(apart,), rule=Reason(Law.QUOTIENT)))
    return chains


def loss_chains(deriver: Deriver, needed: list[Layer], wanted: tuple[Ref, ...]) -> list[Chain]:
    """Return ∂C/∂a_k of the loss where it is used: written out, by sympy, and as it is taught."""
    graph, last = deriver.graph, deriver.last
    asked = any(deriver.answers(ref) is last for ref in wanted)
    if graph.terms is None or deriver.loss_is_unspecified() or not (asked or last in needed):
        return []
    rule = graph.rule(graph.terms)
    own = index_of(deriver, last.a, "k")
    a = deriver.ref(last.a, *own)
    cost = deriver.cost(a)
    if deriver.loss_is_joint():
        units = (unit for unit in deriver.view.rows(last.units) if unit)
        return [
            Chain(
                (Partial(cost, at), without_ones(deriver.general.gradient_formula(at.grad()))), ""
            )
            for at in (a.at(unit) for unit in units)
        ]
    target = Partial(cost, a)
    if not isinstance(rule, LossTerms):
        taught = without_ones(deriver.general.gradient_formula(a.grad()))
        cancels = _through_probabilities(deriver, own) if graph.takes_softmax else []
        forms = distinct([target, *cancels, taught])
        return [Chain(tuple(forms), rule=Reason(Law.CHAIN))]
    indices: dict[str, tuple[Index, ...]] = {"a": own, "y": own}
    names = {"a": a, "y": deriver.at(Ref("y"), own)}

    def in_quantities(tree: Expr) -> Expr:
        return substitute(
            indexed(without_ones(tree), indices),
            lambda n: Quantity(names[n.id]) if isinstance(n, Name) and n.id in names else None,
        )

    forms = [target, Diff(in_quantities(rule.term), a)]
    if deriver.reads_itself(last) or graph.weighs_steps:
        # The whole ∂C/∂a has more to it: what the next step sends, or how much the step counts.
        forms = forms[1:]
    forms.append(in_quantities(rule.derivative))
    forms += _over_slope(deriver)
    return [Chain(tuple(forms), rule=rule_of(rule.term, "a", alone=True))]


def _through_probabilities(deriver: Deriver, index: tuple[Index, ...]) -> list[Expr]:
    """Return ∂C/∂a_k through the softmax p that the loss takes of its scores, to p_k − y_k.

    Where steps count differently, each is m_t times that.
    """
    own = {part: Ref(of, sample=deriver.sample) for part, of in (("out", "p"), ("y", "y"))}
    own["m"] = deriver.at(Ref("m"), ()) if deriver.graph.weighs_steps else Ref("m")
    forms = FUSED["softmax", "cross_entropy"].write_collapse(index, deriver.last.units)
    if deriver.graph.weighs_steps:
        forms = tuple(mul(Name("m", index[:1]), form) for form in forms)
    return [
        substitute(
            form, lambda n: Quantity(own[n.id].at(*n.index)) if isinstance(n, Name) else None
        )
        for form in forms
    ]


def _over_slope(deriver: Deriver) -> list[Expr]:
    """Return ∂C/∂a as (a − y)/(a(1 − a)), where the activation's slope is to cancel that."""
    last = deriver.last
    if not deriver.graph.has_shortcut(last) or deriver.softmax_like(last):
        return []
    (product,) = deriver.collapse(last, index_of(deriver, last.a, "k"))
    return [product.factors[0]] if isinstance(product, Mul) else []


def collapse_chain(deriver: Deriver) -> list[Chain]:
    """Return δ at the output, from ∂C/∂a·∂a/∂z to a − y, where the two cancel."""
    last = deriver.last
    ref = deriver.ref(last.z, *index_of(deriver, last.z, "j")).grad()
    cancels = deriver.collapse(last, ref.index)
    return [Chain(tuple(distinct(error_forms(deriver, ref))))] if cancels else []


def merge_chains(deriver: Deriver, layer: Layer) -> list[Chain]:
    """Return what a merge hands to each input: addition copies, multiplication swaps."""
    if len(set(layer.input_nodes)) < len(layer.input_nodes):
        return []
    own = index_of(deriver, layer.z, "j")
    z = deriver.ref(layer.z, *own)
    refs = [deriver.ref(n, *own) for n in layer.input_nodes]
    body = deriver.general.value_formula(z)
    rule = Reason(Law.PRODUCT if layer.type == "multiply" else Law.SUM)
    return [_of_operation(deriver, z, ref, body, rule) for ref in refs]


def _of_operation(deriver: Deriver, z: Ref, ref: Ref, body: Expr, rule: Reason) -> Chain:
    """Return ∂z/∂(what it is made of) = ∂(z written out)/∂(that) = the local derivative."""
    local = Partial(z, ref)
    return Chain((local, Diff(body, ref), deriver.local(local)), rule=rule)


def affine_chains(deriver: Deriver, needed: list[Layer], wanted: tuple[Ref, ...]) -> list[Chain]:
    """Return the partial derivatives of the weighted sum that are used, each by sympy."""
    dense = [e for e in sorted(needed, key=lambda e: e.index) if deriver.is_affine(e)]
    found: list[tuple[Layer, Ref]] = []
    graph = deriver.graph
    for kind in ("weight", "bias"):
        having = [ref for ref in wanted if graph.kind(ref) == kind]
        having = [ref for ref in having if deriver.is_affine(deriver.layer(ref))]
        if having:
            ref = min(having, key=lambda ref: deriver.layer(ref).index)
            number = graph.number(ref.of())
            layer = deriver.layer(ref)
            found.append((layer, deriver.ref(number, *K[: len(graph.nodes[number].shape)])))
    below = {layer.a for layer in needed}
    below |= graph.answers & {deriver.general.number(ref) for ref in wanted}
    through = next((layer for layer in dense if layer.input_nodes[0] in below), None)
    if through is not None:
        found.append((through, deriver.ref(through.input_nodes[0], *K[1:])))
    chains = []
    for layer, ref in found:
        z = deriver.ref(layer.z, *J)
        body = deriver.weighted_sum(layer, J)
        chains.append(_of_operation(deriver, z, ref, body, Reason(Law.SUM)))
    return chains
