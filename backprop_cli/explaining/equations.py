"""The equations of a general layer, which stand for a word whatever network is given."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection
from typing import TYPE_CHECKING

from msgspec import structs

from ..expression.indices import Index, plus
from ..expression.refs import ANYWHERE, Ref
from ..expression.tree import BigSum, Call, Derivative, Dots, Expr, Mul, Partial, Quantity
from ..files.network import parse_network
from ..graph.build import build
from ..notation.bound import NUDGE
from ..problems import Source
from ..worked.building import lettered, paragraph
from ..worked.document import Block, Chain, Equations, Paragraph
from .records import FormulaBlocks

if TYPE_CHECKING:
    from ..deriving.general import General

_NETWORK = """\
input: [~, ~]
target: [~, ~]
loss: half_squared_error
layers: [{units: 2, activation: sigmoid}, {units: 2, activation: sigmoid}]
"""
NAMES = ("z", "a", "delta at the output", "delta", "dW", "db")
"""What there is an equation of."""


def equation(*names: str) -> FormulaBlocks:
    """Return the equations of these names, and of what network they are."""
    of = paragraph("Of dense layers of sigmoid units, one after the other:")
    return lambda _: [of, Equations(tuple(_equations()[name] for name in names))]


def fading(_: Collection[str]) -> list[Block]:
    """Return ‖δˡ‖ ≤ max |σ′|·‖Wˡ⁺¹‖·‖δˡ⁺¹‖, and so on up to ‖δᴸ‖: what layers let through."""
    from ..deriving.general import INNER

    def size(part: str, layer: Index, *, gradient: bool = False) -> Expr:
        return Call("2-norm", (Quantity(Ref(part, layer, gradient)),))

    def factors(layer: Index) -> tuple[Expr, ...]:
        slope = Derivative("sigmoid", Quantity(Ref("z", layer)))
        return Call("max", (Call("abs", (slope,)),)), size("W", plus(layer, 1))

    own, above, top = (size("z", each, gradient=True) for each in ("l", plus("l", 1), "L"))
    one = Mul((*factors("l"), above))
    every = Mul((*factors("l"), Dots(1), *factors(plus("L", -1)), top))
    found = (Chain((own, bound), relation="<=", ranges=INNER) for bound in (one, every))
    return [Equations(tuple(found))]


@functools.cache
def _general() -> tuple[General, list[Chain]]:
    """Return the general layers of the network, and what goes back in them."""
    from ..deriving.deriver import Deriver
    from ..deriving.forms import gradient_forms
    from ..deriving.general import general_equations
    from ..worked.view import View

    write = functools.partial(gradient_forms, sums=True, general=True)
    found = general_equations(
        Deriver(build(parse_network(Source("", _NETWORK))), None, View()), write
    )
    if found is None:
        raise AssertionError("weighted sums have general equations")
    return found


def locals_of_layer(_: Collection[str]) -> list[Block]:
    """Return ∂z_j/∂w_jk = a_k, ∂z_j/∂b_j = 1, ∂a_j/∂z_j = σ′(z_j) and, above, ∂z_k/∂a_j = w_kj."""
    general = _general()[0]
    every, hidden = general.every[0], general.hidden[0]
    z, a = hidden.ref(hidden.layer.z), hidden.ref(hidden.layer.a)
    above = hidden.deriver.ref(hidden.deriver.last.z, "k")
    own = [Partial(every.ref(every.layer.z), every.ref(held.node)) for held in every.layer.held]
    chains = [Chain((local, every.deriver.local(local))) for local in own]
    chains.append(Chain((Partial(a, z), hidden.deriver.slope(hidden.layer, z.index))))
    chains.append(Chain((Partial(above, a), hidden.deriver.local(Partial(above, a)))))
    return [Equations(tuple(chains))]


@functools.cache
def _equations() -> dict[str, Chain]:
    from ..deriving.general import EVERY

    general, backward = _general()
    seen = general.every[0]
    z, formula = seen.value(seen.layer.z)
    forward = (Chain((z, formula), ranges=EVERY), Chain(seen.activated(), ranges=EVERY))
    return dict(zip(NAMES, (*forward, *backward), strict=True))


def all_of(*parts: FormulaBlocks) -> FormulaBlocks:
    """Return the formulas of each, one after the other."""
    return lambda taken: [block for part in parts for block in part(taken)]


def nudged(_: Collection[str]) -> list[Block]:
    """Return C + ∂C/∂z Δz = C + δ Δz: what the cost becomes when z gets a little more."""
    z = Ref("z", "l", index=("j",))
    cost, more = Quantity(Ref("loss")), Quantity(structs.replace(z, part=NUDGE))
    becomes = cost + Mul((Partial(Ref("loss"), z), more)), cost + Mul((Quantity(z.grad()), more))
    words = Paragraph((lettered("With a little more at z the cost becomes, to first order:"),))
    return [words, Equations((Chain(becomes),))]


def many_functions(taken: Collection[str]) -> list[Block]:
    """Return ∂z/∂x_j = Σ_i ∂z/∂u_i ∂u_i/∂x_j, where z = f(u_1, …, u_n) and u_i = g_i(x_1, …).

    The equations belong together: where a letter is taken, all of them have the next one.
    """
    letters = (c for c in "ijnmkpqrstvabcdeh" if c not in taken)
    i, j, n, m = itertools.islice(letters, 4)

    def one(part: str, index: Index) -> Ref:
        return Ref(part, ANYWHERE, index=(index,))

    def listed(part: str, last: str) -> tuple[Expr, ...]:
        ends = (Quantity(one(part, index)) for index in (1, last))
        return next(ends), Dots(1), next(ends)

    z, u, x = Ref("z"), one("u", i), one("x", j)
    of = Chain((Quantity(z), Call("f", listed("u", n))))
    inner = Chain((Quantity(u), Call(f"g_{i}", listed("x", m))))
    total = BigSum(i, n, Mul((Partial(z, u), Partial(u, x))))
    words = paragraph(f"Of {n} functions between, the ways through each are added:")
    return [words, Equations((of, inner, Chain((Partial(z, x), total))))]


def walked(_: Collection[str]) -> list[Block]:
    """Return Σ_m Σ_p ∂C/∂a^L_m ∂a^L_m/∂a_p ∂a_p/∂a_j ∂a_j/∂z_j ∂z_j/∂w_jk: ways of one weight."""
    lowest = plus("L", -2)
    steps = (
        ("a", "L", "m"),
        ("a", plus("L", -1), "p"),
        ("a", lowest, "j"),
        ("z", lowest, "j"),
        ("W", lowest, "jk"),
    )
    way = (Ref("loss"), *(Ref(part, layer, index=tuple(index)) for part, layer, index in steps))
    along = Mul(tuple(Partial(of, by) for of, by in itertools.pairwise(way)))
    total = BigSum("m", ANYWHERE, BigSum("p", ANYWHERE, along))
    words = paragraph("Of a weight two layers below the output, one product a way:")
    return [words, Equations((Chain((Partial(way[0], way[-1]), total)),))]


def of_any_unit(_: Collection[str]) -> list[Block]:
    """Return the rule that holds where layers branch and skip."""
    from ..deriving.any_unit import any_unit

    return [paragraph("Of any unit, whatever the layers:"), *any_unit()]


def chain_of(*forms: Expr) -> list[Block]:
    """Return one equation."""
    return [Equations((Chain(forms),))]
