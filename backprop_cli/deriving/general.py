"""The four equations for a general layer l, and the references that state them."""

from __future__ import annotations

from msgspec import structs

from ..expression.indices import Index, plus
from ..expression.refs import Ref
from ..expression.tree import (
    ONE,
    Between,
    BigSum,
    Call,
    Derivative,
    Diff,
    Div,
    Expr,
    LayerNumber,
    Mul,
    Name,
    Partial,
    Quantity,
    add,
)
from ..expression.walking import substitute
from ..functions.elementwise import without_ones
from ..worked.document import Block, Chain, Equations, Math, Note, Section, Text
from .deriver import Deriver

L, TOP = "l", "L"
UP, DOWN, UNDER_TOP = plus(L, 1), plus(L, -1), plus(TOP, -1)


class Letters:
    """The quantities of a general layer, with the activation's name where all layers share it."""

    def __init__(self, deriver: Deriver) -> None:
        self.sample = deriver.sample
        self.cost = deriver.cost()
        hidden = deriver.graph.layers[:-1]
        names = {layer.activation for layer in hidden}
        mixed = len(names) != 1 or any(map(deriver.shares_name, hidden))
        self.hidden = "activation" if mixed else names.pop()
        self.mixed = mixed and bool(hidden)
        self.joint_units = any(map(deriver.softmax_like, hidden))
        self.output = deriver.last.activation
        self.count = len(deriver.graph.layers)
        self.bias = bias_kind(deriver)

    def ref(self, part: str, layer: Index, *index: str, gradient: bool = False) -> Ref:
        """Return a quantity of a general layer."""
        sample = None if part in ("W", "b") else self.sample
        return Ref(part, layer, gradient, sample, index)

    def q(self, part: str, layer: Index, *index: str, gradient: bool = False) -> Quantity:
        """Return the same as a node."""
        return Quantity(self.ref(part, layer, *index, gradient=gradient))

    def delta(self, layer: Index, *index: str) -> Quantity:
        """Return δ of a general layer."""
        return self.q("z", layer, *index, gradient=True)

    def inner(self) -> tuple[Expr, ...]:
        """Return first ≤ l ≤ L − 1, where there are hidden layers."""
        return (Between(LayerNumber(1), Name("l"), Name("L") - ONE),)

    def every(self) -> tuple[Expr, ...]:
        """Return first ≤ l ≤ L."""
        return (Between(LayerNumber(1), Name("l"), Name("L")),)

    def biased(self, total: Expr, layer: Index, *unit: str) -> Expr:
        """Return the weighted sum with the bias that this network's layers have, if they do."""
        if self.bias == "none":
            return total
        return total + self.q("b", layer, *(() if self.bias == "shared" else unit))

    def weighted(self, layer: Index, below: Index, unit: str, activation: str = "") -> Expr:
        """Return Σ_p w_jp a_p + b_j, the activation spelled as F(z_p) where it is named."""
        source: Expr = self.q("a", below, "p")
        if activation:
            inner = self.q("z", below, "p")
            source = inner if activation == "identity" else Call(activation, (inner,))
        return self.biased(BigSum("p", below, self.q("W", layer, unit, "p") * source), layer, unit)

    def target(self, ref: Ref) -> Expr:
        """Return ∂C/∂(parameter), in a batch of one sample's own cost."""
        return Quantity(ref.grad()) if self.sample is None else Partial(self.cost, ref)


def bias_kind(deriver: Deriver) -> str:
    """Return how the layers have biases: ``each`` unit, ``shared``, ``none``, or ``mixed``."""
    kinds = set()
    for layer in deriver.graph.layers:
        node = layer.parameters.get("b")
        shape = None if node is None else deriver.graph.nodes[node].shape
        kinds.add("none" if shape is None else "each" if shape else "shared")
    return kinds.pop() if len(kinds) == 1 else "mixed"


def index_equations(deriver: Deriver, *, sums: bool) -> list[Chain]:
    """Return the four equations by index; with ``sums`` each derivative of a sum is spelled out."""
    s = Letters(deriver)
    chains = [Chain(tuple(output_forms(deriver, s, sums=sums)), "1")]
    if s.count > 1:
        chains.append(Chain(tuple(_hidden(s, sums=sums)), "2", ranges=s.inner()))
    weights = _weights(deriver, s, sums=sums)
    chains.append(Chain(tuple(weights), "3", ranges=s.every()))
    if s.bias != "none":
        chains.append(Chain(tuple(_biases(s, sums=sums)), "4", ranges=s.every()))
    return chains


