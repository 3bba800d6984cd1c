"""What an attention layer does not take: each fault with its place and its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..commands.running import refused

HEAD = """\
input: [[1, 0.5, 2], [2, -1, 0]]
target: [[1, 0], [0.5, 0.5]]
loss: half_squared_error
layers:
"""
GOOD = {
    "query": "[[1, 0, 1], [0, 1, 0]]",
    "key": "[[1, 0, 1], [0, 1, 0]]",
    "value": "[[1, 0, 1], [0, 1, 0]]",
    "output": "none",
}


def layer(**changes: str) -> str:
    """Return a layer of the usual keys with some of them changed, a key a line."""
    keys = {**GOOD, **changes}
    lines = [f"    {key}: {value}" for key, value in keys.items() if value]
    return "\n".join(["  - type: attention", *lines]) + "\n"


CASES: dict[str, tuple[str, ...]] = {
    HEAD + layer(heads="3"): (
        "10:12: heads: 3 do not divide 2 units of query",
        "every head has as many units: 1, 2 would do",
    ),
    HEAD + layer(heads="0"): ("10:12: heads: a whole number above 0 is expected",),
    HEAD + layer(query="[[1, 0], [0, 1]]"): (
        "6:12: query: 2 columns, but it receives 3 values (from 'input')",
        "give 3 columns",
    ),
    HEAD + layer(query="[1, 2, 3]"): ("6:12: query: a list where a matrix is expected",),
    HEAD + layer(key="[[1, 0, 1]]"): (
        "7:10: key: 1 row, but the queries have 2 units",
        "give 2 rows",
    ),
    HEAD + layer(output="[[1, 0, 1], [0, 1, 0]]"): (
        "9:13: output: 3 columns, but the heads have 2 values together",
        "give 2 columns",
    ),
    HEAD + layer(units="3"): ("8:12: value: 2 rows, but 'units' says 3", "give 3 rows"),
    HEAD + layer(bias="{query: [1, 2, 3]}"): ("bias.query: 3 values, but this layer has 2 units",),
    HEAD + layer(bias="{output: [0, 0]}"): ("bias: 'output: none' has none",),
    HEAD + layer(bias="[0, 0]"): ("bias: a mapping is expected, not a list", "say whose it is"),
    HEAD + layer(bias="{queries: [0, 0]}"): (
        "there is no key 'queries'",
        "known: key, output, query, value",
    ),
    HEAD + layer(causal="maybe"): ("causal: true or false is expected, not 'maybe'", "write true"),
    HEAD + layer(scale="0"): ("scale: a number above 0 is expected, not '0'",),
    HEAD + layer(num_heads="2"): ("there is no key 'num_heads'", "did you mean 'heads'?"),
    HEAD + "  - {type: attention, output: none}\n": ("the number of units is not known", "units:"),
    HEAD.replace("[[1, 0.5, 2], [2, -1, 0]]", "[1, 2, 3]") + layer(): (
        "input: lists nested 1 deep",
        "a sample is nested 2 deep here, a batch 3",
    ),
    HEAD + layer(**{"from": "[input, input, input, input]"}): (
        "attention reads queries, keys and values, not 4 layers",
        "from: [q, k, v], or [q, kv], or one for all three",
    ),
    "sample_shape: [2, 2, 2]\n"
    + HEAD.replace("[[1, 0.5, 2], [2, -1, 0]]", "[[[1, 2], [3, 4]], [[1, 2], [3, 4]]]")
    + layer(): ("attention reads a sequence, not 2 × 2 × 2 values", "a row a position"),
}


@pytest.mark.parametrize("text", CASES)
def test_each_fault_has_its_place_and_its_cure(text: str, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(text, encoding="utf-8")
    said = refused("describe", str(path))
    for words in CASES[text]:
        assert words in said, said
