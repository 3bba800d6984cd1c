"""δ_j = σ′(z_j) Σ_k w_kj δ_k for any unit j, whatever layers the units k are in.

What holds where layers branch and skip: no layer has a number, since the units that j sends
connections to may be in several.
"""

from __future__ import annotations

from ..expression.refs import ANYWHERE, Ref
from ..expression.tree import BigSum, Derivative, Expr, Partial, Quantity, mul
from ..worked.document import Block, Chain, Equations, Math, Note, Text

RUNS = (
    "the sum runs over all units to which unit j sends connections, in whichever layers; past an "
    "addition or a joining of layers the connection's weight is 1, past a product the other "
    "factor; an output unit sends to none, its error is the loss's own derivative; "
)


def any_unit(sample: str | None = None, *, penalized: bool = False) -> list[Block]:
    """Return the rule for a unit's error and a weight's gradient, and what the sum runs over.

    Where the cost is ``penalized``, a weight's gradient has what the penalty adds.
    """
    cost = Ref("loss") if sample is None else Ref("cost", sample=sample)
    z, above, below = (
        Ref(part, ANYWHERE, sample=sample, index=(letter,)) for part, letter in ("zj", "zk", "ai")
    )
    down, up = (Ref(part, ANYWHERE, index=(to, of)) for part, to, of in ("Wji", "Wkj"))
    delta, error = Quantity(z.grad()), Quantity(above.grad())

    def over(body: Expr) -> BigSum:
        return BigSum("k", ANYWHERE, body)

    slope = Derivative("activation", Quantity(z))
    back = (
        delta,
        Partial(cost, z),
        over(mul(Partial(cost, above), Partial(above, z))),
        mul(slope, over(mul(Quantity(up), error))),
    )
    ways = mul(Partial(cost, z), Partial(z, down)), mul(delta, Quantity(below))
    added = Partial(Ref("penalty", ANYWHERE), down)
    gradient = (Partial(cost, down), *(way + added if penalized else way for way in ways))
    own = (Math(Derivative("activation", Quantity(z))), Text(" is unit j's own slope"))
    return [Equations((Chain(back), Chain(gradient))), Note((Text(RUNS), *own))]
