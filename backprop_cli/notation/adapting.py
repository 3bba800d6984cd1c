"""A chain of trees rewritten for a notation before it is drawn; its numbers never change.

Each rewriting is one small function from trees to trees; ``adapt`` is their order.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from ..expression.indices import Index, at, letters_of, plus
from ..expression.refs import ANYWHERE, Ref
from ..expression.tree import (
    ONE,
    Between,
    BigSum,
    Call,
    Constant,
    Derivative,
    Expr,
    LayerNumber,
    Letter,
    Name,
    Quantity,
)
from ..expression.walking import holds, rebuild, substitute
from ..mathematics.activations import ACTIVATIONS
from .bound import ABOVE, Notation
from .costs import constants_first, is_cost, target_before, to_the_last_sample
from .indices import relabelled
from .refs import change_refs, every_ref, first_ref
from .sorting import biases_first, sorted_factors

Trees = tuple[Expr, ...]
_IN_WORDS = {
    "eta": "rate",
    "mu": "momentum",
    "rho": "decay",
    "beta": "decay",
    "epsilon": "small",
    "lambda": "shrinkage",
    "theta": "parameter",
    "g": "gradient",
    "t": "step",
    "k": "count",
    "gamma": "factor",
    "d": "slowing",
    "S": "steps",
    "s": "every",
    "m": "average",
    "v": "velocity",
    "kappa": "bound",
    "r": "norm",
    "N": "samples",
    "w": "entry",
    "h": "shift",
    "p": "one",
    "q": "other",
    "e": "unit",
}
"""The signs of what is no quantity, in words."""
REPEATED = "t"
"""The letter of what a closed form names because it occurs again."""


def adapt(forms: Trees, notation: Notation, about: Ref | None = None) -> Trees:
    """Return the forms of one chain (target = … = …), or a single expression, for the notation.

    ``about`` is what the equations beside a single expression are about.
    """
    if not forms:
        return forms
    target = first_ref(forms[0])
    forms = _each(forms, lambda tree: target_before(to_the_last_sample(tree, notation), notation))
    if is_cost(forms[0]) and not notation.constants_inside:
        forms = _each(forms, constants_first)
    trees = lone_units(general_functions(forms, notation), target, notation)
    trees = raised_layers(trees, about or target, notation)
    trees = relabelled(trees, target, notation)
    trees = _each(trees, lambda tree: lone_sums(tree, notation))
    if notation.turns_weights:
        from .orientation import oriented

        trees = oriented(trees, target, notation)
    if notation.difference != "a - y" or notation.square != "a - y":
        from .signs import turned_differences

        trees = _each(trees, lambda tree: turned_differences(tree, notation))
    if notation.bias_first:
        trees = _each(trees, biases_first)
    trees = _each(trees, lambda tree: sorted_factors(tree, target, notation))
    if notation.delta_sign < 0 and "delta" in notation.letters:
        from .signs import minus_gradients

        trees = minus_gradients(trees)
    return _each(trees, lambda tree: plain_letters(tree, notation))


def adapt_ranges(ranges: Trees, forms: Trees, notation: Notation) -> Trees:
    """Return what a chain is said to hold for, in the letters that its forms get.

    Its layers are moved as theirs are; where theirs are not written there is nothing to range over.
    """
    if not ranges:
        return ()
    target = first_ref(forms[0]) if forms else None
    named = relabelled((*forms, *ranges), target, notation)[len(forms) :]
    refs = [ref for form in forms for ref in every_ref(form)]
    if notation.drops_numbers or not any(_writes_layer(ref, notation) for ref in refs):
        named = tuple(
            t for t in named if not isinstance(t, Between) or isinstance(t.middle, Letter)
        )
    if _moves_up(target, notation):
        named = tuple(_lowered(tree) for tree in named)
    return _each(named, lambda tree: plain_letters(tree, notation))


def _writes_layer(ref: Ref, notation: Notation) -> bool:
    """Return whether the quantity is written with the letter of a general layer."""
    return letters_of(ref.layer) != () and notation.symbol(ref.of()) != notation.symbol(
        structs.replace(ref.of(), layer=plus(ref.layer or 0, 1))
    )


def _each(trees: Trees, change: Callable[[Expr], Expr]) -> Trees:
    return tuple(map(change, trees))


def general_functions(trees: Trees, notation: Notation) -> Trees:
    """Write the network's own activation with the notation's letter for it: h(a_j), h′(a_j).

    A function of numbers keeps its name. Where its formula is its name (tanh), both are given.
    """
    name, letter = notation.facts.activation, notation.activation_letter
    if not letter:
        return trees

    def change(node: Expr) -> Expr | None:
        if isinstance(node, Derivative) and node.function == name:
            argument = substitute(node.argument, change)
            return structs.replace(node, function=letter, argument=argument)
        if isinstance(node, Call) and node.function == name and _is_symbolic(node):
            return Call(letter, tuple(substitute(inner, change) for inner in node.arguments))
        return None

    written: list[Expr] = []
    formula = ACTIVATIONS[name].value
    own_name = isinstance(formula, Call) and formula.function == name
    for tree in trees:
        written.append(substitute(tree, change))
        named = own_name and isinstance(tree, Call) and tree.function == name
        if named and len(trees) > 1 and written[-1] != tree:
            written.append(tree)
    return tuple(written)


def _is_symbolic(node: Expr) -> bool:
    return holds(node, Quantity | Name)


def raised_layers(trees: Trees, target: Ref | None, notation: Notation) -> Trees:
    """Write the z of the layer above the target's as O, where the notation has such a letter.

    A general equation about weights is restated for the layer that they leave; one of any layer's
    units stays.
    """
    if target is None or target.layer == ANYWHERE or ABOVE not in notation.letters:
        return trees
    if _moves_up(target, notation):
        trees = tuple(change_refs(tree, _one_up, _count_up) for tree in trees)
        target = _one_up(target)
    if not target.gradient and target.part not in ("W", "b"):
        return trees
    about = 0 if target.part == "x" else target.layer
    weights = target.part in ("W", "b")
    wanted = about if about is None or weights else plus(about, 1)

    def rename(ref: Ref) -> Ref:
        above = ref.part == "z" and ref.layer is not None and ref.layer == wanted
        return structs.replace(ref, part=ABOVE) if above else ref

    return tuple(change_refs(tree, rename) for tree in trees)


def _moves_up(target: Ref | None, notation: Notation) -> bool:
    weights = target is not None and target.part in ("W", "b") and letters_of(target.layer) != ()
    return weights and notation.weights_leave and not notation.drops_numbers


def _one_up(ref: Ref) -> Ref:
    return ref if ref.layer is None else structs.replace(ref, layer=plus(ref.layer, 1))


def _count_up(count: Index) -> Index:
    """Return as many as the layer above has units; samples stay as many."""
    return plus(count, 1) if {"l", "L"} & set(letters_of(count)) else count


def _lowered(tree: Expr) -> Expr:
    """Return first ≤ l ≤ L as first − 1 ≤ l ≤ L − 1."""
    if not isinstance(tree, Between) or tree.middle != Name("l"):
        return tree
    low = LayerNumber(tree.low.layer - 1) if isinstance(tree.low, LayerNumber) else tree.low
    high = tree.high - ONE if tree.high == Name("L") else tree.high
    return Between(low, tree.middle, high)


def lone_units(trees: Trees, target: Ref | None, notation: Notation) -> Trees:
    """Write 1 for the letter of the target's unit where that is left out, being the only one.

    So ∂C/∂x, whose x is joined three times, is δ₁ + δ₂ + δ₃, not δⱼ + δⱼ₊₁ + δⱼ₊₂.
    """
    if target is None:
        return trees
    kept = notation.unit_index(target)
    only = {i: 1 for i in target.index if isinstance(i, str) and i not in kept}

    def known(ref: Ref) -> Ref:
        return structs.replace(ref, index=tuple(at(i, only) for i in ref.index))

    return tuple(change_refs(tree, known) for tree in trees) if only else trees


def lone_sums(tree: Expr, notation: Notation) -> Expr:
    """Write a sum over a single unit whose index is left out as its one term, ∂ⱼC(a) as C′(a)."""
    if not (notation.drop_lone and notation.facts.lone):
        return tree

    def change(node: Expr) -> Expr:
        inner = rebuild(node, change)
        if isinstance(inner, Derivative) and inner.index and isinstance(inner.argument, Quantity):
            own = inner.argument.ref.at(*inner.index)
            return structs.replace(inner, index=notation.unit_index(own))
        if isinstance(inner, BigSum) and (inner.count == 1 or letters_of(inner.count)):
            drawn = [ref for ref in every_ref(inner.body) if inner.index in ref.index]
            if drawn and not any(inner.index in notation.unit_index(ref) for ref in drawn):
                return inner.body
        return inner

    return change(tree)


def _is_taken(sign: Name, notation: Notation) -> bool:
    """Return whether one of the graph's own names looks like the sign: e₁ like a node e1.

    So does a parameter of a layer: the β of a shift like Adam's.
    """
    index = "".join(map(str, sign.index))
    return not notation.own_looks.isdisjoint((sign.id, sign.id + index, f"{sign.id}_{index}"))


def plain_letters(tree: Expr, notation: Notation) -> Expr:
    """Rename what stands in equations without being a quantity: N, η, L, l.

    An optimizer's small ε is δ where the rate has that letter; the t₁ that stands for a repeated
    part is u₁ where a quantity has that one. Beside a graph's variable of the same name it is a
    word.
    """
    names = {"N": "samples", "eta": "rate", "L": "layers", "l": "layer"}
    defaults = {"samples": "N", "rate": "eta", "layers": "L", "layer": "l"}

    def change(node: Expr) -> Expr | None:
        if isinstance(node, Constant) and node.name in notation.own_looks:
            return Name(f"constant_{node.name}")
        if not isinstance(node, Name):
            return None
        if _is_taken(node, notation):
            message = node.id == "mu" and node.index
            return Name("message" if message else _IN_WORDS.get(node.id, node.id), node.index)
        if node.id in names and (not node.index or node.id == "eta"):
            key = names[node.id]
            return Name(notation.letters.get(key, defaults[key]), node.index)
        if node == Name("w"):
            return Name(notation.letter_of_weight.letter)
        if node == Name("epsilon") and notation.letters.get("rate") == "epsilon":
            return Name("delta")
        if node.id == REPEATED and node.index:
            return Name(next(c for c in "tuvs" if c not in notation.reserved), node.index)
        return None

    return substitute(tree, change)
