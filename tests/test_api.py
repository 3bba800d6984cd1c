"""The Python interface: every plain name, against autograd and central differences."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import backprop_cli
from backprop_cli import api
from backprop_cli.api import Traced
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.expression.refs import plain_name
from backprop_cli.files.network import read_network
from backprop_cli.graph.names import UnknownName, known_refs
from backprop_cli.passes.trace import forward
from backprop_cli.problems import Refusal

from .commands.running import LAYERED, NAMES, config
from .graph.random_graphs import random_graph
from .networks import SMALL, network
from .passes import oracle

Array = np.ndarray[Any, Any]
STEP = 1e-5
SEEDS = range(60)


def close(found: Array, wanted: Any, what: str, tolerance: float = 1e-9) -> None:
    """Compare shape and numbers, within the tolerance times the largest entry, or 1."""
    wanted = np.asarray(wanted)
    assert found.shape == wanted.shape, what
    size = max(1.0, float(np.abs(wanted).max(initial=0.0)))
    assert np.abs(found - wanted).max(initial=0.0) <= tolerance * size, f"{what}: {found} {wanted}"


def entries(shape: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], str]]:
    """Yield each position from 0 with its brackets: ``[1,2]``, and nothing of a single number."""
    for position in itertools.product(*map(range, shape)):
        yield position, f"[{','.join(str(i + 1) for i in position)}]" if shape else ""


def spellings(name: str) -> tuple[str, ...]:
    """Return the names of a quantity's gradient in a network of layers."""
    delta = (f"delta{name[1:]}",) if name[0] == "z" else ()
    of_loss = (f"dloss/d{name}", f"dC/d{name}", f"\u2202C/\u2202{name}", f"dloss / d({name})")
    return (f"d{name}", f"d({name})", *of_loss, *delta)


@functools.cache
def example(name: str) -> Traced:
    return api.trace(config(name))


def from_oracle(seed: int) -> tuple[Traced, dict[str, Array], dict[str, Array]]:
    """Return a random network traced, and autograd's values and gradients by plain name."""
    net = network(seed, SMALL if seed % 2 else SMALL.__class__(layers=4, units=3, samples=3))
    traced = api.trace(api.loads(net.text))
    values = oracle.values(net.spec, oracle.parameters(net.spec))
    gradients = oracle.gradients(net.spec)

    def shown(arrays: dict[str, Array]) -> dict[str, Array]:
        alone = traced.graph.single
        return {n: a[0] if alone and n[0] in "xza" else a for n, a in arrays.items()}

    return traced, shown(values), shown(gradients)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_networks_by_name_are_autograds(seed: int) -> None:
    traced, values, gradients = from_oracle(seed)
    assert np.isclose(traced.value("loss"), values["loss"])
    for name, wanted in gradients.items():
        if name[0] != "b":  # the oracle spreads one bias over the units
            close(traced.value(name), values[name], name)
        close(traced.gradient(name), wanted, f"d{name}")
        assert traced.gradient(name).shape == traced.value(name).shape
        for spelled in spellings(name):
            close(traced.value(spelled), wanted, spelled)
        for position, at in entries(np.shape(wanted)):
            close(traced.gradient(f"{name}{at}"), wanted[position], f"d{name}{at}")
            close(traced.value(f"d{name}{at}"), wanted[position], f"d{name}{at}")
            close(traced.value(f"d({name}{at})"), wanted[position], f"d{name}{at}")
            close(traced.value(f"{name}{at}"), traced.value(name)[position], f"{name}{at}")
    for layer in traced.graph.layers:
        for part in ("z", "a", *layer.parameters) if layer.name else ():
            own, plain = f"{layer.name}.{part}", f"{part}{layer.index}"
            close(traced.value(own), traced.value(plain), own)
            close(traced.value(f"d({own})"), gradients[plain], own)
            close(traced.gradient(own), gradients[plain], own)


# -- central differences, for the examples, graphs and local derivatives


def moved(traced: Traced, number: int, position: tuple[int, ...], by: float) -> Sequence[Array]:
    """Return every value where one entry of a node is moved, its own parents left alone."""
    graph = traced.graph
    target = graph.nodes[number]

    def change(node: Any, value: Array) -> Array:
        where = position
        if node is not target:
            # A loop asks step by step: the node is then of one step, whose number is its index.
            if len(node.ref.index) != 1 or node.ref.whole() != target.ref:
                return value
            if node.ref.index != (position[1] + 1,):
                return value
            where = (position[0], *position[2:])
        shifted = value.copy()
        shifted[where] += by
        return shifted

    leaves = {leaf: traced.trace.values[leaf] for leaf in graph.given}
    if number in leaves:
        leaves[number] = change(target, leaves[number])
    return forward(graph, FLOAT64, leaves, change=change)


