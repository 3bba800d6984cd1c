"""The document: its sections, the long way beside the short one, what is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from backprop_cli.expression.refs import Ref
from backprop_cli.graph.resolving import resolve
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace
from backprop_cli.worked import document
from backprop_cli.worked.document import (
    Block,
    Chain,
    Document,
    Equations,
    Figure,
    Note,
    Section,
    Step,
    Table,
    Text,
)
from backprop_cli.worked.steps import Writer
from backprop_cli.worked.trace.options import view_of
from backprop_cli.worked.trace.path import path_steps
from backprop_cli.worked.trace.trace_document import trace_document
from backprop_cli.worked.view import View

from ..commands.running import NAMES
from ..networks import loads
from .quantities import example, number, random_trace, same


def blocks(parts: tuple[Block, ...]) -> Iterator[Block]:
    """Yield every block, sections' own among them."""
    for part in parts:
        yield part
        if isinstance(part, Section):
            yield from blocks(part.blocks)


def section(document: Document, identity: str) -> Section:
    found = [b for b in blocks(document.blocks) if isinstance(b, Section) and b.id == identity]
    assert len(found) == 1
    return found[0]


def chains(parts: tuple[Block, ...]) -> list[Chain]:
    return [chain for b in blocks(parts) if isinstance(b, Equations) for chain in b.chains]


