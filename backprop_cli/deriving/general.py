"""The four equations for a general layer l, and the references that state them."""

from __future__ import annotations

from msgspec import structs

from ..expression.refs import Ref
from ..expression.tree import (
    ONE,
    Between,
    BigSum,
    Call,
    Derivative,
    Diff,
    Expr,
    LayerNumber,
    Name,
    Partial,
    Quantity,
    substitute,
)
from ..worked.document import Block, Chain, Equations, Note, Section, Text
from .deriver import Deriver

L, UP, DOWN, TOP = "l", "l+1", "l-1", "L"


class Letters:
    """The quantities of a general layer, with the activation's name where all layers share it."""

    def __init__(self, deriver: Deriver) -> None:
        self.cost = deriver.cost()
        self.sample = deriver.cost().sample
        hidden = {layer.activation for layer in deriver.graph.layers[:-1]}
        self.hidden = hidden.pop() if len(hidden) == 1 else "activation"
        self.output = deriver.last.activation
        self.count = len(deriver.graph.layers)

    def ref(self, part: str, layer: str, *index: str, gradient: bool = False) -> Ref:
        """Return a quantity of a general layer."""
        sample = None if part in ("W", "b") else self.sample
        return Ref(part, layer, gradient, sample, index)

    def q(self, part: str, layer: str, *index: str, gradient: bool = False) -> Quantity:
        """Return the same as a node."""
        return Quantity(self.ref(part, layer, *index, gradient=gradient))

    def delta(self, layer: str, *index: str) -> Quantity:
        """Return δ of a general layer."""
        return self.q("z", layer, *index, gradient=True)

    def inner(self) -> tuple[Expr, ...]:
        """Return first ≤ l ≤ L − 1, where there are hidden layers."""
        return (Between(LayerNumber(1), Name("l"), Name("L") - ONE),)

    def every(self) -> tuple[Expr, ...]:
        """Return first ≤ l ≤ L."""
        return (Between(LayerNumber(1), Name("l"), Name("L")),)

    def weighted(self, layer: str, below: str, unit: str, activation: str = "") -> Expr:
        """Return Σ_p w_jp a_p + b_j, the activation spelled as F(z_p) where it is named."""
        source: Expr = self.q("a", below, "p")
        if activation:
            source = Call(activation, (self.q("z", below, "p"),))
        total = BigSum("p", below, self.q("W", layer, unit, "p") * source)
        return total + self.q("b", layer, unit)


def index_equations(deriver: Deriver, *, sums: bool) -> list[Chain]:
    """Return the four equations by index; with ``sums`` each derivative of a sum is spelled out."""
    s = Letters(deriver)
    z_top, a_top = s.ref("z", TOP, "j"), s.ref("a", TOP, "j")
    z, z_up = s.ref("z", L, "j"), s.ref("z", UP, "k")
    slope = Derivative(s.hidden, Quantity(z))
    top_slope = Derivative(s.output, Quantity(z_top))
    output: list[Expr] = [s.delta(TOP, "j"), Partial(s.cost, z_top)]
    if deriver.softmax_like(deriver.last):
        a_each = s.ref("a", TOP, "i")
        output.append(BigSum("i", TOP, Partial(s.cost, a_each) * Partial(a_each, z_top)))
        output += fused(deriver, s, "j")
    elif s.output == "identity":
        output.append(Partial(s.cost, a_top))
        output += loss_derivative(deriver)
    else:
        output.append(Partial(s.cost, a_top) * Partial(a_top, z_top))
        output.append(Partial(s.cost, a_top) * top_slope)
    body = s.weighted(UP, L, "k", s.hidden)
    hidden: list[Expr] = [
        s.delta(L, "j"),
        Partial(s.cost, z),
        BigSum("k", UP, Partial(s.cost, z_up) * Partial(z_up, z)),
    ]
    if sums:
        hidden.append(BigSum("k", UP, s.delta(UP, "k") * Diff(body, z)))
    up = s.q("W", UP, "k", "j") * s.delta(UP, "k")
    hidden.append(BigSum("k", UP, s.delta(UP, "k") * (s.q("W", UP, "k", "j") * slope)))
    hidden.append(slope * BigSum("k", UP, up))
    weight, bias = s.ref("W", L, "j", "k"), s.ref("b", L, "j")
    weights = _parameter(deriver, s, z, weight, s.q("a", DOWN, "k"), sums=sums)
    biases = _parameter(deriver, s, z, bias, None, sums=sums)
    chains = [
        Chain(tuple(output), "1"),
        Chain(tuple(weights), "3", ranges=s.every()),
        Chain(tuple(biases), "4", ranges=s.every()),
    ]
    if s.count > 1:
        chains.insert(1, Chain(tuple(hidden), "2", ranges=s.inner()))
    return chains


def loss_derivative(deriver: Deriver) -> list[Expr]:
    """Return [∂C/∂a_j written out] of the output layer, if the loss has a formula for it."""
    last = deriver.last.index

    def top(node: Expr) -> Expr | None:
        if isinstance(node, Quantity) and node.ref.layer == last:
            return Quantity(structs.replace(node.ref, layer=TOP))
        return None

    if deriver.loss_is_unspecified():
        return []
    return [substitute(deriver.error_below(deriver.last, ("j",)), top)]


def target_of(deriver: Deriver, ref: Ref) -> Expr:
    """Return ∂C/∂(parameter), of one sample's cost where there are several."""
    cost = deriver.cost()
    return Quantity(ref.grad()) if cost.sample is None else Partial(cost, ref.of())


def fused(deriver: Deriver, s: Letters, *index: str) -> list[Expr]:
    """Return [a − y] where the loss lets the activation's derivative drop out, else nothing."""
    if not deriver.shortened(deriver.last):
        return []
    return [s.q("a", TOP, *index) - Quantity(Ref("y", sample=s.sample, index=index))]


def _parameter(
    deriver: Deriver, s: Letters, z: Ref, parameter: Ref, factor: Quantity | None, *, sums: bool
) -> list[Expr]:
    """Return ∂C/∂w = ∂C/∂z · ∂z/∂w = δ · ∂(Σ…)/∂w = δ a, or the same for a bias."""
    delta = s.delta(L, "j")
    forms: list[Expr] = [target_of(deriver, parameter), Partial(s.cost, z) * Partial(z, parameter)]
    if sums:
        forms.append(delta * Diff(s.weighted(L, DOWN, "j"), parameter))
    forms.append(delta * factor if factor is not None else delta)
    return forms


def stated(deriver: Deriver, chains: list[Chain]) -> list[Section]:
    """Return the section that states the equations, if the network is one they hold for."""
    if not deriver.is_chain:
        line = (
            Text("the layers branch here: the error of a layer is summed over all its consumers"),
        )
        return [Section("general", (Text("The general rule"),), (Note(line),))]
    title = "The four equations" if len(chains) >= 4 else "The equations"
    blocks: tuple[Block, ...] = (Equations(tuple(chains)), *usage_notes())
    return [Section("general", (Text(title),), blocks)]


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
