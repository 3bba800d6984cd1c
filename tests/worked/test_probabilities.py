"""p = softmax(a) under softmax_cross_entropy: said once on a page, then used by its letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from backprop_cli.deriving import styles
from backprop_cli.expression.tree import Call, Div, Quantity
from backprop_cli.expression.walking import walk

from ..commands.running import printed
from ..page.capture import shown
from ..page.truth import chains_of

ONE = """\
input: [5.1, 3.5]
target: {class: 0}
loss: softmax_cross_entropy
layers:
  - {activation: relu, weights: [[1, 2], [0.5, -1]], bias: [0, 1]}
  - {weights: [[1, 2], [0.5, -1], [0, 0.25]], bias: [0, 0, 1]}
"""
BATCH = ONE.replace("[5.1, 3.5]", "[[5.1, 3.5], [1, 2]]").replace("class: 0", "class: [0, 2]")
STEPS = BATCH.replace("input:", "sample_shape: [2, 2]\ninput:")
COMMANDS = [
    ("trace",),
    ("trace", "--steps"),
    ("trace", "--wrt", "W1[1,1]"),
    ("trace", "--wrt", "da2"),
    ("worksheet",),
    ("worksheet", "--solution"),
    *(("derive", "--style", name) for name in styles()),
    ("derive", "--wrt", "W1[1,1]", "--numbers"),
]


@pytest.mark.parametrize("text", [ONE, BATCH, STEPS], ids=["one", "batch", "steps"])
def test_softmax_is_written_out_only_where_p_is_said(text: str, tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(text, encoding="utf-8")
    used = 0
    for command, *options in COMMANDS:
        made = shown(command, str(file), *options)
        assert made is not None
        for chain in chains_of(made.document):
            nodes = [node for form in chain.forms for node in walk(form)]
            used += any(isinstance(node, Quantity) and node.ref.part == "p" for node in nodes)
            divided = (node.numerator for node in nodes if isinstance(node, Div))
            if any(isinstance(top, Call) and top.function == "exp" for top in divided):
                first = chain.forms[0]
                assert isinstance(first, Quantity), (command, options)
                assert first.ref.part == "p", (command, options)
    assert used > 3 * len(COMMANDS)


@pytest.mark.parametrize(("asked", "heading"), [("p", "p, da2"), ("p[2]", "p[2], da2[2]")])
def test_what_was_asked_for_heads_the_section(asked: str, heading: str, tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(ONE, encoding="utf-8")
    assert f"  {heading} ━" in printed("trace", str(file), "--wrt", asked)
