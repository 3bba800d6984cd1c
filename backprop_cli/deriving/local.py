"""The local derivatives: each operation's own, derived by sympy, its rule named."""

from __future__ import annotations

from msgspec import structs

from ..expression.differentiate import differentiate
from ..expression.indices import Index
from ..expression.refs import Ref
from ..expression.tree import (
    ONE,
    Add,
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
    Partial,
    Pow,
    Quantity,
    add,
)
from ..expression.walking import bind, children, substitute
from ..functions.elementwise import without_ones
from ..functions.expressions import ExpressionLoss
from ..functions.losses import LossTerms
from ..functions.operators import summed
from ..functions.rules import indexed
from ..graph.records import Layer
from ..worked.document import Chain, Equations, Section, Text
from .deriver import Deriver
from .needed import errors_needed, reaches_loss

J, K = ("j",), ("j", "k")


def local_section(deriver: Deriver, wanted: tuple[Ref, ...]) -> list[Section]:
    """Return the section of the local derivatives that are used, each kind once; or none."""
    used = tuple(ref for ref in wanted if reaches_loss(deriver, ref))
    needed = errors_needed(deriver, used)
    chains = loss_chains(deriver, needed, used)
    seen: list[tuple[str, Expr | None]] = []
    for layer in sorted(needed, key=lambda layer: layer.z):
        rule = deriver.graph.rule(layer.a)
        kind = (layer.activation, getattr(rule, "value", None))
        if kind not in seen and layer.activation != "identity":
            seen.append(kind)
            chains += activation_chains(deriver, layer)
    merges = {layer.type: layer for layer in needed if layer.type in ("add", "multiply")}
    chains += [chain for layer in merges.values() for chain in merge_chains(deriver, layer)]
    chains += affine_chains(deriver, needed, used)
    if not chains:
        return []
    return [Section("local", (Text("Local derivatives"),), (Equations(tuple(chains)),))]


def cost_section(deriver: Deriver) -> list[Section]:
    """Return the section that says what the cost is: of a sample, of the batch, with penalties."""
    graph = deriver.graph
    if graph.terms is None:
        return []
    sample = deriver.general_sample
    cost = Quantity(Ref("cost", sample=sample))
    rule = graph.rule(graph.terms)
    if deriver.loss_is_unspecified():
        forms = (
            Quantity(Ref("a", deriver.last.index, False, sample)),
            Quantity(Ref("y", sample=sample)),
        )
        written: Expr = Call("loss", forms)
    elif isinstance(rule, ExpressionLoss):
        written = deriver.named_general(rule.cost, graph.terms)
    else:
        shape = deriver.last.shape
        free = graph.general(Ref("loss_terms"), "k").index
        sizes = list(zip(free, shape, strict=True))
        index = tuple(letter if size > 1 else 1 for letter, size in sizes)
        term = deriver.named_general(
            rule.write(index, deriver.general.shapes(graph.terms)), graph.terms
        )
        counted = [(str(letter), size) for letter, size in sizes if size > 1]
        written = summed(term, tuple(c for c, _ in counted), tuple(n for _, n in counted))
    chains = [Chain((cost, written))]
    if not graph.single:
        total: Expr = BigSum("n", graph.samples, cost)
        chains.append(
            Chain((Quantity(Ref("loss")), *_with_penalties(deriver, _mean(deriver, total))))
        )
    elif graph.penalties:
        chains.append(
            Chain((Quantity(Ref("loss")), *_with_penalties(deriver, Quantity(Ref("data_loss")))))
        )
    for number in graph.penalties:
        ref = graph.nodes[number].ref
        chains.append(Chain((Quantity(ref), without_ones(deriver.general.value_formula(ref)))))
    return [Section("cost", (Text("The cost"),), (Equations(tuple(chains)),))]


def _mean(deriver: Deriver, total: Expr) -> Expr:
    return Mul((Div(ONE, Name("N")), total)) if deriver.graph.mean else total