def slopes(traced: Traced, number: int, of: int) -> tuple[Array, Array]:
    """Return ∂of/∂number by central differences, and whether each is at no kink."""
    value = traced.trace.values[number]
    shape = (*value.shape, *traced.trace.values[of].shape)
    found, smooth = np.zeros(shape), np.ones(shape, dtype=bool)
    for position in np.ndindex(value.shape):
        up, down = (moved(traced, number, position, by)[of] for by in (STEP, -STEP))
        here = traced.trace.values[of]
        found[position] = (up - down) / (2 * STEP)
        bend = np.abs((up - here) - (here - down))
        smooth[position] = bend < 1e-3 * STEP * (1 + np.abs(found[position]))
    return found, smooth


def check_gradients(traced: Traced) -> int:
    """Compare each quantity's gradient and its entries; return how many numbers there were."""
    graph = traced.graph
    assert graph.loss is not None
    compared = 0
    for plain, ref in known_refs(graph).items():
        number, name = graph.number(ref), plain if graph.layered else f"({plain})"
        node = graph.nodes[number]
        shown = traced.value(name)
        if not node.wants_gradient:
            with pytest.raises(UnknownName, match="no gradient is taken"):
                traced.gradient(name)
            continue
        wanted, smooth = slopes(traced, number, graph.loss)
        if node.per_sample:
            wanted = wanted * (graph.samples if graph.mean else 1)
            wanted, smooth = (wanted[0], smooth[0]) if graph.single else (wanted, smooth)
        found = traced.gradient(name)
        assert found.shape == shown.shape == wanted.shape, name
        scale = 1e-5 * max(1.0, float(np.abs(wanted).max(initial=0.0)))
        assert np.abs(np.where(smooth, found - wanted, 0)).max(initial=0.0) < scale, name
        for position, at in entries(found.shape):
            assert traced.gradient(f"{name}{at}") == found[position]
            assert traced.value(f"{name}{at}") == shown[position]
            assert traced.value(f"d({plain}{at})") == found[position]
        compared += int(smooth.sum())
    return compared


@pytest.mark.parametrize("name", NAMES)
def test_examples_by_name_are_central_differences(name: str) -> None:
    assert check_gradients(example(name)) > 3


def check_local(traced: Traced) -> int:
    """Compare ∂A/∂B of every A with every B that it is computed from; return how many."""
    graph, compared = traced.graph, 0
    named = {graph.number(ref): name for name, ref in known_refs(graph).items()}
    for number, name in named.items():
        node = graph.nodes[number]
        for parent in set(node.parents) & named.keys() - {graph.target}:
            if number != graph.loss and graph.nodes[parent].wants_gradient:
                check_pair(traced, (number, name), (parent, named[parent]))
                compared += 1
    return compared


def check_pair(traced: Traced, a: tuple[int, str], b: tuple[int, str]) -> None:
    graph = traced.graph
    (number, name), (parent, below) = a, b
    of, wrt = graph.nodes[number], graph.nodes[parent]
    # Other ways from B to A are held: only A's own rule sees B move.
    inputs = [traced.trace.values[p] for p in of.parents]
    assert of.rule is not None
    rows: dict[tuple[Any, ...], tuple[Array, Array]] = {}
    for position in np.ndindex(traced.trace.values[parent].shape):
        found = []
        for by in (STEP, 0, -STEP):
            shifted = [v.copy() for v in inputs]
            for k, p in enumerate(of.parents):
                if p == parent:
                    shifted[k][position] += by
            with np.errstate(all="ignore"):
                found.append(of.rule.forward(FLOAT64, *shifted))
        up, here, down = found
        rows[position] = (up - down) / (2 * STEP), np.abs(up - here - (here - down)) < 1e-3 * STEP
    text = f"d({name})/d({below})"
    whole = traced.value(text)
    several = of.per_sample or wrt.per_sample
    samples = range(graph.samples) if several else (None,)
    for sample in samples:
        first = () if sample is None or graph.single else (sample + 1,)
        for i, _ in entries(of.shape):
            for j, _ in entries(wrt.shape):
                at_a = (sample, *i) if of.per_sample else i
                at_b = (sample, *j) if wrt.per_sample else j
                wanted, smooth = (row[at_a] for row in rows[at_b])
                if not smooth:
                    continue
                entry = traced.value(
                    f"d({name}{brackets(first if of.per_sample else (), i)})/"
                    f"d({below}{brackets(first if wrt.per_sample else (), j)})"
                )
                close(entry, wanted, f"{text} at {i} {j}", 1e-5)
                if not of.per_sample and wrt.per_sample:
                    continue  # of a statistic of the batch the samples' parts stand behind its own
                row = () if not first else (first[0] - 1,)
                if whole.shape[len(row) :] == (*of.shape, *wrt.shape):
                    close(whole[(*row, *i, *j)], wanted, text, 1e-5)
                else:
                    assert whole.shape[len(row) :] == of.shape == wrt.shape, text
                    close(whole[(*row, *i)] if i == j else np.zeros(()), wanted, text, 1e-5)


