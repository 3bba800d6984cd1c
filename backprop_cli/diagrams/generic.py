"""One unit of any network, with index letters: what it receives, and what comes back to it.

Forward: z_j = Σ_k w_jk a_k + b_j, a_j = σ(z_j), which the units above weigh in their turn.
Backward: ∂C/∂a_j = Σ_k w_kj δ_k, δ_j = σ′(z_j) ∂C/∂a_j, ∂C/∂w_jk = δ_j a_k.
"""

from __future__ import annotations

from msgspec import Struct, structs

from ..expression.indices import Index, at, plus
from ..expression.refs import Ref
from ..expression.tree import BigSum, Call, Derivative, Expr, Quantity
from ..graph.records import Graph
from ..notation.bound import UNKNOWN, Notation
from ..notation.refs import change_refs
from ..printing.settings import Settings
from ..worked.document import Math, Text
from .finish import Around, finished
from .layout import placed
from .lettering import SMALLPRINT
from .network import RADIUS, Parts, answered, look
from .scene import DrawnEdge, DrawnNode, Fill, Label, Pass, Role, Scene
from .scribe import Scribe
from .wish import Wish

OWN, BELOW, ABOVE = "j", "p", "k"
"""Index letters before the notation gives its own: this unit's, those below, those above."""
UP, DOWN = plus("l", 1), plus("l", -1)
"""The layers above and below it."""
SHOWN: tuple[Index, ...] = (1, 2, 0, "", 0)
"""The units beside it: the first two, any one, and dots between."""


class _Formulas(Struct):
    """Every formula of the picture in the notation, its index letters chosen together."""

    scribe: Scribe
    forms: dict[str, Expr]
    beside: tuple[Index, ...] = SHOWN

    @property
    def units(self) -> tuple[Index, ...]:
        """The units beside it by their index, without the dots."""
        return tuple(index for index in self.beside if index != 0)

    def label(self, role: Role, *names: str, size: float = 14.0) -> Label:
        """Return the named formulas joined by equals signs."""
        line: list[Math | Text] = []
        for name in names:
            line += [Text(" = "), Math(self.forms[name])] if line else [Math(self.forms[name])]
        return self.scribe.line(tuple(line), role, size)


def generic_scene(
    graph: Graph | None,
    notation: Notation,
    settings: Settings,
    passes: Pass,
    *,
    local: bool = False,
) -> Scene:
    """Return one unit of any network, or one weight between its ends; without biases, none."""
    nothing = Graph((), {}, (), None, 0)
    general = structs.replace(notation, facts=UNKNOWN)
    wish = Wish("generic", passes, local=local)
    scribe = Scribe(graph or nothing, None, general, settings, wish)
    parts = local_parts(scribe) if local else generic_parts(scribe)
    laid = placed(parts.nodes, parts.edges, parts.headers, {}, fixed=True)
    return finished([], laid, Around(scribe))


def generic_parts(scribe: Scribe) -> Parts:
    """Return the unit between the units below and above."""
    numbered = scribe.notation.unit_figure.numbered
    beside = tuple(range(1, numbered + 1)) if numbered else SHOWN
    forms = _forms(scribe, tuple(index for index in beside if index != 0))
    forms = {name: _lowest(form) for name, form in forms.items()} if numbered else forms
    formulas = _Formulas(scribe, forms, beside)
    parts = Parts([], [])
    _beside(parts, formulas, "a", 0)
    _unit(parts, formulas)
    _beside(parts, formulas, "z", 3)
    _edges(parts, formulas)
    words = scribe.notation.unit_figure.columns
    parts.headers = {i: scribe.words(text, "quiet", SMALLPRINT) for i, text in enumerate(words)}
    return parts


def local_parts(scribe: Scribe) -> Parts:
    """Return one weight between its ends: the error at the one, the activation at the other."""
    formulas = _Formulas(scribe, _forms(scribe, ("",)))
    wish, (role, arrow) = scribe.wish, look(scribe)
    nodes = []
    for name, error, column in (("below", "lower", 0), ("a", "delta", 1)):
        label = formulas.label("name", name, size=17.0)
        below = (formulas.label("gradient", error),) if wish.backward else ()
        nodes.append(_circle(name, label, (column, 0), below=below))
    weight = (formulas.label("parameter", "w"),)
    gradient = (formulas.label("gradient", "dw", "product"),) if wish.backward else ()
    return Parts(nodes, [DrawnEdge("below-a", "below", "a", role, arrow, weight, gradient)])


def _lowest(form: Expr) -> Expr:
    """Return the formula with the input for the units below, and layers' numbers at weights."""

    def numbered(ref: Ref) -> Ref:
        if ref.part == "a" and ref.layer == DOWN:
            return Ref("x", index=ref.index)
        layer = at(ref.layer, {"l": 1}) if ref.part in ("W", "b") and ref.layer else ref.layer
        return structs.replace(ref, layer=layer)

    return change_refs(form, numbered)


