"""The equations of a general layer, which stand for a word whatever network is given."""

from __future__ import annotations

import functools

from ..expression.indices import plus
from ..expression.refs import Ref
from ..expression.tree import Call, Derivative, Expr, Mul, Quantity
from ..files.network import parse_network
from ..graph.build import build
from ..problems import Source
from ..worked.document import Block, Chain, Equations, Paragraph, Text
from .records import FormulaBlocks

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
    of = Paragraph((Text("Of dense layers of sigmoid units, one after the other:"),))
    return lambda: [of, Equations(tuple(_equations()[name] for name in names))]


def fading() -> list[Block]:
    """Return ‖δˡ‖ ≤ max |σ′|·‖Wˡ⁺¹‖·‖δˡ⁺¹‖: by how much a layer can let the error through."""
    from ..deriving.general import INNER

    z, above = Ref("z", "l"), plus("l", 1)
    size, weights, error = (
        Call("2-norm", (Quantity(ref),))
        for ref in (z.grad(), Ref("W", above), Ref("z", above, True))
    )
    slope = Call("max", (Call("abs", (Derivative("sigmoid", Quantity(z)),)),))
    return [Equations((Chain((size, Mul((slope, weights, error))), relation="<=", ranges=INNER),))]


@functools.cache
def _equations() -> dict[str, Chain]:
    from ..deriving.deriver import Deriver
    from ..deriving.forms import gradient_forms
    from ..deriving.general import EVERY, general_equations
    from ..worked.view import View

    write = functools.partial(gradient_forms, sums=True, general=True)
    found = general_equations(
        Deriver(build(parse_network(Source("", _NETWORK))), None, View()), write
    )
    if found is None:
        raise AssertionError("weighted sums have general equations")
    general, backward = found
    seen = general.every[0]
    z, formula = seen.value(seen.layer.z)
    forward = (Chain((z, formula), ranges=EVERY), Chain(seen.activated(), ranges=EVERY))
    return dict(zip(NAMES, (*forward, *backward), strict=True))


def chain_of(*forms: Expr) -> list[Block]:
    """Return one equation."""
    return [Equations((Chain(forms),))]
