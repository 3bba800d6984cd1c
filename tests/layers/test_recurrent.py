"""Recurrent layers: every gradient of random networks, published examples, speed of the walk."""

from __future__ import annotations

from pathlib import Path

import autograd.numpy as np
import pytest
from autograd import grad

from backprop_cli.api import loads
from backprop_cli.deriving import styles
from backprop_cli.deriving.derive_document import default_targets, derive_document
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Partial, Quantity
from backprop_cli.expression.walking import walk
from backprop_cli.graph.names import UnknownName
from backprop_cli.graph.resolving import resolve
from backprop_cli.passes.health.diagnosis import diagnose
from backprop_cli.passes.health.through_time import time_healths
from backprop_cli.passes.run import run
from backprop_cli.problems import Refusal
from backprop_cli.worked.view import View

from ..commands.running import run as command
from ..networks import MANY
from ..page.truth import chains_of
from .recurrent_networks import Drawn

SCALAR = """
input: [[1], [2], [3]]
target: [[0.5], [1], [1.5]]
loss: half_squared_error
layers:
  - {type: rnn, weights: [[0.5]], recurrent_weights: [[0.1]], bias: none}
"""
CHUNKS = [range(start, start + 25) for start in range(0, MANY, 25)]


@pytest.mark.parametrize("seeds", CHUNKS, ids=str)
def test_gradients_are_autograds(seeds: range) -> None:
    for seed in seeds:
        drawn = Drawn(seed)
        text = drawn.text()
        graph = loads(text)
        trace = run(graph)
        arrays = {"x": drawn.x, **drawn.arrays}
        wanted = grad(drawn.loss)(arrays)
        assert graph.loss is not None
        assert float(trace.values[graph.loss]) == pytest.approx(
            float(drawn.loss(arrays)), rel=1e-12
        )
        assert set(graph.parameters) == set(drawn.arrays), text
        for name, number in {"x": graph.number(Ref("x")), **graph.parameters}.items():
            found = trace.gradients[number]
            truth = wanted[name] * (drawn.samples if name == "x" else 1)
            assert name != "x" or found is None or past_ends(drawn, found) == 0
            found = np.zeros(truth.shape) if found is None else found
            assert np.abs(found - truth).max() <= 1e-9 * max(1, np.abs(truth).max()), (name, text)


def past_ends(drawn: Drawn, found: np.ndarray) -> float:
    """Return how large the largest number past the end of a sequence is."""
    rest = [np.abs(row[n:]).max(initial=0) for row, n in zip(found, drawn.lengths, strict=True)]
    return float(max(rest))


def test_a_padded_batch_is_its_sequences_one_by_one() -> None:
    """Its gradients are the mean of theirs; past their ends there is nothing."""
    top = "loss: half_squared_error\nlayers:\n"
    top += "  - {type: lstm, units: 2, weights: {init: normal, std: 1}, reverse: true,\n"
    top += "     recurrent_weights: {init: normal, std: 1}, bias: {init: uniform}}\n"
    top += "  - {type: gru, units: 1, weights: {init: normal, std: 1}, output: last,\n"
    top += "     recurrent_weights: {init: normal, std: 1}, bias: none}\n"
    rows, ends = [[[1.0], [-2.0], [0.5]], [[2.0], [9.0], [9.0]], [[-1.0], [0.5], [9.0]]], [3, 1, 2]
    batch = run(loads(f"input: {rows}\nlengths: {ends}\ntarget: [[1], [0], [-1]]\n{top}"))
    alone = [
        run(loads(f"input: {row[:end]}\ntarget: [{y}]\n{top}"))
        for row, end, y in zip(rows, ends, (1, 0, -1), strict=True)
    ]
    for number in batch.graph.parameters.values():
        mean = np.mean([each.gradients[number] for each in alone], axis=0)
        assert batch.gradients[number] == pytest.approx(mean, rel=1e-12)
    for layer in batch.graph.layers:
        for number in layer.cells[0].parts.values():
            for row, (one, end) in enumerate(zip(alone, ends, strict=True)):
                found, own = batch.values[number][row], one.values[number][0]
                if found.ndim == 2:
                    assert not found[end:].any()
                    found = found[:end]
                assert found == pytest.approx(own, rel=1e-12)


