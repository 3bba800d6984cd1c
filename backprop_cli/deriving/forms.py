"""The forms of a gradient: definition, chain rule, local derivatives put in, simplified, numbers.

A style chooses among them; ``general`` asks for those that hold of any layer, nothing worked out
that is this network's own.
"""

from __future__ import annotations

from ..expression.indices import letters_of
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
    Partial,
    Quantity,
    add,
    mul,
)
from ..expression.walking import substitute
from ..functions.rules import NoForm
from ..graph.parts import Layer
from ..mathematics.formulas import without_ones
from ..worked.document import Chain
from ..worked.entry_steps import distinct, evaluated
from ..worked.general_steps import general_formula
from ..worked.trace.cells import settled
from .deriver import COSTS, Deriver


def target_of(deriver: Deriver, ref: Ref) -> Expr:
    """Return ∂C/∂(parameter), of one sample's cost where there are several."""
    cost = deriver.cost(ref.of())
    return Quantity(ref.grad()) if cost.sample is None else Partial(cost, ref.of())


def total_forms(deriver: Deriver, ref: Ref) -> list[Expr]:
    """Return a parameter's gradient over the batch: (1/N) Σ_n ∂C_n/∂w, and what a penalty adds."""
    graph = deriver.graph
    if deriver.of_batch(ref):
        number = deriver.general.number(ref)
        at = ref if ref.index else graph.general(ref)
        chain = deriver.through_consumers(number, at.of())
        found = deriver.penalty(at)
        return [Quantity(ref.grad()), add(chain, found[1]) if found else chain]
    each: Expr = Partial(Ref("cost", sample="n"), ref.of())
    total: Expr = BigSum("n", graph.samples, each)
    if graph.mean:
        total = Mul((Div(ONE, Name("N")), total))
    added = deriver.penalty(ref)
    return [Quantity(ref.grad()), add(total, added[1]) if added else total]


def gradient_forms(
    deriver: Deriver, ref: Ref, *, sums: bool = False, general: bool = False
) -> list[Expr]:
    """Return the forms of a gradient: of a z, of a parameter, of another value."""
    if deriver.activates(ref):
        return error_forms(deriver, ref, sums=sums, general=general)
    if deriver.is_parameter(ref):
        return parameter_forms(deriver, ref, sums=sums, general=general)
    return activation_forms(deriver, ref)


def error_forms(
    deriver: Deriver, ref: Ref, *, sums: bool = False, general: bool = False
) -> list[Expr]:
    """Return the forms of δ = ∂C/∂z; with ``sums`` each derivative of a sum is spelled out."""
    layer, z = deriver.layer(ref), ref.of()
    cost = deriver.cost(z)
    a = deriver.ref(layer.a, *ref.index)
    start: list[Expr] = [Quantity(ref), Partial(cost, z)]
    joint, shortened = deriver.softmax_like(layer), deriver.graph.has_shortcut(layer)
    if not deriver.feeds_loss(layer) and not shortened and (general or not joint):
        return [*start, *_carried_back(deriver, ref, layer, sums=sums, general=general)]
    forms: list[Expr] = []
    if joint:
        each = a.at(*ref.index[:-1], "i")
        forms.append(BigSum("i", layer.units, mul(Partial(cost, each), Partial(each, z))))
    elif layer.activation == "identity":
        forms.append(Partial(cost, a))
    else:
        forms.append(mul(Partial(cost, a), Partial(a, z)))
        if general and sums:
            applied = Call(layer.activation, (Quantity(z),))
            forms.append(mul(Partial(cost, a), Diff(applied, z)))
        if general or not shortened:
            forms.append(mul(Partial(cost, a), deriver.slope(layer, ref.index)))
    return [*start, *forms, *_simple(deriver, ref, layer, general=general)]


def _simple(deriver: Deriver, ref: Ref, layer: Layer, *, general: bool) -> list[Expr]:
    """Return [δ simplified]: in general where that is a − y, or the loss's own derivative."""
    if general and not says_more(deriver, layer):
        return []
    return [*deriver.collapse(layer, ref.index), deriver.delta(layer, ref.index, by_name=False)]


def says_more(deriver: Deriver, layer: Layer) -> bool:
    """Return whether δ at the output is simpler than the loss's derivative times the slope."""
    if deriver.softmax_like(layer):
        return deriver.graph.has_shortcut(layer) and deriver.general.targets_add_up("n")
    left_open = deriver.loss_is_unspecified() or deriver.loss_is_joint()
    return deriver.graph.has_shortcut(layer) or (layer.activation == "identity" and not left_open)


def _carried_back(
    deriver: Deriver, ref: Ref, layer: Layer, *, sums: bool, general: bool
) -> list[Expr]:
    """Return Σ_k ∂C/∂z_k ∂z_k/∂z_j over what reads the layer, to σ′(z_j) Σ_k w_kj δ_k."""
    a = deriver.ref(layer.a, *ref.index)
    chain = deriver.through_consumers(layer.a, a, down_to=ref.of())
    forms = [chain]
    if general and deriver.softmax_like(layer):
        return [chain, with_errors(deriver, chain)]
    if sums:
        spelled = spelled_sums(deriver, ref, layer)
        shown = slice(0, 1) if layer.activation == "identity" else slice(1, 2)
        forms += spelled if general else spelled[shown]
    if layer.activation != "identity":
        slope = deriver.slope(layer, ref.index)
        if general:
            forms.append(with_errors(deriver, chain, a, slope))
        forms.append(deriver.delta(layer, ref.index, by_name=True))
    if layer.activation == "identity" or not general:
        forms.append(deriver.delta(layer, ref.index, by_name=False))
    return forms