def brackets(sample: tuple[int, ...], position: tuple[int, ...]) -> str:
    inside = (*sample, *(i + 1 for i in position))
    return f"[{','.join(map(str, inside))}]" if inside else ""


@pytest.mark.parametrize("name", NAMES)
def test_local_derivatives_of_examples(name: str) -> None:
    assert check_local(example(name)) > 1


@pytest.mark.parametrize("seed", range(100, 130))
def test_local_derivatives_of_random_networks(seed: int) -> None:
    assert check_local(api.trace(api.loads(network(seed).text))) > 1


@pytest.mark.parametrize("seed", range(40))
def test_random_graphs_by_name(seed: int) -> None:
    traced = api.trace(api.loads(random_graph(seed).text))
    assert check_gradients(traced) + check_local(traced) > 0


def test_a_whole_local_derivative_is_the_slope_or_the_whole_table() -> None:
    """σ′(z1) = a1(1 − a1) has the shape of z1; ∂z2/∂a1 is W2; ∂loss/∂a2 is the gradient."""
    traced = example("mazur")
    a1 = traced.value("a1")
    close(traced.value("da1/dz1"), a1 * (1 - a1), "da1/dz1", 1e-15)
    close(traced.value("dz2/da1"), traced.value("W2"), "dz2/da1", 1e-15)
    close(traced.value("dloss/da2"), traced.gradient("a2"), "dloss/da2", 0)
    softmax = example("softmax_relu")
    p = softmax.value("a2")
    close(softmax.value("da2/dz2"), np.diag(p) - np.outer(p, p), "softmax", 1e-15)
    assert float(softmax.value("da2[1]/dz2[2]")) == pytest.approx(-p[0] * p[1])


# -- after one step


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rate", [0.25, "1/4"])
def test_after_one_step(name: str, rate: float | str) -> None:
    """θ − η ∂loss/∂θ, of the whole and of an entry; without a rate it is refused."""
    graph = backprop_cli.load(config(name))
    traced = api.trace(graph, learning_rate=rate)
    for parameter in graph.parameters:
        whole = traced.value(f"{parameter}'")
        close(whole, traced.value(parameter) - 0.25 * traced.gradient(parameter), parameter, 1e-14)
        for position, at in entries(whole.shape):
            assert traced.value(f"{parameter}'{at}") == whole[position]
    with pytest.raises(UnknownName, match=r"learning_rate=0\.1"):
        api.trace(graph).value(f"{next(iter(graph.parameters))}'")


@pytest.mark.parametrize("name", NAMES)
def test_the_rate_of_the_file_is_known_by_its_name(name: str) -> None:
    stated = read_network(config(name)).learning_rate
    parameter = next(iter(example(name).graph.parameters))
    if stated is None:
        with pytest.raises(UnknownName, match="no learning rate"):
            example(name).value(f"{parameter}'")
        return
    given_to = api.trace(api.load(config(name)), learning_rate=stated.text)
    close(example(name).value(f"{parameter}'"), given_to.value(f"{parameter}'"), parameter, 0)


def test_exact_numbers_after_a_step_and_between_neighbours() -> None:
    traced = api.trace(config("multiply"), exact=True, learning_rate="1/3")
    for parameter in traced.graph.parameters:
        float_value = example("multiply").value(parameter)
        float_slope = example("multiply").gradient(parameter)
        found = traced.value(f"{parameter}'")
        assert found.dtype == object
        close(found.astype(float), float_value - float_slope / 3, parameter, 1e-12)


# -- what is no name


@pytest.mark.parametrize("name", LAYERED)
def test_a_misspelt_name_is_told_the_nearest(name: str) -> None:
    traced = example(name)
    graph = traced.graph
    for plain, ref in known_refs(graph).items():
        for right in (plain, plain_name(ref.grad())):
            for wrong in (f"{right}q", f"q{right}", right.replace("loss", "lsos")):
                if wrong != right:
                    with pytest.raises(UnknownName) as caught:
                        traced.value(wrong)
                    assert caught.value.problem.cure, wrong
                    assert caught.value.problem.cure in str(caught.value)
    shown = traced.value("W1").shape if "W1" in graph.parameters else ()
    if shown:
        ones = ",".join("1" for _ in shown)
        with pytest.raises(UnknownName, match=rf"W1 runs from W1\[{ones}\] to"):
            traced.value(f"W1[{shown[0] + 1}{ones[1:]}]")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("dz2/dz1", "z2 is not computed from z1 in one step: it is computed from a1, W2, b2"),
        ("dW1/dz1", "W1 is not computed from z1 in one step: it is given"),
        ("da1/dzz1", "there is no 'zz1' in this network: did you mean 'z1'?"),
        ("ddelta1/dz1", "no 'delta1'|is a gradient"),
        ("dloss/ddelta1", "is a gradient itself"),
        ("da1[3]/dz1", "a1 runs from"),
        ("dy", "no gradient is taken with respect to the target"),
        ("z1'", "only parameters"),
        ("W1''", "is not a name"),
    ],
)
def test_what_no_number_answers_is_said(asked: str, says: str) -> None:
    with pytest.raises(UnknownName, match=says):
        example("mazur").value(asked)


