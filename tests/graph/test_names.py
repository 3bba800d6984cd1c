"""The plain names: what each means, back again, and what is said of a name that means nothing."""

from __future__ import annotations

import re

import pytest

from backprop_cli import api
from backprop_cli.expression.refs import Ref, plain_name
from backprop_cli.graph.names import UnknownName, shown_shape
from backprop_cli.graph.records import Graph
from backprop_cli.graph.resolving import resolve

LAYERS = """
loss: squared_error
layers:
  - name: hidden
    weights: {weights}
    bias: [0, 0, 0]
  - units: 2
    bias: none
  - name: skip
    type: add
    from: [input, hidden]
  - units: 2
    shared_bias: 1
"""


def graph(batch: bool = False, in_out: bool = False) -> Graph:
    weights = "[[1, 3, 5], [2, 4, 6]]" if in_out else "[[1, 2], [3, 4], [5, 6]]"
    layers = LAYERS.replace("{weights}", weights).replace("[input, hidden]", "[input, input]")
    data = "input: [[1, 2], [3, 4]]\ntarget: [[0, 1], [1, 0]]\n"
    if not batch:
        data = "input: [1, 2]\ntarget: [0, 1]\n"
    return api.loads(f"weights_layout: {'in_out' if in_out else 'out_in'}\n{data}{layers}")


