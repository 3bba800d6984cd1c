"""Normalizations, dropout, embeddings and positions that do not fit: where, what, and the cure."""

from __future__ import annotations

import pytest

from backprop_cli.api import loads
from backprop_cli.graph.as_graph import weights_as_nodes
from backprop_cli.passes.run import run
from backprop_cli.problems import Refusal

BATCH = "input: [[1, 2], [3, 4]]\ntarget: [[1], [0]]\nloss: squared_error\nlayers:\n"
ONE = "input: [1, 2]\ntarget: [1]\nloss: squared_error\nlayers:\n"
STEPS = "sample_shape: [2, 2]\ninput: [[1, 2], [3, 4]]\ntarget: [[1], [0]]\n"
STEPS += "loss: squared_error\nlayers:\n"
END = "  - {weights: [[1, 2]], bias: none}\n"
TABLE = "words: 3, units: 2, weights: {init: ones}"
HELD = "scale: 1, shift: 0"
CASES = {
    "an image read by a dense layer": (
        "input: [[1, 2, 0], [0, 1, 2], [2, 0, 1]]\ntarget: [1]\nloss: squared_error\nlayers:\n"
        "  - {type: conv2d, kernel: 2, filters: 2}\n  - {units: 1}\n",
        "2:9: target: 1 value, but the output is 2 × 2 × 1",
        "give 2 × 2 × 1: it is shaped as the output; to answer with a vector, put 'type: flatten' "
        "before the first dense layer",
    ),
    "a word that there is not": (
        ONE.replace("input: [1, 2]", "input: [1, 3]")
        + "  - {type: embedding, TABLE, pool: sum}\n"
        + END,
        "1:8: input[2]: there is no word 3",
        "3 words are counted from 0 to 2",
    ),
    "a word that is no whole number": (
        ONE.replace("input: [1, 2]", "input: [1, 0.5]")
        + "  - {type: embedding, TABLE, pool: sum}\n"
        + END,
        "1:8: input[2]: 0.5 is no whole number",
        "an embedding reads the numbers of words, from 0",
    ),
    "a word below 0": (
        ONE.replace("input: [1, 2]", "input: [1, -1]")
        + "  - {type: embedding, TABLE, pool: sum}\n"
        + END,
        "1:8: input[2]: there is no word -1",
        "3 words are counted from 0 to 2",
    ),
    "an embedding of what a layer computes": (
        ONE + "  - {weights: [[1, 2]], bias: none}\n  - {type: embedding, TABLE}\n",
        "6:5: an embedding reads numbers of words, not what a layer computes",
        "let it read the input: 'from: input', one number a word",
    ),
    "an embedding without a size": (
        ONE + "  - {type: embedding, words: 3}\n" + END,
        "5:5: layer 1: the size of the table is not known",
        "add 'units:', or 'weights:'",
    ),
    "an embedding whose table says otherwise": (
        ONE + "  - {type: embedding, words: 3, weights: [[1, 2], [3, 4]]}\n" + END,
        "5:42: weights: 2 rows, but 'words' says 3",
        "give 3 rows, or words: 2",
    ),
    "an embedding with a flat table": (
        ONE + "  - {type: embedding, weights: [1, 2]}\n" + END,
        "5:32: weights: a row a word is expected",
        "such as [[0.1, 0.2], [0.3, 0.4]]",
    ),
    "a mask of another shape": (
        BATCH + "  - {type: dropout, rate: 0.5, mask: [1, 0]}\n" + END,
        "5:38: mask: 2 values, but 2 × 2 are needed",
        "give 2 × 2",
    ),
    "a mask of other numbers": (
        ONE + "  - {type: dropout, rate: 0.5, mask: [1, 0.5]}\n" + END,
        "5:38: mask[2]: 0.5 is neither 0 nor 1",
        "1 keeps a value, 0 drops it",
    ),
    "a rate of 1": (
        ONE + "  - {type: dropout, rate: 1}\n" + END,
        "5:27: rate: a number from 0 and below 1 is expected, not '1'",
        "0.2 drops a fifth of the values",
    ),
    "a rate below 0": (
        ONE + "  - {type: dropout, rate: -0.1}\n" + END,
        "5:27: rate: a number from 0 and below 1 is expected, not '-0.1'",
        "0.2 drops a fifth of the values",
    ),
    "a mask by a scheme": (
        ONE + "  - {type: dropout, mask: {init: ones}}\n" + END,
        "5:27: mask: no scheme draws a mask",
        "give 0 and 1, or leave it out: it is then drawn from 'seed'",
    ),
    "a mask where nothing is dropped": (
        ONE + "  - {type: dropout, mode: eval, mask: [1, 0]}\n" + END,
        "5:39: mask: 'mode: eval' drops nothing",
        "remove it, or say 'mode: train'",
    ),
    "a batch of one": (
        ONE + "  - {type: batch_norm, HELD}\n" + END,
        "5:5: batch_norm: 1 value to average over, which has no variance",
        "give two samples or more, or 'mode: eval' with running_mean and running_var",
    ),
    "a scale of another length": (
        BATCH + "  - {type: batch_norm, scale: [1, 2, 3], shift: 0}\n" + END,
        "5:31: scale: 3 values, but this layer has 2 units",
        "give 2 values",
    ),
    "running numbers that are missing": (
        ONE + "  - {type: batch_norm, mode: eval, HELD, running_mean: [0, 0]}\n" + END,
        "5:5: layer 1: 'mode: eval' needs 'running_var'",
        "give what was averaged in training, a number for each unit",
    ),
    "a running variance below 0": (
        ONE
        + "  - {type: batch_norm, mode: eval, HELD, running_mean: 0, running_var: [1, -2]}\n"
        + END,
        "5:86: running_var[2]: -2 is no variance",
        "a mean of squares is never negative",
    ),
    "running numbers in training": (
        BATCH + "  - {type: batch_norm, HELD, running_mean: [0, 0]}\n" + END,
        "5:58: running_mean: the batch's own is used in training",
        "remove it, or say 'mode: eval'",
    ),
    "a mode that there is not": (
        BATCH + "  - {type: batch_norm, mode: test, HELD}\n" + END,
        "5:30: mode: 'test' is not one of its values",
        "known: eval, train",
    ),
    "an epsilon below 0": (
        BATCH + "  - {type: layer_norm, epsilon: -1, HELD}\n" + END,
        "5:33: epsilon: a number from 0 is expected, not '-1'",
        "give a number from 0",
    ),
    "a layer norm of one value": (
        ONE.replace("input: [1, 2]", "input: [1]")
        + "  - {type: layer_norm, HELD}\n  - {weights: [[1]], bias: none}\n",
        "5:5: layer_norm: 1 value to average over, which has no variance",
        "give the layer below two units or more, or leave this one out",
    ),
    "a normalization of two layers": (
        ONE
        + "  - {name: p, weights: [[1, 2]], bias: none}\n"
        + "  - {type: rms_norm, from: [p, input], scale: 1, shift: none}\n",
        "6:29: rms_norm has one input, not 2",
        "join them first with 'type: concat' or 'type: add'",
    ),
    "positions of a vector": (
        ONE + "  - {type: positions, kind: sinusoidal}\n" + END,
        "5:5: positions are added to a sequence, steps × units, not to 2 values",
        "such as what an embedding without 'pool' gives, or an input of rows",
    ),
    "positions that are given and learnt": (
        STEPS + "  - {type: positions, kind: sinusoidal, weights: [[1, 2], [3, 4]]}\n" + END,
        "6:50: positions: both 'kind' and 'weights'",
        "keep one: 'weights' are learnt, 'kind: sinusoidal' is given",
    ),
    "positions of another length": (
        STEPS + "  - {type: positions, weights: [[1, 2]]}\n" + END,
        "6:32: weights: 1 × 2, but 2 × 2 are needed",
        "give 2 × 2",
    ),
    "gamma for scale": (
        BATCH + "  - {type: batch_norm, gamma: [1, 2], shift: none}\n" + END,
        "5:24: layer 1 (batch_norm): there is no key 'gamma'",
        "did you mean 'scale'?",
    ),
    "images of words": (
        "sample_shape: [1, 2]\ninput: [[1, 2]]\ntarget: [[1]]\nloss: squared_error\nlayers:\n"
        + "  - {type: embedding, TABLE}\n"
        + END,
        "6:5: an embedding reads a list of words",
        "a sample is one list, a number a word",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_where_and_what_and_the_cure(name: str) -> None:
    text, message, cure = CASES[name]
    with pytest.raises(Refusal) as caught:
        loads(text.replace("TABLE", TABLE).replace("HELD", HELD))
    (problem,) = caught.value.problems
    place = problem.place
    assert place is not None
    assert f"{place.line}:{place.column}: {problem.message}" == message
    assert problem.cure == cure


def test_a_variance_of_0_is_named() -> None:
    text = BATCH.replace("[3, 4]", "[1, 4]") + "  - {type: batch_norm, epsilon: 0, HELD}\n" + END
    with pytest.raises(Refusal) as caught:
        run(loads(text.replace("HELD", HELD)))
    (problem,) = caught.value.problems
    said = (
        "xhat1 in layer 1 is not defined: a variance is 0, and 'epsilon' too: 1e-5 keeps it defined"
    )
    assert problem.message == said


def test_what_a_layer_lacks_is_said_once_also_of_its_graph() -> None:
    graph = loads(ONE + "  - {type: rms_norm, shift: 0}\n" + END)
    for each in (graph, weights_as_nodes(graph)):
        with pytest.raises(Refusal) as caught:
            run(each)
        (problem,) = caught.value.problems
        assert problem.message == "gamma1 has no numbers"
        assert problem.cure == "add 'scale:' (2 numbers), or 'scale: none'"