def with_errors(
    deriver: Deriver, chain: Expr, a: Ref | None = None, slope: Expr | None = None
) -> Expr:
    """Return the chain with δ for each ∂C/∂z, and ∂z_k/∂z_j as ∂z_k/∂a_j times the slope."""

    def put(node: Expr) -> Expr | None:
        if not isinstance(node, Partial):
            return None
        if node.of.part in COSTS:
            return Quantity(node.wrt.grad())
        if a is None or slope is None:
            return None
        try:
            local = deriver.local(Partial(node.of, a))
            return slope if local == ONE else mul(local, slope)
        except NoForm:
            return None

    return substitute(chain, put)


def spelled_sums(deriver: Deriver, ref: Ref, layer: Layer) -> list[Expr]:
    """Return Σ_k δ_k ∂(Σ_p w_kp a_p + b_k)/∂z_j, then with σ(z_p) for a_p.

    None where not just one weighted sum reads the layer.
    """
    consumers = [c for c, _ in deriver.writer.consumers.get(layer.a, ())]
    above = next((e for e in deriver.graph.layers if [e.z] == consumers), None)
    if above is None or not deriver.is_affine(above) or deriver.softmax_like(layer):
        return []
    body = deriver.weighted_sum(above, ("k",))

    def activated(node: Expr) -> Expr | None:
        if not isinstance(node, Quantity) or deriver.answers(node.ref) is not layer:
            return None
        z = Quantity(deriver.ref(layer.z, *node.ref.index))
        return z if layer.activation == "identity" else Call(layer.activation, (z,))

    delta = Quantity(deriver.ref(above.z, "k").grad())
    return [
        BigSum("k", above.units, mul(delta, Diff(each, ref.of())))
        for each in (body, substitute(body, activated))
    ]


def parameter_forms(
    deriver: Deriver, ref: Ref, *, sums: bool = False, general: bool = False
) -> list[Expr]:
    """Return the forms of ∂C/∂w of one sample: ∂C/∂z · ∂z/∂w = δ · ∂(Σ …)/∂w = δ a."""
    layer, parameter = deriver.layer(ref), ref.of()
    added = deriver.penalty(ref)
    if added is not None and layer.z not in deriver.writer.reached:
        return [Quantity(ref), *added]
    number = deriver.general.number(ref)
    if not deriver.is_affine(layer):
        forms = [deriver.through_consumers(number, parameter)]
    else:
        shared = not deriver.graph.nodes[number].shape
        z = deriver.ref(layer.z, *(("j",) if shared else ref.index[:1]))
        local = Partial(z, parameter)
        forms = [mul(Partial(deriver.cost(z), z), local)]
        if sums and (general or not shared):
            body = deriver.weighted_sum(layer, z.index)
            forms.append(mul(Quantity(z.grad()), Diff(body, parameter)))
        if deriver.local(local) == ONE and (sums if general else not shared):
            forms.append(mul(Quantity(z.grad()), ONE))
        if shared:
            forms = [BigSum("j", layer.units, form) for form in forms]
    forms.append(deriver.contribution(ref))
    if added is not None and deriver.graph.single:
        first = 1 if general else 0
        forms = [add(form, added[1 if i else first]) for i, form in enumerate(forms)]
    return [target_of(deriver, ref), *forms]


def activation_forms(deriver: Deriver, ref: Ref) -> list[Expr]:
    """Return the forms of ∂C/∂a or ∂C/∂x: the sum over what reads it."""
    number = deriver.general.number(ref)
    unnumbered = not ref.index and (deriver.trace is None or letters_of(ref.layer))
    letters = ref.is_general or bool(unnumbered)
    layer = deriver.answers(ref)
    feeds_loss = layer is not None and deriver.feeds_loss(layer)
    left_open = deriver.loss_is_unspecified() or (deriver.loss_is_joint() and letters)
    if feeds_loss and left_open:
        whole = Quantity(deriver.at(ref.of(), ()))
        return [Quantity(ref), Derivative("loss", whole, ref.index)]
    forms: list[Expr] = [Quantity(ref)]
    if not feeds_loss:
        forms.append(deriver.through_consumers(number, ref.of()))
    subject = deriver.trace or deriver.graph
    simple = general_formula(subject, ref) if letters else deriver.writer.gradient_formula(ref)
    return [*forms, without_ones(simple)]


def name_of(deriver: Deriver, ref: Ref) -> str:
    """Return the plain name of what a chain derives; one sample's share of a batch has none."""
    shared = not deriver.graph.single and deriver.is_parameter(ref)
    return "" if shared else plain_name(ref, deriver.graph.in_out)


def numbered(deriver: Deriver, forms: list[Expr], ref: Ref) -> Chain:
    """Return the chain with the last form's numbers and the value, if it has one."""
    if deriver.trace is None or ref.is_general:
        return Chain(tuple(distinct(forms)))
    put = settled(deriver.trace, deriver.numbers(forms[-1]))
    return evaluated(forms, put, deriver.gradient_value(ref), name_of(deriver, ref))
