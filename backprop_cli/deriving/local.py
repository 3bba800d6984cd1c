"""The local derivatives: each operation's own, derived by sympy, its rule named."""

from __future__ import annotations

from typing import Any

from ..expression.differentiate import differentiate
from ..expression.refs import Index, Ref
from ..expression.tree import (
    Add,
    Call,
    Cases,
    Derivative,
    Diff,
    Div,
    Expr,
    Mul,
    Name,
    Neg,
    Partial,
    Pow,
    Quantity,
    bind,
    children,
    substitute,
)
from ..functions.losses import LossTerms
from ..functions.rules import indexed
from ..graph.records import Layer
from ..worked.document import Chain, Equations, Section, Text
from .deriver import Deriver

J, K = ("j",), ("j", "k")


def local_section(deriver: Deriver, layers: list[Layer]) -> Section:
    """Return the section of local derivatives of these layers, each kind once."""
    chains: list[Chain] = []
    activations: set[str] = set()
    for layer in layers:
        if layer.activation not in activations and layer.activation != "identity":
            activations.add(layer.activation)
            chains += activation_chains(deriver, layer)
    loss = loss_chain(deriver)
    chains = ([loss] if loss else []) + chains
    merges = {layer.type: layer for layer in layers if layer.type != "dense"}
    chains += [chain for layer in merges.values() for chain in merge_chains(deriver, layer)]
    dense = next((layer for layer in layers if layer.type == "dense"), None)
    if dense is not None:
        chains += affine_chains(deriver, dense)
    return Section("local", (Text("Local derivatives"),), (Equations(tuple(chains)),))


def activation_chains(deriver: Deriver, layer: Layer) -> list[Chain]:
    """Return a = σ(z) with its formula, and σ′(z) as sympy gives it and as it is taught."""
    rule: Any = deriver.graph.nodes[layer.a].rule
    z, a = deriver.at(Ref("z", layer.index), J), deriver.at(Ref("a", layer.index), J)
    if deriver.softmax_like(layer):
        return softmax_chains(layer, deriver)
    if rule.activation.letter == rule.name:
        applied = Call(layer.activation, (Quantity(z),))
        return [
            Chain((Quantity(a), applied)),
            Chain((Partial(a, z), Derivative(layer.activation, Quantity(z)))),
        ]
    value = bind(rule.value, {"z": Quantity(z)})
    named = Call(layer.activation, (Quantity(z),))
    forms = [Quantity(a), named, value] if value != named else [Quantity(a), value]
    chains = [Chain(tuple(forms))]
    taught = deriver.slope_written(layer, J)
    steps: list[Expr] = [Partial(a, z), Derivative(layer.activation, Quantity(z))]
    if not isinstance(rule.value, Cases):
        derived = bind(differentiate(rule.value, Name("z")), {"z": Quantity(z)})
        if derived != taught:
            steps.append(derived)
    chains.append(Chain((*steps, taught), rule_of(rule.value, Name("z"))))
    return chains


def softmax_chains(layer: Layer, deriver: Deriver) -> list[Chain]:
    """Return softmax's formula and its two kinds of partial derivative."""
    a, z = deriver.at(Ref("a", layer.index), ()), deriver.at(Ref("z", layer.index), ())
    aj, ak = Quantity(a.at("j")), Quantity(a.at("k"))
    formula = deriver.general.value_formula(a.at("j"))
    one = 1 - aj
    return [
        Chain((aj, formula)),
        Chain((Partial(a.at("j"), z.at("j")), aj * one), "quotient rule"),
        Chain((Partial(a.at("j"), z.at("k")), Neg(aj * ak)), "quotient rule, j ≠ k"),
    ]


def loss_chain(deriver: Deriver) -> Chain | None:
    """Return ∂C/∂a_k of the loss: written out, by sympy, and as it is taught."""
    graph = deriver.graph
    if graph.terms is None or deriver.loss_is_unspecified():
        return None
    rule: Any = graph.nodes[graph.terms].rule
    a = deriver.at(Ref("a", deriver.last.index), K[1:])
    target = Partial(deriver.cost(), a)
    if not isinstance(rule, LossTerms):
        try:
            taught = deriver.general.gradient_formula(a.grad())
        except ValueError:
            return None
        return Chain((target, taught), "chain rule")
    letters: dict[str, tuple[Index, ...]] = {"a": K[1:], "y": K[1:]}
    names = {"a": a, "y": deriver.at(Ref("y"), K[1:])}

    def in_quantities(tree: Expr) -> Expr:
        return substitute(
            indexed(tree, letters),
            lambda n: Quantity(names[n.id]) if isinstance(n, Name) and n.id in names else None,
        )

    forms: list[Expr] = [target, Diff(in_quantities(rule.term), a)]
    taught = in_quantities(rule.derivative)
    return Chain((*forms, taught), rule_of(rule.term, Name("a")))


def merge_chains(deriver: Deriver, layer: Layer) -> list[Chain]:
    """Return what a merge hands to each input: addition copies, multiplication swaps."""
    if layer.type == "concat" or len(set(layer.input_nodes)) < len(layer.input_nodes):
        return []
    z = deriver.at(Ref("z", layer.index), J)
    refs = [deriver.at(deriver.graph.nodes[n].ref, J) for n in layer.input_nodes]
    body = deriver.general.value_formula(z)
    rule = "product rule" if layer.type == "multiply" else "sum rule"
    return [Chain((Partial(z, r), Diff(body, r), deriver.local(Partial(z, r))), rule) for r in refs]


def affine_chains(deriver: Deriver, layer: Layer) -> list[Chain]:
    """Return the partial derivatives of the weighted sum, each by sympy, term by term."""
    z = deriver.at(Ref("z", layer.index), J)
    body = deriver.weighted_sum(layer, J)
    below = deriver.graph.nodes[layer.input_nodes[0]].ref
    wanted = [Ref("W", layer.index, index=K)]
    if "b" in layer.parameters:
        shape = deriver.graph.nodes[layer.parameters["b"]].shape
        wanted.append(Ref("b", layer.index, index=J[: len(shape)]))
    wanted.append(deriver.at(below, K[1:]))
    return [
        Chain((Partial(z, ref), Diff(body, ref), term_derivative(deriver, layer, ref)), "sum rule")
        for ref in wanted
    ]


def term_derivative(deriver: Deriver, layer: Layer, ref: Ref) -> Expr:
    """Return ∂(w_jk x_k + b_j)/∂ref by sympy: every other term of the sum does not hold it."""
    has_bias = "b" in layer.parameters
    term: Expr = Name("W") * Name("x")
    symbols = {"W": Ref("W", layer.index, index=K)}
    symbols["x"] = deriver.at(deriver.graph.nodes[layer.input_nodes[0]].ref, K[1:])
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