WHOLE = {
    "x": Ref("x"),
    "a0": Ref("x"),
    "y": Ref("y"),
    "z1": Ref("z", 1),
    "a1": Ref("a", 1),
    "W1": Ref("W", 1),
    "b1": Ref("b", 1),
    "z3": Ref("z", 3),
    "b4": Ref("b", 4),
    "loss": Ref("loss"),
    "loss_terms": Ref("loss_terms"),
    "hidden.W": Ref("W", 1),
    "hidden.b": Ref("b", 1),
    "hidden.z": Ref("z", 1),
    "skip.a": Ref("a", 3),
    " W1 ": Ref("W", 1),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_name_means_its_quantity(name: str) -> None:
    assert resolve(name, graph()) == WHOLE[name]


@pytest.mark.parametrize("name", [n for n in WHOLE if n.strip() != "y"])
def test_d_in_front_or_around_means_the_gradient(name: str) -> None:
    wanted = WHOLE[name].grad()
    assert resolve(f"d({name})", graph()) == wanted
    assert resolve(f"d{name.strip()}", graph()) == wanted


@pytest.mark.parametrize("layer", [1, 2, 3, 4])
def test_delta_is_the_gradient_of_z(layer: int) -> None:
    assert resolve(f"delta{layer}", graph()) == resolve(f"dz{layer}", graph())
    assert plain_name(Ref("z", layer, gradient=True)) == f"delta{layer}"


@pytest.mark.parametrize(
    ("name", "batch", "in_out", "wanted"),
    [
        ("W1[3,2]", False, False, Ref("W", 1, index=(3, 2))),
        ("W1[2,3]", False, True, Ref("W", 1, index=(3, 2))),
        ("hidden.W[3,2]", False, False, Ref("W", 1, index=(3, 2))),
        ("dW1[3,2]", False, False, Ref("W", 1, True, index=(3, 2))),
        ("d(hidden.W)[3,2]", False, False, Ref("W", 1, True, index=(3, 2))),
        ("d(W1[3,2])", False, False, Ref("W", 1, True, index=(3, 2))),
        ("d(W1[2,3])", False, True, Ref("W", 1, True, index=(3, 2))),
        ("W1[ 3 , 2 ]", False, False, Ref("W", 1, index=(3, 2))),
        ("z1[3]", False, False, Ref("z", 1, index=(3,))),
        ("z1[2,3]", True, False, Ref("z", 1, sample=2, index=(3,))),
        ("delta1[2,3]", True, True, Ref("z", 1, True, 2, (3,))),
        ("dx[2,1]", True, False, Ref("x", None, True, 2, (1,))),
        ("y[2,1]", True, False, Ref("y", None, sample=2, index=(1,))),
        ("loss_terms[2,1]", True, False, Ref("loss_terms", None, sample=2, index=(1,))),
        ("b1[3]", True, False, Ref("b", 1, index=(3,))),
        ("W1[3,2]", True, False, Ref("W", 1, index=(3, 2))),
    ],
)
def test_an_entry(name: str, batch: bool, in_out: bool, wanted: Ref) -> None:
    assert resolve(name, graph(batch, in_out)) == wanted


@pytest.mark.parametrize("in_out", [False, True])
@pytest.mark.parametrize("batch", [False, True])
def test_every_name_and_corner_comes_back(batch: bool, in_out: bool) -> None:
    net = graph(batch, in_out)
    for name in [*WHOLE, *(f"d({name})" for name in WHOLE if name.strip() != "y")]:
        ref = resolve(name, net)
        assert resolve(plain_name(ref, in_out), net) == ref
        shape = shown_shape(net, ref)
        if shape:
            last = resolve(f"{name}[{','.join(map(str, shape))}]", net)
            assert resolve(plain_name(last, in_out), net) == last


def test_the_shape_shown_follows_the_layout_and_the_batch() -> None:
    assert shown_shape(graph(), Ref("W", 1)) == (3, 2)
    assert shown_shape(graph(in_out=True), Ref("W", 1)) == (2, 3)
    assert shown_shape(graph(), Ref("z", 1)) == (3,)
    assert shown_shape(graph(batch=True), Ref("z", 1)) == (2, 3)
    assert shown_shape(graph(), Ref("b", 4)) == ()


@pytest.mark.parametrize(
    ("name", "message", "cure"),
    [
        ("w1", "there is no 'w1' in this network", "did you mean 'W1'?"),
        ("hiden.W", "there is no 'hiden.W' in this network", "did you mean 'hidden.W'?"),
        ("W5", "there is no 'W5' in this network", "the layers are 1 to 4"),
        ("dW5", "there is no 'dW5' in this network", "the layers are 1 to 4"),
        ("delta9", "there is no 'delta9' in this network", "the layers are 1 to 4"),
        ("z0", "there is no 'z0' in this network", "the layers are 1 to 4"),
        ("b2", "there is no 'b2' in this network", "layer 2 (dense) has no b"),
        ("dW3", "there is no 'dW3' in this network", "layer skip (add) has no W"),
        (
            "w5",
            "there is no 'w5' in this network",
            "names are the same in every notation: counted through, w5 is W1[3,1]",
        ),
        (
            "dw7",
            "there is no 'dw7' in this network",
            "names are the same in every notation: counted through, dw7 is dW2[1,1]",
        ),
        (
            "w12",
            "there is no 'w12' in this network",
            "an entry is written W1[1,2]: of layer 1, to unit 1, from 2",
        ),
        (
            "w13",
            "there is no 'w13' in this network",
            "names are the same in every notation: counted through, w13 is W4[1,1]",
        ),
        (
            "qq",
            "there is no 'qq' in this network",
            "known: x, y, z1, a1, z2, a2, z3, a3, z4, a4, …: 'backprop describe' lists the names",
        ),
        (
            "dy",
            "'dy': no gradient is taken with respect to the target",
            "that of the output has one: d(a…)",
        ),
        ("", "'' is not a name", "names look like W1, W1[1,2], delta1, loss"),
        ("W1[1", "'W1[1' is not a name", "names look like W1, W1[1,2], delta1, loss"),
        ("W1[1][2]", "'W1[1][2]' is not a name", "did you mean 'W1[1,2]'?"),
        ("W1[1]", "'W1[1]': W1 takes 2 positions: to, from", "W1 runs from W1[1,1] to W1[3,2]"),
        ("z1[]", "'z1[]': z1 takes 1 position", "z1 runs from z1[1] to z1[3]"),
        ("W1[2,3]", "'W1[2,3]' is outside W1", "W1 runs from W1[1,1] to W1[3,2]"),
        ("W1[0,1]", "'W1[0,1]': entries count from 1", "W1 runs from W1[1,1] to W1[3,2]"),
        ("W1[a,1]", "'W1[a,1]': positions are whole numbers", "W1 runs from W1[1,1] to W1[3,2]"),
        ("z1[-1]", "'z1[-1]': positions are whole numbers", "z1 runs from z1[1] to z1[3]"),
        ("z1[٣]", "'z1[٣]': positions are whole numbers", "z1 runs from z1[1] to z1[3]"),
        ("loss[1]", "'loss[1]': loss is a single number", "write loss without brackets"),
        ("b4[1]", "'b4[1]': b4 is a single number", "write b4 without brackets"),
        ("delta1[4]", "'delta1[4]' is outside delta1", "delta1 runs from delta1[1] to delta1[3]"),
    ],
)
def test_what_is_said_of_an_unknown_name(name: str, message: str, cure: str) -> None:
    with pytest.raises(UnknownName) as caught:
        resolve(name, graph())
    assert (caught.value.problem.message, caught.value.problem.cure) == (message, cure)


def test_ranges_are_in_the_files_own_layout() -> None:
    with pytest.raises(UnknownName) as caught:
        resolve("W1[3,2]", graph(in_out=True))
    assert caught.value.problem.cure == "W1 runs from W1[1,1] to W1[2,3]"


def test_a_long_name_is_not_repeated_whole() -> None:
    with pytest.raises(UnknownName) as caught:
        resolve("x" * 5000, graph())
    assert len(caught.value.problem.message) < 100


@pytest.mark.parametrize("loss", ["loss", "C", "L", "J", "E"])
@pytest.mark.parametrize("name", ["W1", "W1[1,2]", "hidden.W", "x[1]", "a4[2]", "z3"])
def test_a_derivative_of_the_loss_is_the_gradient(loss: str, name: str) -> None:
    wanted = resolve(f"d({name})", graph())
    for text in (f"d{loss}/d{name}", f"\u2202{loss}/\u2202{name}", f"d{loss}/d({name})"):
        assert resolve(text, graph()) == wanted


@pytest.mark.parametrize(
    ("name", "message", "cure"),
    [
        ("da1/dz1", "a local derivative, not a gradient of the loss", "name delta1"),
        ("dloss/dW9", "there is no 'd(W9)'|there is no 'W9'", "the layers are 1 to 4"),
        ("dloss/dy", "no gradient is taken with respect to the target", ""),
        ("dloss/ddelta1", "is a gradient itself", "write delta1"),
        ("dcost", "no gradient is taken with respect to cost", "the loss is the sum"),
        ("W1'", "after one step", "did you mean 'W1'?"),
    ],
)
def test_what_is_no_gradient_of_the_loss_is_said(name: str, message: str, cure: str) -> None:
    with pytest.raises(UnknownName, match=message) as caught:
        resolve(name, graph())
    assert cure in caught.value.problem.cure


def test_a_row_of_a_batch_is_one_sample() -> None:
    """``a1[2]`` are the activations for sample 2; a single sample has no rows."""
    for name, ref in (("a1[2]", Ref("a", 1)), ("delta1[1]", Ref("z", 1, True))):
        row = resolve(name, graph(batch=True))
        assert row.sample == int(name[-2])
        assert (row.part, row.layer, row.gradient) == (ref.part, ref.layer, ref.gradient)
        assert shown_shape(graph(batch=True), row) == (3,)
        assert plain_name(row) == name
    assert resolve("a1[2]", graph()).sample is None
    with pytest.raises(UnknownName, match="takes 2 positions"):
        resolve("a1[3]", graph(batch=True))


def test_what_programs_call_a_gradient_is_told_its_name_here() -> None:
    """W1.grad is dW1; a letter without its layer's number is told the numbers."""
    network = graph()
    for name in network.parameters:
        for other in (f"{name}.grad", f"grad_{name}", f"{name}_grad", f"dL_d{name}"):
            with pytest.raises(UnknownName, match=f"did you mean 'd{name}'"):
                resolve(other, network)
    for other, entry in {
        "z1_2": "z1[2]",
        "hidden.W.grad[1,2]": "dW1[1,2]",
        "grad_W1[3,1]": "dW1[3,1]",
        "W1[3][1]": "W1[3,1]",
        "delta1_3": "delta1[3]",
        "x.grad": "dx",
    }.items():
        with pytest.raises(UnknownName, match=f"did you mean '{re.escape(entry)}'"):
            resolve(other, network)
    for part in ("W", "b", "z", "a", "delta", "dW"):
        with pytest.raises(UnknownName, match=f"with its layer's number: {part}1"):
            resolve(part, network)
    for letter in "LCEJ":
        with pytest.raises(UnknownName, match="did you mean 'loss'"):
            resolve(letter, network)