def _with_penalties(deriver: Deriver, total: Expr) -> tuple[Expr, ...]:
    graph = deriver.graph
    return (add(total, *(Quantity(graph.nodes[number].ref) for number in graph.penalties)),)


def activation_chains(deriver: Deriver, layer: Layer) -> list[Chain]:
    """Return a = σ(z) with its formula, and σ′(z) as sympy gives it and as it is taught."""
    z, a = _general(deriver, Ref("z", layer.index), J), _general(deriver, Ref("a", layer.index), J)
    if deriver.softmax_like(layer):
        return softmax_chains(layer, deriver)
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
    taught = deriver.named_general(rule.write_slope(J), layer.a)
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
    chains.append(Chain((*steps, taught), rule_of(formula, Name("z"))))
    return chains


def softmax_chains(layer: Layer, deriver: Deriver) -> list[Chain]:
    """Return softmax's formula and its two kinds of partial derivative."""
    a = _general(deriver, Ref("a", layer.index), ())
    z = _general(deriver, Ref("z", layer.index), ())
    aj, ak = Quantity(a.at("j")), Quantity(a.at("k"))
    formula = deriver.general.value_formula(a.at("j"))
    one = 1 - aj
    chains = [
        Chain((aj, formula)),
        Chain((Partial(a.at("j"), z.at("j")), aj * one), "quotient rule"),
    ]
    if layer.units > 1:
        other = Partial(a.at("j"), z.at("k"))
        apart = Compare("!=", Letter("j"), Letter("k"))
        chains.append(Chain((other, Neg(aj * ak)), "quotient rule", ranges=(apart,)))
    return chains


def _general(deriver: Deriver, ref: Ref, index: tuple[Index, ...]) -> Ref:
    """Return a per-sample quantity's entry, in a batch of a general sample."""
    return structs.replace(ref, sample=deriver.general_sample, index=index)


def loss_chains(deriver: Deriver, needed: list[Layer], wanted: tuple[Ref, ...]) -> list[Chain]:
    """Return ∂C/∂a_k of the loss where it is used: written out, by sympy, and as it is taught."""
    graph, last = deriver.graph, deriver.last
    asked = any(ref.part == "a" and ref.layer == last.index for ref in wanted)
    if graph.terms is None or deriver.loss_is_unspecified() or not (asked or last in needed):
        return []
    rule = graph.rule(graph.terms)
    a = _general(deriver, Ref("a", last.index), K[1:])
    cost = Ref("loss") if deriver.general_sample is None else Ref("cost", sample="n")
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
        return [Chain((target, taught), "chain rule")]
    letters: dict[str, tuple[Index, ...]] = {"a": K[1:], "y": K[1:]}
    names = {"a": a, "y": _general(deriver, Ref("y"), K[1:])}

    def in_quantities(tree: Expr) -> Expr:
        return substitute(
            indexed(without_ones(tree), letters),
            lambda n: Quantity(names[n.id]) if isinstance(n, Name) and n.id in names else None,
        )

    forms: list[Expr] = [target, Diff(in_quantities(rule.term), a)]
    return [Chain((*forms, in_quantities(rule.derivative)), rule_of(rule.term, Name("a")))]


def merge_chains(deriver: Deriver, layer: Layer) -> list[Chain]:
    """Return what a merge hands to each input: addition copies, multiplication swaps."""
    if len(set(layer.input_nodes)) < len(layer.input_nodes):
        return []
    z = _general(deriver, Ref("z", layer.index), J)
    refs = [_general(deriver, deriver.graph.nodes[n].ref, J) for n in layer.input_nodes]
    body = deriver.general.value_formula(z)
    rule = "product rule" if layer.type == "multiply" else "sum rule"
    return [
        Chain((Partial(z, r), Diff(body, r), sampled(deriver, deriver.local(Partial(z, r)))), rule)
        for r in refs
    ]


