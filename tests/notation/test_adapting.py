"""A notation never changes a number: what it rewrites has the value it had."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Call, Derivative, Expr, Known, Neg, Number, Pow, Quantity
from backprop_cli.expression.walking import substitute, walk
from backprop_cli.notation import profile
from backprop_cli.notation.adapting import adapt
from backprop_cli.notation.bound import ABOVE, Notation, bound
from backprop_cli.notation.facts import facts_of
from backprop_cli.notation.sorting import kind
from backprop_cli.passes.trace import Trace
from backprop_cli.spec.profile import Profile
from backprop_cli.worked.entry_steps import worked_chain

from ..commands.running import NAMES
from ..worked.quantities import every_step, example, number, random_trace, same
from .drawing import PROFILES, TWO_LAYERS, speak

TURNED = structs.replace(profile("nielsen"), name="turned", delta_sign=-1)
"""A notation in which δ is −∂C/∂z, and every other rewriting is done as well."""
EVERYTHING = structs.replace(
    profile("bishop"), name="all", delta_sign=-1, difference="-(y - a)", square="y - a"
)
SPOKEN = (*map(profile, PROFILES), TURNED, EVERYTHING)


def value(trace: Trace, tree: Expr, notation: Notation) -> float:
    """Return the value of a rewritten tree, its quantities turned back into the network's."""
    letter = notation.activation_letter

    def back(node: Expr) -> Expr | None:
        if isinstance(node, Quantity) and node.ref.part == ABOVE:
            return back(Quantity(structs.replace(node.ref, part="z")))
        if isinstance(node, Quantity) and kind(node.ref) == "delta":
            turned = notation.delta_sign < 0 and "delta" in notation.letters
            return Neg(node) if turned else node
        named = isinstance(node, Call | Derivative) and node.function == letter != ""
        if named and isinstance(node, Call):
            inner = tuple(substitute(argument, back) for argument in node.arguments)
            return Call(notation.facts.activation, inner)
        if named and isinstance(node, Derivative):
            argument = substitute(node.argument, back)
            return structs.replace(node, function=notation.facts.activation, argument=argument)
        return None

    return number(trace, substitute(tree, back))


def assert_no_number_changes(trace: Trace, chosen: Profile) -> None:
    notation = bound(chosen, facts_of(trace.graph))
    for step in every_step(trace):
        forms = worked_chain(step).forms
        wanted = number(trace, forms[0])
        scale = max((abs(term) for form in forms for term in leaves(trace, form)), default=1.0)
        for form in adapt(forms, notation):
            assert same(value(trace, form, notation), wanted, scale), (step.id, form)


def leaves(trace: Trace, tree: Expr) -> list[float]:
    """Return the numbers that a tree is made of."""
    return [
        float(number(trace, node))
        for node in walk(tree)
        if isinstance(node, Number | Known | Quantity)
    ]


@pytest.mark.parametrize("chosen", SPOKEN, ids=lambda p: p.name)
@pytest.mark.parametrize("name", NAMES)
def test_the_examples_keep_their_numbers(name: str, chosen: Profile) -> None:
    assert_no_number_changes(example(name), chosen)


@pytest.mark.parametrize("chosen", SPOKEN, ids=lambda p: p.name)
@given(seed=st.integers(0, 10**6))
@settings(max_examples=4)
def test_random_networks_keep_their_numbers(chosen: Profile, seed: int) -> None:
    assert_no_number_changes(random_trace(seed), chosen)


@pytest.mark.parametrize("chosen", SPOKEN, ids=lambda p: p.name)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost_on_the_way(name: str, chosen: Profile) -> None:
    """Each form has as many leaves as before, apart from a function's second name."""
    trace = example(name)
    notation = bound(chosen, facts_of(trace.graph))
    for step in every_step(trace):
        forms = worked_chain(step).forms
        counts = [sum(1 for n in walk(form) if is_leaf(n)) for form in forms]
        after = [sum(1 for n in walk(form) if is_leaf(n)) for form in adapt(forms, notation)]
        assert after[0] == counts[0]
        assert sorted(set(after)) == sorted(set(counts))


def is_leaf(node: Expr) -> bool:
    return isinstance(node, Number | Known | Quantity)


def test_a_difference_is_turned_with_its_numbers() -> None:
    a, y = Ref("a", 2, index=(1,)), Ref("y", index=(1,))
    notation = speak("phi", TWO_LAYERS)
    by_symbol = adapt((Quantity(a) - Quantity(y),), notation)
    assert by_symbol == (Neg(Quantity(y) - Quantity(a)),)
    by_number = adapt((Known(a, 0.75) - Known(y, 1.0),), notation)
    assert by_number == (Neg(Known(y, 1.0) - Known(a, 0.75)),)
    square = Pow(Quantity(a) - Quantity(y), Number(2))
    assert adapt((square,), notation) == (Pow(Quantity(y) - Quantity(a), Number(2)),)


@pytest.mark.parametrize("known", [False, True])
def test_factors_stand_in_the_order_of_the_notation(known: bool) -> None:
    refs = {"W": Ref("W", 1, index=(1, 2)), "x": Ref("x", index=(2,))}

    def node(name: str) -> Any:
        return Known(refs[name], 2.0) if known else Quantity(refs[name])

    for name, order in (("standard", ("W", "x")), ("cs231n", ("x", "W"))):
        found = adapt((node("W") * node("x"),), speak(name, TWO_LAYERS))[0]
        assert found == node(order[0]) * node(order[1])
