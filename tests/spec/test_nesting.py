"""How deep a file may be nested is this tool's own limit, whatever its YAML library's is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backprop_cli.problems import Refusal, Source
from backprop_cli.spec.nodes import DEEPEST, compose

NESTED: dict[str, Callable[[int], str]] = {
    "[": lambda depth: "[" * depth + "]" * depth,
    "[ unclosed": lambda depth: "[" * depth,
    "[ by lines": lambda depth: "[\n" * depth + "]" * depth,
    "[ after a quote": lambda depth: '["]]]", ' * depth + "1" + "]" * depth,
    "[ among comments": lambda depth: "[ # ]\n" * depth + "]" * depth,
    "{": lambda depth: "{a: " * depth + "}" * depth,
    "{ as a key": lambda depth: "{" * depth + "}" * depth,
    "{ and [": lambda depth: "{a: [" * (depth // 2) + "[]" * (depth % 2) + "]}" * (depth // 2),
    "-": lambda depth: "- " * depth + "1",
    "- by lines": lambda depth: "".join(" " * n + "-\n" for n in range(depth)),
    "?": lambda depth: "? " * depth + "1",
    "a:": lambda depth: "".join(" " * n + "a:\n" for n in range(depth)),
    "[ in a block": lambda depth: "a:\n  b: " + "[" * (depth - 2) + "]" * (depth - 2),
}
"""Texts with so many lists and mappings within each other, by how they are written."""


def refusal(text: str) -> str:
    with pytest.raises(Refusal) as caught:
        compose(Source("net.yaml", text))
    assert all(problem.place for problem in caught.value.problems)
    return str(caught.value)


# Around the limit, around a thousand (where some libraries stop, and how far they read ahead),
# and far beyond what could stand on the stack.
@pytest.mark.parametrize("depth", [DEEPEST + 2, 500, 999, 1000, 1001, 1025, 2000, 30_000])
@pytest.mark.parametrize("way", NESTED)
def test_what_is_nested_too_deep_is_told_so(way: str, depth: int) -> None:
    if way in ("- by lines", "a:"):
        depth = min(depth, 2000)
    said = refusal(NESTED[way](depth))
    assert "nested too deep" in said.split("\n")[0]
    assert said.endswith(f"^ at most {DEEPEST} levels")


@pytest.mark.parametrize("way", NESTED)
def test_what_is_nested_as_deep_as_allowed_is_not(way: str) -> None:
    """Some of these texts have other faults, which are told instead."""
    for depth in range(3, DEEPEST + 1):
        said = ""
        try:
            compose(Source("net.yaml", NESTED[way](depth)))
        except Refusal as refused:
            said = str(refused)
        assert "nested" not in said


@pytest.mark.parametrize(
    "text",
    ['"' + "[" * 5000 + '"', "'" + "{" * 5000 + "'", "a  # " + "[" * 5000, "|\n " + "[" * 5000],
)
def test_brackets_in_a_text_or_a_comment_are_not_nested(text: str) -> None:
    compose(Source("net.yaml", f"name: {text}\n"))


def test_a_fault_before_the_depth_is_told_first() -> None:
    said = refusal("a: 1\n b: 2\n" + "[" * 5000)
    assert said.startswith("net.yaml:2:2: this line is indented unlike")
