"""Sweeps: many points in one pass give what a pass a point gives; parts make up the whole."""

from __future__ import annotations

import math
import pickle
import random
from pathlib import Path

import numpy as np
import pytest

import backprop_cli
from backprop_cli.api import load, loads
from backprop_cli.expression.refs import plain_name
from backprop_cli.graph.records import Graph
from backprop_cli.passes.run import run
from backprop_cli.passes.sweep import passes
from backprop_cli.passes.sweep.grid import grid_of
from backprop_cli.passes.sweep.passes import Array, subject_of, values_at
from backprop_cli.passes.sweep.records import Swept, merged
from backprop_cli.problems import Refusal
from backprop_cli.worked.entry_steps import positions
from backprop_cli.worked.trace.options import changed
from backprop_cli.worked.view import View

from ..commands.running import NAMES, config
from ..graph.random_graphs import random_graph

POINTS = (-1.5, 0.25, 2.0)


def swept(graph: Graph, over: tuple[str, ...], of: str | None = None) -> Array:
    subject = subject_of(graph, grid_of(graph, over, of))
    return values_at(subject, range(subject.grid.size))


def one_by_one(graph: Graph, name: str, of: str | None) -> list[float]:
    """Return the values by changing the network for each point and tracing it."""
    ref = subject_of(graph, grid_of(graph, (f"{name}=0,1",), of)).ref
    found = []
    for value in POINTS:
        try:
            there = changed(graph, (f"{name}={value!r}",))
            trace = run(there, asked=(ref,) if ref.gradient else ())
            found.append(float(trace.array(ref)))
        except Refusal:
            found.append(math.nan)
    return found


def entries_of(graph: Graph) -> list[tuple[str, str]]:
    """Return one entry of each parameter, and its gradient's name."""
    chosen = random.Random(7)
    found = []
    for number in graph.parameters.values():
        ref = graph.nodes[number].ref
        every = list(positions(graph, ref, View(full=True)))
        at = ref.at(*chosen.choice(every)) if every and graph.nodes[number].shape else ref
        name, gradient = (plain_name(each, graph.in_out) for each in (at, at.grad()))
        in_brackets = name.replace(ref.part, f"({ref.part})", 1)  # dx1 could be a gradient
        found.append((name if graph.layered else in_brackets, gradient))
    return found


def check(graph: Graph, entries: list[tuple[str, str]]) -> None:
    for number, (name, _) in enumerate(entries):
        of = (None, entries[0][1])[number % 2]
        over = f"{name}={','.join(map(repr, POINTS))}"
        wanted = one_by_one(graph, name, of)
        scale = np.nanmax(np.abs([*wanted, 1.0]))
        np.testing.assert_allclose(swept(graph, (over,), of), wanted, 1e-11, 1e-13 * scale)


@pytest.mark.parametrize("name", NAMES)
def test_of_every_example(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = load(config(name))
    monkeypatch.setattr(passes, "value_at", None)  # no point needs a pass of its own
    monkeypatch.setattr(passes, "MOST_WORK", 10**9)
    check(graph, entries_of(graph)[:4])


@pytest.mark.parametrize("seed", range(12))
def test_of_random_graphs(seed: int) -> None:
    graph = loads(random_graph(seed).text)
    if not graph.nodes[graph.output].shape:
        check(graph, entries_of(graph)[:4])


def test_of_a_wide_network_by_passes_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "MOST_WORK", 0)
    monkeypatch.setattr(passes, "stacked", None)
    graph = load(config("mazur"))
    check(graph, entries_of(graph))


def test_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = load(config("xor_batch"))
    over = ("W1[1,1]=-2:2:7", "x[3,2]=0:1:5")
    whole = swept(graph, over)
    monkeypatch.setattr(passes, "MOST_AT_ONCE", 4)
    np.testing.assert_array_equal(swept(graph, over), whole)


def test_where_a_pass_is_refused_there_is_no_value() -> None:
    graph = loads("variables: {x: 2, y: 3}\ngraph: {a: ln(x), o: a*y}\n")
    found = swept(graph, ("x=-1,0,1",), "d(x)")
    assert np.isnan(found).tolist() == [True, True, False]
    assert found[2] == 3


def test_an_overflow_inside_is_refused_as_in_a_trace() -> None:
    graph = loads("variables: {x: 2}\ngraph: {a: exp(x), o: 1/a}\n")
    assert np.isnan(swept(graph, ("x=1,800",))).tolist() == [False, True]


@pytest.mark.parametrize(
    "graph",
    [
        "variables: {x: 2, v: [1, 2]}\ngraph: {w: x*v, o: max(w)}\n",
        "variables: {x: 2, E: [[1, 2], [3, 4]]}\ngraph: {w: E*x, o: sum(w)**x}\n",
    ],
)
def test_what_is_decided_by_comparing(graph: str) -> None:
    check(loads(graph), [("x", "d(x)")])


def test_outputs_that_the_loss_cannot_read() -> None:
    graph = loads(
        "input: [1]\ntarget: [1]\nloss: binary_cross_entropy\n"
        "layers: [{weights: [[1]], bias: [0]}]\n"
    )
    found = swept(graph, ("W1[1,1]=-1,0.5,2",))
    np.testing.assert_allclose(found, [math.nan, math.log(2), math.nan])


# -- parts


def parts_of(count: int) -> list[tuple[str, Swept]]:
    over = ("W1[1,1]=-1:1:5", "W1[1,2]=-1:1:3")
    name = config("sigmoid_neuron")
    made = [backprop_cli.sweep(name, *over, part=(n, count)) for n in range(1, count + 1)]
    return [(f"part-{n}", part) for n, part in enumerate(made, 1)]


@pytest.mark.parametrize("count", [1, 2, 7, 15])
def test_parts_make_up_the_whole(count: int) -> None:
    ((_, whole),) = parts_of(1)
    parts = parts_of(count)
    random.Random(1).shuffle(parts)
    np.testing.assert_array_equal(merged(parts).array, whole.array)
    assert sum(len(part.values) for _, part in parts) == 15


def test_a_part_goes_to_another_process() -> None:
    part = pickle.loads(pickle.dumps(parts_of(2)[0][1]))
    assert isinstance(part, Swept)
    assert part.part == (1, 2)
    assert pickle.loads(pickle.dumps(backprop_cli.sweep)) is backprop_cli.sweep


def test_parts_that_are_not_one_whole() -> None:
    parts = parts_of(3)
    with pytest.raises(Refusal, match="1 of 3 parts missing: 2"):
        merged([parts[0], parts[2]])
    with pytest.raises(Refusal, match="part 1/3 again, after part-1"):
        merged([parts[0], ("again", parts[0][1])])
    with pytest.raises(Refusal, match="another number of parts"):
        merged([parts[0], parts_of(2)[1]])
    other = backprop_cli.sweep(config("sigmoid_neuron"), "W1[1,1]=-1:1:5", part=(2, 3))
    with pytest.raises(Refusal, match="another grid"):
        merged([parts[0], ("other", other)])


def test_on_dasks_own_cluster(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    name, over = config("mazur"), "W1[1,1]=-1:1:9"
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=False,
            dashboard_address=None,
            local_directory=str(tmp_path),
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        futures = client.map(lambda k: backprop_cli.sweep(name, over, part=(k, 4)), range(1, 5))
        whole = backprop_cli.merge(client.gather(futures))
    np.testing.assert_array_equal(whole.array, backprop_cli.sweep(name, over).array)