def output_forms(deriver: Deriver, s: Letters, *, sums: bool) -> list[Expr]:
    """Return δ^L = ∂C/∂z = ∂C/∂a · ∂σ(z)/∂z = ∂C/∂a · σ′(z)."""
    z, a = s.ref("z", TOP, "j"), s.ref("a", TOP, "j")
    forms: list[Expr] = [s.delta(TOP, "j"), Partial(s.cost, z)]
    if deriver.softmax_like(deriver.last):
        each = s.ref("a", TOP, "i")
        product = Partial(s.cost, each) * Partial(each, z)
        return [*forms, BigSum("i", TOP, product), *fused(deriver, s, "j")]
    if s.output == "identity":
        return [*forms, Partial(s.cost, a), *loss_derivative(deriver, s)]
    forms.append(Partial(s.cost, a) * Partial(a, z))
    if sums:
        forms.append(Partial(s.cost, a) * Diff(Call(s.output, (Quantity(z),)), z))
    forms.append(Partial(s.cost, a) * Derivative(s.output, Quantity(z)))
    return [*forms, *fused(deriver, s, "j")]


def _hidden(s: Letters, *, sums: bool) -> list[Expr]:
    """Return δ^l = Σ_k δ_k ∂z_k/∂z = σ′(z) Σ_k w_kj δ_k."""
    z, above = s.ref("z", L, "j"), s.ref("z", UP, "k")
    forms: list[Expr] = [
        s.delta(L, "j"),
        Partial(s.cost, z),
        BigSum("k", UP, Partial(s.cost, above) * Partial(above, z)),
    ]
    if s.joint_units:
        return [*forms, BigSum("k", UP, s.delta(UP, "k") * Partial(above, z))]
    if sums:
        for named in dict.fromkeys(("", s.hidden)):
            body = s.weighted(UP, L, "k", named)
            forms.append(BigSum("k", UP, s.delta(UP, "k") * Diff(body, z)))
    weight = s.q("W", UP, "k", "j")
    back = BigSum("k", UP, weight * s.delta(UP, "k"))
    if s.hidden == "identity":
        return [*forms, back]
    slope = Derivative(s.hidden, Quantity(z))
    forms.append(BigSum("k", UP, s.delta(UP, "k") * (weight * slope)))
    return [*forms, slope * back]


def _weights(deriver: Deriver, s: Letters, *, sums: bool) -> list[Expr]:
    """Return ∂C/∂w = ∂C/∂z · ∂z/∂w = δ · ∂(Σ…)/∂w = δ a, and what a penalty adds."""
    z, weight = s.ref("z", L, "j"), s.ref("W", L, "j", "k")
    forms: list[Expr] = [Partial(s.cost, z) * Partial(z, weight)]
    if sums:
        forms.append(s.delta(L, "j") * Diff(s.weighted(L, DOWN, "j"), weight))
    forms.append(s.delta(L, "j") * s.q("a", DOWN, "k"))
    added = penalty(deriver, Quantity(weight)) if deriver.graph.single else None
    return [s.target(weight), *(add(form, added) if added else form for form in forms)]


def _biases(s: Letters, *, sums: bool) -> list[Expr]:
    """Return ∂C/∂b = δ, summed over the units where they share the bias."""
    z = s.ref("z", L, "j")
    bias = s.ref("b", L) if s.bias == "shared" else s.ref("b", L, "j")
    forms: list[Expr] = [Partial(s.cost, z) * Partial(z, bias)]
    if sums:
        forms.append(s.delta(L, "j") * Diff(s.weighted(L, DOWN, "j"), bias))
        forms.append(s.delta(L, "j") * ONE)
    forms.append(s.delta(L, "j"))
    if s.bias == "shared":
        forms = [BigSum("j", L, form) for form in forms]
    return [s.target(bias), *forms]


def penalty(deriver: Deriver, weight: Quantity) -> Expr | None:
    """Return what regularization adds to the gradient of a general weight: λ w."""
    for layer in deriver.graph.layers:
        node = layer.parameters.get("W")
        if node is None:
            continue
        ref = deriver.graph.nodes[node].ref
        added = deriver.penalty(ref.at(*weight.ref.index))
        if added is not None:
            return substitute(added[1], lambda n: weight if isinstance(n, Quantity) else None)
    return None