def sampled(deriver: Deriver, tree: Expr) -> Expr:
    """Return the tree with its per-sample quantities of a general sample."""

    def change(node: Expr) -> Expr | None:
        if isinstance(node, Quantity) and node.ref.sample is not None:
            return Quantity(_general(deriver, node.ref, node.ref.index))
        return None

    return substitute(tree, change)


def affine_chains(deriver: Deriver, needed: list[Layer], wanted: tuple[Ref, ...]) -> list[Chain]:
    """Return the partial derivatives of the weighted sum that are used, each by sympy."""
    by_number = {layer.index: layer for layer in deriver.graph.layers}
    dense = [e for e in sorted(needed, key=lambda e: e.index) if deriver.is_affine(e)]
    found: list[tuple[Layer, Ref]] = []
    for part in ("W", "b"):
        having = [by_number[int(r.layer or 0)] for r in wanted if r.part == part]
        having = [layer for layer in having if deriver.is_affine(layer)]
        if having:
            layer = min(having, key=lambda layer: layer.index)
            shape = deriver.graph.nodes[layer.parameters[part]].shape
            found.append((layer, Ref(part, layer.index, index=K[: len(shape)])))
    below = {layer.a for layer in needed}
    below |= {deriver.general.number(ref) for ref in wanted if ref.part in ("a", "x")}
    through = next((layer for layer in dense if layer.input_nodes[0] in below), None)
    if through is not None:
        under = deriver.graph.nodes[through.input_nodes[0]].ref
        found.append((through, _general(deriver, under, K[1:])))
    chains = []
    for layer, ref in found:
        z = _general(deriver, Ref("z", layer.index), J)
        body = sampled(deriver, deriver.weighted_sum(layer, J))
        derived = term_derivative(deriver, layer, ref)
        chains.append(Chain((Partial(z, ref), Diff(body, ref), derived), "sum rule"))
    return chains


def term_derivative(deriver: Deriver, layer: Layer, ref: Ref) -> Expr:
    """Return ∂(w_jk x_k + b_j)/∂ref by sympy: every other term of the sum does not hold it."""
    has_bias = "b" in layer.parameters
    term: Expr = Name("W") * Name("x")
    symbols = {"W": Ref("W", layer.index, index=K)}
    symbols["x"] = _general(deriver, deriver.graph.nodes[layer.input_nodes[0]].ref, K[1:])
    if has_bias:
        term = term + Name("b")
        shape = deriver.graph.nodes[layer.parameters["b"]].shape
        symbols["b"] = Ref("b", layer.index, index=J[: len(shape)])
    by = next(name for name, symbol in symbols.items() if symbol == ref)
    derived = differentiate(term, Name(by))
    return bind(derived, {name: Quantity(symbol) for name, symbol in symbols.items()})


def rule_of(tree: Expr, variable: Name) -> str:
    """Return the rule of differentiation that the formula's outermost operation asks for."""
    match tree:
        case Neg(operand):
            return rule_of(operand, variable)
        case Cases():
            return "case by case"
        case Add():
            return "sum rule"
        case Mul(factors):
            inside = [factor for factor in factors if holds(factor, variable)]
            return rule_of(inside[0], variable) if len(inside) == 1 else "product rule"
        case Div(top, bottom):
            if not holds(bottom, variable):
                return rule_of(top, variable)
            return "quotient rule" if holds(top, variable) else "chain rule"
        case Pow(base, _):
            return "power rule" if base == variable else "chain rule"
        case Call(function, arguments):
            simple = all(argument == variable for argument in arguments)
            return f"derivative of {function}" if simple else "chain rule"
        case _:
            return "identity"


def holds(tree: Expr, variable: Name) -> bool:
    """Return whether the variable stands in the tree."""
    return tree == variable or any(holds(child, variable) for child in children(tree))
