"""``optimizer`` in the network file: what is wrong with it is said with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from backprop_cli.functions.optimizers import OPTIMIZERS
from backprop_cli.problems import Refusal

from ..commands.running import printed
from ..descending import of_text

BODY = (
    "input: [1]\ntarget: [1]\nloss: huber\nlearning_rate: 1\nlayers: [{weights: [[1]], bias: 0}]\n"
)


@pytest.mark.parametrize(
    ("optimizer", "said"),
    [
        ("[adam]", "optimizer: a name is expected, not a list"),
        ("Adam", "did you mean 'adam'?"),
        ("{}", "optimizer: 'type' is missing"),
        ("{type: adm}", "did you mean 'adam'?"),
        ("{type: adam, lr: 0.1}", "write 'learning_rate:' at the top level"),
        ("{type: adam, beta1: 1}", "from 0 and below 1 is expected, not '1'"),
        ("{type: adam, eps: 1e-8}", "did you mean 'epsilon'?"),
        ("{type: adam, momentum: 0.9}", "optimizer (adam): there is no key 'momentum'"),
        ("{type: sgd, clip: 0}", "clip: a number above 0 is expected"),
        ("{type: sgd, clip: 1, clip_norm: 1}", "both 'clip' and 'clip_norm'"),
        ("{type: sgd, weight_decay: -1}", "weight_decay: a number from 0 is expected"),
        ("{type: sgd, freeze: {b1: 1}}", "freeze: a list of names is expected"),
        ("{type: sgd, freeze: [b7]}", "net.yaml:6:33: freeze: there is no 'b7'"),
        ("{type: sgd, freeze: [z1]}", "freeze: z1 is no parameter"),
        ("{type: sgd, batch_size: 0}", "batch_size: a whole number above 0 is expected"),
        ("{type: sgd, batch_size: 2}", "optimizer: batch_size 2: there is 1 sample"),
        ("{type: sgd, steps: -1}", "steps: a whole number from 0 is expected"),
        ("{type: sgd, state: {v: {W1: [[0]]}}}", "sgd keeps nothing"),
        ("{type: adam, state: {u: {W1: [[0]]}}}", "adam keeps m and v"),
        ("{type: adam, state: {m: {W7: [[0]]}}}", "there is no parameter 'W7'"),
        ("{type: adam, state: {m: {W1: [0, 0]}}}", "state: 2 for W1, which has 1 × 1"),
        ("{type: adam, state: {m: 3}}", "m: an array a parameter is expected"),
        ("{type: adam, state: 3}", "state: a mapping is expected, not '3'"),
    ],
)
def test_each_fault_is_said(optimizer: str, said: str) -> None:
    with pytest.raises(Refusal) as caught:
        of_text(f"{BODY}optimizer: {optimizer}\n")
    assert said in str(caught.value)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_name_alone_is_the_optimizer_with_its_usual_settings(name: str, tmp_path: Path) -> None:
    """It descends as the mapping does, and what it writes goes on from there."""
    said = [f"{BODY}optimizer: {text}\n" for text in (name, f"{{type: {name}}}")]
    assert of_text(said[0]).plan == of_text(said[1]).plan
    written = []
    for text in said:
        net = tmp_path / "net.yaml"
        net.write_text(text, encoding="utf-8")
        printed("step", str(net), "-o", str(tmp_path / "next.yaml"))
        written.append((tmp_path / "next.yaml").read_text(encoding="utf-8"))
    assert written[0] == written[1]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_setting_can_be_written(name: str) -> None:
    entry = OPTIMIZERS[name]
    chosen = ", ".join(f"{s.name}: 0.25" for s in entry.settings)
    plan = of_text(f"{BODY}optimizer: {{type: {name}, {chosen}}}\n").plan
    assert set(plan.settings.values()) == {"0.25"}
    assert plan.optimizer is entry