def notes(parts: tuple[Block, ...]) -> list[str]:
    return [
        "".join(getattr(inline, "text", "") for inline in b.line)
        for b in blocks(parts)
        if isinstance(b, Note)
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("steps", [False, True])
def test_sections_have_names_of_their_own(name: str, steps: bool) -> None:
    document = trace_document(example(name), View(steps=steps))
    names = [b.id for b in blocks(document.blocks) if isinstance(b, Section)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]+", identity) for identity in names)


@pytest.mark.parametrize("name", NAMES)
def test_every_table_is_rectangular(name: str) -> None:
    for block in blocks(trace_document(example(name), View()).blocks):
        if isinstance(block, Table):
            assert block.rows
            assert {len(row) for row in block.rows} == {len(block.columns)}


@settings(max_examples=30)
@given(st.integers(0, 10_000_000))
def test_every_figure_of_the_tables_is_a_number_of_the_trace(seed: int) -> None:
    trace = random_trace(seed)
    known: set[float] = set()
    for array in (*trace.values, *trace.gradients):
        if array is not None:
            known |= {float(value) for value in np.asarray(array).ravel()}
    known |= {0.0, 1.0}
    document = trace_document(trace, View(full=True, only="gradients"))
    for block in blocks(document.blocks):
        if isinstance(block, Table):
            cells = [cell for row in block.rows for cell in row if isinstance(cell, Figure)]
            assert {float(cell.value) for cell in cells} <= known


@pytest.mark.parametrize("name", NAMES)
def test_every_worked_line_ends_in_what_it_works_out(name: str) -> None:
    trace = example(name)
    blocks = trace_document(trace, View(steps=True)).blocks
    worked = tuple(b for b in blocks if not (isinstance(b, Section) and b.id == "given"))
    for chain in chains(worked):
        values = [number(trace, form) for form in chain.forms]
        assert all(same(value, values[0]) for value in values), chain.name


def test_softmax_goes_the_long_way_too_and_both_agree() -> None:
    trace = example("softmax_relu")
    document = trace_document(trace, View())
    long = section(document, "jacobian-2-1")
    words = [inline.text for inline in long.title if isinstance(inline, Text)]
    assert words == ["The long way: the Jacobian of softmax times "]
    (matrix,) = [b for b in long.blocks if isinstance(b, Table) and len(b.columns) == 4]
    a = trace.values[trace.graph.layers[1].a][0]
    jacobian = np.diag(a) - np.outer(a, a)
    shown = [[float(cell.value) for cell in row if isinstance(cell, Figure)] for row in matrix.rows]
    assert np.allclose(shown, jacobian, rtol=0, atol=1e-15)
    y = np.array([0.0, 0.0, 1.0])
    assert np.allclose(jacobian @ (-y / a), a - y, rtol=0, atol=1e-15)
    worked = [*chains(long.blocks)][-3:]
    for chain, wanted in zip(worked, a - y, strict=True):
        assert all(same(number(trace, form), wanted) for form in chain.forms)
    (said,) = [note for note in notes(long.blocks) if "both ways agree" in note]
    assert re.search(r"differ by at most \d\.\de-1[5-9]|exactly", said)


def test_sigmoid_under_its_cross_entropy_goes_the_long_way_too() -> None:
    trace = run(
        loads(
            "input: [1, 2]\ntarget: [1]\nloss: binary_cross_entropy\nlayers:\n"
            "  - {weights: [[0.5, -1]], bias: [0.25], activation: sigmoid}\n"
        )
    )
    long = section(trace_document(trace, View()), "jacobian-1-1")
    a = float(trace.values[trace.graph.output][0, 0])
    (chain,) = chains(long.blocks)
    assert number(trace, chain.forms[1]) == pytest.approx(-1 / a * a * (1 - a), rel=1e-12)
    assert number(trace, chain.forms[1]) == pytest.approx(a - 1, rel=1e-12)


def test_exact_softmax_agrees_exactly() -> None:
    trace = run(example("softmax_relu").graph, exact=True)
    assert all(value.value is not None for value in trace.values[-1].ravel())


@settings(max_examples=25)
@given(st.integers(0, 10_000_000))
def test_a_path_is_in_order_and_complete(seed: int) -> None:
    """Everything that a gradient's path uses is given before it, or known from the forward pass."""
    trace = random_trace(seed)
    graph = trace.graph
    for name in graph.parameters:
        ref = resolve(name, graph)
        node = graph.nodes[graph.parameters[name]]
        entry = Ref(ref.part, ref.layer, True, index=(1,) * len(node.shape))
        (_, known), (_, path) = path_steps(Writer(trace), entry, View(full=True))
        done = {step.target for step in known}
        for step in path:
            assert set(step.uses) <= done, step.id
            done.add(step.target)
        assert path[-1].target == entry


def test_a_path_shows_nothing_that_it_does_not_need() -> None:
    trace = example("xor_batch")
    (_, known), (_, path) = path_steps(Writer(trace), resolve("dW1[1,2]", trace.graph), View())
    used = {ref for step in path for ref in step.uses}
    shown = [step.target for step in (*known, *path)]
    assert set(shown) - {path[-1].target} == used
    assert not any(ref.part == "a" and ref.layer == 1 and ref.index == (2,) for ref in shown)


def test_a_kink_that_was_hit_is_told_once() -> None:
    trace = run(
        loads(
            "input: [1, 1]\ntarget: [1, 2]\nloss: absolute_error\nlayers:\n"
            "  - {weights: [[1, -1], [1, 0]], bias: none, activation: relu}\n"
        )
    )
    said = notes(trace_document(trace, View()).blocks)
    assert said == [
        "z1[1] = 0 is at a kink; the derivative used: relu'(0) = 0",
    ]


def test_what_the_loss_does_not_depend_on_is_said() -> None:
    trace = run(
        loads(
            "input: [1]\ntarget: [1]\nloss: squared_error\nlayers:\n"
            "  - {name: used, weights: [[2]], bias: none}\n"
            "  - {name: unused, from: input, weights: [[2]], bias: none}\n"
            "  - {name: last, from: used, weights: [[2]], bias: none}\n"
        )
    )
    said = notes(trace_document(trace, View()).blocks)
    assert "the loss does not depend on layer unused: its gradients are 0" in said


def test_samples_that_are_not_shown_are_said() -> None:
    rows = ", ".join(f"[{i}]" for i in range(6))
    trace = run(
        loads(
            f"input: [{rows}]\ntarget: [{rows}]\nloss: squared_error\nlayers:\n"
            "  - {weights: [[2]], bias: none}\n"
        )
    )
    said = notes(trace_document(trace, View()).blocks)
    assert "samples 1, 2, 3, 4 of 6; --sample i shows another, --full all" in said
    assert not notes(trace_document(trace, View(full=True)).blocks)
    chosen = trace_document(trace, view_of(trace.graph, sample=5))
    assert "sample 5 of 6; --sample i shows another, --full all" in notes(chosen.blocks)


def test_the_same_in_any_number_of_lines() -> None:
    """A view chooses what is shown; it never changes the trace."""
    trace: Trace = example("residual")
    before = [value.copy() for value in trace.values]
    for view in (View(), View(steps=True), View(full=True), View(layers=(3,))):
        trace_document(trace, view)
    assert all(np.array_equal(x, y) for x, y in zip(before, trace.values, strict=True))


def test_all_that_stands_in_a_part_is_known() -> None:
    """A field in which parts or trees stand is changed and looked through with the others."""
    holds = re.compile(r"\b(Expr|Math|Line|Inline|Block|Chain|Column)\b")
    parts = (part for part in vars(document).values() if isinstance(part, type))
    for part in parts:
        if part.__module__ == document.__name__ and issubclass(part, Struct) and part is not Step:
            said = {name for name, of in part.__annotations__.items() if holds.search(str(of))}
            assert said == set(document.INNER.get(part, ())), part