def test_a_name_that_is_none_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="did you mean 'delta1'"):
        example("mazur").value("detla1")


@settings(max_examples=300)
@given(st.text("zaWbxydlots0123456789[](),/'. C\u2202", max_size=12))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    for name in ("mazur", "xor_batch", "diamond"):
        for ask in (example(name).value, example(name).gradient):
            try:
                found = ask(text)
            except UnknownName:
                continue
            assert np.isfinite(found).all()


# -- what there is besides numbers


def test_without_influence_a_gradient_is_zero_of_the_same_shape() -> None:
    traced = api.trace(
        api.loads(
            "input: [1, 2]\ntarget: [1]\nloss: squared_error\nlayers:\n"
            "  - {name: dead, weights: [[1, 2], [3, 4], [5, 6]], bias: none}\n"
            "  - {from: input, weights: [[1, 1]], bias: none}\n"
        )
    )
    for name in ("z1", "a1", "W1"):
        assert traced.gradient(name).shape == traced.value(name).shape
        assert not traced.gradient(name).any()


def test_a_network_without_loss_has_values_and_a_document() -> None:
    traced = api.trace(api.loads("input: [1]\nlayers: [{weights: [[2]], bias: [1]}]"))
    assert traced.value("z1").tolist() == [3.0]
    assert "Forward" in traced.text()
    for ask in ("dW1", "d(z1)"):
        with pytest.raises(UnknownName, match="no loss"):
            traced.value(ask)


def test_numbers_that_were_handed_out_may_be_changed() -> None:
    traced = api.trace(config("mazur"))
    for name in ("W1", "dW1", "W1[1,1]", "W1'"):
        before = traced.value(name).copy()
        traced.value(name)[...] = 99
        assert (traced.value(name) == before).all()


def test_the_letters_are_the_files_own_and_an_unknown_notation_is_refused() -> None:
    for name in NAMES:
        own = read_network(config(name)).notation
        wanted = own.name if own is not None else "standard"
        assert api.trace(config(name)).text() == api.trace(config(name), notation=wanted).text()
    with pytest.raises(Refusal, match="no notation 'bishopp'"):
        api.derive(config("mazur"), notation="bishopp")


def test_the_probabilities_of_a_loss_of_scores_have_a_name() -> None:
    """p = softmax of the scores, by hand: e^1/(e^1 + e^0) of two."""
    text = "input: [1]\ntarget: {class: 1}\nloss: softmax_cross_entropy\n"
    traced = api.trace(api.loads(text + "layers: [{weights: [[1], [0]], bias: none}]\n"))
    assert traced.value("p") == pytest.approx([0.7310585786300049, 0.2689414213699951])
    with pytest.raises(UnknownName, match="softmax of a1"):
        traced.gradient("p")


def test_what_is_no_network_is_told_how_one_is_made() -> None:
    with pytest.raises(TypeError, match=r"not a dict: loads\(\) makes a graph"):
        backprop_cli.trace({"input": [1]})  # type: ignore[arg-type]


def test_what_is_set_is_as_if_the_file_had_it() -> None:
    """Numbers, texts, lists and arrays; refused as --set refuses."""
    changes: dict[str, object] = {
        "W1[1,2]": 0.7,
        "x": np.array([1.5, -2e-7]),
        "b1": 0,
        "W2": [["1/2", 2], [Fraction(3), np.float64(4)]],
    }
    traced = backprop_cli.trace(config("mazur"), set=changes)
    assert traced.value("W1").tolist() == [[0.15, 0.7], [0.25, 0.3]]
    assert traced.value("x").tolist() == [1.5, -2e-7]
    assert traced.value("W2").tolist() == [[0.5, 2], [3, 4]]
    z1 = traced.value("W1") @ traced.value("x")
    assert traced.value("a1") == pytest.approx(1 / (1 + np.exp(-z1)))
    with pytest.raises(Refusal, match="W1: it has 2 × 2 entries"):
        backprop_cli.trace(config("mazur"), set={"W1": 3})