def _forms(scribe: Scribe, beside: tuple[Index, ...]) -> dict[str, Expr]:
    """Return each formula by a name of ours, adapted as one chain.

    ``beside`` are the units on either side: by their numbers, ``""`` any one.
    """
    z, a = Ref("z", "l", index=(OWN,)), Ref("a", "l", index=(OWN,))
    anchor = Quantity(z.grad())

    def weight(layer: Index, to: Index, source: Index) -> Ref:
        return Ref("W", layer, index=(to, source))

    forms: dict[str, Expr] = {"delta": anchor, "z": Quantity(z), "a": Quantity(a)}
    forms["da"] = Quantity(a.grad())
    forms["lower"] = Quantity(Ref("z", DOWN, gradient=True, index=(BELOW,)))
    for index in dict.fromkeys((*beside, "")):
        below, above = index or BELOW, index or ABOVE
        own = weight("l", OWN, below)
        forms[f"below{index}"] = Quantity(Ref("a", DOWN, index=(below,)))
        forms[f"w{index}"] = Quantity(own)
        forms[f"dw{index}"] = Quantity(own.grad())
        forms[f"above{index}"] = Quantity(Ref("z", UP, index=(above,)))
        forms[f"error{index}"] = Quantity(Ref("z", UP, gradient=True, index=(above,)))
        forms[f"v{index}"] = Quantity(weight(UP, above, OWN))
    summed: Expr = BigSum(BELOW, DOWN, forms["w"] * forms["below"])
    if _biased(scribe):
        forms["b"] = Quantity(Ref("b", "l", index=(OWN,)))
        forms["db"] = Quantity(Ref("b", "l", gradient=True, index=(OWN,)))
        summed = summed + forms["b"]
    forms["sum"] = summed
    forms["back"] = BigSum(ABOVE, UP, forms["v"] * forms["error"])
    forms["product"] = anchor * forms[f"below{beside[-1]}"]
    forms["slope"] = Derivative("activation", Quantity(z))
    forms["through"] = Derivative("activation", Quantity(z)) * forms["da"]
    forms["applied"] = Call("activation", (Quantity(z),))
    names, trees = list(forms), tuple(forms.values())
    adapted = scribe.adapted(*trees)
    return dict(zip(names, adapted, strict=False))


def _biased(scribe: Scribe) -> bool:
    """Return whether the units have biases; those of no network as the course draws them."""
    layers = [layer for layer in scribe.graph.layers if layer.type == "dense"]
    if not layers:
        return scribe.notation.unit_figure.biased
    return any("b" in layer.parameters for layer in layers)


def _beside(parts: Parts, formulas: _Formulas, part: str, column: int) -> None:
    """Add the units below (their activations), or above (their pre-activations)."""
    stem = "below" if part == "a" else "above"
    wish = formulas.scribe.wish
    for row, index in enumerate(formulas.beside):
        name = f"{stem}_{index or 'any'}"
        if index == 0:
            dots = DrawnNode(f"{stem}_dots{row}", "ellipsis", None, column=column, row=row)
            parts.nodes.append(structs.replace(dots, width=16, height=30))
            continue
        error = part == "z" and wish.backward
        below = (formulas.label("gradient", f"error{index}"),) if error else ()
        label = formulas.label("name", f"{stem}{index}", size=17.0)
        back: Fill = "error" if wish.passes == "backward" else "output"
        fill = _fill(formulas, "input" if part == "a" else back)
        parts.nodes.append(_circle(name, label, (column, row), below=below, fill=fill))
    if part == "a" and "b" in formulas.forms:
        label = formulas.label("parameter", "b", size=15.0)
        below = (formulas.label("gradient", "db", "delta"),) if wish.backward else ()
        box = DrawnNode("b", "parameter", label, (), below, column, len(formulas.beside))
        parts.nodes.append(structs.replace(box, width=label.width + 16, height=26))


def _unit(parts: Parts, formulas: _Formulas) -> None:
    """Add the unit itself: its weighted sum, and its activation."""
    wish = formulas.scribe.wish
    for name, value, gradient, column in (
        ("z", ("z", "sum"), ("delta", "through"), 1),
        ("a", ("a", "applied"), ("da", "back"), 2),
    ):
        above = (formulas.label("forward", *value),) if wish.forward else ()
        below = (formulas.label("gradient", *gradient),) if wish.backward else ()
        label = formulas.label("name", name, size=17.0)
        fill = _fill(formulas, "error" if wish.passes == "backward" else "hidden")
        parts.nodes.append(_circle(name, label, (column, 0), above, below, fill))


def _fill(formulas: _Formulas, kind: Fill) -> Fill:
    """Return the colour of a kind of unit, where the notation has one for each."""
    return kind if formulas.scribe.notation.units_by_kind else ""


def _circle(
    name: str,
    label: Label,
    place: tuple[int, int],
    above: tuple[Label, ...] = (),
    below: tuple[Label, ...] = (),
    fill: Fill = "",
) -> DrawnNode:
    size = max(2 * RADIUS, label.width + 12)
    drawn = DrawnNode(name, "unit", label, above, below, *place, width=size, height=size)
    return structs.replace(drawn, fill=fill)


def _edges(parts: Parts, formulas: _Formulas) -> None:
    """Add the lines: weights on both sides, the activation between z and a."""
    wish = formulas.scribe.wish
    role, arrow = look(formulas.scribe)
    for index in formulas.units:
        below, above = f"below_{index or 'any'}", f"above_{index or 'any'}"
        said: tuple[Label, ...] = ()
        if wish.backward:
            names = (f"dw{index}", "product") if index == formulas.units[-1] else (f"dw{index}",)
            said = (formulas.label("gradient", *names),)
        weight = (formulas.label("parameter", f"w{index}"),)
        parts.edges += answered(
            DrawnEdge(f"{below}-z", below, "z", role, arrow, weight, said), wish.passes
        )
        weight = (formulas.label("parameter", f"v{index}"),)
        parts.edges += answered(
            DrawnEdge(f"a-{above}", "a", above, role, arrow, weight), wish.passes
        )
    if "b" in formulas.forms:
        parts.edges.append(DrawnEdge("b-z", "b", "z", role, arrow))
    slope = (formulas.label("local", "slope"),) if wish.backward else ()
    parts.edges += answered(DrawnEdge("z-a", "z", "a", role, arrow, (), slope), wish.passes)
