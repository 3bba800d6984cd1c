"""``derive --induction``: the same equations as base and step, the cost a function a layer."""

from __future__ import annotations

import pytest

from backprop_cli.api import load
from backprop_cli.deriving.derivation import Asked, derivation
from backprop_cli.deriving.deriver import Deriver
from backprop_cli.deriving.function import nested
from backprop_cli.deriving.induction import sequence
from backprop_cli.expression.tree import Call, Expr, Quantity
from backprop_cli.expression.walking import substitute
from backprop_cli.worked.document import Math, Table
from backprop_cli.worked.view import View

from ..commands.running import CONFIGS, config, printed, refused
from ..page.truth import chains_of

CHAINS = ("mazur", "bishop", "symbolic_2443", "four_diagrams", "sigmoid_neuron", "xor_batch")
STYLES = ("leibniz", "function", "index", "matrix", "components")


@pytest.mark.parametrize(("name", "style"), tuple(zip(CHAINS, (*STYLES, "leibniz"), strict=True)))
def test_no_equation_is_lost(name: str, style: str) -> None:
    """Base and step are the equations that stand without the option, in the same order."""
    graph = load(CONFIGS / f"{name}.yaml")
    plain, told = (
        list(chains_of(derivation(graph, Asked(style=style, induction=told)).document))
        for told in (False, True)
    )
    assert plain == told


@pytest.mark.parametrize("name", CHAINS)
def test_each_function_is_the_one_before_with_a_layer_in_it(name: str) -> None:
    """C(σ(W² a¹ + b²)) is C(a²) with a² written out, and so on down to the input."""
    graph = load(CONFIGS / f"{name}.yaml")
    deriver = Deriver(graph, None, View(), "n")
    (table,) = [b for section in sequence(deriver) for b in section.blocks if isinstance(b, Table)]
    costs = [cell.expr for _, cell, _ in table.rows if isinstance(cell, Math)]
    assert len(costs) == len(graph.layers) + 1
    for upper, lower, layer in zip(costs, costs[1:], reversed(graph.layers), strict=False):
        written = nested(deriver, (layer,), graph.nodes[layer.input_nodes[0]].ref)
        answer = Quantity(deriver.ref(layer.a))

        def put(node: Expr, answer: Expr = answer, written: Expr | None = written) -> Expr | None:
            return written if node == answer else None

        assert substitute(upper, put) == lower
        assert isinstance(lower, Call)


def test_base_comes_before_step() -> None:
    """The parts of the proof stand in their order, each with its equation."""
    text = printed("derive", config("mazur"), "--induction")
    places = [text.index(part) for part in ("Base, ", "1  δᴸⱼ", "Step, ", "2  δˡⱼ", "So: ")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("residual",), "the layers branch here"),
        (("gru",), "steps follow each other"),
        (("diamond",), "a computation graph is derived node by node"),
        (("mazur", "--mode", "forward"), "--mode forward is derived node by node"),
        (("mazur", "--wrt", "W1"), "--wrt derives one thing"),
        (("mazur", "--style", "algorithm"), "no equations to prove"),
    ],
)
def test_where_there_is_none(arguments: tuple[str, ...], said: str) -> None:
    """A network without equations of a general layer has no induction, and it is said why."""
    name, *others = arguments
    assert said in " ".join(refused("derive", config(name), *others, "--induction").split())
