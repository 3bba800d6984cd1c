"""Reasons beside the steps: from the rules, each once, in words that hold in every notation."""

from __future__ import annotations

import re

import pytest

from backprop_cli.api import load, loads
from backprop_cli.layers import layer_types
from backprop_cli.notation import profile_names
from backprop_cli.worked.why import SEVERAL, START, reasons

from ..commands.running import NAMES, config, run

TYPES = {name: entry.example for name, entry in layer_types().items()}
SYMBOL = re.compile(r"[∂δσΣ′ᵀ⊙₀-₉⁰-⁹]|(?<!')\b[b-zA-Z]\b")
"""A sign that some notation has another for."""


def said(text: str) -> list[str]:
    """Return the reasons of a page, each on one line."""
    paragraphs = re.split(r"\n(?=why |note: |\n)", text)
    return [" ".join(p.split()) for p in paragraphs if p.startswith("why ")]


@pytest.mark.parametrize("name", TYPES)
def test_every_gradient_has_a_reason(name: str) -> None:
    """Of one or two sentences, without letters that another notation would not have."""
    graph = loads(TYPES[name])
    for number in graph.reached - {graph.loss}:
        found = reasons(graph, number)
        ref = graph.nodes[number].ref
        assert found or ref.part in ("loss_terms", "penalty", "data_loss"), ref
        for sentence in found:
            assert sentence.endswith("."), sentence
            assert len(re.findall(r"\.(?: |$)", sentence)) <= 2, sentence
            assert not SYMBOL.search(sentence.replace("−ln", "").replace("1/N", "")), sentence


@pytest.mark.parametrize("net", NAMES)
@pytest.mark.parametrize("command", ["trace", "derive"])
def test_each_reason_is_said_once(net: str, command: str) -> None:
    done = run(command, config(net), "--why")
    if done.code == 2:
        assert "numbers" in done.err
        return
    found = [each.partition(": ")[2] for each in said(done.out)]
    assert found
    assert len(set(found)) == len(found)
    plain = run(command, config(net)).out
    assert re.sub(r"(?m)^why .*\n(?:(?!\n|why |note: ).*\n)*\n?", "", done.out).split() == (
        plain.split()
    )


INDEX = "a weight's first index"


@pytest.mark.parametrize("notation", profile_names())
def test_reasons_are_the_same_in_every_notation(notation: str) -> None:
    """All but the one that says which index of a weight is which: that is the notation's."""
    own, other = (
        [why for each in said(done.out) if not (why := each.partition(": ")[2]).startswith(INDEX)]
        for done in (
            run("derive", config("mazur"), "--why"),
            run("derive", config("mazur"), "--why", "--notation", notation),
        )
    )
    assert own == other


@pytest.mark.parametrize(
    ("form", "mark"),
    [
        ("markdown", "> **Why?** "),
        ("latex", r"\textbf{Why?} "),
        ("html", "<details><summary>Why?</summary>"),
        ("typst", "Why?"),
        ("text", "why "),
    ],
)
def test_every_format_marks_a_reason(form: str, mark: str) -> None:
    done = run("trace", config("mazur"), "--why", "--format", form)
    assert mark in done.out
    assert mark not in run("trace", config("mazur"), "--format", form).out


def test_why_a_batch_and_several_ways() -> None:
    batch = load(config("xor_batch"))
    assert any("1/N" in each for each in reasons(batch, batch.parameters["W1"]))
    skips = load(config("residual"))
    assert any(SEVERAL in reasons(skips, number) for number in skips.reached)
    graph = load(config("diamond"))
    assert graph.loss is not None
    start, chain_rule = reasons(graph, graph.loss)
    assert start == START
    assert chain_rule in reasons(graph, next(iter(graph.parameters.values())))


def test_a_fused_loss_says_why_it_collapses() -> None:
    graph = load(config("softmax_relu"))
    assert any("collapse" in each for each in reasons(graph, graph.layers[-1].z))


@pytest.mark.parametrize(
    "call",
    [("trace", "--why", "--format", "json"), ("derive", "--why", "--expand", "--wrt", "W1[1,1]")],
)
def test_where_there_are_no_steps_there_is_no_why(call: tuple[str, ...]) -> None:
    command, *rest = call
    done = run(command, config("mazur"), *rest)
    assert done.code == 2
    assert "--why explains" in done.err


@pytest.mark.parametrize(
    ("more", "notes"),
    [
        ("", ["before the first step, the state is 0", "∂C/∂f¹ₜₖ: at the first step it is 0"]),
        (
            ", reverse: true",
            ["before the last step, which is computed first", "∂C/∂f¹ₜₖ: at the l"],
        ),
        (", initial: {h: [1], c: [2]}", []),
    ],
)
def test_what_is_0_at_the_first_step_says_why(more: str, notes: list[str]) -> None:
    """Where the state before the first step is given, no line of a gate is 0, and no note is."""
    lstm = (
        "input: [[1, 2], [0.5, 3]]\ntarget: [[0.5], [1.25]]\nloss: half_squared_error\nseed: 1\n"
        "layers: [{type: lstm, units: 1, weights: {init: he_normal}, bias: none, "
        f"recurrent_weights: {{init: he_normal}}{more}}}]\n"
    )
    said = run("trace", "-", stdin=lstm).out
    assert all(note in said for note in notes)
    assert ("at the" in said, "∂C/∂f¹₁₁ = 0\n" in said or "∂C/∂f¹₂₁ = 0\n" in said) == (
        bool(notes),
        bool(notes),
    )
    assert ("at the" in run("trace", "-", "--wrt", "dWf1", stdin=lstm).out) == bool(notes)