PADDED = """
input: [[[1], [2], [3]], [[-1], [7], [8]]]
lengths: [3, 1]
target: [[[0.5], [1], [1.5]], [[0], [5], [6]]]
loss: half_squared_error
layers:
  - {type: rnn, units: 1, weights: [[0.5]], recurrent_weights: [[0.1]], bias: none}
"""


def test_past_its_end_nothing_of_a_sequence_is_shown_or_asked(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(PADDED)
    net, key, blank = (str(tmp_path / name) for name in ("net.yaml", "key.yaml", "blank.yaml"))
    for page in (command("trace", net, "--steps").out, command("worksheet", net).out):
        assert "[2,1,1]" in page
        assert "[2,2,1]" not in page
        assert "3 and 1 steps" in " ".join(page.split())
    command("worksheet", net, "--solution", "-o", key)
    command("worksheet", net, "-o", blank)
    assert "15 right: 15 of 15 marks" in command("check", net, key).out
    assert "15 blank" in command("check", net, blank).out
    assert "passed" in command("gradcheck", net).out
    for kind in ("network", "computation"):
        picture = command("diagram", net, "--kind", kind, "--sample", "2").out
        assert "x⁽²⁾₁₁" in picture or "x₁₁" in picture
        assert "₂₁" not in picture
    assert "lengths" in command("trace", net, "--format", "json", "--per-sample").out


def test_the_mean_of_a_gate_is_over_the_steps_that_there_are() -> None:
    top = "loss: half_squared_error\nlayers:\n  - {type: lstm, units: 1, weights: {init: normal},"
    top += " recurrent_weights: {init: normal}, bias: {init: uniform}}\n"
    padded = "input: [[[1], [2]], [[-1], [9]]]\ntarget: [[[1], [0]], [[0], [9]]]\nlengths: [2, 1]\n"
    trace = run(loads(padded + top))
    (gate,) = time_healths(trace)[0].kept
    kept = gate.mean
    f = trace.values[trace.graph.layers[0].cells[0].parts["f"]]
    assert kept == pytest.approx((f[0, 0, 0] + f[0, 1, 0] + f[1, 0, 0]) / 3)


FADING = """
seed: 2
input: [[1], [0.5], [-1], [0.25], [2], [1]]
target: [1]
loss: half_squared_error
layers:
  - {{type: {type}, units: 2, weights: {{init: normal}},
     recurrent_weights: {{init: normal, std: {std}}}, bias: {bias}, output: last}}
  - {{units: 1, weights: [[1, 1]], bias: [0]}}
"""
OPENED = {
    "lstm": ("[0, 0, -1, -1, 0, 0, 0, 0]", "[0, 0, 0, 0, 0, 0, 0, 0]"),
    "gru": ("[0, 0, 0, 0, 0, 0]", "[0, 0, 1, 1, 0, 0]"),
}


@pytest.mark.parametrize("layer", ["recurrent", "lstm", "gru"])
def test_a_remedy_in_time_says_what_the_changed_file_has(layer: str) -> None:
    """The part of the last step's error that is said to be left is the one of the file it names."""
    before, after = OPENED.get(layer, ("[0, 0]", "[0, 0]"))
    text = FADING.format(type=layer, std=0.1, bias=before)
    found = diagnose(run(loads(text)))
    best = found.time_remedies[0]
    assert found.times[0].lost is not None
    changed = text.replace(f"bias: {before}", f"bias: {after}")
    if best.write:
        assert layer == "recurrent"
        changed = changed.replace("recurrent_weights: {init: normal, std: 0.1}", best.write)
    (health,) = diagnose(run(loads(changed))).times
    assert best.after == pytest.approx(health.steps[-1].product, rel=1e-12)
    assert best.after > 1.5 * best.before == 1.5 * found.times[0].steps[-1].product


def test_what_grows_back_in_time_is_halved_and_clipped() -> None:
    text = FADING.format(type="recurrent", std=9, bias="[0, 0]")
    found = diagnose(run(loads(text.replace("units: 2,", "units: 2, activation: identity,"))))
    assert found.times[0].steps[-1].product > 100
    assert [each.what for each in found.time_remedies if each.after < each.before]
    (halved,) = (each for each in found.time_remedies if each.what == "U1 halved")
    assert halved.after == pytest.approx(halved.before / 2**5, rel=1e-12)  # five steps back


RAGGED = """
input: [[[1], [2], [3]], [[4]]]
target: [[[1], [2], [3]], [[4], [5], [6]]]
loss: half_squared_error
layers:
  - {type: rnn, units: 1}
"""
LENGTHS = {
    "a ragged batch": ("", "input: sequences of several lengths: row 1 has 3, row 2 has 1 steps"),
    "too many": ("[1, 2, 3]", "lengths: 3 numbers for 2 sequences"),
    "too long": ("[3, 4]", "lengths: 4, but the sequences are written with 3 steps"),
    "none": ("[3, 0]", "lengths"),
}


@pytest.mark.parametrize("case", LENGTHS)
def test_lengths_that_do_not_fit(case: str) -> None:
    lengths, said = LENGTHS[case]
    text = RAGGED
    if lengths:
        text = f"lengths: {lengths}" + RAGGED.replace("[[4]]", "[[4], [0], [0]]")
    with pytest.raises(Refusal) as refused:
        loads(text)
    assert said in str(refused.value)
    assert lengths or "lengths: [3, 1]" in str(refused.value)


@pytest.mark.parametrize("kind", ["{type: attention, units: 1, output: none}", "{type: flatten}"])
def test_layers_that_would_read_the_padding(kind: str) -> None:
    text = "lengths: [3, 1]" + RAGGED.replace("[[4]]", "[[4], [0], [0]]") + f"  - {kind}\n"
    with pytest.raises(Refusal, match="reads all steps together"):
        loads(text)


def test_the_way_back_in_time() -> None:
    """The factors are those of ∂h_t/∂h_{t−1}, and no larger than the bound."""
    graph = loads(SCALAR)
    (health,) = time_healths(run(graph))
    trace = run(graph)
    a = trace.values[graph.layers[0].a][0, :, 0]
    factors = [abs(0.1 * (1 - each**2)) for each in a[:0:-1]]
    assert [each.factor for each in health.steps[1:]] == pytest.approx(factors)
    assert health.bound == pytest.approx(0.1)
    assert max(factors) <= 0.1
    assert health.lost == 1


def test_what_a_truncation_leaves_out() -> None:
    graph = loads(SCALAR.replace("bias: none", "bias: none, truncate: 1"))
    (health,) = time_healths(run(graph))
    parts = {ref.part: part for ref, part in health.cut}
    whole, cut = (
        run(loads(text)) for text in (SCALAR, SCALAR.replace("none", "none, truncate: 1"))
    )
    for part, share in parts.items():
        number = graph.number(Ref(part, 1))
        full, rest = whole.gradients[number], cut.gradients[number]
        assert full is not None
        assert rest is not None
        assert share == pytest.approx(float(np.abs(full - rest).sum() / np.abs(full).sum()))


def test_a_long_page_is_elided(tmp_path: Path) -> None:
    """A page of a thousand steps has as many lines as one of a hundred, about."""
    lines = []
    for steps in (100, 1000):
        rows = ", ".join(f"[{(i % 7) / 7}]" for i in range(steps))
        text = f"input: [{rows}]\ntarget: [{rows}]\nloss: squared_error\nlayers:\n"
        text += "  - {type: gru, units: 1, weights: {init: normal}, "
        text += "recurrent_weights: {init: normal}, bias: {init: zeros}}\n"
        (tmp_path / "net.yaml").write_text(text)
        lines.append(command("trace", str(tmp_path / "net.yaml")).out.count("\n"))
    assert lines[1] < 1.1 * lines[0] < 1000


BAD = {
    "rows that are no multiple of the gates": (
        "{type: lstm, weights: [[1], [1], [1], [1], [1], [1], [1]]}",
        "weights: 7 rows, which is no multiple of 4 gates",
        "as many for each of i, f, g, o, in that order",
    ),
    "an unknown gate": (
        "{type: lstm, units: 1, weights: {i: [[1]], f: [[1]], c: [[1]], o: [[1]]}}",
        "weights: there is no key 'c'",
        "did you mean 'g'?",
    ),
    "a gate that is missing": (
        "{type: gru, units: 1, bias: {r: [1], u: [1]}}",
        "bias: n is missing",
        "an array for each of r, u, n",
    ),
    "truncate: 0": (
        "{type: rnn, units: 1, truncate: 0}",
        "truncate: a whole number above 0 is expected, not '0'",
        "such as 3",
    ),
    "joined and weights": (
        "{type: rnn, joined: [[1, 2]], weights: [[1]]}",
        "both 'joined' and 'weights'",
        "keep one of the two",
    ),
    "recurrent weights of another size": (
        "{type: rnn, units: 2, recurrent_weights: [[1]]}",
        "recurrent_weights: 1 × 1, but 2 units that read 2 take 2 × 2",
        "give 2 × 2",
    ),
    "softmax in a cell": (
        "{type: gru, units: 2, activation: softmax}",
        "activation: softmax takes all units together",
        "a function of each entry by itself",
    ),
    "units nowhere": ("{type: rnn}", "layer 1: the number of units is not known", "add 'units:'"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_has_its_place_and_its_cure(name: str) -> None:
    layer, message, cure = BAD[name]
    with pytest.raises(Refusal) as caught:
        loads(f"input: [[1], [2]]\nlayers:\n  - {layer}\n")
    problem = caught.value.problems[0]
    assert problem.message == message
    assert problem.cure.startswith(cure)
    assert problem.place is not None


def test_targets_and_sequences_that_do_not_fit() -> None:
    head = "loss: squared_error\nlayers: [{type: rnn, units: 1}]\n"
    for data, message in (
        ("input: [[1], [2, 3]]\ntarget: [[1], [2]]", "row 2 has 2 values"),
        ("input: [[1], [2]]\ntarget: [[1], [2], [3]]", "target: 3 × 1, but the output is 2 × 1"),
        ("input: [1, 2]\ntarget: [1]", "a sample is nested 2 deep here"),
        ("input: [[1], [2]]\ntarget: [[~], ~]", "target"),
    ):
        with pytest.raises(Refusal) as caught:
            loads(f"{data}\n{head}")
        assert message in str(caught.value), str(caught.value)


@pytest.mark.parametrize("kind", ["recurrent", "lstm", "gru"])
@pytest.mark.parametrize("output", ["all", "last"])
def test_a_general_step_reads_no_error_before_it_is_said(kind: str, output: str) -> None:
    target = "[1]" if output == "last" else "[[1], [0]]"
    graph = loads(
        f"input: [[1], [2]]\ntarget: {target}\nloss: half_squared_error\nlayers:\n"
        f"  - {{type: {kind}, units: 1, output: {output}}}\n"
    )
    wanted = tuple(ref.of() for ref in default_targets(graph))
    for style in ("leibniz", "matrix"):
        said: set[str] = set()
        document = derive_document(graph, None, styles()[style], wanted, View())
        for chain in chains_of(document):
            own, *forms = chain.forms
            read = [leaf for form in forms[-1:] for leaf in walk(form)]
            apart = {leaf.of.part for leaf in read if isinstance(leaf, Partial)}
            assert apart <= {"cost"} or not isinstance(own, Quantity)
            used = {leaf.ref for leaf in read if isinstance(leaf, Quantity) and leaf.ref.gradient}
            now = {ref.part for ref in used if "t" in ref.index or not ref.index}
            if chain.target is not None and chain.target.gradient:
                assert now - {chain.target.part} <= said, (style, own)
                said.add(chain.target.part)


def test_the_names_of_a_layer_of_gates_are_said() -> None:
    graph = loads(
        "input: [[1], [2]]\ntarget: [[1], [0]]\nloss: half_squared_error\nlayers:\n"
        "  - {type: lstm, units: 1}\n"
    )
    for name, has in (("W1", "Wi1, Wf1, Wg1, Wo1"), ("delta1", "dzi1, dzf1, dzg1, dzo1")):
        with pytest.raises(UnknownName) as refused:
            resolve(name, graph)
        assert refused.value.problem.cure.endswith(f": it has {has}")


def test_a_target_of_one_step_is_told_of_the_last_one() -> None:
    text = "input: [[1], [2]]\ntarget: [1]\nloss: half_squared_error\n"
    text += "layers:\n  - {type: lstm, units: 1%s}"
    with pytest.raises(Refusal) as refused:
        loads(text % "")
    assert "write output: last" in refused.value.problems[0].cure
    loads(text % ", output: last")