def over_batch(deriver: Deriver, s: Letters, weight: Ref) -> list[Chain]:
    """Return ∂C/∂w = (1/N) Σ_n ∂C_n/∂w, and what a penalty adds; nothing for a single sample."""
    if deriver.graph.single:
        return []
    total: Expr = BigSum("n", deriver.graph.samples, Partial(s.cost, weight))
    if deriver.graph.mean:
        total = Mul((Div(ONE, Name("N")), total))
    added = penalty(deriver, Quantity(weight))
    form = add(total, added) if added is not None else total
    return [Chain((Quantity(weight.grad()), form), ranges=s.every())]


def loss_derivative(deriver: Deriver, s: Letters) -> list[Expr]:
    """Return [∂C/∂a_j written out] of the output layer, if the loss has a formula for it."""
    last = deriver.last.index

    def top(node: Expr) -> Expr | None:
        if not isinstance(node, Quantity) or (node.ref.sample is None and node.ref.layer != last):
            return None
        layer = TOP if node.ref.layer == last else node.ref.layer
        return Quantity(structs.replace(node.ref, layer=layer, sample=s.sample))

    if deriver.loss_is_unspecified() or deriver.loss_is_joint():
        return []
    return [without_ones(substitute(deriver.error_below(deriver.last, ("j",)), top))]


def target_of(deriver: Deriver, ref: Ref) -> Expr:
    """Return ∂C/∂(parameter), of one sample's cost where there are several."""
    cost = deriver.cost()
    return Quantity(ref.grad()) if cost.sample is None else Partial(cost, ref.of())


def fused(deriver: Deriver, s: Letters, *index: str) -> list[Expr]:
    """Return [a − y] where the loss lets the activation's derivative drop out, else nothing."""
    last = deriver.last
    across = deriver.softmax_like(last) and not deriver.general.targets_add_up("n")
    if across or not deriver.shortened(last):
        return []
    return [s.q("a", TOP, *index) - Quantity(Ref("y", sample=s.sample, index=index))]


def stated(deriver: Deriver, chains: list[Chain]) -> list[Section]:
    """Return the section that states the equations, if the network is one they hold for."""
    if not deriver.is_chain:
        line = (Text(why_not_general(deriver)),)
        return [Section("general", (Text("The general rule"),), (Note(line),))]
    s = Letters(deriver)
    chains = [structs.replace(chain, name=str(i)) for i, chain in enumerate(chains, 1)]
    title = "The four equations" if len(chains) >= 4 else "The equations"
    whole = not any(ref.index for ref in (_weight_in(chains),) if ref is not None)
    weight = s.ref("W", L) if whole else s.ref("W", L, "j", "k")
    batch = over_batch(deriver, s, weight) if chains else []
    blocks: tuple[Block, ...] = (Equations((*chains, *batch)), *_notes(s), *usage_notes())
    return [Section("general", (Text(title),), blocks)]


def why_not_general(deriver: Deriver) -> str:
    """Return why one equation for a general layer l does not hold of this network."""
    graph = deriver.graph
    reached = graph.reached
    values = [graph.input, *(layer.a for layer in graph.layers)]
    uses = deriver.writer.consumers
    if any(sum(c in reached for c, _ in uses.get(v, ())) > 1 for v in values if v is not None):
        return "the layers branch here: the error of a layer is summed over all its consumers"
    if all(layer.type == "dense" for layer in graph.layers if layer.a in reached):
        return "not every layer reaches the loss: the equations of those that do stand below"
    return "some layers are no weighted sums: each layer's own equations stand below"


def _weight_in(chains: list[Chain]) -> Ref | None:
    """Return the weight whose gradient one of the equations gives."""
    for chain in chains:
        first = chain.forms[0]
        ref = first.ref if isinstance(first, Quantity) else getattr(first, "wrt", None)
        if isinstance(ref, Ref) and ref.part == "W":
            return ref
    return None


def _notes(s: Letters) -> list[Note]:
    """Return what the equations' letters stand for where the layers differ."""
    notes = []
    if s.mixed and not s.joint_units:
        own = Derivative("activation", s.q("z", L, "j"))
        words = Text(" is the derivative of the layer's own activation")
        notes.append(Note((Math(own), words)))
    if s.bias == "mixed":
        shared = BigSum("j", L, s.delta(L, "j"))
        words = Text("some layers have no bias, or one for all their units, whose gradient is ")
        notes.append(Note((words, Math(shared))))
    return notes


def usage_notes() -> tuple[Note, ...]:
    """Return what each equation uses: the forward pass, and derivatives already known."""
    return (
        Note(
            (
                Text(
                    "each step uses values of the forward pass and derivatives that are already "
                    "known, those nearer to the loss, never others"
                ),
            )
        ),
    )
